"""Deleting on GitLab: where the role allows it, and told where not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyterlab_mlops.entities import Artifact
from jupyterlab_mlops.errors import NotFound, PermissionDenied, RemoteRejected
from jupyterlab_mlops.registry import register
from jupyterlab_mlops.store import candidates, outbox, remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.deletion import delete_there
from jupyterlab_mlops.sync.project import GitLab
from jupyterlab_mlops.sync.pull import pull
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, connect, synced


@pytest.fixture
def client(gitlab: GitLabFake) -> Iterator[GitLab]:
    made = GitLab(gitlab.url, gitlab.project, gitlab.token, timeout_s=5)
    yield made
    made.close()


def test_a_candidate_is_deleted_and_its_files_are_told_of(
    store: Store, gitlab: GitLabFake, client: GitLab, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(store, files={"a.txt": b"1"})
    assert synced(make_worker(gitlab))["done"]
    (told,) = delete_there(store, "default", client, "candidate", id)
    assert "package registry" in told
    assert gitlab.candidates() == []
    with pytest.raises(NotFound):
        delete_there(store, "default", client, "candidate", id)


def test_what_was_deleted_there_is_not_pushed_again_unless_asked(
    store: Store, gitlab: GitLabFake, client: GitLab, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(store)
    worker = make_worker(gitlab)
    assert synced(worker)["done"]
    delete_there(store, "default", client, "candidate", id)
    store.write_sync(candidates.set_tags, id, {"late": "yes"})
    assert synced(worker)["done"]
    assert gitlab.candidates() == []
    assert store.read_sync(outbox.state_of, "candidate", id)["state"] == "local"
    assert store.write_sync(remotes.wanted_again, None, "candidate", id) == 1
    assert synced(worker)["done"]
    assert [c["tags"]["late"] for c in gitlab.candidates()] == ["yes"]


def test_what_a_colleague_pushed_is_listed_here_no_more(
    store: Store,
    gitlab: GitLabFake,
    client: GitLab,
    make_worker: Callable[..., Worker],
    tmp_path: Path,
) -> None:
    colleague = Store(tmp_path / "colleague")
    add_candidate(colleague)
    worker = make_worker(gitlab, store=colleague)
    assert synced(worker)["done"]
    worker.stop_sync()
    colleague.close()
    connect(store, gitlab)
    pull(store, store.read_sync(remotes.get, "default"), client)
    (pulled,) = store.read_sync(remotes.links, "default", "candidate")
    delete_there(store, "default", client, "candidate", pulled)
    assert gitlab.candidates() == []
    assert store.read_sync(candidates.head, pulled).lifecycle_stage == "deleted"


def test_an_old_gitlab_that_cannot_delete_is_named_as_such(
    store: Store, gitlab: GitLabFake, client: GitLab, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(store)
    assert synced(make_worker(gitlab))["done"]
    gitlab.faults.add("status", path="runs/delete", status=404, body={"error": "404 Not Found"})
    with pytest.raises(RemoteRejected, match=r"cannot delete a candidate yet"):
        delete_there(store, "default", client, "candidate", id)


def test_versions_and_models_take_a_maintainer(
    store: Store, gitlab: GitLabFake, client: GitLab, make_worker: Callable[..., Worker]
) -> None:
    files = [Artifact("MLmodel", *store.blobs.put(b"x"))]
    first, _second = (
        store.write_sync(lambda conn: register(conn, model="churn", files=files)) for _ in range(2)
    )
    assert synced(make_worker(gitlab))["done"]
    for kind, id in (("version", str(first.id)), ("model", "churn")):
        with pytest.raises(
            PermissionDenied, match=r"takes the role Maintainer .* yours is Developer"
        ):
            delete_there(store, "default", client, kind, id)
    gitlab.the_project.members[gitlab.user_id] = 40
    assert delete_there(store, "default", client, "version", str(first.id)) == []
    assert len(gitlab.versions("churn")) == 1
    delete_there(store, "default", client, "model", "churn")
    assert gitlab.the_project.models == []
    with pytest.raises(NotFound):  # gone with its model
        delete_there(store, "default", client, "version", str(_second.id))
