"""What was pushed is readable by other people's tools: python-gitlab, an MLflow client pointed at GitLab."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import gitlab as python_gitlab
import mlflow
import pytest
from mlflow import MlflowClient

from jupyterlab_mlops.entities import Artifact
from jupyterlab_mlops.registry import register
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced

MLMODEL = b"""flavors:
  python_function:
    loader_module: json
    python_version: 3.11.0
model_uuid: 0123456789abcdef0123456789abcdef
utc_time_created: '2026-01-01 00:00:00.000000'
"""


@pytest.fixture
def pushed(store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]) -> str:
    id = add_candidate(
        store,
        params={"C": "0.5"},
        points=[("f1", 0.8, 0), ("f1", 0.9, 1)],
        files={"notebook.ipynb": b"{}", "plots/roc.png": b"png"},
    )
    files = [
        Artifact("MLmodel", *store.blobs.put(MLMODEL)),
        Artifact("data/m.bin", *store.blobs.put(b"m")),
    ]
    store.write_sync(
        lambda conn: register(conn, model="churn", version="1.2.3", candidate_id=id, files=files)
    )
    assert synced(make_worker(gitlab))["done"]
    return id


def test_an_mlflow_client_finds_the_run_and_loads_the_version(
    pushed: str, gitlab: GitLabFake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", gitlab.token)
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
    uri = f"{gitlab.url}/api/v4/projects/{gitlab.the_project.id}/ml/mlflow"
    client = MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name("churn")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_name == "logistic"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"C": "0.5"}
    assert run.data.metrics == {"f1": 0.9}
    assert [m.value for m in client.get_metric_history(run.info.run_id, "f1")] == [0.8, 0.9]
    assert run.data.tags["mlops.candidate_id"] == pushed

    version = client.get_model_version_by_alias("churn", "1.2.3")
    assert client.get_run(version.run_id).data.metrics == {"f1": 0.9}
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        local = mlflow.artifacts.download_artifacts("models:/churn@1.2.3", dst_path=str(tmp_path))
    finally:
        mlflow.set_tracking_uri(None)
        mlflow.set_registry_uri(None)
    assert (Path(local) / "MLmodel").read_bytes() == MLMODEL
    assert (Path(local) / "data/m.bin").read_bytes() == b"m"


def test_python_gitlab_lists_and_reads_the_files(pushed: str, gitlab: GitLabFake) -> None:
    with python_gitlab.Gitlab(gitlab.url, private_token=gitlab.token) as reader:
        project = reader.projects.get(gitlab.project)
        packages = project.packages.list(package_type="ml_model", get_all=True)
        by_version = {p.version: p for p in packages}
        (run,) = gitlab.candidates()
        files = by_version[f"candidate_{run['iid']}"].package_files.list(get_all=True)
        digests = {f.file_name: f.file_sha256 for f in files}
        assert digests["notebook.ipynb"] == hashlib.sha256(b"{}").hexdigest()
        assert digests[quote("plots/roc.png", safe="")] == hashlib.sha256(b"png").hexdigest()
        assert by_version["1.2.3"].name == "churn"
