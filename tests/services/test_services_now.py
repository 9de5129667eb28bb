"""The panel's first row: how the notebook that is open differs from its latest candidate."""

from __future__ import annotations

from typing import Any

from .conftest import Api, eventually
from .test_services_main_job import TRAIN


async def test_an_edit_is_seen_before_the_notebook_is_saved_or_runs(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("churn.ipynb")
    await notebook.run(TRAIN)

    async def latest() -> Any:
        now = await api("POST", "now", {"notebook": "churn.ipynb", "cells": [TRAIN]})
        return now if now["candidate"] and not now["running"] else None

    same = await eventually(latest)
    assert (same["changes"], same["changed_cells"]) == ([], 0)
    edited = TRAIN.replace("C = 0.5", "C = 0.1")
    now = await api("POST", "now", {"notebook": "churn.ipynb", "cells": ["1 + 1", edited]})
    assert (now["summary"], now["changed_cells"]) == ("C 0.5→0.1", 1)
    saved = await api("GET", "now", notebook="churn.ipynb")
    assert saved["summary"] == "1 cell removed"
