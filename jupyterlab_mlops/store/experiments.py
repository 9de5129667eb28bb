"""Experiments: named groups of candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping

from ..entities import Experiment
from ..errors import AlreadyExists, Conflict, InvalidValue, NotFound
from . import keys
from .changes import changed
from .store import now_ms

_SELECT = """
SELECT id, name, lifecycle_stage, notebook, created_ms, updated_ms, origin, artifact_location
FROM experiments
"""
_build: Callable[..., Experiment] = Experiment
_VIEWS = {
    "active": "lifecycle_stage = 'active'",
    "deleted": "lifecycle_stage = 'deleted'",
    "all": "1",
}


def create(
    conn: sqlite3.Connection,
    name: str,
    *,
    notebook: str | None = None,
    tags: Mapping[str, str] | None = None,
    artifact_location: str | None = None,
    origin: str = "",
) -> int:
    """Create an experiment and return its id. ``origin``: the remote it was pulled from, '' for ours.

    Raises:
        AlreadyExists: an experiment of this name exists, active or deleted.
        InvalidValue: the name is empty.
    """
    if not name.strip():
        raise InvalidValue("The experiment's name is empty. Give it a name.")
    present = by_name(conn, name)
    if present is not None:
        hint = (
            "" if present.lifecycle_stage == "active" else " in deleted state; restore it instead"
        )
        raise AlreadyExists(f"Experiment(name={name}) already exists{hint}.", id=present.id)
    now = now_ms()
    cursor = conn.execute(
        "INSERT INTO experiments (name, artifact_location, notebook, origin, created_ms, updated_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (name, artifact_location, notebook, origin, now, now),
    )
    id = int(cursor.lastrowid or 0)
    conn.executemany(
        "INSERT INTO experiment_tags VALUES (?, ?, ?)",
        [(id, key, value) for key, value in (tags or {}).items()],
    )
    changed(conn, "experiment", str(id))
    return id


def ensure(conn: sqlite3.Connection, name: str, *, notebook: str | None = None) -> int:
    """The id of the active experiment ``name``; made, or brought back without its candidates, if need be."""
    present = by_name(conn, name)
    if present is None:
        return create(conn, name, notebook=notebook)
    if present.lifecycle_stage != "active" or (notebook and present.notebook is None):
        conn.execute(
            "UPDATE experiments SET lifecycle_stage = 'active', notebook = COALESCE(notebook, ?),"
            " updated_ms = ? WHERE id = ?",
            (notebook, now_ms(), present.id),
        )
        changed(conn, "experiment", str(present.id))
    return present.id


def get(conn: sqlite3.Connection, id: int) -> Experiment:
    """The experiment with this id, with its tags.

    Raises:
        NotFound: there is none.
    """
    row = conn.execute(f"{_SELECT} WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"No Experiment with id={id} exists")
    return _with_tags(conn, [row])[0]


def by_name(conn: sqlite3.Connection, name: str) -> Experiment | None:
    """The experiment with this name, active or deleted."""
    row = conn.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
    return None if row is None else _with_tags(conn, [row])[0]


def of_notebook(conn: sqlite3.Connection, notebook: str) -> Experiment | None:
    """The active experiment that was made for a notebook, whatever it is called now; None if there is none."""
    row = conn.execute(
        "SELECT id FROM experiments WHERE notebook = ? AND lifecycle_stage = 'active' AND origin = '' ORDER BY id DESC LIMIT 1",
        (notebook,),
    ).fetchone()
    return None if row is None else get(conn, row[0])


def list_all(conn: sqlite3.Connection, *, view: str = "active") -> list[Experiment]:
    """Experiments, the last updated first. ``view``: ``active``, ``deleted`` or ``all``."""
    rows = conn.execute(
        f"{_SELECT} WHERE {_VIEWS[view]} ORDER BY updated_ms DESC, id DESC"
    ).fetchall()
    return _with_tags(conn, rows)


def by_ids(conn: sqlite3.Connection, ids: Iterable[int]) -> list[Experiment]:
    """The experiments with these ids, in this order; unknown ids are left out."""
    wanted = list(ids)
    marks = ",".join("?" * len(wanted))
    rows = {row[0]: row for row in conn.execute(f"{_SELECT} WHERE id IN ({marks})", wanted)}
    return _with_tags(conn, [rows[id] for id in wanted if id in rows])


def rename(conn: sqlite3.Connection, id: int, name: str) -> None:
    """Give an active experiment another name.

    Raises:
        NotFound, AlreadyExists, InvalidValue: as the words say; Conflict for a deleted experiment.
    """
    present = get(conn, id)
    if present.lifecycle_stage != "active":
        raise Conflict(f"Cannot rename a non-active experiment: {id} is deleted. Restore it first.")
    other = by_name(conn, name)
    if other is not None and other.id != id:
        raise AlreadyExists(f"Experiment(name={name}) already exists.", id=other.id)
    if not name.strip():
        raise InvalidValue("The experiment's name is empty. Give it a name.")
    conn.execute("UPDATE experiments SET name = ? WHERE id = ?", (name, id))
    _touch(conn, id)


def delete(conn: sqlite3.Connection, id: int) -> None:
    """Mark an active experiment and its candidates as deleted.

    Raises:
        NotFound: there is no active experiment with this id.
    """
    _switch(conn, id, "active", "deleted")


def restore(conn: sqlite3.Connection, id: int) -> None:
    """Bring a deleted experiment and its candidates back.

    Raises:
        NotFound: there is no deleted experiment with this id.
    """
    _switch(conn, id, "deleted", "active")


def set_tag(conn: sqlite3.Connection, id: int, name: str, value: str) -> None:
    """Set one tag.

    Raises:
        NotFound: the experiment does not exist.
        InvalidValue: it is deleted.
    """
    require_active(conn, id)
    conn.execute(
        "INSERT INTO experiment_tags VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET value = excluded.value",
        (id, name, value),
    )
    changed(conn, "experiment", str(id))


def delete_tag(conn: sqlite3.Connection, id: int, name: str) -> None:
    """Remove one tag.

    Raises:
        NotFound: the experiment or the tag does not exist.
    """
    require_active(conn, id)
    gone = conn.execute(
        "DELETE FROM experiment_tags WHERE experiment_id = ? AND name = ?", (id, name)
    )
    if gone.rowcount == 0:
        raise NotFound(f"No tag with name: {name} in experiment with id {id}")
    changed(conn, "experiment", str(id))


def locations(conn: sqlite3.Connection) -> dict[int, str]:
    """The artifact locations of the experiments that have one of their own."""
    rows = conn.execute(
        "SELECT id, artifact_location FROM experiments WHERE artifact_location IS NOT NULL"
    )
    return {row[0]: row[1] for row in rows}


def require_active(conn: sqlite3.Connection, id: int) -> None:
    """Check that an experiment exists and is not deleted.

    Raises:
        NotFound, InvalidValue: it is not so.
    """
    row = conn.execute("SELECT lifecycle_stage FROM experiments WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"No Experiment with id={id} exists")
    if row[0] != "active":
        raise InvalidValue(f"The experiment {id} must be in the 'active' state. Restore it first.")


def _switch(conn: sqlite3.Connection, id: int, old: str, new: str) -> None:
    present = get(conn, id)
    if present.lifecycle_stage != old:
        raise NotFound(f"No {old} experiment with id {id} exists.")
    conn.execute("UPDATE experiments SET lifecycle_stage = ? WHERE id = ?", (new, id))
    moved = conn.execute(
        "SELECT id FROM candidates WHERE experiment_id = ? AND lifecycle_stage = ?", (id, old)
    ).fetchall()
    conn.execute(
        "UPDATE candidates SET lifecycle_stage = ?, deleted_ms = ?"
        " WHERE experiment_id = ? AND lifecycle_stage = ?",
        (new, now_ms() if new == "deleted" else None, id, old),
    )
    if new == "active":
        # What was not pushed before it was deleted has left the queue meanwhile.
        for row in moved:
            changed(conn, "candidate", row[0])
    keys.recount(conn, id)
    _touch(conn, id)


def _touch(conn: sqlite3.Connection, id: int) -> None:
    conn.execute("UPDATE experiments SET updated_ms = ? WHERE id = ?", (now_ms(), id))
    changed(conn, "experiment", str(id))


def _with_tags(conn: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[Experiment]:
    tags: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    if rows:
        # One statement for any number of experiments: SQLite's parameter limit is no matter of ours.
        where = "WHERE experiment_id = ?" if len(rows) == 1 else ""
        for id, name, value in conn.execute(
            f"SELECT experiment_id, name, value FROM experiment_tags {where}",
            (rows[0][0],) if where else (),
        ):
            if id in tags:
                tags[id][name] = value
    return [_build(*row, tags=tags[row[0]]) for row in rows]
