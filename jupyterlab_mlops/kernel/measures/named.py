"""Top-level names bound to numbers that are metrics: by their name, or by what they were worked out with."""

from __future__ import annotations

import ast
from itertools import islice
from typing import Any

from ..candidates import Candidates
from ..cells.frames import OVER, NamespaceScope, World
from ..cells.objects import object_at
from ..cells.running import Execution, Running
from ..source.dataflow import NONE, Refs, refs_of
from ..source.syntax import call_name
from ..source.wording import words
from .by_hand import manual_metric, of_predictions
from .expressions import OF_THE_SAME, average_of
from .labelled import shown_as
from .learners import learns, own_metric, takes_data
from .metric_names import related
from .metrics import metric_strength, real_scalar, tidy
from .reporting import Measured, Reporter
from .toys import Toys
from .values import rounds_to, same

_BEST = frozenset("best min max lowest highest minimum maximum optimal".split())
"""Words of names that hold the one of many values that was chosen."""
_BEFORE = frozenset("prev previous old last".split())
"""Words of names that hold what a loop's turn before this one gave."""


_BOUNDLESS = frozenset("inf infty infinity maxsize nan".split())
"""Attributes of modules that any value is better than."""


class Named:
    """Looks at what a statement has bound."""

    def __init__(
        self, world: World, candidates: Candidates, reporter: Reporter, toys: Toys
    ) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter
        self.toys = toys

    def look(self, execution: Execution, running: Running, scope: NamespaceScope) -> None:
        """Top-level names bound to scalars that are metrics by their name (``rmse = np.sqrt(…)``)."""
        info = running.info
        for name in info.binds | info.changes:
            strength = metric_strength(name)
            called = "" if strength == 2 else self._metric_call(name, running)
            if strength and metric_strength(called) < 2:
                called = ""  # both say but that it is a cost
            if called and not running.compound:
                self._by_call(name, called, execution, running, scope)
                continue
            if not strength or name in info.literals:
                continue
            value = real_scalar(_alone(self.world.namespace.get(name)))
            best = not _BEST.isdisjoint(words(name)) and self._picked(name, running)
            again = running.compound and value is not None and self._goes_on(name, value)
            if value is None or not (best or again or self._computed(name, running)):
                continue
            if (
                not best
                and not again
                and any(same(value, other) for _, _, other in running.measured)
            ):
                continue
            if self._rounded(name, value, running):
                continue
            if running.compound and any(related(name, other) for _, other, _ in running.measured):
                continue
            if running.compound and self._printed(name, running):
                continue  # its course was told as it was printed
            if running.compound and sums_up(name, running.node):
                self.reporter.sums.add(name)
                continue
            if running.compound and is_part(name, running.node):
                continue
            if (
                running.compound
                and running.measured
                and ("batch" in words(name) or only_learnt_from(name, running.node))
            ):
                continue  # the last batch's: the loop tells other metrics
            refs = self._named_refs(name, running, scope)
            if not refs and self.toys.names.get(name) and not self.candidates.current():
                continue
            said = name
            if strength < 2 and len(refs) != 1 and not self._may_be_loose(name, running):
                said = self._by_hand(name, running)
                if not said:
                    continue
            if best:
                held = self.candidates.get(next(iter(refs))) if len(refs) == 1 else None
                if held is None or any(related(name, told) for told in held.metric_names):
                    continue  # the series that it is the best of says it
            elif not again and self.reporter.known(value, refs, name):
                continue
            elif self.reporter.rounded(value, refs, name) or (
                again and any(same(value, told) for _, _, told in running.measured)
            ):
                continue
            self.reporter.report(Measured(said, value, ("=",), refs), execution, running)
        if not running.compound:
            self._entry(execution, running)
            self.reporter.sums -= info.binds | info.changes

    @staticmethod
    def _by_hand(name: str, running: Running) -> str:
        """``accuracy`` where ``score`` was bound to ``(predictions == truth).mean()``, whatever made these; else ''."""
        bound = _bound_by(name, running)
        manual = manual_metric(bound) if bound is not None and not running.compound else None
        return manual if manual and bound is not None and of_predictions(bound) else ""

    def _entry(self, execution: Execution, running: Running) -> None:
        """An entry with a metric's name is what a loop has summed up or averaged: ``state["test_loss"] = running_loss``."""
        node = running.node
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Subscript):
            return
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        names = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
        if not isinstance(key, str) or metric_strength(key) < 2 or not names & self.reporter.sums:
            return
        value = real_scalar(object_at(target, self.world.namespace.get))
        refs = refs_of(node.value, NamespaceScope(self.world, OVER))
        if value is None or len(refs) != 1 or self.reporter.known(value, refs):
            return
        if not any(same(value, other) for _, _, other in running.measured):
            self.reporter.report(Measured(tidy(key), value, ("=",), refs), execution, running)

    def _goes_on(self, name: str, value: float) -> bool:
        """Whether a name that an earlier statement has told as a metric has got another value: ``deviance = lower``."""
        if not _BEFORE.isdisjoint(words(name)):
            return False
        of = [*islice(reversed(self.candidates.known.values()), 20), self.reporter.loose]
        told = next((one for one in of if one.metric_names.get(name) == ("=",)), None)
        return told is not None and not any(same(value, other) for _, other in told.values)

    @staticmethod
    def _picked(name: str, running: Running) -> bool:
        """Whether the name holds one of many: an entry of a list, or what a loop's turn gave, kept on a condition."""
        mine = [one for one in running.definitions if name in one.names and not one.inner]
        if not mine or mine[-1].loop or mine[-1].weak:
            return False
        value = mine[-1].value
        if isinstance(value, ast.Subscript):
            return isinstance(value.value, ast.Name) and not isinstance(value.slice, ast.Slice)
        kept = isinstance(value, ast.Name) and mine[-1].branch and running.compound
        return kept and len(running.trained) < 2  # of several models it is one's that nobody knows

    @staticmethod
    def _printed(name: str, running: Running) -> bool:
        """Whether the loop has printed the name's values as a metric that was told."""
        told = {metric for _, metric, _ in running.measured}
        shown = shown_as((running.node, *running.inner)).get(name) if told else None
        return shown is not None and any(
            one == shown or one.endswith(f"_{shown}")  # `train_loss`, `val_loss` of `{phase} loss:`
            for one in told
        )

    @staticmethod
    def _rounded(name: str, value: float, running: Running) -> bool:
        """Whether it is a measured value, rounded or in per cent: ``acc = round(clf.score(X, y) * 100, 2)``."""
        bound = _bound_by(name, running)
        if _in_percent(bound):
            return any(same(100 * other, value) for _, _, other in running.measured)
        if not isinstance(bound, ast.Call) or call_name(bound) != "round":
            return False
        decimals = len(repr(value).partition(".")[2])
        return any(
            rounds_to(other * unit, value, decimals)
            for _, _, other in running.measured
            for unit in (1, 100)
        )

    def _may_be_loose(self, name: str, running: Running) -> bool:
        """Whether a name such as ``cost`` needs no model behind it: inside a candidate, returned by training, or worked out
        of a metric."""
        if self.candidates.current() or (running.covered and not running.compound):
            return True
        return any(
            name in one.names
            and (
                learns(self.world, one.value)
                or (one.value is not None and takes_data(one.value) and self._by_own(one.value))
            )
            for one in running.definitions
        )

    def _by_own(self, value: ast.AST) -> bool:
        """Whether a function of the user's that is named like a cost gives the value."""
        return own_metric(self.world, value) != ""

    def _metric_call(self, name: str, running: Running) -> str:
        """``rmse`` where the name was bound by a call of the user's function of that name, ``precision`` where by
        hand, ``acc_mean`` where by the mean of a list of accuracies; else ''."""
        value = _bound_by(name, running)
        if value is not None and not metric_strength(name):
            manual = manual_metric(value) or self._average(value)
            if manual:
                return manual
        return own_metric(self.world, value)

    def _average(self, value: ast.expr) -> str:
        """``acc_mean`` of ``np.mean(accs)``; '' of the mean of what only a model behind it would make a metric, as of
        ``errors``, unless a loop has filled it with one."""
        name = average_of(value, self.reporter.lists) or ""
        filled = any(
            isinstance(one, ast.Name) and one.id in self.reporter.lists for one in ast.walk(value)
        )
        return name if filled or metric_strength(name) == 2 else ""

    def _by_call(
        self,
        name: str,
        called: str,
        execution: Execution,
        running: Running,
        scope: NamespaceScope,
    ) -> None:
        value = real_scalar(_alone(self.world.namespace.get(name)))
        bound = _bound_by(name, running)
        by_function = isinstance(bound, ast.Call) and isinstance(bound.func, ast.Name)
        refs = scope.name(name) or (running.worked_with if by_function else NONE)
        loose = by_function or (bound is not None and self._average(bound))
        toy = not refs and self.toys.names.get(name) and not self.candidates.current()
        if (
            value is None
            or toy
            or (len(refs) != 1 and not loose)
            or self.reporter.known(value, refs, called)
        ):
            return
        again = self.reporter.said_by_another(value, refs, (name, "call"))
        if not again and not any(same(value, other) for _, _, other in running.measured):
            self.reporter.report(Measured(called, value, (name, "call"), refs), execution, running)

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

    def _computed(self, name: str, running: Running) -> bool:
        """Whether the name's value was worked out here, not merely copied from another name."""
        mine = [one for one in running.definitions if name in one.names and not one.inner]
        if not mine or mine[-1].loop:
            return False
        value = mine[-1].value
        if isinstance(running.node, ast.AugAssign) and isinstance(running.node.op, ast.Div):
            constant = isinstance(value, ast.Constant)
            return not constant or name in self.reporter.sums  # `test_loss /= len(batches)`
        while (
            isinstance(value, ast.Call)
            and call_name(value) in ("float", "round", "int")
            and value.args
        ):
            value = value.args[0]
        if isinstance(value, (ast.Name, ast.Constant)) or counts(value) or _boundless(value):
            return False
        if isinstance(value, ast.Subscript):
            return isinstance(value.value, ast.Call)
        if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div)):
            # `accuracy * 100` of a known name is the same metric in another unit
            names = [side for side in (value.left, value.right) if isinstance(side, ast.Name)]
            others = [side for side in (value.left, value.right) if isinstance(side, ast.Constant)]
            if names and others and names[0].id not in self.reporter.sums:
                return False
        return not any(
            isinstance(node, ast.Call) and call_name(node) in ("input", "linspace")
            for node in ast.walk(value)
        )


