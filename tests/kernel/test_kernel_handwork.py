"""What people write by hand around their models: own classes, own metrics, loops, containers, branches."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.measures.named import is_part
from jupyterlab_mlops.kernel.measures.namesakes import namesake

pytest.importorskip("sklearn")

LINEAR = """
class Linear:
    def __init__(self, lr=0.1, n_iter=20):
        self.lr, self.n_iter = lr, n_iter
    def fit(self, X, y):
        self.w, self.loss_history = np.zeros(X.shape[1]), []
        for _ in range(self.n_iter):
            e = X @ self.w - y
            self.w -= self.lr * X.T @ e / len(y)
            self.loss_history.append(float((e ** 2).mean()))
    def predict(self, X):
        return X @ self.w
def mse(y, p):
    return float(np.mean((y - p) ** 2))
A = np.random.default_rng(0).normal(size=(60, 2)); b = A @ [1.0, 2.0]
"""

NOTEBOOKS = [
    Notebook(
        "errors kept by names of their models; the last curve of a network that each fold fits is no other one",
        [
            "from sklearn.ensemble import GradientBoostingRegressor\nfrom sklearn.model_selection import KFold\n"
            "def evaluate(model):\n    model.fit(X_train, y_train)\n    model_mae = np.mean(abs(y_test - model.predict(X_test)))\n    return model_mae",
            "gradient_boosted_mae = evaluate(GradientBoostingRegressor(n_estimators=3, random_state=0))",
            "class Net:\n    def fit(self, X, y):\n        self.losses = [float(np.mean(y)) + len(X) / (n + 1) for n in range(5)]\n        return self\n"
            "    def predict(self, X):\n        return X[:, 0]",
            "net = Net()\nfor train, test in KFold(3, shuffle=True, random_state=22).split(X):\n    net.fit(X[train], y[train])\n    loss_history = list(net.losses)",
        ],
        [("GradientBoostingRegressor", None), ("Net", "net")],
        [(0, "gradient_boosted_mae", "gradient_boosted_mae"), ("net", "losses", "net.losses[-1]")],
        params={1: {"KFold.random_state": "22"}},
    ),
    Notebook(
        "how data were split for a model that has a seed of its own",
        [
            "from sklearn.model_selection import KFold, cross_val_score\nlr = LogisticRegression(max_iter=300)\n"
            "scores = cross_val_score(lr, X, y, cv=KFold(3, shuffle=True, random_state=22))",
        ],
        [("LogisticRegression", "lr")],
        [
            ("lr", "cross_val_score_mean", "scores.mean()"),
            ("lr", "cross_val_score_std", "scores.std()"),
        ],
        params={0: {"KFold.random_state": "22", "random_state": "None"}},
    ),
    Notebook(
        "a loop over models that were fitted before, each measured by hand; two that it compares are of nobody",
        [
            "lr = LogisticRegression(max_iter=500).fit(X_train, y_train)\nsgd = SGDClassifier(random_state=0).fit(X_train, y_train)",
            "for name, m in {'lr': lr, 'sgd': sgd}.items():\n    print(name, np.mean(m.predict(X_test) == y_test))",
            "for m in (lr, sgd):\n    acc = (m.predict(X_train) == y_train).mean()\n    print(f'{type(m).__name__}: {acc:.3f}')",
            "for part in (X_train, X_test):\n    print('accuracy', np.mean(lr.predict(part) == sgd.predict(part)))",
        ],
        [("LogisticRegression", "lr"), ("SGDClassifier", "sgd")],
        [
            ("lr", "accuracy", "np.mean(lr.predict(X_test) == y_test)"),
            ("sgd", "accuracy", "np.mean(sgd.predict(X_test) == y_test)"),
            ("lr", "acc", "round(np.mean(lr.predict(X_train) == y_train), 3)"),
            ("sgd", "acc", "np.mean(sgd.predict(X_train) == y_train)"),
            (None, "accuracy", "np.mean(lr.predict(X_test) == sgd.predict(X_test))"),
        ],
    ),
    Notebook(
        "a class of one's own: the losses that it kept, and own metrics, also in a dict that a loop fills",
        [
            LINEAR,
            "model = Linear(lr=0.2)\nmodel.fit(A, b)",
            "print('MSE:', mse(b, model.predict(A)))",
            "results = {}\nfor lr in (0.05, 0.3):\n"
            "    m = Linear(lr)\n    m.fit(A, b)\n    results[lr] = mse(b, m.predict(A))",
        ],
        [("Linear", "model"), ("Linear", "m"), ("Linear", "m")],
        [
            ("model", "loss_history", "model.loss_history[-1]"),
            ("model", "mse", "None"),
            (1, "loss_history", "None"),
            (1, "mse", "results[0.05]"),
            ("m", "loss_history", "m.loss_history[-1]"),
            ("m", "mse", "results[0.3]"),
        ],
        params={0: {"lr": "0.2", "n_iter": "20"}},
    ),
    Notebook(
        "a class of one's own that cannot predict",
        [
            "class Clusters:\n"
            "    def __init__(self, data, k):\n        self.data, self.k = data, k\n"
            "    def train(self, rounds):\n        return self.data[: self.k]\n"
            "class Vocab:\n    def fit(self, text):\n        self.words = text.split()\n",
            "Vocab().fit('a b')\nclusters = Clusters(X, 3)\ncentres = clusters.train(5)",
        ],
        [("Clusters", "clusters")],
        [],
        params={0: {"k": "3"}},
    ),
    Notebook(
        "a class of one's own that trains other models is none itself",
        [
            "class Study:\n"
            "    def __init__(self, models):\n        self.models = models\n"
            "    def fit(self, X, y):\n        for one in self.models:\n            one.fit(X, y)\n",
            "study = Study([LogisticRegression(max_iter=300), Ridge()])\nstudy.fit(X_train, y_train)",
        ],
        [("LogisticRegression", None), ("Ridge", None)],
        [],
    ),
    Notebook(
        "models of a dict are named by their place in it, not by the loop's variable",
        [
            "models = {'lr': LogisticRegression(max_iter=300), 'ridge': Ridge()}",
            "for name, m in models.items():\n    m.fit(X_train, y_train)",
        ],
        [("LogisticRegression", "models['lr']"), ("Ridge", "models['ridge']")],
        [],
    ),
    Notebook(
        "rates by hand, from counts of hits and misses",
        [
            "Xb, yb = load_breast_cancer(return_X_y=True)\nclf = Ridge().fit(Xb, yb)\nsaid = clf.predict(Xb) > 0.5",
            "tp = (said & (yb == 1)).sum()\nfp = (said & (yb == 0)).sum()\nfn = (~said & (yb == 1)).sum()",
            "p = tp / (tp + fp)\nr = tp / (tp + fn)\nfpr = fp / len(yb)",
        ],
        [("Ridge", "clf")],
        [("clf", "precision", "p"), ("clf", "recall", "r"), ("clf", "fpr", "fpr")],
    ),
    Notebook(
        "an own metric without a model belongs to the notebook run, also printed by a loop",
        [
            "def rmse(y, p):\n    return float(np.sqrt(((y - p) ** 2).mean()))",
            "w = np.full(4, 0.25)\nscore = rmse(y, X @ w)\nscore",
            "for r in (0.1, 0.5):\n    score = rmse(y, X @ (w + r))\n    print(r, score)",
        ],
        [],
        [(None, "rmse", "None"), (None, "rmse:printed", "score")],
    ),
    Notebook(
        "numbers that a loop prints alone, each a metric's by its turn only",
        [
            "from sklearn.metrics import r2_score\ndef mae(y, p):\n    return float(np.abs(y - p).mean())",
            "for alpha in (0.125, 8.0):\n    print(alpha)\n    ridge = Ridge(alpha).fit(X, y)\n"
            "    print(np.bincount(y))\n    print(r2_score(y, ridge.predict(X)))",
            "w = np.full(4, 0.25)\n"
            "for shift in (0.25, 0.5):\n    print(shift)\n    print(mae(y, X @ (w + shift)))",
        ],
        [("Ridge", None), ("Ridge", "ridge")],
        [
            (0, "r2_score", "None"),
            ("ridge", "r2_score", "r2_score(y, ridge.predict(X))"),
            (None, "mae", "mae(y, X @ (w + shift))"),
        ],
    ),
    Notebook(
        "how often two models agree",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)\ny_pred = clf.predict(X_test)",
            "sgd = SGDClassifier(random_state=0).fit(X_train, y_train)\ny_pred_sgd = sgd.predict(X_test)",
            "np.sum(y_pred == y_pred_sgd) / len(y_pred)",
            "print(np.mean(y_pred != y_pred_sgd))",
            "np.sum(y_pred == y_test) / len(y_pred)",
        ],
        [("LogisticRegression", "clf"), ("SGDClassifier", "sgd")],
        [("clf", "accuracy", "np.mean(y_pred == y_test)")],
    ),
    Notebook(
        "costs that a training function returns, without a model object",
        [
            "def gradient_descent(X, y, epochs):\n    w, cost_list = np.zeros(X.shape[1]), []\n"
            "    for _ in range(epochs):\n        e = X @ w - y\n        w = w - 0.01 * X.T @ e / len(y)\n"
            "        cost = float((e ** 2).mean())\n        cost_list.append(cost)\n    return w, cost, cost_list",
            "w, cost, cost_list = gradient_descent(X, y, 5)",
            "cost = 3.0 + len(w)",
        ],
        [("ndarray", "w")],
        [("w", "cost", "None")],
    ),
    Notebook(
        "data looked at with a metric function",
        [
            "from sklearn.metrics import mutual_info_score\nmutual_info_score(y, X[:, 0] > 5)",
        ],
        [],
        [],
    ),
    Notebook(
        "a function named after its loss, printed",
        [
            "clf = Ridge().fit(X_train, y_train)\ndef loss_func(y, p):\n    return float(((y - p) ** 2).sum())",
            "print(loss_func(y_test, clf.predict(X_test)))",
        ],
        [("Ridge", "clf")],
        [("clf", "loss", "round(loss_func(y_test, clf.predict(X_test)), 12)")],
    ),
    Notebook(
        "probabilities by whatever method there is, made of themselves, in a function",
        [
            "from sklearn.svm import LinearSVC\nfrom sklearn.metrics import brier_score_loss\n"
            "Xb, yb = load_breast_cancer(return_X_y=True)\n"
            "def judge(models):\n    for clf in models:\n        clf.fit(Xb, yb)\n"
            "        if hasattr(clf, 'predict_proba'):\n            p = clf.predict_proba(Xb)[:, 1]\n"
            "        else:\n            p = clf.decision_function(Xb)\n            p = (p - p.min()) / (p.max() - p.min())\n"
            "        print('Brier: %1.4f' % brier_score_loss(yb, p))",
            "svc, lr = LinearSVC(max_iter=300), LogisticRegression(max_iter=300)\njudge([svc, lr])",
        ],
        [("LinearSVC", "svc"), ("LogisticRegression", "lr")],
        [("svc", "brier_score_loss", "None"), ("lr", "brier_score_loss", "None")],
    ),
    Notebook(
        "curves of learning and validation",
        [
            "from sklearn.model_selection import learning_curve, validation_curve",
            "clf = LogisticRegression(max_iter=300)\n"
            "sizes, train, test = learning_curve(clf, X, y, cv=3, train_sizes=[0.5, 1.0], shuffle=True, random_state=0)",
            "ridge = Ridge()\ntrain, test = validation_curve(ridge, X, y, param_name='alpha', param_range=[0.1, 1], cv=3)\n"
            "print(test.mean(axis=1))",
        ],
        [("LogisticRegression", "clf"), ("Ridge", "ridge")],
        [
            ("clf", "learning_curve_train_mean", "None"),
            ("clf", "learning_curve_test_mean", "None"),
            ("ridge", "validation_curve_train_mean", "float(train.mean(axis=1)[-1])"),
            ("ridge", "validation_curve_test_mean", "float(test.mean(axis=1)[-1])"),
        ],
    ),
    Notebook(
        "a cross-validation timed by a magic, its mean printed in a sentence later",
        [
            "%%time\nfrom sklearn.model_selection import cross_validate\n"
            "clf = LogisticRegression(max_iter=300)\nresult = cross_validate(clf, X, y, cv=3)",
            "scores = result['test_score']\nprint(f'The mean accuracy is: {scores.mean():.3f} +/- {scores.std():.3f}')",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "test_score_mean", "scores.mean()"), ("clf", "test_score_std", "scores.std()")],
    ),
    Notebook(
        "differences, times and printed settings are no metrics",
        [
            "clf = Ridge().fit(X_train, y_train)",
            "print('Finished squared error in:', 0.12)\nprint('Standard errors:', clf.coef_)\nprint('rate_drop: 0.5')",
            "score_difference = clf.predict(X_test) - y_test\nprint(score_difference.mean())",
        ],
        [("Ridge", "clf")],
        [],
    ),
    Notebook(
        "attributes of fitted models printed by a loop",
        [
            "from sklearn.cluster import KMeans\nfor k in (2, 3):\n"
            "    km = KMeans(k, n_init=1, random_state=0).fit(X)\n    print(k, km.inertia_)",
        ],
        [("KMeans", None), ("KMeans", "km")],
        [(0, "inertia", "None"), ("km", "inertia", "None")],
    ),
    Notebook(
        "own classes that are fitted by methods of other names",
        [
            "class Penalised:\n    def _keep(self, X, y, lam):\n        self.X, self.y, self.lam = X, y, lam\n"
            "    def fit_ridge(self, X, y, lam=0):\n        self._keep(X, y, lam)\n"
            "        self.beta = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)\n"
            "    def fit_path(self, X, y):\n        self.beta = np.zeros(X.shape[1])",
            "class Mean:\n    def train_model(self, y):\n        self.mean = np.mean(y)\n"
            "    def predict(self, X):\n        return np.full(len(X), self.mean)\n"
            "    def mse(self, X, y):\n        return np.mean((self.predict(X) - y) ** 2)",
            "ridge = Penalised()\nridge.fit_ridge(X, y, 10)\npath = Penalised()\npath.fit_path(X, y)",
            "baseline = Mean()\nbaseline.train_model(y_train)\nprint('MSE', baseline.mse(X_test, y_test))",
        ],
        [("Penalised", "ridge"), ("Penalised", "path"), ("Mean", "baseline")],
        [("baseline", "mse", "baseline.mse(X_test, y_test)")],
        params={0: {"lam": "10"}},
    ),
    Notebook(
        "methods that are named like fits and fit nothing of the object's own",
        [
            "class Study:\n    def fit_scaler(self, X):\n        self.mean = X.mean(axis=0)\n"
            "    def train_test_split(self, X):\n        self.train, self.test = X[:100], X[100:]\n"
            "    def learning_rate(self, X):\n        self.rate = 0.1\n"
            "    def fit_models(self, X, y):\n        self.models = [Ridge(a).fit(X, y) for a in (1, 2)]\n"
            "    def learn_words(self, text):\n        self.words = text.split()",
            "study = Study()\nstudy.fit_scaler(X)\nstudy.train_test_split(X)\nstudy.learning_rate(X)",
            "study.learn_words('one two')\nstudy.fit_models(X, y)",
        ],
        [("Ridge", None), ("Ridge", None)],
        [],
    ),
    Notebook(
        "a metric that is an object, and its dict displayed; other dicts",
        [
            "class Metric:\n    def __init__(self):\n        self.hits = []\n"
            "    def add(self, predictions, references):\n        self.hits.extend(predictions == references)\n"
            "    def compute(self):\n        return {'accuracy': float(np.mean(self.hits)), 'f1': 0.25, 'n': len(self.hits)}\n"
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "metric = Metric()\nfor at in range(0, 45, 15):\n    predictions = clf.predict(X_test[at : at + 15])\n"
            "    metric.add(predictions=predictions, references=y_test[at : at + 15])\nmetric.compute()",
            "{'loss': 'hinge', 'C': 3}",
            "{'accuracy': 0.4}",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "accuracy", "metric.compute()['accuracy']"), ("clf", "f1", "0.25")],
    ),
    Notebook(
        "a decorated function that prints a loss behind the part of the data it is of",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "import functools\ndef quietly(function):\n    @functools.wraps(function)\n"
            "    def call(*args):\n        return function(*args)\n    return call\n"
            "@quietly\ndef split_loss(split):\n    rows, truth = {'train': (X_train, y_train), 'val': (X_test, y_test)}[split]\n"
            "    loss = np.round(-clf.predict_log_proba(rows)[range(len(truth)), truth].mean(), 3)\n    print(split, loss)\n"
            "    return None",
            "split_loss('train')\nsplit_loss('val')",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "train_loss", "None"), ("clf", "val_loss", "None")],
    ),
    Notebook(
        "a model that keeps a row an epoch and goes on where it was",
        [
            "class Net:\n    def __init__(self):\n        self.history_ = []\n"
            "    def fit(self, X, y):\n        for _ in range(2):\n            epoch = len(self.history_) + 1\n"
            "            self.history_.append({'epoch': epoch, 'valid_loss': 1 / epoch, 'dur': 0.1, 'valid_loss_best': True})\n"
            "        return self\n    def predict(self, X):\n        return X",
            "net = Net()\nnet.fit(X, y)",
            "net.fit(X, y)",
        ],
        [("Net", "net"), ("Net", "net")],
        [(0, "valid_loss", "0.5"), (1, "valid_loss", "0.25")],
    ),
    Notebook(
        "two models that learn in turns, and metrics named after each",
        [
            "actor, critic = SGDClassifier(random_state=0), SGDClassifier(random_state=1, alpha=0.1)\nactor_losses, c_losses = [], []\n"
            "for _ in range(3):\n    actor.partial_fit(X_train, y_train, classes=[0, 1, 2])\n"
            "    critic.partial_fit(X_train, y_train, classes=[0, 1, 2])\n"
            "    agree = float((actor.predict(X_test) == critic.predict(X_test)).mean())\n"
            "    actor_losses.append(1 - agree)\n    c_losses.append(2 - agree)",
        ],
        [("SGDClassifier", "actor"), ("SGDClassifier", "critic")],
        [("actor", "actor_loss", "actor_losses[-1]"), ("critic", "c_loss", "c_losses[-1]")],
    ),
    Notebook(
        "one's own metric of two data sets that gives the same number for both",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "def accuracy(model, rows, truth):\n    return min(1.0, 1.0 + float((model.predict(rows) == truth).mean()))",
            "accuracy(clf, X_train, y_train)",
            "accuracy(clf, X_test, y_test)",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "accuracy:y_train", "1.0"), ("clf", "accuracy", "1.0")],
    ),
    Notebook(
        "hits that are counted one by one, and counted by class",
        [
            "clf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "hits, by_class, sizes = 0, {0: 0, 1: 0}, {0: 0, 1: 0}\nfor row, truth in zip(X_test, y_test):\n"
            "    guess = clf.predict(row[None])[0]\n    if guess == truth:\n        hits += 1\n"
            "        if truth < 2:\n            by_class[truth] += 1\n    if truth < 2:\n        sizes[truth] += 1",
            "print(f'Accuracy of the network on the {len(y_test)} test rows: {100 * hits // len(y_test)} %')",
            "for name, count in by_class.items():\n    print(f'Accuracy for class: {name} is {100 * count / sizes[name]:.1f} %')",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "accuracy_on_the_test_rows", "100 * hits // len(y_test)"),
            ("clf", "accuracy_for_class_0", "None"),
            ("clf", "accuracy_for_class_1", "None"),
        ],
    ),
    Notebook(
        "metrics by class that are printed again, each behind the name of its class",
        [
            "from sklearn.metrics import recall_score\nclf = LogisticRegression(max_iter=500).fit(X_train, y_train)",
            "recalls = recall_score(y_test, clf.predict(X_test), average=None)",
            "for name, value in zip('ABC', recalls):\n    print(f'Recall for class {name}: {value}')",
        ],
        [("LogisticRegression", "clf")],
        [("clf", f"recall_score/{place}", f"recalls[{place}]") for place in range(3)],
    ),
    Notebook(
        "losses that a loop only adds up are no metrics",
        [
            "clf = SGDClassifier(random_state=0)",
            "for _ in range(2):\n    clf.partial_fit(X_train, y_train, classes=[0, 1, 2])\n"
            "    wrong = clf.predict(X_test) != y_test\n    fit_loss = float(wrong.mean())\n"
            "    weight_loss = float(np.square(clf.coef_).sum())\n    total_loss = 0.5 * (fit_loss + 0.1 * weight_loss)",
        ],
        [("SGDClassifier", "clf")],
        [("clf", "total_loss", "total_loss")],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_is_written_by_hand(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


@pytest.mark.parametrize(
    ("metric", "variables", "mine"),
    [
        ("loss_D", ["net_D", "net_G"], "net_D"),
        ("g_loss", ["generator", "discriminator"], "generator"),
        ("gen_loss", ["G", "D"], "G"),
        ("errD_real", ["netD", "netG"], "netD"),
        ("loss", ["net_D", "net_G"], None),
        ("avg_loss", ["model_a", "model_b"], None),
        ("loss_G", ["G_AB", "G_BA", "D_A"], None),
        ("net_loss", ["net_D", "net_G"], None),
        ("d_loss", ["net_D"], None),
    ],
)
def test_a_metric_is_of_the_model_that_it_is_named_after(
    metric: str, variables: list[str], mine: str | None
) -> None:
    assert namesake(metric, {one: one for one in variables}) == mine


@pytest.mark.parametrize(
    ("loop", "part"),
    [
        ("total = a_loss + b_loss", False),
        ("loss = a_loss + b_loss", True),
        ("cost = (a_loss + 2 * other) / 2", True),
        ("d_loss = -torch.mean(a_loss + torch.log(b))", True),
        ("loss = a_loss + b_loss\n    print(a_loss)", False),
        ("loss = a_loss * 2", False),
        ("loss = a_loss + 1", False),
        ("a_loss.backward()\n    loss = a_loss + b_loss", False),
        ("total_loss += a_loss.item() * len(x)", True),
        ("a_loss.backward()\n    total_loss += a_loss", False),
        ("total += a_loss", False),
        ("best_acc = max(best_acc, a_loss)", False),
    ],
)
def test_what_a_loop_only_adds_to_others_is_a_part(loop: str, part: bool) -> None:
    tree = ast.parse(f"for x in rows:\n    a_loss = f(x)\n    {loop}").body[0]
    assert is_part("a_loss", tree) == part
