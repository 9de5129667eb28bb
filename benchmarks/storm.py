"""A storm over a server, and what of it is in the store afterwards.

Several notebooks at once execute, in random order, 1,000 trivial cells, cells that print 1e6 lines, 50,000 updates of
displays, 200 MB of text, and cells that train models or open candidates. Meanwhile their kernels are interrupted, killed
and restarted at random moments, and once the server itself is killed and started again. What the clients were told is
the measure: a candidate that was announced in a cell's output is in the store, exactly once; what was answered as done is
FINISHED; every execution that was answered is there; nothing is RUNNING when all is quiet; the server's memory stays
bounded; and the event loop was never blocked for 50 ms by our code (_loop_watch.py tells whose it was).

    python benchmarks/storm.py [--seeds 1 2 3] [--scale 1.0] [--notebooks 3]

Exits with 1 when something of this does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import queue
import random
import re
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _loop_watch
import psutil
from _server import JupyterServer

TRAIN = """
class Model:
    def fit(self, X, y):
        self.coef_ = sum(y)
        return self
    def predict(self, X):
        return [self.coef_] * len(X)
import time
{name} = Model().fit([1, 2], [3, 4])
print("trained {name}", flush=True)
time.sleep({pause})
"""
OPEN = """
import time
import jupyterlab_mlops as mlops
with mlops.candidate("{name}") as candidate:
    print("trained {name}", flush=True)
    candidate.log_metric("score", {number})
    print("measured {name}", flush=True)
    time.sleep({pause})
"""
LINES = "for number in range({count}): print('line', number)"
UPDATES = """
from IPython.display import display
handle = display("first", display_id=True)
for number in range({count}): handle.update(str(number))
"""
TEXT = "for _ in range({count}): print('x' * 1_000_000)"
TOLD = re.compile(r"(trained|measured) (\w+)")

#: How long before its kernel's death a cell was answered at the latest for it to be certain (s).
AT_ONCE_S = 0.5
ENDED = {"FINISHED", "FAILED", "KILLED"}

#: How much memory (MB) the server may take beyond what it had before the storm.
MEMORY_MB = 250
#: Seconds without anything to do after which all is to be settled.
QUIET_S = 8.0


@dataclass
class Told:
    """What clients were told: the measure of what has to be in the store."""

    executions: dict[str, str] = field(default_factory=dict)
    """Status of the reply by message id."""
    candidates: dict[str, str | None] = field(default_factory=dict)
    """Announced candidates, and the status of the reply of their cell, None when none came."""
    measured: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)


def cells(notebook: int, notebooks: int, scale: float, chance: random.Random) -> list[str]:
    """The sources that one of the notebooks executes."""

    def share(total: float) -> int:
        return max(1, round(total * scale / notebooks))

    found = [f"x = {number}" for number in range(share(1000))]
    found += [LINES.format(count=share(1e6) // 5)] * 5
    found += [UPDATES.format(count=share(5e4) // 5)] * 5
    found += [TEXT.format(count=max(1, share(200) // 5))] * 5
    for number in range(share(120)):
        pause = round(chance.choice([0, 0, 0.2, 0.6]), 2)
        name = f"n{notebook}c{number}"
        found.append((TRAIN if number % 2 else OPEN).format(name=name, number=number, pause=pause))
    chance.shuffle(found)
    return found


class Notebook(threading.Thread):
    """One notebook: executes its cells over zmq, one after the other, whatever happens to its kernel."""

    def __init__(self, storm: Storm, number: int, sources: list[str], seed: int) -> None:
        super().__init__(daemon=True, name=f"notebook-{number}")
        self.storm = storm
        self.path = f"storm-{number}.ipynb"
        self.sources = sources
        self.chance = random.Random(seed)
        self.kernel_id = ""
        self.client: Any = None
        self.struck = threading.Event()
        self.answered = ("", 0.0)
        self.generation = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Execute all cells."""
        try:
            self._connect()
            strike_at = time.monotonic() + self.chance.uniform(1, 5)
            for source in self.sources:
                if self.lost:
                    self._reopen()
                if time.monotonic() >= strike_at:
                    # Soon, not now: it is to hit the middle of something.
                    threading.Timer(self.chance.uniform(0, 0.3), self._strike).start()
                    strike_at = time.monotonic() + self.chance.uniform(2, 9)
                self._execute(source)
                if self.struck.is_set() and not self.lost:
                    self._forget_last()
                    self._reconnect()
        except BaseException as failure:
            self.failure = failure

    @property
    def lost(self) -> bool:
        """Whether the server that this notebook's kernel belongs to was killed."""
        return self.storm.away.is_set() or self.storm.generation != self.generation

    def _connect(self) -> None:
        self.generation = self.storm.generation
        self.kernel_id = self.storm.server.open_notebook(self.path)
        self.client = self.storm.server.client(self.kernel_id)
        self.process = self.storm.server.kernel_process(self.kernel_id)

    def _reopen(self) -> None:
        """The server was killed and its kernels with it."""
        self.client.stop_channels()
        while self.storm.away.is_set():
            time.sleep(0.1)
        self.struck.clear()
        self._connect()

    def _forget_last(self) -> None:
        """The kernel may have died between the answer and what it tells everybody: nobody can know how that ended."""
        id, at = self.answered
        if time.monotonic() - at < AT_ONCE_S and id in self.storm.told.executions:
            self.storm.told.executions[id] = "stopped"

    def _reconnect(self) -> None:
        """The kernel's process was replaced, perhaps on other ports."""
        self.client.stop_channels()
        while not self.lost:
            process = self.storm.server.kernel_process(self.kernel_id)
            if process is not None and process != self.process:
                self.process = process
                break
            time.sleep(0.02)
        else:
            return
        self.struck.clear()
        with contextlib.suppress(ConnectionError):
            self.client = self.storm.server.client(self.kernel_id, lambda: not self.lost)

    def _strike(self) -> None:
        kind = self.chance.choice(["interrupt", "interrupt", "kill", "restart"])
        if self.lost or self.struck.is_set():
            return
        self.storm.told.faults[kind] += 1
        with contextlib.suppress(OSError, psutil.Error):
            if kind == "kill":
                process = self.storm.server.kernel_process(self.kernel_id)
                if process is not None:
                    self.struck.set()
                    process.kill()
            elif kind == "restart":
                self.struck.set()
                self.storm.server.ask("POST", f"/api/kernels/{self.kernel_id}/restart")
            else:
                self.storm.server.ask("POST", f"/api/kernels/{self.kernel_id}/interrupt")

    def _execute(self, source: str) -> None:
        """Execute a cell and note what its kernel says of it, to its reply or to the kernel's end."""
        told, reads = self.storm.told, "trained" in source
        id = self.client.execute(source)
        named: set[str] = set()
        began = time.monotonic()
        while True:
            if reads:
                self._listen(id, named)
            try:
                reply = self.client.get_shell_msg(timeout=0.05 if reads else 0.2)
            except queue.Empty:
                if self.struck.is_set() or self.lost or self._was_dropped(began):
                    break
                continue
            if reply["parent_header"].get("msg_id") == id:
                content = reply["content"]
                stopped = content.get("ename") == "KeyboardInterrupt"
                told.executions[id] = "stopped" if stopped else content["status"]
                self.answered = (id, time.monotonic())
                break
        if reads:
            time.sleep(0.02)
            self._listen(id, named)
            told.candidates.update(dict.fromkeys(named, told.executions.get(id)))
        else:
            with contextlib.suppress(OSError):  # what nobody reads is not to fill this process
                socket = self.client.iopub_channel.socket
                while socket.poll(0):
                    socket.recv_multipart()

    def _was_dropped(self, began: float) -> bool:
        """Whether an interrupt hit the kernel between two cells: it may then never answer a request."""
        if time.monotonic() - began < 10:
            return False
        try:
            return bool(self.process.cpu_percent(0.5) < 2)  # no cell sleeps for so long
        except psutil.NoSuchProcess:
            self.struck.set()  # replaced once more while it was being looked for
            return True
        except (psutil.Error, AttributeError):
            return False

    def _listen(self, id: str, named: set[str]) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                message = self.client.get_iopub_msg(timeout=0.01)
                if message["parent_header"].get("msg_id") == id and message["msg_type"] == "stream":
                    for what, name in TOLD.findall(message["content"]["text"]):
                        named.add(name)
                        if what == "measured":
                            self.storm.told.measured.add(name)


