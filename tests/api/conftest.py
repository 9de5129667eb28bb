"""A Jupyter server with the extension, and a store with two candidates in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.entities import MetricPoint, Param
from jupyterlab_mlops.extension import MLOpsExtension
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics
from jupyterlab_mlops.store.store import Store


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "mlops"


@pytest.fixture
def jp_server_config(data_dir: Path, jp_server_config: dict[str, Any]) -> dict[str, Any]:
    return {
        **jp_server_config,
        "ServerApp": {"jpserver_extensions": {"jupyterlab_mlops": True}},
        "MLOpsExtension": {"data_dir": str(data_dir), "sync": "off"},
    }


@pytest.fixture
def extension(jp_serverapp: Any) -> MLOpsExtension:
    """The extension of the running server."""
    found = jp_serverapp.extension_manager.extension_apps["jupyterlab_mlops"]
    return next(iter(found))


@pytest.fixture
def server_store(extension: MLOpsExtension) -> Store:
    return extension.store


def fill(conn: Any, store: Store) -> list[str]:
    """Two candidates of one experiment that differ in C and accuracy."""
    experiment = experiments.ensure(conn, "churn", notebook="churn.ipynb")
    ids = []
    for number, (c, accuracy) in enumerate([("1.0", 0.8), ("0.1", 0.9)]):
        id = candidates.create(
            conn,
            experiment,
            origin="training",
            name=f"lr {number}",
            status="FINISHED",
            model_class="LogisticRegression",
            variable="clf",
            notebook="churn.ipynb",
            cell_id="abc",
        )
        candidates.set_params(
            conn, id, [Param("C", c, "estimator"), Param("penalty", "l2", "estimator")]
        )
        points = [MetricPoint("loss", 1 / (step + 1), step, 1000 + step) for step in range(50)]
        metrics.log(conn, id, [MetricPoint("accuracy", accuracy, 0, 1), *points])
        sha256, size = store.blobs.put(b"<svg/>")
        artifacts.put(
            conn, artifacts.candidate_owner(id), "figures/1 plot.svg", sha256, size, "image/svg+xml"
        )
        sha256, size = store.blobs.put(b"weights")
        artifacts.put(conn, artifacts.candidate_owner(id), "model/model.pkl", sha256, size)
        ids.append(id)
    return ids


@pytest.fixture
def filled(server_store: Store) -> list[str]:
    """The ids of two candidates."""
    return server_store.write_sync(fill, server_store)


@pytest.fixture
def api(jp_fetch: Callable[..., Any]) -> Callable[..., Any]:
    """``await api("GET", "candidates", limit=1)`` → the parsed answer."""
    import json

    async def call(method: str, path: str, body: Any = None, **params: Any) -> Any:
        response = await jp_fetch(
            "mlops",
            "api",
            *path.split("/"),
            method=method,
            params={name: str(value) for name, value in params.items()},
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        return json.loads(response.body) if response.body else None

    return call
