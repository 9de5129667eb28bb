"""Records that hold a model and what it measured: ``{"model": fitted, "RSS": rss}``, alone, in a list or a table.

Whose a number is, is said by the model that stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..candidates import Candidates
from ..cells.frames import World
from ..cells.running import Execution, Running
from .metrics import real_scalar, tidy
from .reporting import Measured, Reporter
from .series import metric_named
from .values import same

MAX_RECORDS = 500
MAX_ENTRIES = 30


class Records:
    """Looks at what a statement that trains has given, bound or filled."""

    def __init__(self, world: World, candidates: Candidates, reporter: Reporter) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter

    def look(self, execution: Execution, running: Running, result: Any) -> None:
        """Metrics of records that each hold one of the models which the statement has trained."""
        if not running.trained:
            return
        names = sorted(running.info.binds | running.info.changes)
        for value in (result, *map(self.world.namespace.get, names)):
            for record in records_in(value):
                self._tell(record, execution, running)

    def _tell(self, record: Mapping[str, Any], execution: Execution, running: Running) -> None:
        models = {self.world.registry.get(one) for one in record.values()} - {None}
        owner = models.pop() if len(models) == 1 else None
        if owner is None or owner not in running.trained:
            return
        for key, item in record.items():
            value = real_scalar(item)
            named = metric_named(key) if value is not None else None
            if named is None or value is None or self._is_told(owner, value):
                continue
            measured = Measured(tidy(named[0]), value, ("record",), frozenset((owner,)), sure=True)
            self.reporter.report(measured, execution, running)

    def _is_told(self, owner: str, value: float) -> bool:
        candidate = self.candidates.get(owner)
        told = candidate.values if candidate is not None else ()
        return any(same(value, other) for _, other in told)


def records_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """The dicts with names for keys that a value is, or holds as a list, a dict or a pandas frame does. Pure."""
    if type(value) is dict:
        rows = [value, *value.values()]
    elif type(value) is list:
        rows = value
    elif type(value).__name__ == "DataFrame" and type(value).__module__.startswith("pandas"):
        small = len(value) <= MAX_RECORDS and len(value.columns) <= MAX_ENTRIES
        holds = small and any(one.kind == "O" for one in value.dtypes)
        rows = value.to_dict("records") if holds else []
    else:
        return
    for row in rows[:MAX_RECORDS]:
        if type(row) is dict and 1 < len(row) <= MAX_ENTRIES:
            if all(isinstance(key, str) for key in row):
                yield row
