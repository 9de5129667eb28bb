"""What an expression shows or keeps, by its syntax alone: which metric it is, what is around it. Pure."""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from ..source.syntax import call_name
from ..source.wording import words
from .by_hand import manual_metric, of_predictions
from .metric_names import singular
from .metrics import BLOCKED, function_metric, metric_strength
from .phrases import PART

_SAME_VALUE = frozenset("float round str item mean average fmean format numpy abs sqrt".split())
"""Functions and methods whose printed result still is the metric given to them."""
OF_THE_SAME = frozenset("item detach cpu numpy tolist".split())
"""Methods that give the very value of a tensor."""
_RESULTS = frozenset({"eval", "result", "compute"})
"""Methods by which an object that is a metric gives its value: ``RMSE().eval(y, p)``."""
ROOTS = {"mean_squared_error": "rmse", "mse": "rmse", "mean_squared_log_error": "rmsle"}
"""Errors whose root is an error, too."""


# -- around a metric call -----------------------------------------------------------------------------------------


def through(
    node: ast.Call | None, index: Any, name: str, values: list[tuple[str, Any]]
) -> tuple[str, list[tuple[str, float]], bool]:
    """Follow a call's value outward through arithmetic: ``np.sqrt(mean_squared_error(…))`` is the metric, not
    the error inside. Returns (name, values, covered): covered when a metric name takes the value in a way that
    cannot be followed here, and will be reported by that name."""
    if node is None or index is None:
        return name, values, False
    current: ast.AST = node
    changed = ""
    unflipped: list[tuple[str, Any]] | None = None
    for parent in index.ancestors(node):
        if isinstance(parent, ast.Call) and current in parent.args:
            called = call_name(parent)
            if called in ("sqrt",) and all(value >= 0 for _, value in values):
                values = [
                    (_root_name(one.removesuffix("_mean"), one), math.sqrt(value))
                    for one, value in values
                ]
                changed = "sqrt"
            elif called in ("float", "round", "str", "abs", "fabs"):
                if called in ("abs", "fabs"):
                    values = [(one, abs(value)) for one, value in values]
            else:
                break
        elif isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub):
            values = _negated(values)
        elif isinstance(parent, ast.BinOp):
            other = parent.right if parent.left is current else parent.left
            constant = _constant(other)
            if constant is None or changed == "mixed":
                changed = "mixed"
                if unflipped is not None:
                    values = unflipped  # `1 - (1 - r2) * share` is no error rate
                current = parent
                continue
            if isinstance(parent.op, ast.Pow) and parent.left is current and constant == 0.5:
                values = [(_root_name(one, one), math.sqrt(abs(value))) for one, value in values]
                changed = "sqrt"
            elif isinstance(parent.op, ast.Sub) and parent.right is current and constant == 1:
                unflipped = values if unflipped is None else unflipped
                flipped = {"accuracy_score": "error_rate", "score": "error_rate"}
                values = [(flipped.get(one, f"1-{one}"), 1 - value) for one, value in values]
            elif isinstance(parent.op, (ast.Mult, ast.Div)) and constant == -1:
                values = _negated(values)
            elif not (isinstance(parent.op, ast.Mult) and constant == 100):
                changed = "mixed"
        elif isinstance(parent, ast.Attribute):
            pass  # `.mean()`, `.std()`, `.round(3)` of the values: all reported
        elif isinstance(parent, ast.Call) and current is parent.func:
            pass
        elif (
            isinstance(parent, ast.Assign)
            and len(parent.targets) == 1
            and isinstance(parent.targets[0], ast.Name)
        ):
            target = parent.targets[0].id
            if changed == "mixed" and metric_strength(target):
                return name, values, True
            if changed == "sqrt" and len(values) == 1 and metric_strength(target) == 2:
                values = [(target, values[0][1])]
            break
        else:
            break
        current = parent
    if changed == "mixed":
        return name, [(one, value) for one, value in values], False
    return name, [(one, float(value)) for one, value in values], False


