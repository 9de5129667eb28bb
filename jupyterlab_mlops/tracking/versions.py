"""``model-versions/…``: versions of registered models. Creating one ends in :func:`registry.register`."""

from __future__ import annotations

import json
import posixpath
import re
from urllib.parse import unquote, urlsplit

from .. import registry
from ..entities import Artifact, ModelVersion
from ..errors import InvalidValue, MLOpsError, NotFound
from ..store import artifacts, candidates, experiments, logged_models, models, search_models
from ..store.blobs import Blobs
from ..store.store import Connection
from .base import Answer, Call
from .locate import locate
from .mlmodel import MAX_BYTES, ModelFacts, model_facts
from .models import version_number
from .wire import check_name, check_names, dumps, paged, run_info
from .wire_models import version_json, version_uri


async def create(call: Call) -> Answer:
    """``POST model-versions/create``: the next integer version, and the semantic version proposed for it."""
    fields = call.fields
    name, source = fields.required("name"), fields.required("source")
    run_id, model_id = fields.text("run_id") or None, fields.text("model_id") or None
    tags, description = check_names(fields.pairs("tags")), fields.text("description") or ""
    run_link = fields.text("run_link") or ""
    _check_source(source)
    facts = await call.store.read(_model_facts, call.store.blobs, source)

    def write(conn: Connection) -> bytes:
        models.get_model(conn, name)
        if tags.get(models.PROMPT_TAG) != "true":  # a prompt has no files
            _check_local(conn, source, run_id)
        chosen, from_run, from_model = source, run_id, model_id
        flavor, signature = facts.flavor, facts.signature
        registered = re.fullmatch(r"models:/([^/@]+)[/@]([^/]+)", source)
        if registered:
            original = _referenced(conn, registered.group(1), registered.group(2))
            chosen = f"models:/{original.model}/{original.number}"
            flavor, signature = original.flavor or flavor, original.signature or signature
            from_run = from_run or original.candidate_id
            from_model = from_model or original.logged_model_id
        if from_run is None and from_model is not None:
            from_run = logged_models.get(conn, from_model).candidate_id
        known = from_run is not None and candidates.exists(conn, from_run)
        files = _files(conn, chosen)
        version = registry.register(
            conn,
            model=name,
            candidate_id=from_run if known else None,
            files=files,
            source=chosen,
            signature=signature,
            flavor=flavor,
            description=description,
            logged_model_id=from_model,
            tags=tags,
            details={"run_link": run_link} if run_link else {},
            # A version without files of ours (a prompt, a model elsewhere) is given none.
            blobs=call.store.blobs if files else None,
        )
        if not known and from_run:
            models.update_version(conn, name, version.number, candidate_id=from_run)
        if model_id:
            _note_on_model(conn, model_id, name, version.number)
        return _answer(conn, name, version.number)

    return await call.store.write(write)


async def get(call: Call) -> Answer:
    """``GET model-versions/get``."""
    name, number = _named(call)
    return await call.store.read(lambda conn: _answer(conn, name, number))


async def update(call: Call) -> Answer:
    """``PATCH model-versions/update``."""
    name, number = _named(call)
    description = call.fields.text("description")

    def write(conn: Connection) -> bytes:
        if description is not None:
            models.update_version(conn, name, number, description=description)
        return _answer(conn, name, number)

    return await call.store.write(write)


async def delete(call: Call) -> Answer:
    """``DELETE model-versions/delete``."""
    name, number = _named(call)
    await call.store.write(models.delete_version, name, number)
    return None


async def transition_stage(call: Call) -> Answer:
    """``POST model-versions/transition-stage``."""
    name, number = _named(call)
    stage = call.fields.required("stage")
    archive = call.fields.boolean("archive_existing_versions")

    def write(conn: Connection) -> bytes:
        models.transition_stage(conn, name, number, stage, archive_existing=archive)
        return _answer(conn, name, number)

    return await call.store.write(write)


async def download_uri(call: Call) -> Answer:
    """``GET model-versions/get-download-uri``: where the files are, as a URI that clients can load."""
    name, number = _named(call)

    def read(conn: Connection) -> str:
        return files_uri(conn, models.get_version(conn, name, number=number))

    return {"artifact_uri": await call.store.read(read)}


async def search(call: Call) -> Answer:
    """``GET model-versions/search``."""
    query = call.fields.query(default=10_000, most=200_000)

    def read(conn: Connection) -> bytes:
        found, following = search_models.search_versions(conn, **query)
        return paged("model_versions", [version_json(version) for version in found], following)

    return await call.store.read(read)


async def set_tag(call: Call) -> Answer:
    """``POST model-versions/set-tag``."""
    name, number = _named(call)
    key = check_name(call.fields.required("key"), "key")
    value = call.fields.text("value") or ""
    await call.store.write(models.set_version_tag, name, number, key, value)
    return None


