"""Experiments, runs and metrics of the MLflow API, with GitLab's rules and its omissions."""

from __future__ import annotations

import base64
import random
from typing import Any

from .base import Field, MLflowHandler, invalid, mlflow_error, not_there
from .state import Experiment, Project, Refusal, Run

TEXT = Field(required=True)
PAIRS = {"key": TEXT, "value": TEXT}
METRIC = {
    "key": TEXT,
    "value": Field(float, required=True),
    "timestamp": Field(int, required=True),
    "step": Field(int),
}
STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
ANIMALS = ("careful-otter", "brave-heron", "quiet-lynx")


def experiment_json(experiment: Experiment) -> dict[str, Any]:
    return {
        "experiment_id": str(experiment.iid),
        "name": experiment.name,
        "lifecycle_stage": "active",
        "artifact_location": "not_implemented",
        "tags": pairs(experiment.tags),
    }


def pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": k, "value": v} for k, v in values.items()]


def page(rows: list[Any], limit: int, token: str | None) -> tuple[list[Any], str | None]:
    start = int(base64.b64decode(token)) if token else 0
    end = start + max(1, min(limit, 1000))
    more = base64.b64encode(str(end).encode()).decode() if end < len(rows) else None
    return rows[start:end], more


def add_tag(tags: dict[str, str], key: str, value: str, *, key_limit: int = 250) -> None:
    """Write once, in limits, never blank."""
    if not key.strip() or not value.strip():
        raise invalid("Validation failed: Value can't be blank")
    if len(key) > key_limit or len(value) > 5000:
        raise invalid("Validation failed: Value is too long")
    if key in tags:
        raise invalid(f"Validation failed: Name '{key}' already taken")
    tags[key] = value


class RunMixin(MLflowHandler):
    def run_json(self, project: Project, run: Run) -> dict[str, Any]:
        metrics = [{k: v for k, v in m.items() if v is not None} for m in run.metrics]
        return {
            "info": self.info(project, run),
            "data": {"metrics": metrics, "params": pairs(run.params), "tags": pairs(run.tags)},
        }

    def info(self, project: Project, run: Run) -> dict[str, Any]:
        where = str(run.version.id) if run.version else f"candidate:{run.iid}"
        info = {
            "run_id": run.run_id,
            "run_uuid": run.run_id,
            "experiment_id": str(run.experiment.iid),
            "start_time": run.start_time,
            "run_name": run.name,
            "status": run.status,
            "artifact_uri": f"{self.fake.external_url}/api/v4/projects/{project.id}/packages/ml_models/{where}/files/",
            "lifecycle_stage": "active",
            "user_id": run.user_id,
        }
        if run.end_time is not None:
            info["end_time"] = run.end_time
        return info

    def the_run(self, project: Project, run_id: str) -> Run:
        run = project.run(run_id)
        if run is None:
            raise not_there()
        return run


class ExperimentGet(MLflowHandler):
    def get(self, ident: str, by: str) -> None:
        project = self.enter(ident)
        if by == "get":
            found = project.experiment(self.get_query_argument("experiment_id", ""))
        else:
            found = project.experiment_named(self.get_query_argument("experiment_name", ""))
        if found is None:
            raise not_there()
        self.answer({"experiment": experiment_json(found)})


class ExperimentList(MLflowHandler):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        self.answer({"experiments": [experiment_json(e) for e in reversed(project.experiments)]})


class ExperimentSearch(MLflowHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident, write=True)
        given = self.declared(
            {
                "max_results": Field(int, default=200),
                "order_by": Field(default="created_at DESC"),
                "page_token": Field(),
            }
        )
        column, _, direction = given["order_by"].partition(" ")
        rows = sorted(project.experiments, key=lambda e: e.name if column == "name" else e.id)
        if direction.upper() == "DESC":
            rows.reverse()
        rows, more = page(rows, given["max_results"], given["page_token"])
        self.answer({"experiments": [experiment_json(e) for e in rows], "next_page_token": more})


