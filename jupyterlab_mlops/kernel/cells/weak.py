"""References that keep nothing alive, also to what takes none."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any


def reference(value: Any) -> Callable[[], Any] | None:
    """A weak reference to a value; None where it takes none, as a tuple."""
    try:
        return weakref.ref(value)
    except TypeError:
        return None


def nothing() -> None:
    """What a reference to nothing gives."""
