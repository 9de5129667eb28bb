"""Files that cells read and write: whose they are, also when Python's ``open`` does not see them."""

from __future__ import annotations

import ast
import os
import tempfile
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_runtime_dir

from jupyterlab_mlops.kernel.cells.paths import in_turn, passing, path_of, skipped_roots

MODEL = """
import pathlib
class Model:
    def __init__(self, data):
        self.data = data
    def fit(self, data):
        return self
    def predict(self, data):
        return data
"""


def test_what_is_unpacked_is_an_input_once_it_is_read(kernel) -> None:
    root = Path(kernel.root)
    kernel.execute(
        "import tarfile, pathlib\npathlib.Path('raw.csv').write_text('1,2')\n"
        "with tarfile.open('raw.tgz', 'w:gz') as file:\n    file.add('raw.csv')\npathlib.Path('raw.csv').unlink()"
    )
    story = kernel.run(
        "import tarfile\ndef load():\n    with tarfile.open('raw.tgz') as file:\n"
        "        file.extractall('unpacked', filter='data')\n    return open('unpacked/raw.csv').read()",
        MODEL + "data = load()\nmodel = Model(data).fit(data)",
    )
    assert story.errors == []
    assert set(story.models[0].inputs) == {"raw.tgz", "unpacked/raw.csv"}
    assert story.models[0].artifacts == []
    assert not (root / "raw.csv").exists()


def test_data_that_went_through_a_file_of_the_notebook_come_from_where_they_came(kernel) -> None:
    (kernel.root / "raw.csv").write_text("1,2\n3,4\n")
    story = kernel.run(
        MODEL,
        "raw = open('raw.csv').read()",
        "with open('clean.csv', 'w') as file:\n    written = file.write(raw.strip())",
        "clean = open('clean.csv').read()",
        "model = Model(1).fit(clean)",
    )
    (one,) = story.models
    assert sorted(one.inputs) == ["clean.csv", "raw.csv"]


def test_what_a_model_is_measured_on_is_its_input_too(kernel) -> None:
    for name in ("train", "test", "other"):
        (kernel.root / f"{name}.csv").write_text("1,2\n3,4\n")
    story = kernel.run(
        "import numpy as np\nfrom sklearn.linear_model import Ridge\n"
        "train, test, other = (np.loadtxt(f'{one}.csv', delimiter=',') for one in ('train', 'test', 'other'))",
        "train = np.loadtxt('train.csv', delimiter=',')\ntest = np.loadtxt('test.csv', delimiter=',')",
        "ridge = Ridge().fit(train[:, :1], train[:, 1])",
        "ridge.score(test[:, :1], test[:, 1])",
    )
    assert story.errors == []
    (one,) = story.models
    assert sorted(one.inputs) == ["test.csv", "train.csv"]


def test_what_jupyter_says_of_its_servers_is_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    assert jupyter_runtime_dir() in skipped_roots({"spool": str(tmp_path / "spool")})


def test_what_is_written_without_python_is_an_artifact_of_its_model(kernel) -> None:
    story = kernel.run(
        MODEL + "import os, subprocess\nmodel = Model(1)\nmodel.fit(1)",
        "def save(one, name):\n    subprocess.run(['sh', '-c', f'echo {one.data} > {name}'], check=True)\n",
        "save(model, 'model.bin')",
    )
    assert story.models[0].artifacts == ["model.bin"]


def test_what_is_read_back_from_a_file_derives_from_the_model_that_wrote_it(kernel) -> None:
    story = kernel.run(
        MODEL + "model = Model(1)\nmodel.fit(1)",
        "with open('predictions.txt', 'w') as file:\n    file.write(str(model.predict(7)))",
        "with open('predictions.txt') as file:\n    read = float(file.read())",
        "rmse = abs(read - 5)",
    )
    assert story.models[0].metrics == {"rmse": [2.0]}
    assert not story.run.inputs
    assert not story.models[0].inputs


def test_files_written_one_right_after_another_come_from_the_model_of_each(kernel) -> None:
    story = kernel.run(
        MODEL + "import joblib\none, other = Model(1), Model(2)\none.fit(1)\nother.fit(2)",
        "joblib.dump(one, 'one.joblib')\njoblib.dump(other, 'other.joblib')",
        "one = joblib.load('one.joblib')\nother = joblib.load('other.joblib')",
        "rmse = abs(one.predict(7) - 5)\nmae = abs(other.predict(6) - 3)",
    )
    assert story.errors == []
    assert [one.artifacts for one in story.models] == [["one.joblib"], ["other.joblib"]]
    assert [one.metrics for one in story.models] == [{"rmse": [2.0]}, {"mae": [3.0]}]


def test_a_helper_that_was_pickled_here_is_no_input_where_it_is_loaded_back(kernel) -> None:
    (Path(kernel.root) / "beside_the_helper.csv").write_text("4")
    story = kernel.run(
        MODEL + "import pickle\nhelper = {'mean': 2}",
        "with open('helper.pkl', 'wb') as file:\n    pickle.dump(helper, file)",
        "with open('helper.pkl', 'rb') as file:\n    loaded = pickle.load(file)",
        "rows = open('beside_the_helper.csv').read()\nmodel = Model(loaded).fit(rows)",
    )
    assert story.errors == []
    assert story.models[0].inputs == ["beside_the_helper.csv"]


