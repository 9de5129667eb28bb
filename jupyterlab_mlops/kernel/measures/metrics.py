"""What is a metric: by value, by name, by the call that made it. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ..source.wording import words

STRONG = frozenset(
    "acc accuracy accuracies f1 f2 fbeta fscore auc auroc roc auprc loss losses rmse mse mae mape smape msle rmsle mre"
    " mdape r2 logloss perplexity ppl bleu rouge meteor iou miou dice mcc kappa silhouette ari nmi ami nll"
    " rsquared prsquared precision recall sensitivity specificity aic bic wer cer brier crossentropy rss rse"
    " misclassification classificationrate bce kld vloss vacc ndcg mrr auuc hinge map50 rae hqic aicc rmspe mspe mase wape medae nlpd msll crps chamfer psnr ssim gcv ubre"
    " rsq rsqr rsquare".split()
)
"""Words that make a name a metric wherever it is bound."""

WEAK = frozenset(
    "score scores error errors err errs cost costs deviance likelihood loglikelihood loglik llf reward rewards inertia"
    " inertias distortions distortion objective sse ssr jaccard v homogeneity heterogeneity completeness oob elbo evidence evidences fvu gini"
    " ap kl durbinwatson coverage correlation pearson pearsonr spearman spearmanr coherence tpr fpr tnr fnr ppv npv iba gmean geometricmean".split()
)
"""Words that make a name a metric only when a model is behind its value."""

BLOCKED = frozenset(
    "threshold thresh weight weights fn func function name names idx index type types cutoff coef coefs"
    " coefficient n num number max_iter tol lambda target targets scaler fig ax axes plot curve matrix"
    " report learning dict df table cols columns color label labels ylabel xlabel title text msg"
    " interval scorer metric metrics fmt format width rank grad gradient delta dist distance distances"
    " margin slope slopes bar bars lim scale time seconds sample sampling interest tax growth birth decay dropout"
    " pval pvals pvalue pvalues significance alpha alphas order orders lag lags impurity change derivative failed frame heart exchange ratio difference diff grid list map size shape count counts id ids itr".split()
)
"""Words that make a name something other than a metric's value."""
_OF_TWO = frozenset("gap gaps improvement improvements".split())  # of two values of a metric
_MEAN_ERROR = re.compile(r"(mean|median|average|root)(absolute|squared?)(percentage|log)?errors?")
"""``mse`` and its kin, written out."""

_INDICES = frozenset((of, "index") for of in ("c", "concordance", "jaccard", "rand"))
"""Metrics that are called an index."""

_OF_PART = re.compile(r"^(?:train|training|val|valid|validation|dev|test)[_ ]metrics?$", re.I)
"""A metric that is only called so, of a part of the data: ``valid_metric``."""

_AT = re.compile(r"^(?:map|hr|hit|hits|ap)@\d+$", re.IGNORECASE)
"""Metrics of ranked lists, by the length of the list."""

_TURNS = frozenset("iter iters iteration iterations".split())
_AVERAGED = frozenset("average avg expected mean".split())
_RESIDUALS = frozenset("residual residuals resid resids".split())
_SPREADS = frozenset("mean average std sd deviation var variance".split())
_RATED = frozenset("positive negative hit success detection miss".split())
"""What a rate is of where it is a metric."""


@lru_cache(maxsize=4096)
def metric_strength(name: str) -> int:
    """2: a metric by name alone; 1: only with a model behind it; 0: not a metric's name."""
    parts = _but_sample(words(of_rank(name)))
    parts = [part for one in parts for part in _apart(one)]
    if (
        _AT.match(name)
        or _OF_PART.match(name)
        or any(pair in _INDICES for pair in zip(parts, parts[1:]))
    ):
        return 2
    if parts[:1] == ["dropout"] and _is_strong(parts[-1]):
        return 2  # that of a network with dropout
    if not parts or any(part in BLOCKED or part in _OF_TWO for part in parts) or _deviates(parts):
        return 0
    if any(_is_strong(part) for part in parts):
        return 2
    joined = "".join(parts)
    if joined in STRONG or any("".join(pair) in STRONG for pair in zip(parts, parts[1:])):
        return 2
    if _MEAN_ERROR.search(joined):
        return 2
    if any(
        pair[0] in ("cost", "costs") and pair[1] in ("of", "per") for pair in zip(parts, parts[1:])
    ):
        return 0  # money: `cost_of_defaults`, `cost_per_call`
    if parts[-1] in _TURNS:
        return 0  # the turn at which it was best
    if any(part in WEAK or part.rstrip("0123456789") in WEAK for part in parts) and parts != ["v"]:
        return 1
    if any("".join(pair) in WEAK for pair in zip(parts, parts[1:])):
        return 1
    if parts[0] == "nb" and parts[-1] in ("error", "errors"):
        return 0  # how many there are
    if parts[0] in _RESIDUALS and parts[-1] in _SPREADS and len(parts) < 4:
        return 1
    if parts[0] == "j" and parts[-1] in _OF_COST and len(parts) == 2:
        return 1  # `J_history`, as costs are called in lectures
    if len(parts) == 2 and parts[0] in _AVERAGED and parts[1] in ("bias", "var", "variance"):
        return 1  # of a decomposed error
    return 1 if parts[-1] == "rate" and parts[-2:-1] and parts[-2] in _RATED else 0


