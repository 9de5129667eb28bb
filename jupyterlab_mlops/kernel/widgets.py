"""The same as live widgets, where ipywidgets is installed in the kernel. Never required."""

from __future__ import annotations

from collections.abc import Callable
from importlib import util
from typing import Any

from .tables import Comparison, html_table


def available() -> bool:
    """Whether ipywidgets can be imported."""
    return util.find_spec("ipywidgets") is not None


def display() -> Callable[[str, str], None]:
    """A function that shows (text, HTML) in one place of the cell's output: the last one stays."""
    from IPython import display as ipython

    show: Callable[..., Any] = ipython.display

    if available():
        import ipywidgets

        box = ipywidgets.HTML()
        show(box)

        def fill(_text: str, html: str) -> None:
            box.value = html

        return fill
    handle = show({"text/plain": ""}, raw=True, display_id=True)

    def update(text: str, _html: str) -> None:
        handle.update({"text/plain": text}, raw=True)

    return update


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
