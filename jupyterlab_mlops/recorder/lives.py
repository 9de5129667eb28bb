"""The lives of a kernel's process: it gets its agent, is interrupted, replaced, and dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future

from ..errors import Conflict
from ..store import cell_facts, kernels
from ..store.store import Store, now_ms
from . import ask, iopub
from .attached import AttachedKernel
from .closing import kill_candidates
from .launch import Launcher
from .settling import Settling
from .taps import Taps
from .tasks import Tasks

#: When a kernel without an agent is given one (s): it was started with it, or it is restarting.
BOOT_WAIT_S = 20.0
RESTART_WAIT_S = 3.0
#: How long a busy kernel is waited for then (s).
BUSY_WAIT_S = 600.0


class Lives:
    """Follows the processes of ``attached`` kernels."""

    def __init__(
        self,
        store: Store,
        attached: Mapping[str, AttachedKernel],
        taps: Taps,
        launcher: Launcher,
        settling: Settling,
        tasks: Tasks,
        adopted: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._attached = attached
        self._taps = taps
        self._launcher = launcher
        self._settling = settling
        self._tasks = tasks
        self._adopted = adopted
        """Called when a kernel that others had started speaks to this server."""

    def watch(self, kernel: AttachedKernel) -> None:
        """Hear of it when the kernel's process dies and is started again, perhaps on other ports."""
        manager = kernel.manager
        if hasattr(manager, "add_restart_callback"):
            for event in ("restart", "dead"):
                manager.add_restart_callback(lambda: self.ended(kernel.id, crashed=True), event)
        if hasattr(manager, "observe"):
            # Clients of a kernel that died young may be fast on its new ports.
            manager.observe(lambda _change: self.listen_where_it_speaks(kernel), "iopub_port")

    async def get_to_know(self, kernel_id: str) -> None:
        """A kernel that no kernelspec describes, because somebody started it by hand: it says what it is."""
        kernel = self._attached.get(kernel_id)
        if kernel is None or kernel.gone:
            return
        try:
            info = await ask.what_it_is(kernel.manager.get_connection_info(), BOOT_WAIT_S)
        except Conflict as problem:
            await self._store.write(kernels.diagnose, "recorder", str(problem), kernel_id)
            return
        language = (info.get("language_info") or {}).get("name")
        kernel.language = language if isinstance(language, str) else ""
        await self._store.write(kernels.set_language, kernel_id, kernel.language)
        if info.get("implementation") == "ipython":
            await self.boot_late(kernel_id, started_with_us=False)

    async def boot_late(self, kernel_id: str, *, started_with_us: bool) -> None:
        """Bring the agent into a kernel that was started without us, or whose command dropped our argument.

        Where the agent is already, the boot code makes it speak to this server: another one started the kernel.
        """
        await self._boot_late(kernel_id, BOOT_WAIT_S if started_with_us else 0.0)

    async def _boot_late(self, kernel_id: str, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        kernel = self._attached.get(kernel_id)
        if kernel is None or kernel.gone:
            return
        if (
            wait_s
            and await self._store.read(cell_facts.has_agent, kernel_id)
            and not kernel.boots_late
        ):
            return
        kernel.boots_late = True
        code = await self._store.in_thread(self._launcher.boot_code, kernel_id, kernel.notebook)
        try:
            await ask.execute(kernel.manager.get_connection_info(), code, timeout_s=BUSY_WAIT_S)
        except Conflict as problem:
            await self._store.write(kernels.diagnose, "recorder", str(problem), kernel_id)
        else:
            await self._adopted()

    async def before_restart(self, kernel_id: str) -> None:
        """What ran until now is taken in before the new process can speak; the rest need not be waited for."""
        ended = self.ended(kernel_id)
        if ended is not None:
            await asyncio.wrap_future(ended)

    async def before_interrupt(self, kernel_id: str) -> None:
        """Somebody stops what runs."""
        self._taps.interrupted(kernel_id)

    def ended(self, kernel_id: str, *, crashed: bool = False) -> Future[None] | None:
        """The kernel's process is being replaced, or has died (``crashed``)."""
        kernel = self._attached.get(kernel_id)
        if kernel is None:
            return None
        kernel.generation += 1
        ended = self._taps.ended(kernel_id, crashed=crashed)
        self._tasks.spawn(self._clean_after_death(kernel, ended, crashed))
        if kernel.boots_late:
            self._tasks.spawn(self._boot_late(kernel_id, RESTART_WAIT_S))
        return ended

    async def _clean_after_death(
        self, kernel: AttachedKernel, ended: Future[None], crashed: bool
    ) -> None:
        at = now_ms()
        await asyncio.wrap_future(ended)
        self.listen_where_it_speaks(kernel)
        await self._settling.drain_spool(kernel)
        await kernel.closed()
        await self._settling.recover(kernel, at, crashed=crashed)
        await self._store.write(kill_candidates, kernel.id, at, before_ms=at)

    async def check(self, kernel: AttachedKernel) -> None:
        """Notice a process that died without anybody saying so."""
        running = self._taps.current(kernel.id)[1] is not None
        if running and not await kernel.manager.is_alive():
            self.ended(kernel.id, crashed=True)
        self.listen_where_it_speaks(kernel)

    def listen_where_it_speaks(self, kernel: AttachedKernel) -> None:
        """A kernel that dies young is started again on other ports."""
        if kernel.gone:
            return
        connection = kernel.manager.get_connection_info()
        if connection.get("iopub_port") and iopub.url(connection) != kernel.address:
            kernel.address = iopub.url(connection)
            self._taps.add(kernel.id, connection)
