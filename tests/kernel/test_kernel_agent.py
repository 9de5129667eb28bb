"""The agent in a real kernel: what it says of failures, files, explicit candidates, and what it leaves alone."""

from __future__ import annotations

import json
import os
import time

import pytest

pytest.importorskip("sklearn")

DATA = """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
X, y = load_iris(return_X_y=True)
"""
FIT = "clf = LogisticRegression(max_iter=500).fit(X, y)"


def test_leaves_namespace_outputs_and_counts_alone(own_kernel) -> None:
    reply = own_kernel.execute("6 * 7")
    assert reply["content"]["execution_count"] == 1
    outputs: list[str] = []
    own_kernel.execute(DATA + FIT + "\nclf.score(X, y)", outputs)
    own_kernel.execute(
        "print(sorted(n for n in globals() if 'mlops' in n), sorted(Out), _ == Out[2])", outputs
    )
    own_kernel.execute(
        "import sys; print('write' in vars(sys.stdout), type(sys.stdout).__name__)", outputs
    )
    own_kernel.execute("%history -l 1", outputs)
    assert "[] [1, 2] True\n" in outputs
    assert "6 * 7" not in outputs[-1]
    assert own_kernel.ask("get_ipython().execution_count") == 6


def test_a_fit_that_raises_ends_failed(kernel) -> None:
    story = kernel.run(DATA, "clf = LogisticRegression(C=-1)\nclf.fit(X, y)")
    assert story.errors == ["InvalidParameterError"]
    assert [(one.variable, one.end) for one in story.models] == [("clf", "FAILED")]
    assert "C" in story.models[0].error["message"]
    assert story.findings[-1]["status"] == "FAILED"


def test_params_that_nobody_set_are_told_apart(kernel) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "clf = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, tol=1e-4)).fit(X, y)",
    )
    facts = next(one for one in story.findings if "defaults" in one.get("values", {}))
    params = next(one["values"] for one in story.findings if one["kind"] == "params")
    unset = set(facts["values"]["defaults"])
    assert facts["candidate"] == story.models[0].id
    assert "logisticregression__fit_intercept" in unset
    # 1e-4 is the default too, but here somebody chose it.
    assert {"logisticregression__C", "logisticregression__tol", "steps"}.isdisjoint(unset)
    assert unset <= params.keys()


def test_objects_that_only_hold_settings_are_read_where_they_are_used(kernel) -> None:
    story = kernel.run(
        DATA + "import argparse\nfrom dataclasses import dataclass",
        "class CFG:\n    C = 0.5\n    name = 'iris'\n@dataclass\nclass Config:\n    max_iter: int = 500\n    tol: float = 0.1\n"
        "class Rows:\n    size = 3\n    def head(self): ...\n"
        "parser = argparse.ArgumentParser()\nparser.add_argument('--fold', type=int, default=4)\n"
        "args = parser.parse_args([])\nconfig = Config(tol=0.01)\nunused = Config(tol=9)",
        "rows = Rows()\nclf = LogisticRegression(C=CFG.C, tol=config.tol).fit(X[args.fold :], y[args.fold :])",
    )
    params = story.by_variable("clf").params
    held = {"name": "iris", "config.max_iter": "500", "fold": "4"}
    assert held.items() <= params.items()
    within = kernel.run(
        DATA + "from types import SimpleNamespace",
        "def fit(args):\n    return LogisticRegression(max_iter=500).fit(X[args.fold :], y[args.fold :])\n"
        "def main():\n    args = SimpleNamespace(fold=9)\n    return fit(SimpleNamespace(fold=4))\nclf = main()",
    )
    assert within.by_variable("clf").params["fold"] == "4"
    assert not {name for name in params if name.startswith(("unused", "Rows", "rows", "parser"))}


@pytest.mark.parametrize(
    ("makes", "width", "other_width"),
    [
        ("one = Net(width=8, depth=2)\nother = Net(width=9, depth=2)\none.prepare()", "8", "9"),
        ("one = Net(width=8, depth=2)\nother = Net(depth=2)", "8", None),
        ("one, other = Net(width=8, depth=2), Net(width=9, depth=2)", None, None),
        ("one, other = Net(width=8, depth=2), Net(depth=2)", None, None),
        ("def make():\n    return Net(3, 2)\none = Net(width=8)\nother = make()", "8", None),
    ],
)
def test_what_a_class_was_called_with_is_told_of_the_object_that_this_made(
    kernel, makes: str, width: str | None, other_width: str | None
) -> None:
    story = kernel.run(
        "class Net:\n    def __init__(self, width=1, depth=1):\n        self.layers = [width] * depth\n"
        "    def prepare(self): ...\n    def fit(self, X):\n        return self\n    def predict(self, X):\n        return X",
        makes,
        "for _ in range(2):\n    one.fit([1]); other.fit([1])",
    )
    assert story.errors == []
    widths = {one.variable: one.params.get("width") for one in story.models}
    assert widths == {"one": width, "other": other_width}
    if "make" not in makes:
        assert {one.params["depth"] for one in story.models} == {"2"}


