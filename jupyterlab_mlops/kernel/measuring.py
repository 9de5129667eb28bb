"""From observed metric calls, named values and printed lines to metrics of the right candidate."""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import FunctionType
from typing import Any, cast

from . import series
from .candidates import Candidate, Candidates, Execution, Running
from .dataflow import NONE, Refs, call_name, refs_of
from .frames import FrameScope, NamespaceScope, World, object_at
from .journal import Journal
from .metrics import (
    function_metric,
    manual_metric,
    metric_strength,
    rate_of,
    real_scalar,
    spread,
    tidy,
    words,
)
from .observe import Call
from .series import Point

MAX_PURE_ELEMENTS = 1_000_000
"""Operands of a hand-written metric in a ``print`` larger than this are not computed again."""

_PURE = frozenset(
    "mean std sum len abs sqrt float round average square absolute fabs count_nonzero ravel flatten int".split()
)
"""Functions that a shown metric may call and still be worked out again."""
_SAME_VALUE = frozenset("float round str item mean format numpy abs sqrt".split())
"""Functions and methods whose printed result still is the metric given to them."""
_OF_THE_SAME = frozenset("item detach cpu numpy tolist".split())
"""Methods that give the very value of a tensor."""
_SQUARED = frozenset({"mean_squared_error", "mse", "mean_squared_log_error"})
_NAMES = {"mean_squared_error": "mse", "mean_absolute_error": "mae"}


@dataclass
class Measured:
    """One scalar that a call gave, with the name it goes by and what tells it from others of that name."""

    name: str
    value: float
    signature: tuple[str, ...]
    refs: Refs[str]
    source: str = "variable"


