"""What a loop's turn makes of the data before it fits a model: with other settings of a helper, of other columns.

A model of the same class and settings is the same model to ``candidates``, fitted once more: a bootstrap, folds. In
``for d in (1, 4, 20): X = PolynomialFeatures(d).fit_transform(x); LinearRegression().fit(X, y)`` it is another one in each
turn. Told apart are turns in which

- a helper (a transformer, a selector) was given other settings at the same place, or
- the data has another number of columns, as a loop's variable says: a number, a name, a list of names, or a data set.

Not told apart are other rows, columns that follow from the data (the words of each fold), and searches that try column
after column (a ``while``, or a loop that has fitted several of as many columns): these are thousands of fits of one model.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import params
from ..cells.frames import FrameScope, World
from ..cells.objects import object_at
from ..cells.observe import Call
from ..cells.running import Running
from ..cells.weak import nothing, reference
from ..source.calls import CallIndex
from ..source.passing import argument_of
from ..source.syntax import COMPREHENSIONS, FUNCTIONS, call_name, target_names

MAX_OUTWARD = 6
"""How many calls of user functions are followed outward to the loop."""
MAX_NAMES = 20
"""Items of a list that may be names of columns."""
MAX_PARTS = 6
"""Of a data set: ``(X_train, X_test, y_train, y_test)``."""
_DRAWS = frozenset({"RandomState", "default_rng", "Generator", "seed", "manual_seed", "PRNGKey"})
"""Calls whose arguments say where a draw begins, and nothing of what is drawn."""
_PLAIN = (int, float, str)


@dataclass
class Helper:
    """What was fitted at one place in the running statement, and is no model."""

    first: str
    """Its settings as they were at first."""
    now: str
    owner: Any
    """A weak reference to the object that was fitted last."""
    told: dict[str, str]
    """Those of its settings that differ from the defaults."""
    left: str = ""
    """What that looked like after its fit, which may leave on it what is no setting."""
    columns: int | None = None
    """Of what its last ``fit_transform`` has given, or what it makes of words or classes since its last ``fit``."""
    given: tuple[int | None, ...] = ()
    """Of what its first fit was given, and its last."""

    def found(self, columns: int) -> bool:
        """Whether it has made so many columns of the data, and nobody has said how many."""
        return self.columns == columns and self.now == self.first and len({*self.given}) == 1


class Turns:
    """Tells the turns of a statement's loops apart. One a kernel; what it knows is the running statement's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def prepares(self, call: Call, running: Running) -> None:
        """A helper is about to be fitted."""
        owner = call.owner
        place = call.notes["helper"] = (*running.place(call.frame), type(owner))
        looks = _looks(owner)
        known: Helper | None = running.helpers.get(place)
        if known is None:
            running.helpers[place] = Helper(looks, looks, reference(owner) or nothing, _told(owner))
        elif known.now != looks and not (known.left == looks and known.owner() is owner):
            known.now, known.told = looks, _told(owner)
            running.turn = ";".join(
                one.now for one in running.helpers.values() if one.now != one.first
            )

    @staticmethod
    def prepared(call: Call, result: Any, running: Running) -> None:
        """It has been fitted."""
        known: Helper | None = running.helpers.get(call.notes["helper"])
        if known is not None:
            known.owner, known.left = reference(call.owner) or nothing, _looks(call.owner)
            known.columns = _known(call.owner) if result is call.owner else _columns(result)
            given = _columns(call.args[0] if call.args else call.kwargs.get("X"))
            known.given = (*known.given[:1], given)

    def mark(self, call: Call, settings: str, data: Any, running: Running) -> str:
        """What beside the model's ``settings`` makes this fit, or cross-validation, one of another model than the first at
        this place; mostly ''."""
        turn: str = running.turn
        columns = _columns(data)
        if columns is None:
            return turn
        key = (*running.place(call.frame), settings, turn)
        known: Widths | None = running.widths.get(key)
        if known is None:
            running.widths[key] = Widths(columns)
            return turn
        if columns == known.first:
            known.count += 1
            return turn
        if any(one.found(columns) for one in running.helpers.values()):
            return turn
        if known.set is None:
            known.set = self._is_set(call, known.count > 1)
        return f"{turn}|{columns} columns" if known.set else turn

    @staticmethod
    def columns(turn: str, site: Any, model: Any, running: Running) -> dict[str, int]:
        """Of a turn that is told apart by its columns: how many the first one has had, by its candidate."""
        before, apart, _ = turn.rpartition("|")
        settings = params.fingerprint(model)
        first = running.keys.get((site, type(model), settings + before)) if apart else None
        known: Widths | None = running.widths.get((*site, settings, before))
        return {first: known.first} if first is not None and known is not None else {}

    @staticmethod
    def settings(turn: str, data: Any, running: Running) -> dict[str, Any]:
        """The settings of the helpers that the data has come through in the running statement, and how many columns it
        has if they tell the turn apart."""
        columns = _columns(data)
        found: dict[str, Any] = {"n_features_in": columns} if turn.endswith(" columns") else {}
        for one in running.helpers.values():
            if columns is not None and one.columns == columns:
                found.update(one.told)
        return found

    def _is_set(self, call: Call, often: bool) -> bool:
        """Whether a loop's variable sets the columns. ``often``: several fits had as many, so that no loop that goes from
        one to the next of them does."""
        node = self.world.trees.call(call.frame, call.name)
        place, scope = node, self.world.scope_of(call.frame, node)
        made_of = _data_in(node, 1 if call.kind == "cv" else 0) if node is not None else None
        exprs = [made_of] if made_of is not None else []
        inner = True
        for _ in range(MAX_OUTWARD):
            index = self.world.trees.index(scope.frame.f_code.co_filename)
            if place is None or index is None or not exprs:
                return False
            reached = _reached(exprs, scope)
            for around in index.ancestors(place):
                if isinstance(around, ast.While):
                    return False
                if isinstance(around, (*FUNCTIONS, ast.Lambda)):
                    break
                names = _loop_names(around)
                if not names:
                    continue
                given = [scope.value(name) for name in names & reached]
                if any(_is_setting(one) or _is_data(one) for one in given):
                    return not (inner and often) and not _in_while(around, index)
                inner = False
            if scope.top:
                return False
            function = self.world.trees.function(scope.frame.f_code)
            outer = scope.frame.f_back
            if function is None or outer is None or not self.world.user.is_user(outer):
                return False
            place = self.world.trees.call(outer, scope.frame.f_code.co_name)
            if place is None:
                return False
            passed = (argument_of(function, place, name) for name in reached)
            exprs = [one for one in passed if one is not None]
            scope = self.world.scope_of(outer, place)
        return False


