"""Findings are applied once, each for itself, whether they come before or after the recorder's rows."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest

from jupyterlab_mlops import findings
from jupyterlab_mlops.entities import Failure, Status
from jupyterlab_mlops.store import candidates, execution_rows, kernels, metrics, models, runs
from jupyterlab_mlops.store.store import now_ms

KERNEL = "kernel-1"
A, B = "a" * 32, "b" * 32


class Story:
    """A kernel with a notebook, told by findings and by the recorder's rows."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.seq = 0
        self.time = 1_000
        store.write_sync(kernels.open_kernel, KERNEL, server="1:1", notebook="work/a.ipynb")

    def finding(self, kind: str, msg_id: str | None = None, **fields: Any) -> dict[str, Any]:
        self.seq += 1
        self.time += 10
        return {"seq": self.seq, "t": self.time, "kind": kind, "msg_id": msg_id, **fields}

    def apply(self, *found: dict[str, Any]) -> int:
        return self.store.write_sync(findings.apply, self.store.blobs, KERNEL, found)

    def tell(self, kind: str, msg_id: str | None = None, **fields: Any) -> None:
        self.apply(self.finding(kind, msg_id, **fields))

    def execute(
        self,
        *ids: str,
        failed: str | None = None,
        interrupted: str | None = None,
        run: str = "run",
        at: int = 1_000,
    ) -> None:
        """The recorder's rows of a run with these executions; ``failed`` raised, ``interrupted`` was. ``at``: when it
        began, ms."""

        def rows(conn: Any) -> None:
            runs.open_run(conn, run, KERNEL, opened_ms=at, notebook="work/a.ipynb")
            for number, id in enumerate(ids):
                execution_rows.start(
                    conn,
                    id,
                    run,
                    KERNEL,
                    ordinal=number,
                    source=id,
                    execution_count=number + 1,
                    started_ms=at + 100 * number,
                )
                status, error = Status.FINISHED, None
                if id == failed:
                    status, error = Status.FAILED, Failure("ValueError", "no")
                elif id == interrupted:
                    status, error = Status.KILLED, Failure("KeyboardInterrupt", "")
                execution_rows.update(
                    conn, id, status=status, ended_ms=at + 50 + 100 * number, error=error
                )

        self.store.write_sync(rows)

    def close(self, *, status: Status = Status.FINISHED, whole: bool = False, run: str = "run"):
        error = Failure("ValueError", "no") if status is Status.FAILED else None

        def rows(conn: Any) -> list[str]:
            columns = {"closed_ms": 9_000, "whole": int(whole), "error": error}
            runs.update_run(conn, run, status=status, **columns)
            return findings.settle(conn, run)

        return self.store.write_sync(rows)

    def candidate(self, id: str) -> Any:
        return self.store.read_sync(candidates.get, id)

    def made(self, run: str = "run") -> list[Any]:
        ids = self.store.read_sync(runs.run_candidates, run)
        return [self.candidate(id) for id in ids]


@pytest.fixture
def story(store) -> Story:
    return Story(store)


def test_a_training_event_becomes_a_candidate_with_what_belongs_to_it(story):
    story.tell("cell_start", "e1", cell_id="c1", execution_count=1)
    story.tell(
        "candidate", "e1", candidate=A, origin="training", model_class="m.Ridge", variable="ridge"
    )
    story.tell("params", "e1", candidate=A, values={"alpha": [0.5, "estimator"]})
    story.tell("metrics", "e1", candidate=A, source="variable", points=[["r2", 0.9, None, 1_100]])
    story.tell("update", candidate=A, fits=3, details={"seeds": ["random_state=0"]})
    story.tell("cell_end", "e1", status="FINISHED", candidates=[A], names=["ridge"], models=[])
    story.execute("e1")
    story.close()

    made = story.candidate(A)
    assert (made.name, made.experiment, made.fits) == ("ridge · Ridge", "work/a", 3)
    assert (made.status, made.notebook_run_id) == (Status.FINISHED, "run")
    assert made.params["alpha"].value == "0.5"
    assert made.metrics["r2"].value == 0.9
    assert made.details["seeds"] == ["random_state=0"]


