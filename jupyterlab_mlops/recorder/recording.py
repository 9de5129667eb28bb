"""PURE: what a kernel says on iopub becomes notebook runs and executions.

One :class:`Recording` a kernel. It is told messages and the time and answers with updates; it knows no
socket, clock, store or notebook. A notebook run opens when an execution starts on an idle kernel and is
drained when the kernel has been quiet for :data:`QUIET_MS`, because most clients send the next cell only
after the reply to the one before.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..entities import Failure, Status
from .outputs import RAW_BYTES, Allowance, Output, Outputs
from .spans import members

#: How long a kernel stays idle before its notebook run is taken as drained (ms).
QUIET_MS = 400
#: Longest source of an execution that is kept (characters), and longest traceback.
MAX_SOURCE = 50_000
MAX_TRACEBACK = 100_000
#: Outputs of executions that have ended may still change (updates of a display) while so many are remembered.
REMEMBERED_DISPLAYS = 2_000
#: Names of exceptions that mean "somebody stopped it".
INTERRUPTS = ("KeyboardInterrupt", "InterruptedError")
#: Types of messages whose content matters here.
OUTPUT_TYPES = frozenset({"stream", "display_data", "execute_result", "error", "clear_output"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept of outputs (bytes)."""

    cell_bytes: int = 1 << 20
    run_bytes: int = 20 << 20


class Message(NamedTuple):
    """An iopub message: headers parsed, content still JSON bytes. ``date_ms``: when the kernel sent it.

    Of a huge content only an excerpt is here; ``size`` and ``digest`` are then those of all of it.
    """

    type: str
    parent_id: str
    parent_type: str
    date_ms: int
    content: bytes = b"{}"
    size: int = 0
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class RunOpened:
    run_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ExecutionStarted:
    id: str
    run_id: str
    ordinal: int
    source: str
    execution_count: int | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class ExecutionEnded:
    id: str
    run_id: str
    status: Status
    at_ms: int
    error: Failure | None
    outputs: list[Output]
    output_bytes: int


@dataclass(frozen=True, slots=True)
class OutputsChanged:
    """Outputs of a running execution (now and then) or of an ended one (a late update)."""

    id: str
    outputs: list[Output]
    output_bytes: int


@dataclass(frozen=True, slots=True)
class RunDrained:
    """Nothing more is expected; ``status`` is that of its executions together.

    ``died``: because the kernel's process is gone, so that its agent will not say more; ``crashed``: and nobody
    had asked for that.
    """

    run_id: str
    status: Status
    at_ms: int
    busy_ms: int
    executions: int
    aborted: int
    error: Failure | None
    died: bool = False
    crashed: bool = False


Update = RunOpened | ExecutionStarted | ExecutionEnded | OutputsChanged | RunDrained


@dataclass(slots=True)
class _Execution:
    id: str
    started_ms: int
    outputs: Outputs
    error: Failure | None = None
    killed: bool = False
    interrupted: bool = False


@dataclass(slots=True)
class _Run:
    id: str
    allowance: Allowance
    opened_ms: int
    executions: dict[str, _Execution] = field(default_factory=dict)
    displays: dict[str, _Execution] = field(default_factory=dict)
    started: int = 0
    busy_since_ms: int | None = None
    busy_ms: int = 0
    aborted: int = 0
    status: Status = Status.FINISHED
    error: Failure | None = None
    idle_at_ms: int | None = None  # by the recorder's clock: when the last execution ended
    last_ended_ms: int = 0


