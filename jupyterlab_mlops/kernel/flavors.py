"""Writing a model to files in the kernel, by the best means at hand, with all that loading it needs.

In this order: the MLflow flavour if mlflow is importable and has one that takes the model; scikit-learn by
joblib; torch as ``state_dict`` and, where it scripts, TorchScript; XGBoost, LightGBM and Keras in their own
formats; anything else by cloudpickle or pickle, with a warning. ``MODEL.json`` says what was written, how to load
it and what it predicts; ``load.py`` loads it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import pickle
import platform
import sys
import warnings
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path
from typing import Any

from . import diagnostics, load_script, loading, models
from .params import model_params

MAX_EXAMPLE_ROWS = 5
_MLFLOW = {
    "sklearn": "sklearn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "torch": "pytorch",
    "keras": "keras",
    "statsmodels": "statsmodels",
    "catboost": "catboost",
}


class StagingError(ValueError):
    """The model cannot be found or written; the message says what to do."""


def stage(capture: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer a ``stage`` request: write the named variable's (or candidate's) model into ``directory``.

    Returns ``{"files", "flavor", "signature", "example", "class", "warnings", "variable", "candidate"}`` or
    ``{"error"}``; sizes in bytes.
    """
    try:
        model, variable, candidate = find(capture, asked.get("variable"), asked.get("candidate"))
        directory = Path(asked["directory"])
        answer = write(model, directory, data=_input_of(capture, model))
    except StagingError as error:
        return {"error": str(error)}
    except Exception as error:  # pickling runs code of the user's
        diagnostics.note("stage", error)
        return {"error": f"the model could not be written: {type(error).__name__}: {error}"}
    answer.update(variable=variable, candidate=candidate)
    return answer


def find(capture: Any, variable: str | None, candidate: str | None) -> tuple[Any, str, str | None]:
    """(model, variable, candidate id) for a variable (``clf``, ``models['rf']``) or a candidate's id."""
    from ast import parse

    from .frames import object_at

    world = capture.world
    if variable:
        try:
            expression: Any = parse(variable, mode="eval").body
        except SyntaxError:
            raise StagingError(f"{variable!r} is not the name of a variable") from None
        model = object_at(expression, world.namespace.get)
        if model is not None:
            return model, variable, world.registry.get(model)
        if not candidate:
            raise StagingError(
                f"there is no variable {variable!r} in the kernel: run its cell again"
            )
    if candidate:
        for model, owner in reversed(world.registry.live()):
            if owner == candidate:
                known = capture.candidates.get(candidate)
                return model, variable or (known.variable if known else ""), candidate
        raise StagingError(
            "the model of this candidate is no longer in the kernel: run its cell again"
        )
    raise StagingError("name a variable or a candidate")


def write(model: Any, directory: Path, *, data: Any = None) -> dict[str, Any]:
    """Write ``model`` into ``directory`` (made if missing); see ``stage`` for what is returned."""
    directory.mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    example = _example(data)
    flavor = ""
    snippet = ""
    for attempt in (_by_mlflow, _by_torch, _by_native, _by_joblib, _by_pickle):
        try:
            done = attempt(model, directory, example, notes)
        except Exception as error:  # the next means may do
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StagingError(
                    "the disk is full: free some space and register again"
                ) from error
            notes.append(
                f"{attempt.__name__.removeprefix('_by_')}: {type(error).__name__}: {error}"[:300]
            )
            _clear(directory)
            continue
        if done is not None:
            flavor, snippet = done
            break
    if not flavor:
        raise StagingError("no serialiser takes this model: " + "; ".join(notes))
    written = frozenset(path.name for path in directory.iterdir())
    class_name = f"{type(model).__module__}.{type(model).__qualname__}"
    script = load_script.source(flavor, class_name, written)
    (directory / "load.py").write_text(script, encoding="utf-8")
    signature = _signature(model, data)
    shown = _shown(example)
    info = {
        "flavor": flavor,
        "class": class_name,
        "python": platform.python_version(),
        "packages": _packages(model),
        "params": model_params(model),
        "signature": signature,
        "input_example": shown,
        "expected": loading.expectation(model, example),
        "load": snippet,
        "warnings": notes,
    }
    (directory / "MODEL.json").write_text(json.dumps(info, indent=2, default=str), encoding="utf-8")
    return {
        "files": [
            _entry(path, directory) for path in sorted(directory.rglob("*")) if path.is_file()
        ],
        "flavor": flavor,
        "signature": signature,
        "example": shown,
        "class": models.class_of(model),
        "warnings": notes,
    }


