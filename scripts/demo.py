"""The main job without a person: a server, an example notebook run through it, a registered model, GitLab.

Exits 0 only if the candidates and the version are there, here and in GitLab.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client import BlockingKernelClient
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "classification.ipynb"
MODEL = "tumour-classifier"
PATIENCE_S = 120


def main() -> int:
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlops-demo-")))
        environment = os.environ | stack.enter_context(gitlab())
        shutil.copytree(ROOT / "examples", work / "notebooks")
        server = stack.enter_context(jupyter_server(work, environment))
        say(f"JupyterLab runs at {server.url} (data in {work / 'mlops'})")

        say(f"Running {NOTEBOOK} through the server, as JupyterLab would")
        run_notebook(server, work / "notebooks" / NOTEBOOK, environment)
        candidates = wait(lambda: ended(server), "the notebook's candidates")
        best = max(
            candidates, key=lambda each: each["metrics"].get("accuracy_score", {}).get("last", 0)
        )
        say(f"Registering the model of candidate {best['name']!r}")
        version = server.call("POST", "register", {"candidate": best["id"], "model": MODEL})

        say("Waiting for GitLab to have all of it")
        wait(lambda: synced(server, len(candidates)), "the queue to drain")
        for command in (["candidates"], ["models"]):
            print()
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "jupyterlab_mlops.cli",
                    *command,
                    "--data-dir",
                    str(work / "mlops"),
                ],
                check=True,
                env=environment,
            )
        print()
        say(
            f"Done: {len(candidates)} candidates, {version['model']} {version['version']}, "
            f"all of it in {environment['GITLAB_URL']} ({environment['GITLAB_PROJECT']})"
        )
    return 0


def say(text: str) -> None:
    print(f"demo: {text}", flush=True)


@contextlib.contextmanager
def gitlab() -> Iterator[dict[str, str]]:
    """The configured GitLab, else our fake of it."""
    if os.environ.get("GITLAB_URL") and os.environ.get("GITLAB_TOKEN"):
        say(f"Using the configured GitLab, {os.environ['GITLAB_URL']}")
        yield {}
        return
    sys.path.insert(0, str(ROOT))
    from tests.gitlab_fake import GitLabFake

    with GitLabFake() as fake:
        say(
            f"No GitLab is configured (GITLAB_URL, GITLAB_TOKEN): using a FAKE GitLab at {fake.url}"
        )
        yield {
            "GITLAB_URL": fake.url,
            "GITLAB_TOKEN": fake.token,
            "GITLAB_PROJECT": str(fake.project),
        }


class Server:
    """The Jupyter server of the demo."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def call(self, method: str, path: str, body: Any = None, *, api: str = "mlops/api") -> Any:
        request = urllib.request.Request(
            f"{self.url}/{api}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE_S) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as failure:
            raise SystemExit(f"demo: {method} {path} failed: {failure.read().decode()}") from None


@contextlib.contextmanager
def jupyter_server(work: Path, environment: dict[str, str]) -> Iterator[Server]:
    """JupyterLab on a free port with a data directory of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    log = (work / "server.log").open("wb")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={work / 'notebooks'}", f"--MLOpsExtension.data_dir={work / 'mlops'}",
        ],
        env=environment | {"JUPYTER_TOKEN": token},
        stdout=log,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", token)
    try:
        wait(lambda: process.poll() is not None or answers(server), "the server to start")
        if process.poll() is not None:
            raise SystemExit(
                f"demo: the server did not start:\n{(work / 'server.log').read_text()}"
            )
        yield server
    except SystemExit:
        sys.stderr.write((work / "server.log").read_text()[-4000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def answers(server: Server) -> bool:
    with contextlib.suppress(OSError):
        return server.call("GET", "status") is not None
    return False


def run_notebook(server: Server, path: Path, environment: dict[str, str]) -> None:
    """Start a session on the server and execute the notebook in its kernel, cell by cell."""
    session = server.call(
        "POST",
        "sessions",
        {"path": path.name, "name": path.name, "type": "notebook", "kernel": {"name": "python3"}},
        api="api",
    )
    kernel_id = session["kernel"]["id"]
    runtime = subprocess.run(
        [sys.executable, "-m", "jupyter", "--runtime-dir"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout.strip()
    client = BlockingKernelClient(connection_file=str(Path(runtime) / f"kernel-{kernel_id}.json"))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE_S)
    notebook = nbformat.read(path, as_version=4)
    runner = NotebookClient(notebook, timeout=PATIENCE_S)
    runner.kc = client
    # nbclient sends and awaits; the kernel and its recording are the server's.
    for index, cell in enumerate(notebook.cells):
        runner.execute_cell(cell, index)
    nbformat.write(notebook, path)
    client.stop_channels()


def ended(server: Server) -> list[dict[str, Any]]:
    found = server.call("GET", "candidates")["candidates"]
    running = [each for each in found if each["status"] == "RUNNING"]
    measured = [each for each in found if each["metrics"]]
    return found if len(measured) >= 2 and not running else []


def synced(server: Server, candidates: int) -> bool:
    status = server.call("GET", "status")
    queue = status["queue"]
    if queue["error"] or queue["held"]:
        raise SystemExit(
            f"demo: not everything could be pushed: {server.call('GET', 'sync/queue')}"
        )
    return (
        queue["synced"] >= candidates + 1
        and not queue["queued"] + queue["pushing"] + queue["waiting"]
    )


def wait(condition: Any, what: str) -> Any:
    """The first true answer of ``condition``."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.3)
    raise SystemExit(f"demo: waited {PATIENCE_S} s for {what} in vain")


if __name__ == "__main__":
    sys.exit(main())
