"""Connection, remotes and queue as the panel and the command line see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..settings import MLOpsSettings
from ..store import outbox, remotes
from ..store.store import Connection, Store


class Sharing:
    """Pushing to GitLab: started with the server, or used once by the command line."""

    def __init__(self, store: Store, settings: MLOpsSettings, *, root_dir: Path) -> None:
        self._store = store
        self._settings = settings
        self._root_dir = root_dir

    async def start(self) -> None:
        """Connect what the environment names, and begin to push."""

    async def stop(self) -> None:
        """Stop pushing; what is queued stays queued."""

    def wake(self) -> None:
        """Another process has queued something."""

    async def status(self) -> dict[str, Any]:
        """Connection and queue in short."""

        def read(conn: Connection) -> dict[str, Any]:
            connected = remotes.list_all(conn)
            first = connected[0] if connected else None
            return {
                "connection": {
                    "connected": first is not None,
                    "remote": first.name if first else None,
                    "url": first.url if first else None,
                    "project": first.project if first else None,
                    "web_url": first.facts.get("web_url") if first else None,
                    "message": None,
                },
                "queue": outbox.counts(conn),
            }

        return await self._store.read(read)

    async def remotes(self) -> dict[str, Any]:
        return {"remotes": [], "proposal": {"url": None, "project": None, "token_from": None}}
