"""Traces as MLflow's JSON: one form for clients of 2.x (``request_id``), one for 3.x (``trace_id``). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ..errors import InvalidValue
from ..store.traces import Trace
from .fields import experiment_number, invalid, missing
from .wire import pairs

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")
_DURATION = re.compile(r"(-?\d+)(?:\.(\d{1,9}))?s")
#: What is kept of a trace as its client wrote it.
_KEPT = ("client_request_id", "request_preview", "response_preview", "assessments")
_UNKNOWN = {"STATE_UNSPECIFIED": "TRACE_STATUS_UNSPECIFIED"}


def trace_v3(trace: Trace) -> dict[str, Any]:
    """The info of a trace for clients of 3.x."""
    moment = _EPOCH + timedelta(milliseconds=trace.start_ms)
    info: dict[str, Any] = {
        "trace_id": trace.id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": str(trace.experiment_id)},
        },
        "request_time": f"{moment:%Y-%m-%dT%H:%M:%S}.{trace.start_ms % 1000:03d}Z",
        "state": trace.state,
        "trace_metadata": dict(trace.metadata),
        "tags": dict(trace.tags),
        **{name: trace.details[name] for name in _KEPT if name in trace.details},
    }
    if trace.duration_ms is not None:
        seconds, rest = divmod(trace.duration_ms, 1000)
        info["execution_duration"] = f"{seconds}.{rest:03d}s"
    return info


def trace_v2(trace: Trace) -> dict[str, Any]:
    """The info of a trace for clients of 2.x."""
    info = {
        "request_id": trace.id,
        "experiment_id": str(trace.experiment_id),
        "timestamp_ms": trace.start_ms,
        "status": _UNKNOWN.get(trace.state, trace.state),
        "request_metadata": pairs(trace.metadata),
        "tags": pairs(trace.tags),
    }
    return info if trace.duration_ms is None else info | {"execution_time_ms": trace.duration_ms}


def read_v3(info: Mapping[str, Any]) -> Trace:
    """A trace as clients of 3.x send it.

    Raises:
        InvalidValue: a field is missing or cannot be read.
    """
    location = info.get("trace_location") or {}
    experiment = (location.get("mlflow_experiment") or {}).get("experiment_id")
    if experiment is None:
        missing("trace.trace_info.trace_location")
    duration = info.get("execution_duration")
    return Trace(
        id=str(info.get("trace_id") or missing("trace.trace_info.trace_id")),
        experiment_id=experiment_number(experiment),
        start_ms=_time_ms(info.get("request_time")),
        duration_ms=None if duration is None else _duration_ms(duration),
        state=str(info.get("state") or "STATE_UNSPECIFIED"),
        metadata=_texts(info, "trace_metadata"),
        tags=_texts(info, "tags"),
        details={name: info[name] for name in _KEPT if info.get(name) not in (None, [])},
    )


def state_of(status: str) -> str:
    """The state that a client of 2.x calls by this name."""
    return {"TRACE_STATUS_UNSPECIFIED": "STATE_UNSPECIFIED", "": "STATE_UNSPECIFIED"}.get(
        status, status
    )


def _texts(info: Mapping[str, Any], name: str) -> dict[str, str]:
    values = info.get(name) or {}
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        invalid(f"trace.trace_info.{name}", values)
    return values


def _time_ms(text: Any) -> int:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidValue(
            f"Invalid time {text!r} for parameter 'request_time': write it as RFC 3339."
        )
    moment = datetime.fromisoformat(f"{found.group(1)}+00:00")
    return (moment - _EPOCH) // timedelta(milliseconds=1) + _milliseconds(found.group(2))


def _duration_ms(text: Any) -> int:
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidValue(
            f"Invalid value {text!r} for parameter 'execution_duration', as in '1.5s'."
        )
    return int(found.group(1)) * 1000 + _milliseconds(found.group(2))


def _milliseconds(fraction: str | None) -> int:
    return int((fraction or "0").ljust(3, "0")[:3])
