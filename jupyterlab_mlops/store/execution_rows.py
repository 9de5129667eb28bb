"""Executions of cells: what was sent, how it ended, and what it printed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..entities import Execution, Failure, Status
from ..errors import NotFound
from . import runs
from .blobs import Blobs
from .rows import failure, failure_json, update_columns

#: An execution that began so soon after the one before belongs to the same notebook run (ms).
FOLLOWS_MS = 1_000
#: What the recorder writes in the place of outputs that it leaves out.
_NOTE = re.compile(rb"<\d+ bytes left out|<\w+ of \d+ bytes is not kept>")


_CHANGED = frozenset(
    "ordinal source status started_ms ended_ms execution_count cell_id cell_index error outputs small_outputs"
    " output_bytes".split()
)


class Outputs(NamedTuple):
    """The outputs of an execution as they are kept: a blob, or the JSON itself where it is short.

    ``total_bytes`` counts what is left out as well.
    """

    blob: str | None = None
    small: str | None = None
    total_bytes: int = 0


class Begun(NamedTuple):
    """An execution as it begins."""

    id: str
    run_id: str
    kernel_id: str
    ordinal: int
    source: str
    execution_count: int | None
    started_ms: int


class Ended(NamedTuple):
    """How an execution ended."""

    id: str
    status: Status
    at_ms: int
    error: Failure | None = None
    outputs: Outputs = Outputs()


def start(
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
    begin(conn, [Begun(id, run_id, kernel_id, ordinal, source, execution_count, started_ms)])


#: How an agent says that a cell ended.
_ENDINGS = frozenset(status.value for status in Status if status.ended)
_RUNNING = (Status.RUNNING.value, None, None, *Outputs())


def begin(
    conn: sqlite3.Connection, begun: Iterable[Begun], ended: Mapping[str, Ended] | None = None
) -> None:
    """Record executions (idempotent by id); those in ``ended`` have ended already."""
    begun, ended = list(begun), ended or {}
    conn.executemany(
        """
        INSERT OR IGNORE INTO executions (id, notebook_run_id, kernel_id, ordinal, source, execution_count, started_ms,
          status, ended_ms, error, outputs, small_outputs, output_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (*item, *(_RUNNING if (last := ended.get(item.id)) is None else _end_columns(last)))
            for item in begun
        ],
    )
    # The agent may have been faster.
    conn.executemany(
        "UPDATE candidates SET notebook_run_id = ?1 WHERE kernel_id = ?2 AND notebook_run_id IS NULL"
        " AND execution_id IN (SELECT id FROM executions WHERE notebook_run_id = ?1)",
        {(item.run_id, item.kernel_id) for item in begun},
    )


def end(conn: sqlite3.Connection, ended: Iterable[Ended]) -> None:
    """Record how executions ended."""
    conn.executemany(
        "UPDATE executions SET status = ?, ended_ms = ?, error = ?, outputs = ?, small_outputs = ?, output_bytes = ?"
        " WHERE id = ?",
        [(*_end_columns(item), item.id) for item in ended],
    )


def _end_columns(ended: Ended) -> tuple[Any, ...]:
    error = failure_json(ended.error)
    return (ended.status.value, ended.at_ms, error, *ended.outputs)


def end_all(conn: sqlite3.Connection, run_id: str, at_ms: int) -> None:
    """End what still runs in a notebook run, as its agent said or else as killed; and where the messages that told
    how executions ended were lost, or said less than the agent did, believe the agent.

    A kernel that dies takes messages with it, and one that outlives its server goes on. An interrupt while a traceback is being put together takes the error's
    message: to the client that asked the cell has failed, on iopub it ended in peace.
    """
    conn.execute(
        """
        UPDATE executions SET status = f.status, ended_ms = f.ended_ms FROM execution_facts f
        WHERE f.execution_id = executions.id AND notebook_run_id = ? AND f.ended_ms IS NOT NULL
          AND (executions.status = 'RUNNING' AND f.status IN ('FINISHED', 'FAILED', 'KILLED')
            OR executions.status = 'KILLED' AND executions.error IS NULL AND f.status IN ('FINISHED', 'FAILED')
            OR executions.status = 'FINISHED' AND f.status IN ('FAILED', 'KILLED'))
        """,
        (run_id,),
    )
    conn.execute(
        "UPDATE executions SET status = 'KILLED', ended_ms = ? WHERE notebook_run_id = ? AND status = 'RUNNING'",
        (at_ms, run_id),
    )