# -- means --------------------------------------------------------------------------------------------------------

Means = Callable[[Any, Path, Any, "list[str]"], "tuple[str, str] | None"]


def _framework(model: Any) -> str:
    for base in type(model).__mro__:
        top = base.__module__.partition(".")[0]
        if top in _MLFLOW or top == "tensorflow":
            return "keras" if top == "tensorflow" else top
    return ""


def _by_mlflow(
    model: Any, directory: Path, example: Any, notes: list[str]
) -> tuple[str, str] | None:
    name = _MLFLOW.get(_framework(model))
    if name is None or util.find_spec("mlflow") is None:
        return None
    import importlib

    try:
        flavor = importlib.import_module(f"mlflow.{name}")
    except Exception:  # mlflow-skinny without what the flavour needs
        return None
    keywords: dict[str, Any] = {}
    # MLflow takes tables and arrays as examples, no single columns and lists of texts.
    tabular = hasattr(example, "columns") or (
        hasattr(example, "shape") and not hasattr(example, "iloc")
    )
    if tabular and name != "pytorch":
        keywords["input_example"] = example
    if name == "sklearn" and "skops" not in sys.modules:
        keywords["serialization_format"] = "cloudpickle"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = directory / "mlflow"
        _quietly(lambda: flavor.save_model(model, str(folder), **keywords))
    # MLflow writes into a folder of its own; a version is an MLflow model if its root is one.
    for path in folder.iterdir():
        path.rename(directory / path.name)
    folder.rmdir()
    return (
        f"mlflow.{name}",
        'import mlflow\n\nmodel = mlflow.pyfunc.load_model("path/to/these/files")\n',
    )


def _quietly(call: Callable[[], Any]) -> Any:
    import logging

    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        return call()
    finally:
        logger.setLevel(level)


def _by_torch(
    model: Any, directory: Path, example: Any, notes: list[str]
) -> tuple[str, str] | None:
    if not models.is_torch_module(model) or _framework(model) == "keras":
        return None
    torch: Any = sys.modules["torch"]
    torch.save(model.state_dict(), directory / "state_dict.pt")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(model).save(str(directory / "model.torchscript.pt"))
    except Exception as error:  # many modules do not script
        notes.append(f"it does not script ({type(error).__name__}): its state_dict was written")
        if util.find_spec("cloudpickle") is not None:
            _dump_cloudpickle(model, directory, notes)
        else:
            notes.append("loading it needs its class, and is not checked: pip install cloudpickle")
        name = type(model).__name__
        return (
            "torch.state_dict",
            f'import torch\n\nmodel = {name}(...)\nmodel.load_state_dict(torch.load("state_dict.pt"))\n',
        )
    return "torch.torchscript", 'import torch\n\nmodel = torch.jit.load("model.torchscript.pt")\n'


def _by_native(
    model: Any, directory: Path, example: Any, notes: list[str]
) -> tuple[str, str] | None:
    framework = _framework(model)
    name = type(model).__name__
    if framework == "xgboost":
        model.save_model(str(directory / "model.ubj"))
        return (
            "xgboost",
            f'import xgboost\n\nmodel = xgboost.{name}()\nmodel.load_model("model.ubj")\n',
        )
    if framework == "lightgbm":
        booster = getattr(model, "booster_", model)
        booster.save_model(str(directory / "model.txt"))
        _dump_joblib(model, directory)
        return "lightgbm", 'import lightgbm\n\nmodel = lightgbm.Booster(model_file="model.txt")\n'
    if framework == "keras":
        model.save(str(directory / "model.keras"))
        return "keras", 'import keras\n\nmodel = keras.saving.load_model("model.keras")\n'
    if framework == "statsmodels":
        model.save(str(directory / "model.pickle"))
        return "statsmodels", 'import statsmodels.api as sm\n\nresult = sm.load("model.pickle")\n'
    return None