async def delete_tag(call: Call) -> Answer:
    """``DELETE model-versions/delete-tag``."""
    name, number = _named(call)
    await call.store.write(models.delete_version_tag, name, number, call.fields.required("key"))
    return None


def files_uri(conn: Connection, version: ModelVersion) -> str:
    """The URI of a version's files: where its source says, through copies; its own, if nothing is there."""
    for _ in range(10):  # a chain of copies; longer ones are loops
        copied = re.fullmatch(r"models:/([^/@]+)/(\d+)", version.source)
        if copied is None:
            ours = source_owner(conn, version.source)[0]
            gone = ours and version.artifacts and not _files(conn, version.source)
            return version_uri(version) if gone or not version.source else version.source
        version = models.get_version(conn, copied.group(1), number=int(copied.group(2)))
    return version_uri(version)


def _named(call: Call) -> tuple[str, int]:
    return call.fields.required("name"), version_number(call)


def _answer(conn: Connection, name: str, number: int) -> bytes:
    return dumps({"model_version": version_json(models.get_version(conn, name, number=number))})


def _referenced(conn: Connection, name: str, which: str) -> ModelVersion:
    """The version that ``models:/name/3``, ``models:/name/latest`` or ``models:/name@alias`` names."""
    if which.isdigit():
        return models.get_version(conn, name, number=int(which))
    if which.lower() == "latest":
        known = models.versions(conn, name)
        if not known:
            raise NotFound(f"Registered Model with name={name} has no versions")
        return known[0]
    return models.get_version(conn, name, alias=which)


def source_owner(conn: Connection, source: str) -> tuple[str, str]:
    """The owner and folder that a source names; ('', '') for a source elsewhere."""
    scheme, _, rest = source.partition(":")
    path = unquote(rest.strip("/"))
    if scheme == "runs":
        run_id, _, folder = path.partition("/")
        return artifacts.candidate_owner(run_id), folder
    if scheme == "models" and "/" not in path and "@" not in path:
        return artifacts.model_owner(path), ""
    if scheme == "models":
        name, _, number = path.partition("/")
        return artifacts.version_owner(models.get_version(conn, name, number=int(number)).id), ""
    if scheme == "mlflow-artifacts":
        return locate(conn, re.sub("/+", "/", unquote(urlsplit(source).path)).strip("/"))
    return "", ""


def _files(conn: Connection, source: str) -> list[Artifact]:
    """The files at a source of ours, with paths relative to it; none for a source elsewhere."""
    owner, folder = source_owner(conn, source)
    if not owner:
        return []
    cut = len(folder.rstrip("/")) + 1 if folder else 0
    return [
        Artifact(file.path[cut:], file.sha256, file.size, file.media_type)
        for file in artifacts.list_all(conn, owner, folder)
    ]


def _model_facts(conn: Connection, blobs: Blobs, source: str) -> ModelFacts:
    """What the ``MLmodel`` at a source of ours says; nothing where there is none."""
    try:
        owner, folder = source_owner(conn, source)
        found = artifacts.get(conn, owner, posixpath.join(folder, "MLmodel")) if owner else None
    except (MLOpsError, ValueError):
        return ModelFacts()  # the source names nothing here, or is a name of a version
    if found is None or found.size > MAX_BYTES:
        return ModelFacts()
    return model_facts(blobs.get(found.sha256))


def _note_on_model(conn: Connection, model_id: str, name: str, number: int) -> None:
    """Keep on the logged model which versions were registered from it, where MLflow's clients look."""
    tag = "mlflow.modelVersions"
    present = json.loads(logged_models.get(conn, model_id).tags.get(tag, "[]"))
    entry = {"name": name, "version": number}
    if entry not in present:
        logged_models.set_tags(conn, model_id, {tag: json.dumps([*present, entry])})


def _check_source(source: str) -> None:
    """Refuse sources that would lead out of where they say they are, and paths of this machine.

    Raises:
        InvalidValue: the source is one of them.
    """
    plain = source
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    if "\0" in plain or ".." in plain.split("/"):
        raise InvalidValue(
            f"Invalid model version source: '{source}'. If supplying a source as an http, https, local file"
            " path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without"
            " relative path references present. Please provide an absolute path."
        )


def _check_local(conn: Connection, source: str, run_id: str | None) -> None:
    """Refuse a path of this machine that is not below the artifacts of the run it names.

    Raises:
        InvalidValue: the source is one.
    """
    if urlsplit(source).scheme not in ("", "file"):
        return
    if run_id is not None and candidates.exists(conn, run_id):
        run = candidates.head(conn, run_id)
        root = run_info(run, experiments.locations(conn).get(run.experiment_id))["artifact_uri"]
        if f"{urlsplit(source).path}/".startswith(
            f"{urlsplit(root).path}/"
        ) and not root.startswith("mlflow-artifacts:"):
            return
    raise InvalidValue(
        f"Invalid model version source: '{source}'. To use a local path as a model version source,"
        " the run_id request parameter has to be specified and the local path has to be contained"
        " within the artifact directory of the run specified by the run_id."
    )
