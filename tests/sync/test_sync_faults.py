"""Whatever goes wrong on the way: everything arrives, once, byte for byte."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from jupyterlab_mlops.store import outbox
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced

POINTS = [("loss", 1.0 / (i + 1), i) for i in range(30)]

WRITES = "runs/create|experiments/create|log-batch|runs/update|/files/"

#: Each of these hits the first attempts of every write of a push.
PLANS: dict[str, dict[str, Any]] = {
    "refused by the proxy": {"action": "status", "status": 503},
    "a 500 before the effect": {"action": "status", "status": 500, "body": {"message": "500"}},
    "slow down": {
        "action": "status",
        "status": 429,
        "body": "Retry later\n",
        "headers": {"Retry-After": "0"},
    },
    "lost before the effect": {"action": "drop_before"},
    "lost after the effect": {"action": "drop_after"},
    "an answer that breaks off": {"action": "truncate"},
    "a chunked answer that breaks off": {"action": "truncate_chunked"},
    "a sign-in page": {"action": "sign_in"},
    "a redirect to the sign-in page": {"action": "sign_in_redirect"},
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyterlab_mlops.sync.backoff.BASE_S", 0.01)
    monkeypatch.setattr("jupyterlab_mlops.sync.backoff.CAP_S", 0.1)


def everything_is_there_once(gitlab: GitLabFake, count: int) -> None:
    there = gitlab.candidates()
    assert sorted(c["name"] for c in there) == [f"candidate {i:02}" for i in range(count)]
    for number, candidate in enumerate(sorted(there, key=lambda c: c["name"])):
        assert candidate["status"] == "FINISHED"
        assert candidate["params"] == {"C": str(number), "penalty": "l2"}
        assert sorted((k, v, s) for k, v, s, _ in candidate["metrics"]) == sorted(POINTS)
        expected = {"a.bin": bytes([number]) * 5000, "sub/b.txt": b"text", "c.txt": b"c"}
        assert gitlab.files(candidate["run_id"]) == expected


def add_many(store: Store, count: int) -> None:
    for i in range(count):
        add_candidate(
            store,
            f"candidate {i:02}",
            params={"C": str(i), "penalty": "l2"},
            points=POINTS,
            files={"a.bin": bytes([i]) * 5000, "sub/b.txt": b"text", "c.txt": b"c"},
        )


@pytest.mark.parametrize("plan", PLANS)
def test_one_fault_at_each_step(
    plan: str, store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    for step in WRITES.split("|"):
        gitlab.faults.add(path=step, calls=[1, 3], **PLANS[plan])
    add_many(store, 2)
    report = synced(make_worker(gitlab, concurrency=2))
    assert report["done"], (report, store.read_sync(outbox.items))
    everything_is_there_once(gitlab, 2)


def test_faults_at_random(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker], profile: str
) -> None:
    gitlab.instance.profile = profile
    for plan in PLANS.values():
        gitlab.faults.add(chance=0.03, **plan)
    add_many(store, 12)
    report = synced(make_worker(gitlab), timeout_s=60)
    assert report["done"], (report, store.read_sync(outbox.items))
    everything_is_there_once(gitlab, 12)


def test_a_server_that_hangs_is_not_waited_for_for_ever(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.faults.add("hang", path="runs/create", calls=[1], seconds=3)
    gitlab.faults.add("hang", path="log-batch", calls=[1], seconds=3)
    add_many(store, 2)
    assert synced(make_worker(gitlab, timeout_s=0.5))["done"]
    everything_is_there_once(gitlab, 2)


@pytest.mark.parametrize(
    "plan",
    [
        {"action": "hang_after_headers", "seconds": 5},
        {"action": "drip", "seconds": 0.02},
    ],
)
def test_answers_that_never_end_are_given_up(
    plan: dict[str, Any],
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
) -> None:
    for step in ("runs/create", "log-batch", "package_files"):
        gitlab.faults.add(path=step, calls=[1], **plan)
    add_many(store, 2)
    began = time.monotonic()
    assert synced(make_worker(gitlab, timeout_s=0.5))["done"]
    assert time.monotonic() - began < 15
    everything_is_there_once(gitlab, 2)


def test_a_push_that_gets_further_each_time_is_not_put_off(
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.sync.backoff.CAP_S", 3600.0)
    for step in WRITES.split("|"):
        gitlab.faults.add("drop_before", path=step, chance=0.4)
    for status in (500, 502, 503):
        gitlab.faults.add("status", method="GET", chance=0.1, status=status)
    add_many(store, 6)
    assert synced(make_worker(gitlab), timeout_s=20)["done"]
    everything_is_there_once(gitlab, 6)


def test_a_short_retry_after_is_waited_for_in_place(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.faults.add(
        "status",
        path="log-batch",
        calls=[1],
        status=429,
        body="Retry later\n",
        headers={"Retry-After": "1"},
    )
    add_many(store, 1)
    assert synced(make_worker(gitlab))["done"]
    everything_is_there_once(gitlab, 1)
    assert sum("runs/get" in path for _, path in gitlab.log) == 0  # nothing had to be read back


def test_metrics_that_arrive_after_we_gave_up_waiting_arrive_once(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.faults.add("late", path="log-batch", calls=[1], seconds=1.2)
    add_many(store, 2)
    assert synced(make_worker(gitlab, timeout_s=1))["done"]
    everything_is_there_once(gitlab, 2)


def test_a_run_that_is_made_late_for_a_second_time_is_deleted(
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.sync.worker.DOUBT_S", 0.2)
    gitlab.faults.add("late", path="runs/create", calls=[1], seconds=3)
    add_many(store, 2)
    worker = make_worker(gitlab, timeout_s=0.5)
    assert synced(worker)["done"]
    made: list[str] = []
    end = time.monotonic() + 15
    while len(made) < 3 or len(gitlab.candidates()) != 2:
        made = sorted({*made, *(c["run_id"] for c in gitlab.candidates())})
        assert time.monotonic() < end, (made, gitlab.candidates())
        time.sleep(0.01)
    everything_is_there_once(gitlab, 2)


def test_what_arrived_before_connecting_again_is_found_not_pushed_twice(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    from jupyterlab_mlops.store import remotes

    add_many(store, 3)
    assert synced(make_worker(gitlab))["done"]
    store.write_sync(remotes.remove, "default")
    store.write_sync(remotes.add, "again", gitlab.url, gitlab.project)
    assert synced(make_worker(gitlab, connect=False))["done"]
    everything_is_there_once(gitlab, 3)
    assert all(len(gitlab.uploads(c["run_id"])) == 3 for c in gitlab.candidates())
