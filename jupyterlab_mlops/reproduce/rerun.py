"""Execute a notebook in a fresh kernel, headless, recorded like any other notebook run."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from ..entities import Status
from ..errors import InvalidValue
from .parameters import inject, language_of

log = logging.getLogger(__name__)

#: How long a cell may take to notice an interrupt (s).
GRACE_S = 10.0


class KernelRecorder(Protocol):
    """What a re-run asks of the recorder."""

    async def open_kernel(
        self, manager: Any, *, notebook: str | None, cwd: Path, document: Mapping[str, Any]
    ) -> str:
        """Start a recorded kernel and return its id."""
        ...

    async def finish(self, kernel_id: str) -> Sequence[str]:
        """Close what the kernel has run, keep its models; returns its notebook runs."""
        ...

    async def detach(self, kernel_id: str) -> None:
        """The kernel is gone."""
        ...

    def contents_path(self, notebook: Path) -> str:
        """The path of a notebook as the store names it."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """How a headless run ended. ``error``: in one line, None when it finished."""

    status: Status
    run_ids: tuple[str, ...]
    error: str | None
    document: dict[str, Any]


async def run_notebook(
    recorder: KernelRecorder,
    notebook: Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    output: Path | None = None,
    timeout_s: float | None = None,
    kernel_name: str | None = None,
    contents_path: str | None = None,
    cwd: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    on_kernel: Callable[[str], None] | None = None,
) -> Result:
    """Execute ``notebook`` in a fresh kernel and record it.

    Args:
        parameters: set by a cell after the one tagged ``parameters``.
        output: where the executed notebook is written, also when a cell fails or the kernel dies.
        timeout_s: for the whole run; then the kernel is stopped and the run is KILLED.
        kernel_name: else the notebook's own, else the default Python kernel.
        contents_path: recorded as this notebook, when the file is a copy of another.
        cwd: where it runs; by default the notebook's own directory.
        on_progress: called with (executed, all) code cells as they end.
        on_kernel: called with the kernel's id before anything is executed.

    Raises:
        InvalidValue: the notebook cannot be read, or no kernel is there for it.
    """
    node, kernel = await asyncio.to_thread(_prepared, notebook, parameters or {}, kernel_name)
    manager = AsyncKernelManager(kernel_name=kernel)
    kernel_id = await recorder.open_kernel(
        manager,
        notebook=contents_path or recorder.contents_path(notebook),
        cwd=cwd or notebook.parent,
        document=node,
    )
    run_ids: Sequence[str] = ()
    try:
        if on_kernel is not None:
            on_kernel(kernel_id)
        status, error = await _execute(node, manager, timeout_s, on_progress)
        run_ids = await recorder.finish(kernel_id)
    finally:
        try:
            if output is not None:
                await asyncio.to_thread(_write, node, output)
        finally:
            try:
                await _shut_down(manager)
            finally:
                await recorder.detach(kernel_id)
    return Result(status, tuple(run_ids), error, dict(node))


def _prepared(
    notebook: Path, parameters: Mapping[str, Any], kernel_name: str | None
) -> tuple[Any, str]:
    """The notebook to execute, without outputs, and the name of its kernel. Raises as :func:`run_notebook`."""
    document = inject(read_notebook(notebook), parameters)
    node = nbformat.from_dict(document)  # type: ignore[no-untyped-call]
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return node, kernel_for(document, kernel_name)


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook file as an nbformat 4 document.

    Raises:
        InvalidValue: it is not there, or not a notebook.
    """
    try:
        document: dict[str, Any] = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise InvalidValue(f"{path} does not exist") from None
    except (OSError, ValueError, nbformat.reader.NotJSONError) as problem:
        reason = str(problem).splitlines()[0][:200]
        raise InvalidValue(f"{path} is not a notebook: {reason}") from None
    return document


def kernel_for(document: Mapping[str, Any], wanted: str | None) -> str:
    """The kernel to run a notebook with: the wanted one, the notebook's own, or the default Python one.

    Raises:
        InvalidValue: there is none for the notebook's language.
    """
    named = ((document.get("metadata") or {}).get("kernelspec") or {}).get("name")
    specs = KernelSpecManager()
    for name in (wanted, named):
        if not name:
            continue
        try:
            specs.get_kernel_spec(name)
        except NoSuchKernel:
            if name == wanted:
                break
            continue
        return str(name)
    language = language_of(document).lower()
    if not wanted and language in ("python", "python3", "ipython"):
        return "python3"
    known = ", ".join(sorted(specs.find_kernel_specs())) or "none"
    raise InvalidValue(f"kernel {wanted or named!r} is not installed; installed: {known}")


async def _execute(
    node: Any,
    manager: AsyncKernelManager,
    timeout_s: float | None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Status, str | None]:
    """Execute all cells; how it ended."""
    client = NotebookClient(node, km=manager, timeout=None, record_timing=False)
    if on_progress is not None:
        count = sum(1 for cell in node.cells if cell.cell_type == "code" and cell.source.strip())
        executed = itertools.count(1)
        client.on_cell_executed = lambda **_: on_progress(min(next(executed), count), count)
    task = asyncio.ensure_future(client.async_execute())
    try:
        done, _pending = await asyncio.wait({task}, timeout=timeout_s)
        if not done:
            await _stop(task, manager)
        await task
    except CellExecutionError as failure:
        if not done:
            return Status.KILLED, f"stopped after {timeout_s:g} s"
        status = Status.KILLED if failure.ename == "KeyboardInterrupt" else Status.FAILED
        return status, f"{failure.ename}: {failure.evalue}"
    except (DeadKernelError, RuntimeError) as failure:
        # RuntimeError: jupyter_client's word for a kernel that died before it was ready.
        if not done:
            return Status.KILLED, f"stopped after {timeout_s:g} s"
        dead = isinstance(failure, DeadKernelError)
        return Status.KILLED, "the kernel died" if dead else f"the kernel did not start: {failure}"
    finally:
        # What nbclient leaves to the end of the process is done here.
        atexit.unregister(client._cleanup_kernel)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)  # a dead kernel, says nbclient
        if client.kc is not None:
            client.kc.stop_channels()
    return Status.FINISHED, None


async def _stop(task: asyncio.Future[Any], manager: AsyncKernelManager) -> None:
    """Interrupt what runs; a cell that does not listen loses its kernel."""
    await manager.interrupt_kernel()
    done, _pending = await asyncio.wait({task}, timeout=GRACE_S)
    if not done:
        await manager.shutdown_kernel(now=True)


async def _shut_down(manager: AsyncKernelManager) -> None:
    if manager.has_kernel:
        try:
            await asyncio.wait_for(manager.shutdown_kernel(now=not await manager.is_alive()), 30)
        except asyncio.TimeoutError:
            await manager.shutdown_kernel(now=True)


def _write(node: Any, output: Path) -> None:
    """Write the executed notebook, whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        staging.write_text(json.dumps(node, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        staging.replace(output)
    finally:
        staging.unlink(missing_ok=True)
