"""The token is where it has to be, and nowhere else: a real server is searched byte by byte."""

from __future__ import annotations

import base64
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyterlab_mlops.errors import MLOpsError
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.connect import check
from jupyterlab_mlops.sync.credentials import Secret, Token
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced

ROOT = Path(__file__).parents[2]
#: Of characters that look different in a URL.
TOKEN = "glpat-" + "Zz/7+Kd93mZpQ2sL=8vTnB4"


def forms(token: str) -> list[bytes]:
    """The token as it may stand in what is written: plain, in a URL, in JSON, in base64 at any offset."""
    found = [token, urllib.parse.quote(token, safe=""), urllib.parse.quote(token)]
    found += [json.dumps(token)[1:-1], token.removeprefix("glpat-")]
    whole = token.encode()
    cuts = [base64.b64encode(b"x" * lead + whole)[4 if lead else 0 : -4] for lead in range(3)]
    return [form.encode() for form in dict.fromkeys(found)] + cuts


def leaks(data: bytes, token: str = TOKEN) -> list[bytes]:
    return [form for form in forms(token) if form in data]


def test_the_search_finds_what_it_is_for() -> None:
    for text in (TOKEN, f"https://x?t={urllib.parse.quote(TOKEN, safe='')}", json.dumps(TOKEN)):
        assert leaks(text.encode())
    for lead in ("", "a", "ab", "abc", "oauth2:"):
        assert leaks(base64.b64encode((lead + TOKEN + "!!").encode()))
    assert not leaks(b"glpat-another-token-altogether")


class Server:
    """A Jupyter server of its own, logging all there is to log."""

    def __init__(self, folder: Path, gitlab: GitLabFake) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = folder / "config"
        config.mkdir()
        (config / "jupyter_server_config.py").write_text(
            "import logging\n"
            "logging.basicConfig(level=logging.DEBUG)\n"
            "for name in ('urllib3', 'requests', 'gitlab', 'jupyterlab_mlops', 'asyncio'):\n"
            "    logging.getLogger(name).setLevel(logging.DEBUG)\n"
        )
        environ = {
            k: v for k, v in os.environ.items() if not k.startswith(("GITLAB", "CI_", "JUPYTER"))
        }
        environ |= {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(folder / "share"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "GITLAB_URL": gitlab.url,
            "GITLAB_TOKEN": TOKEN,
            "GITLAB_PRIVATE_TOKEN": TOKEN,
            "CI_JOB_TOKEN": TOKEN,
            "GITLAB_PROJECT": gitlab.project,
            "PYTHONPATH": str(ROOT),
        }
        (folder / "root").mkdir()
        command = [sys.executable, "-m", "jupyter_server", "--ServerApp.log_level=DEBUG"]
        command += ["--allow-root", "--no-browser", f"--ServerApp.port={self.port}"]
        command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder / 'root'}"]
        command += ["--ServerApp.jpserver_extensions={'jupyterlab_mlops': True}"]
        command += [f"--MLOpsExtension.data_dir={folder / 'mlops'}"]
        command += ["--ServerApp.disable_check_xsrf=True", "--ServerApp.port_retries=0"]
        with (folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        self.until(lambda: self.get("mlops/api/status"))

    def until(self, true: Callable[[], Any], seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if true():
                    return
            except OSError:
                assert self.process.poll() is None, (self.folder / "server.log").read_text()
            time.sleep(0.1)
        raise AssertionError("it did not come true")

    def get(self, path: str, body: Any = None) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as refused:
            return bytes(refused.read())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, GitLabFake]]:
    with GitLabFake(token=TOKEN) as gitlab:
        made = Server(tmp_path, gitlab)
        yield made, gitlab
        if made.process.poll() is None:
            made.stop()


