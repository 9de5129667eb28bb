"""The params of a model and of the literals it was made with. Pure but for ``get_params`` of the model."""

from __future__ import annotations

import inspect
import operator
import re
import struct
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from .layers import layers_param
from .source.kept_as import kept_as
from .source.usercode import is_own_class

MAX_PARAMS = 300
MAX_VALUE = 500
"""Characters of a value kept."""

MAX_LATEST = 100
MAX_STRUCTURE = 20_000
"""Characters of a network's structure by which networks are told apart."""

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_OF_ROWS = frozenset({"endog", "exog", "dates", "freq", "missing", "validate_specification"})
"""What models that hold their data are made with, and is no setting."""

_WORKED_OUT = "initial_"
"""How attributes of a smoothing begin that it has worked out of the data."""

_PARTS = frozenset({"family", "cov_struct"})
"""What statistical models are made with as objects that say more by their class: ``Binomial()``."""

SEEDS = frozenset({"random_state", "seed", "random_seed", "n_jobs", "verbose"})
"""Params that do not make a model another model."""

_PACE = frozenset(
    "n_estimators max_iter n_iter iterations epochs max_fun tol eta0 learning_rate learning_rate_init".split()
)
"""Params that say how far, or how fast, a model that goes on from its last fit learns this time."""


def text_of(value: Any) -> str | None:
    """A param's value as text, without where in memory it lies; None for what is no setting (arrays of data, frames, open
    files)."""
    try:
        text = _text_of(value)
        return text if text is None or type(value) is str else _ADDRESS.sub("", text)
    except Exception:  # an object, or one in a list, that cannot say what it is
        return None if isinstance(value, (list, tuple, set, dict)) else type(value).__name__


def _text_of(value: Any) -> str | None:
    if value is None or isinstance(value, (bool, int, float, str)):
        return str(value)[:MAX_VALUE]
    if isinstance(value, (list, tuple, set, frozenset, range)):
        if len(value) > 50:
            return None
        text = repr(value)
        if " object at 0x" in text:  # layers of the user's, which tell where they are kept
            text = f"[{', '.join(str(_text_of(one)) for one in value)}]"
        return text[:MAX_VALUE]
    if isinstance(value, dict):
        return repr(value)[:MAX_VALUE] if len(value) <= 50 else None
    if isinstance(value, type) or inspect.isroutine(value):
        return str(getattr(value, "__qualname__", value))[:MAX_VALUE]
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return str(value.item())[:MAX_VALUE]
    if hasattr(value, "shape"):
        size = getattr(value, "size", None)
        return repr(value)[:MAX_VALUE] if isinstance(size, int) and size <= 20 else None
    return repr(value)[:MAX_VALUE] if not _wild_repr(value) else type(value).__name__


def _wild_repr(value: Any) -> bool:
    """Whether ``repr`` is the default one with an address, or that of an estimator or module."""
    return (
        getattr(type(value), "__repr__", None) is object.__repr__
        or (hasattr(value, "get_params") and hasattr(value, "fit"))  # not the kernel of a process
        or hasattr(value, "parameters")
    )


def estimator_params(model: Any) -> dict[str, str]:
    """``get_params`` of an estimator: its own in full; of nested helpers what differs from the default.

    A pipeline's are named ``step__param``. Models without ``get_params`` give the scalar attributes that their
    constructor takes.
    """
    get_params = getattr(model, "get_params", None)
    if not callable(get_params):
        return _constructor_params(model)
    try:
        shallow = get_params(deep=False)
        deep = get_params(deep=True)
    except TypeError:
        shallow = deep = get_params()
    except Exception:  # its constructor does not keep what it takes, as scikit-learn wants it
        return _constructor_params(model)
    final = ""
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps and isinstance(steps[-1], tuple):
        final = f"{steps[-1][0]}__"
    found: dict[str, str] = {}
    for name, value in deep.items():
        if len(found) >= MAX_PARAMS:
            break
        nested = name not in shallow
        if name.startswith("_") or (nested and name.endswith("_")):
            continue  # pyGAM's "deep" are its private ones, and skorch's are not deep
        if nested and not (final and name.startswith(final) and "__" not in name[len(final) :]):
            owner = deep.get(name.rpartition("__")[0])
            if (
                owner is not None
                and not callable(getattr(owner, "predict", None))
                and _is_default(owner, name, value)
            ):
                continue
        if final and not nested and name in ("steps", "memory", "verbose", "transform_input"):
            if name == "steps":
                found["steps"] = " → ".join(_class_of_step(one) for one in steps or ())
            continue
        if final and hasattr(value, "get_params") and "__" not in name:
            continue  # the step itself: named in steps
        text = text_of(value)
        if text is not None:
            found[name] = text
    return found


