"""Means of what a statement has measured of one model again and again: over the folds of a hand-made cross-validation."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..candidates import Candidates
from ..cells.frames import World
from ..cells.running import Execution, Running
from ..source.syntax import call_name
from .phrases import NUMBER
from .points import decimals_of
from .reporting import Measured, Reporter
from .values import printed_numbers, rounds_to, same, scalars, to_last_bits, was_printed

MAX_SERIES = 400
"""Series of a statement whose means are looked for."""
MAX_NUMBERS = 4000
"""Printed numbers that means are looked for in."""
_SPREAD = re.compile(
    rf"({NUMBER})\s*%?\s*(?:±|\(?\s*(?:\+/?-|\+-|±)|\(?\s*std\b[\s:=]*)\s*({NUMBER})", re.IGNORECASE
)
"""A mean and what it varies by: ``0.825 +- 0.009``, ``0.83 (std 0.01)``."""


class Averaged:
    """Looks for the means of a statement's series in what it returned, bound or printed."""

    def __init__(self, world: World, candidates: Candidates, reporter: Reporter) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter

    def look(
        self, execution: Execution, running: Running, called: int, result: Any, printed: str
    ) -> None:
        """Say ``accuracy_score_mean`` of a model whose accuracies a loop has averaged, if the mean came out. ``called``:
        how many of the statement's metrics calls have given, and not lists or printed lines."""
        series: dict[tuple[str, str], list[float]] = {}
        for owner, name, value in running.measured:
            if owner is not None:
                series.setdefault((owner, name), []).append(value)
        repeated: dict[tuple[str, str], list[float]] = {}
        for owner, name, value in running.measured[:called]:
            if owner is not None and len(series[owner, name]) > 1:
                repeated.setdefault((owner, name), []).append(value)
        if not repeated or not self._averages(running):
            return
        seen = set(map(to_last_bits, self._kept(running, result)))
        numbers = printed_numbers(printed)[:MAX_NUMBERS]
        for (owner, name), values in list(repeated.items())[:MAX_SERIES]:
            mean = math.fsum(values) / len(values)
            if len(set(values)) < 2 or not math.isfinite(mean):
                continue
            behind = _spreads(mean, printed)
            if to_last_bits(mean) not in seen and not behind:
                own = [
                    one
                    for one in numbers
                    if one[1] >= 3 or not any(was_printed(v, [one]) for v in values)
                ]
                if not was_printed(mean, own):
                    continue
            once = (said[0] for (of, _), said in series.items() if of == owner and len(said) == 1)
            if any(_the_same(mean, one) for one in once):
                continue
            said = [Measured(f"{name}_mean", mean, ("=",), frozenset((owner,)))]
            squares = math.fsum((one - mean) ** 2 for one in values)
            for count in (len(values), len(values) - 1):  # of all, or of a sample
                deviation = math.sqrt(squares / count)
                if (
                    to_last_bits(deviation) in seen
                    or was_printed(deviation, numbers)
                    or any(_is_spread(deviation, *one) for one in behind)
                ):
                    said.append(replace(said[0], name=f"{name}_std", value=deviation))
                    break
            for measured in said:
                self.reporter.report(measured, execution, running)

    def _kept(self, running: Running, result: Any) -> Iterable[float]:
        """The numbers that the statement gave, and those in what it bound or changed."""
        yield from scalars(result)
        for name in (*running.info.binds, *running.info.changes):
            yield from scalars(self.world.namespace.get(name))

    def _averages(self, running: Running) -> bool:
        """Whether the statement, or a function of the user's that it may call, works out the mean of a name."""
        trees: list[ast.AST] = [running.node, *running.inner]
        for name in sorted(self.candidates.lineage.reached(running.info.reads)):
            function = self.world.own_function(name)
            tree = self.world.trees.function(function.__code__) if function is not None else None
            if tree is not None:
                trees.append(tree)
        return any(
            isinstance(node, ast.Call)
            and call_name(node) in ("mean", "average", "sum", "fmean")
            and (isinstance(node.args[0], ast.Name) if node.args else True)
            for tree in trees
            for node in ast.walk(tree)
        )


def _spreads(mean: float, printed: str) -> list[tuple[float, int]]:
    """The numbers, with their decimals, that are printed as what the mean varies by."""
    found = []
    for match in _SPREAD.finditer(printed[:200_000]):
        said, spread = match[1], match[2]
        if was_printed(mean, [(float(said), decimals_of(said))]):
            found.append((float(spread), decimals_of(spread)))
    return found


def _is_spread(deviation: float, number: float, decimals: int) -> bool:
    """Whether a number is the deviation, also in percent, and not twice that."""
    return any(
        rounds_to(deviation * scale, number, decimals)
        and not rounds_to(deviation * scale * 2, number, decimals)
        for scale in (1, 100)
    )


def _the_same(mean: float, told: float) -> bool:
    """Whether a value that was told is the mean, whole or rounded as it was printed."""
    decimals = len(repr(told).partition(".")[2])
    return same(mean, told) or (decimals < 10 and round(mean, decimals) == told)
