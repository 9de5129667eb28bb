"""Least squares written out by hand: ``np.linalg.inv(X.T @ X) @ X.T @ y``. Pure.

Known by its shape, as a Kalman filter and a covariance use the same calls: the matrix that is solved or inverted is a
transposed array times that same array.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from .passing import returns_of
from .syntax import FUNCTIONS, base_name, call_name
from .wording import words

_PRODUCTS = frozenset({"dot", "matmul"})
_INVERSES = frozenset({"inv", "pinv", "inverse"})
_TRANSPOSES = frozenset({"transpose", "t"})
_RESHAPES = frozenset("view reshape ravel flatten squeeze item".split())
_HOLDS = frozenset("tensor array asarray as_tensor float".split())
_MINIMISES = re.compile(r"minimize|fmin(_\w+)?|least_squares|leastsq")
_LOSSES = frozenset(
    "cost costs loss error errors err likelihood loglikelihood loglik nll ll sse ssr mse rss rmse chi2 chisq residual residuals deviance"
    " posterior".split()
)
"""Words in the names of functions that are minimised to learn from data; a portfolio's risk is none."""
_OPTIMISERS = frozenset("adam sgd rmsprop adagrad adadelta momentum nesterov bfgs lbfgs".split())
_GRADIENTS = frozenset("grad grads gradient gradients".split())
MAX_STEPS = 10
"""Names that are followed to what they are bound to."""

Bound = dict[str, ast.expr]
"""Name → what a function binds it to."""
Definition = Callable[[str], ast.AST | None]
"""The definition of the user's function of a name; None if there is none."""
_FOUND = ast.Call(ast.Name("lstsq", ast.Load()), [], [])
"""What stands for weights that another function gives."""


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


def solved_in(function: ast.AST, definition: Definition | None = None, depth: int = 3) -> bool:
    """Whether a function returns such weights, or what a minimiser has found, and nothing else; itself, or by functions whose
    ``definition`` is known."""
    if not isinstance(function, FUNCTIONS):
        return False
    bound = assigned_in(ast.walk(function))
    for name, call in _from_calls(function) if definition is not None and depth else ():
        called = definition(call_name(call)) if definition is not None else None
        if called is not None and solved_in(called, definition, depth - 1):
            bound[name] = _FOUND
    for name, value in _put_into(function):
        if _is_part(value, bound):
            bound[name] = value  # `weights[k] = found.x`
    values = list(returns_of(function))
    return bool(values) and all(one is not None and _gives(one, bound) for one in values)


def _from_calls(function: ast.AST) -> Iterable[tuple[str, ast.Call]]:
    """(name, call) of what is bound to results, or parts of them, of functions that are called by their names."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            parts = node.targets[0]
            for one in parts.elts if isinstance(parts, ast.Tuple) else [parts]:
                if isinstance(one, ast.Name) and isinstance(node.value.func, ast.Name):
                    yield one.id, node.value


def _put_into(function: ast.AST) -> Iterable[tuple[str, ast.expr]]:
    """(name, value) of what is put into entries of arrays, and appended to lists."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            name = base_name(node.targets[0])
            if name:
                yield name, node.value
        elif isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if isinstance(owner, ast.Name):
                yield owner.id, node.args[0]


def assigned_in(nodes: Iterable[ast.AST]) -> Bound:
    """Name → what statements bind it to, the last: with what it was bound to before where that is added to, as a ridge is
    (``gram = gram + ridge``, ``gram += ridge``); what a loop adds up from a number on as ``sum(…)``."""
    found: Bound = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            for target, value in _pairs(node.targets[0], node.value):
                if isinstance(target, ast.Name):
                    name = target.id
                    found[name] = _added_to(value, name, found.get(name)) or value
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            if isinstance(node.target, ast.Name):
                before = found.get(node.target.id)
                blank = isinstance(before, ast.Call) and call_name(before) in _BLANK
                if isinstance(before, (ast.BinOp, ast.Call)) and not blank:
                    found[node.target.id] = ast.BinOp(before, ast.Add(), node.value)
                else:
                    found[node.target.id] = ast.Call(ast.Name("sum", ast.Load()), [node.value], [])
    return found


_BLANK = frozenset("sum zeros zeros_like float int".split())
"""Calls whose result is where a sum begins, or what one is kept as here."""


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """What is bound to what: of ``b, w = params[0], params[1:]`` two."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts))
    return [(target, value)]


def _added_to(value: ast.expr, name: str, before: ast.expr | None) -> ast.expr | None:
    """``before + ridge`` of ``gram = gram + ridge``; None of what is no sum with the name itself."""
    if before is None or not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return None
    for own, other in ((value.left, value.right), (value.right, value.left)):
        if isinstance(own, ast.Name) and own.id == name:
            return ast.BinOp(before, ast.Add(), other)
    return None


def pieces_of(tree: ast.AST) -> Bound:
    """``assigned_in`` a cell, without names that are such weights themselves: what is made of those are predictions."""
    bound = assigned_in(ast.walk(tree))
    return {name: value for name, value in bound.items() if not least_squares(value, bound)}


def _gives(value: ast.expr, bound: Bound) -> bool:
    """Whether it is the weights, or a tuple that has them or parts of them: ``return mean, covariance`` of a posterior,
    ``return w[0], w[1:]``."""
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return any(_is_part(one, bound) for one in parts)


def _is_part(value: ast.expr, bound: Bound) -> bool:
    """Whether it is the weights, or a part of them in whatever shape: ``torch.tensor([params[0]])``, ``w[1:].view(-1, 1)``."""
    for _ in range(MAX_STEPS):
        if least_squares(value, bound) or minimised(value):
            return True
        if isinstance(value, ast.Attribute) and value.attr == "x":
            value = value.value  # of what a minimiser of SciPy gives
        elif isinstance(value, ast.Name) and value.id in bound:
            value = bound[value.id]
        elif isinstance(value, ast.Subscript):
            value = value.value
        elif isinstance(value, (ast.List, ast.Tuple)) and len(value.elts) == 1:
            value = value.elts[0]
        elif isinstance(value, ast.Call) and call_name(value) in _RESHAPES:
            if not isinstance(value.func, ast.Attribute):
                return False
            value = value.func.value
        elif isinstance(value, ast.Call) and call_name(value) in _HOLDS and value.args:
            value = value.args[0]
        else:
            return False
    return False


def is_quotient(statement: ast.AST) -> bool:
    """Whether a statement binds a quotient, as ``is_slope`` asks for one."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)


