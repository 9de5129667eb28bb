"""Open as it ran, restore a copy, run again: on a real server with real kernels."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tornado.httpclient import HTTPClientError

from jupyterlab_mlops.services import executed

from .conftest import Api, eventually

FIT = """
import numpy as np

class Mean:
    def __init__(self, shift):
        self.shift = shift

    def fit(self, X):
        self.mean_ = float(X.mean()) + self.shift
        return self

    def predict(self, X):
        return X * 0 + self.mean_

X = np.arange(10.0)
"""


def cells(name: str, root: Path, *sources: str) -> None:
    made = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=made), root / name)


async def run_all(
    api: Api, open_notebook: Any, root: Path, *sources: str, order: Any = None
) -> Any:
    """Execute a saved notebook's cells (in ``order``); its candidate."""
    notebook = await open_notebook("work.ipynb")
    cells("work.ipynb", root, *sources)
    for place in order or range(len(sources)):
        await notebook.run(sources[place])

    async def ended() -> Any:
        found = (await api("GET", "candidates"))["candidates"]
        done = [each for each in found if each["status"] != "RUNNING" and each["metrics"]]
        if not done:
            return None
        detail = await api("GET", f"candidates/{done[0]['id']}")
        return detail if "notebook.ipynb" in {f["path"] for f in detail["artifacts"]} else None

    return await eventually(ended)


async def reproduced(api: Api, id: str, **request: Any) -> Any:
    await api("POST", f"candidates/{id}/reproduce", request)

    async def done() -> Any:
        found = await api("GET", f"candidates/{id}/reproduce")
        return None if found["job"]["running"] else found

    return await eventually(done, 90)


async def test_a_notebook_that_gives_the_same_is_verified_and_its_run_names_its_parent(
    api: Api, open_notebook: Any, jp_root_dir: Path
) -> None:
    original = await run_all(
        api, open_notebook, jp_root_dir,
        FIT, "shift = 2\nmodel = Mean(shift).fit(X)", "mae = float(abs(model.predict(X) - X).mean())",
    )  # fmt: skip
    assert original["verified"] is False
    state = await reproduced(api, original["id"])
    (run,) = state["job"]["runs"]
    assert (run["report"]["verdict"], run["error"]) == ("matched", None)
    assert (run["state"], run["done"], run["total"]) == ("finished", 3, 3)
    again = await api("GET", f"candidates/{run['candidate']}")
    assert (again["parent"], again["relation"], again["origin"]) == (
        original["id"],
        "rerun",
        "rerun",
    )
    assert (await api("GET", f"candidates/{original['id']}"))["verified"] is True
    assert state["reruns"][0]["report"] == run["report"]

    grid = await reproduced(api, original["id"], grid={"shift": [3, 4, 5]}, parallel=2)
    values = {}
    for each in grid["job"]["runs"]:
        made = await api("GET", f"candidates/{each['candidate']}")
        values[each["parameters"]["shift"]] = made["metrics"]["mae"]["last"]
    assert len(set(values.values())) == 3
    assert (await api("GET", f"candidates/{original['id']}"))["verified"] is True


async def test_cells_that_ran_out_of_order_are_not_reproduced_and_the_report_says_why(
    api: Api, open_notebook: Any, jp_root_dir: Path
) -> None:
    sources = [
        FIT, "shift = 100", "shift = 2", "model = Mean(shift).fit(X)",
        "mae = float(abs(model.predict(X) - X).mean())",
    ]  # fmt: skip
    original = await run_all(api, open_notebook, jp_root_dir, *sources, order=[0, 2, 1, 3, 4])
    state = await reproduced(api, original["id"])
    report = state["job"]["runs"][0]["report"]
    assert report["verdict"] == "not matched"
    assert any("out of order" in cause["message"] for cause in report["causes"])
    assert (await api("GET", f"candidates/{original['id']}"))["verified"] is False
    as_it_ran = await reproduced(api, original["id"], as_it_ran=True)
    assert as_it_ran["job"]["runs"][0]["report"]["verdict"] == "matched"


async def test_it_opens_as_it_ran_and_a_copy_never_overwrites(
    api: Api, open_notebook: Any, jp_root_dir: Path
) -> None:
    original = await run_all(
        api, open_notebook, jp_root_dir,
        FIT, "model = Mean(2).fit(X)", "mae = float(abs(model.predict(X) - X).mean())\nmae",
        order=[0, 1, 2, 1, 2],
    )  # fmt: skip
    document = await api("GET", f"candidates/{original['id']}/executed")
    nbformat.validate(nbformat.from_dict(document))
    counts = [cell["execution_count"] for cell in document["cells"]]
    assert counts == sorted(counts)
    assert document["cells"][2]["outputs"][0]["output_type"] == "execute_result"

    first = await api("POST", f"candidates/{original['id']}/copy")
    (jp_root_dir / first["path"]).write_text("mine now")
    second = await api("POST", f"candidates/{original['id']}/copy")
    assert first["path"] == f"work-{original['id'][:8]}.ipynb"
    assert second["path"] == f"work-{original['id'][:8]}-2.ipynb"
    assert (jp_root_dir / first["path"]).read_text() == "mine now"
    assert [c.source for c in nbformat.read(jp_root_dir / second["path"], 4).cells][1:2] == [
        "model = Mean(2).fit(X)"
    ]


async def test_a_run_can_be_cancelled_and_only_one_runs_at_a_time(
    api: Api, open_notebook: Any, jp_root_dir: Path
) -> None:
    original = await run_all(
        api, open_notebook, jp_root_dir,
        FIT, "import time\nwait = 0", "time.sleep(wait)\nmodel = Mean(2).fit(X)",
        "mae = float(abs(model.predict(X) - X).mean())",
    )  # fmt: skip
    path = f"candidates/{original['id']}/reproduce"
    await api("POST", path, {"parameters": {"wait": 120}})
    with pytest.raises(HTTPClientError) as refused:
        await api("POST", path, {})
    assert refused.value.code == 409

    async def busy() -> Any:
        return (await api("GET", path))["job"]["runs"][0]["done"] >= 2

    await eventually(busy)
    state = await api("DELETE", path)
    assert state["job"]["running"] is False
    assert state["job"]["runs"][0]["state"] == "cancelled"
    with pytest.raises(HTTPClientError) as refused:
        await api("DELETE", path)
    assert refused.value.code == 404
    await asyncio.sleep(0)
    found = (await api("GET", "candidates"))["candidates"]
    # What the cancelled run made is no candidate of the notebook by itself.
    assert [each["id"] for each in found if not each["parent"]] == [original["id"]]
    assert all(each["status"] != "RUNNING" for each in found)


async def test_a_parameter_that_the_notebook_has_not_is_refused_by_name(
    api: Api, open_notebook: Any, jp_root_dir: Path
) -> None:
    original = await run_all(
        api, open_notebook, jp_root_dir,
        FIT, "shift = 1\nmodel = Mean(shift).fit(X)", "mae = float(abs(model.predict(X) - X).mean())",
    )  # fmt: skip
    with pytest.raises(HTTPClientError) as refused:
        await api("POST", f"candidates/{original['id']}/reproduce", {"parameters": {"nope": 1}})
    error = json.loads(refused.value.response.body)["error"]
    assert refused.value.code == 400
    assert "'nope'" in error["message"]
    assert "shift" in error["message"]


def test_names_of_copies_are_beside_the_original() -> None:
    assert executed.names("a/b.ipynb", "0123456789abcdef")[:2] == [
        "a/b-01234567.ipynb",
        "a/b-01234567-2.ipynb",
    ]
