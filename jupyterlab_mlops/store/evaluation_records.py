"""The records of evaluation datasets: merged by their inputs, read in the order in which they came."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from ..entities import EvaluationRecord
from ..errors import InvalidValue
from . import evaluation_datasets
from .evaluation_datasets import USER_TAG
from .search import offset_of, token_of
from .store import now_ms

_OBJECTS = ("inputs", "expectations", "tags", "source")
_SOURCES = ("UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE")
_TYPES = (
    (bool, "boolean"), (int, "integer"), (float, "float"), (str, "string"), (list, "array"), (dict, "object"),
)  # fmt: skip


def upsert(
    conn: sqlite3.Connection, dataset_id: str, records: Sequence[Mapping[str, Any]]
) -> tuple[int, int]:
    """Add records and merge those whose inputs are here already; returns how many were added and merged.

    A merge replaces the outputs, if some are given, and adds to expectations and tags.

    Raises:
        NotFound: there is no such dataset.
        InvalidValue: a record is not made as MLflow's are; nothing is written then.
    """
    dataset = evaluation_datasets.get(conn, dataset_id)
    now, user, added = now_ms(), dataset.updated_by, 0
    for index, record in enumerate(records):
        _check(index, record)
        user = (record.get("tags") or {}).get(USER_TAG) or user
        added += _put(conn, dataset_id, record, now)
    schema = merged_schema(dataset.schema, records)
    conn.execute(
        "UPDATE evaluation_datasets SET updated_ms = ?, updated_by = ?, digest = ?, schema = ? WHERE id = ?",
        (
            now, user, evaluation_datasets.digest(dataset.name, now),
            None if schema is None else json.dumps(schema), dataset_id,
        ),
    )  # fmt: skip
    return added, len(records) - added


def load(
    conn: sqlite3.Connection, dataset_id: str, *, max_results: int, page_token: str | None = None
) -> tuple[list[EvaluationRecord], str | None]:
    """One page of a dataset's records, oldest first, and the token of the next. Records that come or go
    between two pages do not shift the second one.

    Raises:
        InvalidValue: the token cannot be read.
    """
    rows = conn.execute(
        "SELECT seq, id, dataset_id, inputs, outputs, expectations, tags, source, created_by, updated_by,"
        " created_ms, updated_ms FROM evaluation_records WHERE dataset_id = ? AND seq > ?"
        " ORDER BY seq LIMIT ?",
        (dataset_id, offset_of(page_token), max_results + 1),
    ).fetchall()
    token = token_of(rows[max_results - 1][0]) if len(rows) > max_results else None
    return [
        EvaluationRecord(*row[1:3], *map(_read, row[3:8]), *row[8:]) for row in rows[:max_results]
    ], token


def delete(conn: sqlite3.Connection, dataset_id: str, ids: Iterable[str]) -> int:
    """Delete records of a dataset and return how many were there."""
    gone = conn.execute(
        "DELETE FROM evaluation_records WHERE dataset_id = ? AND id IN (SELECT value FROM json_each(?))",
        (dataset_id, json.dumps(list(ids))),
    ).rowcount
    if gone:
        now, name = now_ms(), evaluation_datasets.get(conn, dataset_id).name
        conn.execute(
            "UPDATE evaluation_datasets SET updated_ms = ?, digest = ? WHERE id = ?",
            (now, evaluation_datasets.digest(name, now), dataset_id),
        )
    return gone


def merged_schema(
    schema: Mapping[str, Any] | None, records: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """MLflow's schema of a dataset after more records: the type of each field where it was seen first; outputs
    that are no object have one type together. None while there was no record."""
    if schema is None and not records:
        return None
    empty: dict[str, Any] = {"inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0"}
    found = empty | dict(schema or {})
    for record in records:
        for part in ("inputs", "outputs", "expectations"):
            values, known = record.get(part), found[part]
            if isinstance(values, dict) and isinstance(known, dict):
                fresh = {name: _type(value) for name, value in values.items() if name not in known}
                found[part] = known | fresh
            elif values is not None and not known:
                found[part] = _type(values)
    return found


def _put(conn: sqlite3.Connection, dataset_id: str, record: Mapping[str, Any], now: int) -> bool:
    """Write one record; whether it is new."""
    inputs = json.dumps(record.get("inputs", {}), sort_keys=True)
    key = hashlib.sha256(inputs.encode()).hexdigest()
    expectations, tags = record.get("expectations"), record.get("tags") or {}
    user = tags.get(USER_TAG)
    present = conn.execute(
        "SELECT id, outputs, expectations, tags FROM evaluation_records"
        " WHERE dataset_id = ? AND inputs_hash = ?",
        (dataset_id, key),
    ).fetchone()
    if present is None:
        conn.execute(
            "INSERT INTO evaluation_records (id, dataset_id, inputs_hash, inputs, outputs, expectations, tags,"
            " source, created_by, updated_by, created_ms, updated_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"dr-{uuid4().hex}", dataset_id, key, json.dumps(record.get("inputs", {})),
                _written(record.get("outputs", {})), _written(expectations), json.dumps(tags),
                _written(_source(record.get("source"))), user, user, now, now,
            ),
        )  # fmt: skip
        return True
    outputs = _written(record["outputs"]) if "outputs" in record else present["outputs"]
    if expectations:
        expectations = (_read(present["expectations"]) or {}) | expectations
    conn.execute(
        "UPDATE evaluation_records SET outputs = ?, expectations = COALESCE(?, expectations), tags = ?,"
        " updated_by = COALESCE(?, updated_by), updated_ms = ? WHERE id = ?",
        (
            outputs, json.dumps(expectations) if expectations else None,
            json.dumps(_read(present["tags"]) | tags), user, now, present["id"],
        ),
    )  # fmt: skip
    return False


def _check(index: int, record: Mapping[str, Any]) -> None:
    for name in _OBJECTS:
        value = record.get(name, {} if name == "inputs" else None)
        if not isinstance(value, dict) and (value is not None or name == "inputs"):
            raise InvalidValue(f"'{name}' of record {index} must be an object, not {value!r}.")


def _source(source: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Where a record comes from, in MLflow's words.

    Raises:
        InvalidValue: a type that is not known.
    """
    if not source:
        return None
    kind = str(source.get("source_type")).upper()
    if kind not in _SOURCES:
        raise InvalidValue(
            f"Invalid dataset record source type: {kind}. Valid source types: {list(_SOURCES)}"
        )
    return {"source_type": kind, "source_data": source.get("source_data") or {}}


def _type(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def _written(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)
