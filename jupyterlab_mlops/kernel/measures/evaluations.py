"""Tables of metrics that a library's function for evaluating gives: ``evaluate(forecasts, metrics=[mae, rmse])``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ..cells.frames import OVER, NamespaceScope, World
from ..cells.running import Execution, Running
from ..source.dataflow import NONE, refs_of
from ..source.syntax import call_name
from ..source.wording import words
from .metrics import metric_strength, real_scalar, tidy
from .reporting import Measured, Reporter
from .series import metric_named
from .values import rounds_to, same

MAX_ROWS = 20
MAX_RANKED = 60
MAX_COLUMNS = 20
MAX_POINTS = 1000
_EVALUATES = frozenset(
    "evaluate evaluation backtest backtesting score scores metrics validate validation accuracy compare leaderboard"
    " benchmark performance".split()
)
"""Words in the names of functions that measure models."""
_SUMS_UP = frozenset("fit train summary results report".split())
"""Words in the names of those that may give a table of several models' metrics, a row each."""


class Evaluations:
    """Looks at the tables that a call has given."""

    def __init__(self, world: World, reporter: Reporter) -> None:
        self.world = world
        self.reporter = reporter

    def look(self, execution: Execution, running: Running, result: Any) -> None:
        """Metrics in the table that a library's function for evaluating returned, bound or displayed."""
        call = getattr(running.node, "value", None)
        if isinstance(call, ast.Call) and not running.compound:
            self._own(call, execution, running, result)
        named = set(words(call_name(call))) if isinstance(call, ast.Call) else set()
        if not isinstance(call, ast.Call) or not named & (_EVALUATES | _SUMS_UP):
            return
        if isinstance(call.func, ast.Name) and self.world.own_function(call.func.id) is not None:
            return
        tables = [result, *(self.world.namespace.get(name) for name in sorted(running.info.binds))]
        told = [row for table in tables for row in ranked_in(table)]
        rows: list[tuple[str, list[float]]] = []
        if not told and named & _EVALUATES:
            told = [row for table in tables for row in metrics_in(table)]
            rows = [row for table in tables for row in series_in(table)]
        if not told and not rows:
            return
        refs = refs_of(call, NamespaceScope(self.world, OVER))
        if len(refs) == 1:
            for name, values in rows:
                for step, value in enumerate(values):
                    measured = Measured(tidy(name), value, ("table",), refs)
                    self.reporter.report(measured, execution, running, step)
        for name, value in told:
            if metric_strength(name) < 2 and len(refs) != 1:
                continue
            if not any(same(value, other) for _, _, other in running.measured):
                measured = Measured(tidy(name), value, ("table",), refs)
                self.reporter.report(measured, execution, running)

    def _own(self, call: ast.Call, execution: Execution, running: Running, result: Any) -> None:
        """A function of the user's has given a dict of one model's metrics: ``scores = evaluated(y, forest.predict(X))``."""
        if not isinstance(call.func, ast.Name) or self.world.own_function(call.func.id) is None:
            return
        given = [result, *(self.world.namespace.get(name) for name in sorted(running.info.binds))]
        found = [one for one in given if type(one) is dict and 0 < len(one) <= MAX_COLUMNS]
        refs = refs_of(call, NamespaceScope(self.world, OVER)) if len(found) == 1 else NONE
        if len(refs) != 1 or running.trained:
            return
        for key, item in found[0].items():
            value = real_scalar(item)
            named = metric_named(key) if isinstance(key, str) and value is not None else None
            if named is None or value is None or self.reporter.known(value, refs, named[0]):
                continue
            if not any(_is_told(value, other) for _, _, other in running.measured):
                measured = Measured(tidy(named[0]), value, ("dict",), refs)
                self.reporter.report(measured, execution, running)


def _is_told(value: float, other: float) -> bool:
    """Whether a value is a measured one, also rounded or in percent. Pure."""
    decimals = len(repr(value).partition(".")[2])
    return any(same(value, one) or rounds_to(one, value, decimals) for one in (other, 100 * other))


def metrics_in(table: Any) -> Iterator[tuple[str, float]]:
    """(name, value) of the metrics in a small pandas frame: one row whose columns are named like metrics, or a column
    of names of metrics beside columns of numbers, a row each. Pure."""
    if not _is_table(table) or not 1 <= len(table) <= MAX_ROWS:
        return
    columns = [(str(name), table[name].tolist()) for name in dict.fromkeys(table.columns)]
    numbers = [(name, found) for name, items in columns if (found := _numbers(items))]
    named = [items for _, items in columns if all(map(_is_name, items))]
    if named and len(set(named[0])) == len(table):
        for name, values in numbers:
            for metric, value in zip(named[0], values):
                yield (metric if len(numbers) == 1 else f"{metric}/{name}"), value
    elif len(table) == 1:
        yield from ((name, values[0]) for name, values in numbers if metric_strength(name))


def ranked_in(table: Any) -> Iterator[tuple[str, float]]:
    """(metric/row, value) of a small pandas frame whose rows have names, as of models, and half of whose columns of
    numbers are named like metrics, one of them by its name alone. Pure."""
    if not _is_table(table) or not 1 <= len(table) <= MAX_RANKED or not len(table.columns):
        return
    columns = {str(name): table[name].tolist() for name in dict.fromkeys(table.columns)}
    texts = [items for items in columns.values() if all(isinstance(one, str) for one in items)]
    index = table.index.tolist()
    names = next((one for one in (index, *texts) if _are_names(one)), None)
    numbers = {name: found for name, items in columns.items() if (found := _numbers(items))}
    metrics = [name for name in numbers if metric_strength(name)]
    if names is None or 2 * len(metrics) < len(numbers):
        return
    if len(metrics) < 2 or not any(metric_strength(name) == 2 for name in metrics):
        return
    for name in metrics:
        for row, value in zip(names, numbers[name]):
            yield f"{name}/{row}", value


def _are_names(items: list[Any]) -> bool:
    """Whether they tell rows apart: texts, none twice, none a metric's name."""
    texts = all(isinstance(one, str) for one in items)
    return texts and len(set(items)) == len(items) and not any(map(_is_name, items))


def series_in(table: Any) -> Iterator[tuple[str, list[float]]]:
    """(name, values) of the columns of a longer frame that are named like metrics, where no more than two others say what
    the rows are: errors by horizon or fold. Pure."""
    if not _is_table(table) or not 2 <= len(table) <= MAX_POINTS:
        return
    names = [str(name) for name in table.columns]
    metrics = [name for name in names if metric_strength(name)]
    if len(set(names)) < len(names) or len(names) - len(metrics) > 2:
        return
    if not any(metric_strength(name) == 2 for name in metrics):
        return
    for name in metrics:
        values = _numbers(table[name].tolist())
        if values:
            yield name, values


def _is_table(value: Any) -> bool:
    """Whether it is a pandas frame of few columns, each of a name of its own."""
    if type(value).__name__ != "DataFrame" or not type(value).__module__.startswith("pandas"):
        return False
    return len(value.columns) <= MAX_COLUMNS and bool(value.columns.is_unique)


def _is_name(item: Any) -> bool:
    return isinstance(item, str) and metric_strength(item) > 0


def _numbers(items: list[Any]) -> list[float]:
    """The numbers of a column, [] if it holds anything else."""
    found = [value for item in items if (value := real_scalar(item)) is not None]
    return found if len(found) == len(items) else []
