"""Which process owns a kernel: two servers on one data directory must tell theirs apart."""

from __future__ import annotations

import os

import psutil


def this_process() -> str:
    """The name of this process, different from every other's: ``<pid>:<start>``."""
    return _name(psutil.Process(os.getpid()))


def is_running(owner: str) -> bool:
    """Whether the process of this name still runs (and is not another with its number)."""
    pid, _, _ = owner.partition(":")
    if not pid.isdigit():
        return False
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and _name(process) == owner
    except psutil.Error:
        return False


def has_run_since(pid: object, at_ms: int) -> bool:
    """Whether the process of this number runs and already did at that time (ms), so that it is not another by now."""
    if not isinstance(pid, int):
        return False
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() * 1000 <= at_ms
    except (psutil.Error, ValueError):
        return False


def _name(process: psutil.Process) -> str:
    return f"{process.pid}:{process.create_time():.2f}"
