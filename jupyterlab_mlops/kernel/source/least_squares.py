"""Least squares written out by hand: ``np.linalg.inv(X.T @ X) @ X.T @ y``. Pure.

Known by its shape, as a Kalman filter and a covariance use the same calls: the matrix that is solved or inverted is a
transposed array times that same array.
"""

from __future__ import annotations

import ast
import re

from .passing import returns_of
from .syntax import FUNCTIONS, base_name, call_name
from .wording import words

_PRODUCTS = frozenset({"dot", "matmul"})
_INVERSES = frozenset({"inv", "pinv", "inverse"})
_MINIMISES = re.compile(r"minimize|fmin(_\w+)?|least_squares|leastsq")
_LOSSES = frozenset(
    "cost costs loss error errors err likelihood loglikelihood loglik nll sse mse rss rmse residual residuals deviance".split()
)
"""Words in the names of functions that are minimised to learn from data; a portfolio's risk is none."""
_OPTIMISERS = frozenset("adam sgd rmsprop adagrad adadelta momentum nesterov bfgs lbfgs".split())
_GRADIENTS = frozenset("grad grads gradient gradients".split())
MAX_STEPS = 10
"""Names that are followed to what they are bound to."""

Bound = dict[str, ast.expr]
"""Name → what a function binds it to."""


def least_squares(value: ast.expr, bound: Bound | None = None) -> bool:
    """Whether an expression works out the weights of a least squares fit: by ``lstsq``, the normal equations, also with
    a ridge, or the pseudo-inverse times the truth. ``bound``: what names in it stand for."""
    return _solves(value, bound or {}, MAX_STEPS)


def polynomial(value: ast.expr) -> ast.Call | None:
    """The call that fits a polynomial: ``np.polyfit(x, y, 3)``, also where ``np.poly1d(…)`` is made of it, and
    ``Polynomial.fit(x, y, 3)``; None of anything else."""
    if isinstance(value, ast.Call) and call_name(value) == "poly1d" and len(value.args) == 1:
        value = value.args[0]
    if not isinstance(value, ast.Call) or len(value.args) + len(value.keywords) < 3:
        return None
    if call_name(value) == "polyfit":
        return value
    owner = value.func.value if isinstance(value.func, ast.Attribute) else None
    named = getattr(owner, "attr", getattr(owner, "id", ""))
    return value if call_name(value) == "fit" and named == "Polynomial" else None


def degree_of(call: ast.Call) -> ast.expr | None:
    """What the call of ``polynomial`` gives as degree."""
    named = {one.arg: one.value for one in call.keywords}
    return call.args[2] if len(call.args) > 2 else named.get("deg")


def solved_in(function: ast.AST) -> bool:
    """Whether a function returns such weights and nothing else."""
    if not isinstance(function, FUNCTIONS):
        return False
    bound = {
        node.targets[0].id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    }
    values = list(returns_of(function))
    return bool(values) and all(one is not None and least_squares(one, bound) for one in values)


def minimised(value: ast.expr) -> str:
    """The loss that a call of a minimiser of SciPy is given, by the word in its function's name: ``cost`` of
    ``minimize(cost_function, theta, args=(X, y))``, also of a ``lambda`` that calls it; '' of anything else."""
    if not isinstance(value, ast.Call) or not _MINIMISES.fullmatch(call_name(value)):
        return ""
    by_name = {one.arg: one.value for one in value.keywords}
    function = value.args[0] if value.args else by_name.get("fun", by_name.get("func"))
    named = (one.id for one in ast.walk(function) if isinstance(one, ast.Name)) if function else ()
    return next((word for name in named for word in words(name) if word in _LOSSES), "")


def optimised(value: ast.expr) -> bool:
    """Whether an expression calls an optimiser that is a function, with what gives a gradient and where to begin, as those of
    Autograd: ``adam(objective_grad, init_params, step_size=0.001)``."""
    if (
        not isinstance(value, ast.Call)
        or call_name(value) not in _OPTIMISERS
        or len(value.args) < 2
    ):
        return False
    named = (one.id for one in ast.walk(value.args[0]) if isinstance(one, ast.Name))
    return any(_GRADIENTS & set(words(name)) for name in named)


def _solves(value: ast.expr, bound: Bound, steps: int) -> bool:
    if steps <= 0:
        return False
    if isinstance(value, ast.Name):
        return value.id in bound and _solves(bound[value.id], bound, steps - 1)
    if isinstance(value, ast.Subscript):  # `lstsq(X, y)[0]`
        return _called(value.value, bound, steps - 1) == "lstsq"
    called = _called(value, bound, steps)
    if called == "lstsq":
        return True
    if called == "solve" and isinstance(value, ast.Call) and len(value.args) > 1:
        return _is_gram(value.args[0], bound, steps)
    factors = _factors(value, bound, steps)
    if len(factors) < 2 or not isinstance(factors[0], ast.Call):
        return False
    first = factors[0]
    if call_name(first) not in _INVERSES or not first.args:
        return False
    if call_name(first) == "pinv" and len(factors) == 2:
        return True
    return len(factors) > 2 and _is_gram(first.args[0], bound, steps)


def _called(value: ast.expr, bound: Bound, steps: int) -> str:
    while isinstance(value, ast.Name) and value.id in bound and steps > 0:
        value, steps = bound[value.id], steps - 1
    return call_name(value) if isinstance(value, ast.Call) else ""


def _factors(value: ast.expr, bound: Bound, steps: int) -> list[ast.expr]:
    """The arrays of a product, from left to right, names followed: ``inv(A)``, ``X.T``, ``y`` of ``inv(A).dot(X.T).dot(y)``."""
    if steps <= 0:
        return [value]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.MatMult):
        both: tuple[ast.expr, ...] = (value.left, value.right)
    elif isinstance(value, ast.Call) and call_name(value) in _PRODUCTS and value.args:
        if len(value.args) == 2:
            both = (value.args[0], value.args[1])  # `np.dot(a, b)`
        elif isinstance(value.func, ast.Attribute):
            both = (value.func.value, value.args[0])  # `a.dot(b)`
        else:
            return [value]
    elif isinstance(value, ast.Name) and value.id in bound:
        inner = bound[value.id]
        is_factor = isinstance(inner, (ast.BinOp, ast.Call)) and not _is_transposed(inner)
        return _factors(inner, bound, steps - 1) if is_factor else [value]
    else:
        return [value]
    return [one for half in both for one in _factors(half, bound, steps - 1)]


def _is_gram(value: ast.expr, bound: Bound, steps: int) -> bool:
    """Whether it is ``X.T @ X``, perhaps with something added to it."""
    if steps <= 0:
        return False
    if isinstance(value, ast.Name) and value.id in bound:
        return _is_gram(bound[value.id], bound, steps - 1)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return any(_is_gram(one, bound, steps - 1) for one in (value.left, value.right))
    factors = _factors(value, bound, steps)
    if len(factors) != 2:
        return False
    left, right = factors
    if isinstance(left, ast.Name) and left.id in bound:
        left = bound[left.id]
    return _is_transposed(left) and _transposed_of(left) == base_name(right) is not None


def _is_transposed(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return call_name(value) == "transpose"
    return isinstance(value, ast.Attribute) and value.attr == "T"


def _transposed_of(value: ast.expr) -> str | None:
    """``X`` of ``X.T``, ``X.transpose()``, ``np.transpose(X)``."""
    if isinstance(value, ast.Attribute):
        return base_name(value.value)
    if isinstance(value, ast.Call):
        if value.args:
            return base_name(value.args[0])
        return base_name(value.func.value) if isinstance(value.func, ast.Attribute) else None
    return None
