"""Searching registered models, their versions and logged models with the same grammar as candidates."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from ..entities import LoggedModel, Model, ModelVersion
from ..errors import InvalidValue
from . import logged_models, models, versions
from .models import PROMPT_TAG
from .search import offset_of, page
from .search_grammar import Field, parse, split_order, to_field
from .search_sql import Target, Vocabulary, compile_filter


def search_models(
    conn: sqlite3.Connection,
    *,
    filter: str = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> tuple[list[Model], str | None]:
    """One page of registered models and the token of the next. Default order: by name.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    condition, bound = compile_filter(parse(filter), _MODELS)
    orders = _orders(
        order_by,
        {
            "name": "m.name",
            "timestamp": "m.updated_ms",
            "creation_timestamp": "m.created_ms",
            "last_updated_timestamp": "m.updated_ms",
        },
        "m.name",
    )
    offset = offset_of(page_token)
    rows = conn.execute(
        f"SELECT m.name FROM models m WHERE {condition}{_no_prompts(filter, _is_prompt('m.name'))}"
        f" ORDER BY {orders} LIMIT ? OFFSET ?",
        [*bound, max_results + 1, offset],
    ).fetchall()
    names, token = page([row[0] for row in rows], max_results, offset)
    return models.models_named(conn, names), token


