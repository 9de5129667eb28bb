"""The recorder without a server: kernels of this process, as `jupyter mlops run` uses them."""

from __future__ import annotations

import asyncio
import time

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.recorder.taps import Taps
from jupyterlab_mlops.store import candidates, execution_rows, runs


async def test_cells_run_by_any_client_become_one_notebook_run(store, start_kernel):
    kernel = await start_kernel(agent=False)
    await kernel.run("a = 1", "print('hello')", "a + 1")
    await kernel.settled()

    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.FINISHED
    executions = await store.read(execution_rows.of_run, run.id)
    assert [item.source for item in executions] == ["a = 1", "print('hello')", "a + 1"]
    assert [item.execution_count for item in executions] == [1, 2, 3]
    assert {item.status for item in executions} == {Status.FINISHED}
    assert b"hello" in execution_rows.outputs_json(executions[1], store.blobs)


async def test_what_the_kernel_said_is_waited_for_where_the_recorder_is_behind(
    store, start_kernel, monkeypatch
):
    kernel = await start_kernel(agent=False)
    receive, behind = Taps._receive, time.monotonic() + 2
    monkeypatch.setattr(Taps, "_receive", lambda *of: time.monotonic() > behind and receive(*of))
    await kernel.run("a = 1")
    await kernel.settled()
    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.FINISHED


async def test_a_whole_notebook_is_one_candidate_even_if_it_produced_nothing(
    store, start_kernel, notebook
):
    notebook("work/plain.ipynb", "a = 1", "b = 2")
    kernel = await start_kernel("work/plain.ipynb", agent=False)
    await kernel.run("a = 1", "b = 2")
    await kernel.settled()

    (run,) = await store.read(runs.list_runs)
    assert run.whole
    (id,) = await store.read(runs.run_candidates, run.id)
    candidate = await store.read(candidates.get, id)
    assert (candidate.name, candidate.experiment) == ("plain", "work/plain")
    assert candidate.status is Status.FINISHED
    assert {file.path for file in candidate.artifacts} == {"notebook.ipynb", "environment.txt"}
    assert candidate.tags["mlops.notebook"] == "work/plain.ipynb"
    assert candidate.details["hardware"]["cpus"] >= 1


async def test_a_failing_cell_makes_the_whole_run_failed(store, start_kernel, notebook):
    notebook("bad.ipynb", "a = 1", "1 / 0", "b = 2")
    kernel = await start_kernel("bad.ipynb", agent=False)
    await kernel.run("a = 1", "1 / 0")
    await kernel.settled()

    (run,) = await store.read(runs.list_runs)
    (id,) = await store.read(runs.run_candidates, run.id)
    candidate = await store.read(candidates.get, id)
    assert candidate.status is Status.FAILED
    assert candidate.error.name == "ZeroDivisionError"


async def test_one_cell_alone_is_history(store, start_kernel, notebook):
    notebook("many.ipynb", "a = 1", "b = 2")
    kernel = await start_kernel("many.ipynb", agent=False)
    await kernel.run("b = 2")
    await kernel.settled()
    (run,) = await store.read(runs.list_runs)
    assert await store.read(runs.run_candidates, run.id) == []
    (execution,) = await store.read(execution_rows.of_run, run.id)
    assert execution.cell_index == 1


async def test_a_dead_kernel_leaves_nothing_running(store, start_kernel, notebook):
    notebook("slow.ipynb", "a = 1", "import time; time.sleep(60)", "b = 2")
    kernel = await start_kernel("slow.ipynb", agent=False)
    await kernel.run("a = 1")
    execution = kernel.client.execute("import time; time.sleep(60)")
    while kernel.recorder.current(kernel.id)["execution_id"] != execution:
        await asyncio.sleep(0.02)
    kernel.manager.provisioner.process.kill()
    await kernel.recorder.detach(kernel.id)

    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.KILLED
    statuses = [item.status for item in await store.read(execution_rows.of_run, run.id)]
    assert statuses == [Status.FINISHED, Status.KILLED]
    (id,) = await store.read(runs.run_candidates, run.id)
    assert (await store.read(candidates.head, id)).status is Status.KILLED


async def test_what_clients_ask_for_themselves_is_no_history(store, start_kernel, notebook):
    notebook("a.ipynb", "x = 1", "y = 2")
    kernel = await start_kernel("a.ipynb")
    await kernel.run("dir()", store_history=False)
    await kernel.settled()
    assert await store.read(runs.list_runs) == []
    await kernel.run("x = 1", "y = 2")
    await kernel.run("%who_ls", store_history=False)
    await kernel.settled()
    (run,) = await store.read(runs.list_runs)
    assert run.whole
    assert [item.source for item in await store.read(execution_rows.of_run, run.id)] == [
        "x = 1",
        "y = 2",
    ]


async def test_a_cell_that_takes_its_kernel_with_it_is_found_by_the_agent(
    store, start_kernel, notebook
):
    sources = ("a = 1", "import os; os._exit(9)", "b = 2")
    notebook("d.ipynb", *sources)
    kernel = await start_kernel("d.ipynb")
    await kernel.run(sources[0])
    kernel.client.execute(sources[1])
    while await kernel.manager.is_alive():
        await asyncio.sleep(0.05)
    await kernel.recorder.detach(kernel.id)
    (run,) = await store.read(runs.list_runs)
    executions = await store.read(execution_rows.of_run, run.id)
    assert [(item.cell_index, item.status) for item in executions] == [
        (0, Status.FINISHED),
        (1, Status.KILLED),
    ]
    (id,) = await store.read(runs.run_candidates, run.id)
    assert (await store.read(candidates.head, id)).status is Status.KILLED


async def test_a_kernel_that_is_started_again_on_other_ports_is_heard_at_once(store, start_kernel):
    kernel = await start_kernel(agent=False, cache_ports=False)
    before = kernel.manager.iopub_port
    await kernel.manager.restart_kernel(now=True, newports=True)
    assert kernel.manager.iopub_port != before
    client = kernel.manager.client()
    client.start_channels()
    try:
        # At once: a client that waits until the kernel answers would come after everybody else.
        id = client.execute("x = 1")
        assert (await client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] == id
        await kernel.settled()
        assert (await store.read(execution_rows.get, id)).status is Status.FINISHED
    finally:
        client.stop_channels()
