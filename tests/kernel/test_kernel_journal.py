"""The journal and its sender: nothing lost, nothing out of order, nobody waited for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.kernel.link.journal import Journal
from jupyterlab_mlops.kernel.link.sender import Sender, read_lines


def lines(spool: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (spool / "findings.jsonl").read_bytes().splitlines()]


def test_findings_are_numbered_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path, clock=lambda: 100.0)
    journal.emit("hello", None, pid=1, note="ü\n")
    journal.metrics(
        "ab", [("loss", 0.5, None), ('a"b', float("nan"), 3), ("i", float("-inf"), 4)], "m1"
    )
    hello, metrics = lines(tmp_path)
    assert (hello["kind"], hello["t"], hello["note"]) == ("hello", 100_000, "ü\n")
    assert metrics["seq"] == hello["seq"] + 1
    assert metrics["points"] == [
        ["loss", 0.5, None, 100_000],
        ['a"b', "NaN", 3, 100_000],
        ["i", "-Infinity", 4, 100_000],
    ]


def test_a_held_line_waits_for_the_next_or_for_its_release(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.emit("cell_start", "m0", hold=True)
    assert len(lines(tmp_path)) == 1  # nobody releases: nothing waits
    journal.lazy = True
    woken: list[int] = []
    journal.written = lambda: woken.append(1)
    journal.emit("cell_start", "m1", hold=True)
    assert len(lines(tmp_path)) == 1
    assert woken == [1]  # the sender is told all the same, and releases
    journal.emit("cell_end", "m1")
    assert [one["kind"] for one in lines(tmp_path)[1:]] == ["cell_start", "cell_end"]
    journal.emit("cell_start", "m2", hold=True)
    journal.release()
    journal.release()
    assert [one["msg_id"] for one in lines(tmp_path)[1:]] == ["m1", "m1", "m2"]


def test_the_end_of_a_cell_is_on_disk_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.lazy = True
    journal.emit("cell_start", "m1", hold=True)
    journal.emit("cell_end", "m1", bare=True)
    assert [one["kind"] for one in lines(tmp_path)] == ["cell_start", "cell_end"]
    assert journal.told == 0  # yet the server need not hear of it soon


def test_measurements_of_a_loop_that_follow_on_each_other_are_one_finding(tmp_path: Path) -> None:
    journal = Journal(tmp_path, clock=lambda: 1.0)
    journal.measured("c", ("loss", 3.0, None), "m1", "variable")
    assert len(lines(tmp_path)) == 1  # nobody releases: nothing waits
    journal.lazy = True
    for value in (2.0, float("nan")):
        journal.measured("c", ("loss", value, None), "m1", "variable")
    journal.measured("d", ("loss", 1.0, 4), "m1", "variable")
    assert len(lines(tmp_path)) == 1
    journal.emit("cell_end", "m1")
    first, of_c, of_d, end = lines(tmp_path)
    assert of_c["points"] == [["loss", 2.0, None, 1000], ["loss", "NaN", None, 1000]]
    assert (of_d["candidate"], of_d["points"]) == ("d", [["loss", 1.0, 4, 1000]])
    assert [one["seq"] for one in (of_c, of_d, end)] == [first["seq"] + n for n in (1, 2, 3)]


def test_nothing_is_held_once_the_server_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.lazy = True
    journal.emit("cell_start", "m1", hold=True)
    assert lines(tmp_path) == []
    monkeypatch.setattr(
        "os.getppid", lambda: 1
    )  # whose child it was is dead: it may be ended any time
    journal.emit("cell_end", "m1", hold=True)
    assert [one["kind"] for one in lines(tmp_path)] == ["cell_start", "cell_end"]


def test_nothing_is_held_while_the_server_takes_its_time(tmp_path: Path, server: Server) -> None:
    server.may_answer.clear()
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    journal.emit("tags", None, values={})
    assert server.asked.wait(20)
    told = journal.told
    journal.emit("cell_start", "m1", hold=True)
    assert [one["kind"] for one in lines(tmp_path)] == ["tags", "cell_start"]
    assert journal.told == told  # nor does it hurry the next post
    server.may_answer.set()
    sender.close(10)


def test_a_restarted_kernel_goes_on_counting(tmp_path: Path) -> None:
    first = Journal(tmp_path, clock=lambda: 100.0)
    seq = first.emit("hello", None)
    first.close()
    with (tmp_path / "findings.jsonl").open("ab") as file:
        file.write(b'{"seq": 99999999999, "t"')  # killed while writing
    second = Journal(tmp_path, clock=lambda: 50.0)
    assert second.emit("hello", None) == seq + 1


def test_not_finite_anywhere_is_text(tmp_path: Path) -> None:
    Journal(tmp_path).emit("facts", None, values={"a": [float("inf")]})
    assert lines(tmp_path)[0]["values"] == {"a": ["Infinity"]}


def test_many_threads_keep_the_order_of_numbers(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    threads = [
        threading.Thread(target=lambda: [journal.emit("tags", None, values={}) for _ in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [one["seq"] for one in lines(tmp_path)]
    assert numbers == list(range(numbers[0], numbers[0] + 800))


def test_reading_stops_at_half_a_line_and_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b'{"a":1}\n{"a":2}\n{"a"')
    assert read_lines(path, 0) == ([b'{"a":1}', b'{"a":2}'], 16)
    assert read_lines(path, 16) == ([], 16)
    path.write_bytes(b'{"a":1}\n' * 5000)
    found, offset = read_lines(path, 0)
    assert (len(found), offset) == (2000, 16000)


class Server:
    """Takes findings; answers 503 while ``down``, and nothing while it must not answer."""

    def __init__(self) -> None:
        self.received: list[int] = []
        self.down = False
        self.posts = 0
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.posts += 1
                outer.asked.set()
                outer.may_answer.wait(30)
                assert self.path == "/base/mlops/mlflow/api/2.0/mlops/findings"
                assert self.headers["Authorization"] == "Bearer secret"
                if outer.down:
                    answer, status = b"{}", 503
                else:
                    outer.received += [one["seq"] for one in body["findings"]]
                    answer, status = json.dumps({"applied_seq": outer.received[-1]}).encode(), 200
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/base/mlops/mlflow"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


def until(true: Any, timeout_s: float = 15.0) -> None:
    end = time.monotonic() + timeout_s
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    assert true()


def test_everything_arrives_once_and_in_order(tmp_path: Path, server: Server) -> None:
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    written = [journal.emit("tags", None, values={"n": n}) for n in range(5000)]
    sender.flush()
    until(lambda: server.received == written)
    assert server.posts < 200
    until(lambda: sender.applied_seq == written[-1])
    sender.close()


def test_a_server_that_is_away_loses_nothing(tmp_path: Path, server: Server) -> None:
    server.down = True
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    written = [journal.emit("tags", None, values={}) for _ in range(10)]
    until(lambda: server.posts >= 2)
    assert "retrying" in sender.state
    server.down = False
    until(lambda: server.received == written)
    sender.close()


def test_who_asks_the_server_waits_for_what_was_said_before(tmp_path: Path, server: Server) -> None:
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    for _ in range(3):
        seq = journal.emit("cell_end", None, hold=True)
        assert sender.deliver(10)
        assert server.received[-1] == seq
    server.down = True
    journal.emit("tags", None, values={})
    assert not sender.deliver(10)
    sender.close(0.1)


def test_cells_with_nothing_to_tell_are_written_down_and_sent_later(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.kernel.link.sender.BARE_GAP_S", 600.0)
    monkeypatch.setattr("jupyterlab_mlops.kernel.link.sender.GAP_S", 0.01)
    monkeypatch.setattr("jupyterlab_mlops.kernel.link.sender.HELD_S", 0.01)
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    first = journal.emit("tags", None, values={})
    until(lambda: server.received == [first])
    start = journal.emit("cell_start", "m1", hold=True)
    bare = [start, journal.emit("cell_end", "m1", bare=True)]
    sender.flush()
    until(lambda: [one["seq"] for one in lines(tmp_path)] == [first, *bare])
    assert server.received == [first]
    last = journal.emit("tags", None, values={})
    until(lambda: server.received == [first, *bare, last])
    sender.close()


def test_what_is_written_while_the_server_answers_waits_for_the_next_post(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.kernel.link.sender.GAP_S", 600.0)
    server.may_answer.clear()
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    first = journal.emit("tags", None, values={})
    assert server.asked.wait(20)
    second = journal.emit("tags", None, values={})  # as a loop does that measures again and again
    server.may_answer.set()
    until(lambda: sender.applied_seq == first)
    time.sleep(0.2)
    assert (server.posts, server.received) == (1, [first])
    sender.close(10)
    assert server.received == [first, second]


def test_a_journal_goes_on_in_another_spool(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "one", clock=lambda: 1.0)
    journal.lazy = True
    journal.emit("cell_start", "m1", hold=True)
    journal.move(tmp_path / "two")
    journal.emit("hello", None)
    journal.close()
    (start,) = lines(tmp_path / "one")
    (hello,) = lines(tmp_path / "two")
    assert (start["kind"], hello["kind"]) == ("cell_start", "hello")
    assert hello["seq"] > start["seq"]


def test_the_end_of_the_kernel_sends_what_is_left(tmp_path: Path, server: Server) -> None:
    journal = Journal(tmp_path)
    sender = Sender(journal, server.url, "secret", "k")
    sender.start()
    journal.emit("tags", None, values={})
    sender.close(10)
    assert len(server.received) == 1


def test_bytes_are_kept_by_content(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "spool")
    sha, size = journal.keep_bytes(b"hello")
    (tmp_path / "f").write_bytes(b"hello")
    assert journal.keep_file(tmp_path / "f") == (sha, size) == (sha, 5)
    assert [path.name for path in journal.files.iterdir()] == [sha]
