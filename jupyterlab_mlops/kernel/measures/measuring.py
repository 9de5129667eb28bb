"""From observed metric calls, named values and printed lines to metrics of the right candidate.

This module follows calls; ``named``, ``kept``, ``shown``, ``evaluations``, ``printed``, ``listed`` and ``tabled`` look at what a statement left behind.
"""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from typing import Any

from ..candidates import Candidates
from ..cells.frames import FrameScope, NamespaceScope, World
from ..cells.observe import Call
from ..cells.running import Execution, Running
from ..link.journal import Journal
from ..source.dataflow import NONE, Refs, refs_of
from ..source.syntax import base_name, copies
from .averaged import Averaged
from .by_hand import of_predictions
from .evaluations import Evaluations
from .expressions import ROOTS, through
from .fold_statistics import FoldStatistics
from .folds import folds_of, root_name, rooted, turned
from .kept import Kept
from .listed import Listed
from .metrics import asked_for, real_scalar, spread
from .named import Named
from .pieces import displayed
from .printed import Printed
from .records import Records
from .reporting import UNSAID, Measured, Reporter
from .rows import Rows
from .shown import Shown
from .sites import Site, site_of
from .spelling import plain_numbers
from .tabled import Tabled
from .toys import Toys
from .values import (
    cross_validated,
    of_object,
    printed_numbers,
    rounded,
    scalars,
    texts,
    to_last_bits,
    was_printed,
)

SERIES = 3
"""Measurements of one model by one call of a function that are its series: a bootstrap's, a learning curve's."""
_HOW = frozenset({"labels", "target_names", "sample_weight", "average", "digits"})
"""Arguments of metrics that say how to measure, not what."""
_OF_DATA = frozenset({"mutual_info_score"})
"""Functions of ``sklearn.metrics`` that just as often say something of the data alone."""

MAX_SETTINGS = 20
"""Values of one setting of a metric that are told apart in a cell."""
MAX_HELD = 100
"""Entries of a dict among which a value is looked for."""


