"""What user guides do: scorers that are called, means that a function puts away, settings as they are written."""

from __future__ import annotations

import pytest
from test_kernel_frameworks import needs
from test_kernel_notebooks import DATA, Notebook, check

pytest.importorskip("sklearn")

NOTEBOOKS = [
    Notebook(
        "what a function puts into a list of the notebook, and what it keeps to itself",
        [
            "from sklearn.model_selection import cross_validate\nfrom sklearn.linear_model import Lasso, Ridge\n"
            "results, whole = [], [1, 0, 1]",
            "def evaluate(name, model):\n"
            "    found = cross_validate(model, X, y, scoring='neg_mean_squared_error', cv=3)\n"
            "    errors = -found['test_score']\n"
            "    results.append({'name': name, 'mse_mean': errors.mean()})\n"
            "def silent(model):\n    seen = len(whole)\n    quiet = model.score(X, y)\n    return seen",
            "for name, model in [('ridge', Ridge()), ('lasso', Lasso(alpha=0.1))]:\n    evaluate(name, model)",
            "fitted = Ridge(alpha=2).fit(X, y)\nsilent(fitted)",
        ],
        [("Ridge", None), ("Lasso", "model"), ("Ridge", "fitted")],
        [
            (0, "test_score_mean", "results[0]['mse_mean']"),
            (1, "test_score_mean", "results[1]['mse_mean']"),
        ],
    ),
    Notebook(
        "a row of errors averaged by hand, and rows that are something else",
        [
            "from sklearn.metrics import precision_recall_curve\nfrom sklearn.model_selection import cross_val_score\n"
            "Y = X[:, :3] + y[:, None]",
            "reg = LinearRegression().fit(X, Y)\nrmse = np.sqrt(((Y - reg.predict(X)) ** 2).mean(axis=0))",
            "rmse",
            "truth = Y[:, 0] > 5\nprecision, recall, _ = precision_recall_curve(truth[:9], reg.predict(X[:9])[:, 0])\nprint(recall)",
            "mse = pd.Series([0.5, 0.25])\nprint(mse)\nmae = np.abs(np.arange(6.0).reshape(2, 3)).mean(axis=0)\nprint(mae)",
            "print(((Y - Y.mean(axis=0)) ** 2).mean(axis=0))",
        ],
        [("LinearRegression", "reg")],
        [("reg", "rmse", "rmse[-1]")],
    ),
    Notebook(
        "scorers that the notebook calls, and those that a library does",
        [
            "from sklearn.metrics import check_scoring, get_scorer, make_scorer, recall_score\n"
            "from sklearn.model_selection import cross_val_score\nfrom sklearn.inspection import permutation_importance\n"
            "def benefit(y, p):\n    return (p == y).sum() * 50.5\n"
            "scoring = {'recall': make_scorer(recall_score, average='macro'), 'benefit': make_scorer(benefit)}",
            "clf = LogisticRegression().fit(X_train, y_train)\nclf",
            "print(f\"Business metric: {scoring['benefit'](clf, X_test, y_test)}\")",
            "recall = scoring['recall'](clf, X_test, y_test)\nprint('share of the ill found', recall)",
            "get_scorer('neg_log_loss')(clf, X_test, y_test), check_scoring(clf)(clf, X_test, y_test)",
            "importance = permutation_importance(clf, X_test, y_test, scoring=scoring['recall'], n_repeats=2)",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "benefit", "scoring['benefit'](clf, X_test, y_test)"),
            ("clf", "recall_score", "recall"),
            ("clf", "neg_log_loss", "get_scorer('neg_log_loss')(clf, X_test, y_test)"),
            ("clf", "score", "clf.score(X_test, y_test)"),
        ],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_guides_measure(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


@needs("statsmodels")
def test_settings_that_a_model_keeps_in_another_form_are_told_as_written(kernel) -> None:
    story = kernel.run(
        DATA,
        "import statsmodels.api as sm\nfrom statsmodels.tsa.ar_model import AutoReg",
        "one = sm.tsa.SARIMAX(X[:, 0], order=(1, 0, (1, 0, 1)), trend='c').fit(disp=False)",
        "lag = AutoReg(X[:, 0], 3).fit()",
        "other = AutoReg(X[:, 0], lags=[1, 4], trend='n')\nother.fit()",
    )
    one, lag, other = (one.params for one in story.models)
    assert (one["order"], one["trend"]) == ("(1, 0, (1, 0, 1))", "c")
    assert (lag["lags"], lag["trend"]) == ("3", "c")
    assert (other["lags"], other["trend"]) == ("[1, 4]", "n")


@needs("statsmodels")
def test_results_that_are_asked_to_fit_anew_are_another_model(kernel) -> None:
    story = kernel.run(
        DATA,
        "import statsmodels.api as sm\nhalf = sm.tsa.SARIMAX(X[:50, 0], order=(1, 0, 0)).fit(disp=False)",
        "again = half.append(X[50:60, 0], refit=True)\nprint(again.llf)",
        "longer = half.append(X[50:60, 0])\nprint(longer.llf)",
    )
    assert [(one.model_class, one.variable) for one in story.models] == [
        ("SARIMAX", "half"),
        ("SARIMAX", "again"),
    ]
    half, again = story.models
    assert again.metrics == {"llf": [pytest.approx(kernel.ask("float(again.llf)"))]}
    assert half.metrics == {"llf": [pytest.approx(kernel.ask("float(longer.llf)"))]}
