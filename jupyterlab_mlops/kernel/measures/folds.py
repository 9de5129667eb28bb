"""The folds of a cross-validation, and their root: ``np.sqrt(-cross_val_score(…))`` is an error of each fold. Pure."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..source.syntax import call_name
from .metrics import real_scalar

MAX_FOLDS = 1000


class Root(NamedTuple):
    """What a square root makes of the scores of a cross-validation."""

    name: str
    values: tuple[float, ...]
    """One of each fold, or the one of their mean."""


def folds_of(name: str, result: Any) -> dict[str, tuple[float, ...]]:
    """The scores of each fold, by name, that a cross-validation returned."""
    if isinstance(result, dict):
        told = ((str(key), values) for key, values in result.items())
        return {key: _floats(values) for key, values in told if key.startswith(("test_", "train_"))}
    return {} if isinstance(result, tuple) else {name: _floats(result)}


def rooted(
    node: ast.Call | None, index: Any, name: str, folds: tuple[float, ...], given: Mapping[str, Any]
) -> Root | None:
    """What becomes of scores where they stand in a square root: of ``np.sqrt(-cross_val_score(…))`` the root of each,
    of ``np.sqrt(-cross_val_score(…).mean())`` the root of their mean; None if there is no root, or it cannot be
    followed. ``given``: what the cross-validation was given by name."""
    if node is None or index is None or not folds:
        return None
    squared = "squared" in str(given.get("scoring")) and "root" not in str(given.get("scoring"))
    values, root, mean = folds, False, False
    current: ast.AST = node
    for parent in index.ancestors(node):
        called = call_name(parent) if isinstance(parent, ast.Call) else ""
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub):
            values = tuple(-value for value in values)
        elif called in ("abs", "absolute", "fabs") and current in parent.args:
            values = tuple(map(abs, values))
        elif called == "sqrt" and current in parent.args:
            if root or any(value < 0 for value in values):
                return None
            values, root = tuple(map(math.sqrt, values)), True
        elif called == "mean" and not mean and not root and _holds(parent, current):
            values, mean = (math.fsum(values) / len(values),), True
        elif not (isinstance(parent, ast.Attribute) and parent.attr == "mean" and not root):
            break
        current = parent
    if not root:
        return None
    spelt = root_name(name) if squared else f"sqrt_{name}"
    return Root(f"{spelt}_of_mean" if mean and not squared else spelt, values)


def turned(
    node: ast.Call | None, index: Any, folds: tuple[float, ...], given: Mapping[str, Any]
) -> str:
    """The error that the scores of a cross-validation are, where the code that stands with it turns what it is bound to
    the right way up: ``mean_squared_error`` of ``s = cross_val_score(…, scoring="neg_mean_squared_error")`` and
    ``print(-s.mean())``; '' if it does not."""
    scoring = given.get("scoring")
    if not isinstance(scoring, str) or not scoring.startswith("neg_"):
        return ""
    if node is None or index is None or not folds or any(value > 0 for value in folds):
        return ""
    around = list(index.ancestors(node))
    bound = around[0].targets[0] if around and isinstance(around[0], ast.Assign) else None
    if not isinstance(bound, ast.Name):
        return ""
    for one in ast.walk(around[-1]):
        if isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub):
            named = {part.id for part in ast.walk(one.operand) if isinstance(part, ast.Name)}
            if bound.id in named and not any(
                isinstance(call, ast.Call) and call_name(call) == "sqrt"
                for call in index.ancestors(one)
            ):
                return scoring.removeprefix("neg_")
    return ""


def root_name(name: str) -> str:
    """``cross_val_rmse`` of ``cross_val_score``."""
    return f"{name.removesuffix('score')}rmse" if name.endswith("score") else "rmse"


def _holds(call: ast.AST, inner: ast.AST) -> bool:
    """Whether it is ``inner()``, or ``np.mean(inner)``."""
    return isinstance(call, ast.Call) and (call.func is inner or call.args[:1] == [inner])


def _floats(values: Any) -> tuple[float, ...]:
    try:
        listed = list(values)[: MAX_FOLDS + 1]
    except TypeError:
        return ()
    numbers = tuple(one for value in listed if (one := real_scalar(value)) is not None)
    return numbers if 2 <= len(numbers) == len(listed) <= MAX_FOLDS else ()
