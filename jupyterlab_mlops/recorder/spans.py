"""PURE: find values in JSON text without parsing what is large.

Parsing ten megabytes of numbers is one call that holds the interpreter for a quarter of a second, and with it the
event loop. What is found here piece by piece is cut out and passed on as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_MARK = re.compile(rb'["{}\[\]]')
_SCALAR = re.compile(rb"[^\s,\]}]+")
_SPACE = re.compile(rb"[\s,:]*")


class Raw(bytes):
    """JSON text that nobody needs to look into."""

    __slots__ = ()


def members(text: bytes, start: int = 0) -> Iterator[tuple[str, int, int]]:
    """(key, start, end) of the values of the object at ``start``.

    Raises:
        ValueError: there is no object, or it does not end.
    """
    at = _open(text, start, b"{")
    while text[at : at + 1] != b"}":
        key_end = end_of(text, at)
        value = _skip(text, key_end)
        end = end_of(text, value)
        yield str(json.loads(text[at:key_end])), value, end
        at = _skip(text, end)


def elements(text: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """(start, end) of the elements of the array at ``start``.

    Raises:
        ValueError: there is no array, or it does not end.
    """
    at = _open(text, start, b"[")
    while text[at : at + 1] != b"]":
        end = end_of(text, at)
        yield at, end
        at = _skip(text, end)


def end_of(text: bytes, start: int) -> int:
    """Where the value that begins at ``start`` ends.

    Raises:
        ValueError: it does not end, or nothing begins there.
    """
    first = text[start : start + 1]
    if first == b'"':
        return _string_end(text, start)
    if first not in (b"{", b"["):
        scalar = _SCALAR.match(text, start)
        if scalar is None:
            raise ValueError(f"no JSON value begins at byte {start}")
        return scalar.end()
    depth, at = 0, start
    while (mark := _MARK.search(text, at)) is not None:
        at = mark.end()
        if mark[0] == b'"':
            at = _string_end(text, mark.start())
        elif mark[0] in b"{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return at
    raise ValueError("the JSON text ends within a value")


def _string_end(text: bytes, start: int) -> int:
    at = start
    while (at := text.find(b'"', at + 1)) >= 0:
        before = at - 1
        while text[before] == 0x5C:  # backslashes
            before -= 1
        if (at - before) % 2:
            return at + 1
    raise ValueError("the JSON text ends within a string")


def _open(text: bytes, start: int, bracket: bytes) -> int:
    at = _skip(text, start)
    if text[at : at + 1] != bracket:
        raise ValueError(f"expected {bracket.decode()} at byte {at}")
    return _skip(text, at + 1)


def _skip(text: bytes, at: int) -> int:
    space = _SPACE.match(text, at)
    at = space.end() if space else at
    if at >= len(text):
        raise ValueError("the JSON text ends within a value")
    return at
