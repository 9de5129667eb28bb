"""What MLflow's pages ask in GraphQL: read by a small parser, answered by the operations of the JSON API."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import requests
from conftest import Server
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.entities import MetricPoint, Param
from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics
from jupyterlab_mlops.tracking.graphql import MAX_ALIASES, MAX_DEPTH, MAX_ROOT_FIELDS, read


def ask(server: Server, query: str, **more: Any) -> dict[str, Any]:
    answer = requests.post(
        f"{server.url}/graphql", json={"query": query, **more}, headers=server.headers, timeout=20
    )
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.fixture
def run(server: Server) -> str:
    """A run with a metric that is no number, a param and a file in a folder."""

    def fill(conn: Any) -> str:
        id = candidates.create(conn, experiments.create(conn, "paged"), origin="mlflow", name="one")
        points = [MetricPoint("loss", float("nan"), 2, 20), MetricPoint("acc", 0.5, 1, 10)]
        metrics.log(conn, id, points)
        candidates.set_params(conn, id, [Param("lr", "0.1")])
        artifacts.put(conn, artifacts.candidate_owner(id), "plots/a.png", *blob)
        return id

    blob = server.store.blobs.put(b"picture")
    return server.store.write_sync(fill)


# -- reading ---------------------------------------------------------------------------------------


def test_a_request_with_everything_that_pages_send() -> None:
    (root,) = read(
        """
        # a comment
        query Page($id: String!, $size: Int = 5) @component(name: "Runs.List") {
          first: runs(input: {ids: [$id, "x\\u00e9"], size: $size, all: true, none: null, view: ALL, low: -1.5e1}) {
            ...Shown
            ... on Run { info { name } }
          }
        }
        fragment Shown on Run { id, tags { key } }
        """,
        {"id": "r1"},
        "Page",
    )
    assert (root.name, root.key) == ("runs", "first")
    assert root.arguments["input"] == {
        "ids": ["r1", "xé"], "size": 5, "all": True, "none": None, "view": "ALL", "low": -15.0
    }  # fmt: skip
    assert [part.name for part in root.selections] == ["id", "tags", "info"]
    assert root.selections[1].selections[0].name == "key"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "query string"),
        ("{ a", "<EOF>"),
        ("{ a(x: ) }", "Unexpected"),
        ("{ a ? }", "character"),
        ("query A { a } query B { b }", "Unknown operation"),
        ("{ a(x: $y) }", "'\\$y' is not defined"),
        ("{ ...F }", "Unknown fragment"),
        ("{ ...F } fragment F on T { a ...F }", "within itself"),
        (
            "{" + " ".join(f"a{i}" for i in range(MAX_ROOT_FIELDS + 1)) + "}",
            "at most 10 root fields",
        ),
        (
            "{ a {" + " ".join(f"a{i}: b" for i in range(MAX_ALIASES + 1)) + "} }",
            "at most 10 aliases",
        ),
        ("{ a " * (MAX_DEPTH + 1) + "}" * (MAX_DEPTH + 1), "maximum depth of 10"),
        ("{ a {" + " ".join(f"f{i}" for i in range(1001)) + "} }", "total selections of 1000"),
    ],
)
def test_what_cannot_be_answered_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        read(text)


@given(st.text(alphabet='{}()[]:!$.@"ab1 \n#-,', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        read(text)


# -- answers ---------------------------------------------------------------------------------------


def test_a_run_with_its_experiment(server: Server, run: str) -> None:
    query = """
      query Q($id: String) { mlflowGetRun(input: {runId: $id}) { run {
        info { runName status endTime }
        data { metrics { key value step } params { key value } }
        experiment { name } modelVersions { name }
      } } }
    """
    answer = ask(server, query, operationName="Q", variables={"id": run})
    assert answer["errors"] is None
    found = answer["data"]["mlflowGetRun"]["run"]
    assert found["info"] == {"runName": "one", "status": "RUNNING", "endTime": "0"}
    # Longs are texts, and a NaN is null, as JavaScript can read them.
    assert sorted(found["data"]["metrics"], key=lambda item: item["key"]) == [
        {"key": "acc", "value": 0.5, "step": "1"},
        {"key": "loss", "value": None, "step": "2"},
    ]
    assert found["experiment"] == {"name": "paged"}
    assert found["modelVersions"] == []


def test_runs_files_and_histories(server: Server, run: str) -> None:
    experiment = server.store.read_sync(candidates.head, run).experiment_id
    answer = ask(
        server,
        "mutation M($ids: [String]) { mlflowSearchRuns(input: {experimentIds: $ids}) { runs { info { runId } } } }",
        variables={"ids": [str(experiment)]},
    )
    assert answer["data"]["mlflowSearchRuns"]["runs"] == [{"info": {"runId": run}}]
    answer = ask(
        server,
        """
          query($id: String) {
            all: mlflowListArtifacts(input: {runId: $id}) { files { path isDir fileSize } }
            plots: mlflowListArtifacts(input: {runId: $id, path: "plots"}) { files { path isDir fileSize } }
          }
        """,
        variables={"id": run},
    )
    assert answer["data"] == {
        "all": {"files": [{"path": "plots", "isDir": True, "fileSize": "0"}]},
        "plots": {"files": [{"path": "plots/a.png", "isDir": False, "fileSize": "7"}]},
    }
    answer = ask(
        server,
        """
          query($id: String) {
            mlflowGetMetricHistoryBulkInterval(input: {runIds: [$id], metricKey: "acc"}) {
              metrics { runId value timestamp }
            }
          }
        """,
        variables={"id": run},
    )
    assert answer["data"]["mlflowGetMetricHistoryBulkInterval"]["metrics"] == [
        {"runId": run, "value": 0.5, "timestamp": "10"}
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ nothing { a } }", "Cannot query field 'nothing' on type 'Query'"),
        (
            '{ mlflowGetExperiment(input: {experimentId: "0"}) { experiment { nam } } }',
            "field 'nam'",
        ),
        (
            '{ mlflowGetExperiment(input: {experimentId: "0"}) { experiment } }',
            "must have a selection",
        ),
        ('{ mlflowGetExperiment(input: {experimentId: "99"}) { experiment { name } } }', "99"),
    ],
)
def test_errors_are_in_the_answer(server: Server, query: str, message: str) -> None:
    answer = ask(server, query)
    assert answer["data"] is None
    assert message in answer["errors"][0]
