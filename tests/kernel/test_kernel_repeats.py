"""What a loop does again and again is recorded as if each time were the first."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.kernel.candidates import Candidate

DATA = """
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_squared_error, r2_score
X = np.arange(40.0).reshape(20, 2); y = X.sum(1) + np.arange(20) % 3
def boot(model, n):
    rng = np.random.default_rng(n)
    rows = rng.integers(0, 20, 20)
    return mean_squared_error(y, model.fit(X[rows], y[rows]).predict(X))
class Steps:
    def __init__(self): self.losses = []
    def partial_fit(self, X, y):
        self.losses.append(1 / (1 + len(self.losses)))
        return self
    def predict(self, X): return X
"""
LOOPS = {
    "a new model each time": (
        "for n in range(30):\n    m = Ridge(random_state=n).fit(X, y)\n    e = mean_squared_error(y, m.predict(X))",
        [("Ridge", 30, {"mean_squared_error": 30})],
    ),
    "two settings in turn": (
        "for n in range(5):\n    for a in (1, 2):\n        m = Ridge(alpha=a).fit(X, y)\n        r2_score(y, m.predict(X))",
        [("Ridge", 5, {"r2_score": 5}), ("Ridge", 5, {"r2_score": 5})],
    ),
    "one model, set anew and back": (
        "m = Ridge()\nfor a in (1, 2, 1):\n    m.set_params(alpha=a)\n    for _ in range(3): m.fit(X, y)",
        [("Ridge", 6, {}), ("Ridge", 3, {})],
    ),
    "two models in a list": (
        "for m in [Ridge(), LinearRegression()]:\n    for n in range(4):\n        m.fit(X, y)\n        r2_score(y, m.predict(X))",
        [("Ridge", 4, {"r2_score": 4}), ("LinearRegression", 4, {"r2_score": 4})],
    ),
    "a comprehension over a function": (
        "errors = [boot(Ridge(), n) for n in range(6)]",
        [("Ridge", 6, {"mean_squared_error": 6})],
    ),
    "metrics of predictions and of neither": (
        "for n in range(3):\n    m = Ridge().fit(X, y)\n    p = m.predict(X)\n    a = r2_score(y, p)\n    b = r2_score(y, y * n)",
        [("Ridge", 3, {"r2_score": 3})],
    ),
    "an own class whose losses grow": (
        "s = Steps()\nfor _ in range(4): s.partial_fit(X, y)",
        [("Steps", 4, {"losses": 2 + 3 + 4})],
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_counted_and_measured(kernel, name):
    cell, expected = LOOPS[name]
    story = kernel.run(DATA, cell)
    assert not story.errors
    found = [
        (one.model_class, one.fits, {metric: len(values) for metric, values in one.metrics.items()})
        for one in story.models
        if one.model_class
    ]
    assert found == expected


def test_the_fit_that_fails_is_blamed_however_many_went_well(kernel):
    story = kernel.run(
        DATA,
        "for n in range(9):\n    Ridge().fit(X, y)\n    Ridge(alpha=2).fit(X, None if n == 5 else y)",
    )
    well, failed = story.models
    assert (well.fits, well.end) == (6, None)
    assert (failed.fits, failed.end, failed.error["name"]) == (5, "FAILED", "ValueError")


WARM = """
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import ElasticNet
"""


def test_a_model_that_goes_on_has_the_settings_it_ends_with(kernel):
    story = kernel.run(
        DATA + WARM,
        "grows = RandomForestRegressor(n_estimators=1, warm_start=True)\nfor n in range(1, 6):\n"
        "    grows.n_estimators = n\n    grows.fit(X, y)\n    r2_score(y, grows.predict(X))",
    )
    (one,) = story.models
    assert (one.fits, one.params["n_estimators"], len(one.metrics["r2_score"])) == (5, "5", 5)


def test_another_penalty_is_another_model_also_where_it_starts_from_the_last(kernel):
    story = kernel.run(
        DATA + WARM,
        "line = ElasticNet(warm_start=True)\nfor a in (0.1, 0.2, 0.5):\n"
        "    line.set_params(alpha=a)\n    line.fit(X, y)\n    r2_score(y, line.predict(X))",
    )
    assert [one.params["alpha"] for one in story.models] == ["0.1", "0.2", "0.5"]
    assert all(len(one.metrics["r2_score"]) == 1 for one in story.models)


def test_other_rows_at_the_address_of_freed_ones_are_other_rows() -> None:
    class Rows:
        """Takes a weak reference, as an array does."""

    candidate, rows = Candidate("", "training"), Rows()
    candidate.fitted_on("Ridge(1.0)", rows)
    assert candidate.was_fitted_on("Ridge(1.0)", rows)
    assert not candidate.was_fitted_on("Ridge(2.0)", rows)
    del rows
    assert not candidate.was_fitted_on("Ridge(1.0)", Rows())
    listed = [1, 2]
    candidate.fitted_on("Ridge(1.0)", listed)
    assert candidate.was_fitted_on("Ridge(1.0)", listed)


def test_what_an_optimiser_asks_for_are_attempts_of_one_model(kernel) -> None:
    pytest.importorskip("scipy")
    story = kernel.run(
        DATA + "from scipy.optimize import minimize, minimize_scalar\n"
        "from sklearn.linear_model import Ridge\nfrom sklearn.model_selection import cross_val_score\n"
        "scores = []\ndef objective(a):\n    one = Ridge(alpha=abs(a) + 1e-3).fit(X, y)\n"
        "    scores.append(one.score(X, y))\n    return -one.score(X, y)\n"
        "def crossed(a):\n    return -cross_val_score(Ridge(alpha=abs(a[0]) + 1e-3), X, y, cv=3).mean()",
        "found = minimize_scalar(objective, bounds=(0, 5), method='bounded', options={'maxiter': 5})",
        "least = minimize(crossed, [1.0], method='nelder-mead', options={'maxiter': 3})",
        "best = Ridge(alpha=found.x).fit(X, y)",
    )
    assert story.errors == []
    assert [one.variable for one in story.models] == [None, None, "best"]
    assert story.models[0].fits == kernel.ask("len(scores)")
    kept = set(story.models[0].metrics["score"])  # of an objective that gives them negated
    assert kept <= set(kernel.ask("scores"))


def test_errors_of_several_models_that_a_loop_prints_once_more(kernel) -> None:
    story = kernel.run(
        DATA + "models = [LinearRegression(), Ridge(), Ridge(alpha=50)]",
        "errors, base_r2 = [], []\nfor i in range(3):\n    one = models[i]\n    one.fit(X, y)\n"
        "    errors.append(mean_squared_error(y, one.predict(X)))\n    base_r2.append(r2_score(y, one.predict(X)))",
        "for i in range(len(models)):\n    one = models[i]\n    print(f'{errors[i]:.3f} {base_r2[i]:.3f} {type(one).__name__}')",
    )
    assert story.errors == []
    assert story.run.metrics == {}
    assert [sorted(one.metrics) for one in story.models] == [["mean_squared_error", "r2_score"]] * 3
