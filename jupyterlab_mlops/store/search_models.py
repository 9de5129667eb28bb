"""Searching registered models and their versions with the same grammar as candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from ..entities import Model, ModelVersion
from ..errors import InvalidValue
from . import models, versions
from .models import PROMPT_TAG
from .search import offset_of, page
from .search_grammar import Field, parse, split_order
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


_MODELS = Vocabulary(_model_field, "m.name")
_VERSIONS = Vocabulary(_version_field, "v.model")
