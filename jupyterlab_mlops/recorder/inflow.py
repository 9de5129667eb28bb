"""From the taps' thread into the store, and back to the loop where a notebook run opens or has drained."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from ..store.store import Store
from . import provenance
from .attached import AttachedKernel
from .gathering import Gatherer
from .places import Places
from .recording import RunDrained, RunOpened, Update
from .settling import Settling
from .writing import keep_outputs, move_run, write_updates


class Inflow:
    """Takes what the taps have seen of ``attached`` kernels."""

    def __init__(
        self,
        store: Store,
        attached: Mapping[str, AttachedKernel],
        places: Places,
        gatherer: Gatherer,
        settling: Settling,
    ) -> None:
        self._store = store
        self._attached = attached
        self._places = places
        self._gatherer = gatherer
        self._settling = settling
        #: Where runs are closed; None: nowhere (yet, or any more).
        self.loop: asyncio.AbstractEventLoop | None = None

    def write(self, batch: list[tuple[str, Update]]) -> Future[Any]:
        """The taps' sink, on their thread: outputs become blobs, the rest one transaction."""
        rows = [keep_outputs(self._store.blobs, *item) for item in batch]
        notebooks = {
            kernel.id: (kernel.notebook, kernel.trigger) for kernel in list(self._attached.values())
        }
        written = self._store.submit(write_updates, rows, notebooks)
        loop = self.loop
        if loop is not None and not loop.is_closed():
            for kernel_id, update in batch:
                if isinstance(update, RunOpened):
                    loop.call_soon_threadsafe(self._run_opened, kernel_id, update)
                elif isinstance(update, RunDrained):
                    loop.call_soon_threadsafe(self._run_drained, kernel_id, update, written)
        return written

    def _run_opened(self, kernel_id: str, update: RunOpened) -> None:
        kernel = self._attached.get(kernel_id)
        if kernel is None:
            return
        kernel.git[update.run_id] = asyncio.ensure_future(self._look_around(kernel, update.run_id))

    async def _look_around(
        self, kernel: AttachedKernel, run_id: str
    ) -> provenance.Repository | None:
        """While the run goes on: whose notebook it is, and the state of the repository."""
        before = kernel.notebook
        await self._places.follow(kernel)
        if kernel.notebook != before:
            await self._store.write(move_run, run_id, kernel.notebook)
        return await self._gatherer.repository(kernel.notebook)

    def _run_drained(self, kernel_id: str, drained: RunDrained, written: Future[Any]) -> None:
        kernel = self._attached.get(kernel_id)
        if kernel is None:
            return
        task = asyncio.ensure_future(self._settling.close(kernel, drained, written))
        kernel.closings.add(task)
        task.add_done_callback(kernel.closings.discard)
