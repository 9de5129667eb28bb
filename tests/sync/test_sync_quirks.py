"""What GitLab cannot hold is carried otherwise (contract §10)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.entities import Artifact, MetricPoint
from jupyterlab_mlops.store import candidates, metrics, outbox
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.payload import (
    MANIFEST,
    at_root,
    fitted,
    remote_name,
    shortened,
    title_of,
)
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake
from tests.gitlab_fake.packages import FILE_NAME

from .conftest import add_candidate, queue_states, synced


@pytest.fixture
def push(store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]) -> Any:
    """Push everything and return the only candidate there, with its manifest."""
    worker = make_worker(gitlab)

    def run(*, done: bool = True) -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
        report = synced(worker)
        assert report["done"] is done, (report, store.read_sync(outbox.items))
        (there,) = gitlab.candidates()
        files = gitlab.files(there["run_id"])
        return there, json.loads(files.get(MANIFEST, b"{}")), files

    return run


def test_long_and_blank_values_are_shortened_and_whole_in_the_manifest(
    store: Store, push: Any
) -> None:
    long, key = "layer " * 100, "k" * 300
    add_candidate(
        store, params={"architecture": long, "blank": "", key: "v"}, tags={"essay": "x" * 6000}
    )
    there, manifest, _files = push()
    assert there["params"]["architecture"].startswith("layer layer")
    assert all(len(k) <= 250 and 0 < len(v) <= 250 for k, v in there["params"].items())
    assert len(there["tags"]["essay"]) <= 5000
    assert manifest["params"] == {"architecture": long, "blank": "", key: "v"}
    assert manifest["tags"] == {"essay": "x" * 6000}


def test_values_that_json_cannot_hold_become_tags_and_manifest(store: Store, push: Any) -> None:
    add_candidate(store, points=[("loss", 1.0, 0), ("loss", math.nan, 1), ("loss", math.inf, 2)])
    there, manifest, _files = push()
    assert [(k, v, s) for k, v, s, _ in there["metrics"]] == [("loss", 1.0, 0)]
    assert json.loads(there["tags"]["mlops.not_finite"]) == {"loss": [[1, "NaN"], [2, "Infinity"]]}
    assert [(p["step"], p["value"]) for p in manifest["not_finite"]] == [
        (1, "NaN"),
        (2, "Infinity"),
    ]


def test_forbidden_file_names_are_renamed_and_told(store: Store, push: Any) -> None:
    names = [
        "Untitled (1).ipynb",
        "café.ipynb",
        "a=b&c#1.txt",
        "dir é/ok.txt",
        "plain.txt",
        "sub dir/a b.txt",
    ]
    add_candidate(store, files={name: name.encode() for name in names})
    _there, manifest, files = push()
    told = {there: row["path"] for there, row in manifest["files"].items()}
    assert sorted(told.values()) == sorted(names)
    for there, path in told.items():
        assert files[there] == path.encode()
        assert all(FILE_NAME.match(part) for part in there.split("/"))
    assert told["plain.txt"] == "plain.txt"
    assert told["sub dir/a b.txt"] == "sub dir/a b.txt"


def test_notes_are_a_file_that_can_change(store: Store, gitlab: GitLabFake, push: Any) -> None:
    id = add_candidate(store, tags={"mlflow.note.content": "first thoughts"})
    there, _manifest, files = push()
    assert files["notes.md"] == b"first thoughts"
    assert "mlflow.note.content" not in there["tags"]
    store.write_sync(candidates.set_tags, id, {"mlflow.note.content": "better ones"})
    assert push()[2]["notes.md"] == b"better ones"


def test_what_changes_after_the_push_follows_as_far_as_gitlab_lets_it(
    store: Store, gitlab: GitLabFake, push: Any
) -> None:
    id = add_candidate(
        store, tags={"stage": "draft"}, points=[("f1", 0.5, 0)], files={"a.txt": b"1"}
    )
    push()
    store.write_sync(candidates.set_tags, id, {"stage": "final", "new": "tag"})
    store.write_sync(metrics.log, id, [MetricPoint("f1", 0.7, 1, 1_700_000_000_001)])
    there, manifest, _files = push()
    assert there["tags"]["stage"] == "draft"  # write once
    assert manifest["tags"]["stage"] == "final"
    assert there["tags"]["new"] == "tag"
    assert [(v, s) for _, v, s, _ in there["metrics"]] == [(0.5, 0), (0.7, 1)]
    assert gitlab.uploads(there["run_id"]).count("a.txt") == 1


def test_many_points_go_in_batches(store: Store, gitlab: GitLabFake, push: Any) -> None:
    points = [("loss", 1.0 / (i + 1), i) for i in range(2500)]
    add_candidate(store, points=points, params={f"p{i}": str(i) for i in range(250)})
    there, _manifest, _files = push()
    assert [(k, v, s) for k, v, s, _ in there["metrics"]] == points
    assert len(there["params"]) == 250
    assert sum("log-batch" in path for _, path in gitlab.log) == 3


def test_a_row_that_gitlab_refuses_does_not_spoil_the_others(
    store: Store, gitlab: GitLabFake, push: Any
) -> None:
    """A limit that no document tells: the batch is refused after its metrics were stored."""
    from tests.gitlab_fake import tracking

    def stricter(key: str, value: str, _name: str = "") -> None:
        if value == "refused":
            raise tracking.invalid("PG::CheckViolation")

    original = tracking.check_param
    tracking.check_param = stricter  # type: ignore[assignment]
    try:
        add_candidate(store, params={"a": "1", "b": "refused", "c": "3"}, points=[("f1", 0.5, 0)])
        there, manifest, _files = push()
    finally:
        tracking.check_param = original
    assert there["params"] == {"a": "1", "c": "3"}
    assert len(there["metrics"]) == 1
    assert manifest["params"] == {"b": "refused"}


def test_an_unknown_ci_job_is_not_sent_as_one(store: Store, gitlab: GitLabFake, push: Any) -> None:
    gitlab.the_project.jobs.add("41")
    add_candidate(store, tags={"gitlab.CI_JOB_ID": "42"})
    there, _manifest, _files = push()
    assert there["tags"]["mlops.ci_job_id"] == "42"
    assert "gitlab.CI_JOB_ID" not in there["tags"]


def test_a_file_too_large_is_told_and_everything_else_is_there(
    store: Store, gitlab: GitLabFake, push: Any
) -> None:
    gitlab.instance.max_file_size = 1000
    id = add_candidate(store, files={"big.bin": bytes(2000), "small.bin": bytes(10)})
    there, manifest, files = push(done=False)
    assert files["small.bin"] == bytes(10)
    assert "big.bin" in manifest["not_sent"]
    assert there["status"] == "FINISHED"
    item = queue_states(store)[id]
    assert (item["state"], item["error"]["code"]) == ("error", "too_large")


def test_deleted_in_gitlab_is_told_and_pushed_again_only_on_request(
    store: Store, gitlab: GitLabFake, push: Any
) -> None:
    id = add_candidate(store)
    push()
    gitlab.the_project.experiments.clear()
    store.write_sync(candidates.set_tags, id, {"new": "tag"})
    with pytest.raises(ValueError, match="not enough values"):
        push(done=False)
    assert queue_states(store)[id]["error"]["code"] == "deleted_remotely"
    store.write_sync(outbox.again)
    assert push()[0]["tags"]["new"] == "tag"


def test_urls_inside_answers_are_never_dialled(
    store: Store, make_worker: Callable[..., Worker]
) -> None:
    with GitLabFake(external_url="http://gitlab.internal.invalid:8080", base="/gitlab") as gitlab:
        add_candidate(store, files={"a.txt": b"1"})
        assert synced(make_worker(gitlab))["done"]
        (there,) = gitlab.candidates()
        assert gitlab.files(there["run_id"]) == {"a.txt": b"1"}


def test_empty_files_arrive_or_do_no_harm(store: Store, gitlab: GitLabFake, push: Any) -> None:
    add_candidate(store, files={"__init__.py": b"", "a.py": b"1"})
    assert push()[2] == {"__init__.py": b"", "a.py": b"1"}


def test_text_that_no_database_takes(store: Store, push: Any) -> None:
    add_candidate(
        store,
        "a\0b",
        experiment="e\0",
        params={"p\0": "1\0"},
        points=[("m\0", 1.0, 0)],
        tags={"t\0": "2\0"},
    )
    there, manifest, _files = push()
    assert (there["name"], there["experiment"]) == ("a␀b", "e␀")
    assert there["params"] == {"p␀": "1␀"}
    assert there["tags"]["t␀"] == "2␀"
    assert manifest["params"] == {"p\0": "1\0"}
    assert manifest["metric_names"] == {"m␀": "m\0"}


def test_files_named_as_ours(store: Store, push: Any) -> None:
    files = {"mlops-manifest.json": b"mine", "notes.md": b"mine too", "deep/" * 60 + "x.bin": b"x"}
    add_candidate(store, files=files, tags={"mlflow.note.content": "said"})
    _there, manifest, sent = push()
    names = manifest["files"]
    del sent["mlops-manifest.json"]
    assert sent.pop("notes.md") == b"said"
    assert {names[name]["path"]: data for name, data in sent.items()} == files


def test_a_tag_that_gitlab_refuses_does_not_refuse_the_run(
    store: Store, gitlab: GitLabFake, push: Any
) -> None:
    body = {"error_code": "INVALID_PARAMETER_VALUE", "message": ["Validation failed"]}
    gitlab.faults.add("status", path="runs/create", calls=[1], status=400, body=body)
    add_candidate(store, tags={"team": "ml"})
    there, _manifest, _files = push()
    assert there["tags"]["team"] == "ml"


def test_an_instance_that_keeps_no_digests(store: Store, gitlab: GitLabFake, push: Any) -> None:
    gitlab.instance.digests = False
    add_candidate(store, files={"a.bin": b"123", "b.bin": b"1"})
    there, _manifest, _files = push()
    assert sorted(gitlab.uploads(there["run_id"])) == ["a.bin", "b.bin"]


@given(st.text(min_size=1, max_size=60).filter(lambda s: "/" not in s and s not in (".", "..")))
def test_any_name_becomes_one_that_gitlab_takes(name: str) -> None:
    assert FILE_NAME.match(remote_name(name))


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=20))
def test_different_paths_stay_different(names: list[str]) -> None:
    assert len({remote_name(name) for name in names}) == len(names)


@given(
    st.dictionaries(st.text(max_size=400), st.text(max_size=400), max_size=8),
    st.lists(st.floats(), max_size=8),
)
def test_everything_fits_and_nothing_is_lost(values: dict[str, str], numbers: list[float]) -> None:
    points = [MetricPoint("m", value, i, i) for i, value in enumerate(numbers)]
    fit = fitted("n", tags={}, params=values, points=points, files=[], notes="")
    assert all(len(k.strip()) > 0 and len(k) <= 250 for k in fit.params)
    assert all(len(v.strip()) > 0 and len(v) <= 250 for v in fit.params.values())
    assert all(math.isfinite(p.value) for p in fit.points)
    assert len(fit.points) + len(fit.manifest.get("not_finite", ())) == len(points)
    assert values == {
        **{k: v for k, v in fit.params.items() if k in values},
        **fit.manifest.get("params", {}),
    }


def test_titles_and_texts_within_limits() -> None:
    assert title_of("[model]churn") == "experiment [model]churn"
    assert len(title_of("x" * 999)) == 255
    assert shortened("x" * 300, 250) != shortened("x" * 301, 250)


def test_mlmodel_is_brought_to_the_root() -> None:
    files = [Artifact(p, "0" * 64, 1) for p in ("model/MLmodel", "model/data/m.pkl", "card.md")]
    assert [f.path for f in at_root(files)] == ["MLmodel", "data/m.pkl", "card.md"]
    flat = [Artifact(p, "0" * 64, 1) for p in ("MLmodel", "sub/MLmodel")]
    assert at_root(flat) == flat
