"""Whether more or less of a metric is better, told by its name. Pure."""

from __future__ import annotations

import functools
import re
from typing import Literal

Direction = Literal["max", "min"]

_LESS_IS_BETTER = re.compile(
    r"loss|err(or)?s?\b|error|(^|[_\W])([nr]?r?mse|r?msle|mae|mape|smape|mase|mad|rss|sse|wcss|bic|aicc?|hqic|fpr|fnr|wer|cer|fid|nll|nlpd|crps|logloss|brier|"
    r"perplexity|ppl|deviance|inertia|hinge|divergence|distance|latency|duration|time|seconds|misclass\w*|"
    r"regret|davies_bouldin\w*)s?($|[_\W\d])",
    re.IGNORECASE,
)
#: What was set or counted, not how well it went: neither more nor less of it is better.
_NEUTRAL = re.compile(
    r"^system/|^(rank|alpha|beta\d?|gamma|lambda|epsilon)$|(^|[_\W])(lr(-\w+)?|learning_rates?|weight_decay|momentum|"
    r"dropout|temperature|epochs?|steps?|iterations?|n_iter_?|num_\w+|n_\w+|counts?|samples(_seen)?|tokens(_seen)?|"
    r"support|batch(_size)?|seeds?|thresholds?|grad(ient)?_norms?|param(eter)?s)$",
    re.IGNORECASE,
)
#: Before the name is looked at: scorers of scikit-learn that are negated so that more is better.
_NEGATED = re.compile(r"(^|[_\W])neg_", re.IGNORECASE)

#: Names that people rank by first, best first.
_PRIMARY = (
    "accuracy", "acc", "f1", "roc_auc", "auc", "average_precision", "r2", "rmse", "mae", "mse", "log_loss",
    "score", "loss", "precision", "recall", "silhouette",
)  # fmt: skip


@functools.lru_cache(maxsize=1 << 15)
def direction(metric: str) -> Direction | None:
    """``"min"`` for losses, errors, distances and durations; None for what is no measure of how well it went,
    such as a learning rate, an epoch or a number of samples; else ``"max"``."""
    if _NEGATED.search(metric):
        return "max"
    if _LESS_IS_BETTER.search(metric) and not metric.startswith("system/"):
        return "min"
    return None if _NEUTRAL.search(metric) else "max"


_HELD_OUT = frozenset(("val", "valid", "validation", "test", "cv", "eval"))


def primary(counts: dict[str, int]) -> str | None:
    """The metric that candidates are ranked by when nobody has said: one that many candidates have, of those
    the one people usually rank by, measured on held-out data before training data.

    Args:
        counts: metric name → number of candidates that have it.
    """
    usable = {name: count for name, count in counts.items() if direction(name) is not None}
    if not usable:
        return None
    most = max(usable.values())
    common = [name for name, count in usable.items() if count * 2 >= most]
    return min(common, key=lambda name: (*_rank(name), -usable[name], name))


@functools.lru_cache(maxsize=1 << 15)
def _rank(name: str) -> tuple[int, bool, bool]:
    """How usual it is to rank by a metric; the usual ones first, measured on held-out data, not on training data."""
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
    held_out = any(word in _HELD_OUT for word in words)
    training = "train" in words or "training" in words
    return (place, training, not held_out)
