"""Our tracking endpoint beside ``mlflow server``: one run, the same requests, both orders.

    python benchmarks/tracking.py [--runs 10000] [--points 100000] [--mlflow PATH/TO/mlflow]

Ours is measured alone where no ``mlflow`` command is found. Everything is raw HTTP over one kept-alive connection
(``http.client``), so that the client's own cost counts the same for both.

Durability: ours is SQLite in WAL mode with ``synchronous=NORMAL`` (nothing committed is lost when the process is
killed; a power failure may lose the last transactions). ``mlflow server`` is started on a SQLite file with its
defaults (rollback journal, ``synchronous=FULL``).
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit


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
        """Send JSON, return JSON."""
        data = None if body is None else json.dumps(body)
        answer = json.loads(self.raw(method, f"/api/2.0/mlflow/{path}", data))
        if "error_code" in answer:
            raise RuntimeError(answer)
        return answer

    def raw(self, method: str, path: str, data: Any = None) -> bytes:
        """Send bytes, a string or a file, return bytes."""
        self._wake()
        self._connection.request(method, self._prefix + path, body=data, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{response.status}: {body[:300]!r}")
        return body

    def drain(self, path: str) -> int:
        """Read an answer in pieces, return its length."""
        self._wake()
        self._connection.request("GET", self._prefix + path, headers=self._headers)
        response, length = self._connection.getresponse(), 0
        while piece := response.read(1 << 20):
            length += len(piece)
        return length


def timed(call: Callable[[], Any], times: int) -> float:
    """The median time of one call (s)."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def measure(url: str, token: str, pid: int, options: argparse.Namespace) -> dict[str, float]:
    """All measurements of one server: seconds a call, megabytes where the name says so."""
    client, found = Client(url, token), {}
    name = f"bench {time.time_ns()}"
    experiment = client.call("POST", "experiments/create", {"name": name})["experiment_id"]

    def new_run(**fields: Any) -> str:
        body = {"experiment_id": experiment, "start_time": 1, **fields}
        return str(client.call("POST", "runs/create", body)["run"]["info"]["run_id"])

    run, steps = new_run(), iter(range(10**9))

    def log_one() -> None:
        client.call(
            "POST",
            "runs/log-metric",
            {"run_id": run, "key": "loss", "value": 0.5, "timestamp": 1, "step": next(steps)},
        )

    def log_thousand() -> None:
        first = next(steps) * 1000
        metrics = [
            {"key": f"m{i % 10}", "value": i / 7, "timestamp": first + i, "step": first + i}
            for i in range(1000)
        ]
        client.call("POST", "runs/log-batch", {"run_id": run, "metrics": metrics})

    log_one()
    found["log_metric"] = timed(log_one, options.singles)
    log_thousand()
    found["log_batch of 1,000"] = timed(log_thousand, options.batches)
    found["4 writers, a metric each"] = four_writers(
        url, token, client, experiment, options.singles
    )

    series = new_run()
    for first in range(0, options.points, 1000):
        metrics = [
            {"key": "long", "value": float(i), "timestamp": i, "step": i}
            for i in range(first, first + 1000)
        ]
        client.call("POST", "runs/log-batch", {"run_id": series, "metrics": metrics})
    path = f"metrics/get-history?run_id={series}&metric_key=long"
    found[f"history of {options.points:,}"] = timed(lambda: client.call("GET", path), 3)

    for number in range(options.runs):
        id = new_run(start_time=number)
        client.call(
            "POST",
            "runs/log-batch",
            {
                "run_id": id,
                "metrics": [
                    {"key": f"m{k}", "value": (number * 7919 + k) % 10007 / 10007, "timestamp": 1}
                    for k in range(5)
                ],
                "params": [{"key": f"p{k}", "value": str(number % 10)} for k in range(5)],
                "tags": [{"key": "group", "value": str(number % 3)}],
            },
        )

    def search(**fields: Any) -> Callable[[], Any]:
        body = {"experiment_ids": [experiment], **fields}
        return lambda: client.call("POST", "runs/search", body)

    runs = f"{options.runs:,} runs"
    found[f"search {runs}, ordered by a metric"] = timed(
        search(max_results=100, order_by=["metrics.m1 DESC"]), 3
    )
    found[f"search {runs}, filtered"] = timed(
        search(max_results=100, filter="metrics.m0 > 0.9 and params.p1 = '3'"), 3
    )
    found["a page of 1,000 runs"] = timed(search(max_results=1000), 3)

    reset_peaks(pid)
    before = memory(pid)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "big.bin"
        piece = os.urandom(1 << 20)
        with file.open("wb") as out:
            for _ in range(options.megabytes):
                out.write(piece)
        target = (
            f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{quote('big.bin')}"
        )

        def upload() -> None:
            with file.open("rb") as source:
                client._headers["Content-Length"] = str(file.stat().st_size)
                client.raw("PUT", target, source)
                del client._headers["Content-Length"]

        found[f"{options.megabytes} MB up"] = timed(upload, 2)
        found[f"{options.megabytes} MB down"] = timed(lambda: client.drain(target), 2)
    found["memory in all (MB)"] = memory(pid, peak=True)
    found["growth by files (MB)"] = max(found["memory in all (MB)"] - before, 0.01)
    return found


