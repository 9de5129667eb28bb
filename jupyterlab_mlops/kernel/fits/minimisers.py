"""Fits that are left to a minimiser of SciPy or to a solver: what it is given, and what it leaves. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

from ..measures.metrics import real_scalar
from ..source.least_squares import minimised
from ..source.syntax import call_name


def minimising(top: ast.AST | None) -> Iterator[ast.Call]:
    """The calls in a tree that hand a minimiser a cost."""
    for node in ast.walk(top) if top is not None else ():
        if isinstance(node, ast.Call) and minimised(node):
            yield node


def is_minimiser(value: Any) -> bool:
    return type(value) is FunctionType and value.__module__.startswith("scipy.optimize")


def handed_on(arguments: Mapping[str, Any], node: ast.Call | None) -> dict[str, Any]:
    """The function that a minimiser is given, and what it hands on to that, by name: ``rate`` and ``X`` of ``minimize(cost, start,
    args=(rate, X))``."""
    found: dict[str, Any] = {
        name: one for name, one in arguments.items() if type(one) is FunctionType
    }
    method = arguments.get("method")
    if isinstance(method, str):
        found["method"] = method
    values = arguments.get("args")
    values = values if type(values) is tuple else (values,)
    spelt = next((one.value for one in node.keywords if one.arg == "args"), None) if node else None
    names = spelt.elts if isinstance(spelt, ast.Tuple) else [spelt]
    for place, value in enumerate(values):
        name = names[place] if place < len(names) else None
        found[name.id if isinstance(name, ast.Name) else f"args_{place}"] = value
    return found


def _asks_for_all(call: ast.Call) -> bool:
    """Whether one of SciPy's ``fmin`` functions gives the least cost as well: ``full_output=True``."""
    given = next((one.value for one in call.keywords if one.arg == "full_output"), None)
    return isinstance(given, ast.Constant) and bool(given.value)


def left_by(node: ast.AST, found: Any, namespace: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """(name, value) of what is left where a fit by hand ends: the sum of squares of ``coef, resid, *_ =
    np.linalg.lstsq(X, y)``, the loss that a minimiser has ``found``."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return
    loss = real_scalar(getattr(found, "fun", None)) if minimised(node.value) else None
    target = node.targets[0]
    if loss is None and minimised(node.value) and _asks_for_all(node.value):
        whole = namespace.get(target.id) if isinstance(target, ast.Name) else None
        loss = real_scalar(whole[1]) if type(whole) is tuple and len(whole) > 1 else None
    if loss is not None:
        yield minimised(node.value), loss
    several = isinstance(target, ast.Tuple) and len(target.elts) > 1
    rest = target.elts[1] if several and call_name(node.value) == "lstsq" else None  # type: ignore[attr-defined]
    left = namespace.get(rest.id) if isinstance(rest, ast.Name) and rest.id.strip("_") else None
    squeeze = getattr(left, "squeeze", None)
    value = real_scalar(squeeze()) if squeeze is not None else None
    if value is not None and isinstance(rest, ast.Name):
        yield rest.id, value
