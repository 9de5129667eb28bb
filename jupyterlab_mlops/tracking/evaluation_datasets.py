"""``datasets/…``: what MLflow's clients evaluate with, records in it and experiments it belongs to."""

from __future__ import annotations

import json
from typing import Any

from ..errors import InvalidValue
from ..store import evaluation_datasets, evaluation_records
from ..store.store import Connection
from .base import Answer, Call
from .fields import Fields, experiment_number, invalid
from .wire import dumps
from .wire_evaluation import dataset_json, record_json


async def create(call: Call) -> Answer:
    """``POST datasets/create``."""
    fields = call.fields
    name, tags = fields.required("name"), _tags(fields) if fields.text("tags") else {}
    made = await call.store.write(
        evaluation_datasets.create, name, tags=tags, experiment_ids=_experiments(fields)
    )
    return {"dataset": dataset_json(made)}


async def get(call: Call) -> Answer:
    """``GET datasets/{id}``."""
    found = await call.store.read(evaluation_datasets.get, call.path["id"])
    return {"dataset": dataset_json(found)}


async def delete(call: Call) -> Answer:
    """``DELETE datasets/{id}``."""
    await call.store.write(evaluation_datasets.delete, call.path["id"])
    return None


async def search(call: Call) -> Answer:
    """``GET`` and ``POST datasets/search``."""
    fields = call.fields
    wanted, text = _experiments(fields), fields.text("filter_string") or ""
    order, token = fields.strings("order_by"), fields.text("page_token")
    size = fields.page_size("max_results", default=1000, most=50_000)

    def read(conn: Connection) -> bytes:
        found, following = evaluation_datasets.search(
            conn,
            experiment_ids=wanted,
            filter=text,
            order_by=order,
            max_results=size,
            page_token=token,
        )
        answer: dict[str, Any] = {"datasets": [dataset_json(dataset) for dataset in found]}
        if following:
            answer["next_page_token"] = following
        return dumps(answer)

    return await call.store.read(read)


async def set_tags(call: Call) -> Answer:
    """``PATCH datasets/{id}/tags``."""
    await call.store.write(evaluation_datasets.set_tags, call.path["id"], _tags(call.fields))
    return None


async def delete_tag(call: Call) -> Answer:
    """``DELETE datasets/{id}/tags/{key}``."""
    await call.store.write(evaluation_datasets.delete_tag, call.path["id"], call.path["key"])
    return None


async def records(call: Call) -> Answer:
    """``GET datasets/{id}/records``."""
    id, token = call.path["id"], call.fields.text("page_token")
    size = call.fields.page_size("max_results", default=1000, most=50_000)

    def read(conn: Connection) -> bytes:
        found, following = evaluation_records.load(conn, id, max_results=size, page_token=token)
        answer = {"records": json.dumps([record_json(record) for record in found])}
        if following:
            answer["next_page_token"] = following
        return dumps(answer)

    return await call.store.read(read)


async def upsert_records(call: Call) -> Answer:
    """``POST datasets/{id}/records``."""
    sent = _parsed(call.fields, "records")
    if not isinstance(sent, list) or not all(isinstance(record, dict) for record in sent):
        raise InvalidValue("'records' must be a list of objects, as JSON in a string.")
    added, merged = await call.store.write(evaluation_records.upsert, call.path["id"], sent)
    return {"inserted_count": added, "updated_count": merged}


async def delete_records(call: Call) -> Answer:
    """``DELETE datasets/{id}/records``."""
    ids = call.fields.strings("dataset_record_ids")
    return {
        "deleted_count": await call.store.write(evaluation_records.delete, call.path["id"], ids)
    }


async def experiment_ids(call: Call) -> Answer:
    """``GET datasets/{id}/experiment-ids``; none for a dataset that is not there, as with MLflow."""
    found = await call.store.read(evaluation_datasets.by_ids, [call.path["id"]])
    return {"experiment_ids": [str(id) for dataset in found for id in dataset.experiment_ids]}


async def add_experiments(call: Call) -> Answer:
    """``POST datasets/{id}/add-experiments``."""
    wanted = _experiments(call.fields)
    found = await call.store.write(evaluation_datasets.add_to_experiments, call.path["id"], wanted)
    return {"dataset": dataset_json(found)}


async def remove_experiments(call: Call) -> Answer:
    """``POST datasets/{id}/remove-experiments``."""
    wanted = _experiments(call.fields)
    found = await call.store.write(
        evaluation_datasets.remove_from_experiments, call.path["id"], wanted
    )
    return {"dataset": dataset_json(found)}


def _experiments(fields: Fields) -> list[int]:
    return [experiment_number(id, "experiment_ids") for id in fields.strings("experiment_ids")]


def _tags(fields: Fields) -> dict[str, Any]:
    found = _parsed(fields, "tags")
    return found if isinstance(found, dict) else invalid("tags", found)


def _parsed(fields: Fields, name: str) -> Any:
    """A required field that is JSON in a string."""
    try:
        return json.loads(fields.required(name))
    except (ValueError, RecursionError):
        raise InvalidValue(f"Parameter '{name}' must be JSON in a string.") from None