def _class_of_step(step: Any) -> str:
    """Of a pipeline's step, which is mostly a pair of its name and an object; a library's may hold more, or no name."""
    parts = step if isinstance(step, tuple) else ("", step)
    return type(parts[1] if len(parts) > 1 else parts[0]).__name__


def model_params(model: Any) -> dict[str, str]:
    """The params of any model: an estimator's, a Keras model's compile settings, a formula."""
    module = type(model).__module__.partition(".")[0]
    if module in ("numpy", "flax"):
        return {}  # a polynomial's `variable` is how it is printed; a state of Flax holds what was learnt
    bases = {base.__module__.partition(".")[0] for base in type(model).__mro__}
    if bases & {"keras", "tensorflow"} or hasattr(model, "compiled_loss"):
        made = _constructor_params(model) if "__init__" in vars(type(model)) else {}
        own = made if is_own_class(type(model)) else {}
        if is_own_class(type(model)) and "compile" in vars(type(model)):
            return own  # it has optimisers of its own; that of Keras is the one that nobody chose
        return (
            own
            | layers_param(model)
            | optimizer_params(getattr(model, "optimizer", None), loss=getattr(model, "loss", None))
        )
    if "torch" in bases and not hasattr(model, "get_params"):
        made = _constructor_params(model) if is_own_class(type(model)) else {}
        return made | layers_param(model)
    found = estimator_params(model)
    formula = getattr(model, "formula", None)
    if isinstance(formula, str) and module == "statsmodels":
        found["formula"] = formula
    elif module == "statsmodels":
        if getattr(model, "initialization_method", "known") != "known":
            # where its optimiser begins, which nobody has set
            found = {name: one for name, one in found.items() if not name.startswith("initial_")}
        # without a formula the columns of the table are what was specified
        named = hasattr(getattr(getattr(model, "data", None), "orig_exog", None), "columns")
        names = getattr(model, "exog_names", None) if named else None
        if isinstance(names, list):
            found["exog_names"] = ", ".join(map(str, names))[:MAX_VALUE]
    return found


_HOLDERS = frozenset("Namespace SimpleNamespace AttrDict EasyDict Munch ConfigDict".split())
"""Classes of objects that only hold settings: what ``argparse`` gives, and its kin."""


def held_settings(value: Any) -> dict[str, Any]:
    """The plain settings that an object is there to hold: ``args`` of ``argparse``, a data class of the user's, a class
    of nothing but constants (``class Config: lr = 0.1``); {} of anything else."""
    if isinstance(value, type):
        own = {name: one for name, one in vars(value).items() if not name.startswith("__")}
        if (
            not is_own_class(value)
            or hasattr(value, "__dataclass_fields__")  # its object says what is set
            or any(callable(one) for one in own.values())
        ):
            return {}
    elif type(value).__name__ in _HOLDERS:
        own = getattr(value, "__dict__", {}) or (dict(value) if isinstance(value, dict) else {})
    elif hasattr(type(value), "__dataclass_fields__") and is_own_class(type(value)):
        own = getattr(value, "__dict__", {})
    else:
        return {}
    return {
        str(name): one
        for name, one in list(own.items())[:MAX_PARAMS]
        if isinstance(one, (bool, int, float, str, tuple)) and text_of(one) is not None
    }


def defaults(model: Any, names: Iterable[str]) -> list[str]:
    """Those of an estimator's params that are as its class has them when nobody says anything."""
    get_params = getattr(model, "get_params", None)
    if not callable(get_params):
        return []
    try:
        deep = get_params(deep=True)
    except TypeError:
        deep = get_params()
    except Exception:  # as in `estimator_params`
        return []
    return [
        name
        for name in names
        if name in deep and _is_default(deep.get(name.rpartition("__")[0], model), name, deep[name])
    ]


def optimizer_params(optimizer: Any, loss: Any = None) -> dict[str, str]:
    """The class and scalar settings of a torch or Keras optimiser, and the loss."""
    found: dict[str, str] = {}
    if optimizer is not None:
        found["optimizer"] = type(optimizer).__name__
        settings: Any = getattr(optimizer, "defaults", None)
        groups = getattr(optimizer, "param_groups", None)
        if isinstance(groups, list) and groups:
            settings = {key: value for key, value in groups[0].items() if key != "params"}
        elif callable(getattr(optimizer, "get_config", None)):
            settings = optimizer.get_config()
        for name, value in (settings or {}).items():
            if (
                isinstance(value, (int, float, str, tuple))
                and not isinstance(value, bool)
                and name != "name"
            ):
                found[name] = str(_as_written(value))
    if loss is not None:
        found["loss"] = _loss_name(loss)
    return found


