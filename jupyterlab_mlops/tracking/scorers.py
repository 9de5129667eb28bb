"""``scorers/…``: scorers of experiments and their versions."""

from __future__ import annotations

import json
from typing import Any

from ..errors import InvalidValue, NotFound
from ..store import scorers
from .base import Answer, Call
from .fields import experiment_number
from .wire_evaluation import scorer_json


async def register(call: Call) -> Answer:
    """``POST scorers/register``: a new version."""
    fields = call.fields
    experiment_id, name = fields.experiment_id(), fields.required("name")
    body = fields.required("serialized_scorer")
    if not name.strip():
        raise InvalidValue("Parameter 'name' of a scorer must not be blank.")
    check_body(body)
    made = await call.store.write(scorers.register, experiment_id, name, body)
    return {
        "version": made.version,
        "scorer_id": made.scorer_id,
        "experiment_id": str(made.experiment_id),
        "name": made.name,
        "serialized_scorer": made.body,
        "creation_time": made.created_ms,
    }


async def newest(call: Call) -> Answer:
    """``GET scorers/list``: the newest version of each scorer of one, some or all experiments."""
    fields = call.fields
    wanted = None
    if fields.has("experiment_ids"):
        if fields.text("experiment_id"):
            raise InvalidValue(
                "Parameters 'experiment_id' and 'experiment_ids' exclude each other."
            )
        wanted = [
            experiment_number(id, "experiment_ids") for id in fields.strings("experiment_ids")
        ]
    elif fields.text("experiment_id"):
        found = await call.store.read(scorers.of_experiment, fields.experiment_id())
        return {"scorers": [scorer_json(scorer) for scorer in found]}
    found = await call.store.read(scorers.newest, wanted)
    return {"scorers": [scorer_json(scorer) for scorer in found]}


async def of_name(call: Call) -> Answer:
    """``GET scorers/versions``: all versions of one scorer."""
    experiment_id, name = call.fields.experiment_id(), call.fields.required("name")
    found = await call.store.read(scorers.versions, experiment_id, name)
    return {"scorers": [scorer_json(scorer) for scorer in found]}


async def get(call: Call) -> Answer:
    """``GET scorers/get``: one version, the newest if none is named."""
    fields = call.fields
    found = await call.store.read(
        scorers.get, fields.experiment_id(), fields.required("name"), fields.integer("version")
    )
    return {"scorer": scorer_json(found)}


async def delete(call: Call) -> Answer:
    """``DELETE scorers/delete``: one version, or all if none is named."""
    fields = call.fields
    await call.store.write(
        scorers.delete, fields.experiment_id(), fields.required("name"), fields.integer("version")
    )
    return None


async def no_schedules(_: Call) -> Answer:
    """``GET scorers/online-configs``: clients that list scorers ask which run by themselves; none does here."""
    return {"configs": []}


async def no_schedule(_: Call) -> Answer:
    """``PUT scorers/online-config``: a scorer is to run by itself.

    Raises:
        NotFound: always.
    """
    raise NotFound("Scorers are kept here and never run: this server cannot start one on traces.")


def check_body(body: str) -> None:
    """Check that a scorer can be kept: JSON, and without code, which clients would run where they load it.

    MLflow's own server refuses such scorers too, unless it is told otherwise.

    Raises:
        InvalidValue: it is not so.
    """
    try:
        parts: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        raise InvalidValue("Parameter 'serialized_scorer' must be JSON in a string.") from None
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if part.get("call_source") is not None:
                raise InvalidValue(
                    "Scorers that hold Python code (@scorer) are not kept here. Keep the code in a module, or"
                    " use a built-in scorer or make_judge()."
                )
            parts += part.values()
        elif isinstance(part, list):
            parts += part
