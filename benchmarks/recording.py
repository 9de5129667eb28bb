"""What recording costs: trivial cells, notebooks that train, and cells that are hard on a recorder.

Three servers run at the same time: one with the extension, and two without it. Cells go to their kernels in turn, over
zmq (over the kernel websocket a delay of 40 ms of the server's own would hide everything), each in short rounds whose
order changes, and every round is compared with its own neighbours: a machine that is slower for a minute is slower for
all three. What is shown is the median of these comparisons with its quartiles. The second plain server is treated as the
recorded one is; what it "adds" is the noise, and nothing below it means anything. CPU time is the kernel's or the server's own,
to the nanosecond; wall time is believable on a quiet machine only.

Four notebooks train: one long fit; a bootstrap of fits of about 5 ms, each measured; a loop in NumPy that prints its
losses; a grid search. Of them the total of all rounds is compared, with the interval in which 95 of 100 drawings of
such rounds lie; every round has new kernels, as a process may be lucky with its memory: the same work takes some percent more or
less in another process.

    python benchmarks/recording.py [--cells 600] [--train 20] [--rounds 12] [--hard 4]
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
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
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
X, y = make_classification(4000, 20, random_state=0)
few, target = X[:50], X[:50, 0]
"""


@dataclass(frozen=True)
class Training:
    """A cell that trains, ``count`` times as long as its smallest piece."""

    name: str
    cell: str
    pieces: int
    """How many pieces are tried to find out how long one takes."""


TRAININGS = (
    Training("one long fit", "RandomForestClassifier(n_estimators={count}, random_state=0).fit(X, y)", 20),
    Training("fits of about 5 ms, each measured", """
scores = []
for seed in range({count}):
    rows = np.random.default_rng(seed).integers(0, 1000, 1000)
    tree = DecisionTreeClassifier(max_depth=6, random_state=seed).fit(X[rows, :10], y[rows])
    scores.append(accuracy_score(y[1000:1400], tree.predict(X[1000:1400, :10])))
""", 50),
    Training("a loop that prints its losses", """
weights = np.zeros(20)
for epoch in range({count}):
    for start in range(0, 4000, 20):
        guess = 1 / (1 + np.exp(-X[start:start + 20] @ weights))
        weights -= 0.1 * X[start:start + 20].T @ (guess - y[start:start + 20]) / 20
    guess = np.clip(1 / (1 + np.exp(-X @ weights)), 1e-9, 1 - 1e-9)
    loss = -np.mean(y * np.log(guess) + (1 - y) * np.log(1 - guess))
    print(f"epoch {{epoch}} loss={{loss:.4f}} acc={{np.mean((guess > 0.5) == y):.3f}}")
""", 50),
    Training("a grid search", """
depths = np.arange({count}) % 8 + 1
search = GridSearchCV(DecisionTreeClassifier(random_state=0), [dict(max_depth=[n]) for n in depths], cv=3).fit(X[:1000], y[:1000])
""", 10),
)  # fmt: skip


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
        self.kernel_id = ""
        self.kernel: Any = None
        self.talk: Any = None

    def start(self) -> None:
        """Start the server, and a kernel in it."""
        self.home.mkdir(parents=True)
        super().start()
        self.open("bench.ipynb")

    def open(self, notebook: str) -> None:
        """Work with a new notebook's kernel from now on, in the place of the one before."""
        if self.talk is not None:
            self.talk.stop_channels()
            self.ask("DELETE", f"/api/kernels/{self.kernel_id}")
        self.kernel_id = self.open_notebook(notebook)
        self.talk = self.client(self.kernel_id)
        self.kernel = self.kernel_process(self.kernel_id)

    def run(self, code: str, timeout: float = 600) -> float:
        """Execute a cell; returns the time to its reply and idle state (s)."""
        began = time.perf_counter()
        reply = self.talk.execute_interactive(
            code, timeout=timeout, output_hook=lambda _message: None
        )
        if reply["content"]["status"] != "ok":
            raise SystemExit(f"{code[:60]!r}: {reply['content']}")
        return time.perf_counter() - began

    def stop(self) -> None:
        """End both."""
        if self.talk is not None:
            self.talk.stop_channels()
        super().stop()


