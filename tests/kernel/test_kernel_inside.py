"""Settings written out in functions of the notebook, and given to them; cells that only cross-validate, run again."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from conftest import read

from jupyterlab_mlops.kernel.layers import layers_param
from jupyterlab_mlops.kernel.source.inside import given_by_name, settings_inside

pytest.importorskip("sklearn")

IMPORTS = (
    "import numpy as np\nfrom sklearn.neighbors import KNeighborsClassifier\nfrom sklearn.svm import SVC\n"
    "from sklearn.datasets import make_moons\nfrom sklearn.linear_model import Ridge\n"
    "from sklearn.model_selection import KFold, cross_val_score, cross_validate\n"
    "from sklearn.metrics import accuracy_score\n"
    "def moons(n_samples, noise, seed=1):\n"
    "    X, y = make_moons(n_samples=n_samples, noise=noise, random_state=seed)\n    return X, y\n"
    "X, y = moons(n_samples=90, noise=0.3)"
)
FOLDS = (
    "def folds(k):\n    told = []\n    splits = KFold(n_splits=4, shuffle=True, random_state=2)\n"
    "    for a, b in splits.split(X):\n        model = KNeighborsClassifier(k, p=1).fit(X[a], y[a])\n"
    "        told.append(accuracy_score(y[b], model.predict(X[b])))\n    return told\n"
    "def plot(lw=2):\n    KFold(n_splits=9)\n    return SVC(C=3)"
)


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("kf = KFold(n_splits=4)\nfor a, b in kf.split(X): ...", {"KFold.n_splits": 4}),
        ("kf = KFold(4)", {"KFold#0": 4}),
        ("cross_validate(m, X, scoring='r2', cv=5, n_jobs=1)",
         {"cross_validate.scoring": "r2", "cross_validate.cv": 5}),
        ("if few: kf = KFold(n_splits=4)", {}),
        ("kf = KFold(n_splits=4) if few else None", {}),
        ("a, b = KFold(n_splits=4), KFold(n_splits=5)", {}),
        ("def later():\n  return KFold(n_splits=4)", {}),
        ("kf = KFold(n_splits=k)", {}),
        ("plt.plot(x, lw=2)", {}),
    ],
)  # fmt: skip
def test_what_the_body_of_a_function_writes_out(body: str, given: dict[str, Any]) -> None:
    lines = "\n  ".join(body.split("\n"))
    found = settings_inside(ast.parse(f"def f(few, k):\n  {lines}").body[0])
    assert {name: one for each in found.values() for name, one in each.given.items()} == given


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("make_data(100, noise=0.1, kind='moons')", {"noise": 0.1, "kind": "moons"}),
        ("make_data(n=size, columns=['a', 'b'])", {}),
        ("plot_data(X, alpha=0.3)", {}),
        ("evaluate(model, k=5)", {}),
        ("pd.read_csv(path, sep=';')", {}),
    ],
)
def test_what_a_function_of_ones_own_may_be_given(call: str, given: dict[str, Any]) -> None:
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    assert given_by_name(node) == given


def test_settings_in_functions_that_lead_to_the_training_are_params(kernel) -> None:
    story = kernel.run(IMPORTS, FOLDS, "first = folds(1)\nnp.mean(first)", "plot()")
    assert story.errors == []
    (one,) = story.models
    dotted = {name: value for name, value in one.params.items() if "." in name}
    assert dotted == {
        "KFold.n_splits": "4",
        "KFold.shuffle": "True",
        "KFold.random_state": "2",
        "moons.n_samples": "90",
        "moons.noise": "0.3",
    }
    assert (one.params["n_neighbors"], one.params["p"]) == ("1", "1")


def test_settings_that_calls_do_not_agree_on_are_nobodys(kernel) -> None:
    story = kernel.run(
        IMPORTS,
        "def a():\n    return KFold(n_splits=3)\ndef b():\n    return KFold(n_splits=5)",
        "A, b1 = moons(n_samples=90, noise=0.1)\nB, b2 = moons(n_samples=80, noise=0.1)",
        "scores = [KNeighborsClassifier().fit(X[i], y[i]).score(A, b1) for i, _ in [*a().split(X), *b().split(B)]]",
    )
    assert story.errors == []
    told = {name: value for name, value in story.models[0].params.items() if "." in name}
    assert told == {"moons.noise": "0.1"} or told == {}
    assert not any("n_splits" in name or "n_samples" in name for name in told)


def test_of_functions_that_differ_those_that_the_statement_calls_are_told(kernel) -> None:
    one = FOLDS.partition("def plot")[0]
    six = one.replace("folds(k)", "six(k)").replace("n_splits=4", "n_splits=6")
    loop = "for k in (1, 2):\n    told = {}(k)\n    print(np.mean(told))"
    story = kernel.run(IMPORTS, one, loop.format("folds"), six, loop.format("six"))
    assert story.errors == []
    assert [each.params.get("KFold.n_splits") for each in story.models] == ["4", "4", "6", "6"]


def test_the_folds_of_a_loops_last_turn_are_its_models(kernel) -> None:
    story = kernel.run(
        IMPORTS,
        FOLDS.replace("accuracy_score(y[b], model.predict(X[b]))", "sum(model.predict(X[b]) == y[b]) / len(b)"),
        "means = []\nfor k in range(1, 4):\n    k_accuracies = folds(k)\n    means.append(np.mean(k_accuracies))",
    )  # fmt: skip
    assert story.errors == []
    assert [one.model_class for one in story.models] == ["KNeighborsClassifier"] * 3
    assert not [name for name in story.run.metrics if "acc" in name]
    last = kernel.ask("list(map(float, k_accuracies))")
    assert [one for one in story.models if last in one.metrics.values()] in ([], story.models[-1:])


def test_a_table_of_a_series_that_is_known_is_not_told_again_for_its_gaps(kernel) -> None:
    learn = (
        "from sklearn.neural_network import MLPRegressor\n"
        "net = MLPRegressor(hidden_layer_sizes=(3,), max_iter=6, random_state=0).fit(X, y)"
    )
    rows = (
        "rows = []\nfor i, loss in enumerate(net.loss_curve_):\n"
        "    rows.append({'epoch': i, 'train_loss': loss if i % 2 else float('nan')})"
    )
    story = kernel.run(IMPORTS, learn, rows)
    assert story.errors == []
    assert [*story.models[0].metrics] == ["loss"]
    assert story.run.metrics == {}
    other = rows.replace("loss if", "loss * 2 if")
    story = kernel.run(IMPORTS, learn, other)
    assert any("train_loss" in one.metrics for one in (*story.models, story.run))


def _cell(kernel, code: str, cell_id: str) -> None:
    message = kernel.client.session.msg("execute_request", {"code": code, "silent": False})
    message["metadata"] = {"cellId": cell_id}
    kernel.client.shell_channel.send(message)
    while True:
        reply = kernel.client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            assert reply["content"]["status"] == "ok", reply
            return


@pytest.mark.parametrize(
    ("cells", "candidates"),
    [
        # Executed again: another one. Several in one cell, and those of other cells or after a fit, measure the same.
        (["a", "a"], 2),
        (["a", "b", "c"], 1),
        (["a", "b", "b"], 1),
        (["a", "b", "a", "b"], 2),
        (["fit", "a", "a"], 1),
        (["a", "fit", "a"], 2),
    ],
)
def test_a_cell_that_only_cross_validates_opens_another_candidate_each_time(
    kernel, cells: list[str], candidates: int
) -> None:
    codes = {
        "a": "one = cross_val_score(model, X, y)\ntwo = cross_val_score(model, X, y, cv=3)",
        "b": "one = cross_val_score(model, X, y, cv=4)",
        "c": "cross_validate(model, X[:, :1], y)['test_score'].mean()",
        "fit": "model.fit(X, y)",
    }
    kernel.run(IMPORTS, "model = Ridge()")
    for cell in cells:
        _cell(kernel, codes[cell], f"cell-{cell}")
    models, _ = read(kernel._findings())
    assert len(models) == candidates


def test_a_name_that_a_loop_binds_anew_brings_no_settings_of_what_it_held(kernel):
    story = kernel.run(
        IMPORTS,
        "alpha = 0.4\nfor i in range(2):\n    pair = [i, alpha]\nmodel = SVC(C=3.0)\nmodel.fit(X, y)",
        "rounds = 2\ncount = 0\nfor i in range(rounds):\n    model = KNeighborsClassifier(i + 3)\n"
        "    model.fit(X, y)\n    count += 1",
    )
    first, *others = [one.params for one in story.models]
    assert first["C"] == "3.0"
    for told in others:
        assert told["rounds"] == "2"
        assert not {"alpha", "count", "SVC.C", "C"} & told.keys()


def test_models_that_keep_their_settings_apart_and_hidden_are_told_apart_by_them(kernel):
    story = kernel.run(
        "class Boost:\n    def __init__(self, **given):\n        self._init_params = given\n"
        "    def get_params(self, deep=True):\n        return dict(self._init_params)\n"
        "    def fit(self, X, y):\n        self._is_fitted = True\n        return self\n"
        "    def predict(self, X):\n        return [0] * len(X)",
        IMPORTS,
        "for n in (1, 5, 10):\n    model = Boost(iterations=n)\n    model.fit(X, y)",
        "for seed in (1, 2):\n    model = Boost(iterations=7, random_seed=seed)\n    model.fit(X, y)",
    )
    assert [one.params.get("iterations") for one in story.models] == ["1", "5", "10", "7"]


def test_what_holds_data_or_draws_brings_no_settings(kernel):
    pytest.importorskip("pandas")
    story = kernel.run(
        IMPORTS,
        "import pandas as pd\ntable = pd.DataFrame(X, columns=['a', 'b'])\nseries = pd.Series(y, name='kind')",
        "SVC(C=3.0).fit(table, series)",
    )
    (model,) = story.models
    assert model.params["C"] == "3.0"
    assert not {"DataFrame.columns", "Series.name"} & model.params.keys()


def test_accuracies_in_per_cent_that_a_loop_lists_are_told_once(kernel):
    story = kernel.run(
        IMPORTS,
        "accs = []\nfor C in (0.001, 1, 100):\n    model = SVC(C=C).fit(X, y)\n"
        "    accs.append(accuracy_score(y, model.predict(X)) * 100)",
        "for place, C in enumerate((0.001, 1, 100)):\n    print('Accuracy: {}'.format(accs[place]) + '%')",
    )
    assert [[*one.metrics] for one in story.models] == [["accuracy_score"]] * 3


def test_what_a_class_keeps_under_other_names_is_told_by_those_of_its_constructor(kernel):
    story = kernel.run(
        IMPORTS,
        "class Net:\n    def __init__(self, n_hidden, batch_norm=False, *, size=3):\n        self.hidden, self.do_bn = n_hidden, batch_norm\n"
        "        self.shape = (size, size)\n"
        "    def fit(self, X, y):\n        return self\n    def predict(self, X):\n        return [0] * len(X)",
        "width = 4\nfor flag in (False, True):\n    Net(2 * width, flag).fit(X, y)",
    )
    told = [(one.params["n_hidden"], one.params["batch_norm"]) for one in story.models]
    assert told == [("8", "False"), ("8", "True")]


def test_the_layers_of_a_network_are_a_setting_of_it():
    class Dense:
        def __init__(self, units, activation):
            self.given = {"name": "dense_1", "units": units, "activation": activation}

        def get_config(self):
            return self.given

    class Network:
        optimizer = None

        def __init__(self, *layers):
            self.layers = list(layers)

        def compile(self):
            pass

    told = layers_param(Network(Dense(16, "relu"), Dense(1, "linear")))
    assert told == {"layers": "Dense(16, relu) → Dense(1)"}
    assert layers_param(Network(*[Dense(3, "relu")] * 60)) == {}  # a library's, known by its name
    assert layers_param(object()) == {}


def test_a_training_by_hand_without_a_step_tells_the_run_what_it_was_set_to(kernel):
    story = kernel.run(
        IMPORTS,
        "rate = 0.05\nrounds = 20\nstep = 0\nw = np.zeros(2)\nlosses = []",
        "for i in range(rounds):\n    p = 1 / (1 + np.exp(-X @ w))\n    loss = np.mean((p - y) ** 2)\n"
        "    w = (w + np.linalg.pinv(X) @ (y - p)) * (1 - rate)\n    step += 1\n    losses.append(loss)",
    )
    assert story.run.metrics["loss"]
    told = story.run.params
    assert told["rate"] == "0.05"
    assert told["rounds"] == "20"
    assert "step" not in told
    story = kernel.run(
        "C = 3.0\nmodel = SVC(C=C).fit(X, y)",
        "accs = []\nfor k in range(3):\n    accs.append(accuracy_score(y, model.predict(X)))",
        "for k in range(2):\n    loss = float(np.mean(y)) + k\n    print('loss', loss)",
    )
    assert "C" not in story.run.params
