"""Notebook runs, their executions, and what the agent said of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from ..entities import Execution, Failure, NotebookRun, Status
from ..errors import NotFound
from .changes import changed
from .store import now_ms

#: An execution that began so soon after the one before belongs to the same notebook run (ms).
FOLLOWS_MS = 1_000

#: What the agent's ``aside`` makes of an execution that is no part of the history.
ASIDE = "ASIDE"

# -- notebook runs -----------------------------------------------------------------------------------


def open_run(
    conn: sqlite3.Connection,
    id: str,
    kernel_id: str,
    *,
    opened_ms: int,
    notebook: str | None = None,
    experiment_id: int | None = None,
    trigger: str = "client",
) -> None:
    """Record that a notebook run began (idempotent by id)."""
    conn.execute(
        """
        INSERT OR IGNORE INTO notebook_runs
          (id, kernel_id, experiment_id, notebook, status, opened_ms, trigger)
        VALUES (?, ?, ?, ?, 'RUNNING', ?, ?)
        """,
        (id, kernel_id, experiment_id, notebook, opened_ms, trigger),
    )
    changed(conn, "notebook_run", id)


_RUN_COLUMNS = frozenset(
    "experiment_id notebook status closed_ms busy_ms whole trigger snapshot git error aborted".split()
)


def update_run(conn: sqlite3.Connection, id: str, **columns: Any) -> None:
    """Set columns of a notebook run; ``git`` takes a dict, ``error`` a Failure."""
    _update(conn, "notebook_runs", _RUN_COLUMNS, id, columns)
    changed(conn, "notebook_run", id)


def get_run(conn: sqlite3.Connection, id: str) -> NotebookRun:
    """One notebook run.

    Raises:
        NotFound: there is none with this id.
    """
    row = conn.execute("SELECT * FROM notebook_runs WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"no notebook run has the id {id!r}")
    return _run(row)


def list_runs(
    conn: sqlite3.Connection,
    *,
    notebook: str | None = None,
    kernel_id: str | None = None,
    limit: int = 100,
    before_ms: int | None = None,
) -> list[NotebookRun]:
    """Notebook runs, the newest first; of one notebook or kernel where given."""
    rows = conn.execute(
        """
        SELECT * FROM notebook_runs
        WHERE (?1 IS NULL OR notebook = ?1) AND (?2 IS NULL OR kernel_id = ?2)
          AND (?3 IS NULL OR opened_ms < ?3)
        ORDER BY opened_ms DESC, rowid DESC LIMIT ?4
        """,
        (notebook, kernel_id, before_ms, limit),
    )
    return [_run(row) for row in rows]


def running(conn: sqlite3.Connection, *, kernel_id: str | None = None) -> list[NotebookRun]:
    """Notebook runs that are not closed; of one kernel where given."""
    rows = conn.execute(
        "SELECT * FROM notebook_runs WHERE status = 'RUNNING' AND (?1 IS NULL OR kernel_id = ?1)",
        (kernel_id,),
    )
    return [_run(row) for row in rows]


def exists(conn: sqlite3.Connection, id: str) -> bool:
    """Whether there is a notebook run with this id."""
    return conn.execute("SELECT 1 FROM notebook_runs WHERE id = ?", (id,)).fetchone() is not None


def aborted(conn: sqlite3.Connection, id: str) -> int:
    """How many queued requests an error or interrupt dropped in a notebook run."""
    row = conn.execute("SELECT aborted FROM notebook_runs WHERE id = ?", (id,)).fetchone()
    return int(row[0]) if row else 0


def discard_run(conn: sqlite3.Connection, id: str) -> None:
    """Forget a notebook run: its executions and findings; its candidates are marked deleted."""
    executions = [
        row[0] for row in conn.execute("SELECT id FROM executions WHERE notebook_run_id = ?", (id,))
    ]
    for table in ("execution_facts", "execution_candidates", "run_findings"):
        conn.executemany(
            f"DELETE FROM {table} WHERE execution_id = ?",
            [(execution,) for execution in executions],
        )
    for row in conn.execute(
        "SELECT id FROM candidates WHERE notebook_run_id = ?", (id,)
    ).fetchall():
        conn.execute(
            "UPDATE candidates SET lifecycle_stage = 'deleted', deleted_ms = ?,"
            " notebook_run_id = NULL WHERE id = ?",
            (now_ms(), row[0]),
        )
        changed(conn, "candidate", row[0])
    conn.execute("DELETE FROM notebook_runs WHERE id = ?", (id,))
    changed(conn, "notebook_run", id)


# -- executions --------------------------------------------------------------------------------------


def start_execution(
    conn: sqlite3.Connection,
    id: str,
    run_id: str,
    kernel_id: str,
    *,
    ordinal: int,
    source: str,
    execution_count: int | None,
    started_ms: int,
) -> None:
    """Record that an execution began (idempotent by id)."""
    conn.execute(
        """
        INSERT OR IGNORE INTO executions (id, notebook_run_id, kernel_id, ordinal, execution_count,
          source, status, started_ms)
        VALUES (?, ?, ?, ?, ?, ?, 'RUNNING', ?)
        """,
        (id, run_id, kernel_id, ordinal, execution_count, source, started_ms),
    )
    # The agent may have been faster.
    conn.execute(
        "UPDATE candidates SET notebook_run_id = ?"
        " WHERE kernel_id = ? AND execution_id = ? AND notebook_run_id IS NULL",
        (run_id, kernel_id, id),
    )


_EXECUTION_COLUMNS = frozenset(
    "execution_count cell_id cell_index status ended_ms error outputs output_bytes".split()
)


def update_execution(conn: sqlite3.Connection, id: str, **columns: Any) -> None:
    """Set columns of an execution; ``error`` takes a Failure, ``outputs`` the sha256 of a blob."""
    _update(conn, "executions", _EXECUTION_COLUMNS, id, columns)


def keep_blob(conn: sqlite3.Connection, sha256: str, size: int) -> None:
    """Say that a blob is meant to be kept."""
    conn.execute(
        "INSERT INTO blobs VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET created_ms = excluded.created_ms",
        (sha256, size, now_ms()),
    )


def get_execution(conn: sqlite3.Connection, id: str) -> Execution:
    """One execution.

    Raises:
        NotFound: there is none with this id.
    """
    row = conn.execute("SELECT * FROM executions WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"no execution has the id {id!r}")
    return _execution(row)


def find_execution(conn: sqlite3.Connection, id: str) -> Execution | None:
    """One execution, or None."""
    row = conn.execute("SELECT * FROM executions WHERE id = ?", (id,)).fetchone()
    return _execution(row) if row else None


def executions(conn: sqlite3.Connection, run_id: str) -> list[Execution]:
    """The executions of a notebook run in the order in which they started."""
    rows = conn.execute(
        "SELECT * FROM executions WHERE notebook_run_id = ? ORDER BY ordinal", (run_id,)
    )
    return [_execution(row) for row in rows]


def kernel_executions(
    conn: sqlite3.Connection, kernel_id: str, *, upto_ms: int | None = None
) -> list[Execution]:
    """All executions of a kernel since it was (re)started, oldest first, to ``upto_ms``."""
    rows = conn.execute(
        "SELECT * FROM executions WHERE kernel_id = ? AND (?2 IS NULL OR started_ms <= ?2)"
        " ORDER BY started_ms, ordinal",
        (kernel_id, upto_ms),
    )
    return [_execution(row) for row in rows]


# -- what the agent said -----------------------------------------------------------------------------


def cell_started(
    conn: sqlite3.Connection,
    execution_id: str,
    kernel_id: str,
    *,
    cell_id: str | None,
    execution_count: int | None,
    at_ms: int,
) -> None:
    """The agent says which cell an execution is of."""
    conn.execute(
        """
        INSERT INTO execution_facts (execution_id, kernel_id, cell_id, execution_count, started_ms)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET cell_id = COALESCE(excluded.cell_id, cell_id),
          execution_count = COALESCE(excluded.execution_count, execution_count)
        """,
        (execution_id, kernel_id, cell_id, execution_count, at_ms),
    )


def cell_ended(
    conn: sqlite3.Connection,
    execution_id: str,
    kernel_id: str,
    *,
    status: str,
    names: list[str],
    models: list[dict[str, Any]],
    at_ms: int,
) -> None:
    """The agent says that it has told all about an execution."""
    conn.execute(
        """
        INSERT INTO execution_facts (execution_id, kernel_id, ended_ms, status, names, models)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET ended_ms = excluded.ended_ms, status = excluded.status,
          names = excluded.names, models = excluded.models
        """,
        (execution_id, kernel_id, at_ms, status, json.dumps(names), json.dumps(models)),
    )


def drop_asides(conn: sqlite3.Connection, run_id: str) -> bool:
    """Forget executions that clients asked for themselves; a run of nothing else is forgotten as well.

    Returns whether the run is still there.
    """
    conn.execute(
        "DELETE FROM executions WHERE notebook_run_id = ? AND id IN"
        " (SELECT execution_id FROM execution_facts WHERE status = ?)",
        (run_id, ASIDE),
    )
    if conn.execute("SELECT 1 FROM executions WHERE notebook_run_id = ?", (run_id,)).fetchone():
        return True
    discard_run(conn, run_id)
    return False


def recover_executions(
    conn: sqlite3.Connection, kernel_id: str, run_id: str, at_ms: int
) -> list[str]:
    """Add executions that only the agent saw: the kernel died before it could tell its clients.

    They began before ``at_ms``, never ended, and are KILLED. They join the kernel's last notebook run
    where they followed on it at once, else a new one, ``run_id``. Returns the runs that they joined.
    """
    lost = conn.execute(
        """
        SELECT f.* FROM execution_facts f LEFT JOIN executions e ON e.id = f.execution_id
        WHERE f.kernel_id = ? AND e.id IS NULL AND f.ended_ms IS NULL AND f.started_ms <= ?
        ORDER BY f.started_ms
        """,
        (kernel_id, at_ms),
    ).fetchall()
    joined: dict[str, None] = {}
    for row in lost:
        last = conn.execute(
            "SELECT r.*, (SELECT MAX(ordinal) FROM executions WHERE notebook_run_id = r.id) AS ordinal"
            " FROM notebook_runs r WHERE r.kernel_id = ? ORDER BY r.opened_ms DESC LIMIT 1",
            (kernel_id,),
        ).fetchone()
        follows = last and row["started_ms"] <= (last["closed_ms"] or at_ms) + FOLLOWS_MS
        target = last["id"] if follows else run_id
        if not follows:
            notebook = conn.execute(
                "SELECT notebook FROM kernels WHERE id = ?", (kernel_id,)
            ).fetchone()
            open_run(
                conn,
                run_id,
                kernel_id,
                opened_ms=row["started_ms"],
                notebook=notebook[0] if notebook else None,
            )
        start_execution(
            conn,
            row["execution_id"],
            target,
            kernel_id,
            ordinal=(last["ordinal"] or 0) + 1 if follows else 0,
            source="",
            execution_count=row["execution_count"],
            started_ms=row["started_ms"],
        )
        update_execution(conn, row["execution_id"], status=Status.KILLED, ended_ms=at_ms)
        joined[target] = None
    return list(joined)


def touch(conn: sqlite3.Connection, execution_id: str, candidate_ids: Iterable[str]) -> None:
    """An execution opened or used these candidates."""
    conn.executemany(
        "INSERT OR IGNORE INTO execution_candidates VALUES (?, ?)",
        [(execution_id, candidate) for candidate in candidate_ids],
    )


def facts(conn: sqlite3.Connection, execution_id: str) -> dict[str, Any] | None:
    """What the agent said of an execution: cell_id, execution_count, status, names, models, …"""
    row = conn.execute(
        "SELECT * FROM execution_facts WHERE execution_id = ?", (execution_id,)
    ).fetchone()
    if row is None:
        return None
    return {**dict(row), "names": json.loads(row["names"]), "models": json.loads(row["models"])}


def run_facts(conn: sqlite3.Connection, run_id: str) -> dict[str, dict[str, Any]]:
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


def busy_ms(conn: sqlite3.Connection, candidate_id: str) -> int:
    """The busy time of the cells that opened or used a candidate."""
    row = conn.execute(
        "SELECT COALESCE(SUM(e.ended_ms - e.started_ms), 0) FROM executions e"
        " JOIN execution_candidates t ON t.execution_id = e.id"
        " WHERE t.candidate_id = ? AND e.ended_ms IS NOT NULL",
        (candidate_id,),
    ).fetchone()
    return int(row[0])


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


def run_findings(
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


def drop_findings(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove findings that were given to a candidate."""
    conn.executemany("DELETE FROM run_findings WHERE id = ?", [(id,) for id in ids])


