"""One part of the extension that cannot start does not keep the others from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyterlab_mlops.extension import MLOpsExtension

from .conftest import Api, eventually


def refuse(*_args: Any) -> None:
    raise RuntimeError("no such luck")


@pytest.fixture
def extension(
    jp_serverapp: Any, jp_asyncio_loop: Any, monkeypatch: pytest.MonkeyPatch
) -> MLOpsExtension:
    """The extension where sharing does not start."""
    app: MLOpsExtension = next(
        iter(jp_serverapp.extension_manager.extension_apps["jupyterlab_mlops"])
    )
    monkeypatch.setattr(app.sharing, "start", refuse)
    told: list[str] = []
    monkeypatch.setattr(app.log, "exception", lambda text, *args: told.append(text % args))
    jp_asyncio_loop.run_until_complete(app.start_parts())
    assert [line for line in told if "SharingService did not start" in line]
    return app


async def test_notebooks_are_recorded_without_sharing(
    api: Api, open_notebook: Callable[[str], Any]
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run("import jupyterlab_mlops as mlops; mlops.log_metric('accuracy', 0.75)")

    async def recorded() -> Any:
        return (await api("GET", "experiments"))["experiments"]

    assert await eventually(recorded)
