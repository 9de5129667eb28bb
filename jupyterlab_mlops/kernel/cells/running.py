"""What is running: the cell execution and the top-level statement in it, with what was seen of them so far."""

from __future__ import annotations

import ast
import time
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from ..source.dataflow import Definition, definitions
from ..source.statements import Statement
from .lineage import Record


@dataclass
class Running:
    """The top-level statement that is running."""

    node: ast.stmt
    info: Statement
    record: Record
    source: str = ""
    compound: bool = False
    keys: dict[Any, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    trained: list[str] = field(default_factory=list)
    measured: list[tuple[str | None, str, float]] = field(default_factory=list)
    """(candidate, name, value) of every metric seen in the statement, reported or not."""
    pending: list[Any] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    """(offset in the statement's printed text, candidate that what follows is about)."""
    asked: list[tuple[int, str]] = field(default_factory=list)
    """As ``marks``, of models that a loop asks for predictions, and does not train."""
    asked_at: set[Any] = field(default_factory=set)
    """The places in the code where it asks them."""
    failed_fit: str | None = None
    covered: bool = False
    """Whether a name is bound to what is worked out of a metric in it, and will tell of it: ``gini = 1 - 2 * auc(x, y)``."""
    told: bool = False
    """What it prints has been told whole: a summary, whose lines are not read again."""
    no_data: bool = False
    """A function of the user's has gone down a curve in it that is made of no data: ``descend(lambda w: w**2, start)``."""
    listed: set[str] = field(default_factory=set)
    """Lists that were told as series: printed excerpts of them add nothing."""
    closure: list[Record] | None = None
    texts: dict[int, str] = field(default_factory=dict)
    inner: list[ast.stmt] = field(default_factory=list)
    results: dict[ast.AST, Any] = field(default_factory=dict)
    """What calls of ``fit`` and ``predict`` in a bare expression returned: what is written around them can be followed."""
    repeats: dict[Any, dict[str, Any]] = field(default_factory=dict)
    """Place in the code and class → settings → what a fit there does once more (see ``fits.repeats``)."""
    helpers: dict[Any, Any] = field(default_factory=dict)
    """Place in the code and class → what was fitted there and is no model (see ``fits.turns``)."""
    turn: str = ""
    """The settings of the helpers that have others by now than at first."""
    widths: dict[Any, Any] = field(default_factory=dict)
    """Place in the code and settings → how many columns what is fitted there is given (see ``fits.turns``)."""
    sites: dict[Any, Any] = field(default_factory=dict)
    """Place in the code → what is known of the metric call there (see ``measures.sites``)."""
    top_names: dict[int, str] | None = None
    """Id of a value → its top-level name, as the statement found them."""
    started: float = field(default_factory=time.time)
    """Seconds since the epoch."""
    _codes: dict[int, CodeType] = field(default_factory=dict)
    _definitions: list[Definition] | None = None

    def place(self, frame: FrameType) -> tuple[int, int]:
        """Where in the code a frame stands, while this statement runs. Code objects are told apart by their identity:
        to hash one takes as long as its cell is."""
        code = frame.f_code
        self._codes[id(code)] = code
        return id(code), frame.f_lasti

    @property
    def worked_with(self) -> frozenset[str]:
        """The candidates that it has opened or trained."""
        return frozenset((*self.opened, *self.trained))

    @property
    def alone(self) -> set[str]:
        """The candidates that no other one was opened beside at the same place: every round of a loop is of it."""
        if len(self.trained) == 1:
            return set(self.trained)
        places: dict[Any, set[str]] = {}
        for key, candidate in self.keys.items():
            places.setdefault(key[0], set()).add(candidate)
        return {next(iter(one)) for one in places.values() if len(one) == 1}

    def bound_once(self, name: str) -> bool:
        """Whether one line of it binds the name, or none."""
        return sum(name in one.names and not one.weak for one in self.definitions) <= 1

    def binds_anew(self, name: str) -> bool:
        """Whether one of its lines binds the name to something new: ``losses = []`` in each turn."""
        return any(name in one.names and not one.weak for one in self.definitions)

    @property
    def definitions(self) -> list[Definition]:
        """What it binds, in order, with what ``%%time`` runs in it. Made when first asked for: mostly never."""
        if self._definitions is None:
            self._definitions = definitions([self.node, *self.inner])
        return self._definitions

    def run_inside(self, statements: list[ast.stmt]) -> None:
        """A magic in it runs these."""
        self.inner.extend(statements)
        self._definitions = None


@dataclass
class Execution:
    """The cell execution under way."""

    msg_id: str | None
    cell_id: str | None
    execution_count: int | None
    opened: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    nodes: list[ast.stmt] = field(default_factory=list)
    next: int = 0
    tree: ast.AST | None = None
    filed: bool = False
    explicit: str | None = None