class ExperimentCreate(MLflowHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"name": TEXT, "tags": Field(items=PAIRS, default=[])})
        name = given["name"]
        if not name.strip() or project.experiment_named(name):
            raise mlflow_error("RESOURCE_ALREADY_EXISTS")
        if len(name) > 255:
            raise invalid("Validation failed: Name is too long (maximum is 255 characters)")
        tags: dict[str, str] = {}
        for tag in given["tags"]:
            add_tag(tags, tag["key"], tag["value"], key_limit=255)
        experiment = self.instance.new_experiment(project, name)
        experiment.tags = tags
        self.answer({"experiment_id": str(experiment.iid)})


class ExperimentTag(MLflowHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"experiment_id": TEXT, **PAIRS})
        experiment = project.experiment(given["experiment_id"])
        if experiment is None:
            raise not_there()
        add_tag(experiment.tags, given["key"], given["value"], key_limit=255)
        self.answer({})


class ExperimentDelete(MLflowHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        experiment = project.experiment(self.declared({"experiment_id": TEXT})["experiment_id"])
        if experiment is None:
            raise not_there()
        if experiment.model is not None:
            message = "Cannot delete an experiment associated to a model"
            raise Refusal(400, {"message": message})
        project.experiments.remove(experiment)
        self.answer({})


class RunCreate(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared(
            {
                "experiment_id": Field(int, required=True),
                "start_time": Field(int, default=0),
                "run_name": Field(),
                "tags": Field(items=PAIRS, default=[]),
            }
        )
        experiment = project.experiment(str(given["experiment_id"]))
        if experiment is None:
            raise not_there()
        named = next((t["value"] for t in given["tags"] if t["key"] == "mlflow.runName"), "")
        name = given["run_name"] or named or random.choice(ANIMALS)
        if len(name) > 255:
            raise invalid("Validation failed: Name is too long (maximum is 255 characters)")
        run = self.instance.new_run(
            project, experiment, name, given["start_time"], str(self.user_id)
        )
        for tag in given["tags"]:
            if tag["key"] == "gitlab.CI_JOB_ID" and tag["value"] not in project.jobs:
                run.tags.clear()  # the run stays behind without its tags
                raise Refusal(500, {"message": "500 Internal Server Error"})
            add_tag(run.tags, tag["key"], tag["value"])
        self.answer({"run": self.run_json(project, run)})


class RunGet(RunMixin):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"run_id": TEXT})
        self.answer({"run": self.run_json(project, self.the_run(project, given["run_id"]))})


class RunSearch(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident, write=True)
        given = self.declared(
            {
                "experiment_ids": Field(list, required=True),
                "max_results": Field(int, default=200),
                "order_by": Field(default="created_at DESC"),
                "page_token": Field(),
            }
        )
        ids = given["experiment_ids"]
        experiment = project.experiment(str(ids[0])) if ids else None
        if experiment is None:
            raise not_there()
        rows = order_runs(experiment.runs, given["order_by"])
        rows, more = page(rows, given["max_results"], given["page_token"])
        self.answer({"runs": [self.run_json(project, r) for r in rows], "next_page_token": more})


def order_runs(runs: list[Run], order_by: str) -> list[Run]:
    """GitLab's order: three columns or a metric without dots; anything else is by creation."""
    column, _, direction = order_by.partition(" ")
    newest_first = direction.upper() != "ASC"
    if column.startswith("metrics."):
        last = {
            r.id: next((m["value"] for m in reversed(r.metrics) if m["key"] == column[8:]), None)
            for r in runs
        }
        rows = [r for r in runs if last[r.id] is not None]
        return sorted(rows, key=lambda r: last[r.id], reverse=newest_first)  # type: ignore[arg-type,return-value]
    key = (lambda r: r.name) if column == "name" else (lambda r: r.id)
    return sorted(runs, key=key, reverse=newest_first)  # type: ignore[arg-type,return-value]


