"""Which objects are models, and which candidate each model object has.

A model has ``predict``, ``forward``, or ``score``; with ``transform`` only once it is asked for its score. Helpers are fitted on the way and have
none of their own: scalers, encoders, PCA-like transformers, selectors without ``predict``.
"""

from __future__ import annotations

import re
import sys
import types
import weakref
from functools import partial
from typing import Any

from ..source.usercode import is_own_class
from .own_fits import library_fits, own_fits

PREDICTORS = (
    "predict",
    "predict_proba",
    "decision_function",
    "fit_predict",
    "score_samples",
    "forward",
    "predict_survival_function",
    "predict_partial_hazard",
    "effect",
    "forecast",
    "classify",
    "recommend",
)
_ESTIMATOR_KINDS = frozenset(
    {
        "classifier",
        "regressor",
        "clusterer",
        "outlier_detector",
        "density_estimator",
        "DensityEstimator",
    }
)


def class_of(model: Any) -> str:
    """The class's plain name."""
    return type(model).__name__


def is_torch_module(value: Any) -> bool:
    """Whether it is a ``torch.nn.Module`` (never imports torch)."""
    torch = sys.modules.get("torch")
    nn = getattr(torch, "nn", None)
    return nn is not None and isinstance(value, nn.Module)


_NO_MODELS = re.compile(
    "(?:Trainer|Runner|Loop|Scaler|Encoder|Tokenizer|Vectorizer|Vocab|Selector|Imputer|Transformer|Loader|Logger|Data)$",
    re.IGNORECASE,
)
"""How classes are named that are trained or train, and are no models."""


def is_own_model_class(cls: type) -> bool:
    """Whether it is a class of the user's that is fitted and does not transform: a model, whatever it is called by."""
    return (
        is_own_class(cls)
        and (hasattr(cls, "fit") or hasattr(cls, "train") or bool(own_fits(cls)))
        and not hasattr(cls, "transform")
        and not _NO_MODELS.search(cls.__name__)
    )


def is_study(value: Any) -> bool:
    """Whether it is an Optuna study: what it optimises is its model."""
    return type(value).__name__ == "Study" and type(value).__module__.startswith("optuna")


def is_search(value: Any) -> bool:
    """Whether it holds what a search for the best value of a function has tried: a study, hyperopt's trials, or what stands
    in for the result of one (``is_search``)."""
    if is_study(value) or getattr(type(value), "is_search", False) is True:
        return True
    cls = type(value)
    return cls.__name__.endswith("Trials") and cls.__module__.startswith("hyperopt")


def is_model_class(cls: type) -> bool:
    """Whether instances of the class may be models: fitted by a method and able to predict."""
    if is_own_model_class(cls):
        return True
    return (
        bool(own_fits(cls) or library_fits(cls))
        or any(
            hasattr(cls, name)
            for name in ("fit", "partial_fit", "fit_predict", "train", "fit_generator", "learn_one")
        )
    ) and (
        any(hasattr(cls, name) for name in (*PREDICTORS, "__call__"))
        or _predicts_something(cls)
        or hasattr(cls, "score")
    )


_NO_OBJECTS = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
)


def is_model(value: Any) -> bool:
    """Whether a fitted object is a model rather than a helper."""
    if isinstance(value, _NO_OBJECTS):
        return False
    if is_torch_module(value):
        # Keras, where torch is its backend, makes the parameters with the first batch.
        trains_itself = _has(value, "fit") and _has(value, "predict")
        return (
            trains_itself
            or next(iter(value.parameters()), None) is not None
            or any(getattr(one, "requires_grad", None) is True for one in vars(value).values())
        )
    if is_search(value) or is_own_model_class(type(value)):
        return True
    if _has(value, "get_support") and _has(value, "transform"):
        return False  # it chooses columns, whatever it fits for that, until somebody scores it
    kind = _estimator_kind(value)
    if kind in _ESTIMATOR_KINDS:
        return True
    steps = steps_of(value)
    if steps:
        return is_model(steps[-1][-1])
    if any(_has(value, name) for name in PREDICTORS if name != "score_samples"):
        return True
    scores = _has(value, "score_samples") or _has(value, "score")
    if scores and not _has(value, "transform") and not class_of(value).endswith("Scorer"):
        return True  # a density, a covariance; not what is fitted to score models
    return _predicts_something(type(value)) or (_may_choose(value) and _has_chosen(value))


def steps_of(value: Any) -> list[tuple[Any, ...]]:
    """The steps of a pipeline, [] of anything else."""
    steps = getattr(value, "steps", None)
    return steps if isinstance(steps, list) and steps and isinstance(steps[-1], tuple) else []


def _may_choose(value: Any) -> bool:
    """Whether it transforms by means of an estimator of its own: a selector of features, perhaps."""
    attributes = getattr(value, "__dict__", {})
    return hasattr(attributes.get("estimator"), "fit") and hasattr(type(value), "transform")


def _has_chosen(value: Any) -> bool:
    """Whether it keeps the score of the best that it has tried (``k_score_``): then it was a search."""
    return any(
        name.endswith("score_") and isinstance(kept, float) for name, kept in vars(value).items()
    )


def may_become_model(value: Any) -> bool:
    """Whether an object of a library that does not predict yet may do so once it is fitted, by what it then is made of,
    or may turn out to have searched."""
    cls = type(value)
    steps = steps_of(value)
    if steps:
        return may_become_model(steps[-1][-1])
    if _may_choose(value):
        return True
    return (
        hasattr(cls, "fit")
        and hasattr(cls, "__getattr__")
        and not hasattr(cls, "transform")
        and not is_own_class(cls)
    )


