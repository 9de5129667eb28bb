"""Which classes and functions are observed.

Classes are watched when they are bound to a name or made in a statement, whatever library they are from;
scikit-learn's modules and metric functions are watched as they are imported. Nothing is imported here.
"""

from __future__ import annotations

import importlib.abc
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from ..cells import models
from ..cells.observe import watch_function, watch_method
from ..cells.own_fits import cross_validates, library_fits, own_fits
from ..cells.unseen import unseen, untraced
from ..link import diagnostics
from ..measures.metrics import metric_strength
from ..source.usercode import is_own_class
from . import drawn, objectives, scorers, written

PLAIN: frozenset[type] = frozenset(
    {
        int,
        float,
        str,
        bool,
        bytes,
        list,
        dict,
        tuple,
        set,
        frozenset,
        type(None),
        ModuleType,
        FunctionType,
        BuiltinFunctionType,
        range,
        complex,
    }
)
"""Types that are never models."""

_SCORES = ("score", "evaluate")
_PREDICTS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "staged_predict",
    "score_samples",
    "fittedvalues",
    "transform",
    "forecast",
)
_FITS = (
    "fit",
    "partial_fit",
    "fit_predict",
    "fit_transform",
    "fit_generator",
    "fit_regularized",
    "fit_constrained",
    "fit_map",
    "fit_vb",
    "iterative_fit",
    "gridsearch",
    "conformalize",
    "learn_one",
    "learn_many",
)
_TRAINERS = ("validate", "test", "evaluate")
"""Methods by which a trainer measures its model."""
_CROSS = (
    "cross_val_score",
    "cross_validate",
    "cross_val_predict",
    "permutation_test_score",
    "learning_curve",
    "validation_curve",
)
_COMPILED = frozenset({"tensorflow", "jax", "torch", "torchmetrics", "keras", "numba"})
"""Packages whose functions are compiled, or known by what they are."""

_seen: weakref.WeakSet[type] = weakref.WeakSet()


def kind_of_method(name: str) -> str:
    """What a model's method of this name is watched as; '' if it is not."""
    kinds = {"fit": _FITS, "score": _SCORES, "predict": _PREDICTS}
    return next((kind for kind, names in kinds.items() if name in names), "")


def watch_class(cls: type) -> None:
    """Observe a class's fits, scores and predictions if its instances can be models. Cheap when seen before."""
    if cls in _seen:
        return
    _seen.add(cls)
    try:
        _watch_class(cls)
    except Exception as error:  # a metaclass of the user's that fails
        diagnostics.note(f"watching {cls!r}", error)


def _watch_class(cls: type) -> None:
    module = getattr(cls, "__module__", "") or ""
    if module.startswith(("keras.", "tensorflow.", "tf_keras.")) and hasattr(
        cls, "apply_gradients"
    ):
        for name in ("apply", "apply_gradients"):
            watch_method(cls, name, "step")
        return
    if module.startswith(
        ("builtins", "numpy", "pandas", "matplotlib")
    ) or not models.is_model_class(cls):
        trains = cls.__name__.endswith("Trainer") and not is_own_class(cls)
        if not hasattr(cls, "fit") or not (trains or hasattr(cls, "transform")):
            return
    own = _own_names(cls)
    fits = own_fits(cls) | library_fits(cls)
    for name in own:
        if (
            name in _FITS
            or name in fits
            or (name == "train" and (hasattr(cls, "predict") or models.is_own_model_class(cls)))
        ):
            watch_method(cls, name, "fit")
        elif cross_validates(name) and not is_own_class(cls):
            watch_method(cls, name, "cv")
        elif name in _SCORES or (name in _TRAINERS and cls.__name__.endswith("Trainer")):
            watch_method(cls, name, "score")
        elif name in _PREDICTS or name.startswith("predict_"):
            watch_method(cls, name, "predict")
        elif (
            not name.startswith("_")
            and module == "__main__"
            and metric_strength(name)
            and name != "loss"
        ):
            watch_method(cls, name, "score")


def watch_trained(cls: type) -> None:
    """Observe the scores and predictions of a class whose object a fit of another has given back."""
    for name in _own_names(cls):
        kind = kind_of_method(name)
        if kind in ("score", "predict"):
            watch_method(cls, name, kind)


def _own_names(cls: type) -> list[str]:
    """The methods worth a look, those that torch and Keras define for all modules left out."""
    found: dict[str, None] = {}
    for base in cls.__mro__:
        module = base.__module__
        if module.startswith("torch.") or base is object:
            continue
        for name in base.__dict__:
            if name == "train" and any(
                parent.__module__.startswith("torch.") for parent in cls.__mro__
            ):
                if "predict" not in base.__dict__:
                    continue
            found.setdefault(name)
    return list(found)


