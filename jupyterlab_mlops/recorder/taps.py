"""One thread with SUB sockets to the iopub channels of all kernels.

On the server's own loop a subscriber loses messages whenever the loop is busy; here nothing does. The
thread hands messages to one :class:`Recording` a kernel, and gives what they answer to a
sink in batches, about once a second. It never touches the event loop.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import zmq

from .iopub import Iopub, url
from .recording import Limits, Recording, RunDrained, RunOpened, Update

#: At least so long between two batches (s), except when a notebook run opens or is drained.
BATCH_S = 1.0
#: While messages keep coming they are taken so many seconds apart: waking up costs more than reading.
GATHER_S = 0.35
#: How often the outputs of long executions are handed on (s).
PROGRESS_S = 10.0
#: Messages taken from one kernel before the others have their turn.
TURN = 500

#: Receives (kernel id, update) pairs on the taps' thread; the future tells when it has taken them in.
Sink = Callable[[list[tuple[str, Update]]], "Future[Any] | None"]


class Taps:
    """Listens to kernels. ``new_id`` makes ids of notebook runs; all methods are thread-safe."""

    def __init__(
        self,
        sink: Sink,
        *,
        new_id: Callable[[], str],
        limits: Limits | None = None,
        log: logging.Logger | None = None,
    ) -> None:
        self._sink = sink
        self._new_id = new_id
        self._limits = limits or Limits()
        self._log = log or logging.getLogger(__name__)
        self._commands: deque[Callable[[], None]] = deque()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._context = zmq.Context(io_threads=1)
        self._poller = zmq.Poller()
        self._taps: dict[str, _Tap] = {}
        self._pending: list[tuple[str, Update]] = []
        self._taken: Future[Any] | None = None
        self._announced: set[str | None] = set()
        self._flushed_at = 0.0
        self._received_at = 0.0
        self._progress_at = 0.0
        self._urgent = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mlops-taps", daemon=True)

    # -- for other threads -------------------------------------------------------------------------

    def start(self) -> None:
        """Start listening."""
        self._thread.start()

    def stop(self) -> None:
        """Take what has arrived, end open notebook runs as killed, hand everything on, and stop."""
        if self._thread.is_alive():
            self._call(self._stop).result()
            self._thread.join()
        self._context.destroy(linger=0)
        self._wake_read.close()
        self._wake_write.close()

    def add(self, kernel_id: str, connection: Mapping[str, Any]) -> Future[None]:
        """Listen to a kernel; ``connection`` as in its connection file. Done when subscribed."""
        return self._call(lambda: self._add(kernel_id, connection))

    def remove(self, kernel_id: str) -> Future[None]:
        """The kernel is gone: take what still waits, end its notebook run, close the socket."""
        return self._call(lambda: self._remove(kernel_id))

    def ended(self, kernel_id: str, *, crashed: bool = False) -> Future[None]:
        """The kernel's process was replaced or died (``crashed``): what ran in it is killed."""
        return self._call(lambda: self._ended(kernel_id, crashed=crashed))

    def interrupted(self, kernel_id: str) -> Future[None]:
        """Somebody interrupted the kernel."""
        return self._call(lambda: self._interrupted(kernel_id))

    def flush(self) -> Future[None]:
        """Take what has arrived and hand it on now."""
        return self._call(self._flush_all)

    def expect(self, kernel_id: str, request_id: str) -> Future[None]:
        """Done when the kernel was heard to be idle after this request, or is gone: all that it published before is
        taken by then."""
        heard: Future[None] = Future()
        tap = self._taps.get(kernel_id)
        if tap is None:
            heard.set_result(None)
        else:
            tap.expected[request_id] = heard
        return heard

    def current(self, kernel_id: str) -> tuple[str | None, str | None]:
        """(notebook run, execution) of a kernel at this moment.

        A notebook run is named only once the sink has it: what others write about it comes after.
        """
        tap = self._taps.get(kernel_id)
        if tap is None:
            return None, None
        run_id = tap.recording.run_id
        return (run_id if run_id in self._announced else None), tap.recording.execution_id

    def is_quiet(self, kernel_id: str) -> bool:
        """Whether no notebook run of the kernel is open."""
        tap = self._taps.get(kernel_id)
        return tap is None or tap.recording.run_id is None

    def _call(self, fn: Callable[[], None]) -> Future[None]:
        future: Future[None] = Future()

        def run() -> None:
            try:
                fn()
            except Exception as problem:  # given to the caller
                future.set_exception(problem)
            else:
                future.set_result(None)

        self._commands.append(run)
        try:
            self._wake_write.send(b"x")
        except BlockingIOError:
            pass  # it is awake
        except OSError:
            future.set_exception(RuntimeError("the taps are stopped"))
        return future

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        self._poller.register(self._wake_read, zmq.POLLIN)
        while not self._stopping:
            try:
                self._turn()
            except Exception:
                self._log.exception(
                    "jupyterlab-mlops: the recorder's thread goes on after an error"
                )
                time.sleep(0.1)

    def _turn(self) -> None:
        ready = dict(self._poller.poll(self._timeout_ms()))
        if self._wake_read.fileno() in ready:
            self._run_commands()
        busy = False
        listening = [tap for tap in self._taps.values() if tap.socket in ready]
        if listening:
            time.sleep(max(0.0, self._received_at + GATHER_S - time.monotonic()))
            for tap in listening:
                busy = self._receive(tap, TURN) or busy
            self._received_at = time.monotonic()
        now = time.monotonic()
        if not busy:
            for tap in list(self._taps.values()):
                self._take(tap, tap.recording.tick(_now_ms()))
            if now - self._progress_at >= PROGRESS_S:
                self._progress_at = now
                for tap in self._taps.values():
                    self._take(tap, tap.recording.progress())
        if self._pending and (self._urgent or now - self._flushed_at >= BATCH_S):
            self._flush()

    def _timeout_ms(self) -> int | None:
        now = _now_ms()
        waits: list[float] = []
        if self._pending:
            waits.append((self._flushed_at + BATCH_S - time.monotonic()) * 1000)
        for tap in self._taps.values():
            due = tap.recording.due_ms
            if due is not None:
                waits.append(due - now)
            elif tap.recording.execution_id is not None:
                waits.append(PROGRESS_S * 1000)
        return int(max(0.0, min(waits))) + 1 if waits else None

    def _run_commands(self) -> None:
        try:
            while self._wake_read.recv(4096):
                pass
        except BlockingIOError:
            pass
        while self._commands:
            self._commands.popleft()()

    def _receive(self, tap: _Tap, count: int) -> bool:
        """Take up to ``count`` messages; True when more may wait."""
        for _ in range(count):
            try:
                message = tap.channel.receive()
                if message is not None:
                    self._take(tap, tap.recording.message(message, _now_ms()))
                    if tap.expected and message.type == "status":
                        tap.hear(message.parent_id)
            except zmq.Again:
                return False
            except (ValueError, KeyError, TypeError, AttributeError) as problem:
                self._log.debug("jupyterlab-mlops: an iopub message cannot be read: %r", problem)
        return True

    def _take(self, tap: _Tap, updates: list[Update]) -> None:
        for update in updates:
            self._pending.append((tap.kernel_id, update))
            if isinstance(update, (RunOpened, RunDrained)):
                self._urgent = True

    def _flush(self) -> None:
        if self._taken is not None and not self._taken.done() and not self._urgent:
            self._flushed_at = time.monotonic()  # the store is behind: gather more
            return
        batch, self._pending = self._pending, []
        self._urgent = False
        self._flushed_at = time.monotonic()
        self._taken = self._sink(batch)
        for _kernel_id, update in batch:
            if isinstance(update, RunOpened):
                self._announced.add(update.run_id)
            elif isinstance(update, RunDrained):
                self._announced.discard(update.run_id)

    # -- commands, on the thread -------------------------------------------------------------------

    def _add(self, kernel_id: str, connection: Mapping[str, Any]) -> None:
        known = self._taps.get(kernel_id)
        if known is not None:
            if known.channel.url == url(connection):
                return
            self._remove(kernel_id)
        channel = Iopub(self._context, connection)
        tap = _Tap(kernel_id, channel, Recording(self._new_id, self._limits))
        self._taps[kernel_id] = tap
        self._poller.register(tap.socket, zmq.POLLIN)

    def _remove(self, kernel_id: str) -> None:
        tap = self._taps.get(kernel_id)
        if tap is None:
            return
        self._ended(kernel_id)
        del self._taps[kernel_id]
        self._poller.unregister(tap.socket)
        tap.channel.close()
        for request_id in list(tap.expected):
            tap.hear(request_id)

    def _ended(self, kernel_id: str, *, crashed: bool = False) -> None:
        tap = self._taps.get(kernel_id)
        if tap is not None:
            self._drain(tap)
            self._take(tap, tap.recording.ended(_now_ms(), crashed=crashed))
            self._flush_all()

    def _interrupted(self, kernel_id: str) -> None:
        tap = self._taps.get(kernel_id)
        if tap is not None:
            tap.recording.interrupted()

    def _flush_all(self) -> None:
        for tap in self._taps.values():
            self._drain(tap)
        if self._pending:
            self._urgent = True
            self._flush()

    def _drain(self, tap: _Tap) -> None:
        """Take all that waits, within reason: a kernel that prints without end is not waited for."""
        for _ in range(100):
            if not self._receive(tap, TURN):
                return

    def _stop(self) -> None:
        for kernel_id in list(self._taps):
            self._remove(kernel_id)
        self._flush_all()
        self._stopping = True


class _Tap:
    """The channel and the recording of one kernel."""

    def __init__(self, kernel_id: str, channel: Iopub, recording: Recording) -> None:
        self.kernel_id = kernel_id
        self.channel = channel
        self.socket = channel.socket
        self.recording = recording
        #: Requests whose end somebody waits for.
        self.expected: dict[str, Future[None]] = {}

    def hear(self, request_id: str) -> None:
        """The kernel is done with a request, or will never be."""
        heard = self.expected.pop(request_id, None)
        if heard is not None and heard.set_running_or_notify_cancel():
            heard.set_result(None)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
