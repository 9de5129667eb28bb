"""What is written goes to the instance that was connected, wherever that points."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from jupyterlab_mlops.errors import RemoteUnavailable
from jupyterlab_mlops.sync.project import GitLab


class Pointing(ThreadingHTTPServer):
    """Answers everything with ``status`` and a redirect to ``elsewhere``; keeps what was asked."""

    daemon_threads = True
    status = 307
    elsewhere = ""
    asked: list[tuple[str, bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Pointing

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, body))
        self.send_response(self.server.status if self.server.elsewhere else 200)
        self.send_header("Location", self.server.elsewhere + self.path)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def servers() -> Iterator[tuple[Pointing, Pointing]]:
    made = Pointing(("127.0.0.1", 0), Handler), Pointing(("127.0.0.1", 0), Handler)
    for server in made:
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    made[0].elsewhere = f"http://127.0.0.1:{made[1].server_address[1]}"
    yield made
    for server in made:
        server.shutdown()
        server.server_close()


WRITES: dict[str, Callable[[GitLab], Any]] = {
    "a batch": lambda c: c.log_batch("r", params={"a": "1"}),
    "a description": lambda c: c.update_model("m", "text"),
    "a file": lambda c: c.upload("packages/x", "a.bin", io.BytesIO(b"abc"), 3),
    "a deletion": lambda c: c.delete_model("m"),
}


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("what", WRITES)
def test_what_is_written_is_not_sent_elsewhere(
    what: str, status: int, servers: tuple[Pointing, Pointing]
) -> None:
    gitlab, elsewhere = servers
    gitlab.status = status
    client = GitLab(f"http://127.0.0.1:{gitlab.server_address[1]}", "1", "t", timeout_s=5)
    with pytest.raises(RemoteUnavailable, match="redirect"):
        WRITES[what](client)
    assert not [asked for asked in elsewhere.asked if asked[0] != "GET" or asked[1]]
    client.close()
