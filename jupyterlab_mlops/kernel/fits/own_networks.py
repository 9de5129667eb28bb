"""A network of a framework that the notebook itself writes: its tensors, layers and optimiser are classes of the user's.

``loss.backward()`` and ``optim.step()`` in a loop train the model whose parameters the optimiser holds. Which object
that is no class says: of those that the loop asks for predictions it is the one that shares most with the optimiser, by
identity. A criterion, which has a ``forward`` as well, shares nothing. Without an optimiser it is the only network that
is asked to go both ways. ``optim.minimize(loss)`` does both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from ..cells import models
from ..source.usercode import is_own_class
from ..source.wording import words

_STEPS = frozenset("step update optimize apply adjust".split())
"""First words of methods by which an optimiser changes what it holds."""
_BOTH = frozenset({"minimize", "maximize"})
"""Methods by which an optimiser goes backward from a loss, and steps: ``optimizer.minimize(loss)``."""
_ASKED = frozenset({"forward", "predict", "__call__"})
_PARTS = frozenset(
    "loss criterion entropy mse mae error cost activation relu sigmoid softmax tanh layer dense linear dropout".split()
)
"""Words in the names of classes that go forward and backward as well, and are parts of a network, or judge one."""
_ARRAYS = frozenset({"numpy", "torch", "cupy"})
MAX_VISITED = 5000
MAX_DEPTH = 5
"""Objects within objects: a network of networks of layers of neurons of values."""


@dataclass
class Trained:
    """What a loop trains: the name of the model, the model, and what optimises it, if anything does."""

    name: str
    model: Any
    optimiser: Any = None


@dataclass
class _Asked:
    """The names whose methods the loops of a statement call."""

    backward: set[str] = field(default_factory=set)
    stepped: set[str] = field(default_factory=set)
    forward: set[str] = field(default_factory=set)
    goes_backward: bool = False


def trained_network(tops: Iterable[ast.AST], namespace: Mapping[str, Any]) -> Trained | None:
    """The network of a class of the user's that loops in these statements train; None if there is none."""
    asked = _asked(tops)
    if not asked.goes_backward:
        return None
    networks = {
        name: value
        for name in sorted(asked.forward)
        if (value := namespace.get(name)) is not None and _is_network(value)
    }
    if not networks:
        return None
    for name in sorted(asked.stepped - networks.keys()):
        optimiser = namespace.get(name)
        if is_own_class(type(optimiser)) and not isinstance(optimiser, type):
            held = _held(optimiser)
            found = _most_shared(networks, held)
            if found:
                return Trained(found, networks[found], optimiser)
    both = [name for name in networks if name in asked.backward and _is_whole(networks[name])]
    return Trained(both[0], networks[both[0]]) if len(both) == 1 else None


def settings_of(optimiser: Any) -> dict[str, str]:
    """The class of an optimiser of the user's, and what it was made with, where that is a number or a word."""
    made = getattr(type(optimiser), "__init__", None)
    kept = getattr(optimiser, "__dict__", {})
    if type(made) is not FunctionType:
        return {}
    code = made.__code__
    names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    told = {name: kept.get(name) for name in names}
    return {
        "optimizer": type(optimiser).__name__,
        **{name: str(value) for name, value in told.items() if type(value) in (int, float, str)},
    }


def _asked(tops: Iterable[ast.AST]) -> _Asked:
    found = _Asked()
    for top in tops:
        for loop in ast.walk(top):
            if not isinstance(loop, (ast.For, ast.While)):
                continue
            for node in ast.walk(loop):
                if isinstance(node, ast.Call):
                    _sort(node.func, found)
    return found


def _sort(called: ast.expr, found: _Asked) -> None:
    if isinstance(called, ast.Name):
        found.forward.add(called.id)  # `model(x)`
    if not isinstance(called, ast.Attribute):
        return
    name = called.value.id if isinstance(called.value, ast.Name) else ""
    if called.attr == "backward":
        found.goes_backward = True
        found.backward.add(name)
    elif called.attr in _BOTH:
        found.goes_backward = True
        found.stepped.add(name)
    elif called.attr in _ASKED:
        found.forward.add(name)
    elif words(called.attr)[:1] and words(called.attr)[0] in _STEPS:
        found.stepped.add(name)


def _is_network(value: Any) -> bool:
    """Whether it is an object that predicts: of a class of the user's, or a module that his optimiser may hold."""
    if isinstance(value, type):
        return False
    if models.is_torch_module(value):
        return True
    cls = type(value)
    return is_own_class(cls) and (models.predicts(value) or "__call__" in dir(cls))


def _is_whole(network: Any) -> bool:
    """Whether a network that goes forward and backward is one, not a part of one, and keeps something to train."""
    if models.is_torch_module(network) or _PARTS & set(words(type(network).__name__)):
        return False
    return any(True for _ in _inside(network, MAX_DEPTH))


def _most_shared(networks: Mapping[str, Any], held: set[int]) -> str:
    """The name of the network that has most of what is held; of two that have as much the larger: it has the other."""
    best, most = "", (0, 0)
    for name, network in networks.items():
        if models.is_torch_module(network):
            parts = {id(one) for one in network.parameters()}
        else:
            parts = {id(network), *map(id, _inside(network, MAX_DEPTH, held))}
        shared = (len(parts & held), len(parts))
        if shared[0] and shared > most:
            best, most = name, shared
    return best


def _held(optimiser: Any) -> set[int]:
    """The ids of what an optimiser holds to change it: tensors, arrays, layers or a model, also in lists and dicts."""
    return {id(one) for one in _inside(optimiser, 1)}


def _inside(owner: Any, depth: int, enough: set[int] = frozenset()) -> Iterator[Any]:  # type: ignore[assignment]
    """The objects of the user's classes and the arrays that an object holds, ``depth`` objects deep; not what is inside
    of those with an id in ``enough``: behind a tensor stands all that it was made of."""
    seen = {id(owner)}
    level = [owner]
    for _ in range(depth):
        following: list[Any] = []
        todo = [one for holder in level for one in getattr(holder, "__dict__", {}).values()]
        while todo and len(seen) < MAX_VISITED:
            one = todo.pop()
            if one is None or id(one) in seen or isinstance(one, (int, float, str, type)):
                continue
            seen.add(id(one))
            if isinstance(one, dict):
                todo.extend(list(one.values())[:MAX_VISITED])
            elif isinstance(one, (list, tuple, set)):
                todo.extend(list(one)[:MAX_VISITED])
            elif type(one).__module__.partition(".")[0] in _ARRAYS:
                yield one
            elif is_own_class(type(one)):
                yield one
                if id(one) not in enough:
                    following.append(one)
        level = following
