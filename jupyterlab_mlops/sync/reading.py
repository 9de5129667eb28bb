"""Read files of any size as the secret gate needs them: text in overlapping windows, with constant memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

#: A file is text unless its beginning has a NUL in it, as a NUL is in nearly all binary formats.
HEAD_BYTES = 8192
#: What may lie across the end of a window (characters): a private key with its lines is the longest secret.
OVERLAP = 9_000
#: What stands before a secret and tells that it is one (characters).
CONTEXT = 300
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def is_text(head: bytes) -> bool:
    """Whether a file that begins like this is text to read."""
    return b"\0" not in head or head.startswith(tuple(mark for mark, _ in _BOMS))


def encoding_of(head: bytes) -> str:
    """How a text that begins like this is read: other encodings than UTF-16 leave what is ASCII in place."""
    return next((name for mark, name in _BOMS if head.startswith(mark)), "utf-8")


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Text from bytes. What is not UTF-8 becomes surrogates, which :func:`encoded` turns back."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is None:
            decoder = codecs.getincrementaldecoder(encoding_of(chunk))("surrogateescape")
        yield decoder.decode(chunk)
    if decoder is not None:
        yield decoder.decode(b"", final=True)


def encoded(text: str) -> bytes:
    """The bytes of a text that :func:`decoded` read, as UTF-8."""
    return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a text: what begins at ``first`` or later and before ``end`` belongs to it (positions in
    ``text``); the rest is there to be read along. ``line``: the number of lines before it."""

    text: str
    first: int
    end: int
    line: int


def windows(texts: Iterable[str]) -> Iterator[Window]:
    """A text that comes in pieces as windows, so that everything is whole in the one that it belongs to."""
    text, first, line = "", 0, 0
    for piece in texts:
        text += piece
        end = len(text) - OVERLAP
        if end <= first:
            continue
        yield Window(text, first, end, line)
        cut = max(0, end - CONTEXT)
        line += text.count("\n", 0, cut)
        text, first = text[cut:], end - cut
    if text:
        yield Window(text, first, len(text), line)


def replaced_stream(texts: Iterable[str], values: Mapping[str, str]) -> Iterator[str]:
    """A text that comes in pieces with some values replaced, wherever it is cut.

    A value that is part of another is replaced after it.
    """
    longest = max(map(len, values), default=1)
    order = sorted(values, key=len, reverse=True)
    held = ""
    for piece in texts:
        held += piece
        for value in order:
            held = held.replace(value, values[value])
        ready = max(0, len(held) - longest + 1)
        yield held[:ready]
        held = held[ready:]
    yield held