@dataclass
class Measuring:
    """Attributes and reports metrics. One a kernel."""

    journal: Journal
    world: World
    candidates: Candidates
    _loose: Candidate = field(default_factory=lambda: Candidate("", "run"))
    """Names and values of metrics that belong to the notebook run."""
    _listed: set[str] = field(default_factory=set)
    """Lists of the running statement that were told as series: printed excerpts of them add nothing."""

    def new_cell(self) -> None:
        """A cell begins: what belonged to an earlier notebook run says nothing about this one."""
        self._loose.values.clear()

    # -- observed calls -------------------------------------------------------------------------------------------

    def called(self, call: Call, result: Any, execution: Execution, running: Running) -> None:
        """A metric function, a ``.score`` or a cross-validation of the user's has returned."""
        node, scope = self.world.call_of(call.frame, call.name)
        refs = self._refs(call, node, scope)
        name, values = self._values(call, node, result, running)
        if not values:
            return
        told = ("series",) if "measured" in call.notes else ()
        signature = told or self._signature(call, node, scope, running)
        name, values, covered = _through(
            node, self.world.trees.index(call.frame.f_code.co_filename), name, values
        )
        if covered:
            return
        for one, value in values:
            measured = Measured(one, value, signature, refs)
            if scope.top:
                self.report(measured, execution, running)
            else:
                running.measured.append((self.candidates.owner(refs), one, value))
                running.pending.append(measured)

    def _refs(self, call: Call, node: ast.Call | None, scope: FrameScope) -> Refs[str]:
        if call.notes.get("candidate"):
            return frozenset((call.notes["candidate"],))
        if call.owner is not None and call.kind == "score":
            own = self.world.registry.get(call.owner)
            if own is not None:
                return frozenset((own,))
            if node is not None and isinstance(node.func, ast.Attribute):
                found = refs_of(node.func.value, scope)
                if found:
                    return found
        given = list(call.args) + list(call.kwargs.values())
        nodes: list[ast.expr | None] = [None] * len(given)
        if node is not None and not any(isinstance(one, ast.Starred) for one in node.args):
            nodes = [*node.args, *(keyword.value for keyword in node.keywords)]
        found = NONE
        for place, value in enumerate(given):
            exact = self.world.exact(value) if value is not None else None
            expression = nodes[place] if place < len(nodes) else None
            if exact is not None:
                found |= exact
            elif expression is not None:
                found |= refs_of(expression, scope)
        return found

    def _values(
        self, call: Call, node: ast.Call | None, result: Any, running: Running
    ) -> tuple[str, list[tuple[str, Any]]]:
        name = call.notes.get("name") or call.name
        if "measured" in call.notes:
            return name, call.notes["measured"]
        if (
            call.kind == "score"
            and call.owner is not None
            and self.world.registry.get(call.owner) is None
        ):
            name = (
                f"{type(call.owner).__name__}.{name}"  # a part of the model, not the model itself
            )
        if call.kind == "cv":
            return name, _cross_validated(name, result)
        if call.kind == "score" and isinstance(result, (list, tuple)):
            labels = call.notes.get("labels") or [f"{name}_{place}" for place in range(len(result))]
            pairs = zip(labels, result)
            return name, [
                (label, number)
                for label, item in pairs
                if (number := real_scalar(item)) is not None
            ]
        return name, list(spread(name, result))

    def _signature(
        self, call: Call, node: ast.Call | None, scope: FrameScope, running: Running
    ) -> tuple[str, ...]:
        """What was measured: the argument expressions, by the top-level names of their objects inside functions."""
        if node is None:
            return tuple(type(value).__name__ for value in call.args)
        parts = []
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        for place, expression in enumerate(given):
            text = running.texts.get(id(expression))
            if text is None:
                text = running.texts[id(expression)] = ast.unparse(expression)[:60]
            if not scope.top and isinstance(expression, ast.Name):
                text = self._top_name(scope.value(expression.id)) or text
            if place >= len(node.args):
                text = f"{node.keywords[place - len(node.args)].arg}={text}"
            parts.append(text)
        return tuple(parts)

    def _top_name(self, value: Any) -> str | None:
        if value is None or isinstance(value, (bool, int, float, str)):
            return None
        for name, other in list(self.world.namespace.items()):
            if other is value and not name.startswith("_"):
                return name
        return None

    # -- reporting ------------------------------------------------------------------------------------------------

    def report(
        self, measured: Measured, execution: Execution, running: Running, step: int | None = None
    ) -> None:
        """Say a metric: to its one candidate, else to the notebook run."""
        owner = self.candidates.owner(measured.refs)
        running.measured.append((owner, measured.name, measured.value))
        if owner is None and not self.candidates.automatic:
            return
        candidate = self.candidates.get(owner)
        if (
            candidate is not None
            and candidate.origin == "mlflow"
            and self.candidates.mlflow_run() == owner
        ):
            return  # the user logs there himself
        if candidate is not None:
            execution.touched.add(candidate.id)
            candidate.dirty = candidate.dirty or (candidate.fits > 0 and not candidate.variable)
        kept = candidate or self._loose
        name = unique_name(measured.name, measured.signature, kept.metric_names)
        kept.values.append((name, measured.value))
        self.journal.metrics(
            owner, [(name, measured.value, step)], execution.msg_id, measured.source
        )

    def surface(self, execution: Execution, running: Running, result: Any, printed: str) -> None:
        """Report what functions measured inside, where the value came out: bound, displayed or printed."""
        if not running.pending:
            return
        seen = set(_scalars(result))
        names = (*running.info.binds, *running.info.changes)
        for name in names:
            seen.update(_scalars(self.world.namespace.get(name)))
        numbers = _printed_numbers(printed)
        repeated: dict[tuple[Any, ...], int] = {}
        for measured in running.pending:
            key = (measured.name, measured.signature, measured.refs)
            repeated[key] = repeated.get(key, 0) + 1
        for measured in running.pending:
            series_of = len(measured.refs) == 1 and next(iter(measured.refs)) in running.trained
            if series_of and repeated[(measured.name, measured.signature, measured.refs)] >= 3:
                self.report(
                    measured, execution, running
                )  # a bootstrap's or a learning curve's own series
                continue
            if measured.value in seen or _was_printed(measured.value, numbers):
                self.report(measured, execution, running)
        running.pending.clear()

    # -- named values ---------------------------------------------------------------------------------------------

    def named(self, execution: Execution, running: Running, scope: NamespaceScope) -> None:
        """Top-level names bound to scalars that are metrics by their name (``rmse = np.sqrt(…)``)."""
        info = running.info
        for name in info.binds | info.changes:
            strength = metric_strength(name)
            called = "" if strength == 2 else self._metric_call(name, running)
            if called and not running.compound:
                self._by_call(name, called, execution, running, scope)
                continue
            if not strength or name in info.literals:
                continue
            value = real_scalar(self.world.namespace.get(name))
            if value is None or not self._computed(name, running):
                continue
            if any(_same(value, other) for _, _, other in running.measured):
                continue
            if running.compound and any(_related(name, other) for _, other, _ in running.measured):
                continue
            refs = self._named_refs(name, running, scope)
            if strength < 2 and len(refs) != 1 and not self.candidates.current():
                continue
            if self._known(value, refs, name):
                continue
            self.report(Measured(name, value, ("=",), refs), execution, running)

    def _metric_call(self, name: str, running: Running) -> str:
        """``rmse`` where the name was bound by a call of the user's function of that name, ``precision`` where by
        hand; else ''."""
        mine = [one for one in running.definitions if name in one.names and not one.inner]
        value = mine[-1].value if len(mine) == 1 and not mine[-1].loop else None
        if value is not None and not metric_strength(name):
            manual = rate_of(value) or manual_metric(value)
            if manual:
                return manual
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            return ""
        called = value.func.id
        function = self.world.namespace.get(called)
        own = type(function) is FunctionType and function.__globals__ is self.world.namespace
        return function_metric(called) if own else ""

    @staticmethod
    def _function_of(name: str, running: Running) -> str:
        """The function that the name was bound by, '' if by no plain call."""
        mine = [one for one in running.definitions if name in one.names and not one.inner]
        value = mine[-1].value if len(mine) == 1 else None
        return (
            call_name(value)
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
            else ""
        )

    def _by_call(
        self,
        name: str,
        called: str,
        execution: Execution,
        running: Running,
        scope: NamespaceScope,
    ) -> None:
        value = real_scalar(self.world.namespace.get(name))
        refs = scope.name(name)
        by_function = bool(self._function_of(name, running))
        if (
            value is None
            or (len(refs) != 1 and not by_function)
            or self._known(value, refs, called)
        ):
            return
        if not any(_same(value, other) for _, _, other in running.measured):
            self.report(Measured(called, value, ("call", name), refs), execution, running)

    def _named_refs(self, name: str, running: Running, scope: NamespaceScope) -> Refs[str]:
        if running.compound:
            if len(running.trained) == 1:
                return frozenset(running.trained)
            live = NamespaceScope(self.world, (10**9, 0))
            found = live.name(name)
            return found if len(found) == 1 else scope.name(name)
        found = scope.name(name)
        if not found and len(running.trained) == 1:
            return frozenset(running.trained)  # trained and measured inside a function
        return found

    @staticmethod
    def _computed(name: str, running: Running) -> bool:
        """Whether the name's value was worked out here, not merely copied from another name."""
        mine = [one for one in running.definitions if name in one.names and not one.inner]
        if not mine or mine[-1].loop:
            return False
        value = mine[-1].value
        while (
            isinstance(value, ast.Call)
            and call_name(value) in ("float", "round", "int")
            and value.args
        ):
            value = value.args[0]
        if isinstance(value, (ast.Name, ast.Constant)):
            return False
        if isinstance(value, ast.Subscript):
            return isinstance(value.value, ast.Call)
        if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div)):
            # `accuracy * 100` of a known name is the same metric in another unit
            names = [side for side in (value.left, value.right) if isinstance(side, ast.Name)]
            others = [side for side in (value.left, value.right) if isinstance(side, ast.Constant)]
            if names and others:
                return False
        return not any(
            isinstance(node, ast.Call) and call_name(node) in ("input", "linspace")
            for node in ast.walk(value)
        )

    def _known(self, value: float, refs: Refs[str], name: str = "") -> bool:
        """Whether the value was told under another name (the same name again is a new measurement)."""
        kept = self.candidates.get(next(iter(refs))) if len(refs) == 1 else self._loose
        return kept is not None and any(
            _same(value, other) and known != name for known, other in kept.values
        )

    def _told(self, value: float) -> bool:
        """Whether this very value was told lately, of whatever candidate."""
        recent = islice(reversed(self.candidates.known.values()), 50)
        return any(_same(value, other) for one in recent for _, other in one.values)

    def _restated(self, point: Point) -> bool:
        """Whether a printed value is one that was told lately of some candidate under such a name."""
        recent = islice(reversed(self.candidates.known.values()), 50)
        return any(
            _related(point.name, name) and _matches(point, other)
            for one in recent
            for name, other in one.values
        )

    def _called(self, running: Running) -> list[ast.AST]:
        """The definitions of the user's functions that the statement may call."""
        found: list[ast.AST] = []
        for name in sorted(self.candidates.lineage.reached(running.info.reads)):
            function = self.world.namespace.get(name)
            if type(function) is FunctionType and function.__globals__ is self.world.namespace:
                node = self.world.trees.function(function.__code__)
                if node is not None:
                    found.append(node)
        return found

    # -- expressions shown ----------------------------------------------------------------------------------------

    def shown(self, execution: Execution, running: Running, result: Any) -> None:
        """The statement's value, and what it gives to ``print``: attributes such as ``oob_score_``, metrics
        written out by hand, results of functions named like a metric."""
        node = running.node
        if not isinstance(node, ast.Expr):
            return
        scope = NamespaceScope(self.world, (10**9, 0))
        expressions = _shown_expressions(node.value)
        for expression in expressions:
            whole = expression is node.value
            name = self._shown_name(expression)
            if name is None:
                continue
            value = real_scalar(result) if whole else None
            if value is None and not whole:
                value = self._evaluate(expression, running)
            if value is None or any(_same(value, other) for _, _, other in running.measured):
                continue
            refs = refs_of(expression, scope)
            if isinstance(expression, ast.Attribute) and not refs:
                continue
            strength = metric_strength(name)
            if (
                len(refs) != 1
                and (strength < 2 or manual_metric(expression))
                and not self.candidates.current()
            ):
                continue
            if self._known(value, refs):
                continue
            self.report(
                Measured(tidy(name), value, (ast.unparse(expression)[:60],), refs),
                execution,
                running,
            )

    @staticmethod
    def _shown_name(expression: ast.expr) -> str | None:
        manual = manual_metric(expression)
        if manual:
            return manual
        if isinstance(expression, ast.Attribute) and metric_strength(expression.attr.strip("_")):
            return expression.attr.rstrip("_")
        average = _average_of(expression)
        if average:
            return average
        if isinstance(expression, ast.Call):
            name = call_name(expression)
            if name in _OF_THE_SAME and isinstance(expression.func, ast.Attribute):
                inner = expression.func.value
                return (
                    inner.id if isinstance(inner, ast.Name) and metric_strength(inner.id) else None
                )
            return function_metric(name) or (name if metric_strength(name) else None)
        return None

    def _evaluate(self, expression: ast.expr, running: Running) -> float | None:
        """The value of a shown expression, worked out again where that runs no code of the user's and is cheap."""
        namespace = self.world.namespace
        if isinstance(expression, ast.Attribute):
            return real_scalar(object_at(expression, namespace.get))
        if isinstance(expression, ast.Call) and call_name(expression) in _OF_THE_SAME:
            receiver = cast(ast.Attribute, expression.func).value
            return real_scalar(object_at(receiver, namespace.get))
        if not manual_metric(expression) and not _average_of(expression):
            return None
        known: dict[str, Any] = {}
        copied = copy.deepcopy(expression, _keep(running.results))
        expression = cast(ast.expr, _Known(running.results, known).visit(copied))
        values = {**namespace, **known}
        for node in ast.walk(expression):
            if isinstance(node, ast.Name):
                value = values.get(node.id)
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

    # -- printed lines --------------------------------------------------------------------------------------------

    def printed(
        self, text: str, execution: Execution, running: Running, scope: NamespaceScope
    ) -> None:
        """Series and values in what the statement printed that no call or name has told already."""
        if running.told or not text:
            return
        points = series.parse(text)
        if not points:
            points = series.bare(
                text, _printed_names([running.node, *running.inner, *self._called(running)])
            )
        if not points and not running.compound:
            points = _beside(running.node, text)
        if not points:
            return
        values = [value for _, _, value in running.measured]
        reads = running.info.reads | running.info.binds
        held = [
            number
            for name in reads
            if (number := real_scalar(self.world.namespace.get(name))) is not None
            and (metric_strength(name) or self._told(number))
        ]
        loop = running.compound or bool(running.trained)
        groups: dict[tuple[str | None, str], list[Point]] = {}
        for point in points:
            if not loop and (not reads - {"print"}):
                continue  # constant text
            if not loop and any(_matches(point, value) for value in (*values, *held)):
                continue
            groups.setdefault((self._about(point, text, running), point.name), []).append(point)
        default: Refs[str] | None = None
        for (about, name), group in groups.items():
            if loop and sum(any(_matches(p, v) for v in values) for p in group) > 0.5 * len(group):
                continue
            if loop and any(_related(name, other) for other in self._listed):
                continue
            refs = frozenset((about,)) if about else NONE
            if not refs:
                if default is None:
                    default = self._printed_refs(running, scope)
                refs = default
            owner = self.candidates.owner(refs)
            if owner is None and group[0].strength < 2:
                continue
            candidate = self.candidates.get(owner)
            kept = candidate.values if candidate else self._loose.values
            if not loop and any(_matches(group[0], value) for _, value in kept):
                continue
            if candidate is not None and candidate.origin == "mlflow":
                continue
            if owner is None and self._restated(group[-1]):
                continue
            names = (candidate or self._loose).metric_names
            if names.get(tidy(name)) == ("series",) or _spaced(name, names):
                continue  # the framework told the same series itself
            unique = unique_name(tidy(name), ("printed",), (candidate or self._loose).metric_names)
            if owner:
                execution.touched.add(owner)
            told = [(unique, p.value, p.step) for p in group]
            for start in range(0, len(told), 500):
                self.journal.metrics(owner, told[start : start + 500], execution.msg_id, "output")
            running.measured.extend((owner, name, p.value) for p in group)

    @staticmethod
    def _about(point: Point, text: str, running: Running) -> str | None:
        if not running.marks:
            return None
        offset = 0
        for _ in range(point.line):
            offset = text.find("\n", offset) + 1
        about = None
        for place, candidate in running.marks:
            if place <= offset:
                about = candidate
        return about or running.marks[0][1]

    def _printed_refs(self, running: Running, scope: NamespaceScope) -> Refs[str]:
        if len(running.trained) == 1:
            return frozenset(running.trained)
        if running.compound:
            found = NONE
            for node in ast.walk(running.node):
                if isinstance(node, ast.Call) and call_name(node) in (
                    "print",
                    "write",
                    "set_postfix",
                    "set_description",
                ):
                    found |= refs_of(node, scope)
            return found
        if isinstance(running.node, ast.Expr):
            return refs_of(running.node.value, scope)
        return NONE

    def _number_lists(self, running: Running) -> Iterator[tuple[str, str, list[float]]]:
        """(variable, metric, values): lists of numbers that the statement filled, or got from a training function of the user's: by their
        names; in a dict (``history["val_loss"]``) by their keys."""
        info = running.info
        if running.compound:
            names = info.changes | info.binds
        elif isinstance(running.node, ast.Assign) and self._trains(running.node.value):
            names = info.binds
        else:
            return
        filled_by = _filled(running.node) if running.compound else {}
        for name in sorted(names):
            values: Any = self.world.namespace.get(name)
            metric = name if metric_strength(name) == 2 else filled_by.get(name) or name
            if isinstance(values, dict) and len(values) <= 50:
                for key, items in values.items():
                    floats = _floats(items)
                    if isinstance(key, str) and floats:
                        yield name, key, floats
                floats = _floats(list(values.values())) if name in filled_by else []
                if floats and len(floats) == len(running.trained):
                    yield name, metric, floats  # a value of each model, by its name
            elif not (running.compound and name in info.literals):
                filled = running.compound and name not in info.binds
                floats = _floats(values.tolist() if filled and _is_row(values) else values)
                if floats:
                    plain = words(name)[-1:] == ["history"] and not metric_strength(name)
                    yield name, "history" if plain and not running.compound else metric, floats

    def _trains(self, value: ast.expr) -> bool:
        """Whether the value is what a function of the user's named like training returned."""
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            return False
        function = self.world.namespace.get(value.func.id)
        own = type(function) is FunctionType and function.__globals__ is self.world.namespace
        return own and bool(_LEARNERS & set(words(value.func.id)))

    # -- lists ----------------------------------------------------------------------------------------------------

    def lists(self, execution: Execution, running: Running, scope: NamespaceScope) -> None:
        """Lists of a loop's losses or scores: a series, or one value each for as many models."""
        self._listed.clear()
        told = [value for _, _, value in running.measured]
        before = {name for _, name, _ in running.measured}
        several = len(running.trained) if len(running.trained) > 1 else 0
        for variable, name, floats in self._number_lists(running):
            strength = 2 if name == "history" else metric_strength(name)
            refs = frozenset(running.trained) if len(running.trained) == 1 else scope.name(variable)
            if strength < 2 and not (strength and (several == len(floats) or len(refs) == 1)):
                continue
            known = set(told)
            if sum(value in known for value in floats) > 0.5 * len(floats):
                continue
            if any(_related(name, other) for other in before) or self._told(floats[-1]):
                continue
            trained = running.trained
            if len(trained) == len(floats) and len(trained) > 1:
                for candidate, value in zip(trained, floats):
                    self.report(
                        Measured(_singular(name), value, ("=",), frozenset((candidate,))),
                        execution,
                        running,
                    )
                continue
            owner = self.candidates.owner(refs)
            kept = self.candidates.get(owner) or self._loose
            unique = unique_name(tidy(_singular(name)), ("=",), kept.metric_names)
            for start in range(0, len(floats), 500):
                part = enumerate(floats[start : start + 500], start)
                rows: list[tuple[str, float, int | None]] = [
                    (unique, value, step) for step, value in part
                ]
                self.journal.metrics(owner, rows, execution.msg_id, "variable")
            running.measured.extend((owner, name, value) for value in floats)
            self._listed.add(name)


