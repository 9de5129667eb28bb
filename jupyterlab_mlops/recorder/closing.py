"""Close a notebook run: everything that was found out about it, written in one transaction."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..entities import Candidate, Execution, Failure, NotebookRun, Status
from ..findings import settle
from ..registry import complete_versions
from ..store import artifacts, candidates, cell_facts, execution_rows, kernels, runs
from ..store.blobs import Blobs
from ..store.store import Connection
from .cells import Cell, Match
from .judging import judge
from .outputs import RAW_BYTES
from .spans import Raw, elements, members

#: Figures in the outputs that become artifacts, by media type.
SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "application/vnd.plotly.v1+json": "plotly.json",
    "application/vnd.vegalite.v5+json": "vl.json",
    "application/vnd.vegalite.v4+json": "vl.json",
    "application/vnd.vega.v5+json": "vg.json",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that an execution displayed, as a blob."""

    execution_id: str
    path: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known of a drained notebook run. Blobs are (sha256, size in bytes)."""

    run_id: str
    status: Status
    closed_ms: int
    busy_ms: int
    aborted: int
    error: Failure | None
    whole: bool
    matches: Sequence[Match] = ()
    figures: Sequence[Figure] = ()
    snapshot: tuple[str, int] | None = None
    environment: tuple[str, int] | None = None
    hardware: Mapping[str, Any] = field(default_factory=dict)
    git: Mapping[str, Any] = field(default_factory=dict)
    patch: tuple[str, int] | None = None
    cells: Sequence[Cell] | None = None
    kernel_ended: bool = False


def close_run(conn: Connection, closing: Closing, blobs: Blobs | None = None) -> list[str]:
    """Close a run and settle its candidates; returns those it opened or used.

    With ``blobs`` the model versions that were registered while it ran get what is known only now.
    """
    run = runs.get_run(conn, closing.run_id)
    execution_rows.end_all(conn, run.id, closing.closed_ms)
    execution_rows.place(
        conn, ((item.execution_id, item.cell_id, item.cell_index) for item in closing.matches)
    )
    for blob in (closing.snapshot, closing.environment, closing.patch):
        if blob is not None:
            runs.keep_blob(conn, *blob)
    _keep_figures(conn, run, closing.figures)
    columns: dict[str, Any] = {
        "status": execution_rows.status_of(conn, run.id) or closing.status,
        "closed_ms": closing.closed_ms,
        "busy_ms": closing.busy_ms,
        "aborted": closing.aborted,
        "error": closing.error,
        "whole": int(closing.whole),
    }
    if closing.snapshot is not None:
        columns["snapshot"] = closing.snapshot[0]
    if closing.git:  # a run that is closed again keeps what was seen while it ran
        patch = {"patch": closing.patch[0]} if closing.patch else {}
        columns["git"] = {**closing.git, **patch}
    runs.update_run(conn, run.id, **columns)
    if closing.environment is not None:
        kernels.set_environment(conn, run.kernel_id, closing.environment[0])
    ids = settle(conn, run.id)
    for id in ids:
        head = candidates.head(conn, id)
        if (
            head.notebook_run_id == run.id
        ):  # those that were only used keep what they were made with
            _complete(conn, runs.get_run(conn, run.id), head, closing)
            judge(conn, id, closing.cells)
        if blobs is not None:
            complete_versions(conn, blobs, id)
    if closing.kernel_ended:
        kill_candidates(conn, run.kernel_id, closing.closed_ms)
    return ids


def kill_candidates(
    conn: Connection, kernel_id: str, at_ms: int, *, before_ms: int | None = None
) -> None:
    """The kernel's process is gone: what still ran in it (and began before ``before_ms``) was killed."""
    for id in runs.running_candidates(conn, kernel_id):
        start = candidates.head(conn, id).start_ms
        if before_ms is not None and start is not None and start > before_ms:
            continue
        candidates.update(conn, id, status=Status.KILLED.value, end_ms=at_ms)


