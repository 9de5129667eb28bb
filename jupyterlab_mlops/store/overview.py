"""What the panel asks across tables: counts, children, cells, links between candidates and versions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ..entities import Candidate
from . import keys as catalogue
from .artifacts import candidate_owner
from .changes import changed


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def experiments(conn: sqlite3.Connection, view: str = "active") -> list[dict[str, Any]]:
    """Experiments with the number of their active candidates, most recently used first.

    MLflow's "Default" is listed only once something is in it.
    """
    where = "WHERE (experiments.id <> 0 OR held.count > 0)"
    where += "" if view == "all" else " AND experiments.lifecycle_stage = ?"
    rows = conn.execute(
        f"""
        SELECT experiments.id, name, notebook, origin, created_ms, updated_ms,
               COALESCE(held.count, 0) AS count, MAX(updated_ms, COALESCE(held.latest, 0)) AS used_ms
        FROM experiments LEFT JOIN (
          SELECT experiment_id, COUNT(*) AS count, MAX(start_ms) AS latest FROM candidates
          WHERE lifecycle_stage = 'active' GROUP BY experiment_id
        ) AS held ON held.experiment_id = experiments.id
        {where} ORDER BY used_ms DESC, experiments.id DESC
        """,
        () if view == "all" else (view,),
    )
    return [
        {
            "id": str(row["id"]),
            "name": row["name"],
            "notebook": row["notebook"],
            "candidates": row["count"],
            "created_time": row["created_ms"],
            "updated_time": row["used_ms"],
            "origin": row["origin"],
        }
        for row in rows
    ]


def children_counts(conn: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """How many active children each of ``ids`` has (only those with any)."""
    rows = conn.execute(
        f"SELECT parent_id, COUNT(*) FROM candidates WHERE parent_id IN ({_marks(ids)})"
        " AND lifecycle_stage = 'active' GROUP BY parent_id",
        tuple(ids),
    )
    return dict(rows.fetchall())


def candidates_beginning(conn: sqlite3.Connection, prefix: str) -> list[str]:
    """Up to two candidates whose ids begin with ``prefix``, first the one whose id it is."""
    rows = conn.execute(
        "SELECT id FROM candidates WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 2",
        (prefix, prefix + "\U0010ffff"),
    )
    return [row[0] for row in rows]


def versions_of(conn: sqlite3.Connection, candidate_id: str) -> list[dict[str, str]]:
    """The model versions registered from a candidate, newest first."""
    rows = conn.execute(
        "SELECT model, version FROM model_versions WHERE candidate_id = ? ORDER BY id DESC",
        (candidate_id,),
    )
    return [{"model": row[0], "version": row[1]} for row in rows]


def cells(conn: sqlite3.Connection, notebook: str) -> dict[str, dict[str, Any]]:
    """The cells of a notebook that opened candidates: their ids, newest first, and the source as last executed."""
    rows = conn.execute(
        """
        SELECT candidates.id, candidates.cell_id, executions.source
        FROM candidates LEFT JOIN executions ON executions.id = candidates.execution_id
        WHERE candidates.notebook = ? AND candidates.cell_id IS NOT NULL AND lifecycle_stage = 'active'
        ORDER BY candidates.seq DESC LIMIT 2000
        """,
        (notebook,),
    )
    found: dict[str, dict[str, Any]] = {}
    for id, cell_id, source in rows:
        cell = found.setdefault(cell_id, {"candidates": [], "source": source or ""})
        cell["candidates"].append(id)
    return found


def latest(conn: sqlite3.Connection, *, notebook: str, cell_id: str | None = None) -> str | None:
    """The newest active candidate of a notebook (of one of its cells), or None."""
    where = "AND cell_id = ?" if cell_id else ""
    row = conn.execute(
        f"SELECT id FROM candidates WHERE notebook = ? {where} AND lifecycle_stage = 'active'"
        " AND parent_id IS NULL ORDER BY seq DESC LIMIT 1",
        (notebook, cell_id) if cell_id else (notebook,),
    ).fetchone()
    return None if row is None else str(row[0])


def beside(conn: sqlite3.Connection, candidate: Candidate, most: int = 10) -> list[str]:
    """The active candidates of the same notebook run, other than this one, that are nobody's part; newest first."""
    rows = conn.execute(
        "SELECT id FROM candidates WHERE notebook = ? AND notebook_run_id = ? AND id <> ?"
        " AND lifecycle_stage = 'active' AND parent_id IS NULL ORDER BY seq DESC LIMIT ?",
        (candidate.notebook, candidate.notebook_run_id, candidate.id, most),
    )
    return [str(row[0]) for row in rows]


