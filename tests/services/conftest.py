"""A Jupyter server whose extension really runs: recorder, listener and all."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.asynchronous import AsyncKernelClient

from jupyterlab_mlops.extension import MLOpsExtension

Api = Callable[..., Awaitable[Any]]


@pytest.fixture
def jp_server_config(tmp_path: Path, jp_server_config: dict[str, Any]) -> dict[str, Any]:
    return {
        **jp_server_config,
        "ServerApp": {"jpserver_extensions": {"jupyterlab_mlops": True}},
        "MLOpsExtension": {"data_dir": str(tmp_path / "mlops"), "sync": "off"},
    }


@pytest.fixture
def extension(jp_serverapp: Any, jp_asyncio_loop: Any) -> Any:
    """The running extension."""
    found = jp_serverapp.extension_manager.extension_apps["jupyterlab_mlops"]
    app: MLOpsExtension = next(iter(found))
    jp_asyncio_loop.run_until_complete(app.start_parts())
    return app


@pytest.fixture
def api(extension: MLOpsExtension, jp_fetch: Callable[..., Any]) -> Api:
    """``await api("GET", "candidates")`` → the parsed answer."""

    async def call(method: str, path: str, body: Any = None, **params: Any) -> Any:
        response = await jp_fetch(
            "mlops",
            "api",
            *path.split("/"),
            method=method,
            params=params,
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
            request_timeout=120,
            connect_timeout=120,  # the client also counts the time until one of its ten connections is free
        )
        return json.loads(response.body) if response.body else None

    return call


class Notebook:
    """A notebook open on the server: its cells are executed one after the other, as a client would."""

    def __init__(self, server: Any, path: str, kernel_id: str, client: AsyncKernelClient) -> None:
        self.server, self.path, self.kernel_id, self.client = server, path, kernel_id, client

    async def run(self, source: str) -> dict[str, Any]:
        """Execute one cell; returns the reply's content."""
        reply = await self.client.execute_interactive(
            source, timeout=90, output_hook=lambda message: None
        )
        content: dict[str, Any] = reply["content"]
        return content

    async def run_cell(self, id: str, source: str) -> dict[str, Any]:
        """Execute the cell of an id, as JupyterLab does; returns the reply's content."""
        asked = {"code": source, "silent": False, "store_history": True}
        asked |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        session = self.client.session
        message = session.msg("execute_request", asked, metadata={"cellId": id})
        self.client.shell_channel.send(message)
        reply = await self.client._async_recv_reply(message["header"]["msg_id"], timeout=90)
        content: dict[str, Any] = reply["content"]
        return content


@pytest.fixture
def open_notebook(
    jp_serverapp: Any, jp_root_dir: Path, extension: MLOpsExtension
) -> Iterator[Callable[[str], Awaitable[Notebook]]]:
    """``notebook = await open_notebook("work.ipynb")``: a session with a kernel."""
    clients: list[AsyncKernelClient] = []

    async def start(name: str) -> Notebook:
        nbformat.write(nbformat.v4.new_notebook(), jp_root_dir / name)
        session = await jp_serverapp.session_manager.create_session(
            path=name, name=name, type="notebook", kernel_name="python3"
        )
        kernel_id = session["kernel"]["id"]
        client = jp_serverapp.kernel_manager.get_kernel(kernel_id).client()
        clients.append(client)
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        return Notebook(jp_serverapp, name, kernel_id, client)

    yield start
    for client in clients:
        client.stop_channels()
        client.context.destroy(linger=0)


async def eventually(ask: Callable[[], Awaitable[Any]], patience_s: float = 30) -> Any:
    """The first true answer of ``ask``."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = await ask()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing within {patience_s} s, last: {found!r}")
