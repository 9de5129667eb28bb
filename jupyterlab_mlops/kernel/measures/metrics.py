"""What is a metric: by value, by name, by the call that made it. Pure."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any

from ..source.wording import words

STRONG = frozenset(
    "acc accuracy accuracies f1 f2 fbeta fscore auc auroc roc auprc loss losses rmse mse mae mape smape msle rmsle mre"
    " mdape r2 logloss perplexity ppl bleu rouge meteor iou miou dice mcc kappa silhouette ari nmi ami nll"
    " rsquared prsquared precision recall sensitivity specificity aic bic wer cer brier crossentropy rss rse"
    " misclassification classificationrate bce kld vloss vacc ndcg mrr auuc hinge map50 rae hqic aicc rmspe mspe mase wape medae nlpd msll crps chamfer psnr ssim gcv ubre".split()
)
"""Words that make a name a metric wherever it is bound."""

WEAK = frozenset(
    "score scores error errors err errs cost costs deviance likelihood loglikelihood loglik llf reward rewards inertia"
    " inertias distortions distortion objective sse ssr jaccard v homogeneity heterogeneity completeness oob elbo evidence evidences fvu gini"
    " ap kl coverage correlation pearson pearsonr spearman spearmanr tpr fpr tnr fnr ppv npv iba gmean geometricmean".split()
)
"""Words that make a name a metric only when a model is behind its value."""

BLOCKED = frozenset(
    "threshold thresh weight weights fn func function name names idx index type types cutoff coef coefs"
    " coefficient n num number max_iter tol lambda target targets scaler fig ax axes plot curve matrix"
    " report learning dict df table cols columns color label labels ylabel xlabel title text msg"
    " interval scorer metric metrics fmt format width rank grad gradient delta dist distance distances"
    " margin bar bars lim scale time seconds sample sampling interest tax growth birth decay dropout"
    " impurity change derivative frame heart exchange ratio difference diff grid list map size shape count counts id ids".split()
)
"""Words that make a name something other than a metric's value."""
_OF_TWO = frozenset("gap gaps improvement improvements".split())  # of two values of a metric
_MEAN_ERROR = re.compile(r"(mean|median|average|root)(absolute|squared?)(percentage|log)?errors?")
"""``mse`` and its kin, written out."""

_INDICES = frozenset((of, "index") for of in ("c", "concordance", "jaccard", "rand"))
"""Metrics that are called an index."""

_OF_PART = re.compile(r"^(?:train|training|val|valid|validation|dev|test)[_ ]metrics?$", re.I)
"""A metric that is only called so, of a part of the data: ``valid_metric``."""

_RATED = frozenset("positive negative hit success detection miss".split())
"""What a rate is of where it is a metric."""


@lru_cache(maxsize=4096)
def metric_strength(name: str) -> int:
    """2: a metric by name alone; 1: only with a model behind it; 0: not a metric's name."""
    parts = _but_sample(words(of_rank(name)))
    if (
        _AT.match(name)
        or _OF_PART.match(name)
        or any(pair in _INDICES for pair in zip(parts, parts[1:]))
    ):
        return 2
    if parts[:1] == ["dropout"] and _is_strong(parts[-1]):
        return 2  # that of a network with dropout
    if not parts or any(part in BLOCKED or part in _OF_TWO for part in parts):
        return 0
    if any(_is_strong(part) for part in parts):
        return 2
    joined = "".join(parts)
    if joined in STRONG or any("".join(pair) in STRONG for pair in zip(parts, parts[1:])):
        return 2
    if _MEAN_ERROR.search(joined):
        return 2
    if any(part in WEAK or part.rstrip("0123456789") in WEAK for part in parts) and parts != ["v"]:
        return 1
    if any("".join(pair) in WEAK for pair in zip(parts, parts[1:])):
        return 1
    return 1 if parts[-1] == "rate" and parts[-2:-1] and parts[-2] in _RATED else 0


