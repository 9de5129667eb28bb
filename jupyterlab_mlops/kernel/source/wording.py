"""The words of a name, and what they say of it. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]?[a-z]+(?:\d+(?![a-z]))?|[A-Z]+(?![a-z])\d*|\d+")
_CONTAINERS = frozenset("list lst hist values vals array arr log".split())


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name))


def words(name: str) -> list[str]:
    """``val_rmse2``, ``testAcc``, ``R2`` → lower-case words, digits kept on the word they follow."""
    return list(_words(name))


_TRAINS = frozenset("train training fit learn optimize gd sgd descent update".split())
_NOT_TRAINS = frozenset("plot show print load save split test data set get make".split())


def trains_by_name(name: str) -> bool:
    """Whether a function's name says that it trains what it is given: ``train_epoch``, ``sgd``, ``train2``."""
    parts = {word.rstrip("0123456789") for word in words(name)}
    return bool(_TRAINS & parts) and not _NOT_TRAINS & parts


_ALGORITHM = re.compile(
    r"((my|own|run|do|fit|train|simple|basic|custom|manual|naive|fast|soft|hard|bisecting|fuzzy|weighted|vectorized|lloyds?)_)*"
    r"(k_?(means|medians|medoids|modes|prototypes)|c_?means|gmm|gaussian_mixture|em_gmm|gmm_em|expectation_maximi[sz]ation"
    r"|adaboost|id3|c45|naive_bayes(_classifier)?|(kernel_)?perceptron|adaline|pegasos|irls|baum_welch|ordinary_least_squares(_fit)?|least_squares_fit"
    r"|coordinate_descent(_lasso)?|(lasso|ridge|elastic_net|logistic|poisson)_(cd|coordinate_descent|irls|newton|ista|fista|admm|gd|sgd)"
    r"|matrix_factori[sz]ation|self_organi[sz]ing_map|estimate_coef(f?s|ficients?)?"
    r"|(build|grow|create|make|train|learn|induce|fit|generate|construct)_(a_)?((decision|regression|classification|cart|id3|random)_)*(tree|forest)|(linear|logistic|ridge|lasso|softmax)_regression)\d*"
    r"(_(plus_plus|pp|clustering|cluster|algorithm|algo|fit|train|numpy|np|gd|sgd|from_scratch|scratch|vectorized|model|loop|\d+))*"
)


def names_algorithm(name: str) -> bool:
    """Whether a function is called as an algorithm is that learns from data: ``k_means``, ``bisecting_kmeans``."""
    return _ALGORITHM.fullmatch("_".join(words(name))) is not None


def without_container(name: str) -> str:
    """``cost`` of ``cost_list``: what a list that is named as a list holds."""
    kept = [word for word in words(name) if word not in _CONTAINERS]
    return "_".join(kept) if kept and len(kept) < len(words(name)) else name
