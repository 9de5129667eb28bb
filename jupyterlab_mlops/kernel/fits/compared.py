"""Fitted results that a library's function puts beside one another in a table: ``compare({"ols": one, "iv": other})``."""

from __future__ import annotations

import ast
from typing import Any

from ..cells.frames import World
from ..cells.objects import object_at
from ..cells.running import Execution, Running
from ..measures.expressions import shown_expressions
from ..measures.reporting import Measured, Reporter
from ..measures.spelling import plain_numbers
from ..measures.values import printed_numbers, was_printed
from ..source.syntax import call_name
from ..source.usercode import is_own_class
from .statistics import fit_summary

MAX_COMPARED = 20
MAX_TABLE = 100_000
"""Characters of a table that are looked at."""


class Compared:
    """Looks at the tables that a statement shows. One a kernel."""

    def __init__(self, world: World, reporter: Reporter) -> None:
        self.world = world
        self.reporter = reporter

    def look(self, execution: Execution, running: Running, result: Any, printed: str) -> None:
        """The statistics of fits that stand in a shown table of several of them: each is its own model's."""
        if not isinstance(running.node, ast.Expr) or len(self.reporter.candidates.known) < 2:
            return
        call = running.node.value
        prints = isinstance(call, ast.Call) and call_name(call) in ("print", "display")
        for shown in shown_expressions(call):
            fits = self._fits(shown)
            if len(fits) < 2:
                continue
            text = printed if prints else table_text(result)
            numbers = printed_numbers(plain_numbers(text))
            for candidate, fit in fits:
                self._report(candidate, fit, numbers, execution, running)

    def _report(
        self,
        candidate: str,
        fit: Any,
        numbers: list[tuple[float, int]],
        execution: Execution,
        running: Running,
    ) -> None:
        refs = frozenset((candidate,))
        known = self.reporter.candidates.get(candidate)
        told = known.metric_names if known is not None else {}
        said = [_letters(name.partition(":")[0]) for name in told]
        for name, value in fit_summary(fit):
            if _letters(name) in said or not was_printed(value, numbers):
                continue
            measured = Measured(name, value, ("fit",), refs, "autolog")
            self.reporter.report(measured, execution, running)

    def _fits(self, shown: ast.expr) -> list[tuple[str, Any]]:
        """(candidate, results) of the fits that a library's function in the expression is given together."""
        while isinstance(shown, (ast.Attribute, ast.Call)):
            if isinstance(shown, ast.Call):
                given = [one for argument in shown.args[:1] for one in self._held(argument)]
                if len(given) > 1 and not self._own(shown.func):
                    return given
                shown = shown.func
            else:
                shown = shown.value
        return []

    def _held(self, argument: ast.expr) -> list[tuple[str, Any]]:
        lookup = self.world.namespace.get
        if isinstance(argument, ast.Dict):
            values = [object_at(one, lookup) for one in argument.values]
        elif isinstance(argument, (ast.List, ast.Tuple)):
            values = [object_at(one, lookup) for one in argument.elts]
        else:
            held = object_at(argument, lookup)
            held = list(held.values()) if isinstance(held, dict) else held
            values = list(held) if isinstance(held, (list, tuple)) else []
        found = [
            (candidate, one)
            for one in values[:MAX_COMPARED]
            if one is not None and not is_own_class(type(one))
            if (candidate := self.world.registry.get(one)) is not None
        ]
        return found if len(found) == len(values) else []

    def _own(self, function: ast.expr) -> bool:
        return isinstance(function, ast.Name) and (self.world.own_function(function.id) is not None)


def _letters(name: str) -> list[str]:
    """A metric's name however it is spelt: alike of ``adj_r_squared`` and ``rsquared_adj``."""
    return sorted(one for one in name.lower() if one.isalnum())


def table_text(result: Any) -> str:
    """What a library's table that is displayed says, as text."""
    if result is None or is_own_class(type(result)):
        return ""
    try:
        return str(result)[:MAX_TABLE]
    except Exception:  # it has no text, as it has been displayed in another form
        return ""
