"""K-means written out by hand: points go to their nearest centre, centres to the mean of their points. Pure.

Known by its shape (S. Lloyd, Least squares quantization in PCM, 1982): a loop in which an ``argmin`` says which centre is
nearest, and a mean of the rows that have one label, ``X[labels == k].mean(axis=0)``, is bound again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .syntax import base_name, call_name

_LOOPS = (ast.For, ast.While)
_MEANS = frozenset({"mean", "average", "median"})
_NEAREST = frozenset({"argmin", "idxmin"})


def centred(top: ast.AST) -> set[str]:
    """The names of the centres that loops in a statement or function move."""
    found: set[str] = set()
    for loop in ast.walk(top):
        if isinstance(loop, _LOOPS) and any(
            isinstance(node, ast.Call) and call_name(node) in _NEAREST for node in ast.walk(loop)
        ):
            found.update(_moved(loop))
    return found


def _moved(loop: ast.AST) -> Iterator[str]:
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and any(map(_is_mean_of_label, ast.walk(node.value))):
            yield from filter(None, map(base_name, node.targets))


def _is_mean_of_label(node: ast.AST) -> bool:
    """``X[labels == k].mean(axis=0)``, ``np.mean(X[labels == k], axis=0)``."""
    if not isinstance(node, ast.Call) or call_name(node) not in _MEANS:
        return False
    method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    return any(
        isinstance(one, ast.Subscript)
        and any(
            isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq)
            for part in ast.walk(one.slice)
        )
        for one in (*node.args[:1], *method)
    )
