"""The metric that a function of the user's gives back, by its name or by what it returns. Pure."""

from __future__ import annotations

import ast

from ..source.passing import returns_of
from ..source.syntax import call_name
from .by_hand import manual_metric, truths_in
from .expressions import average_of
from .metrics import function_metric, metric_strength

_SAME_VALUE = ("float", "round")


def metric_of(name: str, function: ast.AST | None) -> str:
    """``loss`` of a function ``loss_fn``, and of one of any name that ends in ``return rmse``; ``rmse_mean`` of
    ``return rmse.mean()``; '' if neither its name nor its returns say a metric, or they say several."""
    named = function_metric(name)
    if named or function is None:
        return named
    found = {_metric(value) for value in returns_of(function)}
    return found.pop() if len(found) == 1 else ""


def given_to(expression: ast.expr) -> tuple[str, ...]:
    """What tells a shown measurement from others of its name: the arguments of the call, of anything else the truth that it
    compares with, and its words."""
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name):
        values = (*expression.args, *(keyword.value for keyword in expression.keywords))
        if values:
            return tuple(ast.unparse(one)[:60] for one in values)
    return (*truths_in(expression)[:1], ast.unparse(expression)[:60])


def _metric(value: ast.expr | None) -> str:
    while isinstance(value, ast.Call) and call_name(value) in _SAME_VALUE and value.args:
        value = value.args[0]
    if value is None:
        return ""
    if isinstance(value, ast.Name):
        return value.id if metric_strength(value.id) == 2 else ""
    average = average_of(value) or ""
    return average if metric_strength(average) == 2 else manual_metric(value) or ""
