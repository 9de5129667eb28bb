"""Functions of the user's that train without a model object: what they return was learned."""

from __future__ import annotations

import ast

from ..cells.frames import World
from ..source.wording import words

_WORDS = frozenset("train fit learn run descent optimize gd sgd loop epochs history".split())


def learns(world: World, value: ast.AST | None) -> bool:
    """Whether an expression calls a function of the notebook's that is named like training."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return False
    return (
        bool(_WORDS & set(words(value.func.id))) and world.own_function(value.func.id) is not None
    )
