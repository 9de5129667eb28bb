"""What the notebook's own page asks: its recording, its cells, what ran, and how it differs from before."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..entities import Execution, NotebookRun
from ..store import execution_rows, overview, runs
from ..store.blobs import Blobs
from ..store.store import Connection
from .base import PanelHandler


def run_json(run: NotebookRun, candidates: list[str]) -> dict[str, Any]:
    """A notebook run as the panel's JSON."""
    return {
        "id": run.id,
        "notebook": run.notebook,
        "status": run.status.value,
        "opened_time": run.opened_ms,
        "closed_time": run.closed_ms,
        "busy_s": run.busy_ms / 1000,
        "whole": run.whole,
        "trigger": run.trigger,
        "error": None
        if run.error is None
        else {
            "name": run.error.name,
            "message": run.error.message,
            "traceback": run.error.traceback,
        },
        "candidates": candidates,
    }


def execution_json(execution: Execution, blobs: Blobs) -> dict[str, Any]:
    """An execution as the panel's JSON, with its bounded outputs."""
    return {
        "id": execution.id,
        "ordinal": execution.ordinal,
        "execution_count": execution.execution_count,
        "cell_id": execution.cell_id,
        "source": execution.source,
        "status": execution.status.value,
        "started_time": execution.started_ms,
        "ended_time": execution.ended_ms,
        "error": None
        if execution.error is None
        else {"name": execution.error.name, "message": execution.error.message},
        "outputs": json.loads(execution_rows.outputs_json(execution, blobs)),
    }


class NotebookRuns(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query("listNotebookRuns")

        def read(conn: Connection) -> list[dict[str, Any]]:
            listed = runs.list_runs(
                conn, notebook=query["notebook"], limit=query["limit"], before_ms=query["before"]
            )
            return [run_json(run, runs.run_candidates(conn, run.id)) for run in listed]

        self.answer({"notebook_runs": await self.store.read(read)})


class OneNotebookRun(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str) -> None:
        def read(conn: Connection) -> dict[str, Any]:
            run = runs.get_run(conn, id)
            return {
                "notebook_run": run_json(run, runs.run_candidates(conn, id)),
                "executions": [
                    execution_json(execution, self.store.blobs)
                    for execution in execution_rows.of_run(conn, id)
                ],
            }

        await self.answer_read(read)

    @web.authenticated
    @authorized
    async def delete(self, id: str) -> None:
        await self.panel.recording.discard(id)
        self.done()


class Cells(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        notebook = self.query("getNotebookCells")["notebook"]
        self.answer({"cells": await self.store.read(overview.cells, notebook)})


class RecordedOutputs(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        notebook = self.query("listRecordedOutputs")["notebook"]
        found = await self.store.read(execution_rows.last_of_cells, notebook)
        self.answer(
            {
                "executions": [
                    {
                        "id": item.id,
                        "cell_id": item.cell_id,
                        "execution_count": item.execution_count,
                        "source": item.source,
                        "status": item.status.value,
                        "started_time": item.started_ms,
                        "ended_time": item.ended_ms,
                    }
                    for item in found
                ]
            }
        )


class ExecutionOutputs(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str) -> None:
        execution = await self.store.read(execution_rows.get, id)
        outputs = await self.store.in_thread(
            execution_rows.outputs_json, execution, self.store.blobs
        )
        shortened = json.dumps(execution_rows.is_shortened(outputs)).encode()
        # Outputs may be large: they are sent as they are kept.
        self.finish(b'{"shortened": ' + shortened + b', "outputs": ' + outputs + b"}")


class Recording(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.panel.recording.state(self.query("getRecording")["notebook"]))

    @web.authenticated
    @authorized
    async def put(self) -> None:
        notebook = self.query("setRecording")["notebook"]
        self.answer(await self.panel.recording.change(notebook, self.document("setRecording")))


class Now(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.panel.recording.now(self.query("getNow")["notebook"]))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        open_notebook = self.document("compareNow")
        self.answer(await self.panel.recording.now(**open_notebook))
