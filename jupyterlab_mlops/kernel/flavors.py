"""Writing a model to files in the kernel, by the best means at hand, with all that loading it needs.

In this order: the MLflow flavour if mlflow is importable and has one that takes the model; torch as ``state_dict``
and, where it scripts, TorchScript; XGBoost, LightGBM, Keras and statsmodels in their own formats; scikit-learn by
joblib; anything else by cloudpickle or pickle, with a warning. What comes from the notebook or from a module beside it
goes into the pickle by value. ``MODEL.json`` says what was written and what it predicts; ``load.py`` loads it.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import inspect
import json
import logging
import platform
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata, util
from pathlib import Path
from typing import Any

from . import diagnostics, examples, load_script, loading, models, pickling
from .params import model_params

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
    ``{"error"}``; sizes in bytes. A directory that is gone means that nobody waits any more.
    """
    if not Path(asked["directory"]).is_dir():
        return {"error": "nobody waits for the model any more"}
    try:
        model, variable, candidate = find(capture, asked.get("variable"), asked.get("candidate"))
        directory = Path(asked["directory"])
        answer = write(model, directory, data=examples.input_of(capture, model))
    except StagingError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": f"the model could not be written: {error.strerror or error}"}
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


@dataclass
class Writing:
    """A model being written. ``notes``: what went another way than planned, for the person who registers."""

    model: Any
    directory: Path
    example: Any
    contents: pickling.Contents
    notes: list[str] = field(default_factory=list)

    @property
    def class_name(self) -> str:
        """The class by its full name."""
        return f"{type(self.model).__module__}.{type(self.model).__qualname__}"


def write(model: Any, directory: Path, *, data: Any = None) -> dict[str, Any]:
    """Write ``model`` into ``directory`` (made if missing); see ``stage`` for what is returned.

    ``data``: rows of what it was fitted on.

    Raises:
        StagingError: nothing takes the model, or the disk is full.
    """
    directory.mkdir(parents=True, exist_ok=True)
    framework = framework_of(model)
    # Torch pickles tensors by copying them: what is inside a module is surveyed by its classes only.
    surveyed = None if framework in ("torch", "keras") else model
    contents = pickling.contents_of(surveyed) if surveyed is not None else _classes_of(model)
    writing = Writing(model, directory, examples.head(data), contents)
    flavor = ""
    failures = []
    for attempt in (_by_mlflow, _by_torch, _by_native, _by_joblib, _by_pickle):
        try:
            flavor = attempt(writing) or ""
        except Exception as error:  # the next means may do
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                _clear(directory)
                raise StagingError(
                    "the disk is full: free some space and register again"
                ) from error
            name = attempt.__name__.removeprefix("_by_")
            failures.append(f"{name}: {_told(error)}")
            _clear(directory)
        if flavor:
            break
    if not flavor:
        # The last means is the one that takes most, and says best what is wrong.
        raise StagingError(f"no serialiser takes this model: {failures[-1]}")
    notes = [*failures, *writing.notes]
    signature = examples.signature(model, data)
    expected = loading.expectation(model, writing.example)
    if expected is None and models.is_torch_module(model) and framework != "keras":
        expected = loading.expectation(model, examples.guessed(model))
    shown = examples.shown(writing.example)
    script = load_script.source(
        flavor, writing.class_name, frozenset(path.name for path in directory.iterdir())
    )
    info = {
        "flavor": flavor,
        "class": writing.class_name,
        "python": platform.python_version(),
        "packages": _packages(contents.modules),
        "params": model_params(model),
        "signature": signature,
        "input_example": shown,
        "expected": expected,
        "warnings": notes,
    }
    try:
        (directory / "load.py").write_text(script, encoding="utf-8")
        text = json.dumps(info, indent=2, default=str)
        (directory / "MODEL.json").write_text(text, encoding="utf-8")
        files = [_entry(path, directory) for path in sorted(directory.rglob("*")) if path.is_file()]
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StagingError("the disk is full: free some space and register again") from error
        raise
    return {
        "files": files,
        "flavor": flavor,
        "signature": signature,
        "example": shown,
        "class": models.class_of(model),
        "warnings": notes,
    }


def _told(error: Exception) -> str:
    text = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
    return text[:300]


def framework_of(model: Any) -> str:
    """The framework that a model's class comes from or is derived from; '' if it is none known here."""
    for base in type(model).__mro__:
        top = base.__module__.partition(".")[0]
        if top in _MLFLOW or top == "tensorflow":
            return "keras" if top == "tensorflow" else top
    return ""


def _classes_of(model: Any) -> pickling.Contents:
    """As :func:`pickling.contents_of`, by the classes of a module's parts."""
    contents = pickling.Contents()
    parts = [model, *(model.modules() if hasattr(model, "modules") else ())]
    for part in parts:
        for base in type(part).__mro__:
            contents.modules.add(base.__module__.partition(".")[0])
        if pickling.by_value(type(part)):
            contents.by_value.add(type(part).__module__)
    contents.modules -= {"builtins", "abc"}
    return contents


# -- means --------------------------------------------------------------------------------------------------------

#: One way to write a model: the name of the format, None where it is no way for this model.
Means = Callable[[Writing], "str | None"]


