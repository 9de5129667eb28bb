"""What a statement displays or gives to ``print``: attributes, metrics written by hand, results of own functions."""

from __future__ import annotations

import ast
import copy
from types import FunctionType
from typing import Any, cast

from ..candidates import Candidates
from ..cells.frames import NamespaceScope, World
from ..cells.objects import object_at
from ..cells.rounds import items_of
from ..cells.running import Execution, Running
from ..source.dataflow import refs_of
from ..source.syntax import call_name
from ..source.usercode import is_own_class
from ..source.wording import words
from .by_hand import manual_metric, of_predictions, truths_in
from .comprehended import comprehensions_in, parts_of, rows_of_each
from .expressions import (
    OF_THE_SAME,
    average_of,
    demonstrates,
    shown_expressions,
    shown_name,
    with_comparisons,
)
from .indexed import entries_of
from .kept import attribute_of
from .learners import own_metric, returned_names, takes_data
from .metrics import metric_strength, real_scalar, tidy
from .reporting import Measured, Reporter
from .returned import given_to
from .toys import Toys
from .values import is_row, rounded, same, was_printed

MAX_RETURNED = 10
"""Values that a function gives side by side."""
MAX_PURE_ELEMENTS = 1_000_000
"""Operands of a hand-written metric in a ``print`` larger than this are not computed again."""
_EVALUATES = frozenset("evaluate evaluation eval".split())
_PURE = frozenset(
    "mean median std sum len abs sqrt float round average square absolute fabs count_nonzero ravel flatten int asarray array"
    " argmax astype double int long trace diag diagonal reshape squeeze where to_numpy numpy item detach cpu tolist eq"
    " pow power log log1p subtract equal not_equal var average fmean nanmean nanmedian nanstd stdev pstdev".split()
)
"""Functions that a shown metric may call and still be worked out again."""


