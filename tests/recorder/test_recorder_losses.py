"""What is known of executions whose messages were lost: the agent had written it down."""

from __future__ import annotations

import os
from typing import Any

import pytest

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.kernel.link.journal import Journal
from jupyterlab_mlops.recorder.recorder import Recorder
from jupyterlab_mlops.store import candidates, cell_facts, execution_rows, kernels, runs
from jupyterlab_mlops.store.cell_facts import Said

GONE = "999999:1.00"


async def restarted(store: Any, tmp_path: Any) -> None:
    """A server starts on the data directory of one that is gone."""
    recorder = Recorder(store, root_dir=tmp_path, runtime_dir=tmp_path / "runtime")
    await recorder.start()
    await recorder.stop()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (None, Status.KILLED),
        (Said("e", started_ms=1000), Status.KILLED),
        (Said("e", started_ms=1000, ended_ms=1500, status="FINISHED"), Status.FINISHED),
        (Said("e", started_ms=1000, ended_ms=1500, status="FAILED"), Status.FAILED),
    ],
)
async def test_an_execution_whose_end_was_lost_ends_as_its_agent_said(
    store, tmp_path, said, status
):
    def leave_behind(conn: Any) -> None:
        kernels.open_kernel(conn, "k", server=GONE, notebook="a.ipynb")
        runs.open_run(conn, "run", "k", opened_ms=1000, notebook="a.ipynb")
        execution_rows.start(
            conn, "e", "run", "k", ordinal=0, source="x", execution_count=1, started_ms=1000
        )
        if said is not None:
            cell_facts.say(conn, "k", [said])

    await store.write(leave_behind)
    await restarted(store, tmp_path)
    assert (await store.read(execution_rows.get, "e")).status is status


async def test_executions_that_the_server_took_with_it_are_put_back(store, tmp_path):
    def leave_behind(conn: Any) -> None:
        kernels.open_kernel(conn, "k", server=GONE, notebook="a.ipynb")
        cell_facts.say(
            conn,
            "k",
            [
                Said("done", "cell-1", 1, 1000, 1500, status="FINISHED", source="x = 1"),
                Said("aside", started_ms=1600, ended_ms=1700, status=cell_facts.ASIDE),
                Said("stopped", "cell-2", 2, started_ms=1800),
            ],
        )

    await store.write(leave_behind)
    await restarted(store, tmp_path)
    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.KILLED
    executions = await store.read(execution_rows.of_run, run.id)
    found = [(item.id, item.status, item.source) for item in executions]
    assert found == [("done", Status.FINISHED, "x = 1"), ("stopped", Status.KILLED, "")]


async def test_the_spool_of_a_kernel_that_another_server_is_starting_is_left_alone(
    store, tmp_path, monkeypatch
):
    spool = store.data_dir / "spool" / "of-another"
    spool.mkdir(parents=True)
    await restarted(store, tmp_path)
    assert spool.exists()
    monkeypatch.setattr("jupyterlab_mlops.recorder.reconciling.YOUNG_S", -1.0)
    await restarted(store, tmp_path)
    assert not spool.exists()


async def test_what_a_kernel_does_that_outlives_its_server_is_there_in_the_end(store, tmp_path):
    hello = {"python": "3", "executable": "python", "pid": os.getpid(), "agent": 1}

    def leave_behind(conn: Any) -> None:
        kernels.open_kernel(conn, "k", server=GONE, notebook="a.ipynb", language="python")
        kernels.set_agent(conn, "k", hello)

    await store.write(leave_behind)
    journal = Journal(store.data_dir / "spool" / "k")
    journal.emit("hello", None, **hello)
    recorder = Recorder(store, root_dir=tmp_path, runtime_dir=tmp_path / "runtime")
    await recorder.start()
    cell = {"cell_id": None, "execution_count": 1}
    journal.emit("cell_start", "later", source="fit()", **cell)
    journal.emit("candidate", "later", candidate="c" * 32, origin="training", **cell)
    journal.emit("cell_end", "later", status="FINISHED", candidates=["c" * 32], names=[], models=[])
    journal.close()
    await recorder.reconcile()
    await recorder.stop()
    head = await store.read(candidates.head, "c" * 32)
    execution = await store.read(execution_rows.get, "later")
    assert (head.status, execution.status) == (Status.FINISHED, Status.FINISHED)
    assert execution.source == "fit()"


@pytest.mark.parametrize("end", [Status.FINISHED, Status.FAILED])
async def test_a_cell_that_goes_on_after_its_server_ends_as_it_ended(store, tmp_path, end):
    hello = {"python": "3", "executable": "python", "pid": os.getpid(), "agent": 1}

    def leave_behind(conn: Any) -> None:
        kernels.open_kernel(conn, "k", server=GONE, notebook="a.ipynb", language="python")
        kernels.set_agent(conn, "k", hello)
        runs.open_run(conn, "r", "k", opened_ms=1000, notebook="a.ipynb")
        execution_rows.start(
            conn, "long", "r", "k", ordinal=0, source="fit()", execution_count=1, started_ms=1000
        )

    await store.write(leave_behind)
    journal = Journal(store.data_dir / "spool" / "k")
    cell = {"cell_id": None, "execution_count": 1}
    journal.emit("hello", None, **hello)
    journal.emit("cell_start", "long", source="fit()", **cell)
    journal.emit("candidate", "long", candidate="c" * 32, origin="training", **cell)
    recorder = Recorder(store, root_dir=tmp_path, runtime_dir=tmp_path / "runtime")
    await recorder.start()

    async def statuses() -> set[Status]:
        found = await store.read(runs.get_run, "r"), await store.read(execution_rows.get, "long")
        return {one.status for one in (*found, await store.read(candidates.head, "c" * 32))}

    assert await statuses() == {Status.KILLED}
    ended = {"status": end.value, "candidates": ["c" * 32], "names": [], "models": []}
    journal.emit("cell_end", "long", **ended)
    journal.close()
    await recorder.reconcile()
    await recorder.stop()
    assert await statuses() == {end}


STOPPED_WHILE_SHOWN = """
shell = get_ipython()
usual = shell.InteractiveTB.structured_traceback
def stopped(*args, **kwargs):  # somebody stops the kernel at that very moment
    shell.InteractiveTB.structured_traceback = usual
    raise KeyboardInterrupt
shell.InteractiveTB.structured_traceback = stopped
1 / 0
"""


async def test_an_error_whose_message_an_interrupt_took_is_an_error(store, start_kernel):
    kernel = await start_kernel()
    replies = await kernel.run("x = 1", STOPPED_WHILE_SHOWN)
    assert [reply["status"] for reply in replies] == ["ok", "error"]
    await kernel.settled()
    run, *_ = await store.read(runs.list_runs)  # the newest
    executions = await store.read(execution_rows.of_run, run.id)
    assert (executions[-1].status, run.status) == (Status.FAILED, Status.FAILED)