@pytest.mark.parametrize("first", ["agent", "recorder"])
def test_it_does_not_matter_who_is_first(story, first):
    if first == "recorder":
        story.execute("e1")
    story.tell("candidate", "e1", candidate=A, origin="training")
    if first == "agent":
        story.execute("e1")
    assert story.candidate(A).notebook_run_id == "run"


def test_files_of_runs_without_a_candidate_go_to_what_is_made_from_them_or_is_nearest(story, store):
    def wrote(execution: str, path: str) -> None:
        sha256, size = store.blobs.put(path.encode())
        file = {"path": path, "sha256": sha256, "size": size, "media_type": "text/csv"}
        story.tell("artifact", execution, **file)

    def files(id: str) -> list[str]:
        return sorted(file.path for file in story.candidate(id).artifacts)

    for place, (execution, path) in enumerate([("e1", "rides.csv"), ("e2", "plot.png")]):
        story.execute(execution, run=f"early-{place}", at=1_000 + place)
        wrote(execution, path)
        story.close(run=f"early-{place}")
    story.execute("e3", run="first", at=2_000)
    for id, needed in ((A, ["e1", "e3"]), (B, ["e3"])):
        story.tell("candidate", "e3", candidate=id, origin="training")
        story.tell("slice", "e3", candidate=id, msg_ids=needed)
    story.close(run="first")
    assert (files(A), files(B)) == (["plot.png", "rides.csv"], [])

    story.execute("e4", run="late", at=20_000)
    wrote("e4", "report.csv")
    story.close(run="late")
    assert files(B) == ["report.csv"]  # the latest candidate before it
    story.execute("e5", run="second", at=30_000)
    story.tell("candidate", "e5", candidate="c" * 32, origin="training")
    story.close(run="second")
    assert files("c" * 32) == []


def test_repeating_findings_changes_nothing(story, store):
    story.execute("e1")
    told = [
        story.finding("candidate", "e1", candidate=A, origin="explicit", name="one"),
        story.finding(
            "metrics",
            "e1",
            candidate=A,
            source="logged",
            points=[["loss", 1.0, None, 1], ["loss", 0.5, None, 2]],
        ),
    ]
    assert story.apply(*told) == 2
    assert story.apply(*told) == 2
    assert story.apply(*told[:1]) == 2
    history = store.read_sync(metrics.history, A, "loss")
    assert [(point.step, point.value) for point in history] == [(0, 1.0), (1, 0.5)]


def test_a_bad_finding_is_noted_and_never_blocks_the_rest(story, store):
    bad = [
        story.finding("nonsense"),
        story.finding("params", "e1", candidate="c" * 32, values={"x": [1, "logged"]}),
        story.finding("candidate", "e1", candidate=B, origin="magic"),
        story.finding("metrics", "e1", candidate=None, source="logged", points=[["x", "y", 0, 0]]),
        story.finding("artifact", "e1", candidate=A, path="../x", sha256="f" * 64, size=1),
        story.finding("candidate", None, candidate=A, origin="explicit"),
        story.finding("params", None, candidate=A, values=[1, 2]),
    ]
    assert story.apply(*bad) == 7
    assert story.candidate(A).origin == "explicit"
    notes = store.read_sync(kernels.diagnostics)
    assert len(notes) == 6
    assert any("'magic'" in note["message"] for note in notes)


def test_values_that_are_not_finite(story, store):
    story.tell("candidate", None, candidate=A, origin="explicit")
    points = [["x", "NaN", 0, 1], ["x", "Infinity", 1, 2], ["x", "-Infinity", 2, 3]]
    story.tell("metrics", None, candidate=A, source="logged", points=points)
    values = [str(point.value) for point in store.read_sync(metrics.history, A, "x")]
    assert values == ["nan", "inf", "-inf"]