class Measuring:
    """Attributes and reports metrics. One a kernel."""

    def __init__(self, journal: Journal, world: World, candidates: Candidates) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = Reporter(journal, candidates)
        self._settings: dict[tuple[str, str], set[str]] = {}
        """Values that a setting of a metric was given by name in this cell."""
        self._toys = Toys(world)
        self._named = Named(world, candidates, self.reporter, self._toys)
        self._shown = Shown(world, candidates, self.reporter, self._toys)
        self._kept = Kept(world, self.reporter)
        self._evaluations = Evaluations(world, self.reporter)
        self._rows = Rows(world, self.reporter)
        self._tabled = Tabled(world, candidates, self.reporter)
        self._records = Records(world, candidates, self.reporter)
        self._printed = Printed(world, candidates, self.reporter, self._toys)
        self._listed = Listed(world, candidates, self.reporter)
        self._averaged = Averaged(world, candidates, self.reporter)
        self.folds = FoldStatistics(world, self.reporter)

    def new_cell(self, idle: float = 0.0) -> None:
        """See ``Reporter.new_cell``."""
        self.reporter.new_cell(idle)
        self._settings.clear()
        self._printed.new_cell()

    def finish(
        self,
        execution: Execution,
        running: Running,
        scope: NamespaceScope,
        result: Any,
        printed: str,
    ) -> None:
        """A statement is over: ``result`` is its value, ``printed`` its text. What is said first is not said again."""
        self._toys.look(running)
        if copies(running.node) and not printed and not running.measured:
            return
        printed = plain_numbers(f"{printed}{displayed(running.node, result)}")
        self.surface(execution, running, result, printed)
        called = len(running.measured)
        self._records.look(execution, running, result)
        if running.compound:
            self._tabled.look(execution, running)
        self._listed.look(execution, running, scope)
        if running.compound:
            self._kept.look(execution, running, result, printed)
            self._printed.look(printed, execution, running, scope)
            self._named.look(execution, running, scope)
            self._averaged.look(execution, running, called, result, printed)
            self.folds.look(execution, running, result, printed)
            return
        self._named.look(execution, running, scope)
        self._kept.look(execution, running, result, printed)
        self._shown.look(execution, running, result)
        self._evaluations.look(execution, running, result)
        self._rows.look(execution, running)
        self._tabled.look(execution, running)
        self._printed.look(printed, execution, running, scope)
        self._averaged.look(execution, running, called, result, printed)
        self.folds.look(execution, running, result, printed)

    # -- observed calls -------------------------------------------------------------------------------------------

    def called(self, call: Call, result: Any, execution: Execution, running: Running) -> None:
        """A metric function, a ``.score`` or a cross-validation of the user's has returned."""
        if isinstance(running.node, ast.Assert):
            return  # a test of the function, not a measurement
        if call.name == "score" and _of_one_row(call):
            return  # a point of a density
        site = site_of(call, running, self.world)
        refs = self._refs(call, site, running)
        if len(refs) > 1 and not site.top:
            # a function that has trained one model measures that one, whatever else its table holds
            refs = refs & set(running.trained) or refs
        name, values = self._values(call, site.node, result, running)
        if not values or (name in _OF_DATA and not refs and not _says_predictions(site.node)):
            return
        again = site.again
        if again is not None and len(values) == 1 and values[0][0] == again.name:
            if again.is_like(name, refs, running, self.candidates.current()):
                self.reporter.repeat(again, float(values[0][1]), execution, running)
                return
        told = ("series",) if "measured" in call.notes else ()
        signature = told or site.signature
        if signature is None:
            scope = self.world.scope_of(call.frame, site.node)
            signature = self._signature(call, site.node, scope, running)
            if site.same_words:
                site.signature = signature
        folds = folds_of(name, result) if call.kind == "cv" else {}
        for one, scores in folds.items():
            self.folds.remember(one, scores, refs)
        root = rooted(site.node, site.index, name, folds.get(name, ()), call.kwargs)
        error = turned(site.node, site.index, folds.get(name, ()), call.kwargs) if folds else ""
        if error:
            scores = tuple(-value for value in folds[name])
            name, folds = error, {error: scores}
            values = cross_validated(name, list(scores))
        elif root is not None:
            name, folds = root.name, {root.name: root.values}
            values = cross_validated(name, list(root.values))
            if len(root.values) == 1:
                values = [(name, root.values[0])]
        elif site.alone:
            values = [
                (site.kept if one in UNSAID and site.kept else one, float(value))
                for one, value in values
            ]
        else:
            name, values, covered = through(site.node, site.index, name, values)
            if covered:
                running.covered = True
                return
        for one, value in values:
            of = one.removesuffix("_mean").removesuffix("_std")
            measured = Measured(one, value, signature, refs, folds=folds.get(of, ()))
            if site.top:
                said = self.reporter.report(measured, execution, running)
                plain = site.alone and site.signature is not None and one == name == call.name
                site.again = said if plain and len(values) == 1 else None
            else:
                running.pending.append(measured)

    def _refs(self, call: Call, site: Site, running: Running) -> Refs[str]:
        if call.notes.get("candidate"):
            return frozenset((call.notes["candidate"],))
        node, scope = site.node, None
        if call.owner is not None and call.kind == "score":
            own = self.world.registry.get(call.owner)
            if own is not None:
                return frozenset((own,))
            if node is not None and isinstance(node.func, ast.Attribute):
                scope = self.world.scope_of(call.frame, node)
                found = refs_of(node.func.value, scope)
                if found:
                    return found
        found, chosen = NONE, NONE
        names = (*("" for _ in call.args), *call.kwargs)
        for place, value in enumerate((*call.args, *call.kwargs.values())):
            if names[place] in _HOW:
                continue
            behind = self.world.exact(value) if value is not None else None
            if behind is not None:
                pass
            elif place < len(site.flows) and site.flows[place]:
                behind = self.world.flow(site.flows[place])
            elif place in site.parts:
                behind = site.parts[place]
            elif place < len(site.given):
                if scope is None:
                    scope = self.world.scope_of(call.frame, node)
                given = site.given[place]
                behind = refs_of(given, scope)
                if behind and isinstance(given, ast.Subscript) and not refs_of(given.value, scope):
                    chosen |= behind  # `y_test[missed]`, of rows that another model has missed
                    continue
                if site.is_part(place, self.world):
                    site.parts[place] = behind
                behind = self._held_by_name(value, behind, running) if len(behind) > 1 else behind
            found |= behind or NONE
        return self.world.nearest(found or chosen)

    def _held_by_name(self, value: Any, behind: Refs[str], running: Running) -> Refs[str]:
        """What is behind the value alone, of what may be several models' (``behind``): a loop goes through names that
        hold one model's each (``for prob in (forest_prob, cox_prob)``), or through a dict of them."""
        info = running.info
        for name in info.reads - info.binds if hasattr(value, "shape") else ():
            held = self.world.namespace.get(name)
            if held is value:
                return self.world.flow(name)
            if type(held) is dict and len(held) <= MAX_HELD:
                keys = [key for key, one in held.items() if one is value]
                found = self.world.entry(name, keys[0]) if len(keys) == 1 else None
                if found is not None and len(found) == 1:
                    return found
        return behind

    def _values(
        self, call: Call, node: ast.Call | None, result: Any, running: Running
    ) -> tuple[str, list[tuple[str, Any]]]:
        name = call.notes.get("name") or call.name
        if name == "__call__":
            name = _scorers_name(call.owner)
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
            return name, cross_validated(name, result) or of_object(result)
        if name == "eval_metric":
            return asked_for((*call.args, *call.kwargs.values()), result)
        if call.kind == "score" and isinstance(result, (list, tuple)):
            labels = call.notes.get("labels") or [f"{name}_{place}" for place in range(len(result))]
            pairs = zip(labels, result)
            return name, [
                (label, number)
                for label, item in pairs
                if (number := real_scalar(item)) is not None
            ]
        told = list(spread(name, result, call.kwargs.get("labels")))
        return name, told or (of_object(result) if call.kind == "score" else [])

    def _signature(
        self, call: Call, node: ast.Call | None, scope: FrameScope, running: Running
    ) -> tuple[str, ...]:
        """What was measured: the argument expressions; inside functions by the top-level names of their objects, or by
        what was passed for a parameter."""
        if node is None:
            return tuple(type(value).__name__ for value in call.args)
        parts = []
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        for place, expression in enumerate(given):
            text = running.texts.get(id(expression))
            if text is None:
                text = running.texts[id(expression)] = ast.unparse(expression)[:60]
            base = None if scope.top else base_name(expression)
            if base and text.startswith(base):  # `target.values` of the parameter `target`
                given_as = self._top_name(scope.value(base), running) or scope.spelt(base) or base
                text = f"{given_as}{text[len(base) :]}"[:60]
            if place >= len(node.args):
                keyword = node.keywords[place - len(node.args)]
                text = f"{keyword.arg}={self._setting(call, keyword) or text}"
            parts.append(text)
        return tuple(parts)

    def _setting(self, call: Call, keyword: ast.keyword) -> str:
        """The value of a metric's setting that is given by a name: ``0.05`` for ``alpha`` in ``alpha=alpha``, so that
        those of a loop are told apart; of at most 20, '' of any other."""
        value = call.kwargs.get(keyword.arg or "")
        if not isinstance(keyword.value, ast.Name) or not isinstance(
            value, (bool, int, float, str)
        ):
            return ""
        known = self._settings.setdefault((call.name, keyword.arg or ""), set())
        text = repr(value)[:40]
        if len(known) < MAX_SETTINGS:
            known.add(text)
        return text if text in known else ""

    def _top_name(self, value: Any, running: Running) -> str | None:
        if value is None or isinstance(value, (bool, int, float, str)):
            return None
        namespace = self.world.namespace
        if running.top_names is None:
            running.top_names = {
                id(other): name
                for name, other in reversed(list(namespace.items()))
                if not name.startswith("_")
            }
        name = running.top_names.get(id(value), "")
        if namespace.get(name) is value:
            return name
        changed = running.info.binds | running.info.changes
        return next((one for one in sorted(changed) if namespace.get(one) is value), None)

    def surface(self, execution: Execution, running: Running, result: Any, printed: str) -> None:
        """Report what functions measured inside, where the value came out: bound, displayed or printed."""
        if not running.pending:
            return
        names = (*running.info.binds, *running.info.changes)
        given = [result, *map(self.world.namespace.get, names)]
        written = [text for value in given for text in texts(value)]
        found = [*map(scalars, given), *self._put_away(running)]
        seen = {to_last_bits(one) for values in found for one in values}
        numbers = printed_numbers("\n".join((printed, *written)))
        numbers += {one for values in found for one in rounded(values)}
        unknown = None if any(one.refs for one in running.pending) else self._whole(running)
        alike: dict[tuple[Any, ...], list[Measured]] = {}
        for measured in running.pending:
            measured.refs = unknown or measured.refs
            key = (measured.name, measured.signature, measured.refs)
            alike.setdefault(key, []).append(measured)

        def came_out(one: Measured) -> bool:
            folds = one.folds or (one.value,)
            return any(
                all(
                    to_last_bits(value) in seen
                    or (value > 0 and to_last_bits(-value) in seen)
                    or was_printed(value, numbers)
                    for value in values
                )
                for values in ((one.value,), folds)
            )

        named = {(one.name, one.value, one.refs) for one in running.pending}
        silent = {one.name for one in running.pending if not came_out(one)}
        for group in alike.values():
            base, deviates, _ = group[0].name.rpartition("_std")
            if deviates and f"{base}_mean" in silent:
                continue  # a deviation says nothing without its mean
            told = [one for one in group if came_out(one)]
            told = told or [one for one in map(_turned, group) if one is not None and came_out(one)]
            roots = [one for one in map(_rooted, group) if one is not None and came_out(one)]
            roots = [one for one in roots if (one.name, one.value, one.refs) not in named]
            if not told and self._listed.worked_out(group[0].refs, len(group), execution, running):
                continue
            if 2 * len(roots) <= len(group) and _is_series(group, running):
                told, roots = group, []
            for one in (*told, *roots):
                self.reporter.report(one, execution, running)
        running.pending.clear()

    def _put_away(self, running: Running) -> list[list[float]]:
        """The numbers in each of the lists, dicts and tables of the notebook that functions of the user's fill or read which the
        statement calls: ``results.append({"rmse": scores.mean()})``. Whole ones may be anything."""
        found = []
        for name in self.candidates.lineage.reached(running.info.reads):
            value = self.world.namespace.get(name)
            if type(value) in (list, dict) or type(value).__name__ == "DataFrame":
                found.append([one for one in scalars(value) if one % 1])
        return found

    def _whole(self, running: Running) -> Refs[str]:
        """The candidates behind all that a statement works out: of a value that was measured where nothing can be
        followed, as a function of the user's that a library calls (``scorer(model, X, y)``)."""
        value = getattr(running.node, "value", None)
        if running.compound or not isinstance(value, ast.expr):
            return NONE
        found = refs_of(value, NamespaceScope(self.world, (10**9, 0)))
        return found if len(found) == 1 else NONE


