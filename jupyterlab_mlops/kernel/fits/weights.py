"""What of a value may be weights that plain code has trained, and what is data. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType
from typing import Any

from ..source.descents import Given
from ..source.usercode import is_own_class

LEAST_ROWS = 4
"""Fewer rows are a point on a curve that somebody walks down, no data."""
MAX_PARTS = 20
_WEIGHTS = ("builtins", "numpy", "cupy", "pandas", "jax", "jaxlib", "torch")

Lost = type("ndarray", (), {"__module__": "numpy"})
"""What stands for weights that a function has kept to itself."""


def lost_by(algorithm: FunctionType) -> Any:
    """What stands for what an algorithm has found each time that another function has called it."""
    return type(algorithm.__name__, (), {"__module__": "numpy"})()


def weights_in(value: Any, back: Given | None) -> Iterator[Any]:
    """What of a function's result, or of a name's value, is weights; numbers, arrays, and dicts and lists of them."""
    if back is None or value is None:
        return
    if back.places and isinstance(value, tuple):
        for place in back.places:
            if place < len(value):
                yield from weights_in(value[place], Given())
        return
    if isinstance(value, tuple):
        for one in value:
            yield from weights_in(one, Given())
    elif _is_weights(value):
        yield value


def _is_weights(value: Any) -> bool:
    cls = type(value)
    if isinstance(value, (bool, str)) or is_own_class(cls):
        return False
    known = any(one.__module__.startswith(_WEIGHTS) for one in cls.__mro__[:-1])
    plain = isinstance(value, (int, float, list, dict)) or hasattr(value, "shape")
    if cls.__name__ == "TrainState" and cls.__module__.startswith("flax."):
        return True  # the parameters and what steps them
    return known and (plain or cls.__name__ in ("poly1d", "Polynomial"))


def keys_of(value: Any) -> list[str]:
    """The names in a dict of a few."""
    small = type(value) is dict and len(value) <= MAX_PARTS
    return [key for key in value if type(key) is str] if small else []


def size_of(value: Any) -> int:
    """How many numbers an array has; of a dict or list more than any."""
    if isinstance(value, (list, dict)) or not hasattr(value, "size"):
        return 1 if isinstance(value, (int, float)) else 10**9
    size = value.size
    return int(value.numel() if callable(size) else size)  # a tensor's `size` is a method


def is_rows(value: Any) -> bool:
    """Whether a value may be data: an array, a tensor or a list of a few at least."""
    shape: Any = getattr(value, "shape", None)
    if type(shape).__name__ == "TensorShape":
        shape = tuple(shape)
    if isinstance(shape, tuple):
        return len(shape) > 0 and max(shape) >= LEAST_ROWS
    return isinstance(value, (list, tuple)) and len(value) >= LEAST_ROWS
