"""A tracking endpoint on a loop of its own, and the real MLflow client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.tracking.base import Tracking
from jupyterlab_mlops.tracking.listener import Listener
from jupyterlab_mlops.tracking.tokens import KernelTokens


@dataclass
class Server:
    """A running listener: its URI, a kernel's token, the store, and what its agents said."""

    store: Store
    url: str
    token: str
    tokens: KernelTokens
    findings: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    running: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """What a kernel sends."""
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A listener on a loop in a thread, with one kernel ``k1``."""
    store, tokens = Store(tmp_path / "data"), KernelTokens()
    found = Server(store, "", tokens.issue("k1"), tokens)

    async def apply_findings(kernel_id: str, findings: list[dict[str, Any]]) -> int:
        found.findings.append((kernel_id, findings))
        return findings[-1]["seq"] if findings else 0

    tracking = Tracking(
        store,
        apply_findings=apply_findings,
        current=lambda kernel_id: found.running.get(kernel_id, {}),
    )
    listener = Listener(tracking, tokens)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    found.url = asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
    yield found
    asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    store.close()
