"""Measured series: every point, and one summary row a series kept in the same transaction."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from ..entities import MetricPoint, Source
from ..errors import NoCandidate
from . import keys
from .candidate_rows import number
from .changes import changed
from .decimate import evenly, shared_steps

#: A point of one series: (step, timestamp in ms, value).
Point = tuple[int, int, float]

_INSERT_POINT = "INSERT OR IGNORE INTO metric_points VALUES (?, ?, ?, ?, ?, ?)"
#: One statement for so many finite points of a series takes half the time of a statement for each.
_TOGETHER = 25
_INSERT_FINITE = "INSERT OR IGNORE INTO metric_points VALUES " + ", ".join(
    f"(?1, ?2, ?{at}, ?{at + 1}, ?{at + 2}, 0)" for at in range(3, 3 + 3 * _TOGETHER, 3)
)
#: Of two points the later by (step, timestamp, value) is the series' last; NaN is below any value.
_UPSERT_SERIES = """
INSERT INTO metrics (candidate_id, name, value, kind, step, timestamp_ms, min, max, count, source)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value, kind = excluded.kind, step = excluded.step,
  timestamp_ms = excluded.timestamp_ms, min = excluded.min, max = excluded.max,
  count = excluded.count, source = excluded.source
"""
_POINTS = "SELECT name, value, kind, step, timestamp_ms FROM metric_points"


def log(
    conn: sqlite3.Connection,
    candidate_id: str,
    points: Iterable[MetricPoint],
    *,
    source: str = Source.LOGGED,
) -> None:
    """Add points to the candidate's series.

    The same point again (name, step, timestamp, value) is the same point. A series read from
    printed output gives way to a logged one and never adds to it.

    Raises:
        NotFound: there is no such candidate.
    """
    series: dict[str, list[Point]] = {}
    for point in points:
        series.setdefault(point.name, []).append((point.step, point.timestamp_ms, point.value))
    log_series(conn, candidate_id, series, source=source)


def log_series(
    conn: sqlite3.Connection,
    candidate_id: str,
    series: Mapping[str, Sequence[Point]],
    *,
    source: str = Source.LOGGED,
) -> None:
    """As :func:`log`, with the points already sorted into their series (none of them empty)."""
    row = conn.execute(
        "SELECT experiment_id FROM candidates WHERE id = ?", (candidate_id,)
    ).fetchone()
    if row is None:
        raise NoCandidate(candidate_id)
    if not series:
        return
    source = str(getattr(source, "value", source))
    present = _summaries(conn, candidate_id, series)
    summaries: list[tuple[object, ...]] = []
    written: list[str] = []
    for name, added in series.items():
        old = present.get(name)
        if old is not None and (old.source == "output") != (source == "output"):
            if source == "output":
                continue
            for table in ("metric_points", "packed_series"):
                conn.execute(
                    f"DELETE FROM {table} WHERE candidate_id = ? AND name = ?",
                    (candidate_id, name),
                )
            old = None
        summary = old or _Summary()
        steps, times, values = zip(*added, strict=True)
        if math.isfinite(sum(values)):  # an overflowing sum is only the slower way
            summary.take(added, values)
            count = _insert_finite(conn, candidate_id, name, times, steps, values)
        else:
            rows = [(candidate_id, name, *summary.take_one(point)) for point in added]
            # rowcount of executemany counts only rows that were not already there.
            count = conn.executemany(_INSERT_POINT, rows).rowcount
        if count:
            summary.count += count
            summaries.append(summary.row(candidate_id, name, source))
            written.append(name)
    if not summaries:
        return
    conn.executemany(_UPSERT_SERIES, summaries)
    keys.seen(
        conn, row[0], "metric", written, new={name for name in written if name not in present}
    )
    changed(conn, "candidate", candidate_id)


def history(
    conn: sqlite3.Connection,
    candidate_id: str,
    name: str,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[MetricPoint]:
    """The points of a series by (timestamp, step, value), as MLflow has them."""
    rows = conn.execute(
        f"{_POINTS} WHERE candidate_id = ? AND name = ?"
        " ORDER BY timestamp_ms, step, value, kind LIMIT ? OFFSET ?",
        (candidate_id, name, -1 if limit is None else limit, offset),
    )
    return [
        MetricPoint(name, value if kind == 0 else number(value, kind), step, timestamp)
        for name, value, kind, step, timestamp in rows
    ]


def sample(
    conn: sqlite3.Connection,
    candidate_id: str,
    name: str,
    points: int,
    *,
    first_step: int | None = None,
    last_step: int | None = None,
) -> list[MetricPoint]:
    """At most ``points`` points of a series by step, evenly spaced, the first and the last among them."""
    rows = _between(conn, candidate_id, name, first_step, last_step)
    return _points(name, evenly(rows, points))


def sample_together(
    conn: sqlite3.Connection,
    candidate_ids: Sequence[str],
    name: str,
    points: int,
    *,
    first_step: int | None = None,
    last_step: int | None = None,
) -> list[list[MetricPoint]]:
    """A metric of several candidates at the same steps, all points of each (see :func:`shared_steps`)."""
    found = [_between(conn, id, name, first_step, last_step) for id in candidate_ids]
    steps = shared_steps([[row[0] for row in rows] for rows in found], points)
    return [_points(name, [row for row in rows if row[0] in steps]) for rows in found]


def _between(
    conn: sqlite3.Connection,
    candidate_id: str,
    name: str,
    first_step: int | None,
    last_step: int | None,
) -> list[tuple[int, int, float | None, int]]:
    """The points of a series from one step to another, by step: (step, timestamp in ms, value, kind) each."""
    return conn.execute(
        "SELECT step, timestamp_ms, value, kind FROM metric_points WHERE candidate_id = ? AND name = ?"
        " AND step BETWEEN ? AND ? ORDER BY step, timestamp_ms, value, kind",
        (
            candidate_id,
            name,
            -(2**63) if first_step is None else first_step,
            2**63 - 1 if last_step is None else last_step,
        ),
    ).fetchall()


def _points(name: str, rows: Iterable[tuple[int, int, float | None, int]]) -> list[MetricPoint]:
    return [
        MetricPoint(name, number(value, kind), step, timestamp)
        for step, timestamp, value, kind in rows
    ]


def sources(conn: sqlite3.Connection, candidate_id: str) -> dict[str, str]:
    """Where each metric of a candidate was seen (see :class:`.Source`), by name."""
    rows = conn.execute("SELECT name, source FROM metrics WHERE candidate_id = ?", (candidate_id,))
    return {row[0]: row[1] for row in rows}


def next_step(conn: sqlite3.Connection, candidate_id: str, name: str) -> int:
    """The step after the last one of a series; 0 for a new one."""
    row = conn.execute(
        "SELECT step + 1 FROM metrics WHERE candidate_id = ? AND name = ?",
        (candidate_id, name),
    ).fetchone()
    return 0 if row is None else int(row[0])


def _insert_finite(
    conn: sqlite3.Connection,
    candidate_id: str,
    name: str,
    times: Sequence[int],
    steps: Sequence[int],
    values: Sequence[float],
) -> int:
    """Write points of one series; returns how many of them were not already there."""
    whole, count = len(values) - len(values) % _TOGETHER, 0
    if whole:
        numbers: list[float] = [0] * (3 * whole)
        numbers[0::3], numbers[1::3], numbers[2::3] = times[:whole], steps[:whole], values[:whole]
        for first in range(0, 3 * whole, 3 * _TOGETHER):
            some = numbers[first : first + 3 * _TOGETHER]
            count += conn.execute(_INSERT_FINITE, (candidate_id, name, *some)).rowcount
    if whole < len(values):
        rest = zip(times[whole:], steps[whole:], values[whole:], strict=True)
        rows = [(candidate_id, name, *row, 0) for row in rest]
        count += conn.executemany(_INSERT_POINT, rows).rowcount
    return count


class _Summary:
    """A series in short while points are taken in: the last by (step, timestamp, value), the extremes."""

    __slots__ = ("count", "kind", "max", "min", "rank", "source", "step", "timestamp", "value")

    def __init__(self) -> None:
        self.step = -(2**63)
        self.timestamp = -(2**63)
        self.rank = -math.inf  # the last value for comparison: NaN is below any number
        self.value: float | None = None
        self.kind = 0
        self.min: float | None = None
        self.max: float | None = None
        self.count = 0
        self.source = ""

    def take(self, added: Sequence[Point], values: Sequence[float]) -> None:
        """Take finite points in; ``values`` are theirs. The count is the caller's."""
        low, high, last = min(values), max(values), max(added)
        self.min = low if self.min is None else min(low, self.min)
        self.max = high if self.max is None else max(high, self.max)
        if last >= (self.step, self.timestamp, self.rank):
            self.step, self.timestamp, self.rank = last
            self.value, self.kind = last[2], 0

    def take_one(self, point: Point) -> tuple[int, int, float, int]:
        """Take in a point that may be not finite; returns the last four values of its row."""
        step, time, measured = point
        value, kind = split(measured)
        rank = -math.inf if kind == 1 else measured
        if value is not None:
            self.min = value if self.min is None else min(value, self.min)
            self.max = value if self.max is None else max(value, self.max)
        if (step, time, rank) >= (self.step, self.timestamp, self.rank):
            self.step, self.timestamp, self.rank = step, time, rank
            self.value, self.kind = value, kind
        return (time, step, 0.0 if value is None else value, kind)

    def row(self, candidate_id: str, name: str, source: str) -> tuple[object, ...]:
        """The values of :data:`_UPSERT_SERIES`."""
        return (
            candidate_id, name, self.value, self.kind, self.step, self.timestamp,
            self.min, self.max, self.count, source,
        )  # fmt: skip


def _summaries(
    conn: sqlite3.Connection, candidate_id: str, names: Iterable[str]
) -> dict[str, _Summary]:
    wanted = list(names)
    found: dict[str, _Summary] = {}
    # A few names are looked up by key; many are cheaper as one range of the table.
    where = f" AND name IN ({','.join('?' * len(wanted))})" if len(wanted) <= 50 else ""
    for name, value, kind, step, timestamp, low, high, count, source in conn.execute(
        "SELECT name, value, kind, step, timestamp_ms, min, max, count, source FROM metrics"
        f" WHERE candidate_id = ?{where}",
        (candidate_id, *(wanted if where else ())),
    ):
        summary = found[name] = _Summary()
        summary.step, summary.timestamp = step, timestamp
        summary.rank = -math.inf if kind == 1 else number(value, kind)
        summary.value, summary.kind = value, kind
        summary.min, summary.max, summary.count, summary.source = low, high, count, source
    return found


def split(value: float) -> tuple[float | None, int]:
    """A value as its two columns: (value, 0), or (NULL, kind) for what SQLite cannot hold."""
    if -math.inf < value < math.inf:
        return value, 0
    if math.isnan(value):
        return None, 1
    return None, 2 if value > 0 else -2
