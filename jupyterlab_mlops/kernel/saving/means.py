"""Ways to write a model, the best at hand first: each is one format, and says None where it is no way for a model."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Any

from ..cells import models
from . import keras_parts, load_script, loading, pickling, torch_parts
from .requirements import pinned

#: Frameworks by the first name of their classes' modules, and MLflow's flavours for them.
MLFLOW = {
    "sklearn": "sklearn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "torch": "pytorch",
    "keras": "keras",
    "statsmodels": "statsmodels",
    "catboost": "catboost",
}


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


def framework_of(model: Any) -> str:
    """The framework that a model's class comes from or is derived from; '' if it is none known here."""
    for base in type(model).__mro__:
        top = base.__module__.partition(".")[0]
        if top in MLFLOW or top == "tensorflow":
            return "keras" if top == "tensorflow" else top
    return ""


def _by_mlflow(writing: Writing) -> str | None:
    if util.find_spec("mlflow") is None:
        return None
    name = MLFLOW.get(framework_of(writing.model))
    if name is None:
        return _by_pyfunc(writing)
    if name == "keras" and not keras_parts.loads_by_itself(writing.model):
        return None  # MLflow's flavour keeps no classes of the notebook's
    if name == "keras" and keras_parts.answers_with_several(writing.model, writing.example):
        return _by_pyfunc(writing)  # MLflow's flavour makes one array of the answer (3.17)
    if name == "pytorch" and torch_parts.is_plural(writing.model, writing.example):
        return _by_pyfunc(writing, load_script.TORCH_MODEL)
    if _is_booster(writing.model) and "c" in (writing.model.feature_types or ()):
        return _by_pyfunc(
            writing, load_script.BOOSTER
        )  # MLflow's flavour takes no categories (3.17)
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
    elif tabular and name != "pytorch" and not _of_unknown_type(writing):
        keywords["input_example"] = example
    if name == "sklearn" or _takes_format(flavor):
        # What is the notebook's, such as an objective of LightGBM's, has to go in by value; a module of torch's is
        # the other flavour's only choice.
        keywords["serialization_format"] = "pickle" if name == "pytorch" else "cloudpickle"
    _save_by_mlflow(writing, lambda folder: flavor.save_model(writing.model, folder, **keywords))
    return f"mlflow.{name}"


def _takes_format(flavor: Any) -> bool:
    return "serialization_format" in inspect.signature(flavor.save_model).parameters


def _of_unknown_type(writing: Writing) -> bool:
    """Whether the example is rows of a DMatrix, which says nothing of the type of an array that was put into it: a
    signature with another one would refuse the user's own array."""
    return _is_booster(writing.model) and not hasattr(writing.example, "columns")


def _is_booster(model: Any) -> bool:
    return framework_of(model) == "xgboost" and type(model).__name__ == "Booster"


def _by_pyfunc(writing: Writing, wrapper: str = load_script.PYTHON_MODEL) -> str | None:
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
        exec(wrapper, scope)  # noqa: S102 - our own constant text
    wrapped = scope["Model"](model)
    _save_by_mlflow(
        writing,
        lambda folder: mlflow.pyfunc.save_model(
            folder,
            python_model=wrapped,
            pip_requirements=_requirements(writing),
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
    """The packages that the model needs; else MLflow finds them by loading the model in another process."""
    return pinned(writing.contents.modules | {"mlflow", "cloudpickle"})


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
    if framework != "keras" and not type(model).__module__.startswith(f"{framework}."):
        # A class of the user's own: the framework would make one of its own of it.
        return None
    sklearn_like = framework == "lightgbm" and type(model).__name__ != "Booster"
    if sklearn_like and writing.contents.by_value:
        return None  # joblib would only name what is the notebook's, such as its objective
    if framework == "xgboost":
        model.save_model(str(directory / "model.ubj"))
    elif sklearn_like:
        _dump_joblib(writing)
    elif framework == "lightgbm":
        model.save_model(str(directory / "model.txt"))
    elif framework == "keras":
        keras_parts.write(model, directory, writing.contents, writing.notes)
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


#: One way to write a model: the name of the format, None where it is no way for this model.
Means = Callable[[Writing], "str | None"]
#: All of them, in the order in which they are tried.
ALL: tuple[Means, ...] = (_by_mlflow, _by_torch, _by_native, _by_joblib, _by_pickle)
