"""Registering a model version: the button, the command line, ``mlops.register()`` and MLflow all end here.

Everything happens in the caller's one transaction, so that two registrations of one name at the same moment
become two versions and a failure leaves nothing behind. What a version should be called is decided by pure
functions.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import semver

from .entities import Artifact, Candidate, ModelVersion
from .errors import AlreadyExists, InvalidValue, NotFound
from .model_card import write_card
from .store import artifacts, candidates, models, overview
from .store.blobs import Blobs
from .store.store import Connection

#: The order of the semantic parts, smallest first.
BUMPS = ("patch", "minor", "major")
#: What every registry this product speaks to accepts (GitLab contract §4.4).
MODEL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")
#: Artifacts of a candidate below this folder are its model's files.
MODEL_FOLDER = "model/"
#: Artifacts of a candidate that a version carries beside the model's files.
COMPANIONS = ("notebook.ipynb", "environment.txt")
#: What is written for a version: its card, and what its candidate read.
CARD_FILE, INPUTS_FILE = "MODEL_CARD.md", "inputs.json"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that could be next, and why."""

    version: str
    bump: str
    reason: str


# -- pure ------------------------------------------------------------------------------------------


def slug(text: str) -> str:
    """A model name made of ``text`` that every registry accepts."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-.")[:255] or "model"


def code_shape(sources: Iterable[str]) -> str:
    """What code does, without the literals it does it with: equal shapes differ only in parameters.

    Cells that are not plain Python (magics, other languages) count by their text.
    """
    shapes = []
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            shapes.append(source.strip())
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and not isinstance(node.value, type(None)):
                node.value = 0
                node.kind = None
        shapes.append(ast.dump(tree))
    return "\n".join(shapes)


def what_changed(
    previous: Candidate | None,
    candidate: Candidate | None,
    *,
    previous_code: str,
    code: str,
    previous_signature: str | None,
    signature: str | None,
) -> tuple[str, str]:
    """The part of the version that the change calls for, and the reason in words.

    Patch if only params changed, minor if code changed, major if the input signature changed.
    """
    if previous_signature and signature and _inputs(previous_signature) != _inputs(signature):
        return "major", "the input signature changed"
    if previous is None or candidate is None:
        return "minor", "what the current version was made from is not known here"
    if (previous.model_class or "") != (candidate.model_class or ""):
        return "minor", f"the model is a {candidate.model_class}, it was a {previous.model_class}"
    if previous_code != code:
        return "minor", "the code changed"
    before = {name: param.value for name, param in previous.params.items()}
    after = {name: param.value for name, param in candidate.params.items()}
    names = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return "patch", f"only params changed: {shown}"
    return "patch", "nothing that was recorded changed"


def proposals(current: str | None, bump: str, reason: str) -> list[Proposal]:
    """The versions to offer, the one to take first."""
    if current is None:
        return [Proposal("1.0.0", "first", "first version of this model")]
    reasons = {"patch": "params only", "minor": "code changed", "major": "input signature changed"}
    base = semver.Version.parse(current)
    ordered = [bump, *(part for part in BUMPS if part != bump)]
    return [
        Proposal(str(next_version(base, part)), part, reason if part == bump else reasons[part])
        for part in ordered
    ]


def next_version(current: semver.Version, bump: str) -> semver.Version:
    """The version after ``current``; a pre-release is followed by its own release."""
    if bump not in BUMPS:
        raise InvalidValue(f"bump {bump!r} is not one of {', '.join(BUMPS)}")
    stepped = {
        "patch": current.bump_patch,
        "minor": current.bump_minor,
        "major": current.bump_major,
    }
    return stepped[bump]()


def parse_version(text: str) -> semver.Version:
    """A semantic version (SemVer 2, no leading ``v``).

    Raises:
        InvalidValue: it is not one.
    """
    try:
        return semver.Version.parse(text)
    except (ValueError, TypeError):
        raise InvalidValue(
            f"version {text!r} is not a semantic version such as 1.2.3 or 2.0.0-rc.1"
        ) from None


def check_model_name(name: str) -> str:
    """``name`` if every registry accepts it.

    Raises:
        InvalidValue: it does not fit; the message offers one that does.
    """
    if not MODEL_NAME.fullmatch(name):
        raise InvalidValue(
            f"model name {name!r} may hold only letters, digits and _ . - (at most 255); "
            f"for example {slug(name)!r}"
        )
    return name


def inputs_document(candidate: Candidate | None) -> str:
    """What a candidate read, as JSON: path, kind, size in bytes and sha256; '' if nothing was seen."""
    if candidate is None or not candidate.inputs:
        return ""
    listed = [
        {"path": item.path, "kind": item.kind, "size": item.size, "sha256": item.sha256}
        for item in candidate.inputs
    ]
    return json.dumps({"inputs": listed}, indent=2, ensure_ascii=False) + "\n"


def _inputs(signature: str) -> Any:
    try:
        loaded = json.loads(signature)
    except ValueError:
        return signature
    return loaded.get("inputs") if isinstance(loaded, Mapping) else loaded


# -- in a transaction ------------------------------------------------------------------------------


def propose(
    conn: Connection, model: str, candidate_id: str | None, signature: str | None = None
) -> list[Proposal]:
    """The versions to offer for registering ``candidate_id`` as ``model``, the one to take first."""
    current = highest(conn, model)
    if current is None:
        return proposals(None, "patch", "")
    candidate = candidates.get(conn, candidate_id) if candidate_id else None
    previous = None
    if current.candidate_id:
        try:
            previous = candidates.get(conn, current.candidate_id)
        except NotFound:
            previous = None
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
    status: str = "READY",
    blobs: Blobs | None = None,
) -> ModelVersion:
    """Register a version and return it.

    ``files`` are blobs already in the store, with paths relative to the version. None takes the files below
    ``model/`` of the candidate. The candidate's executed notebook and environment are carried along, and a
    model card is written; with ``blobs`` the card and the list of inputs are files of the version as well. Without
    ``version`` and ``bump`` the proposal of :func:`propose` is taken.

    Raises:
        InvalidValue: the version is not semantic, or both ``version`` and ``bump`` are given.
        AlreadyExists: the model has this version; ``details["next"]`` is the next free patch.
        NotFound: there is no such candidate.
    """
    if version and bump:
        raise InvalidValue("version and bump exclude each other: give one of them")
    candidate = candidates.get(conn, candidate_id) if candidate_id else None
    offered = propose(conn, model, candidate_id, signature)
    current = highest(conn, model)
    if version:
        chosen = str(parse_version(version))
    elif bump and current is not None:
        chosen = str(next_version(semver.Version.parse(current.version), bump))
    else:
        chosen = offered[0].version
    models.ensure_model(conn, model)
    taken = {known.version for known in models.versions(conn, model)}
    if chosen in taken:
        if version:
            free = _next_free(semver.Version.parse(chosen), taken)
            raise AlreadyExists(
                f"{model} has a version {chosen} already; the next free one is {free}", next=free
            )
        chosen = _next_free(semver.Version.parse(chosen), taken)

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
    previous = (
        candidates.get(conn, current.candidate_id) if current and current.candidate_id else None
    )
    card = write_card(
        model=model,
        version=chosen,
        candidate=candidate,
        previous=previous,
        previous_version=current.version if current else None,
        description=description,
        flavor=flavor,
    )
    models.update_version(conn, model, created.number, card=card)
    if blobs is not None:
        _put_documents(conn, blobs, owner, card, candidate)
    return models.get_version(conn, model, number=created.number)


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
        before = _before(conn, version)
        previous = None
        if before is not None and before.candidate_id:
            previous = candidates.get(conn, before.candidate_id)
        card = write_card(
            model=version.model,
            version=version.version,
            candidate=candidate,
            previous=previous,
            previous_version=before.version if before else None,
            description=version.description,
            flavor=version.flavor,
        )
        models.update_version(conn, version.model, version.number, card=card)
        _put_documents(conn, blobs, owner, card, candidate)


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


def _next_free(version: semver.Version, taken: set[str]) -> str:
    while str(version) in taken:
        version = version.bump_patch()
    return str(version)


def _model_files(conn: Connection, candidate_id: str) -> list[Artifact]:
    found = artifacts.list_all(conn, artifacts.candidate_owner(candidate_id), MODEL_FOLDER)
    return [
        Artifact(file.path[len(MODEL_FOLDER) :], file.sha256, file.size, file.media_type)
        for file in found
    ]
