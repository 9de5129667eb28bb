"""``experiments/…``: create, find, change, delete and restore experiments."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse

from ..errors import InvalidValue, NotFound
from ..store import experiments, search_experiments
from ..store.store import Connection
from .base import Answer, Call
from .fields import experiment_number
from .wire import check_name, experiment_json, paged

#: How many experiments one search for datasets may name.
MAX_EXPERIMENTS = 20


async def create(call: Call) -> Answer:
    """``POST experiments/create``."""
    name = call.fields.required("name")
    location = call.fields.text("artifact_location")
    tags = call.fields.pairs("tags")
    id = await call.store.write(
        experiments.create,
        name,
        tags=tags,
        artifact_location=absolute_location(location) if location else None,
    )
    return {"experiment_id": str(id)}


async def get(call: Call) -> Answer:
    """``GET experiments/get``."""
    found = await call.store.read(experiments.get, call.experiment_id())
    return {"experiment": experiment_json(found)}


async def get_by_name(call: Call) -> Answer:
    """``GET experiments/get-by-name``."""
    name = call.fields.required("experiment_name")
    found = await call.store.read(experiments.by_name, name)
    if found is None:
        raise NotFound(f"Could not find experiment with name '{name}'")
    return {"experiment": experiment_json(found)}


async def search(call: Call) -> Answer:
    """``GET`` and ``POST experiments/search``."""
    query = call.fields.query(default=1000, most=50_000)
    view = call.fields.view("view_type")

    def read(conn: Connection) -> bytes:
        found, following = search_experiments.search_experiments(conn, **query, view=view)
        return paged("experiments", [experiment_json(item) for item in found], following)

    return await call.store.read(read)


async def update(call: Call) -> Answer:
    """``POST experiments/update``."""
    id, name = call.experiment_id(), call.fields.required("new_name")
    await call.store.write(experiments.rename, id, name)
    return None


async def delete(call: Call) -> Answer:
    """``POST experiments/delete``."""
    await call.store.write(experiments.delete, call.experiment_id())
    return None


async def restore(call: Call) -> Answer:
    """``POST experiments/restore``."""
    await call.store.write(experiments.restore, call.experiment_id())
    return None


async def search_datasets(call: Call) -> Answer:
    """``POST experiments/search-datasets``: the datasets that runs of up to 20 experiments have read."""
    sent = call.fields.raw("experiment_ids") or []
    if not sent:
        raise InvalidValue("SearchDatasets request must specify at least one experiment_id.")
    if len(sent) > MAX_EXPERIMENTS:
        raise InvalidValue(
            f"SearchDatasets request cannot specify more than {MAX_EXPERIMENTS} experiment_ids."
            f" Received {len(sent)} experiment_ids."
        )
    wanted = [experiment_number(id, "experiment_ids") for id in sent]
    found = await call.store.read(search_experiments.datasets_of, wanted)
    return {"dataset_summaries": found}


async def set_tag(call: Call) -> Answer:
    """``POST experiments/set-experiment-tag``."""
    id, key = call.experiment_id(), check_name(call.fields.required("key"), "key")
    await call.store.write(experiments.set_tag, id, key, call.fields.text("value") or "")
    return None


async def delete_tag(call: Call) -> Answer:
    """``POST experiments/delete-experiment-tag``."""
    id, key = call.experiment_id(), call.fields.required("key")
    await call.store.write(experiments.delete_tag, id, key)
    return None


def absolute_location(location: str) -> str:
    """A location as MLflow keeps it: a path without a scheme becomes absolute.

    Raises:
        InvalidValue: it has a fragment or params, or a query with ``..``.
    """
    parts = urlparse(location)
    if parts.fragment or parts.params:
        raise InvalidValue(
            f"'artifact_location' URL can't include fragments or params: {location!r}."
        )
    query = parts.query
    while (plain := unquote(query)) != query:
        query = plain
    if ".." in query:
        raise InvalidValue(f"Invalid query string in 'artifact_location': {location!r}.")
    return location if parts.scheme else str(Path(location).absolute())
