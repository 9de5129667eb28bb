"""K-means written out by hand: points go to their nearest centre, centres to the mean of their points. Pure.

Known by its shape (S. Lloyd, Least squares quantization in PCM, 1982): a loop in which an ``argmin`` says which centre is
nearest, and a mean of the rows that have one label, ``X[labels == k].mean(axis=0)``, is bound again. Both may stand in functions
that the loop calls in turns, ``labels = assign(X, centres)`` and ``centres = update(X, labels)``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from .syntax import Function, base_name, call_name, names_in

_LOOPS = (ast.For, ast.While)
_MEANS = frozenset({"mean", "average", "median"})
_NEAREST = frozenset({"argmin", "idxmin"})


def centred(top: ast.AST, function: Function) -> set[str]:
    """The names of the centres that loops in a statement or function move."""
    found: set[str] = set()
    for loop in ast.walk(top):
        if isinstance(loop, _LOOPS):
            if _has(loop, _is_nearest):
                found.update(_moved(loop))
            found.update(_in_turns(loop, function))
    return found


def _moved(loop: ast.AST) -> Iterator[str]:
    chosen = {
        name
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.ListComp)
        if any(_has(test, _is_of_one) for of in node.value.generators for test in of.ifs)
        for name in map(base_name, node.targets)
    }
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and (
            _has(node.value, _is_mean_of_label) or _is_mean_of(node.value, chosen)
        ):
            yield from filter(None, map(base_name, node.targets))


def _in_turns(loop: ast.AST, function: Function) -> Iterator[str]:
    """Centres of which one call says which is nearest, and that another gives anew for what that has said."""
    near: list[tuple[set[str], set[str]]] = []
    moved: list[tuple[set[str], set[str]]] = []
    for node in ast.walk(loop):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        called = node.value.func
        definition = function(called.id) if isinstance(called, ast.Name) else None
        if definition is not None:
            both = set().union(*map(names_in, node.targets)), names_in(node.value)
            if _has(definition, _is_nearest):
                near.append(both)
            if _has(definition, _is_mean_of_group) or any(_moved(definition)):
                moved.append(both)
    for centres, of in moved:
        if any(labels & of and centres & read for labels, read in near):
            yield from centres


def _has(tree: ast.AST, says: Callable[[ast.AST], bool]) -> bool:
    return any(map(says, ast.walk(tree)))


def _is_nearest(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and call_name(node) in _NEAREST


def _is_of_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)


def _is_mean_of(node: ast.AST, names: set[str | None]) -> bool:
    """``np.mean(points, axis=0)`` of such a name."""
    return (
        isinstance(node, ast.Call)
        and call_name(node) in _MEANS
        and any(isinstance(one, ast.Name) and one.id in names for one in node.args[:1])
    )


def _is_mean_of_label(node: ast.AST) -> bool:
    """``X[labels == k].mean(axis=0)``, ``np.mean(X[labels == k], axis=0)``."""
    if not isinstance(node, ast.Call) or call_name(node) not in _MEANS:
        return False
    method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    return any(
        isinstance(one, ast.Subscript) and _has(one.slice, _is_of_one)
        for one in (*node.args[:1], *method)
    )


def _is_mean_of_group(node: ast.AST) -> bool:
    """The same, or ``table.groupby("label").mean()``, which without its turn is any table's."""
    grouped = (
        node.func.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        else None
    )
    if isinstance(grouped, ast.Call) and call_name(grouped) == "groupby":
        return isinstance(node, ast.Call) and call_name(node) in _MEANS
    return _is_mean_of_label(node)
