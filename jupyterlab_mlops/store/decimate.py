"""Thins a long series for a chart so that no peak, valley or gap disappears. Pure."""

from __future__ import annotations

from collections.abc import Sequence

#: step, timestamp (ms), value (None when not finite), kind (0: finite)
Row = tuple[int, int, float | None, int]


def decimate(rows: Sequence[Row], points: int) -> Sequence[Row]:
    """At most about ``points`` of ``rows`` (in order of step): the first and the last, and of each
    bucket of equally many rows its lowest, its highest and its first non-finite one."""
    if len(rows) <= max(points, 4):
        return rows
    buckets = max((points - 2) // 2, 1)
    inner = rows[1:-1]
    kept = [rows[0]]
    for index in range(buckets):
        bucket = inner[index * len(inner) // buckets : (index + 1) * len(inner) // buckets]
        values = [row[2] for row in bucket]
        finite = [value for value in values if value is not None]
        # min, max and index run in C: this is done for every point of every curve.
        low = values.index(min(finite)) if finite else None
        high = values.index(max(finite)) if finite else None
        odd = values.index(None) if len(finite) < len(values) else None
        kept += [bucket[at] for at in sorted({at for at in (low, high, odd) if at is not None})]
    kept.append(rows[-1])
    return kept


def evenly(rows: Sequence[Row], points: int) -> Sequence[Row]:
    """``points`` of ``rows``: the first of each of as many equal buckets, the last row in the last place."""
    if len(rows) <= points:
        return rows
    size, larger = divmod(len(rows), points)
    starts = [index * size + min(index, larger) for index in range(points)]
    return [*(rows[start] for start in starts[:-1]), rows[-1]]
