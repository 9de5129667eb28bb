"""Try a connection and say what was found; say what a push would send, before it is sent."""

from __future__ import annotations

from typing import Any

from ..errors import MLOpsError, NotFound, RemoteUnavailable
from ..store import candidates, models, outbox, outgoing, remotes
from ..store.remotes import instance_url
from ..store.store import Store
from . import payload as payloads
from .answers import DEVELOPER, ROLES, role_of
from .connections import Connections
from .credentials import Credentials, Secret, Token
from .gate import Held
from .payload import Payload
from .project import GitLab, token_page
from .refusals import Refusal
from .worker import Worker

#: Findings shown by a dry run at most.
MOST_FINDINGS = 200


def check(
    connections: Connections,
    credentials: Credentials,
    url: str,
    project: str,
    *,
    token: str | None = None,
) -> dict[str, Any]:
    """Try a connection without keeping it, with ``token`` or the best one that is found.

    Raises:
        InvalidValue: ``url`` is not the address of an instance.
    """
    url = instance_url(url)
    token = Secret(token) if token else None
    found = [Token(token.strip(), "typed in")] if token else credentials.tokens(url)
    if not found or not found[0].value.isascii():
        text = f"There is no GitLab token for {url}. Type one in, or set GITLAB_TOKEN."
        if found:
            text = "The token has characters that no token has. Paste it again."
        return {"ok": False, "problems": [text], **_nothing(url, project)}
    client = connections.open(url, project.strip().strip("/"), found[0])
    try:
        return facts_of(client)
    finally:
        client.close()


def _nothing(url: str, project: str) -> dict[str, Any]:
    return {
        "user": None,
        "role": None,
        "scopes": [],
        "version": None,
        "web_url": None,
        "token_page": token_page(url),
        "project_id": None,
        "project": project,
        "features": {},
    }


def facts_of(client: GitLab) -> dict[str, Any]:
    """What a token can do in a project: ``{"ok", "problems", "user", "role", "scopes", "version", "web_url",
    "token_page", "project_id", "project", "features"}``; every problem is a sentence with what to do."""
    facts = _nothing(client.url, client.project)
    problems: list[str] = []
    steps = (_check_token, _check_instance, _check_project, _check_features)
    for step in steps:
        try:
            step(client, facts, problems)
        except Refusal as refusal:
            problems.append(refusal.message)
            break
        except RemoteUnavailable as failure:
            problems.append(failure.message)
            break
    problems = list(dict.fromkeys(problems))
    return {"ok": not problems, "problems": problems, **facts}


def _check_token(client: GitLab, facts: dict[str, Any], problems: list[str]) -> None:
    info = client.token_info()
    facts["scopes"] = [str(scope) for scope in info.get("scopes") or ()]
    facts["expires"] = info.get("expires_at")
    if "api" not in facts["scopes"]:
        problems.append(client.refusal("scope_too_small", 403).message)


def _check_instance(client: GitLab, facts: dict[str, Any], _problems: list[str]) -> None:
    facts["version"] = client.version()
    facts["user"] = client.user().get("username")


def _check_project(client: GitLab, facts: dict[str, Any], problems: list[str]) -> None:
    project = client.project_info()
    level = role_of(project)
    facts["project_id"] = project["id"]
    facts["web_url"] = project.get("web_url")
    facts["project"] = project.get("path_with_namespace") or client.project
    facts["role"] = ROLES.get(level) or (f"level {level}" if level else None)
    if project.get("archived"):
        problems.append(client.refusal("archived", 403).message)
    # No role is named for admins, and for members through a shared group: then writing is tried.
    elif level < DEVELOPER and (level or not client.may_write()):
        problems.append(client.refusal("role_too_low", 403).message)
    for key, what in (
        ("model_experiments_access_level", "Model experiments"),
        ("model_registry_access_level", "The model registry"),
        ("package_registry_access_level", "The package registry"),
    ):
        if project.get(key) == "disabled":
            problems.append(
                f"{what} is switched off in project {facts['project']}"
                " (Settings > General > Visibility, project features, permissions)."
            )


def _check_features(client: GitLab, facts: dict[str, Any], _problems: list[str]) -> None:
    client.find_experiment("")  # readable, or the refusal says why not
    try:
        client.mlflow("get", "metrics/get-history", {"run_id": "-", "metric_key": "-"})
    except Refusal as refusal:
        if refusal.reason not in ("no_route", "not_found", "invalid"):
            raise
        facts["features"]["metric_history"] = refusal.reason != "no_route"


def dry_run(worker: Worker, remote: str | None = None) -> dict[str, Any]:
    """What a push would send: numbers, bytes and the gate's findings. Nothing leaves.

    With a ``remote`` only what is not there yet; without one everything local.
    """
    store, gate = worker.store, worker.gate
    total = {"candidates": 0, "versions": 0, "files": 0, "bytes": 0}
    findings: list[dict[str, Any]] = []
    for kind, id in store.read_sync(outbox.to_push, remote):
        try:
            payload = _payload(store, kind, id)
        except MLOpsError:
            continue
        total["candidates" if kind == "candidate" else "versions"] += 1
        total["files"] += len(payload.files)
        total["bytes"] += sum(file.size for file in payload.files.values())
        try:
            gate.check(payload, store.blobs)
        except Held as held:
            findings += [{"kind": kind, "id": id, **found} for found in held.findings]
    return {**total, "findings": findings[:MOST_FINDINGS], "held": len({f["id"] for f in findings})}


def _payload(store: Store, kind: str, id: str) -> Payload:
    if kind == "candidate":
        loaded = store.read_sync(outgoing.load, id)
        return payloads.of_candidate(
            loaded.candidate, loaded.points, files=loaded.files, git=loaded.git
        )
    version = store.read_sync(models.get_version_by_id, int(id))
    candidate = None
    if version.candidate_id:
        try:
            candidate = store.read_sync(candidates.get, version.candidate_id)
        except NotFound:
            candidate = None
    return payloads.of_version(version, candidate, store.read_sync(remotes.store_id), None)
