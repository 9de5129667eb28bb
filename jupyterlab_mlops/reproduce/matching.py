"""PURE: whether a run again gave the same results, metric by metric, and what may explain where it did not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from ..entities import Candidate, Metric

#: Metrics may differ by this share of their value, or by the absolute amount, whichever is larger.
RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 1e-9
#: Measurements of the machine and the clock never match and say nothing about the result.
NOT_RESULTS = (
    "system/",
    "time",
    "duration",
    "seconds",
    "elapsed",
    "latency",
    "fit_time",
    "score_time",
)


class Verdict(str, Enum):
    """What a run again has shown."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    NOTHING_TO_COMPARE = "nothing to compare"


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: before, again, and whether they agree. None: it is missing there."""

    name: str
    before: float | None
    again: float | None
    tolerance: float
    matches: bool


@dataclass(frozen=True, slots=True)
class MatchReport:
    """The verdict with its rows and likely causes."""

    verdict: Verdict
    rows: tuple[Row, ...]
    causes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON; values that JSON cannot hold are strings."""
        rows = [{key: _finite(value) for key, value in asdict(row).items()} for row in self.rows]
        return {"verdict": self.verdict.value, "rows": rows, "causes": list(self.causes)}


def report(
    before: Candidate,
    again: Candidate,
    *,
    tolerance: float = RELATIVE_TOLERANCE,
    packages_before: Mapping[str, str] | None = None,
    packages_again: Mapping[str, str] | None = None,
) -> MatchReport:
    """Compare the metrics of a candidate with those of its run again.

    ``tolerance`` is relative. Every metric of the original must be there again and agree; metrics
    that only the run again has do not count.
    """
    rows = []
    for name, metric in sorted(before.metrics.items()):
        if name.lower().startswith(NOT_RESULTS) or name.lower().endswith(NOT_RESULTS[1:]):
            continue
        rows.append(_row(name, metric, again.metrics.get(name), tolerance))
    failed = again.status.value != "FINISHED" and before.status.value == "FINISHED"
    if not rows and not failed:
        return MatchReport(Verdict.NOTHING_TO_COMPARE, (), ())
    if all(row.matches for row in rows) and not failed:
        return MatchReport(Verdict.REPRODUCED, tuple(rows), ())
    causes = _causes(before, again, packages_before, packages_again)
    return MatchReport(Verdict.NOT_REPRODUCED, tuple(rows), tuple(causes))


def counterpart(before: Candidate, others: Sequence[Candidate]) -> Candidate | None:
    """Which candidate of a run again stands for ``before``: same model and variable, same place.

    Of several (one variable fitted again and again), the one at the same cell, else the last.
    """
    same = [
        item
        for item in others
        if (item.model_class, item.variable) == (before.model_class, before.variable)
    ]
    if not same and len(others) == 1 and before.model_class is None:
        same = list(others)
    placed = [item for item in same if item.cell_index == before.cell_index]
    found = placed or same
    return found[-1] if found else None


def _row(name: str, before: Metric, again: Metric | None, tolerance: float) -> Row:
    allowed = max(abs(before.value) * tolerance, ABSOLUTE_TOLERANCE)
    if again is None:
        return Row(name, before.value, None, allowed, False)
    same = (
        before.value == again.value
        or (math.isnan(before.value) and math.isnan(again.value))
        or abs(before.value - again.value) <= allowed
    )
    return Row(name, before.value, again.value, allowed, same)


def _causes(
    before: Candidate,
    again: Candidate,
    packages_before: Mapping[str, str] | None,
    packages_again: Mapping[str, str] | None,
) -> list[str]:
    """What is known to differ, most telling first."""
    causes = []
    if again.error is not None:
        causes.append(f"The run again failed: {again.error.name}: {again.error.message}"[:300])
    changed = [
        item.path
        for item in again.inputs
        for old in before.inputs
        if old.path == item.path and old.sha256 and item.sha256 and old.sha256 != item.sha256
    ]
    if changed:
        causes.append(f"Data changed: {_listed(changed)}.")
    missing = sorted({item.path for item in before.inputs} - {item.path for item in again.inputs})
    if missing:
        causes.append(f"Data that was read is not read now: {_listed(missing)}.")
    params = [
        name
        for name, param in before.params.items()
        if name in again.params and again.params[name].value != param.value
    ]
    if params:
        causes.append(f"Params differ: {_listed(sorted(params))}.")
    if packages_before and packages_again:
        moved = sorted(
            f"{name} {packages_before[name]}→{packages_again[name]}"
            for name in packages_before.keys() & packages_again.keys()
            if packages_before[name] != packages_again[name]
        )
        if moved:
            causes.append(f"Packages differ: {_listed(moved)}.")
    reasons = {item["name"]: item for item in before.details.get("score_reasons", ())}
    for name in ("cells", "names", "order", "seeds"):
        item = reasons.get(name)
        if item and item["points"] < item["of"]:
            causes.append(item["message"])
    return causes


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:4])
    return shown if len(items) <= 4 else f"{shown} and {len(items) - 4} more"


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
