"""One item of the queue: pushed to its remote, and what became of that written down.

What is out of reach waits with backoff, what is refused is set aside with a reason, and a reason that concerns the whole
remote (a dead token) holds the remote. Every way out leaves the item in a state that a person can read.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..errors import MLOpsError, NotFound, RemoteUnavailable
from ..store import outbox, remotes
from ..store.outbox import Item, Progress
from ..store.store import Store, now_ms
from .backoff import is_hopeless, tries_after
from .connections import Connections
from .gate import Gate, Held
from .project import GitLab
from .push import Result, push
from .refusals import REMOTE_WIDE, Refusal
from .standing import Standings
from .target import Target
from .threads import DaemonPool

log = logging.getLogger(__name__)

#: After an answer that did not come in time, at most this long before looking what became of it (s).
LONGEST_GRACE_S = 10.0
#: How far pushes are is told at most this often (s), of all of them together.
TELL_S = 0.25


class Pushing:
    """Pushes items, several at a time, each on a thread of the caller's. ``gate`` gives the secret gate."""

    def __init__(
        self,
        store: Store,
        connections: Connections,
        standings: Standings,
        gate: Callable[[], Gate],
        *,
        timeout_s: float,
        uploads_at_once: int,
        rng: Callable[[], float],
    ) -> None:
        self._store = store
        self._connections = connections
        self._standings = standings
        self._gate = gate
        self._timeout_s = timeout_s
        self._rng = rng
        self._uploads = DaemonPool(uploads_at_once, "mlops-upload")
        self._upload_slots = threading.Semaphore(uploads_at_once)
        self._guard = threading.Lock()
        self._far: dict[Item, Progress] = {}
        self._told = 0.0
        #: The process ends: what fails now fails because of that.
        self.stopping = False

    def close(self) -> None:
        """End the uploads' threads."""
        self._uploads.close()

    def push(self, item: Item, remote: remotes.Remote) -> None:
        """Push a leased item, and write down what became of it: a failure to push is a state, and no error here."""
        target: Target | None = None
        try:
            target = self.target(remote, item)
            result = push(target, item, self._gate())
        except Held as held:
            reason = {"code": held.code, "message": held.message, "findings": held.findings}
            self._store.write_sync(outbox.park, item, "held", reason)
        except RemoteUnavailable as failure:
            self._not_now(item, failure, target)
        except Refusal as refusal:
            if refusal.reason in REMOTE_WIDE:
                self._refused_as_a_whole(item, remote, refusal)
            else:
                reason = {"code": refusal.reason, "message": refusal.message}
                self._store.write_sync(outbox.park, item, "error", reason)
        except NotFound as failure:  # the remote was disconnected meanwhile
            log.debug("%s %s: %s", item.kind, item.id, failure.message)
        except MLOpsError as failure:
            reason = {"code": failure.code, "message": failure.message}
            self._store.write_sync(outbox.park, item, "error", reason)
        except Exception as bug:  # supervised: one bad item never stops the others
            if self.stopping:
                return
            log.exception("Pushing %s %s failed", item.kind, item.id)
            reason = {
                "code": "internal",
                "message": f"A fault of this program: {type(bug).__name__}.",
            }
            self._store.write_sync(outbox.park, item, "error", reason)
        else:
            self._succeeded(item, result, target.client)

    def target(self, remote: remotes.Remote, item: Item) -> Target:
        """Where an item goes.

        Raises:
            RemoteUnavailable, RemoteRejected: the project does not tell of itself.
        """
        client = self._connections.client(remote)
        if "project_id" not in remote.facts:
            remote = self._introduced(remote, client)
        return Target(
            store=self._store,
            remote=remote,
            client=client,
            uploads=self._uploads,
            upload_slots=self._upload_slots,
            locks=self._standings.of(remote.name).locks,
            progress=lambda far: self._tell_progress(item, far),
            answers=client.answers,
        )

    def _introduced(self, remote: remotes.Remote, client: GitLab) -> remotes.Remote:
        """The remote with what its project says of itself, asked for once."""
        with self._standings.of(remote.name).locks.of("project"):
            present = self._store.read_sync(remotes.get, remote.name)
            if "project_id" in present.facts:
                return present
            project = client.project_info()
            facts = {"project_id": project["id"], "web_url": project.get("web_url")}
            self._store.write_sync(remotes.set_facts, remote.name, facts)
            return self._store.read_sync(remotes.get, remote.name)

    def _tell_progress(self, item: Item, far: Progress) -> None:
        with self._guard:
            self._far[item] = far
            now = time.monotonic()
            if self.stopping or now - self._told < TELL_S:
                return
            self._told, told = now, self._far
            self._far = {}
        self._store.submit(outbox.progress, told)

    def _succeeded(self, item: Item, result: Result, client: GitLab) -> None:
        if result.gone:
            self._store.write_sync(outbox.drop, item)
        elif result.problems:
            listed = "; ".join(
                f"{path}: {why}" for path, why in sorted(result.problems.items())[:5]
            )
            reason = {
                "code": result.reason or "files",
                "message": f"Everything else is there, but not {listed}",
                "files": result.problems,
            }
            self._store.write_sync(outbox.park, item, "error", reason)
        else:
            self._store.write_sync(outbox.done, item)
        if self._standings.of(item.remote).succeeded(strained=client.strained):
            self._store.write_sync(outbox.again, remote=item.remote, states=("waiting",))
            self._store.write_sync(remotes.forget_problems, item.remote)

    def _not_now(self, item: Item, failure: RemoteUnavailable, target: Target | None) -> None:
        reason_code = str(failure.details.get("reason", "unreached"))
        # Whoever gets a step further each time need not wait longer each time.
        attempts = 0 if target is not None and target.steps else item.attempts
        wait = self._standings.of(item.remote).failed(
            reason_code,
            attempts=attempts,
            retry_after=failure.retry_after,
            grace=min(self._timeout_s, LONGEST_GRACE_S),
            answers=target.client.answers if target is not None else 0,
            now=time.monotonic(),
            rng=self._rng,
        )
        answered = target is not None and target.answered
        tries = tries_after(attempts, answered=answered)
        reason = {"code": reason_code, "message": failure.message}
        if is_hopeless(reason_code, tries, answered=answered):
            reason["message"] += f" It did so {tries} times; other requests it answers."
            log.warning("Set aside %s %s: %s", item.kind, item.id, reason["message"])
            self._store.write_sync(outbox.park, item, "error", reason)
            return
        due_ms = now_ms() + int(wait * 1000)
        self._store.write_sync(outbox.retry, item, due_ms=due_ms, reason=reason, attempts=tries)

    def _refused_as_a_whole(self, item: Item, remote: remotes.Remote, refusal: Refusal) -> None:
        reason = {"code": refusal.reason, "message": refusal.message}
        self._store.write_sync(
            outbox.retry, item, due_ms=now_ms(), reason=reason, attempts=item.attempts
        )
        if refusal.reason in ("token_dead", "token_kind") and self._connections.give_up(remote):
            return  # another token is at hand
        fingerprints = self._connections.fingerprints(remote)
        self._standings.of(remote.name).refused(reason, fingerprints, now=time.monotonic())
        self._connections.revive()
        log.warning("GitLab %s, project %s: %s", remote.url, remote.project, refusal.message)
        self._store.write_sync(remotes.set_facts, remote.name, {"problem": reason})
