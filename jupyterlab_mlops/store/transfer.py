"""Rows out of one store and into another. Experiments and versions are matched by name, the rest by id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import keys
from .changes import changed

#: What is carried, in an order in which references point backwards. Kernels, queues and remotes stay.
TABLES = (
    "blobs", "experiments", "experiment_tags", "notebook_runs", "executions", "candidates", "params", "tags",
    "metrics", "metric_points", "inputs", "logged_models", "logged_model_metrics", "candidate_outputs", "models",
    "model_tags", "model_versions", "model_version_tags", "model_aliases", "artifacts", "keys",
)  # fmt: skip
#: Columns that are numbered by each store for itself.
_NUMBERED = {"logged_model_metrics": "id"}


def schema_number(conn: sqlite3.Connection) -> int:
    """The schema's number."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def rows(conn: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Every row of a table as a mapping."""
    if table not in TABLES:
        raise KeyError(table)
    for row in conn.execute(f"SELECT * FROM {table}"):
        yield dict(row)


def blobs(conn: sqlite3.Connection) -> list[str]:
    """The hashes of all blobs."""
    return [row[0] for row in conn.execute("SELECT sha256 FROM blobs ORDER BY sha256")]


def bring_in(
    conn: sqlite3.Connection, tables: Mapping[str, Sequence[dict[str, Any]]]
) -> dict[str, int]:
    """Add what is not here; returns how many rows of each table were added.

    A candidate that is here keeps everything it has; of one that is new everything comes along.
    """
    added: dict[str, int] = {}
    experiment_ids = _experiments(conn, tables.get("experiments", ()), added)
    known = {row[0] for row in conn.execute("SELECT id FROM candidates")}
    version_ids: dict[int, int] = {}
    for table in TABLES:
        if table in ("experiments", "keys"):
            continue
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        for row in tables.get(table, ()):
            values = {name: value for name, value in row.items() if name in columns}
            if values.get("experiment_id") is not None:
                values["experiment_id"] = experiment_ids.get(
                    values["experiment_id"], values["experiment_id"]
                )
            if values.get("candidate_id") in known and table != "model_versions":
                continue
            if table == "candidates":
                if values["id"] in known:
                    continue
                values["seq"] = conn.execute(
                    "SELECT COALESCE(MAX(seq), 0) + 1 FROM candidates"
                ).fetchone()[0]
            values.pop(_NUMBERED.get(table, ""), None)
            if table == "artifacts" and not _mine(values, known, version_ids):
                continue
            if table == "model_version_tags":
                if values["version_id"] not in version_ids:
                    continue
                values["version_id"] = version_ids[values["version_id"]]
            old_id = values.pop("id") if table == "model_versions" else None
            cursor = conn.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )
            if cursor.rowcount:
                added[table] = added.get(table, 0) + 1
                if old_id is not None:
                    version_ids[old_id] = int(cursor.lastrowid or 0)
    for experiment_id in set(experiment_ids.values()):
        keys.recount(conn, experiment_id)
    for row in tables.get("candidates", ()):
        if row["id"] not in known:
            changed(conn, "candidate", row["id"])
    for id in version_ids.values():
        changed(conn, "version", str(id))
    return added


def _experiments(
    conn: sqlite3.Connection, given: Sequence[dict[str, Any]], added: dict[str, int]
) -> dict[int, int]:
    """Number in the export → number here."""
    ids = {}
    for row in given:
        found = conn.execute("SELECT id FROM experiments WHERE name = ?", (row["name"],)).fetchone()
        if found is None:
            values = {name: value for name, value in row.items() if name != "id"}
            cursor = conn.execute(
                f"INSERT INTO experiments ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )
            ids[row["id"]] = int(cursor.lastrowid or 0)
            added["experiments"] = added.get("experiments", 0) + 1
        else:
            ids[row["id"]] = int(found[0])
    return ids


def _mine(values: dict[str, Any], known: set[str], version_ids: dict[int, int]) -> bool:
    """Whether an artifact's owner came along; versions are numbered anew."""
    kind, _, id = values["owner"].partition(":")
    if kind == "version":
        if int(id) not in version_ids:
            return False
        values["owner"] = f"version:{version_ids[int(id)]}"
    return not (kind == "candidate" and id in known)
