"""Metrics in rows that a statement, or each round of a loop, writes: ``results.loc[len(results)] = ["ridge", *scores(model)]``,
``results.loc["ridge", "RMSE"] = rmse(model)``, ``rows.append({"model": name, "R2": r2(model)})``. The columns say what the
numbers are."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..candidates import Candidates
from ..cells.frames import OVER, NamespaceScope, World
from ..cells.objects import text_at
from ..cells.rounds import rounds_of
from ..cells.running import Execution, Running
from ..source.dataflow import refs_of
from ..source.syntax import call_name
from .metric_names import the_same
from .metrics import real_scalar, tidy
from .reporting import UNSAID, Measured, Reporter
from .series import metric_named
from .values import same

MAX_COLUMNS = 30
_ROWS = ("loc", "at")
PLACES = range(2, 6)
"""Decimals to which values are rounded before they are written."""


class Place(NamedTuple):
    """Where in which table or list a statement writes, and what."""

    table: str
    row: ast.expr | None
    """None: behind the last."""
    column: str | None
    """None: a whole row."""
    value: ast.expr


class Tabled:
    """Looks at the rows that statements write. One a kernel."""

    def __init__(self, world: World, candidates: Candidates, reporter: Reporter) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter

    def look(self, execution: Execution, running: Running) -> None:
        """A statement has written a row of one model's metrics, or one of them; a loop one of each in turn."""
        node = running.node
        if not running.compound:
            place = place_of(node)
            if place is not None and place.row is not None:
                self._tell(place, NamespaceScope(self.world, OVER), 1, 0, execution, running)
            return
        if not isinstance(node, ast.For) or running.trained:
            return
        places = [place for place in map(place_of, node.body) if place is not None]
        rounds = rounds_of(self.world, running) if places else []
        for place in places:
            behind = [refs_of(place.value, at) for at in rounds]
            if all(len(one) == 1 for one in behind) and len(frozenset().union(*behind)) > 1:
                for at in rounds:
                    self._tell(place, at, len(rounds), at.place, execution, running)

    def _tell(
        self,
        place: Place,
        scope: NamespaceScope,
        count: int,
        turn: int,
        execution: Execution,
        running: Running,
    ) -> None:
        refs = refs_of(place.value, scope)
        if len(refs) != 1:
            return
        (owner,) = refs
        for column, item in self._written(place, scope, count, turn):
            value = real_scalar(item)
            named = metric_named(column) if isinstance(column, str) else None
            if value is None or value != value or named is None or named[1] < 2:
                continue
            if not self._is_told(owner, named[0], value):
                measured = Measured(tidy(named[0]), value, ("row", column), refs)
                self.reporter.report(measured, execution, running)

    def _written(
        self, place: Place, scope: NamespaceScope, count: int, turn: int
    ) -> Iterator[tuple[Any, Any]]:
        """(column, value) of what was written in one ``turn`` of ``count``."""
        table: Any = self.world.namespace.get(place.table)
        if type(table) is list and place.row is None and count <= len(table):
            row = table[turn - count]
        elif type(table) is dict and place.row is not None:
            row = table.get(self._label(place.row, scope))
        elif type(table).__name__ == "DataFrame" and len(table.columns) <= MAX_COLUMNS:
            label = None if place.row is None else self._label(place.row, scope)
            try:
                row = (table.iloc[turn - count] if label is None else table.loc[label]).to_dict()
            except (
                Exception
            ):  # pandas has errors of its own for what is not there, or is there twice
                return
        else:
            return
        if isinstance(row, dict) and len(row) <= MAX_COLUMNS:
            yield from ((key, item) for key, item in row.items() if place.column in (None, key))

    @staticmethod
    def _label(row: ast.expr, scope: NamespaceScope) -> Any:
        """The label of a row; None of one behind the last, ``len(results)``, which may not be its label any more."""
        if isinstance(row, ast.Constant):
            return row.value
        text = text_at(row, scope.value)
        held = scope.value(row.id) if isinstance(row, ast.Name) and text is None else text
        return held if isinstance(held, (int, float, str)) else None

    def _is_told(self, owner: str, name: str, value: float) -> bool:
        candidate = self.candidates.get(owner)
        return candidate is not None and any(
            _restates(value, other, known in UNSAID or the_same(name, known.partition(":")[0]))
            for known, other in candidate.values
        )


def place_of(node: ast.AST) -> Place | None:
    """Where a statement writes a row of a table, one cell of it, a record of a dict, or puts one behind a list; None if it
    does not. Pure."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if call_name(call) == "append" and isinstance(call.func, ast.Attribute):
            if isinstance(call.func.value, ast.Name) and len(call.args) == 1:
                return Place(call.func.value.id, None, None, call.args[0])
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    target = node.targets[0]
    if not isinstance(target, ast.Subscript):
        return None
    if isinstance(target.value, ast.Name) and isinstance(node.value, (ast.Dict, ast.Call)):
        return Place(target.value.id, target.slice, None, node.value)
    by = target.value
    if not isinstance(by, ast.Attribute) or not isinstance(by.value, ast.Name):
        return None
    if by.attr not in _ROWS:
        return None
    if not isinstance(target.slice, ast.Tuple):
        return Place(by.value.id, target.slice, None, node.value)
    if len(target.slice.elts) != 2 or isinstance(target.slice.elts[0], ast.Slice):
        return None
    row, column = target.slice.elts
    if isinstance(column, ast.Slice):
        whole = column.lower is column.upper is None
        return Place(by.value.id, row, None, node.value) if whole else None
    if isinstance(column, ast.Constant) and isinstance(column.value, str):
        return Place(by.value.id, row, column.value, node.value)
    return None


def _restates(value: float, other: float, alike: bool) -> bool:
    """Whether a value says again what was told: as it is, negated, in percent, the root of it, or rounded, where the
    names are ``alike``. Pure."""
    said = [other, -other, 100 * other]
    if alike:
        said.append(math.sqrt(other) if other > 0 else other)
    return any(
        same(value, one)
        or (alike and any(round(one, p) == value or round(value, p) == one for p in PLACES))
        for one in said
    )
