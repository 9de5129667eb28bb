"""Numbers that are known by what worked them out, whatever the words beside them say."""

from __future__ import annotations

import ast

import pandas as pd
import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.measures.returned import metric_of
from jupyterlab_mlops.kernel.measures.values import (
    columns_of,
    printed_numbers,
    scalars,
    was_printed,
)

pytest.importorskip("sklearn")

FIT = "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\nprob = clf.predict_proba(X_test)[:, 1]"
OWN = (
    "def calibration(p, truth):\n    return float(abs(p.mean() - truth.mean()))\n"
    "def discrimination(p, truth):\n    return float(p[truth].mean() - p[~truth].mean())"
)

NOTEBOOKS = [
    Notebook(
        "printed behind words that name no metric, by a function",
        [
            FIT,
            OWN,
            "def show(prob):\n    given, truth = prob, y_test == 1\n"
            "    print('  %-20s %.4f' % ('Calibration Error', calibration(given, truth)))\n"
            "    print('  %-20s %.4f' % ('Discrimination', discrimination(given, truth)))\n"
            "    print('Largest probability %.4f' % given.max())\n"
            "    print('Best threshold', calibration(given, truth) + 0.25)",
            "print('Logistic:')\nshow(prob)",
            "show(np.linspace(0, 1, len(y_test)))",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "calibration_error", "round(calibration(prob, y_test == 1), 4)"),
            ("clf", "discrimination", "round(discrimination(prob, y_test == 1), 4)"),
        ],
    ),
    Notebook(
        "printed behind words that name no metric, by a statement",
        [
            FIT,
            OWN,
            "print('Gap', calibration(prob, y_test == 1))\n"
            "print(f'Separation   {discrimination(truth=y_test == 1, p=prob):.6f}')",
            "print('Of itself', calibration(prob, prob > 0.5))\n"
            "print('Of data', calibration(X_test[:, 0], y_test == 1))\n"
            "print('Of the model', discrimination(clf.coef_[0], np.arange(4) > 1))\n"
            "print('Number right', calibration(prob, y_test == 1))\n"
            "print('Shape', prob.shape[0])",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "gap", "calibration(prob, y_test == 1)"),
            ("clf", "separation", "round(discrimination(prob, y_test == 1), 6)"),
        ],
    ),
    Notebook(
        "what a function returns, by the name that it has there",
        [
            "from sklearn.model_selection import cross_val_score\n"
            "def judged(model):\n"
            "    scores = cross_val_score(model, X, y, scoring='neg_mean_squared_error', cv=3)\n"
            "    rmse = (-scores) ** 0.5\n    return rmse.mean()\n"
            "def described(model):\n    width = len(X[0])\n    return width",
            "judged(Ridge())",
            "kept = judged(LinearRegression())",
            "described(Ridge())",
        ],
        [("Ridge", None), ("LinearRegression", None)],
        [(0, "rmse_mean", "judged(Ridge())"), (1, "rmse_mean", "kept")],
    ),
    Notebook(
        "errors of other data that two lines of a cell print",
        [
            "def smape(y, p):\n    return np.sqrt(((y - p) ** 2).mean())\n"
            "w = np.linalg.lstsq(X_train, y_train, rcond=None)[0]",
            "print('train', smape(y_train, X_train @ w))\nprint('validation:', smape(y_test, X_test @ w))",
        ],
        [("ndarray", "w")],
        [
            ("w", "smape:y_train", "smape(y_train, X_train @ w)"),
            ("w", "smape", "smape(y_test, X_test @ w)"),
        ],
    ),
    Notebook(
        "perfect scores, which are the same number",
        [
            "reg = LinearRegression().fit(X, X[:, 0])\np = reg.predict(X).round(6) > 5\ntruth = X[:, 0] > 5",
            "tp, fp, fn = (p & truth).sum(), (p & ~truth).sum(), (~p & truth).sum()",
            "precision = tp / (tp + fp)\nrecall = tp / (tp + fn)\nrecall_again = recall * 1",
        ],
        [("LinearRegression", "reg")],
        [("reg", "precision", "1.0"), ("reg", "recall", "1.0")],
    ),
    Notebook(
        "values of a curve at one place, and only of curves that a model is behind",
        [
            FIT,
            "from sklearn.metrics import roc_curve\nfpr, tpr, thresholds = roc_curve(y_test == 1, prob)\n"
            "best = np.argmax(tpr - fpr)",
            "print('threshold=%f' % thresholds[best])\nprint('TPR value at the threshold=%f' % tpr[best])\n"
            "print('FPR value at the threshold=%f' % fpr[best])\nprint('TNR at it=%f' % (1 - fpr[best]))",
            "losses = np.array([3.5, 2.5])\nlosses[0]\nerrs = ['a', 'b']\nprint(errs[0], tpr[0:2])",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "tpr", "tpr[best]"), ("clf", "fpr", "fpr[best]"), ("clf", "tnr", "1 - fpr[best]")],
    ),
    Notebook(
        "errors that are printed beside accuracies, with no model",
        [
            "for j in range(4):\n    print('I:' + str(j) + ' Train-Err:' + str(1 / (j + 3))[:5] + ' Train-Acc:' + str(1 - 1 / (j + 3)))",
            "for j in range(4):\n    print('I:', j, 'Rounding-Err:', 1 / (j + 3))",
        ],
        [],
        [(None, "train-err", "0.166"), (None, "train-acc", "1 - 1 / 6")],
    ),
    Notebook(
        "rows of a table that a loop makes, one a model",
        [
            "from sklearn.mixture import GaussianMixture\nrows = []\nfor k in (1, 2):\n"
            "    model = GaussianMixture(k, random_state=0).fit(X)\n"
            "    rows.append({'components': k, 'bic': model.bic(X)})",
            "people = []\nfor age in (20, 30):\n    people.append({'age': age, 'interest_rate': 0.5})",
        ],
        [("GaussianMixture", None), ("GaussianMixture", "model")],
        [(0, "bic", "rows[0]['bic']"), (1, "bic", "rows[1]['bic']")],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_is(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def test_what_a_call_gave_to_print_is_as_good_as_what_it_gave_to_a_name(kernel) -> None:
    story = kernel.run(
        "def wape(a, b):\n    return abs(a - b) / a\na, b = 4.0, 3.0",
        "wape(a, b)",
        "b = 2.0\nprint('later', wape(a, b))",
    )
    assert story.run.metrics == {"wape": [0.25, 0.5]}
    assert {one["source"] for one in story.findings if one["kind"] == "metrics"} == {"variable"}


def test_a_captured_log_that_is_printed_says_nothing_new(kernel) -> None:
    story = kernel.run(
        "import numpy as np\nclass Net:\n    def predict(self, X):\n        return X\n"
        "    def fit(self, X):\n        self.loss_history = []\n        for k in range(4):\n"
        "            self.loss_history.append(1 / (k + 3))\n            print(f'[{k}] loss: {1 / (k + 3):.5f}')\n"
        "        return self\nX = np.ones((3, 2))\nnet = Net()",
        "import io, contextlib\nlog = io.StringIO()\nwith contextlib.redirect_stdout(log):\n    net.fit(X)",
        "print(log.getvalue())",
    )
    assert story.errors == []
    assert story.run.metrics == {}
    assert len(story.models) == 1


@pytest.mark.parametrize(
    ("source", "metric"),
    [
        ("def loss_fn(y, p):\n    return 3", "loss"),
        ("def run(y, p):\n    mse = 3\n    return mse", "mse"),
        ("def run(y, p):\n    return round(float(acc), 2)", "acc"),
        ("def run(scores):\n    accs = scores\n    return accs.mean()", "acc_mean"),
        ("def run(y, p):\n    return np.mean((y - p) ** 2)", "mse"),
        ("def run(y, p):\n    if y:\n        return mae\n    return rmse", ""),
        ("def run(y, p):\n    if y:\n        return mae\n    return mae", "mae"),
        ("def run(scores):\n    return scores.mean()", ""),
        ("def run(y):\n    def inner():\n        return mae\n    return inner", ""),
        ("def run(y):\n    return mae, rmse", ""),
        ("def run(y):\n    print(y)", ""),
        ("run = lambda y, p: np.mean((y - p) ** 2)", "mse"),
        ("run = lambda x: -2.5 * x + 3.2", ""),
    ],
)
def test_the_metric_of_a_function(source: str, metric: str) -> None:
    top = ast.parse(source).body[0]
    function = top.value if isinstance(top, ast.Assign) else top
    assert metric_of(getattr(function, "name", "run"), function) == metric


def test_columns_of_rows() -> None:
    rows = [{"k": 1, "bic": 2.5, "name": "a"}, {"k": 2, "bic": 1.5, "name": "b"}]
    assert columns_of(rows) == [("k", [1.0, 2.0]), ("bic", [2.5, 1.5])]
    assert columns_of([*rows, {"k": 3}]) == []
    assert columns_of(rows[:1]) == []
    assert columns_of({"bic": [1, 2]}) == []


@pytest.mark.parametrize(
    ("text", "value", "printed"),
    [
        ("score 0.68", 0.6812, True),
        ("score 68.1 %", 0.6812, True),
        ("removed in version 0.7.", 0.6812, False),
        ("score 0.5", 0.5, True),
        ("score 1.0", 0.97, True),
    ],
)
def test_a_value_is_printed_with_two_digits_at_least(
    text: str, value: float, printed: bool
) -> None:
    assert was_printed(value, printed_numbers(text)) is printed


def test_numbers_in_tables_and_in_none_of_what_is_made_of_them() -> None:
    table = pd.DataFrame({"k": [1, 1], "v": [0.5, 2.0]})
    assert scalars([table, table["v"].to_numpy()]) == [1, 0.5, 1, 2.0, 0.5, 2.0]
    assert scalars(table.groupby("k")) == []
    assert scalars(pd.DataFrame({"v": range(3000)})) == []

    class Lazy:
        @property
        def size(self) -> int:
            raise RuntimeError("worked out from terabytes")

    assert scalars([Lazy(), 0.5]) == [0.5]