class RunUpdate(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared(
            {"run_id": TEXT, "status": Field(values=STATUSES), "end_time": Field(int)}
        )
        run = self.the_run(project, given["run_id"])
        run.status = given["status"] or run.status
        if given["end_time"] is not None:
            run.end_time = given["end_time"]
        self.answer({"run_info": self.info(project, run)})


def check_metric(metric: dict[str, Any]) -> None:
    if not 0 < len(metric["key"]) <= 250:
        raise invalid("PG::StringDataRightTruncation: ERROR: value too long for type")


def check_param(key: str, value: str, limit_name: str = "Validation failed") -> None:
    if not key.strip() or not value.strip():
        raise invalid(f"{limit_name}: Value can't be blank")
    if len(key) > 250 or len(value) > 250:
        raise invalid(f"{limit_name}: Value is too long (maximum is 250 characters)")


class LogMetric(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"run_id": TEXT, **METRIC})
        run = self.the_run(project, given.pop("run_id"))
        check_metric(given)
        run.metrics.append(given)
        self.answer({})


class LogParam(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"run_id": TEXT, **PAIRS})
        run = self.the_run(project, given["run_id"])
        check_param(given["key"], given["value"])
        if given["key"] in run.params:
            raise invalid("Validation failed: Name has already been taken")
        run.params[given["key"]] = given["value"]
        self.answer({})


class SetTag(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"run_id": TEXT, **PAIRS})
        run = self.the_run(project, given["run_id"])
        if given["key"] == "gitlab.CI_JOB_ID" and given["value"] not in project.jobs:
            raise Refusal(500, {"message": "500 Internal Server Error"})
        add_tag(run.tags, given["key"], given["value"])
        self.answer({})


class LogBatch(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared(
            {
                "run_id": TEXT,
                "metrics": Field(items=METRIC, default=[]),
                "params": Field(items=PAIRS, default=[]),
                "tags": Field(items=PAIRS, default=[]),
            }
        )
        run = self.the_run(project, given["run_id"])
        for metric in given["metrics"]:
            check_metric(metric)
        run.metrics.extend(given["metrics"])  # not atomic: these stay if what follows is refused
        for param in given["params"]:
            check_param(param["key"], param["value"], "PG::StringDataRightTruncation: ERROR")
        for param in given["params"]:
            run.params.setdefault(param["key"], param["value"])  # the first value stays
        for tag in given["tags"]:
            if not tag["value"].strip() or len(tag["key"]) > 250 or len(tag["value"]) > 5000:
                raise invalid("PG::StringDataRightTruncation: ERROR: value too long for type")
        for tag in given["tags"]:
            run.tags.setdefault(tag["key"], tag["value"])
        self.answer({})


class RunDelete(RunMixin):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        run = self.the_run(project, self.declared({"run_id": TEXT})["run_id"])
        if run.version is not None:
            message = "Cannot delete a candidate associated to a model version"
            raise Refusal(400, {"message": message})
        run.experiment.runs.remove(run)
        self.answer({})


class MetricHistory(RunMixin):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        if not self.instance.newest:
            raise Refusal(404, {"error": "404 Not Found"})
        given = self.declared(
            {
                "run_id": TEXT,
                "metric_key": TEXT,
                "max_results": Field(int, default=1000),
                "page_token": Field(),
            }
        )
        run = self.the_run(project, given["run_id"])
        rows = [m for m in run.metrics if m["key"] == given["metric_key"]]
        rows.sort(key=lambda m: (m["step"] or 0, m["timestamp"]))
        rows, more = page(rows, given["max_results"], given["page_token"])
        self.answer({"metrics": rows, "next_page_token": more})


ROUTES = [
    (r"experiments/(get|get-by-name)", ExperimentGet),
    (r"experiments/list", ExperimentList),
    (r"experiments/search", ExperimentSearch),
    (r"experiments/create", ExperimentCreate),
    (r"experiments/set-experiment-tag", ExperimentTag),
    (r"experiments/delete", ExperimentDelete),
    (r"runs/create", RunCreate),
    (r"runs/get", RunGet),
    (r"runs/search", RunSearch),
    (r"runs/update", RunUpdate),
    (r"runs/log-metric", LogMetric),
    (r"runs/log-parameter", LogParam),
    (r"runs/set-tag", SetTag),
    (r"runs/log-batch", LogBatch),
    (r"runs/delete", RunDelete),
    (r"metrics/get-history", MetricHistory),
]