def _by_joblib(
    model: Any, directory: Path, example: Any, notes: list[str]
) -> tuple[str, str] | None:
    if _framework(model) != "sklearn" or _is_local(type(model)):
        return None
    _dump_joblib(model, directory)
    return "sklearn", 'import joblib\n\nmodel = joblib.load("model.joblib")\n'


def _dump_joblib(model: Any, directory: Path) -> None:
    import joblib

    joblib.dump(model, directory / "model.joblib")


def _is_local(cls: type) -> bool:
    return cls.__module__ == "__main__"


def _dump_cloudpickle(model: Any, directory: Path, notes: list[str]) -> None:
    import cloudpickle

    (directory / "model.pkl").write_bytes(cloudpickle.dumps(model))
    notes.append(
        "written by cloudpickle: load it with the same Python and packages, and only if you trust it"
    )


def _by_pickle(
    model: Any, directory: Path, example: Any, notes: list[str]
) -> tuple[str, str] | None:
    target = directory / "model.pkl"
    if util.find_spec("cloudpickle") is not None:
        _dump_cloudpickle(model, directory, notes)
        return (
            "cloudpickle",
            'import cloudpickle\n\nwith open("model.pkl", "rb") as file:\n    model = cloudpickle.load(file)\n',
        )
    if _is_local(type(model)):
        raise StagingError(
            "its class is defined in the notebook, which needs cloudpickle: pip install cloudpickle"
        )
    target.write_bytes(pickle.dumps(model))
    notes.append(
        "written by pickle: load it with the same Python and packages, and only if you trust it"
    )
    return (
        "pickle",
        'import pickle\n\nwith open("model.pkl", "rb") as file:\n    model = pickle.load(file)\n',
    )


def _clear(directory: Path) -> None:
    import shutil

    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


# -- what goes in and comes out -------------------------------------------------------------------------------------


def _input_of(capture: Any, model: Any) -> Any:
    """The data the model was fitted on, if it is still alive."""
    reference = capture.fitted_on.get(id(model))
    return reference() if reference is not None else None


def _example(data: Any) -> Any:
    try:
        return data[:MAX_EXAMPLE_ROWS] if data is not None and len(data) else None
    except (TypeError, KeyError):
        return None


def _shown(example: Any) -> Any:
    if example is None:
        return None
    if hasattr(example, "to_dict"):
        return json.loads(example.to_json(orient="split"))
    if hasattr(example, "tolist"):
        return example.tolist()
    return None


def _signature(model: Any, data: Any) -> dict[str, Any] | None:
    """Columns, types and shape of the input: from the data the model was fitted on, else its feature names."""
    columns = getattr(data, "columns", None)
    if columns is not None:
        types = getattr(data, "dtypes", None)
        return {
            "inputs": [
                {"name": str(name), "type": str(types.iloc[place]) if types is not None else ""}
                for place, name in enumerate(columns)
            ]
        }
    shape = getattr(data, "shape", None)
    if shape is not None:
        return {
            "inputs": [
                {
                    "type": str(getattr(data, "dtype", "")),
                    "shape": [-1, *[int(n) for n in shape[1:]]],
                }
            ]
        }
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        return {"inputs": [{"name": str(name), "type": ""} for name in names]}
    count = getattr(model, "n_features_in_", None)
    return {"inputs": [{"type": "", "shape": [-1, int(count)]}]} if isinstance(count, int) else None


def _packages(model: Any) -> dict[str, str]:
    wanted = {base.__module__.partition(".")[0] for base in type(model).__mro__} | {
        "numpy",
        "pandas",
        "scipy",
        "joblib",
    }
    names = {"sklearn": "scikit-learn"}
    found = {}
    for name in sorted(wanted - {"builtins", "__main__", "abc"}):
        try:
            found[names.get(name, name)] = metadata.version(names.get(name, name))
        except metadata.PackageNotFoundError:
            continue
    return found


def _entry(path: Path, base: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {
        "path": path.relative_to(base).as_posix(),
        "sha256": digest.hexdigest(),
        "size": path.stat().st_size,
    }
