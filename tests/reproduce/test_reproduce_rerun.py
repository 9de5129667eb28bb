"""`jupyter mlops run`: a notebook in a fresh kernel, with parameters, failures, timeouts and deaths."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from jupyterlab_mlops.entities import Status
from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.recorder.recorder import Recorder
from jupyterlab_mlops.reproduce.rerun import kernel_for, read_notebook, run_notebook
from jupyterlab_mlops.store import candidates, runs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture
def recorder(store, root, tmp_path, jp_asyncio_loop):
    recorder = Recorder(store, root_dir=root, runtime_dir=tmp_path / "runtime")
    jp_asyncio_loop.run_until_complete(recorder.start())
    yield recorder
    jp_asyncio_loop.run_until_complete(recorder.stop())


def write(path: Path, *sources: str, tagged: int | None = None) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    if tagged is not None:
        cells[tagged].metadata.tags = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


async def test_parameters_go_after_the_tagged_cell_and_the_run_is_a_candidate(
    recorder, store, root
):
    path = write(root / "p.ipynb", "a = 1\nb = 2", "print(a + b)", tagged=0)
    result = await run_notebook(
        recorder, path, parameters={"a": 40}, output=root / "out" / "p.ipynb"
    )
    assert (result.status, result.error) == (Status.FINISHED, None)
    executed = nbformat.read(root / "out" / "p.ipynb", 4)
    assert [cell.metadata.get("tags") for cell in executed.cells] == [
        ["parameters"],
        ["injected-parameters"],
        None,
    ]
    assert executed.cells[2].outputs[0].text == "42\n"
    (run_id,) = result.run_ids
    assert (await store.read(runs.get_run, run_id)).whole
    (id,) = await store.read(runs.run_candidates, run_id)
    assert (await store.read(candidates.head, id)).notebook == "p.ipynb"


async def test_a_failing_cell_fails_the_run_and_the_output_is_written(recorder, store, root):
    path = write(root / "f.ipynb", "1 / 0", "print('never')")
    result = await run_notebook(recorder, path, output=root / "f.out.ipynb")
    assert result.status is Status.FAILED
    assert result.error == "ZeroDivisionError: division by zero"
    executed = nbformat.read(root / "f.out.ipynb", 4)
    assert executed.cells[0].outputs[0].ename == "ZeroDivisionError"
    (id,) = await store.read(runs.run_candidates, result.run_ids[0])
    assert (await store.read(candidates.head, id)).status is Status.FAILED


async def test_a_kernel_that_dies_kills_the_run(recorder, store, root):
    path = write(root / "d.ipynb", "a = 1", "import os; os._exit(9)")
    result = await run_notebook(recorder, path, output=root / "d.out.ipynb")
    assert (result.status, result.error) == (Status.KILLED, "the kernel died")
    assert (root / "d.out.ipynb").exists()
    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.KILLED
    (id,) = await store.read(runs.run_candidates, run.id)
    assert (await store.read(candidates.head, id)).status is Status.KILLED


async def test_a_run_that_takes_too_long_is_stopped(recorder, store, root):
    path = write(root / "t.ipynb", "a = 1", "import time; time.sleep(60)")
    result = await run_notebook(recorder, path, timeout_s=5)
    assert (result.status, result.error) == (Status.KILLED, "stopped after 5 s")
    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.KILLED


def test_a_notebook_of_an_unknown_python_kernel_runs_with_the_default_one():
    document = {"metadata": {"kernelspec": {"name": "conda-env-x", "language": "python"}}}
    assert kernel_for(document, None) == "python3"
    with pytest.raises(InvalidValue, match="'julia-9' is not installed"):
        kernel_for({"metadata": {"kernelspec": {"name": "julia-9", "language": "julia"}}}, None)
    with pytest.raises(InvalidValue, match="'nope' is not installed"):
        kernel_for(document, "nope")


def test_what_is_no_notebook_is_refused_in_words(tmp_path):
    with pytest.raises(InvalidValue, match="does not exist"):
        read_notebook(tmp_path / "none.ipynb")
    (tmp_path / "x.ipynb").write_text("hello")
    with pytest.raises(InvalidValue, match="is not a notebook"):
        read_notebook(tmp_path / "x.ipynb")


async def test_a_disk_that_is_full_leaves_no_kernel_behind(
    recorder, store, root, monkeypatch: pytest.MonkeyPatch
):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jupyterlab_mlops.reproduce.rerun._write", full)
    detached = []
    detach = recorder.detach

    async def told(kernel_id):
        detached.append(kernel_id)
        await detach(kernel_id)

    monkeypatch.setattr(recorder, "detach", told)
    path = write(root / "w.ipynb", "a = 1")
    with pytest.raises(OSError, match="No space left"):
        await run_notebook(recorder, path, output=root / "w.out.ipynb")
    assert len(detached) == 1
    (run,) = await store.read(runs.list_runs)
    assert run.status is Status.FINISHED
