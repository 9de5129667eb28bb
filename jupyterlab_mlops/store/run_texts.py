"""Parts of candidates as JSON text, one set query a table, for pages of a thousand.

SQLite writes the text of params and tags itself; only numbers are written by Python, whose ``repr`` reads back as
the same double.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

#: What MLflow's SQL stores write for infinities.
_NON_FINITE = {1: '"NaN"', 2: "1.7976931348623157e+308", -2: "-1.7976931348623157e+308"}
_IDS = "(SELECT value FROM json_each(?))"


def params(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value"}`` objects of the params, separated by commas, by candidate."""
    return _grouped(
        conn,
        "SELECT candidate_id, group_concat('{\"key\":' || json_quote(name) || ',\"value\":'"
        f" || json_quote(value) || '}}') FROM params WHERE candidate_id IN {_IDS} GROUP BY candidate_id",
        ids,
    )


def tags(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value"}`` objects of the tags that were set, separated by commas, by candidate."""
    return _grouped(
        conn,
        "SELECT candidate_id, group_concat('{\"key\":' || json_quote(name) || ',\"value\":'"
        f" || json_quote(value) || '}}') FROM tags WHERE candidate_id IN {_IDS} GROUP BY candidate_id",
        ids,
    )


def metrics(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """``{"key", "value", "timestamp", "step"}`` objects of the last points, by candidate."""
    found: dict[str, list[str]] = {}
    keys: dict[str, str] = {}
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    for id, name, value, kind, timestamp, step in cursor.execute(
        "SELECT candidate_id, name, value, kind, timestamp_ms, step FROM metrics"
        f" WHERE candidate_id IN {_IDS}",
        (json.dumps(list(ids)),),
    ):
        key = keys.get(name) or keys.setdefault(name, json.dumps(name))
        shown = repr(value) if kind == 0 else _NON_FINITE[kind]
        found.setdefault(id, []).append(
            f'{{"key":{key},"value":{shown},"timestamp":{timestamp},"step":{step}}}'
        )
    return {id: ",".join(texts) for id, texts in found.items()}


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


def sources(conn: sqlite3.Connection, ids: Sequence[str]) -> Mapping[str, dict[str, str]]:
    """Where metrics were seen, by candidate and name, where that is more than a client's logging."""
    found: dict[str, dict[str, str]] = {}
    for id, name, source in conn.execute(
        "SELECT m.candidate_id, m.name, m.source FROM metrics m JOIN candidates c ON c.id = m.candidate_id"
        f" WHERE m.candidate_id IN {_IDS}"
        " AND (c.origin <> 'mlflow' OR m.source NOT IN ('logged', 'autolog'))",
        (json.dumps(list(ids)),),
    ):
        found.setdefault(id, {})[name] = source
    return found


def _grouped(conn: sqlite3.Connection, query: str, ids: Sequence[str]) -> Mapping[str, str]:
    return dict(tuple(row) for row in conn.execute(query, (json.dumps(list(ids)),)))
