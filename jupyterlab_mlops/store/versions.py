"""Model versions: MLflow's integer ``number`` and the semantic ``version``, both unique in the model."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import semver

from ..entities import Artifact, ModelVersion
from ..errors import AlreadyExists, InvalidValue, NotFound
from . import artifacts
from .changes import changed
from .store import now_ms

_SELECT = """
SELECT id, model, number, version, candidate_id, created_ms, updated_ms, logged_model_id, source,
  description, card, stage, status, signature, flavor, user_id, origin, details
FROM model_versions
"""
_build: Callable[..., ModelVersion] = ModelVersion
#: Columns that :func:`update_version` takes.
COLUMNS = frozenset(
    "version candidate_id logged_model_id source description card stage status signature flavor user_id"
    " origin details".split()
)
#: MLflow's stages, in MLflow's spelling, by their lower-case form.
STAGES = {name.lower(): name for name in ("None", "Staging", "Production", "Archived")}


def create_version(
    conn: sqlite3.Connection,
    model: str,
    *,
    version: str,
    candidate_id: str | None = None,
    source: str = "",
    description: str = "",
    card: str = "",
    status: str = "READY",
    signature: str | None = None,
    flavor: str = "",
    user_id: str = "",
    origin: str = "",
    logged_model_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    files: Sequence[Artifact] = (),
    details: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Add a version to a model. Its number is one more than any the model ever had.

    ``files`` become the version's artifacts (their blobs must exist).

    Raises:
        NotFound: the model does not exist.
        AlreadyExists: the model has this semantic version.
        InvalidValue: ``version`` is not a semantic version.
    """
    check_semantic(version)
    row = conn.execute("SELECT last_number FROM models WHERE name = ?", (model,)).fetchone()
    if row is None:
        raise NotFound(f"Registered Model with name={model} not found")
    if conn.execute(
        "SELECT 1 FROM model_versions WHERE model = ? AND version = ?", (model, version)
    ).fetchone():
        raise AlreadyExists(f"Version {version} of model {model!r} exists. Choose the next one.")
    number, now = row[0] + 1, now_ms()
    cursor = conn.execute(
        "INSERT INTO model_versions (model, number, version, candidate_id, logged_model_id, source,"
        " description, card, status, signature, flavor, user_id, origin, created_ms, updated_ms, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            model, number, version, candidate_id, logged_model_id, source, description, card, status,
            signature, flavor, user_id, origin, now, now, json.dumps(dict(details or {})),
        ),
    )  # fmt: skip
    id = int(cursor.lastrowid or 0)
    conn.execute(
        "UPDATE models SET last_number = ?, updated_ms = ? WHERE name = ?", (number, now, model)
    )
    conn.executemany(
        "INSERT INTO model_version_tags VALUES (?, ?, ?)",
        [(id, key, value) for key, value in (tags or {}).items()],
    )
    artifacts.put_all(conn, artifacts.version_owner(id), files)
    changed(conn, "version", str(id))
    changed(conn, "model", model)
    return get_version_by_id(conn, id)


def get_version(
    conn: sqlite3.Connection,
    model: str,
    *,
    number: int | None = None,
    version: str | None = None,
    alias: str | None = None,
) -> ModelVersion:
    """One version, by number, by semantic version or by alias (which may be a semantic version).

    Raises:
        NotFound: there is none.
    """
    if number is not None:
        where, value, what = "number = ?", str(number), f"version={number}"
    elif version is not None:
        where, value, what = "version = ?", version, f"version={version}"
    else:
        where, value, what = _ALIAS, str(alias), f"alias={alias}"
    found = _filled(
        conn,
        conn.execute(f"{_SELECT} WHERE model = :model AND {where.replace('?', ':value')}",
                     {"model": model, "value": value}).fetchall(),
    )  # fmt: skip
    if not found:
        if conn.execute("SELECT 1 FROM models WHERE name = ?", (model,)).fetchone() is None:
            raise NotFound(f"Registered Model with name={model} not found")
        noun = "alias" if alias is not None else "Version"
        raise NotFound(f"Model {noun} (name={model}, {what}) not found")
    return found[0]


