"""Searching MLflow 3's logged models with the same grammar as candidates."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from ..entities import LoggedModel
from ..errors import InvalidValue
from . import logged_models
from .search import offset_of, page
from .search_grammar import All, Comparison, Either, Field, Node, parse, to_field
from .search_sql import Target, Vocabulary, compile_filter

_TEXTS = {
    "name": "l.name",
    "model_id": "l.id",
    "model_type": "l.model_type",
    "status": "l.status",
    "source_run_id": "COALESCE(l.candidate_id, '')",
    "experiment_id": "CAST(l.experiment_id AS TEXT)",
    "lifecycle_stage": "l.lifecycle_stage",
}
_NUMBERS = {
    "creation_timestamp": "l.created_ms",
    "creation_time": "l.created_ms",
    "last_updated_timestamp": "l.updated_ms",
    "last_updated_time": "l.updated_ms",
}


def search_logged_models(
    conn: sqlite3.Connection,
    *,
    experiment_ids: Sequence[int],
    filter: str = "",  # noqa: A002 - the word of the grammar
    datasets: Sequence[Mapping[str, str]] = (),
    order_by: Sequence[Mapping[str, Any]] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> tuple[list[LoggedModel], str | None]:
    """One page of logged models and the token of the next. Default order: the newest first.

    ``datasets`` (``dataset_name``, ``dataset_digest``) narrow which metrics count. ``order_by``:
    ``field_name``, ``ascending``, and for a metric ``dataset_name``, ``dataset_digest``.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    about, about_bound = _about(datasets)
    vocabulary = Vocabulary(lambda field: _field(field, about, about_bound), "l.name")
    tree = parse(filter)
    condition, bound = compile_filter(tree, vocabulary)
    if datasets and not _asks_metric(tree):
        condition += (
            f" AND EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model_id = l.id{about})"
        )
        bound = [*bound, *about_bound]
    orders, ordered = _orders(order_by)
    offset = offset_of(page_token)
    rows = conn.execute(
        "SELECT l.id FROM logged_models l WHERE l.lifecycle_stage = 'active'"
        f" AND l.experiment_id IN (SELECT value FROM json_each(?)) AND {condition}"
        f" ORDER BY {orders} LIMIT ? OFFSET ?",
        [json.dumps(list(experiment_ids)), *bound, *ordered, max_results + 1, offset],
    ).fetchall()
    ids, token = page([row[0] for row in rows], max_results, offset)
    return logged_models.by_ids(conn, ids), token


def _asks_metric(node: Node) -> bool:
    if isinstance(node, All | Either):
        return any(_asks_metric(part) for part in node.parts)
    return isinstance(node, Comparison) and node.field.kind == "metric"


def _field(field: Field, about: str, about_bound: Sequence[str]) -> Target:
    if field.kind == "metric":
        return Target(
            f"EXISTS (SELECT 1 FROM {_latest(about)} x WHERE {{test}})",
            "x.value",
            (field.key, *about_bound),
            numeric=True,
        )
    if field.kind in ("param", "tag"):
        column = "l.params" if field.kind == "param" else "l.tags"
        return Target(
            f"EXISTS (SELECT 1 FROM json_each({column}) j WHERE j.key = ? AND {{test}})",
            "j.value",
            (field.key,),
            texts=field.kind == "param",
        )
    if field.kind == "attribute" and field.key in _TEXTS:
        return Target("{test}", _TEXTS[field.key])
    if field.kind == "attribute" and field.key in _NUMBERS:
        return Target("{test}", _NUMBERS[field.key], numeric=True)
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are"
        f" {sorted(_TEXTS.keys() | _NUMBERS.keys())}"
    )


def _latest(about: str) -> str:
    """The last value of a metric (bound: its name, then what ``about`` binds) that a logged model has."""
    return (
        "(SELECT x.value FROM logged_model_metrics x WHERE x.model_id = l.id AND x.name = ?"
        f"{about} ORDER BY x.step DESC, x.timestamp_ms DESC, x.value DESC LIMIT 1)"
    )


def _about(datasets: Sequence[Mapping[str, str]]) -> tuple[str, list[str]]:
    """A condition on metrics: measured on one of the datasets."""
    if not datasets:
        return "", []
    tests: list[str] = []
    bound: list[str] = []
    for dataset in datasets:
        said = [name for name in ("dataset_name", "dataset_digest") if dataset.get(name)]
        tests.append(" AND ".join(f"x.{name} = ?" for name in said))
        bound += [dataset[name] for name in said]
    return f" AND ({' OR '.join(f'({test})' for test in tests)})", bound


def _orders(order_by: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    orders: list[str] = []
    bound: list[str] = []
    for clause in order_by:
        name = clause.get("field_name")
        if not isinstance(name, str) or not name:
            raise InvalidValue("`field_name` in the `order_by` clause must be specified.")
        direction = "ASC" if clause.get("ascending", True) else "DESC"
        field = to_field(name.strip(), 0)
        if field.kind == "metric":
            measured = clause.get("dataset_name") or clause.get("dataset_digest")
            about, about_bound = _about([clause] if measured else [])
            value = _latest(about)
            orders += [f"{value} IS NULL", f"{value} {direction}"]
            bound += [field.key, *about_bound] * 2
        elif field.kind == "attribute" and field.key in _TEXTS | _NUMBERS:
            orders.append(f"{(_TEXTS | _NUMBERS)[field.key]} {direction}")
        else:
            raise InvalidValue(f"Invalid order by field name: {name}.")
    return ", ".join([*orders, "l.created_ms DESC", "l.id"]), bound
