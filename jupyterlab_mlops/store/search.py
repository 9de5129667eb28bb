"""Searching candidates: filter, order and page in SQL over ids, then fill only the page."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ..entities import Candidate
from ..errors import InvalidValue
from . import candidate_rows
from .search_grammar import Field, Node, parse, split_order
from .search_sql import Target, Vocabulary, compile_filter

VIEWS = {
    "active": "c.lifecycle_stage = 'active'",
    "deleted": "c.lifecycle_stage = 'deleted'",
    "all": "1",
}
#: SQLite reads 9e999 as infinity; NaN stays NULL and matches no comparison.
_METRIC_VALUE = "(CASE kind WHEN 0 THEN value WHEN 2 THEN 9e999 WHEN -2 THEN -9e999 END)"
_TEXT_ATTRIBUTES = {
    "run_id": "c.id",
    "id": "c.id",
    "run_name": "c.name",
    "name": "c.name",
    "run name": "c.name",
    "Run name": "c.name",
    "Run Name": "c.name",
    "status": "c.status",
    "user_id": "c.user_id",
    "lifecycle_stage": "c.lifecycle_stage",
    "artifact_uri": "'mlflow-artifacts:/' || c.experiment_id || '/' || c.id || '/artifacts'",
    "experiment_id": "CAST(c.experiment_id AS TEXT)",
    "notebook": "c.notebook",
    "notebook_run": "c.notebook_run_id",
    "model_class": "c.model_class",
    "variable": "c.variable",
    "origin": "c.origin",
    "parent": "c.parent_id",
    "remote": "c.remote",
}
_NUMERIC_ATTRIBUTES = {
    "start_time": "c.start_ms",
    "created": "c.start_ms",
    "Created": "c.start_ms",
    "end_time": "c.end_ms",
    "duration": "COALESCE(c.busy_ms, c.end_ms - c.start_ms) / 1000.0",
    "score": "c.score",
    "fits": "c.fits",
    "starred": "c.starred",
    "verified": "c.verified",
    "seq": "c.seq",
}
#: Tags that are shown for columns, unless a client has set a tag of that name.
SHOWN_TAGS = {
    "mlflow.runName": "c.name",
    "mlflow.parentRunId": "c.parent_id",
    "mlflow.source.name": "c.notebook",
    "mlflow.source.type": "CASE WHEN c.notebook IS NOT NULL THEN 'NOTEBOOK' END",
    "mlflow.source.git.commit": "(SELECT json_extract(r.git, '$.commit') FROM notebook_runs r"
    " WHERE r.id = c.notebook_run_id)",
    "mlops.notebook": "c.notebook",
    "mlops.notebook_run": "c.notebook_run_id",
    "mlops.model_class": "c.model_class",
    "mlops.variable": "c.variable",
    "mlops.cell": "CAST(c.cell_index AS TEXT)",
}
_DATASET = {"name": "$.name", "digest": "$.digest", "context": "$.context"}


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
    condition, bound = compile_filter(_tree(filter), CANDIDATES)
    joins, joined, orders = _order(order_by, metric_value)
    scope, scoped = "", []
    if experiment_ids is not None:
        wanted = list(experiment_ids)
        scope = f" AND c.experiment_id IN ({', '.join('?' * len(wanted))})"
        scoped = wanted
        if len(wanted) > 500:
            scope = " AND c.experiment_id IN (SELECT value FROM json_each(?))"
            scoped = [json.dumps(wanted)]  # type: ignore[list-item]
    offset = offset_of(page_token)
    rows = conn.execute(
        f"SELECT c.id FROM candidates c {joins} WHERE {VIEWS[view]}{scope} AND {condition}"
        f" ORDER BY {orders} LIMIT ? OFFSET ?",
        [*joined, *scoped, *bound, max_results + 1, offset],
    ).fetchall()
    return page([row[0] for row in rows], max_results, offset)


def understood(filter: Node) -> Node:  # noqa: A002 - the word of the grammar
    """``filter``, once it is sure that every field in it can be searched.

    Raises:
        InvalidValue: as :func:`search_candidates`.
    """
    compile_filter(filter, CANDIDATES)
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
    condition, bound = compile_filter(_tree(filter), CANDIDATES)
    wanted = None if experiment_ids is None else json.dumps(list(experiment_ids))
    row = conn.execute(
        f"SELECT COUNT(*) FROM candidates c WHERE {VIEWS[view]} AND (? IS NULL"
        f" OR c.experiment_id IN (SELECT value FROM json_each(?))) AND {condition}",
        [wanted, wanted, *bound],
    ).fetchone()
    return int(row[0])


def page(found: list[Any], max_results: int, offset: int) -> tuple[list[Any], str | None]:
    """The page of ``found`` (which holds one more if there is more) and the next page's token."""
    if len(found) <= max_results:
        return found, None
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
        if not isinstance(offset, int) or offset < 0:
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
        target = _resolve(field)
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


def _resolve(field: Field) -> Target:
    if field.kind == "metric":
        return Target(
            "c.id IN (SELECT candidate_id FROM metrics WHERE name = ? AND {test})",
            _METRIC_VALUE,
            (field.key,),
            numeric=True,
            unequal="IS NOT",  # NaN, which is NULL here, differs from every number
        )
    if field.kind == "param":
        return Target(
            "c.id IN (SELECT candidate_id FROM params WHERE name = ? AND {test})",
            "value",
            (field.key,),
            texts=True,
        )
    if field.kind == "tag":
        shown = SHOWN_TAGS.get(field.key)
        if shown in ("c.name", "c.parent_id"):
            return Target("{test}", shown)
        if shown is not None:
            stored = f"(SELECT value FROM tags WHERE candidate_id = c.id AND name = '{field.key}')"
            return Target("{test}", f"COALESCE({stored}, {shown})")
        return Target(
            "c.id IN (SELECT candidate_id FROM tags WHERE name = ? AND {test})",
            "value",
            (field.key,),
            texts=True,
        )
    if field.kind == "dataset":
        if field.key not in _DATASET:
            raise InvalidValue(
                f"Invalid dataset key '{field.key}' specified. Valid keys are {sorted(_DATASET)}"
            )
        return Target(
            "EXISTS (SELECT 1 FROM inputs i WHERE i.candidate_id = c.id AND i.kind = 'dataset' AND {test})",
            f"json_extract(i.details, '{_DATASET[field.key]}')",
        )
    if field.key in _TEXT_ATTRIBUTES:
        return Target("{test}", _TEXT_ATTRIBUTES[field.key])
    if field.key in _NUMERIC_ATTRIBUTES:
        return Target("{test}", _NUMERIC_ATTRIBUTES[field.key], numeric=True)
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are"
        f" {sorted(_TEXT_ATTRIBUTES.keys() | _NUMERIC_ATTRIBUTES.keys())};"
        f" a metric is written metrics.{field.key}, a param params.{field.key}."
    )


CANDIDATES = Vocabulary(_resolve, "c.name")
