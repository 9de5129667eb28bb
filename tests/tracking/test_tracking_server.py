"""The same routes on the Jupyter server: its users, its tokens, below its base URL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.tracking.base import Tracking
from jupyterlab_mlops.tracking.routes import main_routes


@pytest.fixture
def mounted(jp_serverapp: Any, store: Store) -> Store:
    """The routes below ``<base_url>mlops/mlflow``."""
    prefix = jp_serverapp.base_url.rstrip("/") + "/mlops/mlflow"
    jp_serverapp.web_app.add_handlers(".*$", main_routes(prefix, Tracking(store, lab_url="/lab")))
    return store


async def test_a_user_logs_and_reads(mounted: Store, jp_fetch: Callable[..., Any]) -> None:
    made = await jp_fetch(
        "mlops/mlflow/api/2.0/mlflow/runs/create", method="POST",
        body=json.dumps({"experiment_id": "0", "run_name": "outside"}),
    )  # fmt: skip
    run = json.loads(made.body)["run"]["info"]["run_id"]
    found = await jp_fetch("mlops/mlflow/api/2.0/mlflow/runs/get", params={"run_id": run})
    assert json.loads(found.body)["run"]["info"]["run_name"] == "outside"
    path = f"mlops/mlflow/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/a.bin"
    await jp_fetch(path, method="PUT", body=b"x" * 3_000_000)
    assert len((await jp_fetch(path)).body) == 3_000_000


async def test_strangers_and_agents_are_kept_out(
    mounted: Store, jp_fetch: Callable[..., Any], jp_auth_header: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(
            "mlops/mlflow/api/2.0/mlflow/experiments/get", params={"experiment_id": "0"},
            headers={"Authorization": "token wrong"},
        )  # fmt: skip
    assert caught.value.code in (401, 403)
    answer = json.loads(caught.value.response.body)
    assert answer["error_code"] in ("PERMISSION_DENIED", "UNAUTHENTICATED")
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("mlops/mlflow/api/2.0/mlops/findings", method="POST", body="{}")
    assert caught.value.code == 404
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(
            "mlops/mlflow/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/f", method="PUT",
            body=b"x", headers={"Authorization": "token wrong"},
        )  # fmt: skip
    assert caught.value.code in (401, 403)
    assert not any(path.is_file() for path in mounted.blobs.root.rglob("*"))


async def test_errors_are_mlflows(mounted: Store, jp_fetch: Callable[..., Any]) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("mlops/mlflow/api/2.0/mlflow/runs/get", params={"run_id": "0" * 32})
    assert caught.value.code == 404
    assert json.loads(caught.value.response.body)["error_code"] == "RESOURCE_DOES_NOT_EXIST"


async def test_a_person_is_sent_to_the_lab(mounted: Store, jp_fetch: Callable[..., Any]) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("mlops/mlflow/", follow_redirects=False)
    assert caught.value.code == 302
    assert caught.value.response.headers["Location"] == "/lab"
