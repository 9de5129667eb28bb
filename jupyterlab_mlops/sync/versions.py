"""Push a model version: model, version, its run's metrics and params, files, description.

A version is found again by its semantic version and the tag ``mlops.version_id``; one that somebody else has
taken gives way to the next free patch, here and there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import semver

from ..entities import Artifact, ModelVersion
from ..errors import AlreadyExists, NotFound
from ..store import artifacts, candidates, models, remotes
from .carry import place_of_version, push_files
from .files import Problems
from .gate import Gate
from .logged import push_logged
from .payload import (
    DESCRIPTION_LIMIT,
    VERSION_TAG,
    Payload,
    digest,
    of_version,
    version_key,
    writable,
)
from .refusals import Refusal
from .target import Target

CARD = "MODEL_CARD.md"
#: Colleagues may take versions while we look for a free one.
TRIES = 20
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def push_version(target: Target, id: int, gate: Gate) -> Problems:
    """Push a version with everything.

    Raises:
        NotFound: there is no such version here, or it came from a remote.
        RemoteUnavailable, Refusal, Held: as :func:`~.push.push`.
    """
    store = target.store
    version = store.read_sync(models.get_version_by_id, id)
    if version.origin:
        raise NotFound(f"Version {version.version} of {version.model!r} came from a remote.")
    store_id = store.read_sync(remotes.store_id)
    candidate = None
    if version.candidate_id:
        try:
            candidate = store.read_sync(candidates.get, version.candidate_id)
        except NotFound:
            candidate = None
    version = replace(version, artifacts=_files(target, version))
    candidate_url = target.link("candidate", candidate.id).get("url") if candidate else None
    payload = of_version(version, candidate, store_id, candidate_url)
    card = writable(version.card or version.description)
    payload, redacted = gate.check(replace(payload, notes=card), store.blobs)
    card, payload = payload.notes, replace(payload, notes="")
    description = card
    if len(card) > DESCRIPTION_LIMIT:
        end = f"\n\n… continued in {CARD}"
        description = card[: DESCRIPTION_LIMIT - len(end)] + end
        sha256, size = store.blobs.put(card.encode())
        payload.files[CARD] = Artifact(CARD, sha256, size)
    model = _ensure_model(target, version.model)
    link, fresh = _ensure_version(target, version, model, payload, description, store_id)
    try:
        logged = replace(payload, tags={})  # a version's tags are its own; its run takes the rest
        rest = push_logged(target, link["run_id"], logged, fresh=fresh)
        place = place_of_version(id, link)
        problems = push_files(target, place, payload, rest, redacted, fresh=False)
        if link.get("description") != description:
            target.client.update_version(model, link["version"], description)
        if not link.get("finished"):
            target.client.update_run(link["run_id"], "FINISHED", version.created_ms)
        target.set_link("version", str(id), description=description, finished=True)
    except Refusal as refusal:
        if refusal.reason != "not_found":
            raise
        target.unlink("version", str(id))
    else:
        return problems
    gone = "The version was deleted in GitLab. Retry pushes it there again."
    raise Refusal(gone, reason="deleted_remotely", status=404)


def _files(target: Target, version: ModelVersion) -> tuple[Artifact, ...]:
    """The version's files; a version made of a logged model may have them there."""
    if version.artifacts or not version.logged_model_id:
        return version.artifacts
    owner = artifacts.model_owner(version.logged_model_id)
    return tuple(target.store.read_sync(artifacts.list_all, owner))


def _ensure_model(target: Target, name: str) -> str:
    """The registered model of this name (or what GitLab takes of it); returns its name there."""
    there = target.link("model", name).get("name") or _name_there(target, name)
    description = target.store.read_sync(models.get_model, name).description[:DESCRIPTION_LIMIT]
    with target.locks.of(f"model:{there}"):
        known = target.link("model", name)
        if "name" not in known:
            found = target.client.find_model(there)
            if found is None:
                found = _create_model(target, there, description)
            # What a colleague wrote there is not overwritten by our first version.
            known = {"description": description if found.get("description") else ""}
        if known.get("description", "") != description:
            target.client.update_model(there, description)
        target.set_link("model", name, name=there, description=description)
        return there