def _average_of(expression: ast.expr) -> str | None:
    """``acc_mean`` of ``np.mean(accs)`` and ``accs.mean()``, ``acc_std`` of their deviation, by the list's name."""
    if not isinstance(expression, ast.Call) or expression.keywords:
        return None
    called = call_name(expression)
    if called not in ("mean", "std") or not isinstance(expression.func, ast.Attribute):
        return None
    given = expression.args[0] if len(expression.args) == 1 else None
    values = given if given is not None else expression.func.value
    if given is None and expression.args:
        return None
    if not isinstance(values, ast.Name) or not metric_strength(values.id):
        return None
    return f"{_singular(values.id)}_{called}"


_LEARNERS = frozenset("train fit learn run descent optimize gd sgd loop epochs history".split())
"""Words in the name of a function whose returned lists may be series."""


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


def _printed_names(tops: Sequence[ast.AST]) -> list[list[str]]:
    """For each ``print`` with plain arguments in these trees: the metric name in each argument, or ''."""
    found = []
    for top in tops:
        counted = _counted(top)
        for node in ast.walk(top):
            if isinstance(node, ast.Call) and call_name(node) == "print" and node.args:
                names = [_metric_in(argument, counted) for argument in node.args]
                if any(names):
                    found.append(names)
    return found


