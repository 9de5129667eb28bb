"""MLflow's registry calls: integer versions for its clients, semantic ones beside them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import requests
from conftest import Server
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput
from mlflow.exceptions import MlflowException

from jupyterlab_mlops.entities import ModelVersion
from jupyterlab_mlops.store import artifacts, models


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowClient]:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.token)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    yield MlflowClient(server.url, server.url)
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


@pytest.fixture
def run_id(client: MlflowClient, tmp_path: Path) -> str:
    """A run with a folder ``model``."""
    id = str(client.create_run("0").info.run_id)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "MLmodel").write_text("flavors: {}")
    client.log_artifacts(id, str(tmp_path / "model"), "model")
    return id


def test_registering_a_run_gives_both_kinds_of_version(
    client: MlflowClient, server: Server, run_id: str
) -> None:
    made = mlflow.register_model(f"runs:/{run_id}/model", "churn", tags={"k": "v"})
    assert (made.version, made.run_id, made.tags) == ("1", run_id, {"k": "v"})
    stored = server.store.read_sync(models.get_version, "churn", number=1)
    assert stored.version == "1.0.0"
    assert [file.path for file in stored.artifacts] == ["MLmodel", "MODEL_CARD.md"]
    again = mlflow.register_model(f"runs:/{run_id}/model", "churn")
    assert again.version == "2"
    assert server.store.read_sync(models.get_version, "churn", number=2).version != "1.0.0"


@pytest.mark.parametrize(
    "uri",
    ["models:/churn/1", "models:/churn@champion", "models:/churn@1.0.0", "models:/churn/latest"],
)
def test_files_are_found_by_every_name(
    client: MlflowClient, run_id: str, uri: str, tmp_path: Path
) -> None:
    mlflow.register_model(f"runs:/{run_id}/model", "churn")
    client.set_registered_model_alias("churn", "champion", "1")
    folder = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path / "out"))
    assert (Path(folder) / "MLmodel").read_text() == "flavors: {}"


def test_what_the_button_registered_is_downloaded_too(
    client: MlflowClient, server: Server, tmp_path: Path
) -> None:
    from jupyterlab_mlops import registry
    from jupyterlab_mlops.entities import Artifact

    sha256, size = server.store.blobs.put(b"flavors: {}")
    server.store.write_sync(
        registry.register, model="own", files=[Artifact("MLmodel", sha256, size)]
    )
    folder = mlflow.artifacts.download_artifacts("models:/own/1", dst_path=str(tmp_path / "out"))
    assert (Path(folder) / "MLmodel").exists()


def test_a_copy_points_to_its_original(client: MlflowClient, run_id: str) -> None:
    mlflow.register_model(f"runs:/{run_id}/model", "churn")
    copied = client.copy_model_version("models:/churn/1", "production")
    assert (copied.version, copied.source, copied.run_id) == ("1", "models:/churn/1", run_id)
    assert (
        client.get_model_version_download_uri("production", "1")
        == client.get_model_version("churn", "1").source
    )


def test_aliases_tags_stages_and_descriptions(client: MlflowClient) -> None:
    client.create_registered_model("m", tags={"a": "1"}, description="d")
    for _ in range(2):
        client.create_model_version("m", "s3://bucket/model")
    client.set_registered_model_alias("m", "champion", "2")
    client.set_model_version_tag("m", "1", "k", "v")
    client.update_model_version("m", "1", "first")
    with pytest.warns(FutureWarning, match="stages"):
        client.transition_model_version_stage("m", "1", "Staging")
    one = client.get_model_version("m", "1")
    assert (one.tags, one.description, one.current_stage) == ({"k": "v"}, "first", "Staging")
    assert client.get_model_version_by_alias("m", "champion").version == "2"
    assert client.get_registered_model("m").aliases == {"champion": "2"}
    with pytest.warns(FutureWarning, match="stages"):
        assert {v.version for v in client.get_latest_versions("m")} == {"1", "2"}
    assert [v.version for v in client.search_model_versions("tags.k = 'v'")] == ["1"]
    client.rename_registered_model("m", "m2")
    client.delete_model_version("m2", "1")
    assert [m.name for m in client.search_registered_models("name LIKE 'm%'")] == ["m2"]
    client.delete_registered_model("m2")
    assert client.search_registered_models() == []


@pytest.mark.parametrize("alias", ["latest", "v1", "a b", "1.0.0"])
def test_an_alias_is_never_taken_for_something_else(client: MlflowClient, alias: str) -> None:
    client.create_registered_model("m")
    client.create_model_version("m", "s3://bucket/model")
    with pytest.raises(MlflowException):
        client.set_registered_model_alias("m", alias, "1")


@pytest.mark.parametrize(
    "source",
    [
        "mlflow-artifacts:/a/../b",
        "https://host/..%2fx",
        "/etc/passwd",
        "file:///etc/passwd",
        "s3://b/%00",
    ],
)
def test_a_source_leads_nowhere_else(client: MlflowClient, source: str) -> None:
    client.create_registered_model("m")
    with pytest.raises(MlflowException, match="Invalid model version source"):
        client.create_model_version("m", source)


def test_a_logged_model_knows_its_versions(client: MlflowClient, run_id: str) -> None:
    model = client.create_logged_model("0", "net", source_run_id=run_id)
    client.create_registered_model("m")
    made = client.create_model_version("m", f"models:/{model.model_id}", model_id=model.model_id)
    assert made.source == f"models:/{model.model_id}"
    tags = client.get_logged_model(model.model_id).tags
    assert tags["mlflow.modelVersions"] == '[{"name": "m", "version": 1}]'


def test_a_version_keeps_its_files_when_its_run_loses_them(
    client: MlflowClient, server: Server, run_id: str, tmp_path: Path
) -> None:
    mlflow.register_model(f"runs:/{run_id}/model", "churn")
    server.store.write_sync(artifacts.remove, artifacts.candidate_owner(run_id), "")
    folder = mlflow.artifacts.download_artifacts("models:/churn/1", dst_path=str(tmp_path / "out"))
    assert (Path(folder) / "MLmodel").exists()


MLMODEL = """
flavors:
  python_function: {loader_module: mlflow.sklearn}
  sklearn: {code: null}
