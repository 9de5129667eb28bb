"""Measured series for charts: columns of steps, times and values, thinned so that nothing disappears."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from .decimate import decimate

_NON_FINITE = {1: "NaN", 2: "Infinity", -2: "-Infinity"}


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
    where = ""
    bounds: list[int] = []
    if first_step is not None:
        where, bounds = where + " AND step >= ?", [*bounds, first_step]
    if last_step is not None:
        where, bounds = where + " AND step <= ?", [*bounds, last_step]
    found: dict[str, Curve] = {}
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    for id in candidate_ids:
        # In the order of the index. Steps nearly always grow with time, so that putting them in order
        # afterwards costs less than a sort in SQL.
        rows = cursor.execute(
            "SELECT step, timestamp_ms, CASE kind WHEN 0 THEN value END, kind FROM metric_points"
            f" WHERE candidate_id = ? AND name = ?{where} ORDER BY timestamp_ms, step",
            (id, name, *bounds),
        ).fetchall()
        if rows:
            rows.sort(key=itemgetter(0))
            found[id] = _thin(rows, points)
    return found


def _thin(rows: list[tuple[int, int, float | None, int]], points: int) -> Curve:
    steps, times, values, kinds = zip(*rows, strict=True)
    kept = decimate(values, points)
    return Curve(
        [steps[at] for at in kept],
        [times[at] for at in kept],
        [_NON_FINITE[kinds[at]] if values[at] is None else values[at] for at in kept],
    )
