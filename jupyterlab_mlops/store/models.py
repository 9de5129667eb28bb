"""The registry: models, their tags and aliases. Versions are in :mod:`.versions`, offered here as well."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from ..entities import Model
from ..errors import AlreadyExists, InvalidValue, NotFound
from .changes import changed
from .store import now_ms
from .versions import (
    create_version,
    delete_version,
    delete_version_tag,
    get_version,
    get_version_by_id,
    latest_by_stage,
    note_details,
    set_version_tag,
    transition_stage,
    unvalidated_ids,
    update_version,
    version_ids,
    versions,
)

__all__ = [
    "PROMPT_TAG",
    "create_model",
    "create_version",
    "delete_alias",
    "delete_model",
    "delete_model_tag",
    "delete_version",
    "delete_version_tag",
    "ensure_model",
    "get_model",
    "get_version",
    "get_version_by_id",
    "latest_by_stage",
    "list_models",
    "models_named",
    "note_details",
    "rename_model",
    "set_alias",
    "set_model_tag",
    "set_version_tag",
    "transition_stage",
    "unvalidated_ids",
    "update_model",
    "update_version",
    "version_ids",
    "versions",
]

#: MLflow keeps prompts as registered models with this tag; a search says so if it wants them.
PROMPT_TAG = "mlflow.prompt.is_prompt"
_SELECT = "SELECT name, description, created_ms, updated_ms, origin FROM models"


def create_model(
    conn: sqlite3.Connection,
    name: str,
    *,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    origin: str = "",
    any_name: bool = False,
) -> Model:
    """Create a registered model. ``any_name``: as :func:`check_model_name`.

    Raises:
        AlreadyExists: there is one of this name.
        InvalidValue: the name is empty or holds ``/`` or ``:``, which URIs of models need.
    """
    check_model_name(name, any_name=any_name)
    now = now_ms()
    try:
        conn.execute(
            "INSERT INTO models (name, description, origin, created_ms, updated_ms)"
            " VALUES (?, ?, ?, ?, ?)",
            (name, description, origin, now, now),
        )
    except sqlite3.IntegrityError:
        raise AlreadyExists(
            f"Registered Model (name={name}) already exists. Register a new version of it,"
            " or choose another name."
        ) from None
    conn.executemany(
        "INSERT INTO model_tags VALUES (?, ?, ?)",
        [(name, key, value) for key, value in (tags or {}).items()],
    )
    changed(conn, "model", name)
    return get_model(conn, name)


def ensure_model(conn: sqlite3.Connection, name: str, *, origin: str = "") -> Model:
    """The model of this name, made if need be.

    Raises:
        InvalidValue: the name cannot be used.
    """
    try:
        return get_model(conn, name)
    except NotFound:
        return create_model(conn, name, origin=origin)


def get_model(conn: sqlite3.Connection, name: str) -> Model:
    """The model with its tags and aliases.

    Raises:
        NotFound: there is none of this name.
    """
    found = models_named(conn, [name])
    if not found:
        raise NotFound(f"Registered Model with name={name} not found")
    return found[0]


def list_models(conn: sqlite3.Connection) -> list[Model]:
    """All models by name, without the prompts that MLflow keeps among them."""
    rows = conn.execute(
        f"{_SELECT} WHERE name NOT IN (SELECT model FROM model_tags WHERE name = ? AND value = 'true')"
        " ORDER BY name",
        (PROMPT_TAG,),
    )
    return _filled(conn, rows.fetchall())


def models_named(conn: sqlite3.Connection, names: Sequence[str]) -> list[Model]:
    """The models with these names, in this order; unknown names are left out."""
    rows = []
    for name in names:
        row = conn.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
        if row is not None:
            rows.append(row)
    return _filled(conn, rows)


def update_model(conn: sqlite3.Connection, name: str, *, description: str) -> None:
    """Replace the description.

    Raises:
        NotFound: there is none of this name.
    """
    get_model(conn, name)
    conn.execute("UPDATE models SET description = ? WHERE name = ?", (description, name))
    _touch(conn, name)


def rename_model(
    conn: sqlite3.Connection, name: str, new_name: str, *, any_name: bool = False
) -> None:
    """Give a model, with its versions, another name. ``any_name``: as :func:`check_model_name`.

    Raises:
        NotFound, AlreadyExists, InvalidValue: as the words say.
    """
    get_model(conn, name)
    check_model_name(new_name, any_name=any_name)
    if (
        new_name != name
        and conn.execute("SELECT 1 FROM models WHERE name = ?", (new_name,)).fetchone()
    ):
        raise AlreadyExists(f"Registered Model (name={new_name}) already exists.")
    conn.execute("UPDATE models SET name = ? WHERE name = ?", (new_name, name))
    conn.execute("UPDATE model_versions SET updated_ms = ? WHERE model = ?", (now_ms(), new_name))
    changed(conn, "model", name)
    _touch(conn, new_name)
    for row in conn.execute(
        "SELECT id FROM model_versions WHERE model = ?", (new_name,)
    ).fetchall():
        changed(conn, "version", str(row[0]))


def delete_model(conn: sqlite3.Connection, name: str) -> None:
    """Delete a model with all its versions, tags and aliases.

    Raises:
        NotFound: there is none of this name.
    """
    get_model(conn, name)
    for version in versions(conn, name):
        delete_version(conn, name, version.number)
    conn.execute("DELETE FROM models WHERE name = ?", (name,))
    changed(conn, "model", name)


def set_model_tag(conn: sqlite3.Connection, name: str, key: str, value: str) -> None:
    """Set one tag of a model.

    Raises:
        NotFound: there is none of this name.
    """
    get_model(conn, name)
    conn.execute(
        "INSERT INTO model_tags VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (name, key, value),
    )
    changed(conn, "model", name)


def delete_model_tag(conn: sqlite3.Connection, name: str, key: str) -> None:
    """Remove one tag of a model, if it has it.

    Raises:
        NotFound: there is no model of this name.
    """
    get_model(conn, name)
    conn.execute("DELETE FROM model_tags WHERE model = ? AND name = ?", (name, key))
    changed(conn, "model", name)


def set_alias(conn: sqlite3.Connection, name: str, alias: str, number: int) -> None:
    """Let ``alias`` name the version ``number``; an alias names one version at a time.

    Raises:
        NotFound: there is no such version.
    """
    version = get_version(conn, name, number=number)
    conn.execute(
        "INSERT INTO model_aliases VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET number = excluded.number",
        (name, alias, number),
    )
    changed(conn, "version", str(version.id))
    changed(conn, "model", name)


def delete_alias(conn: sqlite3.Connection, name: str, alias: str) -> None:
    """Remove an alias, if the model has it.

    Raises:
        NotFound: there is no model of this name.
    """
    number = get_model(conn, name).aliases.get(alias)
    if number is None:
        return
    conn.execute("DELETE FROM model_aliases WHERE model = ? AND alias = ?", (name, alias))
    changed(conn, "version", str(get_version(conn, name, number=number).id))
    changed(conn, "model", name)


def check_model_name(name: str, *, any_name: bool = False) -> None:
    """Check that ``models:/<name>/<version>`` can name the model; with ``any_name`` only that there is a name.

    Raises:
        InvalidValue: it cannot.
    """
    if not name.strip():
        raise InvalidValue("Registered model name cannot be empty.")
    if not any_name and ("/" in name or ":" in name):
        raise InvalidValue(
            f"Invalid name: '{name}'. Registered model name must be non-empty and must not"
            " contain '/' or ':'."
        )


def _touch(conn: sqlite3.Connection, name: str) -> None:
    conn.execute("UPDATE models SET updated_ms = ? WHERE name = ?", (now_ms(), name))
    changed(conn, "model", name)


def _filled(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[Model]:
    found = {row[0]: Model(*row) for row in rows}
    where, values = "", ()
    if len(found) == 1:
        where, values = " WHERE model = ?", tuple(found)
    for name, key, value in conn.execute(
        f"SELECT model, name, value FROM model_tags{where}", values
    ):
        if name in found:
            found[name].tags[key] = value
    for name, alias, number in conn.execute(
        f"SELECT model, alias, number FROM model_aliases{where}", values
    ):
        if name in found:
            found[name].aliases[alias] = number
    return list(found.values())
