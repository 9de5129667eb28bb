"""What a fitted hyper-parameter search found: its best, and its attempts by rank. Scikit-learn's and Optuna's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .. import params
from ..cells import models
from ..measures.metrics import real_scalar

_COLUMNS = ("mean_test_", "std_test_", "mean_train_", "rank_test_")


@dataclass
class Attempt:
    """One setting that was tried, and what was measured of it."""

    settings: dict[str, str]
    points: list[tuple[str, float]]


@dataclass
class Search:
    """``best``: (name, value) of the measure that was searched by; ``attempts``: the best first; ``total``: how many."""

    model_class: str
    best: tuple[str, float] | None = None
    params: dict[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    total: int = 0
    refitted: Any = None


def search_of(model: Any, most: int) -> Search | None:
    """The search that a fitted object is, with its ``most`` best attempts; None if it is none."""
    if hasattr(model, "cv_results_"):
        return _grid(model, most)
    if models.is_study(model):
        return _study(model, most)
    return None


def texts_of(settings: Any) -> dict[str, str]:
    """Settings as texts, those left out that are none."""
    pairs = ((str(name), params.text_of(value)) for name, value in dict(settings or {}).items())
    return {name: text for name, text in pairs if text is not None}


def _grid(model: Any, most: int) -> Search:
    results = _tried_columns(model.cv_results_)
    tried = results.get("params", [])
    ranks: Any = results.get("rank_test_score")
    if ranks is None:
        ranks = next(
            (results[key] for key in results if key.startswith("rank_test_")), range(len(tried))
        )
    order = sorted(range(len(tried)), key=lambda place: (ranks[place], place))[:most]
    best = real_scalar(getattr(model, "best_score_", None))
    found = Search(
        models.class_of(getattr(model, "estimator", model)),
        None if best is None else ("best_score", best),
        texts_of(getattr(model, "best_params_", None)),
        total=len(tried),
        refitted=getattr(model, "best_estimator_", None),
    )
    for place in order:
        points = [
            (key, number)
            for key, column in results.items()
            if key.startswith(_COLUMNS) and (number := real_scalar(column[place])) is not None
        ]
        found.attempts.append(Attempt(texts_of(tried[place]), points))
    return found


def _tried_columns(results: Any) -> dict[str, list[Any]]:
    """Columns by name: of a dict of arrays, also of a table as a search of the user's own may keep it."""
    columns: dict[str, list[Any]] = {}
    for name, column in results.items() if hasattr(results, "items") else ():
        with suppress(TypeError):
            columns[str(name)] = list(column)
    return columns


def _study(study: Any, most: int) -> Search:
    trials = [one for one in study.trials if getattr(one.state, "name", "") == "COMPLETE"]
    found = Search("Trial", total=len(study.trials))
    if len(study.directions) > 1:
        best = study.best_trials[:most]
        labels = getattr(study, "metric_names", None) or [
            f"value_{place}" for place in range(len(study.directions))
        ]
        found.attempts = [
            Attempt(texts_of(one.params), list(zip(labels, one.values))) for one in best
        ]
        return found
    if not trials:
        return found
    highest = study.direction.name == "MAXIMIZE"
    trials.sort(key=lambda one: one.value, reverse=highest)
    found.best = ("best_value", float(trials[0].value))
    found.params = texts_of(trials[0].params)
    found.attempts = [
        Attempt(texts_of(one.params), [("value", float(one.value))]) for one in trials[:most]
    ]
    return found
