"""A candidate's notebook: as it ran, as it was saved, and as a copy beside the original."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Protocol

from ..entities import Candidate, Execution, Status
from ..errors import Conflict, NotFound
from ..recorder.judging import depended_on
from ..store import artifacts, candidates, execution_rows
from ..store.blobs import Blobs
from ..store.store import Connection

SNAPSHOT = "notebook.ipynb"
#: The metadata of a document that was made of executions.
KEY = "jupyterlab_mlops"


class Contents(Protocol):
    """What is asked of the server's contents manager."""

    async def exists(self, path: str) -> bool:
        """Whether there is something at a contents path."""
        ...

    async def create(self, path: str, document: Mapping[str, Any]) -> None:
        """Write a notebook where nothing is."""
        ...


def as_it_ran(conn: Connection, blobs: Blobs, candidate_id: str) -> dict[str, Any]:
    """An nbformat 4.5 document of the executions up to a candidate's end, in the order in which they ran.

    The cells that the candidate depends on are tagged ``needed``; deleted and edited cells are there as they were.

    Raises:
        NotFound: there is no such candidate, or its executions are not kept.
    """
    candidate = candidates.get(conn, candidate_id)
    needed = set(candidate.details.get("slice") or ())
    every = depended_on(conn, replace(candidate, details={}))
    if not every:
        raise NotFound("What was executed for this candidate is not kept here.")
    snapshot = saved(conn, blobs, candidate) or {}
    known = (snapshot.get("metadata") or {}).items()
    metadata = {key: value for key, value in known if key in ("kernelspec", "language_info")}
    metadata[KEY] = {"candidate": candidate.id, "as_it_ran": True}
    cells = [_cell(execution, blobs, execution.id in needed) for execution in every]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def saved(conn: Connection, blobs: Blobs, candidate: Candidate) -> dict[str, Any] | None:
    """The notebook as it was when the candidate's run ended; None if there was none."""
    found = artifacts.get(conn, artifacts.candidate_owner(candidate.id), SNAPSHOT)
    if found is None or not blobs.exists(found.sha256):
        return None
    document: dict[str, Any] = json.loads(blobs.get(found.sha256))
    return document


def to_run(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document made by :func:`as_it_ran` without what failed: those cells left nothing to repeat. Pure."""
    cells = [
        cell
        for cell in document["cells"]
        if (cell.get("metadata") or {}).get(KEY, {}).get("status") == Status.FINISHED.value
    ]
    return {**document, "cells": cells}


def document(
    conn: Connection, blobs: Blobs, candidate_id: str, ran: bool = False
) -> dict[str, Any]:
    """The notebook that is run: as it was saved; in the order of execution if asked, or if none was saved."""
    candidate = candidates.get(conn, candidate_id)
    found = None if ran else saved(conn, blobs, candidate)
    return found or to_run(as_it_ran(conn, blobs, candidate_id))


def unmarked(document: dict[str, Any]) -> dict[str, Any]:
    """A copy that people work on: without our marks."""
    cells = []
    for cell in document["cells"]:
        marks = {KEY, "editable", "deletable"} if KEY in cell["metadata"] else ()
        metadata = {key: value for key, value in cell["metadata"].items() if key not in marks}
        cells.append({**cell, "metadata": metadata})
    metadata = {k: v for k, v in document["metadata"].items() if k != KEY}
    return {**document, "cells": cells, "metadata": metadata}


async def put_copy(
    contents: Contents, notebook: str | None, candidate_id: str, document: Mapping[str, Any]
) -> str:
    """Write ``<name>-<candidate>.ipynb`` beside the original, under the next free name; returns its path.

    Raises:
        Conflict: no free name was found.
    """
    for path in names(notebook, candidate_id):
        if not await contents.exists(path):
            await contents.create(path, document)
            return path
    raise Conflict("there are too many copies of this candidate already: delete some")


def names(notebook: str | None, candidate_id: str, most: int = 100) -> Sequence[str]:
    """The names that a copy may have, the first first. Pure."""
    original = PurePosixPath(notebook or "notebook.ipynb")
    stem = f"{original.stem}-{candidate_id[:8]}"
    every = [stem, *(f"{stem}-{number}" for number in range(2, most))]
    return [original.with_name(f"{name}.ipynb").as_posix() for name in every]


def _cell(execution: Execution, blobs: Blobs, needed: bool) -> dict[str, Any]:
    outputs: list[Any] = json.loads(execution_rows.outputs_json(execution, blobs))
    for output in outputs:
        if output.get("output_type") == "execute_result":
            output["execution_count"] = execution.execution_count
    facts = {"status": execution.status.value, "started_time": execution.started_ms}
    metadata: dict[str, Any] = {"editable": False, "deletable": False, KEY: facts}
    if needed:
        metadata["tags"] = ["needed"]
    return {
        "id": f"ran-{execution.ordinal}-{execution.id.replace('_', '-')[-40:]}"[:64],
        "cell_type": "code",
        "source": execution.source,
        "execution_count": execution.execution_count,
        "metadata": metadata,
        "outputs": outputs,
    }
