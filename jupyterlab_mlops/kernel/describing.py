"""What a candidate was made with: its params, the executions and seeds it depends on, the files its data came from."""

from __future__ import annotations

import ast
import inspect
import sys
from collections import Counter
from typing import Any

from . import params
from .cells import models
from .cells.frames import World
from .cells.lineage import Lineage, Record
from .cells.objects import object_at
from .cells.running import Execution, Running
from .link.journal import Journal
from .source.inside import MEASURERS, PLACE, Inside
from .source.literals import literal_of
from .source.statements import class_of
from .source.syntax import call_name
from .source.usercode import is_own_class
from .source.wording import words

_TABLES = frozenset({"pandas", "polars", "numpy", "builtins"})
"""Modules whose classes hold data."""
_SHOWS = (
    "pandas",
    "polars",
    "argparse",
    "ipywidgets",
    "matplotlib.pyplot",
    "matplotlib.colors",
    "plotly.graph_objects",
)
"""Modules whose classes hold data, show something, or read what a script is called with."""
_SPLITTERS = ("Fold", "Split", "Out")
"""How classes are called that split data, whose settings are no model's: ``KFold.random_state``."""
MOST_TURNS = 100
"""A loop over more rows than that goes through data, not through settings."""
MOST_PARTS = 5
"""Sequences in a sequence that are no data yet: the layers of a network."""
_FAR = 1e5
"""What is further off than that is no setting of a name that says the best."""
_PREPARES = ("split", "transform", "fit_resample", "step")
"""Methods of what splits data, prepares it, or steps a model."""


MAX_TOLD = 1000
"""Candidates of which is known what files they were told to have their data from."""


