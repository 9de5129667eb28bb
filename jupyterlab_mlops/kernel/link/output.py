"""What the running statement prints, copied on its way to the notebook, within a limit."""

from __future__ import annotations

import sys
from typing import Any

MAX_CHARS = 400_000
"""Printed text kept of one statement. Beyond it nothing is copied, so a million lines cost nothing."""


class Output:
    """Copies writes to ``sys.stdout`` and ``sys.stderr`` while a statement runs."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._streams: list[tuple[Any, Any, Any]] = []
        self._open = False

    def install(self) -> None:
        """A cell begins: put the copying ``write`` on the two streams, over one that IPython may have put there."""
        self.remove()
        for stream in {id(one): one for one in (sys.stdout, sys.stderr)}.values():
            attributes = getattr(stream, "__dict__", None)
            if attributes is None:
                continue
            before = attributes.get("write")
            original = stream.write

            def write(text: str, original: Any = original) -> Any:
                if self._open and type(text) is str:
                    self._parts.append(text)
                    self._size += len(text)
                    if self._size > MAX_CHARS:
                        self._open = False
                        self.remove()
                return original(text)

            try:
                stream.write = write  # type: ignore[method-assign]
            except (AttributeError, TypeError):
                continue
            self._streams.append((stream, write, before))

    def remove(self) -> None:
        """The cell has ended (or printed too much): the streams are as they were."""
        for stream, write, before in self._streams:
            attributes = vars(stream)
            if attributes.get("write") is write:
                if before is None:
                    del attributes["write"]
                else:
                    attributes["write"] = before
        self._streams.clear()

    def begin(self) -> None:
        """A statement begins."""
        self._parts.clear()
        self._size = 0
        self._open = True

    def length(self) -> int:
        """Characters the statement has printed so far."""
        return self._size

    def end(self) -> str:
        """It has ended: what it printed."""
        self._open = False
        text = "".join(self._parts)
        self._parts.clear()
        return text
