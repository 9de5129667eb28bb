"""What operators see: the log, as text or JSON, and ``mlops_*`` series on the server's /metrics."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import datetime, timezone

from prometheus_client import REGISTRY, CollectorRegistry, Gauge

from . import correlation
from .store import outbox
from .store.figures import figures
from .store.store import Connection, Store

log = logging.getLogger(__name__)

#: The parent of every logger of ours.
PACKAGE = "jupyterlab_mlops"

#: How often the series are brought up to date (s).
REFRESH_S = 10.0


class JSONFormatter(logging.Formatter):
    """A line of JSON for each record: ``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message``, ``correlation``
    (the request, queue item or notebook run; only where there is one), and ``error`` and ``traceback`` of an exception.

    To be named in ``c.ServerApp.logging_config``; see docs/deployment.md.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Called by the handler in the thread that logs, so the work at hand is still known."""
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if about := correlation.current():
            line["correlation"] = about
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Log:
    """Sends what the package logs to where the server's own log goes, at the server's level.

    Without it a library's records reach no handler below WARNING, since the server configures only its own logger.
    """

    def __init__(self, server: logging.Logger) -> None:
        self._server = server
        self._added: list[logging.Handler] = []

    def start(self) -> None:
        """Share the server's handlers; those that the package's logger has already are left alone."""
        package = logging.getLogger(PACKAGE)
        self._added = [each for each in self._server.handlers if each not in package.handlers]
        for handler in self._added:
            package.addHandler(handler)
        self._level, level = package.level, self._server.getEffectiveLevel()
        package.setLevel(package.level or level)

    def stop(self) -> None:
        """Give the handlers back. Idempotent."""
        package = logging.getLogger(PACKAGE)
        for handler in self._added:
            package.removeHandler(handler)
        if self._added:
            package.setLevel(self._level)
        self._added = []


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
        now = figures(conn)
        for status, count in now.candidates.items():
            self._candidates.labels(status).set(count)
        self._runs.set(now.open_runs)
        self._versions.set(now.versions)
        self._bytes.set(now.blobs)
        self._read_s.set(time.perf_counter() - started)
