"""Writing a model to files in the kernel, by the best means at hand, with all that loading it needs.

In this order: the MLflow flavour if mlflow is importable and has one that takes the model; torch as ``state_dict``
and, where it scripts, TorchScript; XGBoost, LightGBM, Keras and statsmodels in their own formats; scikit-learn by
joblib; anything else by cloudpickle or pickle, with a warning. What comes from the notebook or from a module beside it
goes into the pickle by value. ``MODEL.json`` says what was written and what it predicts; ``load.py`` loads it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import platform
import shutil
from pathlib import Path
from typing import Any

from ..cells import models
from ..link import diagnostics
from ..params import model_params
from . import examples, inputs, keras_parts, load_script, loading, means, pickling
from .means import Writing, framework_of
from .requirements import packages


class StagingError(ValueError):
    """The model cannot be found or written; the message says what to do."""


def stage(capture: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer a ``stage`` request: write the named variable's (or candidate's) model into ``directory``.

    Returns ``{"files", "flavor", "signature", "example", "class", "environment", "warnings", "variable",
    "candidate"}`` or ``{"error"}``; sizes in bytes. ``environment``: variables that loading needs. A directory that is gone means that nobody waits any more.
    """
    if not Path(asked["directory"]).is_dir():
        return {"error": "nobody waits for the model any more"}
    try:
        model, variable, candidate = find(capture, asked.get("variable"), asked.get("candidate"))
        directory = Path(asked["directory"])
        answer = write(model, directory, data=inputs.input_of(capture, model))
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

    from ..cells.objects import object_at

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
    for attempt in means.ALL:
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
    guesses = inputs.guesses(model) if expected is None else iter(())
    while expected is None and (guess := next(guesses, None)) is not None:
        expected = loading.expectation(model, guess)
    shown = examples.shown(writing.example)
    keras = keras_parts.facts(model) if framework == "keras" else {}
    names = frozenset(path.name for path in directory.iterdir())
    script = load_script.source(flavor, writing.class_name, names, **keras)
    info = {
        "flavor": flavor,
        "class": writing.class_name,
        "python": platform.python_version(),
        "packages": packages(contents.modules),
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
        "environment": {"KERAS_BACKEND": keras["backend"]} if keras else {},
        "warnings": notes,
    }


def _told(error: Exception) -> str:
    text = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
    return text[:300]


def _classes_of(model: Any) -> pickling.Contents:
    """As :func:`pickling.contents_of`, by the classes of a module's parts."""
    contents = pickling.Contents()
    parts = [model, *(model.modules() if hasattr(model, "modules") else ())]
    if framework_of(model) == "keras":
        contents.modules.add(keras_parts.facts(model)["backend"])
    for part in parts:
        for base in type(part).__mro__:
            contents.modules.add(base.__module__.partition(".")[0])
        if pickling.by_value(type(part)):
            contents.by_value.add(type(part).__module__)
    contents.modules -= {"builtins", "abc"}
    return contents


def _clear(directory: Path) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


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
