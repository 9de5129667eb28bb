"""Short rows of a metric that a statement shows whole: ``rmse = (errors ** 2).mean(axis=1) ** 0.5`` by horizon or output.

A row is taken if its name is a metric's for certain, its values were averaged by hand, and one model is behind it. What
a function gives by thresholds, folds or classes is told where that is called.
"""

from __future__ import annotations

import ast
from typing import Any

from ..cells.frames import NamespaceScope, World
from ..cells.running import Execution, Running
from ..source.dataflow import refs_of
from ..source.syntax import call_name
from .expressions import shown_expressions
from .metrics import function_metric, metric_strength, tidy
from .reporting import Measured, Reporter
from .values import floats_of, same

MAX_ROW = 20
_AVERAGES = frozenset({"mean", "median"})


class Rows:
    """Looks at the names that a statement shows."""

    def __init__(self, world: World, reporter: Reporter) -> None:
        self.world = world
        self.reporter = reporter
        self._averaged: set[str] = set()
        """Top-level names of metrics that were bound to an average worked out by hand."""

    def look(self, execution: Execution, running: Running) -> None:
        """Rows of one model's metric, a point a value."""
        node = running.node
        for name in running.info.binds:
            self._averaged.discard(name)
            if metric_strength(name) == 2 and isinstance(node, ast.Assign) and averaged(node.value):
                self._averaged.add(name)
        if not self._averaged or not isinstance(node, ast.Expr):
            return
        scope = NamespaceScope(self.world, (10**9, 0))
        for shown in shown_expressions(node.value):
            if not isinstance(shown, ast.Name) or shown.id not in self._averaged:
                continue
            values = _row(self.world.namespace.get(shown.id))
            refs = refs_of(shown, scope)
            told = [value for _, _, value in running.measured]
            if (
                len(refs) != 1
                or any(same(value, other) for value in values for other in told)
                or any(self.reporter.known(value, refs, tidy(shown.id)) for value in values)
            ):
                continue
            for step, value in enumerate(values):
                measured = Measured(tidy(shown.id), value, ("row",), refs)
                self.reporter.report(measured, execution, running, step)


def _row(value: Any) -> list[float]:
    """The numbers of a short Series of pandas or array of one dimension; [] of anything else."""
    if type(value).__name__ not in ("Series", "ndarray") or getattr(value, "ndim", 0) != 1:
        return []
    return floats_of(value.tolist()) if len(value) <= MAX_ROW else []


def averaged(value: ast.expr) -> bool:
    """Whether an expression averages by hand: ``np.sqrt((errors ** 2).mean(axis=0))``, and calls no metric. Pure."""
    called = [call_name(node) for node in ast.walk(value) if isinstance(node, ast.Call)]
    return bool(_AVERAGES.intersection(called)) and not any(
        function_metric(name) or "cross_val" in name for name in called
    )
