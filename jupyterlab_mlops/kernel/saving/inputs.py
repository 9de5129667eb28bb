"""Where it is known from what a model takes: its training, a later call, its own memory; else what it cannot refuse.

What was given to a model is kept when it is fitted (:func:`remember`). Where a call of the user's is not seen while it
runs, such as ``model(batch)`` in a loop, the data it was given is found by its place in the code (:func:`fed`).
"""

from __future__ import annotations

import ast
import re
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from ..cells import models
from ..cells.frames import Trees
from ..cells.objects import object_at
from ..source.syntax import call_name
from . import examples

#: More models than this are not remembered.
MOST_MODELS = 2000
#: Methods that a model is used by, whose first argument is what it takes.
_USES = frozenset(
    {"predict", "predict_proba", "forward", "transform", "decision_function", "score"}
)
#: What a tensor is on its way into a module without being another one; and what only gives it another shape.
_SAME = frozenset({"to", "cpu", "cuda", "contiguous", "clone", "detach"})
_KINDS = frozenset({"float", "double", "long", "int"})
_SHAPES = frozenset({"view", "reshape", "flatten", "unsqueeze", "squeeze", "permute", "transpose"})
#: Widths of images that are tried where nothing tells, and steps of a forecast.
_SIDES, _STEPS = (28, 32, 64, 224, 96, 16, 8), 5
#: A model with more columns gets no guess.
MOST_COLUMNS = 10_000


def remember(capture: Any, given: Any, *taking: Any) -> None:
    """Keep rows of data as what these models take."""
    if given is None:
        return
    fitted_on = capture.training.fitted_on
    for model in taking:
        try:
            reference = weakref.ref(model)
        except TypeError:
            continue
        fitted_on[id(model)] = (reference, given)
    while len(fitted_on) > MOST_MODELS:
        fitted_on.pop(next(iter(fitted_on)))


def knows(capture: Any, model: Any) -> bool:
    """Whether rows were kept for this very object."""
    known = capture.training.fitted_on.get(id(model))
    return known is not None and known[0]() is model


def input_of(capture: Any, model: Any) -> Any:
    """The first rows of what a model takes, None if they are not known."""
    if knows(capture, model):
        return capture.training.fitted_on[id(model)][1]
    if type(model).__module__.partition(".")[0] == "statsmodels":
        return _design(model)
    for reference, rows in list(capture.training.fitted_on.values()):
        # What a search found best takes what the search took.
        if getattr(reference(), "__dict__", {}).get("best_estimator_") is model:
            return rows
    world = capture.world
    return fed(world.trees.calls(), world.namespace.get, model)


# -- by the place in the code -------------------------------------------------------------------------------------


def fed_in(trees: Trees, frame: FrameType | None, model: Any) -> Any:
    """As :func:`fed`, by the code that ``frame`` and those around it are running, with their names."""
    for _depth in range(30):
        if frame is None:
            break
        index = trees.index(frame.f_code.co_filename)
        if index is not None:
            inside, around = frame.f_locals, frame.f_globals

            def lookup(name: str, inside: Any = inside, around: Any = around) -> Any:
                return inside[name] if name in inside else around.get(name)

            found = fed(index.calls.values(), lookup, model)
            if found is not None:
                return found
        frame = frame.f_back
    return None


def fed(calls: Iterable[ast.Call], lookup: Callable[[str], Any], model: Any) -> Any:
    """The first rows of what a model is given by one of these calls, by what its names stand for now; None if none
    of them tells. No code of the user's runs."""
    for call in calls:
        if not call.args or not _is_use(call, lookup, model):
            continue
        given = tuple(examples.head(_data_at(each, lookup)) for each in call.args)
        if len(given) > 1 and models.is_torch_module(model) and None not in map(_kind, given):
            return given
        if given[0] is not None:
            return given[0]
    return None


def _kind(rows: Any) -> Any:
    """None for nothing; an array is asked for nothing."""
    return None if rows is None else type(rows)


def _is_use(call: ast.Call, lookup: Callable[[str], Any], model: Any) -> bool:
    if object_at(call.func, lookup) is model:
        return True
    if not isinstance(call.func, ast.Attribute) or call_name(call) not in _USES:
        return False
    return object_at(call.func.value, lookup) is model


def _data_at(node: ast.AST, lookup: Callable[[str], Any]) -> Any:
    """The data that an expression stands for: a name and its like, columns of a table, a tensor moved or reshaped."""
    found = object_at(node, lookup)
    if found is not None:
        return found
    if isinstance(node, ast.Subscript):
        return _part(_data_at(node.value, lookup), node.slice)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        method = node.func.attr
        value = _data_at(node.func.value, lookup)
        if type(value).__module__ != "torch":
            return None
        if method in _SAME:
            return value
        if method in _KINDS and not node.args:
            return getattr(examples.head(value), method)()
        if method in _SHAPES:
            return _reshaped(value, method, node.args)
    return None


