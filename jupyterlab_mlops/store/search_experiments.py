"""Searching experiments with the same grammar as candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..entities import Experiment
from ..errors import InvalidValue
from . import experiments
from .search import offset_of, page
from .search_grammar import Field, parse, split_order
from .search_sql import Target, Vocabulary, compile_filter

_VIEWS = {
    "active": "e.lifecycle_stage = 'active'",
    "deleted": "e.lifecycle_stage = 'deleted'",
    "all": "1",
}
_ATTRIBUTES = {
    "name": Target("{test}", "e.name"),
    "experiment_id": Target("{test}", "CAST(e.id AS TEXT)"),
    "creation_time": Target("{test}", "e.created_ms", numeric=True),
    "last_update_time": Target("{test}", "e.updated_ms", numeric=True),
}
_ORDERS = {
    "name": "e.name",
    "experiment_id": "e.id",
    "creation_time": "e.created_ms",
    "last_update_time": "e.updated_ms",
}


def search_experiments(
    conn: sqlite3.Connection,
    *,
    filter: str = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str | None = None,
    view: str = "active",
) -> tuple[list[Experiment], str | None]:
    """One page of experiments and the token of the next. Default order: the newest first.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    condition, bound = compile_filter(parse(filter), _VOCABULARY)
    orders = []
    for clause in order_by:
        field, ascending = split_order(clause)
        if field.kind != "attribute" or field.key not in _ORDERS:
            raise InvalidValue(
                f"Invalid attribute key '{field.key}' specified. Valid keys are {sorted(_ORDERS)}"
            )
        orders.append(f"{_ORDERS[field.key]} {'ASC' if ascending else 'DESC'}")
    if not orders:
        orders = ["e.created_ms DESC"]
    if not any(order.startswith("e.id ") for order in orders):
        orders.append("e.id DESC" if order_by else "e.id ASC")
    offset = offset_of(page_token)
    rows = conn.execute(
        f"SELECT e.id FROM experiments e WHERE {_VIEWS[view]} AND {condition}"
        f" ORDER BY {', '.join(orders)} LIMIT ? OFFSET ?",
        [*bound, max_results + 1, offset],
    ).fetchall()
    ids, token = page([row[0] for row in rows], max_results, offset)
    return experiments.by_ids(conn, ids), token


def datasets_of(conn: sqlite3.Connection, ids: Sequence[int]) -> list[dict[str, str]]:
    """The datasets that candidates of these experiments have read, each once a context."""
    rows = conn.execute(
        "SELECT DISTINCT c.experiment_id, json_extract(i.details, '$.name'),"
        " json_extract(i.details, '$.digest'), json_extract(i.details, '$.context')"
        " FROM inputs i JOIN candidates c ON c.id = i.candidate_id"
        f" WHERE i.kind = 'dataset' AND c.experiment_id IN ({', '.join('?' * len(ids))}) LIMIT 1000",
        list(ids),
    )
    found = []
    for experiment_id, name, digest, context in rows:
        summary = {"experiment_id": str(experiment_id), "name": name, "digest": digest}
        found.append(summary if context is None else summary | {"context": context})
    return found


def _resolve(field: Field) -> Target:
    if field.kind == "attribute" and field.key in _ATTRIBUTES:
        return _ATTRIBUTES[field.key]
    if field.kind == "tag":
        return Target(
            "e.id IN (SELECT experiment_id FROM experiment_tags WHERE name = ? AND {test})",
            "value",
            (field.key,),
        )
    if field.kind != "attribute":
        raise InvalidValue(
            f"Invalid entity type '{field.kind}'. Valid entity types are ('attribute', 'tag')"
        )
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are {sorted(_ATTRIBUTES)}"
    )


_VOCABULARY = Vocabulary(_resolve, "e.name")
