"""What is logged to a run: metrics, params, tags, inputs, outputs, and all of it in batches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..entities import Input, MetricPoint, Param, Source
from ..errors import InvalidValue
from ..store import candidates, logged_models, metrics
from ..store.store import Connection
from .base import Answer, Call
from .fields import Fields, invalid, key_values, missing, to_integer, to_number
from .logged_models import model_metrics
from .wire import check_name, plain_name

#: MLflow's limits of one request.
MAX_METRICS, MAX_PARAMS, MAX_TAGS, MAX_ENTITIES = 1000, 100, 100, 1000
#: SQLite's integers end here.
_LARGEST = 2**63
_HISTORY = "mlflow.log-model.history"
#: What is kept of a model in that tag, beside its flavors.
_NOTED = ("run_id", "artifact_path", "utc_time_created", "model_uuid")


async def log_metric(call: Call) -> Answer:
    """``POST runs/log-metric``."""
    fields = call.fields
    id, key = fields.run_id(), check_name(fields.required("key"), "name")
    if not fields.has("value"):
        missing("value")
    if fields.integer("timestamp") is None:
        missing("timestamp")
    entry = {
        "key": key,
        "value": fields.raw("value"),
        "timestamp": fields.integer("timestamp"),
        "step": fields.integer("step"),
        "model_id": fields.text("model_id"),
        "dataset_name": fields.text("dataset_name"),
        "dataset_digest": fields.text("dataset_digest"),
    }
    point = _point(entry, "")

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        metrics.log(conn, id, [point], source=_source(conn, id))
        model_metrics(conn, id, entry, point)

    await call.store.write(write)
    return None


async def log_parameter(call: Call) -> Answer:
    """``POST runs/log-parameter``."""
    fields = call.fields
    id, key = fields.run_id(), check_name(fields.required("key"), "key")
    value = fields.text("value") or ""

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        candidates.set_params(conn, id, [Param(key, value, _source(conn, id))])

    await call.store.write(write)
    return None


async def set_tag(call: Call) -> Answer:
    """``POST runs/set-tag``."""
    fields = call.fields
    id, key = fields.run_id(), check_name(fields.required("key"), "key")
    value = fields.text("value") or ""

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        candidates.set_tags(conn, id, {key: value})

    await call.store.write(write)
    return None


async def delete_tag(call: Call) -> Answer:
    """``POST runs/delete-tag``."""
    id, key = call.fields.run_id(), call.fields.required("key")

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        candidates.delete_tag(conn, id, key)

    await call.store.write(write)
    return None


async def log_batch(call: Call) -> Answer:
    """``POST runs/log-batch``: metrics, params and tags in one transaction, all or nothing."""
    fields = call.fields
    id = fields.run_id()
    entries = fields.items("metrics")
    series = _series(entries)
    params = key_values(fields.items("params"), "params")
    tags = key_values(fields.items("tags"), "tags")
    for name, length, limit in (
        ("metrics", len(entries), MAX_METRICS),
        ("params", len(params), MAX_PARAMS),
        ("tags", len(tags), MAX_TAGS),
        ("metrics, params, and tags", len(entries) + len(params) + len(tags), MAX_ENTITIES),
    ):
        if length > limit:
            raise InvalidValue(
                f"A batch logging request can contain at most {limit} {name}. Got {length} {name}."
                " Please split up requests and try again."
            )
    for kind, pairs in (("params", params), ("tags", tags)):
        for index, (key, _) in enumerate(pairs):
            check_name(key, f"{kind}[{index}].key")
    _check_unique(params)
    of_models = [item for item in enumerate(entries) if item[1].get("model_id")]

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        source = _source(conn, id)
        if params:
            candidates.set_params(conn, id, [Param(key, value, source) for key, value in params])
        metrics.log_series(conn, id, series, source=source)
        for index, entry in of_models:
            model_metrics(conn, id, entry, _point(entry, f"metrics[{index}]."))
        if tags:
            candidates.set_tags(conn, id, dict(tags))

    await call.store.write(write)
    return None


async def log_model(call: Call) -> Answer:
    """``POST runs/log-model`` (2.x): the model is noted in the tag ``mlflow.log-model.history``."""
    id, text = call.fields.run_id(), call.fields.required("model_json")
    try:
        model = json.loads(text)
    except ValueError:
        raise InvalidValue(f"Malformed model info. \n {text} \n is not a valid JSON.") from None
    needed = {"artifact_path", "flavors", "utc_time_created", "run_id"}
    lacking = needed - (model.keys() if isinstance(model, dict) else set())
    if lacking:
        raise InvalidValue(f"Model json is missing mandatory fields: {lacking}")

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        note_model(conn, id, model)

    await call.store.write(write)
    return None


def note_model(conn: Connection, id: str, model: Mapping[str, Any]) -> None:
    """Add a model to those that a run's tag ``mlflow.log-model.history`` names."""
    history = json.loads(candidates.tag(conn, id, _HISTORY) or "[]")
    candidates.set_tags(conn, id, {_HISTORY: json.dumps([*history, _noted_model(model)])})


