"""Which classes and functions are observed, and what frameworks tell about a fit.

Classes are watched when they are bound to a name or made in a statement, whatever library they are from;
scikit-learn's modules and metric functions are watched as they are imported. Nothing is imported here.
"""

from __future__ import annotations

import importlib.abc
import inspect
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from . import diagnostics, models
from .metrics import metric_strength, real_scalar
from .observe import Call, watch_function, watch_method

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
)
_CROSS = ("cross_val_score", "cross_validate", "cross_val_predict", "permutation_test_score")
_METRIC_MODULES = ("sklearn.metrics",)
_NOT_METRICS = frozenset(
    {"classification_report_text", "make_scorer", "get_scorer", "check_scoring"}
)

_seen: weakref.WeakSet[type] = weakref.WeakSet()


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
    if module.startswith(
        ("builtins", "numpy", "pandas", "matplotlib")
    ) or not models.is_model_class(cls):
        if not (hasattr(cls, "fit") and hasattr(cls, "transform")):
            return
    own = _own_names(cls)
    for name in own:
        if name in _FITS or (name == "train" and hasattr(cls, "predict")):
            watch_method(cls, name, "fit")
        elif name in _SCORES:
            watch_method(cls, name, "score")
        elif name in _PREDICTS:
            watch_method(cls, name, "predict")
        elif (
            not name.startswith("_")
            and module == "__main__"
            and metric_strength(name)
            and name != "loss"
        ):
            watch_method(cls, name, "score")


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
    if module.__name__ in ("xgboost.training", "lightgbm.engine"):
        watch_function(module, "train", "fit")
    if module.__name__ in ("xgboost.core", "lightgbm.basic"):
        booster = getattr(module, "Booster", None)
        if booster is not None:
            watch_method(booster, "predict", "predict")
    _estimators(module)


def _estimators(module: ModuleType) -> None:
    for value in list(vars(module).values()):
        if (
            isinstance(value, type)
            and value.__module__ == module.__name__
            and hasattr(value, "fit")
        ):
            watch_class(value)


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


def _module_of(optimizer: Any) -> Any:
    """The outermost module of the user's whose parameters the optimiser holds."""
    wanted = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    best, most = None, 0
    frame = sys._getframe(1)
    places: list[dict[str, Any]] = []
    while frame is not None:
        places.append(frame.f_locals)
        if frame.f_code.co_name == "<module>":
            break
        frame = frame.f_back  # type: ignore[assignment]
    for place in places:
        values = list(place.values())
        values.extend(
            one
            for value in values[:]
            if hasattr(value, "__dict__")
            for one in list(vars(value).values())[:50]
        )
        for value in values:
            if models.is_torch_module(value):
                shared = sum(1 for parameter in value.parameters() if id(parameter) in wanted)
                if shared > most:
                    best, most = value, shared
        if best is not None:
            return best
    return None


HANDLERS: dict[str, Callable[[ModuleType], None]] = {
    "sklearn": _sklearn,
    "xgboost": _boosting,
    "lightgbm": _boosting,
    "catboost": _estimators,
    "imblearn": _estimators,
    "statsmodels": _estimators,
    "torch.optim.optimizer": _torch_optimizers,
}


def _handler(name: str) -> Callable[[ModuleType], None] | None:
    return HANDLERS.get(name) or HANDLERS.get(name.partition(".")[0])


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
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                with suppress(AttributeError):
                    del loader.exec_module  # the loader is as it was
                execute(module)
                try:
                    handler(module)
                except Exception as error:  # an import must never fail for us
                    diagnostics.note(f"watching {name}", error)

            with suppress(AttributeError, TypeError):
                loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


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


# -- what frameworks tell -----------------------------------------------------------------------------------------


