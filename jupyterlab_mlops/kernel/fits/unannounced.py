"""Training that no watched call tells of, found when its statement is over.

Six kinds: an estimator given to a library's function that fits copies of it; a fitted model that a library's function
gives back (``auto_arima(y)``); a loop over raw tensors (``loss.backward()`` and an update, no module); a module or variables
of TensorFlow whose gradients a tape is asked for; an object of the user's class that a function or loop of the user's
changes step by step; a network of a framework of the user's own. Each opens a candidate like any fit.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from .. import params
from ..cells import models
from ..cells.frames import NamespaceScope
from ..cells.lineage import Lineage
from ..cells.observe import Observer
from ..cells.running import Execution, Running
from ..measures.reporting import Measured
from ..source.dataflow import refs_of
from ..source.literals import literal_of
from ..source.passing import argument_of
from ..source.syntax import base_name, call_name
from ..source.usercode import is_own_class
from ..source.wording import trains_by_name, words
from .descents import Descents
from .elsewhere import fitted_elsewhere
from .frameworks import kept_series
from .given_back import given_back
from .own_networks import settings_of, trained_network
from .results import Results
from .tried import search_in
from .weights import is_rows

_MEASURES = frozenset("backtest historical cross".split())
"""Words in the names of methods that fit copies of their object to measure it."""
MAX_ITEMS = 50
"""Items of a list or dict of estimators that are looked at."""
MAX_TENSORS = 50
BEST_OF_SEARCH = 20
MAX_BODIES = 500
_UPDATES = frozenset(
    {"step", "sub_", "add_", "copy_", "assign", "assign_sub", "assign_add", "apply_gradients"}
)
"""Methods by which tensors, or what optimises them, take a step."""
_PARAMETERS = frozenset(
    "parameters get_parameters params get_params variables trainable_variables weights trainable_weights".split()
)
"""Methods and attributes that give what a network is made of."""


class Unannounced:
    """Looks at a statement for training that nothing told of. One a kernel."""

    def __init__(self, results: Results, lineage: Lineage, descents: Descents) -> None:
        self.world = results.world
        self.candidates = results.candidates
        self.lineage = lineage
        self.results = results
        self.descents = descents
        self._bodies: dict[CodeType, tuple[ast.AST, Body]] = {}

    def look(
        self, running: Running, execution: Execution, observer: Observer, result: Any = None
    ) -> None:
        """Open candidates for what the statement, whose value is ``result``, trained without saying so."""
        inside = observer.take_inside()
        if inside:
            self._inside_libraries(inside, running, execution)
            if not running.compound:
                self._searched(running, execution, result)
        if not running.trained:
            for one in fitted_elsewhere(running, self.world):
                self._trained(one, running, execution)
        if not running.trained:
            back = given_back(running, self.world)
            if back is not None:
                opened = self._trained(back[1], running, execution, back[0])
                if opened is not None:
                    self.world.registry.put(self.world.namespace[back[0]], opened)
                    kept = self.candidates.known[opened]
                    for name, points, steps in kept_series(back[1]):
                        self.results.series(kept, name, points, steps, execution)
        if not running.trained and not running.compound:
            self.descents.look(running, execution)
        if running.trained or not (running.compound or self._calls_own(running)):
            return
        if running.compound and self._own_network(running, execution):
            return
        by_hand = self._trained_by_hand(running)
        if hasattr(by_hand, "assign_sub") and not self._reads_rows(running):
            return  # a number that is walked down a curve
        if by_hand is not None:
            self._trained(by_hand, running, execution)
        elif running.compound and self.descents.look(running, execution):
            return
        elif "torch" in sys.modules:
            tensors = self._raw_tensors(running, result)
            if tensors:
                name, first = tensors[0]
                candidate = self._trained(first, running, execution, name)
                self._optimised(candidate, running, execution)
                for _, tensor in tensors[1:]:
                    if candidate is not None:
                        self.world.registry.put(tensor, candidate)

    def _reads_rows(self, running: Running) -> bool:
        names = self.lineage.reached(running.info.reads) - running.info.changes
        return any(is_rows(self.world.namespace.get(name)) for name in names)

    def _optimised(self, candidate: str | None, running: Running, execution: Execution) -> None:
        """Say the settings of the optimiser that the statement uses."""
        for name in sorted(running.info.reads):
            value = self.world.namespace.get(name)
            if candidate is not None and isinstance(getattr(value, "param_groups", None), list):
                settings = params.optimizer_params(value).items()
                told = {key: [text, "estimator"] for key, text in settings}
                self.candidates.describing.set_params(candidate, told, execution.msg_id)

    def _own_network(self, running: Running, execution: Execution) -> bool:
        """Whether the statement has trained a network of a framework of the user's own, which is told (see ``own_networks``)."""
        found = trained_network((running.node, *running.inner), self.world.namespace)
        if found is None:
            return False
        candidate = self._trained(found.model, running, execution, found.name)
        if candidate is not None and found.optimiser is not None:
            told = {
                name: [text, "estimator"] for name, text in settings_of(found.optimiser).items()
            }
            self.candidates.describing.set_params(candidate, told, execution.msg_id)
        return True

    def _calls_own(self, running: Running) -> bool:
        namespace = self.world.namespace
        return any(type(namespace.get(name)) is FunctionType for name in running.info.calls)

    def _body(self, name: str) -> tuple[ast.AST, Body] | None:
        """The definition of the user's function of that name, and what is in it."""
        function = self.world.own_function(name)
        if function is None:
            return None
        known = self._bodies.get(function.__code__)
        if known is None:
            node = self.world.trees.function(function.__code__)
            if node is None:
                return None
            if len(self._bodies) >= MAX_BODIES:
                self._bodies.clear()
            known = self._bodies[function.__code__] = (node, body_of(node))
        return known

    def _trained(
        self, model: Any, running: Running, execution: Execution, variable: str = ""
    ) -> str | None:
        if not running.source:
            running.source = ast.unparse(running.node) if len(running.info.reads) < 300 else ""
        candidate = self.candidates.for_training(
            model, execution, running, site="found", method="loop", variable=variable
        )
        if candidate is None:
            return None
        self.candidates.fitted(candidate, running)
        return candidate.id

    # -- fits inside of libraries ---------------------------------------------------------------------------------

    def _inside_libraries(
        self, inside: dict[type, Any], running: Running, execution: Execution
    ) -> None:
        given = list(self._arguments(running))
        asked = only_receivers(running.node)
        for kind, copy in inside.items():
            if not models.is_model(copy):
                continue
            known = False
            for name in sorted(running.info.reads):
                for one in _items(self.world.namespace.get(name)):
                    if type(one) is not kind:
                        continue
                    known = True
                    if name in asked and one is not copy:
                        continue
                    if self.world.registry.get(one) is None:
                        direct = self.world.namespace.get(name) is one
                        self._held(one, running, execution, name if direct else "")
            if known:
                continue
            for made in given:  # `score(DecisionTreeClassifier(), X, y)`: there is no name for it
                if call_name(made) == kind.__name__:
                    candidate = self._held(copy, running, execution, "")
                    if candidate is not None:
                        self.world.made(made, candidate)

    def _held(
        self, estimator: Any, running: Running, execution: Execution, variable: str
    ) -> str | None:
        """An estimator was fitted; where the statement has made a model that holds it, by fitting it at once
        (``ActiveLearner(estimator, X, y)``), that is the model."""
        for name in sorted(running.info.binds):
            made = self.world.namespace.get(name)
            kept = getattr(made, "__dict__", None)
            if (
                isinstance(kept, dict)
                and any(one is estimator for one in list(kept.values())[:MAX_ITEMS])
                and not is_own_class(type(made))
                and models.is_model(made)
            ):
                candidate = self._trained(made, running, execution, name)
                if candidate is not None:
                    self.world.registry.put(estimator, candidate)
                return candidate
        return self._trained(estimator, running, execution, variable)

    def _searched(self, running: Running, execution: Execution, result: Any) -> None:
        """What was fitted inside were the attempts of a search, if the call gave a table of them (see ``tried``)."""
        value = getattr(running.node, "value", None)
        if not isinstance(value, ast.Call):
            return
        owners = frozenset(running.trained) or refs_of(
            value, NamespaceScope(self.world, (10**9, 0))
        )
        parent = self.candidates.get(next(iter(owners))) if len(owners) == 1 else None
        if parent is None or parent.origin != "training":
            return
        given = [result, *map(self.world.namespace.get, sorted(running.info.binds))]
        search = search_in(given, parent.model_class, BEST_OF_SEARCH)
        if search is None:
            return
        running.pending.clear()  # what it measured of each attempt is in the table
        self.results.searched(parent, search, execution, running)
        for name, number in search.attempts[0].points[1:]:
            also = Measured(name, number, ("fit",), owners, "autolog")
            self.results.measuring.reporter.report(also, execution, running)

    @staticmethod
    def _arguments(running: Running) -> Iterator[ast.Call]:
        """Calls that are arguments of calls."""
        for node in ast.walk(running.node):
            if isinstance(node, ast.Call):
                for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                    if isinstance(value, ast.Call):
                        yield value

    # -- objects of the user's ------------------------------------------------------------------------------------

    def _trained_by_hand(self, running: Running) -> Any:
        """The object of a class of the user's, or the module, that a loop, here or in a function called here, changes."""
        namespace = self.world.namespace
        backward = "torch" in sys.modules and any(one.backward for one in self._bodies_of(running))
        if running.compound:
            body = body_of(running.node)
            for name in sorted(body.changed | body.taped):
                if self._may_be_trained(namespace.get(name), backward, name in body.taped):
                    return namespace.get(name)
        for call in ast.walk(running.node):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            known = self._body(call.func.id)
            if known is None:
                continue
            node, body = known
            parameters = body.changed | body.taped
            if trains_by_name(call.func.id):
                parameters |= _parameters(node)
            for parameter in sorted(parameters):
                passed = argument_of(node, call, parameter)
                name = passed.id if isinstance(passed, ast.Name) else ""
                if passed is None and parameter not in _parameters(node):
                    name = parameter  # the function changes what it finds at top level
                if self._may_be_trained(namespace.get(name), backward, parameter in body.taped):
                    return namespace.get(name)
        return None

    @staticmethod
    def _may_be_trained(value: Any, backward: bool, taped: bool) -> bool:
        """``backward``: whether a loss goes backward. Without it whoever changes a module's parameters sets them.
        ``taped``: a ``GradientTape`` is asked for its gradients."""
        if value is None or isinstance(value, type):
            return False
        if taped and (hasattr(value, "trainable_variables") or hasattr(value, "assign_sub")):
            return True  # TensorFlow's, of classes and variables of the user's
        if models.is_torch_module(value):
            return backward and models.is_model(value)  # a criterion has nothing to train
        return is_own_class(type(value)) and (
            models.predicts(value) or models.is_own_network(value)
        )

    def _bodies_of(self, running: Running) -> list[Body]:
        """What the statement does, and the functions of the user's that it may call."""
        names = self.lineage.reached(running.info.reads | running.info.changes)
        bodies = [body_of(top) for top in (running.node, *running.inner)]
        bodies.extend(known[1] for name in names if (known := self._body(name)) is not None)
        return bodies

    # -- raw tensors ----------------------------------------------------------------------------------------------

    def _raw_tensors(self, running: Running, result: Any) -> list[tuple[str, Any]]:
        """(name, tensor) of the leaves that a loop has trained: their loss went backward, and they took a step. Those
        that a function has made and given back as ``result`` have no name."""
        names = self.lineage.reached(running.info.reads | running.info.changes)
        bodies = self._bodies_of(running)
        if not (
            any(one.loops for one in bodies)
            and any(one.backward for one in bodies)
            and any(one.updates for one in bodies)
        ):
            return []
        written = [one.id for one in ast.walk(running.node) if isinstance(one, ast.Name)]
        found: list[tuple[str, Any]] = []
        torch = sys.modules["torch"]
        values = [
            (name, self.world.namespace.get(name))
            for name in dict.fromkeys((*written, *sorted(names)))
        ]
        for name, value in (*values, ("", result)):
            for one in _tensors(value):
                if (
                    isinstance(one, torch.Tensor)
                    and one.requires_grad
                    and one.is_leaf
                    and len(found) < MAX_TENSORS
                    and not any(one is other for _, other in found)
                ):
                    found.append((name, one))
        return found