class Describing:
    """Says through the journal what candidates were made with. One a kernel."""

    def __init__(self, journal: Journal, world: World, lineage: Lineage) -> None:
        self.journal = journal
        self.world = world
        self.lineage = lineage
        self.file_user: Any = None
        """Called with (paths, candidate id, msg_id): the files a candidate's data came from."""
        self._files: dict[str, frozenset[str]] = {}
        """Candidate → the files that it was told to have its data from."""

    def describe(
        self, candidate_id: str, model: Any, execution: Execution, running: Running
    ) -> None:
        """Say of a candidate that has just been opened what its model is set to and what its statement depends on."""
        values = {name: [text, "estimator"] for name, text in params.model_params(model).items()}
        literals = self.literals(running, model)
        # What the code says is set, also where it says the default.
        said = {name.rpartition(".")[2] for name in (*literals, *self._latest(running))}
        defaults = [
            name
            for name in params.defaults(model, values)
            if name not in said and name.rpartition("__")[2] not in said
        ]
        if defaults:
            facts = {"defaults": defaults}
            self.journal.emit("facts", execution.msg_id, candidate=candidate_id, values=facts)
        keys = Counter(name.rpartition(".")[2] for name in literals)
        held = self._held(running)
        for name, literal in literals.items():
            if type(literal) in (list, dict, tuple) and not literal:
                continue  # to be filled: it sets nothing
            text = params.text_of(literal)
            key = name.rpartition(".")[2]
            if text is not None and key in values and _keeps_otherwise(model, name):
                values[key] = [text, "variable"]  # `(1, 1, (1, 0, 1))`, kept as `(1, 1, [1, 3])`
                continue
            if text is None or name in values or (key != name and _has_param(values, name, text)):
                continue
            if self._of_another_model(class_of(name), model):
                continue
            called = class_of(name)
            plain = called == type(model).__name__ and not {key} & {*values, *literals}
            trains = called in running.info.calls and self.world.own_function(called) is not None
            plain = plain or ((trains or name in held) and keys[key] == 1 and key not in values)
            values[key if plain else name] = [text, "variable"]
        self.set_params(candidate_id, values, execution.msg_id)
        self.trace(candidate_id, running, execution.msg_id)

    def _of_another_model(self, called: str, model: Any) -> bool:
        """Whether a class is that of another model than this one, which tells all that it is made of: one of a list of
        estimators."""
        cls = self.world.namespace.get(called)
        return (
            isinstance(cls, type)
            and cls is not type(model)
            and all(hasattr(cls, name) for name in ("fit", "predict", "get_params"))
            and hasattr(model, "get_params")
        )

    def set_params(
        self, candidate_id: str | None, values: dict[str, list[str]], msg_id: str | None
    ) -> None:
        """Say params: {name: [text, source]}."""
        if values:
            self.journal.emit("params", msg_id, candidate=candidate_id, values=values)

    def set_again(self, candidate_id: str, model: Any, msg_id: str | None) -> None:
        """Say what a model is set to by now that has gone on learning."""
        told = params.model_params(model)
        self.set_params(candidate_id, {name: [told[name], "estimator"] for name in told}, msg_id)

    def by_hand(self, running: Running, execution: Execution) -> None:
        """Say of a training that no object stands for, a loop of NumPy with its losses, what it was set to: the rate, the
        rounds. Where a model is behind what it reads, its settings are its own."""
        if running.trained or any(
            self.lineage.refs.get(name) for name in self.lineage.reached(running.info.reads)
        ):
            return
        literals = self.literals(running)
        told = {name: params.text_of(one) for name, one in literals.items()}
        values = {name: [text, "variable"] for name, text in told.items() if text is not None}
        self.set_params(None, values, execution.msg_id)

    def settled(self, running: Running) -> None:
        """A statement has run: what a condition has chosen is known by now; where a library's function has made a model,
        what it was given by name are settings of it."""
        node, told = running.node, running.record.literals
        for name in running.info.chosen:
            value = self.world.namespace.get(name)
            if type(value) in (bool, int, float, str):
                told[name] = value
            else:
                told.pop(name, None)
        settings = settings_in(node.value) if isinstance(node, ast.Assign) else {}
        if settings and len(running.info.binds) == 1:
            (name,) = running.info.binds
            value = self.world.namespace.get(name)
            if value is not None and not is_own_class(type(value)) and models.is_model(value):
                told.update(settings)

    def literals(self, running: Running, model: Any = None) -> dict[str, Any]:
        """The literals in the data flow of the running statement, the latest of each name, and its loop values.

        What a class is called with only as far as it cannot be another object's: of the model's class, what the call
        that made the model is given."""
        records = self._closure(running)
        found = self._latest(running)
        for called in {class_of(name) for name in found if class_of(name)[:1].isupper()}:
            calling = [record for record in records if called in record.calls]
            if not calling:
                continue  # a variable: `PARAMS = {"lr": 0.1}`
            if _holds_or_shows(called):
                found = {name: one for name, one in found.items() if class_of(name) != called}
                continue
            strict = called == type(model).__name__
            own = self._makers(running, model) if strict or len(calling) > 1 else None
            mine = calling if own is None else [one for one in calling if one.order in own]
            told = _agreed(called, mine if mine or strict else calling, strict=strict)
            found = {name: one for name, one in found.items() if class_of(name) != called}
            found.update(told)
        found = self._inside(records, running, model) | found
        found = _by_name(found, self.world.namespace)
        found.update(self._given(records))
        found.update(self._held(running))
        found.update(_loop_values(running, self.world.namespace))
        return {name: one for name, one in found.items() if not _is_table(one)}

    def _latest(self, running: Running) -> dict[str, Any]:
        held = self.world.namespace
        found: dict[str, Any] = {
            name: seed for name, seed in self.lineage.seed_names.items() if held.get(name) is seed
        }
        counted: set[str] = set()
        for record in self._closure(running):
            found.update(
                (name, one)
                for name, one in record.literals.items()
                if name not in record.unclear or class_of(name) not in MEASURERS
            )
            counted |= record.counted
        for name in counted:
            if type(found.get(name)) in (int, float) and found[name] in (0, -1):
                del found[name]  # where a count begins, or a sum
        for name in (running.info.binds | running.info.changes) & found.keys():
            if _is_nought(found[name]):
                del found[name]  # where something begins that the statement works out
        for name in [one for one in found if "best" in words(one)]:
            if type(found[name]) in (int, float) and (
                found[name] in (0, -1) or abs(found[name]) > _FAR
            ):
                del found[name]  # `best_loss = 1e9`: what anything is better than
        return found

    def _inside(self, records: list[Record], running: Running, model: Any) -> dict[str, Any]:
        """The settings that functions write out which this depends on: of what splits, prepares or loads data, steps a
        model or measures it. Of nothing that the statements themselves call, and that two functions call differently;
        those that the running statement calls come first."""
        inside: dict[str, list[Inside]] = {}
        called_outside = {called for record in records for called in record.calls}
        for record in records:
            for called, one in record.inside.items():
                if called not in called_outside and called != type(model).__name__:
                    inside.setdefault(called, []).append(one)
        found: dict[str, Any] = {}
        reached = self.lineage.reached(running.info.reads) if inside else ()
        nearest = {id(one) for name in reached for one in self.lineage.records.get(name, ())}
        near = {
            id(one) for record in records if id(record) in nearest for one in record.inside.values()
        }
        for called, of_all in inside.items():
            ones = [one for one in of_all if id(one) in near] or of_all
            alike = all(one.given == ones[0].given for one in ones)
            if alike and (called[:1].islower() or self._prepares(ones[0].function)):
                found.update(ones[0].given)
        return found

    def _prepares(self, function: ast.expr) -> bool:
        """Whether it is a class of what a model is trained with, and not a model, a layer or a table."""
        cls = object_at(function, self.world.namespace.get)
        if not isinstance(cls, type) or cls.__module__.partition(".")[0] in _TABLES:
            return False
        if any(hasattr(cls, name) for name in ("predict", "fit_predict", "forward", "call")):
            return False
        return cls.__name__.endswith("Loader") or any(hasattr(cls, name) for name in _PREPARES)

    def _given(self, records: list[Record]) -> dict[str, Any]:
        """What the user's functions are given by name, ``{"make_data.n_samples": 100}``: of each what all of its calls are
        given that this depends on."""
        found: dict[str, dict[str, Any]] = {}
        for record in records:
            for called, given in record.given.items():
                told = found.setdefault(called, given)
                if told is not given:
                    found[called] = {
                        name: one for name, one in told.items() if given.get(name, ...) == one
                    }
        return {
            f"{called}.{name}": one
            for called, given in found.items()
            if given and self.world.own_function(called) is not None
            for name, one in given.items()
        }

    def _makers(self, running: Running, model: Any) -> set[int] | None:
        """The records, by their order, that what holds the model comes from; None if nobody can tell."""
        if model is None:
            return None
        names = {name for name, one in list(self.world.namespace.items()) if one is model}
        held = [
            record
            for name in names - running.info.binds
            for record in self.lineage.records.get(name, ())
        ]
        if held:
            return {one.order for record in held for one in self.lineage.closure(record)}
        return {running.record.order} if type(model).__name__ in running.info.calls else None

    def _held(self, running: Running) -> dict[str, Any]:
        """``args.lr`` and its like: what objects in the data flow that only hold settings hold."""
        names = {name for record in self._closure(running) for name in record.names}
        values = {
            name: self.world.namespace.get(name) for name in sorted(self.lineage.reached(names))
        }
        frame: Any = sys._getframe(1)
        inner: list[dict[str, Any]] = []
        while frame is not None and frame.f_code.co_name != "<module>":
            if self.world.user.is_user(frame):
                inner.append(frame.f_locals)  # `args` of the `main()` that trains
            frame = frame.f_back
        for names_there in reversed(inner):  # of a name the meaning where it is used: the innermost
            values.update(names_there)
        return {
            f"{name}.{key}": one
            for name, value in values.items()
            if value is not None
            for key, one in params.held_settings(value).items()
        }

    def trace(self, candidate_id: str, running: Running, msg_id: str | None) -> None:
        """Say what the candidate depends on: executions, seeds, files read."""
        closure = self._closure(running)
        msg_ids = list(dict.fromkeys(record.msg_id for record in closure if record.msg_id))
        self.journal.emit("slice", msg_id, candidate=candidate_id, msg_ids=msg_ids[-500:])
        seeds: dict[str, list[Any]] = {}
        for what, value in [
            *self.lineage.global_seeds,
            *(seed for record in closure for seed in record.seeds),
        ]:
            if value not in seeds.setdefault(what, []):
                seeds[what].append(value)
        if seeds:
            self.journal.emit("facts", msg_id, candidate=candidate_id, values={"seeds": seeds})
        self._uses(candidate_id, closure, msg_id)

    def measured_on(self, candidate_id: str, running: Running, msg_id: str | None) -> None:
        """Say which files a statement, that measures what was trained before, has its data from."""
        if self._files:
            self._uses(candidate_id, self._closure(running), msg_id)

    def _uses(self, candidate_id: str, closure: list[Record], msg_id: str | None) -> None:
        files = dict.fromkeys(path for record in closure for path in record.files)
        told = self._files.get(candidate_id, frozenset())
        new = [path for path in files if path not in told]
        if not new or self.file_user is None:
            return
        self._files[candidate_id] = told.union(new)
        while len(self._files) > MAX_TOLD:
            del self._files[next(iter(self._files))]
        self.file_user(new, candidate_id, msg_id)

    def _closure(self, running: Running) -> list[Record]:
        if running.closure is None:
            running.closure = self.lineage.closure(running.record)
        return running.closure