def _filled(top: ast.AST) -> dict[str, str]:
    """Lists and dicts that a loop fills with values of a metric, by what is put into them:
    ``scores[name] = rmse(y, p)`` and ``results.append(acc)``."""
    counted = _counted(top)
    found: dict[str, str] = {}
    for node in ast.walk(top):
        value: ast.expr | None = None
        target: ast.expr | None = None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target, value = node.targets[0].value, node.value
        elif isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            if isinstance(node.func, ast.Attribute):
                target, value = node.func.value, node.args[0]
        if isinstance(target, ast.Name) and value is not None:
            metric = _metric_in(value, counted)
            if metric:
                found[target.id] = metric
    return found


def _counted(top: ast.AST) -> dict[str, ast.expr]:
    """What plain names are bound by in a tree, the last of each."""
    return {
        target.id: node.value
        for node in ast.walk(top)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _metric_in(argument: ast.expr, counted: Mapping[str, ast.expr]) -> str:
    """The metric that an expression gives by the names in it, or by hand: ``n_correct / len(y)``."""
    if isinstance(argument, ast.BinOp) and isinstance(argument.left, ast.Name):
        spelt = counted.get(argument.left.id)
        if spelt is not None:
            manual = manual_metric(ast.BinOp(spelt, argument.op, argument.right))
            if manual:
                return manual
    if isinstance(argument, ast.Attribute) and argument.attr.endswith("_"):
        return argument.attr.strip("_") if metric_strength(argument.attr.strip("_")) else ""
    if isinstance(argument, ast.Name) and metric_strength(argument.id) < 2:
        bound = counted.get(argument.id)
        if isinstance(bound, ast.Call) and isinstance(bound.func, ast.Name):
            return function_metric(bound.func.id)  # `score = rmse(y, p)`
    if isinstance(argument, ast.Call):
        called = call_name(argument)
        if isinstance(argument.func, ast.Name) and function_metric(called):
            return function_metric(called)
        if called not in _SAME_VALUE and metric_strength(called) < 2:
            return ""  # `len(losses)`, `np.argmin(losses)`, `type(acc)`
    if isinstance(argument, ast.Compare):
        return ""
    names = [one.id for one in ast.walk(argument) if isinstance(one, ast.Name)]
    names += [one.attr for one in ast.walk(argument) if isinstance(one, ast.Attribute)]
    return next((word for word in names if metric_strength(word) == 2), "")


def _beside(statement: ast.stmt, text: str) -> list[Point]:
    """``print(loss_fn(p, y), accuracy(p, y))``: numbers printed by calls of functions named like a metric."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call_name(call) != "print" or "\n" in text.strip():
        return []
    values = [one for one in call.args if not isinstance(one, ast.Constant)]
    names = [function_metric(call_name(one)) if isinstance(one, ast.Call) else "" for one in values]
    shown = [one.value for one in call.args if isinstance(one, ast.Constant)]
    for constant in shown:
        text = text.replace(str(constant), " ", 1)
    numbers = series.NUMBERS.findall(text)
    if not any(names) or len(numbers) != len(values) or call.keywords:
        return []
    return [
        Point(name, float(number), None, 0, len(number.partition(".")[2]))
        for name, number in zip(names, numbers)
        if name
    ]


def _is_row(values: Any) -> bool:
    """Whether it is a small numpy array of one dimension."""
    return (
        type(values).__module__ == "numpy"
        and getattr(values, "ndim", 0) == 1
        and len(values) <= 10_000
    )


def _floats(values: Any) -> list[float]:
    """The numbers of a list of 2 to 10,000 numbers, [] of anything else."""
    if type(values) is not list or not 2 <= len(values) <= 10_000:
        return []
    if real_scalar(values[0]) is None:
        return []
    numbers = [number for value in values if (number := real_scalar(value)) is not None]
    return numbers if len(numbers) == len(values) else []


def _spaced(name: str, taken: dict[str, tuple[str, ...]]) -> bool:
    """Whether a told series is this one under the framework's spelling (``train-logloss``, ``train_logloss``)."""
    plain = name.lower().replace("-", "_").replace("'s_", "_")
    return any(
        told == ("series",) and other.lower().replace("-", "_").removesuffix("_mean") == plain
        for other, told in taken.items()
    )


def _related(name: str, other: str) -> bool:
    mine, theirs = name.lower().rstrip("s"), other.lower().rstrip("s")
    return mine.rstrip("e") in theirs or theirs in mine


def _singular(name: str) -> str:
    if name.endswith("losses"):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def unique_name(name: str, signature: tuple[str, ...], taken: dict[str, tuple[str, ...]]) -> str:
    """The name for a measurement: plain if free or its own, else told apart by what was measured.

    ``f1_score`` and then ``f1_score:y_test``; a number only when nothing else tells two apart.
    """
    holder = taken.setdefault(name, signature)
    if holder == signature:
        return name
    different = [
        part
        for place, part in enumerate(signature)
        if place >= len(holder) or holder[place] != part
    ]
    tries = [*different[:1], *(part for part in different[1:2]), ",".join(different)]
    if signature in (("printed",), ("=",)):
        tries = ["printed" if signature[0] == "printed" else "value"]
    for part in tries:
        candidate = tidy(f"{name}:{part}")
        if taken.setdefault(candidate, signature) == signature:
            return candidate
    number = 2
    while taken.setdefault(f"{name}:{number}", signature) != signature:
        number += 1
    return f"{name}:{number}"


def _cross_validated(name: str, result: Any) -> list[tuple[str, Any]]:
    """Means and standard deviations of what a cross-validation returned."""
    if isinstance(result, dict):
        found = []
        for key, values in result.items():
            if str(key).startswith(("test_", "train_")):
                found.extend(_mean_std(str(key), values))
        return found
    if isinstance(result, tuple) and result and real_scalar(result[0]) is not None:
        return [(name, real_scalar(result[0]))]  # permutation_test_score: (score, scores, p-value)
    return _mean_std(name, result)


def _mean_std(name: str, values: Any) -> list[tuple[str, Any]]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        return []
    if not numbers:
        return []
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in numbers) / len(numbers))
    return [(f"{name}_mean", mean), (f"{name}_std", deviation)]


