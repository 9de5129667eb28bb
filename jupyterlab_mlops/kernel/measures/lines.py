"""The values of metrics in printed text: by the words of its lines, else by the names and templates of what printed them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from types import CodeType
from typing import Any, NamedTuple

from ..candidates import Candidates
from ..cells.frames import NamespaceScope, World
from ..cells.objects import object_at
from ..cells.observe import Watched
from ..cells.running import Running
from ..source.syntax import call_name
from ..source.usercode import is_own_class
from . import indexed, series
from .labelled import labelled
from .learners import own_metric, takes_data
from .metrics import function_metric, metric_strength, real_scalar
from .named import counts
from .phrases import without_attempts
from .pieces import WRITES
from .places import owners_by_place
from .points import Point
from .prints import print_ends, printed_alone, printed_names, weighs
from .returned import given_to
from .templates import by_template, unread

MAX_BASES = 5
MAX_METHODS = 100
"""Of a class of the user's, those that are looked at."""


class Read(NamedTuple):
    """What was read in a text."""

    points: list[Point]
    given: dict[Point, tuple[str, ...]]
    """Of numbers that calls of a metric have given to ``print``: what these were given."""
    owners: dict[Point, str]
    """The candidates that points belong to by the words, or the place, at which they stand."""


class Lines:
    """Reads printed lines, of which those of a table may be printed by several statements of a cell."""

    def __init__(self, world: World, candidates: Candidates) -> None:
        self.world = world
        self.candidates = candidates
        self.header: list[str] | None = None
        """Of a printed table whose rows another statement of the cell may print."""

    def read(self, text: str, running: Running, scope: NamespaceScope) -> Read:
        """The points in what the statement printed."""
        given: dict[Point, tuple[str, ...]] = {}
        alone = not running.compound and not running.trained
        points = series.parse(text, self.header, led=alone) + indexed.rows_of(text)
        self.header = series.open_header(text, self.header)
        if not points:
            tops = [running.node, *running.inner, *self._called(running)]
            named, ends = printed_names(tops), print_ends(tops)
            points = self._in_turn(series.bare(text, named, ends), text, tops)
            if not points and not running.compound:
                given = dict(_beside(running.node, text, self.world))
                points = list(given)
            beside = [one for one in named if len(one) > 1]
            points = points or series.bare(text, beside, ends, parts=True)
            points = points or by_template(text, tops)
        elif unread(text, points):
            tops = [running.node, *running.inner, *self._called(running)]
            points += by_template(text, tops, points)
        owners: dict[Point, str] = {}
        if self.world.registry.used:
            owners = dict(labelled(text, running, self.world, scope, {one.line for one in points}))
            points = [*points, *owners]
            if len(self.candidates.known) > 1 and not running.compound:
                owners |= owners_by_place(points, text, running.node, scope)
        if running.compound and weighs(running.node):
            points = [one for one in points if one.strength == 2]
        return Read(points, given, owners)

    def without_attempts(self, text: str, running: Running) -> str:
        """The text without the lines in which a library's search tells of what it tries; all that the user's own code prints."""
        if not running.trained:
            return text
        own = any(self.world.own_function(name) is not None for name in running.info.calls)
        return without_attempts(text, timed=own or running.compound)

    def _in_turn(self, points: list[Point], text: str, tops: list[ast.AST]) -> list[Point]:
        """Of lines of one number each those that are a metric's by their turn, where a loop prints other numbers alone as
        well: every second of ``print(gamma)`` and ``print(score(y, p))``. None, where the turns do not work out."""
        lookup = self.world.namespace.get
        blocks = [
            turns
            for block in printed_alone(tops)
            if (
                turns := [
                    name
                    for shown, name in block
                    if name or counts(shown) or real_scalar(object_at(shown, lookup)) is not None
                ]
            )
        ]
        names = {name for turns in blocks for name in turns}
        if "" not in names or len(names) < 2:
            return points
        alone = series.bare(text, [["alone"]])
        lines = {one.line for one in alone}
        others = [one for one in points if one.line not in lines]
        turns = blocks[0]
        if len(blocks) > 1 or len(alone) % len(turns):
            return others
        return others + [
            replace(point, name=turn, strength=1 if metric_strength(turn) == 1 else 2)
            for place, point in enumerate(alone)
            if (turn := turns[place % len(turns)])
        ]

    def _called(self, running: Running) -> list[ast.AST]:
        """The definitions of the user's functions that the statement may call, and of methods that print."""
        functions: dict[CodeType, None] = {}
        for name in sorted(self.candidates.lineage.reached(running.info.reads)):
            function = self.world.own_function(name)
            if function is not None:
                functions[function.__code__] = None
            else:
                functions.update(dict.fromkeys(_printing(self.world.namespace.get(name))))
        found = (self.world.trees.function(code) for code in functions)
        return [node for node in found if node is not None]


def _printing(value: Any) -> Iterator[CodeType]:
    """The methods that print, of a class of the user's or of an object of one."""
    cls = value if isinstance(value, type) else type(value)
    for one in cls.__mro__[:MAX_BASES]:
        if one is object or not is_own_class(one):
            return
        for found in list(vars(one).values())[:MAX_METHODS]:
            method = getattr(
                found, "__func__", found.function if isinstance(found, Watched) else found
            )
            code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
            if isinstance(code, CodeType) and not WRITES.isdisjoint(code.co_names):
                yield code


def _beside(statement: ast.stmt, text: str, world: World) -> list[tuple[Point, tuple[str, ...]]]:
    """``print("train", rmse(y, p))``: numbers printed by calls of functions that give a metric, each with what it
    was given."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call_name(call) != "print" or "\n" in text.strip():
        return []
    values = [one for one in call.args if not isinstance(one, ast.Constant)]
    names = [
        own_metric(world, one) or function_metric(call_name(one), weak=True)
        if isinstance(one, ast.Call)
        else ""
        for one in values
    ]
    shown = [one.value for one in call.args if isinstance(one, ast.Constant)]
    for constant in shown:
        text = text.replace(str(constant), " ", 1)
    numbers = series.NUMBERS.findall(text)
    if not any(names) or len(numbers) != len(values) or call.keywords:
        return []
    return [
        (
            Point(
                name,
                float(number),
                None,
                0,
                len(number.partition(".")[2]),
                strength=2 if takes_data(value) else metric_strength(name),
            ),
            given_to(value),
        )
        for name, number, value in zip(names, numbers, values)
        if name
    ]
