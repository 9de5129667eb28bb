"""State that the notebook does not show: the score names it, and running again does not pass over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from jupyterlab_mlops.extension import MLOpsExtension
from jupyterlab_mlops.store import artifacts
from jupyterlab_mlops.store.store import Connection, Store

from .conftest import Api, Notebook, eventually
from .test_services_reproducing import FIT, reproduced

MODEL = "model = Mean(shift).fit(X)"
MAE = "mae = float(abs(model.predict(X) - X).mean())"
CLASS, TRAINING, MEASURE = ("c", FIT), ("t", MODEL), ("m", MAE)


class Screen:
    """A notebook that is edited, saved and run cell by cell, in notebook runs that have ended before the next."""

    def __init__(self, api: Api, notebook: Notebook) -> None:
        self.api, self.notebook = api, notebook

    async def save(self, *cells: tuple[str, str]) -> None:
        """Save (id, source) as the notebook, as a client does."""
        made = nbformat.v4.new_notebook()
        made.cells = [nbformat.v4.new_code_cell(source, id=id) for id, source in cells]
        model = {"type": "notebook", "content": made}
        await self.notebook.server.contents_manager.save(model, self.notebook.path)

    async def run(self, *cells: tuple[str, str]) -> None:
        """Run cells; a code console's have ids that no notebook has."""
        before = len(await self.listed())
        client = self.notebook.client
        for id, source in cells:
            content = {"code": source, "silent": False, "store_history": True}
            content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
            message = client.session.msg("execute_request", content, metadata={"cellId": id})
            client.shell_channel.send(message)
            reply = await client._async_recv_reply(message["header"]["msg_id"], timeout=90)
            assert reply["content"]["status"] == "ok"

        async def ended() -> bool:
            listed = await self.listed()
            return len(listed) > before and all(each["closed_time"] for each in listed)

        await eventually(ended)

    async def listed(self) -> Any:
        """All notebook runs."""
        return (await self.api("GET", "notebook-runs"))["notebook_runs"]

    async def newest(self) -> Any:
        """The candidate that was trained last."""
        return (await self.api("GET", "candidates"))["candidates"][0]


async def reasons(api: Api, id: str) -> dict[str, str]:
    """Why points are missing, by what they are for."""
    found = await api("GET", f"candidates/{id}")
    lost = [each for each in found["score_reasons"] if each["points"] < each["of"]]
    return {each["name"]: each["message"] for each in lost}


def with_another_numpy(conn: Connection, store: Store, candidate_id: str) -> None:
    owner = artifacts.candidate_owner(candidate_id)
    kept = artifacts.get(conn, owner, "environment.txt")
    assert kept is not None
    lines = store.blobs.get(kept.sha256).decode().splitlines()
    other = ["numpy==0.0.1" if line.startswith("numpy==") else line for line in lines]
    sha256, size = store.blobs.put("\n".join(other).encode())
    artifacts.put(conn, owner, "environment.txt", sha256, size, "text/plain")


async def test_what_the_notebook_does_not_hold_is_named_and_keeps_a_candidate_from_being_verified(
    api: Api, open_notebook: Any, jp_root_dir: Path, extension: MLOpsExtension
) -> None:
    screen = Screen(api, await open_notebook("work.ipynb"))
    shift = ("s", "shift = 2")

    # A cell of an earlier run is deleted, and the notebook is saved only after the model is trained.
    await screen.save(CLASS, shift, TRAINING, MEASURE)
    await screen.run(CLASS, shift)
    await screen.run(TRAINING, MEASURE)
    first = await screen.newest()
    assert "names" not in await reasons(api, first["id"])
    await screen.save(CLASS, TRAINING, MEASURE)

    async def names(words: str) -> bool:
        return words in (await reasons(api, first["id"])).get("names", "")

    await eventually(lambda: names("from code that is not in the notebook: shift (In [2], an"))
    assert "not in the notebook: In [2]" in (await reasons(api, first["id"]))["cells"]

    # It is put back with another value.
    await screen.save(CLASS, ("s", "shift = 9"), TRAINING, MEASURE)
    await eventually(lambda: names("before they were edited: shift (In [2], an earlier run)"))

    # Typed into a console: what is kept of the run is the notebook, where the value is another one.
    await screen.run(("console", "shift = 5"))
    await screen.run(TRAINING, MEASURE)
    second = await screen.newest()
    assert second["id"] != first["id"]
    why = await reasons(api, second["id"])
    assert "from code that is not in the notebook: shift (In [5], an earlier run)" in why["names"]
    store = extension.store
    await store.write(with_another_numpy, store, second["id"])
    state = await reproduced(api, second["id"])
    report = state["job"]["runs"][0]["report"]
    assert (report["verdict"], state["verified"]) == ("not matched", False)
    causes = {each["kind"]: each["message"] for each in report["causes"]}
    assert causes["names"] == why["names"]
    assert "numpy 0.0.1→" in causes["packages"]

    # The cell is gone when the next one is trained: the notebook that is kept cannot run.
    await screen.save(CLASS, TRAINING, MEASURE)
    await screen.run(TRAINING, MEASURE)
    third = await screen.newest()
    state = await reproduced(api, third["id"])
    report = state["job"]["runs"][0]["report"]
    assert (report["verdict"], state["verified"]) == ("not matched", False)
    assert "name 'shift' is not defined" in report["message"]
    assert any("shift (In [5], an earlier run)" in each["message"] for each in report["causes"])


async def test_a_name_of_what_is_gone_still_says_which_model_it_is(
    api: Api, open_notebook: Any
) -> None:
    screen = Screen(api, await open_notebook("names.ipynb"))
    names = []
    for source in ("shift = 2\nunit = float('2')", "shift = 2", "shift = 3"):
        await screen.run(CLASS, ("s", source), TRAINING, MEASURE)
        names.append((await screen.newest())["name"])
    assert names == ["model · Mean", "model · Mean · 1 cell edited", "shift 2→3"]
