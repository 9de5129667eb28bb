"""Asking a kernel's agent: answers, busy kernels, late requests, and nothing left in the session."""

from __future__ import annotations

import asyncio

import pytest

from jupyterlab_mlops.errors import Conflict
from jupyterlab_mlops.store import execution_rows, runs


async def test_an_idle_kernel_answers_and_nothing_is_left(store, recorder, start_kernel):
    kernel = await start_kernel()
    await kernel.run("a = 1")
    answer = await recorder.ask(kernel.id, {"do": "models"}, 20)
    assert answer == {"models": []}
    (reply,) = await kernel.run("assert list(Out) == [] and len(In) == 3, (In, Out)")
    assert reply["status"] == "ok"
    assert reply["execution_count"] == 2
    await kernel.settled()
    executions = [
        item
        for run in await store.read(runs.list_runs)
        for item in await store.read(execution_rows.of_run, run.id)
    ]
    assert len(executions) == 2


async def test_a_busy_kernel_lists_its_models_and_refuses_the_rest_in_time(recorder, start_kernel):
    kernel = await start_kernel()
    execution = kernel.client.execute("import time\nfor _ in range(40): time.sleep(0.1)")
    while recorder.current(kernel.id)["execution_id"] != execution:
        await asyncio.sleep(0.02)
    assert await recorder.ask(kernel.id, {"do": "models"}, 3) == {"models": []}
    with pytest.raises(Conflict, match=r"did not answer within 0\.3 s"):
        await recorder.ask(
            kernel.id, {"do": "stage", "variable": "x", "directory": "/nowhere"}, 0.3
        )
    await kernel.settled()


async def test_a_kernel_without_an_agent_says_so(recorder, start_kernel):
    kernel = await start_kernel(agent=False)
    with pytest.raises(Conflict, match="no agent"):
        await recorder.ask(kernel.id, {"do": "models"}, 20)
    with pytest.raises(Conflict, match="is not running"):
        await recorder.ask("another", {"do": "models"}, 1)
