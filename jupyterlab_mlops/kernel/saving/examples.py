"""A few rows of what a model was fitted on, as a copy; what people see of them, and the signature they give.

Only data of known kinds is looked at: slicing anything else could run code of the user's.
"""

from __future__ import annotations

import json
import sys
from typing import Any

#: Rows of an example, and the numbers that one may hold.
MOST_ROWS, MOST_NUMBERS = 5, 200_000
#: Where known kinds of data come from.
_KNOWN = frozenset({"numpy", "pandas", "polars", "scipy", "torch", "tensorflow"})
#: What the first parameter of training is called.
_NAMES = ("X", "x", "X_train", "inputs", "data", "dtrain", "train_set", "train_data")


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
    """The first rows of data of a known kind, as a copy; None for anything else. A tuple is several arguments."""
    if isinstance(data, tuple) and data:
        parts = tuple(map(head, data))
        return None if any(part is None for part in parts) else parts
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
            few = data.slice(list(range(min(MOST_ROWS, data.num_row()))))
            # It keeps everything as float32, whatever it was given: that says nothing of the input's type.
            rows = few.get_data().toarray().astype("float64")
            names, types = data.feature_names, data.feature_types or ()
            pandas = sys.modules.get("pandas")
            if not names or not pandas:
                return rows
            frame = pandas.DataFrame(rows, columns=names)
            whole = {"int": "int64", "i": "bool"}  # of whole columns it remembers that they were
            return frame.astype({n: whole[t] for n, t in zip(names, types) if t in whole})
        if top == "lightgbm" and hasattr(data, "data"):
            return data.data if hasattr(data.data, "shape") else None
    except Exception:  # foreign classes
        return None
    return None


def shown(example: Any) -> Any:
    """An example as JSON for people, None if it has no such form."""
    if example is None:
        return None
    if isinstance(example, tuple):
        return [shown(part) for part in example]
    if hasattr(example, "to_json") and hasattr(example, "to_dict"):
        return json.loads(example.to_json(orient="split"))
    if hasattr(example, "toarray"):
        return example.toarray().tolist()
    if hasattr(example, "tolist"):
        return example.tolist()
    return list(example) if isinstance(example, list) else None


def signature(model: Any, data: Any) -> dict[str, Any] | None:
    """Columns, types and shape of the input: from the rows it was fitted on, else its feature names."""
    if isinstance(data, tuple):
        parts = [signature(None, part) for part in data]
        return {"inputs": [each for part in parts if part for each in part["inputs"]]}
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
