"""Notebook runs: bursts of executions on one kernel, and the candidates seen from them."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from ..entities import NotebookRun, Status
from ..errors import NotFound
from . import candidates, cell_facts
from .changes import changed
from .rows import failure, update_columns
from .store import now_ms


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
    opened = conn.execute(
        """
        INSERT OR IGNORE INTO notebook_runs
          (id, kernel_id, experiment_id, notebook, status, opened_ms, trigger)
        VALUES (?, ?, ?, ?, 'RUNNING', ?, ?)
        """,
        (id, kernel_id, experiment_id, notebook, opened_ms, trigger),
    )
    if opened.rowcount:
        changed(conn, "notebook_run", id)


_RUN_COLUMNS = frozenset(
    "experiment_id notebook status closed_ms busy_ms whole trigger snapshot git error aborted".split()
)


def update_run(conn: sqlite3.Connection, id: str, **columns: Any) -> None:
    """Set columns of a notebook run; ``git`` takes a dict, ``error`` a Failure."""
    update_columns(conn, "notebook_runs", _RUN_COLUMNS, id, columns)
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
    conditions = (
        ("notebook = ?", notebook),
        ("kernel_id = ?", kernel_id),
        ("opened_ms < ?", before_ms),
    )
    given = [(test, value) for test, value in conditions if value is not None]
    where = " AND ".join(["1", *(test for test, _ in given)])
    rows = conn.execute(
        f"SELECT * FROM notebook_runs WHERE {where} ORDER BY opened_ms DESC, rowid DESC LIMIT ?",
        (*(value for _, value in given), limit),
    )
    return [_run(row) for row in rows]


def running(conn: sqlite3.Connection, *, kernel_id: str | None = None) -> list[NotebookRun]:
    """Notebook runs that are not closed; of one kernel where given."""
    rows = conn.execute(
        "SELECT * FROM notebook_runs WHERE status = 'RUNNING' AND (?1 IS NULL OR kernel_id = ?1)",
        (kernel_id,),
    )
    return [_run(row) for row in rows]


def scored_since(conn: sqlite3.Connection, kernel_id: str, since_ms: int, most: int) -> list[str]:
    """Candidates with a score of the kernel's latest run and of those that closed since a time, the newest first."""
    rows = conn.execute(
        """
        SELECT c.id FROM notebook_runs r JOIN candidates c ON c.notebook_run_id = r.id
        WHERE r.kernel_id = ?1 AND r.closed_ms IS NOT NULL AND c.score IS NOT NULL
          AND c.lifecycle_stage = 'active' AND (r.closed_ms >= ?2 OR r.opened_ms =
            (SELECT MAX(opened_ms) FROM notebook_runs WHERE kernel_id = ?1))
        ORDER BY c.seq DESC LIMIT ?3
        """,
        (kernel_id, since_ms, most),
    )
    return [row[0] for row in rows]


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
    delete_candidates(conn, id)
    conn.execute("UPDATE candidates SET notebook_run_id = NULL WHERE notebook_run_id = ?", (id,))
    conn.execute("DELETE FROM notebook_runs WHERE id = ?", (id,))
    changed(conn, "notebook_run", id)


def delete_candidates(conn: sqlite3.Connection, id: str) -> None:
    """Mark the candidates of a notebook run deleted."""
    for candidate in run_candidates(conn, id):
        candidates.delete(conn, candidate)


def drop_asides(conn: sqlite3.Connection, run_id: str) -> bool:
    """Forget executions that clients asked for themselves; a run of nothing else is forgotten as well.

    Returns whether the run is still there.
    """
    conn.execute(
        "DELETE FROM executions WHERE notebook_run_id = ? AND id IN"
        " (SELECT execution_id FROM execution_facts WHERE status = ?)",
        (run_id, cell_facts.ASIDE),
    )
    if conn.execute("SELECT 1 FROM executions WHERE notebook_run_id = ?", (run_id,)).fetchone():
        return True
    discard_run(conn, run_id)
    return False


def keep_blob(conn: sqlite3.Connection, sha256: str, size: int) -> None:
    """Say that a blob is meant to be kept."""
    conn.execute(
        "INSERT INTO blobs VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET created_ms = excluded.created_ms",
        (sha256, size, now_ms()),
    )


def candidate_before(conn: sqlite3.Connection, run_id: str) -> str | None:
    """The latest candidate of the notebook that the kernel of a run had when the run began; None if it had none."""
    row = conn.execute(
        "SELECT c.id FROM notebook_runs r JOIN candidates c ON c.kernel_id = r.kernel_id"
        " AND c.notebook IS r.notebook AND c.start_ms < r.opened_ms AND c.notebook_run_id <> r.id"
        " WHERE r.id = ? AND c.lifecycle_stage = 'active' AND c.parent_id IS NULL"
        " ORDER BY c.seq DESC LIMIT 1",
        (run_id,),
    ).fetchone()
    return None if row is None else str(row[0])


def run_candidates(conn: sqlite3.Connection, run_id: str) -> list[str]:
    """The candidates that a notebook run opened, in order; also those that are not joined with it yet, because the
    kernel told of them before the recorder had written their execution."""
    rows = conn.execute(
        """
        SELECT seq, id FROM candidates WHERE notebook_run_id = ? AND lifecycle_stage = 'active'
        UNION
        SELECT c.seq, c.id FROM executions e JOIN candidates c
          ON c.kernel_id = e.kernel_id AND c.execution_id = e.id
        WHERE e.notebook_run_id = ? AND c.notebook_run_id IS NULL AND c.lifecycle_stage = 'active'
        ORDER BY 1
        """,
        (run_id, run_id),
    )
    return [row[1] for row in rows]


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
        cell_facts.touch(conn, row["execution_id"], [row["id"]])
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


def model_classes(conn: sqlite3.Connection, experiment_id: str) -> frozenset[str]:
    """The classes of the models of an experiment's candidates."""
    rows = conn.execute(
        "SELECT DISTINCT model_class FROM candidates WHERE experiment_id = ? AND model_class IS NOT NULL",
        (experiment_id,),
    )
    return frozenset(row["model_class"] for row in rows)


def settings_apart(conn: sqlite3.Connection, candidate_id: str) -> list[tuple[str, str]]:
    """(name, value) of the params by which a candidate differs from others of its model that the same execution has
    opened, from the first twenty of them; the model's own settings come first."""
    rows = conn.execute(
        """
        WITH likes AS (
          SELECT s.id FROM candidates c JOIN candidates s
            ON s.kernel_id = c.kernel_id AND s.execution_id = c.execution_id
          WHERE c.id = ?1 AND s.parent_id IS NULL AND s.model_class IS c.model_class
            AND coalesce(s.variable, c.variable) IS coalesce(c.variable, s.variable)
          ORDER BY s.seq LIMIT 20
        )
        SELECT p.name, p.value FROM params p WHERE p.candidate_id = ?1 AND EXISTS (
          SELECT 1 FROM likes LEFT JOIN params q ON q.candidate_id = likes.id AND q.name = p.name
          WHERE q.value IS NOT p.value
        ) ORDER BY p.source != 'estimator', p.name
        """,
        (candidate_id,),
    )
    return [(row["name"], row["value"]) for row in rows]


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
        error=failure(row["error"]),
    )
