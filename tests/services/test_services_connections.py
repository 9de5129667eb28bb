"""Sharing as the panel sees it: several connections, decisions, deletion there, and what is about to be pushed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from jupyterlab_mlops.entities import Artifact
from jupyterlab_mlops.errors import InvalidValue, NotFound, PermissionDenied
from jupyterlab_mlops.registry import register
from jupyterlab_mlops.services.sharing import SharingService
from jupyterlab_mlops.settings import MLOpsSettings
from jupyterlab_mlops.store import models, outbox, remotes
from jupyterlab_mlops.store.store import Store
from tests.gitlab_fake import GitLabFake
from tests.sync.conftest import add_candidate

SECRET = "glpat-" + "x7Kd93mZpQ2sLw8vTnB4"


@pytest.fixture
def gitlab() -> Iterator[GitLabFake]:
    with GitLabFake() as fake:
        fake.add_project("group/production")
        yield fake


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data") as made:
        yield made


@pytest.fixture
def sharing(
    store: Store, gitlab: GitLabFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SharingService]:
    for name in ("GITLAB_PROJECT", "CI_PROJECT_PATH", "GITLAB_PRIVATE_TOKEN", "CI_JOB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITLAB_URL", gitlab.url)
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.token)
    made = SharingService(store, MLOpsSettings(), root_dir=tmp_path)
    made.worker.start_sync()
    yield made
    made.worker.stop_sync()


def push(sharing: SharingService) -> dict[str, Any]:
    return sharing.worker.sync_now(wait=True, timeout_s=30)


async def test_two_projects_each_by_its_name(
    sharing: SharingService, gitlab: GitLabFake, store: Store
) -> None:
    add_candidate(store)
    for name, project in (("staging", gitlab.project), ("production", "group/production")):
        await sharing.connect({"name": name, "url": gitlab.url, "project": project})
    push(sharing)
    told = {each["name"]: each for each in (await sharing.remotes())["remotes"]}
    assert {name: each["queue"]["synced"] for name, each in told.items()} == {
        "staging": 1,
        "production": 1,
    }
    gitlab.instance.projects[1].members.clear()
    add_candidate(store, "second")
    push(sharing)
    told = {each["name"]: each for each in (await sharing.remotes())["remotes"]}
    assert told["staging"]["message"] is None
    assert "shows no project" in told["production"]["message"]
    status = await sharing.status()
    assert status["connection"]["message"].startswith("production: ")


async def test_one_decision_is_for_everything_that_the_same_secret_holds(
    sharing: SharingService, gitlab: GitLabFake, store: Store
) -> None:
    await sharing.connect({"url": gitlab.url, "project": gitlab.project})
    first = add_candidate(store, "first", tags={"note": SECRET})
    add_candidate(store, "second", tags={"note": SECRET})
    add_candidate(store, "third", tags={"note": SECRET.replace("x7", "y8")})
    push(sharing)
    assert [item["state"] for item in await sharing.queue()] == ["held"] * 3
    found = await sharing.control("redact", {"kind": "candidate", "id": first})
    assert found == {"queued": 2}
    push(sharing)
    assert sorted(c["name"] for c in gitlab.candidates()) == ["first", "second"]
    with pytest.raises(InvalidValue, match="which held item"):
        await sharing.control("redact", {})


async def test_deleting_there_is_told_where_the_role_does_not_allow_it(
    sharing: SharingService, gitlab: GitLabFake, store: Store
) -> None:
    await sharing.connect({"url": gitlab.url, "project": gitlab.project})
    id = add_candidate(store)
    files = [Artifact("MLmodel", *store.blobs.put(b"x"))]
    store.write_sync(lambda conn: register(conn, model="churn", version="1.0.0", files=files))
    assert push(sharing)["done"]

    found = await sharing.control("delete", {"kind": "candidate", "id": id})
    assert found["deleted"] == ["default"]
    assert "Maintainer" in found["told"][0]
    assert gitlab.candidates() == []
    version = {"kind": "version", "id": "churn@1.0.0"}
    with pytest.raises(PermissionDenied, match="yours is Developer"):
        await sharing.control("delete", version)
    gitlab.the_project.members[gitlab.user_id] = 40
    assert (await sharing.control("delete", version))["deleted"] == ["default"]
    assert gitlab.versions("churn") == []
    with pytest.raises(NotFound):
        await sharing.control("delete", version)
    with pytest.raises(InvalidValue):
        await sharing.control("delete", {"kind": "experiment", "id": "1"})

    # Retry means: there again.
    assert (await sharing.control("retry", version | {"id": "1"}))["queued"] == 1
    assert push(sharing)["done"]
    assert [v["version"] for v in gitlab.versions("churn")] == ["1.0.0"]


async def test_a_version_that_is_being_checked_is_under_way_at_once(
    sharing: SharingService, gitlab: GitLabFake, store: Store
) -> None:
    await sharing.connect({"url": gitlab.url, "project": gitlab.project})
    files = [Artifact("MLmodel", *store.blobs.put(b"x"))]

    def pending(conn: Any) -> None:
        made = register(conn, model="churn", version="1.0.0", files=files)
        models.update_version(conn, "churn", made.number, status="PENDING_REGISTRATION")

    store.write_sync(pending)
    assert (await sharing.status())["queue"]["queued"] == 1
    assert store.read_sync(outbox.counts)["queued"] == 0
    store.write_sync(lambda conn: models.update_version(conn, "churn", 1, status="READY"))
    assert push(sharing)["done"]
    assert (await sharing.status())["queue"]["queued"] == 0
    assert store.read_sync(remotes.link, "default", "version", "1")["version"] == "1.0.0"
