"""The queue: leased, durable, patient, and never stopped by one bad item."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.store import candidates, outbox, remotes
from jupyterlab_mlops.store.store import Store, now_ms
from jupyterlab_mlops.sync import backoff
from jupyterlab_mlops.sync.credentials import Credentials
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, connect, queue_states, synced


def until(condition: Callable[[], Any], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def names(gitlab: GitLabFake) -> list[str]:
    return sorted(c["name"] for c in gitlab.candidates())


def test_what_still_runs_is_not_pushed_until_it_ends(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    connect(store, gitlab)
    id = add_candidate(store, "training", status="RUNNING")
    add_candidate(store, "done")
    worker = make_worker(gitlab)
    assert synced(worker)["done"]
    assert names(gitlab) == ["done"]
    store.write_sync(candidates.update, id, status="KILLED")
    until(lambda: names(gitlab) == ["done", "training"])


def test_a_change_during_a_push_is_pushed_too(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(store)
    changing = lambda: store.write_sync(candidates.set_tags, id, {"late": "yes"})  # noqa: E731
    gitlab.faults.add("call", path="runs/update", calls=[1], call=changing)
    assert synced(make_worker(gitlab))["done"]
    assert gitlab.candidates()[0]["tags"]["late"] == "yes"


def test_deleted_before_it_was_pushed_is_never_pushed(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    store.write_sync(candidates.delete, add_candidate(store))
    assert synced(make_worker(gitlab))["done"]
    assert gitlab.candidates() == []


def test_one_bad_item_does_not_stop_the_others(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    bad = add_candidate(store, "bad", experiment="poison")
    for i in range(5):
        add_candidate(store, f"good {i}")
    connect(store, gitlab)
    gitlab.faults.add(
        "status",
        path="experiments/create",
        times=1,
        status=400,
        body={"error_code": "INVALID_PARAMETER_VALUE", "message": "no"},
    )
    worker = make_worker(gitlab, concurrency=1)  # the oldest goes first, alone
    report = synced(worker)
    assert names(gitlab) == [f"good {i}" for i in range(5)]
    assert report["queue"]["error"] == 1
    assert queue_states(store)[bad]["error"]["code"] == "invalid"
    store.write_sync(outbox.again, id=bad)
    assert synced(worker)["done"]
    assert "bad" in names(gitlab)


def test_what_always_breaks_is_set_aside_after_a_while_and_can_be_tried_again(
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(backoff.TRIES, "server_error", 4)
    monkeypatch.setattr(backoff, "BASE_S", 0.01)
    bad = add_candidate(store, "bad", files={"odd.bin": b"it chokes on this"})
    add_candidate(store, "good")
    gitlab.faults.add("status", path="odd.bin", status=500, times=10_000)
    worker = make_worker(gitlab)
    report = synced(worker)
    assert (report["queue"]["synced"], report["queue"]["error"]) == (1, 1)
    error = queue_states(store)[bad]["error"]
    assert error["code"] == "server_error"
    assert "4 times" in error["message"]
    gitlab.faults.clear()
    store.write_sync(outbox.again, id=bad)
    assert synced(worker)["done"]
    assert names(gitlab) == ["bad", "good"]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (lambda g: setattr(g.the_token, "expired", True), "token_dead"),
        (lambda g: setattr(g.the_token, "revoked", True), "token_dead"),
        (lambda g: g.instance.tokens.clear(), "token_dead"),
        (lambda g: setattr(g.the_token, "scopes", ("read_api",)), "scope_too_small"),
        (lambda g: g.the_project.members.update({g.user_id: 20}), "role_too_low"),
        (lambda g: g.the_project.members.clear(), "project_not_found"),
        (lambda g: setattr(g.the_project, "experiments_on", False), "feature_off"),
    ],
    ids=["expired", "revoked", "unknown", "scope", "role", "not a member", "feature off"],
)
def test_what_concerns_the_whole_remote_parks_it_with_the_reason(
    trouble: Callable[[GitLabFake], Any],
    code: str,
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
) -> None:
    for i in range(3):
        add_candidate(store, f"c{i}")
    trouble(gitlab)
    worker = make_worker(gitlab)
    report = synced(worker)
    assert not report["done"]
    (remote,) = store.read_sync(remotes.list_all)
    assert remote.facts["problem"]["code"] == code
    assert report["problems"] == [remote.facts["problem"]["message"]]
    assert report["queue"]["error"] == 0
    assert gitlab.candidates() == []
    # Nobody hammers a remote that said no.
    requests = len(gitlab.log)
    time.sleep(0.3)
    assert len(gitlab.log) == requests


def test_a_rotated_token_is_picked_up_and_the_queue_goes_on(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    credentials = Credentials(store.data_dir, environ={})
    credentials.set(gitlab.url, gitlab.token)
    connect(store, gitlab)
    worker = make_worker(credentials=credentials)
    add_candidate(store, "before")
    assert synced(worker)["done"]
    fresh = gitlab.rotate()
    add_candidate(store, "after")
    until(lambda: store.read_sync(remotes.get, "default").facts.get("problem"))
    # Another process (the panel, a script) stores the new token: nothing is restarted.
    Credentials(store.data_dir, environ={}).set(gitlab.url, fresh.value)
    until(lambda: names(gitlab) == ["after", "before"])
    until(lambda: store.read_sync(remotes.get, "default").facts.get("problem") is None)


def test_a_dead_typed_in_token_gives_way_to_a_living_one(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    Credentials(store.data_dir, environ={}).set(gitlab.url, "glpat-long-gone-and-revoked")
    add_candidate(store)
    assert synced(make_worker(gitlab))["done"]
    assert len(gitlab.candidates()) == 1


def test_two_workers_on_one_data_directory_push_once(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    for i in range(20):
        add_candidate(store, f"c{i:02}", files={"f.txt": b"x"})
    connect(store, gitlab)
    other = Store(store.data_dir)
    try:
        one, two = make_worker(gitlab), make_worker(gitlab, store=other)
        one.start_sync()
        assert synced(two)["done"]
        assert names(gitlab) == [f"c{i:02}" for i in range(20)]
        assert all(len(gitlab.uploads(c["run_id"])) == 1 for c in gitlab.candidates())
        two.stop_sync()
    finally:
        other.close()


def test_a_lease_that_ran_out_is_taken_over(store: Store, gitlab: GitLabFake) -> None:
    connect(store, gitlab)
    id = add_candidate(store)
    now = now_ms()
    taken = store.write_sync(
        outbox.lease, "default", "elsewhere|1|1|x", now=now, until=now + 1000, limit=5
    )
    assert [item.id for item in taken] == [id]

    def lease(at):
        return store.write_sync(outbox.lease, "default", "me", now=at, until=at + 1000, limit=5)

    assert lease(now + 500) == []
    (mine,) = lease(now + 1001)
    # The late holder cannot close what is not its own any more.
    store.write_sync(outbox.done, taken[0])
    assert store.read_sync(outbox.state_of, "candidate", id)["state"] == "pushing"
    assert store.write_sync(outbox.done, mine)


def test_paused_means_queued(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    connect(store, gitlab)
    store.write_sync(remotes.pause, "default")
    add_candidate(store)
    worker = make_worker(gitlab)
    worker.start_sync()
    time.sleep(0.3)
    assert gitlab.log == []
    assert store.read_sync(outbox.counts)["queued"] == 1
    store.write_sync(remotes.pause, "default", False)
    until(lambda: names(gitlab))


@pytest.mark.parametrize("mode", ["manual", "off"])
def test_nothing_leaves_unasked_in_the_other_modes(
    mode: str, store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    connect(store, gitlab)
    add_candidate(store)
    worker = make_worker(gitlab, mode=mode)
    worker.start_sync()
    time.sleep(0.3)
    assert gitlab.log == []
    if mode == "manual":
        assert synced(worker)["done"]
        assert names(gitlab) == ["logistic"]


def test_retry_after_is_honoured(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.faults.add(
        "status", path="runs/create", calls=[1], status=429, body="Retry later\n",
        headers={"Retry-After": "2"},
    )  # fmt: skip
    add_candidate(store)
    began = time.monotonic()
    worker = make_worker(gitlab)
    worker.start_sync()
    until(lambda: gitlab.candidates())
    assert time.monotonic() - began >= 2


def test_several_remotes_each_get_everything(
    store: Store, make_worker: Callable[..., Worker]
) -> None:
    with GitLabFake() as staging, GitLabFake("older") as production:
        add_candidate(store)
        credentials = Credentials(store.data_dir, environ={})
        for name, gitlab in (("staging", staging), ("production", production)):
            credentials.set(gitlab.url, gitlab.token)
            connect(store, gitlab, name)
        assert synced(make_worker(credentials=credentials))["done"]
        assert names(staging) == names(production) == ["logistic"]


def test_the_environment_moving_to_another_project_moves_the_default_remote(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    add_candidate(store)
    first = make_worker(gitlab)
    assert synced(first)["done"]
    first.stop_sync()
    gitlab.add_project("group/other")
    second = make_worker(gitlab, environ={"GITLAB_PROJECT": "group/other"})
    assert synced(second)["done"]
    (remote,) = store.read_sync(remotes.list_all)
    assert remote.project == "group/other"
    other = gitlab.instance.project("group/other")
    assert other is not None
    assert len(other.experiments) == 1


@pytest.mark.parametrize("code", ["role_too_low", "token_dead"])
def test_a_refusal_in_the_middle_of_an_upload_is_understood(
    code: str, store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    """The front server answers and hangs up while the body is still on its way."""

    def change() -> None:
        gitlab.the_project.members[gitlab.user_id] = 20 if code == "role_too_low" else 30
        gitlab.the_token.expired = code == "token_dead"

    gitlab.faults.add("call", path="/files/big.bin", calls=[1], call=change)
    add_candidate(store, files={"big.bin": bytes(20_000_000)})
    worker = make_worker(gitlab)
    assert not synced(worker)["done"]
    assert store.read_sync(remotes.get, "default").facts["problem"]["code"] == code
    gitlab.the_project.members[gitlab.user_id], gitlab.the_token.expired = 30, False
    assert synced(worker)["done"]
    assert gitlab.files(gitlab.candidates()[0]["run_id"]) == {"big.bin": bytes(20_000_000)}


def test_a_remote_that_hangs_does_not_keep_the_others_waiting(
    store: Store, make_worker: Callable[..., Worker]
) -> None:
    with GitLabFake() as hanging, GitLabFake() as good:
        hanging.faults.add("hang", seconds=20)
        for i in range(10):
            add_candidate(store, f"c{i}")
        credentials = Credentials(store.data_dir, environ={})
        for name, gitlab in (("a", hanging), ("b", good)):
            credentials.set(gitlab.url, gitlab.token)
            connect(store, gitlab, name)
        make_worker(credentials=credentials, timeout_s=15).start_sync()
        until(lambda: store.read_sync(outbox.counts, "b")["synced"] == 10, 12)


def test_connecting_again_takes_the_new_facts(store: Store, gitlab: GitLabFake) -> None:
    again = lambda **facts: store.write_sync(  # noqa: E731
        remotes.connect, "default", gitlab.url + "/", gitlab.project, facts=facts
    )
    assert again(role="Guest").facts == {"role": "Guest"}
    assert again(role="Developer").facts == {"role": "Developer"}
    assert len(store.read_sync(remotes.list_all)) == 1


def test_a_package_registry_that_is_off_parks_the_remote(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.the_project.registry_on = False
    gitlab.faults.add("status", path="/packages/", status=404, body={"message": "404 Not Found"})
    add_candidate(store, files={"a.txt": b"1"})
    assert not synced(make_worker(gitlab))["done"]
    assert store.read_sync(remotes.get, "default").facts["problem"]["code"] == "feature_off"


def test_a_ci_job_token_is_named_as_what_it_is(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    add_candidate(store)
    connect(store, gitlab)
    job = gitlab.add_token(kind="job").value
    report = synced(make_worker(environ={"GITLAB_URL": gitlab.url, "CI_JOB_TOKEN": job}))
    assert "CI job token" in report["problems"][0]
