"""Long series in one blob each, as charts read them.

A point is a row, because points arrive one by one, in any order, more than once. Half a million rows take most of a
second to read, whatever is then drawn of them; the same numbers side by side take a tenth of it. So a long series is
packed once it has grown, in the background (``services/packing.py``). Nothing depends on it: a blob is used only
while it and the rows that came later add up to the series' own count, else the rows are read.
"""

from __future__ import annotations

import sqlite3
import sys
from array import array
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

#: Shorter series are not packed: their rows are read quickly. The index ``metrics_long`` names the same number.
LEAST = 2000
#: A series that is still being measured is packed again after so many new points; an ended one at once.
GROWN = 1000

#: What SQLite cannot hold is told by ``kind``; a blob holds it as it is.
_VALUE = "CASE kind WHEN 0 THEN value WHEN 2 THEN 9e999 WHEN -2 THEN -9e999 END"
_ROWS = (
    f"SELECT step, timestamp_ms, {_VALUE} FROM metric_points WHERE candidate_id = ? AND name = ?"
)
_NAN = float("nan")
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Columns:
    """Points in order of step, then of time: steps, times (ms since the epoch) and values, as long as each other."""

    steps: array[int]
    times: array[int]
    values: array[float]


def from_rows(
    conn: sqlite3.Connection,
    candidate_id: str,
    name: str,
    *,
    first_step: int | None = None,
    last_step: int | None = None,
    after_ms: int | None = None,
) -> Columns:
    """The points of a series, of all or of those within ``first_step`` … ``last_step`` or after ``after_ms``."""
    where, bounds = "", []
    for condition, bound in (
        ("step >= ?", first_step),
        ("step <= ?", last_step),
        ("timestamp_ms > ?", after_ms),
    ):
        if bound is not None:
            where += f" AND {condition}"
            bounds.append(bound)
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    # In the order of the index. Steps nearly always grow with time, so that putting them in order afterwards
    # costs less than a sort in SQL.
    rows = cursor.execute(
        f"{_ROWS}{where} ORDER BY timestamp_ms, step", (candidate_id, name, *bounds)
    ).fetchall()
    rows.sort(key=itemgetter(0))
    steps, times, values = zip(*rows, strict=True) if rows else ((), (), ())
    if None in values:
        values = tuple(_NAN if value is None else value for value in values)
    return Columns(array("q", steps), array("q", times), array("d", values))


def read(conn: sqlite3.Connection, candidate_id: str, name: str) -> Columns | None:
    """A packed series with what was measured since; None where its rows have to be read."""
    row = conn.execute(
        "SELECT p.points, p.last_ms, p.count, m.count FROM packed_series p JOIN metrics m USING (candidate_id, name)"
        " WHERE candidate_id = ? AND name = ?",
        (candidate_id, name),
    ).fetchone()
    if row is None:
        return None
    blob, last_ms, packed, count = row
    columns = _unpacked(blob, packed)
    if packed == count:
        return columns
    later = from_rows(conn, candidate_id, name, after_ms=last_ms)
    if packed + len(later.steps) != count:
        return None  # something was measured before the end of what is packed
    return _joined(columns, later)


def grown(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """(candidate id, name) of the long series that are not packed, or of which much or the end is not."""
    # LEAST is written out: the partial index is used only where its own condition is read.
    rows = conn.execute(
        "SELECT m.candidate_id, m.name FROM metrics m INDEXED BY metrics_long"
        " JOIN candidates c ON c.id = m.candidate_id LEFT JOIN packed_series p USING (candidate_id, name)"
        f" WHERE m.count >= {LEAST} AND (p.count IS NULL OR (p.count <> m.count"
        " AND (m.count - p.count >= ? OR c.status NOT IN ('RUNNING', 'SCHEDULED'))))",
        (GROWN,),
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class Packed:
    """A series to be kept: how many points, the latest timestamp among them, whose they are, and the blob."""

    candidate_id: str
    name: str
    source: str
    count: int
    last_ms: int
    points: bytes


def pack(conn: sqlite3.Connection, candidate_id: str, name: str) -> Packed | None:
    """A series as it is now, for :func:`keep`; None if it is gone."""
    row = conn.execute(
        "SELECT source FROM metrics WHERE candidate_id = ? AND name = ?", (candidate_id, name)
    ).fetchone()
    if row is None:
        return None
    columns = from_rows(conn, candidate_id, name)
    return Packed(
        candidate_id, name, row[0], len(columns.steps), max(columns.times), _blob(columns)
    )


def keep(conn: sqlite3.Connection, made: Packed) -> None:
    """Keep what :func:`pack` has made, unless the series was replaced or got older points since. This is no change:
    nothing looks different."""
    conn.execute(
        "INSERT OR REPLACE INTO packed_series SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?3 = (SELECT COUNT(*) FROM metric_points"
        " WHERE candidate_id = ?1 AND name = ?2 AND timestamp_ms <= ?4)"
        " AND ?6 = (SELECT source FROM metrics WHERE candidate_id = ?1 AND name = ?2)",
        (made.candidate_id, made.name, made.count, made.last_ms, made.points, made.source),
    )


def _joined(columns: Columns, later: Columns) -> Columns:
    """Both, by step; of one step the earlier first."""
    steps = columns.steps + later.steps
    times = columns.times + later.times
    values = columns.values + later.values
    if columns.steps[-1] <= later.steps[0]:
        return Columns(steps, times, values)
    places = sorted(range(len(steps)), key=steps.__getitem__)
    return Columns(
        array("q", [steps[at] for at in places]),
        array("q", [times[at] for at in places]),
        array("d", [values[at] for at in places]),
    )


def _blob(columns: Columns) -> bytes:
    """The three columns one after the other, eight bytes a number, little-endian."""
    steps, times = _little(columns.steps), _little(columns.times)
    return steps.tobytes() + times.tobytes() + _little(columns.values).tobytes()


def _unpacked(blob: bytes, count: int) -> Columns:
    size, whole = 8 * count, memoryview(blob)
    steps, times, values = array("q"), array("q"), array("d")
    steps.frombytes(whole[:size])
    times.frombytes(whole[size : 2 * size])
    values.frombytes(whole[2 * size :])
    return Columns(_little(steps), _little(times), _little(values))


def _little(column: array[N]) -> array[N]:
    """From or to little-endian numbers."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column