def _holds_or_shows(called: str) -> bool:
    """Whether a class of that name, of a library that has been imported, holds data or draws: ``DataFrame``, ``IntSlider``."""
    return any(isinstance(getattr(sys.modules.get(one), called, None), type) for one in _SHOWS)


def settings_in(call: ast.expr | None) -> dict[str, Any]:
    """``{"arch_model.p": 1}`` of ``arch_model(returns, p=1)``: what is written out where a function makes a model. Pure."""
    called = call_name(call) if isinstance(call, ast.Call) else ""
    if not isinstance(call, ast.Call) or not called[:1].islower():
        return {}
    written = {one.arg: literal_of(one.value) for one in call.keywords if one.arg}
    return {
        f"{called}.{name}": literal
        for name, literal in written.items()
        if literal is not None and literal is not NotImplemented
    }


def _is_nought(literal: Any) -> bool:
    """Whether it is zero, or a list of nothing else."""
    parts = literal if isinstance(literal, (list, tuple)) and literal else [literal]
    return all(type(one) in (int, float) and one == 0 for one in parts)


def _is_table(literal: Any) -> bool:
    """Whether a literal is data that is written out, row by row: no setting."""
    rows = literal if isinstance(literal, (list, tuple)) and len(literal) > MOST_PARTS else ()
    return any(isinstance(one, (list, tuple)) for one in rows)


