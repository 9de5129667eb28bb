"""Cross-validations inside functions and by hand: their means, their roots, and what is not one of them."""

from __future__ import annotations

import pytest
from test_kernel_notebooks import Notebook, check

pytest.importorskip("sklearn")

RMSE_CV = (
    "from sklearn.model_selection import cross_val_score, cross_validate, KFold\n"
    "def rmse_cv(model):\n"
    "    return np.sqrt(-cross_val_score(model, X, y, scoring='neg_mean_squared_error', cv=3))"
)
ROOT = ("cross_val_rmse_mean", "cross_val_rmse_std")
EVALUATE = (
    "from sklearn.model_selection import KFold\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "folds = list(KFold(3, shuffle=True, random_state=0).split(X))\n"
    "def evaluate(model):\n    scores = []\n    for a, b in folds:\n        model.fit(X[a], y[a])\n"
    "        scores.append(accuracy_score(y[b], model.predict(X[b])))\n    return np.mean(scores)"
)

NOTEBOOKS = [
    Notebook(
        "the root of each fold's error, worked out in a function: of a name, of a model made there, of each in a loop",
        [
            RMSE_CV,
            "lasso = Ridge()\nscore = rmse_cv(lasso)\nprint(f'Lasso score: {score.mean():.4f} ({score.std():.4f})')",
            "other = rmse_cv(Ridge(alpha=5))\nprint(other.mean())",
            "for name, model in [('a', Ridge(7)), ('b', LinearRegression())]:\n"
            "    one = rmse_cv(model)\n    print('{}: {:.6f}, {:.4f}'.format(name, one.mean(), one.std()))",
        ],
        [("Ridge", "lasso"), ("Ridge", None), ("Ridge", None), ("LinearRegression", "model")],
        [
            (0, ROOT[0], "score.mean()"),
            (0, ROOT[1], "score.std()"),
            (1, ROOT[0], "other.mean()"),
            (1, ROOT[1], "other.std()"),
            (2, ROOT[0], "None"),
            (2, ROOT[1], "None"),
            (3, ROOT[0], "one.mean()"),
            (3, ROOT[1], "one.std()"),
        ],
    ),
    Notebook(
        "the root of the mean is one number, and a mean of roots is no root of the mean",
        [
            RMSE_CV,
            "ridge = Ridge()\n"
            "error = np.sqrt(-cross_val_score(ridge, X, y, scoring='neg_mean_squared_error', cv=3).mean())",
            "lin = LinearRegression()\n"
            "print(np.sqrt(-cross_val_score(lin, X, y, scoring='neg_mean_squared_error', cv=3)).mean())",
        ],
        [("Ridge", "ridge"), ("LinearRegression", "lin")],
        [
            ("ridge", "cross_val_rmse", "error"),
            ("lin", ROOT[0], "rmse_cv(lin).mean()"),
            ("lin", ROOT[1], "rmse_cv(lin).std()"),
        ],
    ),
    Notebook(
        "the root of the mean, worked out step by step in a function",
        [
            RMSE_CV,
            "def score_dataset(data, model=None):\n    model = model or LinearRegression()\n"
            "    score = cross_val_score(model, data, y, cv=3, scoring='neg_mean_squared_error')\n"
            "    score = -1 * score.mean()\n    score = np.sqrt(score)\n    return score",
            "baseline_score = score_dataset(X)\nprint(f'Baseline score: {baseline_score:.5f} RMSE')",
            "print(score_dataset(X[:, :2]))",
        ],
        [("LinearRegression", None), ("LinearRegression", None)],
        [
            (0, "cross_val_rmse", "baseline_score"),
            (1, "cross_val_rmse", "score_dataset(X[:, :2])"),
        ],
    ),
    Notebook(
        "a function that measures and says nothing of it",
        [RMSE_CV, "def width(model):\n    rmse_cv(model)\n    return 'wide'", "width(Ridge())"],
        [("Ridge", None)],
        [],
    ),
    Notebook(
        "means and deviations that a function writes into texts",
        [
            RMSE_CV,
            "def described(model):\n    scores = pd.DataFrame(cross_validate(model, X, y, cv=3))\n"
            "    one = scores['test_score']\n"
            "    return pd.Series([f'{one.mean():.4f} (+/- {one.std(ddof=0):.4f})'])",
            "results = {}\nresults['ridge'] = described(Ridge())",
        ],
        [("Ridge", None)],
        [
            (0, "test_score_mean", "cross_validate(Ridge(), X, y, cv=3)['test_score'].mean()"),
            (0, "test_score_std", "cross_validate(Ridge(), X, y, cv=3)['test_score'].std()"),
        ],
    ),
    Notebook(
        "the mean of hand-made folds: returned, printed for each setting, put into a list",
        [
            EVALUATE,
            "print(evaluate(DecisionTreeClassifier(random_state=0)))",
            "for depth in (1, 2):\n    accs = []\n    for a, b in folds:\n"
            "        tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X[a], y[a])\n"
            "        accs.append(accuracy_score(y[b], tree.predict(X[b])))\n"
            "    print('%s: %.4f +- %.4f' % (depth, np.mean(accs), np.std(accs)))",
            "levels = []\nfor depth in (3, 4):\n"
            "    levels.append(evaluate(DecisionTreeClassifier(max_depth=depth, random_state=0)))",
        ],
        [
            ("DecisionTreeClassifier", None),
            ("DecisionTreeClassifier", None),
            ("DecisionTreeClassifier", "tree"),
            ("DecisionTreeClassifier", None),
            ("DecisionTreeClassifier", None),
        ],
        [
            *((place, "accuracy_score", "None") for place in range(5)),
            (0, "accuracy_score_mean", "evaluate(DecisionTreeClassifier(random_state=0))"),
            (1, "accuracy_score_mean", "None"),
            (1, "accuracy_score_std", "None"),
            (2, "accuracy_score_mean", "np.mean(accs)"),
            (2, "accuracy_score_std", "np.std(accs)"),
            (3, "accuracy_score_mean", "levels[0]"),
            (4, "accuracy_score_mean", "levels[1]"),
        ],
        fits={0: 3, 1: 3, 2: 3, 3: 3, 4: 3},
    ),
    Notebook(
        "a mean that was not worked out is none, though a number like it is printed",
        [
            EVALUATE,
            "accs = []\nfor a, b in folds:\n"
            "    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X[a], y[a])\n"
            "    accs.append(accuracy_score(y[b], tree.predict(X[b])))\nprint('seen')",
            "for a, b in folds:\n"
            "    clf = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[a], y[a])\n"
            "    rounds = accuracy_score(y[b], clf.predict(X[b]))\n    print(f'threshold 0.{len(b)}')",
        ],
        [("DecisionTreeClassifier", "tree"), ("DecisionTreeClassifier", "clf")],
        [("tree", "accuracy_score", "accs[-1]"), ("clf", "accuracy_score", "rounds")],
        fits={0: 3, 1: 3},
    ),
    Notebook(
        "roots of kept scores: shown by a function, described, returned, in a frame; whatever the code that made them",
        [
            RMSE_CV,
            "def display_scores(scores):\n    print('Scores:', scores)\n    print('Mean:', scores.mean())\n"
            "    print('Standard deviation:', scores.std())",
            "lin = LinearRegression()\n"
            "scores = cross_val_score(lin, X, y, scoring='neg_mean_squared_error', cv=4)",
            "display_scores(np.sqrt(-scores))",
            "pd.Series(np.sqrt(-scores)).describe()",
            "def measured(model):\n    rmses = np.sqrt(-cross_val_score(model, X, y, scoring='neg_mean_squared_error', cv=4))\n"
            "    return rmses.mean(), rmses.std()",
            "measured(Ridge(3))",
            "steep = Ridge(9)\nsteep_mse = cross_val_score(steep, X, y, scoring='neg_mean_squared_error', cv=4)",
            "print('%.5f' % np.sqrt(-steep_mse).mean())",
        ],
        [("LinearRegression", "lin"), ("Ridge", None), ("Ridge", "steep")],
        [
            ("lin", "cross_val_score_mean", "scores.mean()"),
            ("lin", "cross_val_score_std", "scores.std()"),
            ("lin", ROOT[0], "np.sqrt(-scores).mean()"),
            ("lin", ROOT[1], "np.sqrt(-scores).std()"),
            ("lin", f"{ROOT[1]}:sample", "np.sqrt(-scores).std(ddof=1)"),
            (1, ROOT[0], "measured(Ridge(3))[0]"),
            (1, ROOT[1], "measured(Ridge(3))[1]"),
            ("steep", "cross_val_score_mean", "steep_mse.mean()"),
            ("steep", "cross_val_score_std", "steep_mse.std()"),
            ("steep", "rmse_mean", "np.sqrt(-steep_mse).mean()"),
        ],
    ),
    Notebook(
        "scores of folds that only code tells: in a list of any name, with what they vary by, also of a sample, and not twice that",
        [
            "from sklearn.model_selection import KFold\nfolds = list(KFold(4, shuffle=True, random_state=1).split(X))",
            "means = []\nfor a, b in folds:\n    clf = LogisticRegression(max_iter=300).fit(X[a], y[a])\n"
            "    prediction = clf.predict(X[b])\n    current = np.mean(prediction == y[b])\n    means.append(current)\n"
            "print('Mean: {:.1%} ± {:.1%}'.format(np.mean(means), np.std(means, ddof=1)))",
            "for C in [0.01, 1]:\n    each = []\n    for a, b in folds:\n"
            "        model = LogisticRegression(C=C, max_iter=300).fit(X[a], y[a])\n"
            "        each.append(accuracy_score(y[b], model.predict(X[b])))\n"
            "    print('C=%s %.2f +- %.2f' % (C, np.mean(each), np.std(each)))",
            "for C in [2, 3]:\n    each = []\n    for a, b in folds:\n"
            "        twice = LogisticRegression(C=C, max_iter=300).fit(X[a], y[a])\n"
            "        each.append(accuracy_score(y[b], twice.predict(X[b])))\n"
            "    print('C=%s %.2f (+/- %.2f)' % (C, np.mean(each), np.std(each) * 2))",
        ],
        [
            ("LogisticRegression", "clf"),
            ("LogisticRegression", None),
            ("LogisticRegression", "model"),
            ("LogisticRegression", None),
            ("LogisticRegression", "twice"),
        ],
        [
            (0, "accuracy", "means[-1]"),
            (0, "accuracy_mean", "np.mean(means)"),
            (0, "accuracy_std", "np.std(means, ddof=1)"),
            *(
                one
                for model in (1, 2, 3, 4)
                for one in [
                    (model, "accuracy_score", "None"),
                    (model, "accuracy_score_mean", "None"),
                ]
            ),
            (1, "accuracy_score_std", "None"),
            (2, "accuracy_score_std", "None"),
        ],
    ),
    Notebook(
        "the best of several models' scores is told of that model already",
        [
            "from sklearn.neighbors import KNeighborsClassifier\nknn, test_scores = KNeighborsClassifier(), []\n"
            "for k in (30, 3, 70):\n    knn.set_params(n_neighbors=k)\n    knn.fit(X_train, y_train)\n"
            "    test_scores.append(knn.score(X_test, y_test))",
            "assert max(test_scores) not in (test_scores[0], test_scores[-1])\n"
            "print(f'Maximum KNN score: {max(test_scores) * 100:.2f}%')",
        ],
        [
            ("KNeighborsClassifier", "knn"),
            ("KNeighborsClassifier", "knn"),
            ("KNeighborsClassifier", "knn"),
        ],
        [
            (0, "test_score", "test_scores[0]"),
            (1, "test_score", "test_scores[1]"),
            (2, "test_score", "test_scores[2]"),
        ],
    ),
    Notebook(
        "a dict of scores that is kept and then shown says each of them once",
        [
            "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)\n"
            "scores = {f.__name__: f(y_test, clf.predict(X_test)) for f in (accuracy_score, r2_score)}\n"
            "scores",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy_score", "scores['accuracy_score']"),
            ("clf", "r2_score", "scores['r2_score']"),
        ],
    ),
    Notebook(
        "other numbers beside scores are none of their statistics",
        [
            RMSE_CV,
            "lin = LinearRegression()\n"
            "scores = cross_val_score(lin, X, y, scoring='neg_mean_squared_error', cv=4)",
            "print(len(scores), 0.25, 1.5, X.mean(), X.std())\nnp.sqrt(-scores)",
        ],
        [("LinearRegression", "lin")],
        [
            ("lin", "cross_val_score_mean", "scores.mean()"),
            ("lin", "cross_val_score_std", "scores.std()"),
        ],
    ),
    Notebook(
        "a score that is rounded as it is bound is the score",
        [
            "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)\n"
            "acc_log = round(clf.score(X_train, y_train) * 100, 2)",
            "acc_again = round(float(acc_log) / 3, 2)",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "score:y_train", "clf.score(X_train, y_train)"),
            ("clf", "acc_again", "acc_again"),
        ],
    ),
    Notebook(
        "roots of errors and of errors of logarithms, in a dict",
        [
            "from sklearn.metrics import mean_squared_log_error\nz = np.abs(X[:, 0]) + 1\n"
            "lin = LinearRegression().fit(z[:, None] ** 2, z)\np = np.abs(lin.predict(z[:, None] ** 2))\n"
            "scores = dict(a=np.sqrt(mean_squared_error(z, p)), b=np.sqrt(mean_squared_log_error(z, p)))",
        ],
        [("LinearRegression", "lin")],
        [("lin", "rmse", "scores['a']"), ("lin", "rmsle", "scores['b']")],
    ),
    Notebook(
        "a score that is bound in per cent is the score",
        [
            "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)\n"
            "test_score = accuracy_score(y_test, clf.predict(X_test)) * 100\nprint(test_score)",
            "from sklearn.model_selection import cross_val_score\ncv_acc = 100.0 * cross_val_score(clf, X, y, cv=3).mean()",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy_score", "test_score / 100"),
            ("clf", "cross_val_score_mean", "cv_acc / 100"),
            ("clf", "cross_val_score_std", "cross_val_score(clf, X, y, cv=3).std()"),
        ],
    ),
]


def test_a_second_curve_on_the_axes_of_the_first_is_of_its_own_model(kernel) -> None:
    pytest.importorskip("matplotlib")
    story = kernel.run(
        "from sklearn.datasets import load_breast_cancer\nfrom sklearn.dummy import DummyClassifier\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.metrics import RocCurveDisplay\n"
        "X, y = load_breast_cancer(return_X_y=True)\n"
        "clf = LogisticRegression(max_iter=50).fit(X, y)\ndummy = DummyClassifier().fit(X, y)",
        "disp = RocCurveDisplay.from_estimator(clf, X, y)\n"
        "disp = RocCurveDisplay.from_estimator(dummy, X, y, ax=disp.ax_)",
    )
    assert story.errors == []
    assert story.by_variable("dummy").metrics["auc"] == [0.5]
    assert len(story.by_variable("clf").metrics["auc"]) == 1
    assert story.run.metrics == {}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_the_models_and_metrics_of(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)
