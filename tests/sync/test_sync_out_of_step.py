"""A proxy that sends an answer twice: from then on each answer on that connection is for the request before."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jupyterlab_mlops.errors import RemoteUnavailable
from jupyterlab_mlops.sync.project import GitLab

RUN_1 = {
    "info": {"run_id": "run-1", "experiment_id": "1"},
    "data": {"tags": [{"key": "mlops.candidate_id", "value": "c1"}]},
}
RUN_2 = {"info": {"run_id": "run-2", "experiment_id": "2"}, "data": {}}


class Stammering(socketserver.ThreadingTCPServer):
    """Answers on each connection with ``answers`` in turn, whatever is asked; counts connections."""

    allow_reuse_address = True
    daemon_threads = True
    answers: list[Any]
    connections = 0


class Stammer(socketserver.StreamRequestHandler):
    server: Stammering

    def handle(self) -> None:
        self.server.connections += 1
        for answer in self.server.answers:
            length = 0
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.rfile.read(length)
            body = json.dumps(answer).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)


@pytest.fixture
def stammering() -> Iterator[Stammering]:
    with Stammering(("127.0.0.1", 0), Stammer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


Asks = Callable[[GitLab], Any]
CALLS: dict[str, tuple[Any, Asks]] = {
    "a run that was made": (
        {"run": RUN_1},
        lambda c: c.create_run("2", name="x", start_ms=0, tags={"mlops.candidate_id": "c2"}),
    ),
    "a run": ({"run": RUN_1}, lambda c: c.get_run("run-2")),
    "a run's status": (
        {"run_info": RUN_1["info"]},
        lambda c: c.update_run("run-2", "FINISHED", 1),
    ),
    "a batch": ({"run": RUN_1}, lambda c: c.log_batch("run-2", params={"a": "1"})),
    "runs of an experiment": ({"runs": [RUN_1]}, lambda c: list(c.runs("2"))),
    "an experiment": (
        {"experiment": {"name": "one", "experiment_id": "1"}},
        lambda c: c.find_experiment("two"),
    ),
    "a model": ({"registered_model": {"name": "one"}}, lambda c: c.find_model("two")),
    "a version": (
        {"model_version": {"name": "m", "version": "7", "run_id": "r", "aliases": ["1.0.0"]}},
        lambda c: c.create_version("m", "2.0.0", description="", tags={}),
    ),
    "a package's files": (
        [{"package_id": 1, "file_name": "a", "id": 1, "file_sha256": "s"}],
        lambda c: c.package_files(2),
    ),
    "a list": ({"run": RUN_1}, lambda c: c.package_files(2)),
}


@pytest.mark.parametrize("what", CALLS)
def test_the_answer_to_something_else_is_no_answer(what: str, stammering: Stammering) -> None:
    stale, ask = CALLS[what]
    stammering.answers = [{"version": "18.0"}, stale]
    client = GitLab(f"http://127.0.0.1:{stammering.server_address[1]}", "1", "t", timeout_s=5)
    client.version()
    with pytest.raises(RemoteUnavailable) as raised:
        ask(client)
    assert raised.value.details["reason"] == "out_of_step"
    assert stammering.connections == 1
    # That connection is not used again: the next one answers from the beginning.
    assert client.version() == "18.0"
    assert stammering.connections == 2
    client.close()


def test_an_answer_that_names_nothing_is_taken(stammering: Stammering) -> None:
    stammering.answers = [{"run": RUN_2}, {}]
    client = GitLab(f"http://127.0.0.1:{stammering.server_address[1]}", "1", "t", timeout_s=5)
    assert client.create_run("2", name="x", start_ms=0, tags={}) == RUN_2
    client.log_batch("run-2", params={"a": "1"})
    client.close()
