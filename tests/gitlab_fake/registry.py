"""Registered models, model versions and the artifact reader."""

from __future__ import annotations

import re
import time
import urllib.parse
from typing import Any

from .base import Field, MLflowHandler, invalid, mlflow_error, not_there
from .state import MAINTAINER, Instance, Model, Project, Refusal, Run, Version
from .tracking import PAIRS, TEXT, add_tag, page, pairs

NAME = re.compile(r"@?[A-Za-z0-9_.-]+(?:[@/+]?[A-Za-z0-9_.-]+)*\Z")
SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\Z"
)


def parts(version: str) -> tuple[int, int, int]:
    match = SEMVER.match(version)
    assert match is not None
    return int(match[1]), int(match[2]), int(match[3])


def highest(model: Model) -> Version | None:
    return max(model.versions, key=lambda v: (parts(v.version), v.id), default=None)


def next_version(model: Model) -> str:
    """The highest version's patch + 1, keeping its pre-release suffix."""
    top = highest(model)
    if top is None:
        return "1.0.0"
    major, minor, patch = parts(top.version)
    match = SEMVER.match(top.version)
    suffix = f"-{match[4]}" if match and match[4] else ""
    return f"{major}.{minor}.{patch + 1}{suffix}"


def create_model(
    instance: Instance, project: Project, name: str, description: str, tags: dict[str, str]
) -> Model:
    if project.model(name) or project.experiment_named(f"[model]{name}") or len(name) > 255:
        raise mlflow_error("RESOURCE_ALREADY_EXISTS")
    experiment = instance.new_experiment(project, f"[model]{name}")
    if not NAME.match(name):
        raise mlflow_error("RESOURCE_ALREADY_EXISTS")  # the experiment is left behind
    model = Model(instance.next_id(), name, experiment, description, tags)
    experiment.model = model
    project.models.append(model)
    return model


def create_version(
    instance: Instance,
    project: Project,
    model: Model,
    version: str | None,
    description: str,
    tags: dict[str, str],
    promote: Run | None = None,
) -> Version:
    version = version or next_version(model)
    if not SEMVER.match(version) or len(version) > 255:
        raise invalid(["Version must be semantic version"])
    if any(v.version == version for v in model.versions):
        raise invalid(["Version has already been taken"])
    if len(description) > 10_000:
        raise invalid(["Description is too long (maximum is 10000 characters)"])
    run = promote or instance.new_run(project, model.experiment, version, 0, "")
    if promote is not None and promote.package is not None:
        package = promote.package
        package.name, package.version = model.name, version
    else:
        package = instance.new_package(project, model.name, version, "ml_model")
    made = Version(instance.next_id(), model, version, run, package, description, tags)
    run.version, run.package = made, package
    model.versions.append(made)
    return made


def delete_version(project: Project, version: Version) -> None:
    version.model.versions.remove(version)
    version.model.experiment.runs.remove(version.run)
    if version.package in project.packages:
        project.packages.remove(version.package)


