"""Functions of the user's that train without a model object: what they return was learned."""

from __future__ import annotations

import ast

from .frames import World
from .metrics import words

_WORDS = frozenset("train fit learn run descent optimize gd sgd loop epochs history".split())
_CONTAINERS = frozenset("list lst hist values vals array arr log".split())


def learns(world: World, value: ast.AST | None) -> bool:
    """Whether an expression calls a function of the notebook's that is named like training."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return False
    return (
        bool(_WORDS & set(words(value.func.id))) and world.own_function(value.func.id) is not None
    )


_TRAINS = frozenset("train fit learn optimize gd sgd descent update".split())
_NOT_TRAINS = frozenset("plot show print load save split test data set get make".split())


def trains_by_name(name: str) -> bool:
    """Whether a function's name says that it trains what it is given: ``train_epoch``, ``sgd``."""
    parts = set(words(name))
    return bool(_TRAINS & parts) and not _NOT_TRAINS & parts


def without_container(name: str) -> str:
    """``cost`` of ``cost_list``: what a list that is named as a list holds."""
    kept = [word for word in words(name) if word not in _CONTAINERS]
    return "_".join(kept) if kept and len(kept) < len(words(name)) else name
