"""PURE: the values of findings, checked and turned into entities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..entities import Input, MetricPoint, Param, Source
from ..errors import InvalidValue

Finding = Mapping[str, Any]

MAX_NAME = 250
MAX_PARAM = 64_000
MAX_TAG = 64_000
_SOURCES = frozenset(source.value for source in Source)
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def sequence(finding: Finding) -> int:
    """The number of a finding; 0 when it has none."""
    seq = finding.get("seq")
    return seq if isinstance(seq, int) and not isinstance(seq, bool) else 0


def text(finding: Finding, key: str) -> str:
    """A field that must be a non-empty string."""
    value = finding.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidValue(f"{key} {value!r} is not a text")
    return value


def optional_text(finding: Finding, key: str) -> str | None:
    """A string field, or None."""
    value = finding.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidValue(f"{key} {value!r} is not a text")
    return value or None


def optional_number(finding: Finding, key: str) -> int | None:
    """A whole number field, or None."""
    value = finding.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise InvalidValue(f"{key} {value!r} is not a whole number")
    return value


def time_ms(finding: Finding) -> int:
    """When the finding was made (ms since the epoch)."""
    value = finding.get("t")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidValue(f"t {value!r} is not a time")
    return int(value)


def params(values: object) -> list[Param]:
    """``{name: [value, source]}``; values become text."""
    if not isinstance(values, Mapping):
        raise InvalidValue(f"params {values!r} are not a map")
    found = []
    for name, entry in values.items():
        value, source = entry
        if source not in _SOURCES:
            raise InvalidValue(f"source {source!r} of param {name!r} is not known")
        shown = value if isinstance(value, str) else _shown(value)
        found.append(Param(_name(name), shown[:MAX_PARAM], source))
    return found


def source(finding: Finding) -> str:
    """The source of metrics."""
    value = finding.get("source", Source.VARIABLE.value)
    if value not in _SOURCES:
        raise InvalidValue(f"source {value!r} is not known")
    return str(value)


def points(finding: Finding) -> list[tuple[str, float, int | None, int]]:
    """(name, value, step or None, time in ms) of every point of a ``metrics`` finding."""
    found = []
    for entry in finding["points"]:
        name, value, step, at = entry
        number = _NOT_FINITE.get(value) if isinstance(value, str) else value
        if isinstance(number, bool):
            number = float(number)
        if not isinstance(number, (int, float)):
            raise InvalidValue(f"value {value!r} of metric {name!r} is not a number")
        if step is not None and (not isinstance(step, int) or isinstance(step, bool)):
            raise InvalidValue(f"step {step!r} of metric {name!r} is not a whole number")
        moment = at if isinstance(at, (int, float)) and math.isfinite(at) else finding.get("t", 0)
        found.append((_name(name), float(number), step, int(moment)))
    return found


def as_metric_points(
    found: list[tuple[str, float, int | None, int]], next_steps: dict[str, int]
) -> list[MetricPoint]:
    """Points with their steps: where there is none, the next free one of the series.

    ``next_steps`` holds the next free step of each series that needs one; it is advanced.
    """
    result = []
    for name, value, step, at in found:
        number = next_steps.get(name, 0) if step is None else step
        next_steps[name] = max(next_steps.get(name, 0), number + 1)
        result.append(MetricPoint(name, value, number, at))
    return result


def inputs(files: object) -> list[Input]:
    """The files of an ``inputs`` finding."""
    if not isinstance(files, list):
        raise InvalidValue(f"files {files!r} are not a list")
    found = []
    for file in files:
        details = file.get("details")
        found.append(
            Input(
                path=text(file, "path"),
                sha256=str(file.get("sha256") or ""),
                size=optional_number(file, "size"),
                kind=str(file.get("kind") or "file"),
                details=details if isinstance(details, dict) else {},
            )
        )
    return found


def default_name(model_class: str | None, variable: str | None) -> str | None:
    """A readable name before it is known what changed: ``clf · RandomForestClassifier``.

    The variable comes first: in a narrow panel it is what tells two models of one class apart.
    """
    short = model_class.rsplit(".", 1)[-1] if model_class else ""
    return " · ".join(part for part in (variable, short) if part) or None


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidValue(f"name {name!r} is not a text")
    return name.strip()[:MAX_NAME]


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    return repr(value) if isinstance(value, float) else str(value)
