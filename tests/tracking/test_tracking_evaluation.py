"""MLflow's evaluation datasets, scorers and issues, kept for its clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import mlflow
import pytest
import requests
from conftest import Server
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from jupyterlab_mlops.store.evaluation_records import merged_schema


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowClient]:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.token)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(server.url)
    yield MlflowClient(server.url, server.url)
    mlflow.set_tracking_uri(None)


def call(server: Server, method: str, path: str, **sent: Any) -> requests.Response:
    """One request of the protocol, as it is on the wire."""
    return requests.request(
        method,
        f"{server.url}/api/3.0/mlflow/{path}",
        headers=server.headers,
        timeout=10,
        **sent,
    )


def upsert(server: Server, id: str, *records: Any) -> tuple[int, int]:
    answer = call(server, "POST", f"datasets/{id}/records", json={"records": json.dumps(records)})
    assert answer.status_code == 200, answer.text
    return answer.json()["inserted_count"], answer.json()["updated_count"]


def loaded(server: Server, id: str, **query: Any) -> tuple[list[dict[str, Any]], str | None]:
    answer = call(server, "GET", f"datasets/{id}/records", params=query).json()
    return json.loads(answer["records"]), answer.get("next_page_token")


def test_a_dataset_is_made_found_tagged_moved_and_deleted(client: MlflowClient) -> None:
    first, second = client.create_experiment("one"), client.create_experiment("two")
    made = client.create_dataset("questions", experiment_id=[first], tags={"team": "ml"})
    other = client.create_dataset("answers", experiment_id=[second])
    assert made.dataset_id.startswith("d-")
    assert made.experiment_ids == [first]

    client.set_dataset_tags(made.dataset_id, {"stage": "draft", "team": "data"})
    client.delete_dataset_tag(made.dataset_id, "stage")
    assert client.get_dataset(made.dataset_id).tags["team"] == "data"
    assert "stage" not in client.get_dataset(made.dataset_id).tags

    def names(**query: Any) -> list[str]:
        return [found.name for found in client.search_datasets(**query)]

    assert names() == ["answers", "questions"]  # the newest first
    assert names(order_by=["name DESC"]) == ["questions", "answers"]
    assert names(experiment_ids=first) == ["questions"]
    assert names(filter_string="tags.team = 'data' AND name LIKE 'q%'") == ["questions"]
    page = client.search_datasets(max_results=1)
    assert [found.name for found in client.search_datasets(page_token=page.token)] == ["questions"]

    for _ in range(2):  # once more changes nothing
        moved = client.add_dataset_to_experiments(made.dataset_id, [second])
        assert moved.experiment_ids == [first, second]
    moved = client.remove_dataset_from_experiments(made.dataset_id, [first])
    assert moved.experiment_ids == [second]

    client.delete_dataset(other.dataset_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_dataset(other.dataset_id)


def test_records_with_the_same_inputs_are_merged(client: MlflowClient, server: Server) -> None:
    id = client.create_dataset("questions", experiment_id="0").dataset_id
    question = {"inputs": {"q": "1 + 1", "n": 1}, "expectations": {"answer": 2}, "tags": {"a": "1"}}
    assert upsert(server, id, question, {"inputs": {"q": "2 + 2"}}) == (2, 0)
    digest = client.get_dataset(id).digest
    again = {"inputs": {"n": 1, "q": "1 + 1"}, "outputs": "two", "tags": {"b": "2"}}
    traced = {
        "inputs": {},
        "source": {"source_type": "trace", "source_data": {"trace_id": "tr-1"}},
    }
    assert upsert(server, id, again, traced) == (1, 1)

    records, token = loaded(server, id)
    assert token is None
    assert records[0]["outputs"] == "two"
    assert records[0]["expectations"] == {"answer": 2}
    assert records[0]["tags"] == {"a": "1", "b": "2"}
    assert (records[2]["source_type"], records[2]["source_id"]) == ("TRACE", "tr-1")
    dataset = client.get_dataset(id)
    assert json.loads(dataset.profile) == {"num_records": 3}
    assert json.loads(dataset.schema)["inputs"] == {"q": "string", "n": "integer"}
    assert len(digest) == 8

    ids = {"dataset_record_ids": [records[0]["dataset_record_id"], "dr-unknown"]}
    gone = call(server, "DELETE", f"datasets/{id}/records", json=ids)
    assert gone.json() == {"deleted_count": 1}
    assert len(loaded(server, id)[0]) == 2


def test_pages_of_records_do_not_shift_when_one_goes(client: MlflowClient, server: Server) -> None:
    id = client.create_dataset("questions", experiment_id="0").dataset_id
    upsert(server, id, *({"inputs": {"n": n}} for n in range(5)))
    page, token = loaded(server, id, max_results=2)
    ids = {"dataset_record_ids": [page[0]["dataset_record_id"]]}
    call(server, "DELETE", f"datasets/{id}/records", json=ids)
    rest, token = loaded(server, id, max_results=3, page_token=token)
    assert [record["inputs"]["n"] for record in rest] == [2, 3, 4]
    assert token is None


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "datasets/create", {}, 400),
        ("POST", "datasets/create", {"name": "a", "experiment_ids": ["77"]}, 404),
        ("POST", "datasets/create", {"name": "a", "tags": "no JSON"}, 400),
        ("PATCH", "datasets/d-0/tags", {"tags": "[]"}, 400),
        ("PATCH", "datasets/d-0/tags", {"tags": "{}"}, 404),
        ("POST", "datasets/d-0/records", {"records": "[]"}, 404),
        ("POST", "datasets/d-0/records", {"records": "{}"}, 400),
        ("POST", "datasets/d-0/add-experiments", {"experiment_ids": ["0"]}, 404),
        ("POST", "datasets/search", {"filter_string": "colour = 'red'"}, 400),
        ("POST", "datasets/search", {"order_by": ["colour"]}, 400),
    ],
)
def test_what_cannot_be_done_is_said(
    server: Server, method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    answer = call(server, method, path, json=sent)
    assert answer.status_code == status
    assert {"error_code", "message"} <= answer.json().keys()


@pytest.mark.parametrize(
    "record",
    [
        {"inputs": "text"},
        {"inputs": None},
        {"inputs": {}, "tags": []},
        {"inputs": {}, "source": {"source_type": "rumour"}},
    ],
)
def test_a_wrong_record_keeps_the_others_out(
    client: MlflowClient, server: Server, record: dict[str, Any]
) -> None:
    id = client.create_dataset("questions", experiment_id="0").dataset_id
    sent = {"records": json.dumps([{"inputs": {"n": 1}}, record])}
    assert call(server, "POST", f"datasets/{id}/records", json=sent).status_code == 400
    assert loaded(server, id) == ([], None)


def test_a_schema_keeps_the_first_type_of_each_field() -> None:
    assert merged_schema(None, []) is None
    first = merged_schema(None, [{"inputs": {"a": True, "b": None}, "outputs": 1.5}])
    assert first is not None
    assert first["inputs"] == {"a": "boolean", "b": "null"}
    assert first["outputs"] == "float"
    second = merged_schema(first, [{"inputs": {"a": 1, "c": []}, "outputs": {"d": {}}}])
    assert second is not None
    assert second["inputs"] == {"a": "boolean", "b": "null", "c": "array"}
    assert second["outputs"] == "float"


def register(server: Server, name: str, body: str = "{}") -> requests.Response:
    sent = {"experiment_id": "0", "name": name, "serialized_scorer": body}
    return call(server, "POST", "scorers/register", json=sent)


def test_scorers_have_versions(server: Server) -> None:
    for number in (1, 2):
        made = register(server, "judge", json.dumps({"n": number})).json()
        assert (made["version"], made["experiment_id"]) == (number, "0")
    register(server, "other")
    about = {"experiment_id": "0", "name": "judge"}

    def versions(path: str, **query: Any) -> list[tuple[str, int]]:
        found = call(server, "GET", path, params=query).json()["scorers"]
        return [(scorer["scorer_name"], scorer["scorer_version"]) for scorer in found]

    for query in ({}, {"experiment_id": "0"}, {"experiment_ids": ["0", "9"]}):
        assert versions("scorers/list", **query) == [("judge", 2), ("other", 1)]
    assert versions("scorers/versions", **about) == [("judge", 1), ("judge", 2)]
    newest = call(server, "GET", "scorers/get", params=about).json()["scorer"]
    assert (newest["scorer_version"], newest["serialized_scorer"]) == (2, '{"n": 2}')
    first = call(server, "GET", "scorers/get", params=about | {"version": 1}).json()["scorer"]
    assert first["serialized_scorer"] == '{"n": 1}'

    call(server, "DELETE", "scorers/delete", json=about | {"version": 1})
    assert versions("scorers/versions", **about) == [("judge", 2)]
    call(server, "DELETE", "scorers/delete", json=about)
    assert versions("scorers/list") == [("other", 1)]
    assert call(server, "GET", "scorers/get", params=about).status_code == 404
    assert call(server, "GET", "scorers/online-configs").json() == {"configs": []}


@pytest.mark.parametrize("body", ["no JSON", '{"parts": [{"call_source": "import os"}]}'])
def test_a_scorer_is_JSON_without_code(server: Server, body: str) -> None:
    answer = register(server, "judge", body)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def report(server: Server, name: str, **more: Any) -> dict[str, Any]:
    sent = {"experiment_id": "0", "name": name, "description": "why", **more}
    answer = call(server, "POST", "issues", json=sent)
    assert answer.status_code == 200, answer.text
    issue: dict[str, Any] = answer.json()["issue"]
    return issue


def test_an_issue_changes_where_something_is_sent(server: Server, client: MlflowClient) -> None:
    run_id = client.create_run("0").info.run_id
    made = report(server, "slow", source_run_id=run_id, categories=["latency"], metadata={"a": "1"})
    assert made["status"] == "pending"
    assert made["created_timestamp"] == made["last_seen_timestamp"]
    sent = {
        "status": "resolved",
        "categories": [],
        "metadata": {"b": "2"},
        "delete_metadata_keys": ["a"],
        "last_seen_timestamp": 5,  # long ago: it never goes back
    }
    path = f"issues/{made['issue_id']}"
    changed = call(server, "PATCH", path, json=sent).json()["issue"]
    assert (changed["name"], changed["status"]) == ("slow", "resolved")
    assert changed["metadata"] == {"b": "2"}
    assert "categories" not in changed
    assert changed["last_seen_timestamp"] == made["last_seen_timestamp"]
    assert call(server, "GET", path).json()["issue"] == changed


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Wrong sum", "slow", "odd"]),  # the most severe first, then the newest
        ({"order_by": ["name ASC"]}, ["odd", "slow", "Wrong sum"]),
        ({"name": "SUM"}, ["Wrong sum"]),
        ({"name": "_"}, []),
        ({"filter_string": "status != 'pending'"}, ["odd"]),
        ({"statuses": ["pending"], "severities": ["low", "high"]}, ["Wrong sum"]),
        ({"categories": [" Latency"]}, ["slow"]),
        ({"experiment_id": "0", "max_results": 1}, ["Wrong sum"]),
    ],
)
def test_issues_are_found(server: Server, query: dict[str, Any], names: list[str]) -> None:
    report(server, "odd", status="rejected")
    report(server, "slow", categories=["latency"])
    report(server, "Wrong sum", severity="high")
    sent = query | {"include_total_count": True}
    answer = call(server, "POST", "issues/search", json=sent).json()
    assert [issue["name"] for issue in answer["issues"]] == names
    if "max_results" in query:
        assert answer["total_count"] == 3
        token = answer["next_page_token"]
        rest = call(server, "POST", "issues/search", json={"page_token": token}).json()
        assert [issue["name"] for issue in rest["issues"]] == ["slow", "odd"]
        assert rest["next_page_token"] == ""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"experiment_id": "77"}, 404),
        ({"source_run_id": "0" * 32}, 404),
        ({"name": ""}, 400),
        ({"description": ""}, 400),
        ({"status": "done"}, 400),
        ({"metadata": {"a": 1}}, 400),
        ({"issue_id": "1"}, 400),
        ({"issue_id": "iss-taken"}, 400),
    ],
)
def test_a_wrong_issue_is_refused(server: Server, sent: dict[str, Any], status: int) -> None:
    report(server, "first", issue_id="iss-taken")
    right = {"experiment_id": "0", "name": "second", "description": "why"}
    assert call(server, "POST", "issues", json=right | sent).status_code == status
