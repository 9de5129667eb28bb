"""Daemon threads that stay: a hanging upload must not keep the server from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonPool:
    """Up to ``size`` threads working off a queue, made when needed. (``ThreadPoolExecutor`` is joined at exit.)"""

    def __init__(self, size: int, name: str) -> None:
        self._queue: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._size, self._name = size, name
        self._lock = threading.Lock()
        self._idle = threading.Semaphore(0)
        self._threads = 0

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` in one of the threads."""
        future: Future[T] = Future()
        self._queue.put((lambda: fn(*args, **kwargs), future))
        with self._lock:
            if not self._idle.acquire(blocking=False) and self._threads < self._size:
                self._threads += 1
                name = f"{self._name}-{self._threads}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
        return future

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            call, future = item
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as failure:  # handed to who waits, whatever it is
                    future.set_exception(failure)
            del item, call, future  # an idle thread holds on to nothing
            self._idle.release()

    def close(self) -> None:
        """Let idle threads end; busy ones end after what they do."""
        for _ in range(self._threads):
            self._queue.put(None)
