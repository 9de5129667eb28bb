"""Candidates for pages of a thousand runs: plain rows and JSON text, one set query a table.

SQLite writes the text of params and tags itself; only numbers are written by Python, whose ``repr`` reads back as
the same double.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..entities import Input
from . import quick_json

#: What MLflow's SQL stores write for infinities.
_NON_FINITE = {1: '"NaN"', 2: "1.7976931348623157e+308", -2: "-1.7976931348623157e+308"}
_PLAIN = ("logged", "autolog")
_IDS = "(SELECT value FROM json_each(?))"
#: The ids as a table, to be read in their order: ``key`` is the place of an id, ``value`` the id.
_WANTED = "json_each(?) wanted"


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
    return [
        Head._make(row)
        for row in _rows(
            conn,
            "SELECT c.id, c.experiment_id, c.name, c.status, c.user_id, c.start_ms, c.end_ms,"
            " c.lifecycle_stage, c.origin, c.parent_id, c.notebook, c.notebook_run_id, c.model_class,"
            " c.variable, c.cell_index, COALESCE(json_extract(r.git, '$.commit'),"
            " CASE c.details WHEN '{}' THEN NULL ELSE json_extract(c.details, '$.git.commit') END)"
            f" FROM {_WANTED} CROSS JOIN candidates c ON c.id = wanted.value"
            " LEFT JOIN notebook_runs r ON r.id = c.notebook_run_id",
            ids,
        )
    ]


def params(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value"}`` objects of the params, separated by commas, by candidate."""
    return _pairs(conn, "params", ids)


def tags(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value"}`` objects of the tags that were set, separated by commas, by candidate."""
    return _pairs(conn, "tags", ids)


def metrics(
    conn: sqlite3.Connection, ids: Sequence[str], captured: frozenset[str]
) -> tuple[Mapping[str, str], Mapping[str, dict[str, str]]]:
    """``{"key", "value", "timestamp", "step"}`` objects of the last points, by candidate; and by candidate
    and name where metrics were seen: all of those in ``captured``, else what is more than logging."""
    found: list[list[str]] = [[] for _ in ids]
    sources: dict[str, dict[str, str]] = {}
    keys: dict[str, str] = {}
    rows = _rows(
        conn,
        "SELECT m.value, wanted.key, m.name, m.kind, m.timestamp_ms, m.step, m.source"
        f" FROM {_WANTED} CROSS JOIN metrics m ON m.candidate_id = wanted.value",
        ids,
    ).fetchall()
    values = quick_json.numbers([row[0] for row in rows])
    for value, (_, at, name, kind, timestamp, step, source) in zip(values, rows, strict=True):
        key = keys.get(name) or keys.setdefault(name, f'{{"key":{json.dumps(name)},"value":')
        shown = value if kind == 0 else _NON_FINITE[kind]
        found[at].append(f'{key}{shown},"timestamp":{timestamp},"step":{step}}}')
        if source not in _PLAIN or ids[at] in captured:
            sources.setdefault(ids[at], {})[name] = source
    return {id: ",".join(texts) for id, texts in zip(ids, found, strict=True)}, sources


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
    ).fetchall()
    values = quick_json.numbers([row[0] for row in rows])
    return [
        f'{head}{value if kind == 0 else _NON_FINITE[kind]},"timestamp":{timestamp},"step":{step}{end}'
        for value, (_, kind, timestamp, step) in zip(values, rows, strict=True)
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


def _pairs(conn: sqlite3.Connection, table: str, ids: Sequence[str]) -> Mapping[str, str]:
    """Names and values of ``table`` as the elements of a JSON list, by candidate; those without any are left out."""
    query = (
        "SELECT wanted.value, (SELECT json_group_array(json_object('key', p.name, 'value', p.value))"
        f" FROM {table} p WHERE p.candidate_id = wanted.value) FROM {_WANTED}"
    )
    return {id: text[1:-1] for id, text in _rows(conn, query, ids) if text != "[]"}


def _rows(conn: sqlite3.Connection, query: str, ids: Sequence[str]) -> sqlite3.Cursor:
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    return cursor.execute(query, (json.dumps(list(ids)),))
