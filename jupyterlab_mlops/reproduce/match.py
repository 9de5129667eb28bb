"""PURE: whether a run again gave the same result, metric by metric, and what may be why it did not.

Causes are facts that are known of both candidates; nothing is guessed.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..entities import Candidate, Status
from ..errors import InvalidValue
from .score import LISTED

#: How far a metric may be from the original's when nobody says: relative to the larger of both, or absolute.
RELATIVE, ABSOLUTE = 1e-6, 1e-9
#: More runs than this are no grid that somebody meant.
MOST_RUNS = 200
#: Metrics that measure the machine and not the result.
_OF_THE_MACHINE = re.compile(
    r"^system/|(^|[_\W])(duration|elapsed|latency|(wall|cpu|fit|score|train(ing)?|run)?_?time|seconds|secs?|ms|"
    r"samples_per_second|steps_per_second|throughput)($|[_\W])",
    re.IGNORECASE,
)

_SEPARATORS = re.compile(r"[-_.]+")

MATCHED, NOT_MATCHED, MISSING, NEW, IGNORED = "matched", "not matched", "missing", "new", "ignored"
INCONCLUSIVE, CHANGED = "inconclusive", "changed parameters"


@dataclass(frozen=True, slots=True)
class MetricMatch:
    """One metric of both. ``tolerance`` is the absolute distance that was allowed."""

    name: str
    original: float | None
    rerun: float | None
    tolerance: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A fact that may explain a difference. ``kind``: failed, data, packages, seeds, order, cells, names, code,
    modules, params, repository."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a run again: ``matched``, ``not matched``, ``inconclusive`` or ``changed parameters``."""

    verdict: str
    message: str
    metrics: tuple[MetricMatch, ...] = ()
    causes: tuple[Cause, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verifies(self) -> bool:
        """Whether the original may be called verified because of it."""
        return self.verdict == MATCHED

    def to_json(self) -> dict[str, Any]:
        """As JSON: numbers that JSON has not are text."""
        rows = []
        for each in self.metrics:
            row = asdict(each)
            row |= {key: _number(row[key]) for key in ("original", "rerun", "tolerance")}
            rows.append(row)
        return {
            "verdict": self.verdict,
            "message": self.message,
            "metrics": rows,
            "causes": [asdict(cause) for cause in self.causes],
            "parameters": dict(self.parameters),
        }


@dataclass(frozen=True, slots=True)
class Side:
    """A candidate with what is known of how it came to be. ``code``: the sources it depends on, as executed;
    ``ran``: (count, index of the cell) of every execution before its end, in order."""

    candidate: Candidate
    packages: Mapping[str, str] | None = None
    code: Sequence[str] = ()
    ran: Sequence[tuple[int | None, int | None]] = ()


def match(
    original: Side,
    rerun: Side | None,
    *,
    tolerances: Mapping[str, float] | None = None,
    parameters: Mapping[str, Any] | None = None,
    failure: str | None = None,
) -> Report:
    """Compare a run again with its original.

    Args:
        rerun: None when the run made nothing that corresponds to the original.
        tolerances: absolute, by metric; ``"*"`` for all others.
        parameters: what was changed on purpose: then nothing is expected to match.
        failure: how the run ended, if it did not finish.
    """
    changed = dict(parameters or {})
    metrics = compare(original.candidate, rerun.candidate if rerun else None, tolerances or {})
    causes = tuple(_causes(original, rerun, failure, changed))
    if changed:
        metrics = tuple(replace(each, verdict=IGNORED) for each in metrics)
        text = "Run with other parameters: the metrics are set beside each other, not matched."
        if failure:
            text = f"Run with other parameters; it did not finish: {failure}"
        return Report(CHANGED, text, metrics, causes if failure else (), changed)
    if failure and original.candidate.status is not Status.FINISHED:
        text = f"Neither the original nor this run finished: there is no result to match. Now: {failure}"
        return Report(INCONCLUSIVE, text, metrics, causes)
    if failure:
        return Report(NOT_MATCHED, f"The run did not finish: {failure}", metrics, causes)
    if rerun is None:
        text = "The run made no candidate that corresponds to this one."
        return Report(NOT_MATCHED, text, metrics, causes)
    if original.candidate.status is not Status.FINISHED:
        text = "The original did not finish: there is no result to match."
        return Report(INCONCLUSIVE, text, metrics, causes)
    compared = [each for each in metrics if each.verdict in (MATCHED, NOT_MATCHED, MISSING)]
    if not compared:
        text = "The original has no metric that could be compared."
        return Report(INCONCLUSIVE, text, metrics, ())
    wrong = [each for each in compared if each.verdict != MATCHED]
    if wrong:
        text = f"{len(wrong)} of {len(compared)} metrics did not match: {_listed([each.name for each in wrong])}."
        return Report(NOT_MATCHED, text, metrics, causes)
    what = "The metric matches" if len(compared) == 1 else f"All {len(compared)} metrics match"
    return Report(MATCHED, f"{what}.", metrics, ())


def compare(
    original: Candidate, rerun: Candidate | None, tolerances: Mapping[str, float]
) -> tuple[MetricMatch, ...]:
    """Every metric of either, by its last value."""
    before = {name: metric.value for name, metric in original.metrics.items()}
    after = {name: metric.value for name, metric in rerun.metrics.items()} if rerun else {}
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        asked = tolerances.get(name, tolerances.get("*"))
        tolerance = None if old is None or new is None else allowed(old, new, asked)
        if asked is None and _OF_THE_MACHINE.search(name):
            verdict = IGNORED
        elif old is None:
            verdict = NEW
        elif new is None:
            verdict = MISSING
        else:
            verdict = MATCHED if same(old, new, asked) else NOT_MATCHED
        found.append(MetricMatch(name, old, new, tolerance, verdict))
    return tuple(found)


def same(original: float, rerun: float, tolerance: float | None = None) -> bool:
    """Whether two values are the same within an absolute tolerance (the usual one if None). NaN is like NaN."""
    if original == rerun or (math.isnan(original) and math.isnan(rerun)):
        return True
    if not (math.isfinite(original) and math.isfinite(rerun)):
        return False
    return abs(original - rerun) <= allowed(original, rerun, tolerance)


def allowed(original: float, rerun: float, tolerance: float | None = None) -> float:
    """The absolute distance that two values may have."""
    if tolerance is not None:
        return tolerance
    larger = max((abs(x) for x in (original, rerun) if math.isfinite(x)), default=0.0)
    return max(ABSOLUTE, RELATIVE * larger)


def pair(originals: Sequence[Candidate], reruns: Sequence[Candidate]) -> dict[str, str]:
    """Which candidate of a run again corresponds to which of the original's: rerun id → original id.

    By variable, class and place among those alike, the most telling first; nothing is paired twice.
    """
    pairs: dict[str, str] = {}
    keys = (
        lambda each: (each.variable, each.model_class, each.cell_index),
        lambda each: (each.variable, each.model_class),
        lambda each: (each.model_class, each.cell_index),
        lambda each: (each.model_class is None,),
    )
    for key in keys:
        left: dict[Any, list[str]] = {}
        for each in originals:
            if each.id not in pairs.values():
                left.setdefault(key(each), []).append(each.id)
        for each in reruns:
            if each.id not in pairs and left.get(key(each)):
                pairs[each.id] = left[key(each)].pop(0)
    return pairs


def grid(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination, in the order of the names as given.

    Raises:
        InvalidValue: no values for a name, or more combinations than anybody means.
    """
    for name, listed in values.items():
        if not listed:
            raise InvalidValue(
                f"grid.{name} has no values: give at least one", field=f"grid.{name}"
            )
    count = math.prod(len(listed) for listed in values.values())
    if count > MOST_RUNS:
        raise InvalidValue(
            f"the grid has {count} combinations; at most {MOST_RUNS} are run: give fewer values",
            field="grid",
        )
    return [
        dict(zip(values, combination, strict=True))
        for combination in itertools.product(*values.values())
    ]


def packages_of(lock: str) -> dict[str, str]:
    """Names and versions in an environment lock (lines ``name==version``); names are normalised as PEP 503 says."""
    found = {}
    for line in lock.splitlines():
        name, separator, version = line.partition("==")
        if separator and not name.startswith("#"):
            found[_SEPARATORS.sub("-", name.strip()).lower()] = (
                version.split(";")[0].split("#")[0].strip()
            )
    return found


def _causes(
    original: Side, rerun: Side | None, failure: str | None, changed: Mapping[str, Any]
) -> Iterable[Cause]:
    before = original.candidate
    if failure:
        yield Cause("failed", failure)
    reasons = {str(each.get("name")): each for each in before.details.get("score_reasons") or ()}
    for name in ("order", "cells", "names"):
        reason = reasons.get(name)
        if reason and reason.get("points", 0) < reason.get("of", 0):
            yield Cause(name, str(reason.get("message", "")))
    if "order" not in reasons or reasons["order"].get("points") == reasons["order"].get("of"):
        # The cells that the candidate needs may be in order, while one between them ran at another time.
        yield from _out_of_order(original.ran)
    if rerun is not None:
        for cause in _changed_facts(original, rerun):
            # A run that ended early or was given other values has other cells and params because of that.
            if cause.kind not in ("code", "params") or not (failure or changed):
                yield cause
    seeds = reasons.get("seeds")
    if seeds and not seeds.get("points"):
        yield Cause("seeds", str(seeds.get("message", "")))


def _out_of_order(ran: Sequence[tuple[int | None, int | None]]) -> Iterable[Cause]:
    placed = [(count, index) for count, index in ran if index is not None]
    for (before, above), (count, index) in itertools.pairwise(placed):
        if above is not None and index is not None and index < above:
            text = (
                f"Cells ran out of order: In [{count}] ran after In [{before}], which is below it."
            )
            yield Cause("order", text)
            return


def _changed_facts(original: Side, rerun: Side) -> Iterable[Cause]:
    before, after = original.candidate, rerun.candidate
    data = _different(
        {item.path: item.sha256 for item in before.inputs},
        {item.path: item.sha256 for item in after.inputs},
    )
    if data:
        yield Cause("data", f"The data is not the same: {_listed(data)}.")
    if original.packages is not None and rerun.packages is not None:
        names = _different(original.packages, rerun.packages)
        if names:
            shown = [
                f"{name} {original.packages.get(name, 'absent')}→{rerun.packages.get(name, 'absent')}"
                for name in names
            ]
            yield Cause("packages", f"Other packages are installed: {_listed(shown)}.")
    params = _different(
        {name: param.value for name, param in before.params.items()},
        {name: param.value for name, param in after.params.items()},
    )
    if params:
        yield Cause("params", f"Params came out differently: {_listed(params)}.")
    if original.code and rerun.code and _stripped(original.code) != _stripped(rerun.code):
        yield Cause("code", "The cells that ran are not those that the original was made by.")
    modules = _different(_modules(before), _modules(after))
    if modules:
        yield Cause(
            "modules", f"Modules that it imports are not what they were: {_listed(modules)}."
        )
    commits = [str((each.details.get("git") or {}).get("commit") or "") for each in (before, after)]
    if all(commits) and commits[0] != commits[1]:
        yield Cause(
            "repository", f"The repository is at {commits[1][:12]}, it was at {commits[0][:12]}."
        )


def _modules(candidate: Candidate) -> dict[str, str]:
    """The user's own modules that a candidate's run imported, with their hashes."""
    known = candidate.details.get("modules") or {}
    return {
        str(name): str(module.get("sha256") or "")
        for name, module in known.items()
        if isinstance(module, Mapping)
    }


def _different(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _stripped(code: Sequence[str]) -> list[str]:
    return [source.strip() for source in code if source.strip()]


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:LISTED])
    return shown if len(items) <= LISTED else f"{shown} and {len(items) - LISTED} more"


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
