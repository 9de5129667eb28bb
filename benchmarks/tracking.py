"""Our tracking endpoint beside ``mlflow server``: one run, the same requests, both orders, pass or fail.

    python benchmarks/tracking.py [--runs 10000] [--points 100000] [--mlflow PATH/TO/mlflow] [--client]

The servers run side by side and are asked in turn (ours, theirs, theirs, ours) for every operation, so that a busy
machine is busy for all. ``mlflow server`` runs with ``--workers 1`` and with its default, one after the other on
the same files; the better of both counts. Without an ``mlflow`` command ours is measured alone. Requests are raw
HTTP over one kept-alive connection, on data that was written straight into both databases; ``--client`` repeats
them with the real client (the ``mlflow`` of this Python). CPU is what the server's processes spent a call: it says
more than time does on a busy machine.

Durability: ours is SQLite in WAL mode with ``synchronous=NORMAL`` (nothing committed is lost when the process is
killed; a power failure may lose the last transactions). ``mlflow server`` is started on a SQLite file with its
defaults (rollback journal, ``synchronous=FULL``).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _tracking_servers import Client, Server, fill, fill_history, mlflow_server, ours

#: At least how many times mlflow's speed each operation is to have.
GOALS = {
    "log_metric": 3.0,
    "log_metric, against its default": 5.0,
    "log_batch of 1,000": 15.0,
    "ordered by a metric": 100.0,
    "filtered": 10.0,
    "a page of 1,000": 10.0,
    "history": 10.0,
    "up": 1.5,
    "down": 1.5,
}
#: What memory may be in all and grow by while files are moved (MB), what one kernel call may cost (µs).
MEMORY_MB, GROWTH_MB, KERNEL_CALL_US = 200.0, 32.0, 30.0
DURABILITY = "ours: WAL, synchronous=NORMAL; mlflow: SQLite's defaults (rollback journal, FULL)"

Call = Callable[[], Any]


@dataclass
class Measured:
    """One operation on one server: seconds a call, and CPU seconds a call of the server."""

    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def time(self) -> float:
        return statistics.median(self.times)

    def take(self, server: Server, call: Call, times: int) -> None:
        """Measure some calls."""
        before = server.cpu()
        for _ in range(times):
            start = time.perf_counter()
            call()
            self.times.append(time.perf_counter() - start)
        self.cpu.append((server.cpu() - before) / times)


class Workload:
    """The operations on one server."""

    def __init__(self, server: Server, experiment: str, options: argparse.Namespace) -> None:
        self.server, self.client, self.options = server, server.client(), options
        self.experiment = experiment
        self._steps = iter(range(10**9))
        self._run = self._new_run()

    def _new_run(self) -> str:
        body = {"experiment_id": "0", "start_time": 1}
        return str(self.client.call("POST", "runs/create", body)["run"]["info"]["run_id"])

    def operations(self) -> dict[str, tuple[Call, int]]:
        """Name → what to call, and how often in a round."""
        options, runs = self.options, f"{self.options.runs:,} runs"
        series = self._history()
        return {
            "log_metric": (self._log_one, options.singles),
            "log_batch of 1,000": (self._log_thousand(), options.batches),
            f"search {runs}, ordered by a metric": (
                self._search(max_results=100, order_by=["metrics.m1 DESC"]),
                1,
            ),
            f"search {runs}, filtered": (
                self._search(max_results=100, filter="metrics.m0 > 0.9 and params.p1 = '3'"),
                3,
            ),
            "a page of 1,000 runs": (self._search(max_results=1000), 2),
            f"history of {options.points:,}": (
                lambda: self.client.raw(
                    "GET",
                    f"/api/2.0/mlflow/metrics/get-history?run_id={series}&metric_key=long",
                ),
                2,
            ),
        }

    def _log_one(self) -> None:
        point = {"key": "loss", "value": 0.5, "timestamp": 1, "step": next(self._steps)}
        self.client.call("POST", "runs/log-metric", {"run_id": self._run, **point})

    def _log_thousand(self) -> Call:
        # Written out before: the server is measured, not json.dumps.
        bodies = iter(
            [
                json.dumps(
                    {
                        "run_id": self._run,
                        "metrics": [
                            {"key": f"m{i % 10}", "value": i / 7, "timestamp": i, "step": i}
                            for i in range(first, first + 1000)
                        ],
                    }
                )
                for first in range(0, 1000 * 4 * self.options.batches, 1000)
            ]
        )
        return lambda: self.client.call("POST", "runs/log-batch", next(bodies))

    def _search(self, **fields: Any) -> Call:
        body = json.dumps({"experiment_ids": [self.experiment], **fields})
        return lambda: self.client.raw("POST", "/api/2.0/mlflow/runs/search", body)

    def _history(self) -> str:
        run = self._new_run()
        fill_history(self.server, run, self.options.points)
        return run

    def files(self, file: Path) -> dict[str, tuple[Call, int]]:
        """A large file up and down."""
        megabytes = f"{self.options.megabytes} MB"
        target = f"/api/2.0/mlflow-artifacts/artifacts/0/{self._run}/artifacts/big.bin"

        def upload() -> None:
            with file.open("rb") as source:
                self.client.raw("PUT", target, source, {"Content-Length": str(file.stat().st_size)})

        return {
            f"{megabytes} up": (upload, 1),
            f"{megabytes} down": (lambda: self.client.drain(target), 1),
        }

    def four_writers(self) -> float:
        """Four connections write to four runs at once; nothing may be lost. Seconds a call."""
        ids, calls = [self._new_run() for _ in range(4)], self.options.singles

        def write(id: str) -> None:
            own = self.server.client()
            for step in range(calls):
                point = {"key": "m", "value": step, "timestamp": step, "step": step}
                own.call("POST", "runs/log-metric", {"run_id": id, **point})

        threads = [threading.Thread(target=write, args=(id,)) for id in ids]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = time.perf_counter() - start
        for id in ids:
            answer = self.client.call("GET", f"metrics/get-history?run_id={id}&metric_key=m")
            assert len(answer["metrics"]) == calls, "a concurrent write was lost"
        return spent / (4 * calls)


class ClientWorkload:
    """The same operations by the real client."""

    def __init__(self, server: Server, experiment: str, options: argparse.Namespace) -> None:
        os.environ["MLFLOW_TRACKING_TOKEN"] = server.token
        from mlflow import MlflowClient

        self.server, self._token = server, server.token
        self._client = MlflowClient(server.url)
        self._run = self._client.create_run("0").info.run_id
        self._experiment, self._options = experiment, options
        self._steps = iter(range(10**9))

    def operations(self) -> dict[str, tuple[Call, int]]:
        """Name → what to call, and how often in a round."""
        from mlflow.entities import Metric

        client, run = self._client, self._run
        metrics = [[Metric(f"m{i % 10}", i / 7, i, i) for i in range(1000)]]
        found: dict[str, tuple[Call, int]] = {
            "client: log_metric": (
                lambda: client.log_metric(run, "loss", 0.5, step=next(self._steps)),
                self._options.singles,
            ),
            "client: log_batch of 1,000": (lambda: client.log_batch(run, metrics[0]), 5),
            "client: search ordered by a metric": (
                lambda: client.search_runs(
                    [self._experiment], order_by=["metrics.m1 DESC"], max_results=100
                ),
                1,
            ),
            "client: a page of 1,000 runs": (
                lambda: client.search_runs([self._experiment], max_results=1000),
                1,
            ),
        }
        return {name: (self._as_user(call), times) for name, (call, times) in found.items()}

    def _as_user(self, call: Call) -> Call:
        def run() -> None:
            os.environ["MLFLOW_TRACKING_TOKEN"] = self._token
            call()

        return run


# -- measuring -------------------------------------------------------------------------------------

Table = dict[str, dict[str, Measured]]  # operation → server's name → measured


def in_turn(table: Table, workloads: list[tuple[Server, dict[str, tuple[Call, int]]]]) -> None:
    """Measure every operation on every server: there and back."""
    for name in workloads[0][1]:
        row = table.setdefault(name, {})
        for server, operations in [*workloads, *reversed(workloads)]:
            row.setdefault(server.name, Measured()).take(server, *operations[name])


def compare(options: argparse.Namespace) -> tuple[Table, dict[str, float]]:
    """All measurements; memory by ``<server> in all`` and ``<server> growth`` (MB)."""
    table: Table = {}
    memory: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        mine = stack.enter_context(ours())
        experiment = _filled(mine, options)
        theirs_folder = stack.enter_context(tempfile.TemporaryDirectory())
        theirs_experiment = ""
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "big.bin"
        _write(file, options.megabytes)
        modes: list[tuple[str, ...]] = [("--workers", "1"), ()] if options.mlflow else [()]
        for mode in modes:
            with _theirs(options, theirs_folder, mode) as theirs:
                both = [(mine, experiment)]
                if theirs is not None:
                    theirs_experiment = theirs_experiment or _filled(theirs, options)
                    both.append((theirs, theirs_experiment))
                loads = [Workload(server, where, options) for server, where in both]
                in_turn(table, [(load.server, load.operations()) for load in loads])
                if options.client:
                    clients = [ClientWorkload(server, where, options) for server, where in both]
                    in_turn(table, [(load.server, load.operations()) for load in clients])
                for load in loads:
                    row = table.setdefault("4 writers, a metric each", {})
                    measured = row.setdefault(load.server.name, Measured())
                    measured.times.append(load.four_writers())
                    load.server.reset_peaks()
                before = {load.server.name: load.server.memory() for load in loads}
                in_turn(table, [(load.server, load.files(file)) for load in loads])
                for load in loads:
                    name, peak = load.server.name, load.server.memory(peak=True)
                    memory[f"{name} in all"] = max(peak, memory.get(f"{name} in all", 0))
                    growth = max(peak - before[name], 0)
                    memory[f"{name} growth"] = max(growth, memory.get(f"{name} growth", 0))
    return table, memory


@contextlib.contextmanager
def _theirs(
    options: argparse.Namespace, folder: str, mode: tuple[str, ...]
) -> Iterator[Server | None]:
    if not options.mlflow:
        yield None
        return
    with mlflow_server(options.mlflow, folder, *mode) as server:
        yield server


def _filled(server: Server, options: argparse.Namespace) -> str:
    client: Client = server.client()
    body = {"name": f"bench {time.time_ns()}"}
    experiment = str(client.call("POST", "experiments/create", body)["experiment_id"])
    fill(server, experiment, options.runs)
    asked = {"experiment_ids": [experiment], "max_results": min(options.runs, 1000)}
    found = client.call("POST", "runs/search", asked)["runs"]
    assert len(found) == min(options.runs, 1000), f"{server.name} was not filled"
    assert len(found[0]["data"]["params"]) == 5
    return experiment


def _write(file: Path, megabytes: int) -> None:
    piece = os.urandom(1 << 20)
    with file.open("wb") as out:
        for _ in range(megabytes):
            out.write(piece)


KERNEL = """
import sys, time, json, tempfile, pathlib
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import jupyterlab_mlops.kernel.agent as agent
folder = tempfile.mkdtemp(); spool = pathlib.Path(folder) / "spool"; spool.mkdir()
agent.start({"kernel_id": "k", "url": "http://127.0.0.1:9/x", "token": "t", "spool": str(spool), "root": folder,
             "notebook": "a.ipynb", "experiment": "a", "limits": {}, "switches": {"system": False}})
