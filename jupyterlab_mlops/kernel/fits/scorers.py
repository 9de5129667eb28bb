"""Scorers of scikit-learn: ``make_scorer(business_metric)(model, X, y)`` is a measurement of the model."""

from __future__ import annotations

from types import ModuleType

from ..cells.observe import watch_method

MODULE = "sklearn.metrics._scorer"


def watch(module: ModuleType) -> None:
    """Observe the calls of scorers that the user's code makes; those of a search or a cross-validation are its own."""
    for name in ("_BaseScorer", "_PassthroughScorer"):
        cls = getattr(module, name, None)
        if isinstance(cls, type):
            watch_method(cls, "__call__", "metric")