def _agreed(called: str, calling: list[Record], *, strict: bool) -> dict[str, Any]:
    """What all that call the class give it alike; ``strict``: and none of them leaves out. Pure."""
    given = [
        {name: one for name, one in record.literals.items() if class_of(name) == called}
        for record in calling
    ]
    unclear = {name for record in calling for name in record.unclear} if strict else set()
    return {
        name: literal
        for one in given
        for name, literal in one.items()
        if name not in unclear
        and all(other.get(name, None if strict else literal) == literal for other in given)
    }


def _has_param(values: dict[str, list[str]], name: str, text: str) -> bool:
    """Whether an estimator's params say this already: ``params["max_depth"]``, ``SVC(C=…)``, ``svc__C``."""
    prefix, _, key = name.rpartition(".")
    if prefix.endswith("split"):
        return False  # `train_test_split(random_state=0)` is another seed than the model's
    camel = prefix[:1].isupper() and not prefix.endswith(_SPLITTERS)
    return any(
        (told_name == key or told_name.endswith(f"__{key}"))
        and (told[0] == text or (told[1] == "estimator" and camel))
        for told_name, told in values.items()
    )


def _keeps_otherwise(model: Any, name: str) -> bool:
    """Whether it is a setting that the call which made the model was given, and the model is free to keep it in another
    form: ``lags=3`` as ``[1, 2, 3]``. One of ``get_params`` keeps what it was given, and may be set anew."""
    return class_of(name) == type(model).__name__ and not hasattr(model, "get_params")


