"""Training that no watched call tells of, and what is said of it: by libraries, on raw tensors, step by step by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from test_kernel_notebooks import DATA, Notebook, check

from jupyterlab_mlops.kernel.fits.unannounced import Body, body_of
from jupyterlab_mlops.kernel.measures import series
from jupyterlab_mlops.kernel.measures.by_hand import of_predictions
from jupyterlab_mlops.kernel.params import fingerprint
from jupyterlab_mlops.kernel.source.wording import trains_by_name

pytest.importorskip("sklearn")
LIBRARY = """
from copy import deepcopy
def out_of_bag(estimator, X, y, rounds=3):
    return [float(deepcopy(estimator).fit(X[i::2], y[i::2]).score(X, y)) for i in range(2)] * rounds
"""

LINEAR = """
class Linear:
    def __init__(self, width):
        self.width, self.weights = width, np.zeros(width)
    def forward(self, x):
        return x @ self.weights
def mse(a, b):
    return float(((a - b) ** 2).mean())
def train(model, x, y, num_epochs, rate=0.1):
    cost = []
    for epoch in range(num_epochs):
        model.weights += rate * x.T @ (y - model.forward(x)) / len(y)
        cost.append(mse(model.forward(x), y))
        print('Epoch: %03d' % (epoch + 1), end='')
        print(' | MSE: %.5f' % cost[-1])
    return cost
