"""What a network is made of, as one setting: ``Dense(16, relu) → Dropout(0.5) → Dense(1, sigmoid)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAX_LAYERS = 40
"""Layers that are told; a network of more is one of a library's, which is told by its name."""
MAX_TEXT = 500
_SIZES = (
    "units",
    "filters",
    "kernel_size",
    "input_dim",
    "output_dim",
    "rate",
    "pool_size",
    "activation",
)
"""Settings of Keras layers that are told, in this order."""
_PLAIN = frozenset({"linear", "InputLayer"})
"""An activation, and a layer, that say nothing."""


def layers_param(model: Any) -> dict[str, str]:
    """``{"layers": …}`` of a network of Keras or torch; {} of what has no layers, too many, or of other kinds."""
    try:
        told = list(_told(model))
    except Exception:  # a layer of the user's that cannot say what it is
        return {}
    text = " → ".join(told)
    return {"layers": text} if 0 < len(told) <= MAX_LAYERS and len(text) <= MAX_TEXT else {}


def _told(model: Any) -> Iterator[str]:
    layers = getattr(model, "layers", None)
    if (
        isinstance(layers, list)
        and callable(getattr(model, "compile", None))
        and hasattr(model, "optimizer")
    ):
        for layer in layers[: MAX_LAYERS + 1]:
            if type(layer).__name__ not in _PLAIN:
                yield _of_keras(layer)
    elif callable(getattr(model, "named_modules", None)) and "_modules" in vars(model):
        for count, (_, layer) in enumerate(model.named_modules()):
            if count > 3 * MAX_LAYERS:
                raise ValueError("too many layers")
            if layer is not model and not layer._modules:
                yield f"{type(layer).__name__}({layer.extra_repr()})".replace("()", "")


def _of_keras(layer: Any) -> str:
    settings = layer.get_config()
    said = [str(one) for name in _SIZES if (one := _plain(settings.get(name))) is not None]
    return f"{type(layer).__name__}({', '.join(said)})" if said else type(layer).__name__


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return value if isinstance(value, (int, float, str)) and value not in _PLAIN else None
