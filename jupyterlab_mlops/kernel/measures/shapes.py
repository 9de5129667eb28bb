"""Printed lines of one shape: a loop prints the same words with other numbers, thousands of times. Pure.

What the first lines of a shape say is read in full; from these it is learned which of their numbers are the values and the
steps, and the lines that follow are read by that alone. Only shapes are learned in which nothing but the words tells what
a number is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .points import Point, decimals_of

_NUMBER = re.compile(
    r"(?<![\w.\-/@^²()%{\[])([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\d.]|[eE][-+\d])"
)
"""A number that stands by itself: neither part of a name nor of a fraction, nor in a bracket."""
_SURE = 4
"""Lines that are read in full before a shape is known."""
_MAX_SHAPES = 200
_MAX_LENGTH = 200
_DIGITS = re.compile(r"\d+")
_PARTS = re.compile(r"[\W_]+")
_WORKED_OUT = re.compile(r"/\s*$|^\s*/|[{}]")
"""What stands around numbers that are taken together: ``94 / 100``, a printed dict."""


class _Shape:
    """What was learned of lines that differ in their numbers only."""

    __slots__ = ("known", "lines", "places", "points")

    def __init__(self) -> None:
        self.lines = 0
        self.known = False
        self.points: list[Point] = []
        """Those of the first line."""
        self.places: list[tuple[set[int], set[int] | None]] = []
        """Of each point: which of the line's numbers may be its value, and which its step; no step: None."""

    def learn(self, numbers: list[str], points: list[Point]) -> bool:
        """Take one more line into account; False if the lines cannot be told by their words."""
        if any(part in numbers for point in points for part in _PARTS.split(point.name)):
            return False  # `accuracy of class 3`
        places = [_places(numbers, point) for point in points]
        if not self.lines:
            self.points, self.places = points, places
        elif not all(map(_alike, self.points, points)) or len(points) != len(self.points):
            return False
        else:
            self.places = [
                (mine[0] & new[0], _common(mine[1], new[1]))
                for mine, new in zip(self.places, places)
            ]
        self.lines += 1
        if any(not value or step == set() for value, step in self.places):
            return False
        single = (len(value) == 1 and len(step or "1") == 1 for value, step in self.places)
        self.known = self.lines >= _SURE and all(single)
        return True

    def read(self, numbers: list[str], line: int) -> list[Point]:
        """The points of a line, of which only the numbers are looked at."""
        found = []
        for point, (value, step) in zip(self.points, self.places):
            (at,) = value
            number = numbers[at]
            of = None if step is None else int(numbers[next(iter(step))])
            found.append(
                Point(
                    point.name,
                    float(number),
                    of,
                    line,
                    decimals_of(number),
                    point.percent,
                    point.strength,
                )
            )
        return found


class Shapes:
    """Reads the lines of one text. ``read``: reads a line in full."""

    def __init__(self, read: Callable[[str, int], list[Point]]) -> None:
        self._read = read
        self._shapes: dict[str, _Shape | None] = {}

    def points(self, line: str, number: int) -> list[Point]:
        """The metric values in the line with that number."""
        if len(line) > _MAX_LENGTH:
            return self._read(line, number)
        pieces = _NUMBER.split(line)
        numbers = pieces[1::2]
        if not numbers:
            return self._read(line, number)
        # whole numbers, fractions and powers are read in different ways
        key = "\n".join((_DIGITS.sub("0", " ".join(numbers)), *pieces[::2]))
        shape = self._shapes.get(key)
        if shape is not None and shape.known:
            return shape.read(numbers, number)
        found = self._read(line, number)
        if key not in self._shapes:
            told = any(map(_WORKED_OUT.search, pieces[::2])) or len(self._shapes) >= _MAX_SHAPES
            shape = self._shapes[key] = None if told else _Shape()
        if shape is not None and not shape.learn(numbers, found):
            self._shapes[key] = None
        return found


def _places(numbers: list[str], point: Point) -> tuple[set[int], set[int] | None]:
    value = {
        at
        for at, one in enumerate(numbers)
        if float(one) == point.value and decimals_of(one) == point.decimals
    }
    if point.step is None:
        return value, None
    return value, {at for at, one in enumerate(numbers) if one.isdigit() and int(one) == point.step}


def _common(one: set[int] | None, other: set[int] | None) -> set[int] | None:
    return one & other if one is not None and other is not None else None


def _alike(one: Point, other: Point) -> bool:
    """Whether two points differ in what numbers say only."""
    return (one.name, one.percent, one.strength, one.column, one.step is None) == (
        other.name, other.percent, other.strength, other.column, other.step is None,
    )  # fmt: skip
