"""The candidates of this kernel: when one opens, what is said of it then, and when it ends."""

from __future__ import annotations

import sys
import time
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from . import params
from .cells import models
from .cells.frames import World
from .cells.lineage import Lineage
from .cells.running import Execution, Running
from .cells.weak import reference
from .describing import Describing
from .link.journal import Journal
from .source.dataflow import Refs

MAX_PER_STATEMENT = 200
"""Candidates one statement may open; further models of a class are counted on the last one."""
MAX_KEPT = 5000


_BY_PARTS = ("partial_fit", "learn_one", "learn_many", "teach")
"""Methods by which a model goes on learning."""


@dataclass
class Candidate:
    """What the kernel remembers of a candidate."""

    id: str
    origin: str
    model_class: str = ""
    variable: str = ""
    statement: int = 0
    msg_id: str | None = None
    source: str = ""
    fits: int = 0
    model: Any = None
    """A weak reference to the model object, or None."""
    ended: bool = False
    metric_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=500))
    dirty: bool = False
    optimizer: bool = False
    """Whether the settings of its optimiser have been told."""
    refit: tuple[str, Any] = ("", None)
    """Its settings, and the data that it was fitted on: a weak reference, the id of what takes none."""
    asked: str = ""
    """The settings that the model itself says, where the user may set them anew."""
    turn: str = ""
    """What beside them makes it another one than its like at the same place (see ``fits.turns``)."""
    set_on: bool = False
    """Whether settings have changed since it was opened, and it is the same model all the same (``warm_start``)."""
    cell_id: str | None = None
    cross_validated: bool = False
    """Whether it was opened for a cross-validation of its model, which the user's code has not fitted."""
    rows: tuple[str, int] = ("", 0)
    """The name of the data that it was cross-validated on, and the order of the statement that had bound it."""
    since: float = field(default_factory=time.time)
    """When it was opened, seconds since the epoch."""

    def fitted_on(self, mark: str, data: Any) -> None:
        """It was fitted with these settings on this data, which is not kept alive: an address alone would not tell it
        again, as the next array may get it."""
        self.refit = (mark, reference(data) or id(data))

    def only_measured_on_other(self, rows: tuple[str, int]) -> bool:
        """Whether it was opened by a cross-validation on data that had this name, and that it stood for something else
        then. ``rows``: the name, and the order of the statement that has bound it."""
        own = self.rows if self.cross_validated and not self.fits else ("", 0)
        return bool(rows[0]) and own[0] == rows[0] and own[1] != rows[1]

    def was_fitted_on(self, mark: str, data: Any) -> bool:
        """Whether its latest fit was with these settings on this very data."""
        told, kept = self.refit
        return told == mark and (kept() is data if callable(kept) else kept == id(data))


MAX_HELD = 50
"""Models that a container holds among which one is looked for."""


def _beside(pair: tuple[Any, Any], model: Any) -> list[str]:
    """The text beside a model: ``("zeros", model)``, ``(model, "zeros")``."""
    return [other for one, other in (pair, pair[::-1]) if one is model and isinstance(other, str)]


