"""Values written out in the source: numbers, strings, arithmetic of numbers, short sequences of them. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

MISSING = object()


def literal_of(node: ast.expr) -> Any:
    """The value of a literal: numbers, strings, booleans, None, arithmetic of numbers, short tuples and lists
    of them; ``MISSING``-like sentinel ``NotImplemented`` for anything else."""
    value = literal_at(node, 0)
    return NotImplemented if value is MISSING else value


def literal_at(node: ast.expr, depth: int) -> Any:
    if isinstance(node, ast.Constant):
        value = node.value
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return value if isinstance(value, str) and len(value) <= 500 else MISSING
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = literal_at(node.operand, depth)
        if isinstance(value, (int, float)):
            return -value if isinstance(node.op, ast.USub) else value
        return MISSING
    if isinstance(node, ast.BinOp):
        left, right = literal_at(node.left, depth), literal_at(node.right, depth)
        numbers = all(
            isinstance(v, (int, float)) and not isinstance(v, bool) for v in (left, right)
        )
        return _arithmetic(node.op, left, right) if numbers else MISSING
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) <= 20 and depth < 2:
        values = [literal_at(element, depth + 1) for element in node.elts]
        if any(value is MISSING for value in values):
            return MISSING
        return tuple(values) if isinstance(node, ast.Tuple) else values
    return MISSING


def _arithmetic(op: ast.operator, left: float, right: float) -> Any:
    try:
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.Div):
            return left / right
        if isinstance(op, ast.FloorDiv):
            return left // right
        if isinstance(op, ast.Pow) and abs(right) <= 64 and abs(left) <= 1e6:
            return left**right
    except (ArithmeticError, ValueError):
        pass
    return MISSING


def entries_of(value: ast.Dict | ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Entries of a dict written out with string keys, or of ``dict(a=1)``."""
    if isinstance(value, ast.Dict):
        for key, entry in zip(value.keys, value.values):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, entry
    elif isinstance(value.func, ast.Name) and value.func.id == "dict":
        for keyword in value.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value
