"""Loops that learn otherwise than down a gradient, written out by hand. Pure.

* A perceptron (F. Rosenblatt, 1958) and its like: weights are corrected by one example after the other, and multiplied with
  it to see whether they have to be: ``if t * (w @ x) <= 0: w += t * x``.
* Expectation maximisation (Dempster, Laird and Rubin, 1977): a parameter is the mean of the data weighted by what it says
  of them itself: ``mu = (r * x).sum() / r.sum()``.
* Learning from rewards: an entry of a table of values is made of itself, a reward and a discounted entry.
* Competitive learning (T. Kohonen, 1982): an entry of a table goes part of the way towards
  an example: ``nodes[k] += rate * (x - nodes[k])``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .syntax import FUNCTIONS, base_name, call_name, names_in

_WEIGHTS = re.compile(
    r"(w|W|wt|wts|weights?|theta|thetas|beta|betas|coefs?|coeffs?|coefficients)\d*(_\w+)?|\w+_(w|weights?|coefs?)"
)
_DISCOUNT = re.compile(r"gamma|discount\w*", re.IGNORECASE)
_PRODUCTS = frozenset("dot matmul inner vdot".split())
_PREDICTS = re.compile(
    r".*(predict|activat|net_input|classify|forward|score|decision|sign|hypothes).*"
)
_SUMS = frozenset("sum dot matmul average nansum".split())
_NO_EXAMPLES = frozenset({"range", "arange", "trange", "count"})


def corrected(loop: ast.AST) -> set[str]:
    """The names that a loop corrects by examples, or estimates by expectation maximisation."""
    nodes = list(_nodes(loop))
    examples = _examples(nodes)
    found = set()
    for node in nodes:
        for target, way in _ways(node):
            name = base_name(target)
            if not name or not _WEIGHTS.fullmatch(name):
                continue
            if any(_predicts(one, name) for one in ast.walk(way)):
                continue  # `w -= (w @ v) * v` takes out what lies along another vector
            if _is_of_examples(way, examples, name) and any(_predicts(one, name) for one in nodes):
                found.add(name)
    return found | _estimated(nodes)


def rewarded(top: ast.AST) -> set[str]:
    """The tables of values that loops in a statement or function learn from rewards (C. Watkins, Q-learning, 1989): an entry is
    made of itself and of a discounted one, ``Q[s, a] += rate * (reward + gamma * Q[t].max() - Q[s, a])``."""
    found = set()
    for loop in ast.walk(top):
        for node in _nodes(loop) if isinstance(loop, (ast.For, ast.While)) else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            target = node.target if isinstance(node, ast.AugAssign) else target
            value = getattr(node, "value", None)
            if isinstance(target, ast.Subscript) and isinstance(value, ast.BinOp):
                table = base_name(target)
                named = names_in(value)
                own = isinstance(node, ast.AugAssign) or ast.unparse(target) in ast.unparse(value)
                if table and own and table in named and any(map(_DISCOUNT.fullmatch, named)):
                    found.add(table)
    return found


def goes_towards(target: ast.expr, way: ast.expr) -> bool:
    """Whether an entry's change is a share of its distance from something: ``rate * (x - nodes[k])`` of ``nodes[k]``."""
    if not isinstance(target, ast.Subscript):
        return False
    place = ast.unparse(target)
    return any(
        isinstance(one, ast.BinOp)
        and isinstance(one.op, ast.Sub)
        and ast.unparse(one.right) == place
        for one in ast.walk(way)
    )


