"""Changes of the store → jupyter-events, coalesced: many in a burst are one event with ids only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import yaml

from .entities import Change
from .store.store import Store

SCHEMA_ID = "https://events.jupyter.org/jupyterlab_mlops/changes/v1"
#: A burst is collected for this long (s), then told at once.
COLLECT_S = 0.1
#: More ids than this are not listed; the event says so.
MOST = 200
#: How often we look whether another process wrote to the same data directory (s).
WATCH_S = 1.0

log = logging.getLogger(__name__)
Emit = Callable[[dict[str, Any]], None]


def schema() -> dict[str, Any]:
    """The event schema, for ``event_logger.register_event_schema``."""
    text = files(__package__).joinpath("event_schemas/changes.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def payload(changes: list[Change]) -> dict[str, Any]:
    """The event of a burst of changes."""
    return {
        "changes": [{"kind": change.kind, "id": change.id} for change in changes[:MOST]],
        "more": len(changes) > MOST,
    }


class Publisher:
    """Hands the store's changes to ``emit`` on the event loop, and notices other processes' writes.

    Args:
        store: whose changes.
        emit: called on the loop with the event's data.
        foreign: called on the loop when another process has written to the data directory.
    """

    def __init__(self, store: Store, emit: Emit, foreign: Callable[[], None] | None = None) -> None:
        self._store = store
        self._emit = emit
        self._foreign = foreign
        self._pending: dict[Change, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._end: Callable[[], None] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; the running loop is the one that ``emit`` is called on."""
        loop = asyncio.get_running_loop()

        def hand_over(changes: list[Change]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._collect, changes)

        self._end = self._store.on_change(hand_over)
        self._watch = asyncio.create_task(self._look_for_others(), name="mlops-watch")

    async def stop(self) -> None:
        """End; what was collected is told. Idempotent."""
        if self._end is not None:
            self._end()
            self._end = None
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        if self._timer is not None:
            self._timer.cancel()
            self._flush()

    def _collect(self, changes: list[Change]) -> None:
        self._pending.update(dict.fromkeys(changes))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COLLECT_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        changes, self._pending = list(self._pending), {}
        if changes:
            self._emit(payload(changes))

    async def _look_for_others(self) -> None:
        """Supervised: a failure is logged and the watch goes on."""
        seen: int | None = None
        while True:
            try:
                version = await self._store.data_version()
                before, seen = seen, version
                if before not in (None, version):
                    self._collect([Change("store", "")])
                    if self._foreign is not None:
                        self._foreign()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("Looking for other processes' changes failed")
            await asyncio.sleep(WATCH_S)
