"""Notebooks in the styles of books on forecasting, statistics and algorithms by hand; see ``test_kernel_notebooks``."""

from __future__ import annotations

import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.measures.reporting import RUN_PAUSE_S, Reporter
from jupyterlab_mlops.kernel.measures.values import rounds_to

pytest.importorskip("sklearn")

NOTEBOOKS = [
    Notebook(
        "predictions of several models as columns of one table",
        [
            "test = pd.DataFrame({'y': y_test})\ntest['mean'] = y_train.mean()",
            "ridge = Ridge().fit(X_train, y_train)\ntest['ridge'] = ridge.predict(X_test)",
            "line = LinearRegression().fit(X_train, y_train)\ntest.loc[:, 'line'] = line.predict(X_test)",
            "late = test[test['y'] > 0].copy()",
            "a = mean_squared_error(test['y'], test['mean'])\nb = mean_squared_error(test['y'], test['ridge'])\n"
            "c = mean_squared_error(late.y, late.line)",
        ],
        [("Ridge", "ridge"), ("LinearRegression", "line")],
        [
            (None, "mean_squared_error", "a"),
            ("ridge", "mean_squared_error", "b"),
            ("line", "mean_squared_error", "c"),
        ],
    ),
    Notebook(
        "a comprehension that fits models and asks each for a statistic",
        [
            "from sklearn.mixture import GaussianMixture\nmodels = [GaussianMixture(k, random_state=0) for k in (1, 2)]",
            "aics = [m.fit(X).aic(X) for m in models]",
            "found = [m.bic(X) for m in models]",
            "errors = [0.5] + [m.n_iter_ + m.weights_[0] for m in models]\nerrors = [k / 9 for k in (1, 2)] + errors",
            "total = [len(X) for m in models]\nsizes_err = [k * 2 for k in (1, 2)]",
        ],
        [("GaussianMixture", "m"), ("GaussianMixture", "m")],
        [
            (0, "aic", "aics[0]"),
            (1, "aic", "aics[1]"),
            (0, "bic", "found[0]"),
            (1, "bic", "found[1]"),
            (0, "error", "errors[-2]"),
            (1, "error", "errors[-1]"),
        ],
    ),
    Notebook(
        "the same measurement, in functions in functions, of slices and of other data",
        [
            "def score_of(model, features, target):\n    guess = model.predict(features)\n"
            "    return r2_score(target[:], guess)",
            "def study(model, X_fit, y_fit, X_new, y_new):\n    model.fit(X_fit, y_fit)\n"
            "    print('R2 of training: {:.4f}'.format(score_of(model, X_fit, y_fit)))\n"
            "    print('R2 of testing: {:.4f}'.format(score_of(model, X_new, y_new)))",
            "a = Ridge()\nfor model in [a]:\n    for n in (40, 60):\n"
            "        study(model, X_train[:n], y_train[:n], X_test, y_test)",
        ],
        [("Ridge", "a")],
        [
            ("a", "r2_score:y_train_:n_:", "score_of(a, X_train[:60], y_train[:60])"),
            ("a", "r2_score", "score_of(a, X_test, y_test)"),
        ],
    ),
    Notebook(
        "cross-validations in a function, of a model that is set anew in a comprehension",
        [
            "from sklearn.model_selection import cross_val_score\nfrom sklearn.tree import DecisionTreeClassifier\n"
            "def usual(model):\n    return cross_val_score(model, X, y, cv=7).mean()",
            "tree = DecisionTreeClassifier(random_state=0)\n"
            "depth_scores = [usual(tree.set_params(max_depth=n)) for n in (1, 2, 3)]",
            "again = usual(tree)",
        ],
        [("DecisionTreeClassifier", None)] * 2 + [("DecisionTreeClassifier", "tree")],
        [(place, "cross_val_score_mean", f"depth_scores[{place}]") for place in range(3)],
    ),
    Notebook(
        "means of lists of metrics, bound to names that say no metric",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train[:, :1], y_train)",
            "rng = np.random.RandomState(0)\ntest_accuracies, sizes, found = [], [], []\nfor _ in range(5):\n"
            "    rows = rng.choice(len(y_test), 37)\n    acc = np.mean(clf.predict(X_test[rows, :1]) == y_test[rows])\n"
            "    test_accuracies.append(acc)\n    found.append(acc)\n    sizes.append(len(rows))",
            "middle = np.mean(test_accuracies)\nusual = np.mean(sizes)\nmiddle",
            "round(np.std(test_accuracies), 3)",
            "errors = clf.predict(X_test[:, :1]) - y_test\nshift = np.mean(errors)",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "acc", "acc"),
            ("clf", "test_accuracy", "test_accuracies[-1]"),
            ("clf", "test_accuracy_mean", "middle"),
            ("clf", "test_accuracy_std", "np.std(test_accuracies)"),
        ],
    ),
    Notebook(
        "a list of the negative of what a cross-validation gave is the same",
        [
            "from sklearn.model_selection import cross_val_score\nmse = []\nfor alpha in (1, 10):\n"
            "    score = cross_val_score(Ridge(alpha=alpha), X, y, scoring='neg_mean_squared_error').mean()\n"
            "    mse.append(-score)",
        ],
        [("Ridge", None), ("Ridge", None)],
        [
            (0, "cross_val_score_mean", "-mse[0]"),
            (
                0,
                "cross_val_score_std",
                "cross_val_score(Ridge(), X, y, scoring='neg_mean_squared_error').std()",
            ),
            (1, "cross_val_score_mean", "-mse[1]"),
            (
                1,
                "cross_val_score_std",
                "cross_val_score(Ridge(10), X, y, scoring='neg_mean_squared_error').std()",
            ),
        ],
    ),
    Notebook(
        "a scorer of the user's, called by scikit-learn",
        [
            "from sklearn.metrics import make_scorer\nreg = Ridge().fit(X_train, y_train)",
            "def custom(y_true, y_pred):\n    return r2_score(y_true, y_pred)",
            "score = make_scorer(custom)\nscore(reg, X_test, y_test)",
        ],
        [("Ridge", "reg")],
        [("reg", "custom", "reg.score(X_test, y_test)")],
    ),
    Notebook(
        "sums of squares, powers of a half, shares and counts",
        [
            "reg = Ridge().fit(X_train, y_train)\ntotal_ppl = pd.Series(y).count()",
            "((y_test - reg.predict(X_test)) ** 2).sum()",
            "RMSPE = mean_squared_error(y_true=y_test, y_pred=reg.predict(X_test)) ** (1 / 2)\nRMSPE",
            "print('share of ones:', np.mean(reg.predict(X_test).round() == 1))",
        ],
        [("Ridge", "reg")],
        [
            ("reg", "rss", "float(((y_test - reg.predict(X_test)) ** 2).sum())"),
            ("reg", "RMSPE", "RMSPE"),
        ],
    ),
    Notebook(
        "scores told again in a loop over them",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\np = clf.predict(X_test)",
            "scores = {'accuracy': accuracy_score(y_test, p), 'f1': f1_score(y_test, p, average='macro')}\n"
            "for name, value in scores.items():\n    print(f'{name}: {value:.4f}')",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy_score", "scores['accuracy']"),
            ("clf", "f1_score", "scores['f1']"),
        ],
    ),
    Notebook(
        "accuracy from a confusion matrix, errors from residuals",
        [
            "from sklearn.metrics import confusion_matrix\nclf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "cm = confusion_matrix(y_test, clf.predict(X_test))\nnp.trace(cm) / np.sum(cm)",
            "reg = Ridge().fit(X_train, y_train)\nresiduals = y_test - reg.predict(X_test)",
            "np.sqrt((residuals ** 2).mean())\nnp.mean(np.abs(residuals))",
        ],
        [("LogisticRegression", "clf"), ("Ridge", "reg")],
        [
            ("clf", "accuracy", "np.trace(cm) / np.sum(cm)"),
            ("reg", "mae", "np.mean(np.abs(residuals))"),
        ],
    ),
    Notebook(
        "a score by hand that happens to be the same as that of an earlier model",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\nacc = clf.score(X_test, y_test)",
            "truth = np.arange(45)\nguess = truth.copy()\nguess[:round(45 * (1 - acc))] = -1",
            "for k in (1, 2):\n    print('k =', k, 'accuracy =', np.mean(guess == truth))",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "score", "acc"), (None, "accuracy", "acc")],
    ),
    Notebook(
        "predictions of all folds together",
        [
            "from sklearn.model_selection import KFold\ntruths, guesses = [], []\n"
            "for tr, te in KFold(3).split(X):\n    reg = Ridge()\n    reg.fit(X[tr], y[tr])\n"
            "    pred = reg.predict(X[te])\n    truths.append(y[te])\n    guesses.append(pred)",
            "truths = np.concatenate(truths)\nguesses = np.concatenate(guesses)\n"
            "score = np.sqrt(mean_squared_error(guesses, truths))\nprint(f'Final, out of sample score (RMSE): {score}')",
        ],
        [("Ridge", "reg")],
        [("reg", "rmse", "score")],
    ),
    Notebook(
        "scores of each class",
        [
            "from sklearn.metrics import precision_recall_fscore_support, recall_score\n"
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train == 2)\np = clf.predict(X_test)",
            "precision, recall, _, support = precision_recall_fscore_support(y_test == 2, p, labels=[True, False])",
            "recall_score(y_test == 2, p, average=None)",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", f"precision/{label}", f"precision[{place}]")
            for place, label in enumerate((True, False))
        ]
        + [
            ("clf", f"recall/{label}", f"recall[{place}]")
            for place, label in enumerate((True, False))
        ]
        + [("clf", f"f_score/{label}", "None") for label in (True, False)]
        + [("clf", f"recall_score/{place}", f"recall[{1 - place}]") for place in range(2)],
    ),
    Notebook(
        "what is counted or summed of the data is no metric",
        [
            "df = pd.DataFrame({'score': [3.5, 4.5], 'loss': [1.0, 2.0]})\nmean_score = df['score'].mean()",
            "loss_ratio = df.loss.sum() / df.score.sum()\nloss_ratio",
            "n_errors = (df.loss == 2).sum()\nprint(f'errors: {n_errors}')",
        ],
        [],
        [],
    ),
    Notebook(
        "a function hands the truth back beside its predictions, or what it has cut of the data",
        [
            "def fitted(model, features, target, rows):\n    model.fit(X_train, y_train)\n"
            "    return target, model.predict(features), rows",
            "truth, guess, rows = fitted(LogisticRegression(max_iter=500), X_test, y_test, [])",
            "other = SGDClassifier(random_state=0).fit(X_train, y_train)\n"
            "f1_score(truth, other.predict(X_test), average='micro')",
            "def study(data, labels, part=0.3):\n"
            "    a, b, c, d = train_test_split(data[:, :2], labels, test_size=part, random_state=1)\n"
            "    mine = Ridge().fit(a, c)\n    made = mine.predict(b)\n    return b, d, made",
            "cut, kept, made = study(X, y)\nmean_squared_error(kept, made)",
            "line = LinearRegression().fit(cut[:20], kept[:20])\nr2_score(kept, line.predict(cut))",
            "accuracy_score(truth, guess)\nmade_of_both = r2_score(made, line.predict(cut))",
        ],
        [
            ("LogisticRegression", None),
            ("SGDClassifier", "other"),
            ("Ridge", None),
            ("LinearRegression", "line"),
        ],
        [
            ("other", "f1_score", "f1_score(truth, other.predict(X_test), average='micro')"),
            (2, "mean_squared_error", "mean_squared_error(kept, made)"),
            ("line", "r2_score", "r2_score(kept, line.predict(cut))"),
            (0, "accuracy_score", "accuracy_score(truth, guess)"),
            (None, "r2_score", "made_of_both"),
        ],
    ),
    Notebook(
        "functions tried out on numbers written there, and a cost that training by hand prints by itself",
        [
            "def mse(values):\n    return np.var(values)\n\n\ndef gini_impurity(labels):\n    return 1 - np.mean(labels) ** 2",
            "print(f'{mse(np.array([1, 2, 3])):.4f}')\nprint(gini_impurity([1, 1, 0]))\nerror = mse([1, 2, 4])\nmse([1, 2])",
            "def compute_cost(X, y, w):\n    return np.mean((y - X @ w) ** 2)\n\n\n"
            "def descend(X, y, rounds):\n    w = np.zeros(X.shape[1])\n    for turn in range(rounds):\n"
            "        w = w + 0.01 * X.T @ (y - X @ w) / len(y)\n        if turn % 5 == 0:\n"
            "            print(compute_cost(X, y, w))\n    return w",
            "w = descend(X_train, y_train, 20)",
        ],
        [("ndarray", "w")],
        [("w", "compute_cost", "compute_cost(X_train, y_train, descend(X_train, y_train, 16))")],
    ),
    Notebook(
        "a loop over settings keeps a dict of what each gave, the model too",
        [
            "from statsmodels.tools.eval_measures import rmse\nfrom statsmodels.tsa.api import ARIMA\n"
            "series = pd.Series(np.sin(np.arange(60) / 5) + np.arange(60) / 30)\nfound = {}",
            "for place, lags in enumerate((1, 2)):\n    kept = ARIMA(series[:50], order=(lags, 0, 0)).fit()\n"
            "    found[place] = {'lags': lags, 'AICc': kept.aicc, 'AIC': kept.aic, 'RMSE': rmse(series[50:], kept.forecast(10)),\n"
            "                    'model': kept}",
        ],
        [("ARIMA", None), ("ARIMA", "kept")],
        [
            (place, name, f"found[{place}]['{key}']")
            for place in (0, 1)
            for name, key in (("rmse", "RMSE"), ("aic", "AIC"), ("AICc", "AICc"))
        ],
    ),
    Notebook(
        "evidences of models that a loop makes, and what it says beside them with no line's end",
        [
            "from sklearn.linear_model import BayesianRidge\nevidences = []",
            "for columns in (2, 3, 4):\n    bayes = BayesianRidge(compute_score=True).fit(X[:, :columns], y)\n"
            "    evidences.append(bayes.scores_[-1])\n    print(columns, end=' ')\n    print('%.3f' % (columns / 7))",
        ],
        [("BayesianRidge", None), ("BayesianRidge", None), ("BayesianRidge", "bayes")],
        [(place, "evidence", f"evidences[{place}]") for place in range(3)],
    ),
    Notebook(
        "medians of what two models measured again and again, and numbers with thousands apart",
        [
            "first_r2, second_r2 = [], []\nfor seed in range(6):\n"
            "    a, b, c, d = train_test_split(X, y, random_state=seed)\n"
            "    one = LinearRegression().fit(a[:, :2], c)\n    two = Ridge().fit(a, c)\n"
            "    first_r2.append(r2_score(d, one.predict(b[:, :2])))\n"
            "    second_r2.append(r2_score(d, two.predict(b)))",
            "first_r2, second_r2 = pd.Series(first_r2), pd.Series(second_r2)",
            "print('R2 first: {:.2} vs second: {:.2}'.format(first_r2.median(), second_r2.median()))",
            "line = LinearRegression().fit(X, y * 9000.0)\nmse = mean_squared_error(y * 9000, line.predict(X))",
            "print(f'MSE: {mse:,.2f} of {len(X):,} rows')\nprint(f'RMSE: ${mse ** 0.5:,.0f}')",
        ],
        [
            ("LinearRegression", "one"),
            ("Ridge", "two"),
            ("LinearRegression", "line"),
        ],
        [
            ("one", "r2_score", "first_r2.iloc[-1]"),
            ("two", "r2_score", "second_r2.iloc[-1]"),
            ("one", "first_r2_median", "first_r2.median()"),
            ("two", "second_r2_median", "second_r2.median()"),
            ("line", "mean_squared_error", "mse"),
            ("line", "rmse", "round(mse**0.5)"),
        ],
        fits={0: 6, 1: 6},
    ),
    Notebook(
        "a search of the user's own keeps a table",
        [
            "class Search:\n    def __init__(self, values):\n        self.values = values\n"
            "    def fit(self, X, y):\n"
            "        self.cv_results_ = pd.DataFrame({'params': [{'alpha': v} for v in self.values],"
            " 'mean_test_score': [0.25, 0.5]})\n        self.best_score_ = 0.5\n        return self\n"
            "    def predict(self, X):\n        return X",
            "search = Search([1, 2]).fit(X, y)",
        ],
        [("Search", "search")],
        [("search", "best_score", "0.5")],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_books_show(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def test_the_next_notebook_run_names_its_metrics_anew() -> None:
    reporter = Reporter(None, None)  # type: ignore[arg-type]
    reporter.loose.metric_names["cost"] = ("printed",)
    reporter.new_cell(idle=RUN_PAUSE_S / 2)
    assert "cost" in reporter.loose.metric_names
    reporter.new_cell(idle=RUN_PAUSE_S * 2)
    assert not reporter.loose.metric_names


@pytest.mark.parametrize(
    ("value", "printed", "decimals", "same"),
    [
        (
            0.9665004018081013,
            0.9665004018081014,
            16,
            True,
        ),  # one bit apart: summed in another order
        (0.8125, 0.81, 2, True),
        (0.8125, 0.82, 2, False),
        (0.9665004018, 0.9665004019, 10, False),
    ],
)
def test_a_printed_value_is_known_again(value, printed, decimals, same) -> None:
    assert rounds_to(value, printed, decimals) is same
