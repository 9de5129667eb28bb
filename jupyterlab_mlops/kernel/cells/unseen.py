"""Functions of ours that stand around a call of the user's, and whose frames nobody sees.

A warning with ``stacklevel=2``, ``inspect.stack()``, ``sys._getframe(1)`` and a traceback tell of callers: between the
user's line and the method that it calls nothing of ours may show. CPython keeps a frame from all of them until it has
come to the first ``RESUME`` of its code (it is *incomplete*: ``_PyFrame_IsIncomplete``, by ``_co_firsttraceable``). So
``RESUME`` and what returns are put behind the rest of the code, and jumped to and from: tracers and profilers, which
count calls and returns there, still see one of each.

Older Pythons have no such frames, and of newer ones it is not known. There the frame is named like the frames of the
import system, which ``warnings`` and ``logging`` pass over; tracebacks and ``sys._getframe`` show it.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

FILE = "<jupyterlab_mlops, like importlib._bootstrap>"
_HIDING = sys.implementation.name == "cpython" and (3, 11) <= sys.version_info[:2] <= (3, 13)
"""The Pythons that this was tried with."""
_RETURNS = frozenset(dis.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in dis.opmap)  # fmt: skip
_SUSPENDED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def unseen(function: F) -> F:
    """Hide the frames of a function (of a coroutine's, only from warnings); returns the same function."""
    code: CodeType = function.__code__.replace(co_filename=FILE)
    function.__code__ = _with_resume_last(code) if _HIDING else code
    return function


def _with_resume_last(code: CodeType) -> CodeType:
    """The same code with its ``RESUME`` and its returns at the end, where jumps lead. Pure; a code of more than 250
    instructions, or a generator's or coroutine's, is left as it is."""
    resume, forward = dis.opmap["RESUME"], dis.opmap["JUMP_FORWARD"]
    back = dis.opmap["JUMP_BACKWARD_NO_INTERRUPT"]
    old = (
        code.co_code
    )  # pairs of an operation and its argument; what is cached between them is zero here
    if len(old) > 480 or code.co_flags & _SUSPENDED:
        return code
    new, behind = bytearray(old), bytearray()
    for place in range(0, len(old), 2):
        operation = old[place]
        if operation != resume and operation not in _RETURNS:
            continue
        following, target = place // 2 + 1, (len(old) + len(behind)) // 2
        new[place : place + 2] = bytes((forward, target - following))
        behind += old[place : place + 2]
        if operation == resume:
            behind += bytes((back, target + 2 - following))
    return code.replace(co_code=bytes(new + behind))


@unseen
def _between(ask: Callable[[], int]) -> int:
    return ask()


HOPS: int = _between(lambda: 2 if sys._getframe(1).f_code.co_filename == FILE else 1)
"""What ``sys._getframe`` takes in a function that an unseen one calls, to give the frame which called that one."""
