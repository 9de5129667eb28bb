"""``logged-models/…``: what MLflow 3's ``log_model`` makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..entities import LoggedModelMetric, MetricPoint
from ..errors import InvalidValue
from ..store import experiments, logged_models, search_logged_models
from ..store.store import Connection
from .base import Answer, Call
from .fields import experiment_number, invalid, missing
from .wire import dumps, logged_model_json, model_status, paged

#: Logged models on one page: where a client does not say, and at most (of more, the rest is on further pages).
DEFAULT_PAGE, MAX_PAGE = 50, 10_000


def model_metrics(
    conn: Connection, run_id: str, entry: Mapping[str, Any], point: MetricPoint
) -> None:
    """Keep a metric that names a logged model (``model_id``) with that model as well."""
    model_id = entry.get("model_id")
    if isinstance(model_id, str) and model_id:
        measured = LoggedModelMetric(
            point.name,
            point.value,
            point.step,
            point.timestamp_ms,
            dataset_name=entry.get("dataset_name") or "",
            dataset_digest=entry.get("dataset_digest") or "",
        )
        logged_models.log_metrics(conn, model_id, run_id, [measured])


async def create(call: Call) -> Answer:
    """``POST logged-models``."""
    fields = call.fields
    experiment_id = fields.experiment_id()
    name, run_id = fields.text("name"), fields.text("source_run_id")
    if name and set(name) & set("/:.%\"'"):
        raise InvalidValue(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot"
            " contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
        )
    model_type = fields.text("model_type") or ""
    params, tags = fields.pairs("params"), fields.pairs("tags")

    def write(conn: Connection) -> bytes:
        model = logged_models.create(
            conn,
            experiment_id,
            name=name,
            candidate_id=run_id,
            model_type=model_type,
            params=params,
            tags=tags,
        )
        return _answer(conn, model.id)

    return await call.store.write(write)


async def get(call: Call) -> Answer:
    """``GET logged-models/{id}``."""
    id, deleted = call.path["id"], call.fields.boolean("allow_deleted")
    return await call.store.read(lambda conn: _answer(conn, id, deleted=deleted))


async def finish(call: Call) -> Answer:
    """``PATCH logged-models/{id}``: the files are all there, or could not be uploaded."""
    id = call.path["id"]
    if not call.fields.has("status"):
        missing("status")
    status = model_status(call.fields.raw("status"))

    def write(conn: Connection) -> bytes:
        logged_models.finish(conn, id, status)
        return _answer(conn, id, deleted=True)

    return await call.store.write(write)


async def delete(call: Call) -> Answer:
    """``DELETE logged-models/{id}``."""
    await call.store.write(logged_models.delete, call.path["id"])
    return None


async def add_params(call: Call) -> Answer:
    """``POST logged-models/{id}/params``."""
    await call.store.write(logged_models.add_params, call.path["id"], call.fields.pairs("params"))
    return None


async def set_tags(call: Call) -> Answer:
    """``PATCH logged-models/{id}/tags``."""
    id, tags = call.path["id"], call.fields.pairs("tags")

    def write(conn: Connection) -> bytes:
        logged_models.set_tags(conn, id, tags)
        return _answer(conn, id, deleted=True)

    return await call.store.write(write)


async def delete_tag(call: Call) -> Answer:
    """``DELETE logged-models/{id}/tags/{key}``."""
    await call.store.write(logged_models.delete_tag, call.path["id"], call.path["key"])
    return None


async def search(call: Call) -> Answer:
    """``POST logged-models/search``."""
    fields = call.fields
    sent = fields.raw("experiment_ids") or []
    if not isinstance(sent, list):
        invalid("experiment_ids", sent)
    wanted = [experiment_number(id, "experiment_ids") for id in sent]
    with_metrics = fields.boolean("include_metrics") or not fields.has("include_metrics")
    datasets = fields.items("datasets")
    for dataset in datasets:
        if not dataset.get("dataset_name"):
            raise InvalidValue("`dataset_name` in the `datasets` clause must be specified.")
    size = fields.integer("max_results") or DEFAULT_PAGE
    text, order = fields.text("filter") or "", fields.items("order_by")
    token = fields.text("page_token")

    def read(conn: Connection) -> bytes:
        found, following = search_logged_models.search_logged_models(
            conn,
            experiment_ids=wanted,
            filter=text,
            datasets=datasets,
            order_by=order,
            max_results=min(max(size, 0), MAX_PAGE),
            page_token=token,
        )
        roots = experiments.locations(conn)
        shown = found if with_metrics else [replace(item, metrics=()) for item in found]
        items = [logged_model_json(item, roots.get(item.experiment_id)) for item in shown]
        return paged("models", items, following if size > 0 else None)

    return await call.store.read(read)


def _answer(conn: Connection, id: str, *, deleted: bool = False) -> bytes:
    model = logged_models.get(conn, id, deleted=deleted)
    return dumps(
        {"model": logged_model_json(model, experiments.locations(conn).get(model.experiment_id))}
    )
