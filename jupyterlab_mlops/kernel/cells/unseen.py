"""Functions of ours that stand around a call of the user's, and show where they would mislead as little as can be.

A warning with ``stacklevel=2`` and a traceback tell of callers: between the user's line and the method that it calls
nothing of ours may show. ``warnings`` and ``logging`` pass over the frames of the import system, which they know by the
name of their file (``_is_internal_frame``); ours have such a name. A traceback forgets the frame by :func:`untraced`.
``inspect.stack()`` still shows it: hiding it there too would take private parts of an interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

FILE = "<jupyterlab_mlops, like importlib._bootstrap>"
HOPS = 2
"""What ``sys._getframe`` takes in a function that an unseen one calls, to give the frame which called that one."""


def unseen(function: F) -> F:
    """Have ``warnings`` and ``logging`` pass over the frames of a function; returns the same function."""
    function.__code__ = function.__code__.replace(co_filename=FILE)
    return function


def untraced(error: BaseException) -> None:
    """Take the frame that has caught an error, and raises it again, out of its traceback (from Python 3.11 on; older
    ones put it back)."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next
