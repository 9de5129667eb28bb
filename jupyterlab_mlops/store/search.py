"""Searching candidates: filter, order and page in SQL over ids, then fill only the page."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ..entities import Candidate
from ..errors import InvalidValue
from . import candidate_rows, search_plan
from .search_fields import MANY
from .search_grammar import Field, Node, parse, split_order
from .search_sql import compile_filter


def search_candidates(
    conn: sqlite3.Connection,
    *,
    experiment_ids: Iterable[int] | None,
    filter: str | Node = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str | None = None,
    view: str = "active",
) -> tuple[list[Candidate], str | None]:
    """One page of candidates (without their artifacts) and the token of the next page.

    ``experiment_ids`` None searches all experiments. Default order: newest start first. Missing values
    come last in either direction. ``view``: ``active``, ``deleted`` or ``all``.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read; ``details["position"]`` says
            where in the filter.
    """
    ids, token = search_ids(
        conn,
        experiment_ids=experiment_ids,
        filter=filter,
        order_by=order_by,
        max_results=max_results,
        page_token=page_token,
        view=view,
    )
    return candidate_rows.full(conn, ids, artifacts=False), token


def search_ids(
    conn: sqlite3.Connection,
    *,
    experiment_ids: Iterable[int] | None,
    filter: str | Node = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str | None = None,
    view: str = "active",
    metric_value: str = "last",
) -> tuple[list[str], str | None]:
    """As :func:`search_candidates`, only the ids. ``metric_value`` (``last``, ``min`` or ``max``) says which value
    of a metric ``order_by`` means."""
    tree, scope = understood(_tree(filter)), search_plan.Scope(experiment_ids, view)
    joins, joined, orders = _order(order_by, metric_value)
    offset, wanted = offset_of(page_token), max_results + 1

    def found(where: search_plan.Where) -> list[str]:
        rows = conn.execute(
            f"SELECT c.id FROM candidates c {joins} WHERE {where.sql} ORDER BY {orders} LIMIT ? OFFSET ?",
            [*joined, *where.bound, wanted, offset],
        )
        return [row[0] for row in rows]

    newest = None if order_by else offset + wanted
    ids: list[str] = []
    for where in search_plan.ways(conn, tree, scope, newest=newest):
        ids = found(where)
        if len(ids) == wanted:
            break
    return page(ids, max_results, offset)


def understood(filter: Node) -> Node:  # noqa: A002 - the word of the grammar
    """``filter``, once it is sure that every field in it can be searched.

    Raises:
        InvalidValue: as :func:`search_candidates`.
    """
    compile_filter(filter, MANY)
    return filter


def count_candidates(
    conn: sqlite3.Connection,
    *,
    experiment_ids: Iterable[int] | None,
    filter: str | Node = "",  # noqa: A002 - the word of the grammar
    view: str = "active",
) -> int:
    """How many candidates match.

    Raises:
        InvalidValue: as :func:`search_candidates`.
    """
    tree = understood(_tree(filter))
    (where,) = search_plan.ways(conn, tree, search_plan.Scope(experiment_ids, view))
    row = conn.execute(f"SELECT COUNT(*) FROM candidates c WHERE {where.sql}", where.bound)
    return int(row.fetchone()[0])


def page(found: list[Any], max_results: int, offset: int) -> tuple[list[Any], str | None]:
    """The page of ``found`` (which holds one more if there is more) and the next page's token."""
    if len(found) <= max_results or not max_results:
        return found[:max_results], None
    return found[:max_results], token_of(offset + max_results)


def token_of(offset: int) -> str:
    """A page token, in the form MLflow's clients can read."""
    return base64.b64encode(json.dumps({"offset": offset}).encode()).decode()


def offset_of(token: str | None) -> int:
    """What :func:`token_of` was given; 0 for no token.

    Raises:
        InvalidValue: it is not such a token.
    """
    if not token:
        return 0
    try:
        offset = json.loads(base64.b64decode(token, validate=True))["offset"]
        if (
            not isinstance(offset, int) or not 0 <= offset < 2**62
        ):  # SQLite's integers end soon after
            raise ValueError
    except (ValueError, TypeError, KeyError):
        raise InvalidValue("Invalid page token: pass the one of the answer, or none.") from None
    return offset


def _tree(filter: str | Node) -> Node:  # noqa: A002 - the word of the grammar
    return parse(filter) if isinstance(filter, str) else filter


def _order(order_by: Sequence[str], metric_value: str) -> tuple[str, list[Any], str]:
    """Joins, their parameters, and the ORDER BY of the clauses; ties: newest start, then id."""
    joins: list[str] = []
    bound: list[Any] = []
    orders: list[str] = []
    seen: set[Field] = set()
    by_start = False
    for number, clause in enumerate(order_by):
        field, ascending = split_order(clause)
        if field in seen:
            raise InvalidValue(f"`order_by` contains duplicate fields: {list(order_by)}")
        seen.add(field)
        direction = "ASC" if ascending else "DESC"
        if field.kind == "metric":
            series = f"o{number}"
            joins.append(
                f"LEFT JOIN metrics {series} {'INDEXED BY metrics_by_name' if metric_value == 'last' else ''}"
                f" ON {series}.candidate_id = c.id AND {series}.name = ?"
            )
            bound.append(field.key)
            if metric_value != "last":
                value = f"{series}.{'min' if metric_value == 'min' else 'max'}"
                orders += [f"{value} IS NULL", f"{value} {direction}"]
                continue
            value = f"CASE {series}.kind WHEN 0 THEN {series}.value WHEN 2 THEN 9e999 WHEN -2 THEN -9e999 END"
            orders.append(f"CASE {series}.kind WHEN 1 THEN 1 ELSE ({series}.kind IS NULL) * 2 END")
            orders.append(f"{value} {direction}")
            continue
        target = MANY.resolve(field)
        if field.kind in ("param", "tag") and target.template != "{test}":
            table = "params" if field.kind == "param" else "tags"
            joins.append(
                f"LEFT JOIN {table} o{number} INDEXED BY {table}_by_name"
                f" ON o{number}.candidate_id = c.id AND o{number}.name = ?"
            )
            bound.append(field.key)
            value = f"o{number}.value"
        elif target.template == "{test}" and not target.bound:
            value = target.value
            by_start = by_start or value == "c.start_ms"
        else:
            raise InvalidValue(f"Cannot order by {field.kind} '{field.key}'.")
        orders += [f"({value}) IS NULL", f"{value} {direction}"]
    if not by_start:
        orders.append("c.start_ms DESC")
    return " ".join(joins), bound, ", ".join([*orders, "c.id"])
