"""Values as the database keeps them: columns set by name, errors as JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from ..entities import Failure, Status


def update_columns(
    conn: sqlite3.Connection,
    table: str,
    known: frozenset[str],
    id: str,
    columns: Mapping[str, Any],
) -> None:
    """Set columns of one row; ``dict`` and ``Failure`` are kept as JSON.

    Raises:
        TypeError: a column that is not among ``known``.
    """
    unknown = set(columns) - known
    if unknown:
        raise TypeError(f"{table} has no column {', '.join(sorted(unknown))}")
    if columns:
        names = ", ".join(f"{name} = ?" for name in columns)
        values = [_encoded(value) for value in columns.values()]
        conn.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*values, id))


def _encoded(value: Any) -> Any:
    if isinstance(value, Failure):
        return failure_json(value)
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, Status):
        return value.value
    return value


def failure_json(failure: Failure | None) -> str | None:
    """An error as the database keeps it."""
    if failure is None:
        return None
    return json.dumps(
        {"name": failure.name, "message": failure.message, "traceback": failure.traceback}
    )


def failure(text: str | None) -> Failure | None:
    """An error from how the database keeps it."""
    return Failure(**json.loads(text)) if text else None
