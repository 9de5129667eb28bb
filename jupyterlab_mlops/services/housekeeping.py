"""Tidies the store when a server starts and once a day, in a thread, for as long as the server runs."""

from __future__ import annotations

import asyncio
import logging

from ..store.housekeeping import tidy
from ..store.store import Store

log = logging.getLogger(__name__)

#: After the start, when everything else has begun, and then once a day (s).
FIRST_S, EVERY_S = 30.0, 86_400.0


class Housekeeping:
    """A supervised loop around :func:`..store.housekeeping.tidy`."""

    def __init__(self, store: Store, *, first_s: float = FIRST_S, every_s: float = EVERY_S) -> None:
        self._store = store
        self._first_s, self._every_s = first_s, every_s
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._work())

    async def stop(self) -> None:
        """End; what is being deleted is deleted."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        await asyncio.sleep(self._first_s)
        while True:
            try:
                done = await self._store.in_thread(tidy, self._store)
            except Exception:  # a supervised loop: tomorrow is another day
                log.exception("the store could not be tidied")
            else:
                if done.blobs or done.bytes or done.directories:
                    log.info("deleted %d blobs nobody names (%d bytes)", done.blobs, done.bytes)
            await asyncio.sleep(self._every_s)
