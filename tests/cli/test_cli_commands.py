"""The command line on a store, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyterlab_mlops.cli import main
from jupyterlab_mlops.cli import server as cli_server
from jupyterlab_mlops.cli.doing import literal
from jupyterlab_mlops.cli.output import table
from jupyterlab_mlops.entities import MetricPoint, Param
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics
from jupyterlab_mlops.store.store import Store

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server of the machine that runs the tests, and no GitLab of its environment."""
    monkeypatch.setattr(cli_server, "find", lambda data_dir: None)
    for name in (
        "GITLAB_URL",
        "GITLAB_TOKEN",
        "GITLAB_PROJECT",
        "CI_SERVER_URL",
        "CI_PROJECT_PATH",
        "CI_JOB_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "mlops"


@pytest.fixture
def ids(data_dir: Path) -> Iterator[list[str]]:
    """Two candidates; the first has a kept model."""
    store = Store(data_dir)

    def fill(conn: Any) -> list[str]:
        experiment = experiments.ensure(conn, "churn", notebook="churn.ipynb")
        made = []
        for number, accuracy in enumerate((0.8, 0.9)):
            id = candidates.create(
                conn,
                experiment,
                origin="training",
                name=f"lr {number}",
                status="FINISHED",
                start_ms=1_000 + number,
                id=f"{number + 1:032x}"[::-1],
            )
            candidates.set_params(conn, id, [Param("C", str(number))])
            metrics.log(conn, id, [MetricPoint("accuracy", accuracy, 0, 1)])
            made.append(id)
        sha256, size = store.blobs.put(b"weights")
        artifacts.put(conn, artifacts.candidate_owner(made[0]), "model/model.pkl", sha256, size)
        return made

    yield store.write_sync(fill)
    store.close()


@pytest.fixture
def run(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("candidates", json=True)`` → (exit code, output, errors)."""

    def call(*arguments: str, as_json: bool = True) -> tuple[int, Any, str]:
        flags = ["--json"] if as_json else []
        code = main([*arguments, *flags, "--data-dir", str(data_dir)])
        printed = capsys.readouterr()
        output = json.loads(printed.out) if as_json and printed.out.strip() else printed.out
        return code, output, printed.err

    return call


def test_candidates_are_listed_and_filtered(run: Run, ids: list[str]) -> None:
    code, found, _ = run("candidates")
    assert code == 0
    assert [each["id"] for each in found["candidates"]] == ids[::-1]
    _, found, _ = run("candidates", "--filter", "metrics.accuracy > 0.85")
    assert [each["name"] for each in found["candidates"]] == ["lr 1"]
    _, text, _ = run("candidates", as_json=False)
    assert "accuracy" in text.splitlines()[0]


def test_the_beginning_of_an_id_is_enough(run: Run, ids: list[str]) -> None:
    code, found, _ = run("show", ids[0][:4])
    assert (code, found["id"]) == (0, ids[0])
    code, text, _ = run("show", ids[0], as_json=False)
    assert "accuracy" in text


def test_what_does_not_exist_fails_with_a_sentence(run: Run, ids: list[str]) -> None:
    code, found, errors = run("show", "f00")
    assert code == 1
    assert found["error"]["code"] == "not_found"
    assert "there is no candidate 'f00'" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["show"],
        ["register", "x"],
        ["register", "x", "--model", "m", "--version", "1.0.0", "--bump", "patch"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2


def test_differences(run: Run, ids: list[str]) -> None:
    code, found, _ = run("compare", *ids)
    assert code == 0
    assert {row["name"] for row in found["groups"]["params"] if row["differs"]} == {"C"}
    assert run("compare", ids[0])[0] == 2


def test_a_version_is_downloaded_into_a_new_folder(
    run: Run, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("register", ids[0], "--model", "churn")
    code, found, _ = run("download", "churn")
    assert (code, found["folder"], found["files"][-1]) == (0, "churn-1.0.0", "model.pkl")
    assert (tmp_path / "churn-1.0.0" / "model.pkl").read_bytes() == b"weights"
    assert run("download", "churn", "1.0.0")[0] == 1  # never over anything
    assert run("download", "churn", "1.0.0", "--output", str(tmp_path / "other"))[0] == 0
    assert run("download", "churn", "7.0.0")[0] == 1
    assert run("registrations")[0] == 1  # no server, nothing waits


def test_a_kept_model_is_registered_and_listed(run: Run, ids: list[str]) -> None:
    code, version, _ = run("register", ids[0], "--model", "churn")
    assert (code, version["version"]) == (0, "1.0.0")
    code, version, _ = run("register", ids[0], "--model", "churn", "--bump", "major")
    assert version["version"] == "2.0.0"
    _, found, _ = run("models", "churn")
    assert [each["version"] for each in found["models"][0]["versions"]] == ["2.0.0", "1.0.0"]


def test_a_model_that_was_not_kept_says_what_to_do(run: Run, ids: list[str]) -> None:
    code, found, _ = run("register", ids[1], "--model", "churn")
    assert code == 1
    assert "run its cell again" in found["error"]["message"]
    assert run("models")[1]["models"] == []


def test_sync_without_a_remote_says_so(run: Run, ids: list[str]) -> None:
    code, found, _ = run("sync", "--wait", "--timeout", "5")
    assert code == 1
    assert found["connection"]["connected"] is False


def test_status_and_doctor(run: Run, ids: list[str]) -> None:
    code, found, _ = run("status")
    assert (code, found["queue"]["queued"]) == (0, 0)
    code, found, _ = run("doctor")
    assert {check["name"] for check in found["checks"]} >= {
        "versions",
        "store",
        "kernels",
        "GitLab",
    }


def test_everything_goes_out_and_comes_in_elsewhere(
    run: Run, ids: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("register", ids[0], "--model", "churn")
    archive = tmp_path / "all.zip"
    assert run("export", "--output", str(archive))[0] == 0
    other = ["--json", "--data-dir", str(tmp_path / "other")]
    assert main(["import", str(archive), *other]) == 0
    assert main(["import", str(archive), *other]) == 0, "importing twice adds nothing"
    capsys.readouterr()
    main(["candidates", *other])
    found = json.loads(capsys.readouterr().out)["candidates"]
    assert {each["id"]: each["metrics"]["accuracy"]["last"] for each in found} == dict(
        zip(ids, (0.8, 0.9), strict=True)
    )
    main(["models", *other])
    assert json.loads(capsys.readouterr().out)["models"][0]["versions"][0]["version"] == "1.0.0"
    with Store(tmp_path / "other") as brought:
        files = brought.read_sync(
            lambda conn: conn.execute("SELECT sha256 FROM artifacts").fetchall()
        )
        assert files
        assert all(brought.blobs.exists(row[0]) for row in files)


def test_a_file_that_is_no_export_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert run("import", str(tmp_path / "x.zip"))[0] == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ("True", True),
        ("[1, 2]", [1, 2]),
        ("adam", "adam"),
        ("None", None),
        ("'3'", "3"),
        ("1e-3", 1e-3),
    ],
)
def test_parameters_are_literals_or_text(text: str, value: Any) -> None:
    assert literal(text) == value


def test_a_table_fits_its_width() -> None:
    text = table(["A", "B"], [["x" * 50, "y" * 50]], width=40)
    assert max(map(len, text.splitlines())) <= 40
    assert "…" in text


def test_a_parameter_that_no_cell_assigns_is_warned_of_and_run_with(
    run: Run, tmp_path: Path
) -> None:
    cell = nbformat.v4.new_code_cell("lr = 0.1", metadata={"tags": ["parameters"]})
    path = tmp_path / "work.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    code, found, errors = run("run", str(path), "-p", "unknown", "1", "-p", "lr", "0.2")
    assert (code, found["status"]) == (0, "FINISHED")
    warned = [line for line in errors.splitlines() if line.startswith("warning: ")]
    assert warned == ["warning: no cell of the notebook assigns the parameter 'unknown'"]