def model_of(call: Call) -> Any:
    """The object a fit trains: the receiver; the model of a ``Trainer``; None if it has none."""
    owner = call.owner
    if owner is None:
        return _Booster(call)
    if type(owner).__name__.endswith("Trainer"):
        return (
            call.args[0]
            if call.args and models.is_torch_module(call.args[0])
            else getattr(owner, "model", None)
        )
    return owner


class _Booster:
    """Stands for the booster that ``xgb.train`` or ``lgb.train`` is about to return."""

    _estimator_type = "regressor"

    def __init__(self, call: Call) -> None:
        given = call.args[0] if call.args else call.kwargs.get("params")
        self.params = given if isinstance(given, dict) else {}
        self.rounds = call.kwargs.get(
            "num_boost_round", call.args[2] if len(call.args) > 2 else None
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The params given to ``train``."""
        found = dict(self.params)
        if self.rounds is not None:
            found["num_boost_round"] = self.rounds
        return found


_Booster.__name__ = "Booster"


def fit_params(call: Call) -> dict[str, Any]:
    """Settings given to the fit itself: epochs, batch size, and the like (scalars among the keywords)."""
    return {
        name: value
        for name, value in call.kwargs.items()
        if isinstance(value, (int, float, str, bool))
        and name not in ("verbose", "show_progress", "progress_bar")
    }


def training_series(call: Call, model: Any, result: Any) -> Iterator[tuple[str, list[float]]]:
    """Series that the fitted model or its result holds: Keras ``History``, ``evals_result``, loss curves."""
    history = getattr(result, "history", None) if type(result).__name__ == "History" else None
    if isinstance(history, dict):
        yield from _columns(history, "")
    recorded = call.kwargs.get("evals_result")
    if not isinstance(recorded, dict) or not recorded:
        recorded = _evals(model)
    for dataset, columns in (recorded or {}).items():
        if isinstance(columns, dict):
            yield from _columns(columns, f"{dataset}-")
    curve = getattr(model, "loss_curve_", None)
    if isinstance(curve, list):
        yield from _columns({"loss": curve}, "")


def _evals(model: Any) -> Any:
    found = getattr(model, "evals_result_", None)
    if isinstance(found, dict):
        return found
    ask = getattr(type(model), "evals_result", None)
    if ask is not None and callable(ask):
        try:
            return model.evals_result()
        except Exception:  # xgboost: fitted without an eval set
            return None
    return None


def _columns(columns: dict[Any, Any], prefix: str) -> Iterator[tuple[str, list[float]]]:
    for name, values in columns.items():
        try:
            numbers = [real_scalar(value) for value in values]
        except TypeError:
            continue
        found = [number for number in numbers if number is not None]
        if found and len(found) == len(numbers):
            yield f"{prefix}{name}", found


_STATSMODELS = ("rsquared", "rsquared_adj", "prsquared", "aic", "bic", "llf")


def is_statsmodels(value: Any) -> bool:
    """Whether it is a model or result of statsmodels."""
    return type(value).__module__.startswith("statsmodels")


def fit_summary(result: Any) -> Iterator[tuple[str, float]]:
    """Scalars by which a result is commonly judged: the fit statistics in statsmodels' summaries."""
    for name in _STATSMODELS:
        try:
            value = real_scalar(getattr(result, name, None))
        except Exception:  # noqa: S112 - computed on access; not defined for every model
            continue
        if value is not None and value == value:
            yield name, value


def score_labels(call: Call, result: Any) -> list[str] | None:
    """Names of the numbers in a list that Keras' ``evaluate`` returned."""
    if call.name != "evaluate" or not isinstance(result, (list, tuple)):
        return None
    names = getattr(call.owner, "metrics_names", None)
    compiled = getattr(getattr(call.owner, "_compile_metrics", None), "metrics", None)
    if names and "compile_metrics" in names and compiled:
        names = ["loss", *(metric.name for metric in compiled)]
    if isinstance(names, list) and len(names) == len(result):
        return [f"evaluate_{name}" for name in names]
    return None