def four_writers(url: str, token: str, client: Client, experiment: str, calls: int) -> float:
    """Four connections write to four runs at once; nothing may be lost. Seconds a call."""
    ids = [
        client.call("POST", "runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
        for _ in range(4)
    ]

    def write(id: str) -> None:
        own = Client(url, token)
        for step in range(calls):
            own.call(
                "POST",
                "runs/log-metric",
                {"run_id": id, "key": "m", "value": step, "timestamp": step, "step": step},
            )

    threads = [threading.Thread(target=write, args=(id,)) for id in ids]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - start
    for id in ids:
        answer = client.call("GET", f"metrics/get-history?run_id={id}&metric_key=m")
        assert len(answer["metrics"]) == calls, "a concurrent write was lost"
    return spent / (4 * calls)


def family(pid: int) -> dict[int, dict[str, str]]:
    """The status of a process and its children, by process id."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            lines = (folder / "status").read_text().splitlines()
        except OSError:
            continue
        status = dict(line.split(None, 1) for line in lines if len(line.split(None, 1)) == 2)
        if pid in (int(folder.name), int(status.get("PPid:", 0))):
            found[int(folder.name)] = status
    return found


def memory(pid: int, *, peak: bool = False) -> float:
    """Resident memory of a process and its children (MB), now or at its highest since the reset."""
    name = "VmHWM:" if peak else "VmRSS:"
    return sum(int(status.get(name, "0").split()[0]) for status in family(pid).values()) / 1024


def reset_peaks(pid: int) -> None:
    """Forget the highest resident memory so far."""
    for id in family(pid):
        Path(f"/proc/{id}/clear_refs").write_text("5")


def serve_ours(folder: str) -> None:
    """The child process: our listener, alone."""
    from jupyterlab_mlops.store.store import Store
    from jupyterlab_mlops.tracking.base import Tracking
    from jupyterlab_mlops.tracking.listener import Listener
    from jupyterlab_mlops.tracking.tokens import KernelTokens

    async def main() -> None:
        store, tokens = Store(folder), KernelTokens()
        listener = Listener(Tracking(store), tokens)
        print(await listener.start(), tokens.issue("bench"), flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())


def bench_ours(options: argparse.Namespace) -> dict[str, float]:
    """Start ours, measure, stop."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, __file__, "--serve", folder], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        try:
            return measure(url, token, process.pid, options)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def bench_mlflow(options: argparse.Namespace) -> dict[str, float]:
    """Start ``mlflow server --workers 1`` on SQLite, measure, stop."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            options.mlflow, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", f"{folder}/artifacts",
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            for _ in range(240):
                time.sleep(0.5)
                try:
                    Client(f"http://127.0.0.1:{port}").raw("GET", "/health")
                    break
                except (OSError, RuntimeError):
                    continue
            return measure(f"http://127.0.0.1:{port}", "", process.pid, options)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> None:
    """Measure both in both orders where there is an ``mlflow``, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--singles", type=int, default=200)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--mlflow", default=shutil.which("mlflow"))
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve_ours(options.serve)
        return
    ours, theirs = [bench_ours(options)], []
    if options.mlflow:
        theirs += [bench_mlflow(options), bench_mlflow(options)]
        ours.append(bench_ours(options))
    print(
        "ours: SQLite WAL, synchronous=NORMAL; mlflow server: SQLite defaults (synchronous=FULL)\n"
    )
    print(f"{'':48}{'ours':>12}{'mlflow':>12}{'ratio':>9}")
    for name in ours[0]:
        mine = min(result[name] for result in ours)
        other = min((result[name] for result in theirs), default=float("nan"))
        unit, scale = ("MB", 1) if "MB)" in name else ("ms", 1000)
        print(
            f"{name:48}{mine * scale:>9.2f} {unit}{other * scale:>9.2f} {unit}{other / mine:>8.1f}×"
        )


if __name__ == "__main__":
    main()
