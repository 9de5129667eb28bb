"""What differs between candidates, and how their cells are put side by side."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.api.comparison import align, by_id, rows
from jupyterlab_mlops.entities import Candidate, Metric, Param, Status
from jupyterlab_mlops.store.candidate_json import finite


def candidate(id: str, *, params: dict[str, str], metrics: dict[str, float]) -> Candidate:
    return Candidate(
        id=id,
        seq=1,
        name=id,
        experiment_id=1,
        experiment="e",
        status=Status.FINISHED,
        origin="training",
        params={name: Param(name, value) for name, value in params.items()},
        metrics={
            name: Metric(name, value, 0, 0, value, value, 1) for name, value in metrics.items()
        },
    )


def compared(*candidates: Candidate) -> dict[str, dict[str, dict[str, object]]]:
    names = dict.fromkeys(name for each in candidates for name in each.metrics)
    found = rows(
        candidates,
        metrics={
            name: [
                finite(each.metrics[name].value) if name in each.metrics else None
                for each in candidates
            ]
            for name in names
        },
        code={},
        environment={},
    )
    documents = by_id(found, [each.id for each in candidates], candidates[0].id)
    return {group: {row["name"]: row for row in each} for group, each in documents.items()}


def test_deltas_are_against_the_baseline_and_know_what_is_better() -> None:
    found = compared(
        candidate("a", params={}, metrics={"accuracy": 0.8, "loss": 0.5}),
        candidate("b", params={}, metrics={"accuracy": 0.9, "loss": 0.6}),
    )["metrics"]
    assert found["accuracy"]["deltas"]["b"]["better"] is True
    assert found["loss"]["deltas"]["b"]["better"] is False
    assert round(found["loss"]["deltas"]["b"]["percent"], 6) == 20.0


def test_what_is_no_measure_of_success_is_neither_better_nor_worse() -> None:
    found = compared(
        candidate("a", params={}, metrics={"learning_rate": 0.1}),
        candidate("b", params={}, metrics={"learning_rate": 0.2}),
    )["metrics"]["learning_rate"]
    assert found["direction"] is None
    assert found["deltas"]["b"] == {"absolute": 0.1, "percent": 100.0, "better": None}


def test_params_that_nobody_set_come_last_and_are_marked() -> None:
    def params(id: str, defaults: list[str], **values: str) -> Candidate:
        return replace(candidate(id, params=values, metrics={}), details={"defaults": defaults})

    found = compared(
        params("a", ["tol", "depth"], tol="0.1", depth="None", C="1.0"),
        params("b", ["tol", "depth", "C"], tol="0.1", depth="None", C="1.0", leaf="3"),
        params("c", ["tol"], tol="0.1", depth="4"),
    )["params"]
    assert list(found) == ["depth", "C", "leaf", "tol"]
    assert [name for name, row in found.items() if row.get("unset")] == ["tol"]


def test_tags_that_repeat_another_row_are_left_out() -> None:
    def tagged(id: str, notebook: str, cell: str) -> Candidate:
        tags = {"mlops.cell": cell, "mlflow.source.name": notebook, "team": "blue"}
        return replace(candidate(id, params={}, metrics={}), notebook=notebook, tags=tags)

    found = compared(tagged("a", "one.ipynb", "3"), tagged("b", "two.ipynb", "5"))
    assert list(found["tags"]) == ["team"]
    assert found["code"]["notebook"]["values"] == {"a": "one.ipynb", "b": "two.ipynb"}


def test_missing_is_not_empty() -> None:
    found = compared(
        candidate("a", params={"note": ""}, metrics={}), candidate("b", params={}, metrics={})
    )["params"]
    assert found["note"]["values"] == {"a": ""}
    assert found["note"]["differs"] is True


def test_a_metric_that_is_not_a_number_has_no_delta() -> None:
    found = compared(
        candidate("a", params={}, metrics={"loss": float("nan")}),
        candidate("b", params={}, metrics={"loss": 1.0}),
    )["metrics"]
    assert found["loss"]["values"]["a"] == "NaN"
    assert found["loss"]["deltas"] == {}


def test_an_edited_cell_is_changed_and_a_new_one_added() -> None:
    before = ["import numpy as np", "model = Ridge(alpha=1.0).fit(X, y)", "score(model)"]
    after = [
        "import numpy as np",
        "model = Ridge(alpha=0.1).fit(X, y)",
        "plot(model)\nshow()",
        "score(model)",
    ]
    assert [cell["state"] for cell in align(before, after)] == [
        "equal",
        "changed",
        "added",
        "equal",
    ]


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=8), st.lists(st.text(max_size=12), max_size=8))
def test_every_cell_of_both_sides_is_there_once_and_in_order(a: list[str], b: list[str]) -> None:
    cells = align(a, b)
    assert [cell["a"] for cell in cells if cell["a"] is not None] == a
    assert [cell["b"] for cell in cells if cell["b"] is not None] == b
