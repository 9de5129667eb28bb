"""Run a candidate again: what matches is verified, what does not is said with its causes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from jupyterlab_mlops.entities import Candidate, Failure, Input, Metric, Param, Status
from jupyterlab_mlops.recorder.recorder import Recorder
from jupyterlab_mlops.reproduce.again import run_again
from jupyterlab_mlops.reproduce.matching import Verdict, counterpart, report
from jupyterlab_mlops.reproduce.rerun import run_notebook
from jupyterlab_mlops.store import candidates, runs


def metrics(**values: float) -> dict[str, Metric]:
    return {name: Metric(name, value, 0, 0, value, value, 1) for name, value in values.items()}


BEFORE = Candidate(
    id="a",
    seq=1,
    name="n",
    experiment_id=1,
    experiment="e",
    status=Status.FINISHED,
    origin="training",
    model_class="Ridge",
    variable="ridge",
    cell_index=2,
    metrics=metrics(r2=0.5, mse=2.0),
)


@pytest.mark.parametrize(
    ("again", "verdict"),
    [
        (metrics(r2=0.5, mse=2.0), Verdict.REPRODUCED),
        (metrics(r2=0.5 + 1e-9, mse=2.0, new=1.0), Verdict.REPRODUCED),
        (metrics(r2=0.51, mse=2.0), Verdict.NOT_REPRODUCED),
        (metrics(r2=0.5), Verdict.NOT_REPRODUCED),
        (metrics(r2=math.nan, mse=2.0), Verdict.NOT_REPRODUCED),
    ],
)
def test_metric_by_metric(again, verdict):
    assert report(BEFORE, replace(BEFORE, metrics=again)).verdict is verdict


def test_clocks_and_machines_do_not_count():
    before = replace(BEFORE, metrics=metrics(r2=0.5, fit_time=1.0, **{"system/cpu": 3.0}))
    again = replace(BEFORE, metrics=metrics(r2=0.5, fit_time=9.0))
    assert report(before, again).verdict is Verdict.REPRODUCED


def test_nothing_measured_is_nothing_proved_and_a_failure_is_no_match():
    empty = replace(BEFORE, metrics={})
    assert report(empty, empty).verdict is Verdict.NOTHING_TO_COMPARE
    failed = replace(empty, status=Status.FAILED, error=Failure("ValueError", "no"))
    found = report(empty, failed)
    assert found.verdict is Verdict.NOT_REPRODUCED
    assert found.causes == ("The run again failed: ValueError: no",)


def test_causes():
    before = replace(
        BEFORE,
        inputs=(Input("d.csv", "1", 1), Input("gone.csv", "2", 1)),
        params={"k": Param("k", "1")},
        details={"score_reasons": [{"name": "seeds", "points": 0, "of": 5, "message": "No seed."}]},
    )
    again = replace(
        before,
        metrics=metrics(r2=0.1, mse=9.0),
        inputs=(Input("d.csv", "9", 1),),
        params={"k": Param("k", "2")},
    )
    found = report(before, again, packages_before={"numpy": "1"}, packages_again={"numpy": "2"})
    assert found.causes == (
        "Data changed: d.csv.",
        "Data that was read is not read now: gone.csv.",
        "Params differ: k.",
        "Packages differ: numpy 1→2.",
        "No seed.",
    )


def test_which_candidate_stands_for_it():
    others = [
        replace(BEFORE, id="x", variable="other"),
        replace(BEFORE, id="y", cell_index=1),
        replace(BEFORE, id="z", cell_index=2),
        replace(BEFORE, id="w", cell_index=3),
    ]
    found = counterpart(BEFORE, others)
    assert found is not None
    assert found.id == "z"
    assert counterpart(BEFORE, others[:1]) is None


@pytest.mark.parametrize(
    ("score", "verdict"),
    [("0.25", Verdict.REPRODUCED), ("random.random()", Verdict.NOT_REPRODUCED)],
)
async def test_a_run_again_is_a_candidate_of_its_own(store, tmp_path: Path, score, verdict):
    root = tmp_path / "root"
    root.mkdir()
    cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            "import random\nimport jupyterlab_mlops as mlops",
            f"mlops.log_metric('accuracy', {score})",
        )
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "a.ipynb")
    recorder = Recorder(store, root_dir=root, runtime_dir=tmp_path / "runtime")
    await recorder.start()
    try:
        first = await run_notebook(recorder, root / "a.ipynb")
        (id,) = await store.read(runs.run_candidates, first.run_ids[0])
        again = await run_again(store, recorder, id, root_dir=root)
    finally:
        await recorder.stop()
    assert again.report is not None
    assert again.report.verdict is verdict
    assert again.candidate_id is not None
    made = await store.read(candidates.get, again.candidate_id)
    assert (made.parent_id, made.relation, made.notebook) == (id, "rerun", "a.ipynb")
    assert made.details["match"]["verdict"] == verdict.value
    original = await store.read(candidates.head, id)
    assert original.verified is (verdict is Verdict.REPRODUCED)
