"""Whether more or less of a metric is better, told by its name. Pure."""

from __future__ import annotations

import re
from typing import Literal

Direction = Literal["max", "min"]

_LESS_IS_BETTER = re.compile(
    r"loss|err(or)?s?\b|error|(^|[_\W])(r?mse|rmsle|mae|mape|smape|mad|bic|aic|fpr|fnr|wer|cer|fid|nll|logloss|brier|"
    r"perplexity|ppl|deviance|inertia|hinge|divergence|distance|latency|duration|time|seconds|misclass\w*|"
    r"regret|davies_bouldin\w*)s?($|[_\W\d])",
    re.IGNORECASE,
)
#: Before the name is looked at: scorers of scikit-learn that are negated so that more is better.
_NEGATED = re.compile(r"(^|[_\W])neg_", re.IGNORECASE)

#: Names that people rank by first, best first.
_PRIMARY = (
    "accuracy", "acc", "f1", "roc_auc", "auc", "average_precision", "r2", "rmse", "mae", "mse", "log_loss",
    "score", "loss", "precision", "recall", "silhouette",
)  # fmt: skip


def direction(metric: str) -> Direction:
    """``"min"`` for losses, errors, distances and durations, else ``"max"``."""
    if _NEGATED.search(metric):
        return "max"
    return "min" if _LESS_IS_BETTER.search(metric) else "max"


def primary(counts: dict[str, int]) -> str | None:
    """The metric that candidates are ranked by when nobody has said: one that many candidates have, of those
    the one people usually rank by, measured on held-out data before training data.

    Args:
        counts: metric name → number of candidates that have it.
    """
    usable = {name: count for name, count in counts.items() if not name.startswith("system/")}
    if not usable:
        return None
    most = max(usable.values())

    def rank(name: str) -> tuple[bool, int, bool, bool, int, str]:
        lowered = name.lower()
        words = re.split(r"[^a-z0-9]+", lowered)
        place = next(
            (
                place
                for place, known in enumerate(_PRIMARY)
                if known in words or lowered.startswith(known) or f"_{known}" in lowered
            ),
            len(_PRIMARY),
        )
        held_out = any(
            word in ("val", "valid", "validation", "test", "cv", "eval") for word in words
        )
        training = any(word in ("train", "training") for word in words)
        return (usable[name] * 2 < most, place, training, not held_out, -usable[name], name)

    return min(usable, key=rank)
