"""Repositories and environments as they are."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyterlab_mlops.recorder.provenance import (
    Environments,
    hardware,
    lock,
    repository,
    without_user_info,
)


def git(directory: Path, *args: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", *identity, *args], cwd=directory, check=True, capture_output=True)


def test_a_repository_with_changes(tmp_path):
    git(tmp_path, "init", "-b", "main")
    (tmp_path / "a.txt").write_text("one\n")
    git(tmp_path, "add", "a.txt")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "remote", "add", "origin", "https://me:token@gitlab.example/group/p.git")
    (tmp_path / "sub").mkdir()
    clean = repository(tmp_path / "sub")
    assert clean is not None
    assert (clean.dirty, clean.patch, clean.branch) == (False, None, "main")
    assert clean.remote == "https://gitlab.example/group/p.git"
    assert len(clean.commit or "") == 40

    (tmp_path / "a.txt").write_text("two\n")
    (tmp_path / "new.txt").write_text("new\n")
    dirty = repository(tmp_path)
    assert dirty is not None
    assert (dirty.dirty, dirty.untracked) == (True, 1)
    assert b"-one\n+two\n" in (dirty.patch or b"")


def test_no_repository_and_no_commit(tmp_path):
    assert repository(tmp_path) is None
    assert repository(tmp_path / "not there") is None
    git(tmp_path, "init")
    empty = repository(tmp_path)
    assert empty is not None
    assert empty.commit is None


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:secret@host/p.git?token=x#y", "https://host/p.git"),
        ("https://host:8443/p.git", "https://host:8443/p.git"),
        ("git@host:group/p.git", "host:group/p.git"),
        ("ssh://git@host/p.git", "ssh://host/p.git"),
        ("/srv/git/p.git", "/srv/git/p.git"),
    ],
)
def test_remotes_lose_their_user_info(url, clean):
    assert without_user_info(url) == clean


def test_an_environment_is_asked_once(monkeypatch):
    environments = Environments()
    found = environments.of(sys.executable)
    assert found is not None
    assert "jupyter_server" in {name.replace("-", "_") for name in found["packages"]}
    assert environments.of(sys.executable) is found
    assert lock(found).startswith("# Python 3.")
    assert {"machine", "cpus"} <= hardware(found).keys()
    assert environments.of("/not/there/python") is None


def test_an_environment_that_many_runs_ask_for_at_once_is_asked_once(monkeypatch):
    asked = []

    def probe(executable):
        asked.append(executable)
        time.sleep(0.2)
        return {"paths": [], "packages": {}}

    monkeypatch.setattr("jupyterlab_mlops.recorder.provenance._probe", probe)
    environments = Environments()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(environments.of, ["/a/python"] * 4 + ["/b/python"]))
    assert sorted(asked) == ["/a/python", "/b/python"]
    assert all(one is found[0] for one in found[:4])


def test_hardware_that_is_not_known_is_left_out():
    facts = {"machine": "x86_64", "cpus": 4, "memory_bytes": None, "gpus": [], "packages": {}}
    assert hardware(facts) == {"machine": "x86_64", "cpus": 4}
    assert hardware({**facts, "gpus": ["A100"]})["gpus"] == ["A100"]
