"""MLflow's issues: what was found to be wrong in an experiment, with a state and a severity."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ..entities import Issue
from ..errors import AlreadyExists, InvalidValue, NotFound
from . import candidates, experiments
from .rows import update_columns
from .search import offset_of, page
from .search_grammar import Field, parse
from .search_sql import Target, Vocabulary, compile_filter
from .store import now_ms

STATUSES = ("pending", "rejected", "resolved")
#: From the least to the most severe.
SEVERITIES = ("not_an_issue", "low", "medium", "high")
_SELECT = """
SELECT i.id, i.experiment_id, i.name, i.description, i.status, i.severity, i.source_run_id, i.created_by,
  i.updated_by, i.created_ms, i.updated_ms, i.seen_ms, i.root_causes, i.categories, i.metadata
FROM issues i
"""
_build: Callable[..., Issue] = Issue


def _rank(column: str, values: Sequence[str]) -> str:
    cases = " ".join(f"WHEN '{value}' THEN {rank}" for rank, value in enumerate(values))
    return f"(CASE {column} {cases} ELSE -1 END)"


_ORDERS = {
    "name": "lower(i.name)",
    "status": _rank("i.status", STATUSES),
    "severity": _rank("i.severity", SEVERITIES),
    "created_timestamp": "i.created_ms",
    "last_updated_timestamp": "i.updated_ms",
    "last_seen_timestamp": "i.seen_ms",
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: all of it must hold, any of a list. ``name`` is a part of the name, in any case."""

    experiment_id: int | None = None
    filter: str = ""
    name: str | None = None
    statuses: Sequence[str] = ()
    severities: Sequence[str] = ()
    categories: Sequence[str] = ()


def create(
    conn: sqlite3.Connection,
    experiment_id: int,
    *,
    name: str,
    description: str,
    id: str | None = None,
    status: str = "pending",
    severity: str | None = None,
    source_run_id: str | None = None,
    root_causes: Sequence[str] = (),
    categories: Sequence[str] = (),
    metadata: Mapping[str, str] | None = None,
    created_by: str | None = None,
    seen_ms: int | None = None,
) -> Issue:
    """Create an issue.

    Raises:
        NotFound: the experiment or the run does not exist.
        AlreadyExists: there is one with this id.
        InvalidValue: the experiment is deleted, or the run is in another one.
    """
    experiments.require_active(conn, experiment_id)
    if source_run_id and candidates.head(conn, source_run_id).experiment_id != experiment_id:
        raise InvalidValue(f"Run '{source_run_id}' is not in experiment {experiment_id}.")
    id, now = id or f"iss-{uuid4().hex}", now_ms()
    if conn.execute("SELECT 1 FROM issues WHERE id = ?", (id,)).fetchone():
        raise AlreadyExists(f"An issue with ID '{id}' already exists.")
    conn.execute(
        "INSERT INTO issues (id, experiment_id, name, description, status, severity, source_run_id,"
        " root_causes, categories, metadata, created_by, updated_by, created_ms, updated_ms, seen_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id, experiment_id, name, description, status, severity, source_run_id,
            json.dumps(list(root_causes)), json.dumps(list(categories)), json.dumps(dict(metadata or {})),
            created_by, created_by, now, now, now if seen_ms is None else seen_ms,
        ),
    )  # fmt: skip
    return get(conn, id)


def get(conn: sqlite3.Connection, id: str) -> Issue:
    """One issue.

    Raises:
        NotFound: there is none.
    """
    row = conn.execute(f"{_SELECT} WHERE i.id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"Issue with ID '{id}' not found")
    return _issue(row)


def update(
    conn: sqlite3.Connection,
    id: str,
    *,
    columns: Mapping[str, Any],
    categories: Sequence[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    seen_ms: int | None = None,
) -> Issue:
    """Change an issue: ``columns`` (name, description, status, severity, updated_by) and categories are replaced,
    ``metadata`` is added, the keys ``without`` are taken out of it; ``seen_ms`` never goes back.

    Raises:
        NotFound: there is no such issue.
    """
    present = get(conn, id)
    merged = present.metadata | dict(metadata or {})
    written = dict(columns) | {
        "updated_ms": now_ms(),
        "seen_ms": max(present.seen_ms, seen_ms or 0),
        "metadata": {key: value for key, value in merged.items() if key not in without},
    }
    if categories is not None:
        written["categories"] = json.dumps(list(dict.fromkeys(categories)))
    update_columns(conn, "issues", _CHANGED, id, written)
    return get(conn, id)


def search(
    conn: sqlite3.Connection,
    query: Query,
    *,
    order_by: Sequence[str] = (),
    max_results: int,
    page_token: str | None = None,
) -> tuple[list[Issue], str | None, int]:
    """One page of issues, the token of the next and how many there are in all. Default order: the most severe
    first, then the newest.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    condition, bound = _condition(query)
    orders = [_order(clause) for clause in order_by] or [f"{_ORDERS['severity']} DESC"]
    offset = offset_of(page_token)
    rows = conn.execute(
        f"{_SELECT} WHERE {condition} ORDER BY {', '.join([*orders, 'i.seq DESC'])} LIMIT ? OFFSET ?",
        [*bound, max_results + 1, offset],
    ).fetchall()
    total = conn.execute(f"SELECT COUNT(*) FROM issues i WHERE {condition}", bound).fetchone()[0]
    found, token = page(rows, max_results, offset)
    return [_issue(row) for row in found], token, total


_CHANGED = frozenset(
    "name description status severity updated_by updated_ms seen_ms metadata categories".split()
)


def _condition(query: Query) -> tuple[str, list[Any]]:
    condition, bound = compile_filter(parse(query.filter), _VOCABULARY)
    tests = [condition]
    if query.experiment_id is not None:
        tests.append("i.experiment_id = ?")
        bound = [*bound, query.experiment_id]
    if query.name:
        tests.append("instr(lower(i.name), lower(?)) > 0")
        bound = [*bound, query.name]
    for column, values in (("status", query.statuses), ("severity", query.severities)):
        if values:
            tests.append(f"i.{column} IN (SELECT value FROM json_each(?))")
            bound = [*bound, json.dumps(list(values))]
    if query.categories:
        tests.append(
            "EXISTS (SELECT 1 FROM json_each(i.categories) c JOIN json_each(?) w"
            " ON lower(trim(c.value)) = lower(trim(w.value)))"
        )
        bound = [*bound, json.dumps(list(query.categories))]
    return " AND ".join(tests), bound


def _order(clause: str) -> str:
    name, _, direction = clause.strip().partition(" ")
    direction = direction.strip().upper() or "ASC"
    if name not in _ORDERS or direction not in ("ASC", "DESC"):
        raise InvalidValue(
            f"Invalid issue order_by: '{clause}'. Write one of {sorted(_ORDERS)}, then ASC or DESC."
        )
    return f"{_ORDERS[name]} {direction}"


def _issue(row: sqlite3.Row) -> Issue:
    causes, categories, metadata = (json.loads(text) for text in row[12:])
    return _build(*row[:12], tuple(causes), tuple(categories), metadata)


def _resolve(field: Field) -> Target:
    if field.kind == "attribute" and field.key in ("status", "source_run_id"):
        return Target("{test}", f"i.{field.key}")
    raise InvalidValue(
        f"Invalid filter field '{field.key}'. Supported fields: status, source_run_id"
    )


_VOCABULARY = Vocabulary(_resolve, "i.name")
