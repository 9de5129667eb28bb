"""MLflow's autologging in a real kernel with the agent in it: one run a fit, complete, and known to the agent."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Server
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from jupyterlab_mlops.store import candidates, logged_models, search

pytest.importorskip("mlflow.sklearn")

SETUP = """
import mlflow, warnings, logging
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True, as_frame=True)
"""


@pytest.fixture
def kernel(server: Server, tmp_path: Path) -> Iterator[BlockingKernelClient]:
    """A kernel as the server starts it."""
    (tmp_path / "spool").mkdir()
    config = {
        "kernel_id": "k1", "url": server.url, "token": server.token, "spool": str(tmp_path / "spool"),
        "root": str(tmp_path), "notebook": "a.ipynb", "experiment": "a",
        "limits": {}, "switches": {"recording": "auto", "files": False, "system": False, "autolog": True},
    }  # fmt: skip
    manager = KernelManager()
    manager.start_kernel(
        env={
            **os.environ,
            "MLFLOW_TRACKING_URI": server.url,
            "MLFLOW_TRACKING_TOKEN": server.token,
            "PYTHONWARNINGS": "ignore",
        }
    )
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    run(client, f"import jupyterlab_mlops.kernel.agent as a; a.start({config!r})")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> None:
    reply = client.execute_interactive(code, timeout=120, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply["content"]


def said(spool: Path, kind: str) -> list[dict[str, Any]]:
    """The findings of a kind, without what is no candidate's."""
    found = [json.loads(line) for line in (spool / "findings.jsonl").read_text().splitlines()]
    return [one for one in found if one["kind"] == kind and one.get("candidate")]


def test_a_fit_is_one_complete_run(
    server: Server, kernel: BlockingKernelClient, tmp_path: Path
) -> None:
    run(kernel, SETUP)
    # A model class that was watched, fitted and scored before, and one whose fit is inherited.
    run(kernel, "before = LogisticRegression(max_iter=50).fit(X, y)")
    run(kernel, "mlflow.sklearn.autolog(log_post_training_metrics=False)")
    run(kernel, "clf = LogisticRegression(max_iter=200).fit(X, y)\nsvc = SVC().fit(X, y)")
    ids, _ = server.store.read_sync(search.search_ids, experiment_ids=None)
    found = [server.store.read_sync(candidates.get, id) for id in reversed(ids)]
    assert [one.status for one in found] == ["FINISHED", "FINISHED"]
    for one in found:
        assert "training_score" in one.metrics
        assert "random_state" in one.params
        assert any(item.kind == "dataset" for item in one.inputs)
        assert server.store.read_sync(logged_models.outputs_of, [one.id])[one.id]
    # The agent opened a candidate of its own only before autologging was on; then it told what the runs are of.
    spool = tmp_path / "spool"
    (own,) = said(spool, "candidate")
    told = {one["candidate"]: one["variable"] for one in said(spool, "update") if "variable" in one}
    assert [told[id] for id in (own["candidate"], *(one.id for one in found))] == [
        "before",
        "clf",
        "svc",
    ]
