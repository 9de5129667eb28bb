"""Notebooks in the styles of the common books: which models and metrics are found, and whose they are.

Each is a table entry: cells, the models (class, variable) in order, and metrics as (variable or None for the
notebook run, metric name, expression for its last value in the kernel). Nothing else may be found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

pytest.importorskip("sklearn")

DATA = """
import numpy as np
import pandas as pd
from sklearn.datasets import load_iris, load_breast_cancer, load_diabetes, make_blobs
from sklearn.model_selection import train_test_split
from sklearn.linear_model import LogisticRegression, LinearRegression, Ridge, SGDClassifier
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error, r2_score
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
"""


@dataclass
class Notebook:
    name: str
    cells: list[str]
    models: list[tuple[str, str | None]]
    metrics: list[tuple[str | int | None, str, str]]
    fits: dict[int, int] = field(default_factory=dict)
    params: dict[int, dict[str, str]] = field(default_factory=dict)


NOTEBOOKS = [
    Notebook(
        "one classifier, scored cells later",
        [
            "clf = LogisticRegression(max_iter=500, C=0.5)\nclf.fit(X_train, y_train)",
            "y_pred = clf.predict(X_test)",
            "accuracy_score(y_test, y_pred)",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "accuracy_score", "accuracy_score(y_test, y_pred)")],
        params={0: {"C": "0.5", "max_iter": "500"}},
    ),
    Notebook(
        "printed with a format",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "print('Test set score: {:.2f}'.format(np.mean(clf.predict(X_test) == y_test)))",
            "print(f'train {clf.score(X_train, y_train):.3f} test {clf.score(X_test, y_test):.3f}')",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy", "float(np.mean(clf.predict(X_test) == y_test))"),
            ("clf", "score:y_train", "clf.score(X_train, y_train)"),
            ("clf", "score", "clf.score(X_test, y_test)"),
        ],
    ),
    Notebook(
        "accuracy by hand",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\npred = clf.predict(X_test)",
            "acc = (pred == y_test).mean()",
            "print('accuracy: %.2f' % (np.sum(pred == y_test) / len(y_test)))",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "acc", "acc")],
    ),
    Notebook(
        "a derived error takes the place of the one inside",
        [
            "reg = LinearRegression().fit(X_train, y_train)",
            "rmse = np.sqrt(mean_squared_error(y_test, reg.predict(X_test)))",
        ],
        [("LinearRegression", "reg")],
        [("reg", "rmse", "rmse")],
    ),
    Notebook(
        "an error and, a cell later, its root",
        [
            "lin_reg = LinearRegression()\nlin_reg.fit(X, y)",
            "lin_mse = mean_squared_error(y, lin_reg.predict(X))",
            "lin_rmse = np.sqrt(lin_mse)\nlin_rmse",
        ],
        [("LinearRegression", "lin_reg")],
        [("lin_reg", "mean_squared_error", "lin_mse"), ("lin_reg", "lin_rmse", "lin_rmse")],
    ),
    Notebook(
        "two models in turns",
        [
            "a = LogisticRegression(max_iter=500).fit(X_train, y_train)\nb = SGDClassifier(random_state=0).fit(X_train, y_train)",
            "pa = a.predict(X_test); pb = b.predict(X_test)",
            "print('a', f1_score(y_test, pa, average='macro'))\nprint('b', f1_score(y_test, pb, average='macro'))",
        ],
        [("LogisticRegression", "a"), ("SGDClassifier", "b")],
        [
            ("a", "f1_score", "f1_score(y_test, pa, average='macro')"),
            ("b", "f1_score", "f1_score(y_test, pb, average='macro')"),
        ],
    ),
    Notebook(
        "one name for two models",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\np1 = clf.predict(X_test)",
            "clf = SGDClassifier(random_state=0).fit(X_train, y_train)\np2 = clf.predict(X_test)",
            "print(accuracy_score(y_test, p1))",
        ],
        [("LogisticRegression", "clf"), ("SGDClassifier", "clf")],
        [(0, "accuracy_score", "accuracy_score(y_test, p1)")],
    ),
    Notebook(
        "a loop over models in a dict",
        [
            "models = {'lr': LogisticRegression(max_iter=500), 'sgd': SGDClassifier(random_state=0)}\nscores = {}\n"
            "for name, model in models.items():\n    model.fit(X_train, y_train)\n"
            "    scores[name] = accuracy_score(y_test, model.predict(X_test))",
        ],
        [("LogisticRegression", "models['lr']"), ("SGDClassifier", "models['sgd']")],
        [(0, "accuracy_score", "scores['lr']"), (1, "accuracy_score", "scores['sgd']")],
    ),
    Notebook(
        "a loop over a setting",
        [
            "from sklearn.neighbors import KNeighborsClassifier\ntraining_accuracy = []\nfor n in range(1, 4):\n"
            "    clf = KNeighborsClassifier(n_neighbors=n)\n    clf.fit(X_train, y_train)\n"
            "    training_accuracy.append(clf.score(X_train, y_train))",
        ],
        [("KNeighborsClassifier", "clf")] * 3,
        [(place, "training_accuracy", f"training_accuracy[{place}]") for place in range(3)],
        params={2: {"n_neighbors": "3"}},
    ),
    Notebook(
        "a pipeline is the model, its steps are not",
        [
            "from sklearn.preprocessing import StandardScaler\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.svm import SVC\n"
            "pipe = make_pipeline(StandardScaler(), SVC(C=10))\npipe.fit(X_train, y_train)\npipe.score(X_test, y_test)",
        ],
        [("Pipeline", "pipe")],
        [("pipe", "score", "pipe.score(X_test, y_test)")],
        params={0: {"svc__C": "10"}},
    ),
    Notebook(
        "helpers are no models",
        [
            "from sklearn.preprocessing import StandardScaler, PolynomialFeatures\nfrom sklearn.decomposition import PCA\n"
            "X2 = PCA(2).fit_transform(StandardScaler().fit_transform(PolynomialFeatures(2).fit_transform(X)))",
        ],
        [],
        [],
    ),
    Notebook(
        "cross-validation measures a model that is not fitted",
        [
            "from sklearn.model_selection import cross_val_score\nclf = LogisticRegression(max_iter=500)\n"
            "scores = cross_val_score(clf, X, y, cv=3)\nprint('Average: {:.2f}'.format(scores.mean()))",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "cross_val_score_mean", "float(scores.mean())"),
            ("clf", "cross_val_score_std", "float(scores.std())"),
        ],
        fits={0: 0},
    ),
    Notebook(
        "cross-validated errors with their sign turned",
        [
            "from sklearn.model_selection import cross_val_score\n"
            "rmses = -cross_val_score(Ridge(), X, y, cv=3, scoring='neg_root_mean_squared_error')",
        ],
        [("Ridge", None)],
        [
            (0, "cross_val_score_mean", "float(rmses.mean())"),
            (0, "cross_val_score_std", "float(rmses.std())"),
        ],
    ),
    Notebook(
        "measured on cross-validated predictions",
        [
            "from sklearn.model_selection import cross_val_predict\nclf = LogisticRegression(max_iter=500).fit(X, y)",
            "p = cross_val_predict(clf, X, y, cv=3)\nf1_score(y, p, average='micro')",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "f1_score", "f1_score(y, p, average='micro')")],
    ),
    Notebook(
        "a bootstrap is one candidate with a count and a series",
        [
            "from sklearn.tree import DecisionTreeClassifier\nrng = np.random.default_rng(0)\naccs = []\n"
            "for i in range(50):\n    idx = rng.integers(0, len(X_train), len(X_train))\n"
            "    tree = DecisionTreeClassifier(random_state=i).fit(X_train[idx], y_train[idx])\n"
            "    accs.append(accuracy_score(y_test, tree.predict(X_test)))",
        ],
        [("DecisionTreeClassifier", "tree")],
        [("tree", "accuracy_score", "accs[-1]")],
        fits={0: 50},
    ),
    Notebook(
        "epochs of partial_fit",
        [
            "sgd = SGDClassifier(random_state=0)\nfor epoch in range(4):\n    sgd.partial_fit(X_train, y_train, classes=[0, 1, 2])\n"
            "    print('Epoch %d: accuracy %.3f' % (epoch, sgd.score(X_test, y_test)))",
        ],
        [("SGDClassifier", "sgd")],
        [("sgd", "score", "sgd.score(X_test, y_test)")],
        fits={0: 4},
    ),
    Notebook(
        "an estimator of one's own",
        [
            "class Nearest:\n    def __init__(self, power=2):\n        self.power = power\n"
            "    def fit(self, X, y):\n        self.means_ = np.array([X[y == k].mean(0) for k in np.unique(y)])\n        return self\n"
            "    def predict(self, X):\n        return (np.abs(X[:, None] - self.means_) ** self.power).sum(-1).argmin(1)\n",
            "near = Nearest(power=3).fit(X_train, y_train)",
            "np.mean(near.predict(X_test) == y_test)",
        ],
        [("Nearest", "near")],
        [("near", "accuracy", "float(np.mean(near.predict(X_test) == y_test))")],
        params={0: {"power": "3"}},
    ),
    Notebook(
        "fitted and measured inside a function",
        [
            "def evaluate(model, X, y):\n    p = model.predict(X)\n    return accuracy_score(y, p)\n"
            "def train(C):\n    model = LogisticRegression(C=C, max_iter=500)\n    model.fit(X_train, y_train)\n    return model",
            "best = train(0.3)",
            "result = evaluate(best, X_test, y_test)",
        ],
        [("LogisticRegression", "best")],
        [("best", "accuracy_score", "result")],
        params={0: {"C": "0.3"}},
    ),
    Notebook(
        "a learning curve of a function's own stays one candidate",
        [
            "def curve(model):\n    errors = []\n    for m in range(20, 60, 10):\n        model.fit(X_train[:m], y_train[:m])\n"
            "        errors.append(mean_squared_error(y_test, model.predict(X_test)))\n    return np.mean(errors)\n"
            "lin = LinearRegression()",
            "level = curve(lin)",
        ],
        [("LinearRegression", "lin")],
        [
            ("lin", "mean_squared_error", "mean_squared_error(y_test, lin.predict(X_test))"),
            ("lin", "mean_squared_error_mean", "level"),
        ],
        fits={0: 4},
    ),
    Notebook(
        "a search with its attempts",
        [
            "from sklearn.model_selection import GridSearchCV\n"
            "grid = GridSearchCV(LogisticRegression(max_iter=500), {'C': [0.1, 1, 10]}, cv=3)\ngrid.fit(X_train, y_train)",
            "print('Best cross-validation score: {:.2f}'.format(grid.best_score_))",
            "best = grid.best_estimator_\naccuracy_score(y_test, best.predict(X_test))",
        ],
        [("GridSearchCV", "grid")],
        [
            ("grid", "best_score", "float(grid.best_score_)"),
            ("grid", "accuracy_score", "accuracy_score(y_test, best.predict(X_test))"),
        ],
    ),
    Notebook(
        "an ensemble and its parts",
        [
            "from sklearn.ensemble import VotingClassifier\nfrom sklearn.naive_bayes import GaussianNB\n"
            "vote = VotingClassifier([('lr', LogisticRegression(max_iter=500)), ('nb', GaussianNB())]).fit(X_train, y_train)",
            "for name, part in vote.named_estimators_.items():\n    print(name, '=', part.score(X_test, y_test))",
            "vote.score(X_test, y_test)",
        ],
        [("VotingClassifier", "vote")],
        [
            ("vote", "score", "vote.score(X_test, y_test)"),
            ("vote", "GaussianNB.score", "part.score(X_test, y_test)"),
            (
                "vote",
                "LogisticRegression.score",
                "vote.named_estimators_['lr'].score(X_test, y_test)",
            ),
        ],
    ),
    Notebook(
        "clusters and what they are judged by",
        [
            "from sklearn.cluster import KMeans\nfrom sklearn.metrics import silhouette_score\n"
            "Xb, _ = make_blobs(100, random_state=1)\nkm = KMeans(3, n_init=3, random_state=0)\nlabels = km.fit_predict(Xb)",
            "silhouette_score(Xb, labels)",
            "km.inertia_",
        ],
        [("KMeans", "km")],
        [
            ("km", "silhouette_score", "silhouette_score(Xb, labels)"),
            ("km", "inertia", "km.inertia_"),
        ],
    ),
    Notebook(
        "gradient descent with NumPy alone",
        [
            "w, b, lr = np.zeros(4), 0.0, 0.01\nfor epoch in range(60):\n    error = X_train @ w + b - y_train\n"
            "    loss = (error ** 2).mean()\n    w -= lr * 2 * X_train.T @ error / len(error)\n    b -= lr * 2 * error.mean()\n"
            "    if epoch % 20 == 0:\n        print(f'epoch {epoch} loss {loss:.4f}')",
        ],
        [("ndarray", "w")],
        [("w", "loss", "None")],
    ),
    Notebook(
        "constants, plots and sizes are no metrics",
        [
            "best_score = 0\nlearning_rate = 0.1\nscore_threshold = 0.5\nprecision = 3",
            "df = pd.DataFrame(X)\ndf['score'] = 1.0\nmean_size = df[0].mean()\ndf.describe()",
            "print('Test set size: 38, 10:30, 45%| 12s/it')\nprint('rows:', len(df))",
        ],
        [],
        [],
    ),
    Notebook(
        "no single model behind it: the notebook run's",
        [
            "a = LogisticRegression(max_iter=500).fit(X_train, y_train)\nb = LogisticRegression(C=2, max_iter=500).fit(X_train, y_train)",
            "agreement = accuracy_score(a.predict(X_test), b.predict(X_test))",
        ],
        [("LogisticRegression", "a"), ("LogisticRegression", "b")],
        [(None, "accuracy_score", "agreement")],
    ),
    Notebook(
        "under a timing magic",
        [
            "%%time\nclf = LogisticRegression(max_iter=500).fit(X_train, y_train)\nprint(clf.score(X_test, y_test))"
        ],
        [("LogisticRegression", "clf")],
        [("clf", "score", "clf.score(X_test, y_test)")],
    ),
    Notebook(
        "probabilities, thresholds, columns",
        [
            "from sklearn.metrics import roc_auc_score, roc_curve, auc\nXc, yc = load_breast_cancer(return_X_y=True)\n"
            "clf = LogisticRegression(max_iter=5000).fit(Xc / Xc.max(0), yc)\nprob = clf.predict_proba(Xc / Xc.max(0))[:, 1]",
            "hard = (prob > 0.3).astype(int)\naccuracy_score(yc, hard)",
            "fpr, tpr, thresholds = roc_curve(yc, prob)\nroc_auc = auc(fpr, tpr)",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "accuracy_score", "accuracy_score(yc, hard)"), ("clf", "auc", "roc_auc")],
    ),
    Notebook(
        "predictions kept in a dict and an array",
        [
            "ms = [LogisticRegression(C=c, max_iter=500) for c in (0.1, 10)]\npreds = {}\n"
            "for i, m in enumerate(ms):\n    preds[i] = m.fit(X_train, y_train).predict(X_test)",
            "first = accuracy_score(y_test, preds[0])",
        ],
        [("LogisticRegression", "ms[0]"), ("LogisticRegression", "ms[1]")],
        [(0, "accuracy_score", "first")],
    ),
    Notebook(
        "classes written where a probability is high",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\nprob = clf.predict_proba(X_test)[:, 0]",
            "labels = np.array([1] * len(y_test))\nlabels[prob > 0.5] = 0",
            "np.mean(labels == y_test), np.mean(labels != y_test)",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy", "np.mean(labels == y_test)"),
            ("clf", "error_rate", "np.mean(labels != y_test)"),
        ],
    ),
    Notebook(
        "an elbow: the inertias of several clusterings",
        [
            "from sklearn.cluster import KMeans\ninertias = []\n"
            "for k in (2, 3):\n    inertias.append(KMeans(k, n_init=1, random_state=0).fit(X).inertia_)",
        ],
        [("KMeans", None), ("KMeans", None)],
        [(0, "inertia", "inertias[0]"), (1, "inertia", "inertias[1]")],
    ),
    Notebook(
        "a metric function of one's own, its value under any name",
        [
            "def rmse(a, b):\n    return np.sqrt(np.mean((a - b) ** 2))",
            "reg = Ridge().fit(X_train, y_train)\ne = rmse(y_test, reg.predict(X_test))\nprint('RMSE on test:', e)",
        ],
        [("Ridge", "reg")],
        [("reg", "rmse", "e")],
    ),
    Notebook(
        "the mean of the scores of folds",
        [
            "accs = []\nfor part in (slice(0, 70), slice(70, 140)):\n"
            "    clf = LogisticRegression(max_iter=500).fit(X[part.start::2], y[part.start::2])\n"
            "    accs.append(clf.score(X[part], y[part]))\nprint('mean', np.mean(accs))",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "score", "accs[-1]"), ("clf", "acc_mean", "np.mean(accs)")],
        fits={0: 2},
    ),
    Notebook(
        "a bootstrap in a function of one's own",
        [
            "def one(seed):\n    some = np.random.default_rng(seed).integers(0, len(X), len(X))\n"
            "    return Ridge().fit(X[some], y[some]).score(X, y)",
            "scores = [one(seed) for seed in range(50)]\nprint(np.mean(scores))",
        ],
        [("Ridge", None)],
        [(0, "score", "scores[-1]"), (0, "score_mean", "np.mean(scores)")],
        fits={0: 50},
    ),
    Notebook(
        "series that training functions return, by name and by key",
        [
            "def train(X, y, steps=5):\n    w = np.zeros(4)\n    history = {'train_mse': [], 'val_mse': []}\n"
            "    for _ in range(steps):\n        w -= 0.01 * X.T @ (X @ w - y) / len(y)\n"
            "        history['train_mse'].append(np.mean((X @ w - y) ** 2))\n"
            "        history['val_mse'].append(np.mean((X_test @ w - y_test) ** 2))\n    return w, history",
            "w, hist = train(X_train, y_train)",
            "def train_more(w):\n    return [float(np.sum(w)), 0.5, 0.25]",
            "maes = train_more(w)\nnumbers = train_more(w)",
        ],
        [("ndarray", "w")],
        [
            ("w", "mae", "maes[-1]"),
            ("w", "train_mse", "hist['train_mse'][-1]"),
            ("w", "val_mse", "hist['val_mse'][-1]"),
        ],
    ),
    Notebook(
        "series of a tuple that a training function returns, by what it calls them",
        [
            "def train(X, y, epochs=4):\n    w = np.zeros(4)\n    loss_hist_train, acc_hist = [0] * epochs, [0] * epochs\n"
            "    steps = list(range(epochs))\n    for epoch in range(epochs):\n        w -= 0.01 * X.T @ (X @ w - y) / len(y)\n"
            "        loss_hist_train[epoch] += float(np.mean((X @ w - y) ** 2))\n"
            "        acc_hist[epoch] = float(np.mean((X @ w > 0.5) == y))\n    return loss_hist_train, acc_hist, steps",
            "history = train(X_train, y_train)",
        ],
        [("ndarray", None)],
        [(0, "loss_train", "history[0][-1]"), (0, "acc", "history[1][-1]")],
    ),
    Notebook(
        "cross-validated in one cell and trained in another; both in one",
        [
            "from sklearn.model_selection import cross_val_score\nfrom sklearn.neighbors import KNeighborsClassifier\nfrom sklearn.tree import DecisionTreeClassifier\nknn = KNeighborsClassifier(7)\n"
            "cross_val_score(knn, X_train, y_train, cv=3).mean()",
            "knn.fit(X_train, y_train)",
            "acc = knn.score(X_test, y_test)",
            "tree = DecisionTreeClassifier(max_depth=2)\nmean = cross_val_score(tree, X_train, y_train, cv=3).mean()\n"
            "tree.fit(X_train, y_train)",
        ],
        [
            ("KNeighborsClassifier", "knn"),
            ("KNeighborsClassifier", "knn"),
            ("DecisionTreeClassifier", "tree"),
        ],
        [
            (0, "cross_val_score_mean", "None"),
            (0, "cross_val_score_std", "None"),
            (2, "cross_val_score_std", "None"),
            (1, "score", "acc"),
            (2, "cross_val_score_mean", "mean"),
        ],
    ),
    Notebook(
        "a cross-validation in a function, of which only the means are printed, with their signs turned",
        [
            "from sklearn.linear_model import Ridge\nfrom sklearn.model_selection import cross_validate\n"
            "def evaluate(model, X, y):\n"
            "    found = cross_validate(model, X, y, cv=3, scoring=['neg_mean_absolute_error'])\n"
            "    mae = -found['test_neg_mean_absolute_error']\n"
            "    print(f'Mean Absolute Error:     {mae.mean():.3f} +/- {mae.std():.3f}')\n    return None",
            "ridge = Ridge()\nevaluate(ridge, X_train, y_train)",
        ],
        [("Ridge", "ridge")],
        [
            (
                "ridge",
                "mean_absolute_error",
                "round(-cross_validate(ridge, X_train, y_train, cv=3, scoring='neg_mean_absolute_error')['test_score'].mean(), 3)",
            )
        ],
    ),
    Notebook(
        "a report as text",
        [
            "from sklearn.metrics import classification_report\nclf = LogisticRegression(max_iter=500).fit(X_train, y_train)\n"
            "print(classification_report(y_test, clf.predict(X_test)))",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy", "round(clf.score(X_test, y_test), 2)"),
            *[
                ("clf", f"{average}_avg/{what}", "None")
                for average in ("macro", "weighted")
                for what in ("precision", "recall", "f1-score")
            ],
        ],
    ),
    Notebook(
        "numbers printed without words, from functions named like a metric",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\n"
            "def accuracy(a, b):\n    return round(float((a == b).mean()), 4)",
            "def folds():\n    for part in (1, 2):\n        p = clf.predict(X_test[part:])\n"
            "        right = sum(p == y_test[part:])\n        print(right / len(p))",
            "print(accuracy(clf.predict(X_test), y_test), len(X_test))",
            "losses = list('abc')\nprint(len(losses))\nprint(accuracy is None)\nprint(losses.index('c'), 1.5)",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "accuracy", "accuracy(clf.predict(X_test), y_test)")],
    ),
    Notebook(
        "the same settings on other data, in a pipeline around a fitted model",
        [
            "from sklearn.neighbors import KNeighborsClassifier\nfrom sklearn.pipeline import make_pipeline\n"
            "knn = KNeighborsClassifier(3)\nfor part in (slice(0, 120), slice(30, 150)):\n"
            "    clf = make_pipeline(knn)\n    clf.fit(X[part], y[part])\n    score = clf.score(X, y)",
        ],
        [("Pipeline", "clf")],
        [("clf", "score", "score")],
        fits={0: 2},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_the_models_and_metrics_of(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def check(notebook: Notebook, kernel) -> None:
    """Run the notebook; exactly its models and metrics are found."""
    story = kernel.run(DATA, *notebook.cells)
    assert story.errors == []
    assert [(one.model_class, one.variable) for one in story.models] == notebook.models
    told = {(place, name) for place, one in enumerate(story.models) for name in one.metrics}
    told |= {(None, name) for name in story.run.metrics}
    wanted = set()
    for owner, name, expression in notebook.metrics:
        if isinstance(owner, str):
            seen = story.by_variable(owner)
        else:
            seen = story.run if owner is None else story.models[owner]
        assert name in seen.metrics, (name, seen.metrics)
        expected = kernel.ask(f"(lambda v: v if v is None else float(v))({expression})")
        if expected is not None:
            assert seen.metrics[name][-1] == pytest.approx(expected)
        wanted.add((None if seen is story.run else story.models.index(seen), name))
    assert {key for key in told if not key[1].startswith("system/")} == wanted
    for place, fits in notebook.fits.items():
        assert story.models[place].fits == fits
    for place, params in notebook.params.items():
        assert params.items() <= story.models[place].params.items()


def test_a_search_has_its_best_attempts_as_children(kernel) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.model_selection import GridSearchCV\n"
        "grid = GridSearchCV(LogisticRegression(max_iter=200), {'C': list(np.logspace(-2, 2, 25))}, cv=2).fit(X, y)",
    )
    parent = story.models[0]
    children = [one for one in story.candidates.values() if one.parent == parent.id]
    assert len(children) == 20
    assert {one.end for one in children} == {"FINISHED"}
    ranks = [one.metrics["rank_test_score"][0] for one in children]
    assert ranks == sorted(ranks)
    assert set(children[0].params) == {"C"}


def test_executing_the_cell_again_opens_a_new_candidate(kernel) -> None:
    cell = "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)"
    story = kernel.run(DATA, cell, cell)
    assert len(story.models) == 2
    story = kernel.run(
        DATA, "clf = LogisticRegression(max_iter=500)", *["clf.fit(X_train, y_train)"] * 2
    )
    assert len(story.models) == 2


def test_the_params_of_the_data_flow_belong_to_the_candidate(kernel) -> None:
    story = kernel.run(
        DATA,
        "n_estimators, unused = 7, 12\nfig_size = (10, 5)\nseed = 3",
        "from sklearn.ensemble import RandomForestClassifier",
        "rf = RandomForestClassifier(n_estimators, random_state=seed).fit(X_train, y_train)",
    )
    one = story.models[0]
    assert one.params["n_estimators"] == "7"
    assert one.params["seed"] == "3"
    assert one.params["train_test_split.test_size"] == "0.3"
    assert "fig_size" not in one.params
    assert one.seeds["random_state"] == [0, 3]


def test_functions_read_what_their_bodies_read(kernel) -> None:
    story = kernel.run(
        DATA,
        "depth = 4",
        "from sklearn.tree import DecisionTreeClassifier\ndef make():\n    return DecisionTreeClassifier(max_depth=depth).fit(X, y)",
        "tree = make()",
    )
    assert story.models[0].params["depth"] == "4"
    slices = [one for one in story.findings if one["kind"] == "slice"]
    assert len(slices[0]["msg_ids"]) == 4
