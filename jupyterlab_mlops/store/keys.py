"""The key catalogue: which metric, param and tag names an experiment has, and how many candidates each."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from .store import now_ms

_TABLES = {"metric": "metrics", "param": "params", "tag": "tags"}


def seen(
    conn: sqlite3.Connection,
    experiment_id: int,
    kind: str,
    names: Iterable[str],
    *,
    new: Collection[str],
) -> None:
    """Note that ``names`` were written; those in ``new`` by a candidate that did not have them."""
    now = now_ms()
    conn.executemany(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " count = count + excluded.count, updated_ms = excluded.updated_ms",
        [(experiment_id, kind, name, int(name in new), now) for name in names],
    )


def lost(conn: sqlite3.Connection, experiment_id: int, kind: str, name: str) -> None:
    """Note that one candidate no longer has ``name``."""
    conn.execute(
        "UPDATE keys SET count = MAX(count - 1, 0)"
        " WHERE experiment_id = ? AND kind = ? AND name = ?",
        (experiment_id, kind, name),
    )


def count(conn: sqlite3.Connection, candidate_id: str, experiment_id: int, by: int) -> None:
    """Add ``by`` for every name the candidate has (it was deleted, restored or moved)."""
    for kind, table in _TABLES.items():
        conn.execute(
            "INSERT INTO keys SELECT ?, ?, name, MAX(?, 0), ? FROM "
            f"{table} WHERE candidate_id = ?"
            " ON CONFLICT DO UPDATE SET count = MAX(count + ?, 0)",
            (experiment_id, kind, by, now_ms(), candidate_id, by),
        )


def move(conn: sqlite3.Connection, candidate_id: str, old: int, new: int) -> None:
    """Move the candidate's names from one experiment's catalogue to another's."""
    count(conn, candidate_id, old, -1)
    count(conn, candidate_id, new, +1)


def recount(conn: sqlite3.Connection, experiment_id: int) -> None:
    """Count an experiment's names anew, by its active candidates: many of them came or went at once."""
    conn.execute("DELETE FROM keys WHERE experiment_id = ?", (experiment_id,))
    for kind, table in _TABLES.items():
        conn.execute(
            "INSERT INTO keys (experiment_id, kind, name, count, updated_ms)"
            " SELECT c.experiment_id, ?, t.name, COUNT(*), MAX(COALESCE(c.start_ms, 0)) FROM candidates c"
            f" CROSS JOIN {table} t ON t.candidate_id = c.id"
            " WHERE c.experiment_id = ? AND c.lifecycle_stage = 'active' GROUP BY t.name",
            (kind, experiment_id),
        )