def _but_sample(parts: list[str]) -> list[str]:
    """Without the sample that a metric is of: ``accuracy`` of ``in_sample_accuracy`` and ``out-of-sample accuracy``."""
    return [
        part
        for place, part in enumerate(parts)
        if part != "sample" or parts[max(place - 1, 0)] not in ("in", "of")
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
    return None


def tidy(name: str) -> str:
    """A name that every server takes: letters, digits, ``_ - . : / =`` and spaces, at most 200 characters."""
    return re.sub(r"[^\w\-.:/= ]+", "_", name).strip("_ ")[:200] or "metric"


def manual_metric(expression: ast.expr) -> str | None:
    """The usual name of a metric written out by hand, by the shape of its expression.

    ``np.mean(a == b)``, ``(a == b).mean()``, ``sum(a == b) / len(a)`` → ``accuracy``; with ``!=`` →
    ``error_rate``; ``np.mean((a - b) ** 2)`` → ``mse``; its square root → ``rmse``; of ``abs(a - b)`` → ``mae``;
    ``tp / (tp + fp)`` → ``precision``.
    """
    node: ast.expr = expression
    if _is_diagonal_share(node):
        return "accuracy"
    while (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult)
        and isinstance(node.right, ast.Constant)
    ):
        node = node.left
    if isinstance(node, ast.Call) and _called(node) in ("float", "round") and node.args:
        node = node.args[0]
    rate = rate_of(node)
    if rate:
        return rate
    if isinstance(node, ast.Call) and _called(node) == "sqrt" and node.args:
        return "rmse" if manual_metric(node.args[0]) == "mse" else None
    inner = _mean_of(node)
    if inner is None:
        inner = _sum_of(node)
        return "rss" if inner is not None and _squares(inner) and _guesses(inner) else None
    if isinstance(inner, ast.Compare) and len(inner.ops) == 1:
        if any(isinstance(side, ast.Constant) for side in (inner.left, *inner.comparators)):
            return None  # a share: `np.mean(y == "spam")`
        if isinstance(inner.ops[0], ast.Eq):
            return "accuracy"
        if isinstance(inner.ops[0], ast.NotEq):
            return "error_rate"
        return None
    if _squares(inner):
        return "mse"
    if isinstance(inner, ast.Call) and _called(inner) in ("abs", "absolute", "fabs") and inner.args:
        return "mae" if _differs(inner.args[0]) else None
    return None


_TRUTHS = frozenset("y true truth target targets label labels actual actuals expected gold".split())
_GUESSES = frozenset(
    "pred preds predict predicted prediction predictions yhat hat guess guesses random baseline".split()
)


def of_predictions(expression: ast.expr) -> bool:
    """Whether a metric written out by hand compares predictions with a truth by the names in it.

    Without a model behind it this alone tells ``(guess == y).mean()`` from a share of the data.
    """
    found: set[str] = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Compare) and any(
            isinstance(side, ast.Constant) for side in (node.left, *node.comparators)
        ):
            if isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                return False  # `(y == 1).mean()`
        if isinstance(node, ast.Name):
            found.update(words(node.id))
    return bool(_TRUTHS & found) and bool(_GUESSES & found)


def names_truth(expression: ast.expr) -> bool:
    """Whether a name in it is a truth's and no prediction's: ``y_test``, not ``y_pred``."""
    names = [set(words(one.id)) for one in ast.walk(expression) if isinstance(one, ast.Name)]
    return any(_TRUTHS & one and not _GUESSES & one for one in names)


_RESIDUALS = frozenset("residual residuals resid resids error errors err errs".split())
_AT = re.compile(r"^(?:map|hr|hit|hits|ap)@\d+$", re.IGNORECASE)
"""Metrics of ranked lists, by the length of the list."""

