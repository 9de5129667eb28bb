"""``traces/…``: what clients trace is kept and read back; spans are uploaded as a file of the trace."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from ..errors import InvalidValue
from ..store import candidates, traces
from ..store.search_traces import search_traces
from ..store.store import Connection
from ..store.traces import Trace
from .base import Answer, Call, NotOffered
from .fields import experiment_number, invalid, missing
from .wire import dumps
from .wire_traces import read_v3, state_of, trace_v2, trace_v3

_PROMPTS = "mlflow.linkedPrompts"


async def start(call: Call) -> Answer:
    """``POST traces``: a trace of a client of 3.x, whole; one of 2.x, which ends later."""
    fields = call.fields
    if fields.has("trace"):
        sent = fields.raw("trace")
        info = sent.get("trace_info") if isinstance(sent, dict) else None
        trace = read_v3(info if isinstance(info, dict) else missing("trace.trace_info"))
        return await call.store.write(_put, trace)
    begun = Trace(
        id=uuid.uuid4().hex,
        experiment_id=fields.experiment_id(),
        start_ms=fields.integer("timestamp_ms") or 0,
        duration_ms=None,
        state="IN_PROGRESS",
        metadata=fields.pairs("request_metadata"),
        tags=fields.pairs("tags"),
    )

    def write(conn: Connection) -> bytes:
        traces.put(conn, begun)
        return dumps({"trace_info": trace_v2(traces.get(conn, begun.id))})

    return await call.store.write(write)


def _put(conn: Connection, trace: Trace) -> bytes:
    traces.put(conn, trace)
    return dumps({"trace": {"trace_info": trace_v3(traces.get(conn, trace.id))}})


async def end(call: Call) -> Answer:
    """``PATCH traces/{id}`` (2.x): the trace has ended."""
    fields, id = call.fields, call.path["id"]
    end_ms, status = fields.integer("timestamp_ms"), fields.text("status") or ""
    metadata, tags = fields.pairs("request_metadata"), fields.pairs("tags")

    def write(conn: Connection) -> bytes:
        begun = traces.get(conn, id)
        duration = None if end_ms is None else end_ms - begun.start_ms
        traces.put(
            conn,
            replace(
                begun, duration_ms=duration, state=state_of(status), metadata=metadata, tags=tags
            ),
        )
        return dumps({"trace_info": trace_v2(traces.get(conn, id))})

    return await call.store.write(write)


async def get_v3(call: Call) -> Answer:
    """``GET traces/{id}`` (3.x)."""
    id = call.path["id"]
    return await call.store.read(
        lambda conn: dumps({"trace": {"trace_info": trace_v3(traces.get(conn, id))}})
    )


async def get_v2(call: Call) -> Answer:
    """``GET traces/{id}/info`` (2.x)."""
    id = call.path["id"]
    return await call.store.read(lambda conn: dumps({"trace_info": trace_v2(traces.get(conn, id))}))


async def get_batch(call: Call) -> Answer:
    """``GET`` or ``POST traces/batchGetInfos``: those of several ids that are there."""
    ids = call.fields.strings("trace_ids")
    return await call.store.read(
        lambda conn: dumps({"trace_infos": [trace_v3(each) for each in traces.by_ids(conn, ids)]})
    )


async def search_v2(call: Call) -> Answer:
    """``GET traces`` (2.x)."""
    ids = call.fields.strings("experiment_ids")
    found, token = await _search(call, [experiment_number(id, "experiment_ids") for id in ids])
    return _page([trace_v2(trace) for trace in found], token)


async def search_v3(call: Call) -> Answer:
    """``POST traces/search`` (3.x)."""
    wanted = []
    for location in call.fields.items("locations"):
        experiment = location.get("mlflow_experiment")
        if not isinstance(experiment, dict):
            invalid("locations", location)
        wanted.append(experiment_number(experiment.get("experiment_id"), "experiment_id"))
    found, token = await _search(call, wanted)
    return _page([trace_v3(trace) for trace in found], token)


async def _search(call: Call, experiment_ids: list[int]) -> tuple[list[Trace], str | None]:
    fields = call.fields
    return await call.store.read(
        search_traces,
        experiment_ids=experiment_ids,
        filter=fields.text("filter") or "",
        order_by=fields.strings("order_by"),
        max_results=fields.page_size("max_results", default=100, most=50_000),
        page_token=fields.text("page_token"),
    )


def _page(found: list[dict[str, Any]], token: str | None) -> bytes:
    return dumps({"traces": found} | ({"next_page_token": token} if token else {}))


async def delete(call: Call) -> Answer:
    """``POST traces/delete-traces``: by ids, or those that began until a time."""
    fields = call.fields
    experiment, until = fields.experiment_id(), fields.integer("max_timestamp_millis")
    ids, most = fields.strings("request_ids"), fields.integer("max_traces")
    if (until is None) == (not ids):
        raise InvalidValue(
            "Either `max_timestamp_millis` or `request_ids` must be specified, and not both."
        )
    if most is not None and (ids or most <= 0):
        raise InvalidValue(
            "`max_traces` must be a positive integer, and goes with no `request_ids`."
        )
    count = await call.store.write(
        traces.delete, experiment, until_ms=until, most=most, ids=ids or None
    )
    return {"traces_deleted": count}


async def set_tag(call: Call) -> Answer:
    """``PATCH traces/{id}/tags``."""
    tag = {call.fields.required("key"): call.fields.text("value") or ""}
    await call.store.write(traces.set_tags, call.path["id"], tag)
    return None


async def delete_tag(call: Call) -> Answer:
    """``DELETE traces/{id}/tags``."""
    await call.store.write(traces.delete_tag, call.path["id"], call.fields.required("key"))
    return None


async def link_to_run(call: Call) -> Answer:
    """``POST traces/link-to-run``: a search for the run finds the traces."""
    run_id, ids = call.fields.run_id(), call.fields.strings("trace_ids")

    def write(conn: Connection) -> None:
        candidates.head(conn, run_id)
        traces.link_run(conn, run_id, ids)

    await call.store.write(write)
    return None


async def link_prompts(call: Call) -> Answer:
    """``POST traces/link-prompts``: which prompts a trace used, in the tag where clients look for them."""
    id = call.fields.required("trace_id")
    used = [
        {"name": str(each.get("name", "")), "version": str(each.get("version", ""))}
        for each in call.fields.items("prompt_versions")
    ]

    def write(conn: Connection) -> None:
        known = json.loads(traces.get(conn, id).tags.get(_PROMPTS, "[]"))
        fresh = [each for each in used if each not in known]
        traces.set_tags(conn, id, {_PROMPTS: json.dumps([*known, *fresh])})

    await call.store.write(write)
    return None


async def no_spans(_: Call) -> Answer:
    """``POST /v1/traces``: spans one by one are not taken; clients upload those of a trace as a file.

    Raises:
        NotOffered: always, in the words after which clients do so.
    """
    raise NotOffered("REST OTLP span logging is not supported here: spans are kept as a file.")
