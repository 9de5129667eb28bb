"""Where a push goes: the remote, its client, and what pushes to it share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..store import remotes
from ..store.outbox import Progress
from ..store.store import Store
from .project import GitLab
from .threads import DaemonPool


@dataclass
class Locks:
    """One lock a name: two candidates must not create their experiment at the same moment."""

    _guard: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def of(self, name: str) -> threading.Lock:
        """The lock of a name."""
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())


@dataclass
class Target:
    """A remote and the client that speaks to it, in one push."""

    store: Store
    remote: remotes.Remote
    client: GitLab
    uploads: DaemonPool
    upload_slots: threading.Semaphore
    locks: Locks
    progress: Callable[[Progress], None] = lambda _far: None
    #: What this push has made there so far: runs, batches of rows, verified files.
    steps: int = 0
    #: How much the remote had answered when this push began.
    answers: int = 0

    def link(self, kind: str, id: str) -> dict[str, Any]:
        """What we know of our thing there."""
        return self.store.read_sync(remotes.link, self.remote.name, kind, id)

    def set_link(self, kind: str, id: str, **facts: Any) -> dict[str, Any]:
        """Remember more of it, durably; None forgets a fact."""
        return self.store.write_sync(remotes.set_link, self.remote.name, kind, id, facts)

    def unlink(self, kind: str, id: str) -> None:
        """It is not there any more."""
        self.store.write_sync(remotes.unlink, self.remote.name, kind, id)

    @property
    def answered(self) -> bool:
        """Whether the remote has answered anything since this push began: it is in reach, and not broken as a whole."""
        return self.client.answers > self.answers

    @property
    def web_url(self) -> str:
        """The project's page."""
        return str(
            self.remote.facts.get("web_url") or f"{self.remote.url}/{self.remote.project}"
        ).rstrip("/")
