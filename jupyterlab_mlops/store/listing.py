"""Lines of a list: only what is shown of a candidate, as JSON, straight from the tables.

A line costs the same whether its candidate has ten metrics or ten thousand, a small or a large slice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from . import outbox
from .candidate_json import finite
from .candidate_rows import number

#: Not ``details``: it holds whole slices, and a list shows nothing of it.
_LINES = """
SELECT c.id, c.name, e.name, c.notebook, c.notebook_run_id, c.status, c.origin, c.remote, c.start_ms, c.end_ms,
  c.busy_ms, c.model_class, c.fits, c.parent_id, c.relation, c.error, c.starred, c.verified, c.score,
  (SELECT COUNT(*) FROM candidates k WHERE k.parent_id = c.id AND k.lifecycle_stage = 'active')
FROM json_each(?) AS w CROSS JOIN candidates c ON c.id = w.value JOIN experiments e ON e.id = c.experiment_id
"""


def lines(
    conn: sqlite3.Connection,
    ids: Sequence[str],
    *,
    metrics: Sequence[str] | None,
    params: Sequence[str] | None,
    tags: Sequence[str] | None = (),
) -> list[dict[str, Any]]:
    """Candidates as lines, in the order of ``ids``, with the named metrics, params and tags (None: all of them).

    A metric of one point is ``{"last"}``; a series also has ``min``, ``max`` and ``steps``.
    """
    wanted = json.dumps(list(ids))
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there are many
    found = {row[0]: _line(row) for row in cursor.execute(_LINES, (wanted,))}
    for id, name, value in _named(cursor, "params", ("value",), wanted, params):
        found[id]["params"][name] = {"value": value}
    for id, name, value in _named(cursor, "tags", ("value",), wanted, tags):
        found[id]["tags"][name] = value
    columns = ("value", "kind", "min", "max", "count")
    for id, name, value, kind, low, high, count in _named(
        cursor, "metrics", columns, wanted, metrics
    ):
        last = finite(number(value, kind)) if value is None else value
        found[id]["metrics"][name] = (
            {"last": last}
            if count == 1
            else {"last": last, "min": low, "max": high, "steps": count}
        )
    states = outbox.states(conn, "candidate", found)
    for id, line in found.items():
        line["sync"] = {key: value for key, value in states[id].items() if value is not None}
    return list(found.values())


def _line(row: tuple[Any, ...]) -> dict[str, Any]:
    (
        id, name, experiment, notebook, run, status, origin, remote, start, end, busy, model_class, fits, parent,
        relation, error, starred, verified, score, children,
    ) = row  # fmt: skip
    if busy is None and start is not None and end is not None:
        busy = end - start
    failure = None if error is None else json.loads(error)
    return {
        "id": id,
        "name": name,
        "experiment": experiment,
        "notebook": notebook,
        "notebook_run": run,
        "status": status,
        "origin": origin,
        "remote": remote,
        "start_time": start,
        "end_time": end,
        "duration_s": None if busy is None else busy / 1000,
        "model_class": model_class,
        "fits": fits,
        "parent": parent,
        "relation": relation,
        "children": children,
        "error": failure and {"name": failure["name"], "message": failure["message"]},
        "starred": bool(starred),
        "verified": bool(verified),
        "score": score,
        "params": {},
        "tags": {},
        "metrics": {},
    }


def _named(
    cursor: sqlite3.Cursor,
    table: str,
    columns: Sequence[str],
    ids: str,
    names: Sequence[str] | None,
) -> Iterable[Any]:
    """(candidate id, name, columns …) of some candidates and names; ``ids`` as JSON. The join order makes it one
    look-up in the primary key for each pair."""
    chosen = ", ".join(f"t.{column}" for column in ("candidate_id", "name", *columns))
    if names is not None and not names:
        return ()
    if names is None:
        query = f"SELECT {chosen} FROM json_each(?) AS w CROSS JOIN {table} AS t WHERE t.candidate_id = w.value"
        return cursor.execute(query, (ids,))
    query = (
        f"SELECT {chosen} FROM json_each(?) AS w CROSS JOIN json_each(?) AS n"
        f" CROSS JOIN {table} AS t WHERE t.candidate_id = w.value AND t.name = n.value"
    )
    return cursor.execute(query, (ids, json.dumps(list(names))))