_RATES = {
    ("tp", "fp tp"): "precision",
    ("tp", "fn tp"): "recall",
    ("fp", "fp tn"): "fpr",
    ("tn", "fp tn"): "specificity",
    ("fn", "fn tp"): "fnr",
    ("tn tp", "fn fp tn tp"): "accuracy",
    ("fn fp", "fn fp tn tp"): "error_rate",
}
_COUNTS = re.compile(
    "^(?:n_|num_)?(?:(t|f)(p|n)|(true|false)_?(pos|neg)(?:itive)?s?)$", re.IGNORECASE
)


def rate_of(expression: ast.expr) -> str | None:
    """What a quotient of counts of hits and misses is called: ``tp / (tp + fp)`` is ``precision``."""
    if not isinstance(expression, ast.BinOp) or not isinstance(expression.op, ast.Div):
        return None
    above, below = _counted(expression.left), _counted(expression.right)
    return _RATES.get((" ".join(sorted(above)), " ".join(sorted(below))))


def _counted(node: ast.expr) -> set[str]:
    """``tp`` and ``fp`` of ``tp + fp`` (also ``true_positives``); nothing of anything else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _counted(node.left), _counted(node.right)
        return left | right if left and right else set()
    found = _COUNTS.match(node.id) if isinstance(node, ast.Name) else None
    if found is None:
        return set()
    one, other = found.group(1) or found.group(3), found.group(2) or found.group(4)
    return {f"{one[0]}{other[0]}".lower()}


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


_LIBRARIES = frozenset("np numpy torch tf jnp K statistics".split())


def _mean_of(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Call) and _called(node) in ("mean", "average"):
        if node.args and not (isinstance(node.func, ast.Attribute) and _is_data(node.func.value)):
            return node.args[0]
        if isinstance(node.func, ast.Attribute):
            return node.func.value
    if (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and isinstance(node.left, ast.Call)
        and not (isinstance(node.right, ast.Constant) and node.right.value in (1, 2))
    ):
        if _called(node.left) in ("sum", "count_nonzero"):
            if node.left.args:
                return node.left.args[0]
            if isinstance(node.left.func, ast.Attribute):
                return node.left.func.value
    return None


def _sum_of(node: ast.expr) -> ast.expr | None:
    """What is summed: ``x`` of ``np.sum(x)`` and of ``x.sum()``."""
    if not isinstance(node, ast.Call) or _called(node) != "sum":
        return None
    if node.args:
        return node.args[0]
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def _is_diagonal_share(node: ast.expr) -> bool:
    """The share of a confusion matrix's diagonal: ``np.trace(cm) / np.sum(cm)``, ``np.diag(cm).sum() / cm.sum()``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return False
    whole, part = _sum_of(node.right), _sum_of(node.left)
    calls = [one for one in (node.left, part) if isinstance(one, ast.Call)]
    if not isinstance(whole, ast.Name) or not calls:
        return False
    return any(
        _called(one) in ("trace", "diag", "diagonal")
        and any(isinstance(at, ast.Name) and at.id == whole.id for at in ast.walk(one))
        for one in calls
    )


def _squares(node: ast.expr) -> bool:
    """``(a - b) ** 2``, ``np.square(a - b)``, ``np.power(a - b, 2)`` or ``residuals ** 2``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        node = node.left
    elif isinstance(node, ast.Call) and _called(node) == "square" and node.args:
        node = node.args[0]
    elif (
        isinstance(node, ast.Call)
        and _called(node) == "power"
        and len(node.args) == 2
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value == 2
    ):
        node = node.args[0]
    else:
        return False
    return _differs(node)


def _differs(node: ast.expr) -> bool:
    """``a - b``, or a name that says as much."""
    if isinstance(node, ast.Name):
        return bool(_RESIDUALS & set(words(node.id)))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _guesses(expression: ast.expr) -> bool:
    """Whether predictions stand in it, by a name or a call."""
    found: set[str] = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            found.update(words(node.id))
        elif isinstance(node, ast.Attribute):
            found.update(words(node.attr))
    return bool(_GUESSES & found)


def _is_data(node: ast.expr) -> bool:
    return not isinstance(node, ast.Name) or node.id not in _LIBRARIES


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