A = np.random.default_rng(0).normal(size=(60, 2)); b = A @ [1.0, 2.0]
"""

NOTEBOOKS = [
    Notebook(
        "an object of one's own, without a fit, that a function of one's own trains",
        [
            LINEAR,
            "model = Linear(2)\ncost = train(model, A, b, num_epochs=4, rate=0.2)",
            "print('MSE: %.5f' % mse(model.forward(A), b))",
        ],
        [("Linear", "model")],
        [("model", "cost", "cost[-1]"), ("model", "mse", "None")],
        params={0: {"width": "2", "num_epochs": "4", "rate": "0.2"}},
    ),
    Notebook(
        "an object of one's own that a loop changes",
        [
            LINEAR,
            "model = Linear(2)",
            "for _ in range(3):\n    model.weights += 0.1 * A.T @ (b - model.forward(A)) / len(b)",
        ],
        [("Linear", "model")],
        [],
    ),
    Notebook(
        "a table whose header another statement has printed",
        [
            "print(f\"{'epoch':>6}  {'loss':>8}\")\nfor e in range(3):\n    print(f'{e:6d}  {1 / (e + 1):8.4f}')",
        ],
        [],
        [(None, "loss", "0.3333")],
    ),
    Notebook(
        "a guess measured against the truth needs no model; a share of the data is no metric",
        [
            "guess = np.zeros(len(y))\n(guess == y).mean()",
            "print((y == 1).mean())\nprint(np.mean((X - X.mean()) ** 2))",
        ],
        [],
        [(None, "accuracy", "float((guess == y).mean())")],
    ),
    Notebook(
        "an objective printed again and again by a function that trains no model object",
        [
            "def main():\n    for step in range(4):\n        print('objective:', 8.5 / (step + 1), 'done:', step)\nmain()",
            "print('objective:', 7.5)",
        ],
        [],
        [(None, "objective", "8.5 / 4")],
    ),
    Notebook(
        "the average of a list that a loop filled with a metric, by what is in it",
        [
            "clf = LogisticRegression(max_iter=300)\nkept = []\nfor seed in range(3):\n"
            "    Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.2 + seed / 5, random_state=1)\n"
            "    acc = np.mean(clf.fit(Xa, ya).predict(Xb) == yb)\n    kept.append(acc)\n"
            "kept = np.asarray(kept)\nprint('Average: %.2f%%' % (kept.mean() * 100))",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "acc", "acc"), ("clf", "acc_mean", "kept.mean()")],
    ),
    Notebook(
        "a name that a loop makes anew and then of itself owes nothing to an earlier cell",
        [
            "first = LogisticRegression(max_iter=300).fit(X_train, y_train)\npred = first.predict(X_test)",
            "from sklearn.linear_model import RidgeClassifier\nall_of = []\nfor part in (X_test[:9], X_test[9:]):\n"
            "    model = RidgeClassifier().fit(X_train, y_train)\n    pred = model.decision_function(part)\n"
            "    pred = np.argmax(pred, axis=1)\n    all_of.append(pred)\n"
            "all_of = np.concatenate(all_of)\nacc = accuracy_score(y_test, all_of)",
        ],
        [("LogisticRegression", "first"), ("RidgeClassifier", "model")],
        [("model", "accuracy_score", "acc")],
    ),
    Notebook(
        "the same words twice in a cell, of other data: two metrics",
        [
            "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)",
            "part, of = X_train, y_train\nacc = accuracy_score(of, clf.predict(part))\n"
            "part, of = X_test[:20], y_test[:20]\nprint(accuracy_score(of, clf.predict(part)))\n"
            "part, of = X_test[:7], 1 - y_test[:7]\nprint(accuracy_score(of, clf.predict(part)))",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy_score", "acc"),
            ("clf", "accuracy_score:2", "accuracy_score(y_test[:20], clf.predict(X_test[:20]))"),
            ("clf", "accuracy_score:3", "accuracy_score(of, clf.predict(part))"),
        ],
    ),
    Notebook(
        "a seed's name is a param, though no data flow leads to it",
        ["SEED = 7\nnp.random.seed(SEED)", "clf = LogisticRegression(max_iter=300).fit(X, y)"],
        [("LogisticRegression", "clf")],
        [],
        params={0: {"SEED": "7"}},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_nothing_tells_of(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def test_an_estimator_that_a_library_fits_copies_of_is_the_model(kernel, tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "outofbag.py").write_text(LIBRARY)
    story = kernel.run(
        DATA,
        f"import sys; sys.path.insert(0, {str(library)!r})\nfrom outofbag import out_of_bag\n"
        "from sklearn.tree import DecisionTreeClassifier",
        "tree = DecisionTreeClassifier(max_depth=1)\nscores = out_of_bag(tree, X, y)\nacc = np.mean(scores)",
        "acc = np.mean(out_of_bag(DecisionTreeClassifier(max_depth=2), X, y))",
        "import sys; sys.path.pop(0)",
    )
    assert story.errors == []
    assert [one.model_class for one in story.models] == ["DecisionTreeClassifier"] * 2
    assert [one.params["max_depth"] for one in story.models] == ["1", "2"]
    assert [list(one.metrics) for one in story.models] == [["acc"], ["acc"]]
    assert not story.run.metrics


@pytest.mark.parametrize(
    ("header", "rows", "found"),
    [
        ("epoch  loss", "1  0.5\n2  0.25", [0.5, 0.25]),
        ("epoch  loss\n-----------", "1  0.5", [0.5]),
        ("epoch  loss\nhello", "1  0.5", []),
        ("", "1  0.5", []),
        ("epoch  loss\n1  0.5", "2  0.25", [0.25]),
        ("init\ttime\tinertia\tARI\n______", "k-means\t0.1s\t69.5\t0.6", [69.5, 0.6]),
        ("model  accuracy  f1", "forest  in  time", []),
    ],
)
def test_the_header_of_a_table_stays_open_until_something_else_is_printed(
    header: str, rows: str, found: list[float]
) -> None:
    assert [one.value for one in series.parse(rows, series.open_header(header))] == found


def test_a_printed_dict_may_hold_numbers_as_numpy_writes_them() -> None:
    (point,) = series.parse("{'time': 0.1, 'logloss': np.float64(0.25), 'name': 'a'}")
    assert (point.name, point.value) == ("logloss", 0.25)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("(y_pred == y).mean()", True),
        ("np.mean((random > 0.5) == y_test)", True),
        ("(y == 1).mean()", False),
        ("np.mean((x - x.mean()) ** 2)", False),
    ],
)
def test_predictions_are_told_from_data_by_name(expression: str, told: bool) -> None:
    assert of_predictions(ast.parse(expression, mode="eval").body) is told


class Layer:
    def __init__(self, units: int, name: str) -> None:
        self.units, self.name = units, name

    def get_config(self) -> dict[str, object]:
        return {"name": self.name, "units": self.units}


class Network:
    def __init__(self, layers: list[Layer], loss: str) -> None:
        self._layers, self.layers, self.loss = layers, layers, loss

    def compile(self) -> None:
        """As Keras has it."""


def test_networks_are_told_apart_by_their_layers_not_by_their_names() -> None:
    one = fingerprint(Network([Layer(8, "dense_1")], "mse"))
    assert fingerprint(Network([Layer(8, "dense_2")], "mse")) == one
    assert fingerprint(Network([Layer(9, "dense_1")], "mse")) != one
    assert fingerprint(Network([Layer(8, "dense_1")], "mae")) != one


@pytest.mark.parametrize(
    "change",
    ["p -= rate * p.grad", "p.data.sub_(p.grad)", "p.data = p.data - p.grad", "p.grad = None"],
)
def test_whoever_changes_the_parameters_changes_the_model(change: str) -> None:
    loop = ast.parse(f"for _ in range(9):\n    for p in model.parameters():\n        {change}")
    assert body_of(loop).changed == {"model"}


def test_what_a_loop_does_is_read_from_its_syntax() -> None:
    loop = "for x in data:\n    loss(w * x).backward()\n    sgd([w], 0.1)\n    net.weights += step\n    scaled.weights *= 5 / 3"
    body = body_of(ast.parse(loop))
    assert body == Body(loops=True, backward=True, updates=True, changed={"net"})
    assert [trains_by_name(one) for one in ("train_epoch", "sgd", "train_test_split", "plot")] == [
        True,
        True,
        False,
        False,
    ]