@dataclass
class Widths:
    """How many columns the data of fits had that are alike at one place."""

    first: int
    count: int = 1
    """How often as many as at first."""
    set: bool | None = None
    """Whether other numbers are another model's; None until there is one."""


def _looks(helper: Any) -> str:
    return f"{type(helper).__name__}{params.fingerprint(helper)}"


def _told(helper: Any) -> dict[str, str]:
    told = params.estimator_params(helper)
    usual = params.SEEDS.union(params.defaults(helper, told))
    return {f"{type(helper).__name__}.{name}": told[name] for name in told if name not in usual}


def _columns(data: Any) -> int | None:
    shape = getattr(data, "shape", None)
    if type(shape) is not tuple or len(shape) != 2:
        return None
    columns = shape[1]
    return columns if type(columns) is int else None


def _known(helper: Any) -> int | None:
    """How many columns a fitted helper makes, where these follow from the words or classes that it has seen."""
    words = getattr(helper, "vocabulary_", None)
    classes = getattr(helper, "categories_", None)
    if isinstance(words, dict):
        return len(words)
    return sum(map(len, classes)) if isinstance(classes, list) else None


def _data_in(call: ast.Call, place: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == "X":
            return keyword.value
    return call.args[place] if len(call.args) > place else None


def _loop_names(node: ast.AST) -> set[str]:
    """What one turn of a loop, or of a comprehension, binds."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return set(target_names(node.target))
    if isinstance(node, COMPREHENSIONS):
        return {name for one in node.generators for name in target_names(one.target)}
    return set()


def _in_while(node: ast.AST, index: CallIndex) -> bool:
    return any(isinstance(one, ast.While) for one in index.ancestors(node))


def _is_setting(value: Any) -> bool:
    """A number, a word, or a few of them: nothing that holds data."""
    if isinstance(value, (list, tuple)):
        return 0 < len(value) <= MAX_NAMES and all(isinstance(one, _PLAIN) for one in value)
    return isinstance(value, _PLAIN) or getattr(value, "shape", None) == ()


def _is_data(value: Any) -> bool:
    """A table, or a few things of which one is: a data set as ``for X, y in data_sets`` goes through several."""
    if isinstance(value, (list, tuple)) and len(value) <= MAX_PARTS:
        return any(_columns(one) is not None for one in value)
    return _columns(value) is not None


def _reached(exprs: list[ast.expr], scope: FrameScope) -> set[str]:
    """The names that expressions are made of in their block, step by step."""
    reached: set[str] = set()
    todo = [name for one in exprs for name in _names(one, scope)]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            for one in scope.bindings(name):
                todo.extend(_names(one.value, scope))
    return reached


def _names(node: ast.AST, scope: FrameScope) -> Iterator[str]:
    """The names in an expression that may say how many columns it has: no seeds, no numbers of one of many tables."""
    if isinstance(node, ast.Name):
        yield node.id
        return
    if isinstance(node, ast.Call) and call_name(node) in _DRAWS:
        return
    if isinstance(node, ast.keyword) and node.arg in params.SEEDS:
        return
    if isinstance(node, ast.Subscript) and _picks(node, scope):
        yield from _names(node.value, scope)
        return
    for child in ast.iter_child_nodes(node):
        yield from _names(child, scope)


def _picks(node: ast.Subscript, scope: FrameScope) -> bool:
    """``folds[i]``: one of many by its number; but not one of lists of names."""
    if not isinstance(node.slice, (ast.Name, ast.BinOp)):
        return False
    place = scope.value(node.slice.id) if isinstance(node.slice, ast.Name) else 0
    if type(place) is not int:
        return False
    held = object_at(node.value, scope.value)
    first = held[0] if isinstance(held, (list, tuple)) and held else None
    return not isinstance(first, (list, tuple, str))
