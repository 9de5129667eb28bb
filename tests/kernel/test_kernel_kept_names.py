"""Names that keep one of many values, values of no model beside those of models, and what is written but not measured."""

from __future__ import annotations

import pytest

DATA = """
import matplotlib.pyplot as plt, numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import auc, f1_score, log_loss, mean_squared_error, roc_auc_score, roc_curve
from sklearn.tree import DecisionTreeClassifier
rng = np.random.default_rng(0); X = rng.normal(size=(120, 4)); y = X[:, 0] + rng.normal(size=120); c = (y > 0) * 1
"""


def metrics(story) -> list[dict[str, int]]:
    return [{name: len(values) for name, values in one.metrics.items()} for one in story.models]


def test_the_lowest_error_is_a_metric_of_the_one_model_behind_it(kernel):
    story = kernel.run(
        DATA,
        "grown = GradientBoostingRegressor(n_estimators=9).fit(X, y)\n"
        "errors = [mean_squared_error(y, p) for p in grown.staged_predict(X)]",
        "min_error = errors[np.argmin(errors)]; max_depth = [3, 4][0]",
        "warm = GradientBoostingRegressor(n_estimators=1, warm_start=True)\nmin_val_error = np.inf\n"
        "for n in range(1, 5):\n    warm.n_estimators = n\n    warm.fit(X, y)\n"
        "    val_error = mean_squared_error(y, warm.predict(X))\n"
        "    if val_error < min_val_error: min_val_error = val_error\n    prev_error = val_error",
    )
    assert not story.errors
    assert metrics(story) == [
        {"mean_squared_error": 9, "min_error": 1},
        {"mean_squared_error": 4, "min_val_error": 1},
    ]


def test_the_best_of_several_models_is_none_of_theirs(kernel):
    story = kernel.run(
        DATA,
        "best_rmse = 1e9\nfor a in (1, 10):\n    m = Ridge(a).fit(X, y)\n"
        "    rmse = mean_squared_error(y, m.predict(X)) ** 0.5\n    if rmse < best_rmse: best_rmse = rmse",
    )
    assert metrics(story) == [{"rmse": 1}, {"rmse": 1}]
    assert not story.run.metrics
    story = kernel.run(
        DATA,
        "best_loss = 1e9; line = Ridge()\nfor a in (1, 10):\n    line.set_params(alpha=a).fit(X, y)\n"
        "    validate_loss = mean_squared_error(y, line.predict(X))\n"
        "    if validate_loss < best_loss: best_loss = validate_loss",
    )
    assert metrics(story) == [{"mean_squared_error": 1}, {"mean_squared_error": 1}]


def test_a_metric_that_a_loop_goes_on_with_is_told_as_it_ends(kernel):
    story = kernel.run(
        DATA,
        "def deviance(columns):\n    part = X[:, sorted(columns)]\n"
        "    return 2 * log_loss(c, lr.fit(part, c).predict_proba(part), normalize=False)\n"
        "lr = LogisticRegression(); chosen = set(range(4)); current_deviance = deviance(chosen)\n"
        "while len(chosen) > 2:\n    found, column = min((deviance(chosen - {j}), j) for j in chosen)\n"
        "    chosen -= {column}\n    current_deviance = found",
    )
    assert not story.errors
    assert [len(one.metrics["current_deviance"]) for one in story.models] == [1, 1]
    ends = story.models[-1].metrics["current_deviance"][-1]
    assert ends == pytest.approx(kernel.ask("float(current_deviance)"))


def test_what_a_metric_gives_of_the_truth_alone_is_the_runs(kernel):
    story = kernel.run(
        DATA,
        "def lorenz(truth, ranked):\n    shares = np.cumsum(truth[np.argsort(ranked)] ** 2)\n"
        "    return np.linspace(0, 1, len(truth)), shares / shares[-1]\n"
        "one = LinearRegression().fit(X, y); two = Ridge(50).fit(X[:, 1:], y)",
        "for m, part in [(one, X), (two, X[:, 1:])]:\n    u, v = lorenz(y, m.predict(part)); gini = 1 - 2 * auc(u, v)\n"
        "    plt.plot(u, v, label='{} (Gini: {:.2f})'.format(type(m).__name__, gini))\n"
        "u, v = lorenz(y, y); gini = 1 - 2 * auc(u, v)\nplt.plot(u, v, label=f'Oracle (Gini: {gini:.2f})')",
    )
    assert metrics(story) == [{"gini": 1}, {"gini": 1}]
    assert story.run.metrics["gini"] == [pytest.approx(kernel.ask("float(gini)"))]


def test_a_number_written_into_a_label_measures_nothing(kernel):
    story = kernel.run(
        DATA,
        "def compare(models):\n    for name, m in models.items():\n        f, t, _ = roc_curve(c, m.predict_proba(X)[:, 1])\n"
        "        plt.plot(f, t, label=f'{name} (AUC={auc(f, t):.3f})')\n"
        "    plt.plot([0, 1], [0, 1], label='random (AUC = 0.5)')\n"
        "lr = LogisticRegression().fit(X, c); tree = DecisionTreeClassifier(max_depth=2).fit(X, c)",
        "compare({'lr': lr, 'tree': tree})",
    )
    assert metrics(story) == [{"auc": 1}, {"auc": 1}]


def test_rows_of_a_loops_models_are_not_the_last_ones_alone(kernel):
    story = kernel.run(
        DATA,
        "rows = []\nfor m in [LogisticRegression(), DecisionTreeClassifier(max_depth=2)]:\n"
        "    fitted = m.fit(X, c); p = fitted.predict_proba(X)[:, 1]\n    f, t, _ = roc_curve(c, p)\n"
        "    rows.append({'name': type(m).__name__, 'f': f, 't': t, 'auc': roc_auc_score(c, p)})",
        "for r in rows:\n    plt.plot(r['f'], r['t'], label='{}, AUC={:.3f}'.format(r['name'], r['auc']))",
    )
    assert metrics(story) == [{"roc_auc_score": 1}, {"roc_auc_score": 1}]


def test_how_many_there_are_is_no_value_of_the_metric_printed_before(kernel):
    story = kernel.run(
        DATA,
        "lr = LogisticRegression().fit(X, c)\nfor t in (0.3, 0.5):\n    q = lr.predict_proba(X)[:, 1] > t\n"
        "    print(f1_score(c, q))\n    print(len(q))",
    )
    assert metrics(story) == [{"f1_score": 2}]
