"""Notebooks in the styles of courses and tutorials: loops over settings, functions and networks of one's own."""

from __future__ import annotations

import pytest
from test_kernel_notebooks import Notebook, check

pytest.importorskip("sklearn")

NOTEBOOKS = [
    Notebook(
        "models that a loop only cross-validates: each has its value of the list",
        [
            "from sklearn.model_selection import cross_val_score\n"
            "from sklearn.tree import DecisionTreeRegressor\nrmse_scores = []\n"
            "for depth in (1, 2):\n    tree = DecisionTreeRegressor(max_depth=depth, random_state=0)\n"
            "    folds = cross_val_score(tree, X, y, cv=2, scoring='neg_mean_squared_error')\n"
            "    rmse_scores.append(np.mean(np.sqrt(-folds)))",
        ],
        [("DecisionTreeRegressor", "tree"), ("DecisionTreeRegressor", "tree")],
        [
            (0, "rmse_score", "rmse_scores[0]"),
            (0, "cross_val_score_mean", "None"),
            (0, "cross_val_score_std", "None"),
            (1, "rmse_score", "rmse_scores[1]"),
            (1, "cross_val_score_mean", "None"),
            (1, "cross_val_score_std", "None"),
        ],
    ),
    Notebook(
        "an array to which a loop appends; the root of a mean of scores, not the mean with another sign",
        [
            "ridge = Ridge()\naccs = []\nfor i in range(4):\n    ridge.fit(X[i::2], y[i::2])\n"
            "    accs = np.append(accs, np.mean(ridge.predict(X).round() == y))",
            "from sklearn.model_selection import cross_val_score\nother = Ridge(alpha=2)\n"
            "scores = cross_val_score(other, X, y, cv=2, scoring='neg_mean_squared_error')",
            "np.sqrt(-scores).mean()",
            "-scores.mean()",
        ],
        [("Ridge", "ridge"), ("Ridge", "other")],
        [
            ("ridge", "acc", "accs[-1]"),
            ("other", "cross_val_score_mean", "scores.mean()"),
            ("other", "cross_val_score_std", "scores.std()"),
            ("other", "root_score_mean", "np.sqrt(-scores).mean()"),
        ],
        fits={0: 4},
    ),
    Notebook(
        "a function that gives the root of the squared error that it measured, for each setting",
        [
            "from sklearn.neighbors import KNeighborsRegressor\n"
            "def by_column(column):\n    found = {}\n    for k in (1, 3):\n"
            "        knn = KNeighborsRegressor(k).fit(X_train[:, [column]], y_train)\n"
            "        mse = mean_squared_error(y_test, knn.predict(X_test[:, [column]]))\n"
            "        found[k] = np.sqrt(mse)\n    return found",
            "results = {}\nfor column in (2, 3):\n    results[column] = by_column(column)",
        ],
        [("KNeighborsRegressor", None), ("KNeighborsRegressor", None)],
        [(0, "rmse", "results[3][1]"), (1, "rmse", "results[3][3]")],
        fits={0: 2, 1: 2},
    ),
    Notebook(
        "attributes of models that a loop shows one after another",
        [
            "from sklearn.cluster import KMeans\n"
            "fitted = {k: KMeans(k, n_init=1, random_state=0).fit(X) for k in (2, 3)}",
            "for k in (2, 3):\n    print('within %s: %s' % (k, fitted[k].inertia_))",
            "for k, one in fitted.items():\n    print(k, one.n_iter_, one.n_clusters)",
        ],
        [("KMeans", "fitted[2]"), ("KMeans", "fitted[3]")],
        [(0, "inertia", "fitted[2].inertia_"), (1, "inertia", "fitted[3].inertia_")],
    ),
    Notebook(
        "the mean of what a comparison was bound to; of data alone it is a share",
        [
            "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)\npred = clf.predict(X_test)",
            "hits = pred == y_test\nhits.astype(float).mean()",
            "equal = X[:, 0] == X[:, 1]\nequal.mean()",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "accuracy", "hits.mean()")],
    ),
    Notebook(
        "a cost function of one's own measures the model that it is asked of; a test of it measures nothing",
        [
            "def linear_cost_function(w, X, y):\n    return ((X @ w - y) ** 2).sum() / 2",
            "ridge = Ridge(fit_intercept=False).fit(X, y)\nprint(linear_cost_function(ridge.coef_, X, y))",
            "assert linear_cost_function(ridge.coef_, X, y) >= 0 and ridge.score(X, y) <= 1",
            "print(linear_cost_function(np.zeros(4), X, y))",
        ],
        [("Ridge", "ridge")],
        [("ridge", "linear_cost", "linear_cost_function(ridge.coef_, X, y)")],
    ),
    Notebook(
        "a network of one's own whose parameters a loop changes; its loss is told once, as it was printed",
        [
            "class Value:\n    def __init__(self, data):\n        self.data, self.grad = data, 0.0\n"
            "class Net:\n    def __init__(self):\n        self.weights = [Value(0.0) for _ in range(4)]\n"
            "    def __call__(self, x):\n        return sum(w.data * v for w, v in zip(self.weights, x))\n"
            "    def parameters(self):\n        return self.weights",
            "net = Net()\nfor step in range(4):\n    error = np.array([net(x) for x in X]) - y\n"
            "    loss = float((error**2).mean())\n"
            "    for place, p in enumerate(net.parameters()):\n        p.grad = (error * X[:, place]).mean()\n"
            "    for p in net.parameters():\n        p.data -= 0.01 * p.grad\n"
            "    if step % 2 == 0:\n        print(f'step {step}: mse {loss:.3f}')",
        ],
        [("Net", "net")],
        [("net", "mse", "None")],
    ),
    Notebook(
        "gradient descent by hand, whose errors are only plotted; costs of something else are no metric",
        [
            "w, costs = np.zeros(4), []\nfor _ in range(5):\n    error = X @ w - y\n"
            "    cost = (error**2).sum() / 2\n    w = w - 0.0001 * X.T @ error\n    costs.append(cost)",
            "import matplotlib.pyplot as plt\nlines = plt.plot(costs)",
            "costs_of_goods = []\nfor price, number in ((2.0, 3), (1.5, 4), (0.5, 9)):\n"
            "    costs_of_goods.append(price * number)",
        ],
        [("ndarray", "w")],
        [("w", "cost", "costs[-1]")],
    ),
    Notebook(
        "weights that learn one row of a table",
        [
            "alpha, weights = 0.1, np.array([0.5, 0.48, -0.7, 0.1])\nrow, goal = X[0] / 9, 1.0",
            "for _ in range(5):\n    pred = row.dot(weights)\n    error = (goal - pred) ** 2\n    delta = pred - goal\n"
            "    weights = weights - alpha * (row * delta)\n    print('Error:' + str(error))",
        ],
        [("ndarray", "weights")],
        [("weights", "error", "error")],
        params={0: {"alpha": "0.1"}},
    ),
    Notebook(
        "rows of a table, which a statement writes",
        [
            "def errors(model):\n    gap = model.predict(X) - y\n    return (gap**2).mean() ** 0.5, abs(gap).mean(), 7\n"
            "ridge, table = Ridge().fit(X, y), pd.DataFrame(columns=['model', 'RMSE', 'MAE', 'n'])",
            "table.loc[len(table)] = ['ridge', *errors(ridge)]",
            "flat = Ridge(99.0).fit(X, y)\nr2 = flat.score(X, y)\nscores = pd.DataFrame(index=['flat'], columns=['R2', 'rmse'])",
            "scores.loc['flat', 'rmse'] = errors(flat)[0]\nscores.at['flat', 'R2'] = round(100 * r2, 2)",
        ],
        [("Ridge", "ridge"), ("Ridge", "flat")],
        [("ridge", "rmse", "errors(ridge)[0]"), ("ridge", "mae", "errors(ridge)[1]"),
         ("flat", "score", "r2"), ("flat", "rmse", "errors(flat)[0]")],
    ),
    Notebook(
        "rows that a loop writes of models which were fitted before",
        [
            "def rmse(model):\n    return ((model.predict(X) - y) ** 2).mean() ** 0.5\n"
            "models = {'one': Ridge(1.0).fit(X, y), 'ten': Ridge(10.0).fit(X, y)}",
            "rows = []\nfor name, model in models.items():\n    rows.append({'model': name, 'RMSE': rmse(model)})",
            "table = pd.DataFrame(columns=['MAE'])\nfor name in models:\n    table.loc[name] = [abs(models[name].predict(X) - y).mean()]",
        ],
        [("Ridge", "models['one']"), ("Ridge", "models['ten']")],
        [(0, "rmse", "rmse(models['one'])"), (1, "rmse", "rmse(models['ten'])"),
         (0, "mae", "table.MAE['one']"), (1, "mae", "table.MAE['ten']")],
    ),
    Notebook(
        "of the rows that another model has missed",
        [
            "one = LogisticRegression(C=0.001).fit(X, y)\nmissed = one.predict(X) != y",
            "clf = LogisticRegression(C=9.0, max_iter=500).fit(X, y)\nguess = clf.predict(X)",
            "accuracy_score(y[missed], guess[missed])",
        ],
        [("LogisticRegression", "one"), ("LogisticRegression", "clf")],
        [("clf", "accuracy_score", "accuracy_score(y[missed], guess[missed])")],
    ),
    Notebook(
        "scores of a cross-validation that are shown the right way up",
        [
            "from sklearn.model_selection import cross_val_score",
            "scores = cross_val_score(Ridge(), X, y, scoring='neg_mean_squared_error')\nprint('MSE: %.3f' % -scores.mean())",
        ],
        [("Ridge", None)],
        [(0, "mean_squared_error_mean", "-scores.mean()"), (0, "mean_squared_error_std", "scores.std()")],
    ),
    Notebook(
        "cross-validated again on data that has only the name in common; money is no loss",
        [
            "from sklearn.model_selection import cross_validate\nridge = Ridge()\nfirst = cross_validate(ridge, X, y)",
            "again = cross_validate(ridge, X, y)",
            "rows = X\nX = np.where(X > 2, X, 0)",
            "other = cross_validate(ridge, X, y)\ncost_of_errors = float(y.sum()) * 3",
        ],
        [("Ridge", "ridge"), ("Ridge", "ridge")],
        [(0, "test_score_mean", "first['test_score'].mean()"), (0, "test_score_std", "first['test_score'].std()"),
         (1, "test_score_mean", "other['test_score'].mean()"), (1, "test_score_std", "other['test_score'].std()")],
    ),
    Notebook(
        "what a function gives side by side, by the names that it returns",
        [
            "from sklearn.metrics import confusion_matrix\nclf = LogisticRegression(max_iter=300).fit(X, y > 1)\n"
            "counts = confusion_matrix(y > 1, clf.predict(X))\ndef rates(cm):\n    (tn, fp), (fn, tp) = cm\n"
            "    precision = tp / (tp + fp)\n    fpr = fp / (fp + tn)\n    return precision, fpr",
            "rates(counts)",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "precision", "rates(counts)[0]"), ("clf", "fpr", "rates(counts)[1]")],
    ),
    Notebook(
        "a score that a function rounds before it gives it back is told once",
        [
            "def timed(model):\n    model.fit(X_train, y_train)\n    score = model.score(X_test, y_test)\n    return 3.0, round(score, 4)",
            "accs = []\nfor C in (0.0001, 0.001):\n    clf = LogisticRegression(C=C, max_iter=300)\n    seconds, acc = timed(clf)\n    accs.append(acc)",
        ],
        [("LogisticRegression", None), ("LogisticRegression", "clf")],
        [(0, "score", "None"), (1, "score", "clf.score(X_test, y_test)")],
    ),
    Notebook(
        "a model of a cluster's rows is measured by itself, not by the clustering that chose them",
        [
            "from sklearn.cluster import KMeans\nfrom sklearn.tree import DecisionTreeClassifier\n"
            "km = KMeans(n_clusters=2, n_init=2, random_state=0).fit(X)\ntable = pd.DataFrame(X, columns=list('abcd'))\n"
            "table['truth'], table['cluster'] = y, pd.DataFrame(km.labels_)",
            "part = table[table.cluster == 0]\nrows, truth = part[['a', 'b']], part['truth']",
            "clf = DecisionTreeClassifier(max_depth=2)\nclf.fit(rows, truth)",
            "guess = clf.predict(rows)\nprint(f1_score(truth, guess, average='macro'))\nacc = (guess == truth).mean()",
        ],
        [("KMeans", "km"), ("DecisionTreeClassifier", "clf")],
        [("clf", "f1_score", "f1_score(truth, guess, average='macro')"), ("clf", "acc", "acc")],
    ),
]  # fmt: skip


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_courses_do(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)
