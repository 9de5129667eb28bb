"""What the panel asks of the server, and what a person waits for on the screen, at the sizes that freeze its peers.

    python benchmarks/panel.py [--candidates 10000] [--metrics 50] [--params 50] [--data-dir DIR] [--only server|screen]

Fills a store (once, where ``--data-dir`` keeps it) with four experiments:

- ``many``: 10,000 candidates with 50 metrics and 50 params each;
- ``wide``: 79 candidates with 2,261 metrics each;
- ``names``: 12,000 metric names over 60 candidates;
- ``long``: 50 candidates with 10,000 points of one metric each.

At the server it measures every call that the panel makes, from its query to the bytes of its JSON: the best of
``--repeat`` runs as CPU and wall milliseconds, and the size of the answer as sent (kB, gzip beside it). On the screen
it measures in Chromium from what a person does to the frame that shows the answer: the median and the worst of
``--rounds``. Goals are judged by the best wall time, the median, and for blank rows the worst; it exits 1 where one is
missed. The screen needs ``ui-tests`` installed (``make test-browser``), and all of it a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from _lab import browser, lab
from _panel_store import METRICS, PARAMS, fill

from jupyterlab_mlops.api.candidates import in_full, page
from jupyterlab_mlops.api.compare import series, table
from jupyterlab_mlops.api.contract import operations
from jupyterlab_mlops.api.experiments import keys
from jupyterlab_mlops.store import overview, packed
from jupyterlab_mlops.store.store import Store

LIST = operations()["listCandidates"].query({}) | {
    "filter": "tags.mlflow.parentRunId IS NULL",
    "form": "line",
}
#: Sorting and filtering 10,000 candidates at the server (ms).
SERVER_MS = 200
#: On the screen (ms); what is not named here is only told.
SCREEN_MS = {
    "first rows after opening the table": 1000,
    "another experiment: 10,000 candidates": 1000,
    "filter by a metric": 500,
    "filter taken back": 500,
    "filter by a word": 500,
    "sort by a metric": 500,
    "blank rows after a jump right after a sort": 100,
    "blank rows while scrolling": 100,
    "step chart of 50 × 10,000, from the command": 1500,
}


def measured(
    store: Store, call: Callable[[sqlite3.Connection], Any], repeat: int
) -> tuple[float, float, int, int]:
    """The best CPU and wall time (ms) of a call and its writing out, and the bytes, plain and gzip."""

    def once(conn: sqlite3.Connection) -> bytes:
        return json.dumps(call(conn), allow_nan=False, separators=(",", ":")).encode()

    cpu = wall = float("inf")
    body = b""
    for _ in range(repeat):
        began, started = time.process_time(), time.perf_counter()
        body = store.read_sync(once)
        cpu = min(cpu, time.process_time() - began)
        wall = min(wall, time.perf_counter() - started)
    return cpu * 1000, wall * 1000, len(body), len(gzip.compress(body, 1))


def judged(value: float, goal: float | None) -> str:
    """The end of a line: whether a goal (ms) is met."""
    return "" if goal is None else f"   {'PASS' if value <= goal else 'FAIL'} (≤ {goal} ms)"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--metrics", type=int, default=50)
    parser.add_argument("--params", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data-dir", type=Path, help="keeps the store; filled where it is empty")
    parser.add_argument("--labextensions", type=Path, help="a directory with another build")
    parser.add_argument("--only", choices=("server", "screen"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = (arguments.data_dir or Path(folder) / "store").resolve()
        lines: list[str] = []
        with Store(data_dir) as store:
            ids = prepare(store, arguments)
            if arguments.only != "screen":
                lines += at_the_server(store, ids, arguments.repeat)
        if arguments.only != "server":
            lines += on_the_screen(Path(folder) / "lab", data_dir, ids, arguments)
    sys.exit(any("FAIL" in line for line in lines))


def prepare(store: Store, arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Fill the store where needed; the ids of some candidates by experiment."""
    if not any(each["name"] == "many" for each in store.read_sync(overview.experiments)):
        began = time.perf_counter()
        store.write_sync(fill, arguments.candidates, arguments.metrics, arguments.params)
        print(f"filled in {time.perf_counter() - began:.1f} s")
    # As a server does in the background.
    for id, name in store.read_sync(packed.grown):
        made = store.read_sync(packed.pack, id, name)
        if made is not None:
            store.write_sync(packed.keep, made)
    nothing = {"limit": 100, "metrics": "", "params": ""}
    return {
        name: [
            row["id"]
            for row in store.read_sync(page, LIST | nothing | {"experiment": name})["candidates"]
        ]
        for name in ("wide", "long", "many")
    }


