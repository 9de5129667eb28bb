"""The rounds of a loop that goes through a few values: what each has bound the loop's names to, and what names stand for in
it, now that the loop is over."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from ..source.dataflow import NONE, Refs
from ..source.syntax import call_name
from .frames import OVER, NamespaceScope, World
from .objects import object_at
from .running import Running

MAX_ROUNDS = 50
Loop = ast.For | ast.comprehension


class Round(NamespaceScope):
    """What names stand for in one round of the running statement's loop: the loop's own what they were then, others that it
    binds what binds them in each round."""

    def __init__(self, world: World, running: Running, names: dict[str, Any], place: int) -> None:
        fluid = (running.info.binds | running.info.changes).difference(names)
        super().__init__(world, OVER, frozenset(fluid))
        self.names = names
        self.place = place

    def value(self, name: str) -> Any:
        """See ``NamespaceScope``."""
        return self.names[name] if name in self.names else super().value(name)

    def name(self, name: str) -> Refs[str]:
        """See ``dataflow.Scope``."""
        value = self.names.get(name)
        if value is None:
            return super().name(name)
        exact = None if isinstance(value, (str, int, float)) else self.world.exact(value)
        if exact is None and hasattr(value, "shape"):
            return super().name(name)  # of one of many arrays nothing is known by itself
        return exact or NONE

    def model(self, node: ast.AST) -> str | None:
        """See ``dataflow.Scope``."""
        made = self.world.made_by.get(node, ())
        if len(set(made)) > 1:
            return made[self.place] if self.place < len(made) else None
        return super().model(node)

    def made(self, node: ast.AST, gathered: bool = False) -> Refs[str] | None:
        """See ``dataflow.Scope``: of each round one alone."""
        return None


def rounds_of(world: World, running: Running) -> list[Round]:
    """The rounds of the loop that the running statement is, if it goes through 2 to 50 values that the notebook holds and
    that it has not bound anew."""
    loop = running.node
    if not isinstance(loop, ast.For):
        return []
    over = {one.id for one in ast.walk(loop.iter) if isinstance(one, ast.Name)}
    if over & running.info.binds:
        return []
    items = items_of(loop, world.namespace)
    if not 2 <= len(items) <= MAX_ROUNDS:
        return []
    return [Round(world, running, names, place) for place, names in enumerate(items)]


def items_of(loop: Loop, namespace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a loop binds its names to, item by item: of one over a list, a dict, some numbers, or several of these side by side;
    of many items more than ``MAX_ROUNDS`` and not all. Nothing of any other loop. Pure."""
    bound = (_bound(loop.target, item) for item in _values(loop.iter, namespace) or ())
    return [one for one in bound if one is not None]


def _values(over: ast.expr, namespace: Mapping[str, Any]) -> list[Any] | None:
    """What an expression goes through; None if it cannot be told without running it."""
    if isinstance(over, (ast.List, ast.Tuple)):
        return [_written(one, namespace) for one in over.elts]
    if not isinstance(over, ast.Call):
        values = object_at(over, namespace.get)
        return _first(values) if type(values) in (list, tuple, dict) else None
    called = call_name(over)
    if isinstance(over.func, ast.Attribute):
        values = object_at(over.func.value, namespace.get)
        if type(values) is not dict or over.args or called not in ("items", "values", "keys"):
            return None
        return _first(getattr(values, called)())
    if over.keywords or not over.args:
        return None
    if called == "range":
        numbers = [_written(one, namespace) for one in over.args]
        whole = all(type(one) is int for one in numbers) and len(numbers) <= 3
        return _first(range(*numbers)) if whole and numbers[2:] != [0] else None
    columns = [_values(one, namespace) for one in over.args]
    if called == "zip" and None not in columns:
        return list(zip(*(one or () for one in columns)))
    if called == "enumerate" and len(columns) == 1 and columns[0] is not None:
        return list(enumerate(columns[0]))
    return None


def _first(values: Iterable[Any]) -> list[Any]:
    """As many as may matter: a loop may go through millions."""
    return list(islice(values, MAX_ROUNDS + 1))


def _bound(target: ast.expr, item: Any) -> dict[str, Any] | None:
    """The names of a loop's target with what they are bound to; None where the item has not as many parts."""
    if isinstance(target, ast.Name):
        return {target.id: item}
    if not isinstance(target, (ast.Tuple, ast.List)):
        return {}
    if type(item) not in (tuple, list) or len(item) != len(target.elts):
        return None
    found: dict[str, Any] = {}
    for one, part in zip(target.elts, item):
        inner = _bound(one, part)
        if inner is None:
            return None
        found |= inner
    return found


def _written(item: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """A name's value, a constant, how many there are of something, or a tuple of such."""
    if isinstance(item, ast.Tuple):
        return tuple(_written(one, namespace) for one in item.elts)
    if isinstance(item, ast.Constant):
        return item.value
    if isinstance(item, ast.Call) and call_name(item) == "len" and len(item.args) == 1:
        held = object_at(item.args[0], namespace.get)
        return len(held) if type(held) in (list, tuple, dict) else None
    return object_at(item, namespace.get)
