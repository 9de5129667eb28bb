"""Interrupts are for the user's cell: one that arrives while a hook of ours runs is held back until the cell goes on.

Without this it would end our hook half done, IPython would show the user a traceback of our code, and the cell that was
to be stopped would run. ipykernel sets Python's own handler for each request, so ours stands in for it only as long as
the hook takes, and user code never sees it.
"""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: What runs in the place of a statement that was interrupted before it began.
INTERRUPTED = compile("raise KeyboardInterrupt", "<interrupted>", "exec")

_held = False

# Every hook asks for the handler and sets it twice. The functions of ``signal`` make an enumeration's member of each
# number and handler on the way in and out, which costs more than a hook; what they wrap does not.
_handler_of: Callable[[int], Any] = getattr(signal.getsignal, "__wrapped__", signal.getsignal)
_set_handler: Callable[[int, Any], Any] = getattr(signal.signal, "__wrapped__", signal.signal)
_INTERRUPT = int(signal.SIGINT)


def _hold(_number: int, _frame: Any) -> None:
    global _held  # noqa: PLW0603 - one main thread a process
    _held = True


def clear() -> None:
    """Forget what was held back: its cell is over."""
    global _held  # noqa: PLW0603
    _held = False


def take() -> bool:
    """Whether an interrupt was held back; it is the caller's now. Subshells, on other threads, are not interrupted."""
    global _held
    if threading.current_thread() is not threading.main_thread():
        return False
    held, _held = _held, False
    return held


def undisturbed(hook: F) -> F:
    """Run ``hook`` to its end before an interrupt counts."""

    @functools.wraps(hook)
    def run(*args: Any, **kwargs: Any) -> Any:
        # Signals are the main thread's; whoever ignores them or has a handler of C does so on purpose.
        if threading.current_thread() is not threading.main_thread() or not callable(
            _handler_of(_INTERRUPT)
        ):
            return hook(*args, **kwargs)
        before = _set_handler(_INTERRUPT, _hold)
        try:
            return hook(*args, **kwargs)
        finally:
            _set_handler(_INTERRUPT, before)

    return run  # type: ignore[return-value]
