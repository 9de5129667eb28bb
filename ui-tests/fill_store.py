"""Fill a data directory with candidates as a person would have after a week: ``python fill_store.py DATA_DIR``.

The comparison and detail stories of the browser tests stand on it. Everything is made from fixed
seeds, so that pictures of it stay the same. ``--wide`` adds 79 candidates with 2,261 metrics each,
``--long`` 50 candidates with 10,000 steps.
"""

# ruff: noqa: S311, T201 - the same data every time; it is a script
from __future__ import annotations

import argparse
import json
import math
import random
import struct
import zlib
from collections.abc import Iterator
from sqlite3 import Connection
from uuid import UUID

from jupyterlab_mlops.entities import Failure, Input, MetricPoint, Param
from jupyterlab_mlops.store import (
    artifacts,
    candidates,
    execution_rows,
    experiments,
    metrics,
    models,
    runs,
)
from jupyterlab_mlops.store.blobs import Blobs
from jupyterlab_mlops.store.store import Store

START = 1_795_000_000_000
MINUTE = 60_000
EPOCHS = 60

TRACEBACK = """\x1b[0;31m---------------------------------------------------------------------------\x1b[0m
\x1b[0;31mFloatingPointError\x1b[0m                        Traceback (most recent call last)
Cell \x1b[0;32mIn[5], line 9\x1b[0m
\x1b[1;32m      7\x1b[0m loss = cross_entropy(net(batch), target)
\x1b[1;32m      8\x1b[0m \x1b[38;5;28;01mif\x1b[39;00m \x1b[38;5;129;01mnot\x1b[39;00m np.isfinite(loss):
\x1b[0;32m----> 9\x1b[0m     \x1b[38;5;28;01mraise\x1b[39;00m FloatingPointError("loss is not finite at epoch 31")

\x1b[0;31mFloatingPointError\x1b[0m: loss is not finite at epoch 31"""

PACKAGES = {
    "ipykernel": "7.1.0",
    "joblib": "1.5.2",
    "matplotlib": "3.10.7",
    "numpy": "2.3.4",
    "pandas": "2.3.3",
    "scikit-learn": "1.7.2",
    "scipy": "1.16.2",
}


def candidate_id(group: str, index: int) -> str:
    """The same id every time, 32 hex digits."""
    return UUID(int=random.Random(f"{group} {index}").getrandbits(128), version=4).hex


