"""Record what kernels run: follows kernels and notebooks, and writes what the taps see into the store."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ..errors import Conflict
from ..findings import drain_spool, spool_age_s, spooled
from ..store import cell_facts, execution_rows, kernels, runs
from ..store.store import Store, now_ms
from . import ask, iopub, provenance, staging
from .attached import AttachedKernel
from .closing import kill_candidates
from .gathering import Gatherer, ReadNotebook
from .launch import Endpoint, Launch, Launcher, Switches, is_python, wrap
from .owner import is_running, this_process
from .recording import (
    Limits,
    RunDrained,
    RunOpened,
    Update,
)
from .settling import Settling
from .taps import Taps
from .writing import (
    end_kernel,
    keep_outputs,
    kill_orphans,
    left_open,
    move_run,
    write_updates,
)

__all__ = ["NotebookOf", "ReadNotebook", "Recorder"]

#: When a kernel without an agent is given one (s): it was started with it, or it is restarting.
BOOT_WAIT_S = 20.0
RESTART_WAIT_S = 3.0
#: How long a busy kernel is waited for then (s).
BUSY_WAIT_S = 600.0
#: How often kernels are checked for having vanished (s).
CHECK_S = 1.0
#: How long kernels wait for a recorder that is starting (s).
START_S = 15.0
#: A spool so young (s) may be of a kernel that another server is starting.
YOUNG_S = 60.0
#: How long a stopping server waits for its runs to be closed (s).
STOP_S = 10.0

NotebookOf = Callable[[str], Awaitable["str | None"]]

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"


class Recorder:
    """Records the kernels of a server (``kernel_manager``), or those given to :meth:`attach`.

    ``notebook_of(kernel_id)`` gives the contents path of the notebook a kernel runs for now, or None.
    ``read_notebook(path)`` gives a notebook as nbformat 4 JSON, or None when there is none.
    """

    def __init__(
        self,
        store: Store,
        kernel_manager: Any = None,
        *,
        root_dir: Path,
        runtime_dir: Path,
        endpoint: Endpoint | None = None,
        switches: Switches | None = None,
        limits: Limits | None = None,
        event_logger: Any = None,
        notebook_of: NotebookOf | None = None,
        read_notebook: ReadNotebook | None = None,
        log: logging.Logger | None = None,
    ) -> None:
        self._store = store
        self._kernel_manager = kernel_manager
        self._root_dir = root_dir
        self._event_logger = event_logger
        self._notebook_of = notebook_of
        self._log = log or logging.getLogger(__name__)
        self._owner = this_process()
        self._switches = switches or Switches()
        self.launcher = Launcher(
            runtime_dir=runtime_dir,
            spool_root=store.data_dir / "spool",
            root_dir=root_dir,
            endpoint=endpoint,
            switches=self._switches,
            experiment_of=self._experiment_of,
        )
        self._taps = Taps(
            self._write_batch, new_id=lambda: uuid.uuid4().hex, limits=limits, log=self._log
        )
        self._gatherer = Gatherer(store, root_dir, read_notebook)
        self._settling = Settling(store, self._gatherer, self._log)
        self._kernels: dict[str, AttachedKernel] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._undo: list[Callable[[], None]] = []
        self._renames: dict[str, str] = {}
        self._starting: set[str] = set()
        self._seen: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = asyncio.Event()

    # -- lifetime ----------------------------------------------------------------------------------

    def intercept(self) -> None:
        """Stand before the kernel manager. Called before the server takes its first request: a browser that
        was waiting for it may start a kernel at once, which then waits for :meth:`start`.
        """
        self._undo.append(
            wrap(
                self._kernel_manager,
                self.launcher,
                self._started,
                self._starting,
                self._until_ready,
                self._log,
            )
        )

    async def start(self) -> None:
        """Settle what a dead server left, then follow kernels: those that run and those to come."""
        self._loop = asyncio.get_running_loop()
        manager = self._kernel_manager
        if manager is not None and not self._undo:
            self.intercept()
        try:
            await self._store.write(kernels.set_default_mode, self._switches.recording)
            await self.reconcile()
            self._taps.start()
        finally:
            self._ready.set()
        self._spawn(self._check_kernels())
        if manager is None:
            return
        self._undo += [
            _before(manager, "restart_kernel", self._before_restart),
            _before(manager, "interrupt_kernel", self._before_interrupt),
        ]
        if self._event_logger is not None:
            self._listen(CONTENTS, self._on_contents)
        await self._find_kernels()

    async def _until_ready(self) -> None:
        try:
            await asyncio.wait_for(self._ready.wait(), START_S)
        except asyncio.TimeoutError:
            self._ready.set()  # it did not start, and no other kernel is to wait for it

    async def stop(self) -> None:
        """End what is open as killed, write it, and let go of the kernels. Idempotent."""
        if self._loop is None:
            return
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        for task in list(self._tasks):
            task.cancel()
        detaching = [self._detach(kernel) for kernel in list(self._kernels.values())]
        if detaching:
            await asyncio.wait(detaching, timeout=STOP_S)
        await asyncio.get_running_loop().run_in_executor(None, self._taps.stop)
        self._loop = None

    async def attach(
        self,
        kernel_id: str,
        manager: Any,
        *,
        notebook: str | None = None,
        trigger: str = "client",
    ) -> None:
        """Listen to a kernel whose process has been started by ``manager`` (a KernelManager)."""
        spec = manager.kernel_spec
        language = str(getattr(spec, "language", "") or "")
        kernel = AttachedKernel(kernel_id, manager, language, notebook, trigger)
        if is_python(spec):
            kernel.executable = _executable(manager)
        self._kernels[kernel_id] = kernel
        await self._store.write(
            kernels.open_kernel,
            kernel_id,
            server=self._owner,
            name=str(getattr(manager, "kernel_name", "") or ""),
            language=language,
            notebook=notebook,
        )
        connection = manager.get_connection_info()
        kernel.address = iopub.url(connection)
        await asyncio.wrap_future(self._taps.add(kernel_id, connection))
        if hasattr(manager, "add_restart_callback"):
            for event in ("restart", "dead"):
                manager.add_restart_callback(lambda: self._ended(kernel_id, crashed=True), event)
        if hasattr(manager, "observe"):
            # A kernel that dies young is started again on other ports; its clients may be fast.
            manager.observe(lambda _change: self._listen_where_it_speaks(kernel), "iopub_port")

    # -- headless ----------------------------------------------------------------------------------

    async def open_kernel(
        self, manager: Any, *, notebook: str | None, cwd: Path, document: Mapping[str, Any]
    ) -> str:
        """Start ``manager``'s kernel with our environment and agent, and listen to it.

        ``document`` is the notebook that will be executed, which need not be the one on disk.
        """
        kernel_id = str(uuid.uuid4())
        spec = manager.kernel_spec
        launch = await self._store.in_thread(
            lambda: self.launcher.prepare(
                kernel_id, python=is_python(spec), env=None, spec_env=spec.env, notebook=notebook
            )
        )
        added = {"extra_arguments": launch.arguments} if launch.arguments else {}
        await manager.start_kernel(env=launch.env, cwd=str(cwd), **added)
        await self.attach(kernel_id, manager, notebook=notebook, trigger="headless")
        self._kernels[kernel_id].document = document
        return kernel_id

    async def finish(self, kernel_id: str) -> list[str]:
        """Close what a kernel has run, keep its models; returns its notebook runs, oldest first."""
        await self.settled(kernel_id)
        found = await self._store.read(runs.list_runs, kernel_id=kernel_id, limit=1000)
        run_ids = [run.id for run in reversed(found)]
        kernel = self._kernels.get(kernel_id)
        if kernel is not None and await kernel.manager.is_alive():

            async def asked(request: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
                return await self.ask(kernel_id, request, timeout_s)

            limit = int(self._switches.limits.get("max_artifact_mb", 512)) << 20
            await staging.keep_models(self._store, asked, run_ids, limit)
        return run_ids

    def contents_path(self, notebook: Path) -> str:
        """The path of a notebook below the root, else its name."""
        path = notebook.resolve()
        root = self._root_dir.resolve()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name

    async def detach(self, kernel_id: str) -> None:
        """The kernel is gone: its open run is killed, what its agent wrote down is applied."""
        kernel = self._kernels.get(kernel_id)
        if kernel is not None:
            await asyncio.shield(self._detach(kernel))

    def _detach(self, kernel: AttachedKernel) -> asyncio.Task[None]:
        if kernel.detaching is None:
            kernel.detaching = asyncio.ensure_future(self._let_go(kernel))
        return kernel.detaching

    async def _let_go(self, kernel: AttachedKernel) -> None:
        kernel.generation += 1
        at = now_ms()
        await asyncio.wrap_future(self._taps.remove(kernel.id))
        await self._store.in_thread(drain_spool, self._store, kernel.id)
        await self._closed(kernel)
        await self._settling.recover(kernel, at)
        await self._store.write(end_kernel, kernel.id)
        self._kernels.pop(kernel.id, None)
        self._seen.discard(kernel.id)
        await self._store.in_thread(self.launcher.forget, kernel.id)

    async def _closed(self, kernel: AttachedKernel) -> None:
        """Wait until the kernel's drained runs are closed."""
        await asyncio.sleep(0)  # what the taps' thread called in comes first
        while kernel.closings:
            await asyncio.wait(set(kernel.closings))

    # -- what others ask ---------------------------------------------------------------------------

    def current(self, kernel_id: str) -> dict[str, Any]:
        """What a kernel does at this moment, for those who log on its behalf."""
        kernel = self._kernels.get(kernel_id)
        run_id, execution_id = self._taps.current(kernel_id)
        notebook = kernel.notebook if kernel else None
        return {
            "notebook_run_id": run_id,
            "execution_id": execution_id,
            "notebook": notebook,
            "cell_id": None,
            "cell_index": None,
            "experiment": self._experiment_of(notebook) if notebook else None,
        }

    async def ask(
        self, kernel_id: str, request: Mapping[str, Any], timeout_s: float = 30.0
    ) -> dict[str, Any]:
        """Ask a kernel's agent (see :func:`recorder.ask.ask`).

        Raises:
            Conflict: the kernel is gone, has no agent, or did not answer in time.
        """
        kernel = self._kernels.get(kernel_id)
        if kernel is None:
            raise Conflict(f"Kernel {kernel_id} is not running. Start the notebook's kernel again.")
        busy = self._taps.current(kernel_id)[1] is not None
        connection = kernel.manager.get_connection_info()
        return await ask.ask(connection, request, timeout_s, busy=busy)

    def discard(self, run_id: str) -> None:
        """Forget a notebook run that is still open once it is over."""
        self._settling.discarded.add(run_id)

    async def settled(self, kernel_id: str) -> None:
        """Wait until everything that a kernel has run is in the store and its runs are closed."""
        kernel = self._kernels.get(kernel_id)
        while kernel is not None and kernel_id in self._kernels:
            await asyncio.wrap_future(self._taps.flush())
            await self._closed(kernel)
            if self._taps.is_quiet(kernel_id):
                return
            await asyncio.sleep(0.05)

    def _experiment_of(self, notebook: str) -> str:
        """The name of a notebook's experiment: the default one, unless the user has renamed it."""
        return self._store.read_sync(kernels.experiment_name_of, notebook)

    # -- kernels -----------------------------------------------------------------------------------

    async def _find_kernels(self) -> None:
        """Take in kernels that did not come through our wrapper: they were there, or coming, before it."""
        for kernel_id in list(self._kernel_manager.list_kernel_ids()):
            if kernel_id not in self._seen and kernel_id not in self._starting:
                await self._started(kernel_id, None)

    async def _started(self, kernel_id: str, launch: Launch | None) -> None:
        """A kernel of the server has been started (or was there before us)."""
        if self._loop is None:
            return  # it will be found
        self._seen.add(kernel_id)
        try:
            manager = self._kernel_manager.get_kernel(kernel_id)
        except KeyError:
            return
        ready = getattr(manager, "ready", None)
        if ready is not None and not ready.done():
            self._spawn(self._attach_when_ready(kernel_id, manager, launch))
            return
        await self._attach(kernel_id, manager, launch)

    async def _attach_when_ready(self, kernel_id: str, manager: Any, launch: Launch | None) -> None:
        await asyncio.wrap_future(manager.ready) if isinstance(
            manager.ready, Future
        ) else await manager.ready
        await self._attach(kernel_id, manager, launch)

    async def _attach(self, kernel_id: str, manager: Any, launch: Launch | None) -> None:
        if not manager.get_connection_info().get("iopub_port"):
            self._log.info("jupyterlab-mlops: kernel %s is remote and not recorded", kernel_id)
            return
        notebook = launch.notebook if launch else None
        await self.attach(kernel_id, manager, notebook=notebook)
        if notebook is None:
            await self._follow(kernel_id)
        if is_python(manager.kernel_spec):
            started_with_us = launch is not None and launch.boot is not None
            self._spawn(self._boot_late(kernel_id, BOOT_WAIT_S if started_with_us else 0.0))

    async def _boot_late(self, kernel_id: str, wait_s: float) -> None:
        """Bring the agent into a kernel that was started without us, or whose command dropped our argument.

        The boot code does nothing where the agent is already.
        """
        await asyncio.sleep(wait_s)
        kernel = self._kernels.get(kernel_id)
        if kernel is None or kernel.gone:
            return
        if (
            wait_s
            and await self._store.read(cell_facts.has_agent, kernel_id)
            and not kernel.boots_late
        ):
            return
        kernel.boots_late = True
        code = await self._store.in_thread(self.launcher.boot_code, kernel_id, kernel.notebook)
        try:
            await ask.execute(kernel.manager.get_connection_info(), code, timeout_s=BUSY_WAIT_S)
        except Conflict as problem:
            await self._store.write(kernels.diagnose, "recorder", str(problem), kernel_id)

    async def _before_restart(self, kernel_id: str) -> None:
        """What ran until now is taken in before the new process can speak; the rest need not be waited for."""
        ended = self._ended(kernel_id)
        if ended is not None:
            await asyncio.wrap_future(ended)

    async def _before_interrupt(self, kernel_id: str) -> None:
        self._taps.interrupted(kernel_id)

    def _ended(self, kernel_id: str, *, crashed: bool = False) -> Future[None] | None:
        """The kernel's process is being replaced, or has died (``crashed``)."""
        kernel = self._kernels.get(kernel_id)
        if kernel is None:
            return None
        kernel.generation += 1
        ended = self._taps.ended(kernel_id, crashed=crashed)
        self._spawn(self._clean_after_death(kernel, ended, crashed))
        if kernel.boots_late:
            self._spawn(self._boot_late(kernel_id, RESTART_WAIT_S))
        return ended

    async def _clean_after_death(
        self, kernel: AttachedKernel, ended: Future[None], crashed: bool
    ) -> None:
        at = now_ms()
        await asyncio.wrap_future(ended)
        self._listen_where_it_speaks(kernel)
        await self._settling.drain_spool(kernel)
        await self._closed(kernel)
        await self._settling.recover(kernel, at, crashed=crashed)
        await self._store.write(kill_candidates, kernel.id, at, before_ms=at)

    async def _check_kernels(self) -> None:
        """Look after the kernels for as long as we record; a failed look is followed by another."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                await self._check()
            except Exception:
                self._log.exception("jupyterlab-mlops: the kernels cannot be checked")

    async def _check(self) -> None:
        """Notice kernels that are gone, and processes that died without anybody saying so."""
        manager = self._kernel_manager
        if manager is not None:
            await self._find_kernels()
        for kernel in list(self._kernels.values()):
            # Kernels of runs again are ours, not the server's.
            ours = kernel.trigger == "headless"
            if manager is not None and not ours and kernel.id not in manager:
                self._detach(kernel)
                continue
            if self._taps.current(kernel.id)[1] is not None and not await kernel.manager.is_alive():
                self._ended(kernel.id, crashed=True)
            self._listen_where_it_speaks(kernel)

    def _listen_where_it_speaks(self, kernel: AttachedKernel) -> None:
        """A kernel that dies young is started again on other ports."""
        if kernel.gone:
            return
        connection = kernel.manager.get_connection_info()
        if connection.get("iopub_port") and iopub.url(connection) != kernel.address:
            kernel.address = iopub.url(connection)
            self._taps.add(kernel.id, connection)

    async def _follow(self, kernel_id: str) -> None:
        """Look up which notebook a kernel runs for."""
        kernel = self._kernels.get(kernel_id)
        if kernel is None or self._notebook_of is None:
            return
        notebook = await self._notebook_of(kernel_id)
        if notebook is not None:
            # Clients rename the file first and their session a moment later.
            for old, new in self._renames.items():
                notebook = kernels.renamed(notebook, old, new)
        if notebook is not None and notebook != kernel.notebook:
            kernel.notebook = notebook
            await self._store.write(kernels.set_notebook, kernel_id, notebook)

    # -- notebooks ---------------------------------------------------------------------------------

    def _listen(self, schema_id: str, listener: Callable[..., Awaitable[None]]) -> None:
        logger = self._event_logger
        logger.add_listener(schema_id=schema_id, listener=listener)
        self._undo.append(lambda: logger.remove_listener(schema_id=schema_id, listener=listener))

    async def _on_contents(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        del logger, schema_id
        path = str(data.get("path", "")).strip("/")
        if data.get("action") in ("save", "create"):
            self._renames.pop(path, None)  # a new file of an old name
            kernel = next((item for item in self._kernels.values() if item.notebook == path), None)
            if kernel is not None:
                self._spawn(self._settling.look_again(kernel, path))
        old = str(data.get("source_path") or "").strip("/")
        if data.get("action") != "rename" or not old or not path:
            return
        self._renames.pop(path, None)
        self._renames[old] = path
        for kernel in self._kernels.values():
            if kernel.notebook is not None:
                kernel.notebook = kernels.renamed(kernel.notebook, old, path)
        await self._store.write(kernels.follow_rename, old, path)

    # -- writing -----------------------------------------------------------------------------------

    def _write_batch(self, batch: list[tuple[str, Update]]) -> Future[Any]:
        """The taps' sink, on their thread: outputs become blobs, the rest one transaction."""
        rows = [keep_outputs(self._store.blobs, *item) for item in batch]
        notebooks = {
            kernel.id: (kernel.notebook, kernel.trigger) for kernel in list(self._kernels.values())
        }
        written = self._store.submit(write_updates, rows, notebooks)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            for kernel_id, update in batch:
                if isinstance(update, RunOpened):
                    loop.call_soon_threadsafe(self._run_opened, kernel_id, update)
                elif isinstance(update, RunDrained):
                    loop.call_soon_threadsafe(self._run_drained, kernel_id, update, written)
        return written

    def _run_opened(self, kernel_id: str, update: RunOpened) -> None:
        kernel = self._kernels.get(kernel_id)
        if kernel is None:
            return
        kernel.git[update.run_id] = asyncio.ensure_future(self._look_around(kernel, update.run_id))

    async def _look_around(
        self, kernel: AttachedKernel, run_id: str
    ) -> provenance.Repository | None:
        """While the run goes on: whose notebook it is, and the state of the repository."""
        before = kernel.notebook
        await self._follow(kernel.id)
        if kernel.notebook != before:
            await self._store.write(move_run, run_id, kernel.notebook)
        return await self._gatherer.repository(kernel.notebook)

    def _run_drained(self, kernel_id: str, drained: RunDrained, written: Future[Any]) -> None:
        kernel = self._kernels.get(kernel_id)
        if kernel is None:
            return
        task = asyncio.ensure_future(self._settling.close(kernel, drained, written))
        kernel.closings.add(task)
        task.add_done_callback(kernel.closings.discard)

    # -- after a crash -----------------------------------------------------------------------------

    async def reconcile(self) -> None:
        """Settle what processes left that are gone: no run or candidate stays RUNNING without a kernel."""
        for kernel_id, owner in await self._store.read(kernels.alive):
            if is_running(owner) and kernel_id not in self._kernels and owner != self._owner:
                continue
            if kernel_id not in self._kernels:
                await self._bury(kernel_id)
        for kernel_id in await self._store.in_thread(spooled, self._store.blobs):
            young = spool_age_s(self._store.blobs, kernel_id) < YOUNG_S
            if await self._store.read(kernels.is_over, kernel_id, unknown=not young):
                await self._store.in_thread(drain_spool, self._store, kernel_id)
        await self._store.write(kill_orphans)

    async def _bury(self, kernel_id: str) -> None:
        """Apply a dead kernel's spool and close what it left open."""
        try:
            await self._store.in_thread(drain_spool, self._store, kernel_id)
        except Exception:
            self._log.exception("jupyterlab-mlops: the spool of kernel %s", kernel_id)
        row = await self._store.read(kernels.get_kernel, kernel_id) or {}
        dead = AttachedKernel(
            kernel_id, None, row.get("language", ""), row.get("notebook"), "client"
        )
        for run in await self._store.read(runs.running, kernel_id=kernel_id):
            executions = await self._store.read(execution_rows.of_run, run.id)
            await self._settling.close_left(dead, left_open(run.id, run.opened_ms, executions))
        await self._settling.recover(dead, now_ms())
        await self._store.write(end_kernel, kernel_id)
        self.launcher.forget(kernel_id)

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _executable(manager: Any) -> str | None:
    """The interpreter that a Python kernelspec names."""
    argv = manager.kernel_spec.argv
    try:
        command = manager.format_kernel_cmd()
    except Exception:
        command = argv
    return str(command[0]) if command else None


def _before(
    manager: Any, method: str, first: Callable[[str], Awaitable[None]]
) -> Callable[[], None]:
    """Have ``first(kernel_id)`` run before a method of the kernel manager; returns the undoing."""
    original = getattr(manager, method)

    async def wrapped(kernel_id: str, *args: Any, **kwargs: Any) -> Any:
        try:
            await first(kernel_id)
        except Exception:
            logging.getLogger(__name__).exception("jupyterlab-mlops: before %s", method)
        result = original(kernel_id, *args, **kwargs)
        return await result if asyncio.iscoroutine(result) or asyncio.isfuture(result) else result

    setattr(manager, method, wrapped)

    def undo() -> None:
        if getattr(manager, method) is wrapped:
            setattr(manager, method, original)

    return undo
