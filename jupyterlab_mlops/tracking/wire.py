"""Entities as MLflow's JSON. Pure: nothing here reads the store or speaks HTTP."""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..entities import (
    Artifact,
    Candidate,
    Experiment,
    Input,
    LoggedModel,
    MetricPoint,
    Origin,
)
from ..errors import InvalidValue
from ..store.run_texts import Head

#: What MLflow's SQL stores write for an infinity; clients that ask a real server read these numbers.
_HIGHEST = 1.7976931348623157e308
_NAME = re.compile(r"[/\w.\- :]*")


def dumps(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def paged(name: str, found: Sequence[Any], following: str | None) -> bytes:
    """A page of what was found, and the token of the next one where there is more."""
    answer: dict[str, Any] = {name: found}
    if following:
        answer["next_page_token"] = following
    return dumps(answer)


def number(value: float) -> float | str:
    """A measured value as a real server sends it: NaN as text, an infinity as the extreme double."""
    if -math.inf < value < math.inf:
        return value
    if math.isnan(value):
        return "NaN"
    return _HIGHEST if value > 0 else -_HIGHEST


def check_name(name: str, path: str) -> str:
    """The name of a param, metric or tag, if MLflow accepts it.

    Raises:
        InvalidValue: it has other characters, or would be another name as a file.
    """
    problem = _problem(name)
    if problem:
        raise InvalidValue(
            f"Invalid value {json.dumps(name)} for parameter '{path}' supplied: {problem}"
        )
    return name


def check_names(tags: Mapping[str, str]) -> Mapping[str, str]:
    """``tags``, if MLflow accepts all their names.

    Raises:
        InvalidValue: as :func:`check_name`.
    """
    for name in tags:
        check_name(name, "key")
    return tags


def plain_name(name: str) -> bool:
    """Whether :func:`check_name` accepts a name."""
    return bool(name) and not _problem(name)


@lru_cache(4096)  # a training loop sends the same few names again and again
def _problem(name: str) -> str:
    if not _NAME.fullmatch(name):
        return (
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ),"
            " colon(:) and slashes (/)."
        )
    normal = posixpath.normpath(name)
    if normal != name or normal == "." or normal.startswith(("..", "/")):
        return (
            "Names may be treated as files in certain cases, and must not resolve to other names when"
            f" treated as such. This name would resolve to {normal!r}"
        )
    return ""


# -- experiments and runs --------------------------------------------------------------------------


def artifact_root(experiment_id: int, location: str | None) -> str:
    """Where the artifacts of an experiment are: its own location, or our proxy."""
    return location or f"mlflow-artifacts:/{experiment_id}"


def experiment_json(experiment: Experiment) -> dict[str, Any]:
    """An experiment."""
    return {
        "experiment_id": str(experiment.id),
        "name": experiment.name,
        "artifact_location": artifact_root(experiment.id, experiment.artifact_location),
        "lifecycle_stage": experiment.lifecycle_stage,
        "creation_time": experiment.created_ms,
        "last_update_time": experiment.updated_ms,
        "tags": pairs(experiment.tags),
    }


def run_info(candidate: Candidate, location: str | None = None) -> dict[str, Any]:
    """The info of a run. ``location`` is the experiment's artifact location, if it has its own."""
    root = artifact_root(candidate.experiment_id, location).rstrip("/")
    info: dict[str, Any] = {
        "run_id": candidate.id,
        "run_uuid": candidate.id,
        "run_name": candidate.name,
        "experiment_id": str(candidate.experiment_id),
        "user_id": candidate.user_id,
        "status": candidate.status.value,
        "start_time": candidate.start_ms,
        "artifact_uri": f"{root}/{candidate.id}/artifacts",
        "lifecycle_stage": candidate.lifecycle_stage,
    }
    if candidate.end_ms is not None:
        info["end_time"] = candidate.end_ms
    return info


def run_json(
    candidate: Candidate,
    location: str | None = None,
    outputs: Sequence[tuple[str, int]] = (),
) -> dict[str, Any]:
    """A run: a candidate as MLflow sees it. ``outputs``: (logged model id, step) each."""
    run = {
        "info": run_info(candidate, location),
        "data": {
            "metrics": [
                {
                    "key": metric.name,
                    "value": number(metric.value),
                    "timestamp": metric.timestamp_ms,
                    "step": metric.step,
                }
                for metric in candidate.metrics.values()
            ],
            "params": [
                {"key": param.name, "value": param.value} for param in candidate.params.values()
            ],
            "tags": pairs(shown_tags(candidate)),
        },
        "inputs": run_inputs(candidate.inputs),
    }
    if outputs:
        run["outputs"] = run_outputs(outputs)
    return run


def run_inputs(read: Sequence[Input]) -> dict[str, Any]:
    """The datasets and models that a run read."""
    inputs: dict[str, Any] = {}
    datasets = [item.details for item in read if item.kind == "dataset"]
    models = [item.details.get("model_id") for item in read if item.kind == "model"]
    if datasets:
        inputs["dataset_inputs"] = [_dataset(details) for details in datasets]
    if models:
        inputs["model_inputs"] = [{"model_id": model_id} for model_id in models]
    return inputs


