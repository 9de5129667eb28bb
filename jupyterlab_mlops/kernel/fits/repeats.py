"""Fits that a loop makes again and again: of a model of the same class and settings, at the same place in the code.

The first of them is looked at from all sides (``training``); whatever follows from its class, its settings and its place
follows for the others too. A bootstrap fits a small model thousands of times, and must not be slower for it.
"""

from __future__ import annotations

import ast
import weakref
from typing import Any

from .. import params
from ..candidates import Candidate, Candidates
from ..cells import models
from ..cells.frames import World
from ..cells.observe import Call
from ..cells.running import Running
from ..source.usercode import is_own_class
from .frameworks import keeps_series
from .turns import Turns


class Repeated:
    """What a fit does once more."""

    __slots__ = ("candidate", "mark", "node", "rows")

    def __init__(self, candidate: Candidate, mark: str, node: ast.Call | None, rows: Any) -> None:
        self.candidate = candidate
        self.mark = mark
        self.node = node
        self.rows = rows


def may_repeat(call: Call, model: Any, result: Any, candidate: Candidate) -> bool:
    """Whether a fit that was looked at has left nothing to look for after the next one like it."""
    return (
        candidate.origin == "training"
        and call.owner is model
        and (result is None or result is model)
        and call.notes.keys() <= {"model", "last_run", "candidate", "node", "turn"}
        and not hasattr(model, "cv_results_")
        and not models.is_torch_module(model)
        and not models.is_search(model)
        and not isinstance(getattr(model, "steps", None), list)  # a pipeline's are told one by one
        and not (is_own_class(type(model)) and keeps_series(model))
    )


def keep(running: Running, call: Call, candidate: Candidate, rows: Any) -> None:
    """This fit may be repeated."""
    place = (*running.place(call.frame), type(call.owner))
    mark = candidate.refit[0]  # as it was before the fit
    running.repeats.setdefault(place, {})[mark] = Repeated(
        candidate, mark, call.notes.get("node"), rows
    )


def find(
    running: Running, call: Call, world: World, candidates: Candidates, turns: Turns
) -> Repeated | None:
    """What the fit that begins repeats, if it does, and its object: a new one, or one that was fitted so before."""
    model = call.owner
    known = running.repeats.get((*running.place(call.frame), type(model)))
    if known is None or candidates.current() is not None:
        return None
    data = call.args[0] if call.args else call.kwargs.get("X")
    settings = params.fingerprint(model)
    turn = call.notes["turn"] = turns.mark(call, settings, data, running)
    found: Repeated | None = known.get(settings + turn)
    if found is None or found.candidate.ended:
        return None
    candidate = found.candidate
    own = world.registry.get(model)
    if own is None:
        if candidates.held_as(model, candidate, running):
            return None  # another one by its name
        world.registry.put(model, candidate.id)
        try:
            candidate.model = weakref.ref(model)
        except TypeError:
            candidate.model = None
    elif own != candidate.id:
        return None
    else:
        candidate.refit = (found.mark, id(data))
    return found