def stands_alone(node: ast.Call | None, index: Any) -> bool:
    """Whether :func:`through` finds nothing around a call: its value is bound, kept or shown as it is."""
    around = next(index.ancestors(node), None) if node is not None and index is not None else None
    return isinstance(around, (ast.Assign, ast.Expr, ast.Tuple, ast.List)) or (
        isinstance(around, ast.Call) and node in around.args and call_name(around) == "append"
    )


def kept_of_part(node: ast.Call | None, index: Any) -> str:
    """The metric of a part of the data as which a name keeps a call's value: ``train_score`` of ``train_score =
    m.score(X, y)`` and of ``train_scores.append(m.score(X, y))``; '' of a name that says no part. What ``evaluate`` gives is
    what the name says: ``acc``."""
    around = next(index.ancestors(node), None) if node is not None and index is not None else None
    target: ast.expr | None = None
    if isinstance(around, ast.Call) and isinstance(around.func, ast.Attribute):
        target = around.func.value if call_name(around) == "append" else None
    elif isinstance(around, ast.Assign):
        target = around.targets[0]
    elif isinstance(around, ast.Tuple):
        outer = index.parents.get(around)
        names = outer.targets[0] if isinstance(outer, ast.Assign) else None
        if isinstance(names, ast.Tuple) and len(names.elts) == len(around.elts):
            target = names.elts[around.elts.index(node)]  # type: ignore[arg-type]
    name = singular(target.id) if isinstance(target, ast.Name) else ""
    if node is not None and call_name(node) == "evaluate":
        return name if metric_strength(name) == 2 else ""
    return name if metric_strength(name) and PART.search(name) else ""


def _constant(node: ast.AST) -> float | None:
    """The number that is written there: ``3``, ``-1``, ``1/2``."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        positive = _constant(node.operand)
        return None if positive is None else -positive
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        above, below = _constant(node.left), _constant(node.right)
        return above / below if above is not None and below else None
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]
    return None


def _negated(values: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Errors that a library gives with their sign turned, as they are. A score that is negated for a minimiser
    (``return -model.score(X, y)``) stays the score."""
    if all(value >= 0 for _, value in values):
        return values
    return [(one, value if one.endswith("_std") else -value) for one, value in values]


# -- what is shown ------------------------------------------------------------------------------------------------