def _through(
    node: ast.Call | None, index: Any, name: str, values: list[tuple[str, Any]]
) -> tuple[str, list[tuple[str, float]], bool]:
    """Follow a call's value outward through arithmetic: ``np.sqrt(mean_squared_error(…))`` is the metric, not
    the error inside. Returns (name, values, covered): covered when a metric name takes the value in a way that
    cannot be followed here, and will be reported by that name."""
    if node is None or index is None:
        return name, values, False
    current: ast.AST = node
    changed = ""
    for parent in index.ancestors(node):
        if isinstance(parent, ast.Call) and current in parent.args:
            called = call_name(parent)
            if called in ("sqrt",) and all(value >= 0 for _, value in values):
                squared = all(
                    one.removesuffix("_mean") in _SQUARED or one in _SQUARED for one, _ in values
                )
                values = [
                    ("rmse" if squared else f"sqrt_{one}", math.sqrt(value))
                    for one, value in values
                ]
                changed = "sqrt"
            elif called in ("float", "round", "str", "abs", "fabs"):
                if called in ("abs", "fabs"):
                    values = [(one, abs(value)) for one, value in values]
            else:
                break
        elif isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub):
            values = [(one, value if one.endswith("_std") else -value) for one, value in values]
        elif isinstance(parent, ast.BinOp):
            other = parent.right if parent.left is current else parent.left
            constant = (
                other.value
                if isinstance(other, ast.Constant) and isinstance(other.value, (int, float))
                else None
            )
            if constant is None:
                changed = "mixed"
                current = parent
                continue
            if (
                isinstance(parent.op, ast.Pow)
                and parent.left is current
                and constant in (0.5, 1 / 2)
            ):
                squared = all(one in _SQUARED for one, _ in values)
                values = [
                    ("rmse" if squared else f"sqrt_{one}", math.sqrt(abs(value)))
                    for one, value in values
                ]
                changed = "sqrt"
            elif isinstance(parent.op, ast.Sub) and parent.right is current and constant == 1:
                flipped = {"accuracy_score": "error_rate", "score": "error_rate"}
                values = [(flipped.get(one, f"1-{one}"), 1 - value) for one, value in values]
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


