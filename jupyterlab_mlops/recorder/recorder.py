"""Record what kernels run: the parts put together. Follows the kernels of a server, or those it is given."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import Conflict
from ..findings import drain_spool
from ..store import kernels, runs
from ..store.store import Store, now_ms
from . import ask, iopub, staging
from .attached import AttachedKernel
from .gathering import Gatherer, ReadNotebook
from .inflow import Inflow
from .intercepting import before, wrap
from .launch import Endpoint, Launch, Launcher, Switches, is_python
from .lives import Lives
from .owner import this_process
from .places import NotebookOf, Places
from .reconciling import Reconciling
from .recording import Limits
from .settling import Settling
from .taps import Taps
from .tasks import Tasks
from .writing import end_kernel

__all__ = ["NotebookOf", "ReadNotebook", "Recorder"]

#: How often kernels are checked for having vanished (s).
CHECK_S = 1.0
#: How long kernels wait for a recorder that is starting (s).
START_S = 15.0
#: How long a kernel that has run everything may take to be heard to the end (s); one that is dying says nothing.
HEARING_S = 5.0
#: How long a stopping server waits for its runs to be closed (s); the next one closes the others. Its kernels have to
#: end after that, and who stops it waits ten seconds (Docker) or thirty (Kubernetes) for all of it.
STOP_S = 5.0


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
        self._kernels: dict[str, AttachedKernel] = {}
        self._tasks = Tasks()
        gatherer = Gatherer(store, root_dir, read_notebook)
        self._settling = Settling(store, gatherer, self._log)
        self._places = Places(store, self._kernels, self._settling, self._tasks, notebook_of)
        self._inflow = Inflow(store, self._kernels, self._places, gatherer, self._settling)
        self._taps = Taps(
            self._inflow.write, new_id=lambda: uuid.uuid4().hex, limits=limits, log=self._log
        )
        self._reconciling = Reconciling(
            store, self._settling, self.launcher, self._owner, self._log
        )
        self._lives = Lives(
            store,
            self._kernels,
            self._taps,
            self.launcher,
            self._settling,
            self._tasks,
            self._reconciling.sweep,
        )
        self._undo: list[Callable[[], None]] = []
        self._starting: set[str] = set()
        self._seen: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = asyncio.Event()

    # -- lifetime ----------------------------------------------------------------------------------

    def intercept(self) -> None:
        """Stand before the kernel manager. Called before the server takes its first request: a browser that
        was waiting for it may start a kernel at once, which then waits for :meth:`start`.
        """
        manager, lives = self._kernel_manager, self._lives
        self._undo += [
            wrap(
                manager, self.launcher, self._started, self._starting, self._until_ready, self._log
            ),
            before(manager, "restart_kernel", lives.before_restart),
            before(manager, "interrupt_kernel", lives.before_interrupt),
        ]

    async def start(self) -> None:
        """Settle what a dead server left, then follow kernels: those that run and those to come."""
        self._loop = self._inflow.loop = asyncio.get_running_loop()
        manager = self._kernel_manager
        if manager is not None and not self._undo:
            self.intercept()
        try:
            await self._store.write(kernels.set_default_mode, self._switches.recording)
            await self.reconcile()
            self._taps.start()
        finally:
            self._ready.set()
        self._tasks.spawn(self._check_kernels())
        if manager is None:
            return
        if self._event_logger is not None:
            self._undo.append(self._places.listen(self._event_logger))
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
        self._tasks.cancel()
        detaching = [self._detach(kernel) for kernel in list(self._kernels.values())]
        if detaching:
            await asyncio.wait(detaching, timeout=STOP_S)
        await asyncio.get_running_loop().run_in_executor(None, self._taps.stop)
        self._loop = self._inflow.loop = None

    async def reconcile(self) -> None:
        """Settle what processes left that are gone: no run or candidate stays RUNNING without a kernel."""
        await self._reconciling.run(self._kernels)

    # -- kernels that are listened to --------------------------------------------------------------

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
        self._lives.watch(kernel)

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
        await kernel.closed()
        await self._settling.recover(kernel, at)
        await self._store.write(end_kernel, kernel.id)
        self._kernels.pop(kernel.id, None)
        self._seen.discard(kernel.id)
        await self._store.in_thread(self.launcher.forget, kernel.id)

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
        await self._hear_all(kernel_id)
        kernel = self._kernels.get(kernel_id)
        while kernel is not None and kernel_id in self._kernels:
            await asyncio.wrap_future(self._taps.flush())
            await kernel.closed()
            if self._taps.is_quiet(kernel_id):
                return
            await asyncio.sleep(0.05)

    async def _hear_all(self, kernel_id: str) -> None:
        """Wait until what a kernel has published so far was heard: others may have heard of its last cell before."""
        kernel = self._kernels.get(kernel_id)
        if kernel is None or not await kernel.manager.is_alive():
            return
        mark = uuid.uuid4().hex
        heard = asyncio.wrap_future(self._taps.expect(kernel_id, mark))
        with suppress(Conflict, asyncio.TimeoutError):
            connection = kernel.manager.get_connection_info()
            await ask.what_it_is(connection, HEARING_S, request_id=mark)
            await asyncio.wait_for(heard, HEARING_S)

    def _experiment_of(self, notebook: str) -> str:
        """The name of a notebook's experiment: the default one, unless the user has renamed it."""
        return self._store.read_sync(kernels.experiment_name_of, notebook)

    # -- the server's kernels ----------------------------------------------------------------------

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
            self._tasks.spawn(self._attach_when_ready(kernel_id, manager, launch))
            return
        await self._attach(kernel_id, manager, launch)

    async def _attach_when_ready(self, kernel_id: str, manager: Any, launch: Launch | None) -> None:
        ready = manager.ready
        await (asyncio.wrap_future(ready) if isinstance(ready, Future) else ready)
        await self._attach(kernel_id, manager, launch)

    async def _attach(self, kernel_id: str, manager: Any, launch: Launch | None) -> None:
        if not manager.get_connection_info().get("iopub_port"):
            self._log.info("jupyterlab-mlops: kernel %s is remote and not recorded", kernel_id)
            return
        await self.attach(kernel_id, manager, notebook=launch.notebook if launch else None)
        kernel = self._kernels.get(kernel_id)
        if kernel is not None and kernel.notebook is None:
            await self._places.follow(kernel)
        if is_python(manager.kernel_spec):
            with_us = launch is not None and launch.boot is not None
            self._tasks.spawn(self._lives.boot_late(kernel_id, started_with_us=with_us))
        elif not getattr(manager.kernel_spec, "argv", None):
            self._tasks.spawn(self._lives.get_to_know(kernel_id))

    async def _check_kernels(self) -> None:
        """Look after the kernels for as long as we record; a failed look is followed by another."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                await self._check()
            except Exception:
                self._log.exception("jupyterlab-mlops: the kernels cannot be checked")

    async def _check(self) -> None:
        manager = self._kernel_manager
        if manager is not None:
            await self._find_kernels()
        for kernel in list(self._kernels.values()):
            # Kernels of runs again are ours, not the server's.
            ours = kernel.trigger == "headless"
            if manager is not None and not ours and kernel.id not in manager:
                self._detach(kernel)
            else:
                await self._lives.check(kernel)


def _executable(manager: Any) -> str | None:
    """The interpreter that a Python kernelspec names."""
    argv = manager.kernel_spec.argv
    try:
        command = manager.format_kernel_cmd()
    except Exception:
        command = argv
    return str(command[0]) if command else None