def _alone(value: Any) -> Any:
    """A value, or the number in the array of one that it is: the cost ``np.dot(e.T, e)`` of a column."""
    if type(value).__name__ == "ndarray" and 0 < value.ndim < 3 and value.size == 1:
        return value.squeeze()
    return value


def is_part(name: str, loop: ast.AST) -> bool:
    """Whether a loop works a loss out only to add it to others: ``fake_loss`` of ``d_loss = real_loss + fake_loss``. One
    that it also shows, keeps or trains with is a metric of its own. Pure."""
    sums: list[ast.AST] = []
    names, again = _named_again(name, loop)
    read = 0
    for node in ast.walk(loop):
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            read += id(node) not in again
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id != name and metric_strength(target.id):
                sums += _added(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            target = node.target
            if isinstance(target, ast.Name) and target.id != name and metric_strength(target.id):
                sums += ast.walk(node.value)  # `test_loss += loss.item() * len(batch)`
    return 0 < read == sum(isinstance(one, ast.Name) and one.id in names for one in sums)


def _named_again(name: str, loop: ast.AST) -> tuple[set[str], set[int]]:
    """The names that stand for the same value in a loop, and the nodes where it is only named so: ``loss_t = loss.item()``."""
    names, again = {name}, set()
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                if value.func.attr not in (*OF_THE_SAME, "to"):
                    break
                value = value.func.value
            if value is not node.value and isinstance(value, ast.Name) and value.id == name:
                names.add(node.targets[0].id)
                again.add(id(value))
    return names, again


def only_learnt_from(name: str, loop: ast.AST) -> bool:
    """Whether a loop within the loop works a loss out, and nobody uses it but for ``loss.backward()``. Pure."""
    inner = [
        node
        for node in ast.walk(loop)
        if isinstance(node, (ast.For, ast.While)) and node is not loop
    ]
    made = {
        id(one)
        for node in inner
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
    }
    learnt = {
        id(node.value)
        for node in ast.walk(loop)
        if isinstance(node, ast.Attribute) and node.attr == "backward"
    }
    named = [node for node in ast.walk(loop) if isinstance(node, ast.Name) and node.id == name]
    read = [node for node in named if isinstance(node.ctx, ast.Load)]
    return bool(read) and all(
        id(node) in learnt if isinstance(node.ctx, ast.Load) else id(node) in made for node in named
    )


def sums_up(name: str, loop: ast.AST) -> bool:
    """Whether a loop only adds to the name: ``test_loss += loss``, of which what it is divided by makes a metric. Pure."""
    added = {
        id(node.target)
        for node in ast.walk(loop)
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)
    }
    bound = [
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]
    return bool(bound) and all(id(node) in added for node in bound)


