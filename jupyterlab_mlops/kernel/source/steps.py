"""What a step down a gradient looks like: less a rate times what is worked out as a gradient is. Pure."""

from __future__ import annotations

import ast
import re

from .syntax import call_name
from .wording import words

_RATES = frozenset("lr alpha gamma eta lrate stepsize epsilon eps learnrate".split())
_LETTERS = frozenset("ηαγε")
_RATE_WORDS = frozenset({"learning", "learn", "step", "gradient", "descent", "l"})
_GRADIENT = re.compile(
    r"d_?[A-Z]\w*|D_[a-z]\d*|d_?(w|b|u|v|z|theta|beta|weights?|bias|params?)\d*(_\w+)?"
)
_GRADIENT_WORDS = frozenset(
    "grad grads gradient gradients error errors err deltas residual residuals loss cost pred prediction predictions"
    " backward backprop backpropagation".split()
)
_PRODUCTS = frozenset({"dot", "matmul", "outer", "transpose"})
_INVERSES = frozenset({"inv", "pinv", "solve"})


def less(target: ast.expr, value: ast.expr) -> ast.expr | None:
    """``rate * gradient`` of ``w = w - rate * gradient``."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, (ast.Sub, ast.Add)):
        return None
    place = ast.unparse(target)
    if ast.unparse(value.left) == place:
        return value.right
    if isinstance(value.op, ast.Add) and ast.unparse(value.right) == place:
        return value.left
    rest = less(target, value.left)  # `w - rate * a - rate * b`
    return rest if rest is not None else None


def less_each(target: ast.expr, value: ast.expr) -> ast.expr | None:
    """The same of the items of a list: of ``w = [wi - rate * gi for wi, gi in zip(w, gradient)]``, with what they are of."""
    if not isinstance(value, ast.ListComp) or len(value.generators) != 1:
        return None
    of = value.generators[0]
    zipped = isinstance(of.iter, ast.Call) and call_name(of.iter) == "zip"
    items = of.iter.args if zipped else [of.iter]  # type: ignore[attr-defined]
    place = ast.unparse(target)
    for one, whole in zip(parts_of(of.target), items):
        if ast.unparse(whole) == place:
            way = less(one, value.elt)
            return None if way is None else ast.Tuple([way, *items], ast.Load())
    return None


def has_rate(way: ast.AST) -> bool:
    return any(
        is_rate(one)
        for node in ast.walk(way)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div))
        for one in (node.left, node.right)
    )


def is_of_newton(way: ast.AST) -> bool:
    """Whether a matrix stands where else a rate does: ``np.linalg.solve(hessian, gradient)``."""
    calls = (one for one in ast.walk(way) if isinstance(one, ast.Call))
    return any(call_name(one) in _INVERSES for one in calls)


def is_rate(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Constant):
        return type(node.value) is float and 0 < node.value < 1
    name = last_word(node)
    if name in _LETTERS:
        return True
    parts = set(words(name))
    return bool(parts & _RATES) or (
        bool(parts & {"rate", "size"}) and (parts == {"rate"} or bool(parts & _RATE_WORDS))
    )


def last_word(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def has_gradient(way: ast.AST) -> bool:
    """Whether an expression is worked out as a gradient is: by its names, or as a product with an array."""
    for node in ast.walk(way):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return True
        if isinstance(node, ast.Call) and (
            call_name(node) in _PRODUCTS or says_gradient(call_name(node))
        ):
            return True
        if isinstance(node, (ast.Name, ast.Subscript)) and says_gradient(last_word(node)):
            return True
    return False


def says_gradient(name: str) -> bool:
    return bool(_GRADIENT.fullmatch(name) or _GRADIENT_WORDS & set(words(name)))


def parts_of(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
