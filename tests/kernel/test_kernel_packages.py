"""What packages do in their own ways: models that functions give back, tables of metrics, statistics kept inside."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest
from test_kernel_notebooks import DATA, Notebook, check

from jupyterlab_mlops.kernel.cells.observe import Watched, watch_method
from jupyterlab_mlops.kernel.describing import settings_in
from jupyterlab_mlops.kernel.fits.unannounced import body_of
from jupyterlab_mlops.kernel.measures.evaluations import metrics_in, series_in
from jupyterlab_mlops.kernel.measures.metrics import asked_for, spread
from jupyterlab_mlops.kernel.params import asked

pytest.importorskip("sklearn")

FORECASTS = """
class Result:
    aic, bic, loglikelihood = 7.5, 8.5, -2.2573
    def summary(self):
        return "AIC: 7.5  BIC: 8.5"
class Volatility:
    def __init__(self, y, p=1):
        self.y, self.p = y, p
    def fit(self):
        return Result()
    def forecast(self, horizon):
        return self.y[:horizon]
class Effect:
    def fit(self, y, treatment):
        return self
    def effect(self, X):
        return X
class Smoother:
    def __init__(self, level=0.5):
        self.level = level
    def fit(self, y):
        self.level_ = float(y.mean())
        return self
    def predict(self, steps):
        return [self.level_] * steps
    def historical_forecasts(self, y):
        return [Smoother(self.level).fit(y[:n]).predict(1)[0] for n in (5, 6)]
    def smoothing_path(self, y):
        return [Smoother(level).fit(y).level_ for level in (0.1, 0.2)]
class Base:
    def fit(self, y):
        return self
    def predict(self, steps):
        return steps
    @property
    def AIC_(self):
        return 9.25
    def print_summary(self):
        print("AIC", self.AIC_)
class Store:
    def latest(self, y):
        return load_smoother("kept")
def auto_smooth(y):
    return min((Smoother(one).fit(y) for one in (0.1, 0.9)), key=lambda one: one.level)
def load_smoother(path):
    found = Smoother()
    found.level_ = 1.0
    return found
def volatility(y, p, kind="garch"):
    return Volatility(y, p)
def evaluate_forecasts(y, forecast, metrics):
    import pandas
    return pandas.DataFrame({"id": ["a", "a"], "metric": metrics, "Smoother": [0.2573, 0.5171]})
def backtest(model, y):
    import pandas
    return pandas.DataFrame({"window": [3], "mean_squared_error": [0.1319]}), y
def performance_metrics(ahead):
    import pandas
    return pandas.DataFrame({"horizon": [1, 2], "rmse": [0.3137, 0.3731], "mdape": [0.1733, 0.1979], "coverage": [0.8123, 0.7933], "window": [3, 3]})
def grad(function):
    def slope(w):
        return (function(w + 1e-6) - function(w - 1e-6)) / 2e-6
    return slope
def adam(gradient, start, step_size=0.1, num_iters=5):
    for _ in range(num_iters):
        start = start - step_size * gradient(start)
    return start
def describe(y):
    import pandas
    return pandas.DataFrame({"mean_squared_error": [0.7341]})
def print_scores(name, roc, precision):
    print(f"{name} ROC:{roc}, precision @ rank n:{precision}")