def outlived(conn: sqlite3.Connection, kernel_id: str) -> list[str]:
    """The runs of executions that were taken as killed with their server, and of which the agent has told since that
    they went on to their end."""
    rows = conn.execute(
        "SELECT DISTINCT e.notebook_run_id FROM executions e JOIN execution_facts f ON f.execution_id = e.id"
        " WHERE e.kernel_id = ? AND e.status = 'KILLED' AND e.error IS NULL AND f.ended_ms IS NOT NULL"
        " AND f.status IN ('FINISHED', 'FAILED')",
        (kernel_id,),
    )
    return [row[0] for row in rows]


def status_of(conn: sqlite3.Connection, run_id: str) -> Status | None:
    """The status of a run's executions together: one that was stopped or failed makes the run so. None without any."""
    rows = conn.execute(
        "SELECT DISTINCT status FROM executions WHERE notebook_run_id = ?", (run_id,)
    )
    found = {row[0] for row in rows}
    if not found:
        return None
    worst = (one for one in (Status.KILLED, Status.FAILED) if one.value in found)
    return next(worst, Status.FINISHED)


def set_outputs(conn: sqlite3.Connection, changed: Iterable[tuple[str, Outputs]]) -> None:
    """Record the present outputs of executions: (id, outputs) of each."""
    conn.executemany(
        "UPDATE executions SET outputs = ?, small_outputs = ?, output_bytes = ? WHERE id = ?",
        [(*outputs, id) for id, outputs in changed],
    )


def place(conn: sqlite3.Connection, places: Iterable[tuple[str, str | None, int | None]]) -> None:
    """Record which cells executions were of: (id, cell id, index among the code cells) of each."""
    conn.executemany(
        "UPDATE executions SET cell_id = ?, cell_index = ? WHERE id = ?",
        [(cell_id, index, id) for id, cell_id, index in places],
    )


def outputs_json(execution: Execution, blobs: Blobs) -> bytes:
    """The JSON list of an execution's outputs; an empty one when they are not kept any more."""
    if execution.small_outputs is not None:
        return execution.small_outputs.encode("utf-8", "replace")
    if execution.outputs and blobs.exists(execution.outputs):
        return blobs.get(execution.outputs)
    return b"[]"


def is_shortened(outputs: bytes) -> bool:
    """Whether the JSON of outputs has a note in the place of what was left out."""
    return _NOTE.search(outputs) is not None


def last_of_cells(
    conn: sqlite3.Connection, notebook: str, *, runs_back: int = 100
) -> list[Execution]:
    """The last execution of each cell in the latest notebook runs, if it has ended and showed something."""
    rows = conn.execute(
        """
        SELECT e.*, COALESCE(e.cell_id, f.cell_id) AS cell
        FROM (SELECT id FROM notebook_runs WHERE notebook = ? ORDER BY opened_ms DESC LIMIT ?) r
        JOIN executions e ON e.notebook_run_id = r.id
        LEFT JOIN execution_facts f ON f.execution_id = e.id
        ORDER BY e.started_ms, e.ordinal
        """,
        (notebook, runs_back),
    )
    last = {row["cell"]: row for row in rows if row["cell"]}
    return [
        replace(_execution(row), cell_id=cell)
        for cell, row in last.items()
        if row["ended_ms"] is not None and (row["outputs"] or row["small_outputs"])
    ]


