"""What every part's tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyterlab_mlops.store.store import Store

pytest_plugins = ["pytest_jupyter.jupyter_server", "jupyter_events.pytest_plugin"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store of its own directory."""
    opened = Store(tmp_path / "mlops")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def mlflow_environment() -> Iterator[None]:
    """MLflow's client leaves ``MLFLOW_REGISTRY_URI`` and its like in the process's environment, which the kernels of a later
    test would take for their user's: each test begins with what was there before."""
    before = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
    yield
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        del os.environ[name]
    os.environ.update(before)
