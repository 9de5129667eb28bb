"""What frameworks tell about a fit: the model behind a call, its settings, its series. Nothing is imported here."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..cells import models
from ..cells.observe import Call
from ..link import diagnostics
from ..measures.metrics import metric_strength, real_scalar
from ..source.usercode import is_own_class
from ..source.wording import words
from .objectives import searched_by

_NO_SETTINGS = frozenset({"verbose", "show_progress", "progress_bar", "verbose_eval", "silent"})
_NAMES_OF_DATA = frozenset("x y X Y target targets label labels".split())
"""Parameters that take data, also where it is one number: ``learn_one(x, 1)``."""
_NO_METRICS = frozenset(
    "epoch step total_flos runtime samples_per_second steps_per_second learning_rate grad_norm num_input_tokens_seen"
    " num_tokens".split()
)
"""Entries of Hugging Face's log history that measure no model."""

MAX_NAMES = 20
"""Of columns, that a fit is given as a setting."""


def model_of(call: Call) -> Any:
    """The object a fit trains: the receiver; the model of a ``Trainer``; a stand-in where none is there yet."""
    owner = call.owner
    if owner is None:
        search = searched_by(call)
        if search is not None:
            return search
        module = getattr(call.function, "__module__", "") or ""
        return _CatBoost(call) if module.startswith("catboost") else _Booster(call)
    if is_trainer(owner):
        given = call.args[0] if call.args else call.kwargs.get("model")
        return given if models.is_torch_module(given) else trained_by(owner)
    return owner


def is_trainer(value: Any) -> bool:
    """Whether it trains models without being one: Lightning's and Hugging Face's ``Trainer`` and their kin."""
    return type(value).__name__.endswith("Trainer")


def is_over(trainer: Any) -> bool:
    """Whether a trainer has been through all epochs that it may train: fitting once more trains nothing."""
    allowed, done = getattr(trainer, "max_epochs", None), getattr(trainer, "current_epoch", None)
    return type(allowed) is int and type(done) is int and 0 < allowed <= done


def trained_by(trainer: Any) -> Any:
    """The module that a trainer trains, None if it does not say."""
    for name in ("model", "lightning_module"):
        try:
            found = getattr(trainer, name, None)
        except Exception:  # noqa: S112 - Lightning raises before a model is attached
            continue
        if models.is_torch_module(found):
            return found
    return None


