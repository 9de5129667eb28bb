"""Deleting on GitLab: where the role allows it, and told where not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from jupyterlab_mlops.entities import Artifact
from jupyterlab_mlops.errors import NotFound, PermissionDenied
from jupyterlab_mlops.registry import register
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.deletion import delete_there
from jupyterlab_mlops.sync.project import GitLab
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced


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
    delete_there(store, "default", client, "version", str(_second.id))  # gone already: no error