def test_files_come_from_the_spool(story, store):
    data = b"a figure"
    sha256 = hashlib.sha256(data).hexdigest()
    spool = findings.spool_of(store.blobs, KERNEL) / "files"
    spool.mkdir(parents=True)
    (spool / sha256).write_bytes(data)
    told = [
        story.finding("candidate", None, candidate=A, origin="explicit"),
        story.finding(
            "artifact", None, candidate=A, path="out/f.png", sha256=sha256, size=1, media_type="i/p"
        ),
    ]
    findings.ingest(store.blobs, KERNEL, told)
    story.apply(*told)
    (file,) = story.candidate(A).artifacts
    assert (file.path, file.sha256, file.size) == ("out/f.png", sha256, len(data))
    assert store.blobs.get(sha256) == data


def test_a_file_that_is_not_what_it_says_is_not_taken(story, store):
    spool = findings.spool_of(store.blobs, KERNEL) / "files"
    spool.mkdir(parents=True)
    (spool / ("e" * 64)).write_bytes(b"something else")
    told = [
        story.finding("candidate", None, candidate=A, origin="explicit"),
        story.finding("artifact", None, candidate=A, path="x", sha256="e" * 64, size=1),
    ]
    findings.ingest(store.blobs, KERNEL, told)
    story.apply(*told)
    assert story.candidate(A).artifacts == ()


def test_register_in_a_cell_makes_versions(story, store):
    data = b"a model"
    sha256 = hashlib.sha256(data).hexdigest()
    spool = findings.spool_of(store.blobs, KERNEL) / "files"
    spool.mkdir(parents=True)
    (spool / sha256).write_bytes(data)
    files = [{"path": "model.joblib", "sha256": sha256, "size": len(data)}]
    staged = {"files": files, "flavor": "joblib", "class": "sklearn.Ridge"}
    told = [
        story.finding("candidate", "e1", candidate=A, origin="training"),
        story.finding("register", "e1", candidate=A, model="churn", staged=staged),
        story.finding("register", "e1", candidate=A, staged=staged),
    ]
    findings.ingest(store.blobs, KERNEL, told)
    story.apply(*told)
    assert store.read_sync(kernels.diagnostics) == []
    found = store.read_sync(models.versions, "churn")
    assert [(item.version, item.flavor) for item in found] == [
        ("1.0.1", "joblib"),
        ("1.0.0", "joblib"),
    ]
    assert "model/model.joblib" in {file.path for file in story.candidate(A).artifacts}


# -- rules -------------------------------------------------------------------------------------------


def test_a_candidate_fails_with_a_cell_that_used_it(story):
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.tell("candidate", "e1", candidate=B, origin="training")
    story.tell("cell_end", "e1", status="FINISHED", candidates=[A, B], names=[], models=[])
    story.tell("cell_end", "e2", status="FAILED", candidates=[B], names=[], models=[])
    story.execute("e1", "e2", failed="e2")
    story.close(status=Status.FAILED)
    assert story.candidate(A).status is Status.FINISHED
    assert story.candidate(B).status is Status.FAILED
    assert story.candidate(B).error.name == "ValueError"


def test_a_candidate_killed_with_its_kernel_is_finished_once_its_cell_is_known_to_have_ended(
    story, store
):
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.tell("candidate", "e1", candidate=B, origin="training", parent=A, relation="search")
    for id in (A, B):
        store.write_sync(candidates.update, id, status="KILLED", end_ms=1)
    story.tell("cell_end", "e1", status="FINISHED", candidates=[A], names=[], models=[])
    story.execute("e1")
    story.close(status=Status.KILLED)
    made = story.candidate(A)
    assert (made.status, made.end_ms) == (Status.FINISHED, 1_050)
    assert story.candidate(B).status is Status.FINISHED


@pytest.mark.parametrize(
    ("ended_ms", "status"), [(1_040, Status.KILLED), (900, Status.FAILED), (None, Status.FAILED)]
)
def test_a_run_that_its_client_calls_failed_was_killed_if_its_cell_was_interrupted(
    story, store, ended_ms, status
):
    story.tell("candidate", "e1", candidate=A, origin="explicit", name="mine")
    store.write_sync(candidates.update, A, status="FAILED", end_ms=ended_ms)
    story.tell("cell_end", "e1", status="KILLED", candidates=[A], names=[], models=[])
    story.execute("e1", interrupted="e1")
    story.close(status=Status.KILLED)
    assert story.candidate(A).status is status