def _added(value: ast.expr) -> list[ast.expr]:
    """What several that an expression adds up: ``a`` and ``b`` of ``0.5 * (a + beta * b)``."""
    adds = [
        node
        for node in ast.walk(value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
    ]
    if not adds or any(isinstance(side, ast.Constant) for side in (adds[0].left, adds[0].right)):
        return []
    return [one for one in ast.walk(adds[0]) if isinstance(one, ast.expr)]


def _bound_by(name: str, running: Running) -> ast.expr | None:
    """The expression that a statement binds the name to, if it does so once and in no loop."""
    mine = [one for one in running.definitions if name in one.names and not one.inner]
    return mine[-1].value if len(mine) == 1 and not mine[-1].loop else None


def _in_percent(value: ast.expr | None) -> bool:
    """Whether an expression is something times a hundred."""
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Mult)
        and any(
            isinstance(one, ast.Constant) and one.value == 100 for one in (value.left, value.right)
        )
    )


def _boundless(value: ast.expr) -> bool:
    """Whether an expression is what any value is better than: ``np.inf``, ``-math.inf``, ``sys.maxsize``."""
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    return isinstance(value, ast.Attribute) and value.attr.lower() in _BOUNDLESS


def counts(value: ast.expr) -> bool:
    """Whether an expression tells how many there are: ``len(people)``, ``data["sex"].count()``, ``X.shape[0]``."""
    if isinstance(value, ast.Call):
        return call_name(value) in ("len", "count", "nunique")
    if isinstance(value, ast.Subscript):
        value = value.value
    return isinstance(value, ast.Attribute) and value.attr in ("shape", "size", "ndim")
