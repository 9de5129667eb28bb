"""Dicts of metrics in printed lines: ``{'loss': 0.5, 'epoch': 1.0}``, also behind words. Pure."""

from __future__ import annotations

import ast
import re

from .metrics import metric_strength
from .points import TIME, Point

_WRAPPED = re.compile(r"\b(?:np\.(?:float|int)\d+|tensor)\(([^(),]*)\)")
"""A number as NumPy and torch write it in containers."""


def entries_in(line: str) -> tuple[str, str]:
    """What stands before the dict that a line ends in, and that: of ``Epoch 3 {'loss': 0.5}``; without one the line."""
    at = line.find("{") if line.endswith("}") else -1
    inside = line[at + 1 :].lstrip()[:1] if at >= 0 else ""
    return (line[:at], line[at:]) if inside in ("'", '"') or at == 0 else (line, "")


def points_of(text: str, number: int) -> list[Point]:
    """``{'loss': 0.5, 'epoch': 1.0}`` as Hugging Face's Trainer prints it, ``np.float64(0.5)`` as NumPy does."""
    try:
        entries = ast.literal_eval(_WRAPPED.sub(r"\1", text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    if not isinstance(entries, dict) or len(entries) > 200:
        return []
    step = entries.get("step")
    found = []
    for key, given in entries.items():
        value = given
        if isinstance(given, str):
            try:
                value = float(given)
            except ValueError:
                continue
        if isinstance(value, (int, float)) and not isinstance(value, bool) and isinstance(key, str):
            strength = metric_strength(key)
            if strength and not TIME.search(key.replace("_", " ")):
                at = step if isinstance(step, int) else None
                found.append(Point(key, float(value), at, number, 6, strength=strength))
    return found
