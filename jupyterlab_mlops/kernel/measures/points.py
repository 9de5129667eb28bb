"""A value of a metric in printed text. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

TIME = re.compile(
    r"\b(?:time|eta|elapsed|took|duration|runtime|s/it|it/s|speed|date|remaining|per)\b",
    re.IGNORECASE,
)

MAX_POWER = 300
"""Of ten, of a printed number's last digit."""


@dataclass(frozen=True)
class Point:
    """A value found in a line. ``decimals``: digits after the point as printed; ``percent``: followed by %; ``strength``: as of
    ``metric_strength``, 0 where no word says that it is a metric, only what it is made of."""

    name: str
    value: float
    step: int | None
    line: int
    decimals: int
    percent: bool = False
    strength: int = 2
    column: int = 0
    """Where in its line the point begins, if several that were printed one after another stand there."""


def steps_of(steps: list[int | None]) -> list[int | None]:
    """The steps of a series' points in their order: as they were said, or counted from 0 where several lines say the same,
    as those of the batches of an epoch. Points of one step have no order but their values'. Pure."""
    said = [step for step in steps if step is not None]
    return steps if len({*said}) == len(said) else list(range(len(steps)))


def decimals_of(number: str) -> int:
    """The digits after the point of a printed number, of the number that it is: -1 of ``5.75e+03``, 5 of ``1.2e-4``.

    At most ``MAX_POWER`` either way: an id in a printed address may read ``7e-123456789012``, and that power of ten takes
    minutes to work out.
    """
    mantissa, _, exponent = number.lower().partition("e")
    power = int(exponent[:12] or 0) if exponent else 0
    return max(-MAX_POWER, min(MAX_POWER, len(mantissa.partition(".")[2]) - power))
