"""Which path is which operation, once for both faces of the tracking endpoint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tornado import httputil

from . import (
    artifacts,
    evaluation_datasets,
    experiments,
    graphql_fields,
    history,
    issues,
    logged_models,
    models,
    promptlab,
    run_data,
    runs,
    scorers,
    service,
    traces,
    versions,
)
from .base import KernelEndpoint, Operation, ServerEndpoint, Tracking
from .downloads import KernelAttachedFiles, ServerAttachedFiles
from .files import KernelFiles, ServerFiles
from .pages import KernelPage, ServerPage
from .tokens import KernelTokens

#: A route of tornado: pattern, handler, what the handler is given.
Route = tuple[str, type[Any], dict[str, Any]]

#: Below ``…/api/2.0/mlflow/``; ``{name}`` is one part of the path.
OPERATIONS: dict[str, Mapping[str, Operation]] = {
    "experiments/create": {"POST": experiments.create},
    "experiments/get": {"GET": experiments.get},
    "experiments/get-by-name": {"GET": experiments.get_by_name},
    "experiments/search": {"GET": experiments.search, "POST": experiments.search},
    "experiments/list": {"GET": experiments.search},
    "experiments/update": {"POST": experiments.update},
    "experiments/delete": {"POST": experiments.delete},
    "experiments/restore": {"POST": experiments.restore},
    "experiments/set-experiment-tag": {"POST": experiments.set_tag},
    "experiments/delete-experiment-tag": {"POST": experiments.delete_tag},
    "experiments/search-datasets": {"POST": experiments.search_datasets},
    "runs/create": {"POST": runs.create},
    "runs/create-promptlab-run": {"POST": promptlab.create},
    "runs/get": {"GET": runs.get},
    "runs/update": {"POST": runs.update},
    "runs/delete": {"POST": runs.delete},
    "runs/restore": {"POST": runs.restore},
    "runs/search": {"POST": runs.search_runs},
    "runs/log-metric": {"POST": run_data.log_metric},
    "runs/log-parameter": {"POST": run_data.log_parameter},
    "runs/log-batch": {"POST": run_data.log_batch},
    "runs/log-model": {"POST": run_data.log_model},
    "runs/log-inputs": {"POST": run_data.log_inputs},
    "runs/outputs": {"POST": run_data.log_outputs},
    "runs/set-tag": {"POST": run_data.set_tag},
    "runs/delete-tag": {"POST": run_data.delete_tag},
    "metrics/get-history": {"GET": history.get},
    "metrics/get-history-bulk": {"GET": history.bulk},
    "metrics/get-history-bulk-interval": {"GET": history.bulk_interval},
    "artifacts/list": {"GET": artifacts.list_of_run},
    "logged-models": {"POST": logged_models.create},
    "logged-models/search": {"POST": logged_models.search},
    "logged-models/{id}": {
        "GET": logged_models.get,
        "PATCH": logged_models.finish,
        "DELETE": logged_models.delete,
    },
    "logged-models/{id}/params": {"POST": logged_models.add_params},
    "logged-models/{id}/tags": {"PATCH": logged_models.set_tags},
    "logged-models/{id}/tags/{key}": {"DELETE": logged_models.delete_tag},
    "logged-models/{id}/artifacts/directories": {"GET": artifacts.list_of_model},
    "registered-models/create": {"POST": models.create},
    "registered-models/get": {"GET": models.get},
    "registered-models/list": {"GET": models.search},
    "registered-models/search": {"GET": models.search},
    "registered-models/update": {"PATCH": models.update},
    "registered-models/rename": {"POST": models.rename},
    "registered-models/delete": {"DELETE": models.delete},
    "registered-models/get-latest-versions": {
        "GET": models.latest_versions,
        "POST": models.latest_versions,
    },
    "registered-models/set-tag": {"POST": models.set_tag},
    "registered-models/delete-tag": {"DELETE": models.delete_tag},
    "registered-models/alias": {
        "GET": models.get_by_alias,
        "POST": models.set_alias,
        "DELETE": models.delete_alias,
    },
    "model-versions/create": {"POST": versions.create},
    "model-versions/get": {"GET": versions.get},
    "model-versions/update": {"PATCH": versions.update},
    "model-versions/delete": {"DELETE": versions.delete},
    "model-versions/search": {"GET": versions.search},
    "model-versions/transition-stage": {"POST": versions.transition_stage},
    "model-versions/get-download-uri": {"GET": versions.download_uri},
    "model-versions/set-tag": {"POST": versions.set_tag},
    "model-versions/delete-tag": {"DELETE": versions.delete_tag},
    "datasets/create": {"POST": evaluation_datasets.create},
    "datasets/search": {"GET": evaluation_datasets.search, "POST": evaluation_datasets.search},
    "datasets/{id}": {"GET": evaluation_datasets.get, "DELETE": evaluation_datasets.delete},
    "datasets/{id}/tags": {"PATCH": evaluation_datasets.set_tags},
    "datasets/{id}/tags/{key}": {"DELETE": evaluation_datasets.delete_tag},
    "datasets/{id}/records": {
        "GET": evaluation_datasets.records,
        "POST": evaluation_datasets.upsert_records,
        "DELETE": evaluation_datasets.delete_records,
    },
    "datasets/{id}/experiment-ids": {"GET": evaluation_datasets.experiment_ids},
    "datasets/{id}/add-experiments": {"POST": evaluation_datasets.add_experiments},
    "datasets/{id}/remove-experiments": {"POST": evaluation_datasets.remove_experiments},
    "scorers/register": {"POST": scorers.register},
    "scorers/list": {"GET": scorers.newest},
    "scorers/versions": {"GET": scorers.of_name},
    "scorers/get": {"GET": scorers.get},
    "scorers/delete": {"DELETE": scorers.delete},
    "scorers/online-config": {"PUT": scorers.no_schedule},
    "scorers/online-configs": {"GET": scorers.no_schedules},
    "traces": {"GET": traces.search_v2, "POST": traces.start},
    "traces/search": {"POST": traces.search_v3},
    "traces/delete-traces": {"POST": traces.delete},
    "traces/link-to-run": {"POST": traces.link_to_run},
    "traces/link-prompts": {"POST": traces.link_prompts},
    "traces/batchGetInfos": {"GET": traces.get_batch, "POST": traces.get_batch},
    "traces/{id}": {"GET": traces.get_v3, "PATCH": traces.end},
    "traces/{id}/info": {"GET": traces.get_v2},
    "traces/{id}/tags": {"PATCH": traces.set_tag, "DELETE": traces.delete_tag},
    "webhooks": {"GET": service.no_webhooks, "POST": service.not_served},
    "gateway-proxy": {"GET": service.gateway_endpoints, "POST": service.ask_gateway},
    "issues": {"POST": issues.create},
    "issues/search": {"POST": issues.search},
    "issues/{id}": {"GET": issues.get, "PATCH": issues.update},
}
_ANY = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PART = "(?P<{name}>[^/?]+)"
_API = "/(?:ajax-)?api/(?:2|3)\\.0"


#: Clients name up to a thousand runs in one query, which tornado refuses since 6.5.8.
MAX_QUERY_FIELDS = 2_000


def allow_long_queries() -> None:
    """Let a query have :data:`MAX_QUERY_FIELDS` fields. Tornado keeps this limit once for the process and can
    only replace it as a whole, with what others have set; the length of a query is bounded anyway (64 kB)."""
    limits = getattr(httputil, "_DEFAULT_PARSE_BODY_CONFIG", None)
    queries = getattr(limits, "urlencoded", None)  # an older tornado has no such limit
    if queries is not None:
        queries.max_arguments = max(queries.max_arguments, MAX_QUERY_FIELDS)


@dataclass(frozen=True, slots=True)
class _Face:
    """The handlers of one way in: for operations, proxied files, files by query, and plain pages."""

    endpoint: type[Any]
    files: type[Any]
    attached: type[Any]
    page: type[Any]


_FOR_KERNELS = _Face(KernelEndpoint, KernelFiles, KernelAttachedFiles, KernelPage)
_FOR_USERS = _Face(ServerEndpoint, ServerFiles, ServerAttachedFiles, ServerPage)


def kernel_routes(prefix: str, tracking: Tracking, tokens: KernelTokens) -> list[Route]:
    """The routes of the loopback listener, below ``prefix``, opened by kernels' tokens."""
    given = {"tracking": tracking, "tokens": tokens}
    found = _routes(prefix, given, _FOR_KERNELS)
    # Agents are kernels: only this face takes their findings.
    finding = (
        f"{re.escape(prefix)}/api/2\\.0/mlops/findings",
        KernelEndpoint,
        given | {"operations": {"POST": service.findings}},
    )
    return [finding, *found]


