"""The same as live widgets, where ipywidgets is installed in the kernel. Never required."""

from __future__ import annotations

from importlib import util
from typing import Any

from .tables import Comparison, html_table


def available() -> bool:
    """Whether ipywidgets can be imported."""
    return util.find_spec("ipywidgets") is not None


def comparison(found: Comparison) -> Any:
    """A widget with a *differences only* switch over the table; None without ipywidgets."""
    if not found.rows or not available():
        return None
    import ipywidgets

    table = ipywidgets.HTML()
    switch = ipywidgets.Checkbox(value=True, description="Differences only", indent=False)

    def render(_change: Any = None) -> None:
        head = ["", *(str(row["name"]) for row in found.rows)]
        body = [
            [f"{group[:-1]} {key}", *values]
            for group, key, values in found.differences(only=switch.value)
        ]
        table.value = html_table(head, body)

    switch.observe(render, names="value")
    render()
    return ipywidgets.VBox([switch, table])


class Progress:
    """Live progress of a loop: the step and the last value of each metric; text where there are no widgets."""

    def __init__(self, total: int | None = None, title: str = "") -> None:
        self.total = total
        self.title = title
        self.step = 0
        self.values: dict[str, float] = {}
        self._bar: Any = None
        self._label: Any = None

    def show(self) -> None:
        """Display it in the cell's output."""
        if not available():
            return
        import ipywidgets
        from IPython.display import display

        self._bar = ipywidgets.IntProgress(max=self.total or 1, description=self.title[:30])
        self._label = ipywidgets.HTML()
        display(ipywidgets.HBox([self._bar, self._label]))  # type: ignore[no-untyped-call]

    def update(self, step: int | None = None, **values: float) -> None:
        """One step further, or at ``step``; ``values`` are shown beside it."""
        self.step = self.step + 1 if step is None else step
        self.values.update(values)
        if self._bar is not None:
            self._bar.max = max(self.total or 0, self.step, 1)
            self._bar.value = self.step
            self._label.value = (
                html_table(list(self.values), [[f"{v:.6g}" for v in self.values.values()]])
                if values
                else ""
            )

    def __repr__(self) -> str:
        shown = "  ".join(f"{name} {value:.6g}" for name, value in self.values.items())
        return f"{self.title} {self.step}/{self.total or '?'}  {shown}".strip()
