"""Where failures of capture go: a bounded ring that ``%mlops status`` shows. Never to a cell."""

from __future__ import annotations

import functools
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

LIMIT = 50
"""Failures kept; older ones are dropped."""

ring: deque[dict[str, Any]] = deque(maxlen=LIMIT)
total = 0


def note(where: str, error: BaseException | None = None, message: str = "") -> None:
    """Keep a failure: where it happened, what it says and the last lines of its traceback."""
    global total  # noqa: PLW0603 - one counter a process
    total += 1
    entry = {"t": int(time.time() * 1000), "where": where, "message": message}
    if error is not None:
        entry["message"] = f"{type(error).__name__}: {error}"[:500]
        entry["traceback"] = "".join(traceback.format_tb(error.__traceback__)[-4:])[-2000:]
    ring.append(entry)


def guarded(function: F) -> F:
    """Run ``function``; if it fails, note the failure and return None."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # capture must never fail a cell
            note(getattr(function, "__qualname__", "capture"), error)
            return None

    return run  # type: ignore[return-value]
