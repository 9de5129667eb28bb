"""Parts for the stories of synchronisation: a real store, the GitLab fake, a worker, a few candidates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from jupyterlab_mlops.entities import MetricPoint, Param
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics, remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake


@pytest.fixture(params=["newest", "older"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def gitlab() -> Iterator[GitLabFake]:
    with GitLabFake() as fake:
        yield fake


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "data")
    yield made
    made.close()


def add_candidate(
    store: Store,
    name: str = "logistic",
    *,
    experiment: str = "churn",
    status: str = "FINISHED",
    params: dict[str, str] | None = None,
    points: list[tuple[str, float, int]] | None = None,
    files: dict[str, bytes] | None = None,
    tags: dict[str, str] | None = None,
    **columns: Any,
) -> str:
    """A candidate with all that is said of it, ended."""
    blobs = {path: store.blobs.put(data) for path, data in (files or {}).items()}

    def write(conn: Any) -> str:
        id = candidates.create(
            conn,
            experiments.ensure(conn, experiment),
            origin="training",
            name=name,
            start_ms=1_700_000_000_000,
            **columns,
        )
        candidates.set_params(conn, id, [Param(k, v) for k, v in (params or {"C": "1.0"}).items()])
        metrics.log(
            conn,
            id,
            [
                MetricPoint(key, value, step, 1_700_000_000_000 + step)
                for key, value, step in points or [("accuracy", 0.9, 0)]
            ],
        )
        candidates.set_tags(conn, id, tags or {})
        for path, (sha256, size) in blobs.items():
            artifacts.put(conn, artifacts.candidate_owner(id), path, sha256, size)
        candidates.update(conn, id, status=status, end_ms=1_700_000_060_000)
        return id

    return store.write_sync(write)


@pytest.fixture
def make_worker(store: Store) -> Iterator[Callable[..., Worker]]:
    """Builds workers that look at no real environment; all are stopped."""
    made: list[Worker] = []

    def make(gitlab: GitLabFake | None = None, *, connect: bool = True, **options: Any) -> Worker:
        environ = options.pop("environ", {})
        if gitlab is not None:
            environ = {"GITLAB_URL": gitlab.url, "GITLAB_TOKEN": gitlab.token} | environ
            if connect:
                environ = {"GITLAB_PROJECT": gitlab.project} | environ
        options.setdefault("timeout_s", 5)
        worker = Worker(options.pop("store", store), environ=environ, **options)
        made.append(worker)
        return worker

    yield make
    for worker in made:
        worker.stop_sync()


def synced(worker: Worker, timeout_s: float = 30) -> dict[str, Any]:
    """Start the worker if needed and wait for an empty queue."""
    worker.start_sync()
    return worker.sync_now(wait=True, timeout_s=timeout_s)


def queue_states(store: Store) -> dict[str, dict[str, Any]]:
    """Queue rows by id."""
    from jupyterlab_mlops.store import outbox

    return {item["id"]: item for item in store.read_sync(outbox.items)}


def connect(store: Store, gitlab: GitLabFake, name: str = "default", **options: Any) -> None:
    store.write_sync(remotes.add, name, gitlab.url, gitlab.project, **options)
