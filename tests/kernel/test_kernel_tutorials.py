"""What tutorials of packages do: tables of a search's attempts, metrics in a series, models from other processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.cells import models
from jupyterlab_mlops.kernel.fits.tried import search_in
from jupyterlab_mlops.kernel.fits.watching import _is_metric, _measures
from jupyterlab_mlops.kernel.measures.indexed import rows_of
from jupyterlab_mlops.kernel.params import estimator_params

pytest.importorskip("sklearn")

SEARCH = """
import copy, pandas
class Forecaster:
    def __init__(self, level=0.5):
        self.level = level
    def fit(self, y):
        self.level_ = float(y.mean()) * self.level
        return self
    def predict(self, steps):
        return [self.level_] * steps
def grid_search(forecaster, y, grid, metric):
    rows = []
    for level in grid:
        one = copy.copy(forecaster)
        one.level = level
        one.fit(y)
        rows.append({"trial_number": len(rows), "params": {"level": level}, "level": level})
        name = metric if isinstance(metric, str) else metric.__name__
        rows[-1][name] = level + 0.125 if isinstance(metric, str) else metric(y[:2], one.predict(2))
    return pandas.DataFrame(rows).sort_values(name).reset_index(drop=True)
def describe(forecaster, y):
    copy.copy(forecaster).fit(y)
    return pandas.DataFrame({"params": ["level", "other"], "mean_squared_error": [0.25, 0.5]})