class Shown:
    """Looks at a statement that is an expression."""

    def __init__(
        self, world: World, candidates: Candidates, reporter: Reporter, toys: Toys
    ) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter
        self.toys = toys
        self._compared: dict[str, ast.Compare] = {}
        """Top-level names that are the outcome of a comparison, each with that."""

    def look(self, execution: Execution, running: Running, result: Any) -> None:
        """The statement's value, and what it gives to ``print``: attributes such as ``oob_score_``, metrics
        written out by hand, results of functions named like a metric."""
        node = running.node
        for bound in running.info.binds:
            self._compared.pop(bound, None)
        if isinstance(node, (ast.Expr, ast.Assign)):
            self._each(result, execution, running)
        if not isinstance(node, ast.Expr):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Compare):
                self._compared.update(dict.fromkeys(running.info.binds, node.value))
            return
        scope = NamespaceScope(self.world, (10**9, 0))
        self._metric_object(result, execution, running, scope)
        self._several(result, execution, running, scope)
        expressions = shown_expressions(node.value)
        for expression in expressions:
            if demonstrates(expression):
                continue
            whole = expression is node.value
            spelt = with_comparisons(expression, self._compared)
            name = shown_name(spelt, self.reporter.lists) or own_metric(self.world, expression)
            name = name or curve_of(expression) or (self._evaluated(expression) if whole else "")
            if not name:
                continue
            value = real_scalar(_only(result)) if whole else None
            if value is None and not whole:
                value = self._evaluate(expression, running)
            if value is None or any(same(value, other) for _, _, other in running.measured):
                continue
            refs = refs_of(expression, scope)
            if isinstance(expression, ast.Attribute) and not refs:
                continue
            entry = isinstance(expression, ast.Subscript)
            if entry and len(refs) != 1 and self.reporter.told(value):
                continue  # of a table of what was told: nothing is worked out here
            if curve_of(expression) and len(refs) != 1:
                continue
            if manual_metric(spelt) and _agreement(spelt, scope):
                continue
            if not refs and self.toys.behind(expression) and not self.candidates.current():
                continue
            if not refs and whole:
                refs = running.worked_with  # made, fitted and measured in a function
            strength = metric_strength(name)
            loose = of_predictions(spelt) if manual_metric(spelt) else strength == 2
            loose = loose or (self._called_own(expression) and takes_data(expression))
            together = len(refs) > 1 and self._called_own(expression)
            if len(refs) != 1 and not (loose or together) and not self.candidates.current():
                continue
            # `accuracy(net, test)` may give what `accuracy(net, train)` gave
            again = tidy(name) if whole and self._called_own(expression) else ""
            if self.reporter.known(value, refs, again):
                continue
            self.reporter.report(
                Measured(tidy(name), value, given_to(expression), refs),
                execution,
                running,
            )

    def _metric_object(
        self, result: Any, execution: Execution, running: Running, scope: NamespaceScope
    ) -> None:
        """A displayed object of a library's metrics that has counted: River's ``MAE: 0.31``."""
        value = _counted(result)
        if value is None or not isinstance(running.node, ast.Expr):
            return
        refs = refs_of(running.node.value, scope)
        text = ast.unparse(running.node.value)[:60]
        if len(refs) == 1 or self.candidates.current():
            measured = Measured(tidy(type(result).__name__), value, (text,), refs)
            self.reporter.report(measured, execution, running)

    def _several(
        self, result: Any, execution: Execution, running: Running, scope: NamespaceScope
    ) -> None:
        """A displayed dict, or pandas series, of metrics of one model: ``{"accuracy": 0.9, "f1": 0.8}`` of
        ``metric.compute()``."""
        returned = type(result) is tuple and len(result) <= MAX_RETURNED
        # what a function of the notebook's gives by such names, `return precision, recall`
        names = returned_names(self.world, running.node, len(result)) if returned else []
        entries = list(zip(names, result)) if names else list(entries_of(result))
        if not entries:
            return
        shown = cast(ast.Expr, running.node).value
        refs = refs_of(shown, scope)
        if len(refs) != 1 and not self.candidates.current():
            return
        text = ast.unparse(running.node)[:60]
        kept = isinstance(
            shown, (ast.Name, ast.Subscript, ast.Attribute)
        )  # nothing is measured again
        strengths = {key: metric_strength(key) for key, _ in entries if isinstance(key, str)}
        certain = 2 in strengths.values() or (bool(names) and all(strengths.values()))
        if not certain or all(map(_of_feature, strengths)):
            return
        for key, given in entries:
            value = real_scalar(given)
            if value is None or not strengths.get(key, 0):
                continue
            if self.reporter.known(value, refs, "" if kept else key):
                continue
            spelt = rounded([value])
            if not any(
                same(value, other) or was_printed(other, spelt) for _, _, other in running.measured
            ):
                self.reporter.report(Measured(tidy(key), value, (text,), refs), execution, running)

    def _each(self, result: Any, execution: Execution, running: Running) -> None:
        """Metrics written by hand, or given by a function of the user's, in a comprehension over models or predictions:
        each is of the one behind its item."""
        scope = NamespaceScope(self.world, (10**9, 0))

        def metric(part: ast.expr) -> str:
            return manual_metric(part) or own_metric(self.world, part)

        for made in comprehensions_in(running.node, metric):
            items = items_of(made.generators[0], self.world.namespace)
            parts = parts_of(made)
            given = [result, *map(self.world.namespace.get, running.info.binds)]
            rows = rows_of_each(given, len(items), [bool(metric(part)) for part in parts])
            unknown: list[list[float | None]] = [[None] * len(parts) for _ in items]
            for names, values in zip(items, rows or unknown):
                exact = [self.world.exact(one) for one in names.values() if one is not None]
                refs = frozenset(one for found in exact for one in found or ())
                if len(refs) != 1:
                    continue
                for part, known in zip(parts, values):
                    name = metric(part)
                    value = known
                    if name and value is None:
                        value = self._evaluate(part, running, names)
                    others = {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
                    behind = (scope.name(one) for one in others.difference(names))
                    if not name or value is None or any(one - refs for one in behind):
                        continue
                    if not any(
                        same(value, told) and owner in refs for owner, _, told in running.measured
                    ) and not self.reporter.known(value, refs):
                        measured = Measured(tidy(name), value, ("each",), refs)
                        self.reporter.report(measured, execution, running)

    def _evaluate(
        self, expression: ast.expr, running: Running, names: dict[str, Any] | None = None
    ) -> float | None:
        """The value of a shown expression, worked out again where that runs no code of the user's and is cheap."""
        namespace = {**self.world.namespace, **names} if names else self.world.namespace
        if isinstance(expression, ast.Attribute):
            return self._attribute(expression)
        place = _place_of(expression) if curve_of(expression) else None
        if place is not None:
            value = self._at(place)
            return value if value is None or place is expression else 1 - value
        if isinstance(expression, ast.Subscript):
            return real_scalar(object_at(expression, namespace.get))
        if isinstance(expression, ast.Call) and call_name(expression) in OF_THE_SAME:
            receiver = cast(ast.Attribute, expression.func).value
            return real_scalar(object_at(receiver, namespace.get))
        spelt = with_comparisons(expression, self._compared)
        if not manual_metric(spelt) and not average_of(expression, self.reporter.lists):
            return None
        known: dict[str, Any] = {}
        results = {} if names else running.results  # of an item the last one's is none of its own
        copied = copy.deepcopy(expression, _keep(results))
        expression = cast(ast.expr, _Known(results, known).visit(copied))
        values = {**namespace, **known}
        for node in ast.walk(expression):
            if isinstance(node, ast.Name):
                value = values.get(node.id)
                if type(value) is FunctionType and is_own_class(value):
                    return None
                if type(value).__module__.partition(".")[0] not in (
                    "numpy",
                    "pandas",
                    "torch",
                    "builtins",
                ):
                    return None
                size = getattr(value, "size", 0)
                if isinstance(size, int) and size > MAX_PURE_ELEMENTS:
                    return None
            elif (isinstance(node, ast.Call) and call_name(node) not in _PURE) or isinstance(
                node, (ast.NamedExpr, ast.Await, ast.Lambda)
            ):
                return None
        try:
            code = compile(ast.fix_missing_locations(ast.Expression(expression)), "<mlops>", "eval")
            return real_scalar(eval(code, values))  # noqa: S307 - arithmetic of arrays the cell has just computed itself
        except Exception:  # shapes may have changed since
            return None

    def _evaluated(self, expression: ast.expr) -> str:
        """The metric that a displayed call of the user's ``evaluate(model, batches, rmse)`` gives, by the function that it is
        given, else by its own name; '' of anything else."""
        if not isinstance(expression, ast.Call) or not self._called_own(expression):
            return ""
        if _EVALUATES.isdisjoint(words(call_name(expression))):
            return ""
        passed = [one.id for one in expression.args if isinstance(one, ast.Name)]
        plain = len(passed) == len(expression.args) and not expression.keywords
        metrics = [name for name in passed if metric_strength(name) == 2] if plain else []
        return metrics[0] if len(metrics) == 1 else call_name(expression)

    def _called_own(self, expression: ast.expr) -> bool:
        """Whether it calls a function of the user's: ``coverage(y, low.predict(X), high.predict(X))``."""
        return (
            isinstance(expression, ast.Call)
            and isinstance(expression.func, ast.Name)
            and (self.world.own_function(expression.func.id) is not None)
        )

    def _at(self, expression: ast.Subscript) -> float | None:
        """The value of an array at a place: of a plain row of numbers only."""
        row: Any = object_at(expression.value, self.world.namespace.get)
        place = expression.slice
        at: Any = (
            place.value
            if isinstance(place, ast.Constant)
            else object_at(place, self.world.namespace.get)
        )
        number = real_scalar(at)
        if not is_row(row) or number is None or number != int(number):
            return None
        return real_scalar(row[int(number)]) if -len(row) <= number < len(row) else None

    def _attribute(self, expression: ast.Attribute) -> float | None:
        """The value of an attribute; of a library's model also if it is worked out when asked, as it just was."""
        lookup = self.world.namespace.get
        value = object_at(expression, lookup)
        if value is None:
            owner = object_at(expression.value, lookup)
            value = attribute_of(self.world, owner, expression.attr)
        return real_scalar(value)


_RATES = {"tpr": "fnr", "fpr": "tnr", "tnr": "fpr", "fnr": "tpr"}
"""Rates of which an array is a curve over thresholds, each with what it leaves of one."""


def curve_of(expression: ast.expr) -> str:
    """``tpr`` of ``tpr[best]``, ``tnr`` of ``1 - fpr[best]``: the metric of which an array holds one value a
    threshold; '' of anything else."""
    place = _place_of(expression)
    if place is None or isinstance(place.slice, (ast.Slice, ast.Tuple)):
        return ""
    if isinstance(place.slice, ast.Constant) and type(place.slice.value) is not int:
        return ""
    name = cast(ast.Name, place.value).id
    if place is not expression:
        return _RATES.get(name, "")
    return name if name in _RATES or metric_strength(name) == 2 else ""


def _place_of(expression: ast.expr) -> ast.Subscript | None:
    """``fpr[best]`` of itself and of ``1 - fpr[best]``."""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Sub):
        one = isinstance(expression.left, ast.Constant) and expression.left.value == 1
        expression = expression.right if one else expression
    plain = isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Name)
    return cast(ast.Subscript, expression) if plain else None


