"""``/graphql``: what MLflow's pages ask in GraphQL, answered by the operations that answer it in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import InvalidValue, MLOpsError
from . import artifacts, experiments, history, runs, versions
from .base import Answer, Call, Operation, told
from .fields import Fields
from .graphql import Selection, read

#: The fields that the root has: the operation that answers, and the type of the answer.
_ROOT: dict[str, tuple[Operation, str]] = {
    "mlflowGetExperiment": (experiments.get, "GetExperiment"),
    "mlflowGetRun": (runs.get, "GetRun"),
    "mlflowListArtifacts": (artifacts.list_of_run, "ListArtifacts"),
    "mlflowGetMetricHistoryBulkInterval": (history.bulk_interval, "MetricHistory"),
    "mlflowSearchModelVersions": (versions.search, "SearchModelVersions"),
    "mlflowSearchRuns": (runs.search_runs, "SearchRuns"),
    "mlflowSearchDatasets": (experiments.search_datasets, "SearchDatasets"),
}
_PAIR = "key value"
#: The fields of each type: ``name``, ``name#`` for a long (sent as text), ``name:Type``, ``name:[Type]``.
_TYPES = {
    name: {part.split(":")[0].rstrip("#"): part for part in text.split()}
    for name, text in {
        "GetExperiment": "experiment:Experiment apiError:Error",
        "GetRun": "run:Run apiError:Error",
        "ListArtifacts": "rootUri files:[File] nextPageToken apiError:Error",
        "MetricHistory": "metrics:[Metric] apiError:Error",
        "SearchModelVersions": "modelVersions:[ModelVersion] nextPageToken apiError:Error",
        "SearchRuns": "runs:[Run] nextPageToken apiError:Error",
        "SearchDatasets": "datasetSummaries:[DatasetSummary] apiError:Error",
        "Error": "code message helpUrl",
        "Experiment": "experimentId name artifactLocation lifecycleStage lastUpdateTime# creationTime# tags:[Pair]"
        " effectiveTraceArchivalRetention workspace",
        "Run": "info:RunInfo data:RunData inputs:RunInputs outputs:RunOutputs experiment:Experiment"
        " modelVersions:[ModelVersion]",
        "RunInfo": "runId runUuid runName experimentId userId status startTime# endTime# artifactUri lifecycleStage",
        "RunData": "metrics:[Metric] params:[Pair] tags:[Pair]",
        "RunInputs": "datasetInputs:[DatasetInput] modelInputs:[Model]",
        "RunOutputs": "modelOutputs:[Model]",
        "Model": "modelId step#",
        "DatasetInput": "tags:[Pair] dataset:Dataset",
        "Dataset": "name digest sourceType source schema profile",
        "DatasetSummary": "experimentId name digest context",
        "Metric": "key value timestamp# step# datasetName datasetDigest modelId runId",
        "Pair": _PAIR,
        "File": "path isDir fileSize#",
        "ModelVersion": "name version creationTimestamp# lastUpdatedTimestamp# userId currentStage description source"
        " runId status statusMessage tags:[Pair] runLink aliases:[] modelId",
    }.items()
}


async def answer(call: Call) -> Answer:
    """``POST /graphql``: always 200; what went wrong is in ``errors``, as GraphQL has it."""
    fields = call.fields
    variables = fields.raw("variables") or {}
    if not isinstance(variables, Mapping):
        raise InvalidValue("variables must be an object.")
    data: dict[str, Any] = {}
    try:
        for root in read(fields.required("query"), variables, fields.text("operationName") or None):
            data[root.key] = await _root(call, root)
    except MLOpsError as error:
        return {"data": None, "errors": [told(error)]}
    return {"data": data, "errors": None}


async def _root(call: Call, root: Selection) -> Any:
    if root.name in ("test", "testMutation"):
        return {
            part.key: str(root.arguments.get("inputString", "")) if part.name == "output" else None
            for part in root.selections
        }
    if root.name not in _ROOT:
        raise InvalidValue(f"Cannot query field '{root.name}' on type 'Query'.")
    operation, kind = _ROOT[root.name]
    found = await _ask(call, operation, root.arguments.get("input") or {})
    return await _object(call, found, kind, root.selections)


async def _ask(call: Call, operation: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON answer of an operation to camel-case input."""
    fields = Fields({_snake(name): value for name, value in sent.items() if value is not None})
    told = await operation(replace(call, read=lambda: fields))
    parsed = json.loads(told) if isinstance(told, bytes) else dict(told or {})
    assert isinstance(parsed, dict)
    return parsed


async def _object(
    call: Call, value: Mapping[str, Any], kind: str, wanted: Sequence[Selection]
) -> dict[str, Any]:
    """The wanted fields of one object."""
    known = _TYPES[kind]
    if kind == "Run":
        value = await _with_related(call, value, {part.name for part in wanted})
    picked: dict[str, Any] = {}
    for part in wanted:
        if part.name == "__typename":
            picked[part.key] = f"Mlflow{kind}"
            continue
        if part.name not in known:
            raise InvalidValue(f"Cannot query field '{part.name}' on type 'Mlflow{kind}'.")
        told = known[part.name]
        found, shape = value.get(_snake(part.name)), told.partition(":")[2]
        if bool(part.selections) != bool(shape.strip("[]")):
            raise InvalidValue(
                f"Field '{part.name}' must{'' if shape else ' not'} have a selection of subfields."
            )
        if shape.startswith("["):
            inner = shape.strip("[]")
            items = found or []
            picked[part.key] = (
                [await _object(call, item, inner, part.selections) for item in items]
                if inner
                else items
            )
        elif shape:
            absent = shape == "Error" or (found is None and part.name == "outputs")
            picked[part.key] = (
                None if absent else await _object(call, found or {}, shape, part.selections)
            )
        else:
            picked[part.key] = _scalar(found, part.name, long=told.endswith("#"))
    return picked


async def _with_related(call: Call, run: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    """A run with its experiment and model versions, where they are asked for."""
    found, info = dict(run), run["info"]
    if "experiment" in wanted:
        asked = {"experimentId": info["experiment_id"]}
        found["experiment"] = (await _ask(call, experiments.get, asked))["experiment"]
    if "modelVersions" in wanted:
        told = await _ask(call, versions.search, {"filter": f"run_id = '{info['run_id']}'"})
        found["model_versions"] = told["model_versions"]
    return found


def _scalar(value: Any, name: str, *, long: bool) -> Any:
    """A plain value: longs as text, a NaN as null, what is not there as it would be in protobuf."""
    if long:
        return str(value or 0)
    if name == "value" and value == "NaN":
        return None
    if value is None:
        return False if name == "isDir" else ""
    return value


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda match: f"_{match.group().lower()}", name)
