"""PURE: how long to wait before the next attempt, and how many things to do at once."""

from __future__ import annotations

import email.utils
import math
from collections.abc import Callable
from dataclasses import dataclass

BASE_S = 0.5
CAP_S = 300.0
#: An instance may name any time to wait; longer than this we look for ourselves (s).
LONGEST_RETRY_AFTER_S = 3600.0
#: Tries after which a thing is set aside that the remote fails at each time while it answers other requests. With the
#: waits between them that is some hours; a proxy that gives up on a large file is asked again sooner than a server
#: that breaks.
TRIES = {"server_error": 60, "damaged": 60, "timeout": 300, "down": 300}
#: Tries that found nobody answering count up to here, where the wait is longest: they say nothing of the thing.
TRIES_UNANSWERED = 12


def delay(attempt: int, *, rng: Callable[[], float], retry_after: float | None = None) -> float:
    """Seconds until attempt number ``attempt`` + 1 (0: the first failed), with full jitter.

    Uniform between 0 and ``BASE_S * 2**attempt``, at most ``CAP_S``. ``retry_after`` is what the remote asked
    for: never earlier, and spread behind it, so that not everybody returns in the same second.
    """
    window: float = min(CAP_S, BASE_S * 2.0 ** min(max(attempt, 0), 16))
    jitter = rng() * window
    if retry_after is None:
        return jitter
    return min(max(retry_after, 0.0), LONGEST_RETRY_AFTER_S) + min(jitter, 5.0)


def tries_after(tries: int, *, answered: bool) -> int:
    """The number of failed tries after one more; ``answered``: the remote answered something meanwhile."""
    return tries + 1 if answered else max(tries, min(tries + 1, TRIES_UNANSWERED))


def is_hopeless(reason: str, tries: int, *, answered: bool) -> bool:
    """Whether a thing has failed so often that only a person can tell what to do about it."""
    return answered and tries >= TRIES.get(reason, tries + 1)


def parse_retry_after(value: str | None, *, now_s: float) -> float | None:
    """Seconds named by a ``Retry-After`` header: a number, or an HTTP date. None: neither."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - now_s
        except (TypeError, ValueError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)


def until_reset(value: str | None, *, now_s: float) -> float | None:
    """Seconds until the time of a ``RateLimit-Reset`` header (epoch s), at most an hour. None: it is none."""
    try:
        left = float(value or "") - now_s
    except ValueError:
        return None
    return left if 0 <= left <= LONGEST_RETRY_AFTER_S else None


@dataclass(frozen=True, slots=True)
class Window:
    """How many pushes run at once: additive increase, multiplicative decrease.

    ``size`` falls to half when the remote asks us to slow down and grows by one for each full window of
    successes, between 1 and ``most``.
    """

    size: float
    most: int

    def succeeded(self) -> Window:
        """After a push that went through."""
        return Window(min(float(self.most), self.size + 1.0 / max(self.size, 1.0)), self.most)

    def slowed(self) -> Window:
        """After a 429 or a timeout."""
        return Window(max(1.0, self.size / 2), self.most)

    def eased(self) -> Window:
        """After a push that went through slowly: a little less at once, though never one by one."""
        return Window(max(min(2.0, self.size), self.size - 1.0), self.most)

    @property
    def limit(self) -> int:
        """Pushes allowed at once."""
        return max(1, int(self.size))
