"""One SQLite file and its threads: writes in order on one writer thread, reads on their own connections.

All SQL elsewhere is in plain functions of a connection; ``await store.write(fn, …)`` runs one of them
in one transaction. What it changed is announced after the commit, never before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..entities import Change
from ..errors import Conflict
from .blobs import Blobs
from .changes import collect
from .migrate import migrate

log = logging.getLogger(__name__)

#: For those above the store, which must not import sqlite3.
Connection = sqlite3.Connection
P = ParamSpec("P")
T = TypeVar("T")
Listener = Callable[[list[Change]], None]

#: How long a writer waits for another process on the same data directory (ms).
BUSY_TIMEOUT_MS = 15_000
READERS = 4


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our pragmas. Autocommit: transactions are begun by the writer alone."""
    mode = "ro" if read_only else "rwc"
    conn = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_MS / 1000,
        cached_statements=512,
    )
    conn.row_factory = sqlite3.Row
    pragmas = ["foreign_keys = ON", "temp_store = MEMORY", "cache_size = -16000"]
    if not read_only:
        pragmas += ["synchronous = NORMAL"]
    try:
        if not read_only:
            _use_wal(conn)
        for pragma in pragmas:
            conn.execute(f"PRAGMA {pragma}")
    except BaseException:
        conn.close()
        raise
    return conn


def _use_wal(conn: sqlite3.Connection) -> None:
    """Keep a write-ahead log. SQLite does not wait by itself here: of two processes that make a database at the same
    moment one is told at once that it is locked."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


@contextlib.contextmanager
def all_or_nothing(conn: Connection) -> Iterator[None]:
    """A part of a transaction that is undone by itself if it raises."""
    conn.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        conn.execute("ROLLBACK TO part")
        raise
    finally:
        conn.execute("RELEASE part")


class Store:
    """The database and the blobs below one data directory.

    Durability: WAL with ``synchronous=NORMAL``. A killed process loses nothing that was committed; a
    power failure may lose the last transactions but never leaves a broken file.
    """

    def __init__(self, data_dir: str | os.PathLike[str]) -> None:
        """Open the store of a data directory, which is made if need be.

        Raises:
            Conflict: its database cannot be opened: it is damaged, locked, read-only or a newer version's.
            OSError: the directory cannot be made.
        """
        self.data_dir = Path(data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = self.data_dir / "mlops.db"
        self.blobs = Blobs(self.data_dir / "blobs")
        self._listeners: list[Listener] = []
        # (call, whom to tell, whether it is a transaction)
        self._queue: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any], bool] | None] = (
            queue.SimpleQueue()
        )
        self._writer = self._opened()
        self._local = threading.local()
        self._reader_connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="mlops-read")
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="mlops-write", daemon=True)
        self._thread.start()

    def _opened(self) -> sqlite3.Connection:
        """The writer's connection, to a database that is up to date."""
        try:
            conn = connect(self.path)
            try:
                migrate(conn)
                _stamp(conn)
            except BaseException:
                conn.close()
                raise
        except sqlite3.Error as failure:
            raise Conflict(
                f"The database {self.path} cannot be used: {failure}. Look whether this user may write it and "
                "whether it is whole, or choose another data_dir."
            ) from failure
        return conn

    # -- writing ---------------------------------------------------------------------------------

    async def write(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``fn(conn, …)`` in one transaction on the writer thread; exceptions roll it back."""
        return await asyncio.wrap_future(self.submit(fn, *args, **kwargs))

    def write_sync(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As :meth:`write`, for threads (the tap, the sync worker, the command line)."""
        return self.submit(fn, *args, **kwargs).result()

    def submit(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Queue ``fn`` for the writer thread. Writes run in the order in which they were submitted."""
        if self._closed:
            raise RuntimeError("the store is closed")
        future: Future[T] = Future()
        self._queue.put((lambda: fn(self._writer, *args, **kwargs), future, True))
        return future

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            call, future, transaction = item
            if not future.set_running_or_notify_cancel():
                continue
            changes: dict[Change, None] = {}
            try:
                result = self._transaction(call, changes) if transaction else call()
            except BaseException as failure:  # handed to the caller, whatever it is
                future.set_exception(failure)
                continue
            future.set_result(result)
            if changes:
                self._announce(list(changes))

    def _transaction(self, call: Callable[[], T], changes: dict[Change, None]) -> T:
        conn = self._writer
        conn.execute("BEGIN IMMEDIATE")

        def note(change: Change) -> None:
            changes[change] = None

        collect(conn, note)
        try:
            result = call()
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise
        finally:
            collect(conn, None)
        return result

    def _announce(self, changes: list[Change]) -> None:
        """Supervised: without its thread the store would take no write any more."""
        for listener in list(self._listeners):
            try:
                listener(changes)
            except Exception:
                log.exception("A listener could not be told of changes")

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with the changes of each commit, on the writer thread: it must only hand
        them on (``call_soon_threadsafe``). Returns a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- reading ---------------------------------------------------------------------------------

    async def read(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``fn(conn, …)`` on a read-only connection of a reader thread, in one snapshot."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._readers, lambda: self.read_sync(fn, *args, **kwargs)
        )

    def read_sync(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As :meth:`read`, for threads."""
        conn = getattr(self._local, "conn", None)
        if conn is None:
            conn = self._local.conn = connect(self.path, read_only=True)
            with self._lock:
                self._reader_connections.append(conn)
        conn.execute("BEGIN")
        try:
            return fn(conn, *args, **kwargs)
        finally:
            conn.execute("COMMIT")

    async def in_thread(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run file work (hashing, copying) off the event loop, beside the reads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: fn(*args, **kwargs))

    # -- lifetime --------------------------------------------------------------------------------

    async def data_version(self) -> int:
        """A number that changes when another process has committed: asked on the writer's own
        connection, whose own commits do not change it."""

        def ask() -> int:
            return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

        future: Future[int] = Future()
        self._queue.put((ask, future, False))
        return await asyncio.wrap_future(future)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish the queued writes and what threads are at, drop what waits for a thread, and close. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._readers.shutdown(wait=True, cancel_futures=True)
        for conn in self._reader_connections:
            conn.close()
        self._writer.close()


def _stamp(conn: sqlite3.Connection) -> None:
    """Give a new store its identity and the salt of redactions."""
    for key, value in (("store_id", secrets.token_hex(8)), ("salt", secrets.token_hex(16))):
        conn.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))


def now_ms() -> int:
    """The present time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
