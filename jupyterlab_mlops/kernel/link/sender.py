"""Posts what the journal holds to the server, from a daemon thread. Never blocks a cell, never loses a line.

The thread reads the journal file itself, so nothing is queued in memory and a server that is away for an
hour costs nothing but disk.
"""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import diagnostics
from .journal import Journal

if TYPE_CHECKING:
    import http.client

LINGER_S = 0.1
"""How long findings of a running cell are gathered before they are posted."""
GAP_S = 1.0
"""At most one post in this time, also at the end of cells: the server reads the journal itself when a run closes."""
BARE_GAP_S = 3.0
"""The same while cells only begin and end and there is nothing to tell of them."""
HELD_S = 0.05
"""Lines that are held in memory are written down after this time at the latest."""
MAX_FINDINGS = 2000
MAX_BYTES = 1_000_000
MAX_WAIT_S = 30.0
TIMEOUT_S = 10.0


class Sender:
    """Sends the lines written to ``journal`` to ``url`` (the tracking URI) with the kernel's ``token``."""

    def __init__(self, journal: Journal, url: str, token: str, kernel_id: str) -> None:
        parts = urlsplit(url)
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port
        self._path = parts.path.rstrip("/") + "/api/2.0/mlops/findings"
        self._head = (f'{{"kernel_id":{json.dumps(kernel_id)},"findings":[').encode()
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._journal = journal
        self._offset = 0
        self._wake = threading.Event()
        self._now = threading.Event()
        self._awaited = threading.Event()
        self._stop = False
        self._failures = 0
        self._posted = 0.0
        self._told = -1
        self._connection: http.client.HTTPConnection | None = None
        self._round = threading.Lock()
        self.applied_seq = 0
        self.state = "idle"
        self._thread = threading.Thread(target=self._run, name="mlops-sender", daemon=True)

    def start(self) -> None:
        """Start the thread and be woken by the journal."""
        self._journal.written = self.wake
        self._journal.lazy = True
        self._thread.start()

    def wake(self) -> None:
        """Something was written: post it soon."""
        if not self._wake.is_set():
            self._wake.set()

    def flush(self) -> None:
        """A cell ended: post now (returns at once)."""
        self._wake.set()
        self._now.set()

    def deliver(self, timeout_s: float = 2.0) -> bool:
        """Wait until the server has applied what is journalled so far; False when it has not in ``timeout_s``.

        For who asks the server in the middle of a cell: the answer is to be of now, not of a second ago.
        """
        wanted, deadline = self._journal.seq, time.monotonic() + timeout_s
        while self.applied_seq < wanted and self._thread.is_alive():
            if self._failures or time.monotonic() > deadline:
                return False
            self._awaited.set()
            self.flush()
            time.sleep(0.005)
        return self.applied_seq >= wanted

    def close(self, timeout_s: float = 2.0) -> None:
        """Stop the thread and try once more to post the rest, for at most ``timeout_s`` seconds."""
        self._stop = True
        self._awaited.set()
        self.flush()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            if not self._failures:
                self._keep_apart()
            self._awaited.clear()
            if not self._stop:
                # After a failure even a cell's end does not hurry: the server is away.
                wait = LINGER_S if not self._failures else self._backoff()
                if self._failures:
                    time.sleep(0.05)
                self._now.wait(wait)
            self._now.clear()
            self._wake.clear()
            told = self._journal.told
            # A server that answers late must not keep lines from the disk.
            self._journal.lazy = False
            try:
                while self._post_some():
                    pass
                self._posted, self._told = time.monotonic(), told
                self._failures = 0
                self._journal.lazy = True  # else nobody comes by soon to write down what is held
                self.state = "connected"
            except Exception as error:  # supervised loop: keep, retry later
                self._failures += 1
                self.state = f"retrying: {type(error).__name__}: {error}"[:200]
                if self._failures == 1:
                    diagnostics.note("sender", error)
                self._drop_connection()
                self._wake.set()
            if self._stop:
                return

    def _keep_apart(self) -> None:
        """Wait until the next post is due: hundreds of short cells a minute must not be hundreds of requests."""
        while not self._stop:
            gap = BARE_GAP_S if self._journal.told == self._told else GAP_S
            rest = self._posted + gap - time.monotonic()
            if rest <= 0 or self._awaited.wait(min(rest, HELD_S)):
                return
            self._journal.release()

    def _backoff(self) -> float:
        return random.uniform(0.1, min(MAX_WAIT_S, 0.2 * 2 ** min(self._failures, 8)))  # noqa: S311

    def _post_some(self) -> bool:
        """Post one batch of whole lines after the offset; whether there were more of them by then.

        What is written while the server answers waits for the next round: a loop that measures writes a line each
        millisecond, and would be answered by one request after the other.
        """
        self._journal.release()
        written = self._journal.path.stat().st_size
        lines, end = read_lines(self._journal.path, self._offset)
        if not lines:
            return False
        body = self._head + b",".join(lines) + b"]}"
        if self._connection is None:
            import http.client  # 20 ms of a kernel's start otherwise

            make = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
            self._connection = make(self._host, self._port, timeout=TIMEOUT_S)
        connection = self._connection
        connection.request("POST", self._path, body, self._headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise ConnectionError(f"the server answered {response.status}: {answer[:200]!r}")
        self.applied_seq = int(json.loads(answer).get("applied_seq", 0))
        self._offset = end
        return self._stop or end < written

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def read_lines(path: Path, offset: int) -> tuple[list[bytes], int]:
    """Whole lines from byte ``offset`` on, within the limits of one request, and the offset after them."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(MAX_BYTES)
        while data and b"\n" not in data:
            more = file.read(MAX_BYTES)  # one line longer than the limit goes alone
            if not more:
                return [], offset
            data += more
    end = data.rfind(b"\n") + 1
    pieces = data[:end].split(b"\n")[:-1][:MAX_FINDINGS]
    used = sum(len(piece) + 1 for piece in pieces)
    return [
        piece for piece in pieces if piece.endswith(b"}") and piece.startswith(b"{")
    ], offset + used
