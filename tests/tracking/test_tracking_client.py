"""The real MLflow client against the loopback listener: what it writes it reads back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from conftest import Server
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException

from jupyterlab_mlops.store import candidates, experiments


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowClient]:
    """A client as it is in a kernel."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.token)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    mlflow.set_experiment(experiment_id="0")  # the fluent API remembers the last test's
    yield MlflowClient(server.url)
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


@pytest.fixture
def run_id(client: MlflowClient) -> str:
    return str(client.create_run("0", run_name="one").info.run_id)


def test_a_session_of_the_fluent_api(client: MlflowClient, server: Server) -> None:
    mlflow.set_experiment("fluent")
    with mlflow.start_run(run_name="outer") as outer:
        mlflow.log_params({"lr": 0.1, "depth": 3})
        mlflow.log_metrics({"loss": 0.5, "gap": math.nan}, step=2)
        mlflow.log_text("hello", "notes/a.txt")
        mlflow.log_dict({"a": 1}, "d.json")
        with mlflow.start_run(nested=True) as inner:
            mlflow.log_metric("loss", 0.4)
    found = mlflow.get_run(outer.info.run_id)
    assert found.info.status == "FINISHED"
    assert found.data.params == {"lr": "0.1", "depth": "3"}
    assert found.data.metrics["loss"] == 0.5
    assert math.isnan(found.data.metrics["gap"])
    assert mlflow.artifacts.load_text(f"{found.info.artifact_uri}/notes/a.txt") == "hello"
    child = mlflow.get_run(inner.info.run_id)
    assert child.data.tags["mlflow.parentRunId"] == outer.info.run_id
    # One namespace: the run is a candidate.
    candidate = server.store.read_sync(candidates.get, outer.info.run_id)
    assert (candidate.name, candidate.origin, candidate.kernel_id) == ("outer", "mlflow", "k1")
    assert [file.path for file in candidate.artifacts] == ["d.json", "notes/a.txt"]


def test_a_run_is_joined_to_what_its_kernel_runs(client: MlflowClient, server: Server) -> None:
    server.running["k1"] = {
        "notebook_run_id": "not written yet",
        "execution_id": "x1",
        "notebook": "work/iris.ipynb",
        "cell_id": "c",
        "cell_index": 4,
        "experiment": "work/iris",
    }
    made = client.create_run("0", tags={"mine": "1"})
    assert made.data.tags["mlflow.source.type"] == "NOTEBOOK"
    assert made.data.tags["mlflow.source.name"] == "work/iris.ipynb"
    assert made.data.tags["mlops.cell"] == "4"
    found = server.store.read_sync(candidates.get, made.info.run_id)
    assert (found.execution_id, found.cell_id, found.notebook_run_id) == ("x1", "c", None)
    assert found.tags == {"mine": "1"}
    launched = {"mlflow.source.name": "/x/ipykernel_launcher.py", "mlflow.source.type": "LOCAL"}
    found_out = client.create_run("0", tags=launched).data.tags
    assert found_out["mlflow.source.name"] == "work/iris.ipynb"
    assert found_out["mlflow.source.type"] == "NOTEBOOK"
    named = client.create_run("0", tags={"mlflow.source.name": "own.py"})
    assert named.data.tags["mlflow.source.name"] == "own.py"


def test_a_failing_run_is_failed_and_a_resumed_one_runs(client: MlflowClient) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as failed:
        1 / 0  # noqa: B018
    assert client.get_run(failed.info.run_id).info.status == "FAILED"
    with mlflow.start_run(run_id=failed.info.run_id):
        assert client.get_run(failed.info.run_id).info.status == "RUNNING"
    assert client.get_run(failed.info.run_id).info.status == "FINISHED"


def test_history_and_special_values(client: MlflowClient, run_id: str) -> None:
    for at, value in enumerate([0.1 + 0.2, math.nan, math.inf, -math.inf]):
        client.log_metric(run_id, "m", value, timestamp=at, step=at)
    client.log_metric(run_id, "m", 0.1 + 0.2, timestamp=0, step=0)
    values = [metric.value for metric in client.get_metric_history(run_id, "m")]
    assert values[0] == 0.1 + 0.2
    assert math.isnan(values[1])
    assert values[2:] == [1.7976931348623157e308, -1.7976931348623157e308]
    assert client.get_metric_history(run_id, "other") == []


def test_a_batch_is_all_or_nothing(client: MlflowClient, run_id: str) -> None:
    client.log_batch(
        run_id,
        metrics=[Metric(f"m{i}", float(i), 1, i) for i in range(500)],
        params=[Param("p", "1")],
        tags=[RunTag("t", "1")],
    )
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_batch(run_id, metrics=[Metric("new", 1.0, 1, 0)], params=[Param("p", "2")])
    found = client.get_run(run_id).data
    assert len(found.metrics) == 500
    assert (found.params, found.tags["t"]) == ({"p": "1"}, "1")


def test_long_values_are_kept_whole(client: MlflowClient, run_id: str) -> None:
    client.log_param(run_id, "long", "x" * 50_000)
    client.set_tag(run_id, "long", "y" * 100_000)
    found = client.get_run(run_id).data
    assert (len(found.params["long"]), len(found.tags["long"])) == (50_000, 100_000)


