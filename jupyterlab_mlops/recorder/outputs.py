"""PURE: the outputs of one execution as nbformat keeps them, bounded in memory whatever a cell prints.

A cell keeps its first bytes (head) and its last (tail); what lies between is counted and hashed. Terminal
control (carriage return, backspace), ``clear_output`` and display updates are applied as they arrive: a
progress bar costs one line, and fifty thousand updates cost one display.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from dataclasses import dataclass
from itertools import product
from typing import Any

from .spans import Raw, members

#: A message whose content is larger is not kept whole: of text its start and end are.
PARSE_LIMIT_BYTES = 4 << 20
#: A display whose content is larger is cut out of its message and kept as it is: parsing would hold the interpreter.
RAW_BYTES = 256 << 10
#: How much of an unparsed stream message is kept from its start and from its end.
EXCERPT_BYTES = 64 << 10
#: The share of a cell's allowance that is kept for its last outputs, and the grain of forgetting there.
TAIL_SHARE = 0.25
TAIL_GRAIN_BYTES = 4096
#: Media types of results that people come back to: they count against the run's allowance alone.
FIGURE_TYPES = (
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "application/vnd.plotly.v1+json",
    "application/vnd.vegalite.v5+json",
    "application/vnd.vegalite.v4+json",
    "application/vnd.vega.v5+json",
)

#: An nbformat output; a large one as its JSON.
Output = dict[str, Any] | Raw


@dataclass(slots=True)
class Allowance:
    """What a notebook run may still keep (bytes), shared by its executions."""

    remaining: int


class Outputs:
    """Collects the outputs of one execution.

    ``total_bytes`` counts all that arrived, ``dropped_bytes`` what is not kept; ``changed`` says that
    something arrived since :meth:`to_list`.
    """

    def __init__(self, cell_bytes: int, allowance: Allowance) -> None:
        self._tail_limit = int(cell_bytes * TAIL_SHARE)
        self._head_left = cell_bytes - self._tail_limit
        self._allowance = allowance
        self._head: list[_Text | _Display] = []
        self._tail: deque[_Text | _Display] = deque()
        self._tail_bytes = 0
        self._displays: dict[str, _Display] = {}
        self._clear_next = False
        self._hash = hashlib.sha256()
        self.dropped_bytes = 0
        self.total_bytes = 0
        self.changed = False

    def add(self, kind: str, content: bytes, size: int = 0, digest: bytes = b"") -> str | None:
        """Apply an iopub message of type ``kind``; returns its display id where it has one.

        Of a message above :data:`PARSE_LIMIT_BYTES`, ``content`` is only its start and end (see
        :func:`excerpt`), ``size`` its true size and ``digest`` the hash of all of it.
        """
        size = size or len(content)
        self.total_bytes += size
        self.changed = True
        if kind == "clear_output":
            self._clear_next = bool(json.loads(content).get("wait"))
            if not self._clear_next:
                self._clear()
            return None
        if self._clear_next:
            self._clear()
        if kind == "stream":
            if size > len(content):
                self._drop(digest, size - len(content))
            self._add_text(*_stream_text(content, size))
            return None
        if size > len(content):
            self._drop(digest, size)
            self._place(_Display(_note(f"<{kind} of {size} bytes is not kept>"), 80))
            return None
        output, display_id = read_display(kind, content)
        display = _Display(output, len(content), _is_figure(output))
        if display_id is not None:
            self._displays[display_id] = display
        self._place(display)
        return display_id

    def update_display(self, display_id: str, content: bytes) -> None:
        """Replace what a display of ours shows, if it is still kept."""
        self.total_bytes += len(content)
        display = self._displays.get(display_id)
        if display is not None:
            self.changed = True
            display.output, _ = read_display(display.kind, content)

    def to_list(self) -> list[Output]:
        """The outputs as nbformat has them, with a note (size, hash) where some are left out."""
        self.changed = False
        items: list[Output] = [item.as_output() for item in self._head]
        if self.dropped_bytes:
            text = f"\n<{self.dropped_bytes} bytes left out, sha256 {self._hash.hexdigest()}>\n"
            items.append({"output_type": "stream", "name": "stderr", "text": text})
        items += [item.as_output() for item in self._tail]
        return _merged(items)

    # -- keeping ---------------------------------------------------------------------------------

    def _add_text(self, name: str, text: str) -> None:
        if not self._tail:
            room = min(self._head_left, self._allowance.remaining)
            last = self._head[-1] if self._head else None
            if not isinstance(last, _Text) or last.name != name:
                last = _Text(name)
                if room > 0:
                    self._head.append(last)
            if room > 0:
                before = last.size
                text = last.write(text, room)
                self._charge(last.size - before)
        while text:
            end = self._tail[-1] if self._tail else None
            if not isinstance(end, _Text) or end.name != name or end.size >= TAIL_GRAIN_BYTES:
                end = _Text(name)
                self._tail.append(end)
            before = end.size
            if len(text) > self._tail_limit:
                self._drop(text[: -self._tail_limit or None].encode("utf-8", "replace"))
                text = text[-self._tail_limit :] if self._tail_limit else ""
            text = end.write(text, max(TAIL_GRAIN_BYTES - end.size, 1))
            self._tail_bytes += end.size - before
            self._trim_tail()

    def _place(self, display: _Display) -> None:
        room = self._allowance.remaining
        if display.size <= room and (
            display.figure or (not self._tail and display.size <= self._head_left)
        ):
            if display.figure:
                self._allowance.remaining -= display.size
            else:
                self._charge(display.size)
            if not self._tail:
                self._head.append(display)
                return
            display.size = 0  # kept in the tail's order, charged to the run
        self._tail.append(display)
        self._tail_bytes += display.size
        self._trim_tail()

    def _charge(self, size: int) -> None:
        self._head_left -= size
        self._allowance.remaining -= size

    def _trim_tail(self) -> None:
        kept: list[_Text | _Display] = []
        while self._tail and self._tail_bytes > self._tail_limit:
            item = self._tail.popleft()
            if item.size == 0 and isinstance(item, _Display):
                kept.append(item)  # a figure: the run's allowance pays for it
                continue
            self._tail_bytes -= item.size
            self._drop(output_json(item.as_output()))
            if isinstance(item, _Display):
                self._displays = {k: v for k, v in self._displays.items() if v is not item}
        self._tail.extendleft(reversed(kept))

    def _drop(self, data: bytes, size: int = 0) -> None:
        self._hash.update(data)
        self.dropped_bytes += size or len(data)

    def _clear(self) -> None:
        self._clear_next = False
        self._charge(-sum(item.size for item in self._head))
        self._head.clear()
        self._tail.clear()
        self._displays.clear()
        self._tail_bytes = 0


class _Display:
    """An output that is replaced as a whole. ``size``: bytes charged for it."""

    def __init__(self, output: Output, size: int, figure: bool = False) -> None:
        self.output = output
        self.size = size
        self.figure = figure

    @property
    def kind(self) -> str:
        """The type of the output."""
        if isinstance(self.output, Raw):
            return "execute_result" if b'"execute_result"' in self.output[:40] else "display_data"
        return str(self.output["output_type"])

    def as_output(self) -> Output:
        return self.output


class _Text:
    """Text of one stream: finished lines, and the line that carriage returns still overwrite."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._done: list[str] = []
        self._done_size = 0
        self._line = ""
        self._column: int | None = None  # None: at the end of the line

    @property
    def size(self) -> int:
        return self._done_size + len(self._line)

    def write(self, text: str, room: int) -> str:
        """Apply ``text`` until about ``room`` characters are used; returns the rest."""
        if "\r" not in text and "\b" not in text and self._column is None:
            text, rest = text[:room], text[room:]
            head, newline, line = text.rpartition("\n")
            if newline:
                self._finish(self._line + head + newline)
                self._line = line
            else:
                self._line += text
            return rest
        used = self.size
        lines = text.split("\n")
        for number, part in enumerate(lines):
            if self.size - used > room:
                return "\n".join(lines[number:])
            self._overwrite(part)
            if number < len(lines) - 1:
                self._finish(self._line + "\n")
                self._line, self._column = "", None
        return ""

    def _finish(self, text: str) -> None:
        self._done.append(text)
        self._done_size += len(text)

    def _overwrite(self, part: str) -> None:
        for piece in re.split(r"([\r\b])", part):
            at = len(self._line) if self._column is None else self._column
            if piece == "\r":
                self._column = 0
            elif piece == "\b":
                self._column = max(0, at - 1)
            elif piece:
                self._line = self._line[:at] + piece + self._line[at + len(piece) :]
                end = at + len(piece)
                self._column = None if end == len(self._line) else end

    def as_output(self) -> Output:
        text = "".join(self._done) + self._line
        return {"output_type": "stream", "name": self.name, "text": text}