def shown_name(expression: ast.expr, lists: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The metric that a shown expression is, by its form or its name; None if it is none. ``lists``: names of
    lists that were filled with values of a metric, and that metric."""
    manual = manual_metric(expression)
    if manual:
        return manual
    if isinstance(expression, ast.Attribute) and metric_strength(expression.attr.strip("_")):
        return expression.attr.rstrip("_")
    average = average_of(expression, lists)
    if average:
        return average
    if isinstance(expression, ast.Subscript):
        return key_of(expression)
    if isinstance(expression, ast.Call):
        name = call_name(expression)
        if name == "sqrt":
            return root_of(expression)
        if name in _RESULTS and isinstance(expression.func, ast.Attribute):
            of = expression.func.value
            made = call_name(of) if isinstance(of, ast.Call) else ""
            return made if metric_strength(made) else None
        if name in OF_THE_SAME and isinstance(expression.func, ast.Attribute):
            inner = expression.func.value
            return inner.id if isinstance(inner, ast.Name) and metric_strength(inner.id) else None
        return function_metric(name, weak=True) or (name if metric_strength(name) else None)
    return None


def _root_name(metric: str, told: str) -> str:
    """``rmse`` of ``mean_squared_error``, ``rmsle`` of that of logarithms, else ``sqrt_`` before what it is ``told`` as."""
    return ROOTS.get(metric, f"sqrt_{told}")


def root_of(call: ast.Call) -> str | None:
    """``valid_rmse`` of ``valid_mse.sqrt()`` and ``np.sqrt(valid_mse)``, ``rmse_resid`` of ``np.sqrt(fit.mse_resid)``,
    ``root_best_score`` of ``np.sqrt(-search.best_score_)``; None of the root of anything else."""
    method = call.func.value if isinstance(call.func, ast.Attribute) else None
    of = call.args[0] if call.args else method
    name = of.id if isinstance(of, ast.Name) else ""
    if isinstance(of, ast.UnaryOp) and isinstance(of.op, ast.USub):
        of = of.operand
    if isinstance(of, ast.Attribute):
        return {"mse_resid": "rmse_resid", "best_score_": "root_best_score"}.get(of.attr)
    return name.lower().replace("mse", "rmse") if words(name)[-1:] == ["mse"] else None


def key_of(expression: ast.expr) -> str | None:
    """The metric that an entry is by its key: ``val_loss`` of ``history["val_loss"][-1]``."""
    found = None
    while isinstance(expression, ast.Subscript):
        key = expression.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and not found:
            found = key.value if metric_strength(key.value) == 2 else None
        expression = expression.value
    return found


_CONVERTS = frozenset("float double int long astype".split())


def with_comparisons(expression: ast.expr, compared: Mapping[str, ast.Compare]) -> ast.expr:
    """The expression with comparisons in place of the names that were bound to them: ``(p == y).mean()`` of
    ``hits.float().mean()`` after ``hits = p == y``."""
    if not any(isinstance(one, ast.Name) and one.id in compared for one in ast.walk(expression)):
        return expression
    spelt: ast.expr = _Compared(compared).visit(copy.deepcopy(expression))
    return spelt


class _Compared(ast.NodeTransformer):
    def __init__(self, compared: Mapping[str, ast.Compare]) -> None:
        self._compared = compared

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._compared.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        visited = self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CONVERTS:
            if isinstance(node.func.value, ast.Compare):
                return node.func.value
        return visited


_AVERAGES = {
    **dict.fromkeys(("mean", "average", "fmean", "nanmean"), "mean"),
    **dict.fromkeys(("median", "nanmedian"), "median"),
    **dict.fromkeys(("std", "stdev", "pstdev", "nanstd"), "std"),
}


def average_of(expression: ast.expr, lists: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """``acc_mean`` of ``np.mean(accs)`` and ``accs.mean()``, ``acc_std`` of their deviation, ``acc_median``, by the list's name or
    by what it was filled with (``lists``); ``root_score_mean`` of ``np.sqrt(-scores).mean()``."""
    expression, outside = _under_root(expression)
    expression = _divided_sum(expression) or expression
    if not isinstance(expression, ast.Call):
        return None
    if not all(one.arg in ("axis", "ddof") for one in expression.keywords):
        return None
    called = _AVERAGES.get(call_name(expression))
    given = expression.args[0] if len(expression.args) == 1 else None
    if called is None or (given is None and expression.args):
        return None
    owner = expression.func.value if isinstance(expression.func, ast.Attribute) else None
    given = given if given is not None else owner
    if given is None:
        return None
    values, inside = _under_root(given)
    if not isinstance(values, ast.Name):
        return None
    name = values.id if metric_strength(values.id) else lists.get(values.id)
    if not name:
        return None
    of = singular(name)
    if outside or inside:
        of = "rmse" if "mse" in words(name) else f"root_{of}"
    return f"{of}_{called}"


def _divided_sum(expression: ast.expr) -> ast.Call | None:
    """``mean(accs)`` of ``sum(accs) / len(accs)``."""
    if not isinstance(expression, ast.BinOp) or not isinstance(expression.op, ast.Div):
        return None
    calls = expression.left, expression.right
    if not all(isinstance(one, ast.Call) and len(one.args) == 1 for one in calls):
        return None
    total, count = cast(tuple[ast.Call, ast.Call], calls)
    same = ast.unparse(total.args[0]) == ast.unparse(count.args[0])
    if not same or (call_name(total), call_name(count)) != ("sum", "len"):
        return None
    return ast.Call(ast.Name("mean", ast.Load()), total.args, [])


def _under_root(expression: ast.expr) -> tuple[ast.expr, bool]:
    """What a square root is around, but for signs, and whether there is one: ``scores`` of ``np.sqrt(-scores)``."""
    inner, root = expression, False
    while True:
        if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub):
            inner = inner.operand
        elif isinstance(inner, ast.Call) and call_name(inner) == "sqrt" and len(inner.args) == 1:
            inner, root = inner.args[0], True
        else:
            return (inner, True) if root else (expression, False)


def shown_expressions(root: ast.expr) -> list[ast.expr]:
    """The expression itself, and the arguments of ``print``, of formatting and of f-strings in it."""
    if isinstance(root, ast.Call) and call_name(root) in ("print", "display"):
        found: list[ast.expr] = []
        for value in (*root.args, *(keyword.value for keyword in root.keywords)):
            found.extend(_formatted(value))
        return found
    if isinstance(root, ast.Tuple):
        return [part for element in root.elts for part in _formatted(element)]
    if isinstance(root, ast.Call) and call_name(root) == "round":
        return _formatted(root)
    return [root]


def _formatted(value: ast.expr) -> list[ast.expr]:
    return [_as_fraction(one) for one in _parts(value)]


def _as_fraction(value: ast.expr) -> ast.expr:
    """What is shown in percent: ``accs.mean()`` of ``accs.mean() * 100``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        for side, other in ((value.left, value.right), (value.right, value.left)):
            if isinstance(side, ast.Constant) and side.value == 100:
                return other
    return value


def _parts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.JoinedStr):
        return [part.value for part in value.values if isinstance(part, ast.FormattedValue)]
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "format"
    ):
        return [*value.args, *(keyword.value for keyword in value.keywords)]
    if isinstance(value, ast.Call) and call_name(value) in ("str", "round", "repr") and value.args:
        return _formatted(value.args[0])
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod):
        return list(value.right.elts) if isinstance(value.right, ast.Tuple) else [value.right]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and not manual_metric(value):
        return [*_formatted(value.left), *_formatted(value.right)]
    return [value]