class Candidates:
    """Opens, updates and ends candidates through the journal."""

    def __init__(self, journal: Journal, world: World, lineage: Lineage) -> None:
        self.journal = journal
        self.world = world
        self.lineage = lineage
        self.known: OrderedDict[str, Candidate] = OrderedDict()
        self.explicit: list[str] = []
        self.automatic = True
        self.experiment: str | None = None
        self.describing = Describing(journal, world, lineage)

    def get(self, candidate_id: str | None) -> Candidate | None:
        """The candidate by id, None if it is not (or no longer) known here."""
        return None if candidate_id is None else self.known.get(candidate_id)

    def remember(self, candidate: Candidate) -> Candidate:
        """Keep it; the oldest are forgotten beyond the limit."""
        self.known[candidate.id] = candidate
        while len(self.known) > MAX_KEPT:
            self.known.popitem(last=False)
        return candidate

    # -- training -------------------------------------------------------------------------------------------------

    def current(self) -> str | None:
        """The explicit candidate or MLflow run that everything now belongs to."""
        if self.explicit:
            return self.explicit[-1]
        return self.mlflow_run()

    @staticmethod
    def mlflow_run() -> str | None:
        """The id of the active MLflow run, if the user's code has mlflow loaded and one is active."""
        mlflow = sys.modules.get("mlflow")
        active_run = getattr(mlflow, "active_run", None)
        if active_run is None:
            return None
        try:
            run = active_run()
        except Exception:  # a half-imported or broken mlflow
            return None
        return str(run.info.run_id) if run is not None else None

    def for_training(
        self,
        model: Any,
        execution: Execution,
        running: Running,
        *,
        site: Any,
        method: str,
        variable: str = "",
        data: Any = None,
        run: str | None = None,
        settings: str = "",
        searched: bool = False,
        anew: bool = False,
    ) -> Candidate | None:
        """The candidate that this fit of ``model`` belongs to, opened if need be (rules 1 and 2). ``run``: the
        MLflow run that was made for it. ``settings``: what beside the model's own makes it another one; ``searched``: it is an
        attempt of an optimiser, of which settings make no other one; ``anew``: whatever is known of the model."""
        current = run or self.current()
        if current is not None:
            return self._within(current, model, execution, running, variable)
        if not self.automatic:
            return None
        own = self.get(self.world.registry.get(model))
        mark = params.fingerprint(model) + settings
        elsewhere = own is not None and own.cross_validated and own.msg_id != execution.msg_id
        if elsewhere and (anew or method == "fit" or self.done_again(own, execution)):
            own = None  # what an earlier cell has only cross-validated is trained here
        if own is not None and self._goes_on(own, running, method, model, mark, settings):
            if own.refit[0] != mark and getattr(model, "warm_start", False):
                own.set_on = True
            own.fitted_on(mark, data)
            return own
        if own is not None and own.msg_id == execution.msg_id and own.was_fitted_on(mark, data):
            return own  # fitted again in the same cell, as it is, on the same data
        key = (site, type(model), "" if searched else mark)
        same = self.get(running.keys.get(key))
        if same is not None:
            key = (site, type(model), f"{key[2]}{self.held_as(model, same, running)}")
            same = self.get(running.keys.get(key))
        if same is None and len(running.opened) >= MAX_PER_STATEMENT:
            same = self.get(running.opened[-1])
        if same is not None:
            self.world.registry.put(model, same.id)
            same.model = reference(model)
            return same
        candidate = self.open(model, execution, running, variable)
        candidate.fitted_on(mark, data)
        candidate.asked = params.asked(model)
        candidate.turn = settings if method in ("fit", "cv") else ""
        candidate.cross_validated = method == "cv"
        running.keys[key] = candidate.id
        return candidate

    def held_as(self, model: Any, same: Candidate, running: Running) -> str:
        """What tells a model apart from that of a candidate of the ``same`` settings: a name, the key of a dict, the text beside
        it in a list, that were there before the statement; '' of one that it makes, as of folds and bootstraps."""
        if same.model is None or same.model() is model:
            return ""
        info, namespace = running.info, self.world.namespace
        for name in sorted(info.reads - info.binds - info.changes):
            value: Any = namespace.get(name)
            if value is model:
                return name
            if type(value) is dict and len(value) <= MAX_HELD:
                held = [str(key) for key, one in value.items() if one is model]
            elif type(value) in (list, tuple) and len(value) <= MAX_HELD:
                pairs = (one for one in value if type(one) is tuple and len(one) == 2)
                held = [text for pair in pairs for text in _beside(pair, model)]
            else:
                continue
            if held:
                return f"{name}[{held[0]}]"
        return ""

    @staticmethod
    def _goes_on(
        own: Candidate, running: Running, method: str, model: Any, mark: str, turn: str
    ) -> bool:
        if own.ended:
            return False  # it failed: this is another try
        here = own.statement == running.record.order
        if here and own.turn != turn and method in ("fit", "cv"):
            return False
        if method == "cv":
            return own.asked == params.asked(model)
        if own.fits == 0:
            return own.asked == params.asked(model)  # not after `set_params(**best)`
        if here:
            return method != "fit" or own.refit[0] == mark or own.asked == params.asked(model)
        return method in _BY_PARTS and own.source != running.source

    @staticmethod
    def done_again(own: Candidate | None, execution: Execution) -> bool:
        """Whether the cell that opened the candidate by cross-validating its model is executed again."""
        return (
            own is not None
            and own.cross_validated
            and own.cell_id is not None
            and own.cell_id == execution.cell_id
            and own.msg_id != execution.msg_id
        )

    def set_anew(self, candidate_id: str, model: Any, running: Running, turn: str) -> bool:
        """Whether other settings were given to the model since its candidate opened, in the same statement or without
        a fit by then, or it is another turn of a loop: what is measured now is another model."""
        own = self.get(candidate_id)
        if own is None or own.origin != "training":
            return False
        here = own.statement == running.record.order
        if here and own.turn != turn:
            return True
        return (own.fits == 0 or here) and bool(own.asked) and own.asked != params.asked(model)

    def _within(
        self, current: str, model: Any, execution: Execution, running: Running, variable: str
    ) -> Candidate | None:
        candidate = self.get(current)
        if candidate is None:
            candidate = self.remember(Candidate(current, "mlflow", msg_id=execution.msg_id))
        first = not candidate.model_class
        known = self.world.registry.get(model) == current
        self.world.registry.put(model, current)
        execution.touched.add(current)
        if not known and (first or candidate.origin == "explicit"):
            if first:
                candidate.model_class = models.class_of(model)
                candidate.variable = variable
                candidate.model = reference(model)
                self.journal.emit(
                    "update",
                    execution.msg_id,
                    candidate=current,
                    model_class=candidate.model_class,
                    variable=variable or None,
                )
            if candidate.origin == "explicit":
                self.describing.describe(candidate.id, model, execution, running)
        candidate.statement = running.record.order
        return candidate

    def open(
        self, model: Any, execution: Execution, running: Running, variable: str = ""
    ) -> Candidate:
        """Open a training candidate for a model object and say what is known of it."""
        candidate = self.remember(
            Candidate(
                uuid.uuid4().hex,
                "training",
                model_class=models.class_of(model),
                variable=variable,
                statement=running.record.order,
                msg_id=execution.msg_id,
                cell_id=execution.cell_id,
                source=running.source,
                model=reference(model),
            )
        )
        self.world.registry.put(model, candidate.id)
        execution.opened.append(candidate.id)
        execution.touched.add(candidate.id)
        running.opened.append(candidate.id)
        fields: dict[str, Any] = {"experiment": self.experiment} if self.experiment else {}
        self.journal.emit(
            "candidate",
            execution.msg_id,
            candidate=candidate.id,
            origin="training",
            model_class=candidate.model_class,
            variable=variable or None,
            cell_id=execution.cell_id,
            execution_count=execution.execution_count,
            **fields,
        )
        self.describing.describe(candidate.id, model, execution, running)
        return candidate

    # -- later ----------------------------------------------------------------------------------------------------

    def fitted(self, candidate: Candidate, running: Running) -> None:
        """One more fit of it has returned."""
        candidate.fits += 1
        candidate.dirty = True
        if candidate.id not in running.trained:
            running.trained.append(candidate.id)

    def settle(self, running: Running, msg_id: str | None) -> None:
        """The statement is over: say how often its models were fitted."""
        for candidate_id in dict.fromkeys((*running.trained, *running.opened)):
            candidate = self.get(candidate_id)
            if candidate is not None and candidate.dirty:
                candidate.dirty = False
                self.journal.emit("update", msg_id, candidate=candidate.id, fits=candidate.fits)
                model = candidate.model() if candidate.set_on and candidate.model else None
                if model is not None:
                    candidate.set_on = False
                    self.describing.set_again(candidate.id, model, msg_id)

    def name_variable(self, candidate: Candidate, variable: str, msg_id: str | None) -> None:
        """The name that holds its model."""
        if variable and candidate.variable != variable:
            candidate.variable = variable
            self.journal.emit("update", msg_id, candidate=candidate.id, variable=variable)

    def end(
        self,
        candidate_id: str,
        status: str,
        msg_id: str | None,
        error: dict[str, str] | None = None,
    ) -> None:
        """It has ended (explicit ones always say so; trained ones only when they failed)."""
        candidate = self.get(candidate_id)
        if candidate is not None:
            if candidate.ended:
                return
            candidate.ended = True
        fields: dict[str, Any] = {"error": error} if error else {}
        self.journal.emit("end", msg_id, candidate=candidate_id, status=status, **fields)

    def open_child(
        self,
        parent: str,
        execution: Execution,
        relation: str,
        values: dict[str, list[str]],
        model_class: str,
    ) -> str:
        """A child of a search; returns its id."""
        child = uuid.uuid4().hex
        self.journal.emit(
            "candidate",
            execution.msg_id,
            candidate=child,
            origin="training",
            model_class=model_class,
            cell_id=execution.cell_id,
            execution_count=execution.execution_count,
            parent=parent,
            relation=relation,
        )
        self.describing.set_params(child, values, execution.msg_id)
        return child

    def open_explicit(
        self, name: str | None, execution: Execution | None, experiment: str | None = None
    ) -> str:
        """An explicit candidate begins; everything belongs to it until ``close_explicit``."""
        candidate = self.remember(
            Candidate(uuid.uuid4().hex, "explicit", msg_id=execution.msg_id if execution else None)
        )
        fields: dict[str, Any] = {}
        if name:
            fields["name"] = name
        if experiment or self.experiment:
            fields["experiment"] = experiment or self.experiment
        if self.explicit:
            fields.update(parent=self.explicit[-1], relation="nested")
        self.journal.emit(
            "candidate",
            candidate.msg_id,
            candidate=candidate.id,
            origin="explicit",
            cell_id=execution.cell_id if execution else None,
            execution_count=execution.execution_count if execution else None,
            **fields,
        )
        self.explicit.append(candidate.id)
        if execution is not None:
            execution.opened.append(candidate.id)
            execution.touched.add(candidate.id)
        return candidate.id

    def close_explicit(
        self,
        candidate_id: str,
        status: str,
        msg_id: str | None,
        error: dict[str, str] | None = None,
    ) -> None:
        """It ends, and any nested in it that is still open."""
        while candidate_id in self.explicit:
            last = self.explicit.pop()
            self.end(last, status, msg_id, error)
            if last == candidate_id:
                return

    def owner(self, refs: Refs[str]) -> str | None:
        """The one candidate a measurement belongs to: the explicit one, else the single one behind it."""
        current = self.current()
        if current is not None:
            return current
        return next(iter(refs)) if len(refs) == 1 else None


def error_of(error: BaseException) -> dict[str, str]:
    """An exception as findings carry it; the traceback is the server's to keep (it sees the cell's)."""
    return {"name": type(error).__name__, "message": str(error)[:2000]}