"""


@pytest.fixture
def forecasts(tmp_path: Path) -> str:
    """A cell that imports a package of forecasts."""
    package = tmp_path / "site-packages" / "forecasts"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(FORECASTS)
    return f"import sys; sys.path.insert(0, {str(package.parent)!r})\nimport forecasts\nsys.path.pop(0)"


def test_models_that_predict_by_other_names_and_what_their_summary_says(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "model = forecasts.volatility(y, p=2, kind='arch')\nfound = model.fit()\nprint(found.summary())",
        "causal = forecasts.Effect()\ncausal.fit(y, X)",
        "other = forecasts.volatility(y, 1, kind='egarch').fit()",
    )
    assert story.errors == []
    volatility, effect, other = story.models
    assert (volatility.params["p"], volatility.params["volatility.kind"]) == ("2", "arch")
    assert other.params["volatility.kind"] == "egarch"
    assert (volatility.model_class, effect.model_class) == ("Volatility", "Effect")
    assert volatility.metrics == {"aic": [7.5], "bic": [8.5], "loglikelihood": [-2.2573]}
    assert not effect.metrics
    assert not story.run.metrics


def test_statistics_that_a_class_of_the_notebooks_inherits(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "class Mine(forecasts.Base):\n    @property\n    def BIC_(self):\n        raise SystemExit",
        "one = Mine().fit(y)\none.print_summary()",
        "other = Mine().fit(y)",
        "other.AIC_, other.predict(3)",
    )
    assert story.errors == []
    assert [seen.metrics for seen in story.models] == [{"AIC": [9.25]}, {"AIC": [9.25]}]


def test_a_fitted_model_that_a_function_of_a_library_gives_back(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "chosen = forecasts.auto_smooth(y)",
        "loaded = forecasts.load_smoother('model.bin')\nfresh = forecasts.volatility(y, p=1)",
        "store = forecasts.Store()\nkept = store.latest(y)",
    )
    assert story.errors == []
    assert [(one.model_class, one.variable) for one in story.models] == [("Smoother", "chosen")]
    assert story.models[0].params["level"] == "0.1"


def test_weights_that_go_down_what_a_library_makes_of_a_loss(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "def training_loss(w):\n    return float(np.mean((X[:, 0] * np.sum(w) - y) ** 2))\n"
        "loss_gradient = forecasts.grad(training_loss)",
        "weights = np.array([0.5])\nfor _ in range(5):\n    weights = weights - loss_gradient(weights) * 0.01",
        "print('Trained loss:', training_loss(weights))",
        "best = forecasts.adam(loss_gradient, np.array([0.25]), step_size=0.001)",
        "print('Trained loss:', training_loss(best))",
    )
    assert story.errors == []
    assert [(one.variable, list(one.metrics)) for one in story.models] == [
        ("weights", ["trained_loss"]),
        ("best", ["trained_loss"]),
    ]
    assert story.models[1].params["step_size"] == "0.001"


def test_a_tape_is_asked_for_the_variables_of_a_model_also_by_a_name() -> None:
    step = "variables = net.trainable_variables\nslopes = tape.gradient(loss, variables)"
    assert body_of(ast.parse(step)).taped == {"net"}
    assert body_of(ast.parse("slopes = tape.gradient(loss, [W, b])")).taped == {"W", "b"}


def test_a_model_that_a_method_measures_by_copies_of_it(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "def mae(a, b):\n    return float(np.mean(np.abs(np.array(a) - np.array(b))))",
        "model = forecasts.Smoother(0.3)\nahead = model.historical_forecasts(y)",
        "error = mae(ahead, y[:2])",
        "other = forecasts.Smoother(0.4)\npath = other.smoothing_path(y)",
    )
    assert story.errors == []
    assert [(one.variable, list(one.metrics)) for one in story.models] == [("model", ["mae"])]


def test_tables_of_metrics_that_evaluations_give(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "model = forecasts.Smoother().fit(y)\nahead = model.predict(3)",
        "forecasts.evaluate_forecasts(y, ahead, ['rmse', 'mae'])",
        "table, folds = forecasts.backtest(model, y)",
        "other = forecasts.describe(ahead)",
        "by_horizon = forecasts.performance_metrics(ahead)",
    )
    assert story.errors == []
    (model,) = story.models
    assert model.metrics == {
        "rmse": [0.2573, 0.3137, 0.3731],
        "mae": [0.5171],
        "mean_squared_error": [0.1319],
        "mdape": [0.1733, 0.1979],
        "coverage": [0.8123, 0.7933],
    }
    assert not story.run.metrics


def test_what_is_printed_after_a_loop_over_models_is_of_no_one_of_them(kernel, forecasts) -> None:
    story = kernel.run(
        DATA,
        forecasts,
        "if True:\n    found = []\n    for level in (0.1, 0.2, 0.3):\n"
        "        found.append(forecasts.Smoother(level).fit(y))\n"
        "    forecasts.print_scores('Mean', 0.7341, 0.5171)\n    forecasts.print_scores('Largest', 0.2573, 0.1319)",
    )
    assert story.errors == []
    assert [one.metrics for one in story.models] == [{}, {}, {}]
    assert story.run.metrics == {
        "mean_roc": [0.7341],
        "mean_precision_rank_n": [0.5171],
        "largest_roc": [0.2573],
        "largest_precision_rank_n": [0.1319],
    }


def test_a_file_is_the_models_also_if_an_import_looked_into_an_archive(kernel, tmp_path) -> None:
    archive = tmp_path / "site-packages" / "modules.zip"
    archive.parent.mkdir()
    archive.write_bytes(b"")
    story = kernel.run(
        DATA,
        "clf = LogisticRegression(max_iter=300).fit(X_train, y_train)",
        f"def look(model):\n    open({str(archive)!r}, 'rb').close()\n    with open('kept.txt', 'w') as file:\n"
        "        file.write(str(model.coef_))",
        "look(clf)",
    )
    assert story.errors == []
    assert story.models[0].artifacts == ["kept.txt"]


def test_settings_that_are_written_where_a_function_makes_a_model() -> None:
    def settings(call: str) -> dict[str, object]:
        return settings_in(ast.parse(call, mode="eval").body)

    assert settings("arch_model(returns, p=1, dist='t', x=None)") == {
        "arch_model.p": 1,
        "arch_model.dist": "t",
    }
    assert settings("SVC(C=1)") == {}  # told of classes anyway
    assert settings("model") == {}


def test_settings_that_are_numbers_of_numpy_tell_models_apart() -> None:
    numpy = pytest.importorskip("numpy")
    tree = pytest.importorskip("sklearn.tree").DecisionTreeClassifier()
    two, three = (asked(tree.set_params(max_depth=one)) for one in numpy.arange(2, 4))
    assert two != three
    assert two == asked(tree.set_params(max_depth=2))


NOTEBOOKS = [
    Notebook(
        "a metric whose setting a loop changes, and one that returns two",
        [
            "from sklearn.metrics import class_likelihood_ratios, fbeta_score",
            "clf = LogisticRegression().fit(X_train[:, :1], y_train > 1)\ntruth, pred = y_test > 1, clf.predict(X_test[:, :1])",
            "rows = {}\nfor beta in (0.5, 2):\n    rows[beta] = fbeta_score(truth, pred, beta=beta, zero_division=0)",
            "ratios = class_likelihood_ratios(truth, pred)",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "fbeta_score", "rows[0.5]"),
            ("clf", "fbeta_score:beta=2", "rows[2]"),
            ("clf", "positive_likelihood_ratio", "ratios[0]"),
            ("clf", "negative_likelihood_ratio", "ratios[1]"),
        ],
    ),
    Notebook(
        "a function of one's own that measures two models together",
        [
            "low = LogisticRegression(max_iter=300).fit(X_train, y_train)\n"
            "high = LogisticRegression(C=9.0, max_iter=300).fit(X_train, y_train)\n"
            "def coverage(y, one, other):\n    return float(np.mean((one <= y) & (y <= other)))\n"
            "def spread_of(one, other):\n    return float(np.mean(one - other))",
            "coverage(y_test, low.predict(X_test), high.predict(X_test))",
            "spread_of(low.predict(X_test), high.predict(X_test))",
        ],
        [("LogisticRegression", "low"), ("LogisticRegression", "high")],
        [(None, "coverage", "coverage(y_test, low.predict(X_test), high.predict(X_test))")],
    ),
    Notebook(
        "the last number of a printed loop as it is, not as it was rounded",
        [
            "clf = LogisticRegression(max_iter=300)\nfor round_ in range(3):\n    clf.fit(X_train, y_train)\n"
            "    mse = np.mean(np.square(y_test - clf.predict_proba(X_test)[:, 1]))\n    print(f'mse: {mse: 0.2f}')",
        ],
        [("LogisticRegression", "clf")],
        [("clf", "mse", "mse")],
        fits={0: 3},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_packages_show(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def test_small_tables_hold_metrics_by_row_or_by_column() -> None:
    pandas = pytest.importorskip("pandas")
    long = pandas.DataFrame({"metric": ["mse", "mae"], "one": [1.0, 2.0], "other": [3.0, 4.0]})
    assert dict(metrics_in(long)) == {
        "mse/one": 1.0,
        "mae/one": 2.0,
        "mse/other": 3.0,
        "mae/other": 4.0,
    }
    assert dict(metrics_in(pandas.DataFrame({"rmse": [0.5], "fold": [3]}))) == {"rmse": 0.5}
    assert not list(metrics_in(pandas.DataFrame({"rmse": [0.5, 0.25]})))
    assert not list(metrics_in({"rmse": [0.5]}))
    assert dict(series_in(pandas.DataFrame({"fold": [1, 2], "rmse": [0.5, 0.25]}))) == {
        "rmse": [0.5, 0.25]
    }
    settings = pandas.DataFrame({"C": [1, 2], "gamma": [3, 4], "tol": [5, 6], "rmse": [0.5, 0.25]})
    assert not list(series_in(settings))


def test_metrics_that_are_asked_for_by_name_or_come_together() -> None:
    truth, guess = object(), object()
    assert asked_for((truth, guess, "F1"), [0.5]) == ("F1", [("F1", 0.5)])
    by_class = asked_for((truth, guess, "Accuracy:type=PerClass"), [0.5, 0.25])
    assert by_class == ("Accuracy", [("Accuracy/0", 0.5), ("Accuracy/1", 0.25)])
    assert asked_for((truth, guess, "chunks"), [0.5]) == ("", [])
    together = spread("homogeneity_completeness_v_measure", (0.5, 0.25, 0.125))
    assert together == [("homogeneity", 0.5), ("completeness", 0.25), ("v_measure", 0.125)]


def test_methods_that_cython_has_compiled_are_observed() -> None:
    class Model:
        """Its ``fit`` is no Python function."""

    def fit(self: Model, data: list[int]) -> list[int]:
        return data

    class Compiled:
        """A function of another type, as Cython makes them."""

        def __init__(self) -> None:
            functools.update_wrapper(self, fit)

        def __call__(self, *args: list[int]) -> list[int]:
            return fit(*args)  # type: ignore[arg-type]

    Compiled.__name__ = "cython_function_or_method"
    Model.fit = Compiled()  # type: ignore[attr-defined]
    assert watch_method(Model, "fit", "fit")
    assert isinstance(vars(Model)["fit"], Watched)
    assert Model().fit([3]) == [3]  # type: ignore[attr-defined]
    Model.score = print  # type: ignore[attr-defined]
    assert not watch_method(Model, "score", "score")
