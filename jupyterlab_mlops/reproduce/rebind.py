"""PURE: run a notebook with other values, without asking it to be written for that.

A notebook with a cell tagged ``parameters`` gets a cell after it (papermill's convention) for the names of that cell.
Other names of a Python notebook are replaced where literals are bound to them at top level: a cell at the top would be
overwritten by them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InvalidValue
from .parameters import INJECTED_TAG, TAG, code, inject, language_of

#: What a literal is called, by the type of its value; others are no parameters that people change by hand.
KINDS: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "text",
    type(None): "none",
    list: "list",
    tuple: "tuple",
    dict: "mapping",
}
#: A longer literal is data, not a parameter.
MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name that a notebook binds to a literal. ``text``: the text itself for texts, else the literal as written;
    ``tagged``: in the cell tagged ``parameters``."""

    name: str
    kind: str
    text: str
    tagged: bool

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def parameters_of(document: Mapping[str, Any]) -> list[Parameter]:
    """What a Python notebook can be run again with: the names of the tagged cell first, then in order of the cells.

    A value is the one that counts in the end: given by an injected cell, or the last one that is bound.
    """
    if not _is_python(document):
        return []
    found: dict[str, Parameter] = {}
    given: dict[str, Parameter] = {}
    for cell in _code_cells(document):
        tags = _tags(cell)
        for name, node in literals(_source(cell)):
            value = ast.literal_eval(node)
            kind = KINDS.get(type(value))
            text = value if isinstance(value, str) else ast.unparse(node)
            if kind is None or len(text) > MOST_TEXT:
                continue
            if INJECTED_TAG in tags:
                given[name] = Parameter(name, kind, text, True)
            elif name not in found or not found[name].tagged:
                found[name] = Parameter(name, kind, text, TAG in tags)
    # Without a tagged cell an injected one is at the top: what is bound below it counts.
    tagged = any(each.tagged for each in found.values())
    every = [given.get(each.name, each) if tagged else each for each in found.values()]
    every += [each for name, each in given.items() if name not in found]
    return sorted(every, key=lambda each: not each.tagged)


def with_parameters(
    document: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(document, parameters left to be given by a cell): a copy with the values in it.

    What an earlier run was given by a cell is given again, unless it is among ``parameters``. A list for what is a
    tuple in the notebook becomes one: JSON has no tuples.

    Raises:
        InvalidValue: a name that the notebook does not bind to a literal; the message lists those it does.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    cells = list(_code_cells(changed))
    if not parameters:
        return changed, {}
    if not _is_python(document):
        inject(document, parameters)  # says what cannot be given
        return changed, dict(parameters)
    tagged = any(TAG in _tags(cell) for cell in cells)
    every = {name: node for cell in cells for name, node in literals(_source(cell))}
    wanted = {name: _as_written(every.get(name), value) for name, value in parameters.items()}
    by_cell = _by_cell(cells, tagged)
    known: set[str] = set()
    for cell in cells:
        if tagged and {TAG, INJECTED_TAG} & set(_tags(cell)):
            continue
        source = _source(cell)
        found = [(name, node) for name, node in literals(source) if name not in by_cell]
        known |= {name for name, _node in found}
        # From the end, so that places before stay where they are.
        for name, node in sorted(found, key=lambda item: _start(item[1]), reverse=True):
            if name in wanted:
                source = _replaced(source, node, _literal(name, wanted[name]))
        cell["source"] = source
    left = {name: value for name, value in wanted.items() if name not in known}
    if not tagged:
        missing = sorted(left.keys() - by_cell.keys())
        if missing:
            names = ", ".join(sorted(known | by_cell.keys())) or "none"
            raise InvalidValue(
                f"the notebook binds no literal to {missing[0]!r} at top level; those it binds: {names}",
                field=f"parameters.{missing[0]}",
            )
    if not left:
        return changed, {}
    before = {name: value for name, value in by_cell.items() if value is not _TAGGED}
    inject(document, left)  # says what cannot be given
    return changed, {**before, **left}


#: Stands for the value of a name of the tagged cell, which needs none.
_TAGGED: Any = object()


def _by_cell(cells: Iterable[Mapping[str, Any]], tagged: bool) -> dict[str, Any]:
    """Names that are given by a cell: those of the tagged one, and those of one that was injected with their values.

    Without a tagged cell the injected one is at the top, and what is bound below it counts.
    """
    found: dict[str, Any] = {}
    below: set[str] = set()
    for cell in cells:
        tags = _tags(cell)
        if not {TAG, INJECTED_TAG} & set(tags):
            below |= {name for name, _node in literals(_source(cell))}
        for name, node in literals(_source(cell)):
            if INJECTED_TAG in tags:
                found[name] = ast.literal_eval(node)
            elif TAG in tags:
                found.setdefault(name, _TAGGED)
    return found if tagged else {k: v for k, v in found.items() if k not in below}


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
    found: list[tuple[str, ast.expr]] = []
    for statement in tree.body:
        pairs: list[tuple[ast.expr, ast.expr | None]] = []
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            pairs = _unpacked(statement.targets[0], statement.value)
        elif isinstance(statement, ast.AnnAssign):
            pairs = [(statement.target, statement.value)]
        for target, value in pairs:
            if isinstance(target, ast.Name) and value is not None and _is_literal(value):
                found.append((target.id, value))
    return found


def _unpacked(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    """``a, b = 1, 2`` as two; anything else as it is."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        starred = any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
        if len(target.elts) == len(value.elts) and not starred:
            return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _as_written(node: ast.expr | None, value: Any) -> Any:
    return tuple(value) if isinstance(node, ast.Tuple) and isinstance(value, list) else value


def _code_cells(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in document["cells"] if cell["cell_type"] == "code"]


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list((cell.get("metadata") or {}).get("tags") or ())


def _is_python(document: Mapping[str, Any]) -> bool:
    return language_of(document).lower() in ("python", "python3", "ipython")


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
