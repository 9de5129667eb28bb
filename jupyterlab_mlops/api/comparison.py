"""Many candidates → what differs between them. Pure."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..directions import direction
from ..entities import Candidate, Metric

#: Tags that every candidate has a value of its own for: they say nothing about a difference.
_OWN = ("mlops.notebook_run", "mlflow.runName", "mlops.candidate_id")


def groups(
    candidates: Sequence[Candidate],
    baseline: str,
    *,
    code: Mapping[str, str],
    environment: Mapping[str, Mapping[str, str]],
    deltas: bool = True,
) -> dict[str, list[dict[str, Any]]]:
    """The groups of the comparison; a missing value has no entry, an empty one is "".

    Args:
        candidates: in the order of the columns.
        baseline: id of the one that metrics are measured against.
        code: candidate id → hash of the code as executed.
        environment: candidate id → distribution → version.
        deltas: whether metrics carry their distance to the baseline.
    """
    ids = [candidate.id for candidate in candidates]

    def rows(values_of: Callable[[Candidate], Mapping[str, Any]]) -> list[dict[str, Any]]:
        return _rows(ids, {candidate.id: values_of(candidate) for candidate in candidates})

    return {
        "metrics": _metric_rows(candidates, baseline if deltas else None),
        "params": rows(lambda each: {name: param.value for name, param in each.params.items()}),
        "data": rows(
            lambda each: {item.path: item.sha256[:16] or item.kind for item in each.inputs}
        ),
        "code": rows(lambda each: _code(each, code)),
        "environment": _rows(ids, environment),
        "tags": rows(
            lambda each: {name: value for name, value in each.tags.items() if name not in _OWN}
        ),
    }


def align(a: Sequence[str], b: Sequence[str]) -> list[dict[str, Any]]:
    """Cells of two executed notebooks side by side: equal, changed, added (only in b), removed (only in a)."""
    aligned: list[dict[str, Any]] = []
    matcher = difflib.SequenceMatcher(
        None, [x.strip() for x in a], [x.strip() for x in b], autojunk=False
    )
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag == "equal":
            for x, y in zip(a[a_from:a_to], b[b_from:b_to], strict=True):
                aligned.append({"state": "equal", "a": x, "b": y})
            continue
        aligned += _pair(a[a_from:a_to], b[b_from:b_to])
    return aligned


def _pair(a: Sequence[str], b: Sequence[str]) -> list[dict[str, Any]]:
    """Cells between two equal stretches: those that look alike are one changed cell."""
    paired: list[dict[str, Any]] = []
    position = 0
    for x in a:
        likeness = [
            (difflib.SequenceMatcher(None, x, y, autojunk=False).ratio(), index)
            for index, y in enumerate(b[position:], position)
        ]
        ratio, index = max(likeness, key=lambda pair: (pair[0], -pair[1]), default=(0.0, position))
        if ratio < 0.4:
            paired.append({"state": "removed", "a": x, "b": None})
            continue
        paired += [{"state": "added", "a": None, "b": y} for y in b[position:index]]
        paired.append({"state": "changed", "a": x, "b": b[index]})
        position = index + 1
    return paired + [{"state": "added", "a": None, "b": y} for y in b[position:]]


def _metric_rows(candidates: Sequence[Candidate], baseline: str | None) -> list[dict[str, Any]]:
    rows = _rows(
        [candidate.id for candidate in candidates],
        {
            candidate.id: {name: _shown(metric) for name, metric in candidate.metrics.items()}
            for candidate in candidates
        },
    )
    for row in rows:
        row["direction"] = direction(row["name"])
        if baseline is None:
            continue
        base = row["values"].get(baseline)
        row["deltas"] = {
            id: _delta(float(base), float(value), row["direction"])
            for id, value in row["values"].items()
            if id != baseline and _number(base) and _number(value)
        }
    return rows


def _delta(base: float, value: float, better: str) -> dict[str, Any]:
    absolute = value - base
    return {
        "absolute": absolute,
        "percent": None if base == 0 else 100 * absolute / abs(base),
        "better": None if absolute == 0 else (absolute > 0) == (better == "max"),
    }


def _rows(ids: Sequence[str], values: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = _ordered(values.get(id, {}) for id in ids)
    rows = []
    for name in names:
        present = {id: values[id][name] for id in ids if name in values.get(id, {})}
        differs = len(present) < len(ids) or len({str(value) for value in present.values()}) > 1
        rows.append({"name": name, "values": present, "differs": differs})
    return rows


def _ordered(maps: Iterable[Mapping[str, Any]]) -> list[str]:
    """All names: as the first candidate has them, then what others add."""
    return list(dict.fromkeys(name for each in maps for name in each))


def _code(candidate: Candidate, code: Mapping[str, str]) -> dict[str, str]:
    git = candidate.details.get("git") or {}
    found = {
        "cells": code.get(candidate.id, ""),
        "model": candidate.model_class or "",
        "commit": str(git.get("commit") or "")[:12],
        "branch": str(git.get("branch") or ""),
    }
    return {name: value for name, value in found.items() if value}


def _shown(metric: Metric) -> float | str:
    if math.isfinite(metric.value):
        return metric.value
    if math.isnan(metric.value):
        return "NaN"
    return "Infinity" if metric.value > 0 else "-Infinity"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float))
