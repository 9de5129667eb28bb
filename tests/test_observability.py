"""The log: where it goes, and what a line says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from jupyterlab_mlops import correlation
from jupyterlab_mlops.observability import PACKAGE, JSONFormatter, Log, Series
from jupyterlab_mlops.store import candidates, experiments
from jupyterlab_mlops.store.store import Store


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """The package's logger as in a new process."""
    package = logging.getLogger(PACKAGE)
    level = package.level
    package.setLevel(logging.NOTSET)
    yield
    package.setLevel(level)


@pytest.fixture
def server() -> tuple[logging.Logger, io.StringIO]:
    """A server's logger that writes JSON lines at INFO."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    logger = logging.Logger("ServerApp", logging.INFO)
    logger.addHandler(handler)
    return logger, stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_the_package_logs_is_in_the_servers_log_while_it_runs(
    server: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = server
    ours = logging.getLogger(f"{PACKAGE}.sync.worker")
    log = Log(logger)
    log.start()
    ours.info("told")
    ours.debug("below the server's level")
    log.stop()
    log.stop()
    ours.info("nobody listens any more")
    assert [line["message"] for line in lines(stream)] == ["told"]
    assert not logging.getLogger(PACKAGE).handlers


def test_a_line_names_the_work_it_belongs_to_and_what_went_wrong(
    server: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = server
    with correlation.about("candidate:abc"):
        try:
            int("seven")
        except ValueError:
            logger.exception("Pushing %s", "it")
    logger.info("after\nit")
    failed, after = lines(stream)
    assert (failed["correlation"], failed["level"], failed["message"]) == (
        "candidate:abc",
        "error",
        "Pushing it",
    )
    assert failed["error"] == "ValueError"
    assert "seven" in failed["traceback"]
    assert "correlation" not in after
    assert after["message"] == "after\nit"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("7c1e-42", True),
        ("trace:1/2", True),
        (None, False),
        ("", False),
        ("two\nlines", False),
        ("x" * 65, False),
    ],
)
def test_a_callers_request_id_is_taken_over_where_it_cannot_break_a_line(
    given: str | None, kept: bool
) -> None:
    with correlation.about("outer"):
        id = correlation.begin_request(given)
        assert (id == given) is kept
        assert correlation.current() == id


def test_a_status_that_no_candidate_has_any_more_is_zero(store: Store) -> None:
    def begin(conn: Any) -> str:
        return candidates.create(conn, experiments.ensure(conn, "churn"), origin="training")

    id = store.write_sync(begin)
    registry = CollectorRegistry()
    series = Series(store, registry)
    registry.register(series._candidates)

    def told() -> dict[str, float]:
        store.read_sync(series._read)
        samples = next(iter(registry.collect())).samples
        return {each.labels["status"]: each.value for each in samples if each.value}

    assert told() == {"RUNNING": 1.0}
    store.write_sync(lambda conn: candidates.update(conn, id, status="FINISHED"))
    assert told() == {"FINISHED": 1.0}
