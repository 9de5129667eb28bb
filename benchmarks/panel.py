"""What the panel asks of the server at the sizes that freeze its peers.

    python benchmarks/panel.py [--candidates 10000] [--metrics 50] [--params 50] [--data-dir DIR] [--fill-only]

Fills a store (once, where ``--data-dir`` keeps it) with four experiments:

- ``many``: 10,000 candidates with 50 metrics and 50 params each;
- ``wide``: 79 candidates with 2,261 metrics each;
- ``names``: 12,000 metric names over 60 candidates;
- ``long``: 50 candidates with 10,000 points of one metric each.

Then measures every call that the panel makes, from its query to the bytes of its JSON: the best of ``--repeat``
runs as CPU and wall milliseconds, and the size of the answer as sent (kB, gzip beside it).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1]))

from jupyterlab_mlops.api.candidates import in_full, page
from jupyterlab_mlops.api.compare import series, table
from jupyterlab_mlops.api.experiments import keys
from jupyterlab_mlops.store import experiments, overview
from jupyterlab_mlops.store.store import Store

START = 1_795_000_000_000
MINUTE = 60_000
MODELS = ("sklearn.ensemble.RandomForestClassifier", "sklearn.svm.SVC", "xgboost.XGBClassifier")
METRICS = ("accuracy", "f1_score", "loss", "val_loss", "roc_auc")
PARAMS = ("learning_rate", "batch_size", "optimizer", "seed", "dropout")
LIST = {
    "notebook": None,
    "filter": "tags.mlflow.parentRunId IS NULL",
    "order_by": None,
    "limit": 100,
    "page_token": None,
    "offset": None,
    "order_value": "last",
    "lenient": False,
    "form": "line",
    "tags": "",
    "view": "active",
}


def named(first: tuple[str, ...], stem: str, count: int) -> list[str]:
    """``count`` names, usual ones first."""
    return [*first, *(f"{stem}_{number:02}" for number in range(len(first), count))][:count]


class Filler:
    """Writes candidates in bulk: the tables as the recorder leaves them, without a change for each row."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._random = random.Random(7)

    def experiment(
        self,
        name: str,
        candidates: int,
        metrics: Callable[[int], Iterable[tuple[str, list[float]]]],
        params: Callable[[int], Iterable[tuple[str, str]]],
    ) -> list[str]:
        """An experiment of finished candidates; ``metrics`` gives the points of each series by step."""
        conn, rng = self._conn, self._random
        notebook = f"{name}.ipynb"
        experiment = experiments.ensure(conn, name, notebook=notebook)
        (first,) = conn.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM candidates").fetchone()
        ids = [UUID(int=rng.getrandbits(128), version=4).hex for _ in range(candidates)]
        conn.executemany(
            "INSERT INTO candidates (id, seq, name, experiment_id, origin, status, start_ms, end_ms, model_class,"
            " variable, fits, cell_id, cell_index, notebook, starred, score)"
            " VALUES (?, ?, ?, ?, 'training', ?, ?, ?, ?, 'model', 1, 'c1', 1, ?, ?, ?)",
            (
                (
                    id,
                    first + number,
                    f"attempt {number:05} · learning_rate {rng.random():.4f}",
                    experiment,
                    "FAILED" if number % 23 == 5 else "FINISHED",
                    START + number * MINUTE,
                    START + number * MINUTE + rng.randrange(MINUTE),
                    MODELS[number % 3],
                    notebook,
                    int(number % 41 == 0),
                    rng.randrange(40, 100),
                )
                for number, id in enumerate(ids)
            ),
        )
        conn.executemany(
            "INSERT INTO params VALUES (?, ?, ?, 'estimator')",
            (
                (id, key, value)
                for number, id in enumerate(ids)
                for key, value in sorted(params(number))
            ),
        )
        for number, id in enumerate(ids):
            at = START + number * MINUTE
            series = sorted(metrics(number))
            conn.executemany(
                "INSERT INTO metric_points (candidate_id, name, step, timestamp_ms, value) VALUES (?, ?, ?, ?, ?)",
                (
                    (id, key, step, at + step, value)
                    for key, values in series
                    for step, value in enumerate(values)
                ),
            )
            conn.executemany(
                "INSERT INTO metrics (candidate_id, name, value, step, timestamp_ms, min, max, count)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (id, key, v[-1], len(v) - 1, at + len(v) - 1, min(v), max(v), len(v))
                    for key, v in series
                ),
            )
        for kind, of in (("metric", "metrics"), ("param", "params")):
            conn.execute(
                f"INSERT INTO keys SELECT experiment_id, ?, {of}.name, COUNT(*), ? FROM {of}"
                f" JOIN candidates ON candidates.id = candidate_id WHERE experiment_id = ? GROUP BY {of}.name",
                (kind, START, experiment),
            )
        return ids


