"""Frameworks beside scikit-learn, each where it is installed in the kernel."""

from __future__ import annotations

from importlib import util

import pytest

DATA = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(80, 4)); y = (X[:, 0] + X[:, 1] > 0).astype(int)
"""


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(util.find_spec(name) is None, reason=f"{name} is not installed")


@needs("xgboost")
def test_xgboost_by_train_and_by_estimator(kernel) -> None:
    story = kernel.run(
        DATA,
        "import xgboost as xgb\nd = xgb.DMatrix(X, label=y)\n"
        "bst = xgb.train({'max_depth': 2, 'eval_metric': 'logloss'}, d, num_boost_round=5, evals=[(d, 'train')], verbose_eval=False)\n"
        "acc = ((bst.predict(d) > 0.5) == y).mean()",
        "m = xgb.XGBClassifier(n_estimators=5).fit(X, y, eval_set=[(X, y)], verbose=False)\nm.score(X, y)",
    )
    assert [(one.model_class, one.variable) for one in story.models] == [
        ("Booster", "bst"),
        ("XGBClassifier", "m"),
    ]
    assert story.models[0].params["max_depth"] == "2"
    assert set(story.models[0].metrics) == {"acc"}
    assert len(story.models[1].metrics["validation_0-logloss"]) == 5


@needs("lightgbm")
def test_lightgbm(kernel) -> None:
    story = kernel.run(
        DATA,
        "import lightgbm as lgb\nm = lgb.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, y)\nm.score(X, y)\n"
        "b = lgb.train({'objective': 'binary', 'verbose': -1}, lgb.Dataset(X, y), num_boost_round=3)",
    )
    assert [(one.model_class, one.variable) for one in story.models] == [
        ("LGBMClassifier", "m"),
        ("Booster", "b"),
    ]


@needs("statsmodels")
def test_statsmodels_results_are_the_model(kernel) -> None:
    story = kernel.run(
        DATA,
        "import statsmodels.api as sm\nresults = sm.OLS(y, sm.add_constant(X)).fit()\nresults.rsquared",
    )
    (one,) = story.models
    assert (one.model_class, one.variable) == ("OLS", "results")
    assert one.metrics == {"rsquared": [pytest.approx(kernel.ask("float(results.rsquared)"))]}


@needs("statsmodels")
def test_statsmodels_tells_what_a_shown_summary_holds(kernel) -> None:
    story = kernel.run(
        DATA,
        "import pandas as pd, statsmodels.formula.api as smf\ndf = pd.DataFrame(X, columns=list('abcd')).assign(y=y)",
        "quiet = smf.ols('y ~ a', df).fit()",
        "results = smf.ols('y ~ a + b', df).fit()\nprint(results.summary())",
    )
    assert [(one.model_class, one.variable) for one in story.models] == [
        ("OLS", "quiet"),
        ("OLS", "results"),
    ]
    assert [set(one.metrics) for one in story.models] == [
        set(),
        {"rsquared", "rsquared_adj", "aic", "bic", "llf"},
    ]
    assert story.run.metrics == {}


@needs("statsmodels")
def test_a_statsmodels_bootstrap_is_one_candidate_and_other_terms_are_others(kernel) -> None:
    story = kernel.run(
        DATA,
        "import statsmodels.api as sm\n"
        "for i in range(20):\n    n = int(rng.integers(60, 80))\n    sm.OLS(y[:n], X[:n]).fit()",
        "for k in (1, 2):\n    sm.OLS(y, X[:, :k]).fit()",
    )
    assert [one.fits for one in story.models] == [20, 1, 1]


@needs("torch")
def test_a_torch_loop(kernel, tmp_path) -> None:
    story = kernel.run(
        DATA,
        "import torch\nfrom torch import nn\ntorch.manual_seed(1)\nT = torch.tensor(X, dtype=torch.float32); t = torch.tensor(y, dtype=torch.float32)\n"
        "net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\nloss_fn = nn.BCEWithLogitsLoss()\nepochs = 4",
        "for epoch in range(epochs):\n    opt.zero_grad()\n    loss = loss_fn(net(T).squeeze(1), t)\n    loss.backward()\n    opt.step()\n"
        "    print(f'Epoch {epoch + 1}/{epochs} - loss: {loss.item():.4f}')",
        "with torch.no_grad():\n    pred = net(T).squeeze(1) > 0\ntest_acc = (pred.numpy() == y).mean()",
    )
    (one,) = story.models
    assert (one.model_class, one.variable) == ("Sequential", "net")
    assert len(one.metrics["loss"]) == 4
    assert one.metric_sources["loss"] == "output"
    assert set(one.metrics) == {"loss", "test_acc"}
    assert {"epochs": "4", "optimizer": "SGD", "lr": "0.1"}.items() <= one.params.items()
    staged = kernel.request(do="stage", variable="net", directory=str(tmp_path / "net"))
    assert {"state_dict.pt", "model.torchscript.pt"} <= {
        entry["path"] for entry in staged["files"]
    } or "mlflow" in staged["flavor"]


@needs("keras")
def test_keras(kernel) -> None:
    story = kernel.run(
        DATA + "import os\nos.environ.setdefault('KERAS_BACKEND', 'torch')",
        "import keras\nm = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation='sigmoid')])\n"
        "m.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])\nh = m.fit(X, y, epochs=2, verbose=2)",
        "m.evaluate(X, y, verbose=0)",
    )
    (one,) = story.models
    assert (one.model_class, one.variable) == ("Sequential", "m")
    assert {name: len(values) for name, values in one.metrics.items()} == {
        "accuracy": 2, "loss": 2, "evaluate_loss": 1, "evaluate_accuracy": 1,
    }  # fmt: skip
    assert one.params["epochs"] == "2"