def test_data_that_goes_through_a_pickle_comes_from_the_file_that_it_was_read_from(kernel) -> None:
    (Path(kernel.root) / "raw.txt").write_text("4")
    story = kernel.run(
        MODEL + "import pickle\nraw = open('raw.txt')\nrows = raw.readlines()\nraw.close()",
        "with open('rows.pkl', 'wb') as file:\n    pickle.dump(rows, file)",
        "with open('rows.pkl', 'rb') as file:\n    loaded = pickle.load(file)",
        "with open('again.pkl', 'wb') as file:\n    pickle.dump(loaded, file)",
        "with open('again.pkl', 'rb') as file:\n    again = pickle.load(file)",
        "model = Model(1).fit(again)",
    )
    assert story.errors == []
    assert story.models[0].inputs == ["raw.txt"]


def test_an_object_that_takes_in_what_a_model_wrote_goes_on_from_it(kernel) -> None:
    story = kernel.run(
        MODEL + "    def load_state(self, state):\n        self.data = state\n",
        "import joblib\nmodel = Model(1).fit(1)\njoblib.dump(model.data, 'state.joblib')",
        "other = Model(5)\nother.load_state(joblib.load('state.joblib'))",
        "rmse = abs(other.predict(7) - 5)",
    )
    assert story.errors == []
    assert [one.metrics for one in story.models] == [{"rmse": [2.0]}]
    assert story.run.inputs == []


def test_a_file_that_is_written_under_another_name_first_is_an_artifact_by_its_own(kernel) -> None:
    story = kernel.run(
        MODEL + "import os\nmodel = Model(1).fit(1)\npathlib.Path('data.csv').write_text('1')",
        "def save(model):\n    pathlib.Path('state.tmp').write_text(str(model.data))\n    os.replace('state.tmp', 'state.txt')\nsave(model)",
        "os.replace('data.csv', 'moved.csv')",
    )
    assert story.errors == []
    assert story.models[0].artifacts == ["state.txt"]
    assert "moved.csv" not in story.run.artifacts


def test_what_each_of_several_models_writes_as_it_trains_is_its_own_and_no_input(kernel) -> None:
    story = kernel.run(
        MODEL + "import json, os, subprocess, time\nos.makedirs('kept', exist_ok=True)",
        # Beside Python's `open`, and under another spelling of the path: as `torch.save` writes a `.tar`.
        "def save_model(model, name):\n    with open(f'kept/{name}.config', 'w') as file:\n        json.dump(model.data, file)\n"
        "    subprocess.run(['sh', '-c', f'echo {model.data} > kept/{name}.tar'], check=True)\n    time.sleep(0.1)\n"
        "def load_model(name):\n    with open(f'kept/{name}.config') as file, open(f'kept/{name}.tar') as state:\n"
        "        return Model(json.load(file) + len(state.read()))",
        "for name in ('a', 'bb'):\n    net = Model(len(name))\n    net.fit(name)\n    save_model(net, name)\n    load_model(name)",
        "for name in ('a', 'bb'):\n    net = load_model(name)",
        "final = Model(net).fit(net)",
    )
    assert story.errors == []
    assert [sorted(one.artifacts) for one in story.models[:2]] == [
        ["kept/a.config", "kept/a.tar"],
        ["kept/bb.config", "kept/bb.tar"],
    ]
    assert not story.run.inputs
    assert not any(one.inputs for one in story.models)


def test_files_written_in_turn_are_of_whoever_was_at_work_unless_all_are_written_last() -> None:
    begun = [(1.0, "a"), (2.0, "b")]
    assert in_turn(begun, {"x": (1.5, 1.5), "y": (2.5, 2.5)}) == {"x": "a", "y": "b"}
    assert in_turn(begun, {"x": (2.4, 2.4), "y": (2.5, 2.5)}) == {}
    between = {"x": (1.5, 1.5), "y": (2.5, 2.5), "z": (1.99, 2.01), "before": (0.5, 0.5)}
    assert in_turn(begun, between) == {"x": "a", "y": "b"}


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("'a.csv'", "a.csv"),
        ("name", "a.csv"),
        ("folder / name", "data/a.csv"),
        ("os.path.join('x', folder, name)", "x/data/a.csv"),
        ("str(folder) + '/b.csv'", "data/b.csv"),
        ("f'{folder}/{name}'", "data/a.csv"),
        ("Path('x') / 'y'", "x/y"),
        ("unknown", ""),
        ("folder / unknown()", ""),
        ("names[0]", ""),
        ("3", ""),
    ],
)
def test_paths_are_worked_out_without_running_anything(expression: str, path: str) -> None:
    names = {"name": "a.csv", "folder": Path("data"), "names": ["a"]}
    assert path_of(ast.parse(expression, mode="eval").body, names.get) == path


def test_what_a_library_puts_into_temporary_folders_is_no_data() -> None:
    base = os.path.realpath(tempfile.gettempdir())
    assert passing(f"{base}/tmpab12cd_4/model.csv", ("/home/me",))
    assert not passing(f"{base}/tmpab12cd_4/model.csv", (f"{base}/tmpab12cd_4",))
    assert not passing(f"{base}/data/model.csv", ("/home/me",))
    assert not passing("/home/me/tmpab12cd_4/model.csv", ("/srv",))
