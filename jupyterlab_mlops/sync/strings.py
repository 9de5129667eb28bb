"""PURE: the texts in data (pickles, weights, tables), found as ``strings`` finds them, with constant memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

#: A text is this long at least (bytes): the forms of secrets are longer.
SHORTEST = 16
#: A text longer than this (bytes) is told in pieces.
LONGEST = 1 << 16
_READABLE = bytes((*b"\t\n\r", *range(32, 127)))
_MASK = bytes(byte in _READABLE for byte in range(256))
_TEXT, _END = b"\1" * SHORTEST, b"\0"
#: What a pickle writes before a text: its length in one byte, or in four.
_SHORT_UNICODE, _UNICODE = 0x8C, 0x58
_BEFORE = 5


def texts_in(chunks: Iterable[bytes]) -> Iterator[str]:
    """The texts in data, each on lines of its own, however the data is cut into chunks."""
    held, going_on = b"", False
    for chunk in itertools.chain(chunks, (None,)):
        data = held + (chunk or b"")
        told: list[bytes] = []
        begin = 0
        if going_on:
            begin = len(data) - len(data.lstrip(_READABLE))
            told.append(data[:begin])
            going_on = begin == len(data) and chunk is not None
            told += [] if going_on else [b"\n"]
        stop = len(data)
        if chunk is not None and not going_on:
            # The end may be the beginning of a text: it waits for the next chunk, unless it is long already.
            stop = max(begin, len(data.rstrip(_READABLE)))
            if len(data) - stop > LONGEST:
                stop, going_on = len(data), True
        if begin < stop:
            for start, end in _spans(data, begin, stop):
                told += (*_unpickled(data, start, end), b"\n")
            if going_on:
                told.pop()
        held = b"" if going_on else data[max(begin, stop - _BEFORE) :]
        if told:
            yield b"".join(told).decode("ascii")


def _spans(data: bytes, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where texts are. In data without any, searching a mask for a long run skips most of it."""
    mask = data.translate(_MASK)
    while (start := mask.find(_TEXT, begin, stop)) >= 0:
        end = mask.find(_END, start, stop)
        begin = end if end >= 0 else stop
        yield start, begin


def _unpickled(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """A text on several lines where a pickle tells that one begins or ends in it: the byte of a length or of the
    next instruction may be readable too."""
    first, length = start, 0
    if start >= _BEFORE and data[start - 5] == _UNICODE:
        length = int.from_bytes(data[start - 4 : start], "little")
    elif start >= 2 and data[start - 2] == _SHORT_UNICODE:
        length = data[start - 1]
    elif start >= 1 and data[start - 1] == _SHORT_UNICODE:
        first, length = start + 1, data[start]
    if 0 < length <= end - first:
        yield from (data[first : first + length], b"\n", data[first + length : end])
    else:
        yield data[start:end]