def get_version_by_id(conn: sqlite3.Connection, id: int) -> ModelVersion:
    """One version by its id (the one in owner strings, the outbox and changes).

    Raises:
        NotFound: there is none.
    """
    found = by_ids(conn, [id])
    if not found:
        raise NotFound(f"No model version has id {id}.")
    return found[0]


def by_ids(conn: sqlite3.Connection, ids: Sequence[int]) -> list[ModelVersion]:
    """The versions with these ids, in this order; unknown ids are left out."""
    rows: dict[int, sqlite3.Row] = {}
    for start in range(0, len(ids), 500):
        batch = ids[start : start + 500]
        marks = ",".join("?" * len(batch))
        rows |= {row[0]: row for row in conn.execute(f"{_SELECT} WHERE id IN ({marks})", batch)}
    return _filled(conn, [rows[id] for id in ids if id in rows])


def versions(conn: sqlite3.Connection, model: str) -> list[ModelVersion]:
    """The versions of a model, newest first."""
    return _filled(
        conn, conn.execute(f"{_SELECT} WHERE model = ? ORDER BY number DESC", (model,)).fetchall()
    )


def version_ids(conn: sqlite3.Connection, *, status: str) -> list[int]:
    """The ids of versions that were made here and have this status, oldest first."""
    rows = conn.execute(
        "SELECT id FROM model_versions WHERE status = ? AND origin = '' ORDER BY id", (status,)
    )
    return [int(row[0]) for row in rows]


def unvalidated_ids(conn: sqlite3.Connection) -> list[str]:
    """The ids of versions that MLflow's clients made here and nobody has loaded back, oldest first."""
    rows = conn.execute(
        "SELECT v.id FROM model_versions v WHERE v.status = 'READY' AND v.origin = ''"
        " AND json_extract(v.details, '$.validation') IS NULL"
        " AND EXISTS (SELECT 1 FROM artifacts WHERE owner = 'version:' || v.id AND path = 'MLmodel')"
        " ORDER BY v.id"
    )
    return [str(row[0]) for row in rows]


def note_details(conn: sqlite3.Connection, id: int, details: dict[str, Any]) -> None:
    """Merge what was found out about a version into its details; for clients it is not an update of theirs.

    Raises:
        NotFound: there is no such version.
    """
    present = get_version_by_id(conn, id)
    conn.execute(
        "UPDATE model_versions SET details = ? WHERE id = ?",
        (json.dumps(present.details | details), id),
    )
    _tell(conn, present)


def update_version(conn: sqlite3.Connection, model: str, number: int, **columns: Any) -> None:
    """Change columns of a version; ``details`` is merged into what is there.

    Raises:
        NotFound: there is no such version.
        AlreadyExists: ``version`` is another one's.
        InvalidValue: not a column, or ``version`` is not a semantic version.
    """
    present = get_version(conn, model, number=number)
    unknown = columns.keys() - COLUMNS
    if unknown:
        raise InvalidValue(f"{sorted(unknown)[0]!r} is not a column of a model version.")
    if "version" in columns:
        check_semantic(columns["version"])
    if "details" in columns:
        columns["details"] = json.dumps(present.details | columns["details"])
    assignments = "".join(f"{name} = ?, " for name in columns)
    try:
        conn.execute(
            f"UPDATE model_versions SET {assignments} updated_ms = ? WHERE id = ?",
            (*columns.values(), now_ms(), present.id),
        )
    except sqlite3.IntegrityError:
        raise AlreadyExists(
            f"Version {columns['version']} of model {model!r} exists. Choose the next one."
        ) from None
    _tell(conn, present)


def transition_stage(
    conn: sqlite3.Connection, model: str, number: int, stage: str, *, archive_existing: bool
) -> ModelVersion:
    """Move a version to one of MLflow's stages; others in Staging or Production may be archived.

    Raises:
        NotFound: there is no such version.
        InvalidValue: there is no such stage.
    """
    spelled = STAGES.get(stage.lower())
    if spelled is None:
        raise InvalidValue(
            f"Invalid Model Version stage: {stage}. Value must be one of {', '.join(STAGES.values())}."
        )
    if archive_existing:
        if spelled not in ("Staging", "Production"):
            raise InvalidValue(
                "Model version transition cannot archive existing model versions because"
                f" '{spelled}' is not an Active stage. Valid stages are Staging, Production"
            )
        for other in versions(conn, model):
            if other.stage == spelled and other.number != number:
                update_version(conn, model, other.number, stage="Archived")
    update_version(conn, model, number, stage=spelled)
    conn.execute("UPDATE models SET updated_ms = ? WHERE name = ?", (now_ms(), model))
    return get_version(conn, model, number=number)


