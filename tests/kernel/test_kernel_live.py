"""Metrics shown below the cell while a candidate's block runs."""

from __future__ import annotations

from jupyterlab_mlops.kernel.live import KEPT, Progress, curve


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_curve_is_a_bar_a_value():
    assert curve([0, 1, 2, 3.5, 7]) == "▁▂▃▄█"
    assert curve([2, 2]) == "▁▁"
    assert curve([1, float("nan"), 2]) == "▁ █"
    assert curve([float("inf")]) == " "


def test_it_is_drawn_at_most_four_times_a_second():
    clock, drawn = Clock(), []
    progress = Progress("mine", lambda text, _html: drawn.append(text), clock=clock)
    for step in range(100):
        clock.now += 0.01
        progress.add([("loss", 1 / (step + 1), step), ("system/cpu", 99.0, step)])
    assert len(drawn) == 4
    progress.draw("finished")
    assert drawn[-1].splitlines()[0] == "mine: finished, 1 s"
    assert "loss" in drawn[-1]
    assert "0.01" in drawn[-1]
    assert "system" not in drawn[-1]
    assert len(drawn[-1].split()[-1]) == KEPT


def test_names_cannot_be_markup():
    shown = []
    Progress("<b>", lambda _text, html: shown.append(html)).add([("<i>", 1.0, None)])
    assert "&lt;b&gt;" in shown[0]
    assert "&lt;i&gt;" in shown[0]
