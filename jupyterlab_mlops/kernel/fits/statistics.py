"""The statistics that a fit is judged by, where its summary is shown: of statsmodels, of results like its own, of others.
Nothing is imported here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..measures.metrics import metric_strength, real_scalar
from ..source.usercode import is_own_attribute

_STATSMODELS = (
    "rsquared",
    "rsquared_adj",
    "prsquared",
    "aic",
    "bic",
    "hqic",
    "fpe",
    "llf",
    "deviance",
    "loglikelihood",
    "chisqr",
    "redchi",
)


_LABELS = {
    "rsquared": "r-squared",
    "rsquared_adj": "adj. r-squared",
    "prsquared": "pseudo r-squ",
    "pseudo_rsquared_cs": "pseudo r-squ",
    "aic": "aic",
    "bic": "bic",
    "hqic": "hqic",
    "fpe": "fpe",
    "aicc": "aicc",
    "sse": "sse",
    "llf": "likelihood",
    "deviance": "deviance",
    "pearson_chi2": "pearson chi2",
}
"""How statsmodels' summaries call them; no summary shows all."""


def shown_in(text: str, told: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Those of a summary's statistics that it shows by their label; all, where it shows none by labels that are known. Pure."""
    shown = labelled_in(text, told)
    others = [one for one in told if one[0] not in _LABELS]
    return [*shown, *others] if shown else told


def labelled_in(text: str, told: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Those of a summary's statistics that a text shows by the label that statsmodels gives them. Pure."""
    text = text.lower()
    return [one for one in told if _LABELS.get(one[0], "\0") in text]


def sums_up(method: str) -> bool:
    """Whether a method shows the statistics of a fit by its name: ``summary``, ``print_summary``, ``fit_report``."""
    return method in ("summary", "summary2", "print_summary", "fit_report")


def is_statsmodels(value: Any) -> bool:
    """Whether it is a model or result of statsmodels."""
    return type(value).__module__.startswith("statsmodels")


def judged_in(fitted: Any) -> Any:
    """What of a fit has the statistics of its summary: a result of statsmodels or one like it (``aic`` and ``bic`` are
    numbers), or the one that a wrapper around such a library keeps; None if there is none."""
    if is_statsmodels(fitted) or _has_criteria(fitted):
        return fitted
    kept = getattr(fitted, "__dict__", {})
    return next(
        (one for one in list(kept.values())[:100] if is_statsmodels(one) and _has_criteria(one)),
        None,
    )


def _has_criteria(value: Any) -> bool:
    try:
        found = [real_scalar(getattr(value, name, None)) for name in ("aic", "bic")]
    except Exception:  # worked out when asked, and not defined for this fit
        return False
    return None not in found


def fit_summary(result: Any) -> Iterator[tuple[str, float]]:
    """Scalars by which a result is commonly judged: the fit statistics in statsmodels' summaries."""
    called = type(result).__name__
    more: tuple[str, ...] = ("aicc", "sse") if called.startswith("HoltWinters") else ()
    more = ("pearson_chi2",) if called.startswith("GLMResults") else more
    for name in (*_STATSMODELS, *more):
        try:
            value = real_scalar(getattr(result, name, None))
        except Exception:  # noqa: S112 - computed on access; not defined for every model
            continue
        if value is not None and value == value:
            yield name, value
    if called.startswith("GLMResults"):
        with suppress(Exception):  # not every family has a likelihood
            value = real_scalar(result.pseudo_rsquared(kind="cs"))  # what its summary shows
            if value is not None and value == value:
                yield "pseudo_rsquared_cs", value


def criterion_of(model: Any, name: str) -> float | None:
    """What the criterion of that name, by which a search has chosen the model, is of it; None if it has none."""
    try:
        return real_scalar(getattr(model, name)())
    except Exception:  # a library's own, of which nothing is known but the name
        return None


def fitted_statistics(model: Any) -> Iterator[tuple[str, float]]:
    """Scalars that a fitted model of any library keeps of its fit, by scikit-learn's ``name_`` (``AIC_partial_``)."""
    held = getattr(model, "__dict__", {})
    for name in dir(model):
        if name.startswith("_") or not name.endswith("_") or not metric_strength(name.strip("_")):
            continue
        if name not in held and is_own_attribute(type(model), name):
            continue
        try:
            value = real_scalar(getattr(model, name, None))
        except Exception:  # noqa: S112 - a property that is not defined for every model
            continue
        if value is not None and value == value:
            yield name.strip("_"), value
    kept = getattr(model, "statistics_", None)
    if isinstance(kept, dict):
        yield from _kept_statistics(kept, "")


def _kept_statistics(kept: dict[Any, Any], prefix: str) -> Iterator[tuple[str, float]]:
    """Scalars with a metric's name in a dict of statistics: ``{"AIC": 3.1, "pseudo_r2": {"McFadden": 0.4}}``."""
    for key, given in kept.items():
        name = f"{prefix}{key}"
        if not metric_strength(name):
            continue
        if isinstance(given, dict) and not prefix:
            yield from _kept_statistics(given, f"{name}_")
            continue
        value = real_scalar(given)
        if value is not None and value == value:
            yield name, value
