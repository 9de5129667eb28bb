"""Metrics: every point kept once, a summary that is always right, series thinned without losing peaks."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.entities import MetricPoint
from jupyterlab_mlops.errors import NotFound
from jupyterlab_mlops.store import candidates, metrics
from jupyterlab_mlops.store.curves import curves
from jupyterlab_mlops.store.decimate import decimate, evenly
from jupyterlab_mlops.store.store import Store

points = st.builds(
    MetricPoint,
    name=st.sampled_from(["a", "b"]),
    value=st.one_of(
        st.floats(allow_nan=False, allow_infinity=False, width=32),
        st.sampled_from([math.nan, math.inf, -math.inf]),
    ),
    step=st.integers(-3, 5),
    timestamp_ms=st.integers(0, 3),
)


def fresh(store: Store) -> str:
    return store.write_sync(candidates.create, 0, origin="training")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.lists(st.lists(points, max_size=6), max_size=5))
def test_the_summary_is_that_of_all_points(store: Store, batches: list[list[MetricPoint]]) -> None:
    id = fresh(store)
    for batch in batches:
        store.write_sync(metrics.log, id, batch)
    found = store.read_sync(candidates.get, id).metrics
    everything = {
        (point.name, point.step, point.timestamp_ms, repr(point.value)): point
        for batch in batches
        for point in batch
    }
    for name in {point.name for point in everything.values()}:
        own = [point for point in everything.values() if point.name == name]
        finite = [point.value for point in own if math.isfinite(point.value)]
        summary = found[name]
        # 0.0 and -0.0 are one value to SQLite.
        assert summary.count <= len(own)
        assert summary.min == (min(finite) if finite else None)
        assert summary.max == (max(finite) if finite else None)
        last = max((point.step, point.timestamp_ms) for point in own)
        assert (summary.step, summary.timestamp_ms) == last
        assert len(store.read_sync(metrics.history, id, name)) == summary.count


def test_the_same_point_again_is_the_same_point(store: Store) -> None:
    id = fresh(store)
    batch = [MetricPoint("a", value, 1, 2) for value in (0.5, math.nan, math.inf)]
    store.write_sync(metrics.log, id, batch)
    store.write_sync(metrics.log, id, batch)
    assert len(store.read_sync(metrics.history, id, "a")) == 3


def test_values_come_back_as_they_went_in(store: Store) -> None:
    id = fresh(store)
    values = [0.1 + 0.2, 1e-300, -1.5, math.inf, -math.inf]
    store.write_sync(
        metrics.log, id, [MetricPoint("a", value, 0, at) for at, value in enumerate(values)]
    )
    assert [point.value for point in store.read_sync(metrics.history, id, "a")] == values


def test_history_is_in_order_of_time_and_paged(store: Store) -> None:
    id = fresh(store)
    added = [MetricPoint("a", float(at), 10 - at, at) for at in range(10)]
    store.write_sync(metrics.log, id, reversed(added))
    assert store.read_sync(metrics.history, id, "a", offset=3, limit=2) == added[3:5]


def test_printed_series_give_way_to_logged_ones(store: Store) -> None:
    id = fresh(store)
    store.write_sync(metrics.log, id, [MetricPoint("loss", 9.0, 0, 0)], source="output")
    store.write_sync(metrics.log, id, [MetricPoint("loss", 1.0, 0, 0)], source="logged")
    store.write_sync(metrics.log, id, [MetricPoint("loss", 8.0, 1, 1)], source="output")
    found = store.read_sync(candidates.get, id).metrics["loss"]
    assert (found.value, found.count, found.source) == (1.0, 1, "logged")


def test_the_next_step_follows_the_last(store: Store) -> None:
    id = fresh(store)
    assert store.read_sync(metrics.next_step, id, "a") == 0
    store.write_sync(metrics.log, id, [MetricPoint("a", 1.0, 7, 0)])
    assert store.read_sync(metrics.next_step, id, "a") == 8


def test_an_unknown_candidate_is_said(store: Store) -> None:
    with pytest.raises(NotFound):
        store.write_sync(metrics.log, "0" * 32, [MetricPoint("a", 1.0, 0, 0)])


def test_a_long_series_keeps_its_peaks_its_ends_and_its_gaps(store: Store) -> None:
    id = fresh(store)
    values = [math.sin(at / 50) for at in range(5000)]
    values[1234], values[4321], values[2500] = 99.0, -99.0, math.nan
    store.write_sync(
        metrics.log, id, [MetricPoint("a", value, at, at) for at, value in enumerate(values)]
    )
    thin = store.read_sync(curves, [id, "0" * 32], "a", points=200)
    assert thin.keys() == {id}
    kept = thin[id]
    assert len(kept.steps) == len(kept.times) == len(kept.values) <= 210
    assert {99.0, -99.0, "NaN"} <= set(kept.values)
    assert (kept.steps[0], kept.steps[-1]) == (0, 4999)
    zoomed = store.read_sync(curves, [id], "a", points=200, first_step=10, last_step=19)
    assert zoomed[id].steps == list(range(10, 20))


def test_a_curve_goes_by_step_even_where_time_goes_back(store: Store) -> None:
    id = fresh(store)
    store.write_sync(
        metrics.log, id, [MetricPoint("a", step / 2, step, 9 - step) for step in range(9)]
    )
    found = store.read_sync(curves, [id], "a")[id]
    assert found.steps == list(range(9))
    assert found.values == [step / 2 for step in range(9)]


@given(st.integers(0, 200), st.integers(1, 60))
def test_thinning_keeps_order_and_bounds(length: int, wanted: int) -> None:
    rows = [(at, at, float(at % 7), 0) for at in range(length)]
    even = list(evenly(rows, wanted))
    assert len(even) == min(length, wanted)
    assert not rows or even[-1] == rows[-1]
    thin = decimate([value for _, _, value, _ in rows], wanted)
    assert thin == sorted(set(thin))
    assert len(thin) <= max(wanted, 4)
