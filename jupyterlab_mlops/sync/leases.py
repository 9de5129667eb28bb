"""Who holds a lease: this process, by host, pid and start, so that a dead holder's items are free at once."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def new_owner() -> str:
    """An owner of leases in this process."""
    return f"{socket.gethostname()}|{os.getpid()}|{_started(os.getpid())}|{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether the owner's process has certainly ended. False for other hosts: their leases run out."""
    parts = owner.split("|")
    if len(parts) != 4 or parts[0] != socket.gethostname() or not parts[1].isdigit():
        return False
    pid = int(parts[1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(parts[2]) and _started(pid) not in ("", parts[2])


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks (Linux; elsewhere unknown): pids are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
