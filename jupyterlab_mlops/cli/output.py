"""What the command line prints: one JSON document, or a table that fits the terminal."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any


def document(value: Any) -> str:
    """One JSON document."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> str:
    """Columns aligned; the widest are shortened until a line fits ``width`` (the terminal when None)."""
    if not rows:
        return ""
    limit = width or shutil.get_terminal_size((120, 24)).columns
    grid = [[str(cell).replace("\n", " ") for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[column]) for row in grid) for column in range(len(head))]
    while sum(widths) + 2 * (len(widths) - 1) > limit and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    lines = [
        "  ".join(_fit(cell, space) for cell, space in zip(row, widths, strict=True))
        for row in grid
    ]
    lines.insert(1, "  ".join("-" * space for space in widths))
    return "\n".join(line.rstrip() for line in lines)


def number(value: Any) -> str:
    """A metric's value, short."""
    return f"{value:.5g}" if isinstance(value, (int, float)) else str(value)


def moment(ms: int | None) -> str:
    """A time of this store in local time."""
    if ms is None:
        return ""
    return datetime.fromtimestamp(ms / 1000, timezone.utc).astimezone().strftime("%Y-%m-%d %H:%M")


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _fit(text: str, space: int) -> str:
    if _width(text) > space:
        while _width(text) > space - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (space - _width(text))