# -- what is printed and kept in loops ----------------------------------------------------------------------------


def bound_in(top: ast.AST) -> dict[str, ast.expr]:
    """What plain names are bound by in a tree, the last of each."""
    return {
        target.id: node.value
        for node in ast.walk(top)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


_NUMERIC = frozenset("np numpy pd pandas torch".split())


def demonstrates(expression: ast.expr) -> bool:
    """Whether a function is tried out in it on numbers written there: ``mse(np.array([1, 2]), np.array([2, 2]))``."""
    for call in ast.walk(expression):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            names = {n.id for one in given for n in ast.walk(one) if isinstance(n, ast.Name)}
            if names <= _NUMERIC and not all(isinstance(one, ast.Constant) for one in given):
                return True
    return False


def is_gap(expression: ast.expr) -> bool:
    """Whether it is the difference of two values of one metric, which is no value of it: ``one.rsquared - other.rsquared``."""
    while isinstance(expression, ast.Call) and call_name(expression) in _SAME_VALUE:
        method = expression.func.value if isinstance(expression.func, ast.Attribute) else None
        inner = expression.args[0] if expression.args else method
        if inner is None:
            return False
        expression = inner
    expression = _as_fraction(expression)
    if not isinstance(expression, ast.BinOp) or not isinstance(expression.op, ast.Sub):
        return False
    left, right = (_metrics_named(side) for side in (expression.left, expression.right))
    return not left.isdisjoint(right)


def _metrics_named(side: ast.expr) -> set[str]:
    """The metrics that a term is of by its own name: ``acc`` of ``test_acc`` and of ``float(test_acc)``."""
    while isinstance(side, ast.Call) and call_name(side) in _SAME_VALUE and side.args:
        side = side.args[0]
    if isinstance(side, ast.Subscript):
        return {one for one in words(key_of(side) or "") if metric_strength(one)}
    name = side.id if isinstance(side, ast.Name) else getattr(side, "attr", "")
    return {one for one in words(name) if metric_strength(one)}


_HITS = frozenset({"correct", "corrects"})


def _share_of_hits(expression: ast.expr) -> bool:
    """``correct / total``, also in percent: a count by its name, of whatever it is divided by."""
    expression = _as_fraction(expression)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Mult):
        return _share_of_hits(expression.left) or _share_of_hits(expression.right)
    if not isinstance(expression, ast.BinOp) or not isinstance(expression.op, ast.Div):
        return False
    if isinstance(expression.right, ast.Constant):
        return False
    above = _as_fraction(expression.left)
    while isinstance(above, ast.Call) and call_name(above) in (
        *OF_THE_SAME,
        "float",
        "double",
        "sum",
    ):
        method = above.func.value if isinstance(above.func, ast.Attribute) else None
        above = above.args[0] if above.args else method or ast.Constant(0)
    return isinstance(above, ast.Name) and not _HITS.isdisjoint(words(above.id))


