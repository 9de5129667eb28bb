"""PURE: how a remote is doing, and what that means for the next push. Times are seconds of a steady clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .backoff import Window, delay
from .target import Locks

#: A remote that refuses us as a whole is asked again after this long, without a new token (s).
ASK_AGAIN_S = 120.0
#: Consecutive failures to reach a remote before it is left alone for a while.
UNREACHED = 3
#: However long a remote is out of reach, it is tried this often (s).
CAP_OF_REACH_S = 30.0
#: Failures that tell about the remote, not about the thing that was pushed.
_OF_THE_REMOTE = ("unreached", "timeout", "down", "rate_limited")


@dataclass
class Standing:
    """A remote as this process knows it. ``failures``: in a row, without an answer between; ``answers``: how
    many it had given then. ``problem``: why it refuses us, ``fingerprints``: the tokens then."""

    window: Window
    failures: int = 0
    not_before: float = 0.0
    answers: int = 0
    problem: dict[str, Any] | None = None
    fingerprints: tuple[str, ...] = ()
    locks: Locks = field(default_factory=Locks)

    def succeeded(self, *, strained: bool = False) -> bool:
        """A push went through; whether the remote is back, so that what waits may be tried at once.
        ``strained``: its answers take much longer than they might."""
        back = self.problem is not None or self.failures >= UNREACHED
        self.failures = 0
        self.window = self.window.eased() if strained else self.window.succeeded()
        if back:
            self.problem, self.not_before = None, 0.0
        return back

    def failed(
        self,
        reason: str,
        *,
        attempts: int,
        retry_after: float | None,
        grace: float,
        answers: int = 0,
        now: float,
        rng: Callable[[], float],
    ) -> float:
        """A push did not get through: seconds until its next attempt; the remote may be left alone too.

        ``answers``: what the remote has answered so far; a remote that answers is in reach, whatever is lost now
        and then. ``grace``: after an answer that did not come in time GitLab may still be at work, and what we would
        read back before then is not the end of it.
        """
        wait = delay(attempts, rng=rng, retry_after=retry_after)
        if reason == "timeout":
            wait = max(wait, grace)
        if reason not in _OF_THE_REMOTE and retry_after is None:
            return wait
        if answers > self.answers:
            self.answers, self.failures = answers, 0
        if now >= self.not_before:
            self.failures += 1
        if reason in ("rate_limited", "timeout") or self.failures >= UNREACHED:
            self.window = self.window.slowed()
        wait = min(wait, max(CAP_OF_REACH_S, retry_after or 0.0) + 5.0)
        if retry_after is not None or reason == "rate_limited":
            self.not_before = max(self.not_before, now + wait)
        elif self.failures >= UNREACHED:
            pause = delay(self.failures - UNREACHED, rng=rng)
            self.not_before = max(self.not_before, now + min(pause, CAP_OF_REACH_S))
        return wait

    def refused(
        self, problem: dict[str, Any], fingerprints: tuple[str, ...], *, now: float
    ) -> None:
        """The remote refuses us as a whole."""
        self.problem, self.fingerprints = problem, fingerprints
        self.not_before = now + ASK_AGAIN_S

    def reopen(self) -> None:
        """Somebody asks to try again, or there is another token."""
        self.not_before, self.failures, self.problem = 0.0, 0, None


class Standings:
    """How each remote is doing, by name. Thread-safe."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._guard = threading.Lock()
        self._known: dict[str, Standing] = {}

    def of(self, remote: str) -> Standing:
        """The standing of a remote; a new one begins with the window."""
        with self._guard:
            return self._known.setdefault(remote, Standing(self._window))

    def find(self, remote: str) -> Standing | None:
        """The standing of a remote that was pushed to already."""
        with self._guard:
            return self._known.get(remote)

    def all(self) -> list[tuple[str, Standing]]:
        """All that are known."""
        with self._guard:
            return list(self._known.items())
