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
    """A fixed number of threads working off a queue. (``ThreadPoolExecutor`` is joined at exit.)"""

    def __init__(self, size: int, name: str) -> None:
        self._queue: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._size = size
        for number in range(size):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` in one of the threads."""
        future: Future[T] = Future()
        self._queue.put((lambda: fn(*args, **kwargs), future))
        return future

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            call, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as failure:  # handed to who waits, whatever it is
                future.set_exception(failure)

    def close(self) -> None:
        """Let idle threads end; busy ones end after what they do."""
        for _ in range(self._size):
            self._queue.put(None)