def _name_there(target: Target, name: str) -> str:
    """A name that GitLab takes, and no other model here has there."""
    if _NAME.fullmatch(name):
        return name
    clean = re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-.")[:240]
    links = target.store.read_sync(remotes.links, target.remote.name, "model")
    taken = {link.get("name") for other, link in links.items() if other != name}
    taken |= {model.name for model in target.store.read_sync(models.list_models)}
    return clean if clean and clean not in taken else f"{clean or 'model'}-{digest(name)[:8]}"


def _create_model(target: Target, name: str, description: str) -> dict[str, Any]:
    try:
        return target.client.create_model(name, description)
    except Refusal as refusal:
        if refusal.reason != "already_exists":
            raise
    # Any failure of that call says so: see whether it is true.
    found = target.client.find_model(name)
    if found is not None:
        return found
    raise Refusal(
        f"GitLab takes no model named {name!r}: an experiment '[model]{name}' is in its way. Delete that"
        " experiment in GitLab, or rename the model.",
        reason="model_name",
        status=400,
    )


def _ensure_version(
    target: Target,
    version: ModelVersion,
    model: str,
    payload: Payload,
    description: str,
    store_id: str,
) -> tuple[dict[str, Any], bool]:
    """(the version's link, whether this call has made it there)."""
    known = target.link("version", str(version.id))
    if "version_id" in known:
        return known, False
    tags = {k[:255]: v for k, v in payload.tags.items()}
    key = version_key(store_id, version)
    wanted = known.get("wanted", version.version)
    with target.locks.of(f"versions:{model}"):
        for _ in range(TRIES):
            target.set_link("version", str(version.id), wanted=wanted)
            try:
                made = target.client.create_version(
                    model, wanted, description=description, tags=tags
                )
            except Refusal as refusal:
                if refusal.reason == "not_found":
                    target.unlink("model", version.model)
                if refusal.reason != "taken":
                    raise
            else:
                return _remember(target, version, model, wanted, made, fresh=True)
            there = target.client.find_version(model, wanted)
            if there is not None and {"key": VERSION_TAG, "value": key} in there.get("tags", ()):
                return _remember(target, version, model, wanted, there, fresh=False)
            wanted = _next_free(target, version, model, wanted)
    raise Refusal(f"No free version of {model} was found.", reason="taken", status=400)


def _remember(
    target: Target,
    version: ModelVersion,
    model: str,
    semantic: str,
    made: dict[str, Any],
    *,
    fresh: bool,
) -> tuple[dict[str, Any], bool]:
    target.steps += 1
    if semantic != version.version:
        _renumber(target, version, semantic)
    found = re.search(r"/-/ml/models/\d+/versions/\d+", str(made.get("source", "")))
    return target.set_link(
        "version",
        str(version.id),
        version_id=str(made["version"]),
        version=semantic,
        model=model,
        run_id=made["run_id"],
        url=target.web_url + (found[0] if found else "/-/ml/models"),
        description=made.get("description", ""),
    ), fresh


def _next_free(target: Target, version: ModelVersion, model: str, wanted: str) -> str:
    """The next patch that is free there and here."""
    there = target.client.find_model(model) or {}
    taken = set(semantic_versions(there.get("latest_versions") or ()))
    here = target.store.read_sync(models.versions, version.model)
    taken |= {other.version for other in here if other.id != version.id}
    candidate = semver.Version.parse(wanted)
    while str(candidate) in taken or str(candidate) == wanted:
        candidate = candidate.bump_patch()
    return str(candidate)


def semantic_versions(rows: Iterable[Any]) -> list[str]:
    """The semantic versions of ``latest_versions`` in either of its two shapes (contract §4.4)."""
    found = []
    for row in rows:
        if isinstance(row, dict):
            aliases = row.get("aliases")
            found.append(str(aliases[0] if aliases else row.get("version", "")))
    return found


def _renumber(target: Target, version: ModelVersion, semantic: str) -> None:
    """Name the version here as it is named there, and say so on it."""
    told = {"renumbered": {"from": version.version, "to": semantic, "remote": target.remote.name}}

    def rename(conn: Any) -> None:
        models.update_version(conn, version.model, version.number, details=told)
        try:
            models.update_version(conn, version.model, version.number, version=semantic)
        except AlreadyExists:  # taken here meanwhile: the note is what remains
            return

    target.store.write_sync(rename)