signature:
  inputs: '%s'
"""


def test_a_version_carries_what_the_button_gives_it(client: MlflowClient, server: Server) -> None:
    def registered(inputs: str, lr: str) -> ModelVersion:
        run = client.create_run("0")
        client.log_param(run.info.run_id, "lr", lr)
        client.log_metric(run.info.run_id, "acc", 0.9)
        dataset = Dataset("iris", "abc", "local", "{}")
        client.log_inputs(run.info.run_id, [DatasetInput(dataset, [])])
        client.log_text(run.info.run_id, MLMODEL % inputs, "model/MLmodel")
        made = mlflow.register_model(f"runs:/{run.info.run_id}/model", "churn")
        assert made.status == "READY"
        return server.store.read_sync(models.get_version, "churn", number=int(made.version))

    first = registered('[{"type": "double", "name": "age"}]', "0.1")
    assert (first.version, first.flavor) == ("1.0.0", "mlflow.sklearn")
    assert first.signature == '{"inputs": [{"name": "age", "type": "float64"}]}'
    files = {file.path: file.sha256 for file in first.artifacts}
    assert files.keys() == {"MLmodel", "MODEL_CARD.md", "inputs.json"}
    assert "| acc | 0.9 |" in server.store.blobs.get(files["MODEL_CARD.md"]).decode()
    assert "dataset:iris:abc" in server.store.blobs.get(files["inputs.json"]).decode()
    # The proposal looks at the same things: params only, then another input.
    assert registered('[{"type": "double", "name": "age"}]', "0.2").version == "1.0.1"
    assert registered('[{"type": "double", "name": "size"}]', "0.2").version == "2.0.0"
    # What clients load is what they logged.
    assert client.get_model_version_download_uri("churn", "1").endswith("/model")


def test_a_run_that_is_not_here_may_have_made_a_version(client: MlflowClient) -> None:
    client.create_registered_model("m")
    for number in ("1", "2"):
        made = client.create_model_version("m", "runs:/elsewhere/model", "elsewhere")
        assert (made.version, made.run_id) == (number, "elsewhere")


@pytest.mark.parametrize(
    ("version", "status"), [("2.19.0", 200), ("2.22.2", 200), ("3.18.0", 400), ("", 400)]
)
def test_a_client_names_models_as_its_own_mlflow_lets_it(
    server: Server, version: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    if version:
        headers["User-Agent"] = f"mlflow-python-client/{version}"
    name, api = f"team/churn:{version}", f"{server.url}/api/2.0/mlflow"
    answers = [
        requests.post(f"{api}/registered-models/create", json={"name": name}, headers=headers),
        requests.post(
            f"{api}/model-versions/create",
            json={"name": name, "source": "s3://bucket/churn"},
            headers=headers,
        ),
    ]
    expected = [200, 200] if status == 200 else [400, 404]
    assert [answer.status_code for answer in answers] == expected


def test_the_latest_versions_of_a_model_are_in_the_order_of_its_stages(
    client: MlflowClient,
) -> None:
    client.create_registered_model("stages")
    for stage in ("None", "Archived", "Production", "None"):
        version = client.create_model_version("stages", "s3://bucket/m").version
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            client.transition_model_version_stage("stages", version, stage)
    client.set_registered_model_alias("stages", "best", "2")
    model = client.get_registered_model("stages")
    latest = [(version.current_stage, version.version) for version in model.latest_versions]
    assert latest == [("None", "4"), ("Archived", "2"), ("Production", "3")]
    assert model.aliases == {"best": "2"}
    client.rename_registered_model("stages", "phases")
    found = client.search_model_versions("name = 'phases'")
    assert [version.version for version in found] == ["4", "3", "2", "1"]
