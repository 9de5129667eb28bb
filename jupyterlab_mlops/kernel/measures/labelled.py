"""Numbers printed behind words that name no metric, known by what worked them out: ``Calibration Error 0.06``.

Taken is a number that a call gives of one model's predictions and of something that no model has made, the truth;
its name are the words before it. Neither the call nor the words need be a metric's: the data flow decides. What a call
gives of a model itself, of predictions alone or of data alone is not taken, nor what is called a threshold, a count, a time.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..cells.frames import NamespaceScope, World
from ..cells.running import Running
from ..source.dataflow import Definition, Refs, definitions, refs_of
from ..source.passing import argument_of
from ..source.syntax import FUNCTIONS, arguments_of, call_name
from ..source.wording import words
from . import series
from .expressions import OF_THE_SAME
from .metrics import BLOCKED
from .pieces import parts
from .points import Point

MAX_LABEL = 60
"""Characters of a label."""
_AROUND = frozenset({"float", "round", "abs", "str", "sqrt"})
"""Functions whose value is still what was given to them."""
_NOT_MEASURING = BLOCKED | frozenset(
    "len zip range sum max min p pvalue value shape time took".split()
)


class Labelled(NamedTuple):
    """A call that is printed behind a label."""

    label: str
    call: ast.Call


def labelled(
    text: str, running: Running, world: World, scope: NamespaceScope, known: set[int]
) -> list[tuple[Point, str]]:
    """(point, candidate) of the printed lines that a call on predictions gave; lines in ``known`` are not read."""
    found: list[tuple[Point, str]] = []
    for top, inside in _prints(running, world, scope):
        for label, call in _printed_calls(top, inside):
            owner = _compared(call, inside)
            if owner is None:
                continue
            for number, line in enumerate(text.split("\n")[: series.MAX_LINES]):
                value = _behind(label, line) if number not in known else None
                if value is not None:
                    known.add(number)
                    decimals = len(value.partition(".")[2].lower().partition("e")[0])
                    name = "_".join(re.findall(r"[\w@]+", label)).lower()
                    found.append(
                        (Point(name, float(value), None, number, decimals, strength=1), owner)
                    )
    return found


def _prints(
    running: Running, world: World, scope: NamespaceScope
) -> Iterator[tuple[ast.Call, NamespaceScope]]:
    """The calls of ``print`` in the statement and in the functions of the user's that it calls, each with what the
    names in it stand for."""
    for top in (running.node, *running.inner):
        if isinstance(top, FUNCTIONS):
            continue
        for node in ast.walk(top):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "print":
                yield node, scope
                continue
            function = world.own_function(node.func.id)
            tree = world.trees.function(function.__code__) if function is not None else None
            if isinstance(tree, FUNCTIONS):
                inside = _Called(world, tree, node, scope, running)
                for one in ast.walk(tree):
                    if isinstance(one, ast.Call) and call_name(one) == "print":
                        yield one, inside


class _Called(NamespaceScope):
    """What names stand for in a function that a statement has called, now that it has returned: its parameters lead
    to what was passed."""

    def __init__(
        self,
        world: World,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
        call: ast.Call,
        outer: NamespaceScope,
        running: Running,
    ) -> None:
        super().__init__(world)
        self.function, self.call, self.outer, self.running = function, call, outer, running
        self._definitions = definitions(function.body)
        self._parameters = {one.arg for one in arguments_of(function.args)}
        self._own = {name for one in self._definitions for name in one.names} | self._parameters

    def value(self, name: str) -> object:
        """See ``NamespaceScope``."""
        if name not in self._own:
            return super().value(name)
        passed = self._passed(name)
        return self.outer.value(passed.id) if isinstance(passed, ast.Name) else None

    def _passed(self, name: str) -> ast.expr | None:
        bound = any(name in one.names and not one.weak for one in self._definitions)
        return None if bound else argument_of(self.function, self.call, name)

    def _block(self) -> list[Definition]:
        return self._definitions

    def _outside(self, name: str) -> Refs[str]:
        if name not in self._own:
            return super()._outside(name)
        passed = argument_of(self.function, self.call, name)
        if passed is None:
            return frozenset()
        found = refs_of(passed, self.outer)
        if not found and isinstance(passed, ast.Call) and len(self.running.worked_with) == 1:
            return self.running.worked_with  # `report(fit_and_predict(X, y))`
        return found


def _compared(call: ast.Call, scope: NamespaceScope) -> str | None:
    """The candidate whose predictions a call is given together with something that no model made."""
    if any(word in _NOT_MEASURING for word in words(call_name(call))):
        return None
    owners: set[str] = set()
    truths = 0
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(value, (ast.Constant, ast.Lambda)) or not any(
            isinstance(one, ast.Name) for one in ast.walk(value)
        ):
            continue
        refs = refs_of(value, scope)
        if not refs:
            truths += 1
        elif len(refs) > 1 or _of_the_model(value, scope):
            return None
        else:
            owners |= refs
    return owners.pop() if len(owners) == 1 and truths else None


def _of_the_model(value: ast.expr, scope: NamespaceScope) -> bool:
    """Whether it is a model, or what one keeps: ``clf``, ``clf.coef_``."""
    while isinstance(value, (ast.Attribute, ast.Subscript)):
        value = value.value
    return isinstance(value, ast.Name) and scope.model(value) is not None


def _printed_values(printing: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The values that a ``print`` writes, each with the words before it."""
    before = ""
    for argument in printing.args:
        for part in parts(argument):
            if isinstance(part, str):
                before += part
            else:
                yield before, part.value
                before = ""
        before += " "


