"""PURE: what changed between candidates, and the names made of it."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.entities import Candidate, Input, Metric, Param, Status
from jupyterlab_mlops.reproduce.differences import between, now, now_beside, title_apart


def candidate(
    params: dict[str, str] | None = None,
    metrics: dict[str, float] | None = None,
    inputs: dict[str, str] | None = None,
) -> Candidate:
    return Candidate(
        id="a" * 32,
        seq=1,
        name="n",
        experiment_id=1,
        experiment="e",
        status=Status.FINISHED,
        origin="training",
        params={name: Param(name, value) for name, value in (params or {}).items()},
        metrics={
            name: Metric(name, value, 0, 0, value, value, 1)
            for name, value in (metrics or {}).items()
        },
        inputs=tuple(Input(path, sha, 1) for path, sha in (inputs or {}).items()),
    )


@pytest.mark.parametrize(
    ("before", "after", "code_before", "code_after", "title"),
    [
        ({"lr": "0.1"}, {"lr": "0.03"}, [], [], "lr 0.1→0.03"),
        (
            {"lr": "0.1"},
            {"lr": "0.03"},
            ["m = Ridge()"],
            ["m = make(StandardScaler(), Ridge())"],
            "lr 0.1→0.03 · +StandardScaler",
        ),
        ({"C": "1", "m__C": "1"}, {"C": "2", "m__C": "2"}, [], [], "C 1→2"),
        ({"C": "1", "m__C": "2"}, {"C": "2", "m__C": "4"}, [], [], "C 1→2 · m__C 2→4"),
        ({}, {}, ["m = PCA()"], ["m = 1"], "−PCA"),
        ({"a": "1"}, {"a": "1.0"}, [], [], ""),
        ({"a": "0.123456789012"}, {"a": "0.2"}, [], [], "a 0.1235→0.2"),
        (
            {"a": "1", "b": "1", "c": "1", "d": "1"},
            {"a": "2", "b": "2", "c": "2", "d": "2"},
            [],
            [],
            "a 1→2 · b 1→2 · c 1→2 · +1 more",
        ),
        ({}, {"dropout": "0.5"}, [], [], "+dropout 0.5"),
        ({"seed": "1", "lr": "1"}, {"seed": "2", "lr": "3"}, [], [], "lr 1→3 · seed 1→2"),
        ({}, {"train_test_split.random_state": "0"}, ["f(x)"], ["f(y)"], "1 cell edited"),
        ({}, {}, ["x = 1"], ["x = 1", "y = 2"], "1 cell added"),
        ({}, {}, ["x = 1", "y = 2"], ["x = 1"], "1 cell removed"),
        ({}, {}, ["error = loss(x)"], ["error = loss(y)"], "1 cell edited"),
        ({}, {}, ["x = 1"], ["plot(history, ax)"], "1 cell added"),
        ({}, {}, ["x = 1"], ["x = 1"], ""),
        ({}, {}, ["%matplotlib inline\nx = A()"], ["not python at all ("], "−A"),
    ],
)
def test_a_candidate_is_named_by_what_changed(before, after, code_before, code_after, title):
    found = between(
        candidate(before), candidate(after), code_before=code_before, code_after=code_after
    )
    assert found.title == title


@pytest.mark.parametrize(
    ("before", "after", "code_after", "sets"),
    [
        ({"lr": "0.1"}, {"lr": "0.03"}, ["m = Ridge()"], True),
        ({}, {"dropout": "0.5"}, ["m = Ridge()"], True),
        ({}, {}, ["m = make(Scaler(), Ridge())"], True),
        ({"lr": "0.1"}, {}, ["m = Ridge()"], False),
        ({}, {}, ["m = 1"], False),
        ({}, {}, ["m = Ridge()", "x = 1"], False),
    ],
)
def test_what_is_only_gone_or_edited_sets_nothing(before, after, code_after, sets):
    found = between(
        candidate(before), candidate(after), code_before=["m = Ridge()"], code_after=code_after
    )
    assert found.sets is sets


def test_metrics_data_and_packages():
    found = between(
        candidate(metrics={"f1": 0.5, "same": 1.0}, inputs={"d.csv": "1"}),
        candidate(metrics={"f1": 0.75, "same": 1.0, "new": 3.0}, inputs={"d.csv": "2"}),
        packages_before={"numpy": "1.0"},
        packages_after={"numpy": "2.0"},
    )
    assert [(item.name, item.delta) for item in found.metrics] == [("f1", 0.25)]
    assert [(item.name, item.before, item.after) for item in found.data] == [("d.csv", "1", "2")]
    assert found.title == "data d.csv"
    assert [item.name for item in found.packages] == ["numpy"]


@pytest.mark.parametrize(
    ("executed", "cells", "summary", "count"),
    [
        (["lr = 0.1", "fit(lr)"], ["lr = 0.1", "fit(lr)"], "", 0),
        (["lr = 0.1", "fit(lr)"], ["lr = 0.3", "fit(lr)"], "lr 0.1→0.3", 1),
        (["m = Ridge(alpha=1)"], ["m = Ridge(alpha=2)"], "alpha 1→2", 1),
        (["m = Ridge()"], ["m = Lasso()"], "+Lasso · −Ridge", 1),
        (["a = 1", "b = 2"], ["a = 1"], "1 cell removed", 1),
        (["a = 1"], ["a = 1", "plot(a)"], "", 0),
        (["x = f(1)\ny = 2"], ["x = g(1)\ny = 2"], "1 cell edited", 1),
        (["fit( "], ["fit("], "", 0),
    ],
)
def test_the_notebook_now_beside_its_latest_candidate(executed, cells, summary, count):
    found = now(executed, cells)
    assert (found.summary, found.changed_cells) == (summary, count)


def test_an_edit_of_a_cell_that_only_a_candidate_beside_the_latest_was_made_from():
    load, linear, forest = "seed = 2", "C = 0.05\nfit(C)", "n = 80\ngrow(n)"
    older = ["seed = 1", linear]
    assert now_beside(older, [load, linear, forest], [load, forest]).changed_cells == 0
    found = now_beside(older, [load, "C = 1.0\nfit(C)", forest], [load, forest])
    assert (found.summary, found.changed_cells) == ("C 0.05→1.0", 1)
    assert now_beside(older, [load, forest], [load, forest]).changed_cells == 0


@pytest.mark.parametrize(
    ("settings", "title"),
    [
        ([], ""),
        ([("max_depth", "3"), ("d", "3")], "max_depth 3 · m · Tree"),
        ([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")], "a 1 · b 2 · c 3 · m · Tree"),
        ([("text", "x" * 100)], "text " + "x" * 55 + " · m · Tree"),
    ],
)
def test_one_of_several_that_a_loop_makes_is_named_by_what_tells_it_apart(settings, title):
    assert title_apart("m · Tree", settings) == title
