"""What every part's tests share."""

from __future__ import annotations

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
