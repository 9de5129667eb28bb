"""Thins a long series for a chart so that no peak, valley or gap disappears. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def decimate(values: Sequence[float | None], points: int) -> list[int]:
    """Which of ``values`` (in order of step; None where not finite) a chart needs: at most about ``points``
    places. The first and the last, and of each bucket of equally many its lowest, its highest and its first
    non-finite one."""
    count = len(values)
    if count <= max(points, 4):
        return list(range(count))
    buckets = max((points - 2) // 2, 1)
    inner = count - 2
    gaps = None in values
    kept = [0]
    for bucket in range(buckets):
        first = 1 + bucket * inner // buckets
        part = values[first : 1 + (bucket + 1) * inner // buckets]
        finite = [value for value in part if value is not None] if gaps else part
        # min, max and index run in C: this is done for every point of every curve.
        at = {part.index(min(finite)), part.index(max(finite))} if finite else set()  # type: ignore[type-var]
        if len(finite) < len(part):
            at.add(part.index(None))
        kept += sorted(first + place for place in at)
    kept.append(count - 1)
    return kept


def evenly(rows: Sequence[Any], points: int) -> Sequence[Any]:
    """``points`` of ``rows``: the first of each of as many equal buckets, the last row in the last place."""
    if len(rows) <= points:
        return rows
    size, larger = divmod(len(rows), points)
    starts = [index * size + min(index, larger) for index in range(points)]
    return [*(rows[start] for start in starts[:-1]), rows[-1]]


def shared_steps(series: Sequence[Sequence[int]], points: int) -> set[int]:
    """The steps at which several series are read together: ``points`` of all their steps, evenly spaced, the last of
    all, and the first and last of each series."""
    every = sorted(set().union(*series))
    chosen = set(every)
    if len(every) > points:
        chosen = {every[index * len(every) // points] for index in range(points)} | {every[-1]}
    return chosen.union(*({min(steps), max(steps)} for steps in series if steps))
