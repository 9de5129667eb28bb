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
from .errors import AlreadyExists, Conflict, InvalidValue, NotFound
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
    """What code does, without the literals it does it with: equal shapes differ only in parameters, in the order in
    which cells ran, or in how often.

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
    return "\n".join(sorted(set(shapes)))


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
    if previous_signature and signature:
        told = changed_inputs(_inputs(previous_signature), _inputs(signature))
        if told:
            return "major", f"the input signature changed: {told}"
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


def changed_inputs(before: Any, after: Any) -> str:
    """What is different between two lists of inputs, in words; '' if nothing that is known of both is.

    An input is ``{"name"?, "type"?, "shape"?}``; what one of them does not tell (a type, the names) says nothing.
    """
    if not (_is_columns(before) and _is_columns(after)):
        return "" if before == after else "it has another form"
    if _width(before) != _width(after) and None not in (_width(before), _width(after)):
        return f"{_width(after)} columns, there were {_width(before)}"
    if _named(before) and _named(after):
        old, new = ([str(each["name"]) for each in side] for side in (before, after))
        if old != new:
            gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
            parts = [f"without {', '.join(gone[:3])}"] if gone else []
            parts += [f"with {', '.join(come[:3])}"] if come else []
            return " and ".join(parts) or "the columns are in another order"
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            kinds = str(old.get("type") or ""), str(new.get("type") or "")
            if all(kinds) and kinds[0] != kinds[1]:
                what = f"{new['name']} is " if new.get("name") else ""
                return f"{what}{kinds[1]}, it was {kinds[0]}"
            shapes = old.get("shape"), new.get("shape")
            if all(shapes) and shapes[0] != shapes[1]:
                return f"shape {shapes[1]}, it was {shapes[0]}"
    return ""


def _is_columns(inputs: Any) -> bool:
    return isinstance(inputs, list) and all(isinstance(each, Mapping) for each in inputs)


def _named(inputs: list[Mapping[str, Any]]) -> bool:
    return bool(inputs) and all("name" in each for each in inputs)


def _width(inputs: list[Mapping[str, Any]]) -> int | None:
    """The number of columns: of a table, or of an array of two dimensions."""
    if _named(inputs):
        return len(inputs)
    shape = inputs[0].get("shape") if len(inputs) == 1 else None
    return int(shape[1]) if isinstance(shape, list) and len(shape) == 2 else None


def _inputs(signature: str) -> Any:
    """The inputs of a signature; MLflow writes them as JSON in JSON."""
    try:
        loaded = json.loads(signature)
        inputs = loaded.get("inputs") if isinstance(loaded, Mapping) else loaded
        return json.loads(inputs) if isinstance(inputs, str) else inputs
    except ValueError:
        return signature


# -- in a transaction ------------------------------------------------------------------------------


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
    status: str = "READY",
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
        if version and not or_next:
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
    previous = _made_from(conn, current)
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


def check_again(conn: Connection, model: str, version: str) -> None:
    """Have a version that was refused loaded back once more, by whoever checks versions that wait.

    Raises:
        NotFound: there is no such version.
        Conflict: it is no version that was refused, or has nothing to be loaded from.
    """
    found = models.get_version(conn, model, version=version)
    if found.status != "FAILED_REGISTRATION":
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
        status="PENDING_REGISTRATION",
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
        before = _before(conn, version)
        previous = _made_from(conn, before)
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