def test_a_model_fitted_again_after_its_fit_failed_is_another_candidate(kernel) -> None:
    story = kernel.run(
        DATA, "clf = LogisticRegression(max_iter=500)\nclf.fit(X, y[:3])", "clf.fit(X, y)"
    )
    assert [(one.end, one.fits) for one in story.models] == [("FAILED", 0), (None, 1)]


def test_only_the_model_whose_fit_raised_is_blamed(kernel) -> None:
    story = kernel.run(DATA, FIT + "\nbad = LogisticRegression(C=-1).fit(X, y)")
    assert [one.end for one in story.models] == [None, "FAILED"]


def test_a_cell_that_fails_after_training_fails_its_candidate(kernel) -> None:
    story = kernel.run(DATA, FIT + "\nraise RuntimeError('boom')")
    assert [(one.end, one.error["name"]) for one in story.models] == [("FAILED", "RuntimeError")]


def test_a_fit_whose_error_is_caught_is_no_candidate(kernel) -> None:
    story = kernel.run(
        DATA,
        "try:\n    LogisticRegression(C=-1).fit(X, y)\nexcept ValueError as error:\n    print(error)",
    )
    assert story.models == []
    assert story.errors == []


def test_an_interrupted_training_is_killed(kernel) -> None:
    kernel.run(DATA)
    cell = "class Slow:\n    def fit(self, X):\n        import time; time.sleep(60)\n    def predict(self, X): ...\ns = Slow()\ns.fit(X)"
    kernel.client.execute(cell)
    end = time.monotonic() + 30
    while (
        time.monotonic() < end
        and b'"origin":"training","model_class":"Slow"'
        not in (kernel.spool / "findings.jsonl").read_bytes()
    ):
        time.sleep(0.05)
    kernel.manager.interrupt_kernel()
    assert kernel.client.get_shell_msg(timeout=30)["content"]["ename"] == "KeyboardInterrupt"
    story = kernel.run("pass", fresh=False)
    del story
    lines = [
        json.loads(line) for line in (kernel.spool / "findings.jsonl").read_bytes().splitlines()
    ]
    ended = [one for one in lines if one["kind"] == "end"][-1]
    assert ended["status"] == "KILLED"


def test_nothing_trained_or_measured_gives_no_candidate_and_no_metric(kernel) -> None:
    story = kernel.run(
        "x = 1", "import math\nmath.sqrt(x)", "for i in range(3):\n    print(i, i / 2)"
    )
    assert story.models == []
    assert story.run.metrics == {}
    assert {one["kind"] for one in story.findings} <= {"cell_start", "cell_end"}


def test_cells_say_their_id_names_and_models(kernel) -> None:
    story = kernel.run(DATA, FIT)
    start, end = [one for one in story.findings if one["kind"] in ("cell_start", "cell_end")][-2:]
    assert start["msg_id"] == end["msg_id"]
    assert start["source"] == FIT
    assert end["names"] == ["clf"]
    assert end["candidates"] == [story.models[0].id]
    assert end["models"] == [
        {
            "variable": "clf",
            "class": "LogisticRegression",
            "candidate": story.models[0].id,
            "bound": True,
        }
    ]
    numbers = [one["seq"] for one in story.findings]
    assert numbers == sorted(set(numbers))


def test_files_read_are_inputs_and_files_written_artifacts(kernel) -> None:
    (kernel.root / "data.csv").write_text(
        "a,b,target\n" + "\n".join(f"{i},{i % 7},{i % 2}" for i in range(60))
    )
    story = kernel.run(
        "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
        "df = pd.read_csv('data.csv')",
        "clf = LogisticRegression().fit(df[['a', 'b']], df.target)",
        "df.assign(p=clf.predict(df[['a', 'b']])).to_csv('out.csv')",
    )
    assert story.models[0].inputs == ["data.csv"]
    assert story.run.inputs == ["data.csv"]
    assert story.models[0].artifacts == ["out.csv"]
    kept = next(one for one in story.findings if one["kind"] == "artifact")
    assert (kernel.spool / "files" / kept["sha256"]).stat().st_size == kept["size"]


