"""500 candidates through faults and kill -9: everything in GitLab exactly once, byte for byte.

    python benchmarks/sync_chaos.py --candidates 500 --kills 100 --faults 0.02

Prints one JSON document; exits 1 if anything is missing, doubled or different.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jupyterlab_mlops.entities import MetricPoint, Param  # noqa: E402
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics, remotes  # noqa: E402
from jupyterlab_mlops.store.store import Store  # noqa: E402
from tests.gitlab_fake import GitLabFake  # noqa: E402

POINTS = 50
FAULTS: list[dict[str, Any]] = [
    {"action": "status", "status": 503},
    {"action": "status", "status": 500, "body": {"message": "500 Internal Server Error"}},
    {"action": "status", "status": 429, "body": "Retry later\n", "headers": {"Retry-After": "0"}},
    {"action": "drop_before"},
    {"action": "drop_after"},
    {"action": "truncate"},
    {"action": "sign_in"},
]


def content(number: int, name: str) -> bytes:
    """The bytes of a file, different for each candidate."""
    return f"{number}:{name}:".encode() * 500


def fill(store: Store, count: int) -> None:
    """Candidates that have ended."""
    names = ("notebook.ipynb", "plots/roc.bin", "model/model.bin")
    for number in range(count):
        blobs = {name: store.blobs.put(content(number, name)) for name in names}

        def write(conn: Any, number: int = number, blobs: Any = blobs) -> None:
            experiment = experiments.ensure(conn, f"experiment {number % 5}")
            id = candidates.create(
                conn, experiment, origin="training", name=f"c{number:05}", start_ms=number + 1
            )
            candidates.set_params(conn, id, [Param(f"p{i}", str(number + i)) for i in range(10)])
            metrics.log(
                conn, id, [MetricPoint("loss", 1 / (i + number + 1), i, i) for i in range(POINTS)]
            )
            for path, (sha256, size) in blobs.items():
                artifacts.put(conn, artifacts.candidate_owner(id), path, sha256, size)
            candidates.update(conn, id, status="FINISHED", end_ms=number + 100)

        store.write_sync(write)


def differences(gitlab: GitLabFake, count: int) -> list[str]:
    """What is not as it should be."""
    wrong = []
    there: dict[str, list[dict[str, Any]]] = {}
    for candidate in gitlab.candidates():
        there.setdefault(candidate["name"], []).append(candidate)
    for number in range(count):
        found = there.pop(f"c{number:05}", [])
        if len(found) != 1:
            wrong.append(f"c{number:05} is there {len(found)} times")
            continue
        (run,) = found
        if run["status"] != "FINISHED" or run["params"] != {
            f"p{i}": str(number + i) for i in range(10)
        }:
            wrong.append(f"c{number:05}: status or params")
        points = sorted((s, v) for _, v, s, _ in run["metrics"])
        if points != [(i, 1 / (i + number + 1)) for i in range(POINTS)]:
            wrong.append(f"c{number:05}: {len(points)} points")
        files = gitlab.files(run["run_id"])
        if set(files) != {"notebook.ipynb", "plots/roc.bin", "model/model.bin"}:
            wrong.append(f"c{number:05}: files {sorted(files)}")
        elif any(data != content(number, name) for name, data in files.items()):
            wrong.append(f"c{number:05}: bytes")
    return wrong + [f"{name} should not be there" for name in there]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.0, help="chance of each of 7 faults")
    parser.add_argument("--profile", default="newest")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder, GitLabFake(args.profile) as gitlab:
        store = Store(Path(folder) / "data")
        store.write_sync(remotes.add, "default", gitlab.url, gitlab.project)
        fill(store, args.candidates)
        gitlab.instance.latency_s = 0.02
        for fault in FAULTS if args.faults else ():
            gitlab.faults.add(chance=args.faults, **fault)
        environ = os.environ | {
            "GITLAB_URL": gitlab.url,
            "GITLAB_TOKEN": gitlab.token,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, str(ROOT / "tests/sync/pusher.py"), str(store.data_dir)]
        began, kills = time.monotonic(), 0
        while True:
            process = subprocess.Popen(
                command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            assert process.stdout is not None
            process.stdout.readline()
            if kills >= args.kills:
                out = process.stdout.read().strip()
                process.wait()
                break
            time.sleep(rng.uniform(0.01, 1.0))
            process.kill()
            process.wait()
            kills += 1
        wrong = differences(gitlab, args.candidates)
        uploads = sum(len(gitlab.uploads(run["run_id"])) for run in gitlab.candidates())
        print(
            json.dumps(
                {
                    "candidates": args.candidates,
                    "kills": kills,
                    "faults": args.faults,
                    "seconds": round(time.monotonic() - began, 1),
                    "requests": len(gitlab.log),
                    "uploads": uploads,
                    "last_words": out,
                    "wrong": wrong,
                },
                indent=1,
            )
        )
        store.close()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
