"""The statistics in a summary of a fit that a statement shows, or in one table of it: ``fit.summary().tables[0]``."""

from __future__ import annotations

import ast
import math
import re
import weakref
from contextlib import suppress
from typing import Any, NamedTuple

from ..cells.frames import NamespaceScope, World
from ..cells.objects import object_at
from ..cells.running import Execution, Running
from ..measures.kept import models_behind
from ..measures.reporting import Measured, Reporter
from ..measures.spelling import plain_numbers
from ..measures.values import printed_numbers, rounds_to, was_printed
from ..source.dataflow import Refs, refs_of
from ..source.syntax import call_name
from ..source.usercode import is_own_attribute, is_own_class
from . import statistics
from .compared import table_text

_MINIMUM = re.compile(
    r"^\s*Current function value: ([-+]?\d+\.\d+(?:e[-+]?\d+)?)\s*$", re.MULTILINE
)

MAX_KEPT = 200
"""Summaries that names hold."""
LEAST_SHOWN = 3
"""Statistics by which a fit is known again in a text."""


class Summary(NamedTuple):
    """What a fit's summary tells."""

    told: list[tuple[str, float]]
    refs: Refs[str]
    judged: bool
    """Whether it is of a fit of a library that is known for it."""
    in_words: bool
    """Whether the text of it says what of this it shows."""


