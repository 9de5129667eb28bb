"""What the panel sees and changes of the recording of a notebook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ..entities import Candidate
from ..errors import AlreadyExists
from ..reproduce import differences
from ..store import candidates, experiments, kernels, overview, runs
from ..store.store import Connection, Store
from .kernels import Kernels

ReadNotebook = Callable[[str], Awaitable["Mapping[str, Any] | None"]]


class RecordingState:
    """State, pause, name, and the difference between the open notebook and its latest candidate."""

    def __init__(
        self,
        store: Store,
        kernels_: Kernels,
        read_notebook: ReadNotebook,
        discard_open: Callable[[str], None] = lambda _run_id: None,
    ) -> None:
        """``discard_open``: told of a notebook run that is to be forgotten while it goes on."""
        self._store = store
        self._discard_open = discard_open
        self._kernels = kernels_
        self._read_notebook = read_notebook

    async def state(self, notebook: str) -> dict[str, Any]:
        """Mode, experiment, and whether a notebook run is open."""
        kernel_id = await self._kernels.kernel_of(notebook)
        return await self._store.read(_state, notebook, kernel_id)

    async def change(self, notebook: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Pause or resume, or give the notebook's experiment another name."""
        await self._store.write(_change, notebook, changes)
        return await self.state(notebook)

    async def discard(self, run_id: str) -> None:
        """Forget a notebook run: its candidates are deleted, and what it goes on to do is forgotten as well.

        Raises:
            NotFound: there is no such run.
        """
        run = await self._store.read(runs.get_run, run_id)
        if run.status.ended:
            await self._store.write(runs.discard_run, run_id)
            return
        self._discard_open(run_id)
        await self._store.write(runs.delete_candidates, run_id)

    async def status(self) -> dict[str, Any]:
        """The recorder in short."""

        def read(conn: Connection) -> dict[str, Any]:
            return {
                "mode": kernels.mode_of(conn, None),
                "kernels": len(kernels.alive(conn)),
                "open_runs": overview.open_runs(conn),
            }

        return await self._store.read(read)

    async def now(self, notebook: str, cells: Sequence[str] | None = None) -> dict[str, Any]:
        """How a notebook differs from its latest candidate: by the code cells it has in front of somebody, else by
        those it was saved with."""
        if cells is None:
            document = await self._read_notebook(notebook)
            cells = [
                "".join(cell.get("source", ""))
                for cell in (document or {}).get("cells", [])
                if cell.get("cell_type") == "code"
            ]
        return await self._store.read(_now, notebook, cells)


def _state(conn: Connection, notebook: str, kernel_id: str | None) -> dict[str, Any]:
    mode = kernels.mode_of(conn, notebook)
    is_open = bool(runs.running(conn, kernel_id=kernel_id)) if kernel_id else False
    return {
        "notebook": notebook,
        "mode": mode,
        "paused": kernels.is_paused(conn, notebook),
        "experiment": _experiment(conn, notebook),
        "recording": is_open,
        "kernel": kernel_id is not None,
    }


def _experiment(conn: Connection, notebook: str) -> str:
    """The notebook's experiment: the one made for it, under whatever name, else the default name."""
    found = experiments.of_notebook(conn, notebook)
    return found.name if found else kernels.experiment_name(notebook)


def _change(conn: Connection, notebook: str, changes: dict[str, Any]) -> None:
    if "paused" in changes:
        kernels.set_mode(conn, notebook, "off" if changes["paused"] else None)
    name = changes.get("experiment")
    if name:
        current = experiments.of_notebook(conn, notebook)
        other = experiments.by_name(conn, name)
        if other is not None and (current is None or other.id != current.id):
            raise AlreadyExists(f"there is an experiment {name!r} already; choose another name")
        if current is None:
            experiments.ensure(conn, name, notebook=notebook)
        else:
            experiments.rename(conn, current.id, name)


def _now(conn: Connection, notebook: str, cells: Sequence[str]) -> dict[str, Any]:
    latest = overview.latest(conn, notebook=notebook)
    if latest is None:
        return {
            "notebook": notebook,
            "candidate": None,
            "summary": "",
            "changes": [],
            "changed_cells": 0,
            "running": False,
        }
    candidate = candidates.get(conn, latest)
    sources = overview.sources_of(conn, candidate)
    since = differences.now(sources, cells)
    if not since.changed_cells:
        latest, since = _now_beside(conn, candidate, since, cells, sources)
    return {
        "notebook": notebook,
        "candidate": latest,
        "summary": since.summary,
        "changes": list(since.changes),
        "changed_cells": since.changed_cells,
        "running": candidate.status.value == "RUNNING",
    }


def _now_beside(
    conn: Connection,
    latest: Candidate,
    same: differences.Now,
    cells: Sequence[str],
    sources: Sequence[str],
) -> tuple[str, differences.Now]:
    """An edit that does not touch the latest candidate may touch one that was made in the same run; of several of one
    cell the newest counts."""
    seen = {latest.cell_id}
    for id in overview.beside(conn, latest):
        other = candidates.get(conn, id)
        if other.cell_id is None or other.cell_id not in seen:
            seen.add(other.cell_id)
            found = differences.now_beside(overview.sources_of(conn, other), cells, sources)
            if found.changed_cells:
                return id, found
    return latest.id, same
