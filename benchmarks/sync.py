"""How fast a queue reaches GitLab at 50 ms latency, against a plain MLflow client doing the same in sequence;
and how much memory a large artifact takes.

    python benchmarks/sync.py --candidates 200 --sample 20
    python benchmarks/sync.py --candidates 0 --large-mib 2048

The MLflow client is measured on ``--sample`` candidates and extrapolated. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jupyterlab_mlops.entities import MetricPoint, Param  # noqa: E402
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics  # noqa: E402
from jupyterlab_mlops.store.store import Store  # noqa: E402
from jupyterlab_mlops.sync.worker import Worker  # noqa: E402

PARAMS, METRICS = 20, 20
FILES = {f"file{i}.bin": bytes([i]) * 10_000 for i in range(3)}


def fill(store: Store, count: int) -> None:
    """Candidates that have ended, each with ``PARAMS`` params, ``METRICS`` metrics and three files."""
    blobs = {path: store.blobs.put(data) for path, data in FILES.items()}

    def write(conn: Any, number: int) -> None:
        experiment = experiments.ensure(conn, "benchmark")
        id = candidates.create(conn, experiment, origin="training", name=f"c{number}")
        candidates.set_params(conn, id, [Param(f"p{i}", str(i)) for i in range(PARAMS)])
        metrics.log(conn, id, [MetricPoint(f"m{i}", i / 7, 0, number) for i in range(METRICS)])
        for path, (sha256, size) in blobs.items():
            artifacts.put(conn, artifacts.candidate_owner(id), path, sha256, size)
        candidates.update(conn, id, status="FINISHED", end_ms=number)

    for number in range(count):
        store.write_sync(write, number)


def push_all(folder: Path, gitlab: dict[str, str]) -> float:
    """Seconds from start to an empty queue."""
    store = Store(folder)
    environ = {"GITLAB_URL": gitlab["url"], "GITLAB_TOKEN": gitlab["token"]}
    worker = Worker(store, environ=environ | {"GITLAB_PROJECT": gitlab["project"]})
    began = time.monotonic()
    worker.start_sync()
    report = worker.sync_now(wait=True, timeout_s=3600)
    took = time.monotonic() - began
    worker.stop_sync()
    store.close()
    if not report["done"]:
        raise SystemExit(f"not everything was pushed: {report}")
    return took


def plain_client(gitlab: dict[str, str], count: int, folder: Path) -> float:
    """Seconds for the same with MLflow's client, one call after the other."""
    os.environ["MLFLOW_TRACKING_TOKEN"] = gitlab["token"]
    import mlflow

    path = gitlab["project"].replace("/", "%2F")
    mlflow.set_tracking_uri(f"{gitlab['url']}/api/v4/projects/{path}/ml/mlflow")
    mlflow.set_experiment("plain client")
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    began = time.monotonic()
    for number in range(count):
        with mlflow.start_run(run_name=f"c{number}"):
            mlflow.log_params({f"p{i}": i for i in range(PARAMS)})
            mlflow.log_metrics({f"m{i}": i / 7 for i in range(METRICS)}, step=0)
            for name in FILES:
                mlflow.log_artifact(str(folder / name))
    return time.monotonic() - began


def large(folder: Path, gitlab: dict[str, str], mib: int) -> dict[str, Any]:
    """Push one large artifact; returns the added peak memory (MiB) and the time (s)."""
    store = Store(folder)
    block = os.urandom(1 << 20)
    sha256, size = store.blobs.put_stream(block for _ in range(mib))

    def write(conn: Any) -> None:
        id = candidates.create(conn, experiments.ensure(conn, "large"), origin="training")
        artifacts.put(conn, artifacts.candidate_owner(id), "large.bin", sha256, size)
        candidates.update(conn, id, status="FINISHED", end_ms=1)

    store.write_sync(write)
    store.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = push_all(folder, gitlab)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "mib": mib,
        "seconds": round(took, 1),
        "added_memory_mib": round((after - before) / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--large-mib", type=int, default=0)
    args = parser.parse_args()
    fake = subprocess.Popen(
        [sys.executable, "-m", "tests.gitlab_fake", "--latency-ms", str(args.latency_ms)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert fake.stdout is not None
    gitlab = json.loads(fake.stdout.readline())
    report: dict[str, Any] = {"latency_ms": args.latency_ms}
    try:
        with tempfile.TemporaryDirectory() as folder:
            if args.large_mib:
                report["large"] = large(Path(folder) / "large", gitlab, args.large_mib)
            if args.candidates:
                store = Store(Path(folder) / "data")
                fill(store, args.candidates)
                store.close()
                ours = push_all(Path(folder) / "data", gitlab)
                plain = plain_client(gitlab, args.sample, Path(folder)) / args.sample
                report |= {
                    "candidates": args.candidates,
                    "ours_s": round(ours, 1),
                    "ours_ms_each": round(1000 * ours / args.candidates, 1),
                    "plain_ms_each": round(1000 * plain, 1),
                    "times_faster": round(plain * args.candidates / ours, 1),
                }
    finally:
        fake.terminate()
        fake.wait()
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
