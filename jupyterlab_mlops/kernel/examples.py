"""What a model takes: a few rows of what it was fitted on, kept when it was fitted, and the signature they give.

Only data of known kinds is looked at: slicing anything else could run code of the user's.
"""

from __future__ import annotations

import json
import sys
import weakref
from typing import Any

#: Rows of an example, and the numbers that one may hold.
MOST_ROWS, MOST_NUMBERS = 5, 200_000
#: More models than this are not remembered.
MOST_MODELS = 2000
#: Where known kinds of data come from.
_KNOWN = frozenset({"numpy", "pandas", "polars", "scipy", "torch", "tensorflow"})
#: What the first parameter of training is called.
_NAMES = ("X", "x", "X_train", "inputs", "data", "dtrain", "train_set", "train_data")


def remember(fitted_on: dict[int, Any], call: Any, model: Any, result: Any = None) -> None:
    """Keep the first rows of the data of a training call, for the model and for what the call returned."""
    rows = rows_of(call.args, call.kwargs)
    if rows is None:
        return
    for trained in (model, result):
        try:
            reference = weakref.ref(trained)
        except TypeError:
            continue
        fitted_on[id(trained)] = (reference, rows)
    while len(fitted_on) > MOST_MODELS:
        fitted_on.pop(next(iter(fitted_on)))


def rows_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The first rows of the data among the arguments of a training call, as a copy; None if there are none.

    ``xgboost.train(params, dtrain)`` and its like have it second.
    """
    named = [kwargs[name] for name in _NAMES if name in kwargs]
    for data in (*args[:2], *named):
        rows = head(data)
        if rows is not None:
            return rows
    return None


def head(data: Any) -> Any:
    """The first rows of data of a known kind, as a copy; None for anything else."""
    boxed = _unboxed(data)
    if boxed is not None:
        data = boxed
    kind = type(data).__module__.partition(".")[0]
    if isinstance(data, list):
        plain = all(isinstance(each, (str, int, float, list, tuple)) for each in data[:MOST_ROWS])
        return list(data[:MOST_ROWS]) if data and plain else None
    if kind not in _KNOWN or not getattr(data, "shape", None):
        return None
    if data.shape[0] == 0:
        return None
    try:
        rows = data.tocsr()[:MOST_ROWS] if hasattr(data, "tocsr") else data[:MOST_ROWS]
        if getattr(rows, "size", 0) and not callable(rows.size) and rows.size > MOST_NUMBERS:
            return None
        for copied in ("copy", "clone"):
            if hasattr(rows, copied):
                made = getattr(rows, copied)()
                return made.detach() if hasattr(made, "detach") else made
        return rows
    except Exception:  # the user's data; without rows there is no example
        return None


def _unboxed(data: Any) -> Any:
    """The rows inside XGBoost's and LightGBM's own containers, None if they are not such or were let go."""
    top = type(data).__module__.partition(".")[0]
    try:
        if top == "xgboost" and hasattr(data, "get_data"):
            rows = data.slice(list(range(min(MOST_ROWS, data.num_row())))).get_data().toarray()
            names = data.feature_names
            pandas = sys.modules.get("pandas")
            return pandas.DataFrame(rows, columns=names) if names and pandas else rows
        if top == "lightgbm" and hasattr(data, "data"):
            return data.data if hasattr(data.data, "shape") else None
    except Exception:  # foreign classes
        return None
    return None


def input_of(capture: Any, model: Any) -> Any:
    """The first rows of what a model was fitted on, None if they are not known."""
    known = capture.training.fitted_on.get(id(model))
    if known is not None and known[0]() is model:
        return known[1]
    # A pipeline's or a search's own: statsmodels results carry their design matrix.
    if type(model).__module__.partition(".")[0] == "statsmodels":
        return head(getattr(getattr(model, "model", None), "exog", None))
    return None


def guessed(model: Any) -> Any:
    """Numbers in the shape that a torch module's first layer takes, for telling whether it was loaded back alike;
    None if that cannot be told. They are no example of its data."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return None
    for part in model.modules():
        name = type(part).__name__
        shape: tuple[int, ...] | None = None
        if name == "Linear":
            shape = (2, part.in_features)
        elif name == "Conv1d":
            shape = (2, part.in_channels, 64)
        elif name == "Conv2d":
            shape = (2, part.in_channels, 32, 32)
        elif name in ("LSTM", "GRU", "RNN"):
            shape = (2, 3, part.input_size)
        elif name == "Embedding":
            return torch.arange(6).reshape(2, 3) % part.num_embeddings
        if shape is not None:
            count = 1
            for size in shape:
                count *= size
            if count > MOST_NUMBERS:
                return None
            return (torch.arange(count) % 17 - 8).reshape(shape).to(torch.float32) / 8
    return None


def shown(example: Any) -> Any:
    """An example as JSON for people, None if it has no such form."""
    if example is None:
        return None
    if hasattr(example, "to_json") and hasattr(example, "to_dict"):
        return json.loads(example.to_json(orient="split"))
    if hasattr(example, "toarray"):
        return example.toarray().tolist()
    if hasattr(example, "tolist"):
        return example.tolist()
    return list(example) if isinstance(example, list) else None


def signature(model: Any, data: Any) -> dict[str, Any] | None:
    """Columns, types and shape of the input: from the rows it was fitted on, else its feature names."""
    columns = getattr(data, "columns", None)
    if columns is not None:
        types = list(getattr(data, "dtypes", ()))
        return {
            "inputs": [
                {"name": str(name), "type": str(types[place]) if place < len(types) else ""}
                for place, name in enumerate(columns)
            ]
        }
    shape = getattr(data, "shape", None)
    if shape is not None:
        sizes = [-1, *[int(n) for n in shape[1:]]]
        return {"inputs": [{"type": str(getattr(data, "dtype", "")), "shape": sizes}]}
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        return {"inputs": [{"name": str(name), "type": ""} for name in names]}
    count = getattr(model, "n_features_in_", None)
    return {"inputs": [{"type": "", "shape": [-1, int(count)]}]} if isinstance(count, int) else None
