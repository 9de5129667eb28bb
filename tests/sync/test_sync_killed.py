"""kill -9 at any moment of a push loses nothing, doubles nothing and leaks no token."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyterlab_mlops.entities import Artifact
from jupyterlab_mlops.registry import register
from jupyterlab_mlops.store.store import Store
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, connect

ROOT = Path(__file__).parents[2]
COUNT = 24
POINTS = [("loss", 0.5 / (i + 1), i) for i in range(20)]


class Pusher:
    """The pushing process of one data directory, with its log."""

    def __init__(self, store: Store, gitlab: GitLabFake, log: Path) -> None:
        self._environ = {
            **{k: v for k, v in os.environ.items() if "GITLAB" not in k and "CI_" not in k},
            "GITLAB_URL": gitlab.url,
            "GITLAB_TOKEN": gitlab.token,
            "PYTHONPATH": str(ROOT),
        }
        self._command = [
            sys.executable,
            str(Path(__file__).with_name("pusher.py")),
            str(store.data_dir),
        ]
        self._log = log

    def start(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command, env=self._environ, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        assert process.stdout.readline() == "pushing\n"
        return process

    def finish(self) -> str:
        process = self.start()
        assert process.stdout is not None
        out = process.stdout.read()
        process.wait(60)
        process.stdout.close()
        return out.strip()

    def kill_after(self, seconds: float) -> None:
        process = self.start()
        time.sleep(seconds)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def everything_is_there_once(gitlab: GitLabFake) -> None:
    there = sorted(gitlab.candidates(), key=lambda c: c["name"])
    assert [c["name"] for c in there] == [f"c{i:02}" for i in range(COUNT)]
    for i, candidate in enumerate(there):
        assert candidate["status"] == "FINISHED"
        assert candidate["params"] == {"C": str(i)}
        assert [
            (k, v, s) for k, v, s, _ in sorted(candidate["metrics"], key=lambda m: m[2])
        ] == POINTS
        files = gitlab.files(candidate["run_id"])
        assert files == {"a.bin": bytes([i]) * 20_000, "b.txt": b"b", "c/d.txt": b"d"}
    assert sorted(v["version"] for v in gitlab.versions("churn")) == ["1.0.0", "1.1.0"]


@pytest.mark.timeout(120)
def test_killed_again_and_again(store: Store, gitlab: GitLabFake, tmp_path: Path) -> None:
    connect(store, gitlab)
    for i in range(COUNT):
        id = add_candidate(
            store,
            f"c{i:02}",
            params={"C": str(i)},
            points=POINTS,
            files={"a.bin": bytes([i]) * 20_000, "b.txt": b"b", "c/d.txt": b"d"},
        )
    for number in ("1.0.0", "1.1.0"):
        files = [Artifact("MLmodel", *store.blobs.put(number.encode()))]
        store.write_sync(
            lambda conn, number=number, files=files: register(
                conn, model="churn", version=number, candidate_id=id, files=files
            )
        )
    gitlab.instance.latency_s = 0.02
    log = tmp_path / "push.log"
    pusher = Pusher(store, gitlab, log)
    rng = random.Random(7)
    for _ in range(5):
        pusher.kill_after(rng.uniform(0.02, 0.6))
    gitlab.instance.latency_s = 0
    assert pusher.finish() == "done"
    everything_is_there_once(gitlab)

    store.close()
    token = gitlab.token.encode()
    for path in [log, *store.data_dir.rglob("*")]:
        if path.is_file():
            assert token not in path.read_bytes(), path
    assert log.stat().st_size > 1000
