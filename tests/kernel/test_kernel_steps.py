"""Loops that learn by steps of a rate, and functions of the user's that evaluate, as books write them by hand."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.measures.filled import printed_by_steps
from jupyterlab_mlops.kernel.measures.metrics import metric_strength
from jupyterlab_mlops.kernel.measures.series import bare, parse
from jupyterlab_mlops.kernel.measures.values import matches, printed_numbers, was_printed
from jupyterlab_mlops.kernel.params import model_params

pytest.importorskip("sklearn")

NET = (
    "class Net:\n    def fit(self, X, y):\n        self.mean_ = float(np.mean(y))\n        self.y, self.right = y, y > 1\n"
    "        return self\n    def predict(self, X):\n        return np.full(len(X), self.mean_)"
)

NOTEBOOKS = [
    Notebook(
        "an error that a loop prints while it learns by steps, and those of a method that solves",
        [
            "w, rate = np.array([0.5, -0.7]), 0.1\nx, goal = np.array([1.0, 1.0]), 2.0\nfor turn in range(6):\n"
            "    guess = x.dot(w)\n    error = (goal - guess) ** 2\n    w = w - rate * (x * (guess - goal))\n"
            "    print('Error:' + str(error) + ' Prediction:' + str(guess))",
            "root = 2.0\nfor turn in range(5):\n    root = root - (root * root - 3) / (2 * root)\n"
            "    gap_error = abs(root * root - 3)\n    print('gap error:', gap_error)",
            "added_error = 0.0\nfor turn in range(5):\n    added_error += 0.5 * turn\n    print('added error:', added_error)",
        ],
        [],
        [(None, "error", "error")],
    ),
    Notebook(
        "what a function named so evaluates, displayed, and the root of a squared error",
        [
            NET,
            "def mse(p, t):\n    return ((p - t) ** 2).mean()\ndef mae_of(p, t):\n    return abs(p - t).mean()\n"
            "def evaluate(model, rows, metric, gather=np.mean):\n"
            "    return gather([metric(model.predict(a), b) for a, b in rows])\n"
            "def evaluate_size(table):\n    return len(table) * 1.5",
            "net = Net().fit(X_train, y_train)\nrows = [(X_test[:9], y_test[:9]), (X_test[9:], y_test[9:])]",
            "test_mse = evaluate(net, rows, mse)",
            "np.sqrt(test_mse)",
            "evaluate(net, rows, mae_of)",
            "evaluate(net, rows[:1], mae_of, gather=max)",
            "evaluate_size(X_test)",
            "np.sqrt(float(len(X_test)))",
        ],
        [("Net", "net")],
        [
            ("net", "test_mse", "test_mse"),
            ("net", "test_rmse", "test_mse ** 0.5"),
            ("net", "mae_of", "evaluate(net, rows, mae_of)"),
            ("net", "evaluate", "evaluate(net, rows[:1], mae_of, max)"),
        ],
    ),
    Notebook(
        "a history that calls its series only metrics, and accuracies in the sample",
        [
            NET,
            "net = Net().fit(X_train, y_train)",
            "def train(model, turns):\n    history = {'train_metrics': [], 'valid_metrics': [], 'seen': []}\n"
            "    for turn in range(turns):\n        model.mean_ += 0.01\n"
            "        history['train_metrics'].append(float(((model.predict(X) - y) ** 2).mean()))\n"
            "        history['valid_metrics'].append(float(abs(model.predict(X) - y).mean()))\n"
            "        history['seen'].append(30.0 * turn)\n"
            "        print(f'Epoch {turn}/{turns}, valid metric: {history[\"valid_metrics\"][-1]:.4f}')\n    return history",
            "history = train(net, 3)",
            "print('In-sample accuracy: ' + str(np.mean(net.right == (net.y > 1))))",
        ],
        [("Net", "net"), ("Net", "net")],
        [
            (1, "train_metric", "history['train_metrics'][-1]"),
            (1, "valid_metric", "history['valid_metrics'][-1]"),
            (1, "in_sample_accuracy", "1.0"),
        ],
    ),
    Notebook(
        "classes that fit as they are made, and one that only draws",
        [
            "class Lazy:\n    def __init__(self, X, y, k=3):\n        self.X, self.y, self.k = X, y, k\n"
            "        self.train_loss = [0.75, 0.5]\n    def predict(self, X):\n        return np.full(len(X), self.y[0])\n"
            "class Drawn:\n    def __init__(self, X, y):\n        self.X = X",
            "lazy = Lazy(X_train, y_train, k=5)\ndrawn = Drawn(X_train, y_train)\nprint(lazy.train_loss)",
            "print('acc', (lazy.predict(X_test) == y_test).mean())",
        ],
        [("Lazy", "lazy")],
        [
            ("lazy", "train_loss", "lazy.train_loss[-1]"),
            ("lazy", "acc", "(lazy.predict(X_test) == y_test).mean()"),
        ],
        params={0: {"k": "5"}},
    ),
    Notebook(
        "what a loop averages batch by batch is told by the name that it is kept under; what it counts with is no metric",
        [
            NET,
            "net = Net().fit(X_train, y_train)\nstate = {}",
            "running_loss = 0.0\nfor place, at in enumerate(range(0, 40, 10)):\n"
            "    loss = np.mean((net.predict(X_test[at:at + 10]) - y_test[at:at + 10]) ** 2)\n    loss_t = loss.item()\n"
            "    running_loss += (loss_t - running_loss) / (place + 1)",
            "state['test_loss'] = running_loss",
            "print('Test loss:', state['test_loss'])",
            "rows = []\nfor ari in range(1, 3):\n    rows.append([ari, len(net.predict(X_test)) * ari])",
        ],
        [("Net", "net")],
        [("net", "test_loss", "running_loss")],
    ),
    Notebook(
        "a score by hand of what no model is known to have predicted",
        [
            "guesses = np.arange(len(y_test)) % 2\nscore = (guesses == y_test).mean()\nprint(f'Accuracy: {score:.4f}')",
        ],
        [],
        [(None, "accuracy", "score")],
    ),
    Notebook(
        "two arrays that a loop fills with error rates are two series",
        [
            "clf = LogisticRegression(max_iter=5)\nerrors_train, errors_test = np.zeros(3), np.zeros(3)",
            "for turn in range(3):\n    clf.set_params(max_iter=5 + turn)\n    clf.fit(X_train, y_train)\n"
            "    one, other = clf.predict(X_train), clf.predict(X_test)\n"
            "    errors_train[turn] = 100 - 100 * (one == y_train).sum() / len(y_train)\n"
            "    errors_test[turn] = 100 - 100 * (other == y_test).sum() / len(y_test)",
        ],
        [("LogisticRegression", "clf")] * 3,
        [
            (0, "errors_train", "errors_train[0]"),
            (0, "errors_test", "errors_test[0]"),
            (1, "errors_train", "errors_train[1]"),
            (1, "errors_test", "errors_test[1]"),
            (2, "errors_train", "errors_train[2]"),
            (2, "errors_test", "errors_test[2]"),
        ],
    ),
    Notebook(
        "a curve that a function works out of many measurements goes by the name that it is given",
        [
            "def staged_scores(model, X, y):\n    found = np.zeros(4)\n    for at in range(4):\n"
            "        found[at] = 2 * accuracy_score(y[at:], model.predict(X[at:]))\n    return found",
            "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)",
            "test_score = staged_scores(clf, X_test, y_test)",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "test_score", "test_score[-1]")],
    ),
    Notebook(
        "each of a loop's models has its own number on one printed line",
        [
            "def objective(c):\n    clf = LogisticRegression(C=c, max_iter=500).fit(X_train, y_train)\n"
            "    return 0.01 * c - clf.score(X_test, y_test)",
            "for c in (0.5, 1.0, 2.0):\n    print(objective(c), end=', ')",
        ],
        [("LogisticRegression", None)] * 3,
        [(place, "objective", f"objective({c})") for place, c in enumerate((0.5, 1.0, 2.0))],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_is_learnt_and_evaluated_by_hand(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


@pytest.mark.parametrize(
    ("loop", "found"),
    [
        ("for e in x:\n    w[0] -= a * g\n    err = w[0] * 2\n    print(err)", True),
        ("for e in x:\n    w = w + a * g\n    print('error', loss(w, y))", True),
        ("for e in x:\n    w = w + a * g\n    print(f'error {w}', w * 2)", False),
        ("while err > 1:\n    w = w + a * g\n    err = loss(w, y)\n    print('error', err)", True),
        ("for e in x:\n    g = d * x\n    err = w * 2\n    w = w - g\n    print(err)", True),
        ("for e in x:\n    w = w - g\n    err = w * 2\n    print(err)", False),
        ("for e in x:\n    w -= a * g\n    print('error', other)", False),
        ("for e in x:\n    err += 0.5 * e\n    print('error', err)", False),
        ("print(err)", False),
    ],
)
def test_a_loop_learns_by_steps_of_a_rate(loop: str, found: bool) -> None:
    assert printed_by_steps(ast.parse(loop).body[0]) is found


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("in_sample_accuracy", 2),
        ("out-of-sample r2", 2),
        ("sample_accuracy", 0),
        ("in_sampling_loss", 0),
        ("valid_metric", 2),
        ("test metrics", 2),
        ("metric", 0),
        ("metric_names", 0),
        ("best_metric_index", 0),
        ("best_val_loss_itr", 0),
    ],
)
def test_metrics_of_a_sample_or_a_part_of_the_data(name: str, strength: int) -> None:
    assert metric_strength(name) == strength


def test_a_drawn_tree_measures_nothing() -> None:
    node = '3 [label="age <= 41.5\\nsquared_error = 5.5\\nsamples = 9"] ;'
    assert parse(f"digraph Tree {{\n{node}\n}}") == []
    assert [point.name for point in parse("squared_error = 5.5")] == ["squared_error"]


@pytest.mark.parametrize(
    ("text", "value", "is_it"),
    [
        ("5.75e+03", 5750.241, True),
        ("5.75e+03", 5760.0, False),
        ("1.25e-04", 0.00012504, True),
        ("1.25e-04", 0.000131, False),
        ("3e+02", 301.0, False),
        ("0.25", 0.2504, True),
    ],
)
def test_a_number_printed_with_an_exponent_is_known_again(text, value, is_it) -> None:
    assert was_printed(value, printed_numbers(text)) is is_it
    (point,) = parse(f"mse: {text}")
    assert matches(point, value) is (is_it or text == "3e+02")


def test_numbers_on_one_line_know_where_they_stand() -> None:
    points = bare("0.5, 0.25, 0.125, ", [["loss"]], {", "})
    assert [(point.value, point.column) for point in points] == [(0.5, 0), (0.25, 5), (0.125, 11)]


def test_a_statistical_model_says_its_family() -> None:
    class Binomial:
        pass

    class GLM:
        def __init__(self, endog, family=None):
            self.endog, self.family = endog, family

    assert model_params(GLM([1.0] * 100, Binomial()))["family"] == "Binomial"
    assert model_params(GLM([1.0] * 100))["family"] == "None"
