"""Reads candidates: heads by one query, and what belongs to them by one set query a table."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..entities import Artifact, Candidate, Failure, Input, Metric, Param, Status
from .candidate_json import finite

#: Columns of a head, in the order of the fields of Candidate up to ``details``.
HEAD = """
SELECT c.id, c.seq, c.name, c.experiment_id, e.name, c.status, c.origin, c.lifecycle_stage,
  c.notebook_run_id, c.kernel_id, c.execution_id, c.parent_id, c.relation, c.remote, c.user_id,
  c.start_ms, c.end_ms, c.busy_ms, c.model_class, c.variable, c.fits, c.cell_id, c.cell_index,
  c.execution_count, c.notebook, c.error, c.starred, c.verified, c.score, c.details, r.git
FROM candidates c
JOIN experiments e ON e.id = c.experiment_id
LEFT JOIN notebook_runs r ON r.id = c.notebook_run_id
"""
#: Rows have the columns in the order of the fields, which the checker cannot see.
_build: Callable[..., Candidate] = Candidate
_STATUS = {status.value: status for status in Status}
_NON_FINITE = {1: math.nan, 2: math.inf, -2: -math.inf}
#: Ids in one statement; below SQLite's limit of bound parameters on any build.
_BATCH = 500


def heads(conn: sqlite3.Connection, ids: Sequence[str]) -> list[Candidate]:
    """Candidates without params … artifacts, in the order of ``ids``; unknown ids are left out."""
    found: dict[str, Candidate] = {}
    for batch in _batches(ids):
        marks = ",".join("?" * len(batch))
        for row in conn.execute(f"{HEAD} WHERE c.id IN ({marks})", batch):
            found[row[0]] = candidate(row)
    return [found[id] for id in ids if id in found]


def full(
    conn: sqlite3.Connection, ids: Sequence[str], *, artifacts: bool = True, metrics: bool = True
) -> list[Candidate]:
    """Candidates with everything, in the order of ``ids``; unknown ids are left out.

    ``artifacts=False`` leaves the list of files out (a page of runs does not show them), ``metrics=False`` the
    metrics (:func:`last_values` has them by name).
    """
    found = heads(conn, ids)
    by_id = {item.id: item for item in found}
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    for batch in _batches(list(by_id)):
        marks = ",".join("?" * len(batch))
        for id, name, value, source in cursor.execute(
            f"SELECT candidate_id, name, value, source FROM params WHERE candidate_id IN ({marks})",
            batch,
        ):
            by_id[id].params[name] = Param(name, value, source)
        for id, name, value, kind, *rest in (
            cursor.execute(
                "SELECT candidate_id, name, value, kind, step, timestamp_ms, min, max, count, source"
                f" FROM metrics WHERE candidate_id IN ({marks})",
                batch,
            )
            if metrics
            else ()
        ):
            by_id[id].metrics[name] = Metric(name, number(value, kind), *rest)
        for id, name, value in cursor.execute(
            f"SELECT candidate_id, name, value FROM tags WHERE candidate_id IN ({marks})", batch
        ):
            by_id[id].tags[name] = value
    fill_inputs(conn, found)
    if artifacts:
        for item in found:
            object.__setattr__(item, "artifacts", tuple(_artifacts(conn, f"candidate:{item.id}")))
    return found


@dataclass(frozen=True, slots=True)
class LastValues:
    """A metric over several candidates, in their order: last values as JSON has them (None: not measured)
    and numbers of points."""

    values: list[float | str | None]
    counts: list[int]


def last_values(conn: sqlite3.Connection, ids: Sequence[str]) -> dict[str, LastValues]:
    """Every metric of some candidates by name: as the first candidate has them, then what others add.

    Nothing is made for a single value, because there may be hundreds of thousands.
    """
    found: dict[str, LastValues] = {}
    nothing, zeros = [None] * len(ids), [0] * len(ids)
    cursor = conn.cursor()
    cursor.row_factory = None
    for place, id in enumerate(ids):
        for name, value, kind, count in cursor.execute(
            "SELECT name, value, kind, count FROM metrics WHERE candidate_id = ?", (id,)
        ):
            row = found.get(name)
            if row is None:
                row = found[name] = LastValues([*nothing], [*zeros])
            row.values[place] = finite(number(value, kind)) if value is None else value
            row.counts[place] = count
    return found


def candidate(row: Sequence[Any]) -> Candidate:
    """A head from a row of :data:`HEAD`. The notebook run's repository state joins ``details.git``."""
    details: dict[str, Any] = {} if row[29] == "{}" else json.loads(row[29])
    if row[30] and row[30] != "{}":
        details.setdefault("git", json.loads(row[30]))
    return _build(
        *row[:5],
        _STATUS[row[5]],
        *row[6:25],
        error=None if row[25] is None else Failure(**json.loads(row[25])),
        starred=bool(row[26]),
        verified=bool(row[27]),
        score=row[28],
        details=details,
    )


def number(value: float | None, kind: int) -> float:
    """A measured value from its columns: SQLite has no NaN, so ``kind`` says what is not finite."""
    return _NON_FINITE[kind] if kind or value is None else value


def fill_inputs(conn: sqlite3.Connection, found: Sequence[Candidate]) -> None:
    """Give candidates that are still being built what they read."""
    by_id = {item.id: item for item in found}
    for id, path, sha256, size, kind, details in conn.execute(
        "SELECT candidate_id, path, sha256, size, kind, details FROM inputs"
        " WHERE candidate_id IN (SELECT value FROM json_each(?)) ORDER BY rowid",
        (json.dumps(list(by_id)),),
    ):
        item = Input(path, sha256, size, kind, {} if details == "{}" else json.loads(details))
        # The entity is frozen for its readers; it is still being built here.
        object.__setattr__(by_id[id], "inputs", (*by_id[id].inputs, item))


def _artifacts(conn: sqlite3.Connection, owner: str) -> Iterable[Artifact]:
    rows = conn.execute(
        "SELECT path, sha256, size, media_type, created_ms FROM artifacts WHERE owner = ?"
        " ORDER BY path",
        (owner,),
    )
    return (Artifact(*row) for row in rows)


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