def test_lfs_and_dvc_pointers_are_recognised(kernel) -> None:
    (kernel.root / "big.bin").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n"
    )
    (kernel.root / "set.csv").write_text("a\n1\n")
    (kernel.root / "set.csv.dvc").write_text("outs:\n- md5: 0cc175b9\n  path: set.csv\n")
    story = kernel.run("a = open('big.bin').read()\nb = open('set.csv').read()")
    kinds = {
        f["path"]: f["kind"]
        for one in story.findings
        if one["kind"] == "inputs"
        for f in one["files"]
    }
    assert kinds == {"big.bin": "lfs", "set.csv": "dvc"}


def test_explicit_candidates_take_everything_inside(kernel) -> None:
    story = kernel.run(
        DATA + "import jupyterlab_mlops as mlops",
        "with mlops.candidate('first') as run:\n    lr = 0.1\n    mlops.log_param('depth', 3)\n"
        "    clf = LogisticRegression(max_iter=500).fit(X, y)\n    acc = clf.score(X, y)\n"
        "    mlops.log_metric('mine', float('nan'), step=4)\n    mlops.set_tag('who', 'me')",
    )
    (one,) = story.models
    assert (one.origin, one.name, one.end, one.model_class) == (
        "explicit",
        "first",
        "FINISHED",
        "LogisticRegression",
    )
    assert one.params["depth"] == "3"
    assert one.metrics["mine"] == ["NaN"]
    assert "score" in one.metrics


def test_the_candidate_magic(kernel) -> None:
    story = kernel.run(
        DATA,
        "%%candidate night run\n" + FIT + "\nacc = (clf.predict(X) == y).mean()\nclf.score(X, y)",
    )
    (one,) = story.models
    assert (one.origin, one.name, one.end, one.variable) == (
        "explicit",
        "night run",
        "FINISHED",
        "clf",
    )
    assert set(one.metrics) == {"acc", "score"}
    assert any("0.9" in text for text in story.outputs)


def test_an_explicit_candidate_that_raises_is_failed(kernel) -> None:
    story = kernel.run("import jupyterlab_mlops as mlops\nwith mlops.candidate('x'):\n    1 / 0")
    assert [(one.end, one.error["name"]) for one in story.models] == [
        ("FAILED", "ZeroDivisionError")
    ]


def test_what_is_logged_belongs_to_the_model_behind_it(kernel) -> None:
    story = kernel.run(
        DATA + "import jupyterlab_mlops as mlops",
        FIT,
        "quality = float(clf.predict(X).mean())\nmlops.log_metric('quality', quality)",
        "mlops.log_metric('loose', 2)",
    )
    assert story.models[0].metrics["quality"]
    assert story.run.metrics == {"loose": [2.0]}


def test_artifacts_and_figures_are_kept_as_they_are(kernel) -> None:
    story = kernel.run(
        "import jupyterlab_mlops as mlops\nfrom pathlib import Path\nPath('notes.txt').write_text('hello')",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nmlops.log_artifact('notes.txt', 'docs')\nmlops.log_figure(fig, 'fig.svg')\nplt.close(fig)",
    )
    assert {"docs/notes.txt", "fig.svg"} <= set(story.run.artifacts)


def test_a_fit_inside_an_active_mlflow_run_makes_no_second_candidate(kernel) -> None:
    pytest.importorskip("mlflow")
    story = kernel.run(
        DATA,
        "import sys, types\n"
        "class Info: run_id = 'f' * 32\nclass Run: info = Info()\n"
        "fake = types.ModuleType('mlflow'); fake.active_run = lambda: Run()\nreal = sys.modules.get('mlflow'); sys.modules['mlflow'] = fake",
        FIT + "\nclf.score(X, y)",
        "sys.modules.pop('mlflow')\nif real: sys.modules['mlflow'] = real",
    )
    assert [one for one in story.findings if one["kind"] == "candidate"] == []
    assert {one["variable"] for one in story.findings if one.get("variable")} == {"clf"}
    assert story.run.metrics == {}


def test_the_server_may_ask_for_models_and_stage_one(kernel, tmp_path) -> None:
    story = kernel.run(DATA, FIT)
    assert [one["variable"] for one in kernel.request(do="models")["models"]] == ["clf"]
    done = kernel.request(do="stage", variable="clf", directory=str(tmp_path), id="r1")
    assert done["candidate"] == story.models[0].id
    assert done["class"] == "LogisticRegression"
    assert done["signature"]["inputs"] == [{"type": "float64", "shape": [-1, 4]}]
    assert {entry["path"] for entry in done["files"]} >= {"MODEL.json"}
    for entry in done["files"]:
        assert (tmp_path / entry["path"]).stat().st_size == entry["size"]
    by_candidate = kernel.request(do="stage", candidate=story.models[0].id, directory=str(tmp_path))
    assert by_candidate["variable"] == "clf"