_PREPARES = ("transform", "fit_transform", "fit_resample", "resample")
_PREPARERS = re.compile(
    "(?:Tokenizer|Calculator|Explainer|Scorer|Visualizer|Generator|Sampler|Splitter|Index|Dictionary)",
    re.IGNORECASE,
)
"""Classes of libraries that learn from data and are no models, by their names."""


def may_give_model(value: Any) -> bool:
    """Whether what a method named like a fit of this object of a library trains is to be looked at when it is over: the
    object does not predict, nor does it prepare data."""
    cls = type(value)
    return (
        not is_own_class(cls)
        and cls.__module__ != "builtins"
        and not is_torch_module(value)
        and not any(hasattr(cls, name) for name in _PREPARES)
        and not _NO_MODELS.search(cls.__name__)
        and not _PREPARERS.search(cls.__name__)
    )


def predicts(value: Any) -> bool:
    """Whether it has a method that predicts."""
    return any(_has(value, name) for name in PREDICTORS) or _predicts_something(type(value))


def is_own_network(value: Any) -> bool:
    """Whether it is a network of a class of the user's: it is called, and tells its parameters."""
    cls = type(value)
    return is_own_class(cls) and hasattr(cls, "__call__") and _has(value, "parameters")  # noqa: B004


_predicting: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def _predicts_something(cls: type) -> bool:
    """Whether the class is fitted and predicts by a method of another name: ``predict_survival_function``."""
    known = _predicting.get(cls)
    if known is None:
        names = dir(cls)
        known = ("fit" in names or "learn_one" in names) and any(
            name.startswith("predict_") for name in names
        )
        _predicting[cls] = known
    return known


def measured_by_itself(value: Any) -> bool:
    """Whether ``.score`` of this transformer makes it a model after all (topic models, PCA by likelihood)."""
    return _has(value, "transform") and _has(value, "score")


def _has(value: Any, name: str) -> bool:
    try:
        return callable(getattr(value, name, None))
    except Exception:  # a property of the user's that fails
        return False


_kinds: weakref.WeakKeyDictionary[type, str | None] = weakref.WeakKeyDictionary()
"""Class → what scikit-learn says its estimators are, of those that hold no other estimator."""


def _estimator_kind(value: Any) -> str | None:
    cls = type(value)
    kind = getattr(cls, "_estimator_type", None)
    if isinstance(kind, str):
        return kind
    if getattr(cls, "__sklearn_tags__", None) is None:
        return None
    # Its tags cost as much as the fit of a small model; only what holds others may be of their kind.
    alone = not any(_may_be_estimators(one) for one in getattr(value, "__dict__", {}).values())
    if alone and cls in _kinds:
        return _kinds[cls]
    try:
        found = value.__sklearn_tags__().estimator_type
    except Exception:  # an estimator with required arguments missing
        return None
    kind = str(found) if found else None
    if alone:
        _kinds[cls] = kind
    return kind


def _may_be_estimators(value: Any) -> bool:
    return hasattr(value, "fit") or type(value) in (list, tuple, dict)


def _reference(value: Any, by_id: dict[int, tuple[Any, Any]]) -> weakref.ref[Any]:
    """A weak reference whose entry below ``id(value)`` goes with the object; TypeError if it takes none.

    The entry has the only reference to it, so that the one which calls back is the one in the entry.
    """
    # What dies calls `pop` with the reference, which is what that gives where the entry is gone already.
    return weakref.ref(value, partial(by_id.pop, id(value)))


class Registry:
    """Model object → candidate id, by identity, without keeping the object alive.

    Objects that take no weak references are kept, the latest 200 of them.
    """

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[Any, str]] = {}
        self._kept: dict[int, Any] = {}

    def put(self, value: Any, candidate: str) -> None:
        """From now on this object's candidate is ``candidate``."""
        key = id(value)
        by_id = self._by_id
        try:
            by_id[key] = (_reference(value, by_id), candidate)
        except TypeError:
            self._kept.pop(key, None)
            self._kept[key] = value
            by_id[key] = (None, candidate)
            while len(self._kept) > 200:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                by_id.pop(oldest, None)

    def get(self, value: Any) -> str | None:
        """The candidate of this very object."""
        entry = self._by_id.get(id(value))
        if entry is None:
            return None
        reference, candidate = entry
        if reference is None:
            return candidate if self._kept.get(id(value)) is value else None
        return candidate if reference() is value else None

    @property
    def used(self) -> bool:
        """Whether any object has a candidate."""
        return bool(self._by_id)

    def live(self) -> list[tuple[Any, str]]:
        """The model objects still alive with their candidates."""
        found = []
        for key, (reference, candidate) in list(self._by_id.items()):
            value = self._kept.get(key) if reference is None else reference()
            if value is not None:
                found.append((value, candidate))
        return found


class Products:
    """Values made by models (arrays, frames, tensors) → the candidates behind them, by identity."""

    MAX = 20_000

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[Any, frozenset[str]]] = {}

    def put(self, value: Any, refs: frozenset[str]) -> None:
        """Remember the value if it takes weak references."""
        if len(self._by_id) >= self.MAX:
            return
        key = id(value)
        try:
            self._by_id[key] = (_reference(value, self._by_id), refs)
        except TypeError:
            return

    def get(self, value: Any) -> frozenset[str] | None:
        """The candidates behind this very object, None if it is not known."""
        entry = self._by_id.get(id(value))
        return entry[1] if entry is not None and entry[0]() is value else None
