"""MLflow 3's logged models: what ``log_model`` makes before anything is registered."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import uuid4

from ..entities import Input, LoggedModel, LoggedModelMetric
from ..errors import InvalidValue, NotFound
from . import candidates, experiments
from .candidate_rows import number
from .changes import changed
from .metrics import split
from .naming import default_name
from .store import now_ms

_SELECT = """
SELECT l.id, l.experiment_id, l.name, l.status, l.created_ms, l.updated_ms, l.candidate_id,
  l.model_type, l.status_message, l.lifecycle_stage, l.params, l.tags
FROM logged_models l
"""
_build: Callable[..., LoggedModel] = LoggedModel


def create(
    conn: sqlite3.Connection,
    experiment_id: int,
    *,
    name: str | None = None,
    candidate_id: str | None = None,
    model_type: str = "",
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> LoggedModel:
    """Begin a logged model in status ``PENDING``.

    Raises:
        NotFound, InvalidValue: the experiment does not exist, or is deleted.
    """
    experiments.require_active(conn, experiment_id)
    id, now = f"m-{uuid4().hex}", now_ms()
    conn.execute(
        "INSERT INTO logged_models (id, experiment_id, name, candidate_id, model_type, status, params, tags,"
        " created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?)",
        (
            id, experiment_id, name or default_name(id), candidate_id, model_type,
            json.dumps(dict(params or {})), json.dumps(dict(tags or {})), now, now,
        ),
    )  # fmt: skip
    if candidate_id:
        changed(conn, "candidate", candidate_id)
    return get(conn, id)


def get(conn: sqlite3.Connection, id: str, *, deleted: bool = False) -> LoggedModel:
    """One logged model with its metrics.

    Raises:
        NotFound: there is none, or it is deleted and ``deleted`` is false.
    """
    found = by_ids(conn, [id])
    if not found or (found[0].lifecycle_stage != "active" and not deleted):
        raise NotFound(f"Logged model with ID '{id}' not found.")
    return found[0]


def by_ids(conn: sqlite3.Connection, ids: Sequence[str]) -> list[LoggedModel]:
    """The logged models with these ids, in this order; unknown ids are left out."""
    found: dict[str, LoggedModel] = {}
    wanted = json.dumps(list(ids))
    for row in conn.execute(f"{_SELECT} WHERE l.id IN (SELECT value FROM json_each(?))", (wanted,)):
        found[row[0]] = _build(*row[:10], params=json.loads(row[10]), tags=json.loads(row[11]))
    metrics: dict[str, list[LoggedModelMetric]] = {}
    for id, candidate_id, name, value, kind, step, timestamp, dataset, digest in conn.execute(
        "SELECT model_id, candidate_id, name, value, kind, step, timestamp_ms, dataset_name, dataset_digest"
        " FROM logged_model_metrics WHERE model_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (wanted,),
    ):
        metrics.setdefault(id, []).append(
            LoggedModelMetric(
                name, number(value, kind), step, timestamp, candidate_id, dataset, digest
            )
        )
    for id, values in metrics.items():
        object.__setattr__(found[id], "metrics", tuple(values))
    return [found[id] for id in ids if id in found]


def of_candidate(conn: sqlite3.Connection, candidate_id: str) -> list[LoggedModel]:
    """The active logged models that a candidate made, oldest first."""
    rows = conn.execute(
        "SELECT id FROM logged_models WHERE candidate_id = ? AND lifecycle_stage = 'active'"
        " ORDER BY created_ms, id",
        (candidate_id,),
    )
    return by_ids(conn, [row[0] for row in rows])


def finish(conn: sqlite3.Connection, id: str, status: str) -> LoggedModel:
    """Set the status to ``READY`` or ``UPLOAD_FAILED`` (or back to ``PENDING``).

    Raises:
        NotFound: there is no such model.
        InvalidValue: not a status.
    """
    present = get(conn, id, deleted=True)
    if status not in ("READY", "UPLOAD_FAILED", "PENDING"):
        raise InvalidValue(f"Invalid model status: {status!r}. Use READY or UPLOAD_FAILED.")
    conn.execute(
        "UPDATE logged_models SET status = ?, updated_ms = ? WHERE id = ?", (status, now_ms(), id)
    )
    _tell(conn, present)
    return get(conn, id, deleted=True)


def set_tags(conn: sqlite3.Connection, id: str, tags: Mapping[str, str]) -> None:
    """Set tags.

    Raises:
        NotFound: there is no such model.
    """
    present = get(conn, id)
    _store(conn, present, "tags", present.tags | dict(tags))


def delete_tag(conn: sqlite3.Connection, id: str, name: str) -> None:
    """Remove one tag.

    Raises:
        NotFound: there is no such model or tag.
    """
    present = get(conn, id)
    if name not in present.tags:
        raise NotFound(f"No tag with key {name!r} found for model with ID {id!r}.")
    _store(
        conn, present, "tags", {key: value for key, value in present.tags.items() if key != name}
    )


def add_params(conn: sqlite3.Connection, id: str, params: Mapping[str, str]) -> None:
    """Add params; the same once more is the same.

    Raises:
        NotFound: there is no such model.
        InvalidValue: one of them has another value already; nothing is added.
    """
    present = get(conn, id)
    for name, value in params.items():
        if present.params.get(name, value) != value:
            raise InvalidValue(
                f"Changing param values is not allowed. Param with key={name!r} was already logged with"
                f" value={present.params[name]!r} for model with ID {id!r}."
            )
    _store(conn, present, "params", present.params | dict(params))


def log_metrics(
    conn: sqlite3.Connection, id: str, candidate_id: str, metrics: Iterable[LoggedModelMetric]
) -> None:
    """Add what was measured about a model; unknown models are passed over, the same value is kept once."""
    if not conn.execute("SELECT 1 FROM logged_models WHERE id = ?", (id,)).fetchone():
        return
    for metric in metrics:
        row = (
            id, candidate_id, metric.name, *split(metric.value), metric.step, metric.timestamp_ms,
            metric.dataset_name, metric.dataset_digest,
        )  # fmt: skip
        conn.execute(
            "INSERT INTO logged_model_metrics (model_id, candidate_id, name, value, kind, step, timestamp_ms,"
            " dataset_name, dataset_digest) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS ("
            " SELECT 1 FROM logged_model_metrics WHERE model_id = ?1 AND name = ?3 AND candidate_id = ?2"
            " AND value IS ?4 AND kind = ?5 AND step = ?6 AND timestamp_ms = ?7)",
            row,
        )


def delete(conn: sqlite3.Connection, id: str) -> None:
    """Mark a logged model as deleted; once more does nothing.

    Raises:
        NotFound: there is no such model.
    """
    present = get(conn, id, deleted=True)
    conn.execute(
        "UPDATE logged_models SET lifecycle_stage = 'deleted', updated_ms = ? WHERE id = ?",
        (now_ms(), id),
    )
    _tell(conn, present)


def add_outputs(
    conn: sqlite3.Connection, candidate_id: str, outputs: Iterable[tuple[str, int]]
) -> None:
    """Say that a candidate made these models: (logged model id, step) each.

    Raises:
        NotFound: there is no such candidate.
    """
    candidates.head(conn, candidate_id)
    conn.executemany(
        "INSERT INTO candidate_outputs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET step = excluded.step",
        [(candidate_id, model_id, step) for model_id, step in outputs],
    )
    changed(conn, "candidate", candidate_id)


def outputs_of(
    conn: sqlite3.Connection, candidate_ids: Sequence[str]
) -> dict[str, list[tuple[str, int]]]:
    """The models that candidates made, (logged model id, step) each; candidates without any are left out."""
    found: dict[str, list[tuple[str, int]]] = {}
    for id, model_id, step in conn.execute(
        "SELECT candidate_id, model_id, step FROM candidate_outputs"
        " WHERE candidate_id IN (SELECT value FROM json_each(?)) ORDER BY model_id",
        (json.dumps(list(candidate_ids)),),
    ):
        found.setdefault(id, []).append((model_id, step))
    return found


def as_input(model_id: str) -> Input:
    """A logged model as what a candidate read."""
    return Input(f"model:{model_id}", "", None, "model", {"model_id": model_id})


def _store(
    conn: sqlite3.Connection, model: LoggedModel, column: str, values: Mapping[str, str]
) -> None:
    conn.execute(
        f"UPDATE logged_models SET {column} = ?, updated_ms = ? WHERE id = ?",
        (json.dumps(dict(values)), now_ms(), model.id),
    )
    _tell(conn, model)


def _tell(conn: sqlite3.Connection, model: LoggedModel) -> None:
    if model.candidate_id:
        changed(conn, "candidate", model.candidate_id)