def test_a_request_that_cannot_be_met_says_what_to_do(kernel, tmp_path) -> None:
    kernel.run("x = lambda: 1")
    assert (
        "run its cell again"
        in kernel.request(do="stage", variable="nothing", directory=str(tmp_path))["error"]
    )
    assert kernel.request(do="stage", variable="x", directory=str(tmp_path), deadline=1.0) == {
        "error": "too late"
    }
    assert not (tmp_path / "x").exists()
    assert "expected" in kernel.request(do="dance")["error"]


def test_register_stages_the_model_with_what_was_asked(kernel) -> None:
    story = kernel.run(
        DATA, FIT, "import jupyterlab_mlops as mlops\nmlops.register(clf, 'iris', bump='minor')"
    )
    (asked,) = [one for one in story.findings if one["kind"] == "register"]
    assert (asked["model"], asked["bump"], asked["candidate"]) == (
        "iris",
        "minor",
        story.models[0].id,
    )
    for entry in asked["staged"]["files"]:
        assert (kernel.spool / "files" / entry["sha256"]).exists()


def test_status_and_pause(kernel) -> None:
    story = kernel.run(DATA, "%mlops status", "%mlops pause", FIT, "%mlops resume", FIT)
    assert any("recording: auto" in text for text in story.outputs)
    assert len(story.models) == 1


def test_a_million_printed_lines_change_nothing(kernel) -> None:
    story = kernel.run(
        "for i in range(100_000):\n    print('row', i, 'loss', i)",
        "import sys\nprint(len(vars(sys.stdout)) > 0)",
    )
    assert story.errors == []


@pytest.mark.parametrize("own_kernel", [{"switches": {"recording": "manual"}}], indirect=True)
def test_manual_recording_keeps_explicit_candidates_only(own_kernel) -> None:
    story = own_kernel.run(
        DATA,
        FIT + "\nclf.score(X, y)",
        "import jupyterlab_mlops as m\nwith m.candidate('e'):\n    m.log_metric('a', 1)",
    )
    assert [one.name for one in story.models] == ["e"]
    assert story.run.metrics == {}


@pytest.mark.parametrize("own_kernel", [{"switches": {"recording": "off"}}], indirect=True)
def test_recording_off_says_nothing(own_kernel) -> None:
    story = own_kernel.run(DATA, FIT)
    assert story.findings == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_writes_nothing(kernel) -> None:
    story = kernel.run(
        "import jupyterlab_mlops as mlops, os\npid = os.fork()\nif pid == 0:\n    mlops.log_metric('child', 1)\n    os._exit(0)\nos.waitpid(pid, 0)",
    )
    assert "child" not in story.run.metrics


def test_imported_modules_of_ones_own_are_known_and_watched(kernel) -> None:
    (kernel.root / "training_of_mine.py").write_text(
        "from sklearn.linear_model import LogisticRegression\n"
        "def train(X, y):\n    model = LogisticRegression(max_iter=500)\n    return model.fit(X, y)\n"
    )
    story = kernel.run(DATA, "from training_of_mine import train\nclf = train(X, y)")
    modules = [
        one["values"]["modules"]
        for one in story.findings
        if one["kind"] == "facts" and "modules" in one["values"]
    ]
    assert [list(one) for one in modules] == [["training_of_mine"]]
    assert [one.variable for one in story.models] == ["clf"]


def test_nothing_failed_on_the_way(kernel) -> None:
    assert kernel.request(do="status")["diagnostics"] == []


def test_another_server_that_takes_the_kernel_over_is_spoken_to(own_kernel, tmp_path) -> None:
    own_kernel.execute("x = 1")
    own_kernel.ask("__import__('os').environ.update(MLFLOW_TRACKING_URI='http://other') or 0")
    config = {"kernel_id": "k2", "spool": str(tmp_path / "taken")}
    start = "__import__('sys').modules['jupyterlab_mlops.kernel.agent'].start"
    for _ in range(2):  # the second time there is nothing to do
        own_kernel.ask(f"{start}({config!r})")
    own_kernel.execute(DATA + FIT)
    said = [
        json.loads(line)["kind"]
        for line in (tmp_path / "taken" / "findings.jsonl").read_text().splitlines()
    ]
    assert said[0] == "hello"
    assert said.count("hello") == 1
    assert "candidate" in said
    assert own_kernel.ask("__import__('os').environ['MLFLOW_TRACKING_URI']") == "http://other"