def _predicts(expression: ast.expr) -> bool:
    """Whether something is predicted in it: ``(m.predict(X) == y).mean()``."""
    return any(
        isinstance(one, ast.Call) and call_name(one).startswith("predict")
        for one in ast.walk(expression)
    )


def metric_in(argument: ast.expr, counted: Mapping[str, ast.expr], *, weak: bool = False) -> str:
    """The metric that an expression gives by the names in it, or by hand: ``n_correct / len(y)``. ``weak``: also of a
    function named like what only a model or a course makes a metric (``compute_cost(X, y, w)``)."""
    if demonstrates(argument) or is_gap(argument):
        return ""
    if _share_of_hits(argument):
        return "accuracy"
    compared = manual_metric(argument)
    if compared and (of_predictions(argument) or _predicts(argument)):
        return compared
    if isinstance(argument, ast.BinOp) and isinstance(argument.left, ast.Name):
        spelt = counted.get(argument.left.id)
        if spelt is not None:
            manual = manual_metric(ast.BinOp(spelt, argument.op, argument.right))
            if manual:
                return manual
    if isinstance(argument, ast.Attribute) and BLOCKED & set(words(argument.attr)):
        return ""  # `loss_test.pvalue`, `losses.shape`
    if isinstance(argument, ast.Attribute) and argument.attr.endswith("_"):
        return argument.attr.strip("_") if metric_strength(argument.attr.strip("_")) else ""
    if isinstance(argument, ast.Subscript) and key_of(argument):
        return key_of(argument) or ""
    if isinstance(argument, ast.Name) and metric_strength(argument.id) < 2:
        bound = counted.get(argument.id)
        if isinstance(bound, ast.Call) and isinstance(bound.func, ast.Name):
            return function_metric(bound.func.id)  # `score = rmse(y, p)`
        by_hand = manual_metric(bound) if bound and not metric_strength(argument.id) else None
        if bound and by_hand and (of_predictions(bound) or _predicts(bound)):
            return by_hand  # `fold = np.mean(prediction == target[test])`
    if isinstance(argument, ast.Call):
        called = call_name(argument)
        if isinstance(argument.func, ast.Name) and function_metric(called, weak):
            return function_metric(called, weak)
        if called not in _SAME_VALUE and metric_strength(called) < 2:
            return ""  # `len(losses)`, `np.argmin(losses)`, `type(acc)`
    if isinstance(argument, ast.Compare):
        return ""
    names = [one.id for one in ast.walk(argument) if isinstance(one, ast.Name)]
    names += [one.attr for one in ast.walk(argument) if isinstance(one, ast.Attribute)]
    return next((word for word in names if metric_strength(word) == 2), "")
