"""PURE: how far a candidate can be reproduced, 0 to 100, with a reason for every point.

Only facts count: what is not known gives no points and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

CELLS, ORDER, NAMES, REPOSITORY, ENVIRONMENT, INPUTS, SEEDS = 30, 20, 15, 10, 10, 10, 5
#: More than this many places are not listed one by one.
LISTED = 4


@dataclass(frozen=True, slots=True)
class Step:
    """An execution that a candidate depends on, beside the notebook as it was at the end of the run.

    ``state`` is ``current``, ``edited`` or ``deleted``; ``cell_index`` None: not in the notebook. ``names``: those
    that it bound and that were used after it. ``earlier``: it ran in an earlier notebook run of the same kernel.
    """

    label: str
    state: str
    cell_index: int | None
    names: tuple[str, ...] = ()
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about how a candidate came to be. ``steps`` in the order of execution.

    ``between``: other cells on the way from top to bottom, with the names that they would change.
    """

    steps: Sequence[Step]
    between: Sequence[tuple[str, tuple[str, ...]]] = ()
    in_repository: bool = False
    dirty: bool = False
    has_patch: bool = False
    has_environment: bool = False
    inputs: int = 0
    inputs_with_hash: int = 0
    files_captured: bool = True
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Points given out of those possible, and why."""

    name: str
    points: int
    of: int
    message: str


@dataclass(frozen=True, slots=True)
class Score:
    """The sum and its reasons."""

    total: int
    reasons: tuple[Reason, ...]

    def to_json(self) -> list[dict[str, Any]]:
        """The reasons as JSON."""
        return [asdict(reason) for reason in self.reasons]


def score(facts: Facts) -> Score:
    """Score a candidate by its facts."""
    reasons = (
        _cells(facts),
        _order(facts),
        _names(facts),
        _repository(facts),
        _environment(facts),
        _inputs(facts),
        _seeds(facts),
    )
    return Score(sum(reason.points for reason in reasons), reasons)


def _cells(facts: Facts) -> Reason:
    steps = facts.steps
    if not steps:
        return Reason("cells", 0, CELLS, "What was executed is not known.")
    good = [step for step in steps if step.state == "current"]
    if len(good) == len(steps):
        return Reason(
            "cells",
            CELLS,
            CELLS,
            f"All {len(steps)} executed cells are in the notebook, unchanged.",
        )
    edited = [step.label for step in steps if step.state == "edited"]
    deleted = [step.label for step in steps if step.state == "deleted"]
    parts = []
    if edited:
        parts.append(f"edited since: {_listed(edited)}")
    if deleted:
        parts.append(f"not in the notebook: {_listed(deleted)}")
    points = CELLS * len(good) // len(steps)
    message = f"{len(good)} of {len(steps)} executed cells are unchanged; {'; '.join(parts)}."
    return Reason("cells", points, CELLS, message)


def _order(facts: Facts) -> Reason:
    placed = [(step.label, step.cell_index) for step in facts.steps if step.cell_index is not None]
    if not placed:
        return Reason("order", 0, ORDER, "The order of execution cannot be compared to a notebook.")
    for (label, index), (after, next_index) in pairwise(placed):
        if index is not None and next_index is not None and next_index <= index:
            what = "again" if next_index == index else f"after {label}, which is below it"
            return Reason("order", 0, ORDER, f"Cells ran out of order: {after} ran {what}.")
    if facts.between:
        what = "; ".join(
            f"{cell} changes {_listed(names)}" for cell, names in facts.between[:LISTED]
        )
        message = f"Cells ran out of order: from top to bottom {what} in between."
        return Reason("order", 0, ORDER, message)
    return Reason("order", ORDER, ORDER, "Cells ran in the order of the notebook.")


def _names(facts: Facts) -> Reason:
    if not facts.steps:
        return Reason("names", 0, NAMES, "The names that were used are not known.")
    gone = [step for step in facts.steps if step.state == "deleted"]
    old = [step for step in facts.steps if step.state == "edited" and step.names]
    parts = []
    if gone:
        parts.append(f"from code that is not in the notebook: {_listed(_hidden(gone))}")
    if old:
        parts.append(f"from cells as they were before they were edited: {_listed(_hidden(old))}")
    if parts:
        return Reason("names", 0, NAMES, f"What it uses comes {'; '.join(parts)}.")
    return Reason("names", NAMES, NAMES, "Every name comes from a cell of the notebook.")


def _hidden(steps: Sequence[Step]) -> list[str]:
    """Each name with where it was bound last; a step that bound none stands for itself."""
    places: dict[str, str] = {}
    for step in steps:
        where = f"{step.label}, an earlier run" if step.earlier else step.label
        for name in step.names or ("",):
            places[name or step.label] = f"{name} ({where})" if name else where
    return list(places.values())


def _repository(facts: Facts) -> Reason:
    if not facts.in_repository:
        message = "The notebook is in no repository with a commit."
        return Reason("repository", 0, REPOSITORY, message)
    if not facts.dirty:
        return Reason("repository", REPOSITORY, REPOSITORY, "The repository had no changes.")
    if facts.has_patch:
        message = "The repository had changes; they are kept as a patch."
        return Reason("repository", REPOSITORY, REPOSITORY, message)
    return Reason("repository", 0, REPOSITORY, "The repository had changes that are not kept.")


def _environment(facts: Facts) -> Reason:
    if facts.has_environment:
        return Reason(
            "environment", ENVIRONMENT, ENVIRONMENT, "The installed packages are recorded."
        )
    return Reason("environment", 0, ENVIRONMENT, "The installed packages are not known.")


def _inputs(facts: Facts) -> Reason:
    if not facts.files_captured:
        return Reason("inputs", 0, INPUTS, "Which files were read is not known.")
    if facts.inputs == 0:
        return Reason("inputs", INPUTS, INPUTS, "No files were seen to be read.")
    if facts.inputs_with_hash == facts.inputs:
        what = "The file that was read is" if facts.inputs == 1 else f"All {facts.inputs} files are"
        return Reason("inputs", INPUTS, INPUTS, f"{what} identified by content.")
    points = INPUTS * facts.inputs_with_hash // facts.inputs
    message = f"{facts.inputs_with_hash} of {facts.inputs} inputs are identified by content."
    return Reason("inputs", points, INPUTS, message)


def _seeds(facts: Facts) -> Reason:
    if facts.seeds:
        return Reason("seeds", SEEDS, SEEDS, f"A seed was set: {_listed(list(facts.seeds))}.")
    return Reason("seeds", 0, SEEDS, "No random seed was seen.")


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:LISTED])
    return shown if len(items) <= LISTED else f"{shown} and {len(items) - LISTED} more"