def _of_feature(key: str) -> bool:
    """Whether it is what XGBoost calls a column without a name: ``f1`` is one of them."""
    return key[:1] == "f" and key[1:].isdigit()


def _agreement(expression: ast.expr, scope: NamespaceScope) -> bool:
    """Whether it compares what one model predicts with what another does, and neither side is called a truth."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Compare):
            left, right = (refs_of(side, scope) for side in (node.left, node.comparators[0]))
            return bool(left and right) and not (left & right or truths_in(node))
    return False


def _counted(result: Any) -> float | None:
    """The value of a metric that is an object: its class comes from a library's ``metrics`` and has ``get``."""
    cls = type(result)
    if "metrics" not in cls.__module__.split(".")[1:] or not (
        hasattr(cls, "get") and hasattr(cls, "update")
    ):
        return None
    try:
        return real_scalar(result.get())
    except Exception:  # one that wants arguments, or has not counted anything
        return None


def _only(result: Any) -> Any:
    """A result, or the one number in the list that it is."""
    return result[0] if type(result) is list and len(result) == 1 else result


class _Known(ast.NodeTransformer):
    """Puts names for the calls whose results are known."""

    def __init__(self, results: dict[ast.AST, Any], names: dict[str, Any]) -> None:
        self._results = results
        self._names = names

    def visit(self, node: ast.AST) -> ast.AST:
        """A name for a call that was seen, else the node as it is."""
        if node in self._results:
            name = f"_mlops_{len(self._names)}"
            self._names[name] = self._results[node]
            return ast.Name(name, ast.Load())
        visited: ast.AST = super().generic_visit(node)
        return visited


def _keep(results: dict[ast.AST, Any]) -> dict[int, Any]:
    """A memo for ``copy.deepcopy`` by which the calls seen stay the very nodes."""
    return {id(node): node for node in results}