def fill(conn: sqlite3.Connection, candidates: int, metrics: int, params: int) -> None:
    """The four experiments."""
    rng = random.Random(11)
    metric_names, param_names = named(METRICS, "metric", metrics), named(PARAMS, "param", params)
    filler = Filler(conn)
    filler.experiment(
        "long",
        50,
        lambda number: [
            (
                "loss",
                [2 / (1 + step / (50 + number * 8)) + rng.random() / 9 for step in range(10_000)],
            )
        ],
        lambda number: [("index", str(number))],
    )
    filler.experiment(
        "names",
        60,
        lambda number: [(f"layer{n // 40}/unit{n % 40}", [rng.random()]) for n in range(number * 200, number * 200 + 200)]
        + [("accuracy", [rng.random()])],
        lambda number: [("index", str(number))],
    )  # fmt: skip
    filler.experiment(
        "wide",
        79,
        lambda _: [(f"layer{n // 40}/unit{n % 40}", [rng.random()]) for n in range(2261)],
        lambda number: [("index", str(number))],
    )
    filler.experiment(
        "many",
        candidates,
        lambda _: [(name, [rng.random()]) for name in metric_names],
        lambda _: [(name, str(round(rng.random(), 3))) for name in param_names],
    )
    conn.execute("ANALYZE main.candidates")


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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--metrics", type=int, default=50)
    parser.add_argument("--params", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--data-dir", type=Path, help="keeps the store; filled where it is empty")
    parser.add_argument("--fill-only", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(arguments, arguments.data_dir or Path(folder))


def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Fill where needed, measure, print."""
    with Store(folder) as store:
        if not any(each["name"] == "many" for each in store.read_sync(overview.experiments)):
            began = time.perf_counter()
            store.write_sync(fill, arguments.candidates, arguments.metrics, arguments.params)
            print(f"filled in {time.perf_counter() - began:.1f} s")
        if arguments.fill_only:
            return
        ids = {
            name: [row["id"] for row in store.read_sync(page, LIST | {"experiment": name, "limit": 100, "metrics": "", "params": ""})["candidates"]]
            for name in ("wide", "long", "many")
        }  # fmt: skip
        columns = {"metrics": ",".join(METRICS), "params": ",".join(PARAMS[:4])}

        def listed(**change: Any) -> Callable[[sqlite3.Connection], Any]:
            return lambda conn: page(conn, LIST | columns | {"experiment": "many"} | change)

        curve = {"points": 800, "first_step": None, "last_step": None}
        calls: dict[str, Callable[[sqlite3.Connection], Any]] = {
            "experiments": overview.experiments,
            "keys of many": lambda conn: keys(conn, "many", limit=100),
            "keys of 12,000 names": lambda conn: keys(conn, "names", limit=100),
            "keys of every experiment": lambda conn: keys(conn, None, limit=100),
            "first page": listed(),
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
        print(f"{'call':34}{'CPU ms':>9}{'wall ms':>9}{'kB':>9}{'gzip kB':>9}")
        for name, call in calls.items():
            cpu, wall, size, packed = measured(store, call, arguments.repeat)
            print(f"{name:34}{cpu:9.1f}{wall:9.1f}{size / 1000:9.0f}{packed / 1000:9.0f}")


if __name__ == "__main__":
    main()
