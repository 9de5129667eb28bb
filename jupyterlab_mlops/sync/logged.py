"""Make a run's params, metrics and tags on GitLab equal to ours, however often and after whatever failure.

Params and tags can be written once, metrics are appended: a run that was not made by this very attempt is read
back first, and only what is missing is sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..entities import MetricPoint
from .payload import Payload
from .refusals import REMOTE_WIDE, Refusal
from .target import Target

POINTS_A_BATCH = 1000
PAIRS_A_BATCH = 100

T = TypeVar("T")


@dataclass
class Remainder:
    """What is not on the remote as it is here: to be told in the manifest."""

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[MetricPoint] = field(default_factory=list)


@dataclass(frozen=True)
class Missing:
    """What has to be sent, and where the remote holds another value that cannot be changed."""

    points: list[MetricPoint]
    params: dict[str, str]
    tags: dict[str, str]
    changed_params: dict[str, str]
    changed_tags: dict[str, str]


def missing(payload: Payload, data: Mapping[str, Any]) -> Missing:
    """PURE: compare with a run's ``data`` as GitLab gives it (every point ever logged)."""
    params = {row["key"]: row.get("value") for row in data.get("params") or ()}
    tags = {row["key"]: row.get("value") for row in data.get("tags") or ()}
    there: dict[tuple[str, int, int], list[float]] = {}
    for row in data.get("metrics") or ():
        key = (row["key"], int(row.get("step") or 0), int(row["timestamp"]))
        there.setdefault(key, []).append(float(row["value"]))
    return Missing(
        points=[p for p in payload.points if not _is_there(p, there)],
        params={k: v for k, v in payload.params.items() if k not in params},
        tags={k: v for k, v in payload.tags.items() if k not in tags},
        changed_params={k: v for k, v in payload.params.items() if params.get(k, v) != v},
        changed_tags={k: v for k, v in payload.tags.items() if tags.get(k, v) != v},
    )


def _is_there(point: MetricPoint, there: Mapping[tuple[str, int, int], list[float]]) -> bool:
    values = there.get((point.name, point.step, point.timestamp_ms), ())
    return any(math.isclose(point.value, value, rel_tol=1e-12) for value in values)


def push_logged(target: Target, run_id: str, payload: Payload, *, fresh: bool) -> Remainder:
    """Send what is missing. ``fresh``: the run was made a moment ago with ``payload.tags``.

    Raises:
        RemoteUnavailable: some of it may have arrived; calling again is safe.
        Refusal: the remote as a whole refuses, or the run is not there.
    """
    if fresh:
        todo = Missing(list(payload.points), dict(payload.params), {}, {}, {})
    else:
        todo = missing(payload, target.client.get_run(run_id)["data"])
    rest = Remainder(params=dict(todo.changed_params), tags=dict(todo.changed_tags))
    try:
        _send(target, run_id, todo)
    except Refusal as refusal:
        if refusal.reason in REMOTE_WIDE or refusal.reason == "not_found":
            raise
        # One bad row spoils a batch, after its metrics were stored: look, then find the bad row.
        todo = missing(payload, target.client.get_run(run_id)["data"])
        _isolate(target, run_id, todo, payload, rest)
    return rest


def _send(target: Target, run_id: str, todo: Missing) -> None:
    points, params, tags = (
        todo.points,
        list(todo.params.items()),
        list(todo.tags.items()),
    )
    while points or params or tags:
        _log(
            target,
            run_id,
            metrics=[as_metric(p) for p in points[:POINTS_A_BATCH]],
            params=dict(params[:PAIRS_A_BATCH]),
            tags=dict(tags[:PAIRS_A_BATCH]),
        )
        points, params, tags = (
            points[POINTS_A_BATCH:],
            params[PAIRS_A_BATCH:],
            tags[PAIRS_A_BATCH:],
        )


def _log(target: Target, run_id: str, **rows: Any) -> None:
    target.client.log_batch(run_id, **rows)
    target.steps += 1


def _isolate(target: Target, run_id: str, todo: Missing, payload: Payload, rest: Remainder) -> None:
    def points(rows: Sequence[MetricPoint]) -> None:
        present = missing(payload, target.client.get_run(run_id)["data"]).points
        _log(target, run_id, metrics=[as_metric(p) for p in rows if p in present])

    bad_points = _bisect(todo.points, points)
    bad_params = _bisect(
        list(todo.params.items()), lambda rows: _log(target, run_id, params=dict(rows))
    )
    bad_tags = _bisect(list(todo.tags.items()), lambda rows: _log(target, run_id, tags=dict(rows)))
    rest.points.extend(bad_points)
    rest.params.update(bad_params)
    rest.tags.update(bad_tags)


def _bisect(rows: list[T], send: Callable[[list[T]], None]) -> list[T]:
    """Send rows in halves until the refused ones stand alone; returns those."""
    if not rows:
        return []
    try:
        send(rows[:POINTS_A_BATCH])
    except Refusal as refusal:
        if refusal.reason in REMOTE_WIDE or refusal.reason == "not_found":
            raise
        if len(rows) == 1:
            return rows
        middle = min(len(rows), POINTS_A_BATCH) // 2
        return _bisect(rows[:middle], send) + _bisect(rows[middle:], send)
    return _bisect(rows[POINTS_A_BATCH:], send)


def as_metric(point: MetricPoint) -> dict[str, Any]:
    """A point as GitLab takes it."""
    return {
        "key": point.name,
        "value": point.value,
        "timestamp": point.timestamp_ms,
        "step": point.step,
    }
