"""How far a push is: file by file, told often enough and not too often."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from jupyterlab_mlops.entities import Change
from jupyterlab_mlops.store import outbox
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced


def test_a_large_file_is_told_of_by_name(
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.sync.pushing.TELL_S", 0.0)
    add_candidate(store, files={"small.txt": b"x", "model.bin": bytes(32 << 20)})
    seen: list[dict[str, Any]] = []
    store.on_change(lambda _changes: seen.extend(store.read_sync(outbox.items)))
    assert synced(make_worker(gitlab))["done"]
    on_its_way = [file for item in seen for file in item["files"] if file["path"] == "model.bin"]
    assert any(0 < file["sent"] < file["size"] for file in on_its_way)
    assert all(0 <= file["sent"] <= file["size"] == 32 << 20 for file in on_its_way)
    assert any(0 < (item["progress"] or 0) <= 1 for item in seen)
    assert store.read_sync(outbox.items) == []


def test_however_many_pieces_a_file_has_it_is_told_a_few_times_a_second(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    told: list[float] = []

    def look(changes: list[Change]) -> None:
        if any(change.kind == "outbox" for change in changes):
            told.append(time.monotonic())

    add_candidate(store, files={"model.bin": bytes(64 << 20)})
    store.on_change(look)
    assert synced(make_worker(gitlab))["done"]
    # Besides: queued, leased, done.
    assert len(told) <= 4 + 4 * (told[-1] - told[0] + 1)


def test_progress_of_a_lease_that_is_over_is_not_kept(store: Store, gitlab: GitLabFake) -> None:
    item = outbox.Item("default", "candidate", "x", 1, 0, "nobody")
    store.write_sync(outbox.progress, {item: outbox.Progress(0.5)})
    assert store.read_sync(outbox.items) == []
