"""The wire itself: who may call, what errors look like, how files are streamed."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import Server

from jupyterlab_mlops.entities import Input, MetricPoint, Param
from jupyterlab_mlops.store import artifacts, candidates, logged_models, metrics
from jupyterlab_mlops.tracking.tokens import KernelTokens
from jupyterlab_mlops.tracking.uploads import PIECE_BYTES

API = "/api/2.0/mlflow"
#: A page token beyond what SQLite counts.
FAR = base64.b64encode(b'{"offset": 99999999999999999999}').decode()


def post(server: Server, path: str, body: Any = None, **options: Any) -> requests.Response:
    headers = server.headers | options.pop("headers", {})
    return requests.post(server.url + path, json=body, headers=headers, timeout=20, **options)


def get(server: Server, path: str, /, **params: Any) -> requests.Response:
    return requests.get(server.url + path, params=params, headers=server.headers, timeout=20)


def new_run(server: Server) -> str:
    answer = post(server, f"{API}/runs/create", {"experiment_id": 0}).json()
    return str(answer["run"]["info"]["run_id"])


# -- who may call ----------------------------------------------------------------------------------


def test_a_token_is_its_kernels_until_it_is_revoked() -> None:
    tokens = KernelTokens()
    first, second = tokens.issue("a"), tokens.issue("b")
    assert first != second
    assert tokens.issue("a") == first
    assert (tokens.kernel_of(first), tokens.kernel_of(second)) == ("a", "b")
    for wrong in ("", "x", first[:-1], first + "x", "ä", "\udcff"):
        assert tokens.kernel_of(wrong) is None
    tokens.revoke("a")
    assert tokens.kernel_of(first) is None
    assert tokens.issue("a") != first


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
    ],
)
@pytest.mark.parametrize(
    "path", [f"{API}/experiments/search", "/api/2.0/mlflow-artifacts/artifacts/x"]
)
def test_nobody_else_gets_in(
    server: Server, headers: dict[str, str], status: int, path: str
) -> None:
    if "Authorization" not in headers and status == 403:
        headers = server.headers | headers
    answer = requests.get(server.url + path, headers=headers, timeout=20)
    assert answer.status_code == status
    assert set(answer.json()) == {"error_code", "message"}
    assert server.token not in answer.text


def test_a_revoked_kernel_is_out_at_once(server: Server) -> None:
    assert get(server, f"{API}/experiments/search").status_code == 200
    server.tokens.revoke("k1")
    assert get(server, f"{API}/experiments/search").status_code == 401


def test_an_upload_without_a_token_leaves_nothing(server: Server) -> None:
    url = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/f"
    assert requests.put(url, data=b"secret", timeout=20).status_code == 401
    assert not list(server.store.blobs.root.rglob("*")) or not any(
        path.is_file() for path in server.store.blobs.root.rglob("*")
    )


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("experiments/create", {}, "Missing value for required parameter 'name'"),
        ("experiments/create", {"name": 123}, "Invalid value 123 for parameter 'name'"),
        ("experiments/create", {"name": "x", "tags": "5"}, "Invalid value \"5\" for parameter 'tags'"),
        ("runs/create", {"experiment_id": "abc"}, "experiment ID"),
        ("runs/create-promptlab-run", {"experiment_id": "0"}, "must specify prompt_template"),
        ("gateway-proxy", {}, "must specify a gateway_path"),
        ("gateway-proxy", {"gateway_path": "a/b"}, "Invalid gateway_path: a/b for method: POST"),
        ("runs/outputs", {"run_id": "R", "models": []}, "parameter 'models'"),
        ("logged-models/search", {"experiment_ids": ["0"], "filter": "name IN ()"}, "at least one value"),
        ("registered-models/set-tag", {"name": "m", "key": "a$", "value": "1"}, "alphanumerics"),
        ("runs/log-metric", {"run_id": 31, "key": "m", "value": 1, "timestamp": 1}, "Invalid value 31"),
        ("runs/log-metric", {"run_id": "R", "value": 1, "timestamp": 1}, "parameter 'key'"),
        ("runs/log-metric", {"run_id": "R", "key": "m", "value": 1}, "parameter 'timestamp'"),
        ("runs/log-metric", {"run_id": "R", "key": "m", "value": 1, "timestamp": "foo"}, '"foo"'),
        ("runs/log-metric", {"run_id": "R", "key": "m", "value": "x", "timestamp": 1}, "'value'"),
        ("runs/log-metric", {"run_id": "R", "key": "a$", "value": 1, "timestamp": 1}, "alphanumerics"),
        ("runs/log-metric", {"run_id": "R", "key": "../a", "value": 1, "timestamp": 1}, "files"),
        ("runs/log-metric", {"run_id": "R", "key": "a", "value": 1, "timestamp": -1}, "timestamp -1"),
        ("experiments/set-experiment-tag", {"experiment_id": "0", "key": "a$", "value": "1"}, "alphanumerics"),
        ("runs/log-batch", {"run_id": "R", "metrics": "foo"}, "Invalid value \"foo\" for parameter 'metrics'"),
        ("runs/log-batch", {"run_id": "R", "metrics": [{"key": "m", "value": 1}]}, "metrics[0].timestamp"),
        ("runs/log-batch", {"run_id": "R", "params": [{"key": "p", "value": "1"}] * 2}, "Duplicate"),
        ("runs/log-batch", {"run_id": "R", "tags": [{"key": f"t{i}", "value": ""} for i in range(101)]}, "at most 100 tags"),
        ("runs/log-inputs", {"run_id": "R"}, "parameter 'datasets'"),
        ("runs/update", {"run_id": "R", "status": "DONE"}, "'status'"),
        ("runs/search", {"experiment_ids": ["0"], "max_results": 10**9}, "Invalid value 1000000000 for parameter 'max_results'"),
        ("runs/search", {"experiment_ids": ["0"], "filter": "metrics.a >"}, "character 12"),
        ("runs/search", {"experiment_ids": ["9" * 30]}, "experiment ID"),
        ("runs/search", {"experiment_ids": ["0"], "page_token": FAR}, "page token"),
        ("logged-models", {"experiment_id": "0", "name": "a/b"}, "model name"),
        ("model-versions/create", {"name": "m"}, "'source'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_a_400_that_says_why(
    server: Server, path: str, body: dict[str, Any], says: str
) -> None:
    run = new_run(server)
    sent = {key: run if value == "R" else value for key, value in body.items()}
    answer = post(server, f"{API}/{path}", sent)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert says in answer.json()["message"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b'"x"', b"1", b"{" * 100_000])
def test_a_body_that_is_no_json_object_is_a_400(server: Server, body: bytes) -> None:
    answer = requests.post(
        f"{server.url}{API}/runs/create", data=body, headers=server.headers, timeout=20
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{API}/runs/get?run_id={'0' * 32}"),
        ("GET", f"{API}/experiments/get?experiment_id=77"),
        ("GET", "/api/2.0/mlflow-artifacts/artifacts/nothing/here"),
        ("GET", "/api/3.0/mlflow/traces/tr-1"),
        ("POST", "/api/3.0/mlflow/traces/tr-1/assessments"),
        ("GET", "/api/2.0/mlflow/unheard-of"),
    ],
)
def test_what_is_not_there_is_a_404_at_once(server: Server, method: str, path: str) -> None:
    answer = requests.request(
        method, server.url + path, data=b"\0\1" if method == "POST" else None,
        headers=server.headers, timeout=20,
    )  # fmt: skip
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_missing_run_is_told_in_mlflows_words(server: Server) -> None:
    answer = requests.get(
        server.url + "/api/2.0/mlflow/runs/get", {"run_id": "f" * 32},
        headers=server.headers, timeout=20,
    )  # fmt: skip
    assert answer.json() == {
        "error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"Run with id={'f' * 32} not found",
    }  # fmt: skip


def test_bare_and_quoted_special_numbers_are_read(server: Server) -> None:
    run = new_run(server)
    body = (
        f'{{"run_id": "{run}", "metrics": [{{"key": "a", "value": NaN, "timestamp": 1}},'
        ' {"key": "b", "value": "Infinity", "timestamp": "2", "step": "3"}]}'
    )
    url = f"{server.url}{API}/runs/log-batch"
    assert requests.post(url, data=body, headers=server.headers, timeout=20).status_code == 200
    found = server.store.read_sync(candidates.get, run).metrics
    assert found["a"].value != found["a"].value
    assert (found["b"].value, found["b"].step) == (float("inf"), 3)
    shown = get(server, f"{API}/runs/get", run_id=run).json()["run"]["data"]["metrics"]
    assert {metric["key"]: metric["value"] for metric in shown} == {
        "a": "NaN",
        "b": 1.7976931348623157e308,
    }


def test_half_of_a_surrogate_pair_is_replaced(server: Server) -> None:
    run = new_run(server)
    body = f'{{"run_id": "{run}", "key": "note", "value": "a \\ud83d b \\ud83d\\ude00"}}'
    url = f"{server.url}{API}/runs/set-tag"
    assert requests.post(url, data=body, headers=server.headers, timeout=20).status_code == 200
    assert server.store.read_sync(candidates.get, run).tags["note"] == "a \ufffd b \U0001f600"


def test_numbers_too_large_for_sqlite_are_compared(server: Server) -> None:
    run = new_run(server)
    point = {"run_id": run, "key": "huge", "value": 10**30, "timestamp": 1}
    assert post(server, f"{API}/runs/log-metric", point).status_code == 200
    for bound, found in (("9" * 29, 1), ("9" * 40, 0), ("9" * 5000, 0)):
        asked = {"experiment_ids": ["0"], "filter": f"metrics.huge > {bound}"}
        assert len(post(server, f"{API}/runs/search", asked).json()["runs"]) == found


def test_old_spellings_are_understood(server: Server) -> None:
    run = new_run(server)
    assert post(server, f"{API}/runs/set-tag", {"run_uuid": run, "key": "k", "value": "v"}).ok
    assert get(server, "/ajax-api/2.0/mlflow/runs/get", run_uuid=run).json()["run"]["data"]["tags"][
        -1
    ] == {
        "key": "k",
        "value": "v",
    }


def test_the_server_says_what_it_is(server: Server) -> None:
    assert get(server, "/health").text == "OK"
    assert get(server, "/version").text.startswith("3.")
    info = get(server, "/api/3.0/mlflow/server-info").json()
    assert info["artifact_serving_enabled"] is True
    assert "JupyterLab" in get(server, "/").text


# -- histories -------------------------------------------------------------------------------------


def test_bulk_histories(server: Server) -> None:
    runs = sorted(new_run(server) for _ in range(2))
    for run in runs:
        points = [{"key": "m", "value": i, "timestamp": 1, "step": i} for i in range(20)]
        assert post(server, f"{API}/runs/log-batch", {"run_id": run, "metrics": points}).ok
    both = get(
        server, f"{API}/metrics/get-history-bulk", run_id=runs, metric_key="m", max_results=25
    )
    found = both.json()["metrics"]
    assert [point["run_id"] for point in found] == [runs[0]] * 20 + [runs[1]] * 5
    interval = get(
        server, f"{API}/metrics/get-history-bulk-interval",
        run_ids=runs[0], metric_key="m", start_step=5, end_step=14, max_results=5,
    ).json()["metrics"]  # fmt: skip
    assert [point["step"] for point in interval] == [5, 7, 9, 11, 14]
    page = get(server, f"{API}/metrics/get-history", run_id=runs[0], metric_key="m", max_results=15)
    token = page.json()["next_page_token"]
    rest = get(
        server, f"{API}/metrics/get-history", run_id=runs[0], metric_key="m", max_results=15, page_token=token
    ).json()  # fmt: skip
    assert [point["step"] for point in rest["metrics"]] == [15, 16, 17, 18, 19]
    assert "next_page_token" not in rest
    many = get(server, f"{API}/metrics/get-history-bulk", run_id=["x"] * 1000, metric_key="m")
    assert "cannot specify more than 100 run_ids" in many.json()["message"]


# -- files -----------------------------------------------------------------------------------------


def test_a_large_file_goes_up_and_down_in_pieces(server: Server) -> None:
    run, piece = new_run(server), os.urandom(1 << 20)
    url = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/big.bin"
    length = 24

    def pieces() -> Any:
        for _ in range(length):
            yield piece

    assert requests.put(url, data=pieces(), headers=server.headers, timeout=60).json() == {}
    digest = hashlib.sha256(piece * length).hexdigest()
    found = server.store.read_sync(artifacts.get, artifacts.candidate_owner(run), "big.bin")
    assert found is not None
    assert (found.sha256, found.size) == (digest, length << 20)
    answer = requests.get(url, headers=server.headers, timeout=60, stream=True)
    assert int(answer.headers["Content-Length"]) == length << 20
    received = hashlib.sha256()
    for part in answer.iter_content(1 << 20):
        received.update(part)
    assert received.hexdigest() == digest


def test_files_of_any_length_follow_one_another_on_a_connection(server: Server) -> None:
    run, parts = new_run(server), urlsplit(server.url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    lengths = [
        PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 300_000,
        0, 3 * PIECE_BYTES + 5,
    ]  # fmt: skip
    whole = os.urandom(max(lengths))
    for number, length in enumerate(lengths):
        connection.putrequest(
            "PUT", f"{parts.path}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{number}"
        )
        connection.putheader("Authorization", f"Bearer {server.token}")
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        for start in range(0, length, 77_777):  # no multiple of anything
            connection.send(whole[start : min(start + 77_777, length)])
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"{}")
        assert get(server, "/health").ok
    files = server.store.read_sync(artifacts.list_all, artifacts.candidate_owner(run))
    assert {file.path: (file.size, file.sha256) for file in files} == {
        str(number): (length, hashlib.sha256(whole[:length]).hexdigest())
        for number, length in enumerate(lengths)
    }
    connection.close()


def test_an_upload_that_breaks_off_leaves_nothing(server: Server) -> None:
    run, parts = new_run(server), urlsplit(server.url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
    connection.putrequest(
        "PUT", f"{parts.path}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/f"
    )
    connection.putheader("Authorization", f"Bearer {server.token}")
    connection.putheader("Content-Length", str(10 << 20))
    connection.endheaders()
    connection.send(b"x" * PIECE_BYTES * 2)
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert get(server, "/health").ok
    for _ in range(100):
        staged = list((server.store.blobs.root / "staging").glob("*"))
        if not staged:
            break
        get(server, "/health")
    assert staged == []
    assert server.store.read_sync(artifacts.list_all, artifacts.candidate_owner(run)) == []


@pytest.mark.parametrize(
    "name", ["a b.txt", "ä/ö.txt", "100%.txt", "a%20b.txt", "x+y.txt", "q?.txt", "h#.txt"]
)
def test_names_of_files_survive(server: Server, name: str) -> None:
    from urllib.parse import quote

    run = new_run(server)
    url = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{quote(name)}"
    assert requests.put(url, data=b"1", headers=server.headers, timeout=20).ok
    files = server.store.read_sync(artifacts.list_all, artifacts.candidate_owner(run))
    assert [file.path for file in files] == [name]
    assert requests.get(url, headers=server.headers, timeout=20).content == b"1"
    assert requests.delete(url, headers=server.headers, timeout=20).ok
    assert requests.get(url, headers=server.headers, timeout=20).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fetc", "a/..%2f..%2fb", "%2e%2e/%2e%2e/x", "a%00b", "a%5c..%5cb", "%252e%252e/x"],
)
def test_paths_lead_nowhere_else(server: Server, path: str) -> None:
    parts = urlsplit(server.url)
    for method in ("GET", "PUT", "DELETE"):
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
        connection.request(
            method, f"{parts.path}/api/2.0/mlflow-artifacts/artifacts/{path}",
            body=b"x" if method == "PUT" else None, headers=server.headers,
        )  # fmt: skip
        assert connection.getresponse().status == 400
        connection.close()


def test_downloads_by_run_and_small_uploads(server: Server) -> None:
    run = new_run(server)
    small = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=d/t.txt"
    assert requests.post(server.url + small, data=b"hello", headers=server.headers, timeout=20).ok
    assert get(server, "/get-artifact", run_id=run, path="d/t.txt").text == "hello"
    listed = get(server, f"{API}/artifacts/list", run_id=run, path="d").json()
    assert listed["files"] == [{"path": "d/t.txt", "is_dir": False, "file_size": 5}]
    wrong = get(server, "/get-artifact", run_id=run, path="../x")
    assert wrong.json() == {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid path"}


# -- findings --------------------------------------------------------------------------------------


def test_a_kernel_tells_its_own_findings(server: Server) -> None:
    body = {"kernel_id": "k1", "findings": [{"seq": 7, "kind": "hello"}]}
    assert post(server, "/api/2.0/mlops/findings", body).json() == {"applied_seq": 7}
    assert server.findings == [("k1", body["findings"])]
    foreign = post(server, "/api/2.0/mlops/findings", body | {"kernel_id": "k2"})
    assert (foreign.status_code, foreign.json()["error_code"]) == (403, "PERMISSION_DENIED")
    broken = post(server, "/api/2.0/mlops/findings", {"findings": [{"kind": "hello"}]})
    assert broken.status_code == 400


# -- pages -----------------------------------------------------------------------------------------


def test_a_page_shows_runs_as_they_are_shown_alone(server: Server) -> None:
    def fill(conn: Any) -> None:
        plain = candidates.create(conn, 0, origin="mlflow", name='quo"te é')
        metrics.log(
            conn, plain, [MetricPoint("m", float("nan"), 1, 2), MetricPoint("n", 0.1, 3, 4)]
        )
        candidates.set_params(conn, plain, [Param("p", 'a"\n\u2028')])
        captured = candidates.create(
            conn, 0, origin="training", name="captured", notebook="a/b.ipynb", model_class="SVC",
            variable="clf", cell_index=3, parent_id=plain, end_ms=5, details={"git": {"commit": "abc"}},
        )  # fmt: skip
        metrics.log(conn, captured, [MetricPoint("acc", 1.0, 0, 0)], source="variable")
        candidates.set_tags(conn, captured, {"mlflow.source.name": "mine.py", "t": "1"})
        details = {"name": "d", "digest": "1", "source": "s", "source_type": "local", "tags": []}
        candidates.add_inputs(conn, captured, [Input("dataset:d:1", "", None, "dataset", details)])
        logged_models.add_outputs(conn, captured, [("m-1", 2)])

    def ordered(run: dict[str, Any]) -> dict[str, Any]:
        for name in ("metrics", "params", "tags"):
            run["data"][name].sort(key=lambda item: item["key"])
        return run

    server.store.write_sync(fill)
    page = post(server, f"{API}/runs/search", {"experiment_ids": ["0"]}).json()["runs"]
    assert len(page) == 2
    for run in page:
        alone = get(server, f"{API}/runs/get", run_id=run["info"]["run_id"]).json()["run"]
        assert ordered(run) == ordered(alone)
    tags = {tag["key"]: tag["value"] for tag in page[0]["data"]["tags"]} | {
        tag["key"]: tag["value"] for tag in page[1]["data"]["tags"]
    }
    assert tags["mlops.source.acc"] == "variable"
    assert (tags["mlflow.source.type"], tags["mlflow.source.name"]) == ("NOTEBOOK", "mine.py")
    assert tags["mlflow.source.git.commit"] == "abc"
