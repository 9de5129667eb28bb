"""The worker: takes what is due from the outbox and pushes it, on threads of its own.

    worker = Worker(store, mode="auto", url=url_trait, project=project_trait, timeout_s=60, concurrency=4)
    await worker.start()          # connects the project that the environment names, begins to push
    ...
    counts = worker.sync_now(wait=True, timeout_s=120)   # from a thread (the command line)
    await worker.stop()

A failure of one thing never stops the others: what is out of reach waits with backoff, what is refused is set
aside with a reason, and a reason that concerns the whole remote (a dead token) holds the remote until that
changes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import correlation
from ..entities import Change
from ..errors import MLOpsError
from ..store import outbox, remotes
from ..store.outbox import Item
from ..store.store import Store, now_ms
from .backoff import Window
from .connections import Connections
from .credentials import Credentials
from .environment import ensure_default_remote, make_gate
from .gate import Gate
from .leases import is_dead, new_owner
from .pushing import Pushing
from .runs import drop_late_twins
from .standing import Standings
from .threads import DaemonPool

log = logging.getLogger(__name__)

LEASE_MS = 60_000
RENEW_S = 15.0
#: How often we look without being woken: for other processes' changes and rotated tokens (s).
POLL_S = 2.0
#: A burst of changes (metrics by the thousand) wakes us once in this time (s).
BREATH_S = 0.02
#: How often runs in doubt are looked at (s).
DOUBT_S = 5.0
MODES = ("auto", "manual", "off")


class Worker:
    """Pushes to all remotes.

    Args:
        store: whose outbox.
        credentials: where tokens come from; made for ``store.data_dir`` if not given.
        mode: ``auto`` (push what ended), ``manual`` (only on :meth:`sync_now`), ``off``.
        url, project: the configured default remote (traits); else the environment's.
        root: the notebooks' root, whose ``.env`` values never leave.
        timeout_s, ca_bundle, concurrency: of the transport (s, file, uploads at once).
        environ: the process's environment.
    """

    def __init__(
        self,
        store: Store,
        *,
        credentials: Credentials | None = None,
        mode: str = "auto",
        url: str = "",
        project: str = "",
        root: str | os.PathLike[str] | None = None,
        timeout_s: float = 60.0,
        ca_bundle: str | None = None,
        concurrency: int = 4,
        environ: Mapping[str, str] = os.environ,
        rng: Callable[[], float] = random.random,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"sync mode {mode!r} is none of {', '.join(MODES)}")
        self.store = store
        self.credentials = credentials or Credentials(store.data_dir, environ=environ, url=url)
        self.mode = mode
        self.project = project
        self._root = Path(root) if root is not None else None
        self.environ = environ
        self._rng = rng
        self.timeout_s = timeout_s
        self._uploads_at_once = max(1, concurrency)
        self._pushes_at_once = 2 * self._uploads_at_once
        self.connections = Connections(
            self.credentials,
            timeout_s=timeout_s,
            ca_bundle=ca_bundle or None,
            connections=self._pushes_at_once + self._uploads_at_once,
        )
        self._owner = new_owner()
        self._standings = Standings(Window(float(self._uploads_at_once), self._pushes_at_once))
        self._active: set[tuple[str, str, str]] = set()
        self._guard = threading.Lock()
        self._woken = threading.Event()
        self._stopping = False
        self._forced = False
        self._thread: threading.Thread | None = None
        self._end_listening: Callable[[], None] | None = None
        self._renewed = self._swept = self._doubted = 0.0

    # -- life ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect the default remote, if the environment names one, and begin to push."""
        await asyncio.to_thread(self.start_sync)

    async def stop(self) -> None:
        """End. Pushes on their way are given a moment; what is not done is queued again."""
        await asyncio.to_thread(self.stop_sync)

    def start_sync(self) -> None:
        """As :meth:`start`, for programs without an event loop."""
        if self._thread is not None or self.mode == "off":
            return
        self._stopping = False
        ensure_default_remote(self.store, self.credentials, self.environ, self.project)
        self.store.write_sync(
            remotes.forget_problems
        )  # of an earlier process: they would be told again
        # One remote that hangs must not keep the others from being pushed to.
        self._pushes = DaemonPool(4 * self._pushes_at_once, "mlops-push")
        self._pushing = Pushing(
            self.store,
            self.connections,
            self._standings,
            lambda: self.gate,
            timeout_s=self.timeout_s,
            uploads_at_once=self._uploads_at_once,
            rng=self._rng,
        )
        self._end_listening = self.store.on_change(self._changed)
        self._thread = threading.Thread(target=self._run, name="mlops-sync", daemon=True)
        self._thread.start()

    def stop_sync(self, *, patience_s: float = 3.0) -> None:
        """As :meth:`stop`. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = self._pushing.stopping = True
        if self._end_listening is not None:
            self._end_listening()
        self.connections.stop()
        self.wake()
        thread.join()
        end = time.monotonic() + patience_s
        while self._active and time.monotonic() < end:
            time.sleep(0.02)
        self._pushes.close()
        self._pushing.close()
        self.store.write_sync(outbox.release, self._owner)
        self.connections.close()

    def wake(self) -> None:
        """Look now whether something is due."""
        self._woken.set()

    def _changed(self, changes: list[Change]) -> None:
        if any(change.kind in ("candidate", "version", "remote") for change in changes):
            self.wake()

    @cached_property
    def gate(self) -> Gate:
        """The secret gate of this process."""
        return make_gate(self.store, self.environ, self._root)

    # -- the loop --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                self._round()
            except Exception:  # supervised: the next round tries again
                if not self._stopping:
                    log.exception("A round of the sync worker failed")
            self._woken.wait(self._patience())
            time.sleep(BREATH_S)

    def _patience(self) -> float:
        """How long to sleep: until the next item or remote is due, at most ``POLL_S``."""
        try:
            due = self.store.read_sync(outbox.next_due)
        except Exception:
            return POLL_S
        waits = [POLL_S]
        if due is not None and (due - now_ms()) > 0:
            waits.append((due - now_ms()) / 1000)
        now = time.monotonic()
        closed = [standing.not_before - now for _name, standing in self._standings.all()]
        waits += [wait for wait in closed if wait > 0]
        return max(0.01, min(waits))

    def _round(self) -> None:
        now = time.monotonic()
        if now - self._swept > RENEW_S:
            self._swept = now
            for owner in self.store.read_sync(outbox.lease_owners):
                if owner != self._owner and is_dead(owner):
                    self.store.write_sync(outbox.release, owner)
        if self._active and now - self._renewed > RENEW_S:
            self._renewed = now
            self.store.write_sync(outbox.renew, self._owner, now_ms() + LEASE_MS)
        self._reconsider()
        if now - self._doubted > DOUBT_S:
            self._doubted = now
            self._settle_doubts()
        if self.mode == "off" or (self.mode == "manual" and not self._forced):
            return
        busy = False
        for remote in self.store.read_sync(remotes.list_all):
            busy = self._fill(remote) or busy
        if not busy and not self._active:
            self._forced = False

    def _fill(self, remote: remotes.Remote) -> bool:
        """Begin as many pushes to a remote as its window has room for; whether there is anything to do."""
        standing = self._standings.of(remote.name)
        if not self.store.read_sync(outbox.any_due, remote.name, now=now_ms()):
            return False
        with self._guard:
            room = standing.window.limit - sum(key[0] == remote.name for key in self._active)
        if room <= 0 or standing.not_before > time.monotonic():
            return True
        leased = self.store.write_sync(
            outbox.lease,
            remote.name,
            self._owner,
            now=now_ms(),
            until=now_ms() + LEASE_MS,
            limit=room,
        )
        with self._guard:
            # All before the first begins: who waits for the remote to come to rest must see those to come.
            self._active.update((item.remote, item.kind, item.id) for item in leased)
        for item in leased:
            self._pushes.submit(self._work, item, remote)
        return True

    def _settle_doubts(self) -> None:
        """Look for runs that a late request has made a second time (see ``runs.drop_late_twins``)."""
        doubts = self.store.read_sync(remotes.doubtful)
        if not doubts:
            return
        known = {remote.name: remote for remote in self.store.read_sync(remotes.list_all)}
        for name in doubts.keys() & known.keys():
            if self._standings.of(name).not_before <= time.monotonic():
                self._pushes.submit(self._settle_doubts_of, known[name], doubts[name])

    def _settle_doubts_of(self, remote: remotes.Remote, ids: list[str]) -> None:
        """All of a remote at once: one look at an experiment tells about all its candidates."""
        try:
            target = self._pushing.target(
                remote, Item(remote.name, "candidate", ids[0], 0, 0, self._owner)
            )
            drop_late_twins(target, {id: target.link("candidate", id) for id in ids})
        except MLOpsError as failure:  # tried again in a moment
            log.debug("Looking for late twins in %s: %s", remote.name, failure.message)

    def _reconsider(self) -> None:
        """A remote that refused us is opened again as soon as there is another token for it."""
        for remote in self.store.read_sync(remotes.list_all):
            standing = self._standings.find(remote.name)
            if standing is None or standing.problem is None:
                continue
            if self.connections.fingerprints(remote) != standing.fingerprints:
                self.reopen(remote.name)

    def reopen(self, remote: str | None = None) -> None:
        """Try a remote (or all) again now, whatever was wrong with it."""
        for name, standing in self._standings.all():
            if remote in (None, name):
                standing.reopen()
        self.connections.revive()
        # Not waited for: this may be called on the event loop.
        self.store.submit(outbox.again, remote=remote, states=("waiting",))
        self.store.submit(remotes.forget_problems, remote)
        self.wake()

    # -- one item --------------------------------------------------------------------------------

    def _work(self, item: Item, remote: remotes.Remote) -> None:
        with correlation.about(f"{item.kind}:{item.id}"):
            try:
                self._pushing.push(item, remote)
            except Exception:  # supervised: the lease runs out and the item is tried again
                if not self._stopping:
                    log.exception("Settling %s %s failed", item.kind, item.id)
            finally:
                with self._guard:
                    self._active.discard((item.remote, item.kind, item.id))
                self.wake()

    # -- on request ------------------------------------------------------------------------------

    def sync_now(self, *, wait: bool = False, timeout_s: float = 600.0) -> dict[str, Any]:
        """Push what is queued now, in any mode but ``off``. Call from a thread when waiting.

        Returns ``{"done": bool, "queue": counts, "problems": [text]}``; ``done``: nothing is left to push.
        """
        self._forced = True
        self.reopen()
        end = time.monotonic() + timeout_s
        while wait and not self._stopping and self._thread is not None:
            if not self._left(hopeful=True) or time.monotonic() >= end:
                break
            time.sleep(0.05)
        counts = self.store.read_sync(outbox.counts)
        known = self.store.read_sync(remotes.list_all)
        problems = [r.facts["problem"]["message"] for r in known if r.facts.get("problem")]
        clean = not self._left() and not counts["held"] and not counts["error"]
        return {"done": clean, "queue": counts, "problems": problems}

    def _left(self, *, hopeful: bool = False) -> int:
        """What is not pushed yet; ``hopeful``: without remotes that refuse us, where waiting changes nothing."""
        left = 0
        with self._guard:
            active = {key[0] for key in self._active}
        for remote in self.store.read_sync(remotes.list_all):
            standing = self._standings.find(remote.name)
            refused = standing is not None and standing.problem is not None
            if remote.paused or (hopeful and refused and remote.name not in active):
                continue
            counts = self.store.read_sync(outbox.counts, remote.name)
            left += counts["queued"] + counts["pushing"] + counts["waiting"]
        return left