class RegistryHandler(MLflowHandler):
    registry = True

    def version_json(self, project: Project, version: Version) -> dict[str, Any]:
        model = version.model
        return {
            "name": model.name,
            "version": str(version.id),
            "creation_timestamp": version.created,
            "last_updated_timestamp": version.updated,
            "user_id": None,
            "current_stage": "development",
            "description": version.description,
            "source": f"{self.fake.external_url}/{project.path}/-/ml/models/{model.id}/versions/{version.id}",
            "run_id": version.run.run_id,
            "status": "READY",
            "status_message": "",
            "tags": pairs(version.tags),
            "run_link": "",
            "aliases": [version.version],
        }

    def model_json(self, project: Project, model: Model) -> dict[str, Any]:
        if self.instance.newest:
            latest = [self.version_json(project, v) for v in model.versions]
        else:
            latest = [self.bare_row(project, v) for v in model.versions]
        return {
            "name": model.name,
            "creation_timestamp": model.created,
            "last_updated_timestamp": model.updated,
            "description": model.description,
            "user_id": "7",
            "tags": pairs(model.tags),
            "latest_versions": latest,
        }

    def bare_row(self, project: Project, version: Version) -> dict[str, Any]:
        major, minor, patch = parts(version.version)
        return {
            "id": version.id,
            "version": version.version,
            "model_id": version.model.id,
            "project_id": project.id,
            "package_id": version.package.id if version.package else None,
            "description": version.description,
            "created_at": "2024-12-01T00:00:00.000Z",
            "updated_at": "2024-12-01T00:00:00.000Z",
            "semver_major": major,
            "semver_minor": minor,
            "semver_patch": patch,
        }

    def the_model(self, project: Project, name: str | None) -> Model:
        model = project.model(name or "")
        if model is None:
            raise not_there()
        return model

    def the_version(self, project: Project, name: str | None, version: str | None) -> Version:
        model = self.the_model(project, name)
        for known in model.versions:
            if known.version == version:
                return known
        raise not_there()


class ModelCreate(RegistryHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared(
            {"name": TEXT, "description": Field(default=""), "tags": Field(items=PAIRS, default=[])}
        )
        tags: dict[str, str] = {}
        try:
            for tag in given["tags"]:
                add_tag(tags, tag["key"], tag["value"], key_limit=255)
        except Refusal:
            raise mlflow_error("RESOURCE_ALREADY_EXISTS") from None
        if len(given["description"]) > 10_000:
            raise mlflow_error("RESOURCE_ALREADY_EXISTS")
        model = create_model(self.instance, project, given["name"], given["description"], tags)
        self.answer({"registered_model": self.model_json(project, model)})


class ModelGet(RegistryHandler):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        model = self.the_model(project, self.get_query_argument("name", ""))
        self.answer({"registered_model": self.model_json(project, model)})


class ModelUpdate(RegistryHandler):
    def patch(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"name": Field(), "description": Field(default="")})
        model = self.the_model(project, given["name"])
        model.description, model.updated = given["description"], int(time.time())
        self.answer({"registered_model": self.model_json(project, model)})


class ModelDelete(RegistryHandler):
    def delete(self, ident: str) -> None:
        project = self.enter(ident)
        model = self.the_model(project, self.declared({"name": Field()})["name"])
        if model.versions and project.role(self.user_id) < MAINTAINER:
            raise Refusal(400, {"message": "Model could not be deleted"})
        for version in list(model.versions):
            delete_version(project, version)
        project.models.remove(model)
        project.experiments.remove(model.experiment)
        self.answer({})


class LatestVersions(RegistryHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident, write=False)
        model = self.the_model(project, self.declared({"name": Field()})["name"])
        top = highest(model)
        self.answer({"model_versions": [self.version_json(project, top) if top else None]})


class ModelSearch(RegistryHandler):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared(
            {
                "filter": Field(default=""),
                "max_results": Field(int, default=200),
                "order_by": Field(default="name ASC"),
                "page_token": Field(),
            }
        )
        wanted = ""
        if given["filter"]:
            match = re.fullmatch(r"name='(.*)'", given["filter"])
            if match is None:
                raise invalid("Invalid attribute key specified. Valid keys are '{'name'}'")
            wanted = match[1]
        rows = sorted((m for m in project.models if wanted in m.name), key=lambda m: m.name)
        if given["order_by"].upper().endswith(" DESC"):
            rows.reverse()
        rows, more = page(rows, given["max_results"], given["page_token"])
        self.answer(
            {
                "registered_models": [self.model_json(project, m) for m in rows],
                "next_page_token": more,
            }
        )


class ModelAlias(RegistryHandler):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        name, alias = self.get_query_argument("name", ""), self.get_query_argument("alias", "")
        version = self.the_version(project, name, alias)
        self.answer({"model_version": self.version_json(project, version)})


