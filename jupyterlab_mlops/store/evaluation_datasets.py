"""MLflow's evaluation datasets, their tags and experiments. Their records are in :mod:`.evaluation_records`."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from ..entities import EvaluationDataset
from ..errors import InvalidValue, NotFound
from .search import offset_of, page
from .search_grammar import Field, parse, split_order
from .search_sql import Target, Vocabulary, compile_filter
from .store import now_ms

#: The tag in which MLflow's clients say who they are.
USER_TAG = "mlflow.user"
_SELECT = """
SELECT d.id, d.name, d.digest, d.created_ms, d.updated_ms, d.created_by, d.updated_by, d.schema,
  (SELECT COUNT(*) FROM evaluation_records r WHERE r.dataset_id = d.id)
FROM evaluation_datasets d WHERE d.id IN (SELECT value FROM json_each(?))
"""
_build: Callable[..., EvaluationDataset] = EvaluationDataset


def create(
    conn: sqlite3.Connection,
    name: str,
    *,
    tags: Mapping[str, Any] | None = None,
    experiment_ids: Sequence[int] = (),
) -> EvaluationDataset:
    """Create an empty dataset; several may have one name.

    Raises:
        NotFound: an experiment does not exist.
    """
    id, now, user = f"d-{uuid4().hex}", now_ms(), (tags or {}).get(USER_TAG)
    conn.execute(
        "INSERT INTO evaluation_datasets (id, name, digest, created_by, updated_by, created_ms, updated_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id, name, digest(name, now), user, user, now, now),
    )
    set_tags(conn, id, tags or {})
    _connect(conn, id, experiment_ids)
    return get(conn, id)


def get(conn: sqlite3.Connection, id: str) -> EvaluationDataset:
    """One dataset, without its records.

    Raises:
        NotFound: there is none.
    """
    found = by_ids(conn, [id])
    if not found:
        raise NotFound(f"Evaluation dataset with id '{id}' not found")
    return found[0]


def by_ids(conn: sqlite3.Connection, ids: Sequence[str]) -> list[EvaluationDataset]:
    """The datasets with these ids, in this order; unknown ids are left out."""
    wanted = json.dumps(list(ids))
    tags: dict[str, dict[str, str]] = {id: {} for id in ids}
    for id, name, value in conn.execute(
        "SELECT dataset_id, name, value FROM evaluation_dataset_tags"
        " WHERE dataset_id IN (SELECT value FROM json_each(?))",
        (wanted,),
    ):
        tags[id][name] = value
    experiments: dict[str, list[int]] = {id: [] for id in ids}
    for id, experiment_id in conn.execute(
        "SELECT dataset_id, experiment_id FROM evaluation_dataset_experiments"
        " WHERE dataset_id IN (SELECT value FROM json_each(?)) ORDER BY experiment_id",
        (wanted,),
    ):
        experiments[id].append(experiment_id)
    found = {
        row[0]: _build(
            *row[:7],
            schema=row[7] and json.loads(row[7]),
            record_count=row[8],
            tags=tags[row[0]],
            experiment_ids=tuple(experiments[row[0]]),
        )
        for row in conn.execute(_SELECT, (wanted,))
    }
    return [found[id] for id in ids if id in found]


def delete(conn: sqlite3.Connection, id: str) -> None:
    """Delete a dataset with its records; as with MLflow, once more does nothing."""
    conn.execute("DELETE FROM evaluation_datasets WHERE id = ?", (id,))


def set_tags(conn: sqlite3.Connection, id: str, tags: Mapping[str, Any]) -> None:
    """Set tags, as text; a tag whose value is None stays as it was.

    Raises:
        NotFound: there is no such dataset.
    """
    get(conn, id)
    conn.executemany(
        "INSERT INTO evaluation_dataset_tags VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET value = excluded.value",
        [(id, name, str(value)) for name, value in tags.items() if value is not None],
    )


def delete_tag(conn: sqlite3.Connection, id: str, name: str) -> None:
    """Remove one tag, if the dataset is there and has it."""
    conn.execute(
        "DELETE FROM evaluation_dataset_tags WHERE dataset_id = ? AND name = ?", (id, name)
    )


def add_to_experiments(
    conn: sqlite3.Connection, id: str, experiment_ids: Sequence[int]
) -> EvaluationDataset:
    """Tie a dataset to more experiments; those it is tied to already stay.

    Raises:
        NotFound: the dataset or an experiment does not exist.
    """
    get(conn, id)
    _connect(conn, id, experiment_ids)
    conn.execute("UPDATE evaluation_datasets SET updated_ms = ? WHERE id = ?", (now_ms(), id))
    return get(conn, id)


def remove_from_experiments(
    conn: sqlite3.Connection, id: str, experiment_ids: Sequence[int]
) -> EvaluationDataset:
    """Untie a dataset from experiments; those it is not tied to are passed over.

    Raises:
        NotFound: there is no such dataset.
    """
    get(conn, id)
    gone = conn.execute(
        "DELETE FROM evaluation_dataset_experiments WHERE dataset_id = ?"
        " AND experiment_id IN (SELECT value FROM json_each(?))",
        (id, json.dumps(list(experiment_ids))),
    )
    if gone.rowcount:
        conn.execute("UPDATE evaluation_datasets SET updated_ms = ? WHERE id = ?", (now_ms(), id))
    return get(conn, id)


def search(
    conn: sqlite3.Connection,
    *,
    experiment_ids: Sequence[int] = (),
    filter: str = "",  # noqa: A002 - the word of the grammar
    order_by: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str | None = None,
) -> tuple[list[EvaluationDataset], str | None]:
    """One page of datasets and the token of the next. Default order: the newest first. No experiment: all of them.

    Raises:
        InvalidValue: the filter, an order or the token cannot be read.
    """
    condition, bound = compile_filter(parse(filter), _VOCABULARY)
    if experiment_ids:
        condition += (
            " AND d.id IN (SELECT dataset_id FROM evaluation_dataset_experiments"
            " WHERE experiment_id IN (SELECT value FROM json_each(?)))"
        )
        bound = [*bound, json.dumps(list(experiment_ids))]
    orders = []
    for clause in order_by:
        field, ascending = split_order(clause)
        if field.kind != "attribute" or field.key not in _ORDERS:
            raise InvalidValue(
                f"Invalid order by key '{field.key}' specified. Valid keys are {sorted(_ORDERS)}"
            )
        orders.append(f"{_ORDERS[field.key]} {'ASC' if ascending else 'DESC'}")
    offset = offset_of(page_token)
    rows = conn.execute(
        f"SELECT d.id FROM evaluation_datasets d WHERE {condition}"
        f" ORDER BY {', '.join([*orders, 'd.seq DESC'])} LIMIT ? OFFSET ?",
        [*bound, max_results + 1, offset],
    ).fetchall()
    ids, token = page([row[0] for row in rows], max_results, offset)
    return by_ids(conn, ids), token


def digest(name: str, updated_ms: int) -> str:
    """Eight hex digits that change with the name and whenever the records change, as MLflow's do."""
    return hashlib.sha256(f"{name}:{updated_ms}".encode()).hexdigest()[:8]