def _ways(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """(target, what is added to it): of ``w += t * x``, ``w = w + t * x``, ``w = (1 - rate) * w + t * x``."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.target, node.value
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        value, place = node.value, ast.unparse(node.targets[0])
        if isinstance(value.op, (ast.Add, ast.Sub)):
            for one, rest in ((value.left, value.right), (value.right, value.left)):
                if ast.unparse(one) == place or _is_share(one, place):
                    yield node.targets[0], rest


def _is_share(value: ast.expr, place: str) -> bool:
    """Whether it is a number times what stands at a place."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Mult):
        return False
    return any(ast.unparse(one) == place for one in (value.left, value.right))


def _examples(nodes: list[ast.AST]) -> set[str]:
    """The names that loops bind to one example after the other, or to a row by its number."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, (ast.For, ast.comprehension)):
            called = call_name(node.iter) if isinstance(node.iter, ast.Call) else ""
            if called not in _NO_EXAMPLES:
                found.update(one.id for one in ast.walk(node.target) if isinstance(one, ast.Name))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            if _is_row(node.value):
                targets = (one for target in node.targets for one in ast.walk(target))
                found.update(one.id for one in targets if isinstance(one, ast.Name))
    return found


def _is_row(node: ast.AST) -> bool:
    """Whether it is ``X[i]``, an entry by a number that changes."""
    return isinstance(node, ast.Subscript) and any(
        isinstance(one, ast.Name) for one in ast.walk(node.slice)
    )


def _is_of_examples(way: ast.expr, examples: set[str], name: str) -> bool:
    return any(
        (isinstance(one, ast.Name) and one.id in examples and one.id != name)
        or (_is_row(one) and base_name(one) != name)
        for one in ast.walk(way)
    )


def _predicts(node: ast.AST, name: str) -> bool:
    """Whether an expression multiplies something with the weights, or hands them to what predicts."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return name in (base_name(node.left), base_name(node.right))
    if not isinstance(node, ast.Call):
        return False
    called = call_name(node)
    given = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
    if called in _PRODUCTS or _PREDICTS.fullmatch(called):
        return any(base_name(one) == name for one in given)
    return called == "sum" and any(
        isinstance(one, ast.BinOp)
        and isinstance(one.op, ast.Mult)
        and name in (base_name(one.left), base_name(one.right))
        for arg in given
        for one in ast.walk(arg)
    )


def _estimated(nodes: list[ast.AST]) -> set[str]:
    """The names that are bound to weighted means whose weights are made of them."""
    made: dict[str, set[str]] = {}
    totals: dict[str, str] = {}
    means: list[tuple[ast.expr, ast.BinOp]] = []
    for node in nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        pairs = [(node.targets[0], node.value)]
        if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(node.targets[0].elts, node.value.elts))
        for target, value in pairs:
            name = base_name(target)
            if name is None:
                continue
            made.setdefault(name, set()).update(names_in(value))
            weighs = _summed(value)
            if weighs:
                totals[name] = weighs
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
                means.append((target, value))
    found = set()
    for target, value in means:
        name, under = base_name(target), value.right
        weights = _summed(under) or totals.get(base_name(under) or "", "")
        if name in (None, weights) or not weights:
            continue  # `rank = (M @ rank) / rank.sum()`
        if _weighs(value.left, weights) and name in _behind(weights, made):
            found.add(name)
    return found


def _summed(value: ast.expr) -> str:
    """``r`` of ``r.sum(axis=0)`` and ``np.sum(r)``; '' of anything else."""
    while isinstance(value, ast.Subscript):
        value = value.value
    if not isinstance(value, ast.Call) or call_name(value) != "sum":
        return ""
    if value.args and base_name(value.args[0]) and not isinstance(value.args[0], ast.Constant):
        return base_name(value.args[0]) or ""
    return (base_name(value.func.value) or "") if isinstance(value.func, ast.Attribute) else ""


def _weighs(value: ast.expr, weights: str) -> bool:
    """Whether it sums up a product with the weights: ``np.sum(r * x)``, ``r.T @ X``, ``r.T.dot(X)``."""
    for one in ast.walk(value):
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.MatMult):
            if weights in names_in(one) and len(names_in(one)) > 1:
                return True
        if isinstance(one, ast.Call) and call_name(one) in _SUMS:
            if weights in names_in(one) and len(names_in(one)) > 1:
                return True
    return False


def _behind(name: str, made: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        for one in made.get(todo.pop(), set()) - found:
            found.add(one)
            todo.append(one)
    return found


def _nodes(top: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a loop without those of functions and classes inside of it."""
    todo = [top]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(
            one
            for one in ast.iter_child_nodes(node)
            if not isinstance(one, (*FUNCTIONS, ast.Lambda, ast.ClassDef))
        )