class _Booster:
    """Stands for the booster that ``xgb.train`` or ``lgb.train`` is about to return, or that ``cv`` trains."""

    _estimator_type = "regressor"

    def __init__(self, call: Call) -> None:
        self.params = _settings(call.kwargs.get("params"))
        for place, given in enumerate(call.args[:2]):
            self.params = self.params or _settings(given)
            if self.params and "num_boost_round" not in call.kwargs and len(call.args) > place + 2:
                rounds = call.args[place + 2]
                if isinstance(rounds, int):
                    self.params.setdefault("num_boost_round", rounds)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The params given to ``train``."""
        return dict(self.params)


class _CatBoost(_Booster):
    """The same for CatBoost."""


_Booster.__name__, _CatBoost.__name__ = "Booster", "CatBoost"


def _settings(given: Any) -> dict[str, Any]:
    """A dict of settings, also from a list of pairs as XGBoost takes it; {} of anything else."""
    if isinstance(given, dict):
        return dict(given)
    if (
        isinstance(given, list)
        and given
        and all(type(one) is tuple and len(one) == 2 for one in given)
    ):
        found: dict[str, Any] = {}
        for name, value in given:
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found
    return {}


# -- before the fit -----------------------------------------------------------------------------------------------


def listen_in(call: Call) -> None:
    """Ask a framework to keep what it measures while it trains, where the user did not ask himself.

    Only by what is meant for that: XGBoost's ``evals_result``, a callback of LightGBM's and of Lightning's. The
    training is the same with and without.
    """
    try:
        call.notes["epochs_before"] = _epochs_of(call.owner)
        if call.owner is None and call.name == "train":
            _keep_evaluations(call)
        elif is_trainer(call.owner):
            _keep_epochs(call)
    except Exception as error:  # the user's fit comes first
        diagnostics.note("listening in", error)


def _keep_evaluations(call: Call) -> None:
    module = getattr(call.function, "__module__", "") or ""
    if module.startswith("xgboost"):
        if call.kwargs.get("evals") or len(call.args) > 3:
            call.kwargs.setdefault("evals_result", {})
    elif module.startswith("lightgbm"):
        if len(call.args) <= 3 and call.kwargs.get("valid_sets"):
            kept: dict[str, dict[str, list[float]]] = {}
            call.kwargs["callbacks"] = [*(call.kwargs.get("callbacks") or ()), _recorder(kept)]
            call.notes["evaluations"] = kept


def _recorder(kept: dict[str, dict[str, list[float]]]) -> Callable[[Any], None]:
    """A callback for LightGBM that keeps what is evaluated. Unlike its own it takes sets that are added later."""

    def record(env: Any) -> None:
        try:
            for entry in env.evaluation_result_list or ():
                kept.setdefault(str(entry[0]), {}).setdefault(str(entry[1]), []).append(
                    float(entry[2])
                )
        except Exception as error:  # never into the training
            diagnostics.note("recording evaluations", error)

    record.order = 20  # type: ignore[attr-defined]
    record.before_iteration = False  # type: ignore[attr-defined]
    return record


def _keep_epochs(call: Call) -> None:
    trainer = call.owner
    callbacks = getattr(trainer, "callbacks", None)
    if not isinstance(callbacks, list) or not hasattr(trainer, "callback_metrics"):
        return
    if getattr(getattr(trainer, "strategy", None), "launcher", None) is not None:
        return  # it trains in other processes, which a callback would have to be pickled for
    root = type(trainer).__module__.partition(".")[0]
    module = sys.modules.get("lightning.pytorch" if root == "lightning" else root)
    base = getattr(getattr(module, "callbacks", None), "Callback", None) or getattr(
        module, "Callback", None
    )
    if base is None:
        return
    epochs: dict[int, dict[str, float]] = {}

    def keep(_self: Any, trainer: Any, _module: Any) -> None:
        try:
            if not getattr(trainer, "sanity_checking", False):
                epochs[int(trainer.current_epoch)] = _scalars(trainer.callback_metrics)
        except Exception as error:  # never into the training
            diagnostics.note("keeping epochs", error)

    hooks = {"on_train_epoch_end": keep, "on_validation_epoch_end": keep}
    call.notes["callback"] = type("EpochMetrics", (base,), hooks)()
    call.notes["epochs"] = epochs
    callbacks.append(call.notes["callback"])


def let_go(call: Call) -> None:
    """The fit is over: take back what ``listen_in`` left with its owner."""
    callback = call.notes.pop("callback", None)
    callbacks = getattr(call.owner, "callbacks", None)
    if callback is not None and isinstance(callbacks, list) and callback in callbacks:
        callbacks.remove(callback)


def _scalars(values: Any) -> dict[str, float]:
    found = {str(name): real_scalar(value) for name, value in dict(values).items()}
    return {name: value for name, value in found.items() if value is not None}


# -- settings -----------------------------------------------------------------------------------------------------


def fit_params(call: Call) -> dict[str, Any]:
    """Settings given to the fit itself (epochs, batch size and the like), and those a trainer was made with."""
    found = {
        name: value
        for name, value in call.kwargs.items()
        if (isinstance(value, (int, float, str, bool)) or _are_names(value))
        and name not in _NO_SETTINGS
    }
    found.update(_given_by_place(call))
    if is_trainer(call.owner):
        found.update(_trainer_params(call.owner, model_of(call)))
    return found


def _are_names(value: Any) -> bool:
    """Whether it is a short list of names: ``strata=["race"]``."""
    return (
        type(value) is list
        and 0 < len(value) <= MAX_NAMES
        and all(isinstance(one, str) for one in value)
    )


def _given_by_place(call: Call) -> dict[str, Any]:
    """Numbers and flags that a method was given by position, and in a library's also words (of columns), by the names of
    its parameters: ``fit(rows, "duration", "event")``, ``fit(X, y, 32, 10)``."""
    own = is_own_class(type(call.owner))
    kinds = (int, float, bool) if own else (int, float, bool, str)
    if not any(isinstance(value, kinds) for value in call.args):
        return {}
    try:
        names = list(inspect.signature(getattr(type(call.owner), call.name)).parameters)[1:]
    except (AttributeError, TypeError, ValueError):
        return {}
    return {
        name: value
        for name, value in zip(names, call.args)
        if isinstance(value, kinds) and name not in _NO_SETTINGS | _NAMES_OF_DATA
    }


def _trainer_params(trainer: Any, model: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (
        "max_epochs",
        "max_steps",
        "gradient_clip_val",
        "accumulate_grad_batches",
        "precision",
    ):
        value = getattr(trainer, name, None)
        if isinstance(value, (int, float, str)) and value not in (-1, "32-true", 1):
            found[name] = value
    found.update(_changed_fields(getattr(trainer, "args", None)))
    for holder, read in ((model, "hparams"), (getattr(model, "config", None), "to_diff_dict")):
        settings = getattr(holder, read, None)
        try:
            settings = settings() if read == "to_diff_dict" and callable(settings) else settings
            pairs = dict(settings or {})
        except (TypeError, ValueError):
            continue
        for name, value in pairs.items():
            if isinstance(value, (int, float, str, bool)) and name not in (
                "transformers_version",
                "dtype",
            ):
                found.setdefault(str(name), value)
    return found


_ALWAYS = (
    "learning_rate",
    "num_train_epochs",
    "per_device_train_batch_size",
    "weight_decay",
    "seed",
)


def _changed_fields(arguments: Any) -> dict[str, Any]:
    """Hugging Face's training arguments: the usual ones, and what differs from its default."""
    found: dict[str, Any] = {}
    for name, one in (getattr(type(arguments), "__dataclass_fields__", None) or {}).items():
        value = getattr(arguments, name, None)
        if not isinstance(value, (int, float, str, bool)) or name.endswith(
            ("_dir", "_token", "run_name")
        ):
            continue
        if name in _ALWAYS or value != one.default:
            found[name] = value.value if hasattr(value, "value") else value
    return found