def run_of(conn: sqlite3.Connection, execution_id: str) -> str | None:
    """The notebook run of an execution; None when the recorder has not written it yet."""
    row = conn.execute(
        "SELECT notebook_run_id FROM executions WHERE id = ?", (execution_id,)
    ).fetchone()
    return row[0] if row else None


def closed_runs_of(conn: sqlite3.Connection, execution_ids: Iterable[str]) -> list[str]:
    """The notebook runs of these executions that are closed already."""
    found: dict[str, None] = {}
    for id in execution_ids:
        row = conn.execute(
            "SELECT r.id FROM executions e JOIN notebook_runs r ON r.id = e.notebook_run_id"
            " WHERE e.id = ? AND r.closed_ms IS NOT NULL",
            (id,),
        ).fetchone()
        if row:
            found[row[0]] = None
    return list(found)


# -- candidates, seen from a run ---------------------------------------------------------------------


def run_candidates(conn: sqlite3.Connection, run_id: str) -> list[str]:
    """The candidates that a notebook run opened, in order."""
    rows = conn.execute(
        "SELECT id FROM candidates WHERE notebook_run_id = ? AND lifecycle_stage = 'active'"
        " ORDER BY seq",
        (run_id,),
    )
    return [row[0] for row in rows]


def adopt_candidates(conn: sqlite3.Connection, run_id: str) -> None:
    """Join candidates that clients opened during a run's executions with the run and the execution.

    An MLflow client's request may be answered before the recorder has seen that a cell began: its
    execution is the one that was running when the candidate began (one clock: the kernel's).
    """
    rows = conn.execute(
        """
        SELECT c.id, e.id AS execution_id FROM executions e JOIN candidates c
          ON c.kernel_id = e.kernel_id AND c.origin = 'mlflow'
          AND c.start_ms BETWEEN e.started_ms AND COALESCE(e.ended_ms, c.start_ms)
        WHERE e.notebook_run_id = ?
        UNION
        SELECT c.id, e.id FROM executions e JOIN candidates c ON c.execution_id = e.id
        WHERE e.notebook_run_id = ? AND c.origin <> 'mlflow'
        """,
        (run_id, run_id),
    ).fetchall()
    for row in rows:
        touch(conn, row["execution_id"], [row["id"]])
        conn.execute(
            "UPDATE candidates SET notebook_run_id = ?, execution_id = ? WHERE id = ?",
            (run_id, row["execution_id"], row["id"]),
        )


