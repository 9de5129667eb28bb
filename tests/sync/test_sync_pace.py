"""How fast a remote is asked: by what its rate limit leaves, and by how long its answers take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.answers import next_query
from jupyterlab_mlops.sync.pace import Allowance, Latency, Pacer, allowance_of
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced

HEADERS = {"RateLimit-Limit": "100", "RateLimit-Remaining": "40", "RateLimit-Reset": "1060"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, Allowance(100, 40, 1060.0)),
        ({"RateLimit-Reset": "900"}, None),  # past
        ({"RateLimit-Remaining": "many"}, None),
        ({"RateLimit-Limit": "0"}, None),
        ({"RateLimit-Remaining": "-3"}, Allowance(100, 0, 1060.0)),
    ],
)
def test_what_the_headers_tell(change: dict[str, str], told: Allowance | None) -> None:
    assert allowance_of(HEADERS | change, 1000.0) == told


def test_no_headers_no_limit() -> None:
    pacer = Pacer()
    pacer.note(allowance_of({}, 0.0))
    assert pacer.wait(0.0) == 0.0


def test_the_last_of_a_window_is_spread_over_its_rest() -> None:
    pacer = Pacer()
    pacer.note(Allowance(100, 50, 60.0))
    assert [pacer.wait(10.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    pacer.note(Allowance(100, 10, 60.0))
    assert [pacer.wait(10.0) for _ in range(4)] == [0.0, 5.0, 10.0, 15.0]  # 10 requests in 50 s
    pacer.note(Allowance(100, 0, 60.0))
    assert pacer.wait(15.0) == 45.0
    assert pacer.wait(60.0) == 0.0  # a new window


def test_answers_that_overtake_each_other() -> None:
    pacer = Pacer()
    for remaining in (5, 0, 3):
        pacer.note(Allowance(100, remaining, 60.0))
    assert pacer.wait(50.0) == 10.0
    pacer.note(Allowance(100, 99, 120.0))
    assert pacer.wait(61.0) == 0.0


def test_a_429_holds_everybody() -> None:
    pacer = Pacer()
    pacer.hold(7.0)
    assert (pacer.wait(5.0), pacer.wait(8.0)) == (2.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 120)), max_size=30))
def test_nobody_waits_beyond_the_window(notes: list[tuple[int, float]]) -> None:
    pacer = Pacer()
    for remaining, now in notes:
        pacer.note(Allowance(100, remaining, 60.0))
        assert 0.0 <= pacer.wait(now) <= 60.0


def test_slow_is_against_the_best_seen() -> None:
    latency = Latency()
    for _ in range(50):
        latency.note(0.05)
    assert not latency.strained
    for _ in range(20):
        latency.note(1.0)
    assert latency.strained
    for _ in range(40):
        latency.note(0.06)
    assert not latency.strained


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"X-Next-Page": "3"}, {"page": 3, "per_page": 100}),
        ({"X-Next-Page": ""}, None),
        ({}, None),
        (
            {
                "Link": '<https://internal/x?id_after=9&per_page=20>; rel="next", <https://i/x>; rel="first"'
            },
            {"page": 2, "per_page": "20", "id_after": "9"},
        ),
        ({"Link": '<https://i/x?page=1>; rel="first"'}, None),
    ],
)
def test_the_next_page(headers: dict[str, str], query: dict[str, Any] | None) -> None:
    assert next_query(headers, {"page": 2, "per_page": 100}) == query


def test_a_rate_limit_is_kept_before_it_is_hit(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.instance.rate_limit = 20
    for number in range(12):
        add_candidate(store, f"c{number}")
    worker = make_worker(gitlab, concurrency=1)
    assert not synced(worker, timeout_s=3)["done"]
    assert len(gitlab.log) <= 20  # not one request too many


def test_pages_of_any_size_told_by_links_alone(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.instance.most_per_page, gitlab.instance.links_only = 2, True
    files = {f"f{i}.txt": b"x%d" % i for i in range(9)}
    add_candidate(store, files=files)
    assert synced(make_worker(gitlab))["done"]
    (there,) = gitlab.candidates()
    assert gitlab.files(there["run_id"]) == files
    assert len(gitlab.uploads(there["run_id"])) == 9