def at_the_server(store: Store, ids: dict[str, list[str]], repeat: int) -> list[str]:
    """Measure and print; returns the lines."""
    columns = {"metrics": ",".join(METRICS), "params": ",".join(PARAMS[:4])}

    def listed(**change: Any) -> Callable[[sqlite3.Connection], Any]:
        return lambda conn: page(conn, LIST | columns | {"experiment": "many"} | change)

    curve = {"points": 500, "first_step": None, "last_step": None}
    calls: dict[str, Callable[[sqlite3.Connection], Any]] = {
        "experiments": overview.experiments,
        "keys of many": lambda conn: keys(conn, "many", limit=100),
        "keys of 12,000 names": lambda conn: keys(conn, "names", limit=100),
        "keys of every experiment": lambda conn: keys(conn, None, limit=100),
        "first page": listed(),
        "first page, with the order of all": listed(order=True),
        "a page of 500": listed(limit=500),
        "first page of every experiment": listed(experiment=None),
        "sort by a metric": listed(order_by="metrics.f1_score DESC"),
        "sort by a param": listed(order_by="params.learning_rate ASC"),
        "sort by name": listed(order_by="attributes.name ASC"),
        "sort, page at 9,500": listed(order_by="metrics.f1_score DESC", limit=500, offset=9500),
        "filter by a word": listed(filter="'00123'"),
        "filter by a metric": listed(filter="metrics.accuracy > 0.9"),
        "filter by three and sort": listed(
            filter="metrics.accuracy > 0.5 and params.learning_rate < 0.5 and attributes.status = 'FINISHED'",
            order_by="metrics.roc_auc DESC",
        ),
        "one in full": lambda conn: in_full(conn, ids["many"][0]),
        "compare 79 × 2,261": lambda conn: table(conn, store.blobs, ids["wide"]),
        "compare 100 of many": lambda conn: table(conn, store.blobs, ids["many"]),
        "series 50 × 10,000": lambda conn: series(conn, ids["long"], "loss", **curve),
        "series, zoomed": lambda conn: series(conn, ids["long"], "loss", **curve | {"first_step": 2000, "last_step": 3000}),
    }  # fmt: skip
    print(f"{'call':36}{'CPU ms':>9}{'wall ms':>9}{'kB':>9}{'gzip kB':>9}")
    lines = []
    for name, call in calls.items():
        cpu, wall, size, sent = measured(store, call, repeat)
        goal = SERVER_MS if name.startswith(("sort", "filter", "first page")) else None
        line = f"{name:36}{cpu:9.1f}{wall:9.1f}{size / 1000:9.0f}{sent / 1000:9.0f}"
        lines.append(line + judged(wall, goal))
        print(lines[-1])
    return lines


def on_the_screen(
    home: Path, data_dir: Path, ids: dict[str, list[str]], arguments: argparse.Namespace
) -> list[str]:
    """Measure and print; returns the lines."""
    server = lab(home, labextensions=arguments.labextensions)
    server.database.parent.parent.mkdir(parents=True)
    server.database.parent.symlink_to(data_dir)
    try:
        server.start()
        found = browser(
            "panel",
            url=server.url,
            token=server.token,
            ids=ids,
            candidates=arguments.candidates,
            rounds=arguments.rounds,
        )
    finally:
        server.stop()
    print(f"\n{'on the screen':48}{'median ms':>10}{'worst ms':>10}")
    lines = []
    for name, times in found["found"].items():
        middle, worst = statistics.median(times), max(times)
        value = worst if name.startswith("blank") else middle
        lines.append(f"{name:48}{middle:10.0f}{worst:10.0f}" + judged(value, SCREEN_MS.get(name)))
        print(lines[-1])
    for problem in found["problems"]:
        lines.append(f"FAIL  {problem}")
        print(lines[-1])
    return lines


if __name__ == "__main__":
    main()
