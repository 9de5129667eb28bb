"""Which piece of work a line of the log belongs to: a request, an item of the queue, a notebook run."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("mlops_correlation", default="")

#: What is taken over from a caller: nothing that could break a line of a log.
_ACCEPTED = re.compile(r"[\w.:/-]{1,64}", re.ASCII)


def current() -> str:
    """The id of the work that is being done here; empty outside any."""
    return _current.get()


@contextmanager
def about(id: str) -> Iterator[None]:
    """Name the work done in this block: by this thread, or by this task and those that it starts."""
    token = _current.set(id)
    try:
        yield
    finally:
        _current.reset(token)


def begin_request(given: str | None) -> str:
    """Name a request for the rest of its task: by the caller's ``X-Request-ID``, or by a new id (12 hex digits)."""
    id = given if given and _ACCEPTED.fullmatch(given) else secrets.token_hex(6)
    _current.set(id)
    return id
