"""Says metrics: to the one candidate that they belong to, else to the notebook run; and knows what was said."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ..candidates import Candidate, Candidates
from ..cells.running import Execution, Running
from ..link.journal import Journal
from ..source.dataflow import Refs
from .metric_names import related, unique_name
from .namesakes import of_several
from .points import Point
from .values import matches, same

RUN_PAUSE_S = 0.4
"""After that long without a cell the server closes a notebook run."""


@dataclass
class Measured:
    """One scalar that a call gave, with the name it goes by and what tells it from others of that name."""

    name: str
    value: float
    signature: tuple[str, ...]
    refs: Refs[str]
    source: str = "variable"
    folds: tuple[float, ...] = ()
    """Of a cross-validation's mean and deviation: what they are of."""
    sure: bool = False
    """Whether ``refs`` are its one candidate, whatever model its name reminds of."""


UNSAID = frozenset({"score", "evaluate"})
"""Methods whose name does not say what they measure."""
FULL = 8
"""Decimals by which a printed value is known whatever it is called."""
ROUNDED = range(3, 6)
"""Decimals of values that were rounded before they were kept."""


@dataclass
class Again:
    """A measurement that a loop takes again and again: how the latest one was told."""

    name: str
    refs: Refs[str]
    trained: int
    """How many candidates the statement had trained by then."""
    current: str | None
    owner: str | None
    kept: Candidate
    unique: str

    def is_like(self, name: str, refs: Refs[str], running: Running, current: str | None) -> bool:
        """Whether another one is told in the same way."""
        return (
            self.name == name
            and self.refs == refs
            and self.trained == len(running.trained)
            and self.current == current
        )


