"""Live progress of a candidate while its block runs: a widget where ipywidgets is installed, else text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

from . import widgets
from .link.diagnostics import guarded

#: At most so often it is drawn anew (s).
EVERY_S = 0.25
#: So many of the last values of a series are kept for its curve.
KEPT = 40
_BARS = "▁▂▃▄▅▆▇█"


class Progress:
    """The metrics of one candidate as they come; ``show`` is given (text, HTML) at most four times a second."""

    def __init__(
        self,
        name: str,
        show: Callable[[str, str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._show = show
        self._clock = clock
        self._began = clock()
        self._drawn = -EVERY_S
        self._series: dict[str, list[float]] = {}
        self._counts: dict[str, int] = {}

    @guarded
    def add(self, points: Sequence[tuple[str, float, int | None]]) -> None:
        """Metric points have been logged or captured."""
        for name, value, _step in points:
            if name.startswith("system/"):
                continue
            values = self._series.setdefault(name, [])
            values.append(float(value))
            del values[:-KEPT]
            self._counts[name] = self._counts.get(name, 0) + 1
        if self._clock() - self._drawn >= EVERY_S:
            self.draw("running")

    @guarded
    def draw(self, status: str) -> None:
        """Show how it stands."""
        self._drawn = self._clock()
        seconds = self._drawn - self._began
        head = f"{self._name}: {status}, {seconds:.0f} s"
        rows = [
            (
                name,
                f"{values[-1]:.4g}",
                curve(values) if len(values) > 1 else "",
                self._counts[name],
            )
            for name, values in self._series.items()
        ]
        width = max((len(row[0]) for row in rows), default=0)
        text = "\n".join(
            [head, *(f"  {name:<{width}}  {last:>10}  {line}" for name, last, line, _ in rows)]
        )
        body = "".join(
            f"<tr><td>{escape(name)}</td><td>{last}</td><td>{line}</td><td>{count}</td></tr>"
            for name, last, line, count in rows
        )
        self._show(text, f"<b>{escape(head)}</b><table>{body}</table>")


def curve(values: Sequence[float]) -> str:
    """Values as a line of bars; what is not finite is a gap. Pure."""
    finite = [value for value in values if value - value == 0.0]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = (high - low) or 1.0
    return "".join(
        _BARS[int((value - low) / span * (len(_BARS) - 1))] if value - value == 0.0 else " "
        for value in values
    )


@contextmanager
def shown(journal: Any, candidate_id: str, name: str) -> Iterator[Progress]:
    """Show what is logged and captured of a candidate while the block runs."""
    # A widget library that is broken must not fail the cell.
    show: Any = guarded(widgets.display)()
    progress = Progress(name, show if show is not None else lambda _text, _html: None)
    original = journal.metrics

    def metrics(
        candidate: str | None,
        points: list[tuple[str, float, int | None]],
        msg_id: str | None,
        source: str = "logged",
    ) -> int:
        number: int = original(candidate, points, msg_id, source)
        if candidate == candidate_id:
            progress.add(points)
        return number

    journal.metrics = metrics
    progress.draw("running")
    try:
        yield progress
    finally:
        journal.metrics = original
