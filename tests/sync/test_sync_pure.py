"""Decisions about waiting and about what an answer means, without any clock or network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.entities import MetricPoint
from jupyterlab_mlops.errors import RemoteUnavailable
from jupyterlab_mlops.sync.answers import files_base, role_of
from jupyterlab_mlops.sync.backoff import (
    BASE_S,
    CAP_S,
    Window,
    delay,
    is_hopeless,
    parse_retry_after,
    tries_after,
    until_reset,
)
from jupyterlab_mlops.sync.leases import is_dead, new_owner
from jupyterlab_mlops.sync.logged import missing
from jupyterlab_mlops.sync.payload import Payload
from jupyterlab_mlops.sync.refusals import reason_of, words
from jupyterlab_mlops.sync.standing import ASK_AGAIN_S, Standing
from jupyterlab_mlops.sync.versions import semantic_versions


@given(st.integers(-5, 10_000), st.floats(0, 1))
def test_the_delay_is_within_its_window(attempt: int, random: float) -> None:
    assert (
        0
        <= delay(attempt, rng=lambda: random)
        <= min(CAP_S, BASE_S * 2 ** max(0, min(attempt, 16)))
    )


@given(st.integers(0, 20), st.floats(0, 1), st.floats(0, 3600))
def test_never_earlier_than_asked_for(attempt: int, random: float, asked: float) -> None:
    assert asked <= delay(attempt, rng=lambda: random, retry_after=asked) <= asked + 5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("soon", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_its_forms(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, now_s=10.0) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("160", 60.0), ("50", None), ("99999999", None), ("x", None), (None, None)],
)
def test_the_end_of_a_rate_limits_window(header: str | None, seconds: float | None) -> None:
    assert until_reset(header, now_s=100.0) == seconds


@given(st.lists(st.booleans(), max_size=100), st.integers(1, 16))
def test_the_window_stays_between_one_and_most(steps: list[bool], most: int) -> None:
    window = Window(1.0, most)
    for good in steps:
        window = window.succeeded() if good else window.slowed()
        assert 1 <= window.limit <= most


def standing() -> Standing:
    return Standing(Window(8.0, 8))


def fail(it: Standing, reason: str, *, now: float = 0.0, retry_after: float | None = None) -> float:
    return it.failed(
        reason, attempts=0, retry_after=retry_after, grace=5.0, now=now, rng=lambda: 1.0
    )


def test_one_things_fault_says_nothing_of_the_remote() -> None:
    it = standing()
    for _ in range(10):
        fail(it, "server_error")
    assert (it.failures, it.not_before, it.window.limit) == (0, 0.0, 8)


def test_a_remote_out_of_reach_is_left_alone_after_some_failures_in_a_row() -> None:
    it = standing()
    for _ in range(2):
        fail(it, "down")
    assert it.not_before == 0.0
    fail(it, "down", now=1.0)
    assert it.not_before > 1.0
    assert it.window.limit == 4
    assert it.succeeded()
    assert (it.failures, it.not_before) == (0, 0.0)
    assert not it.succeeded()


def test_a_remote_that_answers_now_and_then_is_in_reach() -> None:
    it = standing()
    for answers in range(20):
        it.failed(
            "down", attempts=0, retry_after=None, grace=5, answers=answers, now=0, rng=lambda: 1.0
        )
    assert (it.not_before, it.window.limit) == (0.0, 8)


def test_a_push_that_went_through_slowly_asks_for_less_at_once() -> None:
    it = standing()
    for _ in range(10):
        it.succeeded(strained=True)
    assert it.window.limit == 2
    for _ in range(40):
        it.succeeded()
    assert it.window.limit == 8


def test_only_what_fails_among_answers_is_given_up_and_only_after_hours() -> None:
    tries, waited = 0, 0.0
    while not is_hopeless("server_error", tries, answered=True):
        waited += delay(tries, rng=lambda: 0.5)
        tries = tries_after(tries, answered=True)
    assert 1.5 * 3600 < waited < 6 * 3600
    tries = 0
    for _ in range(10_000):  # a remote that is gone for months
        tries = tries_after(tries, answered=False)
    assert not is_hopeless("server_error", tries + 1, answered=True)
    assert not is_hopeless("rate_limited", 100_000, answered=True)


def test_asked_to_slow_down_the_whole_remote_waits() -> None:
    it = standing()
    assert fail(it, "rate_limited", retry_after=60.0) >= 60
    assert it.not_before >= 60


def test_after_a_timeout_there_is_a_grace() -> None:
    assert fail(standing(), "timeout") >= 5.0


def test_refused_as_a_whole_until_reopened() -> None:
    it = standing()
    it.refused({"code": "token_dead"}, ("a",), now=10.0)
    assert it.not_before == 10 + ASK_AGAIN_S
    it.reopen()
    assert (it.problem, it.not_before) == (None, 0.0)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"error": "name is missing"}, "invalid"),
        (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": None}, "invalid"),
        (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": ["Version has already been taken"]}, "taken"),
        (400, {"error_code": "RESOURCE_ALREADY_EXISTS"}, "already_exists"),
        (400, {"message": "400 Bad request - Artifact file is too large"}, "too_large"),
        (400, {"message": {"base": ["no"]}}, "invalid"),
        (413, "<html>", "too_large"),
        (401, {"message": "401 Unauthorized"}, "unauthorized"),
        (401, {"error": "invalid_token", "error_description": "Token was revoked."}, "token_dead"),
        (403, {"error": "insufficient_scope"}, "scope_too_small"),
        (403, {"message": "403 Forbidden"}, "forbidden"),
        (404, {"message": "404 Project Not Found"}, "project_not_found"),
        (404, {"message": "404 Not Found"}, "hidden"),
        (404, {"error_code": "RESOURCE_DOES_NOT_EXIST"}, "not_found"),
        (404, {"error": "404 Not Found"}, "no_route"),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, body: Any, reason: str) -> None:
    assert reason_of(status, json.dumps(body).encode()) == reason


@given(st.binary(max_size=60))
def test_any_body_can_be_read(body: bytes) -> None:
    assert isinstance(words(body)[0], str)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://other/api/v4/projects/1/packages/ml_models/candidate:7/files/", ("packages/ml_models/candidate:7/files", "7")),
        ("http://h/sub/api/v4/projects/1/packages/ml_models/candidate%3A7/files/", ("packages/ml_models/candidate:7/files", "7")),
        ("https://h/api/v4/projects/1/packages/ml_models/701/files/", ("packages/ml_models/701/files", None)),
        ("https://h/api/v4/projects/1/packages/generic/ml_experiment_3/9/", ("packages/generic/ml_experiment_3/9", "9")),
    ],
)  # fmt: skip
def test_where_files_go(uri: str, expected: tuple[str, str | None]) -> None:
    assert files_base(uri) == expected


def test_an_unknown_place_is_not_guessed() -> None:
    with pytest.raises(RemoteUnavailable):
        files_base("s3://bucket/x")


def test_the_larger_role_counts() -> None:
    def project(own: int | None, group: int | None) -> dict[str, Any]:
        as_access = lambda level: {"access_level": level} if level else None  # noqa: E731
        return {"permissions": {"project_access": as_access(own), "group_access": as_access(group)}}

    assert role_of(project(20, 40)) == 40
    assert role_of(project(30, None)) == 30
    assert role_of({}) == 0


def test_semantic_versions_in_both_shapes() -> None:
    newest = {"version": "701", "aliases": ["1.2.3"]}
    older = {"id": 701, "version": "1.2.4"}
    assert semantic_versions([newest, older, None]) == ["1.2.3", "1.2.4"]


points = st.builds(
    MetricPoint,
    st.sampled_from(["a", "b"]),
    st.floats(-10, 10),
    st.integers(0, 3),
    st.integers(0, 3),
)


@given(st.lists(points, max_size=20, unique=True), st.integers(0, 20))
def test_after_any_interruption_exactly_the_rest_is_sent(
    all_points: list[MetricPoint], sent: int
) -> None:
    there = [
        {"key": p.name, "value": p.value, "timestamp": p.timestamp_ms, "step": p.step}
        for p in all_points[:sent]
    ]
    rest = missing(Payload("x", points=tuple(all_points)), {"metrics": there}).points
    for point in rest:
        assert point not in all_points[:sent]
    for point in all_points[sent:]:
        close = [
            q
            for q in all_points[:sent]
            if (q.name, q.step, q.timestamp_ms) == (point.name, point.step, point.timestamp_ms)
        ]
        assert point in rest or close


def test_a_lease_of_this_process_is_alive_and_of_a_gone_one_dead() -> None:
    mine = new_owner()
    assert not is_dead(mine)
    host, _pid, started, tail = mine.split("|")
    assert is_dead("|".join([host, "99999999", started, tail]))
    assert is_dead("|".join([host, _pid, "1", tail]))  # the number was given to another process
    assert not is_dead("|".join(["elsewhere", "99999999", started, tail]))
    assert not is_dead("nonsense")
