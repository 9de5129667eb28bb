"""Kernels that run something again: what they make are children of the original from the beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..entities import Candidate, Change, Origin
from ..errors import NotFound
from ..store import candidates, overview
from ..store.store import Connection, Store

#: The relation of a run again to its original.
RELATION = "rerun"
#: Kernels by id: the original that each repeats, and the parameters it was given.
Repeating = dict[str, tuple[str, dict[str, Any]]]


class Adopting:
    """Makes what a repeating kernel makes a child of the original as soon as it is there: it is no candidate of the
    notebook by itself, not even while it runs or when it is cancelled."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._repeating: Repeating = {}
        self._adoptions: set[asyncio.Task[None]] = set()
        self._stop_listening: Callable[[], None] | None = None

    def begun(self, kernel_id: str, original: str, parameters: dict[str, Any]) -> None:
        """This kernel repeats a candidate from now on."""
        self._repeating[kernel_id] = original, parameters

    async def ended(self, kernels: Sequence[str]) -> None:
        """These kernels are gone: what they made stays a run again, with what it was given."""
        gone = {id: self._repeating.pop(id) for id in kernels}
        made = await self._store.read(_made_by, list(gone))
        if made:
            await self._store.write(_adopt, made, gone, True)

    def listen(self) -> None:
        """Begin to look at candidates that change. Idempotent."""
        if self._stop_listening is not None:
            return
        loop = asyncio.get_running_loop()

        def told(changes: list[Change]) -> None:
            ids = [change.id for change in changes if change.kind == "candidate"]
            if ids and self._repeating and not loop.is_closed():
                loop.call_soon_threadsafe(begin, ids)

        def begin(ids: list[str]) -> None:
            task = asyncio.ensure_future(self._adopt(ids))
            self._adoptions.add(task)
            task.add_done_callback(self._adoptions.discard)

        self._stop_listening = self._store.on_change(told)

    async def stop(self) -> None:
        """End."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        await asyncio.gather(*self._adoptions, return_exceptions=True)

    async def _adopt(self, ids: list[str]) -> None:
        repeating = dict(self._repeating)
        if await self._store.read(_orphans, ids, repeating):
            await self._store.write(_adopt, ids, repeating)


def _made_by(conn: Connection, kernel_ids: Sequence[str]) -> list[str]:
    return [id for kernel_id in kernel_ids for id in overview.candidates_of_kernel(conn, kernel_id)]


def _orphans(
    conn: Connection, ids: Sequence[str], repeating: Mapping[str, tuple[str, dict[str, Any]]]
) -> list[Candidate]:
    """Those of the candidates that a repeating kernel has made and that have no parent."""
    return [
        head for head in _there(conn, ids) if head.kernel_id in repeating and head.parent_id is None
    ]


def _there(conn: Connection, ids: Sequence[str]) -> list[Candidate]:
    """The candidates that were not deleted meanwhile."""
    found = []
    for id in ids:
        with suppress(NotFound):
            found.append(candidates.head(conn, id))
    return found


def _adopt(
    conn: Connection,
    ids: Sequence[str],
    repeating: Mapping[str, tuple[str, dict[str, Any]]],
    ended: bool = False,
) -> None:
    """Make candidates children of what their kernel repeats. While it runs their origin still says how they end."""
    for head in _orphans(conn, ids, repeating):
        candidates.update(
            conn, head.id, parent_id=repeating[str(head.kernel_id)][0], relation=RELATION
        )
    if not ended:
        return
    for head in _there(conn, ids):
        if head.relation == RELATION and head.origin != Origin.RERUN.value:
            original, parameters = repeating[str(head.kernel_id)]
            again = {"of": original, "origin": head.origin, "parameters": dict(parameters)}
            candidates.update(conn, head.id, origin=Origin.RERUN.value, details={"rerun": again})
