"""Real kernels, a real store: what the tests of the recorder share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager

from jupyterlab_mlops.recorder.recorder import Recorder
from jupyterlab_mlops.store.store import Store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The directory whose notebooks are run."""
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture
def notebook(root: Path) -> Callable[..., dict[str, Any]]:
    """Writes a notebook of code cells below the root and returns it."""

    def write(path: str, *sources: str) -> dict[str, Any]:
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        document = nbformat.v4.new_notebook(cells=cells)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(document, root / path)
        return document

    return write


class Headless:
    """A kernel without a server, recorded in this process."""

    def __init__(self, recorder: Recorder, kernel_id: str, manager: Any, client: Any) -> None:
        self.recorder, self.id, self.manager, self.client = recorder, kernel_id, manager, client

    async def run(self, *sources: str, timeout: float = 60, **kwargs: Any) -> list[dict[str, Any]]:
        """Execute sources one after the other; returns the replies' contents."""
        replies = []
        for source in sources:
            reply = await self.client._async_execute_interactive(
                source, timeout=timeout, output_hook=lambda _message: None, **kwargs
            )
            replies.append(reply["content"])
        return replies

    async def settled(self) -> None:
        await self.recorder.settled(self.id)


@pytest.fixture
def recorder(
    store: Store, root: Path, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Recorder]:
    recorder = Recorder(store, root_dir=root, runtime_dir=tmp_path / "runtime")
    jp_asyncio_loop.run_until_complete(recorder.start())
    yield recorder
    jp_asyncio_loop.run_until_complete(recorder.stop())


@pytest.fixture
def start_kernel(
    recorder: Recorder, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Callable[..., Any]]:
    """Starts recorded kernels and ends them after the test."""
    started: list[Any] = []

    async def start(
        notebook: str | None = None,
        *,
        agent: bool = True,
        kernel_name: str = "python3",
        cache_ports: bool = True,
    ) -> Headless:
        manager = AsyncKernelManager(kernel_name=kernel_name, cache_ports=cache_ports)
        kernel_id = f"kernel-{len(started)}"
        launch = await asyncio.to_thread(
            recorder.launcher.prepare, kernel_id, python=agent, env=None, notebook=notebook
        )
        await manager.start_kernel(env=launch.env, extra_arguments=launch.arguments)
        await recorder.attach(kernel_id, manager, notebook=notebook)
        client = manager.client()
        client.start_channels()
        started.append((manager, client))
        await client.wait_for_ready(timeout=60)
        return Headless(recorder, kernel_id, manager, client)

    yield start
    for manager, client in started:
        client.stop_channels()
        jp_asyncio_loop.run_until_complete(manager.shutdown_kernel(now=True))
        manager.context.destroy(linger=0)
