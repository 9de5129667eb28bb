"""Long series are packed beside the work, whoever wrote them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from jupyterlab_mlops.entities import MetricPoint
from jupyterlab_mlops.services.packing import Packing
from jupyterlab_mlops.store import candidates, metrics, packed
from jupyterlab_mlops.store.store import Connection, Store

LONG = [MetricPoint("loss", 1 / (1 + step), step, step) for step in range(packed.LEAST)]


def long_series(conn: Connection) -> str:
    id = candidates.create(conn, 0, origin="training", status="FINISHED")
    metrics.log(conn, id, LONG)
    return id


@asynccontextmanager
async def running(store: Store) -> AsyncIterator[None]:
    packing = Packing(store, settle_s=0.01)
    await packing.start()
    try:
        yield
    finally:
        await packing.stop()


async def until_packed(store: Store, id: str) -> None:
    async def look() -> None:
        while await store.read(packed.read, id, "loss") is None:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(look(), 30)


async def test_a_series_that_grew_long_is_packed(store: Store) -> None:
    async with running(store):
        id = await store.write(long_series)
        await until_packed(store, id)


async def test_what_the_last_server_left_is_packed_at_the_start(store: Store) -> None:
    id = await store.write(long_series)
    async with running(store):
        await until_packed(store, id)


async def test_a_series_that_cannot_be_packed_does_not_end_the_packing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [True]
    real = packed.pack

    def pack(*args: Any) -> packed.Packed | None:
        if failing:
            failing.pop()
            raise OSError("the disk is full")
        return real(*args)

    monkeypatch.setattr(packed, "pack", pack)
    async with running(store):
        first = await store.write(long_series)
        while failing:
            await asyncio.sleep(0.01)
        await store.write(candidates.update, first, starred=1)
        await until_packed(store, first)
