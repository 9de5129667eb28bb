"""``metrics/…``: histories of one metric, of one run or of many."""

from __future__ import annotations

import json

from ..errors import InvalidValue
from ..store import metrics, run_texts
from ..store.search import offset_of, token_of
from ..store.store import Connection
from .base import Answer, Call
from .wire import points_json

#: MLflow's limits of the bulk calls.
MAX_BULK_POINTS, MAX_BULK_RUNS, MAX_POINTS_PER_RUN = 25_000, 100, 2_500


async def get(call: Call) -> Answer:
    """``GET metrics/get-history``; with ``max_results`` in pages."""
    fields = call.fields
    id, key, size = fields.run_id(), fields.required("metric_key"), fields.integer("max_results")
    if size is not None and size <= 0:
        raise InvalidValue(
            f"Invalid value {size} for parameter 'max_results' supplied. It must be a positive integer."
        )
    offset = offset_of(fields.text("page_token"))

    def read(conn: Connection) -> bytes:
        points = run_texts.points(
            conn, id, key, offset=offset, limit=None if size is None else size + 1
        )
        following = ""
        if size is not None and len(points) > size:
            points = points[:size]
            following = f',"next_page_token":"{token_of(offset + size)}"'
        return f'{{"metrics":[{",".join(points)}]{following}}}'.encode()

    return await call.store.read(read)


async def bulk(call: Call) -> Answer:
    """``GET metrics/get-history-bulk``: up to 25,000 points of up to 100 runs."""
    fields = call.fields
    ids = fields.strings("run_id")
    if not ids:
        raise InvalidValue("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(ids) > MAX_BULK_RUNS:
        raise InvalidValue(
            f"GetMetricHistoryBulk request cannot specify more than {MAX_BULK_RUNS} run_ids."
            f" Received {len(ids)} run_ids."
        )
    key = fields.text("metric_key")
    if key is None:
        raise InvalidValue("GetMetricHistoryBulk request must specify a metric_key.")
    size = min(fields.integer("max_results") or MAX_BULK_POINTS, MAX_BULK_POINTS)

    def read(conn: Connection) -> bytes:
        parts: list[str] = []
        for id in sorted(set(ids)):
            tail = f',"run_id":{json.dumps(id)}'
            parts += run_texts.points(conn, id, key, limit=size - len(parts), tail=tail)
        return f'{{"metrics":[{",".join(parts)}]}}'.encode()

    return await call.store.read(read)


async def bulk_interval(call: Call) -> Answer:
    """``GET metrics/get-history-bulk-interval``: a sample of each run, within a range of steps.

    MLflow 3 samples each run by itself, MLflow 2 all of them at the same steps.
    """
    fields = call.fields
    ids, key = fields.strings("run_ids"), fields.required("metric_key")
    if not ids:
        raise InvalidValue("Missing value for required parameter 'run_ids'. Name at least one run.")
    if len(ids) > MAX_BULK_RUNS:
        raise InvalidValue(
            f"GetMetricHistoryBulkInterval request must specify at most {MAX_BULK_RUNS} run_ids."
            f" Received {len(ids)} run_ids."
        )
    first, last = fields.integer("start_step"), fields.integer("end_step")
    if (first is None) != (last is None):
        raise InvalidValue(
            "If either start step or end step are specified, both must be specified."
        )
    if first is not None and last is not None and first > last:
        raise InvalidValue(
            f"end_step must be greater than start_step. Found start_step={first} and end_step={last}."
        )
    size = fields.integer("max_results")
    if size is not None and not 1 <= size <= MAX_POINTS_PER_RUN:
        raise InvalidValue(f"max_results must be between 1 and {MAX_POINTS_PER_RUN}.")

    wanted, together = size or MAX_POINTS_PER_RUN, call.older_than(3)

    def read(conn: Connection) -> bytes:
        bounds = {"first_step": first, "last_step": last}
        if together:
            series = metrics.sample_together(conn, ids, key, wanted, **bounds)
        else:
            series = [metrics.sample(conn, id, key, wanted, **bounds) for id in ids]
        parts = [points_json(points, id) for id, points in zip(ids, series, strict=True) if points]
        return f'{{"metrics":[{",".join(parts)}]}}'.encode()

    return await call.store.read(read)