def latest_by_stage(
    conn: sqlite3.Connection, model: str, stages: Sequence[str] = ()
) -> list[ModelVersion]:
    """The newest version of each stage that has one, in the order in which the stages were first reached by
    number, as MLflow has it; with ``stages`` of those only.

    Raises:
        InvalidValue: there is no such stage.
    """
    wanted = set()
    for stage in stages or STAGES.values():
        spelled = STAGES.get(stage.lower())
        if spelled is None:
            raise InvalidValue(
                f"Invalid Model Version stage: {stage}. Value must be one of"
                f" {', '.join(STAGES.values())}."
            )
        wanted.add(spelled)
    newest: dict[str, ModelVersion] = {}
    for version in reversed(versions(conn, model)):
        newest[version.stage] = version
    return [version for stage, version in newest.items() if stage in wanted]


def delete_version(conn: sqlite3.Connection, model: str, number: int) -> None:
    """Delete a version with its tags, aliases and files.

    Raises:
        NotFound: there is no such version.
    """
    present = get_version(conn, model, number=number)
    artifacts.remove(conn, artifacts.version_owner(present.id), "")
    conn.execute("DELETE FROM model_aliases WHERE model = ? AND number = ?", (model, number))
    conn.execute("DELETE FROM model_versions WHERE id = ?", (present.id,))
    conn.execute("UPDATE models SET updated_ms = ? WHERE name = ?", (now_ms(), model))
    _tell(conn, present)


def set_version_tag(
    conn: sqlite3.Connection, model: str, number: int, key: str, value: str
) -> None:
    """Set one tag of a version.

    Raises:
        NotFound: there is no such version.
    """
    present = get_version(conn, model, number=number)
    conn.execute(
        "INSERT INTO model_version_tags VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET value = excluded.value",
        (present.id, key, value),
    )
    _tell(conn, present)


def delete_version_tag(conn: sqlite3.Connection, model: str, number: int, key: str) -> None:
    """Remove one tag of a version, if it has it.

    Raises:
        NotFound: there is no such version.
    """
    present = get_version(conn, model, number=number)
    conn.execute(
        "DELETE FROM model_version_tags WHERE version_id = ? AND name = ?", (present.id, key)
    )
    _tell(conn, present)


def check_semantic(version: str) -> None:
    """Check that ``version`` is a semantic version (https://semver.org).

    Raises:
        InvalidValue: it is not.
    """
    if not semver.Version.is_valid(version):
        raise InvalidValue(
            f"{version!r} is not a semantic version. Write it as MAJOR.MINOR.PATCH, for example 1.0.0."
        )


#: An alias, or a semantic version in its place: ``models:/name@1.2.3`` works too.
_ALIAS = """
(number = (SELECT number FROM model_aliases WHERE model = :model AND alias = ?)
 OR (version = ?
     AND NOT EXISTS (SELECT 1 FROM model_aliases WHERE model = :model AND alias = ?)))
"""


def _tell(conn: sqlite3.Connection, version: ModelVersion) -> None:
    changed(conn, "version", str(version.id))
    changed(conn, "model", version.model)


def _filled(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[ModelVersion]:
    found = []
    for row in rows:
        id, model, number = row[0], row[1], row[2]
        found.append(
            _build(
                *tuple(row)[:-1],
                tags=dict(
                    conn.execute(
                        "SELECT name, value FROM model_version_tags WHERE version_id = ?", (id,)
                    ).fetchall()
                ),
                aliases=tuple(
                    alias[0]
                    for alias in conn.execute(
                        "SELECT alias FROM model_aliases WHERE model = ? AND number = ?"
                        " ORDER BY alias",
                        (model, number),
                    )
                ),
                artifacts=tuple(artifacts.list_all(conn, artifacts.version_owner(id))),
                details=json.loads(row[-1]),
            )
        )
    return found
