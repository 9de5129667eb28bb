"""Candidates: one comparable result each. Writers of everything but metrics and artifacts; readers of all."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from ..entities import Candidate, Failure, Input, Param, Source, Status
from ..errors import InvalidValue, NoCandidate, NotFound
from . import candidate_rows, experiments, keys
from .candidate_json import to_json
from .changes import changed
from .naming import default_name
from .store import now_ms

__all__ = [
    "add_inputs",
    "children",
    "create",
    "default_name",
    "delete",
    "delete_tag",
    "exists",
    "get",
    "head",
    "require_active",
    "restore",
    "set_params",
    "set_tags",
    "tag",
    "to_json",
    "update",
]

#: Columns that :func:`create` and :func:`update` take beside their own parameters.
COLUMNS = frozenset(
    "name experiment_id notebook_run_id kernel_id execution_id parent_id relation origin remote status"
    " user_id start_ms end_ms busy_ms model_class variable fits cell_id cell_index execution_count"
    " notebook error starred verified score details".split()
)
#: Tags whose truth is a column: setting the tag sets the column, and the column is shown as the tag.
TAG_COLUMNS = {"mlflow.runName": "name", "mlflow.parentRunId": "parent_id"}
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def create(
    conn: sqlite3.Connection,
    experiment_id: int,
    *,
    origin: str,
    id: str | None = None,
    name: str | None = None,
    status: str = Status.RUNNING,
    start_ms: int | None = None,
    **columns: Any,
) -> str:
    """Open a candidate and return its id. With an ``id`` that exists nothing is done.

    ``columns`` are columns of the table; ``error`` may be a Failure, ``details`` a dict.

    Raises:
        NotFound: the experiment does not exist.
        InvalidValue: the experiment is deleted, or the id or a column cannot be used.
    """
    if id is None:
        id = uuid4().hex
    elif not _ID.fullmatch(id):
        raise InvalidValue(f"Candidate id {id!r} must be 1 to 64 letters, digits, '-' or '_'.")
    elif conn.execute("SELECT 1 FROM candidates WHERE id = ?", (id,)).fetchone():
        return id
    experiments.require_active(conn, experiment_id)
    values = _values(columns) | {
        "id": id,
        "name": name or default_name(id, model_class=columns.get("model_class")),
        "experiment_id": experiment_id,
        "origin": _text(origin),
        "status": _text(status),
        "start_ms": now_ms() if start_ms is None else start_ms,
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    conn.execute(
        f"INSERT INTO candidates (seq, {names})"
        f" VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM candidates), {marks})",
        list(values.values()),
    )
    changed(conn, "candidate", id)
    return id


def head(conn: sqlite3.Connection, id: str) -> Candidate:
    """The candidate without params, metrics, tags, inputs and artifacts.

    Raises:
        NotFound: there is none with this id.
    """
    found = candidate_rows.heads(conn, [id])
    if not found:
        raise NoCandidate(id)
    return found[0]


def get(conn: sqlite3.Connection, id: str) -> Candidate:
    """The candidate with everything.

    Raises:
        NotFound: there is none with this id.
    """
    found = candidate_rows.full(conn, [id])
    if not found:
        raise NoCandidate(id)
    return found[0]


def exists(conn: sqlite3.Connection, id: str) -> bool:
    """Whether there is a candidate with this id, deleted or not."""
    return conn.execute("SELECT 1 FROM candidates WHERE id = ?", (id,)).fetchone() is not None


def children(conn: sqlite3.Connection, id: str) -> list[str]:
    """Ids of the active candidates whose parent this one is, oldest first."""
    rows = conn.execute(
        "SELECT id FROM candidates WHERE parent_id = ? AND lifecycle_stage = 'active' ORDER BY seq",
        (id,),
    )
    return [row[0] for row in rows]


def require_active(conn: sqlite3.Connection, id: str) -> None:
    """Check that a candidate exists and is not deleted.

    Raises:
        NotFound, InvalidValue: it is not so.
    """
    row = conn.execute("SELECT lifecycle_stage FROM candidates WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NoCandidate(id)
    if row[0] != "active":
        raise InvalidValue(
            f"The run {id} must be in the 'active' state. Current state is {row[0]}."
        )


def tag(conn: sqlite3.Connection, id: str, name: str) -> str | None:
    """One tag that was set, or None."""
    row = conn.execute(
        "SELECT value FROM tags WHERE candidate_id = ? AND name = ?", (id, name)
    ).fetchone()
    return None if row is None else str(row[0])


def update(conn: sqlite3.Connection, id: str, **columns: Any) -> None:
    """Change columns; ``details`` is merged into what is there, ``error`` may be a Failure.

    Raises:
        NotFound: there is no such candidate.
        InvalidValue: not a column.
    """
    row = conn.execute(
        "SELECT details, experiment_id FROM candidates WHERE id = ?", (id,)
    ).fetchone()
    if row is None:
        raise NoCandidate(id)
    if not columns:
        return
    if "details" in columns:
        columns["details"] = json.loads(row[0]) | columns["details"]
    if columns.get("experiment_id", row[1]) != row[1]:
        keys.move(conn, id, row[1], columns["experiment_id"])
    values = _values(columns)
    assignments = ", ".join(f"{name} = ?" for name in values)
    conn.execute(f"UPDATE candidates SET {assignments} WHERE id = ?", (*values.values(), id))
    changed(conn, "candidate", id)


def set_params(
    conn: sqlite3.Connection, id: str, params: Iterable[Param], *, replace: bool = False
) -> None:
    """Set params. What was logged is never replaced by what was only captured.

    ``replace=False`` (MLflow's rule): what was logged once, by hand or by autologging, keeps its
    value; a captured value gives way to it. ``replace=True``: the later value wins.

    Raises:
        NotFound: there is no such candidate.
        InvalidValue: ``replace`` is false and a logged value would change; nothing is set.
    """
    experiment_id = _experiment_of(conn, id)
    present = {
        row[0]: (row[1], row[2])
        for row in conn.execute(
            "SELECT name, value, source FROM params WHERE candidate_id = ?", (id,)
        )
    }
    wanted: dict[str, Param] = {}
    conflicts: list[tuple[str, str, str]] = []
    for param in params:
        old_value, old_source = present.get(param.name, (None, ""))
        if param.name in wanted and not replace:
            old_value, old_source = wanted[param.name].value, wanted[param.name].source
        kept = old_source in _LOGGED
        if old_value == param.value and old_source == param.source:
            continue
        if kept and param.source not in _LOGGED:
            continue
        if kept and not replace and old_value != param.value:
            conflicts.append((param.name, str(old_value), param.value))
            continue
        wanted[param.name] = param
    if conflicts:
        told = "Params were already logged=" + str(
            [{"key": key, "old_value": old, "new_value": new} for key, old, new in conflicts]
        )
        if len(conflicts) == 1:
            ((key, old, new),) = conflicts
            told = f"Param with key={key!r} was already logged with value={old!r}, not {new!r},"
        raise InvalidValue(
            f"Changing param values is not allowed. {told} for run ID={id!r}.",
            params=[key for key, _, _ in conflicts],
        )
    if not wanted:
        return
    conn.executemany(
        "INSERT INTO params VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET value = excluded.value, source = excluded.source",
        [(id, param.name, param.value, _text(param.source)) for param in wanted.values()],
    )
    keys.seen(conn, experiment_id, "param", wanted, new=wanted.keys() - present.keys())
    changed(conn, "candidate", id)


def set_tags(conn: sqlite3.Connection, id: str, tags: Mapping[str, str]) -> None:
    """Set tags; ``mlflow.runName`` renames the candidate, ``mlflow.parentRunId`` gives it a parent.

    Raises:
        NotFound: there is no such candidate.
    """
    experiment_id = _experiment_of(conn, id)
    for name, column in TAG_COLUMNS.items():
        if name in tags:
            relation = ", relation = COALESCE(relation, 'nested')" if column == "parent_id" else ""
            conn.execute(
                f"UPDATE candidates SET {column} = ?{relation} WHERE id = ?", (tags[name], id)
            )
    plain = {name: value for name, value in tags.items() if name not in TAG_COLUMNS}
    if plain:
        present = {
            row[0] for row in conn.execute("SELECT name FROM tags WHERE candidate_id = ?", (id,))
        }
        conn.executemany(
            "INSERT INTO tags VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            [(id, name, value) for name, value in plain.items()],
        )
        keys.seen(conn, experiment_id, "tag", plain, new=plain.keys() - present)
    if tags:
        changed(conn, "candidate", id)


def delete_tag(conn: sqlite3.Connection, id: str, name: str) -> None:
    """Remove one tag.

    Raises:
        NotFound: there is no such candidate or tag.
    """
    experiment_id = _experiment_of(conn, id)
    if name == "mlflow.parentRunId":
        gone = conn.execute(
            "UPDATE candidates SET parent_id = NULL, relation = NULL"
            " WHERE id = ? AND parent_id IS NOT NULL",
            (id,),
        )
    else:
        gone = conn.execute("DELETE FROM tags WHERE candidate_id = ? AND name = ?", (id, name))
        if gone.rowcount:
            keys.lost(conn, experiment_id, "tag", name)
    if not gone.rowcount and name != "mlflow.runName":
        raise NotFound(f"No tag with name: {name} in run with id {id}")
    changed(conn, "candidate", id)


def add_inputs(conn: sqlite3.Connection, id: str, inputs: Iterable[Input]) -> None:
    """Say what the candidate read; the same path again replaces what was known of it.

    Raises:
        NotFound: there is no such candidate.
    """
    _experiment_of(conn, id)
    rows = [
        (id, item.path, item.sha256, item.size, item.kind, _json(item.details)) for item in inputs
    ]
    conn.executemany(
        "INSERT INTO inputs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " sha256 = excluded.sha256, size = excluded.size, kind = excluded.kind,"
        " details = excluded.details",
        rows,
    )
    if rows:
        changed(conn, "candidate", id)


def delete(conn: sqlite3.Connection, id: str) -> None:
    """Mark the candidate as deleted. Nothing of it is lost; :func:`restore` brings it back.

    Raises:
        NotFound: there is no such candidate.
    """
    _switch(conn, id, "deleted")


def restore(conn: sqlite3.Connection, id: str) -> None:
    """Bring a deleted candidate back.

    Raises:
        NotFound: there is no such candidate.
    """
    _switch(conn, id, "active")


_LOGGED = (Source.LOGGED, Source.AUTOLOG)


def _switch(conn: sqlite3.Connection, id: str, stage: str) -> None:
    experiment_id = _experiment_of(conn, id)
    gone = conn.execute(
        "UPDATE candidates SET lifecycle_stage = ?, deleted_ms = ?"
        " WHERE id = ? AND lifecycle_stage <> ?",
        (stage, now_ms() if stage == "deleted" else None, id, stage),
    )
    if gone.rowcount:
        keys.count(conn, id, experiment_id, +1 if stage == "active" else -1)
        changed(conn, "candidate", id)


def _experiment_of(conn: sqlite3.Connection, id: str) -> int:
    row = conn.execute("SELECT experiment_id FROM candidates WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NoCandidate(id)
    return int(row[0])


def _values(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as SQLite takes them."""
    unknown = columns.keys() - COLUMNS
    if unknown:
        raise InvalidValue(f"{sorted(unknown)[0]!r} is not a column of a candidate.")
    values: dict[str, Any] = {}
    for name, value in columns.items():
        if isinstance(value, Failure):
            values[name] = json.dumps(asdict(value))
        elif isinstance(value, dict):
            values[name] = _json(value)
        elif isinstance(value, str):
            values[name] = _text(value)
        else:
            values[name] = value
    return values


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _text(value: str) -> str:
    """The text of a string that may be a member of one of our enums."""
    return str(getattr(value, "value", value))
