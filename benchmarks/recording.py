"""What recording costs: trivial cells, a training of 30 s, and cells that are hard on a recorder.

Three servers run at the same time: one with the extension, and two without it. Cells go to their kernels in turn, over
zmq (over the kernel websocket a delay of 40 ms of the server's own would hide everything), each in short rounds whose
order changes, and every round is compared with its own neighbours: a machine that is slower for a minute is slower for
all three. What is shown is the median of these comparisons with its quartiles. The second plain server is treated as the
recorded one is; what it "adds" is the noise, and nothing below it means anything. CPU time is the kernel's or the server's own,
to the nanosecond; wall time is believable on a quiet machine only.

    python benchmarks/recording.py [--cells 500] [--train 30] [--rounds 12] [--hard 5]
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from _server import JupyterServer, cpu_s

#: Trivial cells between two looks at the CPU clocks.
BLOCK = 50
#: How long what is written late is waited for (s).
LATE_S = 1.5

DATA = """
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
X, y = make_classification(4000, 20, random_state=0)
few, target = X[:50], X[:50, 0]
"""
TRAIN = """
for seed in range({count}):
    model = RandomForestClassifier(n_estimators=10, random_state=seed).fit(X, y)
"""


@dataclass(frozen=True)
class Hard:
    """A cell that is hard on a recorder, and what has to be there before it."""

    name: str
    cell: str
    setup: str = ""


HARD = (
    Hard("1,500 fits of a millisecond", "for _ in range(1500): LinearRegression().fit(few, target)"),
    Hard("2,000 metrics", "for _ in range(2000): mean_squared_error(target, target)"),
    Hard("3,000 predictions", "for _ in range(3000): line.predict(few)", "line = LinearRegression().fit(few, target)"),
    Hard("1,000,000 calls", "for _ in range(1_000_000): nothing(1)", "def nothing(x): return x"),
    Hard("10,000 files read", "for number in range(10_000):\n    with open(f'few/{number}') as file: file.read()",
         "import os; os.makedirs('few')\nfor number in range(10_000): open(f'few/{number}', 'w').close()"),
    Hard("100,000 lines printed", "for number in range(100_000): print('line', number)"),
    Hard("5,000 lines of losses", "for e in range(5000): print(f'epoch {e} loss={1 / (e + 1):.4f} acc: 0.9')"),
    Hard("500 statements among 5,000 names", "\n".join(f"n{i} = n{i + 1} + {i}" for i in range(500)),
         "for i in range(5000): globals()[f'n{i}'] = i"),
    Hard("a column of a big table", "for _ in range(20): table['sum'] = table['c0'] + table['c1']",
         "import pandas as pd; table = pd.DataFrame(np.random.rand(300_000, 20)).rename(columns='c{}'.format)"),
)  # fmt: skip


class Spent(NamedTuple):
    """What a cell took (s): on the clock, and of CPU time of its kernel and of the server."""

    wall: float
    kernel: float
    server: float


class Server(JupyterServer):
    """A server and one kernel in it."""

    def __init__(self, label: str, extension: bool, home: Path) -> None:
        super().__init__(home, extension=extension)
        self.label = label
        self.kernel: Any = None
        self.talk: Any = None

    def start(self) -> None:
        """Start the server, and a kernel in it."""
        self.home.mkdir(parents=True)
        super().start()
        kernel_id = self.open_notebook("bench.ipynb")
        self.talk = self.client(kernel_id)
        self.kernel = self.kernel_process(kernel_id)

    def run(self, code: str, timeout: float = 600) -> float:
        """Execute a cell; returns the time to its reply and idle state (s)."""
        began = time.perf_counter()
        reply = self.talk.execute_interactive(
            code, timeout=timeout, output_hook=lambda _message: None
        )
        if reply["content"]["status"] != "ok":
            raise SystemExit(f"{code[:60]!r}: {reply['content']}")
        return time.perf_counter() - began

    def spend(self, work: Callable[[], float]) -> Spent:
        """Do some work here; what it took, with what is written late."""
        kernel, server = cpu_s(self.kernel), cpu_s(self.process)
        wall = work()
        time.sleep(LATE_S)
        return Spent(wall, cpu_s(self.kernel) - kernel, cpu_s(self.process) - server)

    def stop(self) -> None:
        """End both."""
        if self.talk is not None:
            self.talk.stop_channels()
        super().stop()


def in_turn(
    servers: Sequence[Server], rounds: int, work: Callable[[Server], float]
) -> dict[str, list[Spent]]:
    """What each server spent in each round. Each is the first, the second and the third equally often."""
    spent: dict[str, list[Spent]] = {server.label: [] for server in servers}
    for number in range(rounds):
        first = number % len(servers)
        order = [*servers[first:], *servers[:first]]
        for server in order if number // len(servers) % 2 else reversed(order):
            spent[server.label].append(server.spend(lambda server=server: work(server)))
    return spent


def added(spent: dict[str, list[Spent]], what: str, *, per: float | None = None) -> dict[str, str]:
    """What recording, and what a second plain server (the noise), adds round by round: median and quartiles.

    In milliseconds a piece of ``per`` pieces, else in percent.
    """
    values = {label: [getattr(one, what) for one in rows] for label, rows in spent.items()}
    rounds = list(zip(values["plain"], values["control"], values["recorded"], strict=True))
    if per is not None:
        ours = [(mine - (one + other) / 2) * 1000 / per for one, other, mine in rounds]
        noise = [(other - one) * 1000 / per for one, other, _ in rounds]
    else:
        ours = [(mine / ((one + other) / 2) - 1) * 100 for one, other, mine in rounds]
        noise = [(other / one - 1) * 100 for one, other, _ in rounds]
    return {"recorded": shown(ours), "noise": shown(noise)}


def shown(values: Sequence[float]) -> str:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [*values] * 3
    return f"{middle:+7.2f} ({low:+.2f} to {high:+.2f})"


def trivial(servers: Sequence[Server], cells: int) -> None:
    """Cells that do nothing, one of each server in turn, so that each server sees one long notebook run."""
    for server in servers:
        for _ in range(30):
            server.run("1")
    time.sleep(LATE_S)
    walls: dict[str, list[float]] = {server.label: [] for server in servers}
    clocks: dict[str, list[tuple[float, float]]] = {server.label: [] for server in servers}

    def look() -> None:
        for server in servers:
            clocks[server.label].append((cpu_s(server.kernel), cpu_s(server.process)))

    look()
    blocks = max(4, cells // BLOCK)
    for number in range(blocks * BLOCK):
        first = number % len(servers)
        for server in [*servers[first:], *servers[:first]]:
            walls[server.label].append(server.run(f"x = {number}"))
        if (number + 1) % BLOCK == 0:
            if number + 1 == blocks * BLOCK:
                time.sleep(LATE_S)  # what closing the run costs counts as well
            look()
    spent = {
        label: [
            Spent(
                statistics.median(walls[label][place * BLOCK : (place + 1) * BLOCK]),
                *(after - before for before, after in zip(*seen[place : place + 2], strict=True)),
            )
            for place in range(blocks)
        ]
        for label, seen in clocks.items()
    }
    print(f"\n{blocks * BLOCK} trivial cells, ms a cell")
    for label, took in walls.items():
        mean = [
            statistics.mean(column) * 1000 / BLOCK for column in zip(*spent[label], strict=True)
        ]
        print(
            f"  {label:<10} p50 {statistics.median(took) * 1000:6.2f}   kernel's CPU {mean[1]:6.2f}   server's {mean[2]:6.2f}"
        )
    for what, name, per, limit in (
        ("wall", "p50", 1, "limit +1"),
        ("kernel", "kernel's CPU", BLOCK, ""),
        ("server", "server's CPU", BLOCK, "limit +0.5"),
    ):
        found = added(spent, what, per=per)
        print(f"  added, {name:<14} {found['recorded']:<28} noise {found['noise']:<28} {limit}")


def training(servers: Sequence[Server], seconds: float, rounds: int) -> None:
    """A training that is cut into rounds."""
    for server in servers:
        server.run(DATA)
        server.run(TRAIN.format(count=2))
    one_fit = min(server.run(TRAIN.format(count=10)) for server in servers) / 10
    count = max(1, round(seconds / rounds / one_fit))
    cell = TRAIN.format(count=count)
    spent = in_turn(servers, rounds, lambda server: server.run(cell))
    print(f"\na training of {seconds:g} s in {rounds} cells of {count} fits, %")
    for what, name in (("kernel", "kernel's CPU"), ("wall", "wall")):
        found = added(spent, what)
        print(f"  added, {name:<14} {found['recorded']:<28} noise {found['noise']:<28} limit +2")


def hard(servers: Sequence[Server], rounds: int) -> None:
    """Cells that are hard on a recorder."""
    print(f"\n{'hard cells, CPU of the kernel':<34}{'plain ms':>10}   added %")
    for server in servers:
        server.run(DATA)
    for one in HARD:
        for server in servers:
            server.run(one.setup or "pass")
            server.run(one.cell)
        cell = one.cell
        spent = in_turn(servers, rounds, lambda server, cell=cell: server.run(cell))
        plain = statistics.median(row.kernel for row in spent["plain"]) * 1000
        found = added(spent, "kernel")
        print(f"  {one.name:<32}{plain:>10.0f}   {found['recorded']:<28} noise {found['noise']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=600)
    parser.add_argument("--train", type=float, default=30.0, help="seconds; 0 leaves it out")
    parser.add_argument(
        "--rounds", type=int, default=12, help="rounds that the training is cut into"
    )
    parser.add_argument(
        "--hard", type=int, default=4, help="rounds of the hard cells; 0 leaves them out"
    )
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="mlops-bench-", ignore_cleanup_errors=True) as directory,
        contextlib.ExitStack() as stack,
    ):
        servers = [
            Server(label, label == "recorded", Path(directory) / label)
            for label in ("plain", "recorded", "control")
        ]
        for server in servers:
            stack.callback(server.stop)
            server.start()
        if args.cells:
            trivial(servers, args.cells)
        if args.train:
            training(servers, args.train, args.rounds)
        if args.hard:
            hard(servers, args.hard)


if __name__ == "__main__":
    main()