shell.run_cell('''
import jupyterlab_mlops as mlops, time
def loop(n):
    start = time.perf_counter()
    for step in range(n):
        mlops.log_metrics({"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4, "e": 0.5}, step=step)
    return (time.perf_counter() - start) / n
loop(2000)
spent = loop(20000)
''')
lines = (spool / "findings.jsonl").read_text().splitlines()
points = sum(len(f.get("points", ())) for f in map(json.loads, lines) if f["kind"] == "metrics")
print(json.dumps({"us": shell.user_ns["spent"] * 1e6, "points": points}))
"""


def kernel_call() -> float:
    """What one ``mlops.log_metrics`` of five values costs the cell (µs), its server out of reach."""
    told = subprocess.run(
        [sys.executable, "-c", KERNEL], capture_output=True, text=True, check=True, timeout=300
    )
    answer = json.loads(told.stdout.splitlines()[-1])
    assert answer["points"] == 22_000 * 5, f"{answer['points']} points were kept of 110,000"
    return float(answer["us"])


# -- telling ---------------------------------------------------------------------------------------


def tell(table: Table, memory: dict[str, float], call_us: float) -> bool:
    """Print the table; whether every goal was reached."""
    print(f"\nDurability: {DURABILITY}\n")
    theirs = sorted({name for row in table.values() for name in row} - {"ours"}, reverse=True)
    heads = "".join(f"{name:>24}{'CPU':>9}" for name in ["ours", *theirs])
    print(f"{'(ms a call)':40}{heads}{'ratio':>9}{'goal':>7}")
    verdicts = []

    def line(name: str, goal_name: str, against: list[str]) -> None:
        row = table[name]
        cells = ""
        for server in ["ours", *theirs]:
            measured = row.get(server)
            spent = measured.time * 1e3 if measured else float("nan")
            cpu = statistics.fmean(measured.cpu) * 1e3 if measured and measured.cpu else None
            cells += f"{spent:>24.2f}" + (f"{cpu:>9.2f}" if cpu is not None else f"{'':9}")
        best = min((row[server].time for server in against if server in row), default=float("nan"))
        ratio = best / row["ours"].time
        goal = next((GOALS[part] for part in GOALS if goal_name.endswith(part)), None)
        if goal is None:
            goal = next(
                (GOALS[part] for part in ("a page of 1,000", "history") if part in name), None
            )
        if name.startswith("client:"):
            goal = None
        told = ""
        if goal is not None and against:
            verdicts.append(ratio >= goal)
            told = f"{goal:>6g}× {'pass' if ratio >= goal else 'FAIL'}"
        print(f"{goal_name:40}{cells}{ratio:>8.1f}×{told}")

    for name in table:
        line(name, name, theirs)
        if name == "log_metric" and "mlflow" in theirs:
            line(name, "log_metric, against its default", ["mlflow"])
    print()
    for name, found, limit, unit in (
        ("memory in all", memory.get("ours in all", 0.0), MEMORY_MB, "MB"),
        ("growth by files", memory.get("ours growth", 0.0), GROWTH_MB, "MB"),
        ("kernel: log_metrics of 5", call_us, KERNEL_CALL_US, "µs"),
    ):
        verdicts.append(found < limit)
        print(
            f"{name:40}{found:>12.1f} {unit}  (below {limit:g} {unit}: {'pass' if found < limit else 'FAIL'})"
        )
    for name, found in memory.items():
        if not name.startswith("ours"):
            print(f"{f'memory of {name}':40}{found:>12.1f} MB")
    print(f"\n{sum(verdicts)} of {len(verdicts)} goals reached")
    return all(verdicts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--singles", type=int, default=100)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--mlflow", default=shutil.which("mlflow"))
    parser.add_argument("--client", action="store_true", help="measure the real client as well")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a goal is missed")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the servers, too
    table, memory = compare(options)
    reached = tell(table, memory, kernel_call())
    if options.strict and not reached:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