def run_outputs(outputs: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The models that a run made: (logged model id, step) each."""
    return {"model_outputs": [{"model_id": model_id, "step": step} for model_id, step in outputs]}


#: Tags that columns say and a client may have set otherwise.
OVERRIDABLE_TAGS = (
    "mlops.notebook",
    "mlops.notebook_run",
    "mlops.model_class",
    "mlops.variable",
    "mlops.cell",
    "mlflow.source.git.commit",
    "mlflow.source.type",
    "mlflow.source.name",
)


def shown_tags(candidate: Candidate) -> dict[str, str]:
    """The tags of a run: what was set, and what a candidate's columns and metrics say."""
    facts = {"mlflow.runName": candidate.name}
    if candidate.parent_id is not None:
        facts["mlflow.parentRunId"] = candidate.parent_id
    facts |= column_tags(candidate)
    for metric in candidate.metrics.values():
        # Of runs that MLflow clients made themselves only what is not plain logging is worth a tag.
        if candidate.origin != Origin.MLFLOW or metric.source not in ("logged", "autolog"):
            facts[f"mlops.source.{metric.name}"] = metric.source
    return facts | candidate.tags


def column_tags(candidate: Candidate | Head) -> dict[str, str]:
    """What a candidate's columns say, as tags (see :data:`OVERRIDABLE_TAGS`)."""
    if isinstance(candidate, Candidate):
        git = candidate.details.get("git")
        commit = git.get("commit") if isinstance(git, dict) else None
    else:
        commit = candidate.commit
    facts: dict[str, Any] = {
        "mlops.notebook": candidate.notebook,
        "mlops.notebook_run": candidate.notebook_run_id,
        "mlops.model_class": candidate.model_class,
        "mlops.variable": candidate.variable,
        "mlops.cell": candidate.cell_index,
        "mlflow.source.git.commit": commit,
    }
    if candidate.notebook:
        facts["mlflow.source.type"] = "NOTEBOOK"
        facts["mlflow.source.name"] = candidate.notebook
    return {name: str(value) for name, value in facts.items() if value is not None}


def points_json(points: Iterable[MetricPoint], run_id: str | None = None) -> str:
    """Points as the elements of a JSON list. Written by hand: histories are long."""
    tail = "}" if run_id is None else f',"run_id":{json.dumps(run_id)}}}'
    key, last = "", None
    parts = []
    for point in points:
        if point.name != last:
            last, key = point.name, f'{{"key":{json.dumps(point.name)},"value":'
        value = point.value
        shown = repr(value) if -math.inf < value < math.inf else json.dumps(number(value))
        parts.append(f'{key}{shown},"timestamp":{point.timestamp_ms},"step":{point.step}{tail}')
    return ",".join(parts)


def _dataset(details: Mapping[str, Any]) -> dict[str, Any]:
    dataset = {
        name: details[name]
        for name in ("name", "digest", "source_type", "source", "schema", "profile")
        if details.get(name) is not None
    }
    return {"tags": list(details.get("tags", ())), "dataset": dataset}


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as MLflow's list of ``{"key", "value"}``."""
    return [{"key": key, "value": value} for key, value in tags.items()]


# -- logged models ---------------------------------------------------------------------------------

_MODEL_STATUS = {
    "PENDING": "LOGGED_MODEL_PENDING",
    "READY": "LOGGED_MODEL_READY",
    "UPLOAD_FAILED": "LOGGED_MODEL_UPLOAD_FAILED",
}


def model_status(value: Any) -> str:
    """The store's word for the status that a client sends, as a name or as its number.

    Raises:
        InvalidValue: there is no such status.
    """
    names = {"1": "PENDING", "2": "READY", "3": "UPLOAD_FAILED"}
    text = str(value).removeprefix("LOGGED_MODEL_")
    status = names.get(text, text)
    if status not in _MODEL_STATUS:
        raise InvalidValue(f"Invalid model status: {value!r}. Use LOGGED_MODEL_READY.")
    return status


def logged_model_json(model: LoggedModel, location: str | None = None) -> dict[str, Any]:
    """A logged model with its params, tags and metrics."""
    root = artifact_root(model.experiment_id, location).rstrip("/")
    info: dict[str, Any] = {
        "model_id": model.id,
        "experiment_id": str(model.experiment_id),
        "name": model.name,
        "creation_timestamp_ms": model.created_ms,
        "last_updated_timestamp_ms": model.updated_ms,
        "artifact_uri": f"{root}/models/{model.id}/artifacts",
        "status": _MODEL_STATUS[model.status],
        "tags": pairs(model.tags),
    }
    if model.model_type:
        info["model_type"] = model.model_type
    if model.candidate_id:
        info["source_run_id"] = model.candidate_id
    if model.status_message:
        info["status_message"] = model.status_message
    metrics = []
    for metric in model.metrics:
        entry: dict[str, Any] = {
            "key": metric.name,
            "value": number(metric.value),
            "timestamp": metric.timestamp_ms,
            "step": metric.step,
            "model_id": model.id,
            "run_id": metric.candidate_id,
        }
        if metric.dataset_name:
            entry["dataset_name"] = metric.dataset_name
        if metric.dataset_digest:
            entry["dataset_digest"] = metric.dataset_digest
        metrics.append(entry)
    return {"info": info, "data": {"params": pairs(model.params), "metrics": metrics}}


# -- artifacts -------------------------------------------------------------------------------------


def listing(files: Sequence[Artifact], folder: str, *, names_only: bool) -> list[dict[str, Any]]:
    """The direct members of ``folder``: files with their size in bytes, folders once each.

    ``names_only``: paths are relative to the folder (the proxy's form), else to the owner's root.
    """
    start = f"{folder}/" if folder else ""
    found: dict[str, dict[str, Any]] = {}
    for file in files:
        if not file.path.startswith(start):
            continue
        name, slash, _ = file.path[len(start) :].partition("/")
        path = name if names_only else f"{start}{name}"
        if slash:
            found.setdefault(name, {"path": path, "is_dir": True})
        else:
            # An empty file has no size on the wire, as with MLflow.
            size = {"file_size": file.size} if file.size else {}
            found[name] = {"path": path, "is_dir": False, **size}
    return [found[name] for name in sorted(found)]