def test_children_end_as_their_parent_does(story):
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.tell("candidate", "e1", candidate=B, origin="training", parent=A, relation="search")
    story.execute("e1", failed="e1")
    story.close(status=Status.FAILED)
    assert story.candidate(B).status is Status.FAILED


def test_an_explicit_candidate_may_span_cells_until_one_fails(story):
    story.tell("candidate", "e1", candidate=A, origin="explicit", name="mine")
    story.execute("e1")
    story.close()
    assert story.candidate(A).status is Status.RUNNING
    story.execute("e2", failed="e2", run="run2")
    story.close(status=Status.FAILED, run="run2")
    assert story.candidate(A).status is Status.FAILED


def test_metrics_without_a_model_make_one_measured_candidate(story):
    story.tell(
        "metrics", "e1", candidate=None, source="variable", points=[["accuracy", 0.8, None, 1]]
    )
    story.tell("params", "e1", candidate=None, values={"k": [3, "variable"]})
    story.tell("inputs", "e1", candidate=None, files=[{"path": "d.csv", "sha256": "1" * 64}])
    story.execute("e1")
    story.close()
    (made,) = story.made()
    assert (made.origin, made.name, made.status) == ("measured", "a", Status.FINISHED)
    assert made.metrics["accuracy"].value == 0.8
    assert made.params["k"].value == "3"
    assert made.inputs[0].path == "d.csv"
    story.close()
    assert [item.id for item in story.made()] == [made.id]


@pytest.mark.parametrize("printed_first", [True, False])
def test_what_one_cell_printed_and_another_measured_by_one_name_is_kept_apart(story, printed_first):
    series = [["rmse", 3.0, 0, 1], ["rmse", 2.0, 1, 2]]

    def prints(execution: str) -> None:
        for point in series:
            story.tell("metrics", execution, candidate=None, source="output", points=[point])

    def measures(execution: str) -> None:
        points = [["rmse", 5.0, None, 3]]
        story.tell("metrics", execution, candidate=None, source="variable", points=points)

    cells = (prints, measures) if printed_first else (measures, prints)
    for cell, execution in zip(cells, ("e1", "e2"), strict=True):
        cell(execution)
    prints("e3")
    measures("e3")  # and printed it: the same, told again
    story.execute("e1", "e2", "e3")
    for _again in range(2):
        story.close()
        (made,) = story.made()
        values = {name: (metric.value, metric.count) for name, metric in made.metrics.items()}
        told, other = ("rmse", "rmse:2") if printed_first else ("rmse:2", "rmse")
        assert values == {told: (2.0, 2), other: (5.0, 2)}


def test_metrics_without_a_model_belong_to_the_only_candidate_that_their_cell_worked_with(story):
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.tell("metrics", "e1", candidate=None, source="variable", points=[["x", 1.0, None, 1]])
    story.execute("e1")
    story.close()
    assert [item.id for item in story.made()] == [A]
    assert story.candidate(A).metrics["x"].value == 1.0


def test_a_candidate_that_was_told_before_its_execution_is_seen_in_its_open_run(story):
    story.tell("candidate", "e1", candidate=A, origin="training")
    assert story.made() == []
    story.execute("e1")
    assert [item.id for item in story.made()] == [A]


def test_what_a_run_measures_beside_its_model_is_the_runs_own(story):
    story.tell("metrics", "e1", candidate=None, source="variable", points=[["rmse", 9.0, None, 1]])
    story.tell("params", "e1", candidate=None, values={"k": [3, "variable"]})
    story.tell("candidate", "e2", candidate=A, origin="training")
    story.tell("metrics", "e2", candidate=A, source="variable", points=[["rmse", 2.0, None, 1]])
    story.execute("e1", "e2")
    for _again in range(2):
        story.close()
        own, model = sorted(story.made(), key=lambda item: item.origin)
        assert (own.origin, own.name, own.metrics["rmse"].value) == ("measured", "a", 9.0)
        assert (model.id, model.metrics["rmse"].value) == (A, 2.0)
        assert own.params["k"].value == "3"
        assert "k" not in model.params


