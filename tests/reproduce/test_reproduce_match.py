"""Whether a run again matched, and why perhaps not: facts only."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.entities import Candidate, Input, Metric, Param, Status
from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.reproduce import match
from jupyterlab_mlops.reproduce.match import Side
from jupyterlab_mlops.reproduce.parameters import inject
from jupyterlab_mlops.reproduce.rebind import literals, parameters_of, with_parameters


def candidate(id: str = "a", **changes: Any) -> Candidate:
    metrics = {
        name: Metric(name, value, 0, 1, value, value, 1)
        for name, value in changes.pop("metrics", {}).items()
    }
    made = Candidate(
        id=id, seq=1, name=id, experiment_id=1, experiment="e", status=Status.FINISHED,
        origin="training", variable="clf", model_class="SVC", metrics=metrics,
    )  # fmt: skip
    return replace(made, **changes)


def report(before: dict[str, float], after: dict[str, float] | None, **more: Any) -> match.Report:
    rerun = None if after is None else Side(candidate("b", metrics=after))
    return match.match(Side(candidate(metrics=before)), rerun, **more)


@pytest.mark.parametrize(
    ("before", "after", "more", "verdict"),
    [
        ({"accuracy": 0.9}, {"accuracy": 0.9}, {}, "matched"),
        ({"accuracy": 0.9}, {"accuracy": 0.9 + 1e-9}, {}, "matched"),
        ({"accuracy": 0.9}, {"accuracy": 0.91}, {}, "not matched"),
        ({"accuracy": 0.9}, {"accuracy": 0.91}, {"tolerances": {"accuracy": 0.02}}, "matched"),
        ({"accuracy": 0.9}, {"accuracy": 0.91}, {"tolerances": {"*": 0.02}}, "matched"),
        ({"a": 0.9, "b": 1}, {"a": 0.91, "b": 1}, {"tolerances": {"b": 1.0}}, "not matched"),
        ({"accuracy": 0.9}, {}, {}, "not matched"),
        ({"accuracy": 0.9}, None, {}, "not matched"),
        ({"loss": math.nan}, {"loss": math.nan}, {}, "matched"),
        ({"loss": math.inf}, {"loss": math.inf}, {}, "matched"),
        ({"loss": math.inf}, {"loss": 3}, {"tolerances": {"*": 1e300}}, "not matched"),
        ({}, {}, {}, "inconclusive"),
        ({}, {"accuracy": 0.9}, {}, "inconclusive"),
        ({"fit_time": 3.0}, {"fit_time": 4.0}, {}, "inconclusive"),
        ({"system/cpu": 3.0, "f1": 1.0}, {"system/cpu": 9.0, "f1": 1.0}, {}, "matched"),
        ({"accuracy": 0.9}, {"accuracy": 0.9}, {"failure": "ValueError: x"}, "not matched"),
        ({"accuracy": 0.9}, {"accuracy": 0.9}, {"parameters": {"C": 1}}, "changed parameters"),
    ],
)
def test_verdicts(
    before: dict[str, float], after: dict[str, float] | None, more: Any, verdict: str
) -> None:
    found = report(before, after, **more)
    assert found.verdict == verdict
    assert found.verifies == (verdict == "matched")


def test_an_original_that_failed_has_no_result_to_match() -> None:
    original = candidate(metrics={"f1": 1.0}, status=Status.FAILED)
    found = match.match(Side(original), Side(candidate("b", metrics={"f1": 1.0})))
    assert found.verdict == "inconclusive"


def test_causes_are_the_facts_that_differ() -> None:
    reasons = [
        {"name": "order", "points": 0, "of": 20, "message": "Cells ran out of order."},
        {"name": "cells", "points": 30, "of": 30, "message": "fine"},
        {"name": "seeds", "points": 0, "of": 5, "message": "No random seed was seen."},
    ]
    before = candidate(
        metrics={"f1": 1.0},
        inputs=(Input("data.csv", "a" * 64, 1),),
        params={"C": Param("C", "1")},
        details={"score_reasons": reasons, "git": {"commit": "1" * 40}},
    )
    after = candidate(
        "b",
        metrics={"f1": 0.5},
        inputs=(Input("data.csv", "b" * 64, 1),),
        params={"C": Param("C", "2")},
        details={"git": {"commit": "2" * 40}},
    )
    found = match.match(
        Side(before, {"numpy": "1"}, ["a"]), Side(after, {"numpy": "2", "scipy": "3"}, ["b"])
    )
    assert [cause.kind for cause in found.causes] == [
        "order", "data", "packages", "params", "code", "repository", "seeds",
    ]  # fmt: skip
    assert "numpy 1→2, scipy absent→3" in found.causes[2].message


LOCK = "# Python 3.11\nnumpy==2.1.0\nscikit_learn==1.5.0\n"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (LOCK, None),
        (LOCK.replace("scikit_learn", "Scikit-Learn"), None),
        (LOCK.replace("2.1.0", "2.2.0"), "installed: numpy 2.1.0→2.2.0."),
        (LOCK.replace("numpy==2.1.0\n", ""), "installed: numpy 2.1.0→absent."),
        (LOCK + "xgboost==3.0\n", "installed: xgboost absent→3.0."),
        (LOCK.replace("1.5.0", "1.6.0"), "installed: scikit-learn 1.5.0→1.6.0."),
    ],
)
def test_packages_that_changed_are_a_cause(now: str, words: str | None) -> None:
    before = Side(candidate(metrics={"f1": 1.0}), match.packages_of(LOCK))
    after = Side(candidate("b", metrics={"f1": 0.5}), match.packages_of(now))
    found = [each for each in match.match(before, after).causes if each.kind == "packages"]
    assert [words in each.message for each in found] == ([True] if words else [])


def test_what_matched_needs_no_cause() -> None:
    assert report({"f1": 1.0}, {"f1": 1.0}).causes == ()


@given(st.floats(), st.floats())
def test_sameness_is_symmetric_and_everything_is_itself(a: float, b: float) -> None:
    assert match.same(a, a)
    assert match.same(a, b) == match.same(b, a)


@given(
    st.dictionaries(st.text(max_size=8), st.floats()),
    st.dictionaries(st.text(max_size=8), st.floats()),
)
def test_every_metric_of_either_is_in_the_report_once(
    before: dict[str, float], after: dict[str, float]
) -> None:
    found = report(before, after)
    assert [each.name for each in found.metrics] == sorted(before.keys() | after.keys())
    document = found.to_json()
    assert all(
        isinstance(row[key], (float, str, type(None))) and row[key] == row[key]
        for row in document["metrics"]
        for key in ("original", "rerun")
    )


def test_candidates_are_paired_by_what_tells_them_apart() -> None:
    originals = [
        candidate("lr", variable="lr", model_class="LogisticRegression"),
        candidate("rf", variable="rf", model_class="RandomForestClassifier"),
        candidate("loop1", variable="m", model_class="SVC", cell_index=4),
        candidate("loop2", variable="m", model_class="SVC", cell_index=4),
    ]
    reruns = [replace(each, id=f"again-{each.id}") for each in reversed(originals)]
    pairs = match.pair(originals, reruns)
    assert pairs["again-lr"] == "lr"
    assert pairs["again-rf"] == "rf"
    assert {pairs["again-loop1"], pairs["again-loop2"]} == {"loop1", "loop2"}
    assert match.pair(originals, []) == {}


def test_a_grid_is_every_combination_within_reason() -> None:
    assert match.grid({"a": [1, 2], "b": ["x"]}) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]
    with pytest.raises(InvalidValue, match="no values"):
        match.grid({"a": []})
    with pytest.raises(InvalidValue, match="10000 combinations"):
        match.grid({"a": range(100), "b": range(100)})


def test_locks_are_read() -> None:
    assert match.packages_of("# Python 3.11\nNumPy==2.1\npip @ file:///x\n") == {"numpy": "2.1"}


def notebook(*sources: str, tags: list[str] | None = None) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources
    ]
    if tags:
        cells[0]["metadata"] = {"tags": tags}
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize(
    ("source", "values", "changed"),
    [
        ("lr = 0.1", {"lr": 0.3}, "lr = 0.3"),
        ("lr = 0.1  # rate\nx = f(lr)", {"lr": 1}, "lr = 1  # rate\nx = f(lr)"),
        ("%matplotlib inline\nlr = -1", {"lr": 2}, "%matplotlib inline\nlr = 2"),
        ("é = 'ü'; lr = 3", {"lr": "a'b"}, "é = 'ü'; lr = \"a'b\""),
        ("layers = [\n  1,\n  2,\n]\ny = 0", {"layers": [3]}, "layers = [3]\ny = 0"),
        ("lr: float = 0.1", {"lr": 0.2}, "lr: float = 0.2"),
        ("lr = 1\nlr = 2", {"lr": 3}, "lr = 3\nlr = 3"),
    ],
)
def test_literals_are_replaced_where_they_stand(
    source: str, values: dict[str, Any], changed: str
) -> None:
    document = notebook(source)
    made, left = with_parameters(document, values)
    assert made["cells"][0]["source"] == changed
    assert left == {}
    assert document["cells"][0]["source"] == source


def test_a_name_that_is_no_literal_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidValue, match=r"'model'.*those it binds: C, lr"):
        with_parameters(notebook("lr = 1\nC = 2\nmodel = fit()"), {"model": 3})


def test_a_tagged_cell_gets_its_parameters_by_a_cell() -> None:
    document = notebook("lr = 1", tags=["parameters"])
    made, left = with_parameters(document, {"lr": 2, "other": 3})
    assert (made["cells"][0]["source"], left) == ("lr = 1", {"lr": 2, "other": 3})


@given(st.text())
def test_any_text_is_looked_through(source: str) -> None:
    assert isinstance(literals(source), list)


def tagged(name: str, text: str) -> tuple[str, str, bool]:
    return name, text, True


@pytest.mark.parametrize(
    ("sources", "tags", "known"),
    [
        (["lr = 0.1", "name = 'a'\nk, m = 1, [2]"], None,
         [("lr", "0.1", False), ("name", "a", False), ("k", "1", False), ("m", "[2]", False)]),
        (["lr = 1", "lr = 2"], None, [("lr", "2", False)]),
        (["x = 1", "lr = 5"], ["parameters"], [tagged("x", "1"), ("lr", "5", False)]),
        (["model = fit()", "data = {1, 2}", "print(1)"], None, []),
    ],
)  # fmt: skip
def test_what_a_notebook_can_be_given(
    sources: list[str], tags: list[str] | None, known: list[tuple[str, str, bool]]
) -> None:
    found = parameters_of(notebook(*sources, tags=tags))
    assert [(each.name, each.text, each.tagged) for each in found] == known


def test_what_an_earlier_run_was_given_is_given_again() -> None:
    first, left = with_parameters(notebook("lr = 1\nn = 2", tags=["parameters"]), {"lr": 5})
    ran = inject(first, left)
    assert [(each.name, each.text) for each in parameters_of(ran)] == [("lr", "5"), ("n", "2")]
    assert with_parameters(ran, {"n": 3})[1] == {"lr": 5, "n": 3}


def test_names_outside_the_tagged_cell_are_replaced_and_lists_stay_tuples() -> None:
    document = notebook("lr = 1", "layers = (1, 2)", tags=["parameters"])
    made, left = with_parameters(document, {"lr": 2, "layers": [3, 4]})
    assert (made["cells"][1]["source"], left) == ("layers = (3, 4)", {"lr": 2})


def test_a_failure_that_was_there_before_is_no_result() -> None:
    original = Side(candidate(status=Status.FAILED))
    assert match.match(original, None, failure="ValueError: x").verdict == match.INCONCLUSIVE


def test_changed_modules_are_a_cause_and_cells_that_a_failure_left_out_are_none() -> None:
    def side(sha256: str, *code: str) -> Side:
        details = {"modules": {"helper": {"path": "helper.py", "sha256": sha256}}}
        return Side(candidate(details=details), code=code)

    made = match.match(side("a", "x", "y"), side("b", "x"), failure="stopped")
    assert [cause.kind for cause in made.causes] == ["failed", "modules"]
