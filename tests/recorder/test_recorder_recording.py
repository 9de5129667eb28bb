"""PURE: the state machine from iopub messages to notebook runs."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.recorder.recording import (
    QUIET_MS,
    ExecutionEnded,
    ExecutionStarted,
    Limits,
    Message,
    OutputsChanged,
    Recording,
    RunDrained,
    RunOpened,
    date_ms,
)


class Kernel:
    """A kernel on iopub with a fake clock: every message takes a millisecond."""

    def __init__(self, limits: Limits | None = None) -> None:
        numbers = itertools.count(1)
        self.recording = Recording(lambda: f"run-{next(numbers)}", limits)
        self.now = 1_000_000
        self.count = 0
        self.updates: list[Any] = []

    def say(self, kind: str, parent: str, /, parent_type: str = "execute_request", **content: Any):
        self.now += 1
        body = json.dumps(content).encode()
        message = Message(kind, parent, parent_type, self.now, body)
        self.updates += self.recording.message(message, self.now)

    def start(self, id: str, code: str = "x") -> None:
        self.count += 1
        self.say("status", id, execution_state="busy")
        self.say("execute_input", id, code=code, execution_count=self.count)

    def end(self, id: str) -> None:
        self.say("status", id, execution_state="idle")

    def fail(self, id: str, name: str = "ValueError") -> None:
        self.say("error", id, ename=name, evalue="no", traceback=["a", "b"])
        self.end(id)

    def wait(self, ms: int = QUIET_MS + 1) -> None:
        self.now += ms
        self.updates += self.recording.tick(self.now)

    def of(self, kind: type) -> list[Any]:
        return [update for update in self.updates if isinstance(update, kind)]


def test_cells_sent_one_after_another_are_one_run():
    kernel = Kernel()
    for id in "abc":
        kernel.start(id, code=f"cell {id}")
        kernel.wait(50)  # runs for 50 ms
        kernel.end(id)
        kernel.wait(100)  # the client thinks before it sends the next
    kernel.wait()
    assert [item.run_id for item in kernel.of(RunOpened)] == ["run-1"]
    assert [item.source for item in kernel.of(ExecutionStarted)] == ["cell a", "cell b", "cell c"]
    assert [item.ordinal for item in kernel.of(ExecutionStarted)] == [0, 1, 2]
    (drained,) = kernel.of(RunDrained)
    assert (drained.status, drained.executions) == (Status.FINISHED, 3)
    assert drained.busy_ms == 3 * 51


def test_a_pause_ends_the_run():
    kernel = Kernel()
    kernel.start("a")
    kernel.end("a")
    kernel.wait()
    kernel.start("b")
    kernel.end("b")
    kernel.wait()
    assert [item.run_id for item in kernel.of(RunDrained)] == ["run-1", "run-2"]


def test_a_long_cell_is_not_a_pause():
    kernel = Kernel()
    kernel.start("a")
    kernel.wait(3_600_000)
    assert kernel.of(RunDrained) == []


def test_requests_without_execute_input_are_nothing():
    kernel = Kernel()
    kernel.say("status", "silent", execution_state="busy")
    kernel.say("stream", "silent", name="stdout", text="hello")
    kernel.end("silent")
    kernel.say("status", "c", parent_type="comm_msg", execution_state="busy")
    kernel.end("c")
    kernel.wait()
    assert kernel.updates == []


def test_an_error_fails_the_run_and_aborted_requests_are_counted():
    kernel = Kernel()
    kernel.start("a")
    kernel.fail("a")
    for id in ("b", "c"):  # answered "aborted": busy and idle, and no execute_input
        kernel.say("status", id, execution_state="busy")
        kernel.end(id)
    kernel.wait()
    (ended,) = kernel.of(ExecutionEnded)
    assert (ended.status, ended.error.name, ended.error.traceback) == (
        Status.FAILED,
        "ValueError",
        "a\nb",
    )
    (drained,) = kernel.of(RunDrained)
    assert (drained.status, drained.aborted, drained.error.name) == (Status.FAILED, 2, "ValueError")


def test_an_interrupt_kills_unless_the_cell_handles_it():
    kernel = Kernel()
    kernel.start("a")
    kernel.recording.interrupted()
    kernel.fail("a", "KeyboardInterrupt")
    kernel.start("b")
    kernel.recording.interrupted()
    kernel.end("b")
    assert [item.status for item in kernel.of(ExecutionEnded)] == [Status.KILLED, Status.FINISHED]


def test_a_kernel_that_starts_again_kills_what_ran():
    kernel = Kernel()
    kernel.start("a")
    kernel.say("status", "", parent_type="", execution_state="starting")
    assert [item.status for item in kernel.of(ExecutionEnded)] == [Status.KILLED]
    assert [item.status for item in kernel.of(RunDrained)] == [Status.KILLED]
    kernel.start("b")
    assert kernel.of(RunOpened)[-1].run_id == "run-2"


def test_executions_in_a_subshell_overlap_and_time_counts_once():
    kernel = Kernel()
    kernel.start("main")
    kernel.start("sub")
    kernel.end("sub")
    kernel.wait(1000)
    assert kernel.of(RunDrained) == []
    kernel.end("main")
    kernel.wait()
    (drained,) = kernel.of(RunDrained)
    started, ended = kernel.of(ExecutionStarted)[0], kernel.of(ExecutionEnded)[-1]
    assert drained.busy_ms == ended.at_ms - started.at_ms


def test_a_later_cell_can_update_an_earlier_display():
    kernel = Kernel()
    kernel.start("a")
    kernel.say(
        "display_data", "a", data={"text/plain": "old"}, transient={"display_id": "d"}, metadata={}
    )
    kernel.end("a")
    kernel.start("b")
    kernel.say(
        "update_display_data",
        "b",
        data={"text/plain": "new"},
        transient={"display_id": "d"},
        metadata={},
    )
    kernel.end("b")
    kernel.wait()
    assert kernel.of(ExecutionEnded)[0].outputs[0]["data"] == {"text/plain": "old"}
    (changed,) = kernel.of(OutputsChanged)
    assert (changed.id, changed.outputs[0]["data"]) == ("a", {"text/plain": "new"})


def test_dates_of_headers():
    assert date_ms("2026-01-02T03:04:05.678901Z", 7) == 1767323045678
    assert date_ms("2026-01-02T03:04:05.678901", 7) == 1767323045678
    assert date_ms("2026-01-02T04:04:05.678901+01:00", 7) == 1767323045678
    assert date_ms("yesterday", 7) == 7
    assert date_ms(None, 7) == 7


EVENTS = st.one_of(
    st.tuples(st.just("start"), st.integers(0, 5)),
    st.tuples(st.just("end"), st.integers(0, 5)),
    st.tuples(st.just("fail"), st.integers(0, 5)),
    st.tuples(st.just("print"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(0, 2 * QUIET_MS)),
    st.tuples(st.just("interrupt"), st.just(0)),
    st.tuples(st.just("die"), st.just(0)),
    st.tuples(st.just("starting"), st.just(0)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_every_execution_ends_once_inside_its_run(events):
    kernel = Kernel(Limits(cell_bytes=200, run_bytes=1000))
    serial = itertools.count()
    ids: dict[int, str] = {}
    for what, value in events:
        id = ids.get(value, "unknown")
        if what == "start":
            ids[value] = f"{value}-{next(serial)}"
            kernel.start(ids[value])
        elif what == "end":
            kernel.end(id)
        elif what == "fail":
            kernel.fail(id)
        elif what == "print":
            kernel.say("stream", id, name="stdout", text="text\r" * 20)
        elif what == "wait":
            kernel.wait(value)
        elif what == "interrupt":
            kernel.recording.interrupted()
        elif what == "die":
            kernel.updates += kernel.recording.ended(kernel.now)
        else:
            kernel.say("status", "", parent_type="", execution_state="starting")
    kernel.updates += kernel.recording.ended(kernel.now)

    open_run, running = None, set()
    for update in kernel.updates:
        if isinstance(update, RunOpened):
            assert open_run is None
            open_run = update.run_id
        elif isinstance(update, ExecutionStarted):
            assert update.run_id == open_run
            running.add(update.id)
        elif isinstance(update, ExecutionEnded):
            assert update.run_id == open_run
            running.remove(update.id)
            assert update.status.ended
        elif isinstance(update, RunDrained):
            assert update.run_id == open_run
            assert not running
            assert update.busy_ms >= 0
            open_run = None
    assert open_run is None
    assert not running
    assert kernel.recording.run_id is None
    assert kernel.recording.execution_id is None
