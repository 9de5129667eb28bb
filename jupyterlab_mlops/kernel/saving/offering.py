"""What a kernel offers for registration: models that variables hold, or containers and objects in them; functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from ..cells import models
from ..cells.objects import object_at
from ..source.usercode import is_own_class
from . import examples, inputs

#: More are nobody's choice.
MOST = 200
#: How far from a variable, and among how many things, a model is looked for.
DEPTH, LOOKED_AT = 3, 20_000


def offered(capture: Any) -> list[dict[str, Any]]:
    """``[{"variable", "class", "candidate", "bound", "signature"}]``: variables first, then elements
    (``models['rf']``, ``trainer.model``) that no variable stands for and that can still be reached; at the end, with
    ``"callable"``, functions and objects that can be called, which are models only if somebody says so."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    places: dict[int, str] | None = None
    lookup = capture.world.namespace.get
    for entry in capture.models_of():
        model = lookup(entry["variable"])
        seen.add(id(model))
        found.append({**entry, "signature": signature_of(capture, model)})
    for model, candidate in reversed(capture.world.registry.live()):
        if id(model) in seen:
            continue
        known = capture.candidates.get(candidate)
        variable = getattr(known, "variable", None)
        if not variable or not _stands_for(variable, model, lookup):
            # Its method called it `self.model`: where is that from here?
            places = _places(capture.world.namespace) if places is None else places
            variable = places.get(id(model))
        if not variable:
            continue
        seen.add(id(model))
        found.append(
            {
                "variable": variable,
                "class": models.class_of(model),
                "candidate": candidate,
                "bound": False,
                "signature": signature_of(capture, model),
            }
        )
    found += _callables(capture.world.namespace, seen)
    return found[:MOST]


def _callables(namespace: dict[str, Any], seen: set[int]) -> Iterator[dict[str, Any]]:
    """Functions of the notebook's, and instances of its classes that can be called."""
    for name, value in list(namespace.items()):
        if name.startswith("_") or id(value) in seen:
            continue
        own = isinstance(value, FunctionType) and value.__module__ == "__main__"
        kind = type(value)
        if own or (kind is not FunctionType and is_own_class(kind) and "__call__" in vars(kind)):
            yield {
                "variable": name,
                "class": "function" if own else kind.__name__,
                "candidate": None,
                "bound": False,
                "signature": None,
                "callable": True,
            }


def _places(namespace: dict[str, Any]) -> dict[int, str]:
    """Objects below variables by their id, with the expression that reaches them: attributes of the user's own
    objects, elements of dicts by text or number, and of lists. None of the user's code runs."""
    found: dict[int, str] = {}
    level = [(name, value) for name, value in list(namespace.items()) if not name.startswith("_")]
    for _depth in range(DEPTH):
        below: list[tuple[str, Any]] = []
        for where, value in level:
            for step, part in _steps(value):
                if id(part) not in found and len(found) < LOOKED_AT:
                    found[id(part)] = where + step
                    below.append((where + step, part))
        level = below
    return found


def _steps(value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) is dict:
        for key, part in list(value.items()):
            if type(key) in (str, int):
                yield f"[{key!r}]", part
    elif type(value) in (list, tuple):
        for place, part in enumerate(value):
            yield f"[{place}]", part
    elif not isinstance(value, type) and is_own_class(type(value)):
        own = getattr(value, "__dict__", None)
        for name, part in list(own.items()) if isinstance(own, dict) else ():
            yield f".{name}", part


def signature_of(capture: Any, model: Any) -> dict[str, Any] | None:
    """The inputs a model was fitted on; None if nothing tells."""
    try:
        return examples.signature(model, inputs.input_of(capture, model))
    except Exception:  # the user's objects
        return None


def _stands_for(variable: str, model: Any, lookup: Any) -> bool:
    """Whether an expression is this very object."""
    try:
        expression = ast.parse(variable, mode="eval").body
    except (SyntaxError, ValueError):
        return False
    return object_at(expression, lookup) is model
