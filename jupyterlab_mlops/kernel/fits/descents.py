"""Models that are mere numbers: weights that a loop of NumPy, or a function of the user's, steps down a gradient, or
that least squares give; centres that k-means by hand moves.

A loop at top level is looked at when its statement is over. A function that gives the weights back may be called once
a turn (``for n in sizes: model = build_model(n)``), so its calls are observed: while a statement runs that calls it by
its name, that name stands for one that reports, and is what it was again when the statement ends.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import Any

from .. import params
from ..candidates import Candidate
from ..cells.frames import World
from ..cells.objects import object_at
from ..cells.observe import Call, observer
from ..cells.running import Execution, Running
from ..measures.metrics import metric_strength, real_scalar
from ..measures.reporting import Measured
from ..source.corrections import rewarded
from ..source.descents import (
    Given,
    counted,
    demonstrated,
    descended,
    given,
    in_place,
    settings_of,
)
from ..source.least_squares import (
    Bound,
    degree_of,
    is_slope,
    least_squares,
    minimised,
    optimised,
    pieces_of,
    polynomial,
    solved_in,
)
from ..source.literals import literal_of
from ..source.lloyd import centred
from ..source.syntax import Function, call_name
from ..source.usercode import is_own_class, is_own_module
from ..source.wording import names_algorithm, trains_by_name, words
from .asked import arguments_of, asked_of_algorithm
from .minimisers import handed_on, is_minimiser, left_by, minimising
from .results import Results
from .weights import LEAST_ROWS, MAX_PARTS, Lost, is_rows, keys_of, lost_by, size_of, weights_in

KIND = "descent"
MAX_KNOWN = 500
_IN_PASSING = frozenset("temp tmp new old prev previous next".split())
"""Words of names that hold weights for a moment: ``theta`` is the model beside ``temp``."""


class Descents:
    """Opens candidates for weights that the user's code trains step by step. One a kernel."""

    def __init__(self, results: Results) -> None:
        self.world: World = results.world
        self.candidates = results.candidates
        self.results = results
        self._given: dict[Any, Given | None] = {}
        self._standing: list[tuple[dict[str, Any], str, FunctionType, Any]] = []
        """Where, under which name, which function of the user's, and what stands in its place while the statement runs."""
        self._results: list[tuple[Candidate, Any, list[Any]]] = []
        """Of the running statement: what each call has given, and the weights in it. Numbers take no weak reference."""
        self._inside = False
        self._pieces: tuple[ast.AST | None, Bound] = None, {}
        """The cell that was last asked for, and its pieces."""

    # -- functions ------------------------------------------------------------------------------------------------

    def stand_in(self, running: Running) -> None:
        """The statement begins: observe the functions that it calls, and that train weights which they give back."""
        tops = (running.node, *running.inner)
        named = map(self.world.namespace.get, running.info.reads - running.info.calls)
        handed = any(map(self._is_algorithm, named))
        for name in running.info.calls:
            function = self.world.namespace.get(name)
            if self._is_trainer(function) or (handed and self._calls_parameter(function)):
                if _only_called(name, tops):
                    self._observe(self.world.namespace, name)
        if any(self._own_module(name) for name in running.info.reads):
            for place, name in self._of_modules(tops):
                if self._is_trainer(place.get(name)):
                    self._observe(place, name)
        if running.compound and "scipy.optimize" in sys.modules:
            for place, name in self._minimisers(tops):
                self._observe(place, name)

    def _minimisers(self, tops: Iterable[ast.AST]) -> Iterator[tuple[dict[str, Any], str]]:
        """Where the minimisers of SciPy are that a loop hands a cost to: ``minimize``, ``opt.fmin_bfgs``."""
        found: set[tuple[int, str]] = set()
        for node in (one for top in tops for one in minimising(top)):
            place, name = self.world.namespace, call_name(node)
            if isinstance(node.func, ast.Attribute):
                module = object_at(node.func.value, self.world.namespace.get)
                place = vars(module) if type(module) is ModuleType else {}
            if is_minimiser(place.get(name)) and (id(place), name) not in found:
                found.add((id(place), name))
                yield place, name

    def _observe(self, place: dict[str, Any], name: str) -> None:
        reporting = observer.around(place[name], KIND, name, method=False)
        self._standing.append((place, name, place[name], reporting))
        place[name] = reporting

    def _is_trainer(self, function: Any) -> bool:
        return _is_own(function) and self._gives(function) is not None

    def _is_algorithm(self, function: Any) -> bool:
        """Whether it is a function of the user's that trains, or that calls one: ``random_forest(train, test, depth)``."""
        if not _is_own(function):
            return False
        called = (function.__globals__.get(name) for name in function.__code__.co_names)
        return self._is_trainer(function) or any(map(self._is_trainer, called))

    def _calls_parameter(self, function: Any) -> bool:
        """Whether it is a function of the user's that calls what it is given: ``evaluate(rows, algorithm, folds, *args)``."""
        if not _is_own(function):
            return False
        definition = self.world.trees.function(function.__code__)
        parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
        return definition is not None and any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in parameters
            for node in ast.walk(definition)
        )

    def _own_module(self, name: str) -> bool:
        module = self.world.namespace.get(name)
        return type(module) is ModuleType and is_own_module(module.__name__)

    def _of_modules(self, tops: Iterable[ast.AST]) -> Iterator[tuple[dict[str, Any], str]]:
        """Where the functions of local modules are that statements call: ``training.descend(X, y)``."""
        for node in (one for top in tops for one in ast.walk(top)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                module = object_at(node.func.value, self.world.namespace.get)
                if type(module) is ModuleType and is_own_module(module.__name__):
                    yield vars(module), node.func.attr

    def stand_back(self, running: Running, execution: Execution) -> None:
        """The statement is over: every name stands for what it was, whatever fails afterwards; those that hold the weights
        are told."""
        while self._standing:
            place, name, function, reporting = self._standing.pop()
            if place.get(name) is reporting:
                place[name] = function
        self._inside = False
        results, self._results = self._results, []
        namespace = self.world.namespace
        for candidate, result, weights in results:
            parts = result if isinstance(result, list) and len(result) <= MAX_PARTS else ()
            bound = _name_of((result, *weights, *parts), running.info.binds, namespace)
            # what a function trains in place has its name from before; a number may be anyone's
            held = [one for one in weights if not isinstance(one, (int, float))]
            name = bound or _name_of(held, running.info.reads, namespace)
            if name:
                self.candidates.name_variable(candidate, name, execution.msg_id)

    def _gives(self, function: FunctionType) -> Given | None:
        code = function.__code__
        if code not in self._given:
            if len(self._given) >= MAX_KNOWN:
                self._given.clear()
            node = self.world.trees.function(code)
            found = None if node is None else given(node, self._definitions(function))
            if found is None and node is not None:
                # what an algorithm has found is known by its name alone: assignments and centres are no gradient
                definitions = self._definitions(function)
                by_shape = solved_in(node, definitions) or centred(node, definitions)
                name = function.__name__
                found = Given() if by_shape or names_algorithm(name) else None
                if found is None and trains_by_name(name) and counted(node):
                    found = Given(by_name=True)
                found = found or demonstrated(node, definitions) or in_place(node, definitions)
            self._given[code] = found
        return self._given[code]

    def _definitions(self, function: FunctionType | None = None) -> Function:
        """What finds the definition of a function of the user's by its name: of the notebook, or of the local module
        which ``function`` is of, and those of which that has its functions."""
        places = [self.world.namespace]
        if function is not None and function.__globals__ is not self.world.namespace:
            places.insert(0, function.__globals__)

        def definition(name: str) -> ast.AST | None:
            for place in places:
                found = place.get(name)
                if type(found).__module__.startswith("jaxlib"):
                    found = getattr(found, "__wrapped__", found)  # what JAX has compiled
                own = getattr(found, "__dict__", None)
                if type(own) is dict:
                    found = own.get("py_func", found)  # what Numba has compiled
                if type(found) is FunctionType:
                    found = found.__dict__.get("__wrapped__", found)
                if type(found) is FunctionType and is_own_class(found):
                    if all(found.__globals__ is not one for one in places):
                        places.append(found.__globals__)
                    return self.world.trees.function(found.__code__)
            return None

        return definition

    def before(self, call: Call, running: Running, printed: int) -> bool:
        """A call of such a function begins; ``printed``: how much (characters) the statement has by now. Whether it is
        the outermost one."""
        if self._inside:
            return False
        self._inside = True
        call.notes.update(printed=printed, before=len(running.trained))
        return True

    def failed(self) -> None:
        """It has raised."""
        self._inside = False

    def after(
        self, call: Call, result: Any, execution: Execution, running: Running
    ) -> Candidate | None:
        """It has returned: the candidate of what it has trained, if it has."""
        self._inside = False
        library = is_minimiser(call.function)
        back = Given() if library else self._gives(call.function)
        arguments = arguments_of(call)
        definition = self.world.trees.function(call.function.__code__)
        handed = next(filter(self._is_algorithm, arguments.values()), None)
        if back is None and handed is not None:
            back = Given(lost=True)
            arguments = asked_of_algorithm(call, arguments, handed, definition)
        lost = back is not None and back.lost
        if lost:
            weights = [Lost() if handed is None else lost_by(handed)]
        elif back is not None and back.passed:
            weights = list(weights_in(arguments.pop(back.passed, None), Given()))
        else:
            weights = list(weights_in(result, back))
        if not weights or call.notes["before"] != len(running.trained):
            return None  # what it trains besides is the model
        says = [metric_strength(key) > 0 for one in weights for key in keys_of(one)]
        if says and (all(says) or (back is not None and back.by_name and any(says))):
            return None  # what it gives back is how well it went
        node = self.world.trees.call(call.frame, call.name)
        if library:
            arguments = handed_on(arguments, node)
        behind = self._behind_call(call.function, arguments)
        if not self._has_rows((*arguments.values(), *behind)):
            if definition is None or not rewarded(definition):
                running.no_data = True
                return None
        settings = {
            name: value
            for name, value in arguments.items()
            if isinstance(value, (bool, int, float, str))
        }
        if lost and handed is None and definition is not None:
            settings = settings_of(definition) | settings
        marks = {name: one for name, one in settings.items() if name not in params.SEEDS}
        candidate = self.candidates.for_training(
            max(weights, key=size_of),
            execution,
            running,
            site=(call.frame.f_code, call.frame.f_lasti),
            method="loop",
            settings=str(marks),
        )
        if candidate is None:
            return None
        if candidate.fits == 0:
            self.results.set_params(candidate.id, settings, execution)
        running.marks.append((call.notes["printed"], candidate.id))
        self._results.append((candidate, None if lost else result, weights))
        self._trained(candidate, weights, running)
        loss = real_scalar(getattr(result, "fun", None))
        named = next(map(minimised, minimising(node if library else definition)), "")
        if loss is not None and named:
            of = Measured(named, loss, ("fit",), frozenset((candidate.id,)))
            self.results.measuring.reporter.report(of, execution, running)
        if node is not None:
            self.world.made(node, candidate.id)
            if isinstance(running.node, ast.Expr):
                running.results[node] = result
        return candidate

    def _behind_call(self, function: FunctionType, arguments: Mapping[str, Any]) -> Iterator[Any]:
        """What a function, and those that it is given, find at top level or were made with: the data of the cost that it
        goes down."""
        yield from self._globals(function)
        for one in arguments.values():
            if _is_own(one):
                yield from _enclosed(one)
                if one.__globals__ is self.world.namespace:
                    yield from self._globals(one)

    def _globals(self, function: FunctionType) -> Iterator[Any]:
        """What the function, and those of the user's that it calls, find at top level."""
        seen: set[str] = set()
        todo = list(function.__code__.co_names)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            value = self.world.namespace.get(name)
            if type(value) is FunctionType and value.__globals__ is self.world.namespace:
                todo.extend(value.__code__.co_names)
            elif value is not None:
                yield value

    # -- loops at top level ---------------------------------------------------------------------------------------

    def look(self, running: Running, execution: Execution) -> bool:
        """The statement is over, and nothing was trained in it that is known: whether it steps or solves itself."""
        names: set[str] = set()
        pieces: Iterable[Any] = ()
        if running.compound:
            for top in (running.node, *running.inner):
                names |= descended(top, self._definitions(), 0) | centred(top, self._definitions())
        else:
            names = self._solved(running.node) or self._polynomial(running.node, execution)
            if not names:
                names = self._put_together(running.node, execution)
                pieces = self._behind_pieces(execution) if names else ()
        if not names:
            return False
        namespace = self.world.namespace
        ordered = sorted(names, key=lambda name: (bool(_IN_PASSING & set(words(name))), name))
        weights = [one for name in ordered for one in weights_in(namespace.get(name), Given())]
        others = self._read(running, names)
        if not weights or not (
            self._has_rows((*others, *pieces)) or self._of_rows(running) or rewarded(running.node)
        ):
            return False
        first = max(weights, key=size_of)
        candidate = self.candidates.for_training(
            first, execution, running, site="descent", method="loop"
        )
        if candidate is None:
            return False
        degree = self._degree(running.node)
        settings = {} if degree is None else {"degree": degree}
        settings |= _asked_of(running.node)
        if settings:
            self.results.set_params(candidate.id, settings, execution)
        holders = [name for name in ordered if namespace.get(name) is not None]
        variable = next((name for name in holders if namespace[name] is first), holders[0])
        self.candidates.name_variable(candidate, variable, execution.msg_id)
        self._trained(candidate, weights, running)
        for name, value in left_by(running.node, first, namespace):
            of = Measured(name, value, ("fit",), frozenset((candidate.id,)))
            self.results.measuring.reporter.report(of, execution, running)
        return True

    def _behind_pieces(self, execution: Execution) -> Iterator[Any]:
        """What the parts of a fit were made of: ``x`` of ``above += (x[i] - mean) * (y[i] - other)``."""
        named = (one for value in self._pieces_of(execution).values() for one in ast.walk(value))
        for name in sorted({one.id for one in named if isinstance(one, ast.Name)}):
            yield self.world.namespace.get(name)

    def _pieces_of(self, execution: Execution) -> Bound:
        """What the cell binds the parts of a fit to, before it puts them together."""
        tree = execution.tree
        if tree is None:
            return {}
        if self._pieces[0] is not tree:
            self._pieces = tree, pieces_of(tree)
        return self._pieces[1]

    def _put_together(self, node: ast.AST, execution: Execution) -> set[str]:
        """The name that a statement binds to weights of a least squares fit, or to the slope of a line, whose parts the cell has
        bound before."""
        if not isinstance(node, ast.Assign) or not isinstance(node.value, (ast.BinOp, ast.Call)):
            return set()
        pieces = self._pieces_of(execution)
        if not least_squares(node.value, pieces) and not is_slope(node.value, pieces):
            return set()
        return {one.id for one in node.targets if isinstance(one, ast.Name)}

    @staticmethod
    def _solved(node: ast.AST) -> set[str]:
        """The names that a statement binds to the weights of a least squares fit, or to what a minimiser has found; of
        their tuples the first."""
        if not isinstance(node, ast.Assign):
            return set()
        target = node.targets[0]
        found = bool(minimised(node.value)) or optimised(node.value)
        if not found and not least_squares(node.value):
            return set()
        called = call_name(node.value) if isinstance(node.value, ast.Call) else ""
        whole = found or called == "lstsq"
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        chosen = parts[:1] if whole else parts
        return {one.id for one in chosen if isinstance(one, ast.Name)}

    def _polynomial(self, node: ast.AST, execution: Execution) -> set[str]:
        """The names that a statement binds to a polynomial, or to the parameters of a curve, that is fitted to data. A straight
        line or a curve is one where the cell measures something: many are only drawn through points."""
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            return set()
        curve = call_name(node.value) == "curve_fit"
        if not curve and polynomial(node.value) is None:
            return set()
        cell = execution.tree or node
        named = (getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(cell))
        drawn = curve or self._degree(node) == 1
        if drawn and not any(metric_strength(one) == 2 for one in named):
            return set()
        target = node.targets[0]
        parts = target.elts[: 1 if curve else None] if isinstance(target, ast.Tuple) else [target]
        return {one.id for one in parts if isinstance(one, ast.Name)}

    def _degree(self, node: ast.AST) -> int | None:
        call = polynomial(node.value) if isinstance(node, ast.Assign) else None
        given = degree_of(call) if call is not None else None
        if isinstance(given, ast.Constant):
            return given.value if type(given.value) is int else None
        held = self.world.namespace.get(given.id) if isinstance(given, ast.Name) else None
        return held if type(held) is int else None

    def _read(self, running: Running, names: Iterable[str]) -> Iterator[Any]:
        for name in sorted(running.info.reads - set(names)):
            function = self.world.own_function(name)
            if function is not None:
                yield from self._globals(function)
            elif name not in running.info.binds | running.info.changes:
                yield self.world.namespace.get(name)
                yield from self._behind(name)

    def _behind(self, name: str) -> Iterator[Any]:
        """What the user's functions find at top level that a library's was made of: ``slope = grad(training_loss)``."""
        if not callable(self.world.namespace.get(name)):
            return
        for record in self.candidates.lineage.records.get(name, ()):
            for other in sorted(record.names):
                function = self.world.own_function(other)
                if function is not None:
                    yield from self._globals(function)

    def _of_rows(self, running: Running) -> bool:
        """Whether something that the statement reads was taken from a table of rows: ``sample = rows[0]``."""
        lineage, namespace = self.candidates.lineage, self.world.namespace
        given = running.info.reads - running.info.binds - running.info.changes
        records = (one for name in given for one in lineage.records.get(name, ()))
        tables = (namespace.get(name) for record in records for name in record.names)
        shapes = (getattr(one, "shape", None) for one in tables)
        return any(
            isinstance(one, tuple) and len(one) == 2 and max(one) >= LEAST_ROWS for one in shapes
        )

    def _trained(self, candidate: Candidate, weights: list[Any], running: Running) -> None:
        for one in weights:
            if size_of(one) > 1:
                self.world.registry.put(one, candidate.id)
        self.candidates.fitted(candidate, running)

    @staticmethod
    def _has_rows(values: Iterable[Any]) -> bool:
        return any(is_rows(one) for one in values)


def _is_own(value: Any) -> bool:
    """Whether it is a function of the user's."""
    return type(value) is FunctionType and is_own_class(value)


def _enclosed(function: FunctionType) -> Iterator[Any]:
    """What was around a function where it was defined: ``X`` of the cost that ``cost_of(X, y)`` gives."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing is bound yet
            yield cell.cell_contents


def _asked_of(node: ast.AST) -> dict[str, Any]:
    """The literals that an optimiser is given by name: ``step_size`` of ``adam(slope, start, step_size=0.001)``."""
    call = node.value if isinstance(node, ast.Assign) else None
    if not isinstance(call, ast.Call) or not optimised(call):
        return {}
    given = {one.arg: literal_of(one.value) for one in call.keywords if one.arg}
    return {name: one for name, one in given.items() if one is not NotImplemented}


def _name_of(values: Iterable[Any], names: Iterable[str], namespace: Mapping[str, Any]) -> str:
    """The first of the names that holds one of these very values; '' if none does. Pure."""
    held = ((one, name) for one in values for name in sorted(names))
    return next((name for one, name in held if namespace.get(name) is one), "")


def _only_called(name: str, tops: Iterable[ast.AST]) -> bool:
    """Whether statements mention a function by calling it, and not otherwise: what is handed on is pickled, compared,
    looked at. Pure."""
    nodes = [node for top in tops for node in ast.walk(top)]
    called = {id(one.func) for one in nodes if isinstance(one, ast.Call)}
    named = [one for one in nodes if isinstance(one, ast.Name) and one.id == name]
    return all(id(one) in called for one in named) and bool(named)