def watch_value(value: Any) -> None:
    """A name was bound to this: watch it if it is a class, its class if it is an instance."""
    cls = value if isinstance(value, type) else type(value)
    if cls not in PLAIN:
        watch_class(cls)


# -- imports ----------------------------------------------------------------------------------------------------


def _sklearn(module: ModuleType) -> None:
    name = module.__name__
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == name and hasattr(value, "fit"):
            watch_class(value)
    if name == "sklearn.model_selection._validation":
        for function in _CROSS:
            watch_function(module, function, "cv")
    if name.startswith("sklearn.metrics.") and not name.startswith("sklearn.metrics.pairwise"):
        for key, value in list(vars(module).items()):
            if (
                inspect.isfunction(value)
                and value.__module__ == name
                and not key.startswith(("_", "check", "make"))
            ):
                watch_function(module, key, "metric")


def _boosting(module: ModuleType) -> None:
    if module.__name__ in ("xgboost.training", "lightgbm.engine", "catboost.core"):
        watch_function(module, "train", "fit")
        watch_function(module, "cv", "fit")
    if module.__name__ in ("xgboost.core", "lightgbm.basic"):
        booster = getattr(module, "Booster", None)
        if booster is not None:
            watch_method(booster, "predict", "predict")
    if module.__name__ == "catboost.utils":
        watch_function(module, "eval_metric", "metric")
    _estimators(module)


def _estimators(module: ModuleType) -> None:
    for value in list(vars(module).values()):
        if (
            isinstance(value, type)
            and value.__module__ == module.__name__
            and hasattr(value, "fit")
        ):
            watch_class(value)


def _studies(module: ModuleType) -> None:
    study = getattr(module, "Study", None)
    if module.__name__ == "optuna.study.study" and study is not None:
        watch_method(study, "optimize", "fit")


def _objectives(module: ModuleType) -> None:
    if module.__name__ == "hyperopt.fmin":
        watch_function(module, "fmin", "fit")
    elif module.__name__.startswith("skopt.optimizer."):
        for name in objectives.SKOPT:
            if getattr(getattr(module, name, None), "__module__", "") == module.__name__:
                watch_function(module, name, "fit")
    else:
        _estimators(module)


def _giving(module: ModuleType) -> None:
    """Functions that give a fitted model back."""
    if module.__name__ == "pmdarima.arima.auto":
        watch_function(module, "auto_arima", "gives")
    _estimators(module)


def _nobody(_model: Any, _optimizer: Any) -> None:
    """Until a capture asks to be told."""


_torch_step: Callable[[Any, Any], None] = _nobody
_optimised: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def on_torch_step(tell: Callable[[Any, Any], None]) -> None:
    """Who is told of the model that an optimiser has made a step on."""
    global _torch_step  # noqa: PLW0603 - one kernel, one capture
    _torch_step = tell


def _torch_optimizers(module: ModuleType) -> None:
    register = getattr(module, "register_optimizer_step_post_hook", None)
    if register is not None:
        register(_stepped)


def _stepped(optimizer: Any, _args: Any, _kwargs: Any) -> None:
    try:
        reference = _optimised.get(optimizer)
        model = reference() if reference is not None else None
        if model is None:
            model = _module_of(optimizer)
            if model is None:
                return
            _optimised[optimizer] = weakref.ref(model)
        _torch_step(model, optimizer)
    except Exception as error:  # never into the training loop
        diagnostics.note("optimizer step", error)


def keras_model_of(optimizer: Any, frame: Any) -> Any:
    """The model of the user's whose variables a Keras optimiser has just changed; None if there is none."""
    reference = _optimised.get(optimizer)
    known = reference() if reference is not None else None
    if known is not None:
        return known
    variables = getattr(optimizer, "_trainable_variables", None) or ()
    found = _most_shared(
        frame,
        {id(one) for one in variables},
        lambda value: models.predicts(value) and hasattr(value, "layers"),
        lambda value: value.trainable_variables,
    )
    if found is not None:
        _optimised[optimizer] = weakref.ref(found)
    return found


def _module_of(optimizer: Any) -> Any:
    """The outermost module of the user's whose parameters the optimiser holds."""
    wanted = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    return _most_shared(
        sys._getframe(1), wanted, models.is_torch_module, lambda value: value.parameters()
    )