class Storm:
    """One storm with one seed over one server."""

    def __init__(self, home: Path, seed: int, notebooks: int, scale: float) -> None:
        self.report = home / "late.jsonl"
        self.server = JupyterServer(
            home, environment=_loop_watch.install(home / "watch", self.report)
        )
        self.told = Told()
        self.away = threading.Event()
        self.generation = 0
        self.over = threading.Event()
        self.chance = random.Random(seed)
        self.peaks: list[tuple[int, int]] = []
        self.notebooks = [
            Notebook(
                self, number, cells(number, notebooks, scale, self.chance), seed * 100 + number
            )
            for number in range(notebooks)
        ]

    def run(self) -> list[str]:
        """Let it rage; returns what does not hold afterwards."""
        self.server.start()
        watch = threading.Thread(target=self._weigh, daemon=True)
        watch.start()
        began = time.monotonic()
        for notebook in self.notebooks:
            notebook.start()
        kill_at = began + self.chance.uniform(15, 40)
        while any(notebook.is_alive() for notebook in self.notebooks):
            time.sleep(0.1)
            if time.monotonic() >= kill_at:
                self._kill_server()
                kill_at = float("inf")
        took = time.monotonic() - began
        time.sleep(QUIET_S)
        problems = [
            f"{notebook.name} stopped: {notebook.failure!r}"
            for notebook in self.notebooks
            if notebook.failure is not None
        ]
        problems += self._judge()
        self.over.set()
        self.server.stop()
        print(
            f"  {took:.0f} s; {len(self.told.executions)} replies,"
            f" {len(self.told.candidates)} candidates announced; {dict(self.told.faults)}"
        )
        return problems

    def _kill_server(self) -> None:
        self.told.faults["server killed"] += 1
        self.server.kill()
        self.away.set()
        self.generation += 1
        time.sleep(self.chance.uniform(0.1, 2))
        self.server.start()
        self.away.clear()

    def _weigh(self) -> None:
        """Watch the server's memory (MB): at its start, and at most."""
        first, process = 0, None
        while not self.over.wait(0.2):
            with contextlib.suppress(psutil.Error, AttributeError):
                if self.server.process is not process:
                    process, first = self.server.process, 0
                    continue
                now = process.memory_info().rss >> 20
                if not first:
                    first = now
                    self.peaks.append((first, first))
                self.peaks[-1] = (first, max(now, self.peaks[-1][1]))

    def _judge(self) -> list[str]:
        conn = sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True)
        problems = []
        for table in ("candidates", "notebook_runs", "executions"):
            (count,) = conn.execute(
                f"SELECT COUNT(*) FROM {table} WHERE status = 'RUNNING'"
            ).fetchone()
            if count:
                problems.append(f"{count} {table} are RUNNING though nothing runs")
        stored: dict[str, list[str]] = {}
        for name, variable, status in conn.execute(
            "SELECT name, variable, status FROM candidates WHERE lifecycle_stage = 'active'"
        ):
            key = variable if (variable or "").startswith("n") else name
            stored.setdefault(key, []).append(status)
        for name, replied in sorted(self.told.candidates.items()):
            found = stored.get(name, [])
            if len(found) != 1:
                problems.append(f"candidate {name} is there {len(found)} times ({replied})")
            elif replied == "ok" and found != ["FINISHED"]:
                problems.append(f"candidate {name} is {found[0]}, its cell was answered ok")
            elif replied == "error" and found == ["FINISHED"]:
                problems.append(f"candidate {name} is FINISHED, its cell failed")
        measured = {
            row[0]
            for row in conn.execute(
                "SELECT c.name FROM metrics m JOIN candidates c ON c.id = m.candidate_id"
                " WHERE m.name = 'score'"
            )
        }
        problems += [f"the metric of {name} is lost" for name in self.told.measured - measured]
        executions = dict(conn.execute("SELECT id, status FROM executions"))
        # An interrupt may hit what follows a cell's own code: that is an error to its client alone.
        kinds = {"ok": {"FINISHED"}, "error": {"FAILED", "KILLED"}, "stopped": ENDED}
        for id, replied in self.told.executions.items():
            if replied not in kinds:
                continue  # aborted: it never ran
            if id not in executions:
                problems.append(f"execution {id} was answered {replied!r} and is not there")
            elif executions[id] not in kinds[replied]:
                problems.append(f"execution {id} was answered {replied!r} and is {executions[id]}")
        problems += self._judge_server(conn)
        conn.close()
        return problems

    def _judge_server(self, conn: sqlite3.Connection) -> list[str]:
        problems = []
        for first, most in self.peaks:
            print(f"  memory of the server: {first} MB at first, {most} MB at most")
            if most - first > MEMORY_MB:
                problems.append(f"the server's memory grew from {first} to {most} MB")
        late = list(_loop_watch.late(self.report))
        worst = max(late, key=lambda item: item["ours"], default=None)
        if worst is not None:
            print(
                f"  event loop late {len(late)} times, {max(item['late'] for item in late) * 1000:.0f} ms at most;"
                f" of that ours {worst['ours'] * 1000:.0f} ms at most ({worst['within'] * 1000:.0f} in the loop,"
                f" {worst['threads'] * 1000:.0f} in threads; {worst['places'][-1][:160]})"
            )
        problems += [
            f"the loop was blocked {item['within'] * 1000:.0f} ms by us: {item['places']}"
            for item in late
            if item["within"] >= _loop_watch.LATE_S
        ]
        for (message,) in conn.execute("SELECT message FROM diagnostics LIMIT 5"):
            print(f"  diagnostics: {message[:300]}")
        log = (self.server.home / "log.txt").read_text(errors="replace")
        tracebacks = log.count("Traceback")
        if tracebacks:
            print(f"  {tracebacks} tracebacks in the server's log")
            problems += [
                f"in the log: {line[:200]}"
                for line in log.splitlines()
                if "jupyterlab-mlops:" in line or "jupyterlab_mlops/" in line
            ][:10]
        return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--notebooks", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a directory for what is left, to be looked at")
    args = parser.parse_args()
    bad = 0
    for seed in args.seeds:
        print(f"seed {seed}")
        with tempfile.TemporaryDirectory(
            prefix="mlops-storm-", ignore_cleanup_errors=True
        ) as directory:
            home = (args.keep / str(seed)) if args.keep else Path(directory)
            home.mkdir(parents=True, exist_ok=True)
            storm = Storm(home, seed, args.notebooks, args.scale)
            try:
                problems = storm.run()
            finally:
                storm.over.set()
                storm.server.stop()
            for problem in problems:
                print(f"  WRONG: {problem}")
            bad += len(problems)
    print("nothing was lost" if not bad else f"{bad} things are wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
