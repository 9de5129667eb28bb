"""A fitted model that a function of a library gives back: ``auto_arima(y)`` has trained it, loading from a file has not."""

from __future__ import annotations

import ast
from types import ModuleType
from typing import Any

from .. import params
from ..cells import models
from ..cells.frames import World
from ..cells.objects import object_at
from ..cells.observe import Call
from ..cells.own_fits import fits_by_name
from ..cells.running import Running
from ..source.syntax import call_name
from ..source.usercode import is_own_class
from ..source.wording import words

_STEPS = frozenset(
    "train learn optimize optimise minimize gradient descent sgd backprop backward update step run solve".split()
)
"""What methods are called that train an object after it was made."""
LEAST_ROWS = 4
"""Fewer are no data."""


def given_back(running: Running, world: World) -> tuple[str, Any] | None:
    """(name, model) where the statement has bound a name to a fitted model that a library's function made of data, or to an
    object of the user's class that fits as it is made: ``Net(X, y, hidden=10)``."""
    node = running.node
    call = node.value if isinstance(node, ast.Assign) else None
    if not isinstance(call, ast.Call) or len(running.info.binds) != 1:
        return None
    (name,) = running.info.binds
    value = world.namespace.get(name)
    if value is None or world.registry.get(value) is not None:
        return None
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    values = [object_at(one, world.namespace.get) for one in given]
    if is_own_class(type(value)):
        made = type(value) is object_at(call.func, world.namespace.get)
        return (name, value) if made and _fits_as_made(value, values) else None
    if _goes_on_training(value) and type(value) is object_at(call.func, world.namespace.get):
        return (name, value) if any(map(_is_data, values)) else None
    if _fits_anew(call, value, world):
        return name, getattr(value, "model", value)  # what statsmodels gives are results of a model
    if not models.is_model(value) or not _of_library(call.func, world):
        return None
    if fits_by_name(call_name(call)):
        return (name, value) if any(map(_is_data, values)) else None
    shaped = any(len(getattr(one, "shape", ())) for one in values)
    return (name, value) if shaped and _is_fitted(value) else None


def _fits_as_made(value: Any, given: list[Any]) -> bool:
    """Whether an object of the user's class predicts, has no method that fits it, and was made of rows and what is true of
    them."""
    methods = [name for name in dir(type(value)) if not name.startswith("_")]
    if not models.predicts(value) or any(
        fits_by_name(one) or _STEPS & set(words(one)) for one in methods
    ):
        return False
    rows = [count for one in given if _is_data(one) and (count := _rows_of(one)) >= LEAST_ROWS]
    return len(rows) > 1 and len(set(rows[:2])) == 1


def _rows_of(value: Any) -> int:
    shape = getattr(value, "shape", None)
    return int(shape[0]) if isinstance(shape, tuple) else len(value)


def _fits_anew(call: ast.Call, value: Any, world: World) -> bool:
    """Whether a fitted model was asked for another of its kind, fitted anew to other rows: ``res.append(rows, refit=True)``."""
    if not isinstance(call.func, ast.Attribute):
        return False
    refit = next((one.value for one in call.keywords if one.arg == "refit"), None)
    owner = object_at(call.func.value, world.namespace.get)
    return (
        isinstance(refit, ast.Constant)
        and refit.value is True
        and type(owner) is type(value)
        and world.registry.get(owner) is not None
    )


def _goes_on_training(value: Any) -> bool:
    """Whether it is an object that trains as it is made, and is then only trained further: ``Word2Vec(sentences)``."""
    cls = type(value)
    return (
        not hasattr(cls, "fit")
        and hasattr(cls, "train" if not hasattr(cls, "inference") else "update")
        and not is_own_class(cls)
        and models.may_give_model(value)
        and any(hasattr(cls, name) for name in ("inference", "score"))
    )


def _of_library(function: ast.expr, world: World) -> bool:
    """Whether it is a function in a module or class: what a method of an object gives is the object's business, and
    a class's call makes one that is not fitted."""
    if isinstance(function, ast.Attribute):
        owner = object_at(function.value, world.namespace.get)
        made = getattr(owner, function.attr, None) if isinstance(owner, ModuleType) else None
        return isinstance(owner, (ModuleType, type)) and not isinstance(made, type)
    if not isinstance(function, ast.Name) or world.own_function(function.id) is not None:
        return False
    return not isinstance(world.namespace.get(function.id), type)


def _is_fitted(value: Any) -> bool:
    """Whether it has what only a fit leaves, by scikit-learn's convention: a public attribute ``coef_``."""
    own = getattr(value, "__dict__", None)
    return isinstance(own, dict) and any(
        name.endswith("_") and not name.startswith("_") and kept is not None
        for name, kept in own.items()
    )


# -- methods of objects that do not predict -----------------------------------------------------------------------

_ANSWERS = frozenset("eval simulate summary report".split())
"""Words in the names of methods by which an object that was fitted says what it has learnt."""
_DATA_MODULES = ("builtins", "numpy", "pandas", "polars", "scipy.sparse", "torch", "matplotlib")


def state_of(owner: Any) -> dict[str, int]:
    """Which objects its attributes are, by identity, to be compared once it was fitted."""
    return {name: id(value) for name, value in list(getattr(owner, "__dict__", {}).items())}


def trained_by(call: Call, result: Any) -> Any:
    """The model that a method named like a fit of a library's object that does not predict has trained; None if none.

    The other object that it gives back, if that predicts (``Learner().train(data)``); else the object itself, if it was
    given data and is trained by its verb (``train_random``), or has learnt (it keeps or gives something that is not
    data) and can be asked for it (``eval``, ``summary``), or was told the truth as well (``fit(X, y)``).
    """
    owner = call.owner
    learnt = _is_object(result) and result is not owner
    if learnt and models.predicts(result):
        return result
    values = (*call.args, *call.kwargs.values())
    given = sum(map(_is_data, values))
    if not given or owner is None or not models.may_give_model(owner):
        return None
    if any(_is_object(one) and models.is_model(one) for one in values):
        return None  # what it was given is the model
    if words(call.name)[0] != "fit":
        return owner
    if not learnt and state_of(owner) == call.notes.get("state"):
        return None
    asked = any(_ANSWERS & set(words(name)) for name in dir(type(owner)) if name[0] != "_")
    return owner if asked or given > 1 else None


def learners_settings(call: Call, model: Any) -> dict[str, str]:
    """The settings of the learner that has given the model back, as its constructor takes and keeps them."""
    if "unfitted" not in call.notes or call.owner is model:
        return {}
    found = params.estimator_params(call.owner)
    return {name: text for name, text in found.items() if text != "None"}


def _is_object(value: Any) -> bool:
    """Whether it is an object of a library that is no array, table or plain value."""
    module = type(value).__module__
    return value is not None and not module.startswith(_DATA_MODULES)


def _is_data(value: Any) -> bool:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return len(shape) > 0
    return isinstance(value, (list, tuple)) and len(value) > 1
