"""What the recorder writes: batches of updates, and the ends of things whose kernel is gone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from ..entities import Execution, Failure, Status
from ..errors import NotFound
from ..store import execution_rows, kernels, runs
from ..store.blobs import Blobs
from ..store.execution_rows import Outputs
from ..store.store import Connection, now_ms
from .closing import Closing, close_run, kill_candidates
from .outputs import Output
from .recording import ExecutionEnded, ExecutionStarted, OutputsChanged, RunDrained, Update

#: Outputs whose JSON is shorter (bytes) are kept in the database: a file for each number shown is too much.
SMALL_BYTES = 4096


class Row(NamedTuple):
    """An update of a kernel. ``outputs``: those it carries, as they are kept; ``size``: that of their blob."""

    kernel_id: str
    update: Update
    outputs: Outputs
    size: int


def keep_outputs(blobs: Blobs, kernel_id: str, update: Update) -> Row:
    """Store the outputs that an update carries (file work: not on the event loop)."""
    if not isinstance(update, (ExecutionEnded, OutputsChanged)):
        return Row(kernel_id, update, Outputs(), 0)
    total = update.output_bytes
    if not update.outputs:
        return Row(kernel_id, update, Outputs(total_bytes=total), 0)
    body = dump_outputs(update.outputs)
    if len(body) < SMALL_BYTES:
        return Row(kernel_id, update, Outputs(None, body.decode(), total), 0)
    sha256, size = blobs.put(body)
    return Row(kernel_id, update, Outputs(sha256, None, total), size)


def write_updates(
    conn: Connection,
    rows: list[Row],
    notebooks: Mapping[str, tuple[str | None, str]],
) -> None:
    """Write a batch of updates. Runs of notebooks whose recording is off are left out."""
    started: dict[str, Execution] = {}
    ended: dict[str, tuple[str, Status, int, Failure | None, Outputs]] = {}
    changed: dict[str, tuple[str, Outputs]] = {}
    modes: dict[str | None, kernels.ModeHistory] = {}
    opened: set[str] = set()
    for kernel_id, update, outputs, size in rows:
        if outputs.blob is not None:
            runs.keep_blob(conn, outputs.blob, size)
        if isinstance(update, ExecutionStarted):
            # Its run is opened with the first execution that is recorded: a notebook may be paused
            # and go on within one run.
            notebook, trigger = notebooks.get(kernel_id, (None, "client"))
            if notebook not in modes:
                modes[notebook] = kernels.mode_history(conn, notebook)
            if modes[notebook].at(update.at_ms) == "off":
                continue
            if update.run_id not in opened:
                opened.add(update.run_id)
                runs.open_run(
                    conn,
                    update.run_id,
                    kernel_id,
                    opened_ms=update.at_ms,
                    notebook=notebook,
                    trigger=trigger,
                )
            started[update.id] = Execution(
                id=update.id,
                notebook_run_id=update.run_id,
                kernel_id=kernel_id,
                ordinal=update.ordinal,
                source=update.source,
                status=Status.RUNNING,
                started_ms=update.at_ms,
                execution_count=update.execution_count,
            )
        elif isinstance(update, ExecutionEnded):
            changed.pop(update.id, None)
            known = started.get(update.id)
            if known is None:
                ended[update.id] = (update.id, update.status, update.at_ms, update.error, outputs)
            else:
                started[update.id] = replace(
                    known,
                    status=update.status,
                    ended_ms=update.at_ms,
                    error=update.error,
                    outputs=outputs.blob,
                    small_outputs=outputs.small,
                    output_bytes=outputs.total_bytes,
                )
        elif isinstance(update, OutputsChanged):
            changed[update.id] = (update.id, outputs)
    execution_rows.insert(conn, list(started.values()))
    execution_rows.end(conn, ended.values())
    execution_rows.set_outputs(conn, changed.values())


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
