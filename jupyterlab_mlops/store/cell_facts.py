"""What the kernel's agent said of executions, and findings that wait for their notebook run to close."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: What the agent's ``aside`` makes of an execution that is no part of the history.
ASIDE = "ASIDE"
#: Runs before one in which files are looked for that wait for a candidate.
MOST_EARLIER = 500


class Said(NamedTuple):
    """What an agent said of one execution in one batch; None: nothing of that yet.

    ``names``: those that the cell bound, ``models``: [{variable, class, candidate, bound}], ``source``: as it was sent.
    With ``ended_ms`` all is said.
    """

    execution_id: str
    cell_id: str | None = None
    execution_count: int | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    status: str | None = None
    names: Sequence[str] = ()
    models: Sequence[Mapping[str, Any]] = ()
    source: str | None = None


def say(conn: sqlite3.Connection, kernel_id: str, said: Iterable[Said]) -> None:
    """Record what an agent said of executions; later words complete earlier ones.

    The source is kept where the recorder has not told of the execution: a server that dies takes its last second with it.
    """
    conn.executemany(
        """
        INSERT INTO execution_facts (execution_id, kernel_id, cell_id, execution_count, started_ms, ended_ms, status,
          names, models, source)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
          CASE WHEN EXISTS (SELECT 1 FROM executions WHERE id = ?1) THEN NULL ELSE ?10 END)
        ON CONFLICT DO UPDATE SET
          cell_id = COALESCE(excluded.cell_id, cell_id),
          execution_count = COALESCE(excluded.execution_count, execution_count),
          started_ms = COALESCE(started_ms, excluded.started_ms),
          ended_ms = COALESCE(excluded.ended_ms, ended_ms),
          status = COALESCE(excluded.status, status),
          names = CASE WHEN excluded.ended_ms IS NULL THEN names ELSE excluded.names END,
          models = CASE WHEN excluded.ended_ms IS NULL THEN models ELSE excluded.models END,
          source = COALESCE(excluded.source, source)
        """,
        [
            (
                item.execution_id, kernel_id, item.cell_id, item.execution_count, item.started_ms, item.ended_ms,
                item.status, json.dumps(item.names), json.dumps(item.models), item.source,
            )
            for item in said
        ],
    )  # fmt: skip


def touch(conn: sqlite3.Connection, execution_id: str, candidate_ids: Iterable[str]) -> None:
    """An execution opened or used these candidates."""
    conn.executemany(
        "INSERT OR IGNORE INTO execution_candidates VALUES (?, ?)",
        [(execution_id, candidate) for candidate in candidate_ids],
    )


def of(conn: sqlite3.Connection, execution_id: str) -> dict[str, Any] | None:
    """What the agent said of an execution: cell_id, execution_count, status, names, models, …"""
    row = conn.execute(
        "SELECT * FROM execution_facts WHERE execution_id = ?", (execution_id,)
    ).fetchone()
    if row is None:
        return None
    return {**dict(row), "names": json.loads(row["names"]), "models": json.loads(row["models"])}


def names_of_cell(conn: sqlite3.Connection, kernel_id: str, cell_id: str) -> frozenset[str]:
    """The names that the newest execution of a cell in a kernel bound."""
    row = conn.execute(
        "SELECT names FROM execution_facts WHERE kernel_id = ? AND cell_id = ?"
        " ORDER BY started_ms DESC LIMIT 1",
        (kernel_id, cell_id),
    ).fetchone()
    return frozenset(json.loads(row[0]) if row is not None else ())


def of_run(conn: sqlite3.Connection, run_id: str) -> dict[str, dict[str, Any]]:
    """What the agent said of the executions of a notebook run, by execution."""
    rows = conn.execute(
        "SELECT f.* FROM execution_facts f JOIN executions e ON e.id = f.execution_id"
        " WHERE e.notebook_run_id = ?",
        (run_id,),
    )
    return {
        row["execution_id"]: {
            **dict(row),
            "names": json.loads(row["names"]),
            "models": json.loads(row["models"]),
        }
        for row in rows
    }


def has_agent(conn: sqlite3.Connection, kernel_id: str | None) -> bool:
    """Whether an agent has spoken from this kernel."""
    row = conn.execute("SELECT agent FROM kernels WHERE id = ?", (kernel_id,)).fetchone()
    return row is not None and row["agent"] is not None


def agent_has_ended(conn: sqlite3.Connection, run_id: str) -> bool:
    """Whether nothing more is expected of the agent about a run: no agent, or its last cell is told."""
    row = conn.execute(
        """
        SELECT k.agent IS NOT NULL AS present, f.ended_ms
        FROM executions e JOIN kernels k ON k.id = e.kernel_id
        LEFT JOIN execution_facts f ON f.execution_id = e.id
        WHERE e.notebook_run_id = ? ORDER BY e.ordinal DESC LIMIT 1
        """,
        (run_id,),
    ).fetchone()
    return row is None or not row["present"] or row["ended_ms"] is not None


def touched(conn: sqlite3.Connection, run_id: str) -> dict[str, list[str]]:
    """Candidates by execution of a notebook run."""
    found: dict[str, list[str]] = {}
    for row in conn.execute(
        "SELECT t.execution_id, t.candidate_id FROM execution_candidates t"
        " JOIN executions e ON e.id = t.execution_id WHERE e.notebook_run_id = ?"
        " ORDER BY e.ordinal",
        (run_id,),
    ):
        found.setdefault(row[0], []).append(row[1])
    return found


def add_finding(
    conn: sqlite3.Connection,
    kernel_id: str,
    execution_id: str | None,
    kind: str,
    body: Mapping[str, Any],
) -> None:
    """Keep a finding that belongs to a notebook run, not to a candidate."""
    conn.execute(
        "INSERT INTO run_findings (kernel_id, execution_id, kind, body) VALUES (?, ?, ?, ?)",
        (kernel_id, execution_id, kind, json.dumps(body)),
    )


def findings(
    conn: sqlite3.Connection, run_id: str, *kinds: str
) -> list[tuple[int, str, dict[str, Any]]]:
    """(id, kind, body) of the findings that belong to a notebook run; of the given kinds, or all."""
    rows = conn.execute(
        "SELECT f.id, f.kind, f.body FROM run_findings f JOIN executions e ON e.id = f.execution_id"
        " WHERE e.notebook_run_id = ? ORDER BY f.id",
        (run_id,),
    )
    return [
        (row["id"], row["kind"], json.loads(row["body"]))
        for row in rows
        if not kinds or row["kind"] in kinds
    ]


def finding_execution(conn: sqlite3.Connection, id: int) -> str | None:
    """The execution of a finding that belongs to a run."""
    row = conn.execute("SELECT execution_id FROM run_findings WHERE id = ?", (id,)).fetchone()
    return row[0] if row else None


def waiting(conn: sqlite3.Connection, run_id: str) -> list[tuple[int, str, dict[str, Any]]]:
    """(id, execution, body) of the files that earlier cells of the notebook wrote in the kernel of a run, in runs that no
    candidate came of; those of cells that used one are its own. Of many runs the latest are looked at."""
    rows = conn.execute(
        """
        WITH earlier AS (
          SELECT r.id FROM notebook_runs mine JOIN notebook_runs r
            ON r.kernel_id = mine.kernel_id AND r.notebook IS mine.notebook AND r.opened_ms < mine.opened_ms
          WHERE mine.id = ? ORDER BY r.opened_ms DESC LIMIT ?
        )
        SELECT f.id, f.execution_id, f.body FROM earlier r
        JOIN executions e ON e.notebook_run_id = r.id
        JOIN run_findings f ON f.execution_id = e.id AND f.kind = 'artifact'
        WHERE NOT EXISTS (SELECT 1 FROM candidates c WHERE c.notebook_run_id = r.id)
          AND NOT EXISTS (SELECT 1 FROM execution_candidates t WHERE t.execution_id = e.id)
        ORDER BY f.id
        """,
        (run_id, MOST_EARLIER),
    )
    return [(row["id"], row["execution_id"], json.loads(row["body"])) for row in rows]


def drop_findings(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove findings that were given to a candidate."""
    conn.executemany("DELETE FROM run_findings WHERE id = ?", [(id,) for id in ids])


def closed_runs_of(conn: sqlite3.Connection, execution_ids: Iterable[str]) -> list[str]:
    """The notebook runs of these executions that are closed already."""
    rows = conn.execute(
        "SELECT DISTINCT r.id FROM executions e JOIN notebook_runs r ON r.id = e.notebook_run_id"
        " WHERE e.id IN (SELECT value FROM json_each(?)) AND r.closed_ms IS NOT NULL",
        (json.dumps(list(execution_ids)),),
    )
    return [row[0] for row in rows]
