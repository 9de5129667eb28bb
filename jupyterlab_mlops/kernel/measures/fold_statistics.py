"""Statistics of a cross-validation's folds, wherever they come out: ``np.sqrt(-scores).mean()`` in a function of a later
cell, ``pd.Series(rmses).describe()``.

They are known by their values. A mean, a deviation or a root of a few folds to twelve digits is no accident, so no code
needs to be followed from the cross-validation to the number; a rounded one, as it was printed, counts where the statement
reads what derives from the same model.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..cells.frames import World
from ..cells.running import Execution, Running
from ..source.dataflow import NONE, Refs
from .folds import root_name
from .reporting import Measured, Reporter
from .values import printed_numbers, rounds_to, scalars, to_last_bits, was_printed

MAX_KNOWN = 4000
"""Statistics that are kept; the oldest go first."""
MAX_NUMBERS = 4000
"""Printed numbers that are looked at in a statement."""
MIN_DIGITS = 4
"""Digits of a printed number that is taken for a statistic it rounds to."""
MIN_SIGNIFICANT = 6
"""Digits of a statistic that is known by its value."""


class Statistic(NamedTuple):
    """A number that folds give, and whose it is."""

    name: str
    value: float
    refs: Refs[str]
    signature: str = ""
    """What tells it from another of that name, as the deviation of a sample."""


class FoldStatistics:
    """What is known of the folds of all cross-validations. One a kernel."""

    def __init__(self, world: World, reporter: Reporter) -> None:
        self.world = world
        self.reporter = reporter
        self.known: dict[float, Statistic] = {}
        """By value to twelve digits."""

    def remember(self, name: str, folds: tuple[float, ...], refs: Refs[str]) -> None:
        """The folds of a cross-validation that measured ``refs``."""
        for one in statistics_of(name, folds, refs) if refs else ():
            if tells_apart(one.value):
                self.known[to_last_bits(one.value)] = one
        while len(self.known) > MAX_KNOWN:
            del self.known[next(iter(self.known))]

    def look(self, execution: Execution, running: Running, result: Any, printed: str) -> None:
        """Those among what the statement gave, bound or printed, that were not told yet."""
        if not self.known:
            return
        shown = scalars(result) if isinstance(running.node, ast.Expr) else []
        numbers = printed_numbers(printed)[:MAX_NUMBERS]
        exact = [*shown, *self._bound(running), *(number for number, _ in numbers)]
        found = [self.known.get(to_last_bits(value)) for value in exact]
        short = [one for one in numbers if _digits(one) >= MIN_DIGITS]
        if not short and not any(found):
            return
        about = self._about(running)
        found = [one for one in found if one and (not about or one.refs <= about)]
        if short:
            found += [
                one
                for one in self.known.values()
                if one.refs <= about and was_printed(one.value, short)
            ]
        told = [value for _, _, value in running.measured]
        for one in dict.fromkeys(filter(None, found)):
            if any(_said(one.value, value) for value in told):
                continue
            if self.reporter.known(one.value, one.refs):
                continue
            measured = Measured(one.name, one.value, ("folds", one.signature), one.refs)
            self.reporter.report(measured, execution, running)

    def _bound(self, running: Running) -> Iterator[float]:
        """The numbers that the statement bound by name, one each."""
        for name in running.info.binds:
            value = self.world.namespace.get(name)
            if isinstance(value, float):
                yield value

    def _about(self, running: Running) -> Refs[str]:
        """The models that the statement has measured or opened, and those behind what it reads."""
        about = frozenset(owner for owner, _, _ in running.measured if owner)
        for name in running.info.reads:
            about |= self.world.flow(name)
        return about | frozenset(running.opened)


def tells_apart(value: float) -> bool:
    """Whether a number has so many digits that it is no accident to meet it again: not ``0.0`` and ``0.25``. Pure."""
    digits = f"{value:.12g}".partition("e")[0].replace(".", "").strip("-0")
    return len(digits) >= MIN_SIGNIFICANT and abs(value) > 1e-12


def statistics_of(
    name: str, folds: tuple[float, ...], refs: Refs[str] = NONE
) -> Iterator[Statistic]:
    """The numbers that people make of the folds: the deviation of a sample, and of squared errors, which scikit-learn gives
    below zero, the mean and deviation of their roots and the root of their mean. The mean itself and the deviation are told
    with the cross-validation. Pure."""
    if len(folds) < 2:
        return
    yield Statistic(f"{name}_std", _deviation(folds, 1), refs, "sample")
    if not all(value < 0 for value in folds):
        return
    rooted, roots = root_name(name), tuple(math.sqrt(-value) for value in folds)
    yield Statistic(f"{rooted}_mean", math.fsum(roots) / len(roots), refs)
    yield Statistic(f"{rooted}_std", _deviation(roots, 0), refs)
    yield Statistic(f"{rooted}_std", _deviation(roots, 1), refs, "sample")
    yield Statistic(rooted, math.sqrt(-math.fsum(folds) / len(folds)), refs)


def _deviation(values: tuple[float, ...], less: int) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - less))


def _digits(number: tuple[float, int]) -> int:
    """How many digits tell a printed number from others."""
    value, decimals = number
    return len(str(int(abs(value) * 10 ** min(decimals, 15)))) if math.isfinite(value) else 0


def _said(value: float, told: float) -> bool:
    """Whether a value that was told is this one, whole or as it was printed."""
    decimals = len(repr(told).partition(".")[2])
    return rounds_to(value, told, min(decimals, 12))