def _apart(word: str) -> tuple[str, ...]:
    """``min``, ``cost`` of ``mincost``; any other word as it is."""
    found = _GLUED.fullmatch(word) or _GLUED_BEHIND.fullmatch(word)
    return (found[1], found[2]) if found else (word,)


def _deviates(parts: list[str]) -> bool:
    """Whether they say how far an estimate may be off: ``std_error``, but for the ``residual standard error`` of a fit."""
    for place, pair in enumerate(zip(parts, parts[1:])):
        if pair[0] in ("std", "standard") and pair[1] in ("err", "error", "errors"):
            return not (place and parts[place - 1].startswith("resid"))
    return False


_OF_COST = frozenset("history hist train cv val test".split())
_GLUED = re.compile(
    r"(tr|train|te|test|val|valid|cv|oob|min|max|mean|avg|best|total|final|epoch|batch)"
    r"(loss|losses|cost|costs|acc|accs|accuracy|err|error|errors|rmse|mse|mae|auc|score|scores|f1)"
)
_GLUED_BEHIND = re.compile(r"(loss|acc|accuracy|rmse|mse|mae|auc)(tr|train|te|test|val|valid|cv)")
"""Names of metrics whose words are not told apart: ``mincost``, ``testacc``, ``losstrain``."""
_STEPS = ("boost", "descent")


def _but_sample(parts: list[str]) -> list[str]:
    """Without the sample that a metric is of: ``accuracy`` of ``in_sample_accuracy`` and ``out-of-sample accuracy``; nor
    the gradient in the name of a model or method: ``gradient_boosted_mae``."""
    return [
        part
        for place, part in enumerate(parts)
        if (part != "sample" or parts[max(place - 1, 0)] not in ("in", "of"))
        and (part != "gradient" or not "".join(parts[place + 1 : place + 2]).startswith(_STEPS))
    ]


def of_rank(name: str) -> str:
    """``precision`` of ``precision@rank_n``: what follows the sign only says how far down the list was looked."""
    return name.partition("@")[0] or name


def _is_strong(part: str) -> bool:
    """Also with digits behind it, or in the plural: ``rmse2``, ``accs``."""
    return (
        part in STRONG
        or part.rstrip("0123456789") in STRONG
        or (len(part) > 3 and part.endswith("s") and part[:-1] in STRONG)
    )


def real_scalar(value: Any) -> float | None:
    """The value as a float if it is a real number (also a numpy scalar or 0-d array), else None."""
    kind = type(value)
    if kind is float or kind is int:
        return float(value) if abs(value) < 1e300 or value != value or kind is float else None
    if kind is bool or isinstance(value, (bool, str, bytes, complex)):
        return None
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        device = getattr(value, "device", None)
        if device is not None and getattr(device, "type", "cpu") != "cpu":
            return None  # reading it would wait for the GPU
        if getattr(value, "requires_grad", False):
            value = value.detach()
        item = value.item()
        if type(item) in (float, int):
            return float(item)
        return None
    if isinstance(value, (float, int)):
        return float(value)
    if kind.__module__.startswith("tensorflow."):
        return _of_tensorflow(value)
    return None


def _of_tensorflow(value: Any) -> float | None:
    """The number of a tensor or variable of TensorFlow that holds one; those on a GPU are left alone."""
    read = getattr(value, "numpy", None)  # none in a graph
    if read is None or len(value.shape) or "GPU" in str(value.device):
        return None
    item = read().item()
    return float(item) if type(item) in (float, int) else None


def tidy(name: str) -> str:
    """A name that every server takes: letters, digits, ``_ - . : / =`` and spaces, at most 200 characters."""
    return re.sub(r"[^\w\-.:/= ]+", "_", name).strip("_ ")[:200] or "metric"


def _report(text: str) -> list[tuple[str, float]]:
    """Accuracy and averages in the text of ``classification_report``, named as its dict names them.

    Other libraries' have one line ``avg / total`` below columns of their own.
    """
    found = []
    columns = [word for word in text.strip().partition("\n")[0].split() if word.isidentifier()]
    for line in text.splitlines():
        total = re.match(r"\s*avg / total((?:\s+\d+(?:\.\d+)?)+)\s*$", line)
        if total and len(columns) == len(total.group(1).split()):
            for label, number in zip(columns[:-1], total.group(1).split()):  # the last counts rows
                found.append((f"avg_{label}", float(number)))
            continue
        average = re.match(r"\s*(\w+) avg((?:\s+\d\.\d+){3})\s+\d+\s*$", line)
        accuracy = re.match(r"\s*accuracy\s+(\d\.\d+)\s+\d+\s*$", line)
        if accuracy:
            found.append(("accuracy", float(accuracy.group(1))))
        elif average:
            labels = ("precision", "recall", "f1-score")
            for label, number in zip(labels, average.group(2).split()):
                found.append((f"{average.group(1)}_avg/{label}", float(number)))
    return found


