"""Fault plans: which request goes wrong, when, and how."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

#: Everything a rule can do. ``drop_before``/``drop_after``: the connection closes without an answer,
#: before or after the request had its effect. ``hang``: no answer and no effect; ``late``: the effect comes
#: after ``seconds``, whether or not somebody still waits for the answer. ``truncate``, ``truncate_chunked``: half of
#: an answer; ``hang_after_headers``: its head only; ``drip``: a byte each ``seconds``. These four come after the effect.
ACTIONS = (
    "status",
    "drop_before",
    "drop_after",
    "truncate",
    "truncate_chunked",
    "hang_after_headers",
    "drip",
    "hang",
    "late",
    "sign_in",
    "sign_in_redirect",
    "expire_token",
    "call",
)


@dataclass
class Rule:
    """The ``calls``-th matching request (1 is the first; None: each, or ``chance`` of each) goes wrong."""

    action: str
    method: str = ".*"
    path: str = ".*"
    calls: Collection[int] | None = None
    chance: float = 1.0
    times: int | None = None
    status: int = 503
    body: Any = "<html><body>GitLab is not responding</body></html>"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 30.0
    call: Callable[[], None] | None = None
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action {self.action!r} is none of {ACTIONS}")

    def matches(self, method: str, path: str, rng: random.Random) -> bool:
        """Whether this request is one that goes wrong; counts it."""
        if not re.fullmatch(self.method, method) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.calls is not None and self.seen not in self.calls:
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        if self.chance < 1 and rng.random() >= self.chance:
            return False
        self.fired += 1
        return True


class Faults:
    """The plan: rules in order, the first that matches a request decides."""

    def __init__(self, seed: int = 0) -> None:
        self.rules: list[Rule] = []
        self.rng = random.Random(seed)

    def add(self, action: str, **options: Any) -> Rule:
        """Add a rule (see :class:`Rule`); returns it, so that ``fired`` can be looked at."""
        rule = Rule(action, **options)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def pick(self, method: str, path: str) -> Rule | None:
        for rule in list(self.rules):
            if rule.matches(method, path, self.rng):
                return rule
        return None