def test_datasets_models_read_and_models_made(client: MlflowClient, run_id: str) -> None:
    dataset = Dataset("train", "abc", "local", "{}", schema="{}", profile="{}")
    client.log_inputs(
        run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])]
    )
    model = client.create_logged_model("0", "net", source_run_id=run_id, params={"depth": "3"})
    client.log_inputs(run_id, models=[LoggedModelInput(model.model_id)])
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 3)])
    found = client.get_run(run_id)
    assert found.inputs.dataset_inputs[0].dataset.name == "train"
    assert found.inputs.dataset_inputs[0].tags[0].value == "training"
    assert found.inputs.model_inputs[0].model_id == model.model_id
    assert found.outputs.model_outputs[0].step == 3
    assert client.search_runs(["0"], "dataset.context = 'training'")[0].info.run_id == run_id


def test_logged_models_live(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    model = client.create_logged_model(
        "0", "net", source_run_id=run_id, tags={"a": "1"}, model_type="agent"
    )
    client.log_metric(
        run_id, "acc", 0.9, model_id=model.model_id, dataset_name="d", dataset_digest="1"
    )
    client.set_logged_model_tags(model.model_id, {"b": "2"})
    client.delete_logged_model_tag(model.model_id, "a")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "MLmodel").write_text("flavors: {}")
    client.log_model_artifacts(model.model_id, str(tmp_path / "files"))
    assert client.finalize_logged_model(model.model_id, "READY").status == "READY"
    client.log_model_params(model.model_id, {"depth": "3"})
    client.log_model_params(model.model_id, {"depth": "3"})
    with pytest.raises(MlflowException, match="not allowed"):
        client.log_model_params(model.model_id, {"depth": "4"})
    found = client.search_logged_models(["0"], f"source_run_id != '{run_id}'")
    assert found == []
    of_dataset = [{"field_name": "metrics.acc", "dataset_digest": "1"}]
    assert len(client.search_logged_models(["0"], max_results=5000, order_by=of_dataset)) == 1
    found = client.search_logged_models(["0"], "metrics.acc > 0.8 AND tags.b = '2'")
    assert [item.model_id for item in found] == [model.model_id]
    assert found[0].metrics[0].dataset_name == "d"
    assert [file.path for file in client.list_logged_model_artifacts(model.model_id)] == ["MLmodel"]
    client.delete_logged_model(model.model_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_logged_model(model.model_id)


def test_runs_are_searched_page_by_page(client: MlflowClient) -> None:
    experiment = client.create_experiment("search")
    for number in range(5):
        id = client.create_run(experiment, run_name=f"r{number}", start_time=1 + number).info.run_id
        client.log_batch(id, [Metric("acc", number / 10, 1, 0)], [Param("o", "ab"[number % 2])])
    first = client.search_runs([experiment], order_by=["metrics.acc DESC"], max_results=3)
    rest = client.search_runs(
        [experiment], order_by=["metrics.acc DESC"], max_results=3, page_token=first.token
    )
    assert [run.info.run_name for run in [*first, *rest]] == ["r4", "r3", "r2", "r1", "r0"]
    assert rest.token is None
    found = client.search_runs([experiment], "params.o = 'a' and (metrics.acc > 0.3 or r0)")
    assert [run.info.run_name for run in found] == ["r4", "r0"]
    assert found[0].data.params == {"o": "a"}
    with pytest.raises(MlflowException, match="character"):
        client.search_runs([experiment], "metrics.acc >")


def test_what_is_deleted_takes_nothing_and_comes_back(client: MlflowClient, run_id: str) -> None:
    client.delete_run(run_id)
    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        client.log_metric(run_id, "m", 1.0)
    assert client.search_runs(["0"]) == []
    assert len(client.search_runs(["0"], run_view_type=ViewType.DELETED_ONLY)) == 1
    client.restore_run(run_id)
    client.log_metric(run_id, "m", 1.0)


def test_experiments_by_name_tag_and_view(client: MlflowClient, server: Server) -> None:
    id = client.create_experiment("exp", tags={"team": "blue"})
    assert client.get_experiment_by_name("exp").tags == {"team": "blue"}
    assert client.get_experiment_by_name("nobody") is None
    assert [e.name for e in client.search_experiments(filter_string="tags.team = 'blue'")] == [
        "exp"
    ]
    client.rename_experiment(id, "exp2")
    client.delete_experiment(id)
    assert [e.name for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)] == ["exp2"]
    with pytest.raises(MlflowException, match="already exists"):
        client.create_experiment("exp2")
    client.restore_experiment(id)
    assert server.store.read_sync(experiments.get, int(id)).lifecycle_stage == "active"


def test_logging_without_waiting_loses_nothing(client: MlflowClient) -> None:
    with mlflow.start_run() as run:
        for step in range(60):
            mlflow.log_metric("m", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
    assert len(client.get_metric_history(run.info.run_id, "m")) == 60


def test_a_logged_model_is_found_by_its_last_value(client: MlflowClient, run_id: str) -> None:
    for name, values in (("falling", (0.9, 0.2)), ("rising", (0.1, 0.8))):
        model = client.create_logged_model("0", name)
        for step, value in enumerate(values):
            # The clock may say otherwise: the step counts first.
            client.log_metric(
                run_id, "acc", value, step=step, timestamp=9 - step, model_id=model.model_id
            )
    found = client.search_logged_models(["0"], "metrics.acc > 0.5")
    assert [model.name for model in found] == ["rising"]
    by_value = [{"field_name": "metrics.acc", "ascending": True}]
    found = client.search_logged_models(["0"], order_by=by_value)
    assert [model.name for model in found] == ["falling", "rising"]
    assert client.search_logged_models([]) == []