def running_candidates(conn: sqlite3.Connection, kernel_id: str) -> list[str]:
    """The candidates of a kernel that have not ended."""
    rows = conn.execute(
        "SELECT id FROM candidates WHERE status = 'RUNNING' AND kernel_id = ? ORDER BY seq",
        (kernel_id,),
    )
    return [row[0] for row in rows]


def kernels_with_orphans(conn: sqlite3.Connection) -> list[str]:
    """Kernels that have ended, or were never known, with candidates that have not."""
    rows = conn.execute(
        "SELECT DISTINCT c.kernel_id FROM candidates c LEFT JOIN kernels k ON k.id = c.kernel_id"
        " WHERE c.status = 'RUNNING' AND c.kernel_id IS NOT NULL"
        " AND (k.id IS NULL OR k.ended_ms IS NOT NULL)"
    )
    return [row[0] for row in rows]


def previous_candidate(conn: sqlite3.Connection, candidate_id: str) -> str | None:
    """The candidate of an earlier notebook run, in the same experiment, of the same model."""
    row = conn.execute(
        """
        SELECT p.id FROM candidates c JOIN candidates p
          ON p.experiment_id = c.experiment_id AND p.seq < c.seq
        WHERE c.id = ? AND p.lifecycle_stage = 'active' AND p.parent_id IS NULL
          AND p.model_class IS c.model_class AND p.variable IS c.variable
          AND p.notebook_run_id IS NOT c.notebook_run_id
        ORDER BY p.seq DESC LIMIT 1
        """,
        (candidate_id,),
    ).fetchone()
    return row[0] if row else None