def is_slope(value: ast.expr, bound: Bound | None = None) -> bool:
    """Whether an expression is the slope of a line by its sums of deviations: ``sum((x - mx) * (y - my)) / sum((x - mx)
    ** 2)``."""
    bound = bound or {}
    value = _followed(value, bound)
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Div):
        return False
    over, under = _followed(value.left, bound), _followed(value.right, bound)
    both = [_deviations(one, bound) for one in (over, under)]
    if None in both:
        return False
    (a, b), (c, d) = both  # type: ignore[misc]
    return c == d and c in (a, b) and a != b


def _deviations(value: ast.expr, bound: Bound) -> tuple[str, str] | None:
    """The two factors, each less its mean, of a sum of products; None of anything else."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub):
        value = value.left  # `sum(x * y) - n * mx * my`, where the factors are no deviations yet
        less = False
    else:
        less = True
    if not isinstance(value, ast.Call):
        return None
    called = call_name(value)
    method = [value.func.value] if isinstance(value.func, ast.Attribute) else []
    parts = [one for one in (*method, *value.args) if base_name(one) not in ("np", "numpy", "math")]
    if called in _PRODUCTS and len(parts) == 2:
        factors = parts
    elif called == "sum" and parts:
        inner = parts[0].elt if isinstance(parts[0], (ast.GeneratorExp, ast.ListComp)) else parts[0]
        inner = _followed(inner, bound)
        if not isinstance(inner, ast.BinOp):
            return None
        if isinstance(inner.op, ast.Pow):
            factors = [inner.left, inner.left]
        elif isinstance(inner.op, ast.Mult):
            factors = [inner.left, inner.right]
        else:
            return None
    else:
        return None
    followed = [_followed(one, bound) for one in factors]
    if less and not all(
        isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) for one in followed
    ):
        return None
    return ast.unparse(followed[0]), ast.unparse(followed[1])


def _followed(value: ast.expr, bound: Bound) -> ast.expr:
    for _ in range(MAX_STEPS):
        if not isinstance(value, ast.Name) or value.id not in bound:
            break
        value = bound[value.id]
    return value


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
    part = isinstance(value, ast.Attribute) and value.attr == "solution"  # as PyTorch says
    if part or isinstance(value, ast.Subscript):  # `lstsq(X, y)[0]`
        return _called(value.value, bound, steps - 1) == "lstsq"  # type: ignore[attr-defined]
    if isinstance(value, ast.BinOp) and isinstance(
        value.op, ast.Mult
    ):  # of a posterior, `beta * S @ X.T @ t`
        sides = (value.left, value.right)
        return any(_solves(one, bound, steps - 1) for one in sides if not _is_name(one))
    called = _called(value, bound, steps)
    if called == "lstsq":
        return True
    if called == "solve" and isinstance(value, ast.Call) and len(value.args) > 1:
        return _is_gram(value.args[0], bound, steps)
    factors = _factors(value, bound, steps)
    first = factors[0]
    if len(factors) < 2 or not isinstance(first, ast.Call) or not _is_inverse(first):
        return False
    if call_name(first) == "pinv" and len(factors) == 2:
        return True
    return len(factors) > 2 and _is_gram(first.args[0], bound, steps)


def _is_inverse(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and call_name(value) in _INVERSES and bool(value.args)


def _is_name(value: ast.expr) -> bool:
    return isinstance(value, ast.Name)


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
        if isinstance(inner, (ast.BinOp, ast.Call)) and not _is_transposed(inner):
            found = _factors(inner, bound, steps - 1)
            if len(found) > 1 or _is_inverse(found[0]):
                return found
        return [value]  # `X` of `X = np.column_stack([ones, X])` as well
    else:
        return [value]
    return [one for half in both for one in _factors(half, bound, steps - 1)]


def _is_gram(value: ast.expr, bound: Bound, steps: int) -> bool:
    """Whether it is ``X.T @ X``, perhaps with something added to it."""
    if steps <= 0:
        return False
    if isinstance(value, ast.Name) and value.id in bound:
        return _is_gram(bound[value.id], bound, steps - 1)
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Mult)):
        return any(_is_gram(one, bound, steps - 1) for one in (value.left, value.right))
    factors = _factors(value, bound, steps)
    if len(factors) not in (2, 3):  # the third weighs the rows
        return False
    left, right = factors[0], factors[-1]
    if isinstance(left, ast.Name) and left.id in bound:
        left = bound[left.id]
    return _is_transposed(left) and _transposed_of(left) == base_name(right) is not None


def _is_transposed(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return call_name(value) in _TRANSPOSES
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
