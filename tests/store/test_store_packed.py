"""Packed series: a chart sees the same curve whether a series is packed, half packed, or not at all."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.entities import MetricPoint
from jupyterlab_mlops.store import candidates, metrics, overview, packed
from jupyterlab_mlops.store.curves import curves
from jupyterlab_mlops.store.store import Store

values = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e308]),
)
points = st.lists(
    st.builds(
        MetricPoint,
        name=st.just("loss"),
        value=values,
        step=st.integers(-3, 12),
        timestamp_ms=st.integers(0, 12),
    ),
    max_size=8,
)
deeds = st.lists(
    st.one_of(st.just("pack"), st.tuples(st.sampled_from(["logged", "output", "autolog"]), points)),
    max_size=8,
)


def fresh(store: Store, status: str = "FINISHED") -> str:
    return store.write_sync(candidates.create, 0, origin="training", status=status)


def log(store: Store, id: str, steps: range, *, at: int = 0, value: float = 1.0) -> None:
    added = [MetricPoint("loss", value, step, at + step) for step in steps]
    store.write_sync(metrics.log, id, added)


def pack(store: Store, id: str) -> None:
    made = store.read_sync(packed.pack, id, "loss")
    if made is not None:
        store.write_sync(packed.keep, made)


def kept(store: Store, id: str) -> Any:
    """How many points are packed; None: the series is not."""
    return store.read_sync(
        lambda conn: conn.execute(
            "SELECT (SELECT count FROM packed_series WHERE candidate_id = ?)", (id,)
        ).fetchone()[0]
    )


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80
)
@given(deeds, st.none() | st.integers(-2, 6), st.none() | st.integers(2, 12))
def test_a_curve_is_the_same_packed_or_not(
    store: Store, done: list[Any], first: int | None, last: int | None
) -> None:
    """Points come late, twice, in any order and not finite; printed series give way: packing never shows."""
    plain, with_packing = fresh(store), fresh(store)
    for deed in done:
        if deed == "pack":
            pack(store, with_packing)
            continue
        source, added = deed
        for id in (plain, with_packing):
            store.write_sync(metrics.log, id, added, source=source)
    for within in ({}, {"first_step": first, "last_step": last}):
        for wanted in (5, 1000):
            found = store.read_sync(curves, [plain, with_packing], "loss", points=wanted, **within)
            assert found.get(plain) == found.get(with_packing)


def test_what_is_measured_later_is_read_with_what_is_packed(store: Store) -> None:
    id = fresh(store)
    log(store, id, range(2500))
    pack(store, id)
    log(store, id, range(2500, 2600))
    columns = store.read_sync(packed.read, id, "loss")
    assert columns is not None
    assert list(columns.steps) == list(range(2600))


def test_a_resumed_run_that_starts_over_is_put_in_order(store: Store) -> None:
    id = fresh(store)
    log(store, id, range(10), value=1.0)
    pack(store, id)
    log(store, id, range(5, 15), at=1000, value=2.0)
    found = store.read_sync(curves, [id], "loss")[id]
    assert found.steps == sorted([*range(10), *range(5, 15)])
    assert found.values[5:9] == [1.0, 2.0, 1.0, 2.0]


def test_a_point_from_before_sends_the_reader_to_the_rows(store: Store) -> None:
    id = fresh(store)
    log(store, id, range(10, 20))
    pack(store, id)
    log(store, id, range(1))
    assert store.read_sync(packed.read, id, "loss") is None
    assert store.read_sync(curves, [id], "loss")[id].steps == [0, *range(10, 20)]


def test_what_was_replaced_while_it_was_packed_is_not_kept(store: Store) -> None:
    id = fresh(store)
    store.write_sync(metrics.log, id, [MetricPoint("loss", 1.0, 0, 0)], source="output")
    made = store.read_sync(packed.pack, id, "loss")
    log(store, id, range(1))
    assert made is not None
    store.write_sync(packed.keep, made)
    assert kept(store, id) is None


def test_long_series_wait_to_be_packed_until_they_have_grown_or_ended(store: Store) -> None:
    id = fresh(store, "RUNNING")

    def waits() -> bool:
        return (id, "loss") in store.read_sync(packed.grown)

    log(store, id, range(packed.LEAST - 1))
    assert not waits()
    log(store, id, range(packed.LEAST - 1, packed.LEAST))
    assert waits()
    pack(store, id)
    assert not waits()
    log(store, id, range(packed.LEAST, packed.LEAST + packed.GROWN - 1))
    assert not waits()
    store.write_sync(candidates.update, id, status="FINISHED")
    assert waits()
    pack(store, id)
    assert not waits()


def test_what_is_packed_goes_with_its_candidate(store: Store) -> None:
    id = fresh(store)
    log(store, id, range(3))
    pack(store, id)
    assert kept(store, id) == 3
    store.write_sync(overview.purge, id)
    assert kept(store, id) is None