def test_what_several_models_give_together_is_seen(story):
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.tell("candidate", "e1", candidate=B, origin="training")
    story.tell("metrics", "e1", candidate=None, source="variable", points=[["acc", 0.9, None, 1]])
    story.execute("e1")
    story.close()
    (own,) = (item for item in story.made() if item.id not in (A, B))
    assert (own.origin, own.metrics["acc"].value) == ("measured", 0.9)


def test_a_whole_run_without_anything_is_a_candidate_and_a_part_is_not(story):
    story.execute("e1")
    story.close(whole=False)
    assert story.made() == []
    story.execute("e2", run="run2")
    story.close(whole=True, run="run2")
    assert [item.origin for item in story.made("run2")] == ["notebook"]


def test_a_failing_cell_of_a_whole_run_is_visible_beside_its_finished_candidates(story):
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.execute("e1", "e2", failed="e2")
    story.close(status=Status.FAILED, whole=True)
    assert [(item.origin, item.status) for item in story.made()] == [
        ("training", Status.FINISHED),
        ("notebook", Status.FAILED),
    ]


def test_what_comes_late_is_settled_again(story):
    story.execute("e1")
    story.close()
    assert story.made() == []
    story.tell("candidate", "e1", candidate=A, origin="training")
    assert story.candidate(A).status is Status.FINISHED
    assert [item.id for item in story.made()] == [A]


# -- switches ----------------------------------------------------------------------------------------


def test_manual_recording_keeps_explicit_candidates_only(story, store):
    store.write_sync(kernels.set_mode, "work/a.ipynb", "manual")
    story.time = now_ms() + 1
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.tell("params", "e1", candidate=A, values={"x": [1, "estimator"]})
    story.tell("candidate", "e1", candidate=B, origin="explicit", name="mine")
    story.tell("params", "e1", candidate=B, values={"x": [1, "logged"]})
    story.execute("e1")
    story.close(whole=True)
    (made,) = story.made()
    assert (made.id, made.params["x"].value) == (B, "1")
    assert store.read_sync(kernels.diagnostics) == []


def test_recording_off_keeps_nothing(story, store):
    store.write_sync(kernels.set_default_mode, "off")
    story.tell("candidate", "e1", candidate=A, origin="explicit")
    assert not store.read_sync(candidates.exists, A)


def test_what_arrives_late_belongs_to_the_mode_of_its_time(story, store):
    store.write_sync(kernels.set_mode, "work/a.ipynb", "off")
    paused_at = now_ms() + 1
    while now_ms() <= paused_at:
        time.sleep(0.001)
    store.write_sync(kernels.set_mode, "work/a.ipynb", None)
    story.time = paused_at - 10  # each finding is ten milliseconds after the one before
    story.tell("candidate", "e1", candidate=A, origin="training")
    story.time = now_ms() + 1
    story.tell("candidate", "e2", candidate=B, origin="training")
    assert not store.read_sync(candidates.exists, A)
    assert store.read_sync(candidates.exists, B)


# -- spool -------------------------------------------------------------------------------------------


def test_a_spool_is_drained_after_what_was_delivered(story, store):
    spool = findings.spool_of(store.blobs, KERNEL)
    spool.mkdir(parents=True)
    lines = [
        story.finding("candidate", "e1", candidate=A, origin="explicit", name="delivered"),
        story.finding("update", candidate=A, name="from the spool"),
    ]
    story.apply(lines[0])
    text = "\n".join(json.dumps(line) for line in lines) + '\n{"seq": 3, "kind": "upd'
    (spool / "findings.jsonl").write_text(text)
    assert findings.drain_spool(store, KERNEL) == 1
    assert story.candidate(A).name == "from the spool"
    assert not spool.exists()


def test_a_kernel_id_cannot_lead_elsewhere(store):
    with pytest.raises(Exception, match="characters other than"):
        findings.spool_of(store.blobs, "../../etc")
