"""A kernel that is listened to, and what is under way for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import provenance


@dataclass(slots=True)
class AttachedKernel:
    """A kernel that is listened to. ``manager``: its KernelManager."""

    id: str
    manager: Any
    language: str
    notebook: str | None
    trigger: str
    address: str = ""
    executable: str | None = None
    document: Mapping[str, Any] | None = None
    generation: int = 0
    saved_ms: int = 0  # when its notebook was saved last, as far as it was seen
    boots_late: bool = False
    closings: set[asyncio.Task[None]] = field(default_factory=set)
    git: dict[str, asyncio.Task[provenance.Repository | None]] = field(default_factory=dict)
    detaching: asyncio.Task[None] | None = None

    @property
    def gone(self) -> bool:
        """Whether the kernel has ended or is being let go."""
        return self.manager is None or self.detaching is not None

    async def closed(self) -> None:
        """Wait until its drained runs are closed."""
        await asyncio.sleep(0)  # what the taps' thread called in comes first
        while self.closings:
            await asyncio.wait(set(self.closings))
