"""Storms: much output, many updates, and kernels that are killed at any moment."""

from __future__ import annotations

import asyncio
import json
import random

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.store import execution_rows, kernels, runs

UPDATES = """
from IPython.display import display
handle = display("first", display_id=True)
for number in range(3000): handle.update(f"update {number}")
"""


async def test_output_is_bounded_and_complete_at_its_ends(store, start_kernel):
    kernel = await start_kernel(agent=False)
    await kernel.run(
        "for number in range(200_000): print('line', number)",
        "print('x' * 20_000_000)",
        UPDATES,
    )
    await kernel.settled()
    lines, huge, updates = [  # in one run, or in several where the machine is slow
        execution
        for run in reversed(await store.read(runs.list_runs))
        for execution in await store.read(execution_rows.of_run, run.id)
    ]
    text = "".join(
        item["text"] for item in json.loads(execution_rows.outputs_json(lines, store.blobs))
    )
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith("line 199999\n")
    assert len(text) < 1_500_000
    assert huge.output_bytes > 20_000_000
    assert len(execution_rows.outputs_json(huge, store.blobs)) < 200_000
    (shown,) = json.loads(execution_rows.outputs_json(updates, store.blobs))
    assert shown["data"]["text/plain"] == "'update 2999'"


async def test_every_one_of_many_short_cells_is_an_execution(store, start_kernel):
    kernel = await start_kernel(agent=False)
    ids = [kernel.client.execute(f"x = {number}") for number in range(300)]
    while True:
        await kernel.settled()
        found = await store.read(runs.list_runs)
        executions = [
            item for run in found for item in await store.read(execution_rows.of_run, run.id)
        ]
        if len(executions) == 300:
            break
        await asyncio.sleep(0.1)
    assert {item.id for item in executions} == set(ids)
    assert {item.status for item in executions} == {Status.FINISHED}


async def test_kernels_killed_at_any_moment_leave_nothing_running(store, start_kernel, notebook):
    notebook("k.ipynb", "import time", "print('a' * 10_000)", "time.sleep(0.2)", "b = 1")
    chance = random.Random(7)
    for _ in range(3):
        kernel = await start_kernel("k.ipynb")
        for source in ("import time", "print('a' * 10_000)", "time.sleep(0.2)", "b = 1"):
            kernel.client.execute(source)
        await asyncio.sleep(chance.uniform(0, 0.6))
        kernel.manager.provisioner.process.kill()
        await kernel.recorder.detach(kernel.id)
    assert await store.read(runs.running) == []
    assert await store.read(kernels.alive) == []
    for run in await store.read(runs.list_runs):
        assert run.status.ended
        assert all(item.status.ended for item in await store.read(execution_rows.of_run, run.id))
