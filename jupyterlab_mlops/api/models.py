"""Registered models, their versions, and registering."""

from __future__ import annotations

import urllib.parse
from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from .. import registry
from ..entities import Model, ModelVersion
from ..errors import NotFound
from ..store import artifacts, candidates, experiments, models, outbox, remotes
from ..store.store import Connection
from .archive import zipped
from .base import PanelHandler
from .candidates import NO_SYNC
from .snippets import InGitLab, snippets


def version_json(conn: Connection, version: ModelVersion, *, full: bool = False) -> dict[str, Any]:
    """A version as the panel's JSON; ``full`` adds card, files and snippets."""
    metrics: dict[str, Any] = {}
    name = notebook = None
    if version.candidate_id:
        try:
            candidate = candidates.get(conn, version.candidate_id)
        except NotFound:
            candidate = None
        if candidate is not None:
            shown = candidates.to_json(candidate)
            metrics, name, notebook = shown["metrics"], candidate.name, candidate.notebook
    sync = outbox.states(conn, "version", [str(version.id)]).get(str(version.id), NO_SYNC)
    document: dict[str, Any] = {
        "model": version.model,
        "version": version.version,
        "number": version.number,
        "candidate": version.candidate_id,
        "candidate_name": name,
        "notebook": notebook,
        "created_time": version.created_ms,
        "description": version.description,
        "status": version.status,
        "stage": version.stage,
        "flavor": version.flavor,
        "aliases": list(version.aliases),
        "metrics": metrics,
        "tags": version.tags,
        "sync": sync,
        "warnings": version.details.get("warnings", []),
        "validation": version.details.get("validation", ""),
    }
    if full:
        files = artifacts.list_all(conn, artifacts.version_owner(version.id))
        document["card"] = version.card
        document["artifacts"] = [
            {"path": f.path, "sha256": f.sha256, "size": f.size, "media_type": f.media_type}
            for f in files
        ]
        there = _in_gitlab(conn, version, sync)
        document["snippets"] = snippets(version, {file.path for file in files}, there)
        document["lineage"] = _lineage(conn, version)
    return document


def _in_gitlab(conn: Connection, version: ModelVersion, sync: dict[str, Any]) -> InGitLab | None:
    """Where a synced version is in GitLab."""
    if sync.get("state") != "synced" or not sync.get("remote"):
        return None
    remote = remotes.get(conn, sync["remote"])
    there = remotes.link(conn, remote.name, "version", str(version.id)).get("version_id")
    project = str(remote.facts.get("project_id") or remote.project)
    return InGitLab(remote.url, project, str(there)) if there else None


def _lineage(conn: Connection, version: ModelVersion) -> dict[str, Any] | None:
    """What a version was made from: candidate, notebook, commit, data; None if that is not known here."""
    try:
        candidate = candidates.get(conn, version.candidate_id or "")
    except NotFound:
        return None
    git = candidate.details.get("git") or {}
    return {
        "experiment": experiments.get(conn, candidate.experiment_id).name,
        "candidate": {"id": candidate.id, "name": candidate.name},
        "notebook": candidate.notebook,
        "commit": git.get("commit") or None,
        "branch": git.get("branch") or None,
        "dirty": bool(git.get("dirty")),
        "score": candidate.score,
        "verified": candidate.verified,
        "model_class": candidate.model_class,
        "inputs": [
            {"path": item.path, "sha256": item.sha256, "size": item.size, "kind": item.kind}
            for item in candidate.inputs
        ],
    }


def model_json(conn: Connection, model: Model) -> dict[str, Any]:
    """A model with its versions, newest first."""
    versions = models.versions(conn, model.name)
    by_number = {version.number: version.version for version in versions}
    return {
        "name": model.name,
        "description": model.description,
        "created_time": model.created_ms,
        "updated_time": model.updated_ms,
        "tags": model.tags,
        "aliases": {alias: by_number.get(number, "") for alias, number in model.aliases.items()},
        "versions": [version_json(conn, version) for version in versions],
    }


def all_models(conn: Connection) -> list[dict[str, Any]]:
    """Every model, the most recently changed first."""
    listed = sorted(models.list_models(conn), key=lambda model: -model.updated_ms)
    return [model_json(conn, model) for model in listed]


class Models(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.answer_read(lambda conn: {"models": all_models(conn)})


class OneModel(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        name = urllib.parse.unquote(name)
        await self.answer_read(lambda conn: model_json(conn, models.get_model(conn, name)))

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        await self.store.write(models.delete_model, urllib.parse.unquote(name))
        self.done()


class OneVersion(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        await self.answer_read(_read, urllib.parse.unquote(name), version)

    @web.authenticated
    @authorized
    async def patch(self, name: str, version: str) -> None:
        name, changes = urllib.parse.unquote(name), self.document("updateModelVersion")

        def apply(conn: Connection) -> None:
            found = models.get_version(conn, name, version=version)
            if "description" in changes:
                models.update_version(conn, name, found.number, description=changes["description"])
            if "aliases" in changes:
                for alias in set(found.aliases) - set(changes["aliases"]):
                    models.delete_alias(conn, name, alias)
                for alias in changes["aliases"]:
                    models.set_alias(conn, name, alias, found.number)

        await self.store.write(apply)
        await self.answer_read(_read, name, version)

    @web.authenticated
    @authorized
    async def delete(self, name: str, version: str) -> None:
        name = urllib.parse.unquote(name)

        def apply(conn: Connection) -> None:
            models.delete_version(
                conn, name, models.get_version(conn, name, version=version).number
            )

        await self.store.write(apply)
        self.done()


class CheckVersion(PanelHandler):
    @web.authenticated
    @authorized
    async def post(self, name: str, version: str) -> None:
        name = urllib.parse.unquote(name)
        await self.store.write(registry.check_again, name, version)
        await self.answer_read(_read, name, version)


class VersionArchive(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        """All files of a version as one zip, written while it is sent."""
        name = urllib.parse.unquote(name)
        found = await self.store.read(
            lambda conn: artifacts.list_all(
                conn, artifacts.version_owner(models.get_version(conn, name, version=version).id)
            )
        )
        folder = f"{name}-{version}"
        quoted = urllib.parse.quote(f"{folder}.zip")
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quoted}")
        pieces = zipped(self.store.blobs, folder, found)
        await self.stream(lambda: next(pieces, b""))


class VersionArtifact(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, name: str, version: str, path: str) -> None:
        name, path = urllib.parse.unquote(name), urllib.parse.unquote(path)

        def read(conn: Connection) -> Any:
            found = models.get_version(conn, name, version=version)
            return artifacts.get(conn, artifacts.version_owner(found.id), path)

        found = await self.store.read(read)
        if found is None:
            raise NotFound(f"{name} {version} has no file {path!r}")
        await self.stream_blob(found.sha256, name=path, media_type=found.media_type)


class Proposals(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.panel.registering.proposals(self.query("getRegisterProposals")))


class Register(PanelHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        request = self.document("register")
        user = self.current_user.username if self.current_user else ""
        self.answer(await self.panel.registering.register(request, user), HTTPStatus.CREATED)


class Registrations(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer({"registrations": self.panel.registering.under_way()})


class OneRegistration(PanelHandler):
    @web.authenticated
    @authorized
    async def delete(self, id: str) -> None:
        self.panel.registering.cancel(urllib.parse.unquote(id))
        self.done()


def _read(conn: Connection, name: str, version: str) -> dict[str, Any]:
    return version_json(conn, models.get_version(conn, name, version=version), full=True)
