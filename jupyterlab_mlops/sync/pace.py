"""PURE: how fast a remote may be asked, from what its answers tell: rate-limit headers and how long they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .backoff import until_reset

#: With less than this share of a window's requests left, those are spread over the rest of the window: other
#: programs of the same person live from it too.
RESERVE = 0.2
#: An answer is slow when it takes this many times the best one, and this much longer at least (s).
SLOW_TIMES, SLOW_S = 3.0, 0.5


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a rate limit's window: ``remaining`` of ``limit`` requests until ``reset_s`` (epoch s)."""

    limit: int
    remaining: int
    reset_s: float

    def interval(self, now_s: float) -> float:
        """Seconds between requests from now on; 0: as fast as you like."""
        left = self.reset_s - now_s
        if left <= 0 or self.remaining > self.limit * RESERVE:
            return 0.0
        return left / max(self.remaining, 1)


def allowance_of(headers: Mapping[str, str], now_s: float) -> Allowance | None:
    """The allowance that an answer's ``RateLimit-…`` headers tell (newer GitLab: on every answer)."""
    left = until_reset(headers.get("RateLimit-Reset"), now_s=now_s)
    try:
        limit, remaining = (
            int(headers.get(f"RateLimit-{name}") or "") for name in ("Limit", "Remaining")
        )
    except ValueError:
        return None
    if left is None or limit <= 0:
        return None
    return Allowance(limit, max(0, remaining), now_s + left)


class Pacer:
    """Gives each request of several threads its moment."""

    def __init__(self) -> None:
        self._allowance: Allowance | None = None
        self._next_s = self._held_s = 0.0

    def note(self, told: Allowance | None) -> None:
        """An answer told this. Answers overtake each other: within a window the smaller number is the newer."""
        known = self._allowance
        if told is None:
            return
        same = known is not None and abs(known.reset_s - told.reset_s) < 1.5
        if known is None or not same or told.remaining < known.remaining:
            self._allowance = told

    def hold(self, until_s: float) -> None:
        """No request before then (epoch s): a 429 said so."""
        self._held_s = max(self._held_s, until_s)

    def wait(self, now_s: float) -> float:
        """Seconds until the next request may go."""
        allowance = self._allowance
        held = max(0.0, self._held_s - now_s)
        if allowance is None or now_s >= allowance.reset_s:
            self._allowance = None
            return held
        if allowance.remaining <= 0:
            return max(held, allowance.reset_s - now_s)
        interval = allowance.interval(now_s)
        if not interval:
            return held
        at = max(now_s, self._next_s)
        self._next_s = at + interval
        return max(held, min(at, allowance.reset_s) - now_s)


class Latency:
    """How long answers take, smoothed, against the best that was seen."""

    def __init__(self) -> None:
        self.best_s = float("inf")
        self.smooth_s = 0.0

    def note(self, seconds: float) -> None:
        """An answer took this long."""
        self.smooth_s = (
            seconds if self.best_s == float("inf") else self.smooth_s * 0.8 + seconds * 0.2
        )
        self.best_s = min(self.best_s, seconds)

    @property
    def strained(self) -> bool:
        """Whether the remote answers so much slower than it can that we should ask for less at once."""
        return self.smooth_s > SLOW_TIMES * self.best_s + SLOW_S