def _printed_calls(printing: ast.Call, scope: NamespaceScope) -> Iterator[Labelled]:
    """The calls whose numbers a ``print`` writes, each with the words before it."""
    for before, value in _printed_values(printing):
        call = _call_in(value, scope)
        label = before.rpartition("\n")[2].strip().rstrip(":=-> (\t").strip()
        if call is None or not re.search("[A-Za-z]{2}", label) or len(label) > MAX_LABEL:
            continue
        if not any(word in _NOT_MEASURING for word in words(label)):
            yield Labelled(label, call)


def _call_in(value: ast.expr, scope: NamespaceScope) -> ast.Call | None:
    """The call whose number is printed: as it is, rounded, an entry or attribute of it, or by the name it was bound to."""
    while True:
        if isinstance(value, (ast.Attribute, ast.Subscript)):
            value = value.value
        elif isinstance(value, ast.BinOp) and isinstance(value.right, ast.Constant):
            value = value.left
        elif isinstance(value, ast.Call) and call_name(value) in _AROUND and len(value.args) >= 1:
            value = value.args[0]
        else:
            break
    if isinstance(value, ast.Name):
        bound = [one for one in scope.bindings(value.id) if not one.weak]
        value = bound[0].value if len(bound) == 1 and len(bound[0].names) == 1 else value
    return value if isinstance(value, ast.Call) else None


def _behind(label: str, line: str) -> str | None:
    """The number that a line has behind the label, and nothing else of note."""
    spaced = r"\s+".join(map(re.escape, label.split()))
    match = re.match(rf"\s*{spaced}[\s:=>(-]*?(?P<number>{series.NUMBERS.pattern})[\s%).]*$", line)
    return match.group("number") if match else None


def shown_as(tops: Iterable[ast.AST]) -> dict[str, str]:
    """The metric as which a ``print`` in these trees shows the value of a plain name, by the words before it: ``nll``
    of ``loss`` in ``print(f"nll {loss.item():.3f}")``."""
    found: dict[str, str] = {}
    for top in tops:
        for node in ast.walk(top):
            if isinstance(node, ast.Call) and call_name(node) == "print":
                for before, value in _printed_values(node):
                    points = series.parse(f"{before.rstrip(' :=')}: 0.5")
                    name = plain_name(value)
                    if points and name:
                        found[name] = points[-1].name
    return found


def plain_name(value: ast.expr) -> str:
    """``loss`` of ``loss``, ``loss.item()`` and ``float(loss)``."""
    while isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and call_name(value) in OF_THE_SAME:
            value = value.func.value
        elif call_name(value) in _AROUND and value.args:
            value = value.args[0]
        else:
            break
    return value.id if isinstance(value, ast.Name) else ""