# -- rows --------------------------------------------------------------------------------------------


def _update(
    conn: sqlite3.Connection,
    table: str,
    known: frozenset[str],
    id: str,
    columns: Mapping[str, Any],
) -> None:
    unknown = set(columns) - known
    if unknown:
        raise TypeError(f"{table} has no column {', '.join(sorted(unknown))}")
    if columns:
        names = ", ".join(f"{name} = ?" for name in columns)
        values = [_encoded(value) for value in columns.values()]
        conn.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*values, id))


def _encoded(value: Any) -> Any:
    if isinstance(value, Failure):
        return encode_failure(value)
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, Status):
        return value.value
    return value


def encode_failure(failure: Failure | None) -> str | None:
    """An error as the database keeps it."""
    if failure is None:
        return None
    return json.dumps(
        {"name": failure.name, "message": failure.message, "traceback": failure.traceback}
    )


def _failure(text: str | None) -> Failure | None:
    return Failure(**json.loads(text)) if text else None


def _run(row: sqlite3.Row) -> NotebookRun:
    return NotebookRun(
        id=row["id"],
        kernel_id=row["kernel_id"],
        experiment_id=row["experiment_id"],
        notebook=row["notebook"],
        status=Status(row["status"]),
        opened_ms=row["opened_ms"],
        closed_ms=row["closed_ms"],
        busy_ms=row["busy_ms"],
        whole=bool(row["whole"]),
        trigger=row["trigger"],
        snapshot=row["snapshot"],
        git=json.loads(row["git"]),
        error=_failure(row["error"]),
    )


def _execution(row: sqlite3.Row) -> Execution:
    return Execution(
        id=row["id"],
        notebook_run_id=row["notebook_run_id"],
        kernel_id=row["kernel_id"],
        ordinal=row["ordinal"],
        source=row["source"],
        status=Status(row["status"]),
        started_ms=row["started_ms"],
        ended_ms=row["ended_ms"],
        execution_count=row["execution_count"],
        cell_id=row["cell_id"],
        cell_index=row["cell_index"],
        error=_failure(row["error"]),
        outputs=row["outputs"],
        output_bytes=row["output_bytes"],
    )