"""


@pytest.fixture
def search(tmp_path: Path) -> str:
    """A cell that imports a package which searches."""
    package = tmp_path / "site-packages" / "searching"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(SEARCH)
    return f"import sys; sys.path.insert(0, {str(package.parent)!r})\nimport searching\nsys.path.pop(0)"


def test_the_table_of_a_search_is_its_candidates_best_and_children(kernel, search) -> None:
    pytest.importorskip("pandas")
    story = kernel.run(
        DATA,
        search,
        "from sklearn.metrics import mean_absolute_error\ndef worst(a, b):\n    return mean_absolute_error(a, b)",
        "forecaster = searching.Forecaster()\nresults = searching.grid_search(forecaster, y, [0.75, 0.25], 'mean_squared_error')",
        "other = searching.Forecaster(0.1)\nfound = searching.grid_search(other, y, [0.75, 0.25], worst)",
        "third = searching.Forecaster(0.2)\nsearching.describe(third, y)",
    )
    assert story.errors == []
    first, second, third = story.models
    assert first.metrics == {"mean_squared_error": [0.375]}
    children = [one for one in story.candidates.values() if one.parent == first.id]
    assert [one.metrics["mean_squared_error"] for one in children] == [[0.375], [0.875]]
    assert first.params["best_level"] == "0.25"
    assert (list(second.metrics), len(second.metrics["worst"])) == (["worst"], 1)
    assert not third.metrics
    assert not story.run.metrics


def test_which_tables_are_of_attempts() -> None:
    pandas = pytest.importorskip("pandas")
    tried = [{"k": 1}, {"k": 2}]
    good = pandas.DataFrame({"n": [0, 1], "params": tried, "error": [0.5, 0.25], "k": [1.5, 2.5]})
    found = search_in([None, good], "Tree", 1)
    assert found is not None
    assert (found.best, found.total, len(found.attempts)) == (("error", 0.5), 2, 1)
    assert found.attempts[0].settings == {"n": "0", "k": "1"}
    for other in (
        good.drop(columns="params"),
        good.drop(columns="error"),
        good.assign(params=["k", "l"]),
        pandas.concat([good, good]),  # not sorted: which was the best is not known
    ):
        assert search_in([other], "Tree", 20) is None


def test_a_series_of_metrics_is_of_the_one_model_behind_it(kernel) -> None:
    pytest.importorskip("pandas")
    story = kernel.run(
        DATA,
        "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
        "class Frame:\n    def __init__(self, y, p):\n        self.overall = pd.Series({'accuracy': 0.8125, 'count': 7.0})",
        "model = LogisticRegression().fit(X, y)\nframe = Frame(y, model.predict(X))",
        "print(frame.overall)",
        "other = LogisticRegression(C=2).fit(X, y)\nsecond = Frame(y, other.predict(X))\nsecond.overall",
        "print(pd.DataFrame({'loss': [0.25, 0.5], 'recall': [1.5, 2.5]}).mean())",
        "pd.DataFrame({'loss': [0.25, 0.5], 'recall': [1.5, 2.5]}).mean()",
    )
    assert story.errors == []
    assert [one.metrics for one in story.models] == [{"accuracy": [0.8125]}] * 2
    assert not story.run.metrics


def test_rows_of_a_printed_series() -> None:
    text = (
        "area under roc    0.25\naccuracy          0.84\ncount          1858.00\ndtype: float64\n"
    )
    assert [(one.name, one.value) for one in rows_of(text)] == [
        ("area_under_roc", 0.25),
        ("accuracy", 0.84),
    ]
    assert not rows_of("accuracy    12\nloss    3\ndtype: int64")
    assert not rows_of("accuracy    0.5\nthe end\ndtype: float64")


def test_models_that_workers_have_fitted(kernel) -> None:
    story = kernel.run(
        DATA,
        "from joblib import Parallel, delayed\nfrom sklearn.linear_model import Ridge\nfrom sklearn.metrics import r2_score",
        "def fit_one(name, model):\n    return name, model.fit(X, y)\ndef same(name, model):\n    return name, model",
        "given = [('a', Ridge(1.0)), ('b', Ridge(2.0))]",
        "models = Parallel(n_jobs=2)(delayed(fit_one)(name, model) for name, model in given)",
        "scores = [r2_score(y, model.predict(X)) for _, model in models]",
        "kept = Parallel(n_jobs=2)(delayed(same)(name, model) for name, model in given)",
    )
    assert story.errors == []
    assert [one.params["alpha"] for one in story.models] == ["1.0", "2.0"]
    assert [len(one.metrics["r2_score"]) for one in story.models] == [1, 1]
    assert not story.run.metrics


def test_what_is_given_by_a_name_in_a_loop_is_its_models(kernel) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.linear_model import Ridge\nfrom sklearn.metrics import max_error",
        "one = Ridge(1).fit(X, y)\nother = Ridge(9).fit(X, y)",
        "p = np.hstack([one.predict(X)])\nq = np.hstack([other.predict(X)])\nzero = np.zeros(len(y))",
        "losses = [max_error(y, guess) for guess in (p, q, zero)]",
    )
    assert story.errors == []
    assert [len(one.metrics["max_error"]) for one in story.models] == [1, 1]
    assert len(story.run.metrics["max_error"]) == 1


def test_modules_and_functions_of_metrics_by_their_names() -> None:
    assert _measures(["surprise", "accuracy"])
    assert not _measures(["accuracy"])
    assert _measures(["fairlearn", "metrics", "_fairness_metrics"])
    assert _is_metric("demographic_parity_difference")
    assert _is_metric("selection_rate")
    assert not _is_metric("make_derived_metric")


def test_a_scorer_of_models_is_no_model() -> None:
    class RScorer:
        def fit(self, X: object, y: object) -> RScorer:
            return self

        def score(self, model: object) -> float:
            return 0.5

    class Density(RScorer):
        pass

    RScorer.__module__ = Density.__module__ = "library"
    assert models.is_model(Density())
    assert not models.is_model(RScorer())
    assert not models.may_give_model(RScorer())


def test_steps_of_a_pipeline_that_are_no_pairs() -> None:
    class Forecast:
        def get_params(self, deep: bool = True) -> dict[str, object]:
            return {"steps": self.steps}

    pipeline = Forecast()
    pipeline.steps = [("lag", 3, 1), ("trend", 2.5, 1)]
    assert estimator_params(pipeline)["steps"] == "int → float"
    pipeline.steps = ["lag", "trend"]
    assert estimator_params(pipeline)["steps"]
