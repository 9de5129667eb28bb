"""Measured series for charts: columns of steps, times and values, thinned so that nothing disappears."""

from __future__ import annotations

import math
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from . import packed
from .candidate_json import finite
from .decimate import decimate


@dataclass(frozen=True, slots=True)
class Curve:
    """Points by step, column by column. Times are ms since the epoch; values that are not finite are the words
    that stand for them in JSON."""

    steps: list[int]
    times: list[int]
    values: list[float | str]


def curves(
    conn: sqlite3.Connection,
    candidate_ids: Sequence[str],
    name: str,
    *,
    points: int = 1000,
    first_step: int | None = None,
    last_step: int | None = None,
) -> dict[str, Curve]:
    """One metric of several candidates by step, at most about ``points`` points each.

    A longer series is thinned so that each bucket of steps keeps its lowest, its highest and its first
    non-finite point. ``first_step`` and ``last_step`` narrow the range (zoom). Candidates without the metric
    have no entry.
    """
    found: dict[str, Curve] = {}
    for id in candidate_ids:
        columns = packed.read(conn, id, name)
        if columns is None:
            columns = packed.from_rows(conn, id, name, first_step=first_step, last_step=last_step)
            first, end = 0, len(columns.steps)
        else:
            first = 0 if first_step is None else bisect_left(columns.steps, first_step)
            end = len(columns.steps)
            end = end if last_step is None else bisect_right(columns.steps, last_step)
        if first < end:
            found[id] = _thin(columns, first, end, points)
    return found


def _thin(columns: packed.Columns, first: int, end: int, points: int) -> Curve:
    values = columns.values[first:end].tolist()
    known: Sequence[float | None] = values
    if not math.isfinite(sum(values)):  # an overflowing sum is only the slower way
        known = [value if math.isfinite(value) else None for value in values]
    kept = decimate(known, points)
    return Curve(
        [columns.steps[first + at] for at in kept],
        [columns.times[first + at] for at in kept],
        [finite(values[at]) for at in kept],
    )