def _part(value: Any, key: ast.AST) -> Any:
    """Rows or columns of known data; which rows does not matter."""
    if type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "columns"):
        try:
            return value[ast.literal_eval(key)]
        except (ValueError, KeyError, TypeError):
            return None
    if type(value).__module__.partition(".")[0] not in ("torch", "numpy"):
        return None
    if isinstance(key, ast.Tuple):  # columns of an array: `X[:, 3:]`
        sliced = tuple(map(_slice, key.elts[1:]))
        if not isinstance(key.elts[0], ast.Slice) or None in sliced:
            return None
        place = (slice(None), *sliced)
        try:
            return value[place]
        except IndexError:
            return None
    return None if isinstance(key, ast.Constant) else value


def _slice(node: ast.AST) -> Any:
    """A number or a slice by numbers; None for anything else."""
    try:
        if not isinstance(node, ast.Slice):
            number = ast.literal_eval(node)
            return number if isinstance(number, int) else None
        bounds = (node.lower, node.upper, node.step)
        return slice(*(None if each is None else ast.literal_eval(each) for each in bounds))
    except ValueError:
        return None


def _reshaped(value: Any, method: str, given: list[ast.expr]) -> Any:
    """A few rows of a tensor in another shape; the number of rows is often no constant."""
    sizes: list[int] = []
    for place, size in enumerate(given):
        try:
            number = ast.literal_eval(size)
        except ValueError:
            number = -1 if place == 0 and method in ("view", "reshape") else None
        if not isinstance(number, int):
            return None
        sizes.append(number)
    rows = examples.head(value)
    try:
        return None if rows is None else getattr(rows, method)(*sizes)
    except RuntimeError:  # no shape of so few rows
        return None


# -- by the model itself ------------------------------------------------------------------------------------------


def _design(result: Any) -> Any:
    """What a fitted statsmodels model was made from: the columns its formula names, else its design matrix.

    A time series is continued, not predicted from rows.
    """
    if _is_series(result):
        return None
    model = getattr(result, "model", None)
    formula = getattr(model, "formula", None)
    frame: Any = getattr(getattr(model, "data", None), "frame", None)
    if isinstance(formula, str) and hasattr(frame, "columns"):
        named = formula.partition("~")[2] or formula
        columns = [
            column
            for column in frame.columns
            if re.search(rf"(?<![\w.]){re.escape(str(column))}(?![\w(])", named)
        ]
        return examples.head(frame[columns]) if columns else None
    return examples.head(getattr(model, "exog", None))


def _is_series(model: Any) -> bool:
    return type(model).__module__.startswith("statsmodels.tsa.") and hasattr(model, "forecast")


def guesses(model: Any) -> Iterator[Any]:
    """Input that the model cannot but take, for telling whether it was loaded back alike; the likeliest first.
    They are no example of its data."""
    if _is_series(model):
        yield _STEPS
    elif models.is_torch_module(model):
        yield from _tensors(model)
    else:
        rows = _table(model)
        if rows is not None:
            yield rows


def _table(model: Any) -> Any:
    """Numbers in as many columns as the model has features."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    count, names = getattr(model, "n_features_in_", None), getattr(model, "feature_names_in_", None)
    if type(model).__name__ == "Booster":
        for counts in ("num_feature", "num_features"):
            if callable(getattr(model, counts, None)):
                count = getattr(model, counts)()
        named = getattr(model, "feature_names", None)
        names = named if isinstance(named, list) else None
    if numpy is None or not isinstance(count, int) or not 0 < count <= MOST_COLUMNS:
        return None
    rows = (numpy.arange(3 * count) % 17 - 8.0).reshape(3, count) / 8
    if names is not None and pandas is not None:
        return pandas.DataFrame(rows, columns=list(names))
    return rows


def _tensors(model: Any) -> Iterator[Any]:
    """Numbers in the shapes that a module's first layer takes."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    for part in model.modules():
        name = type(part).__name__
        shapes: list[tuple[int, ...]] = []
        if name == "Linear":
            shapes = [(2, part.in_features)]
        elif name == "Conv1d":
            shapes = [(2, part.in_channels, 64)]
        elif name == "Conv2d":
            shapes = [(2, part.in_channels, side, side) for side in _SIDES]
        elif name in ("LSTM", "GRU", "RNN"):
            shapes = [(2, 3, part.input_size)]
        elif name == "Embedding":
            yield torch.arange(6).reshape(2, 3) % part.num_embeddings
            return
        for shape in shapes:
            count = 1
            for size in shape:
                count *= size
            if count <= examples.MOST_NUMBERS:
                yield (torch.arange(count) % 17 - 8).reshape(shape).to(torch.float32) / 8
        if shapes:
            return
