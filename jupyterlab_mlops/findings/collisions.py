"""Keep apart what two cells of a run have said by one name, if one printed it and the other measured it.

A series read from printed output gives way to a measured one of its name (product.md §3), as it tells the same again. Of
different cells it need not be the same, and nothing may be lost: it goes by a name of its own, as ``rmse:2``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..entities import Source


@dataclass(frozen=True, slots=True)
class _Said:
    printed: bool
    execution: str | None


class Names:
    """The names of one candidate's metrics. Pure. ``sources``: of those that it has already, by name."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._said = {
            name: _Said(source == Source.OUTPUT.value, None) for name, source in sources.items()
        }

    def apart(self, finding: Mapping[str, Any], execution: str | None) -> dict[str, Any]:
        """A ``metrics`` finding of an execution, with the names that its points go by."""
        mine = _Said(finding.get("source") == Source.OUTPUT.value, execution)
        points = [[self._name(point[0], mine), *point[1:]] for point in finding["points"]]
        return {**finding, "points": points}

    def _name(self, name: str, mine: _Said) -> str:
        free = name
        for number in itertools.count(2):
            there = self._said.setdefault(free, mine)
            if there.printed == mine.printed or there.execution == mine.execution:
                break
            free = f"{name}:{number}"
        return free
