"""Notebooks in the styles of packages' documentation: galleries, guides, demos."""

from __future__ import annotations

import ast
import threading
from types import ModuleType, SimpleNamespace

import pytest
from test_kernel_notebooks import DATA, Notebook, check

from jupyterlab_mlops.kernel.fits import drawn
from jupyterlab_mlops.kernel.link.output import DRAWN, MAX_DRAWN, Output
from jupyterlab_mlops.kernel.measures.kept import kept_attributes
from jupyterlab_mlops.kernel.measures.metrics import spread
from jupyterlab_mlops.kernel.params import optimizer_params

pytest.importorskip("sklearn")

NOTEBOOKS = [
    Notebook(
        "what a method of an estimator fits on the way is not the estimator trained",
        [
            "from sklearn.tree import DecisionTreeClassifier\ntree = DecisionTreeClassifier(random_state=0)\n"
            "path = tree.cost_complexity_pruning_path(X_train, y_train)",
            "trees = [DecisionTreeClassifier(ccp_alpha=alpha).fit(X_train, y_train) for alpha in path.ccp_alphas[:2]]",
        ],
        [("DecisionTreeClassifier", "trees[0]"), ("DecisionTreeClassifier", "trees[1]")],
        [],
    ),
    Notebook(
        "settings given by position",
        [
            "from sklearn.model_selection import StratifiedKFold, cross_val_score\n"
            "clf = LogisticRegression(max_iter=300)\nfolds = StratifiedKFold(4)",
            "cross_val_score(clf, X, y, cv=folds).mean()",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "cross_val_score_mean", "cross_val_score(clf, X, y, cv=folds).mean()"),
            ("clf", "cross_val_score_std", "cross_val_score(clf, X, y, cv=folds).std()"),
        ],
        params={0: {"StratifiedKFold.n_splits": "4"}},
    ),
    Notebook(
        "statistics of models that are put into a table",
        [
            "from sklearn.cluster import KMeans\none = KMeans(2, n_init=1, random_state=0).fit(X)\n"
            "other = KMeans(3, n_init=1, random_state=0).fit(X)",
            "table = pd.DataFrame(index=['k', 'inertia'])\ntable['one'] = [one.n_clusters] + [one.inertia_]\n"
            "table['other'] = [other.n_clusters, other.inertia_]\ntable",
            "more = {k: KMeans(k, n_init=1, random_state=0).fit(X) for k in (4, 5)}",
            "pd.Series({k: model.inertia_ for k, model in more.items()})",
        ],
        [("KMeans", "one"), ("KMeans", "other"), ("KMeans", "more[4]"), ("KMeans", "more[5]")],
        [
            ("one", "inertia", "one.inertia_"),
            ("other", "inertia", "other.inertia_"),
            (2, "inertia", "more[4].inertia_"),
            (3, "inertia", "more[5].inertia_"),
        ],
    ),
    Notebook(
        "one object that is set anew and fitted in a loop, and one that goes on from its last fit",
        [
            "from sklearn.tree import DecisionTreeClassifier\nfrom sklearn.ensemble import RandomForestClassifier",
            "tree, scores = DecisionTreeClassifier(random_state=0), []\nfor depth in (1, 2):\n"
            "    tree.set_params(max_depth=depth)\n    tree.fit(X_train, y_train)\n"
            "    scores.append(tree.score(X_test, y_test))",
            "forest = RandomForestClassifier(random_state=0, warm_start=True)\nfor n in (2, 4):\n"
            "    forest.set_params(n_estimators=n)\n    forest.fit(X_train, y_train)",
        ],
        [
            ("DecisionTreeClassifier", "tree"),
            ("DecisionTreeClassifier", "tree"),
            ("RandomForestClassifier", "forest"),
        ],
        [(0, "score", "scores[0]"), (1, "score", "scores[1]")],
        params={0: {"max_depth": "1"}, 1: {"max_depth": "2"}},
        fits={2: 2},
    ),
    Notebook(
        "what is written into a figure is shown, once, and only if it is a metric",
        [
            "from matplotlib.figure import Figure\nfrom sklearn.tree import DecisionTreeClassifier\nax = Figure().subplots()",
            "for depth in (1, 2):\n"
            "    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X_train, y_train)\n"
            "    right = np.mean(tree.predict(X_test) == y_test) * 100\n"
            "    _ = ax.text(0, depth, 'Test accuracy: %.1f' % right)",
            "def errors(y, p):\n    return {'R2': f'{r2_score(y, p):.3f}'}",
            "line = Ridge().fit(X_train, y_train)\nguess = line.predict(X_test)\n"
            "for name, value in errors(y_test, guess).items():\n    _ = ax.plot([], [], label=f'{name}={value}')",
            "score = tree.score(X_train, y_train)\n"
            "_ = ax.set_title(f'tree of depth {depth} (accuracy {score:.2f}, mse=tbd), after 10 rounds of loss')",
            "for name, model in [('a', tree), ('b', line)]:\n"
            "    share = np.mean((model.predict(X_test) - y_test) ** 2)\n    _ = ax.set_title(f'{name} (MSE: {share:.3f})')",
            "from matplotlib.backends.backend_agg import FigureCanvasAgg\nfrom sklearn.tree import plot_tree\n"
            "canvas = FigureCanvasAgg(ax.figure)\n_ = plot_tree(tree, ax=ax)\n"
            "for level in (0.2, 0.4):\n    _ = ax.annotate(f'f1={level:.1f}', xy=(0, level))\n"
            "_ = ax.plot([0], [0], label='Chance level (AUC = 0.5)')",
            "_ = ax.set_title('(accuracy = %.2f)' % score); _ = ax.figure.suptitle('alpha = 0.5, 3 folds')",
        ],
        [("DecisionTreeClassifier", None), ("DecisionTreeClassifier", "tree"), ("Ridge", "line")],
        [
            (0, "test_accuracy", "None"),
            ("tree", "test_accuracy", "None"),
            ("line", "r2_score", "r2_score(y_test, guess)"),
            ("line", "mse", "round(share, 3)"),
            ("tree", "mse", "None"),
            ("tree", "score:y_train", "score"),
        ],
    ),
    Notebook(
        "areas below curves of one model that are drawn under several names",
        [
            "from matplotlib.figure import Figure\nax = Figure().subplots()\nclf = LogisticRegression(max_iter=300).fit(X_train, y_train)",
            "shares = clf.predict_proba(X_test)\nfor place in range(2):\n"
            "    _ = ax.plot(shares[:, place], label=f'class {place} (AUC = {0.75 + 0.1 * place:.2f})')",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "auc", "0.75"), ("clf", "auc:class 1", "0.85")],
    ),
    Notebook(
        "a dict of lists that a loop fills, one of each model",
        [
            "from sklearn.naive_bayes import GaussianNB\nfrom sklearn.model_selection import KFold\n"
            "models = {'nb': GaussianNB(), 'lr': LogisticRegression(max_iter=300)}\n"
            "errors, sizes = {name: [] for name in models}, {name: [] for name in models}",
            "for fold, (train, test) in enumerate(KFold(3, shuffle=True, random_state=0).split(X)):\n"
            "    for name, model in models.items():\n"
            "        model.fit(X[train], y[train])\n        error = (model.predict(X[test]) != y[test]).mean()\n"
            "        errors[name].append((fold, error))\n        sizes[name].append(len(test))",
        ],
        [("GaussianNB", "models['nb']"), ("LogisticRegression", "models['lr']")],
        [
            (0, "error", "errors['nb'][-1][1]"),
            (1, "error", "errors['lr'][-1][1]"),
        ],
        fits={0: 3, 1: 3},
    ),
    Notebook(
        "a covariance is judged by its likelihood, a selector by what its choice scores",
        [
            "from sklearn.covariance import LedoitWolf\nfrom sklearn.preprocessing import StandardScaler\n"
            "scaler = StandardScaler().fit(X_train)\nlw = LedoitWolf()\nlikelihood = lw.fit(X_train).score(X_test)",
            "from sklearn.base import BaseEstimator, TransformerMixin\nfrom sklearn.model_selection import permutation_test_score",
            "clf = LogisticRegression(max_iter=300)\n"
            "score, _, pvalue = permutation_test_score(clf, X, y, cv=2, n_permutations=3, random_state=0)",
        ],
        [("LedoitWolf", "lw"), ("LogisticRegression", "clf")],
        [
            ("lw", "score", "likelihood"),
            ("clf", "permutation_test_score", "score"),
        ],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_documentation_shows(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def test_another_librarys_metrics_are_those_of_the_model(kernel, tmp_path) -> None:
    package = tmp_path / "site-packages" / "rare" / "metrics"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "_classes.py").write_text(RARE)
    story = kernel.run(
        DATA,
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site-packages')!r})\n"
        "from rare.metrics._classes import Chooser, Forest, Hazard, Picker, balance_score, classification_report_rare\nsys.path.pop(0)",
        "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)\npred = clf.predict(X_test)",
        "print(f'balance {balance_score(y_test, pred):.2f}')",
        "print(classification_report_rare(y_test, pred))",
        "hazard = Hazard(penalty=2)\nhazard.fit(pd.DataFrame(X_train), 'week')",
        "hazard.print_summary()",
        "forest = Forest().fit(X_train)",
        "chooser = Chooser(clf).fit(X_train, y_train)\nchooser.k_score_",
        "picker = Picker(clf).fit(X_train, y_train)\npicker.kept",
        "print({'time': 0.25, 'correlation': float(np.corrcoef(pred, y_test)[0, 1])})",
    )
    assert story.errors == []
    one, hazard, forest, chooser = story.models
    assert (chooser.model_class, chooser.metrics) == ("Chooser", {"k_score": [0.875]})
    assert one.metrics.pop("correlation") == [
        pytest.approx(kernel.ask("float(np.corrcoef(pred, y_test)[0, 1])"))
    ]
    assert forest.model_class == "Forest"
    assert (hazard.model_class, hazard.variable) == ("Hazard", "hazard")
    assert hazard.params["penalty"] == "2"
    assert hazard.metrics == {"AIC_partial": [7.5], "concordance_index": [0.75]}
    assert one.metrics == {"balance_score": [0.25], "avg_pre": [0.9], "avg_spe": [0.8]}
    assert not story.run.metrics


def test_libraries_that_learn_otherwise(kernel, tmp_path) -> None:
    package = tmp_path / "site-packages" / "online"
    (package / "metrics").mkdir(parents=True)
    (package / "__init__.py").write_text(ONLINE)
    (package / "metrics" / "__init__.py").write_text(COUNTING)
    story = kernel.run(
        DATA,
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site-packages')!r})\n"
        "import online\nfrom online import metrics\nsys.path.pop(0)",
        "mean, mae = online.Running(0.5), metrics.MAE()\nfor x, t in zip(X[:20], y[:20]):\n"
        "    guess = mean.predict_one(x)\n    mean.learn_one(x, t)\n    mae.update(t, guess)\n",
        "mae",
        "smooth = online.Smooth().gridsearch(X, y)\nsmooth.summary()",
        "result = metrics.concordance_index_paired(y, smooth.predict(X))\nf'{result[0]:.2f}'",
    )
    assert story.errors == []
    mean, smooth = story.models
    assert (mean.model_class, mean.variable, mean.fits) == ("Running", "mean", 20)
    assert mean.metrics == {"MAE": [0.25]}
    assert (smooth.model_class, smooth.variable) == ("Smooth", "smooth")
    assert smooth.metrics == {
        "GCV": [2.5],
        "pseudo_r2_explained": [0.75],
        "concordance_index_paired": [0.7],
    }


ONLINE = """
class Running:
    def __init__(self, rate):
        self.rate = rate
        self.kept = 0.0
    def learn_one(self, x, y):
        self.kept += self.rate * (y - self.kept)
    def predict_one(self, x):
        return self.kept
class Smooth:
    def fit(self, X, y):
        self.statistics_ = {"GCV": 2.5, "edof": 4.0, "pseudo_r2": {"explained": 0.75}}
        return self
    def gridsearch(self, X, y):
        return self.fit(X, y)
    def predict(self, X):
        return X[:, 0]
    def summary(self):
        print("GCV: 2.5")
"""
COUNTING = """
class MAE:
    def update(self, truth, guess):
        pass
    def get(self):
        return 0.25
    def __repr__(self):
        return "MAE: 0.25"
def concordance_index_paired(truth, guess):
    return 0.7, 3, 4
"""
RARE = """
def balance_score(truth, guess):
    return 0.25
class Hazard:
    concordance_index_ = property(lambda self: 0.75)
    def __init__(self, penalty=1):
        self.penalty = penalty
    def fit(self, df, duration_col):
        self.AIC_partial_, self.alpha_, self._ll_null_ = 7.5, 0.1, 3.0
        return self
    def __getattr__(self, name):
        if name == "predict_survival_function" and "AIC_partial_" in self.__dict__:
            return print
        raise AttributeError(name)
    def print_summary(self):
        print("Concordance = 0.75\\nPartial AIC = 7.500\\nlog-likelihood ratio test = 33.266 on 7 df")
class Picker:
    def __init__(self, estimator):
        self.estimator = estimator
    def fit(self, X, y):
        self.kept = 0.5
        return self
    def transform(self, X):
        return X[:, :1]
class Chooser(Picker):
    def fit(self, X, y):
        self.k_score_ = 0.875
        return self
class Forest:
    def fit(self, df):
        return self
    def predict_cumulative_hazard(self, df):
        return df
def classification_report_rare(truth, guess):
    return "        pre  spe  sup\\n\\n  0  0.7  0.9  8\\n\\navg / total  0.90  0.80  38\\n"
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("     pre  sup\n\navg / total  0.90  8\n", [("avg_pre", 0.9)]),
        ("     pre  f1  sup\n\navg / total  0.90  8\n", []),
        ("  precision  recall  f1-score  support\n\n  accuracy  0.75  8\n", [("accuracy", 0.75)]),
    ],
)
def test_reports_of_several_libraries(text: str, found: list[tuple[str, float]]) -> None:
    assert spread("classification_report", text) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("t['aic'] = m.aic", [("m", "aic", False)]),
        ("t['a'] = [m.k] + [round(m.bic, 2)]", [("m", "k", False), ("m", "bic", False)]),
        ("pd.Series([m.aic for m in ms])", [("ms", "aic", True)]),
        ("d = {k: m.aic for k, m in ms.items()}", [("ms", "aic", True)]),
        ("d = {k: k.aic for k, m in ms.items()}", []),
        ("d = [m.aic for k, m in zip(names, ms)]", [("ms", "aic", True)]),
        ("found.append(m.llf)", [("m", "llf", False)]),
        ("a, b = m.aic + 1, 2", []),
        ("m.loss, other = 1, 2", []),
        ("for m in ms:\n    t.append(m.aic)", []),
    ],
)
def test_attributes_that_are_put_somewhere(
    statement: str, found: list[tuple[str, str, bool]]
) -> None:
    (node,) = ast.parse(statement).body
    told = [(ast.unparse(owner), name, each) for owner, name, each in kept_attributes(node)]
    assert told == found


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (0.009999999776482582, "0.01"),
        (0.01, "0.01"),
        (0.1234567890123, "0.1234567890123"),
        (0.5, "0.5"),
        (1e-07, "1e-07"),
        (0.0, "0.0"),
    ],
)
def test_settings_are_told_as_they_were_written(kept: float, told: str) -> None:
    class Optimizer:
        def get_config(self) -> dict[str, float]:
            return {"learning_rate": kept}

    assert optimizer_params(Optimizer())["learning_rate"] == told


FIGURE = """
class FigureBase:
    def suptitle(self, t):
        return self.text(0, 0, t)
    def text(self, x, y, s):
        return s
"""


def test_a_title_that_is_written_as_a_text_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module, output = ModuleType("matplotlib.figure"), Output()
    exec(FIGURE, vars(module))
    drawn.watch(module)
    trees = SimpleNamespace(call=lambda frame, called: None)
    capture = SimpleNamespace(world=SimpleNamespace(trees=trees), output=output, running=object())
    monkeypatch.setattr(drawn, "_capture", capture)
    user = SimpleNamespace(is_user=lambda frame: frame.f_code.co_name.startswith("test_"))
    for name, value in {"active": True, "thread": threading.get_ident(), "user": user}.items():
        monkeypatch.setattr(drawn.observer, name, value)
    output.begin()
    figure = module.FigureBase()
    assert figure.suptitle("loss 0.5") == "loss 0.5"
    assert figure.text(1, 1, s="loss 0.25") == "loss 0.25"
    assert output.end() == f"{DRAWN}loss 0.5\n{DRAWN}loss 0.25\n"
    output.begin()
    for number in range(2 * MAX_DRAWN):
        figure.text(0, 0, f"town {number}")
    assert output.end().count("\n") == MAX_DRAWN
