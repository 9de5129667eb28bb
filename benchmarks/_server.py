"""A Jupyter server of its own directories, for benchmarks: started, asked, killed, started again."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient


@dataclass
class JupyterServer:
    """A server below ``home``, with or without the extension. Its data outlive it: it can be started again."""

    home: Path
    extension: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    process: psutil.Popen | None = None
    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def root(self) -> Path:
        """Where its notebooks are."""
        return self.home / "root"

    @property
    def database(self) -> Path:
        """What the extension has recorded."""
        return self.home / "data" / "mlops" / "mlops.db"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        env = {name: value for name, value in os.environ.items() if not name.startswith("GITLAB")}
        for kind in ("DATA", "RUNTIME", "CONFIG"):
            env[f"JUPYTER_{kind}_DIR"] = str(self.home / kind.lower())
        env.update(self.environment)
        config = self.home / "config" / "jupyter_server_config.json"
        config.parent.mkdir(parents=True, exist_ok=True)
        enabled = {"jupyterlab_mlops": self.extension}
        config.write_text(json.dumps({"ServerApp": {"jpserver_extensions": enabled}}))
        self.root.mkdir(exist_ok=True)
        with (self.home / "log.txt").open("ab") as log:
            self.process = psutil.Popen(
                [
                    *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                    *(f"--port={self.port}", "--ip=127.0.0.1"),
                    *(
                        f"--IdentityProvider.token={self.token}",
                        f"--ServerApp.root_dir={self.root}",
                    ),
                ],
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(300):
            try:
                self.ask("GET", "/api/status")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise SystemExit(f"the server did not start, see {self.home / 'log.txt'}")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A REST request; the answer's JSON, None where it is empty."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def open_notebook(self, path: str) -> str:
        """Make an empty notebook, if there is none, and a session for it; returns its kernel's id."""
        file = self.root / path
        if not file.exists():
            empty = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
            file.write_text(json.dumps(empty))
        body = {"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        return str(self.ask("POST", "/api/sessions", body)["kernel"]["id"])

    def client(
        self, kernel_id: str, wanted: Callable[[], bool] = lambda: True
    ) -> BlockingKernelClient:
        """A client on the kernel's connection file, once the kernel answers, as long as it is ``wanted``.

        Raises:
            ConnectionError: it does not answer, or is not wanted any more.
        """
        for _ in range(100):
            if not wanted():
                break
            client = BlockingKernelClient()
            try:
                client.load_connection_file(str(self.home / "runtime" / f"kernel-{kernel_id}.json"))
                client.start_channels()
                client.wait_for_ready(timeout=15)
            except (RuntimeError, OSError, ValueError):  # no heartbeat yet: it is starting
                client.stop_channels()
                time.sleep(0.3)
            else:
                return client
        raise ConnectionError(f"kernel {kernel_id} does not answer")

    def kernel_process(self, kernel_id: str) -> psutil.Process | None:
        """The process of a kernel, if it lives."""
        assert self.process is not None
        try:
            for child in self.process.children():
                if any(kernel_id in part for part in child.cmdline()):
                    return child
        except psutil.Error:
            pass
        return None

    def kill(self) -> None:
        """As ``kill -9``: the server has no time for anything."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        """End the server in peace."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds that a process has used so far, its own; to the nanosecond on Linux."""
    if sys.platform == "linux":
        return time.clock_gettime(
            (~process.pid << 3) | 2
        )  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
    times = process.cpu_times()
    return float(times.user + times.system)