# -- series -------------------------------------------------------------------------------------------------------


def training_series(
    call: Call, model: Any, result: Any
) -> Iterator[tuple[str, list[float], list[int] | None]]:
    """(name, values, steps or None) that the fit left behind: Keras ``History``, ``evals_result``, loss curves, the
    table of a boosting ``cv``, Lightning's epochs, Hugging Face's log."""
    history = getattr(result, "history", None) if type(result).__name__ == "History" else None
    if isinstance(history, dict):
        yield from _columns({name: one for name, one in history.items() if not _paces(name)}, "")
    recorded: Any = call.kwargs.get("evals_result") or call.notes.get("evaluations")
    if not isinstance(recorded, dict) or not recorded:
        recorded = _evals(model)
    for dataset, columns in (recorded or {}).items():
        if isinstance(columns, dict):
            yield from _columns(_told_once(columns), f"{dataset}-")
    yield from _new_epochs(call, model)
    curve = getattr(model, "loss_curve_", None)
    if isinstance(curve, list):
        yield from _columns({"loss": curve}, "")
    yield from kept_series(model)
    if call.owner is None and call.name == "cv":
        yield from _columns(_table(result), "")
    if isinstance(result, dict) and isinstance(result.get("cv_results"), dict):
        yield from _columns(_table(result["cv_results"]), "")  # CatBoost's `grid_search`
    yield from _logged(call)


def kept_series(model: Any) -> Iterator[tuple[str, list[float], list[int] | None]]:
    """The lists of losses or errors that an object of the user's class keeps of its training: (name, values, None)."""
    if is_own_class(type(model)) and not models.is_torch_module(model):
        for name, values in list(getattr(model, "__dict__", {}).items())[:200]:
            if type(values) is list and 2 <= len(values) <= 20_000 and _is_series_name(name):
                yield from _columns({name.strip("_"): values}, "")


def _epochs_of(model: Any) -> list[Any]:
    """The rows of the list of epochs that a model keeps as its history, as skorch does; [] of any other."""
    history = getattr(model, "__dict__", {}).get("history_")
    return list(history) if isinstance(history, list) else []


