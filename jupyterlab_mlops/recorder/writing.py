"""What the recorder writes: batches of updates, and the ends of things whose kernel is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..entities import Execution, Status
from ..errors import NotFound
from ..store import execution_rows, kernels, runs
from ..store.blobs import Blobs
from ..store.execution_rows import Begun, Ended, Outputs
from ..store.store import Connection, now_ms
from .closing import Closing, close_run, kill_candidates
from .outputs import Output, output_json
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
    begun: dict[str, Begun] = {}
    ended: dict[str, Ended] = {}
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
            begun[update.id] = Begun(
                update.id,
                update.run_id,
                kernel_id,
                update.ordinal,
                update.source,
                update.execution_count,
                update.at_ms,
            )
        elif isinstance(update, ExecutionEnded):
            changed.pop(update.id, None)
            ended[update.id] = Ended(update.id, update.status, update.at_ms, update.error, outputs)
        elif isinstance(update, OutputsChanged):
            changed[update.id] = (update.id, outputs)
    execution_rows.begin(conn, begun.values(), ended)
    execution_rows.end(conn, (item for id, item in ended.items() if id not in begun))
    execution_rows.set_outputs(conn, changed.values())


def move_run(conn: Connection, run_id: str, notebook: str | None) -> None:
    """The run belongs to another notebook than was known when it opened."""
    if runs.exists(conn, run_id):
        runs.update_run(conn, run_id, notebook=notebook)


def forget_run(conn: Connection, run_id: str) -> None:
    """Somebody discarded the run while it was open: candidates that it has opened since go with it."""
    runs.adopt_candidates(conn, run_id)
    runs.discard_run(conn, run_id)


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
    return b"[" + b",\n".join(map(output_json, outputs)) + b"]"
