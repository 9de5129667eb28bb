"""What the running statement prints, copied on its way to the notebook, within a limit."""

from __future__ import annotations

import sys
from typing import Any

MAX_CHARS = 400_000
"""Printed text kept of one statement. Beyond it nothing is copied, so a million lines cost nothing."""

MAX_DRAWN = 500
"""Texts in figures that are kept of one statement: more are a map's or a graph's, and none of them a metric's."""
DRAWN = "\x1f"
"""What a line begins with that was written into a figure. It counts as a space."""


class Output:
    """Copies writes to ``sys.stdout`` and ``sys.stderr`` while a statement runs."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._drawn = 0
        self._streams: list[tuple[Any, Any, Any]] = []
        self._open = False
        self._line = -1
        """The part with which a line of ``sys.stdout`` begins that is not over yet; -1 if there is none."""

    def install(self) -> None:
        """A cell begins: put the copying ``write`` on the two streams, over one that IPython may have put there."""
        self.remove()
        for stream in {id(one): one for one in (sys.stdout, sys.stderr)}.values():
            attributes = getattr(stream, "__dict__", None)
            if attributes is None:
                continue
            before = attributes.get("write")
            original = stream.write

            keep = self._printed if stream is sys.stdout else self._put

            def write(text: str, original: Any = original, keep: Any = keep) -> Any:
                if self._open and type(text) is str:
                    keep(text)
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

    def _printed(self, text: str) -> None:
        """A text for ``sys.stdout``."""
        parts = self._parts
        if text[-1:] == "\n":
            self._line = -1
        elif self._line < 0 and text:
            whole, newline, rest = text.rpartition("\n")
            if newline:
                parts.append(f"{whole}\n")
                text = rest
            self._line = len(parts)
        parts.append(text)

    def _put(self, text: str) -> None:
        """A text for ``sys.stderr``, or from a figure: before a line that is not over yet, which a warning must not cut in two
        (``print(f"loss {loss:.3f}", end="")``)."""
        if self._line < 0 or not text:
            self._parts.append(text)
            return
        if text[-1] != "\n":
            text += "\n"
            self._size += 1
        self._parts.insert(self._line, text)
        self._line += 1

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
        self._size = self._drawn = 0
        self._line = -1
        self._open = True

    @property
    def draws(self) -> bool:
        """Whether :meth:`draw` keeps what it is given."""
        return self._open and self._drawn < MAX_DRAWN

    def draw(self, text: str) -> None:
        """The statement has written this into a figure: lines of their own, each marked as such."""
        if self.draws:
            self._drawn += 1
            lines = "".join(f"{DRAWN}{line}\n" for line in text.split("\n"))
            if self._line < 0 and self._parts and self._parts[-1][-1:] != "\n":
                lines = f"\n{lines}"  # behind the bar of a loop
            self._put(lines)
            self._size += len(lines)

    def length(self) -> int:
        """Characters the statement has printed so far, and written into figures."""
        return self._size

    def end(self) -> str:
        """It has ended: what it printed, and wrote into figures (lines that begin with ``DRAWN``)."""
        self._open = False
        text = "".join(self._parts)
        self._parts.clear()
        return text