def _by_name(literals: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Literals given by position under the names of their parameters, which are left out where they cannot be known."""
    found: dict[str, Any] = {}
    for name, literal in literals.items():
        called, by_place, place = name.partition(PLACE)
        if by_place:
            parameter = _parameter(namespace.get(called), int(place))
            if parameter:
                found.setdefault(f"{called}.{parameter}", literal)
        else:
            found[name] = literal
    return found


def _parameter(function: Any, place: int) -> str:
    """The name of the parameter at that place; '' if there is none."""
    if not callable(function):
        return ""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # it has none, as some of C have
        return ""
    if place >= len(parameters) or parameters[place].kind is inspect.Parameter.VAR_POSITIONAL:
        return ""
    return parameters[place].name


def _line_in(running: Running, namespace: dict[str, Any]) -> int:
    """The line of the running statement that is under way, from which this was called; 0 if it has ended."""
    frame: Any = sys._getframe(1)
    while frame is not None and not (
        frame.f_code.co_name == "<module>" and frame.f_globals is namespace
    ):
        frame = frame.f_back
    line = frame.f_lineno if frame is not None and not running.inner else 0
    return line if running.node.lineno <= line <= (running.node.end_lineno or 0) else 0


def _loop_values(running: Running, namespace: dict[str, Any]) -> dict[str, Any]:
    """What the loops of the running statement stand at, unless they merely count: those around the line that runs."""
    found: dict[str, Any] = {}
    line = _line_in(running, namespace)
    if not line and not running.inner:
        return found  # they are through
    for body in ([running.node], running.inner):
        for top in body:
            if not isinstance(top, (ast.For, ast.With, ast.If, ast.While)):
                continue
            for node in ast.walk(top):
                if isinstance(node, ast.For) and isinstance(node.target, (ast.Name, ast.Tuple)):
                    if line and not node.lineno <= line <= (node.end_lineno or line):
                        continue  # one that an earlier turn has gone through
                    if _goes_over_rows(node.iter, namespace):
                        continue
                    target: ast.AST = node.target
                    if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name):
                        if node.iter.func.id in ("range", "tqdm", "trange"):
                            continue
                        if node.iter.func.id == "enumerate":  # the first part counts
                            parts = node.target.elts if isinstance(node.target, ast.Tuple) else []
                            target = parts[-1] if len(parts) == 2 else ast.Tuple([], ast.Store())
                    for name in ast.walk(target):
                        if isinstance(name, ast.Name):
                            value = namespace.get(name.id)
                            if isinstance(value, (int, float, str, bool)) and name.id != "_":
                                found[name.id] = value
    return found


def _goes_over_rows(iterated: ast.expr, namespace: dict[str, Any]) -> bool:
    """Whether a loop goes through data, row by row: ``for x, y in zip(xs, ys)``."""
    given = iterated.args if isinstance(iterated, ast.Call) else [iterated]
    held = (namespace.get(one.id) for one in given if isinstance(one, ast.Name))
    shapes = (getattr(one, "shape", None) for one in held)
    return any(isinstance(one, tuple) and one and one[0] > MOST_TURNS for one in shapes)
