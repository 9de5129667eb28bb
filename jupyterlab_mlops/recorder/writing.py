"""What the recorder writes: batches of updates, and the ends of things whose kernel is gone."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..entities import Execution, Status
from ..errors import NotFound
from ..store import execution_rows, kernels, runs
from ..store.store import Connection, now_ms
from .closing import Closing, close_run, kill_candidates
from .outputs import Output
from .recording import ExecutionEnded, ExecutionStarted, OutputsChanged, RunDrained, Update

#: An update with the blob of its outputs: (kernel id, update, (sha256, size) or None).
Row = tuple[str, Update, "tuple[str, int] | None"]


def write_updates(
    conn: Connection,
    rows: list[Row],
    notebooks: Mapping[str, tuple[str | None, str]],
) -> None:
    """Write a batch of updates. Runs of notebooks whose recording is off are left out."""
    modes = {
        notebook: kernels.mode_history(conn, notebook)
        for notebook, _ in {(None, ""), *notebooks.values()}
    }
    touched: set[str] = set()
    for kernel_id, update, blob in rows:
        if blob is not None:
            runs.keep_blob(conn, *blob)
        if isinstance(update, ExecutionStarted):
            # Its run is opened with the first execution that is recorded: a notebook may be paused
            # and go on within one run.
            notebook, trigger = notebooks.get(kernel_id, (None, "client"))
            if modes[notebook].at(update.at_ms) != "off":
                if update.run_id not in touched and not runs.exists(conn, update.run_id):
                    runs.open_run(
                        conn,
                        update.run_id,
                        kernel_id,
                        opened_ms=update.at_ms,
                        notebook=notebook,
                        trigger=trigger,
                    )
                touched.add(update.run_id)
                execution_rows.start(
                    conn,
                    update.id,
                    update.run_id,
                    kernel_id,
                    ordinal=update.ordinal,
                    source=update.source,
                    execution_count=update.execution_count,
                    started_ms=update.at_ms,
                )
        elif isinstance(update, ExecutionEnded):
            execution_rows.update(
                conn,
                update.id,
                status=update.status,
                ended_ms=update.at_ms,
                error=update.error,
                outputs=blob[0] if blob else None,
                output_bytes=update.output_bytes,
            )
        elif isinstance(update, OutputsChanged):
            outputs = blob[0] if blob else None
            execution_rows.update(
                conn, update.id, outputs=outputs, output_bytes=update.output_bytes
            )
    for run_id in touched:
        runs.update_run(conn, run_id)


def move_run(conn: Connection, run_id: str, notebook: str | None) -> None:
    """The run belongs to another notebook than was known when it opened."""
    if runs.exists(conn, run_id):
        runs.update_run(conn, run_id, notebook=notebook)


def close_plainly(conn: Connection, drained: RunDrained) -> None:
    """Close a run with what the taps know alone: something else about it cannot be found out."""
    closing = Closing(
        run_id=drained.run_id,
        status=drained.status,
        closed_ms=drained.at_ms,
        busy_ms=drained.busy_ms,
        aborted=drained.aborted,
        error=drained.error,
        whole=False,
    )
    try:
        close_run(conn, closing)
    except NotFound:
        return


def kill_executions(conn: Connection, run_id: str, at_ms: int) -> None:
    """What still runs in a run whose kernel is gone was killed."""
    for execution in execution_rows.of_run(conn, run_id):
        if execution.status is Status.RUNNING:
            execution_rows.update(conn, execution.id, status=Status.KILLED, ended_ms=at_ms)


def end_kernel(conn: Connection, kernel_id: str) -> None:
    """A kernel is gone for good, and with it the candidates that ran in it."""
    kill_candidates(conn, kernel_id, now_ms())
    kernels.close_kernel(conn, kernel_id)


def kill_orphans(conn: Connection) -> None:
    """Candidates that run in kernels which have ended."""
    for kernel_id in runs.kernels_with_orphans(conn):
        kill_candidates(conn, kernel_id, now_ms())


def left_open(run_id: str, opened_ms: int, executions: list[Execution]) -> RunDrained:
    """What can be said of a run that nobody closed."""
    last = max([opened_ms, *(item.ended_ms or item.started_ms for item in executions)])
    busy = sum((item.ended_ms or item.started_ms) - item.started_ms for item in executions)
    error = next((item.error for item in executions if item.error), None)
    return RunDrained(run_id, Status.KILLED, last, busy, len(executions), 0, error)


def dump_outputs(outputs: list[Output]) -> bytes:
    """Outputs as the JSON of their blob."""
    parts = (
        json.dumps(output, ensure_ascii=False).encode("utf-8", "replace") for output in outputs
    )
    return b"[" + b",\n".join(parts) + b"]"
