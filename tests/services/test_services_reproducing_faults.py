"""Running again when the machine does not play along: full disks, two requests at once, things deleted meanwhile."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.errors import Conflict
from jupyterlab_mlops.reproduce.rerun import Result
from jupyterlab_mlops.services import reproducing
from jupyterlab_mlops.services.adopting import Adopting
from jupyterlab_mlops.services.reproducing import Reproducing
from jupyterlab_mlops.store import artifacts, candidates, experiments
from jupyterlab_mlops.store.store import Store


@pytest.fixture
def original(store: Store) -> str:
    """A candidate whose notebook was kept; it has the parameter ``a``."""
    cells = [nbformat.v4.new_code_cell("a = 1"), nbformat.v4.new_code_cell("print(a)")]
    document = nbformat.v4.new_notebook(cells=cells)
    sha256, size = store.blobs.put(json.dumps(document).encode())

    def write(conn: Any) -> str:
        experiment = experiments.ensure(conn, "churn")
        id = candidates.create(conn, experiment, origin="training", status="FINISHED")
        artifacts.put(conn, artifacts.candidate_owner(id), "notebook.ipynb", sha256, size)
        return id

    return store.write_sync(write)


def fresh(store: Store, root: Path) -> Reproducing:
    return Reproducing(store, None, root)  # type: ignore[arg-type]  # nothing is recorded here


async def test_a_run_that_cannot_be_made_says_why_and_the_others_go_on(
    store: Store, original: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(_recorder: Any, path: Path, **_rest: Any) -> Result:
        if "a = 2" in path.read_text("utf-8"):
            raise OSError(28, "No space left on device")
        return Result(Status.FINISHED, (), None, {})

    monkeypatch.setattr(reproducing, "run_notebook", run)
    job = await fresh(store, tmp_path).run(original, {"grid": {"a": [2, 3]}})
    assert [each.state for each in job.runs] == ["failed", "finished"]
    assert job.runs[0].error == "OSError: [Errno 28] No space left on device"


async def test_of_two_requests_at_the_same_moment_one_is_refused(
    store: Store, original: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Queue[None]()

    async def run(*_args: Any, **_rest: Any) -> Result:
        begun.put_nowait(None)
        await asyncio.Event().wait()  # what were over at once would refuse nobody
        return Result(Status.FINISHED, (), None, {})

    monkeypatch.setattr(reproducing, "run_notebook", run)
    service = fresh(store, tmp_path)
    answers = await asyncio.gather(
        *(service.begin(original, {}) for _ in range(2)), return_exceptions=True
    )
    assert [isinstance(each, Conflict) for each in answers].count(True) == 1
    await asyncio.wait_for(begun.get(), 10)
    await service.stop()
    assert begun.empty()


async def test_what_is_deleted_while_a_kernel_ends_keeps_nothing_from_being_adopted(
    store: Store, original: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(conn: Any) -> list[str]:
        experiment = experiments.ensure(conn, "churn")
        return [
            candidates.create(conn, experiment, origin="training", kernel_id="k") for _ in range(2)
        ]

    gone, kept = await store.write(write)
    adopting = Adopting(store)
    adopting.begun("k", original, {"a": 2})
    monkeypatch.setattr(
        "jupyterlab_mlops.services.adopting._made_by", lambda *_: ["deleted" + gone, kept]
    )
    await adopting.ended(["k"])
    again = await store.read(candidates.get, kept)
    assert (again.parent_id, again.origin) == (original, "rerun")
