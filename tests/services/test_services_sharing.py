"""Connecting a GitLab project from the panel, pushing, and looking at what a colleague pushed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from jupyterlab_mlops.entities import MetricPoint
from jupyterlab_mlops.errors import RemoteUnavailable
from jupyterlab_mlops.services.sharing import SharingService
from jupyterlab_mlops.settings import MLOpsSettings
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics, outbox, remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import Api, eventually


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLabFake]:
    for name in (
        "GITLAB_URL",
        "GITLAB_TOKEN",
        "GITLAB_PROJECT",
        "CI_JOB_TOKEN",
        "GITLAB_PRIVATE_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    with GitLabFake() as fake:
        yield fake


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    config = dict(jp_server_config)
    config["MLOpsExtension"] = {**config["MLOpsExtension"], "sync": "auto"}
    return config


def add(store: Store, name: str) -> str:
    """A finished candidate with a metric and a file."""
    sha256, size = store.blobs.put(b"from " + name.encode())

    def write(conn: Any) -> str:
        experiment = experiments.ensure(conn, "churn")
        id = candidates.create(conn, experiment, origin="training", name=name, status="FINISHED")
        metrics.log(conn, id, [MetricPoint("accuracy", 0.9, 0, 1)])
        artifacts.put(
            conn, artifacts.candidate_owner(id), "notes/a.txt", sha256, size, "text/plain"
        )
        return id

    return store.write_sync(write)


def by_colleague(gitlab: GitLabFake, directory: Path) -> None:
    """Push a candidate from a store of somebody else."""
    environment = {
        "GITLAB_URL": gitlab.url,
        "GITLAB_TOKEN": gitlab.token,
        "GITLAB_PROJECT": str(gitlab.project),
    }
    with Store(directory) as store:
        add(store, "theirs")
        worker = Worker(store, environ=environment)
        worker.start_sync()
        assert worker.sync_now(wait=True, timeout_s=30)["done"]
        worker.stop_sync()


async def test_connect_push_and_pull_from_the_panel(
    api: Api, extension: Any, gitlab: GitLabFake, tmp_path: Path, jp_fetch: Any
) -> None:
    mine = add(extension.store, "mine")
    request = {"url": gitlab.url, "project": str(gitlab.project), "token": gitlab.token}
    checked = await api("POST", "remotes/check", request)
    assert checked["ok"], checked
    remote = await api("POST", "remotes", request)
    assert remote["connected"]
    assert gitlab.token not in json.dumps(await api("GET", "remotes"))

    async def pushed() -> Any:
        status = await api("GET", "status")
        return status["queue"]["synced"] == 1 and status["connection"]["connected"]

    await eventually(pushed)
    assert (await api("GET", f"candidates/{mine}"))["sync"]["url"].startswith(gitlab.url)

    by_colleague(gitlab, tmp_path / "colleague")
    pulled = await api("POST", "sync/pull", {})
    assert pulled["candidates"] == 1
    found = (await api("GET", "candidates", filter="theirs"))["candidates"]
    assert [each["remote"] for each in found] == ["default"]
    id = found[0]["id"]
    listed = (await api("GET", f"candidates/{id}/remote-files"))["files"]
    assert "notes/a.txt" in {file["path"] for file in listed}
    fetched = await jp_fetch("mlops", "api", "candidates", id, "artifacts", "notes", "a.txt")
    assert fetched.body == b"from theirs"


async def test_a_connection_that_does_not_work_is_not_kept(
    api: Api, extension: Any, gitlab: GitLabFake
) -> None:
    request = {
        "url": gitlab.url,
        "project": str(gitlab.project),
        "token": "glpat-nobody-knows-this",
    }
    checked = await api("POST", "remotes/check", request)
    assert not checked["ok"]
    with pytest.raises(HTTPClientError) as refused:
        await api("POST", "remotes", request)
    assert refused.value.code == 400
    assert "glpat-nobody" not in refused.value.response.body.decode()
    assert (await api("GET", "remotes"))["remotes"] == []


async def test_a_remote_out_of_reach_does_not_keep_the_others_from_being_pulled(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("away", "there"):
        store.write_sync(remotes.connect, name, f"https://{name}.test", "group/project")
    pulled: list[str] = []

    async def client(_self: Any, name: str) -> Any:
        if name == "away":
            raise RemoteUnavailable("away.test cannot be reached")

    def pull(_store: Store, remote: Any, _client: Any) -> dict[str, int]:
        pulled.append(remote.name)
        return {"candidates": 1}

    monkeypatch.setattr(SharingService, "_client", client)
    monkeypatch.setattr("jupyterlab_mlops.services.sharing.pull", pull)
    service = SharingService(store, MLOpsSettings(), root_dir=tmp_path)
    with pytest.raises(RemoteUnavailable, match=r"away\.test"):
        await service.control("pull", {})
    assert pulled == ["there"]


async def test_a_decision_reaches_what_is_held_behind_a_long_queue(
    store: Store, tmp_path: Path
) -> None:
    store.write_sync(remotes.connect, "default", "https://there.test", "group/project")

    def fill(conn: Any) -> list[str]:
        experiment = experiments.ensure(conn, "churn")
        made = [
            candidates.create(conn, experiment, origin="training", status="FINISHED")
            for _ in range(2)
        ]
        findings = [{"hash": "h", "rule": "token"}]
        conn.execute(
            "UPDATE outbox SET state = 'held', error = ?, queued_ms = queued_ms + 1000 WHERE id = ?",
            (json.dumps({"findings": findings}), made[-1]),
        )
        return made

    _queued, held = store.write_sync(fill)
    assert [item["id"] for item in store.read_sync(outbox.items, limit=1)] != [held]
    only = store.read_sync(lambda conn: outbox.items(conn, states=("held",), limit=1))
    assert [item["id"] for item in only] == [held]
    service = SharingService(store, MLOpsSettings(), root_dir=tmp_path)
    told = await service.control("redact", {"kind": "candidate", "id": held})
    assert told == {"queued": 1}
