"""PURE: cells that would get in the way if a notebook were run from top to bottom."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.reproduce.between import Ran, between, bound, loaded
from jupyterlab_mlops.reproduce.score import Facts, Step, score

CELLS = {0: "x = load()", 1: "x = clean(x)", 2: "model = fit(x)"}


def ran(*items: str) -> list[Ran]:
    """``0`` is the execution of cell 0; ``*0`` one that the candidate depends on."""
    return [Ran(int(item[-1]), CELLS[int(item[-1])], item.startswith("*")) for item in items]


@pytest.mark.parametrize(
    ("executed", "found"),
    [
        (ran("*0", "*1", "*2"), []),
        (ran("*0", "*2"), [(1, ("x",))]),  # cell 1 was run later, or never
        (ran("1", "*0", "*2"), [(1, ("x",))]),  # cell 1 was run before
        (ran("*0", "1", "*2"), []),  # it ran in between and did not matter
        (ran("*2"), []),
        ([], []),
    ],
)
def test_cells_on_the_way(executed, found):
    assert between(executed, CELLS) == found


def test_a_cell_that_changes_nothing_of_interest_is_no_hindrance():
    assert between(ran("*0", "*2"), {**CELLS, 1: "plot(x); y = 1; import x as z"}) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b = 1", {"a", "b"}),
        ("(a, [b, *c]) = d", {"a", "b", "c"}),
        ("a += 1", {"a"}),
        ("a.b.c = 1; d[0] = 2", {"a", "d"}),
        ("for i in r: pass", {"i"}),
        ("with open(p) as f: pass", {"f"}),
        ("def f(x):\n  y = 1", {"f"}),
        ("class C:\n  y = 1", {"C"}),
        ("[x for x in y]", set()),
        ("import a, b.c", set()),
        ("%time a = 1\nb = 2", {"b"}),
        ("not python at all (", set()),
    ],
)
def test_what_a_cell_binds(source, names):
    assert bound(source) == names


def test_what_a_cell_reads():
    assert loaded("a = f(b)\ndef g(): return c") == {"f", "b", "c"}


def test_the_score_names_the_cell_in_between():
    steps = [Step("In [1]", "current", 0), Step("In [2]", "current", 2)]
    found = score(Facts(steps, between=[("cell 2", ("x",))]))
    (reason,) = [item for item in found.reasons if item.name == "order"]
    assert reason.points == 0
    assert (
        reason.message == "Cells ran out of order: from top to bottom cell 2 changes x in between."
    )
