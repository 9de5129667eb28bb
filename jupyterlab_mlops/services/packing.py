"""Packs long series in the background, so that charts of them open at once (``store/packed.py`` says why)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from ..entities import Change
from ..store import packed
from ..store.store import Store

log = logging.getLogger(__name__)

#: After a change, so that a burst of points is packed once (s).
SETTLE_S = 1.0
#: Without a change of our own: another process may have written (s).
LOOK_S = 60.0
#: Between two series: packing has time, everything else comes first (s).
REST_S = 0.01


class Packing:
    """A supervised loop that packs what :func:`..store.packed.grown` names."""

    def __init__(self, store: Store, *, settle_s: float = SETTLE_S, look_s: float = LOOK_S) -> None:
        self._store = store
        self._settle_s, self._look_s = settle_s, look_s
        self._changed = asyncio.Event()
        self._stop_listening: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, with what was left by the last server."""
        loop = asyncio.get_running_loop()

        def told(changes: list[Change]) -> None:
            if any(change.kind == "candidate" for change in changes) and not loop.is_closed():
                loop.call_soon_threadsafe(self._changed.set)

        self._stop_listening = self._store.on_change(told)
        self._changed.set()
        self._task = asyncio.create_task(self._work(), name="mlops-packing")

    async def stop(self) -> None:
        """End; what is not packed is packed when a server starts."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def pack(self) -> int:
        """Pack all that has grown; returns how many series that were."""
        waiting = await self._store.read(packed.grown)
        for candidate_id, name in waiting:
            made = await self._store.read(packed.pack, candidate_id, name)
            if made is not None:
                await self._store.write(packed.keep, made)
            await asyncio.sleep(REST_S)
        return len(waiting)

    async def _work(self) -> None:
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._look_s)
            await asyncio.sleep(self._settle_s)
            self._changed.clear()
            try:
                await self.pack()
            except Exception:  # a supervised loop: charts read the rows meanwhile
                log.exception("long series could not be packed")