def _shown_expressions(root: ast.expr) -> list[ast.expr]:
    """The expression itself, and the arguments of ``print``, of formatting and of f-strings in it."""
    if isinstance(root, ast.Call) and call_name(root) in ("print", "display"):
        found: list[ast.expr] = []
        for value in (*root.args, *(keyword.value for keyword in root.keywords)):
            found.extend(_formatted(value))
        return found
    if isinstance(root, ast.Tuple):
        return [part for element in root.elts for part in _formatted(element)]
    return [root]


def _formatted(value: ast.expr) -> list[ast.expr]:
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


def _scalars(value: Any, depth: int = 0, limit: int = 2000) -> list[float]:
    """The numbers in a value: itself, or in containers (three deep) and small frames."""
    scalar = real_scalar(value)
    if scalar is not None:
        return [scalar]
    items: Any = ()
    if isinstance(value, dict):
        items = value.values()
    elif isinstance(value, (list, tuple)):
        items = value
    elif type(value).__module__.startswith("pandas") and getattr(value, "size", limit + 1) <= limit:
        items = value.to_numpy().ravel().tolist()
    elif type(value).__module__ == "numpy" and getattr(value, "size", limit + 1) <= limit:
        items = value.ravel().tolist()
    found: list[float] = []
    if depth < 3:
        for item in list(items)[:limit]:
            found.extend(_scalars(item, depth + 1, limit))
            if len(found) > limit:
                break
    return found


def _printed_numbers(text: str) -> list[tuple[float, int]]:
    found = []
    for match in series.NUMBERS.finditer(text[:200_000]):
        number = match.group(0)
        decimals = len(number.partition(".")[2].lower().partition("e")[0])
        found.append((float(number), decimals))
    return found


def _was_printed(value: float, numbers: list[tuple[float, int]]) -> bool:
    return any(
        decimals >= 1
        and (_rounds_to(value, number, decimals) or _rounds_to(value * 100, number, decimals))
        for number, decimals in numbers
    )


def _rounds_to(value: float, printed: float, decimals: int) -> bool:
    return abs(value - printed) <= 0.5000001 * 10.0**-decimals


def _matches(point: Point, value: float) -> bool:
    if value != value:
        return point.value != point.value
    return (
        _rounds_to(value, point.value, point.decimals)
        or _rounds_to(value * 100, point.value, point.decimals)
        or _rounds_to(-value, point.value, point.decimals)
    )


def _same(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= 1e-12 * max(abs(one), abs(other))
