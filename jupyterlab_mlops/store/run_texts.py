"""Candidates for pages of a thousand runs: plain rows and JSON text, one set query a table.

SQLite writes the text of params and tags itself; only numbers are written by Python, whose ``repr`` reads back as
the same double.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..entities import Input

#: What MLflow's SQL stores write for infinities.
_NON_FINITE = {1: '"NaN"', 2: "1.7976931348623157e+308", -2: "-1.7976931348623157e+308"}
_PLAIN = ("logged", "autolog")
_IDS = "(SELECT value FROM json_each(?))"


class Head(NamedTuple):
    """What a run's info and the tags of its columns are made of."""

    id: str
    experiment_id: int
    name: str
    status: str
    user_id: str
    start_ms: int | None
    end_ms: int | None
    lifecycle_stage: str
    origin: str
    parent_id: str | None
    notebook: str | None
    notebook_run_id: str | None
    model_class: str | None
    variable: str | None
    cell_index: int | None
    commit: str | None


def heads(conn: sqlite3.Connection, ids: Sequence[str]) -> list[Head]:
    """The heads of these candidates, in this order."""
    rows = _rows(
        conn,
        "SELECT c.id, c.experiment_id, c.name, c.status, c.user_id, c.start_ms, c.end_ms,"
        " c.lifecycle_stage, c.origin, c.parent_id, c.notebook, c.notebook_run_id, c.model_class,"
        " c.variable, c.cell_index, COALESCE(json_extract(r.git, '$.commit'),"
        " CASE c.details WHEN '{}' THEN NULL ELSE json_extract(c.details, '$.git.commit') END)"
        " FROM candidates c LEFT JOIN notebook_runs r ON r.id = c.notebook_run_id"
        f" WHERE c.id IN {_IDS}",
        ids,
    )
    found = {row[0]: Head._make(row) for row in rows}
    return [found[id] for id in ids if id in found]


def params(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value"}`` objects of the params, separated by commas, by candidate."""
    return dict(_rows(conn, _PAIRS.format(table="params"), ids))


def tags(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value"}`` objects of the tags that were set, separated by commas, by candidate."""
    return dict(_rows(conn, _PAIRS.format(table="tags"), ids))


def metrics(
    conn: sqlite3.Connection, ids: Sequence[str], captured: frozenset[str]
) -> tuple[Mapping[str, str], Mapping[str, dict[str, str]]]:
    """``{"key", "value", "timestamp", "step"}`` objects of the last points, by candidate; and by candidate
    and name where metrics were seen: all of those in ``captured``, else what is more than logging."""
    found: dict[str, list[str]] = {id: [] for id in ids}
    sources: dict[str, dict[str, str]] = {}
    keys: dict[str, str] = {}
    for id, name, value, kind, timestamp, step, source in _rows(
        conn,
        "SELECT candidate_id, name, value, kind, timestamp_ms, step, source FROM metrics"
        f" WHERE candidate_id IN {_IDS}",
        ids,
    ):
        key = keys.get(name) or keys.setdefault(name, f'{{"key":{json.dumps(name)},"value":')
        shown = value if kind == 0 else _NON_FINITE[kind]
        found[id].append(f'{key}{shown},"timestamp":{timestamp},"step":{step}}}')
        if source not in _PLAIN or id in captured:
            sources.setdefault(id, {})[name] = source
    return {id: ",".join(texts) for id, texts in found.items()}, sources


def points(
    conn: sqlite3.Connection,
    candidate_id: str,
    name: str,
    *,
    offset: int = 0,
    limit: int | None = None,
    tail: str = "",
) -> list[str]:
    """A series by (timestamp, step, value) as ``{"key", "value", "timestamp", "step"}`` objects, each ending
    in ``tail`` (more fields, written out)."""
    head, end = f'{{"key":{json.dumps(name)},"value":', f"{tail}}}"
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    rows = cursor.execute(
        "SELECT value, kind, timestamp_ms, step FROM metric_points WHERE candidate_id = ? AND name = ?"
        " ORDER BY timestamp_ms, step, value, kind LIMIT ? OFFSET ?",
        (candidate_id, name, -1 if limit is None else limit, offset),
    )
    return [
        f'{head}{value if kind == 0 else _NON_FINITE[kind]},"timestamp":{timestamp},"step":{step}{end}'
        for value, kind, timestamp, step in rows
    ]


def inputs(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, list[Input]]:
    """The datasets and models that candidates read; candidates without any are left out."""
    found: dict[str, list[Input]] = {}
    for id, path, kind, details in _rows(
        conn,
        "SELECT candidate_id, path, kind, details FROM inputs"
        f" WHERE candidate_id IN {_IDS} AND kind IN ('dataset', 'model') ORDER BY rowid",
        ids,
    ):
        found.setdefault(id, []).append(Input(path, "", None, kind, json.loads(details)))
    return found


def set_names(
    conn: sqlite3.Connection, ids: Sequence[str], names: Sequence[str]
) -> Mapping[str, set[str]]:
    """Which of the tags ``names`` were set, by candidate."""
    found: dict[str, set[str]] = {}
    for id, name in conn.execute(
        f"SELECT candidate_id, name FROM tags WHERE candidate_id IN {_IDS} AND name IN {_IDS}",
        (json.dumps(list(ids)), json.dumps(list(names))),
    ):
        found.setdefault(id, set()).add(name)
    return found


_PAIRS = (
    "SELECT candidate_id, group_concat('{{\"key\":' || json_quote(name) || ',\"value\":'"
    f" || json_quote(value) || '}}}}') FROM {{table}} WHERE candidate_id IN {_IDS} GROUP BY candidate_id"
)


def _rows(conn: sqlite3.Connection, query: str, ids: Sequence[str]) -> Iterable[Any]:
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    return cursor.execute(query, (json.dumps(list(ids)),))
