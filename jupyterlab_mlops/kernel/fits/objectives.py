"""Searches for the best value of a function of the user's, which trains and measures a model at each point: hyperopt's
``fmin``, ``gp_minimize`` of scikit-optimize and its kin. What is trained inside are attempts, not candidates."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from ..cells import models
from ..cells.observe import Call
from ..measures.metrics import real_scalar
from .searches import Attempt, Search, texts_of

SKOPT = ("gp_minimize", "forest_minimize", "gbrt_minimize", "dummy_minimize")
_OPTIMISERS = ("scipy.optimize.", "bayes_opt.", "nevergrad.", "pyswarms.", "cma.", "deap.")
"""Packages that search for the best value of a function of numbers."""
MAX_OUTWARD = 30
"""How many frames outward an optimiser is looked for."""
_TRIALS_PLACE = 6
"""Of ``trials`` among the parameters of ``fmin``."""


def searched_by(call: Call) -> Any:
    """The object that holds what a call searches: its trials, or what stands in for its result; None of any other call.

    Without trials ``fmin`` makes some of its own: it is given such, and the search is the same.
    """
    module = getattr(call.function, "__module__", "") or ""
    if module.startswith("skopt"):
        return _minimising(call.name)()
    if not module.startswith("hyperopt"):
        return None
    given = call.kwargs.get("trials")
    if given is None and len(call.args) > _TRIALS_PLACE:
        return call.args[_TRIALS_PLACE]
    make = getattr(sys.modules.get("hyperopt.base"), "Trials", None)
    if given is None and make is not None and call.kwargs.get("points_to_evaluate") is None:
        given = call.kwargs["trials"] = make()
    return given


class Minimising:
    """Stands for what a function that minimises is about to return."""

    result: Any = None
    is_search = True


def _minimising(name: str) -> type[Minimising]:
    return type(name, (Minimising,), {})


def is_searched(frame: FrameType) -> bool:
    """Whether the user's function that runs in the frame was called by an optimiser of a library, as scipy's ``minimize`` asks
    for its objective: what that fits, with other settings each time, are attempts of one search."""
    outer = frame.f_back
    for _ in range(MAX_OUTWARD):
        if outer is None or outer.f_code.co_name == "<module>":
            return False
        if str(outer.f_globals.get("__name__")).startswith(_OPTIMISERS):
            return True
        outer = outer.f_back
    return False


def search_of(model: Any, most: int) -> Search | None:
    """What such a search has found, with its ``most`` best attempts; None if the object holds none."""
    if isinstance(model, Minimising):
        return _of_result(model.result, type(model).__name__, most)
    if models.is_search(model) and not models.is_study(model):
        return _of_trials(model, most)
    return None


def _of_trials(trials: Any, most: int) -> Search:
    tried = []
    for one in trials.trials:
        loss = real_scalar(one["result"].get("loss"))
        if one["result"].get("status") == "ok" and loss is not None and loss == loss:
            values = one["misc"]["vals"].items()
            tried.append((loss, {name: found[0] for name, found in values if len(found)}))
    tried.sort(key=lambda one: one[0])
    return _search("Trial", "loss", tried, len(trials.trials), most)


def _of_result(result: Any, called: str, most: int) -> Search | None:
    points, values = getattr(result, "x_iters", None), getattr(result, "func_vals", None)
    if points is None or values is None:
        return None
    names = getattr(getattr(result, "space", None), "dimension_names", None) or []
    tried = [
        (
            float(value),
            {
                (names[place] if place < len(names) and names[place] else f"x{place}"): one
                for place, one in enumerate(point)
            },
        )
        for value, point in zip(values, points)
    ]
    tried.sort(key=lambda one: one[0])
    return _search(called, "value", tried, len(points), most)


def _search(
    called: str, measure: str, tried: list[tuple[float, dict[str, Any]]], total: int, most: int
) -> Search:
    found = Search(called, total=total)
    if tried:
        found.best = (f"best_{measure}", tried[0][0])
        found.params = texts_of(tried[0][1])
    found.attempts = [
        Attempt(texts_of(settings), [(measure, value)]) for value, settings in tried[:most]
    ]
    return found
