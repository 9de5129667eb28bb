"""Whoever drives a kernel, it is one record: browsers over websockets, and kernels of other languages."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.recorder.recorder import Recorder
from jupyterlab_mlops.store import candidates, execution_rows, runs

ECHO = """
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Echo(Kernel):
    implementation = language = "echo"
    implementation_version = banner = "1"
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}

    def do_execute(self, code, silent, *args, **kwargs):
        self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Echo)
"""


class Browser:
    """A websocket to a kernel, as a page has it."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, code: str, cell_id: str) -> str:
        """Send a cell as JupyterLab does; returns its message id."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": uuid.uuid4().hex,
            "version": "5.3",
            "date": "",
        }
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {"cellId": cell_id},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        await self.socket.write_message(json.dumps(message))
        return header["msg_id"]

    async def until(self, kind: str, id: str) -> None:
        """Read to a message of this type about this cell."""
        while True:
            text = await asyncio.wait_for(self.socket.read_message(), 60)
            message = json.loads(text)
            if message["msg_type"] == kind and message["parent_header"].get("msg_id") == id:
                return


@pytest.fixture
def served(jp_serverapp, store, tmp_path, jp_asyncio_loop):
    """The recorder of a server without sessions."""
    recorder = Recorder(
        store,
        jp_serverapp.kernel_manager,
        root_dir=Path(jp_serverapp.root_dir),
        runtime_dir=tmp_path / "runtime",
    )
    jp_asyncio_loop.run_until_complete(recorder.start())
    yield recorder
    jp_asyncio_loop.run_until_complete(recorder.stop())
    jp_asyncio_loop.run_until_complete(jp_serverapp.kernel_manager.shutdown_all(now=True))


async def executed(store: Any) -> list[Any]:
    """All executions, oldest first."""
    found = []
    for run in reversed(await store.read(runs.list_runs)):
        found += await store.read(execution_rows.of_run, run.id)
    return found


async def test_two_browsers_on_one_kernel_and_one_that_is_closed(
    served, store, jp_serverapp, jp_ws_fetch
):
    kernel_id = await jp_serverapp.kernel_manager.start_kernel()
    one, two = [
        Browser(await jp_ws_fetch("api", "kernels", kernel_id, "channels")) for _ in range(2)
    ]
    first = await one.send("x = 1", "cell-1")
    await one.until("execute_reply", first)
    second = await two.send("import time\nprint(x)\ntime.sleep(0.5)\nprint('end')", "cell-2")
    await two.until("stream", second)
    for browser in (one, two):
        browser.socket.close()
    await served.settled(kernel_id)
    before, after = await executed(store)
    assert [(item.id, item.cell_id) for item in (before, after)] == [
        (first, "cell-1"),
        (second, "cell-2"),
    ]
    (output,) = json.loads(execution_rows.outputs_json(after, store.blobs))
    assert output["text"] == "1\nend\n"


async def test_a_kernel_of_another_language_has_runs_and_whole_notebooks(
    store, start_kernel, notebook, tmp_path, monkeypatch
):
    spec = tmp_path / "share" / "kernels" / "echo"
    spec.mkdir(parents=True)
    (spec / "echo.py").write_text(ECHO)
    argv = [sys.executable, str(spec / "echo.py"), "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Echo", "language": "echo"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    notebook("echo.ipynb", "hello", "world")
    kernel = await start_kernel("echo.ipynb", agent=False, kernel_name="echo")
    await kernel.run("hello", "world")
    await kernel.settled()
    assert [(item.source, item.status) for item in await executed(store)] == [
        ("hello", Status.FINISHED),
        ("world", Status.FINISHED),
    ]
    (run,) = await store.read(runs.list_runs)
    (id,) = await store.read(runs.run_candidates, run.id)
    assert (await store.read(candidates.head, id)).status is Status.FINISHED
