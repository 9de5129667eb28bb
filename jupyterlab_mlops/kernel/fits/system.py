"""CPU, memory and GPU series while a model trains for more than a few seconds. From ``/proc``; no dependency."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

from ..link import diagnostics
from ..link.journal import Journal

AFTER_S = 3.0
"""A fit shorter than this is not sampled."""
EVERY_S = 5.0


class Sampler:
    """Samples while ``watch`` is told that a candidate trains."""

    def __init__(self, journal: Journal, *, enabled: bool) -> None:
        self._journal = journal
        self._enabled = enabled and os.path.exists("/proc/self/stat")
        self._candidate: str | None = None
        self._msg_id: str | None = None
        self._since = 0.0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def training(self, candidate: str | None, msg_id: str | None) -> None:
        """This candidate trains from now on; None: nothing does."""
        if not self._enabled or candidate == self._candidate:
            return
        self._candidate, self._msg_id, self._since = candidate, msg_id, time.monotonic()
        if candidate is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mlops-system", daemon=True)
            self._thread.start()
        if candidate is not None:
            self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            time.sleep(AFTER_S)
            before = _cpu_seconds(), time.monotonic()
            while (candidate := self._candidate) is not None:
                time.sleep(EVERY_S if time.monotonic() - self._since > AFTER_S + EVERY_S else 1.0)
                if self._candidate != candidate:
                    before = _cpu_seconds(), time.monotonic()
                    continue
                after = _cpu_seconds(), time.monotonic()
                if after[1] - self._since < AFTER_S:
                    continue
                try:
                    self._sample(candidate, before, after)
                except Exception as error:  # supervised loop
                    diagnostics.note("system", error)
                before = after

    def _sample(
        self, candidate: str, before: tuple[float, float], after: tuple[float, float]
    ) -> None:
        used = 100.0 * (after[0] - before[0]) / max(after[1] - before[1], 1e-3)
        points: list[tuple[str, float, int | None]] = [
            ("system/cpu_percent", round(used, 2), None),
            ("system/memory_mb", round(_memory_mb(), 2), None),
        ]
        torch: Any = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
            points.append(("system/gpu_memory_mb", torch.cuda.memory_allocated() / 1e6, None))
        self._journal.metrics(candidate, points, self._msg_id, "autolog")


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _memory_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
