"""Registering a model version: the button, the command line, ``mlops.register()`` and MLflow all end here.

Everything happens in the caller's one transaction, so that two registrations of one name at the same moment
become two versions and a failure leaves nothing behind. What a version should be called is decided in
:mod:`.versioning`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import semver

from .entities import Artifact, Candidate, ModelVersion
from .errors import AlreadyExists, Conflict, InvalidValue, NotFound
from .model_card import write_card
from .store import artifacts, candidates, models, overview
from .store.blobs import Blobs
from .store.store import Connection
from .versioning import (
    Proposal,
    code_shape,
    next_free,
    next_version,
    parse_version,
    proposals,
    what_changed,
)

#: MLflow's words for a version that waits to be loaded back, that may be used, and that could not be loaded.
PENDING, READY, REFUSED = "PENDING_REGISTRATION", "READY", "FAILED_REGISTRATION"
#: Artifacts of a candidate below this folder are its model's files.
MODEL_FOLDER = "model/"
#: Artifacts of a candidate that a version carries beside the model's files.
COMPANIONS = ("notebook.ipynb", "environment.txt")
#: What the kernel says of a model that it has written: all of it is kept with the candidate, these with the version.
VERSION_FACTS = ("warnings", "class", "example", "environment")
STAGED_FACTS = ("flavor", "signature", *VERSION_FACTS)
#: What is written for a version: its card, and what its candidate read.
CARD_FILE, INPUTS_FILE = "MODEL_CARD.md", "inputs.json"


def inputs_document(candidate: Candidate | None) -> str:
    """What a candidate read, as JSON: path, kind, size in bytes and sha256; '' if nothing was seen."""
    if candidate is None or not candidate.inputs:
        return ""
    listed = [
        {"path": item.path, "kind": item.kind, "size": item.size, "sha256": item.sha256}
        for item in candidate.inputs
    ]
    return json.dumps({"inputs": listed}, indent=2, ensure_ascii=False) + "\n"


def propose(
    conn: Connection, model: str, candidate_id: str | None, signature: str | None = None
) -> list[Proposal]:
    """The versions to offer for registering ``candidate_id`` as ``model``, the one to take first."""
    current = highest(conn, model)
    if current is None:
        return proposals(None, "patch", "")
    candidate = candidates.get(conn, candidate_id) if candidate_id else None
    previous = _made_from(conn, current)
    bump, reason = what_changed(
        previous,
        candidate,
        previous_code=code_shape(overview.sources_of(conn, previous)) if previous else "",
        code=code_shape(overview.sources_of(conn, candidate)) if candidate else "",
        previous_signature=current.signature,
        signature=signature,
    )
    return proposals(current.version, bump, reason)


def highest(conn: Connection, model: str) -> ModelVersion | None:
    """The version of ``model`` that is greatest by SemVer, None if there is no version."""
    try:
        known = models.versions(conn, model)
    except NotFound:
        return None
    return max(known, key=lambda version: semver.Version.parse(version.version), default=None)


def register(
    conn: Connection,
    *,
    model: str,
    version: str | None = None,
    bump: str | None = None,
    candidate_id: str | None = None,
    files: Iterable[Artifact] | None = None,
    source: str = "",
    signature: str | None = None,
    flavor: str = "",
    description: str = "",
    user_id: str = "",
    logged_model_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
    status: str = READY,
    blobs: Blobs | None = None,
    or_next: bool = False,
) -> ModelVersion:
    """Register a version and return it.

    ``files`` are blobs already in the store, with paths relative to the version. None takes the files below
    ``model/`` of the candidate. The candidate's executed notebook and environment are carried along, and a
    model card is written; with ``blobs`` the card and the list of inputs are files of the version as well. Without
    ``version`` and ``bump`` the proposal of :func:`propose` is taken. With ``or_next`` a ``version`` that somebody
    else has taken meanwhile gives way to the next free patch.

    Raises:
        InvalidValue: the version is not semantic, or both ``version`` and ``bump`` are given.
        AlreadyExists: the model has this version; ``details["next"]`` is the next free patch.
        NotFound: there is no such candidate.
    """
    if version and bump:
        raise InvalidValue("version and bump exclude each other: give one of them")
    candidate = candidates.get(conn, candidate_id) if candidate_id else None
    current = highest(conn, model)
    if version:
        wanted = str(parse_version(version))
    elif bump and current is not None:
        wanted = str(next_version(semver.Version.parse(current.version), bump))
    else:
        wanted = propose(conn, model, candidate_id, signature)[0].version
    models.ensure_model(conn, model)
    chosen = _free(conn, model, wanted, give_way=or_next or not version)

    if files is None:
        files = _model_files(conn, candidate_id) if candidate_id else ()
    created = models.create_version(
        conn,
        model,
        version=chosen,
        candidate_id=candidate_id,
        source=source,
        signature=signature,
        flavor=flavor,
        description=description,
        user_id=user_id,
        logged_model_id=logged_model_id,
        details=dict(details or {}),
        status=status,
    )
    owner = artifacts.version_owner(created.id)
    for file in files:
        artifacts.put(conn, owner, file.path, file.sha256, file.size, file.media_type)
    if candidate_id:
        _carry_companions(conn, candidate_id, owner)
    for name, value in (tags or {}).items():
        models.set_version_tag(conn, model, created.number, name, value)
    _write_card(conn, created, candidate, current, blobs)
    return models.get_version(conn, model, number=created.number)


def _free(conn: Connection, model: str, wanted: str, *, give_way: bool) -> str:
    """The version number ``wanted``; where it is taken the next free patch, if it may give way.

    Raises:
        AlreadyExists: it may not.
    """
    taken = {known.version for known in models.versions(conn, model)}
    if wanted not in taken:
        return wanted
    free = next_free(wanted, taken)
    if not give_way:
        raise AlreadyExists(
            f"{model} has a version {wanted} already; the next free one is {free}", next=free
        )
    return free


def check_again(conn: Connection, model: str, version: str) -> None:
    """Have a version that was refused loaded back once more, by whoever checks versions that wait.

    Raises:
        NotFound: there is no such version.
        Conflict: it is no version that was refused, or has nothing to be loaded from.
    """
    found = models.get_version(conn, model, version=version)
    if found.status != REFUSED:
        raise Conflict(
            f"{model} {version} is {found.status}: only a refused version is checked again"
        )
    paths = {file.path for file in artifacts.list_all(conn, artifacts.version_owner(found.id))}
    if "load.py" not in paths:
        raise Conflict(f"{model} {version} has no load.py that it could be loaded by")
    models.update_version(
        conn,
        model,
        found.number,
        status=PENDING,
        details={"warnings": list(found.details.get("written_warnings", ()))},
    )


def complete_versions(conn: Connection, blobs: Blobs, candidate_id: str) -> None:
    """Give the versions of a candidate what was not known when they were registered: while a notebook runs it has
    no executed notebook yet, and the metrics of its later cells are not measured. Idempotent."""
    for known in overview.versions_of(conn, candidate_id):
        version = models.get_version(conn, known["model"], version=known["version"])
        owner = artifacts.version_owner(version.id)
        if artifacts.get(conn, owner, CARD_FILE) is None:
            continue  # a pulled version, or one that is no model of ours
        if not _carry_companions(conn, candidate_id, owner):
            continue
        candidate = candidates.get(conn, candidate_id)
        _write_card(conn, version, candidate, _before(conn, version), blobs)


def _write_card(
    conn: Connection,
    version: ModelVersion,
    candidate: Candidate | None,
    before: ModelVersion | None,
    blobs: Blobs | None,
) -> None:
    """Write a version's model card, with what has changed since the version ``before`` it; with ``blobs`` as a file
    of the version as well, beside what its candidate read."""
    card = write_card(
        model=version.model,
        version=version.version,
        candidate=candidate,
        previous=_made_from(conn, before),
        previous_version=before.version if before else None,
        description=version.description,
        flavor=version.flavor,
    )
    models.update_version(conn, version.model, version.number, card=card)
    if blobs is not None:
        _put_documents(conn, blobs, artifacts.version_owner(version.id), card, candidate)


def _made_from(conn: Connection, version: ModelVersion | None) -> Candidate | None:
    """The candidate of a version; None where it is not known here (MLflow's clients may name any run)."""
    if version is None or not version.candidate_id:
        return None
    try:
        return candidates.get(conn, version.candidate_id)
    except NotFound:
        return None


def _before(conn: Connection, version: ModelVersion) -> ModelVersion | None:
    """The version that was the highest when ``version`` was registered."""
    earlier = [
        other for other in models.versions(conn, version.model) if other.number < version.number
    ]
    return max(earlier, key=lambda other: semver.Version.parse(other.version), default=None)


def _carry_companions(conn: Connection, candidate_id: str, owner: str) -> bool:
    """Give a version its candidate's executed notebook and environment; whether it had not all of them."""
    carried = False
    for path in COMPANIONS:
        found = artifacts.get(conn, artifacts.candidate_owner(candidate_id), path)
        if found is not None and artifacts.get(conn, owner, path) is None:
            artifacts.put(conn, owner, path, found.sha256, found.size, found.media_type)
            carried = True
    return carried


def _put_documents(
    conn: Connection, blobs: Blobs, owner: str, card: str, candidate: Candidate | None
) -> None:
    """The card and the inputs as files of a version, in the place of older ones."""
    for path, text in ((CARD_FILE, card), (INPUTS_FILE, inputs_document(candidate))):
        if text:
            artifacts.put(conn, owner, path, *blobs.put(text.encode()))


def _model_files(conn: Connection, candidate_id: str) -> list[Artifact]:
    found = artifacts.list_all(conn, artifacts.candidate_owner(candidate_id), MODEL_FOLDER)
    return [
        Artifact(file.path[len(MODEL_FOLDER) :], file.sha256, file.size, file.media_type)
        for file in found
    ]
