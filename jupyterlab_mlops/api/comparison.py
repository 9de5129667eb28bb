"""Many candidates → what differs between them. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..directions import direction
from ..entities import Candidate
from ..reproduce.likeness import most_alike

#: A changed cell has at least so much of the one before.
ALIKE = 0.4
#: Tags that say nothing about a difference: each candidate has its own, or a row of another group says the same.
_TOLD_ELSEWHERE = frozenset(
    {
        "mlops.candidate_id",
        "mlops.cell",
        "mlops.model_class",
        "mlops.notebook",
        "mlops.notebook_run",
        "mlops.variable",
        "mlflow.runName",
        "mlflow.source.git.commit",
        "mlflow.source.name",
        "mlflow.source.type",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One name and its value for each candidate, in their order; None: a candidate has none, "" is a value."""

    name: str
    values: list[Any]
    unset: bool = False
    """Nobody set it: every value is the default of its model's class, and no two differ."""

    @property
    def differs(self) -> bool:
        """Whether the candidates do not all have the same."""
        return self.values.count(self.values[0]) < len(self.values)


def rows(
    candidates: Sequence[Candidate],
    *,
    metrics: Mapping[str, list[Any]],
    code: Mapping[str, str],
    environment: Mapping[str, Mapping[str, str]],
) -> dict[str, list[Row]]:
    """The rows of the comparison by group.

    Args:
        candidates: in the order of the columns.
        metrics: name → last values in that order.
        code: candidate id → hash of the code as executed.
        environment: candidate id → distribution → version.
    """

    def table(values_of: Callable[[Candidate], Mapping[str, Any]]) -> list[Row]:
        columns = [values_of(candidate) for candidate in candidates]
        # As the first candidate has them, then what others add.
        names = dict.fromkeys(name for column in columns for name in column)
        return [Row(name, [column.get(name) for column in columns]) for name in names]

    return {
        "metrics": [Row(name, values) for name, values in metrics.items()],
        "params": _marked(
            table(lambda each: {name: param.value for name, param in each.params.items()}),
            [frozenset(each.details.get("defaults") or ()) for each in candidates],
        ),
        "data": table(
            lambda each: {item.path: item.sha256[:16] or item.kind for item in each.inputs}
        ),
        "code": table(lambda each: _code(each, code)),
        "environment": table(lambda each: environment.get(each.id, {})),
        "tags": table(
            lambda each: {
                name: value for name, value in each.tags.items() if name not in _TOLD_ELSEWHERE
            }
        ),
    }


def _marked(found: list[Row], defaults: Sequence[frozenset[str]]) -> list[Row]:
    """Params, those first that somebody set. Defaults say which class a model has, and that is a row of its own."""
    rows = []
    for row in found:
        present = [
            (value, row.name in unset)
            for value, unset in zip(row.values, defaults, strict=True)
            if value is not None
        ]
        unset = all(unset for _, unset in present) and len({value for value, _ in present}) == 1
        rows.append(Row(row.name, row.values, unset=unset))
    return sorted(rows, key=lambda row: row.unset)


def by_id(
    groups: Mapping[str, Sequence[Row]], ids: Sequence[str], baseline: str
) -> dict[str, list[dict[str, Any]]]:
    """Rows for scripts: values by candidate id, and metrics with their distance to the baseline's."""
    documents: dict[str, list[dict[str, Any]]] = {}
    for group, found in groups.items():
        documents[group] = [
            {
                "name": row.name,
                "differs": row.differs,
                **({"unset": True} if row.unset else {}),
                "values": {
                    id: value
                    for id, value in zip(ids, row.values, strict=True)
                    if value is not None
                },
            }
            for row in found
        ]
    for document in documents["metrics"]:
        values = document["values"]
        base = values.get(baseline)
        document["direction"] = better = direction(document["name"])
        document["deltas"] = {
            id: _delta(float(base), float(value), better)
            for id, value in values.items()
            if id != baseline and _number(base) and _number(value)
        }
    return documents


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
        near = most_alike(x, b[position:], least=ALIKE)
        if near is None:
            paired.append({"state": "removed", "a": x, "b": None})
            continue
        index = position + near
        paired += [{"state": "added", "a": None, "b": y} for y in b[position:index]]
        paired.append({"state": "changed", "a": x, "b": b[index]})
        position = index + 1
    return paired + [{"state": "added", "a": None, "b": y} for y in b[position:]]


def _delta(base: float, value: float, better: str | None) -> dict[str, Any]:
    absolute = value - base
    return {
        "absolute": absolute,
        "percent": None if base == 0 else 100 * absolute / abs(base),
        "better": None if absolute == 0 or better is None else (absolute > 0) == (better == "max"),
    }


def _code(candidate: Candidate, code: Mapping[str, str]) -> dict[str, str]:
    git = candidate.details.get("git") or {}
    found = {
        "notebook": candidate.notebook or "",
        "cells": code.get(candidate.id, ""),
        "model": candidate.model_class or "",
        "commit": str(git.get("commit") or "")[:12],
        "branch": str(git.get("branch") or ""),
    }
    return {name: value for name, value in found.items() if value}


def _number(value: Any) -> bool:
    return isinstance(value, (int, float))