class Recording:
    """The state of one kernel. ``new_id`` makes ids of notebook runs."""

    def __init__(self, new_id: Callable[[], str], limits: Limits | None = None) -> None:
        self._new_id = new_id
        self._limits = limits or Limits()
        self._run: _Run | None = None
        self._active: dict[str, _Execution] = {}

    # -- what others may ask -----------------------------------------------------------------------

    @property
    def run_id(self) -> str | None:
        """The open notebook run."""
        return self._run.id if self._run else None

    @property
    def execution_id(self) -> str | None:
        """The execution that started last and has not ended."""
        started = list(self._active)  # one step: others may look from their threads
        return started[-1] if started else None

    @property
    def due_ms(self) -> int | None:
        """When :meth:`tick` has something to do, if no message comes before."""
        run = self._run
        return run.idle_at_ms + QUIET_MS if run and run.idle_at_ms is not None else None

    # -- what happens ------------------------------------------------------------------------------

    def message(self, message: Message, now_ms: int) -> list[Update]:
        """Take an iopub message. ``now_ms`` is the recorder's clock (it decides about quiet)."""
        kind, parent = message.type, message.parent_id
        if kind == "execute_input":
            return self._start(message, now_ms)
        if kind == "status":
            state = json.loads(message.content).get("execution_state")
            if state == "idle":
                return self._idle(message, now_ms)
            if state == "starting":
                return self.ended(message.date_ms)
            return []
        if kind == "update_display_data":
            return self._update_display(message)
        if kind in OUTPUT_TYPES:
            run = self._run
            execution = self._active.get(parent) or (run.executions.get(parent) if run else None)
            if execution is None or run is None:
                return []
            if kind == "error" and not message.size:
                execution.error = _failure(message.content)
            display_id = execution.outputs.add(kind, message.content, message.size, message.digest)
            if display_id is not None:
                run.displays.pop(display_id, None)
                run.displays[display_id] = execution
                if len(run.displays) > REMEMBERED_DISPLAYS:
                    del run.displays[next(iter(run.displays))]
        return []

    def tick(self, now_ms: int) -> list[Update]:
        """Time has passed and no message waits."""
        run, due = self._run, self.due_ms
        if run is None or due is None or now_ms < due:
            return []
        return self._drain(run)

    def progress(self) -> list[Update]:
        """The present outputs of executions that run, where they changed: for those who cannot wait."""
        return [
            OutputsChanged(execution.id, execution.outputs.to_list(), execution.outputs.total_bytes)
            for execution in self._active.values()
            if execution.outputs.changed
        ]

    def interrupted(self) -> None:
        """Somebody asked the kernel to stop what runs now. A cell that handles that, or has failed already, is not
        killed."""
        for execution in self._active.values():
            execution.interrupted = execution.interrupted or execution.error is None

    def ended(self, at_ms: int, *, crashed: bool = False) -> list[Update]:
        """The kernel died (``crashed``), was restarted or shut down: what ran is killed, the run is over."""
        run = self._run
        if run is None:
            return []
        updates: list[Update] = []
        for execution in list(self._active.values()):
            execution.killed = True
            updates.append(self._end(run, execution, max(at_ms, execution.started_ms)))
        return updates + self._drain(run, died=True, crashed=crashed)

    # -- steps ---------------------------------------------------------------------------------------

    def _start(self, message: Message, now_ms: int) -> list[Update]:
        del now_ms
        if message.parent_id in self._active or not message.parent_id:
            return []
        updates: list[Update] = []
        at = message.date_ms
        run = self._run
        if run is None:
            run = self._run = _Run(self._new_id(), Allowance(self._limits.run_bytes), at)
            updates.append(RunOpened(run.id, at))
        body = json.loads(message.content)
        outputs = Outputs(self._limits.cell_bytes, run.allowance)
        execution = _Execution(message.parent_id, at, outputs)
        self._active[execution.id] = run.executions[execution.id] = execution
        if run.busy_since_ms is None:
            run.busy_since_ms = at
        run.idle_at_ms = None
        count = body.get("execution_count")
        source = str(body.get("code", ""))[:MAX_SOURCE]
        updates.append(
            ExecutionStarted(execution.id, run.id, run.started, source, _whole_number(count), at)
        )
        run.started += 1
        return updates

    def _idle(self, message: Message, now_ms: int) -> list[Update]:
        run = self._run
        execution = self._active.get(message.parent_id)
        if run is None:
            return []
        if execution is None:
            failed = run.status in (Status.FAILED, Status.KILLED)
            known = message.parent_id in run.executions
            if failed and not known and message.parent_type == "execute_request":
                run.aborted += 1  # a queued request that was answered "aborted" without being run
                if run.idle_at_ms is not None:
                    run.idle_at_ms = now_ms
            return []
        updates: list[Update] = [self._end(run, execution, message.date_ms)]
        if not self._active:
            run.idle_at_ms = now_ms
        return updates

    def _end(self, run: _Run, execution: _Execution, at_ms: int) -> ExecutionEnded:
        del self._active[execution.id]
        at_ms = max(at_ms, execution.started_ms)
        error = execution.error
        if execution.killed or (error and (execution.interrupted or error.name in INTERRUPTS)):
            status = Status.KILLED
        else:
            status = Status.FAILED if error else Status.FINISHED
        if status is not Status.FINISHED and run.status is not Status.KILLED:
            run.status, run.error = status, execution.error
        if not self._active and run.busy_since_ms is not None:
            run.busy_ms += max(0, at_ms - run.busy_since_ms)
            run.busy_since_ms = None
        run.last_ended_ms = max(run.last_ended_ms, at_ms)
        outputs = execution.outputs
        return ExecutionEnded(
            execution.id,
            run.id,
            status,
            at_ms,
            execution.error,
            outputs.to_list(),
            outputs.total_bytes,
        )

    def _drain(self, run: _Run, *, died: bool = False, crashed: bool = False) -> list[Update]:
        self._run = None
        late: list[Update] = [
            OutputsChanged(execution.id, execution.outputs.to_list(), execution.outputs.total_bytes)
            for execution in run.executions.values()
            if execution.outputs.changed
        ]
        drained = RunDrained(
            run.id,
            run.status,
            max(run.last_ended_ms, run.opened_ms),
            run.busy_ms,
            run.started,
            run.aborted,
            run.error,
            died,
            crashed,
        )
        return [*late, drained]

    def _update_display(self, message: Message) -> list[Update]:
        run = self._run
        if run is None or not run.displays or message.size:
            return []
        display_id = _display_id(message.content)
        execution = run.displays.get(display_id)
        if execution is not None:
            execution.outputs.update_display(display_id, message.content)
        return []


def _failure(content: bytes) -> Failure:
    body = json.loads(content)
    traceback = "\n".join(map(str, body.get("traceback") or ()))
    if len(traceback) > MAX_TRACEBACK:
        traceback = f"{traceback[: MAX_TRACEBACK // 2]}\n…\n{traceback[-MAX_TRACEBACK // 2 :]}"
    return Failure(str(body.get("ename", "")), str(body.get("evalue", ""))[:10_000], traceback)


def _display_id(content: bytes) -> str:
    """The display that an update is for."""
    transient: dict[str, Any] = {}
    if len(content) <= RAW_BYTES:
        transient = json.loads(content).get("transient") or {}
    else:
        for key, start, end in members(content):
            if key == "transient":
                transient = json.loads(content[start:end]) or {}
    return str(transient.get("display_id"))


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def date_ms(text: object, default: int) -> int:
    """Milliseconds since the epoch of a header's ISO date; ``default`` when there is none to read."""
    try:
        date = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return default
    if date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    return int(date.timestamp() * 1000)
