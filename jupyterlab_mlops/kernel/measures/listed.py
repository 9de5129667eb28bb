"""Lists, arrays and dicts of losses or scores that a loop fills or a training function returns."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..candidates import Candidates
from ..cells.frames import OVER, NamespaceScope, World
from ..cells.running import Execution, Running
from ..source.dataflow import Refs
from ..source.syntax import call_name
from ..source.wording import without_container, words
from .by_hand import manual_metric
from .filled import (
    averages_rows,
    comprehension_of,
    filled_by,
    filled_by_name,
    filled_by_updates,
    grown_by,
    literals_before,
    rows_by,
)
from .learners import learns, returned_filled, returned_names
from .metric_names import singular, the_same, unique_name
from .metrics import metric_strength, tidy
from .namesakes import of_several
from .reporting import Measured, Reporter
from .values import columns_of, floats_of, is_row, last_ones, placed_in, table_of

_CURVES = frozenset("tpr fpr tnr fnr".split())
"""Rates of which an array is a curve over thresholds, not a series."""

MAX_COMPARED = 20
"""Values of a list that are compared with what was told of candidates."""
ROUNDED = 5
PLACES = range(3, ROUNDED + 1)
"""Decimals of values that were rounded before they were kept: ``return round(score, 3)``."""
LEAST_POINTS = 3
"""Of a curve."""
MAX_OF_EACH = 1000
"""Values that are told of each of several models whose lists a loop fills."""


class Listed:
    """Looks at what a loop has filled."""

    def __init__(self, world: World, candidates: Candidates, reporter: Reporter) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter

    def look(self, execution: Execution, running: Running, scope: NamespaceScope) -> None:
        """Lists of a loop's losses or scores: a series, or one value each for as many models."""
        for name in running.info.binds - running.info.reads:
            self.reporter.lists.pop(name, None)
        if running.compound:
            self.reporter.lists.update(filled_by(running.node))
            self._each_of_its_own(execution, running)
        if running.no_data and not running.trained:
            return
        told = [value for _, _, value in running.measured]
        before = {name for _, name, _ in running.measured}
        models = running.trained or running.opened  # fitted, or only cross-validated
        several = len(models) if len(models) > 1 else 0
        found = list(self._number_lists(running))
        alike = Counter(spelt for spelt in {(one[0], one[1]): one[1] for one in found}.values())
        for variable, metric, floats in found:
            # `errors_train` and `errors_test` both hold an error rate
            apart = alike[metric] > 1 and metric_strength(variable)
            spelt = variable if apart else metric
            name = spelt if metric_strength(spelt) else without_container(spelt)
            if isinstance(running.node, ast.If) and any(
                floats[-1] == end for _, _, end in self.reporter.ends
            ):
                continue  # `if AGAIN: losses = train(…)`, which was not
            if running.compound and "batch" in words(name) and running.binds_anew(variable):
                continue  # the batches of the last epoch
            returned = name == "history" and not running.compound  # a loop keeps data in one, too
            strength = 2 if returned else metric_strength(name)
            by_model = self._of_models(running, len(floats))
            if strength and not running.compound and not by_model:
                strength = 2  # a training function has returned it
            refs = frozenset(models) if len(models) == 1 else scope.name(variable)
            turns = (
                self._of_each_turn(variable, running, scope) if several > len(floats) > 1 else []
            )
            if len(turns) == len(floats):
                by_model = by_model or turns
            learned = by_model or several == len(floats) or len(refs) == 1
            if strength < 2 and not (
                strength and (learned or variable in filled_by_updates(running.node))
            ):
                continue
            known = {*told, *(-value for value in told)}  # `mse.append(-score)`
            if running.compound:
                known.update(100 * value for value in told)  # `accs.append(100 * score)`
            if all(round(value, ROUNDED) == value for value in floats[:MAX_COMPARED]):
                known.update(round(value, places) for value in told for places in PLACES)
            if sum(value in known for value in floats) > 0.5 * len(floats):
                continue
            if _CURVES & set(words(name)):
                continue
            trained = by_model or models
            if any(the_same(name, other) for other in before):
                continue
            some = [value for value in floats[-MAX_COMPARED:] if value == value]  # no gaps
            if not trained and sum(map(self.reporter.told, some)) > 0.5 * len(some):
                continue  # of models trained here the same value would be another measurement
            if len(trained) == 1 and self._told_of(trained[0], some):
                continue  # `mae = history.history["val_mae"]`, of a model that a loop fits again and again
            if len(trained) == len(floats) and len(trained) > 1:
                for candidate, value in zip(trained, floats):
                    self.reporter.report(
                        Measured(
                            singular(name), value, ("=",), frozenset((candidate,)), sure=bool(turns)
                        ),
                        execution,
                        running,
                    )
                continue
            owner = of_several(name, running, self.candidates)
            owner = owner or self._of_last_turn(variable, running) or self.candidates.owner(refs)
            unique = self._say(owner, name, floats, execution, running)
            running.listed.add(name)
            self.reporter.ends.append((owner, unique, floats[-1]))

    def _say(
        self,
        owner: str | None,
        name: str,
        floats: list[float],
        execution: Execution,
        running: Running,
    ) -> str:
        """Say the values of a list, in their order; the name that they go by."""
        kept = self.candidates.get(owner) or self.reporter.loose
        said = tidy(singular(name))
        signature = self.reporter.of_loop(said, ("=",), owner, execution)
        unique = unique_name(said, signature, kept.metric_names)
        for start in range(0, len(floats), 500):
            part = enumerate(floats[start : start + 500], start)
            rows: list[tuple[str, float, int | None]] = [
                (unique, value, step) for step, value in part
            ]
            self.reporter.journal.metrics(owner, rows, execution.msg_id, "variable")
        running.measured.extend((owner, name, value) for value in floats)
        return unique

    def worked_out(
        self, refs: Refs[str], count: int, execution: Execution, running: Running
    ) -> bool:
        """Tell the array that a function of the user's has worked out of ``count`` measurements of one model, under the name that
        it is given: ``test_score = staged_scores(clf, X, y)``. Whether there is one."""
        call = running.node.value if isinstance(running.node, ast.Assign) else None
        if not isinstance(call, ast.Call) or len(running.info.binds) != 1 or len(refs) != 1:
            return False
        (name,), (owner,) = running.info.binds, refs
        values: Any = self.world.namespace.get(name)
        if not metric_strength(name) or self.world.own_function(call_name(call)) is None:
            return False
        floats = floats_of(values.tolist()) if is_row(values) else []
        if len(floats) < LEAST_POINTS or count % len(floats):
            return False
        execution.touched.add(owner)
        self._say(owner, name, floats, execution, running)
        return True

    def _of_each_turn(self, variable: str, running: Running, scope: NamespaceScope) -> list[str]:
        """The candidates behind what a loop appends to a list, in the order of their turns, where each turn trains others
        as well: ``errors_of_trees.append(error)`` beside ``errors_of_forests``."""
        if not running.compound:
            return []
        refs = NamespaceScope(self.world, OVER, scope.fluid).name(variable)
        return [one for one in running.trained or running.opened if one in refs]

    def _told_of(self, candidate_id: str, values: list[float]) -> bool:
        """Whether values, three at least, are all among those that were told last of a candidate."""
        candidate = self.candidates.get(candidate_id)
        told = {value for _, value in candidate.values} if candidate is not None else set()
        return len(values) > 2 and told.issuperset(values)

    def _of_last_turn(self, variable: str, running: Running) -> str | None:
        """The candidate of a loop's last turn, where each turn trains one model at the same place and a call gives it the
        list anew: ``accuracies = cross_validate(k)``."""
        if self.candidates.current() or len(running.trained) < 2 or not running.marks:
            return None
        mine = [one for one in running.definitions if variable in one.names and not one.inner]
        anew = len(mine) == 1 and isinstance(mine[0].value, ast.Call)
        if not anew or mine[0].weak or mine[0].loop or mine[0].branch:
            return None
        last = running.marks[-1][1]
        alike = len({key[0] for key in running.keys}) == 1
        return last if alike and last in running.trained else None

    def _each_of_its_own(self, execution: Execution, running: Running) -> None:
        """Lists in a dict that a loop fills, one of each of its models: ``scores[name].append(rmse)``."""
        models = running.trained or running.opened
        for variable, metric in filled_by_name(running.node).items() if len(models) > 1 else ():
            rows: Any = self.world.namespace.get(variable)
            if not isinstance(rows, dict) or len(rows) != len(models):
                continue
            lists = [floats_of(last_ones(row)) for row in rows.values()]
            told = {value for _, _, value in running.measured}
            known = sum(
                not told.isdisjoint((value, -value, 1 - value)) for row in lists for value in row
            )
            if not all(lists) or known > 0.5 * sum(map(len, lists)):
                continue
            for candidate, floats in zip(models, lists):
                for step, value in enumerate(floats[:MAX_OF_EACH]):
                    measured = Measured(metric, value, ("=",), frozenset((candidate,)))
                    self.reporter.report(measured, execution, running, step)
            running.listed.add(metric)

    def _of_models(self, running: Running, count: int) -> list[str]:
        """The candidates that a comprehension's values are of, one each: those it has fitted, or those in the list
        that it goes through (``[model.aic(X) for model in models]``); [] if it is not so."""
        made = comprehension_of(running.node)
        if made is None or count < 2:
            return []
        if running.trained:
            return list(running.trained) if len(running.trained) == count else []
        over = made.generators[0].iter
        models: Any = self.world.namespace.get(over.id) if isinstance(over, ast.Name) else None
        if not isinstance(models, (list, tuple)) or len(models) != count:
            return []
        parts = (one[-1] if type(one) is tuple and len(one) == 2 else one for one in models)
        found = [one for one in map(self.world.registry.get, parts) if one is not None]
        return found if len(found) == count == len(set(found)) else []

    def _number_lists(self, running: Running) -> Iterator[tuple[str, str, list[float]]]:
        """(variable, metric, values): lists of numbers that the statement filled, or got from a training function of the user's: by their
        names; in a dict (``history["val_loss"]``) by their keys."""
        info = running.info
        if running.compound:
            names = info.changes | info.binds
        elif isinstance(running.node, ast.Assign) and learns(self.world, running.node.value):
            names = info.binds
        elif (made := comprehension_of(running.node)) and len(info.binds) == 1:
            names = info.binds  # of models, one value each; `look` tells others apart
            (name,) = names
            floats = floats_of(self.world.namespace.get(name))[literals_before(running.node) :]
            if floats and self._of_models(running, len(floats)):
                by_value = filled_by(running.node).get(name) or manual_metric(made.elt) or name
                yield name, name if metric_strength(name) == 2 else by_value, floats
            elif floats and metric_strength(name) == 2 and averages_rows(made.elt):
                yield name, name, floats
            return
        else:
            return
        kept, grown = filled_by(running.node), grown_by(running.node)
        placed = rows_by(running.node) if running.compound else {}
        models = running.trained or running.opened
        for name in sorted(names):
            values: Any = self.world.namespace.get(name)
            if running.compound and len(models) > 1:
                columns = placed_in(values, placed[name]) if name in placed else table_of(values)
                for key, floats in columns:  # a row of each model
                    if len(floats) == len(models) and metric_strength(key) == 2:
                        yield name, key, floats
            metric = name if metric_strength(name) == 2 else kept.get(name) or name
            if isinstance(values, dict) and len(values) <= 50:
                for key, items in values.items():
                    floats = floats_of(items)
                    if isinstance(key, str) and floats:
                        yield name, key, floats
                for key, floats in columns_of(list(values.values())) if running.compound else ():
                    yield name, key, floats
                floats = floats_of(list(values.values())) if name in kept else []
                if floats and len(floats) == len(running.trained or running.opened):
                    yield name, metric, floats  # a value of each model, by its name
            elif type(values) is tuple and not running.compound:
                for key, items in zip(
                    returned_names(self.world, running.node, len(values)), values
                ):
                    floats = floats_of(items)
                    if metric_strength(key) and floats:
                        yield name, without_container(key), floats
            elif running.compound and (columns := columns_of(values)):
                for key, floats in columns:
                    yield name, key, floats
            elif not (running.compound and name in info.literals):
                filled = running.compound and (name not in info.binds or name in grown)
                within = returned_filled(self.world, running.node).get(name, "")
                filled = filled or bool(within)
                metric = metric if metric_strength(metric) or not within else within
                floats = floats_of(values.tolist() if filled and is_row(values) else values)
                if floats:
                    plain = words(name)[-1:] == ["history"] and not metric_strength(name)
                    yield name, "history" if plain and not running.compound else metric, floats