class VersionCreate(RegistryHandler):
    def post(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared(
            {
                "name": Field(),
                "description": Field(default=""),
                "tags": Field(items=PAIRS, default=[]),
                "run_id": Field(),
            }
        )
        model = self.the_model(project, given["name"])
        promote = None
        if self.instance.newest and given["run_id"]:
            promote = project.run(given["run_id"])
            if promote is None:
                raise invalid(["Run not found"])
            if promote.version is not None:
                raise invalid(["Run has already a model version"])
            if promote.experiment is not model.experiment:
                raise invalid(["Run's experiment does not belong to this model"])
        tags: dict[str, str] = {}
        for tag in given["tags"]:
            try:
                add_tag(tags, tag["key"], tag["value"], key_limit=255)
            except Refusal as refusal:
                raise invalid([refusal.body["message"]]) from None
        version = create_version(
            self.instance,
            project,
            model,
            tags.get("gitlab.version"),
            given["description"],
            tags,
            promote,
        )
        self.answer({"model_version": self.version_json(project, version)})


class VersionGet(RegistryHandler):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        version = self.the_version(
            project, self.get_query_argument("name", ""), self.get_query_argument("version", "")
        )
        self.answer({"model_version": self.version_json(project, version)})


class VersionUpdate(RegistryHandler):
    def patch(self, ident: str) -> None:
        project = self.enter(ident)
        given = self.declared({"name": Field(), "version": Field(), "description": Field()})
        if None in given.values():
            raise invalid(None)
        try:
            version = self.the_version(project, given["name"], given["version"])
        except Refusal:
            raise mlflow_error("UPDATE_FAILED") from None
        if len(given["description"]) > 10_000:
            raise mlflow_error("UPDATE_FAILED")
        version.description, version.updated = given["description"], int(time.time())
        self.answer({"model_version": self.version_json(project, version)})


class DownloadUri(RegistryHandler):
    def get(self, ident: str) -> None:
        self.enter(ident)
        given = self.declared({"name": Field(), "version": Field(int)})
        self.answer({"artifact_uri": f"mlflow-artifacts:/{given['version']}"})


class ArtifactList(RegistryHandler):
    def get(self, ident: str) -> None:
        project = self.enter(ident)
        path = self.get_query_argument("path", None)
        if path is None:
            raise Refusal(500, {"message": "500 Internal Server Error"})
        number, slash, _rest = path.partition("/")
        if slash:
            self.answer({"files": []})
            return
        version = project.version(int(number)) if number.isdigit() else None
        if version is None or version.package is None:
            raise not_there()
        files = [
            {"path": f.name, "file_size": f.size, "is_dir": False} for f in version.package.files
        ]
        self.answer({"files": files})


class ArtifactGet(RegistryHandler):
    def get(self, ident: str, number: str, _path: str) -> None:
        project = self.enter(ident)
        version = project.version(int(number))
        if version is None or version.package is None:
            raise Refusal(500, {"message": "500 Internal Server Error"})
        raw = self.request.path.split(f"/artifacts/{number}/", 1)[1]
        name = urllib.parse.quote_plus(urllib.parse.unquote(raw))  # a space becomes '+': not found
        for file in reversed(version.package.files):
            if file.name == name:
                self.set_header("Content-Type", "application/octet-stream")
                self.finish(file.blob.read_bytes())
                return
        raise not_there()


ROUTES = [
    (r"registered-models/create", ModelCreate),
    (r"registered-models/get", ModelGet),
    (r"registered-models/update", ModelUpdate),
    (r"registered-models/delete", ModelDelete),
    (r"registered-models/get-latest-versions", LatestVersions),
    (r"registered-models/search", ModelSearch),
    (r"registered-models/alias", ModelAlias),
    (r"model-versions/create", VersionCreate),
    (r"model-versions/get", VersionGet),
    (r"model-versions/update", VersionUpdate),
    (r"model-versions/get-download-uri", DownloadUri),
]