def main_routes(prefix: str, tracking: Tracking) -> list[Route]:
    """The routes of the Jupyter server, below ``prefix`` (with the server's base URL), for its users."""
    return _routes(prefix, {"tracking": tracking}, _FOR_USERS)


def _routes(prefix: str, given: dict[str, Any], face: _Face) -> list[Route]:
    allow_long_queries()
    base = re.escape(prefix.rstrip("/"))

    def serve(pattern: str, operations: Mapping[str, Operation]) -> Route:
        return (f"{base}{pattern}", face.endpoint, given | {"operations": operations})

    api = f"{_API}/mlflow"
    routes = [serve(f"{api}/{_pattern(path)}", found) for path, found in OPERATIONS.items()]
    proxied = f"{_API}/mlflow-artifacts/artifacts"
    routes += [
        serve("/v1/traces", {"POST": traces.no_spans}),
        serve(f"{api}/server-info", {"GET": service.server_info}),
        serve("/graphql", {"POST": graphql_fields.answer}),
        serve(proxied, {"GET": artifacts.list_proxied}),
        (f"{base}{proxied}/(?P<path>.+)", face.files, given),
        (f"{base}/+(?:ajax-api/2\\.0/mlflow/)?get-(?:trace-)?artifact", face.attached, given),
        (f"{base}/+(?:ajax-api/2\\.0/mlflow/)?model-versions/get-artifact", face.attached, given),
        (f"{base}{api}/upload-artifact", face.attached, given),
        serve(
            f"{_API}/mlflow-artifacts/(?:mpu|presigned)/.+",
            dict.fromkeys(_ANY, service.no_multipart),
        ),
        (f"{base}{api}/logged-models/(?P<id>[^/]+)/artifacts/files", face.attached, given),
        (f"{base}/(?P<name>health|version)", face.page, given),
        (f"{base}/?", face.page, given),
        serve("/.+", dict.fromkeys(_ANY, service.not_served)),
    ]
    return routes


def _pattern(path: str) -> str:
    return "/".join(
        _PART.format(name=part[1:-1]) if part.startswith("{") else re.escape(part)
        for part in path.split("/")
    )
