"""After a crash: settle what processes left that are gone."""

from __future__ import annotations

import logging
from collections.abc import Container

from ..findings import drain_spool, spool_age_s, spooled
from ..store import execution_rows, kernels, runs
from ..store.store import Store, now_ms
from .attached import AttachedKernel
from .launch import Launcher
from .owner import has_run_since, is_running
from .settling import Settling
from .writing import end_kernel, kill_orphans, left_open

#: A spool so young (s) may be of a kernel that another server is starting.
YOUNG_S = 60.0


class Reconciling:
    """Settles the kernels of servers that are gone. ``owner``: the name of this process."""

    def __init__(
        self,
        store: Store,
        settling: Settling,
        launcher: Launcher,
        owner: str,
        log: logging.Logger,
    ) -> None:
        self._store = store
        self._settling = settling
        self._launcher = launcher
        self._owner = owner
        self._log = log

    async def run(self, ours: Container[str] = ()) -> None:
        """No run or candidate stays RUNNING without a kernel. ``ours``: the kernels that this process follows."""
        for kernel_id, owner in await self._store.read(kernels.alive):
            if kernel_id in ours or (owner != self._owner and is_running(owner)):
                continue
            await self._bury(kernel_id)
        for kernel_id in await self._store.in_thread(spooled, self._store.blobs):
            young = spool_age_s(self._store.blobs, kernel_id) < YOUNG_S
            if await self._store.read(kernels.is_over, kernel_id, unknown=not young):
                await self._bury(kernel_id)
        await self._store.write(kill_orphans)

    async def sweep(self) -> None:
        """Take in what kernels have written down since their end was recorded: they outlived their server."""
        for kernel_id in await self._store.in_thread(spooled, self._store.blobs):
            if await self._store.read(kernels.is_over, kernel_id, unknown=False):
                await self._bury(kernel_id)

    async def _bury(self, kernel_id: str) -> None:
        """Apply the spool of a kernel that nobody follows and close what it left open."""
        row = await self._store.read(kernels.get_kernel, kernel_id) or {}
        pid = (row.get("agent") or {}).get("pid")
        # Its process may go on, and write there until its agent hears of another server.
        outlives = await self._store.in_thread(has_run_since, pid, row.get("started_ms") or 0)
        try:
            await self._store.in_thread(
                lambda: drain_spool(self._store, kernel_id, remove=not outlives)
            )
        except Exception:
            self._log.exception("jupyterlab-mlops: the spool of kernel %s", kernel_id)
        dead = AttachedKernel(
            kernel_id, None, row.get("language", ""), row.get("notebook"), "client"
        )
        for run in await self._store.read(runs.running, kernel_id=kernel_id):
            executions = await self._store.read(execution_rows.of_run, run.id)
            await self._settling.close_left(dead, left_open(run.id, run.opened_ms, executions))
        await self._settling.recover(dead, now_ms())
        await self._store.write(end_kernel, kernel_id)
        self._launcher.forget(kernel_id)