def _by_mlflow(writing: Writing) -> str | None:
    if util.find_spec("mlflow") is None:
        return None
    name = _MLFLOW.get(framework_of(writing.model))
    if name is None:
        return _by_pyfunc(writing)
    try:
        flavor = importlib.import_module(f"mlflow.{name}")
    except Exception:  # mlflow-skinny without what the flavour needs
        return None
    keywords: dict[str, Any] = {"pip_requirements": _requirements(writing)}
    example = writing.example
    # MLflow takes tables and arrays as examples, no single columns and lists of texts.
    tabular = hasattr(example, "columns") or (
        hasattr(example, "shape") and not hasattr(example, "iloc")
    )
    if name == "keras" and tabular:
        # Its own input_example is not written with the model (MLflow 3.17).
        from mlflow.models import infer_signature

        with loading.undisturbed():
            keywords["signature"] = infer_signature(example, writing.model.predict(example))
    elif tabular and name != "pytorch":
        keywords["input_example"] = example
    if name == "sklearn":
        keywords["serialization_format"] = "cloudpickle"
    elif "serialization_format" in inspect.signature(flavor.save_model).parameters:
        keywords["serialization_format"] = "pickle"
    _save_by_mlflow(writing, lambda folder: flavor.save_model(writing.model, folder, **keywords))
    return f"mlflow.{name}"


def _by_pyfunc(writing: Writing) -> str | None:
    """Any object that predicts, or a function, as an MLflow model of its own kind."""
    model = writing.model
    if not (callable(getattr(model, "predict", None)) or callable(model)):
        return None
    if pickling.cloudpickle() is None:
        return None
    try:
        import mlflow.pyfunc
    except Exception:  # mlflow-skinny without what the flavour needs
        return None
    # The class goes into the pickle by value: where the model is loaded this package need not be.
    scope: dict[str, Any] = {"__name__": "__main__", "PythonModel": mlflow.pyfunc.PythonModel}
    with loading.undisturbed():
        exec(load_script.PYTHON_MODEL, scope)  # noqa: S102 - our own constant text
    wrapped = scope["Model"](model)
    _save_by_mlflow(
        writing,
        lambda folder: mlflow.pyfunc.save_model(
            folder, python_model=wrapped, pip_requirements=_requirements(writing)
        ),
    )
    writing.notes.append("written by cloudpickle: load it only if you trust it")
    return "mlflow.pyfunc"


def _save_by_mlflow(writing: Writing, save: Callable[[str], Any]) -> None:
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    folder = writing.directory / "mlflow"
    try:
        with loading.undisturbed(), pickling.own_modules_by_value(writing.contents.by_value):
            save(str(folder))
    finally:
        logger.setLevel(level)
    # MLflow writes into a folder of its own; a version is an MLflow model if its root is one.
    for path in folder.iterdir():
        path.rename(writing.directory / path.name)
    folder.rmdir()


def _requirements(writing: Writing) -> list[str]:
    """The packages that the model needs, pinned; else MLflow finds them by loading the model in another process."""
    found = _packages(writing.contents.modules | {"mlflow", "cloudpickle"})
    return [f"{name}=={version.partition('+')[0]}" for name, version in found.items()]


def _by_torch(writing: Writing) -> str | None:
    model, directory = writing.model, writing.directory
    if not models.is_torch_module(model) or framework_of(model) == "keras":
        return None
    torch: Any = sys.modules["torch"]
    torch.save(model.state_dict(), directory / "state_dict.pt")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(model).save(str(directory / "model.torchscript.pt"))
    except OSError:
        raise
    except Exception as error:  # many modules do not script
        note = f"it does not script ({type(error).__name__}): its state_dict was written"
        writing.notes.append(note)
        if pickling.cloudpickle() is not None:
            return f"torch.{pickling.dump(model, directory / 'model.pkl', writing.contents, writing.notes)}"
        writing.notes.append(
            "loading it needs its class, and is not checked: pip install cloudpickle"
        )
        return "torch.state_dict"
    return "torch.torchscript"


def _by_native(writing: Writing) -> str | None:
    model, directory = writing.model, writing.directory
    framework = framework_of(model)
    if not type(model).__module__.startswith((f"{framework}.", "keras.", "tensorflow.")):
        # A class of the user's own: the framework would make one of its own of it.
        return None
    if framework == "xgboost":
        model.save_model(str(directory / "model.ubj"))
    elif framework == "lightgbm" and type(model).__name__ == "Booster":
        model.save_model(str(directory / "model.txt"))
    elif framework == "lightgbm":
        _dump_joblib(writing)
    elif framework == "keras":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(str(directory / "model.keras"))
    elif framework == "statsmodels":
        model.save(str(directory / "model.pickle"))
    else:
        return None
    return framework


def _by_joblib(writing: Writing) -> str | None:
    if framework_of(writing.model) != "sklearn" or writing.contents.by_value:
        return None
    _dump_joblib(writing)
    return "sklearn"


def _dump_joblib(writing: Writing) -> None:
    import joblib

    joblib.dump(writing.model, writing.directory / "model.joblib")
    writing.notes.append("written by joblib, a pickle: load it only if you trust it")


def _by_pickle(writing: Writing) -> str | None:
    return pickling.dump(
        writing.model, writing.directory / "model.pkl", writing.contents, writing.notes
    )


def _clear(directory: Path) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


# -- what is said of it -------------------------------------------------------------------------------------------

#: Distributions by the names of their modules, where these are not the same.
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python"}


def _packages(modules: set[str]) -> dict[str, str]:
    """Installed distributions of modules, with their versions."""
    found = {}
    for name in sorted(modules | {"numpy", "pandas", "scipy", "joblib"}):
        distribution = _DISTRIBUTIONS.get(name, name)
        if name in ("pandas", "scipy", "joblib") and name not in sys.modules:
            continue
        try:
            found[distribution] = metadata.version(distribution)
        except (metadata.PackageNotFoundError, ValueError):
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
