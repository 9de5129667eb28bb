"""What operators see: ``mlops_*`` series on the server's /metrics, and logs as JSON lines with a correlation id."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import secrets
import time

from prometheus_client import REGISTRY, CollectorRegistry, Gauge

from .store import outbox
from .store.store import Connection, Store

log = logging.getLogger(__name__)

#: How often the series are brought up to date (s).
REFRESH_S = 10.0

#: What one request or one push did shares an id in the logs.
correlation_id: contextvars.ContextVar[str] = contextvars.ContextVar(
    "mlops_correlation_id", default=""
)


def new_correlation_id() -> str:
    """Set a new correlation id for what follows in this context, and return it."""
    value = secrets.token_hex(8)
    correlation_id.set(value)
    return value


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ms since the epoch), level, logger, message, correlation id, exception."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": int(record.created * 1000),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation := correlation_id.get():
            entry["correlation_id"] = correlation
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class Series:
    """The Prometheus series of one store, read in a thread every :data:`REFRESH_S` seconds."""

    def __init__(self, store: Store, registry: CollectorRegistry = REGISTRY) -> None:
        self._store = store
        self._registry = registry
        self._task: asyncio.Task[None] | None = None
        self._queue = Gauge(
            "mlops_queue_items", "Things to be pushed, by state", ["state"], registry=None
        )
        self._candidates = Gauge(
            "mlops_candidates", "Candidates, by status", ["status"], registry=None
        )
        self._runs = Gauge("mlops_notebook_runs_open", "Open notebook runs", registry=None)
        self._versions = Gauge("mlops_model_versions", "Registered versions", registry=None)
        self._bytes = Gauge("mlops_blob_bytes", "Bytes kept in blobs", registry=None)
        self._read_s = Gauge(
            "mlops_store_read_seconds", "How long reading these series took", registry=None
        )
        self._all = (
            self._queue, self._candidates, self._runs, self._versions, self._bytes, self._read_s,
        )  # fmt: skip

    async def start(self) -> None:
        """Offer the series and begin refreshing."""
        for series in self._all:
            self._registry.register(series)
        self._task = asyncio.create_task(self._refresh(), name="mlops-series")

    async def stop(self) -> None:
        """End, and take the series off the registry. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for series in self._all:
                self._registry.unregister(series)

    async def _refresh(self) -> None:
        """Supervised: a failure is logged and the next refresh tries again."""
        while True:
            try:
                await self._store.read(self._read)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("Refreshing the mlops_* series failed")
            await asyncio.sleep(REFRESH_S)

    def _read(self, conn: Connection) -> None:
        started = time.perf_counter()
        for state, count in outbox.counts(conn).items():
            self._queue.labels(state).set(count)
        for status, count in conn.execute(
            "SELECT status, COUNT(*) FROM candidates WHERE lifecycle_stage = 'active' GROUP BY status"
        ):
            self._candidates.labels(status).set(count)
        for series, query in (
            (self._runs, "SELECT COUNT(*) FROM notebook_runs WHERE status = 'RUNNING'"),
            (self._versions, "SELECT COUNT(*) FROM model_versions"),
            (self._bytes, "SELECT COALESCE(SUM(size), 0) FROM blobs"),
        ):
            series.set(conn.execute(query).fetchone()[0])
        self._read_s.set(time.perf_counter() - started)
