"""PURE: run a notebook with other values, without asking it to be written for that.

A notebook with a cell tagged ``parameters`` gets a cell after it (papermill's convention). In any other Python
notebook the literals that it binds to these names at top level are replaced where they stand: a cell at the top
would be overwritten by them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidValue
from .parameters import TAG, code, inject, language_of


def with_parameters(
    document: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(document, parameters left to be given by a cell): a copy with the values in it.

    Raises:
        InvalidValue: a name that the notebook does not bind to a literal; the message lists those it does.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    cells = [cell for cell in changed["cells"] if cell["cell_type"] == "code"]
    tagged = any(TAG in (cell.get("metadata") or {}).get("tags", ()) for cell in cells)
    python = language_of(document).lower() in ("python", "python3", "ipython")
    if not parameters:
        return changed, {}
    if tagged or not python:
        inject(document, parameters)  # says what cannot be given
        return changed, dict(parameters)
    known: set[str] = set()
    for cell in cells:
        source = "".join(cell["source"])
        found = literals(source)
        known |= {name for name, _node in found}
        # From the end, so that places before stay where they are.
        for name, node in sorted(found, key=lambda item: _start(item[1]), reverse=True):
            if name in parameters:
                source = _replaced(source, node, _literal(name, parameters[name]))
        cell["source"] = source
    missing = sorted(parameters.keys() - known)
    if missing:
        names = ", ".join(sorted(known)) or "none"
        raise InvalidValue(
            f"the notebook binds no literal to {missing[0]!r} at top level; those it binds: {names}",
            field=f"parameters.{missing[0]}",
        )
    return changed, {}


def literals(source: str) -> list[tuple[str, ast.expr]]:
    """Names that a cell binds to literals at top level, with the nodes of the values."""
    lines = [
        "pass" if line.lstrip()[:1] in ("%", "!") and line[:1] == line.lstrip()[:1] else line
        for line in source.split("\n")
    ]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for statement in tree.body:
        target, value = None, None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign):
            target, value = statement.target, statement.value
        if isinstance(target, ast.Name) and value is not None and _is_literal(value):
            found.append((target.id, value))
    return found


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _literal(name: str, value: Any) -> str:
    return code({name: value}, "python").splitlines()[-1].partition(" = ")[2]


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _replaced(source: str, node: ast.expr, text: str) -> str:
    """``source`` with a node's text replaced; columns count bytes of UTF-8, as the parser's do."""
    lines = source.split("\n")
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [before + text + after]
    return "\n".join(lines)
