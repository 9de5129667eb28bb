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


async def test_an_edit_is_seen_that_only_another_model_of_the_run_was_made_from(
    api: Api, open_notebook: Any
) -> None:
    first = TRAIN.replace("C = 0.5", "C = 0.5  # the first")
    second = TRAIN.replace("C = 0.5", "alpha = 3\nC = 0.9")
    notebook = await open_notebook("churn.ipynb")
    await notebook.run_cell("one", first)
    await notebook.run_cell("two", second)

    async def now(*cells: str) -> Any:
        return await api("POST", "now", {"notebook": "churn.ipynb", "cells": list(cells)})

    async def settled() -> Any:
        found = await now(first, second)
        known = (await api("GET", "candidates"))["candidates"]
        return found if len(known) == 2 and not found["running"] else None

    same = await eventually(settled)
    assert (same["changes"], same["changed_cells"]) == ([], 0)
    edited = await now(first.replace("C = 0.5", "C = 0.1"), second)
    assert (edited["summary"], edited["changed_cells"]) == ("C 0.5→0.1", 1)
    assert edited["candidate"] != same["candidate"]
