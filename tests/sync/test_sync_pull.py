"""What colleagues and CI pushed is listed here, marked, and never pushed back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyterlab_mlops.entities import Artifact
from jupyterlab_mlops.errors import NotFound, RemoteUnavailable
from jupyterlab_mlops.registry import register
from jupyterlab_mlops.store import (
    artifacts,
    candidates,
    experiments,
    models,
    outbox,
    remotes,
    search,
)
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.project import GitLab
from jupyterlab_mlops.sync.pull import fetch, pull, remote_files
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, connect, synced


@pytest.fixture
def colleague(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "colleague")
    yield made
    made.close()


@pytest.fixture
def client(gitlab: GitLabFake) -> Iterator[GitLab]:
    made = GitLab(gitlab.url, gitlab.project, gitlab.token, timeout_s=5)
    yield made
    made.close()


def pull_all(store: Store, client: GitLab, *, full: bool = False) -> dict[str, int]:
    return pull(store, store.read_sync(remotes.get, "default"), client, full=full)


def test_a_colleagues_work_is_compared_beside_mine(
    store: Store,
    colleague: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
    profile: str,
) -> None:
    gitlab.instance.profile = profile
    theirs = add_candidate(
        colleague,
        "theirs",
        params={"C": "2"},
        points=[("f1", 0.7, 0), ("f1", 0.8, 1)],
        model_class="SVC",
        files={"café.txt": b"\xc3\xa9", "model/m.pkl": b"123"},
    )
    files = [Artifact("MLmodel", *colleague.blobs.put(b"flavors: {}"))]
    colleague.write_sync(
        lambda conn: register(conn, model="churn", candidate_id=theirs, files=files)
    )
    assert synced(make_worker(gitlab, store=colleague))["done"]
    mine = add_candidate(store, "mine")
    assert synced(make_worker(gitlab))["done"]

    assert pull_all(store, client) == {"experiments": 0, "candidates": 1, "versions": 1}
    experiment = store.read_sync(experiments.by_name, "churn")
    assert experiment is not None
    found, _ = store.read_sync(search.search_candidates, experiment_ids=[experiment.id])
    assert {c.name: c.remote for c in found} == {"mine": "", "theirs": "default"}
    pulled = store.read_sync(candidates.get, next(c.id for c in found if c.remote))
    assert pulled.params["C"].value == "2"
    assert (pulled.metrics["f1"].value, pulled.metrics["f1"].count) == (0.8, 2)
    assert pulled.model_class == "SVC"
    assert store.read_sync(candidates.get, mine).remote == ""
    (version,) = store.read_sync(models.versions, "churn")
    assert (version.version, version.origin) == ("1.0.0", "default")

    # Bytes come when somebody wants them, under their true names.
    listed = remote_files(store, "default", client, "candidate", pulled.id)
    assert {f["path"] for f in listed} == {"café.txt", "model/m.pkl"}
    sha256 = fetch(store, "default", client, "candidate", pulled.id, "café.txt")
    assert store.blobs.get(sha256) == b"\xc3\xa9"
    owner = artifacts.candidate_owner(pulled.id)
    assert [a.path for a in store.read_sync(artifacts.list_all, owner)] == ["café.txt"]
    assert (
        remote_files(store, "default", client, "version", str(version.id))[0]["path"] == "MLmodel"
    )

    # Nothing of it is pushed back.
    assert store.read_sync(outbox.counts)["queued"] == 0
    assert synced(make_worker(gitlab))["done"]
    assert len(gitlab.candidates()) == 2
    assert len(gitlab.versions("churn")) == 1


def test_a_second_pull_reads_only_what_is_new(
    store: Store,
    colleague: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
) -> None:
    connect(store, gitlab)
    for i in range(60):
        add_candidate(colleague, f"c{i}")
    worker = make_worker(gitlab, store=colleague)
    assert synced(worker)["done"]
    assert pull_all(store, client)["candidates"] == 60
    before = len(gitlab.log)
    assert pull_all(store, client) == {"experiments": 0, "candidates": 0, "versions": 0}
    assert sum("runs/search" in path for _, path in gitlab.log[before:]) == 1
    add_candidate(colleague, "newest")
    assert synced(worker)["done"]
    assert pull_all(store, client)["candidates"] == 1


def test_a_run_that_had_not_ended_is_looked_at_again(
    store: Store, gitlab: GitLabFake, client: GitLab
) -> None:
    connect(store, gitlab)
    id = client.create_experiment("ci")
    run = client.create_run(id, name="nightly", start_ms=1, tags={"by": "ci"})
    assert pull_all(store, client) == {"experiments": 1, "candidates": 1, "versions": 0}
    client.log_batch(
        run["info"]["run_id"],
        metrics=[{"key": "f1", "value": 0.5, "timestamp": 5, "step": 0}],
    )
    client.update_run(run["info"]["run_id"], "FINISHED", 10)
    pull_all(store, client)
    local = store.read_sync(candidates.get, run["info"]["run_id"].replace("-", ""))
    assert local.status.value == "FINISHED"
    assert local.metrics["f1"].value == 0.5


def test_what_i_write_on_a_colleagues_candidate_stays_with_me(
    store: Store, gitlab: GitLabFake, client: GitLab, make_worker: Callable[..., Worker]
) -> None:
    connect(store, gitlab)
    run = client.create_run(
        client.create_experiment("ci"), name="nightly", start_ms=1, tags={"by": "ci"}
    )
    client.update_run(run["info"]["run_id"], "FINISHED", 10)
    pull_all(store, client)
    id = run["info"]["run_id"].replace("-", "")
    store.write_sync(candidates.update, id, name="the one to beat", starred=1)
    store.write_sync(candidates.set_tags, id, {"mlflow.note.content": "see Ann", "mine": "1"})
    assert synced(make_worker(gitlab))["done"]
    pull_all(store, client, full=True)
    local = store.read_sync(candidates.get, id)
    assert (local.name, local.starred) == ("the one to beat", True)
    assert local.tags == {"mlflow.note.content": "see Ann", "mine": "1", "by": "ci"}
    there = client.get_run(run["info"]["run_id"])
    assert there["info"]["run_name"] == "nightly"
    assert there["data"]["tags"] == [{"key": "by", "value": "ci"}]


@pytest.mark.parametrize("same_host", [False, True])
def test_downloads_follow_redirects_without_the_token(
    same_host: bool,
    store: Store,
    colleague: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
) -> None:
    connect(store, gitlab)
    gitlab.instance.direct_download = True
    gitlab.instance.storage_on_same_host = same_host
    add_candidate(colleague, files={"big.bin": bytes(3_000_000)})
    assert synced(make_worker(gitlab, store=colleague))["done"]
    pull_all(store, client)
    (pulled,) = store.read_sync(remotes.links, "default", "candidate")
    sha256 = fetch(store, "default", client, "candidate", pulled, "big.bin")
    assert store.blobs.get(sha256) == bytes(3_000_000)
    assert gitlab.object_store.requests
    for headers in gitlab.object_store.requests:
        assert gitlab.token not in repr(headers)
        assert "Cookie" not in headers


@pytest.mark.parametrize("action", ["truncate", "sign_in"])
def test_a_damaged_download_is_never_kept(
    action: str,
    store: Store,
    colleague: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
) -> None:
    connect(store, gitlab)
    add_candidate(colleague, files={"a.bin": bytes(1000)})
    assert synced(make_worker(gitlab, store=colleague))["done"]
    pull_all(store, client)
    (pulled,) = store.read_sync(remotes.links, "default", "candidate")
    gitlab.faults.add(action, method="GET", path="/files/a.bin", calls=[1])
    with pytest.raises(RemoteUnavailable):
        fetch(store, "default", client, "candidate", pulled, "a.bin")
    assert store.read_sync(artifacts.list_all, artifacts.candidate_owner(pulled)) == []
    assert fetch(store, "default", client, "candidate", pulled, "a.bin")
    with pytest.raises(NotFound):
        fetch(store, "default", client, "candidate", pulled, "other")


def test_a_manifest_that_does_not_arrive_is_not_taken_for_none(
    store: Store,
    colleague: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
) -> None:
    connect(store, gitlab)
    add_candidate(colleague, files={"café.bin": b"1"})
    assert synced(make_worker(gitlab, store=colleague))["done"]
    pull_all(store, client)
    (pulled,) = store.read_sync(remotes.links, "default", "candidate")
    gitlab.faults.add("sign_in", method="GET", path="mlops-manifest.json", calls=[1])
    with pytest.raises(RemoteUnavailable):
        remote_files(store, "default", client, "candidate", pulled)
    (file,) = remote_files(store, "default", client, "candidate", pulled)
    assert file["path"] == "café.bin"


def test_files_of_an_instance_that_keeps_no_digests_are_known_by_their_size(
    store: Store,
    colleague: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
) -> None:
    connect(store, gitlab)
    add_candidate(colleague, files={"café.bin": bytes(1000)})
    assert synced(make_worker(gitlab, store=colleague))["done"]
    pull_all(store, client)
    gitlab.instance.digests = False
    (pulled,) = store.read_sync(remotes.links, "default", "candidate")
    (file,) = remote_files(store, "default", client, "candidate", pulled)
    assert (file["path"], file["sha256"], file["size"]) == ("café.bin", None, 1000)
    sha256 = fetch(store, "default", client, "candidate", pulled, "café.bin")
    assert store.blobs.get(sha256) == bytes(1000)
    gitlab.faults.add("truncate", method="GET", path=".bin", calls=[1])
    with pytest.raises(RemoteUnavailable):
        fetch(store, "default", client, "candidate", pulled, "café.bin")
