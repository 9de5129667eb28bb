"""Registrations under way: seen by everybody who looks, and cancelled while the kernel has not written the model."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AlreadyExists, Conflict, NotFound
from ..store.changes import changed
from ..store.store import Store, now_ms

#: What a registration waits for: its turn in the kernel, the kernel's files, the store.
QUEUED, WRITING, STORING = "queued", "writing", "storing"


@dataclass
class Registration:
    """A registration that somebody asked for. ``staging``: where the kernel writes, once it was asked to."""

    id: str
    model: str
    version: str | None
    notebook: str | None
    variable: str | None
    candidate: str | None
    started_ms: int
    task: asyncio.Task[Any] | None = field(default=None, repr=False)
    staging: Path | None = None
    storing: bool = False
    cancelled: bool = False

    @property
    def state(self) -> str:
        """``queued``, ``writing`` or ``storing``."""
        if self.storing:
            return STORING
        with contextlib.suppress(OSError):
            if self.staging is not None and any(self.staging.iterdir()):
                return WRITING
        return QUEUED

    def to_json(self) -> dict[str, Any]:
        """As the panel's JSON."""
        return {
            "id": self.id,
            "model": self.model,
            "version": self.version,
            "notebook": self.notebook,
            "variable": self.variable,
            "candidate": self.candidate,
            "started_time": self.started_ms,
            "state": self.state,
        }


class Registrations:
    """Those under way in this process, the oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Registration] = {}

    def listed(self) -> list[dict[str, Any]]:
        """All of them as JSON."""
        return [each.to_json() for each in self._known.values()]

    @contextlib.asynccontextmanager
    async def under_way(self, request: Mapping[str, Any]) -> AsyncIterator[Registration]:
        """Have a registration listed while it lasts; what is done inside is what can be cancelled.

        Raises:
            AlreadyExists: one of this id is under way.
            Conflict: it was cancelled.
        """
        id = request.get("id") or uuid.uuid4().hex
        if id in self._known:
            raise AlreadyExists(f"a registration {id!r} is under way already")
        entry = Registration(
            id,
            request["model"],
            request.get("version"),
            request.get("notebook"),
            request.get("variable"),
            request.get("candidate"),
            now_ms(),
            asyncio.current_task(),
        )
        self._known[id] = entry
        try:
            await self._tell(id)
            yield entry
        except asyncio.CancelledError:
            if not entry.cancelled:
                raise
            if sys.version_info >= (3, 11) and entry.task is not None:
                entry.task.uncancel()
            raise Conflict(
                "the registration was cancelled: nothing was registered", cancelled=True
            ) from None
        finally:
            del self._known[id]
            await asyncio.shield(self._tell(id))

    def cancel(self, id: str) -> None:
        """Give up waiting for the kernel.

        Raises:
            NotFound: it is not under way (any more).
            Conflict: the kernel is done and the version is being stored.
        """
        entry = self._known.get(id)
        if entry is None:
            raise NotFound(f"no registration {id!r} is under way")
        if entry.storing:
            raise Conflict("the version is being stored already: delete it when it is there")
        if not entry.cancelled and entry.task is not None:
            entry.cancelled = True
            entry.task.cancel()

    async def _tell(self, id: str) -> None:
        await self._store.write(changed, "registration", id)
