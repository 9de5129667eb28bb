"""``jupyter mlops sync --wait`` in a CI job: connected by the job's variables, no server, an exit code to trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.cli import main
from jupyterlab_mlops.cli import server as cli_server
from jupyterlab_mlops.store import candidates
from jupyterlab_mlops.store.store import Store
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate

Sync = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, gitlab: GitLabFake, tmp_path: Path) -> None:
    """The variables of a job of the project, and nothing of this machine's."""
    monkeypatch.setattr(cli_server, "find", lambda data_dir: None)
    monkeypatch.setenv("PYTHON_GITLAB_CFG", str(tmp_path / "none.cfg"))
    for name in ("GITLAB_URL", "GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN", "GITLAB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "none.cfg").write_text("[global]\n")
    monkeypatch.setenv("CI_SERVER_URL", gitlab.url)
    monkeypatch.setenv("CI_PROJECT_PATH", gitlab.project)
    job_token = gitlab.instance.add_token(gitlab.user_id, kind="job")
    monkeypatch.setenv("CI_JOB_TOKEN", job_token.value)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sync(job: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sync:
    def run(*more: str) -> tuple[int, dict[str, Any]]:
        data_dir = str(tmp_path / "data")
        code = main(["sync", *more, "--json", "--data-dir", data_dir])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def filled(tmp_path: Path) -> str:
    with Store(tmp_path / "data") as store:
        return add_candidate(store, files={"a.txt": b"1"})


def test_an_access_token_in_a_masked_variable_is_all_it_takes(
    sync: Sync, filled: str, gitlab: GitLabFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.token)
    for flags in (["--wait"], []):
        code, found = sync(*flags)
        assert (code, found["done"], found["queue"]["synced"]) == (0, True, 1)
    assert len(gitlab.candidates()) == 1


def test_a_job_token_alone_is_told_to_be_the_wrong_kind(
    sync: Sync, filled: str, gitlab: GitLabFake
) -> None:
    for flags in (["--wait"], []):
        code, found = sync(*flags, "--timeout", "20")
        assert code == 1
        assert "takes no CI job token" in found["problems"][0]
    assert gitlab.candidates() == []


def test_what_is_held_fails_the_job(
    sync: Sync, filled: str, gitlab: GitLabFake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.token)
    with Store(tmp_path / "data") as store:
        secret = "glpat-" + "x7Kd93mZpQ2sLw8vTnB4"
        store.write_sync(candidates.set_tags, filled, {"note": secret})
    code, found = sync("--wait")
    assert (code, found["queue"]["held"]) == (1, 1)


def test_out_of_reach_fails_the_job_in_time(
    sync: Sync, filled: str, gitlab: GitLabFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.token)
    gitlab.instance.maintenance = True
    code, found = sync("--wait", "--timeout", "1.5")
    assert code == 1
    assert not found["done"]
    gitlab.instance.maintenance = False
    assert sync("--wait", "--timeout", "30")[0] == 0


def test_deleting_there_from_the_command_line(
    sync: Sync,
    filled: str,
    gitlab: GitLabFake,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.token)
    assert sync("--wait")[0] == 0
    command = ["delete-remote", "candidate", filled[:8], "--data-dir", str(tmp_path / "data")]
    assert main(command) == 0
    assert "package registry" in capsys.readouterr().out
    assert gitlab.candidates() == []
    assert main(command) == 1