def _loss_name(loss: Any) -> str:
    """``mse``, the name of a function or class of losses, those of a model's several outputs."""
    if isinstance(loss, (list, tuple)):
        return f"[{', '.join(map(_loss_name, loss))}]"
    if isinstance(loss, dict):
        return f"{{{', '.join(f'{name}: {_loss_name(one)}' for name, one in loss.items())}}}"
    if loss is None or isinstance(loss, str):
        return str(loss)
    return str(getattr(loss, "__name__", None) or type(loss).__name__)


def _as_written(value: Any) -> Any:
    """0.01 of 0.009999999776482582: what a framework keeps in single precision, as somebody has written it."""
    if type(value) is not float or not 1e-37 < abs(value) < 1e37:
        return value
    short = float(f"{value:.7g}")
    single: float = struct.unpack("f", struct.pack("f", short))[0]
    return short if single == value else value


def _is_default(owner: Any, name: str, value: Any) -> bool:
    try:
        parameter = inspect.signature(type(owner).__init__).parameters.get(name.rpartition("__")[2])
    except (TypeError, ValueError):
        return False
    if parameter is None:
        return False
    return value is parameter.default or (
        isinstance(value, (bool, int, float, str)) and value == parameter.default
    )


def _constructor_params(model: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    own = getattr(model, "__dict__", {})
    kind: Any = type(model)
    for name in _constructor_names(kind):
        if name.startswith("**"):  # what it passes on: `LogisticRegression(**kwargs)`
            passed = own.get(name[2:])
            for key, value in passed.items() if type(passed) is dict else ():
                text = text_of(value) if isinstance(value, (bool, int, float, str)) else None
                if text is not None:
                    found.setdefault(str(key), text)
            continue
        for key in (name, f"_{name}", f"{name}_", *kept_as(kind).get(name, ())):
            value = own.get(key, own)
            if value is not own and (
                value is None or isinstance(value, (bool, int, float, str, tuple, list))
            ):
                text = text_of(value)
                if text is not None:
                    found[name] = text
                break
            if value is not own and name in _PARTS and not isinstance(value, type):
                found[name] = type(value).__name__
                break
            held = value is not own and not isinstance(value, type)  # a class is no estimator yet
            if held and callable(getattr(value, "get_params", None)):
                inner = estimator_params(value)  # it holds an estimator that it does not tell of
                found.update({f"{name}__{part}": text for part, text in inner.items()})
                break
    return found


@lru_cache(maxsize=256)
def _constructor_names(cls: type) -> tuple[str, ...]:
    try:
        taken = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
        return tuple(f"**{one.name}" if one.kind is one.VAR_KEYWORD else one.name for one in taken)
    except (TypeError, ValueError):
        return ()


def holds_data(model: Any) -> bool:
    """Whether a model is made of its data, as statsmodels' are: what its ``fit`` is given are settings of another fit."""
    own = getattr(model, "__dict__", None)
    return isinstance(own, dict) and "endog" in own and "data" in own


def fingerprint(model: Any, depth: int = 0) -> str:
    """What makes a freshly made model of the same class the same or another one: its settings without seeds.

    Made from the instance's dictionary, in microseconds: a bootstrap asks a thousand times.
    """
    own = getattr(model, "__dict__", None)
    if not isinstance(own, dict):
        return ""
    if holds_data(model):
        return _of_data(model, own)
    if callable(getattr(model, "compile", None)) and "_layers" in own:
        return _of_layers(model)
    if "_parameters" in own and "_modules" in own:
        said = _constructor_params(model) if is_own_class(type(model)) else {}
        made = [f"{name}={text}" for name, text in sorted(said.items()) if name not in SEEDS]
        return ";".join(
            (repr(model)[:MAX_STRUCTURE], *made)
        )  # torch says the layers and their sizes
    known = _latest.get(type(model))
    if known is not None and known.has(own):
        return known.text
    private = "_" if hasattr(model, "get_params") else "__"
    parts = []
    if type(own.get("_init_params")) is dict:
        own = own | own["_init_params"]  # CatBoost keeps what it is given in there
    names = tuple(own)
    told = _said(names, private)
    plain = own is model.__dict__
    for name in told:
        value = own[name]
        if value is None or isinstance(value, (bool, int, float, str)):
            parts.append(f"{name}={value!r}")
        else:
            parts.append(f"{name}={_part(value, depth)}")
            plain = False
    text = f"{type(model).__name__}({';'.join(parts)})"
    if plain and len(told) > 1:
        if len(_latest) >= MAX_LATEST:
            _latest.clear()
        _latest[type(model)] = _Fingerprinted(names, told, own, text)
    return text


class _Fingerprinted:
    """The latest model of a class whose settings are plain values, by which the next one like it is known at once."""

    __slots__ = ("names", "pick", "text", "values")

    def __init__(
        self, names: tuple[str, ...], told: tuple[str, ...], own: dict[str, Any], text: str
    ) -> None:
        self.names = names
        self.pick: Callable[[dict[str, Any]], tuple[Any, ...]] = operator.itemgetter(*told)
        self.values = self.pick(own)
        self.text = text

    def has(self, own: dict[str, Any]) -> bool:
        """Whether an instance's dictionary holds the very same values, but for its seeds."""
        return tuple(own) == self.names and all(map(operator.is_, self.pick(own), self.values))


_latest: dict[type, _Fingerprinted] = {}


@lru_cache(maxsize=1024)
def _said(names: tuple[str, ...], private: str) -> tuple[str, ...]:
    """Of an instance's attributes those that are settings, and no seeds."""
    return tuple(
        name
        for name in names
        if name not in SEEDS and not name.endswith("_") and not name.startswith(private)
    )


def asked(model: Any) -> str:
    """The plain settings that scikit-learn's ``get_params`` says, without seeds; '' of a model that has none:
    ``set_params`` between two fits makes them fits of different models. Of one that goes on from its last fit
    (``warm_start``) without those that say how long and how fast it learns."""
    if not hasattr(model, "set_params"):
        return ""
    left_out = SEEDS | _PACE if getattr(model, "warm_start", False) else SEEDS
    try:
        found = model.get_params()
    except Exception:  # an estimator of the user's whose settings cannot be read
        return ""
    return repr(
        sorted(
            (name, repr(value))
            for name, value in ((name, _plain(given)) for name, given in found.items())
            if name.rpartition("__")[2] not in left_out
            and (value is None or isinstance(value, (bool, int, float, str)))
        )
    )


def _plain(value: Any) -> Any:
    """Numbers of NumPy as Python's: ``for C in np.logspace(-1, 1, 3)`` sets such."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def _of_data(model: Any, own: dict[str, Any]) -> str:
    """For models that hold their data (statsmodels): the terms and the family; counts of rows are no settings."""
    try:
        terms = list(model.exog_names or ())
    except (AttributeError, TypeError):
        terms = []
    kind: Any = type(model)
    family = type(own.get("family")).__name__
    settings = [
        f"{name}={value!r}"
        for name in _constructor_names(kind)
        if name not in _OF_ROWS
        and not name.startswith(_WORKED_OUT)
        and isinstance(value := own.get(name, own.get(f"_{name}")), (bool, int, float, str, tuple))
    ]  # the order of an ARIMA
    return f"{type(model).__name__}({own.get('formula')!r};{family};{terms[:200]};{settings})"


def _of_layers(model: Any) -> str:
    """For Keras: the layers' settings without their names, which it counts up, the loss and the optimiser's."""
    parts = []
    for layer in model.layers:
        try:
            settings = layer.get_config()
        except Exception:  # a layer of the user's that has none
            settings = {}
        plain = {
            key: value
            for key, value in settings.items()
            if isinstance(value, (bool, int, float, str, tuple)) and key != "name"
        }
        parts.append(f"{type(layer).__name__}{plain}")
    learned = optimizer_params(getattr(model, "optimizer", None), getattr(model, "loss", None))
    return f"{type(model).__name__}({parts}{learned})"[:MAX_STRUCTURE]


def _part(value: Any, depth: int) -> str:
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if hasattr(value, "get_params") and depth < 6:
        return fingerprint(value, depth + 1)
    if isinstance(value, (tuple, list)) and len(value) <= 20:
        return f"({','.join(_part(item, depth + 1) for item in value)})" if depth < 6 else "()"
    if isinstance(value, dict) and len(value) <= 30:
        return repr({k: _part(v, depth + 1) for k, v in value.items()}) if depth < 4 else "{}"
    if isinstance(getattr(value, "shape", None), tuple) and getattr(value, "size", 1000) in range(
        100
    ):
        return repr(value)
    return getattr(value, "__qualname__", None) or type(value).__name__
