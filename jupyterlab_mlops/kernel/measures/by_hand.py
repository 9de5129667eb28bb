"""Metrics written out by hand, by the shape of their expression: ``np.mean(a == b)``, ``1 - rss / tss``. Pure."""

from __future__ import annotations

import ast
import re

from ..source.syntax import base_name, call_name
from ..source.wording import words

_LIBRARIES = frozenset("np numpy torch tf jnp K statistics".split())
_CONVERTS = frozenset(
    "float double int long astype item detach cpu numpy tolist round compute array asarray ravel flatten squeeze"
    " reshape to_numpy".split()
)
"""Functions and methods whose result is the number that they were given, or the numbers of the array."""


def manual_metric(expression: ast.expr) -> str | None:
    """The usual name of a metric written out by hand, by the shape of its expression.

    ``np.mean(a == b)``, ``(a == b).mean()``, ``sum(a == b) / len(a)`` → ``accuracy``; with ``!=``, or as what is left of one
    → ``error_rate``; ``np.mean((a - b) ** 2)`` → ``mse``, of logarithms ``msle``; its square root → ``rmse``, ``rmsle``; of
    ``abs(a - b)`` → ``mae``, of ``abs((a - b) / a)`` → ``mape``; ``1 - rss / tss`` → ``r2``, and what the number of
    features takes off one → ``adjusted_r2``; ``tp / (tp + fp)`` → ``precision``.
    """
    node = _bare(expression)
    if _is_diagonal_share(node):
        return "accuracy"
    rate = rate_of(node)
    if rate:
        return rate
    inner = _root(node)
    if inner is not None:
        return _ROOTS.get(manual_metric(inner) or "")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _is_one(node.left):
        return _left_of(node.right)
    inner = _mean_of(node)
    if inner is None:
        inner = _sum_of(node)
        return "rss" if inner is not None and _squares(inner) and _guesses(inner) else None
    inner = _bare(inner)
    if isinstance(inner, ast.Compare) and len(inner.ops) == 1:
        if any(isinstance(side, ast.Constant) for side in (inner.left, *inner.comparators)):
            return None  # a share: `np.mean(y == "spam")`
        if isinstance(inner.ops[0], ast.Eq):
            return "accuracy"
        if isinstance(inner.ops[0], ast.NotEq):
            return "error_rate"
        return "auc" if _ranks(inner) else None
    if isinstance(inner, ast.Call) and call_name(inner) in _COMPARES and len(inner.args) == 2:
        constant = any(isinstance(side, ast.Constant) for side in inner.args)
        return None if constant else _COMPARES[call_name(inner)]
    difference = _squares(inner)
    if difference is not None:
        return "msle" if _of_logarithms(difference) else "mse"
    difference = _absolute(inner)
    if difference is None:
        return None
    if isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Div):
        return "mape" if _differs(_bare(difference.left)) else None
    return "mae" if _differs(difference) else None


def _ranks(comparison: ast.Compare) -> bool:
    """Whether it asks if positives are scored higher than negatives, ``pos[i] > neg[j]``: the share of pairs where they are is
    the area under the ROC curve (Hanley and McNeil 1982)."""
    above, below = comparison.left, comparison.comparators[0]
    if isinstance(comparison.ops[0], (ast.Lt, ast.LtE)):
        above, below = below, above
    elif not isinstance(comparison.ops[0], (ast.Gt, ast.GtE)):
        return False
    return bool(_base_words(above) & _POSITIVES) and bool(_base_words(below) & _NEGATIVES)


def _base_words(node: ast.expr) -> set[str]:
    """The words of the name whose value, or part, it is."""
    return set(words(base_name(node) or ""))


_POSITIVES = frozenset("pos positive positives".split())
_NEGATIVES = frozenset("neg negative negatives".split())
_ROOTS = {"mse": "rmse", "msle": "rmsle"}
_COMPARES = {"equal": "accuracy", "not_equal": "error_rate"}
"""Functions of numpy that compare two arrays."""
_OF_RESIDUALS = frozenset("sse ssr rss sser ssres sse residual residuals resid res".split())
_OF_ALL = frozenset("sst tss sstot total tot".split())
"""Words for the sum of squared residuals, and for that of what there was to explain."""


def _bare(node: ast.expr) -> ast.expr:
    """Without what only changes its unit or type: ``100 * x``, ``float(x)``, ``x.item()``."""
    while True:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            if isinstance(node.right, ast.Constant):
                node = node.left
                continue
            if isinstance(node.left, ast.Constant):
                node = node.right
                continue
        if isinstance(node, ast.Call) and call_name(node) in _CONVERTS:
            if isinstance(node.func, ast.Attribute) and _is_data(node.func.value):
                node = node.func.value
                continue
            if node.args:
                node = node.args[0]
                continue
        return node


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (1, 1.0, 100)