def update(conn: sqlite3.Connection, id: str, **columns: Any) -> None:
    """Set columns of an execution; ``error`` takes a Failure, ``outputs`` the sha256 of a blob."""
    update_columns(conn, "executions", _CHANGED, id, columns)


def get(conn: sqlite3.Connection, id: str) -> Execution:
    """One execution.

    Raises:
        NotFound: there is none with this id.
    """
    row = conn.execute("SELECT * FROM executions WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"no execution has the id {id!r}")
    return _execution(row)


def find(conn: sqlite3.Connection, id: str) -> Execution | None:
    """One execution, or None."""
    row = conn.execute("SELECT * FROM executions WHERE id = ?", (id,)).fetchone()
    return _execution(row) if row else None


def of_run(conn: sqlite3.Connection, run_id: str) -> list[Execution]:
    """The executions of a notebook run in the order in which they started."""
    rows = conn.execute(
        "SELECT * FROM executions WHERE notebook_run_id = ? ORDER BY ordinal", (run_id,)
    )
    return [_execution(row) for row in rows]


def of_kernel(
    conn: sqlite3.Connection, kernel_id: str, *, upto_ms: int | None = None
) -> list[Execution]:
    """All executions of a kernel since it was (re)started, oldest first, to ``upto_ms``."""
    rows = conn.execute(
        "SELECT * FROM executions WHERE kernel_id = ? AND (?2 IS NULL OR started_ms <= ?2)"
        " ORDER BY started_ms, ordinal",
        (kernel_id, upto_ms),
    )
    return [_execution(row) for row in rows]


def recover(conn: sqlite3.Connection, kernel_id: str, run_id: str, at_ms: int) -> list[str]:
    """Add executions that only the agent saw: the kernel died before it could tell, or the server while it wrote.

    They began before ``at_ms`` and are KILLED unless the agent knew how they ended. They join the kernel's last
    notebook run where they followed on it at once, else a new one, ``run_id``. Returns the runs that they joined.
    """
    lost = conn.execute(
        """
        SELECT f.* FROM execution_facts f LEFT JOIN executions e ON e.id = f.execution_id
        WHERE f.kernel_id = ? AND e.id IS NULL AND f.started_ms <= ? AND COALESCE(f.status, '') <> 'ASIDE'
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
            runs.open_run(
                conn,
                run_id,
                kernel_id,
                opened_ms=row["started_ms"],
                notebook=notebook[0] if notebook else None,
            )
        start(
            conn,
            row["execution_id"],
            target,
            kernel_id,
            ordinal=(last["ordinal"] or 0) + 1 if follows else 0,
            source=row["source"] or "",
            execution_count=row["execution_count"],
            started_ms=row["started_ms"],
        )
        known = row["ended_ms"] is not None and row["status"] in _ENDINGS
        status = Status(row["status"]) if known else Status.KILLED
        update(conn, row["execution_id"], status=status, ended_ms=row["ended_ms"] or at_ms)
        joined[target] = None
    return list(joined)


def busy_ms(conn: sqlite3.Connection, candidate_id: str) -> int:
    """The busy time of the cells that opened or used a candidate."""
    row = conn.execute(
        "SELECT COALESCE(SUM(e.ended_ms - e.started_ms), 0) FROM executions e"
        " JOIN execution_candidates t ON t.execution_id = e.id"
        " WHERE t.candidate_id = ? AND e.ended_ms IS NOT NULL",
        (candidate_id,),
    ).fetchone()
    return int(row[0])


def run_of(conn: sqlite3.Connection, execution_id: str) -> str | None:
    """The notebook run of an execution; None when the recorder has not written it yet."""
    row = conn.execute(
        "SELECT notebook_run_id FROM executions WHERE id = ?", (execution_id,)
    ).fetchone()
    return row[0] if row else None


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
        error=failure(row["error"]),
        outputs=row["outputs"],
        small_outputs=row["small_outputs"],
        output_bytes=row["output_bytes"],
    )
