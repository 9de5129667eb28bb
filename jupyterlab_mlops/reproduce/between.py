"""PURE: which cells would get in the way if a notebook were run from top to bottom.

A candidate's slice may have run in the order of the notebook and still not be what the notebook gives: a cell
between two of its own binds a name that it uses, and was run later, earlier, or never. Only Python is read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ran:
    """An execution: the index of its cell among the code cells, its source, whether the candidate depends on it."""

    index: int
    source: str
    needed: bool


def between(ran: Sequence[Ran], cells: Mapping[int, str]) -> list[tuple[int, tuple[str, ...]]]:
    """(cell, names) of cells that change names on the way; ``ran`` in the order of execution, up to the last needed.

    ``cells``: sources of the notebook's code cells by index.
    """
    needed = [place for place, item in enumerate(ran) if item.needed]
    own = {ran[place].index for place in needed}
    names = {place: (bound(ran[place].source), loaded(ran[place].source)) for place in needed}
    found: dict[int, set[str]] = {}
    for first in needed:
        for last in needed:
            start, end = ran[first].index, ran[last].index
            shared = names[first][0] & names[last][1]
            if first >= last or end - start < 2 or not shared:
                continue
            in_time = {item.index for item in ran[first + 1 : last]}
            for index in range(start + 1, end):
                if index in own or index in in_time or index not in cells:
                    continue
                changed = shared & bound(cells[index])
                if changed:
                    found.setdefault(index, set()).update(changed)
    return [(index, tuple(sorted(changed))) for index, changed in sorted(found.items())]


def bound(source: str) -> frozenset[str]:
    """Names that a cell binds or changes at its top level; imports are not counted, they give the same again."""
    return frozenset(name for node in _body(source) for name in _bound(node))


def loaded(source: str) -> frozenset[str]:
    """Names that a cell reads, in its functions too."""
    return frozenset(
        node.id
        for statement in _body(source)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _body(source: str) -> list[ast.stmt]:
    lines = (
        "pass" if line.startswith(("%", "!", "?")) or line.endswith("?") else line
        for line in source.splitlines()
    )
    try:
        return ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError):
        return []


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        base: ast.AST = node
        while isinstance(base, (ast.Attribute, ast.Subscript)):
            base = base.value
        if isinstance(base, ast.Name):
            yield base.id
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)