def names(conn: sqlite3.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Names of candidates by id."""
    wanted = tuple(ids)
    rows = conn.execute(f"SELECT id, name FROM candidates WHERE id IN ({_marks(wanted)})", wanted)
    return dict(rows.fetchall())


def candidates_of_kernel(conn: sqlite3.Connection, kernel_id: str) -> list[str]:
    """Ids of the candidates that a kernel has made, the oldest first."""
    rows = conn.execute("SELECT id FROM candidates WHERE kernel_id = ? ORDER BY seq", (kernel_id,))
    return [str(row[0]) for row in rows]


def cell_models(
    conn: sqlite3.Connection, kernel_id: str, cell_id: str
) -> tuple[dict[str, bool], set[str]]:
    """What the newest execution of a cell in a kernel had to do with models: its variables (whether it bound
    them), and the candidates it touched."""
    row = conn.execute(
        "SELECT execution_id, models FROM execution_facts WHERE kernel_id = ? AND cell_id = ?"
        " ORDER BY started_ms DESC LIMIT 1",
        (kernel_id, cell_id),
    ).fetchone()
    if row is None:
        return {}, set()
    touched = conn.execute(
        "SELECT candidate_id FROM execution_candidates WHERE execution_id = ?", (row[0],)
    )
    variables = {str(each["variable"]): bool(each.get("bound")) for each in json.loads(row[1])}
    return variables, {str(each[0]) for each in touched}


def training_cells(
    conn: sqlite3.Connection, ids: Iterable[str]
) -> dict[str, tuple[str | None, int]]:
    """The cell that made each candidate, and its place in the order of all candidates."""
    wanted = tuple(ids)
    rows = conn.execute(
        f"SELECT id, cell_id, seq FROM candidates WHERE id IN ({_marks(wanted)})", wanted
    )
    return {str(id): (cell_id, int(seq)) for id, cell_id, seq in rows}


def last_model_of(conn: sqlite3.Connection, notebook: str) -> str | None:
    """The model name that was used last from this notebook."""
    row = conn.execute(
        "SELECT model FROM model_versions JOIN candidates ON candidates.id = candidate_id"
        " WHERE notebook = ? ORDER BY model_versions.id DESC LIMIT 1",
        (notebook,),
    ).fetchone()
    return None if row is None else str(row[0])


def keys(
    conn: sqlite3.Connection, experiment_id: int | None, search: str
) -> list[tuple[str, str, int]]:
    """(kind, name, number of candidates) of the names that contain ``search``, the most common first."""
    where = "" if experiment_id is None else "AND experiment_id = ?"
    rows = conn.execute(
        f"SELECT kind, name, SUM(count) FROM keys WHERE instr(lower(name), lower(?)) > 0 {where}"
        " GROUP BY kind, name HAVING SUM(count) > 0 ORDER BY SUM(count) DESC, name",
        (search,) if experiment_id is None else (search, experiment_id),
    )
    return [(kind, name, count) for kind, name, count in rows]


def changing(
    conn: sqlite3.Connection, experiment_id: int | None, recent: int = 50
) -> tuple[list[str], dict[str, int]]:
    """Of the most recent candidates of an experiment that are nobody's children: params with more than one value,
    and metrics with the number of candidates that have them, most first, then newest. What columns are shown
    without being asked for: a search's attempts do not outvote what the notebook measured."""
    where = "" if experiment_id is None else "AND experiment_id = ?"
    arguments: tuple[Any, ...] = () if experiment_id is None else (experiment_id,)
    chosen = f"SELECT id FROM candidates WHERE lifecycle_stage = 'active' AND parent_id IS NULL {where} ORDER BY seq DESC LIMIT {recent}"
    params = conn.execute(
        f"SELECT name FROM params WHERE candidate_id IN ({chosen}) GROUP BY name"
        f" HAVING COUNT(DISTINCT value) > 1 ORDER BY COUNT(*) DESC, name LIMIT 12",
        arguments,
    ).fetchall()
    metrics = conn.execute(
        f"SELECT name, COUNT(*) FROM metrics WHERE candidate_id IN ({chosen}) AND name NOT LIKE 'system/%'"
        f" GROUP BY name ORDER BY COUNT(*) DESC, MAX(timestamp_ms) DESC, name",
        arguments,
    ).fetchall()
    return [row[0] for row in params], dict(metrics)


def sources_of(conn: sqlite3.Connection, candidate: Candidate) -> list[str]:
    """The code behind a candidate in the order it ran: its slice where the agent told it, else the cells of its
    notebook run."""
    wanted = candidate.details.get("slice")
    if wanted:
        rows = conn.execute(
            f"SELECT source FROM executions WHERE id IN ({_marks(wanted)}) ORDER BY started_ms, ordinal",
            tuple(wanted),
        )
    else:
        rows = conn.execute(
            "SELECT source FROM executions WHERE notebook_run_id = ? ORDER BY ordinal",
            (candidate.notebook_run_id,),
        )
    return [row[0] for row in rows]


def purge(conn: sqlite3.Connection, id: str) -> None:
    """Delete a candidate for good, with its params, metrics, tags and artifacts. Model versions that were made
    from it keep their own files. Blobs nobody names any more are swept later. The attempts of a search go with
    it; what it was run again as, or nests, stays."""
    attempts = conn.execute(
        "SELECT id FROM candidates WHERE parent_id = ? AND relation = 'search'", (id,)
    ).fetchall()
    for (attempt,) in attempts:
        purge(conn, attempt)
    row = conn.execute(
        "SELECT experiment_id FROM candidates WHERE id = ? AND lifecycle_stage = 'active'", (id,)
    ).fetchone()
    if row is not None:  # what is in the bin is not counted any more
        catalogue.count(conn, id, row[0], -1)
    conn.execute("DELETE FROM artifacts WHERE owner = ?", (candidate_owner(id),))
    conn.execute("DELETE FROM outbox WHERE kind = 'candidate' AND id = ?", (id,))
    conn.execute("UPDATE candidates SET parent_id = NULL WHERE parent_id = ?", (id,))
    conn.execute("DELETE FROM candidates WHERE id = ?", (id,))
    changed(conn, "candidate", id)


def logged_model_of(conn: sqlite3.Connection, candidate_id: str) -> str | None:
    """The newest MLflow 3 logged model of a candidate whose files arrived."""
    row = conn.execute(
        "SELECT id FROM logged_models WHERE candidate_id = ? AND status <> 'UPLOAD_FAILED'"
        " AND lifecycle_stage = 'active' ORDER BY created_ms DESC LIMIT 1",
        (candidate_id,),
    ).fetchone()
    return None if row is None else str(row[0])


def open_runs(conn: sqlite3.Connection) -> int:
    """How many notebook runs are open."""
    row = conn.execute("SELECT COUNT(*) FROM notebook_runs WHERE status = 'RUNNING'").fetchone()
    return int(row[0])


def candidates_of_run(conn: sqlite3.Connection, run_ids: Iterable[str]) -> list[str]:
    """The active candidates of notebook runs, oldest first, without the children of searches."""
    wanted = tuple(run_ids)
    rows = conn.execute(
        f"SELECT id FROM candidates WHERE notebook_run_id IN ({_marks(wanted)})"
        " AND lifecycle_stage = 'active' AND COALESCE(relation, '') <> 'search' ORDER BY seq",
        wanted,
    )
    return [row[0] for row in rows]
