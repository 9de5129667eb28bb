"""What recording costs: trivial cells and a training, beside a server without the extension.

Two servers run at the same time, one with the extension and one without; cells go to their kernels in turn,
over zmq (over the kernel websocket a delay of 40 ms of the server's own would hide everything).

    python benchmarks/recording.py [--cells 500] [--train 30]
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient

TRAIN = """
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
X, y = make_classification(4000, 20, random_state=0)
count = int({seconds} / 0.12)
for seed in range(count):
    model = RandomForestClassifier(n_estimators=10, random_state=seed).fit(X, y)
"""


@dataclass
class Server:
    """A Jupyter server of its own directories, and one kernel in it."""

    label: str
    extension: bool
    home: Path
    process: psutil.Popen | None = None
    client: Any = None
    kernel: psutil.Process | None = None
    walls: list[float] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        token = secrets.token_hex(16)
        env = {name: value for name, value in os.environ.items() if not name.startswith("GITLAB")}
        for kind in ("DATA", "RUNTIME", "CONFIG"):
            env[f"JUPYTER_{kind}_DIR"] = str(self.home / kind.lower())
        env.update(self.environment)
        enabled = json.dumps({"jupyterlab_mlops": self.extension})
        (self.home / "config").mkdir(parents=True)
        (self.home / "config" / "jupyter_server_config.json").write_text(
            json.dumps({"ServerApp": {"jpserver_extensions": json.loads(enabled)}})
        )
        (self.home / "root").mkdir()
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
        (self.home / "root" / "bench.ipynb").write_text(json.dumps(notebook))
        self.process = psutil.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                *(f"--port={port}", "--ip=127.0.0.1", f"--IdentityProvider.token={token}"),
                f"--ServerApp.root_dir={self.home / 'root'}",
            ],
            env=env,
            stdout=(self.home / "log.txt").open("wb"),
            stderr=subprocess.STDOUT,
        )
        body = {
            "path": "bench.ipynb",
            "type": "notebook",
            "name": "",
            "kernel": {"name": "python3"},
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/sessions",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
        )
        for _ in range(300):
            try:
                with urllib.request.urlopen(request) as reply:
                    kernel_id = json.load(reply)["kernel"]["id"]
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise SystemExit(f"{self.label}: the server did not start, see {self.home / 'log.txt'}")
        self.client = BlockingKernelClient()
        self.client.load_connection_file(str(self.home / "runtime" / f"kernel-{kernel_id}.json"))
        self.client.start_channels()
        for attempt in range(20):
            try:
                self.client.wait_for_ready(timeout=60)
                break
            except RuntimeError:  # no heartbeat yet: the kernel is starting
                if attempt == 19:
                    raise
                time.sleep(0.5)
        for child in self.process.children(recursive=True):
            if any("ipykernel" in part for part in child.cmdline()):
                self.kernel = child

    def run(self, code: str, timeout: float = 60) -> float:
        """Execute a cell; returns the time to its reply and idle state (s)."""
        began = time.perf_counter()
        self.client.execute_interactive(code, timeout=timeout, output_hook=lambda _message: None)
        return time.perf_counter() - began

    def cpu(self) -> tuple[float, float]:
        """CPU seconds used so far by the server and by the kernel."""
        assert self.process is not None
        assert self.kernel is not None
        server, kernel = self.process.cpu_times(), self.kernel.cpu_times()
        return server.user + server.system, kernel.user + kernel.system

    def stop(self) -> None:
        if self.client is not None:
            self.client.stop_channels()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


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
    times: dict[str, list[float]] = {server.label: [] for server in servers}
    for order in (servers, servers[::-1]):
        for server in order:
            times[server.label].append(server.run(code, timeout=1200))
    best = {label: min(values) for label, values in times.items()}
    for label, values in times.items():
        print(f"{label:<22}" + "  ".join(f"{value:.2f} s" for value in values))
    added = (best["recorded"] / best["plain"] - 1) * 100
    print(f"added                 {added:+.1f} %   (limit: +2 %)")


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
