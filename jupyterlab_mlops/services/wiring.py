"""Everything put together and started in order; the server extension and the command line share it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir

from .. import findings
from ..recorder.launch import Endpoint, Switches
from ..recorder.recorder import ReadNotebook, Recorder
from ..recorder.recording import Limits
from ..settings import MLOpsSettings
from ..store.store import Store
from ..tracking.base import Tracking
from ..tracking.listener import Listener
from ..tracking.tokens import KernelTokens
from .checking import Checking

log = logging.getLogger(__name__)


@dataclass
class Recording:
    """The store, the listener that kernels talk to, and the recorder. ``async with`` starts and stops them."""

    store: Store
    tokens: KernelTokens
    tracking: Tracking
    listener: Listener
    recorder: Recorder
    checking: Checking
    url: str = ""

    async def start(self) -> None:
        """Listen, then record."""
        self.url = await self.listener.start()
        self.recorder.launcher.endpoint = Endpoint(self.url, self.tokens.issue, self.tokens.revoke)
        await self.recorder.start()
        await self.checking.start()

    async def stop(self) -> None:
        """End recording, then listening. What kernels say afterwards waits in their journals."""
        await self.checking.stop()
        await self.recorder.stop()
        await self.listener.stop()


def build_recording(
    settings: MLOpsSettings,
    store: Store,
    *,
    root_dir: Path,
    kernel_manager: Any = None,
    event_logger: Any = None,
    notebook_of: Callable[[str], Awaitable[str | None]] | None = None,
    read_notebook: ReadNotebook | None = None,
    lab_url: str = "",
) -> Recording:
    """The recording half, ready to be started.

    Args:
        kernel_manager: the server's; None where kernels are attached one by one (headless runs).
    """
    tokens = KernelTokens()
    recorder = Recorder(
        store,
        kernel_manager,
        root_dir=root_dir,
        runtime_dir=Path(jupyter_runtime_dir()),
        switches=Switches(
            recording=settings.recording,
            files=settings.capture_files,
            system=settings.capture_system,
            autolog=settings.autolog,
            limits={
                "max_output_kb": settings.max_output_kb,
                "max_artifact_mb": settings.max_artifact_mb,
            },
        ),
        limits=Limits(cell_bytes=settings.max_output_kb * 1024),
        event_logger=event_logger,
        notebook_of=notebook_of,
        read_notebook=read_notebook,
    )

    async def apply_findings(kernel_id: str, found: list[dict[str, Any]]) -> int:
        if findings.name_files(found):
            await store.in_thread(findings.ingest, store.blobs, kernel_id, found)
        return await store.write(findings.apply, store.blobs, kernel_id, found)

    tracking = Tracking(store, apply_findings, recorder.current, lab_url)
    return Recording(
        store,
        tokens,
        tracking,
        Listener(tracking, tokens),
        recorder,
        Checking(store, root_dir),
    )
