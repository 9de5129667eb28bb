"""What an observed call was given, by the names of its parameters, also where a function hands it on to another one."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from ..cells.observe import Call


def arguments_of(call: Call) -> dict[str, Any]:
    """Parameter → what the function was given for it, or its default."""
    try:
        bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
    except (TypeError, ValueError):
        return {}
    bound.apply_defaults()
    return dict(bound.arguments)


def asked_of_algorithm(
    call: Call, arguments: Mapping[str, Any], algorithm: FunctionType, definition: ast.AST | None
) -> dict[str, Any]:
    """The same, with what is handed on to an algorithm by the names that it has there: ``l_rate`` and ``n_epoch`` of
    ``evaluate(rows, logistic_regression, 5, 0.1, 100)``, in which ``algorithm(train, test, *args)`` is called."""
    found = dict(arguments)
    for one in inspect.signature(call.function).parameters.values():
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            values = found.pop(one.name, ())
            called = next((name for name, value in found.items() if value is algorithm), "")
            names = algorithm.__code__.co_varnames[: algorithm.__code__.co_argcount]
            found.update(zip(names[_before_rest(called, definition) :], values))
        elif one.kind is inspect.Parameter.VAR_KEYWORD:
            found.update(found.pop(one.name, {}))
    return found


def _before_rest(called: str, definition: ast.AST | None) -> int:
    """How many values stand before ``*args`` where a function calls one of its parameters: 2 of ``algorithm(train, test,
    *args)``. Pure."""
    for node in ast.walk(definition) if definition is not None else ():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == called
        ):
            for place, one in enumerate(node.args):
                if isinstance(one, ast.Starred):
                    return place
    return 0
