"""Searching traces with the same grammar as candidates, and MLflow's names for what a trace has."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from ..errors import InvalidValue
from . import traces
from .search import offset_of, page
from .search_grammar import KINDS, Field, parse, split_order
from .search_sql import Target, Vocabulary, compile_filter
from .traces import Trace

_KINDS = KINDS | {"trace": "attribute", "metadata": "metadata", "request_metadata": "metadata"}
_FACT = "t.id IN (SELECT trace_id FROM trace_facts WHERE kind = '{kind}' AND name = ? AND {{test}})"
_START, _DURATION = "t.start_ms", "t.duration_ms"
_NUMERIC = {
    "timestamp": _START, "timestamp_ms": _START, "request_time": _START,
    "execution_time": _DURATION, "execution_time_ms": _DURATION, "execution_duration": _DURATION,
    "end_time": "t.start_ms + t.duration_ms", "end_time_ms": "t.start_ms + t.duration_ms",
}  # fmt: skip
_TEXTS = {
    "request_id": "t.id", "trace_id": "t.id", "status": "t.state", "state": "t.state",
    "experiment_id": "CAST(t.experiment_id AS TEXT)",
    "client_request_id": "json_extract(t.details, '$.client_request_id')",
    "name": "(SELECT value FROM trace_facts WHERE trace_id = t.id AND kind = 'tag'"
    " AND name = 'mlflow.traceName')",
}  # fmt: skip
_OF_RUN = (
    "t.id IN (SELECT trace_id FROM (SELECT trace_id, value FROM trace_facts"
    " WHERE kind = 'metadata' AND name = 'mlflow.sourceRun'"
    " UNION ALL SELECT trace_id, candidate_id FROM trace_candidates) WHERE {test})"
)


def search_traces(
    conn: sqlite3.Connection,
    *,
    experiment_ids: Sequence[int],
    filter: str = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> tuple[list[Trace], str | None]:
    """One page of traces and the token of the next. Default order: the newest first.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    condition, bound = compile_filter(parse(filter, _KINDS), _VOCABULARY)
    orders = [_order(clause) for clause in order_by] or ["t.start_ms DESC"]
    offset = offset_of(page_token)
    rows = conn.execute(
        f"SELECT t.id FROM traces t WHERE t.experiment_id IN (SELECT value FROM json_each(?))"
        f" AND {condition} ORDER BY {', '.join(orders)}, t.rowid DESC LIMIT ? OFFSET ?",
        [json.dumps(list(experiment_ids)), *bound, max_results + 1, offset],
    ).fetchall()
    ids, token = page([row[0] for row in rows], max_results, offset)
    return traces.by_ids(conn, ids), token


def _order(clause: str) -> str:
    field, ascending = split_order(clause, _KINDS)
    target = _resolve(field)
    if target.bound or target.template != "{test}":
        raise InvalidValue(f"Cannot order traces by {field.kind} '{field.key}'.")
    return f"{target.value} {'ASC' if ascending else 'DESC'}"


def _resolve(field: Field) -> Target:
    if field.kind in ("tag", "metadata"):
        return Target(_FACT.format(kind=field.kind), "value", (field.key,))
    if field.kind == "attribute" and field.key in _NUMERIC:
        return Target("{test}", _NUMERIC[field.key], numeric=True)
    if field.kind == "attribute" and field.key in _TEXTS:
        return Target("{test}", _TEXTS[field.key])
    if field.kind == "attribute" and field.key == "run_id":
        return Target(_OF_RUN, "value")
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are"
        f" {sorted([*_NUMERIC, *_TEXTS, 'run_id'])}; also tags.… and metadata.…"
    )


_VOCABULARY = Vocabulary(_resolve, _TEXTS["name"])
