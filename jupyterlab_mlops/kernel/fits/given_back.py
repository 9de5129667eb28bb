"""A fitted model that a function of a library gives back: ``auto_arima(y)`` has trained it, loading from a file has not."""

from __future__ import annotations

import ast
from types import ModuleType
from typing import Any

from ..cells import models
from ..cells.frames import World, object_at
from ..cells.running import Running
from ..source.usercode import is_own_class


def given_back(running: Running, world: World) -> tuple[str, Any] | None:
    """(name, model) where the statement has bound a name to a fitted model that a library's function made of data."""
    node = running.node
    call = node.value if isinstance(node, ast.Assign) else None
    if not isinstance(call, ast.Call) or len(running.info.binds) != 1:
        return None
    (name,) = running.info.binds
    value = world.namespace.get(name)
    if value is None or is_own_class(type(value)) or not _is_fitted(value):
        return None
    if world.registry.get(value) is not None or not models.is_model(value):
        return None
    if not _of_library(call.func, world):
        return None
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    values = [object_at(one, world.namespace.get) for one in given]
    return (name, value) if any(len(getattr(one, "shape", ())) for one in values) else None


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