def only_receivers(top: ast.AST) -> set[str]:
    """Names whose object is asked for something and given to nobody: ``tree`` of ``tree.pruning_path(X, y)``.

    What such a method fits on the way, other than the object itself, is its own business, unless it measures the object
    by copies: ``model.backtest(series)``. Pure.
    """
    receivers = {
        id(node.value): node.value.id
        for node in ast.walk(top)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and not _MEASURES & set(words(node.attr))
    }
    names = [node for node in ast.walk(top) if isinstance(node, ast.Name)]
    return set(receivers.values()) - {node.id for node in names if id(node) not in receivers}


def _parameters(function: ast.AST) -> set[str]:
    return {one.arg for one in getattr(function, "args").args}  # noqa: B009


@dataclass
class Body:
    """What a statement or a function does, by its syntax: loops, ``.backward()``, updates of tensors or numbers."""

    loops: bool = False
    backward: bool = False
    updates: bool = False
    taped: set[str] = field(default_factory=set)
    """Names of what it asks a ``GradientTape`` for the gradients of: ``tape.gradient(loss, model.variables)``."""
    changed: set[str] = field(default_factory=set)
    """Names whose attributes a loop assigns: ``model.weights += rate * gradient``."""


def body_of(top: ast.AST) -> Body:
    """See ``Body``. Pure."""
    found = Body()
    bound = {
        node.targets[0].id: node.value
        for node in ast.walk(top)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(top):
        if isinstance(node, (ast.For, ast.While)):
            found.loops = True
            found.changed.update(_assigned_attributes(node))
        elif isinstance(node, ast.AugAssign):
            found.updates = True
        elif isinstance(node, ast.Call):
            called = call_name(node)
            found.backward = found.backward or called == "backward"
            if called == "gradient" and len(node.args) > 1:
                taped = node.args[1]
                if isinstance(taped, ast.Name):
                    taped = bound.get(taped.id, taped)  # `variables = net.trainable_variables`
                found.taped.update(_taped(taped))
            found.updates = found.updates or called in _UPDATES or trains_by_name(called)
    return found


def _taped(value: ast.expr) -> Iterator[str]:
    """``model`` of ``model.trainable_variables``, ``W`` and ``b`` of ``[W, b]``."""
    for one in value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]:
        name = base_name(one)
        if name:
            yield name