def _merged(items: list[Output]) -> list[Output]:
    """Join neighbouring pieces of one stream; leave out empty ones."""
    merged: list[Output] = []
    for item in items:
        if not isinstance(item, Raw) and item["output_type"] == "stream":
            if not item["text"]:
                continue
            last = merged[-1] if merged else None
            if isinstance(last, dict) and last.get("name") == item["name"]:
                last["text"] += item["text"]
                continue
        merged.append(item)
    return merged


def read_display(kind: str, content: bytes) -> tuple[Output, str | None]:
    """The nbformat output in the content of a message, and its display id where it has one.

    Raises:
        ValueError: the content is not JSON.
    """
    if len(content) <= RAW_BYTES:
        body = json.loads(content)
        display_id = (body.get("transient") or {}).get("display_id")
        return _as_output(kind, body), display_id if isinstance(display_id, str) else None
    parts = {key: content[start:end] for key, start, end in members(content)}
    display_id = json.loads(parts.pop("transient", b"{}") or b"{}").get("display_id")
    parts["output_type"] = json.dumps(kind).encode()
    wanted = ["output_type", "data", "metadata"]
    if kind == "error":
        wanted = ["output_type", "ename", "evalue", "traceback"]
    elif kind == "execute_result":
        wanted.append("execution_count")
    text = b", ".join(b'"%s": %s' % (key.encode(), parts.get(key, b"{}")) for key in wanted)
    return Raw(b"{" + text + b"}"), display_id if isinstance(display_id, str) else None


