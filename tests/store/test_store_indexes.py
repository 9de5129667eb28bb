"""What is asked again and again looks nothing up by reading a whole table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from jupyterlab_mlops.store import (
    candidates,
    cell_facts,
    execution_rows,
    experiments,
    overview,
    runs,
)
from jupyterlab_mlops.store.store import Store

#: What may be read whole: tables of few rows, and what a subquery has narrowed already.
SMALL = ("SCAN experiments", "SCAN model_versions", "SCAN r")


@pytest.mark.parametrize(
    "ask",
    [
        partial(overview.cells, notebook="a.ipynb"),
        partial(overview.candidates_beginning, prefix="ab"),
        partial(overview.latest, notebook="a.ipynb"),
        partial(overview.latest, notebook="a.ipynb", cell_id="c"),
        partial(overview.last_model_of, notebook="a.ipynb"),
        partial(overview.cell_models, kernel_id="k", cell_id="c"),
        partial(cell_facts.names_of_cell, kernel_id="k", cell_id="c"),
        partial(execution_rows.last_of_cells, notebook="a.ipynb"),
        partial(execution_rows.of_kernel, kernel_id="k"),
        partial(experiments.of_notebook, notebook="a.ipynb"),
        partial(runs.list_runs, notebook="a.ipynb", before_ms=5),
        partial(runs.list_runs, kernel_id="k"),
        partial(runs.running, kernel_id="k"),
        partial(runs.scored_since, kernel_id="k", since_ms=1, most=5),
        partial(runs.running_candidates, kernel_id="k"),
    ],
    ids=lambda ask: f"{ask.func.__name__}({', '.join(ask.keywords)})",
)
def test_an_index_is_used(store: Store, ask: Callable[..., Any]) -> None:
    asked: list[str] = []

    def read(conn: Any) -> list[str]:
        conn.set_trace_callback(asked.append)
        ask(conn)
        conn.set_trace_callback(None)
        return [
            row["detail"] for query in asked for row in conn.execute(f"EXPLAIN QUERY PLAN {query}")
        ]

    steps = store.read_sync(read)
    assert asked
    scans = [step for step in steps if step.startswith("SCAN") and " USING " not in step]
    assert [step for step in scans if step not in SMALL] == []


def test_candidates_are_found_by_how_their_ids_begin(store: Store) -> None:
    def make(conn: Any) -> None:
        for id in ("ab", "abc", "abd", "b_c"):
            candidates.create(conn, experiments.ensure(conn, "churn"), origin="training", id=id)

    store.write_sync(make)
    found = {
        prefix: store.read_sync(overview.candidates_beginning, prefix)
        for prefix in ("ab", "abc", "a", "b", "c", "_")
    }
    assert found == {
        "ab": ["ab", "abc"],
        "abc": ["abc"],
        "a": ["ab", "abc"],
        "b": ["b_c"],
        "c": [],
        "_": [],
    }