def _root(node: ast.expr) -> ast.expr | None:
    """What a square root is taken of: ``np.sqrt(x)``, ``x.sqrt()``, ``x ** 0.5``, ``x ** (1 / 2)``."""
    if isinstance(node, ast.Call) and call_name(node) == "sqrt":
        if node.args:
            return node.args[0]
        return node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        half = node.right
        if isinstance(half, ast.Constant) and half.value == 0.5:
            return node.left
        if isinstance(half, ast.BinOp) and ast.unparse(half) in ("1 / 2", "1.0 / 2", "1 / 2.0"):
            return node.left
    return None


def _left_of(taken: ast.expr) -> str | None:
    """What ``1 - taken`` is: the error of an accuracy, ``r2`` of ``rss / tss``, ``adjusted_r2`` of
    ``(1 - r2) * (n - 1) / (n - p - 1)``."""
    if manual_metric(taken) in ("accuracy", "error_rate"):
        return "error_rate" if manual_metric(taken) == "accuracy" else "accuracy"
    if _adjusts(taken):
        return "adjusted_r2"
    if isinstance(taken, ast.BinOp) and isinstance(taken.op, ast.Div):
        above, below = _bare(taken.left), _bare(taken.right)
        if _residual(above) and _total(below):
            return "r2"
    return None


def _residual(node: ast.expr) -> bool:
    """Whether it is a sum, or mean, of squared residuals by its form or its name."""
    if isinstance(node, ast.Name):
        parts = words(node.id)
        return bool(_OF_RESIDUALS.intersection(parts)) and _OF_ALL.isdisjoint(parts)
    inner = _summed(node)
    return inner is not None and _squares(inner) is not None


def _total(node: ast.expr) -> bool:
    """Whether it is the sum, or mean, of squared distances from the mean, the variance, or named like one."""
    if isinstance(node, ast.Name):
        return bool(_OF_ALL.intersection(words(node.id)))
    if isinstance(node, ast.Call) and call_name(node) == "var":
        return True
    inner = _summed(node)
    around = _squares(inner) if inner is not None else None
    return around is not None and any(
        (isinstance(one, ast.Call) and call_name(one) in ("mean", "average"))
        or (isinstance(one, ast.Name) and {"mean", "avg", "bar", "baseline"} & set(words(one.id)))
        for one in ast.walk(around)
    )


def _summed(node: ast.expr) -> ast.expr | None:
    inner = _sum_of(node)
    return inner if inner is not None else _mean_of(node)


def _adjusts(taken: ast.expr) -> bool:
    """Whether it is ``(1 - r2) * (n - 1) / (n - p - 1)``, however that is bracketed."""
    above: list[ast.expr] = []
    below: list[ast.expr] = []
    pending = [(taken, above, below)]
    while pending:
        node, over, under = pending.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            pending += [(node.left, over, under), (node.right, over, under)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            pending += [(node.left, over, under), (node.right, under, over)]
        else:
            over.append(node)
    subtracted = [
        one for one in above if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub)
    ]
    left = [one for one in subtracted if _is_one(one.left)]
    rows = [one for one in subtracted if _is_one(one.right)]
    return (
        len(above) == 2
        and len(left) == 1
        and len(rows) == 1
        and len(below) == 1
        and isinstance(below[0], ast.BinOp)
        and isinstance(below[0].op, ast.Sub)
    )


_TRUTHS = frozenset("y true truth target targets label labels actual actuals expected gold".split())
_GUESSES = frozenset(
    "pred preds predict predicted prediction predictions yhat hat guess guesses random baseline".split()
)


def of_predictions(expression: ast.expr) -> bool:
    """Whether a metric written out by hand compares predictions with a truth by the names in it.

    Without a model behind it this alone tells ``(guess == y).mean()`` from a share of the data.
    """
    found: set[str] = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Compare) and any(
            isinstance(side, ast.Constant) for side in (node.left, *node.comparators)
        ):
            if isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                return False  # `(y == 1).mean()`
        if isinstance(node, ast.Name):
            found.update(words(node.id))
    return bool(_TRUTHS & found) and bool(_GUESSES & found)


def truths_in(expression: ast.expr) -> list[str]:
    """The names in it that are a truth's and no prediction's: ``y_test``, not ``y_pred``."""
    names = dict.fromkeys(one.id for one in ast.walk(expression) if isinstance(one, ast.Name))
    said = {name: set(words(name)) for name in names}
    return [name for name, one in said.items() if _TRUTHS & one and not _GUESSES & one]


_RESIDUALS = frozenset("residual residuals resid resids error errors err errs".split())

_RATES = {
    ("tp", "fp tp"): "precision",
    ("tp", "fn tp"): "recall",
    ("fp", "fp tn"): "fpr",
    ("tn", "fp tn"): "specificity",
    ("fn", "fn tp"): "fnr",
    ("tn tp", "fn fp tn tp"): "accuracy",
    ("fn fp", "fn fp tn tp"): "error_rate",
}
_COUNTS = re.compile(
    "^(?:n_|num_)?(?:(t|f)(p|n)|(true|false)_?(pos|neg)(?:itive)?s?)$", re.IGNORECASE
)