def _is_figure(output: Output) -> bool:
    if isinstance(output, Raw):
        return any(output.find(f'"{mime}"'.encode()) >= 0 for mime in FIGURE_TYPES)
    return any(mime in FIGURE_TYPES for mime in output.get("data", ()))


def output_json(output: Output) -> bytes:
    """An output as JSON."""
    if isinstance(output, Raw):
        return output
    return json.dumps(output, ensure_ascii=False).encode("utf-8", "replace")


def _as_output(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """An iopub content as an nbformat output."""
    if kind == "error":
        keys = ("ename", "evalue", "traceback")
        return {"output_type": "error", **{key: body.get(key, "") for key in keys}}
    output: dict[str, Any] = {
        "output_type": kind,
        "data": body.get("data", {}),
        "metadata": body.get("metadata", {}),
    }
    if kind == "execute_result":
        output["execution_count"] = body.get("execution_count")
    return output


def _note(text: str) -> Output:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}


def excerpt(content: memoryview) -> bytes:
    """The start and the end of a content too large to be parsed."""
    return bytes(content[:EXCERPT_BYTES]) + bytes(content[-EXCERPT_BYTES:])


def _stream_text(content: bytes, size: int) -> tuple[str, str]:
    """Name and text of a stream message; of an excerpt of one, its start and its end."""
    if size == len(content):
        body = json.loads(content)
        return str(body.get("name", "stdout")), str(body.get("text", ""))
    start, end = content[:EXCERPT_BYTES], content[EXCERPT_BYTES:]
    name = "stderr" if b'"stderr"' in start[:200] or b'"stderr"' in end[-200:] else "stdout"
    opening = re.search(rb'"text":\s*"', start)
    first = start[opening.end() if opening else 0 :]
    last = end[: max(end.rfind(b'"}'), end.rfind(b'",'), 0) or len(end)]
    return name, f"{_unescaped(first)}\n<{size - len(content)} bytes left out>\n{_unescaped(last)}"


def _unescaped(piece: bytes) -> str:
    """Decode a piece cut from inside a JSON string; broken escapes at its ends are dropped."""
    text = piece.decode("utf-8", "ignore")
    for start, end in product(range(7), range(7)):  # no escape is longer than \\u0000
        try:
            return str(json.loads(f'"{text[start : len(text) - end]}"', strict=False))
        except json.JSONDecodeError:
            continue
    return ""