_AROUND = frozenset(
    "fn func function get calc calculate compute computed eval evaluate custom my".split()
)


def function_metric(name: str, weak: bool = False) -> str:
    """The metric that a function is named after: ``loss`` of ``loss_func``, ``rmse`` of ``get_rmse``; '' if none.
    ``weak``: also names that only a model behind the value makes a metric's, ``cost`` of ``cost_function``."""
    least = 1 if weak else 2
    name = name.removeprefix("get_")
    if metric_strength(name) >= least:
        return name
    kept = [word for word in words(name) if word not in _AROUND]
    plain = "_".join(kept)
    return plain if len(kept) < len(words(name)) and metric_strength(plain) >= least else ""


_SEVERAL = {
    "precision_recall_fscore_support": ("precision", "recall", "f_score"),
    "homogeneity_completeness_v_measure": ("homogeneity", "completeness", "v_measure"),
    "class_likelihood_ratios": ("positive_likelihood_ratio", "negative_likelihood_ratio"),
}
"""Functions of ``sklearn.metrics`` that return several metrics, and what these are."""
_BY_CLASS = frozenset({"precision_score", "recall_score", "f1_score", "fbeta_score"})
MAX_CLASSES = 20


def _by_class(name: str, values: Any, labels: Any) -> list[tuple[str, float]]:
    """``f1_score/spam`` of the array that a metric gives without an average: one number a class, at most 20."""
    if not 2 <= getattr(values, "size", 0) <= MAX_CLASSES or getattr(values, "ndim", 0) != 1:
        return []
    known = labels if isinstance(labels, (list, tuple)) and len(labels) == len(values) else ()
    places = [str(one) for one in known] or [str(place) for place in range(len(values))]
    pairs = zip(places, values.tolist())
    return [(f"{name}/{at}", float(one)) for at, one in pairs if isinstance(one, float)]


def spread(name: str, value: Any, labels: Any = None) -> list[tuple[str, float]]:
    """The scalars that a metric call's result holds: (name, value) pairs, [] if there are none.

    A scalar is itself; ``precision_recall_fscore_support`` and its like their numbers; a ``classification_report`` dict
    its accuracy and averages; a flat dict of scalars its entries; what was not averaged its numbers by class
    (``labels``: the names of the classes, if they were given).
    """
    scalar = real_scalar(value)
    if scalar is not None:
        return [(name, scalar)]
    several = _SEVERAL.get(name)
    if several is not None and isinstance(value, tuple) and len(value) >= len(several):
        found: list[tuple[str, float]] = []
        for label, item in zip(several, value):
            number = real_scalar(item)
            found += [(label, number)] if number is not None else _by_class(label, item, labels)
        return found
    if name in _BY_CLASS:
        return _by_class(name, value, labels)
    if "classification_report" in name and isinstance(value, str):
        return _report(value)
    if isinstance(value, dict) and len(value) <= 200:
        found = []
        for key, item in value.items():
            number = real_scalar(item)
            if number is not None:
                found.append((str(key), number))
            elif isinstance(item, dict) and str(key).endswith("avg"):
                for part, inner in item.items():
                    number = real_scalar(inner)
                    if number is not None and part != "support":
                        found.append((f"{key}/{part}".replace(" ", "_"), number))
        return found
    named = metric_strength(name) == 2 or name.endswith(("_score", "_error", "_loss"))
    number = real_scalar(_foremost(value)) if named else None
    return [(name, number)] if number is not None else []


def asked_for(given: tuple[Any, ...], result: Any) -> tuple[str, list[tuple[str, float]]]:
    """The metric that a function was asked for by its name, and what it gave: one number, or a few by class."""
    asked = [
        one for one in given if isinstance(one, str) and metric_strength(one.partition(":")[0])
    ]
    if not asked or not isinstance(result, list) or len(result) > MAX_CLASSES:
        return "", []
    name = asked[0].partition(":")[0]
    numbers = [real_scalar(one) for one in result]
    if len(numbers) == 1 and numbers[0] is not None:
        return name, [(name, numbers[0])]
    return name, [(f"{name}/{at}", one) for at, one in enumerate(numbers) if one is not None]


def _foremost(value: Any) -> Any:
    """What a function named like a metric measured, if it returned more: the first of a tuple, as of
    ``concordance_index_censored``, or the one number of an array."""
    if type(value) is tuple and len(value) > 1:
        return value[0]
    return value.ravel()[0] if getattr(value, "shape", None) in ((1,), (1, 1)) else None
