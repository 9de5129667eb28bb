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
        low = high = odd = None
        for position, row in enumerate(bucket):
            value = row[2]
            if value is None:
                odd = position if odd is None else odd
            elif low is None or high is None:
                low = high = position
            else:
                low = position if value < bucket[low][2] else low  # type: ignore[operator]
                high = position if value > bucket[high][2] else high  # type: ignore[operator]
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
