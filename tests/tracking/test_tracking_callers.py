"""Where versions of MLflow differ, each client is answered as by a server of its own."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from conftest import Server

from jupyterlab_mlops.tracking.callers import Callers

API = "/api/2.0/mlflow"
OLD, NEW = "mlflow-python-client/2.19.0", "mlflow-python-client/3.18.0"


def ask(server: Server, method: str, path: str, agent: str, **options: Any) -> requests.Response:
    headers = server.headers | {"User-Agent": agent}
    return requests.request(
        method, f"{server.url}{API}/{path}", headers=headers, timeout=20, **options
    )


def test_what_a_kernel_sends_without_saying_so_is_of_its_own_mlflow() -> None:
    callers = Callers()
    assert callers.version("python-requests/2.32", "k1") == ()
    assert callers.version(OLD, "k1") == (2, 19, 0)
    assert callers.version(NEW, "k2") == (3, 18, 0)
    assert callers.version("python-requests/2.32", "k1") == (2, 19, 0)
    assert callers.version("curl/8", "k2") == (3, 18, 0)
    assert callers.version("curl/8", None) == ()
    assert callers.version("mlflow-python-client/3.0.0rc1", "k1") == (3, 0, 0)


@pytest.mark.parametrize(
    ("agent", "first", "second"),
    [
        (OLD, [0, 4, 8, 9], [0, 4, 8, 9, 12, 16, 19]),  # both at the same steps, with either's ends
        (NEW, [0, 2, 4, 6, 9], [0, 4, 8, 12, 19]),  # each by itself
    ],
)
def test_a_sampled_history_is_that_of_the_clients_version(
    server: Server, agent: str, first: list[int], second: list[int]
) -> None:
    runs = []
    for steps in (10, 20):
        created = ask(server, "POST", "runs/create", agent, json={"experiment_id": "0"}).json()
        runs.append(created["run"]["info"]["run_id"])
        points = [{"key": "m", "value": 1, "timestamp": 1, "step": step} for step in range(steps)]
        ask(server, "POST", "runs/log-batch", agent, json={"run_id": runs[-1], "metrics": points})
    wanted = {"run_ids": [*runs, "nobody"], "metric_key": "m", "max_results": 5}
    path = "metrics/get-history-bulk-interval"
    answer = ask(server, "GET", path, "Mozilla/5.0", params=wanted)  # a page does not say
    found = [
        [point["step"] for point in answer.json()["metrics"] if point["run_id"] == run]
        for run in runs
    ]
    assert found == [first, second]


@pytest.mark.parametrize(
    ("method", "path", "body", "old", "new"),
    [
        ("POST", "runs/create", {"experiment_id": "abc"}, 404, 400),
        ("GET", "experiments/get", {"experiment_id": "abc"}, 404, 400),
        ("POST", "runs/search", {"experiment_ids": ["abc"]}, 200, 400),
        ("POST", "registered-models/create", {"name": "a/b"}, 200, 400),
        ("GET", "registered-models/alias", {"name": "none", "alias": "a"}, 400, 404),
    ],
)
def test_an_error_is_that_of_the_clients_version(
    server: Server, method: str, path: str, body: dict[str, Any], old: int, new: int
) -> None:
    how = "params" if method == "GET" else "json"
    for agent, status in ((OLD, old), (NEW, new)):
        assert ask(server, method, path, agent, **{how: body}).status_code == status