@pytest.mark.timeout(120)
def test_a_server_that_pushes_leaks_no_token(
    server: tuple[Server, GitLabFake], tmp_path: Path
) -> None:
    running, gitlab = server
    for plan in ("drop_after", "truncate", "sign_in", "drop_before"):
        gitlab.faults.add(plan, method="POST|PUT", chance=0.15)
    gitlab.faults.add("status", chance=0.05, status=502, body=f"<html>You sent {TOKEN}</html>")
    with Store(tmp_path / "mlops") as store:
        for number in range(4):
            add_candidate(store, f"c{number}", files={"a.txt": b"1"})
    said: list[bytes] = []
    running.get("api/kernels", {"name": "python3"})
    running.until(lambda: len(gitlab.candidates()) >= 4)
    gitlab.faults.clear()
    running.until(lambda: json.loads(running.get("mlops/api/status"))["queue"]["synced"] >= 4)
    typed = {"url": gitlab.url, "project": "no/where", "token": TOKEN}
    for address, body in [
        ("mlops/api/remotes", None),
        ("mlops/api/sync/queue", None),
        ("mlops/api/candidates", None),
        ("mlops/api/status", None),
        ("mlops/api/remotes/check", typed),
        ("mlops/api/remotes", typed),
        ("mlops/api/remotes", typed | {"url": "not a url"}),
        ("mlops/api/remotes", typed | {"unknown": 1}),
        ("mlops/api/sync/dry-run", {}),
        ("metrics", None),
        ("api/status", None),
    ]:
        said.append(running.get(address, body))
    assert all(not leaks(page) for page in said)

    family = psutil.Process(running.process.pid).children(recursive=True)
    assert family  # the kernel
    for process in family:
        assert not leaks(" ".join(process.cmdline()).encode())
        environ = Path(f"/proc/{process.pid}/environ").read_bytes()
        assert not leaks(environ), process.cmdline()
        assert b"GITLAB_TOKEN" not in environ
    assert not leaks(" ".join(running.process.args).encode())  # type: ignore[arg-type]

    log = (tmp_path / "server.log").read_bytes()
    assert b"runs/create" in log
    assert b"DEBUG" in log
    # Before the end, with the write-ahead log, and after it.
    for when in ("running", "ended"):
        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert not leaks(path.read_bytes()), (when, path)
        if when == "running":
            running.stop()


def test_local_variables_of_a_traceback_show_no_token(
    store: Store,
    gitlab: GitLabFake,
    make_worker: Callable[..., Worker],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    worker = make_worker()
    shown: list[str] = []

    def attempt(call: Callable[[], Any]) -> None:
        try:
            shown.append(repr(call()))
        except MLOpsError as failure:
            told = traceback.TracebackException.from_exception(failure, capture_locals=True)
            shown.append("".join(told.format()))

    client = worker.connections.open(gitlab.url, gitlab.project, Token(gitlab.token, "typed in"))
    for fault in (
        {"action": "drop_before"},
        {"action": "truncate"},
        {"action": "sign_in"},
        {"action": "status", "status": 500, "body": f"<html>{gitlab.token}</html>"},
        {"action": "status", "status": 400, "body": {"message": f"bad {gitlab.token}"}},
        {"action": "status", "status": 401, "body": {"message": "401 Unauthorized"}},
    ):
        gitlab.faults.add(path="get-by-name", **fault)  # type: ignore[arg-type]
        attempt(lambda: client.find_experiment("x"))
        gitlab.faults.clear()
    client.close()
    for url in ("nonsense", "http://127.0.0.1:9", gitlab.url):
        typed = Secret(gitlab.token)
        attempt(
            lambda url=url, typed=typed: check(  # type: ignore[misc]
                worker.connections, worker.credentials, url, "no/where", token=typed
            )
        )
    attempt(lambda: worker.credentials.set("nonsense", Secret(gitlab.token)))
    assert len(shown) == 10
    assert not leaks("\n".join(shown).encode(), gitlab.token)
    assert not leaks(caplog.text.encode(), gitlab.token)


def test_a_queue_that_was_refused_remembers_no_token(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    add_candidate(store)
    gitlab.faults.add("status", path="runs/create", status=400, body={"message": gitlab.token})
    assert not synced(make_worker(gitlab))["done"]
    for path in store.data_dir.rglob("*"):
        if path.is_file():
            assert not leaks(path.read_bytes(), gitlab.token), path
