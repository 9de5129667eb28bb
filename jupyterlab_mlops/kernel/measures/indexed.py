"""Metrics in a pandas series of fractions, whose index names them: as it is shown, and as it is printed. Pure.

Only with one model behind it is such a row a metric: a table's means have columns of any name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .metrics import metric_strength, real_scalar
from .points import Point
from .series import NUMBERS

MAX_ROWS = 50
_END = re.compile(r"(?:Name: .*, )?(?:Length: \d+, )?dtype: float\d+$")
"""The last line of a series that is printed."""
_ROW = re.compile(rf"(?P<name>\S(?:.*?\S)?)\s{{2,}}(?P<number>{NUMBERS.pattern})$")


def entries_of(value: Any) -> Iterator[tuple[str, Any]]:
    """(name, value) of what a dict, or a series by its index, holds; nothing of anything else or anything long."""
    if isinstance(value, dict) and 0 < len(value) <= MAX_ROWS:
        yield from value.items()
    elif type(value).__name__ == "Series" and type(value).__module__.startswith("pandas"):
        if len(value) <= MAX_ROWS and getattr(value.dtype, "kind", "") == "f":
            yield from zip(value.index.tolist(), value.tolist())


def rows_of(text: str) -> list[Point]:
    """The rows named like metrics of the series printed in a text."""
    if "dtype: float" not in text:
        return []
    found: list[Point] = []
    block: list[Point] = []
    for number, line in enumerate(text.split("\n")):
        row = _ROW.match(line)
        if row is None:
            found.extend(block if _END.match(line) else ())
            block = []
        elif metric_strength(row["name"]) == 2 and real_scalar(float(row["number"])) is not None:
            decimals = len(row["number"].partition(".")[2].lower().partition("e")[0])
            name = row["name"].replace(" ", "_")
            block.append(Point(name, float(row["number"]), None, number, decimals, strength=1))
    return found
