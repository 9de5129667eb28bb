"""Functions of the user's: those that train without a model object, those that measure."""

from __future__ import annotations

import ast

from ..cells.frames import World
from ..source.wording import words
from .expressions import demonstrates
from .returned import metric_of

_WORDS = frozenset("train fit learn run descent optimize gd sgd loop epochs history".split())


def learns(world: World, value: ast.AST | None) -> bool:
    """Whether an expression calls a function of the notebook's that is named like training."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return False
    return (
        bool(_WORDS & set(words(value.func.id))) and world.own_function(value.func.id) is not None
    )


def own_metric(world: World, value: ast.AST | None) -> str:
    """The metric that a call of a function of the notebook's gives, by the function's name or by what it returns; ''
    if it gives none, is only tried out, or calls something else."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return ""
    if demonstrates(value):
        return ""
    function = world.own_function(value.func.id)
    if function is None:
        return ""
    return metric_of(value.func.id, world.trees.function(function.__code__))
