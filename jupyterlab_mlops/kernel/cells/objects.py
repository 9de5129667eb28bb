"""The very objects that expressions stand for, found without running any code of the user's."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast


def object_at(node: ast.AST, lookup: Callable[[str], Any]) -> Any:
    """The object a chain of names, attributes and subscripts stands for, without running any code of the
    user's: instance dictionaries, module attributes, dict and list entries only. None if it cannot be told."""
    if isinstance(node, ast.Name):
        return lookup(node.id)
    if isinstance(node, ast.Attribute):
        owner = object_at(node.value, lookup)
        if owner is None:
            return None
        own = getattr(owner, "__dict__", None)
        if isinstance(own, dict) and node.attr in own:
            return own[node.attr]
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    if isinstance(node, ast.Subscript):
        owner = object_at(node.value, lookup)
        if type(owner) in (dict, OrderedDict, list, tuple):
            place = _key(node.slice, lookup)
            try:
                return owner[place]
            except (KeyError, IndexError, TypeError):
                return None
        return _cell_at(node, lookup)
    return None


def _key(node: ast.expr, lookup: Callable[[str], Any]) -> Any:
    """A key that is written there, or that a name stands for; None if it cannot be told."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return -node.operand.value if isinstance(node.operand.value, int) else None
    return lookup(node.id) if isinstance(node, ast.Name) else None


def text_at(node: ast.expr, lookup: Callable[[str], Any]) -> str | None:
    """The text that an expression of constants and names stands for: ``f"pred_{name}"``, ``"pred_" + name``, ``name``. None of
    anything else."""
    if isinstance(node, ast.JoinedStr):
        parts = [_part_at(one, lookup) for one in node.values]
        return None if None in parts else "".join(map(str, parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_at(node.left, lookup), text_at(node.right, lookup)
        return None if left is None or right is None else left + right
    found = _key(node, lookup)
    return found if type(found) is str else None


def _part_at(node: ast.expr, lookup: Callable[[str], Any]) -> str | None:
    """What a part of an f-string writes: a text, or a number or text in braces without a format."""
    if not isinstance(node, ast.FormattedValue):
        return text_at(node, lookup)
    if node.format_spec is not None or node.conversion != -1:
        return None
    found = _key(node.value, lookup)
    return str(found) if type(found) in (str, int, float) else None


_PLACES = ("loc", "iloc", "at", "iat")


def _cell_at(node: ast.Subscript, lookup: Callable[[str], Any]) -> Any:
    """The object in one cell of a table, or at one place of a column, of pandas: ``models`` in ``table.loc[2, "models"]``,
    ``table["models"][2]``, ``column.iloc[0]``; None of anything else."""
    steps: list[tuple[str, list[Any]]] = []
    table: ast.expr = node
    while isinstance(table, ast.Subscript):
        keys = table.slice.elts if isinstance(table.slice, ast.Tuple) else [table.slice]
        known = [_key(one, lookup) for one in keys]
        if len(keys) > 2 or not all(isinstance(one, (str, int)) for one in known):
            return None
        place = table.value
        by = place.attr if isinstance(place, ast.Attribute) and place.attr in _PLACES else ""
        steps.append((by, known))
        table = cast(ast.Attribute, place).value if by else place
    found: Any = lookup(table.id) if isinstance(table, ast.Name) else None
    dimensions = {"DataFrame": 2, "Series": 1}.get(type(found).__name__, 0)
    if not type(found).__module__.startswith("pandas"):
        return None
    if sum(len(keys) for _, keys in steps) != dimensions:
        return None
    try:
        for by, keys in reversed(steps):
            # a column by its label: of a number that is taken for a place pandas warns, in the user's output
            at = by or ("loc" if type(found).__name__ == "Series" else "")
            found = (getattr(found, at) if at else found)[keys[0] if len(keys) == 1 else (*keys,)]
    except Exception:  # pandas has errors of its own for what is not there
        return None
    return found
