"""What clients trace is kept: both forms of the protocol, and the real client."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest
import requests
from conftest import Server
from mlflow import MlflowClient

V2, V3 = "/api/2.0/mlflow/traces", "/api/3.0/mlflow/traces"


def ask(server: Server, method: str, path: str, **sent: Any) -> Any:
    where = {"params": sent} if method == "GET" else {"json": sent}
    answer = requests.request(
        method, server.url + path, headers=server.headers, timeout=20, **where
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def trace(id: str, start: str = "2026-01-02T03:04:05.006Z", **more: Any) -> dict[str, Any]:
    """A trace as clients of 3.x send it."""
    info = {
        "trace_id": id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": "0"},
        },
        "request_time": start,
        "execution_duration": "1.5s",
        "state": "OK",
        **more,
    }
    return {"trace": {"trace_info": info}}


def names(found: dict[str, Any]) -> list[str]:
    return [info["trace_id"] for info in found["traces"]]


def search(server: Server, wanted: str = "", **more: Any) -> dict[str, Any]:
    here = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}]
    found: dict[str, Any] = ask(
        server, "POST", f"{V3}/search", locations=here, filter=wanted, **more
    )
    return found


def test_a_client_of_3_x_tells_a_trace_at_once(server: Server) -> None:
    sent = trace("tr-1", tags={"a": "1"}, trace_metadata={"m": "2"}, request_preview="hé")
    made = ask(server, "POST", V3, **sent)["trace"]["trace_info"]
    assert made["request_time"] == "2026-01-02T03:04:05.006Z"
    assert made["execution_duration"] == "1.500s"
    assert made["trace_metadata"] == {"m": "2"}
    assert made["request_preview"] == "hé"
    assert made["tags"]["mlflow.artifactLocation"] == "mlflow-artifacts:/0/traces/tr-1/artifacts"
    assert ask(server, "GET", f"{V3}/tr-1")["trace"]["trace_info"] == made
    for_older = ask(server, "GET", f"{V2}/tr-1/info")["trace_info"]
    assert (for_older["timestamp_ms"], for_older["execution_time_ms"]) == (1767323045006, 1500)


def test_a_client_of_2_x_begins_a_trace_and_ends_it(server: Server) -> None:
    begun = ask(
        server, "POST", V2, experiment_id="0", timestamp_ms=1000,
        request_metadata=[{"key": "m", "value": "1"}, {"key": "n", "value": "1"}],
        tags=[{"key": "t", "value": "1"}],
    )["trace_info"]  # fmt: skip
    assert begun["status"] == "IN_PROGRESS"
    assert "execution_time_ms" not in begun
    id = begun["request_id"]
    ended = ask(
        server, "PATCH", f"{V2}/{id}", timestamp_ms=3000, status="ERROR",
        request_metadata=[{"key": "n", "value": "2"}],
    )["trace_info"]  # fmt: skip
    assert (ended["status"], ended["execution_time_ms"]) == ("ERROR", 2000)
    assert ended["request_metadata"] == [{"key": "m", "value": "1"}, {"key": "n", "value": "2"}]
    (found,) = ask(server, "GET", V2, experiment_ids=["0"])["traces"]
    assert found == ended


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", ["c", "b", "a"]),
        ("tags.kind = 'x'", ["c", "a"]),
        ("tags.`kind` LIKE 'y%'", ["b"]),
        ("metadata.`mlflow.sourceRun` = 'r1'", ["b"]),
        ("request_metadata.mlflow.sourceRun IS NULL", ["c", "a"]),
        ("attributes.run_id = 'r1'", ["b"]),
        ("run_id IN ('r1', '{run}')", ["c", "b"]),
        ("trace.status = 'OK' AND tags.kind = 'x'", ["a"]),
        ("status != 'OK'", ["c"]),
        ("name = 'add'", ["a"]),
        ("timestamp_ms > 1767323045006", ["c"]),
        ("execution_time_ms = 1500 AND trace_id IN ('a', 'b')", ["b", "a"]),
    ],
)
def test_traces_are_searched(server: Server, wanted: str, found: list[str]) -> None:
    run = ask(server, "POST", "/api/2.0/mlflow/runs/create", experiment_id="0")["run"]["info"]
    linked = {"run_id": run["run_id"], "trace_ids": ["c"]}
    ask(server, "POST", f"{V2}/link-to-run", **linked)  # before the trace itself has arrived
    for sent in (
        trace("a", tags={"kind": "x", "mlflow.traceName": "add"}),
        trace("b", tags={"kind": "yes"}, trace_metadata={"mlflow.sourceRun": "r1"}),
        trace("c", "2026-01-02T03:04:06Z", tags={"kind": "x"}, state="ERROR"),
    ):
        ask(server, "POST", V3, **sent)
    assert names(search(server, wanted.replace("{run}", run["run_id"]))) == found


def test_traces_come_in_pages_and_go(server: Server) -> None:
    for second in range(5):
        ask(server, "POST", V3, **trace(f"t{second}", f"2026-01-02T03:04:0{second}Z"))
    first = search(server, max_results=3, order_by=["timestamp_ms ASC"])
    assert names(first) == ["t0", "t1", "t2"]
    rest = search(
        server, max_results=3, order_by=["timestamp_ms ASC"], page_token=first["next_page_token"]
    )
    assert names(rest) == ["t3", "t4"]
    gone = {"experiment_id": "0", "max_timestamp_millis": 1767323050000, "max_traces": 2}
    assert ask(server, "POST", f"{V2}/delete-traces", **gone) == {"traces_deleted": 2}
    gone = {"experiment_id": "0", "request_ids": ["t4", "never"]}
    assert ask(server, "POST", f"{V2}/delete-traces", **gone) == {"traces_deleted": 1}
    assert names(search(server)) == ["t3", "t2"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", f"{V3}/never", {}, 404),
        ("PATCH", f"{V2}/never", {"timestamp_ms": 1, "status": "OK"}, 404),
        ("PATCH", f"{V2}/never/tags", {"key": "a", "value": "b"}, 404),
        ("POST", V3, {"trace": {"trace_info": {"trace_id": "a"}}}, 400),
        ("POST", V3, trace("a", "yesterday"), 400),
        ("POST", V3, trace("a", state="SLEEPY"), 400),
        ("POST", V3, {}, 400),
        ("POST", f"{V2}/delete-traces", {"experiment_id": "0"}, 400),
        ("POST", f"{V3}/search", {"filter": "metrics.a > 1"}, 400),
        ("POST", "/v1/traces", {}, 501),
    ],
)
def test_what_cannot_be_kept_is_said(
    server: Server, method: str, path: str, sent: Any, status: int
) -> None:
    body = None if method == "GET" else sent
    answer = requests.request(
        method, server.url + path, headers=server.headers, json=body, timeout=20
    )
    assert answer.status_code == status, answer.text


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred")  # of MLflow, while it imports
def test_the_client_reads_back_what_it_traced(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.token)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(server.url)
    mlflow.set_experiment(experiment_id="0")
    try:

        @mlflow.trace
        def traced(value: int) -> int:
            with mlflow.start_span("inner") as span:
                span.set_inputs({"value": value})
            return value + 1

        with mlflow.start_run() as run:
            assert traced(1) == 2
        assert traced(2) == 3
        mlflow.flush_trace_async_logging()
        client = MlflowClient(server.url)
        newest, oldest = client.search_traces(locations=["0"])
        assert [span.name for span in newest.data.spans] == ["traced", "inner"]
        assert newest.data.spans[0].outputs == 3
        (found,) = client.search_traces(locations=["0"], run_id=run.info.run_id)
        assert found.info.trace_id == oldest.info.trace_id
        client.set_trace_tag(found.info.trace_id, "good", "yes")
        tagged = client.search_traces(locations=["0"], filter_string="tags.good = 'yes'")
        assert [each.info.trace_id for each in tagged] == [found.info.trace_id]
        assert client.delete_traces("0", trace_ids=[found.info.trace_id]) == 1
        (left,) = client.search_traces(locations=["0"])
        assert left.info.trace_id == newest.info.trace_id
    finally:
        mlflow.set_tracking_uri(None)