def _rooted(measured: Measured) -> Measured | None:
    """The root of a squared error, which a function may give instead: ``rmse`` of ``mean_squared_error``."""
    if measured.folds and measured.name.endswith("_mean"):
        mean = -math.fsum(measured.folds) / len(measured.folds)
        if any(one > 0 for one in measured.folds) or not mean > 0:
            return None
        name = root_name(measured.name.removesuffix("_mean"))
        return replace(measured, name=name, value=math.sqrt(mean), folds=())
    if measured.name not in ROOTS or not measured.value > 0:
        return None
    return replace(measured, name=ROOTS[measured.name], value=math.sqrt(measured.value))


def _of_one_row(call: Call) -> bool:
    """Whether a model is asked how likely one row is: ``gmm.score([[x]])``."""
    rows = call.args[0] if len(call.args) == 1 and not call.kwargs else None
    if type(rows) is list:
        return len(rows) == 1
    shape = getattr(rows, "shape", None)
    return isinstance(shape, tuple) and len(shape) == 2 and shape[0] == 1


def _says_predictions(node: ast.Call | None) -> bool:
    """Whether a call says by its words that it compares predictions with a truth: ``(labels_true, labels_pred)``."""
    return node is not None and of_predictions(node)


def _scorers_name(scorer: Any) -> str:
    """The name of the metric that a scorer of scikit-learn measures: ``neg_mean_squared_error``."""
    function = getattr(scorer, "_score_func", None)
    name = getattr(function, "__name__", "score")
    return f"neg_{name}" if getattr(scorer, "_sign", 1) < 0 else str(name)


def _turned(measured: Measured) -> Measured | None:
    """The mean error of a cross-validation by a negated one, which is often shown as it was: ``-scores["test_score"]``."""
    if measured.value < 0 and measured.name.endswith("score_mean"):
        return replace(measured, value=-measured.value)
    return None


def _is_series(group: list[Measured], running: Running) -> bool:
    """Whether the same measurement again and again is a series of a model that was trained meanwhile: a bootstrap's or
    a learning curve's. The statistics of fits are told only where they come out."""
    first = group[0]
    return (
        len(group) >= SERIES
        and first.source != "autolog"
        and len(first.refs) == 1
        and next(iter(first.refs)) in running.trained
    )
