"""The recorder in a server: sessions, bare kernels, restarts, renames, kernels that were there before."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.errors import Conflict
from jupyterlab_mlops.recorder.launch import Endpoint
from jupyterlab_mlops.recorder.recorder import Recorder
from jupyterlab_mlops.store import candidates, execution_rows, experiments, kernels, runs


class Served:
    """A server whose kernels are recorded; talks to kernels over zmq like any other client."""

    def __init__(self, app: Any, recorder: Recorder, fetch: Any) -> None:
        self.app, self.recorder, self.fetch = app, recorder, fetch
        self.clients: dict[str, AsyncKernelClient] = {}

    async def session(self, path: str, kernel_name: str = "python3") -> str:
        body = {"path": path, "type": "notebook", "name": path, "kernel": {"name": kernel_name}}
        reply = await self.fetch("api", "sessions", method="POST", body=json.dumps(body))
        return str(json.loads(reply.body)["kernel"]["id"])

    async def client(self, kernel_id: str) -> AsyncKernelClient:
        if kernel_id not in self.clients:
            client = self.app.kernel_manager.get_kernel(kernel_id).client()
            client.start_channels()
            self.clients[kernel_id] = client
            await client.wait_for_ready(timeout=60)
        return self.clients[kernel_id]

    async def run(self, kernel_id: str, *sources: str) -> list[dict[str, Any]]:
        client = await self.client(kernel_id)
        replies = []
        for source in sources:
            reply = await client._async_execute_interactive(
                source, timeout=60, output_hook=lambda _message: None
            )
            replies.append(reply["content"])
        return replies

    async def settled(self, kernel_id: str) -> None:
        await self.recorder.settled(kernel_id)


@pytest.fixture
def served(jp_serverapp, jp_fetch, store, tmp_path: Path, jp_asyncio_loop) -> Iterator[Served]:
    sessions = jp_serverapp.session_manager

    async def notebook_of(kernel_id: str) -> str | None:
        for session in await sessions.list_sessions():
            if session["kernel"]["id"] == kernel_id and session["type"] == "notebook":
                return str(session["path"])
        return None

    recorder = Recorder(
        store,
        jp_serverapp.kernel_manager,
        root_dir=Path(jp_serverapp.root_dir),
        runtime_dir=tmp_path / "runtime",
        endpoint=Endpoint("http://127.0.0.1:9/mlops/mlflow", lambda kernel_id: f"t-{kernel_id}"),
        event_logger=jp_serverapp.event_logger,
        notebook_of=notebook_of,
    )
    jp_asyncio_loop.run_until_complete(recorder.start())
    served = Served(jp_serverapp, recorder, jp_fetch)
    yield served
    for client in served.clients.values():
        client.stop_channels()
    jp_asyncio_loop.run_until_complete(recorder.stop())
    jp_asyncio_loop.run_until_complete(_started(jp_serverapp.kernel_manager))
    jp_asyncio_loop.run_until_complete(jp_serverapp.kernel_manager.shutdown_all(now=True))


async def _started(kernels: Any) -> None:
    """No kernel is being started again: jupyter_client 8 cannot shut one down that is."""
    for _ in range(300):
        if all(kernels.get_kernel(id).ready.done() for id in kernels.list_kernel_ids()):
            return
        await asyncio.sleep(0.1)


async def test_a_session_is_recorded_under_its_notebook(served, store, jp_create_notebook):
    jp_create_notebook("a.ipynb")
    kernel_id = await served.session("a.ipynb")
    await served.run(kernel_id, "x = 1")
    await served.settled(kernel_id)
    (run,) = await store.read(runs.list_runs)
    assert (run.notebook, run.kernel_id, run.status) == ("a.ipynb", kernel_id, Status.FINISHED)


async def test_kernels_know_where_to_track_and_not_how_to_open_gitlab(
    served, store, jp_create_notebook, monkeypatch
):
    monkeypatch.setenv("GITLAB_TOKEN", "secret")
    jp_create_notebook("sub.ipynb")
    kernel_id = await served.session("sub.ipynb")
    names = ["MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "MLFLOW_EXPERIMENT_NAME"]
    code = f"import os; [os.environ.get(name) for name in {[*names, 'GITLAB_TOKEN']}]"
    await served.run(kernel_id, code)
    await served.settled(kernel_id)
    (run,) = await store.read(runs.list_runs)
    (execution,) = await store.read(execution_rows.of_run, run.id)
    (output,) = json.loads(execution_rows.outputs_json(execution, store.blobs))
    expected = ["http://127.0.0.1:9/mlops/mlflow", f"t-{kernel_id}", "sub", None]
    assert ast.literal_eval(output["data"]["text/plain"]) == expected


async def test_a_restart_kills_what_ran_and_records_what_comes_after(
    served, store, jp_create_notebook
):
    jp_create_notebook("r.ipynb")
    kernel_id = await served.session("r.ipynb")
    client = await served.client(kernel_id)
    execution = client.execute("import time; time.sleep(60)")
    while served.recorder.current(kernel_id)["execution_id"] != execution:
        await asyncio.sleep(0.02)
    await served.fetch("api", "kernels", kernel_id, "restart", method="POST", body="")
    await client.wait_for_ready(timeout=60)
    await served.run(kernel_id, "y = 2")
    await served.settled(kernel_id)
    after, before = await store.read(runs.list_runs)
    assert (before.status, after.status) == (Status.KILLED, Status.FINISHED)
    assert (await store.read(execution_rows.of_run, before.id))[0].status is Status.KILLED


async def test_a_rename_moves_the_kernel_and_its_experiment(served, store, jp_create_notebook):
    jp_create_notebook("Untitled.ipynb")
    kernel_id = await served.session("Untitled.ipynb")
    await store.write(kernels.experiment_of, "Untitled.ipynb")
    await served.fetch(
        "api",
        "contents",
        "Untitled.ipynb",
        method="PATCH",
        body=json.dumps({"path": "churn.ipynb"}),
    )
    await served.app.event_logger.gather_listeners()
    await served.run(kernel_id, "x = 1")
    await served.settled(kernel_id)
    (run,) = await store.read(runs.list_runs)
    assert run.notebook == "churn.ipynb"
    assert (await store.read(experiments.by_name, "churn")).notebook == "churn.ipynb"


async def test_cells_that_are_saved_after_they_ran_are_found(served, store, jp_create_notebook):
    jp_create_notebook("new.ipynb")
    kernel_id = await served.session("new.ipynb")
    await served.run(kernel_id, "x = 1", "y = 2")
    await served.settled(kernel_id)
    (run,) = await store.read(runs.list_runs)
    assert not run.whole
    cells = [nbformat.v4.new_code_cell(source) for source in ("x = 1", "y = 2")]
    body = {"type": "notebook", "content": nbformat.v4.new_notebook(cells=cells)}
    await served.fetch("api", "contents", "new.ipynb", method="PUT", body=json.dumps(body))
    while not (await store.read(runs.get_run, run.id)).whole:
        await asyncio.sleep(0.05)
    (id,) = await store.read(runs.run_candidates, run.id)
    assert (await store.read(candidates.head, id)).origin == "notebook"


async def test_a_first_cell_that_kills_its_kernel_leaves_a_candidate(served, store):
    root = Path(served.app.root_dir)
    fatal = "import os; os._exit(1)"
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (fatal, "2")]),
        root / "fatal.ipynb",
    )
    kernel_id = await served.session("fatal.ipynb")
    client = await served.client(kernel_id)
    for source in (fatal, "2"):
        client.execute(source)
    found = []
    for _ in range(300):
        if found:
            break
        await asyncio.sleep(0.1)
        found = await store.read(lambda conn: conn.execute("SELECT id FROM candidates").fetchall())
    candidate = await store.read(candidates.get, found[0][0])
    assert (candidate.origin, candidate.status) == ("notebook", Status.KILLED)
    (run,) = await store.read(runs.list_runs)
    assert (run.whole, run.status, run.notebook) == (True, Status.KILLED, "fatal.ipynb")


async def test_a_run_that_is_discarded_while_it_goes_on_leaves_nothing(
    served, store, jp_create_notebook
):
    jp_create_notebook("gone.ipynb")
    kernel_id = await served.session("gone.ipynb")
    running = asyncio.ensure_future(served.run(kernel_id, "import time; time.sleep(1)", "1 + 1"))
    while not (found := await store.read(runs.list_runs)):
        await asyncio.sleep(0.05)
    served.recorder.discard(found[0].id)
    await running
    await served.settled(kernel_id)
    assert await store.read(runs.list_runs) == []


async def test_a_kernel_that_is_shut_down_is_let_go(served, store, jp_create_notebook):
    jp_create_notebook("s.ipynb")
    kernel_id = await served.session("s.ipynb")
    await served.run(kernel_id, "x = 1")
    boot = served.recorder.launcher.boot_path(kernel_id)
    assert boot.stat().st_mode & 0o777 == 0o600
    await served.fetch("api", "kernels", kernel_id, method="DELETE")
    while await store.read(kernels.alive):
        await asyncio.sleep(0.05)
    await served.recorder.detach(kernel_id)
    assert not boot.exists()
    (run,) = await store.read(runs.list_runs)
    assert run.status.ended


async def test_candidates_of_a_dead_server_are_settled_at_the_next_start(store, tmp_path):
    def leave_behind(conn: Any) -> str:
        kernels.open_kernel(conn, "k", server="999999:1.00", notebook="gone.ipynb")
        runs.open_run(conn, "run", "k", opened_ms=1000, notebook="gone.ipynb")
        execution_rows.start(
            conn, "e", "run", "k", ordinal=0, source="x", execution_count=1, started_ms=1000
        )
        return candidates.create(
            conn,
            kernels.experiment_of(conn, "gone.ipynb"),
            origin="training",
            kernel_id="k",
            execution_id="e",
        )

    id = await store.write(leave_behind)
    recorder = Recorder(store, root_dir=tmp_path, runtime_dir=tmp_path / "runtime")
    await recorder.start()
    try:
        assert (await store.read(candidates.head, id)).status is Status.KILLED
        assert (await store.read(runs.get_run, "run")).status is Status.KILLED
        assert await store.read(kernels.alive) == []
    finally:
        await recorder.stop()


async def test_a_kernel_that_is_started_before_the_recorder_waits_for_its_agent(
    jp_serverapp, jp_fetch, store, tmp_path
):
    manager = jp_serverapp.kernel_manager
    recorder = Recorder(
        store, manager, root_dir=Path(jp_serverapp.root_dir), runtime_dir=tmp_path / "runtime"
    )
    recorder.intercept()
    asked = asyncio.ensure_future(jp_fetch("api", "kernels", method="POST", body="{}"))
    await asyncio.sleep(0.2)
    assert manager.list_kernel_ids() == []
    await recorder.start()
    try:
        kernel_id = json.loads((await asked).body)["id"]
        assert recorder.launcher.boot_path(kernel_id).exists()
        assert await store.read(kernels.alive) != []
    finally:
        await recorder.stop()
        await manager.shutdown_all(now=True)


async def test_a_recorder_that_does_not_start_keeps_no_kernel_waiting(
    jp_serverapp, jp_fetch, store, tmp_path, monkeypatch
):
    monkeypatch.setattr("jupyterlab_mlops.recorder.recorder.START_S", 0.1)
    manager = jp_serverapp.kernel_manager
    Recorder(
        store, manager, root_dir=Path(jp_serverapp.root_dir), runtime_dir=tmp_path / "runtime"
    ).intercept()
    try:
        reply = await jp_fetch("api", "kernels", method="POST", body="{}")
        assert json.loads(reply.body)["id"] in manager
    finally:
        await manager.shutdown_all(now=True)


async def test_a_kernel_that_was_there_before_gets_its_agent_now_and_after_a_restart(
    jp_serverapp, jp_fetch, store, tmp_path
):
    manager = jp_serverapp.kernel_manager
    kernel_id = await manager.start_kernel()
    recorder = Recorder(
        store, manager, root_dir=Path(jp_serverapp.root_dir), runtime_dir=tmp_path / "runtime"
    )
    await recorder.start()
    try:
        answers = []
        for restart in (False, True):
            if restart:
                await jp_fetch("api", "kernels", kernel_id, "restart", method="POST", body="")
            for _ in range(100):
                try:
                    answers.append(await recorder.ask(kernel_id, {"do": "models"}, 5))
                    break
                except Conflict:
                    await asyncio.sleep(0.2)
        assert answers == [{"models": []}, {"models": []}]
    finally:
        await recorder.stop()
        await manager.shutdown_all(now=True)


async def test_a_kernel_that_no_kernelspec_describes_says_what_it_is_and_gets_its_agent(
    jp_serverapp, store, tmp_path
):
    manager = jp_serverapp.kernel_manager
    kernel_id = await manager.start_kernel()
    manager.get_kernel(kernel_id)._kernel_spec = KernelSpec()  # as one that was started by hand
    recorder = Recorder(
        store, manager, root_dir=Path(jp_serverapp.root_dir), runtime_dir=tmp_path / "runtime"
    )
    await recorder.start()
    try:
        for _ in range(300):
            with contextlib.suppress(Conflict):
                assert await recorder.ask(kernel_id, {"do": "models"}, 5) == {"models": []}
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError("it has no agent")
        row = await store.read(kernels.get_kernel, kernel_id)
        assert row["language"] == "python"
    finally:
        await recorder.stop()
        await manager.shutdown_all(now=True)
