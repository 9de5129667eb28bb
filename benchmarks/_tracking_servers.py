"""The servers that ``benchmarks/tracking.py`` compares: how they are started, filled, spoken to and watched."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterlab_mlops.entities import Param
from jupyterlab_mlops.store import candidates, metrics
from jupyterlab_mlops.store.store import Store

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    url: str
    token: str
    pid: int
    folder: str

    def client(self) -> Client:
        """A connection of its own."""
        return Client(self.url, self.token)

    def cpu(self) -> float:
        """CPU time of the server's processes so far (s)."""
        spent = 0
        for pid in family(self.pid):
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                spent += int(fields[11]) + int(fields[12])
        return spent / TICK

    def memory(self, *, peak: bool = False) -> float:
        """Resident memory of the server's processes (MB), now or at its highest since the reset."""
        name, found = "VmHWM:" if peak else "VmRSS:", 0
        for pid in family(self.pid):
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith(name):
                        found += int(line.split()[1])
        return found / 1024

    def reset_peaks(self) -> None:
        """Forget the highest resident memory so far."""
        for pid in family(self.pid):
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                text = (folder / "stat").read_text().rpartition(")")[2]
                parents[int(folder.name)] = int(text.split()[1])
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


class Client:
    """One kept-alive connection to a tracking URI."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=600)
        self._used = 0.0

    def _wake(self) -> None:
        """Connect, again after a pause: servers close what is idle."""
        if time.monotonic() - self._used > 2:
            self._connection.close()
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used = time.monotonic()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON (an object, or written out already), return JSON."""
        return json.loads(self.raw(method, f"/api/2.0/mlflow/{path}", body))

    def raw(self, method: str, path: str, body: Any = None, headers: Any = None) -> bytes:
        """Send JSON, bytes or a file; return bytes."""
        self._wake()
        data = json.dumps(body) if isinstance(body, dict) else body
        sent = self._headers | (headers or {})
        try:
            self._connection.request(method, self._prefix + path, body=data, headers=sent)
            response = self._connection.getresponse()
        except http.client.RemoteDisconnected:  # it was idle for too long on a busy machine
            self._used = 0.0
            self._wake()
            self._connection.request(method, self._prefix + path, body=data, headers=sent)
            response = self._connection.getresponse()
        found = response.read()
        self._used = time.monotonic()
        if response.status >= 400:
            raise RuntimeError(f"{response.status}: {found[:300]!r}")
        return found

    def drain(self, path: str) -> int:
        """Read an answer in pieces, return its length."""
        self._wake()
        self._connection.request("GET", self._prefix + path, headers=self._headers)
        response, length = self._connection.getresponse(), 0
        while piece := response.read(1 << 20):
            length += len(piece)
        return length


# -- starting --------------------------------------------------------------------------------------


@contextlib.contextmanager
def ours() -> Iterator[Server]:
    """Our loopback listener in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, __file__, folder], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            url, token = process.stdout.readline().split()
            yield Server("ours", url, token, process.pid, folder)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


@contextlib.contextmanager
def mlflow_server(command: str, folder: str, *options: str) -> Iterator[Server]:
    """``mlflow server`` on a SQLite file in ``folder``, which several may share in turn."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            command, "server", "--host", "127.0.0.1", "--port", str(port),
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", f"{folder}/artifacts", *options,
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "PATH": f"{Path(command).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    name = " ".join(["mlflow", *options])
    found = Server(name, f"http://127.0.0.1:{port}", "", process.pid, folder)
    try:
        for _ in range(360):
            time.sleep(0.5)
            with contextlib.suppress(OSError, RuntimeError):
                found.client().raw("GET", "/health")
                break
        yield found
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def serve(folder: str) -> None:
    """The child process: our listener, alone."""
    from jupyterlab_mlops.tracking.base import Tracking
    from jupyterlab_mlops.tracking.listener import Listener
    from jupyterlab_mlops.tracking.tokens import KernelTokens

    async def main() -> None:
        store, tokens = Store(folder), KernelTokens()
        listener = Listener(Tracking(store), tokens)
        print(await listener.start(), tokens.issue("bench"), flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())


# -- filling ---------------------------------------------------------------------------------------


def run_content(number: int) -> dict[str, Any]:
    """What run ``number`` of the filled experiment has: five metrics, five params, a tag."""
    return {
        "metrics": {f"m{k}": (number * 7919 + k) % 10007 / 10007 for k in range(5)},
        "params": {f"p{k}": str(number % 10) for k in range(5)},
        "tags": {"group": str(number % 3)},
    }


def fill(server: Server, experiment: str, runs: int) -> None:
    """Fill an experiment, written straight into the database: through its API an mlflow server would take half an
    hour for 10,000 runs."""
    database = Path(server.folder) / "mlflow.db"
    if database.exists():
        _fill_database(database, experiment, runs)
    else:
        _fill_store(server.folder, int(experiment), runs)


def fill_history(server: Server, run: str, points: int) -> None:
    """Give a run a series ``long`` of so many points, written as :func:`fill` does."""
    database = Path(server.folder) / "mlflow.db"
    if not database.exists():
        with Store(server.folder) as store:
            series = {"long": [(step, step, float(step)) for step in range(points)]}
            store.write_sync(metrics.log_series, run, series)
        return
    columns = "(key, value, timestamp, run_uuid, step, is_nan) VALUES ('long', ?, ?, ?, ?, 0)"
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as conn, conn:
        conn.executemany(
            f"INSERT INTO metrics {columns}",
            [(float(step), step, run, step) for step in range(points)],
        )
        last = points - 1
        conn.execute(f"INSERT INTO latest_metrics {columns}", (float(last), last, run, last))


def _fill_store(folder: str, experiment: int, runs: int) -> None:
    def some(conn: sqlite3.Connection, first: int, last: int) -> None:
        for number in range(first, last):
            content = run_content(number)
            id = candidates.create(
                conn, experiment, origin="mlflow", name=f"run {number}", start_ms=number
            )
            series = {key: [(0, 1, value)] for key, value in content["metrics"].items()}
            metrics.log_series(conn, id, series)
            params = [Param(key, value, "logged") for key, value in content["params"].items()]
            candidates.set_params(conn, id, params)
            candidates.set_tags(conn, id, content["tags"])

    with Store(folder) as store:
        for first in range(0, runs, 500):
            store.write_sync(some, first, min(first + 500, runs))


def _fill_database(database: Path, experiment: str, runs: int) -> None:
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as conn, conn:
        for number in range(runs):
            id, content = uuid.uuid4().hex, run_content(number)
            conn.execute(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status,"
                " start_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
                " VALUES (?, ?, 'UNKNOWN', '', '', '', 'RUNNING', ?, '', 'active', ?, ?)",
                (id, f"run {number}", number, f"mlflow-artifacts:/{experiment}/{id}/artifacts", experiment),
            )  # fmt: skip
            for key, value in content["metrics"].items():
                conn.execute(
                    "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, 1, ?, 0, 0)",
                    (key, value, id),
                )
                conn.execute(
                    "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan)"
                    " VALUES (?, ?, 1, ?, 0, 0)",
                    (key, value, id),
                )
            for key, value in content["params"].items():
                conn.execute(
                    "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", (key, value, id)
                )
            for key, value in {**content["tags"], "mlflow.runName": f"run {number}"}.items():
                conn.execute(
                    "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", (key, value, id)
                )


if __name__ == "__main__":
    serve(sys.argv[1])
