"""PURE: executions and the cells of the notebook they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..entities import Execution, Status

Document = Mapping[str, Any]


class CellState(str, Enum):
    """How the cell of an execution stands in the notebook."""

    CURRENT = "current"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell of a notebook. ``index``: among its code cells, from 0."""

    id: str | None
    index: int
    source: str
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def runs(self) -> bool:
        """Whether clients send it: blank cells and cells tagged ``skip-execution`` are passed over."""
        return bool(self.source.strip()) and "skip-execution" not in self.tags


@dataclass(frozen=True, slots=True)
class Match:
    """An execution and its cell. ``cell_index`` is None when the notebook has no such cell."""

    execution_id: str
    cell_id: str | None
    cell_index: int | None
    state: CellState


def code_cells(document: Document) -> list[Cell]:
    """The code cells of an nbformat document, in order."""
    cells: list[Cell] = []
    for raw in document.get("cells", ()):
        if raw.get("cell_type") == "code":
            tags = (raw.get("metadata") or {}).get("tags") or ()
            id = raw.get("id")
            source = source_of(raw)
            cells.append(Cell(id, len(cells), source, frozenset(map(str, tags))))
    return cells


def source_of(cell: Mapping[str, Any]) -> str:
    """The source of an nbformat cell, which may be a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def match(
    executions: Sequence[Execution],
    cells: Sequence[Cell],
    cell_ids: Mapping[str, str | None] | None = None,
) -> list[Match]:
    """Find the cell of each execution: by the id that the agent saw, else by its source.

    Of several cells with one source, the first after the previous match is taken: notebooks are
    mostly run downwards.
    """
    ids = {cell.id: cell for cell in cells if cell.id}
    found: list[Match] = []
    last = -1
    for execution in executions:
        cell_id = (cell_ids or {}).get(execution.id) or execution.cell_id
        cell = ids.get(cell_id) if cell_id else None
        if cell is None and not execution.source:
            # Only the agent saw it before the kernel died: the next cell, as clients send them.
            cell = next((item for item in cells if item.index > last and item.runs), None)
        elif cell is None and not cell_id:
            same = [item for item in cells if _same(item.source, execution.source)]
            cell = next((item for item in same if item.index > last), same[0] if same else None)
        if cell is None:
            found.append(Match(execution.id, cell_id, None, CellState.DELETED))
            continue
        last = cell.index
        same_source = not execution.source or _same(cell.source, execution.source)
        state = CellState.CURRENT if same_source else CellState.EDITED
        found.append(Match(execution.id, cell.id or cell_id, cell.index, state))
    return found


def is_whole(
    executions: Sequence[Execution],
    matches: Sequence[Match],
    cells: Sequence[Cell],
    *,
    aborted: int = 0,
    headless: bool = False,
    crashed: bool = False,
) -> bool:
    """Whether a run executed all code cells top to bottom, or would have but for a cell that failed.

    One failing cell alone says nothing about the rest, unless requests behind it were aborted
    (*Run all*), the run is headless, or the kernel crashed: then nobody can say what waited behind it.
    """
    expected = [cell.index for cell in cells if cell.runs]
    blank = {cell.index for cell in cells if not cell.runs}
    actual = [item.cell_index for item in matches if item.cell_index not in blank]
    if not actual or not expected or actual != expected[: len(actual)]:
        return False
    if len(actual) == len(expected):
        return True
    stopped = executions[-1].status in (Status.FAILED, Status.KILLED)
    return stopped and (len(actual) > 1 or aborted > 0 or headless or crashed)


def snapshot(
    document: Document | None,
    executions: Sequence[Execution],
    matches: Sequence[Match],
    outputs: Mapping[str, Any],
    *,
    language: str = "python",
) -> dict[str, Any]:
    """The notebook as it was executed: sources and outputs of the executions win over the document's.

    Executions of cells that are not in the document become cells at the place where they ran.
    Without a document the executions alone make one. ``outputs`` by execution, as they shall stand in the cell.
    """
    result: dict[str, Any] = dict(document) if document else _empty(language)
    cells: list[dict[str, Any]] = [dict(cell) for cell in result.get("cells", ())]
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    by_id = {item.execution_id: item for item in matches}
    placed: dict[str, dict[str, Any]] = {}
    following: dict[int | None, list[dict[str, Any]]] = {}
    previous: dict[str, Any] | None = None
    for execution in executions:
        item = by_id.get(execution.id)
        if item is not None and item.cell_index is not None:
            cell = code[item.cell_index]
        else:
            key = (item.cell_id if item else None) or execution.id
            known = placed.get(key)
            cell = known if known is not None else _new_cell(item)
            if known is None:
                placed[key] = cell
                following.setdefault(id(previous) if previous is not None else None, []).append(
                    cell
                )
        cell["source"] = execution.source or source_of(cell)
        cell["execution_count"] = execution.execution_count
        cell["outputs"] = outputs.get(execution.id, [])
        previous = cell
    result["cells"] = _in_order(cells, following)
    return result


def _in_order(
    cells: list[dict[str, Any]], following: Mapping[int | None, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Cells with those that follow on them (by identity), the last that came the first behind."""
    ordered: list[dict[str, Any]] = []
    waiting = [*reversed(cells), *following.get(None, ())]
    while waiting:
        cell = waiting.pop()
        ordered.append(cell)
        waiting += following.get(id(cell), ())
    return ordered


def _same(left: str, right: str) -> bool:
    return left.rstrip() == right.rstrip()


def _empty(language: str) -> dict[str, Any]:
    metadata = {"language_info": {"name": language}} if language else {}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": []}


def _new_cell(item: Match | None) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": "", "outputs": []}
    if item is not None and item.cell_id:
        cell["id"] = item.cell_id
    else:
        cell["id"] = f"run-{item.execution_id[:8]}" if item else "run"
    return cell
