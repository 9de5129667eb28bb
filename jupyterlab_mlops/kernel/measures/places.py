"""Whose the numbers are that one ``print`` writes of several models: each is the value of an expression that stands at its
place in the template, ``f"forest {mse_forest:.2f}, tree {mse_tree:.2f}"``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ..cells.frames import NamespaceScope
from ..source.dataflow import refs_of
from ..source.syntax import call_name
from . import series
from .pieces import BLANKS, Piece, in_turn, lines, printed
from .points import Point

MAX_LINE = 500
"""Characters of a line that is read."""
MAX_HOLES = 4
"""Values in one: of more there are too many ways to find them."""


def owners_by_place(
    points: Iterable[Point], text: str, statement: ast.stmt, scope: NamespaceScope
) -> dict[Point, str]:
    """The candidates of the points of a ``print`` at top level, of those that are of one alone by their place."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call_name(call) != "print":
        return {}
    forms = [form for line in lines(printed(call)) if (form := _form(line)) is not None]
    written = text.split("\n")[: series.MAX_LINES]
    found: dict[Point, str] = {}
    at = 0
    matched: dict[int, list[tuple[str, ast.expr]]] = {}
    for number, line in enumerate(written):
        if len(line) > MAX_LINE or at >= len(forms):
            continue
        pattern, holes = forms[at]
        match = pattern.fullmatch(BLANKS.sub(" ", line).strip())
        if match is not None:
            matched[number] = list(zip(match.groups(), holes))
            at += 1
    for point in points:
        behind = {
            refs_of(value, scope)
            for said, value in matched.get(point.line, ())
            if point.value in {float(one) for one in series.NUMBERS.findall(said)}
        }
        owners = {owner for refs in behind for owner in refs}
        if len(owners) == 1 and all(behind):
            found[point] = owners.pop()
    return found


def _form(line: list[Piece]) -> tuple[re.Pattern[str], list[ast.expr]] | None:
    """How a line looks, and the values in it, in order; None of one in which two values touch, or that has many."""
    texts, holes = in_turn(line)
    if len(holes) > MAX_HOLES or not all(texts[1:-1]):
        return None
    first, *between, last = texts
    spelt = map(re.escape, (first.lstrip(), *between, last.rstrip()))
    return re.compile("(.*?)".join(spelt)), [one.value for one in holes]
