"""A burst of changes is one event; another process's writes are noticed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyterlab_mlops.entities import Change
from jupyterlab_mlops.events import MOST, Publisher, payload, schema
from jupyterlab_mlops.store import experiments
from jupyterlab_mlops.store.store import Store


async def told(events: list[dict[str, Any]], timeout_s: float = 5) -> None:
    async def wait() -> None:
        while not events:
            await asyncio.sleep(0.02)

    await asyncio.wait_for(wait(), timeout_s)


async def test_many_writes_in_a_burst_are_one_event(store: Store) -> None:
    events: list[dict[str, Any]] = []
    publisher = Publisher(store, events.append)
    await publisher.start()
    for number in range(5):
        await store.write(experiments.create, f"e{number}")
    await told(events)
    await publisher.stop()
    assert len(events) == 1
    assert len(events[0]["changes"]) == 5
    assert events[0]["more"] is False


async def test_a_failed_write_is_not_announced(store: Store) -> None:
    events: list[dict[str, Any]] = []
    publisher = Publisher(store, events.append)
    await publisher.start()

    def fail(conn: Any) -> None:
        experiments.create(conn, "never")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(fail)
    await publisher.stop()
    assert events == []


async def test_the_writes_of_another_process_are_noticed(store: Store) -> None:
    events: list[dict[str, Any]] = []
    publisher = Publisher(store, events.append)
    await publisher.start()
    await asyncio.sleep(0.1)
    other = Store(store.data_dir)
    other.write_sync(experiments.create, "from elsewhere")
    await told(events)
    await publisher.stop()
    other.close()
    assert {"kind": "store", "id": ""} in events[0]["changes"]


def test_a_long_list_is_cut_and_says_so() -> None:
    found = payload([Change("candidate", str(number)) for number in range(MOST + 1)])
    assert len(found["changes"]) == MOST
    assert found["more"] is True


def test_the_schema_describes_the_payload() -> None:
    described = schema()
    assert set(described["required"]) == set(payload([]))


async def test_a_watch_that_cannot_begin_begins_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = [OSError("the disk is away"), 1, 2]

    async def data_version() -> int:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    monkeypatch.setattr(store, "data_version", data_version)
    monkeypatch.setattr("jupyterlab_mlops.events.WATCH_S", 0.01)
    events: list[dict[str, Any]] = []
    publisher = Publisher(store, events.append)
    await publisher.start()
    await told(events)
    await publisher.stop()
    assert events[0]["changes"] == [{"kind": "store", "id": ""}]