@dataclass
class Reporter:
    """What was said of whom. One a kernel."""

    journal: Journal
    candidates: Candidates
    loose: Candidate = field(default_factory=lambda: Candidate("", "run"))
    """Names and values of metrics that belong to the notebook run."""
    lists: dict[str, str] = field(default_factory=dict)
    """Top-level lists that a loop has filled with values of a metric, and that metric."""

    sums: set[str] = field(default_factory=set)
    """Top-level names to which a loop has only added losses or scores: no metrics before they are divided or shown."""
    ends: deque[tuple[str | None, str, float]] = field(default_factory=lambda: deque(maxlen=200))
    """(candidate, name, value) where the lists of losses and scores end that were told."""
    _loops: dict[str, list[str | None]] = field(default_factory=dict)
    """Metric of the notebook run → the cells whose loops have told a series of it."""
    _earlier: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=200))
    """(name, value) of what earlier cells of the notebook run have told of it."""
    _said: dict[tuple[Any, ...], list[tuple[int, int, float]]] = field(default_factory=dict)
    """What the cell has said: (owner, name, signature) → (statement, fits of the model by then, value) of each."""

    def new_cell(self, idle: float = 0.0) -> None:
        """A cell begins after ``idle`` seconds: what belonged to an earlier cell says nothing about this one, and
        what was named in an earlier notebook run is named anew."""
        self._earlier.extend(self.loose.values)
        self.loose.values.clear()
        self._said.clear()
        if idle > RUN_PAUSE_S:
            self.loose.metric_names.clear()
            self._earlier.clear()
            self._loops.clear()

    def of_loop(
        self, name: str, signature: tuple[str, ...], owner: str | None, execution: Execution
    ) -> tuple[str, ...]:
        """The signature of a series that a loop tells. Of the notebook run those of different cells are unrelated."""
        if owner is not None:
            return signature
        cells = self._loops.setdefault(name, [])
        cell = execution.cell_id or execution.msg_id
        if cell not in cells:
            cells.append(cell)
        place = cells.index(cell)
        return (*signature, str(place + 1)) if place else signature

    def _signature(
        self, measured: Measured, candidate: Candidate | None, running: Running
    ) -> tuple[str, ...]:
        """The measurement's signature. In the same words and of the same fitted model, but of another statement of
        the cell and with another value it measured other data: names were bound again in between."""
        if running.compound:
            return measured.signature
        key = (candidate.id if candidate else "", measured.name, measured.signature)
        fits = candidate.fits if candidate else 0
        said = self._said.setdefault(key, [])
        others = [one for one in said if one[0] != running.record.order and one[1] == fits]
        said.append((running.record.order, fits, measured.value))
        if not others or any(same(measured.value, value) for _, _, value in others):
            return measured.signature
        return (*measured.signature, str(len({one[0] for one in others}) + 1))

    def report(
        self, measured: Measured, execution: Execution, running: Running, step: int | None = None
    ) -> Again | None:
        """Say a metric: to its one candidate, else to the notebook run. What a loop needs to say it again, if it was said."""
        owner = None if measured.sure else of_several(measured.name, running, self.candidates)
        owner = owner or self.candidates.owner(measured.refs)
        running.measured.append((owner, measured.name, measured.value))
        if owner is None and not self.candidates.automatic:
            return None
        candidate = self.candidates.get(owner)
        if (
            candidate is not None
            and candidate.origin == "mlflow"
            and self.candidates.mlflow_run() == owner
        ):
            return None  # the user logs there himself
        if candidate is not None:
            execution.touched.add(candidate.id)
            candidate.dirty = candidate.dirty or (candidate.fits > 0 and not candidate.variable)
        kept = candidate or self.loose
        signature = self._signature(measured, candidate, running)
        name = unique_name(measured.name, signature, kept.metric_names)
        kept.values.append((name, measured.value))
        point = (name, measured.value, step)
        if not running.compound:
            self.journal.metrics(owner, [point], execution.msg_id, measured.source)
            return None
        self.journal.measured(owner, point, execution.msg_id, measured.source)
        current = self.candidates.current()
        trained = len(running.trained)
        return Again(measured.name, measured.refs, trained, current, owner, kept, name)

    def repeat(self, again: Again, value: float, execution: Execution, running: Running) -> None:
        """Say a measurement that a loop has taken once more, as the one before it was said."""
        kept = again.kept
        running.measured.append((again.owner, again.name, value))
        kept.dirty = kept.dirty or (kept.fits > 0 and not kept.variable)
        kept.values.append((again.unique, value))
        point = (again.unique, value, None)
        self.journal.measured(again.owner, point, execution.msg_id, "variable")

    def known(self, value: float, refs: Refs[str], name: str = "") -> bool:
        """Whether the value was told under another name (the same name again is a new measurement). Zero and one are
        the best and worst of many metrics: there the names must say the same as well."""
        kept = self.candidates.get(next(iter(refs))) if len(refs) == 1 else self.loose
        common = bool(name) and value in (0.0, 1.0)
        return kept is not None and any(
            same(value, other)
            and known.partition(":")[0] != name
            and (not common or related(known, name))
            for known, other in kept.values
        )

    def said_by_another(self, value: float, refs: Refs[str], signature: tuple[str, ...]) -> bool:
        """Whether another measurement has told the very value, of the run also in an earlier cell: ``J = cost(w, X, y)``
        after ``cost(w, X, y)`` was shown."""
        kept = self.candidates.get(next(iter(refs))) if len(refs) == 1 else self.loose
        if kept is None or value in (0.0, 1.0):
            return False
        told = (*self._earlier, *kept.values) if kept is self.loose else kept.values
        return any(
            same(value, other) and kept.metric_names.get(known) != signature
            for known, other in told
        )

    def rounded(self, value: float, refs: Refs[str], name: str) -> bool:
        """Whether the value is one that was told, rounded before it was kept: ``acc = round(model.score(X, y), 3)``."""
        kept = self.candidates.get(next(iter(refs))) if len(refs) == 1 else self.loose
        return kept is not None and any(
            value != other
            and any(round(other, places) == value for places in ROUNDED)
            and (known in UNSAID or related(known, name))
            for known, other in kept.values
        )

    def told(self, value: float) -> bool:
        """Whether this very value was told lately, of whatever candidate."""
        recent = islice(reversed(self.candidates.known.values()), 50)
        return any(same(value, other) for one in recent for _, other in one.values)

    def restated(self, point: Point, *, derived: bool = False) -> bool:
        """Whether a printed value is one that was told lately of some candidate under such a name; of what is ``derived`` from
        models, and printed in full, under any."""
        recent = islice(reversed(self.candidates.known.values()), 50)
        known = derived and point.decimals >= FULL and point.value not in (0.0, 1.0)
        return any(
            (known or related(point.name, name)) and matches(point, other)
            for one in recent
            for name, other in one.values
        )