class Summarised:
    """Looks at the summaries that a statement asks for. One a kernel."""

    def __init__(self, world: World, reporter: Reporter) -> None:
        self.world = world
        self.reporter = reporter
        self._kept: dict[int, tuple[Any, Summary]] = {}
        """Id of a summary that a name holds → a reference to it, and what is in it."""

    def look(
        self,
        execution: Execution,
        running: Running,
        scope: NamespaceScope,
        result: Any,
        printed: str,
    ) -> None:
        """A summary of a fit is shown: the statistics in it are metrics; nothing else of it is."""
        if printed and len(running.trained) == 1 and not running.compound:
            self._minimised(execution, running, printed)
        if isinstance(running.node, ast.For):
            self._of_each(execution, running, printed)
        if isinstance(running.node, ast.Assign) and len(running.info.binds) == 1:
            self._keep(running.node.value, running, scope)
        if not isinstance(running.node, ast.Expr) and not _prints_one(running.node):
            return
        for node in ast.walk(running.node):
            summary = self._summary(node, running, scope)
            if summary is None:
                continue
            running.told = running.told or summary.judged or bool(summary.told)
            text = f"{printed}\n{table_text(result)}"
            told = summary.told
            if is_part(running.node, node):
                shown = printed_numbers(plain_numbers(text))
                told = [one for one in told if stands_in(one[1], shown)]
            elif summary.in_words:
                told = statistics.shown_in(text, told)
            for name, value in told:
                measured = Measured(name, value, ("fit",), summary.refs, "autolog")
                self.reporter.report(measured, execution, running)
        if not running.told and not running.trained and not running.compound:
            self._of_whatever(execution, running, f"{printed}\n{table_text(result)}")

    def _of_whatever(self, execution: Execution, running: Running, text: str) -> None:
        """A summary is shown of a fit that no expression leads to, as a function's or ``next(fits)`` is: the fit all of
        whose statistics stand there is known by them."""
        if "AIC" not in text:
            return
        shown = printed_numbers(plain_numbers(text))
        for fit, candidate in self.world.registry.live():
            judged = None if is_own_class(type(fit)) else statistics.judged_in(fit)
            told = [] if judged is None else list(statistics.fit_summary(judged))
            labelled = statistics.labelled_in(text, told)
            if len(labelled) < LEAST_SHOWN or not all(
                any(rounds_to(value, number, decimals) for number, decimals in shown)
                for _, value in labelled
            ):
                continue
            running.told = True
            for name, value in labelled:
                refs = frozenset((candidate,))
                measured = Measured(name, value, ("fit",), refs, "autolog", sure=True)
                self.reporter.report(measured, execution, running)

    def _summary(self, node: ast.AST, running: Running, scope: NamespaceScope) -> Summary | None:
        """What an expression sums up that asks a fit of one candidate for its summary, or is the name of one."""
        if isinstance(node, ast.Name):
            held = self.world.namespace.get(node.id)
            reference, kept = self._kept.get(id(held), (None, None))
            return kept if reference is not None and reference() is held else None
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        if not statistics.sums_up(node.func.attr):
            return None
        found = running.results.get(node.func.value)  # `OLS(y, X).fit().summary()`
        if found is None:
            found = object_at(node.func.value, self.world.namespace.get)
        refs = refs_of(node.func.value, scope)
        if len(refs) != 1 or found is None or is_own_attribute(type(found), node.func.attr):
            return None
        judged = statistics.judged_in(found)
        told = list(
            statistics.fitted_statistics(found)
            if judged is None
            else statistics.fit_summary(judged)
        )
        in_words = judged is not None and statistics.is_statsmodels(judged)
        return Summary(told, refs, judged is not None, in_words)

    def _keep(self, value: ast.expr, running: Running, scope: NamespaceScope) -> None:
        """A name is bound to a summary, which may be shown later: ``table = fit.summary()``."""
        summary = self._summary(value, running, scope)
        (name,) = running.info.binds
        held = self.world.namespace.get(name)
        if summary is None or type(held) in (str, type(None)):
            return
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        with suppress(TypeError):
            self._kept[id(held)] = weakref.ref(held), summary

    def _minimised(self, execution: Execution, running: Running, printed: str) -> None:
        """A fit has printed where its optimiser ended, as those of statsmodels do: often all that is shown of it."""
        found = _MINIMUM.findall(printed)
        value = float(found[0]) if len(found) == 1 else math.nan
        decimals = len(found[0].partition(".")[2]) if found else 0
        if value == value and not any(
            rounds_to(told, value, decimals) for _, _, told in running.measured
        ):
            measured = Measured(
                "function_value", value, ("fit",), frozenset(running.trained), "output"
            )
            self.reporter.report(measured, execution, running)

    def _of_each(self, execution: Execution, running: Running, printed: str) -> None:
        """A loop prints the summaries of models that were fitted before: ``for fit in fits: print(fit.summary())``."""
        called = (one.func for one in ast.walk(running.node) if isinstance(one, ast.Call))
        if not printed or not any(
            isinstance(one, ast.Attribute) and statistics.sums_up(one.attr) for one in called
        ):
            return
        behind = models_behind(self.world, running) - running.worked_with
        shown = printed_numbers(plain_numbers(printed))
        for fit, candidate in self.world.registry.live() if behind else ():
            if candidate not in behind or is_own_class(type(fit)):
                continue
            refs = frozenset((candidate,))
            for name, value in statistics.fit_summary(statistics.judged_in(fit)):
                if stands_in(value, shown):
                    running.told = True
                    measured = Measured(name, value, ("fit",), refs, "autolog")
                    self.reporter.report(measured, execution, running)


def _prints_one(statement: ast.AST) -> bool:
    """Whether a statement binds what a method gives that prints a summary: ``cph = Cox().fit(rows).print_summary()``. Pure."""
    called = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(called, ast.Call) and call_name(called).startswith("print_")


def stands_in(value: float, shown: list[tuple[float, int]]) -> bool:
    """Whether a statistic stands among shown numbers, which a summary also rounds to whole ones. Pure."""
    return was_printed(value, shown) or any(
        decimals == 0 and abs(number) >= 100 and rounds_to(value, number, 0)
        for number, decimals in shown
    )


def is_part(statement: ast.AST, summary: ast.AST) -> bool:
    """Whether only a table of a summary is shown: ``fit.summary().tables[1]``. Pure."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "tables" and node.value is summary
        for node in ast.walk(statement)
    )
