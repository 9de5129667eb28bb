"""A candidate as JSON: the form that the panel, the command line and scripts see."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from ..entities import Artifact, Candidate, Metric


def to_json(candidate: Candidate, *, sync: dict[str, Any] | None = None) -> dict[str, Any]:
    """The documented JSON of a candidate. Times in ms since the epoch, sizes in bytes.

    Values that JSON cannot hold are the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.
    ``sync`` is the state towards the remote (``{"state", "remote", "url", "error"}``).
    """
    return {
        "id": candidate.id,
        "name": candidate.name,
        "experiment": candidate.experiment,
        "experiment_id": candidate.experiment_id,
        "notebook": candidate.notebook,
        "notebook_run": candidate.notebook_run_id,
        "status": candidate.status.value,
        "origin": getattr(candidate.origin, "value", candidate.origin),
        "remote": candidate.remote,
        "lifecycle_stage": candidate.lifecycle_stage,
        "user": candidate.user_id,
        "start_time": candidate.start_ms,
        "end_time": candidate.end_ms,
        "duration_s": duration_s(candidate),
        "model_class": candidate.model_class,
        "variable": candidate.variable,
        "cell": {
            "id": candidate.cell_id,
            "index": candidate.cell_index,
            "execution_count": candidate.execution_count,
        },
        "fits": candidate.fits,
        "parent": candidate.parent_id,
        "relation": candidate.relation,
        "params": {
            param.name: {"value": param.value, "source": param.source}
            for param in candidate.params.values()
        },
        "metrics": {metric.name: _metric(metric) for metric in candidate.metrics.values()},
        "tags": candidate.tags,
        "inputs": [
            {"path": item.path, "sha256": item.sha256, "size": item.size, "kind": item.kind}
            for item in candidate.inputs
        ],
        "artifacts": [_artifact(item) for item in candidate.artifacts],
        "git": candidate.details.get("git", {}),
        "error": None if candidate.error is None else asdict(candidate.error),
        "starred": candidate.starred,
        "verified": candidate.verified,
        "score": candidate.score,
        "sync": sync,
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "last": finite(metric.value),
        "min": metric.min,
        "max": metric.max,
        "steps": metric.count,
        "step": metric.step,
        "source": metric.source,
    }


def _artifact(item: Artifact) -> dict[str, Any]:
    return {
        "path": item.path,
        "sha256": item.sha256,
        "size": item.size,
        "media_type": item.media_type,
    }


def duration_s(candidate: Candidate) -> float | None:
    """How long it took: the busy time of its cells, else end − start; None while it runs."""
    if candidate.busy_ms is not None:
        return candidate.busy_ms / 1000
    if candidate.start_ms is None or candidate.end_ms is None:
        return None
    return (candidate.end_ms - candidate.start_ms) / 1000


def finite(value: float) -> float | str:
    """The value as JSON can hold it."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