def _connect(conn: sqlite3.Connection, id: str, experiment_ids: Sequence[int]) -> None:
    for experiment_id in experiment_ids:
        if not conn.execute("SELECT 1 FROM experiments WHERE id = ?", (experiment_id,)).fetchone():
            raise NotFound(f"No Experiment with id={experiment_id} exists")
        conn.execute(
            "INSERT INTO evaluation_dataset_experiments VALUES (?, ?) ON CONFLICT DO NOTHING",
            (id, experiment_id),
        )


_ATTRIBUTES = {
    "name": Target("{test}", "d.name"),
    "created_by": Target("{test}", "d.created_by"),
    "last_updated_by": Target("{test}", "d.updated_by"),
    "created_time": Target("{test}", "d.created_ms", numeric=True),
    "last_update_time": Target("{test}", "d.updated_ms", numeric=True),
}
_ORDERS = {"name": "d.name", "created_time": "d.created_ms", "last_update_time": "d.updated_ms"}


def _resolve(field: Field) -> Target:
    if field.kind == "tag":
        return Target(
            "d.id IN (SELECT dataset_id FROM evaluation_dataset_tags WHERE name = ? AND {test})",
            "value",
            (field.key,),
        )
    if field.kind == "attribute" and field.key in _ATTRIBUTES:
        return _ATTRIBUTES[field.key]
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are {sorted(_ATTRIBUTES)},"
        " and tags.<key>"
    )


_VOCABULARY = Vocabulary(_resolve, "d.name")