def _new_epochs(call: Call, model: Any) -> Iterator[tuple[str, list[float], list[int] | None]]:
    """The metrics in the rows that this fit has added: a warm start goes on with those of the fit before."""
    before = {id(row) for row in call.notes.pop("epochs_before", ())}
    rows = [row for row in _epochs_of(model) if isinstance(row, dict) and id(row) not in before]
    for name in rows[-1] if rows else ():
        points = [
            (number, row.get("epoch", place))
            for place, row in enumerate(rows)
            if (number := real_scalar(row.get(name))) is not None
        ]
        if metric_strength(name) == 2 and points:
            yield name, [number for number, _ in points], [int(step) for _, step in points]


_ERRORS = frozenset({"errors", "cost", "costs"})
_MEMORIES = frozenset("memo memory history hist trace list log record records values all".split())
"""What a list is called of which the rest of the name says what it is of."""


def keeps_series(model: Any) -> bool:
    """Whether an object of the user's class has lists that are named like losses or errors."""
    return any(
        type(values) is list and _is_series_name(name)
        for name, values in list(getattr(model, "__dict__", {}).items())[:200]
    )


def _is_series_name(name: str) -> bool:
    """``losses_``, ``loss_history``, ``errors_``, ``cost_memo``: what the user's own classes keep of their training."""
    parts = [word for word in words(name) if word not in _MEMORIES]
    ends = _ERRORS | {"error"} if len(parts) < len(words(name)) else _ERRORS
    return metric_strength(name) == 2 or not ends.isdisjoint(parts[-1:])


def _table(result: Any) -> dict[str, Any]:
    """The columns of what ``cv`` returned: a dict of lists, or a frame."""
    if isinstance(result, dict):
        return {
            name: values
            for name, values in result.items()
            if isinstance(values, list) and name != "iterations"
        }
    names = [name for name in getattr(result, "columns", ()) if name != "iterations"]
    return {str(name): result[name].tolist() for name in names}


def _logged(call: Call) -> Iterator[tuple[str, list[float], list[int] | None]]:
    found: dict[str, tuple[list[float], list[int]]] = {}
    for epoch, values in (call.notes.get("epochs") or {}).items():
        for name, value in values.items():
            if not _paces(name):
                found.setdefault(name, ([], []))[0].append(value)
                found[name][1].append(epoch)
    history = getattr(getattr(call.owner, "state", None), "log_history", None)
    for entry in history if isinstance(history, list) else ():
        for name, given in entry.items():
            number = real_scalar(given)
            plain = name.removeprefix("eval_").removeprefix("train_").removeprefix("test_")
            if number is not None and plain not in _NO_METRICS:
                found.setdefault(name, ([], []))[0].append(number)
                found[name][1].append(int(entry.get("step", len(found[name][1]))))
    for name, (values, steps) in found.items():
        yield name, values, steps


def _told_once(columns: dict[Any, Any]) -> dict[Any, Any]:
    """Without the metrics that stand there twice, also with their settings behind the name, as CatBoost keeps a loss that is the
    metric as well: ``AFT`` and ``AFT:dist=Normal``."""
    return {
        name: values
        for name, values in columns.items()
        if (plain := str(name).partition(":")[0]) == name or columns.get(plain) != values
    }


def _paces(name: Any) -> bool:
    """Whether an entry says how fast is learned, as monitors of the learning rate keep it: ``lr-Adam``, ``learning_rate``."""
    return words(str(name))[:1] == ["lr"] or name == "learning_rate"


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


def _columns(columns: dict[Any, Any], prefix: str) -> Iterator[tuple[str, list[float], None]]:
    for name, values in columns.items():
        try:
            numbers = [real_scalar(value) for value in values]
        except TypeError:
            continue
        found = [number for number in numbers if number is not None]
        if found and len(found) == len(numbers):
            yield f"{prefix}{name}", found, None


# -- results ------------------------------------------------------------------------------------------------------


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


def measured_by(trainer: Any, result: Any) -> list[tuple[str, float]]:
    """What a trainer's ``evaluate``, ``validate`` or ``test`` returned: a dict of scalars, or a list of such."""
    found: list[tuple[str, float]] = []
    for part in result if isinstance(result, list) else [result]:
        metrics = getattr(
            part, "metrics", part
        )  # Hugging Face's ``predict`` returns an object with them
        for name, value in _scalars(metrics).items() if isinstance(metrics, dict) else ():
            plain = name.removeprefix("eval_").removeprefix("test_")
            if plain not in _NO_METRICS:
                found.append((name, value))
    return found