def _noted_model(model: Mapping[str, Any]) -> dict[str, Any]:
    """What MLflow's servers note of a model: what loading needs is in the model's own files."""
    flavors = model["flavors"] if isinstance(model["flavors"], Mapping) else {}
    noted = {name: model[name] for name in _NOTED if name in model}
    noted["flavors"] = {
        name: {key: value for key, value in told.items() if key != "config"}
        if isinstance(told, Mapping)
        else told
        for name, told in flavors.items()
    }
    return noted


async def log_inputs(call: Call) -> Answer:
    """``POST runs/log-inputs``: datasets and models that a run read."""
    id = call.fields.run_id()
    given = call.fields.has("datasets") or call.fields.has("models")
    if not given and call.mlflow < (3,):  # newer clients may send nothing
        missing("datasets")
    inputs = [_dataset(entry, index) for index, entry in enumerate(call.fields.items("datasets"))]
    inputs += [
        logged_models.as_input(str(entry.get("model_id") or missing("models[].model_id")))
        for entry in call.fields.items("models")
    ]

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        known = {item.path for item in candidates.get(conn, id).inputs}
        # The first word on a dataset counts, as with MLflow: its context is not changed by a second.
        fresh: dict[str, Input] = {}
        for item in inputs:
            if item.path not in known:
                fresh.setdefault(item.path, item)
        candidates.add_inputs(conn, id, fresh.values())

    await call.store.write(write)
    return None


async def log_outputs(call: Call) -> Answer:
    """``POST runs/outputs``: models that a run made."""
    id, entries = call.fields.run_id(), call.fields.items("models")
    if not entries:
        missing("models")
    outputs = [
        (
            str(entry.get("model_id") or missing("models[].model_id")),
            to_integer(entry.get("step"), "step") or 0,
        )
        for entry in entries
    ]

    def write(conn: Connection) -> None:
        candidates.require_active(conn, id)
        logged_models.add_outputs(conn, id, outputs)

    await call.store.write(write)
    return None


def _source(conn: Connection, id: str) -> str:
    """``autolog`` for a run that MLflow's autologging made, else ``logged``."""
    autologged = candidates.tag(conn, id, "mlflow.autologging") is not None
    return Source.AUTOLOG.value if autologged else Source.LOGGED.value


def _series(entries: list[dict[str, Any]]) -> dict[str, list[metrics.Point]]:
    """The points of a batch by name. Most are plain; what is not is read with all of MLflow's rules."""
    found: dict[str, list[metrics.Point]] = {}
    for index, entry in enumerate(entries):
        key, value, timestamp = entry.get("key"), entry.get("value"), entry.get("timestamp")
        step = entry.get("step", 0)
        if (
            type(value) is float
            and type(timestamp) is int
            and type(step) is int
            and type(key) is str
            and 0 <= timestamp < _LARGEST
            and 0 <= step < _LARGEST
            and (key in found or plain_name(key))
        ):
            point = step, timestamp, value
        else:
            read = _point(entry, f"metrics[{index}].")
            key, point = read.name, (read.step, read.timestamp_ms, read.value)
        series = found.get(key)
        if series is None:
            found[key] = [point]
        else:
            series.append(point)
    return found


def _point(entry: Mapping[str, Any], path: str) -> MetricPoint:
    key, value, timestamp = entry.get("key"), entry.get("value"), entry.get("timestamp")
    if not key:
        missing(f"{path}key")
    if value is None:
        missing(f"{path}value")
    if timestamp is None or timestamp == "":
        missing(f"{path}timestamp")
    if not isinstance(key, str):
        invalid(f"{path}key", key)
    timestamp_ms = to_integer(timestamp, f"{path}timestamp") or 0
    if timestamp_ms < 0:
        raise InvalidValue(
            f"Got invalid timestamp {timestamp_ms} for metric '{key}': it must be at least 0."
        )
    return MetricPoint(
        check_name(key, f"{path}name"),
        value if type(value) is float else to_number(value, f"{path}value"),
        to_integer(entry.get("step"), f"{path}step") or 0,
        timestamp_ms,
    )


def _check_unique(params: list[tuple[str, str]]) -> None:
    keys = [key for key, _ in params]
    if len(set(keys)) < len(keys):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise InvalidValue(f"Duplicate parameter keys have been submitted: {twice}")


def _dataset(entry: Mapping[str, Any], index: int) -> Input:
    """A dataset input as the store has it: the tags beside it, the context where search looks for it.

    What was not sent is empty, as with MLflow.
    """
    sent = entry.get("dataset") or {}
    if not isinstance(sent, dict):
        invalid(f"datasets[{index}].dataset", sent)
    dataset = Fields(sent)
    told = {
        field: dataset.text(field) or "" for field in ("name", "digest", "source_type", "source")
    }
    optional = {field: dataset.text(field) for field in ("schema", "profile")}
    tags = key_values(entry.get("tags") or [], f"datasets[{index}].tags", unnamed=True)
    details = {
        **told,
        **{field: text for field, text in optional.items() if text is not None},
        "tags": [{"key": key, "value": value} for key, value in tags],
        "context": dict(tags).get("mlflow.data.context"),
    }
    return Input(f"dataset:{told['name']}:{told['digest']}", "", None, "dataset", details)
