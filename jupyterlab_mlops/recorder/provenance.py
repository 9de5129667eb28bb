"""Where a run came from: the repository, and what the kernel's interpreter has installed.

Everything here blocks on subprocesses with timeouts: call it in a thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

GIT_TIMEOUT_S = 10
ENVIRONMENT_TIMEOUT_S = 60
#: A larger patch is not kept (bytes).
MAX_PATCH = 20 << 20


@dataclass(frozen=True, slots=True)
class Repository:
    """State of the repository around a notebook. ``patch``: what differs from the commit, or None."""

    commit: str | None
    branch: str | None
    remote: str | None
    dirty: bool
    patch: bytes | None
    untracked: int

    def facts(self) -> dict[str, Any]:
        """JSON-compatible facts, without the patch."""
        return {
            "commit": self.commit,
            "branch": self.branch,
            "remote": self.remote,
            "dirty": self.dirty,
            "untracked": self.untracked,
        }


def repository(directory: Path) -> Repository | None:
    """The repository that ``directory`` is in; None when it is in none or git is not there."""
    if _git(directory, "rev-parse", "--is-inside-work-tree") is None:
        return None
    commit = _text(_git(directory, "rev-parse", "--verify", "HEAD"))
    branch = _text(_git(directory, "symbolic-ref", "--short", "-q", "HEAD"))
    remote = _text(_git(directory, "config", "--get", "remote.origin.url"))
    if remote is None:
        first = _text(_git(directory, "remote"))
        if first:
            remote = _text(
                _git(directory, "config", "--get", f"remote.{first.splitlines()[0]}.url")
            )
    status = _git(directory, "status", "--porcelain", "-z", "--untracked-files=normal") or b""
    entries = [entry for entry in status.split(b"\0") if entry]
    untracked = sum(entry.startswith(b"?? ") for entry in entries)
    dirty = len(entries) > untracked
    patch = (
        _git(directory, "diff", "--binary", "--no-ext-diff", "HEAD") if dirty and commit else None
    )
    if patch is not None and len(patch) > MAX_PATCH:
        patch = None
    return Repository(
        commit, branch, without_user_info(remote) if remote else None, dirty, patch, untracked
    )


def without_user_info(url: str) -> str:
    """A remote's URL without user name, password or token, and without a query."""
    if "://" not in url:
        host, colon, path = url.partition(":")
        return f"{host.rpartition('@')[2]}{colon}{path}" if colon else url
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _git(directory: Path, *args: str) -> bytes | None:
    """The output of a git command; None when it fails. Never asks, locks, or runs hooks of others."""
    env = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", *args],
            cwd=directory,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _text(output: bytes | None) -> str | None:
    return (output.decode("utf-8", "replace").strip() or None) if output is not None else None


_PROBE = """
import importlib.metadata as m, json, os, platform, sys
found = {}
for d in m.distributions():
    name = d.metadata["Name"]
    if name and name not in found:
        found[name] = d.version
try:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
except (AttributeError, OSError, ValueError):
    memory = None
print(json.dumps({
    "python": platform.python_version(), "implementation": platform.python_implementation(),
    "executable": sys.executable, "platform": platform.platform(), "machine": platform.machine(),
    "cpus": os.cpu_count(), "memory_bytes": memory, "packages": found, "paths": sys.path[1:],
}))
"""


class Environments:
    """Environments of interpreters, asked in a subprocess and remembered until an install changes them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[float, ...], dict[str, Any]]] = {}
        #: Held while an interpreter is asked: the others that want to know it wait for its answer.
        self._asking: dict[str, threading.Lock] = {}

    def of(self, executable: str) -> dict[str, Any] | None:
        """What an interpreter has installed: python, platform, packages {name: version}, gpus, …

        None when it cannot be asked.
        """
        with self._asking.setdefault(executable, threading.Lock()):
            known = self._known.get(executable)
            if known is not None and _stamps(known[1]["paths"]) == known[0]:
                return known[1]
            facts = _probe(executable)
            if facts is None:
                return None
            facts["gpus"] = _gpus()
            self._known[executable] = (_stamps(facts["paths"]), facts)
            return facts


def hardware(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What an environment says of the machine: machine (architecture), cpus, memory_bytes, gpus; what is not known is left out."""
    names = ("machine", "cpus", "memory_bytes", "gpus")
    return {name: facts[name] for name in names if facts.get(name)}


def lock(facts: dict[str, Any]) -> str:
    """An environment as a requirements file with a header that says what it was taken from."""
    head = [
        f"# Python {facts['python']} ({facts['implementation']}) on {facts['platform']}",
        *(f"# GPU {gpu}" for gpu in facts.get("gpus") or ()),
    ]
    packages = sorted(facts["packages"].items(), key=lambda item: item[0].lower())
    return "\n".join([*head, *(f"{name}=={version}" for name, version in packages)]) + "\n"


def _probe(executable: str) -> dict[str, Any] | None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONSTARTUP"}
    try:
        done = subprocess.run(
            [executable, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ENVIRONMENT_TIMEOUT_S,
            check=True,
            env=env,
            cwd=os.path.sep,
        )
        facts = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def _stamps(paths: list[str]) -> tuple[float, ...]:
    stamps = []
    for path in paths:
        try:
            stamps.append(Path(path).stat().st_mtime)
        except OSError:
            stamps.append(0.0)
    return tuple(stamps)


def _gpus() -> list[str]:
    """GPUs as the driver names them."""
    try:
        done = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines() if line]
