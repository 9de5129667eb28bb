"""The GraphQL calls an ML client uses: model and version mutations, package files, lists of models.

The document is not parsed: the mutation is found by name, its input is taken from the variables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .base import Handler
from .registry import create_model, create_version, delete_version
from .state import DEVELOPER, MAINTAINER, Model, Project, Refusal, Version

FORBIDDEN = "The resource that you are attempting to access does not exist or you don't have permission to perform this action"


class Denied(Exception):
    """No such thing, or not for this caller."""


def number(gid: str, kind: str) -> int:
    match = re.fullmatch(rf"gid://gitlab/{kind}/(\d+)", gid)
    if match is None:
        raise Denied
    return int(match[1])


def model_json(model: Model) -> dict[str, Any]:
    return {
        "id": f"gid://gitlab/Ml::Model/{model.id}",
        "name": model.name,
        "description": model.description,
        "versionCount": len(model.versions),
        "versions": {"nodes": [version_json(v) for v in model.versions]},
    }


def version_json(version: Version) -> dict[str, Any]:
    run = version.run
    return {
        "id": f"gid://gitlab/Ml::ModelVersion/{version.id}",
        "version": version.version,
        "description": version.description,
        "packageId": f"gid://gitlab/Packages::Package/{version.package.id}"
        if version.package
        else None,
        "candidate": {
            "id": f"gid://gitlab/Ml::Candidate/{run.id}",
            "iid": run.iid,
            "eid": run.run_id,
            "name": run.name,
        },
    }


class GraphQL(Handler):
    def post(self) -> None:
        try:
            token = self.alive(self.token_given())
        except Refusal:
            raise Refusal(401, {"errors": [{"message": "Invalid token"}]}) from None
        body = json.loads(self.request.body)
        self.user_id = token.user_id
        query, variables = body["query"], body.get("variables") or {}
        given = variables.get("input", variables)
        try:
            if "mutation" in query:
                self.scoped(token, ("api",))
                name = next(n for n in MUTATIONS if re.search(rf"\b{n}\b", query))
                self.answer({"data": {name: MUTATIONS[name](self, given)}})
            else:
                project = self.allowed(given.get("fullPath", given.get("projectPath", "")), 10)
                self.answer({"data": {"project": self.lists(project, query)}})
        except Denied:
            self.answer({"data": None, "errors": [{"message": FORBIDDEN}]})

    def lists(self, project: Project, query: str) -> dict[str, Any]:
        out: dict[str, Any] = {"id": f"gid://gitlab/Project/{project.id}"}
        if "mlModels" in query:
            out["mlModels"] = {"nodes": [model_json(m) for m in project.models]}
        if "mlExperiments" in query:
            out["mlExperiments"] = {
                "nodes": [
                    {
                        "id": f"gid://gitlab/Ml::Experiment/{e.id}",
                        "name": e.name,
                        "candidateCount": len(e.runs),
                    }
                    for e in project.experiments
                ]
            }
        return out

    def allowed(self, path: str, role: int) -> Project:
        project = self.instance.project(path)
        if project is None or project.role(self.user_id) < role:
            raise Denied
        return project

    def model_of(self, project: Project, gid: str) -> Model:
        wanted = number(gid, "Ml::Model")
        for model in project.models:
            if model.id == wanted:
                return model
        raise Denied

    def model_create(self, given: dict[str, Any]) -> dict[str, Any]:
        project = self.allowed(given["projectPath"], DEVELOPER)
        try:
            made = create_model(
                self.instance, project, given["name"], given.get("description") or "", {}
            )
        except Refusal:
            return {"model": None, "errors": ["Name should be unique in the project"]}
        return {"model": model_json(made), "errors": []}

    def model_edit(self, given: dict[str, Any]) -> dict[str, Any]:
        project = self.allowed(given["projectPath"], DEVELOPER)
        if "modelId" not in given or "description" not in given:
            raise Refusal(500, {"message": "500 Internal Server Error"})
        model = self.model_of(project, f"gid://gitlab/Ml::Model/{given['modelId']}")
        model.description = given["description"]
        return {"model": model_json(model), "errors": []}

    def model_delete(self, given: dict[str, Any]) -> dict[str, Any]:
        project = self.allowed(given["projectPath"], DEVELOPER)
        model = self.model_of(project, given["id"])
        if model.versions and project.role(self.user_id) < MAINTAINER:
            return {"model": None, "errors": ["Model could not be deleted"]}
        for version in list(model.versions):
            delete_version(project, version)
        project.models.remove(model)
        project.experiments.remove(model.experiment)
        return {"model": None, "errors": []}

    def version_create(self, given: dict[str, Any]) -> dict[str, Any]:
        project = self.allowed(given["projectPath"], DEVELOPER)
        model = self.model_of(project, given["modelId"])
        promote = None
        if given.get("candidateId"):
            wanted = number(given["candidateId"], "Ml::Candidate")
            promote = next((r for e in project.experiments for r in e.runs if r.id == wanted), None)
            if promote is None or promote.experiment is not model.experiment:
                return {
                    "modelVersion": None,
                    "errors": ["Run's experiment does not belong to this model"],
                }
            if promote.version is not None:
                return {"modelVersion": None, "errors": ["Run has already a model version"]}
        try:
            made = create_version(
                self.instance,
                project,
                model,
                given.get("version"),
                given.get("description") or "",
                {},
                promote,
            )
        except Refusal as refusal:
            return {"modelVersion": None, "errors": refusal.body["message"]}
        return {"modelVersion": version_json(made), "errors": []}

    def version_edit(self, given: dict[str, Any]) -> dict[str, Any]:
        project = self.allowed(given["projectPath"], DEVELOPER)
        for version in self.model_of(project, given["modelId"]).versions:
            if version.version == given["version"]:
                version.description = given["description"]
                return {"modelVersion": version_json(version), "errors": []}
        raise Denied

    def version_delete(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = number(given["id"], "Ml::ModelVersion")
        for project in self.instance.projects:
            version = project.version(wanted)
            if version is None:
                continue
            role = MAINTAINER if version.package else DEVELOPER
            if project.role(self.user_id) < DEVELOPER:
                raise Denied
            if project.role(self.user_id) < role:
                return {"modelVersion": None, "errors": ["Package could not be deleted"]}
            delete_version(project, version)
            return {"modelVersion": version_json(version), "errors": []}
        raise Denied

    def files_delete(self, given: dict[str, Any]) -> dict[str, Any]:
        project = self.allowed(given["projectPath"], MAINTAINER)
        ids = {number(i, "Packages::PackageFile") for i in given["ids"]}
        for package in project.packages:
            package.files = [f for f in package.files if f.id not in ids]
        return {"errors": []}


MUTATIONS: dict[str, Callable[[GraphQL, dict[str, Any]], dict[str, Any]]] = {
    "mlModelCreate": GraphQL.model_create,
    "mlModelEdit": GraphQL.model_edit,
    "mlModelDelete": GraphQL.model_delete,
    "mlModelVersionCreate": GraphQL.version_create,
    "mlModelVersionEdit": GraphQL.version_edit,
    "mlModelVersionDelete": GraphQL.version_delete,
    "destroyPackageFiles": GraphQL.files_delete,
}