def _assigned_attributes(loop: ast.AST) -> Iterator[str]:
    parameters_of = _loops_over_parameters(loop)
    for node in ast.walk(loop):
        targets: list[ast.expr] = []
        if isinstance(node, ast.AugAssign):
            if literal_of(node.value) is not NotImplemented:
                continue  # a counter, or weights that are scaled before they are trained
            targets = [node.target]
            if isinstance(node.target, ast.Name) and node.target.id in parameters_of:
                yield parameters_of[node.target.id]  # `p -= rate * p.grad`
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = base_name(node.func.value) if node.func.attr in _UPDATES else None
            if changed in parameters_of:
                yield parameters_of[changed]  # `p.sub_(rate * p.grad)`
        elif isinstance(node, ast.Assign):
            targets = node.targets
        for target in targets:
            place = target.value if isinstance(target, ast.Subscript) else target
            name = base_name(place) if isinstance(place, ast.Attribute) else None
            if name:  # also of a part of it: `net.fc.weight.data[:] -= rate * net.fc.weight.grad`
                yield parameters_of.get(name, name)


def _loops_over_parameters(loop: ast.AST) -> dict[str, str]:
    """``{"p": "model"}`` of ``for p in model.parameters():`` and of ``for g, p in zip(grads, model.variables):``: what
    changes those changes the model."""
    found: dict[str, str] = {}
    for node in ast.walk(loop):
        if isinstance(node, ast.For):
            zipped = isinstance(node.iter, ast.Call) and call_name(node.iter) == "zip"
            items = node.iter.args if zipped else [node.iter]  # type: ignore[attr-defined]
            parts = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
            for target, item in zip(parts, items):
                of = _parameters_of(item)
                if of and isinstance(target, ast.Name):
                    found[target.id] = of
    return found


def _parameters_of(value: ast.expr) -> str:
    """``model`` of ``model.parameters()`` and ``model.trainable_variables``; '' of anything else."""
    value = value.func if isinstance(value, ast.Call) else value
    if isinstance(value, ast.Attribute) and value.attr in _PARAMETERS:
        return value.value.id if isinstance(value.value, ast.Name) else ""
    return ""


def _tensors(value: Any) -> Iterator[Any]:
    """The items of a value, also of lists in it: ``(layers, constants)``."""
    for item in _items(value):
        yield from _items(item)


def _items(value: Any) -> Iterator[Any]:
    """The value, or what a short list, tuple or dict holds, also the parts of pairs in it."""
    if type(value) in (list, tuple, dict) and len(value) <= MAX_ITEMS:
        for item in value.values() if type(value) is dict else value:
            if type(item) is tuple and len(item) <= 4:
                yield from item
            else:
                yield item
    elif value is not None:
        yield value
