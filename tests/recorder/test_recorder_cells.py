"""PURE: executions and cells: matching, whole runs, snapshots."""

from __future__ import annotations

from typing import Any

import pytest

from jupyterlab_mlops.entities import Execution, Status
from jupyterlab_mlops.recorder.cells import CellState, code_cells, is_whole, match, snapshot


def document(*sources: str, tags: dict[int, list[str]] | None = None) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "id": "m", "source": "# Title"}]
    for number, source in enumerate(sources):
        metadata = {"tags": (tags or {}).get(number, [])}
        cells.append(
            {"cell_type": "code", "id": f"c{number}", "source": source, "metadata": metadata}
        )
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def executed(*sources: str, last: Status = Status.FINISHED) -> list[Execution]:
    statuses = [Status.FINISHED] * (len(sources) - 1) + [last]
    return [
        Execution(
            id=f"e{number}",
            notebook_run_id="r",
            kernel_id="k",
            ordinal=number,
            source=source,
            status=status,
            started_ms=number,
            execution_count=number + 1,
        )
        for number, (source, status) in enumerate(zip(sources, statuses, strict=True))
    ]


def test_cells_are_matched_by_id_else_by_source():
    cells = code_cells(document("a", "b", "a"))
    runs = executed("a edited", "a", "a", "gone")
    found = match(runs, cells, {"e0": "c1", "e3": "c9"})
    assert [(item.cell_index, item.state) for item in found] == [
        (1, CellState.EDITED),
        (2, CellState.CURRENT),
        (0, CellState.CURRENT),
        (None, CellState.DELETED),
    ]


@pytest.mark.parametrize(
    ("cells", "runs", "last", "extra", "whole"),
    [
        (["a", "b"], ["a", "b"], Status.FINISHED, {}, True),
        (["a", "", "b"], ["a", "b"], Status.FINISHED, {}, True),
        (["a", "b"], ["b", "a"], Status.FINISHED, {}, False),
        (["a", "b"], ["a"], Status.FINISHED, {}, False),
        (["a", "b"], ["a", "b", "b"], Status.FINISHED, {}, False),
        (["a", "b", "c"], ["a", "b"], Status.FAILED, {}, True),
        (["a", "b", "c"], ["a", "b"], Status.KILLED, {}, True),
        (["a", "b", "c"], ["a"], Status.FAILED, {}, False),
        (["a", "b", "c"], ["a"], Status.FAILED, {"aborted": 2}, True),
        (["a", "b", "c"], ["a"], Status.FAILED, {"headless": True}, True),
        (["a", "b", "c"], ["a"], Status.KILLED, {"crashed": True}, True),
        (["a", "b", "c"], ["b"], Status.KILLED, {"crashed": True}, False),
        (["a"], ["a"], Status.FINISHED, {}, True),
        ([], ["a"], Status.FINISHED, {}, False),
        (["a", "b"], ["x", "a", "b"], Status.FINISHED, {}, False),
    ],
)
def test_whole_runs(cells, runs, last, extra, whole):
    code = code_cells(document(*cells))
    done = executed(*runs, last=last)
    assert is_whole(done, match(done, code), code, **extra) is whole


def test_cells_that_clients_skip_are_not_missed():
    code = code_cells(document("a", "slow", "b", tags={1: ["skip-execution"]}))
    done = executed("a", "b")
    assert is_whole(done, match(done, code), code)


def test_an_execution_that_only_the_agent_saw_is_the_next_cell():
    code = code_cells(document("a", "die", "b"))
    done = executed("a", "", last=Status.KILLED)
    found = match(done, code)
    assert [item.cell_index for item in found] == [0, 1]
    assert is_whole(done, found, code)


def test_a_snapshot_has_what_was_executed():
    before = document("a", "b")
    done = executed("a changed", "gone", "b")
    found = match(done, code_cells(before), {"e0": "c0", "e1": "c7"})
    outputs = {"e2": [{"output_type": "stream", "name": "stdout", "text": "x"}]}
    taken = snapshot(before, done, found, outputs)
    assert [cell["source"] for cell in taken["cells"]] == ["# Title", "a changed", "gone", "b"]
    assert [cell.get("execution_count") for cell in taken["cells"]] == [None, 1, 2, 3]
    assert taken["cells"][3]["outputs"] == outputs["e2"]
    assert before["cells"][1]["source"] == "a"


def test_a_snapshot_without_a_notebook():
    done = executed("a", "b")
    taken = snapshot(None, done, match(done, []), {}, language="bash")
    assert [cell["source"] for cell in taken["cells"]] == ["a", "b"]
    assert taken["metadata"]["language_info"]["name"] == "bash"
