"""What recording costs: trivial cells and a training, beside a server without the extension.

Two servers run at the same time, one with the extension and one without; cells go to their kernels in turn,
over zmq (over the kernel websocket a delay of 40 ms of the server's own would hide everything).

    python benchmarks/recording.py [--cells 500] [--train 30]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from _server import JupyterServer, cpu_s

TRAIN = """
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
X, y = make_classification(4000, 20, random_state=0)
count = int({seconds} / 0.12)
for seed in range(count):
    model = RandomForestClassifier(n_estimators=10, random_state=seed).fit(X, y)
"""


class Server(JupyterServer):
    """A server and one kernel in it."""

    def __init__(self, label: str, extension: bool, home: Path) -> None:
        super().__init__(home, extension=extension)
        self.label = label
        self.walls: list[float] = []
        self.kernel: psutil.Process | None = None
        self.talk: Any = None

    def start(self) -> None:
        """Start the server, and a kernel in it."""
        self.home.mkdir(parents=True)
        super().start()
        kernel_id = self.open_notebook("bench.ipynb")
        self.talk = self.client(kernel_id)
        self.kernel = self.kernel_process(kernel_id)

    def run(self, code: str, timeout: float = 60) -> float:
        """Execute a cell; returns the time to its reply and idle state (s)."""
        began = time.perf_counter()
        self.talk.execute_interactive(code, timeout=timeout, output_hook=lambda _message: None)
        return time.perf_counter() - began

    def cpu(self) -> tuple[float, float]:
        """CPU seconds used so far by the server and by the kernel."""
        assert self.process is not None
        assert self.kernel is not None
        return cpu_s(self.process), cpu_s(self.kernel)

    def stop(self) -> None:
        """End both."""
        if self.talk is not None:
            self.talk.stop_channels()
        super().stop()


def trivial(servers: list[Server], cells: int) -> None:
    for server in servers:
        for _ in range(30):
            server.run("1")
    time.sleep(2)
    before = {server.label: server.cpu() for server in servers}
    for number in range(cells):
        for server in servers if number % 2 else reversed(servers):
            server.walls.append(server.run(f"x = {number}"))
    time.sleep(3)  # what is written late counts as well
    print(f"\n{cells} trivial cells        p50 ms   p95 ms   server ms/cell   kernel ms/cell")
    rows = {}
    for server in servers:
        spent = [
            after - first for after, first in zip(server.cpu(), before[server.label], strict=True)
        ]
        walls = sorted(server.walls)
        rows[server.label] = (
            statistics.median(walls) * 1000,
            walls[int(len(walls) * 0.95)] * 1000,
            spent[0] * 1000 / cells,
            spent[1] * 1000 / cells,
        )
    rows["added"] = tuple(
        mine - plain for mine, plain in zip(rows["recorded"], rows["plain"], strict=True)
    )
    for label, row in rows.items():
        print(
            f"{label:<22}"
            + "".join(f"{value:>9.2f}" for value in row[:2])
            + f"{row[2]:>17.2f}{row[3]:>17.2f}"
        )
    print("limits: p50 +1 ms, server +0.5 ms a cell")


def training(servers: list[Server], seconds: float) -> None:
    print(f"\ntraining for about {seconds:g} s, one server after the other")
    code = TRAIN.format(seconds=seconds)
    for server in servers:
        server.run(TRAIN.format(seconds=0.5), timeout=600)
    times: dict[str, list[tuple[float, float]]] = {server.label: [] for server in servers}
    for order in (servers, servers[::-1]):
        for server in order:
            before = server.cpu()[1]
            wall = server.run(code, timeout=1200)
            times[server.label].append((wall, server.cpu()[1] - before))
    for label, values in times.items():
        shown = "  ".join(f"{wall:.2f} s ({spent:.2f} s of CPU)" for wall, spent in values)
        print(f"{label:<22}{shown}")
    best = {
        label: [min(column) for column in zip(*values, strict=True)]
        for label, values in times.items()
    }
    wall, spent = (
        (mine / plain - 1) * 100
        for mine, plain in zip(best["recorded"], best["plain"], strict=True)
    )
    print(f"added                 {wall:+.1f} %, of CPU {spent:+.1f} %   (limit: +2 %)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--train", type=float, default=30.0, help="seconds; 0 leaves it out")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="mlops-bench-", ignore_cleanup_errors=True
    ) as directory:
        servers = [
            Server("plain", False, Path(directory) / "plain"),
            Server("recorded", True, Path(directory) / "recorded"),
        ]
        try:
            for server in servers:
                server.start()
            trivial(servers, args.cells)
            if args.train:
                training(servers, args.train)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
