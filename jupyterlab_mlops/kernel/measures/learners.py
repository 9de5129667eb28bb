"""Functions of the user's: those that train without a model object, those that measure."""

from __future__ import annotations

import ast
from types import FunctionType

from ..cells.frames import World
from ..cells.objects import object_at
from ..source.passing import returns_of
from ..source.syntax import base_name, call_name
from ..source.usercode import is_own_class
from ..source.wording import words
from .expressions import demonstrates
from .metrics import function_metric
from .returned import metric_of

_INPUTS = frozenset("x xs xx xb features data inputs phi".split())
_TRUTHS = frozenset("y ys t target targets label labels truth".split())
_WORDS = frozenset("train fit learn run descent optimize gd sgd loop epochs history".split())


def learns(world: World, value: ast.AST | None) -> bool:
    """Whether an expression calls a function of the notebook's, or of a module of the user's, or a method of a class of
    his, that is named like training, or has just trained weights."""
    if not isinstance(value, ast.Call):
        return False
    if _WORDS & set(words(call_name(value))):
        owner = value.func.value if isinstance(value.func, ast.Attribute) else None
        if isinstance(owner, ast.Name):
            cls = type(world.namespace.get(owner.id))
            if cls.__module__ != "builtins" and is_own_class(cls):
                return True
        return _own_function(world, value.func) is not None
    return bool(world.made_by.get(value)) and _own_function(world, value.func) is not None


def _own_function(world: World, called: ast.expr) -> FunctionType | None:
    """The user's function that a name, or an attribute of a module of his, stands for."""
    if isinstance(called, ast.Name):
        own = world.own_function(called.id)
        if own is not None:
            return own
    elif not isinstance(called, ast.Attribute):
        return None
    found = object_at(called, world.namespace.get)
    return found if type(found) is FunctionType and is_own_class(found) else None


def returned_names(world: World, statement: ast.AST, count: int) -> list[str]:
    """What a function of the user's calls the values of the tuple of ``count`` that it returns (``return losses,
    accs``), where a statement binds a call of it; [] if it is not so, or not the same in each such tuple."""
    tree = _definition_behind(world, statement)
    tuples = [
        [one.id if isinstance(one, ast.Name) else "" for one in value.elts]
        for value in (returns_of(tree) if tree is not None else ())
        if isinstance(value, ast.Tuple) and len(value.elts) == count
    ]
    return tuples[0] if tuples and all(one == tuples[0] for one in tuples) else []


def returned_filled(world: World, statement: ast.AST) -> dict[str, str]:
    """The names that a statement binds to arrays into which a loop of the user's function has put a value each round, and what
    that calls them: ``J``, ``J_history`` of ``theta, J = descend(X, y)``, where it says ``J_history[i] = cost(X, y, theta)``."""
    targets = statement.targets[0] if isinstance(statement, ast.Assign) else None
    parts = targets.elts if isinstance(targets, ast.Tuple) else []
    tree = _definition_behind(world, statement) if parts else None
    if tree is None:
        return {}
    filled = {
        base_name(node.targets[0])
        for loop in ast.walk(tree)
        if isinstance(loop, (ast.For, ast.While))
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    }
    named = returned_names(world, statement, len(parts))
    return {
        one.id: name
        for one, name in zip(parts, named)
        if isinstance(one, ast.Name) and name in filled
    }


def _definition_behind(world: World, statement: ast.AST) -> ast.AST | None:
    """The definition of the user's function that a statement calls for its value."""
    call = getattr(statement, "value", None)
    function = _own_function(world, call.func) if isinstance(call, ast.Call) else None
    return world.trees.function(function.__code__) if function is not None else None


def own_metric(world: World, value: ast.AST | None) -> str:
    """The metric that a call of a function of the notebook's, or of a module of the user's, gives, by the function's name
    or by what it returns; '' if it gives none, is only tried out, or calls something else."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return ""
    if demonstrates(value):
        return ""
    function = world.own_function(value.func.id)
    if function is None:
        imported = world.namespace.get(value.func.id)
        if type(imported) is not FunctionType or not is_own_class(imported):
            return ""
        function = imported
    metric = metric_of(value.func.id, world.trees.function(function.__code__))
    if not metric and takes_data(value):
        return function_metric(value.func.id, weak=True)
    return metric


def takes_data(value: ast.AST) -> bool:
    """Whether a call is given inputs and a truth by their usual names: ``compute_cost(X, y, theta)``. Pure."""
    given = value.args if isinstance(value, ast.Call) else ()
    within = (one for part in given for one in ast.walk(part))
    named = [set(words(one.id)) for one in within if isinstance(one, ast.Name)]
    return any(_INPUTS & one for one in named) and any(_TRUTHS & one for one in named)