def _most_shared(
    frame: Any,
    wanted: set[int],
    fits: Callable[[Any], bool],
    variables_of: Callable[[Any], Iterable[Any]],
) -> Any:
    """What ``fits`` in the frames from this one up to the cell's and has most of the ``wanted`` variables (ids)."""
    best, most = None, 0
    places: list[dict[str, Any]] = []
    while frame is not None:
        places.append(frame.f_locals)
        if frame.f_code.co_name == "<module>":
            break
        frame = frame.f_back
    for place in places:
        values = list(place.values())
        values.extend(
            one
            for value in values[:]
            if hasattr(value, "__dict__")
            for one in list(vars(value).values())[:50]
        )
        for value in values:
            if fits(value):
                shared = sum(1 for variable in variables_of(value) if id(variable) in wanted)
                if shared > most:
                    best, most = value, shared
        if best is not None:
            return best
    return None


HANDLERS: dict[str, Callable[[ModuleType], None]] = {
    "sklearn": _sklearn,
    scorers.MODULE: scorers.watch,
    **dict.fromkeys(("xgboost", "lightgbm", "catboost"), _boosting),
    "optuna": _studies,
    **dict.fromkeys(("hyperopt", "skopt"), _objectives),
    "imblearn": _estimators,
    "pmdarima": _giving,
    "statsmodels": _estimators,
    "torch.optim.optimizer": _torch_optimizers,
    **dict.fromkeys(drawn.WRITERS, drawn.watch),
    **dict.fromkeys(written.WRITERS, written.watch),
}


def _handler(name: str) -> Callable[[ModuleType], None] | None:
    parts = name.split(".")
    known = HANDLERS.get(name) or HANDLERS.get(parts[0])
    if known is _sklearn or not _measures(parts):
        return known

    def measures_too(module: ModuleType) -> None:
        _metrics(module)
        if known is not None:
            known(module)

    return measures_too


def _measures(parts: list[str]) -> bool:
    """Whether a module is one of metrics by its name: ``imblearn.metrics``, ``sktime.performance_metrics``,
    ``statsmodels.tools.eval_measures``, ``surprise.accuracy``.

    Those of frameworks that compile functions are left as they are.
    """
    named = any(part == "metrics" or part.endswith(("_metrics", "_measures")) for part in parts)
    return parts[0] not in _COMPILED and (named or parts[1:] == ["accuracy"])


def _metrics(module: ModuleType) -> None:
    """Functions of a library that are named like metrics."""
    for key, value in list(vars(module).items()):
        if inspect.isfunction(value) and value.__module__ == module.__name__ and _is_metric(key):
            watch_function(module, key, "metric")


_MEASURES = ("_score", "_error", "_loss", "_difference", "_ratio", "_rate", "_likelihood", "_predictive_density")  # fmt: skip
"""How functions of modules of metrics end that measure."""


def _is_metric(name: str) -> bool:
    if name.startswith(("_", "check", "make", "get", "plot")):
        return False
    return name.endswith(_MEASURES) or "classification_report" in name or metric_strength(name) == 2


class Finder(importlib.abc.MetaPathFinder):
    """Lets the other finders find a module of interest, and looks at it once it has been imported."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        """See ``importlib``: only for the modules in ``HANDLERS``; None leaves the import to the others."""
        handler = _handler(name)
        if handler is None or name in self._busy:
            return None
        self._busy.add(name)
        try:
            for finder in sys.meta_path:
                if finder is self or not hasattr(finder, "find_spec"):
                    continue
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    break
            else:
                return None
        finally:
            self._busy.discard(name)
        loader = spec.loader
        if loader is not None and hasattr(loader, "exec_module"):
            with suppress(AttributeError, TypeError):
                loader.exec_module = _executing(loader, name, handler)  # type: ignore[method-assign,assignment]
        return spec


def _executing(
    loader: Any, name: str, handler: Callable[[ModuleType], None]
) -> Callable[[ModuleType], None]:
    """What executes a module in the place of its loader, which is as it was by then, and looks at it afterwards."""
    execute = loader.exec_module

    def begin() -> None:
        with suppress(AttributeError):
            del loader.exec_module

    def end(module: ModuleType) -> None:
        try:
            handler(module)
        except Exception as error:  # an import must never fail for us
            diagnostics.note(f"watching {name}", error)

    @unseen
    def exec_module(module: ModuleType) -> None:
        begin()
        try:
            execute(module)
        except BaseException as error:
            untraced(error)
            raise
        end(module)

    return exec_module


def install() -> Finder:
    """Watch what is imported from now on, and what already was."""
    finder = Finder()
    sys.meta_path.insert(0, finder)
    for name, module in list(sys.modules.items()):
        handler = _handler(name)
        if handler is not None and isinstance(module, ModuleType):
            try:
                handler(module)
            except Exception as error:  # half-imported modules
                diagnostics.note(f"watching {name}", error)
    return finder