def search_versions(
    conn: sqlite3.Connection,
    *,
    filter: str = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 10_000,
    page_token: str | None = None,
) -> tuple[list[ModelVersion], str | None]:
    """One page of model versions and the token of the next. Default order: last updated first.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    condition, bound = compile_filter(parse(filter), _VERSIONS)
    orders = _orders(
        order_by,
        {
            "name": "v.model",
            "version_number": "v.number",
            "creation_timestamp": "v.created_ms",
            "last_updated_timestamp": "v.updated_ms",
        },
        "v.model ASC, v.number DESC"
        if order_by
        else "v.updated_ms DESC, v.model ASC, v.number DESC",
    )
    offset = offset_of(page_token)
    rows = conn.execute(
        "SELECT v.id FROM model_versions v WHERE"
        f" {condition}{_no_prompts(filter, _is_version_prompt())}"
        f" ORDER BY {orders} LIMIT ? OFFSET ?",
        [*bound, max_results + 1, offset],
    ).fetchall()
    ids, token = page([row[0] for row in rows], max_results, offset)
    return versions.by_ids(conn, ids), token


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
    vocabulary = Vocabulary(lambda field: _logged_model_field(field, about, about_bound), "l.name")
    tree = parse(filter)
    condition, bound = compile_filter(tree, vocabulary)
    if datasets and "metric" not in filter:
        condition += (
            f" AND EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model_id = l.id{about})"
        )
        bound = [*bound, *about_bound]
    orders, ordered = _logged_model_orders(order_by)
    offset = offset_of(page_token)
    rows = conn.execute(
        "SELECT l.id FROM logged_models l WHERE l.lifecycle_stage = 'active'"
        f" AND l.experiment_id IN (SELECT value FROM json_each(?)) AND {condition}"
        f" ORDER BY {orders} LIMIT ? OFFSET ?",
        [json.dumps(list(experiment_ids)), *bound, *ordered, max_results + 1, offset],
    ).fetchall()
    ids, token = page([row[0] for row in rows], max_results, offset)
    return logged_models.by_ids(conn, ids), token


def _orders(clauses: Sequence[str], columns: Mapping[str, str], tie: str) -> str:
    orders = []
    for clause in clauses:
        field, ascending = split_order(clause)
        if field.kind != "attribute" or field.key not in columns:
            raise InvalidValue(
                f"Invalid order by key '{field.key}' specified. Valid keys are {sorted(columns)}"
            )
        orders.append(f"{columns[field.key]} {'ASC' if ascending else 'DESC'}")
    return ", ".join([*orders, tie])


def _is_prompt(name: str) -> str:
    return f"(SELECT value FROM model_tags WHERE model = {name} AND name = '{PROMPT_TAG}')"


def _is_version_prompt() -> str:
    return (
        f"(SELECT value FROM model_version_tags WHERE version_id = v.id AND name = '{PROMPT_TAG}')"
    )


def _no_prompts(filter: str, tag: str) -> str:  # noqa: A002 - the word of the grammar
    """Prompts are left out unless the filter speaks of them."""
    return "" if PROMPT_TAG in filter else f" AND COALESCE({tag}, 'false') <> 'true'"


def _model_field(field: Field) -> Target:
    if field.kind == "tag" and field.key == PROMPT_TAG:
        return Target("{test}", f"COALESCE({_is_prompt('m.name')}, 'false')")
    if field.kind == "tag":
        return Target(
            "m.name IN (SELECT model FROM model_tags WHERE name = ? AND {test})",
            "value",
            (field.key,),
        )
    if field == Field("attribute", "name"):
        return Target("{test}", "m.name")
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are ['name'], and tags.<key>"
    )


_VERSION_ATTRIBUTES = {
    "name": Target("{test}", "v.model"),
    "version_number": Target("{test}", "v.number", numeric=True),
    "run_id": Target("{test}", "COALESCE(v.candidate_id, '')"),
    "source_path": Target("{test}", "v.source"),
    "version": Target("{test}", "v.version"),
    "stage": Target("{test}", "v.stage"),
    "model_id": Target("{test}", "v.logged_model_id"),
}


def _version_field(field: Field) -> Target:
    if field.kind == "tag" and field.key == PROMPT_TAG:
        return Target("{test}", f"COALESCE({_is_version_prompt()}, 'false')")
    if field.kind == "tag":
        return Target(
            "v.id IN (SELECT version_id FROM model_version_tags WHERE name = ? AND {test})",
            "value",
            (field.key,),
        )
    if field.kind == "attribute" and field.key in _VERSION_ATTRIBUTES:
        return _VERSION_ATTRIBUTES[field.key]
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are {sorted(_VERSION_ATTRIBUTES)}"
    )


_LOGGED_TEXTS = {
    "name": "l.name",
    "model_id": "l.id",
    "model_type": "l.model_type",
    "status": "l.status",
    "source_run_id": "l.candidate_id",
}
_LOGGED_NUMBERS = {
    "creation_timestamp": "l.created_ms",
    "creation_time": "l.created_ms",
    "last_updated_timestamp": "l.updated_ms",
    "last_updated_time": "l.updated_ms",
}


def _logged_model_field(field: Field, about: str, about_bound: Sequence[str]) -> Target:
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
    if field.kind == "attribute" and field.key in _LOGGED_TEXTS:
        return Target("{test}", _LOGGED_TEXTS[field.key])
    if field.kind == "attribute" and field.key in _LOGGED_NUMBERS:
        return Target("{test}", _LOGGED_NUMBERS[field.key], numeric=True)
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are"
        f" {sorted(_LOGGED_TEXTS.keys() | _LOGGED_NUMBERS.keys())}"
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
        tests.append(
            "x.dataset_name = ?"
            + (" AND x.dataset_digest = ?" if dataset.get("dataset_digest") else "")
        )
        bound.append(dataset["dataset_name"])
        if dataset.get("dataset_digest"):
            bound.append(dataset["dataset_digest"])
    return f" AND ({' OR '.join(f'({test})' for test in tests)})", bound


def _logged_model_orders(order_by: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    orders: list[str] = []
    bound: list[str] = []
    for clause in order_by:
        name = clause.get("field_name")
        if not isinstance(name, str) or not name:
            raise InvalidValue("`field_name` in the `order_by` clause must be specified.")
        if clause.get("dataset_digest") and not clause.get("dataset_name"):
            raise InvalidValue(
                "`dataset_digest` can only be specified if `dataset_name` is also specified."
            )
        direction = "ASC" if clause.get("ascending", True) else "DESC"
        field = to_field(name.strip(), 0)
        if field.kind == "metric":
            about, about_bound = _about([clause] if clause.get("dataset_name") else [])
            value = _latest(about)
            orders += [f"{value} IS NULL", f"{value} {direction}"]
            bound += [field.key, *about_bound] * 2
        elif field.kind == "attribute" and field.key in _LOGGED_TEXTS | _LOGGED_NUMBERS:
            orders.append(f"{(_LOGGED_TEXTS | _LOGGED_NUMBERS)[field.key]} {direction}")
        else:
            raise InvalidValue(f"Invalid order by field name: {name}.")
    return ", ".join([*orders, "l.created_ms DESC", "l.id"]), bound


_MODELS = Vocabulary(_model_field, "m.name")
_VERSIONS = Vocabulary(_version_field, "v.model")