def png(pixels: list[list[tuple[int, int, int]]]) -> bytes:
    """An image of ``pixels``, rows of (red, green, blue)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in pixels)
    head = struct.pack(">IIBBBBB", len(pixels[0]), len(pixels), 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def weights(rng: random.Random, strength: float) -> bytes:
    """Sixteen first-layer filters as blue-white-red tiles."""
    size, tile, gap = 160, 36, 5
    image = [[(255, 255, 255)] * size for _ in range(size)]
    for number in range(16):
        angle, phase = rng.random() * math.pi, rng.random() * 6
        left, top = gap // 2 + number % 4 * (tile + gap), gap // 2 + number // 4 * (tile + gap)
        for y in range(min(tile, size - top)):
            for x in range(min(tile, size - left)):
                wave = math.sin((x * math.cos(angle) + y * math.sin(angle)) / 4 + phase)
                value = max(-1.0, min(1.0, wave * strength + rng.gauss(0, 0.12)))
                fade = int(255 * (1 - abs(value)))
                image[top + y][left + x] = (255, fade, fade) if value > 0 else (fade, fade, 255)
    return png(image)


def confusion(rng: random.Random, accuracy: float) -> bytes:
    """A confusion matrix of ten digits as SVG."""
    cells = []
    for row in range(10):
        for column in range(10):
            share = accuracy if row == column else (1 - accuracy) * rng.random() / 3
            shade = int(255 - 190 * min(1, share**0.6))
            ink = "#fff" if shade < 130 else "#234"
            x, y = 30 + column * 27, 20 + row * 27
            cells.append(
                f'<rect x="{x}" y="{y}" width="26" height="26" fill="rgb({shade - 20},{shade},255)"/>'
                f'<text x="{x + 13}" y="{y + 17}" fill="{ink}">{round(share * 45)}</text>'
            )
    ticks = "".join(
        f'<text x="{43 + n * 27}" y="306" fill="#445">{n}</text><text x="16" y="{37 + n * 27}" fill="#445">{n}</text>'
        for n in range(10)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="310" height="312" font-family="sans-serif"'
        ' font-size="10" text-anchor="middle"><rect width="310" height="312" fill="#fff"/>'
        f"{''.join(cells)}{ticks}</svg>"
    ).encode()


def cells_of(settings: dict[str, object], scaled: bool, dropout: bool) -> list[str]:
    """The notebook of a candidate as executed."""
    values = "\n".join(f"{name} = {value!r}" for name, value in settings.items())
    prepare = "digits = load_digits()\nX = digits.data"
    if scaled:
        prepare += "\nX = StandardScaler().fit_transform(X)"
    layers = "    Dense(64, hidden, activation=activation),\n"
    if dropout:
        layers += "    Dropout(0.2),\n"
    return [
        (
            "import numpy as np\nfrom sklearn.datasets import load_digits\n"
            "from sklearn.model_selection import train_test_split\nfrom sklearn.preprocessing import StandardScaler"
        ),
        values,
        (
            f"{prepare}\nX_train, X_valid, y_train, y_valid = train_test_split(\n"
            "    X, digits.target, test_size=0.25, random_state=seed\n)"
        ),
        "def accuracy(net, X, y):\n    return float(np.mean(net.predict(X) == y))",
        (
            f"net = Network([\n{layers}    Dense(hidden, 10, activation='softmax'),\n])\n"
            "for epoch in range(epochs):\n"
            "    loss = net.train(X_train, y_train, learning_rate, batch_size)\n"
            "    val_loss, val_accuracy = net.evaluate(X_valid, y_valid)\n"
            '    print(f"epoch {epoch} loss={loss:.4f} val_loss={val_loss:.4f} val_accuracy={val_accuracy:.4f}")'
        ),
        "plot_confusion(y_valid, net.predict(X_valid))\nplot_weights(net)",
    ]


def curves(rng: random.Random, settings: dict[str, object], start: int) -> Iterator[MetricPoint]:
    """Losses and accuracies of one training; a rate above 0.5 diverges."""
    rate, width = float(str(settings["learning_rate"])), int(str(settings["hidden"]))
    speed = 0.02 + 0.10 * rate / (rate + 0.1)
    floor = 0.05 + 1.2 / width + (0.06 if settings["activation"] == "tanh" else 0)
    diverges = rate > 0.5
    pace = 900 + width * 14
    for epoch in range(EPOCHS):
        when = start + epoch * pace
        noise = rng.gauss(0, 0.012 + rate * 0.05)
        loss = floor + 2.2 * math.exp(-speed * epoch * 1.6) + noise * math.exp(-epoch / 50)
        held = floor * 1.6 + 2.2 * math.exp(-speed * epoch * 1.5) + epoch * 0.0012 * width / 64
        held += rng.gauss(0, 0.02 + rate * 0.06)
        if diverges and epoch > 22:
            loss *= 1.25 ** (epoch - 22)
            held *= 1.3 ** (epoch - 22)
        if diverges and epoch > 30:
            yield MetricPoint("loss", math.nan, epoch, when)
            return
        yield MetricPoint("loss", max(loss, 0.01), epoch, when)
        yield MetricPoint("val_loss", max(held, 0.02), epoch, when)
        yield MetricPoint("val_accuracy", max(0.1, min(0.995, 1 - held / 2.6)), epoch, when)
        yield MetricPoint("learning_rate", rate * 0.5 ** (epoch // 20), epoch, when)


def fill_digits(conn: Connection, blobs: Blobs) -> list[str]:
    """Two dozen trainings of a small network, one of which diverges. A second time changes nothing."""
    new = not candidates.exists(conn, candidate_id("digits", 0))
    experiment = experiments.ensure(conn, "digits-network", notebook="digits-network.ipynb")
    grid = [
        (rate, width, activation)
        for rate in (0.01, 0.03, 0.1, 0.3)
        for width in (16, 48, 128)
        for activation in ("relu", "tanh")
    ]
    grid.insert(17, (0.8, 48, "relu"))
    made = []
    for index, (rate, width, activation) in enumerate(grid):
        rng = random.Random(index)
        settings: dict[str, object] = {
            "epochs": EPOCHS,
            "learning_rate": rate,
            "hidden": width,
            "activation": activation,
            "batch_size": 64 if index % 3 else 32,
            "seed": index % 3,
        }
        start = START + index * 35 * MINUTE
        points = list(curves(rng, settings, start))
        failed = len({point.step for point in points}) < EPOCHS
        scaled, dropout = index > 5, index % 4 == 3
        run = f"run-{index:02}"
        sources = cells_of(settings, scaled, dropout)
        keep_run(conn, blobs, run, experiment, sources, start, points, failed)
        error = Failure("FloatingPointError", "loss is not finite at epoch 31", TRACEBACK)
        accuracy = max(point.value for point in points if point.name == "val_accuracy")
        id = candidates.create(
            conn,
            experiment,
            id=candidate_id("digits", index),
            origin="training",
            name=f"rate {rate:g} · {width} {activation}" + (" · Dropout" if dropout else ""),
            status="FAILED" if failed else "FINISHED",
            start_ms=start,
            end_ms=points[-1].timestamp_ms,
            busy_ms=points[-1].timestamp_ms - start,
            model_class="network.Network",
            variable="net",
            fits=EPOCHS,
            cell_id="c4",
            cell_index=4,
            execution_count=5,
            notebook="digits-network.ipynb",
            notebook_run_id=run,
            error=error if failed else None,
            starred=int(index in (9, 15)),
            verified=int(index == 15),
            score=62 if failed else 85 + index % 3 * 5,
            details={
                "seeds": {"numpy": index % 3},
                "git": {
                    "commit": f"{random.Random(index // 6).getrandbits(160):040x}",
                    "branch": "main" if index < 12 else "wider-network",
                    "dirty": index % 5 == 0,
                },
                "slice": [f"{run}-{ordinal}" for ordinal in range(len(sources) - 1)],
                "python": "3.13.1",
                "platform": "Linux-6.12-x86_64",
                "score_reasons": [
                    {
                        "name": "cells",
                        "points": 30,
                        "of": 30,
                        "message": "Every cell is in the notebook, unchanged.",
                    },
                    {
                        "name": "order",
                        "points": 20,
                        "of": 20,
                        "message": "Cells ran in document order.",
                    },
                    {
                        "name": "repository",
                        "points": 10 if index % 5 == 0 else 20,
                        "of": 20,
                        "message": "2 files differ from the commit; the patch is stored."
                        if index % 5 == 0
                        else "The repository was clean.",
                    },
                    {
                        "name": "seeds",
                        "points": 15,
                        "of": 15,
                        "message": "A seed of numpy was seen.",
                    },
                    {
                        "name": "environment",
                        "points": 10,
                        "of": 15,
                        "message": "7 distributions are recorded; none is locked by hash.",
                    },
                ],
            },
        )
        candidates.set_params(conn, id, [Param(k, str(v), "variable") for k, v in settings.items()])
        metrics.log(conn, id, points, source="output")
        if not failed:
            last = points[-1].timestamp_ms
            finals = {
                "f1_score": accuracy - 0.012,
                "accuracy": accuracy,
                "fit_seconds": width / 9 + index / 7,
            }
            metrics.log(
                conn, id, [MetricPoint(k, v, 0, last) for k, v in finals.items()], source="variable"
            )
        candidates.add_inputs(
            conn,
            id,
            [
                Input(
                    "data/digits.csv", f"{random.Random(index // 8).getrandbits(256):064x}", 264_712
                )
            ],
        )
        tags = {"team": "vision", "mlops.notebook": "digits-network.ipynb"}
        if index % 4 == 0:
            tags["purpose"] = "baseline" if index == 0 else ""
        candidates.set_tags(conn, id, tags)
        keep_files(conn, blobs, id, index, rng, accuracy, failed)
        made.append(id)
    candidates.set_tags(
        conn,
        made[15],
        {
            "mlflow.note.content": "Best so far. **Wider** helps more than a higher rate; "
            "the loss is still falling at epoch 60.\n\n- [ ] try 256 units\n- [x] tanh is worse"
        },
    )
    if not new:
        return made
    models.create_model(conn, "digits-network", description="Reads handwritten digits.")
    models.create_version(conn, "digits-network", version="1.0.0", candidate_id=made[9])
    models.create_version(conn, "digits-network", version="1.1.0", candidate_id=made[15])
    return made


def keep_run(
    conn: Connection,
    blobs: Blobs,
    run: str,
    experiment: int,
    sources: list[str],
    start: int,
    points: list[MetricPoint],
    failed: bool,
) -> None:
    """The notebook run behind a candidate with what its cells printed."""
    runs.open_run(
        conn,
        run,
        "kernel",
        opened_ms=start - 5000,
        notebook="digits-network.ipynb",
        experiment_id=experiment,
    )
    printed = "".join(f"epoch {p.step} loss={p.value:.4f}\n" for p in points if p.name == "loss")
    ran = sources[:5] if failed else sources
    for ordinal, source in enumerate(ran):
        id = f"{run}-{ordinal}"
        training = ordinal == 4
        begun = start - 5000 + ordinal * 900
        execution_rows.start(
            conn,
            id,
            run,
            "kernel",
            ordinal=ordinal,
            source=source,
            execution_count=ordinal + 1,
            started_ms=begun,
        )
        outputs: list[dict[str, object]] = []
        if training:
            outputs.append({"output_type": "stream", "name": "stdout", "text": printed})
        if training and failed:
            outputs.append(
                {
                    "output_type": "error",
                    "ename": "FloatingPointError",
                    "evalue": "loss is not finite at epoch 31",
                    "traceback": TRACEBACK.split("\n"),
                }
            )
        blob, size = blobs.put(json.dumps(outputs).encode())
        runs.keep_blob(conn, blob, size)
        execution_rows.update(
            conn,
            id,
            cell_id=f"c{ordinal}",
            cell_index=ordinal,
            status="FAILED" if training and failed else "FINISHED",
            ended_ms=points[-1].timestamp_ms if training else begun + 40,
            outputs=blob if outputs else None,
            output_bytes=size,
        )
    runs.update_run(
        conn,
        run,
        status="FAILED" if failed else "FINISHED",
        closed_ms=points[-1].timestamp_ms,
        whole=int(not failed),
    )


def keep_files(
    conn: Connection,
    blobs: Blobs,
    id: str,
    index: int,
    rng: random.Random,
    accuracy: float,
    failed: bool,
) -> None:
    """Figures, a report, the environment and a small notebook."""
    installed = dict(PACKAGES)
    if index > 11:
        installed |= {"numpy": "2.4.0", "scikit-learn": "1.8.0"}
    if index % 7 == 6:
        installed["rich"] = "14.2.0"
    environment = "\n".join(f"{name}=={version}" for name, version in sorted(installed.items()))
    files = {"environment.txt": environment.encode()}
    if not failed:
        report = {"accuracy": round(accuracy, 4), "support": 450, "classes": list(range(10))}
        files |= {
            "figures/confusion.svg": confusion(rng, accuracy),
            "figures/weights.png": weights(rng, 0.5 + index / 40),
            "report.json": json.dumps(report).encode(),
            "predictions.csv": "\n".join(
                ["index,true,predicted", *(f"{n},{n % 10},{n % 10}" for n in range(40))]
            ).encode(),
            "model.bin": bytes(2000 + index * 700),
        }
    for path, data in files.items():
        sha256, size = blobs.put(data)
        artifacts.put(
            conn, artifacts.candidate_owner(id), path, sha256, size, artifacts.media_type_of(path)
        )


def fill_wide(conn: Connection) -> list[str]:
    """79 candidates with 2,261 metrics each: a size at which tables and charts elsewhere freeze."""
    experiment = experiments.ensure(conn, "wide")
    made = []
    for index in range(79):
        rng = random.Random(f"wide {index}")
        id = candidates.create(
            conn,
            experiment,
            id=candidate_id("wide", index),
            origin="mlflow",
            name=f"wide {index:02}",
            status="FINISHED",
            start_ms=START + index,
            end_ms=START + index + MINUTE,
        )
        candidates.set_params(conn, id, [Param("index", str(index))])
        metrics.log(
            conn,
            id,
            [
                MetricPoint(f"layer{n // 40}/unit{n % 40}", rng.random(), 0, START)
                for n in range(2261)
            ],
        )
        made.append(id)
    return made


def fill_long(conn: Connection) -> list[str]:
    """50 candidates with 10,000 points of one metric each."""
    experiment = experiments.ensure(conn, "long")
    made = []
    for index in range(50):
        rng = random.Random(f"long {index}")
        id = candidates.create(
            conn,
            experiment,
            id=candidate_id("long", index),
            origin="mlflow",
            name=f"long {index:02}",
            status="FINISHED",
            start_ms=START,
            end_ms=START + MINUTE,
        )
        candidates.set_params(conn, id, [Param("index", str(index))])
        points = (
            MetricPoint(
                "loss", 2 / (1 + step / (50 + index * 8)) + rng.random() / 9, step, START + step
            )
            for step in range(10_000)
        )
        metrics.log(conn, id, points)
        made.append(id)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir")
    parser.add_argument(
        "--wide", action="store_true", help="also 79 candidates with 2,261 metrics each"
    )
    parser.add_argument("--long", action="store_true", help="also 50 candidates with 10,000 steps")
    arguments = parser.parse_args()
    store = Store(arguments.data_dir)
    try:
        made = {"digits": store.write_sync(fill_digits, store.blobs)}
        if arguments.wide:
            made["wide"] = store.write_sync(fill_wide)
        if arguments.long:
            made["long"] = store.write_sync(fill_long)
    finally:
        store.close()
    print(json.dumps(made))


if __name__ == "__main__":
    main()
