"""Keras models whose layers or functions come from the notebook: what loading them needs beside their own file."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from . import loading, pickling

MODEL, OWN = "model.keras", "custom_objects.pkl"
#: Names of attributes that hold functions a layer was made with.
_FUNCTIONS = ("activation", "function", "kernel_initializer", "kernel_regularizer")


def own_parts(model: Any) -> dict[str, Any]:
    """Classes and functions of the user's own that the model is made of, by the names its file calls them."""
    found: dict[str, Any] = {}
    for part in _layers(model):
        for value in (type(part), *(getattr(part, name, None) for name in _FUNCTIONS)):
            kind = (
                value
                if isinstance(value, type) or not hasattr(value, "get_config")
                else type(value)
            )
            if callable(kind) and hasattr(kind, "__name__") and pickling.by_value(kind):
                found[_called(kind)] = kind
    return found


def write(model: Any, directory: Path, contents: pickling.Contents, notes: list[str]) -> None:
    """Write ``model.keras``, and what of the notebook's it is made of.

    Raises:
        ValueError: that cannot be pickled.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(str(directory / MODEL))
    own = own_parts(model)
    if own:
        contents.by_value |= {str(part.__module__) for part in own.values()}
        pickling.dump(own, directory / OWN, contents, notes)


def facts(model: Any) -> dict[str, Any]:
    """What ``load.py`` has to know: ``{"backend", "compiled", "safe"}``."""
    keras = sys.modules["keras"]
    trusted = any(type(part).__name__ == "Lambda" for part in _layers(model))
    return {
        "backend": str(keras.backend.backend()),
        "compiled": _compiles(model),
        "safe": not trusted,
    }


def loads_by_itself(model: Any) -> bool:
    """Whether its file is enough: nothing of the notebook's in it, and no code."""
    known = facts(model)
    return bool(known["compiled"] and known["safe"] and not own_parts(model))


def answers_with_several(model: Any, example: Any) -> bool:
    """Whether it predicts several arrays, in a list or by name."""
    if len(getattr(model, "outputs", None) or ()) > 1:
        return True
    if example is None:
        return False
    try:
        with loading.undisturbed():
            return isinstance(model.predict(example), (list, tuple, dict))
    except Exception:  # the user's model; what it takes is not known
        return False


def _layers(model: Any) -> list[Any]:
    flat = getattr(model, "_flatten_layers", None)
    return [model, *(flat() if callable(flat) else getattr(model, "layers", ()))]


def _called(part: Any) -> str:
    """The name by which Keras asks for a class or function: as registered, else its own."""
    registered = getattr(sys.modules["keras"].saving, "get_registered_name", None)
    return str(registered(part)) if registered is not None else str(part.__name__)


def _compiles(model: Any) -> bool:
    """Whether losses and metrics are Keras's own: others need not be there to predict."""
    config = getattr(model, "get_compile_config", None)
    try:
        text = json.dumps(config() if config is not None else None, default=str)
    except Exception:  # the user's classes
        return False
    return '"class_name": "function"' not in text and '"module": null' not in text
