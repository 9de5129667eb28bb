"""The server's contents manager, whichever it is, as far as copies of notebooks need it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any


class ServerContents:
    """Reads and writes through a contents manager whose methods may be asynchronous or not."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    async def exists(self, path: str) -> bool:
        """Whether there is something at a contents path."""
        return bool(await _awaited(self._manager.exists(path)))

    async def create(self, path: str, document: Mapping[str, Any]) -> None:
        """Write a notebook where nothing is."""
        model = {"type": "notebook", "format": "json", "content": dict(document)}
        await _awaited(self._manager.save(model, path))


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