def in_turn(
    servers: Sequence[Server], rounds: Iterable[int], work: Callable[[Server], float]
) -> dict[str, list[Spent]]:
    """What each server spent in each of the numbered rounds. Each is the first, the second and the third equally often;
    what they write late counts as well."""
    spent: dict[str, list[Spent]] = {server.label: [] for server in servers}
    for number in rounds:
        first = number % len(servers)
        order = [*servers[first:], *servers[:first]]
        before = [(cpu_s(one.kernel), cpu_s(one.process)) for one in servers]
        walls: dict[str, float] = {}
        for server in order if number // len(servers) % 2 else reversed(order):
            walls[server.label] = work(server)
        time.sleep(LATE_S)
        for one, (kernel, process) in zip(servers, before, strict=True):
            took = cpu_s(one.kernel) - kernel, cpu_s(one.process) - process
            spent[one.label].append(Spent(walls[one.label], *took))
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
    """Notebooks that train, each for that long altogether, in new kernels every round."""
    spent: dict[str, dict[str, list[Spent]]] = {}
    counts: dict[str, int] = {}
    for number in range(rounds):
        for server in servers:
            server.open(f"train{number}.ipynb")
            server.run(DATA)
        for one in TRAININGS:
            tried = [server.run(one.cell.format(count=one.pieces)) for server in servers]
            if one.name not in counts:
                counts[one.name] = max(1, round(seconds / rounds / min(tried) * one.pieces))
            cell = one.cell.format(count=counts[one.name])
            took = in_turn(servers, [number], lambda server, cell=cell: server.run(cell))
            for label, rows in took.items():
                spent.setdefault(one.name, {}).setdefault(label, []).extend(rows)
    print(
        f"\ntrainings, {seconds:g} s each in {rounds} cells: added %, with 95 % intervals; limit +2"
    )
    together: dict[str, list[Spent]] = {}
    for one in TRAININGS:
        show_training(f"{one.name} ({counts[one.name]} a cell)", spent[one.name])
        for label, rows in spent[one.name].items():
            together.setdefault(label, []).extend(rows)
    show_training("all of them", together)


def show_training(name: str, spent: dict[str, list[Spent]]) -> None:
    """A line for the kernel's CPU time, and one for the time on the clock."""
    for what, unit in (("kernel", "CPU"), ("wall", "wall")):
        values = {label: [getattr(row, what) for row in rows] for label, rows in spent.items()}
        plain = [sum(pair) / 2 for pair in zip(values["plain"], values["control"], strict=True)]
        ours = interval(values["recorded"], plain)
        noise = interval(values["control"], values["plain"])
        print(f"  {name if what == 'kernel' else '':<52}{unit:<5}{ours:<28} noise {noise}")


def interval(mine: Sequence[float], others: Sequence[float], drawings: int = 4000) -> str:
    """By how much the sum of the one exceeds the other's, in percent, and where 95 % of as many rounds drawn again lie."""
    pairs = list(zip(mine, others, strict=True))
    chance = random.Random(0)

    def excess(drawn: Sequence[tuple[float, float]]) -> float:
        return (sum(one for one, _ in drawn) / sum(other for _, other in drawn) - 1) * 100

    drawn = sorted(excess(chance.choices(pairs, k=len(pairs))) for _ in range(drawings))
    low, high = drawn[drawings // 40], drawn[-drawings // 40]
    return f"{excess(pairs):+7.2f} ({low:+.2f} to {high:+.2f})"


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
        spent = in_turn(servers, range(rounds), lambda server, cell=cell: server.run(cell))
        plain = statistics.median(row.kernel for row in spent["plain"]) * 1000
        found = added(spent, "kernel")
        print(f"  {one.name:<32}{plain:>10.0f}   {found['recorded']:<28} noise {found['noise']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=600)
    parser.add_argument(
        "--train", type=float, default=20.0, help="seconds a training notebook; 0 leaves them out"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=12,
        help="cells that a training is cut into, each in a new kernel",
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