def rate_of(expression: ast.expr) -> str | None:
    """What a quotient of counts of hits and misses is called: ``tp / (tp + fp)`` is ``precision``."""
    if not isinstance(expression, ast.BinOp) or not isinstance(expression.op, ast.Div):
        return None
    above, below = _counted(expression.left), _counted(expression.right)
    return _RATES.get((" ".join(sorted(above)), " ".join(sorted(below))))


def _counted(node: ast.expr) -> set[str]:
    """``tp`` and ``fp`` of ``tp + fp`` (also ``true_positives``); nothing of anything else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _counted(node.left), _counted(node.right)
        return left | right if left and right else set()
    found = _COUNTS.match(node.id) if isinstance(node, ast.Name) else None
    if found is None:
        return set()
    one, other = found.group(1) or found.group(3), found.group(2) or found.group(4)
    return {f"{one[0]}{other[0]}".lower()}


def _mean_of(node: ast.expr) -> ast.expr | None:
    """What is averaged: ``x`` of ``np.mean(x)``, ``x.mean()``, ``x.sum() / n``."""
    if isinstance(node, ast.Call) and call_name(node) in ("mean", "average"):
        if node.args and not (isinstance(node.func, ast.Attribute) and _is_data(node.func.value)):
            return node.args[0]
        if isinstance(node.func, ast.Attribute):
            return node.func.value
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return None
    above = _bare(node.left)
    if isinstance(node.right, ast.Constant) and node.right.value in (1, 2):
        return None
    if isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Mult):
        if _is_two(node.right.left) or _is_two(node.right.right):
            return None  # half of it, `np.sum(e ** 2) / (2 * m)`, is a cost
    if not isinstance(above, ast.Call) or call_name(above) not in ("sum", "count_nonzero"):
        return None
    if above.args and not (isinstance(above.func, ast.Attribute) and _is_data(above.func.value)):
        return above.args[0]
    return above.func.value if isinstance(above.func, ast.Attribute) else None


def _sum_of(node: ast.expr) -> ast.expr | None:
    """What is summed: ``x`` of ``np.sum(x)`` and of ``x.sum()``."""
    if not isinstance(node, ast.Call) or call_name(node) != "sum":
        return None
    if node.args:
        return node.args[0]
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def _is_diagonal_share(node: ast.expr) -> bool:
    """The share of a confusion matrix's diagonal: ``np.trace(cm) / np.sum(cm)``, ``np.diag(cm).sum() / cm.sum()``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return False
    whole, part = _sum_of(node.right), _sum_of(node.left)
    calls = [one for one in (node.left, part) if isinstance(one, ast.Call)]
    if not isinstance(whole, ast.Name) or not calls:
        return False
    return any(
        call_name(one) in ("trace", "diag", "diagonal")
        and any(isinstance(at, ast.Name) and at.id == whole.id for at in ast.walk(one))
        for one in calls
    )


def _squares(node: ast.expr) -> ast.expr | None:
    """The difference that is squared: of ``(a - b) ** 2``, ``np.square(a - b)``, ``(a - b).pow(2)``, ``residuals ** 2``."""
    of: ast.expr | None = None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is_two(node.right):
        of = node.left
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        of = node.left if ast.dump(node.left) == ast.dump(node.right) else None
    elif isinstance(node, ast.Call):
        method = node.func.value if isinstance(node.func, ast.Attribute) else None
        called = call_name(node)
        if called == "square":
            of = node.args[0] if node.args else method
        elif called in ("power", "pow") and len(node.args) == 2 and _is_two(node.args[1]):
            of = node.args[0]
        elif called == "pow" and len(node.args) == 1 and _is_two(node.args[0]):
            of = method
    of = None if of is None else _absolute(of) or of
    return of if of is not None and _differs(of) else None


def _absolute(node: ast.expr) -> ast.expr | None:
    """What the size is taken of: ``x`` of ``np.abs(x)`` and ``x.abs()``."""
    if not isinstance(node, ast.Call) or call_name(node) not in ("abs", "absolute", "fabs"):
        return None
    if node.args:
        return _bare(node.args[0])
    return _bare(node.func.value) if isinstance(node.func, ast.Attribute) else None


def _is_two(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 2


def _of_logarithms(difference: ast.expr) -> bool:
    """``np.log1p(a) - np.log1p(b)``."""
    if not isinstance(difference, ast.BinOp):
        return False
    return all(
        isinstance(side, ast.Call) and call_name(side) in ("log", "log1p")
        for side in (difference.left, difference.right)
    )


def _differs(node: ast.expr) -> bool:
    """``a - b``, ``np.subtract(a, b)``, or a name that says as much."""
    if isinstance(node, ast.Name):
        return bool(_RESIDUALS & set(words(node.id)))
    if isinstance(node, ast.Call):
        return call_name(node) == "subtract" and len(node.args) == 2
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _guesses(expression: ast.expr) -> bool:
    """Whether predictions stand in it, by a name or a call."""
    found: set[str] = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            found.update(words(node.id))
        elif isinstance(node, ast.Attribute):
            found.update(words(node.attr))
    return bool(_GUESSES & found)


def _is_data(node: ast.expr) -> bool:
    return not isinstance(node, ast.Name) or node.id not in _LIBRARIES
