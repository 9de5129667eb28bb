"""The models that a kernel offers for registration: its variables, and what is inside containers and objects."""

from __future__ import annotations

import ast
from typing import Any

from ..cells import models
from ..cells.frames import object_at
from . import examples, inputs

#: More are nobody's choice.
MOST = 200


def offered(capture: Any) -> list[dict[str, Any]]:
    """``[{"variable", "class", "candidate", "bound", "signature"}]``: variables first, then elements
    (``models['rf']``, ``self.model``) that no variable stands for and that can still be reached."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    lookup = capture.world.namespace.get
    for entry in capture.models_of():
        model = lookup(entry["variable"])
        seen.add(id(model))
        found.append({**entry, "signature": signature_of(capture, model)})
    for model, candidate in reversed(capture.world.registry.live()):
        known = capture.candidates.get(candidate)
        variable = getattr(known, "variable", None)
        if id(model) in seen or not variable or not _stands_for(variable, model, lookup):
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
    return found[:MOST]


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