def _complete(conn: Connection, run: NotebookRun, head: Candidate, closing: Closing) -> None:
    """Give a candidate what every candidate of a notebook run has: files, tags, place, duration."""
    owner = artifacts.candidate_owner(head.id)
    if closing.snapshot is not None:
        artifacts.put(conn, owner, "notebook.ipynb", *closing.snapshot, "application/x-ipynb+json")
    if closing.environment is not None:
        artifacts.put(conn, owner, "environment.txt", *closing.environment, "text/plain")
    if closing.patch is not None:
        artifacts.put(conn, owner, "uncommitted.patch", *closing.patch, "text/x-diff")
    execution = None
    if head.execution_id:
        execution = execution_rows.find(conn, head.execution_id)
    columns: dict[str, Any] = {"notebook": head.notebook or run.notebook}
    if execution is not None:
        columns["cell_index"] = execution.cell_index
        columns["cell_id"] = head.cell_id or execution.cell_id
        columns["execution_count"] = execution.execution_count
        columns["busy_ms"] = execution_rows.busy_ms(conn, head.id)
    if closing.hardware:
        columns["details"] = {"hardware": dict(closing.hardware)}
    candidates.update(conn, head.id, **columns)
    candidates.set_tags(conn, head.id, _tags(run, head, execution))


def _tags(run: NotebookRun, head: Candidate, execution: Execution | None) -> dict[str, str]:
    tags = {"mlops.notebook_run": run.id, "mlflow.source.type": "NOTEBOOK"}
    if run.notebook:
        tags["mlops.notebook"] = tags["mlflow.source.name"] = run.notebook
    if head.model_class:
        tags["mlops.model_class"] = head.model_class
    if head.variable:
        tags["mlops.variable"] = head.variable
    if execution is not None and execution.cell_index is not None:
        tags["mlops.cell"] = str(execution.cell_index)
    if run.git.get("commit"):
        tags["mlflow.source.git.commit"] = run.git["commit"]
    return tags


def _keep_figures(conn: Connection, run: NotebookRun, figures: Sequence[Figure]) -> None:
    """Keep displayed figures as findings of the run: settling gives them to their candidates."""
    present = {body["sha256"] for _id, _kind, body in cell_facts.findings(conn, run.id, "artifact")}
    for figure in figures:
        if figure.sha256 in present:
            continue
        runs.keep_blob(conn, figure.sha256, figure.size)
        body = {
            "path": figure.path,
            "sha256": figure.sha256,
            "size": figure.size,
            "media_type": figure.media_type,
        }
        cell_facts.add_finding(conn, run.kernel_id, figure.execution_id, "artifact", body)


def figures_of(
    blobs: Blobs, execution: Execution, cell_index: int | None, outputs: bytes
) -> list[Figure]:
    """Store the figures among an execution's outputs (JSON) as blobs (file work: not on the event loop)."""
    if not any(media_type.encode() in outputs for media_type in SUFFIXES):
        return []
    place = f"cell-{cell_index}" if cell_index is not None else f"in-{execution.execution_count}"
    found: list[Figure] = []
    for start, end in elements(outputs):
        shown = _shown(outputs, start, end)
        for media_type, suffix in SUFFIXES.items():
            data = _bytes(media_type, shown.get(media_type))
            if data:
                sha256, size = blobs.put(data)
                path = f"figures/{place}-{len(found) + 1}.{suffix}"
                found.append(Figure(execution.id, path, sha256, size, media_type))
                break  # one representation a figure, the first in our order
    return found


def _shown(outputs: bytes, start: int, end: int) -> dict[str, Any]:
    """The data of an output by media type; JSON as it is written."""
    if end - start <= RAW_BYTES:
        return dict(json.loads(outputs[start:end]).get("data") or {})
    shown: dict[str, Any] = {}
    for key, at, _end in members(outputs, start):
        if key == "data":
            for media_type, first, last in members(outputs, at):
                value = Raw(outputs[first:last])
                shown[media_type] = value if media_type.endswith("json") else json.loads(value)
    return shown


def _bytes(media_type: str, data: object) -> bytes:
    if not data:
        return b""
    if isinstance(data, list):
        data = "".join(map(str, data))
    if isinstance(data, Raw):
        return data
    if media_type.endswith("json"):
        return (data if isinstance(data, str) else json.dumps(data)).encode()
    if media_type == "image/svg+xml":
        return str(data).encode()
    try:
        return base64.b64decode(str(data))
    except (binascii.Error, ValueError):
        return b""
