"""A store at the sizes that freeze the panel's peers, for ``panel.py``."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterable
from uuid import UUID

from jupyterlab_mlops.store import experiments

START = 1_795_000_000_000
MINUTE = 60_000
MODELS = ("sklearn.ensemble.RandomForestClassifier", "sklearn.svm.SVC", "xgboost.XGBClassifier")
METRICS = ("accuracy", "f1_score", "loss", "val_loss", "roc_auc")
PARAMS = ("learning_rate", "batch_size", "optimizer", "seed", "dropout")


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
