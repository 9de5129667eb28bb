"""Frameworks beside scikit-learn, each where it is installed in the kernel."""

from __future__ import annotations

import sys
from importlib import util

import pytest

from jupyterlab_mlops.kernel.cells.observe import Call
from jupyterlab_mlops.kernel.fits.frameworks import _told_once, fit_params

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
    assert set(story.models[0].metrics) == {"acc", "train-logloss"}
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
    staged = kernel.request(do="stage", variable="net", directory=str(tmp_path))
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


@needs("keras")
@needs("torch")
def test_a_keras_model_of_ones_own_is_built_by_its_first_batch(kernel) -> None:
    story = kernel.run(
        DATA + "import os\nos.environ['KERAS_BACKEND'] = 'torch'",
        "import keras\nclass Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.first, self.last = keras.layers.Dense(8), keras.layers.Dense(1)\n"
        "    def call(self, x):\n        return self.last(self.first(x))",
        "net = Net()\nnet.compile(optimizer='adam', loss=lambda t, p: keras.ops.mean((t - p) ** 2))\n"
        "net.fit(X, y, epochs=2, verbose=0)",
        "mse = float(((net.predict(X, verbose=0).ravel() - y) ** 2).mean())\nmse",
    )
    (one,) = story.models
    assert (one.model_class, one.variable) == ("Net", "net")
    assert {name: len(values) for name, values in one.metrics.items()} == {"loss": 2, "mse": 1}


@needs("keras")
@needs("torch")
def test_the_settings_of_keras_models_of_ones_own_classes(kernel) -> None:
    story = kernel.run(
        DATA + "import os\nos.environ['KERAS_BACKEND'] = 'torch'",
        "import keras\nclass Stepwise(keras.Model):\n    pass\n"
        "class Sized(keras.Model):\n    def __init__(self, width):\n        super().__init__()\n"
        "        self.width, self.one = width, keras.layers.Dense(width)\n        self.two = keras.layers.Dense(1)\n"
        "    def call(self, x):\n        return self.two(self.one(x))\n"
        "def squared(t, p):\n    return keras.ops.mean((t - p) ** 2)",
        "given = keras.Input((4,))\nplain = Stepwise(given, keras.layers.Dense(1)(given))\n"
        "plain.compile(optimizer='adam', loss='mse')\nplain.fit(X, y, epochs=1, verbose=0)",
        "sized = Sized(8)\nsized.compile(optimizer=keras.optimizers.SGD(0.25), loss=squared)\nsized.fit(X, y, epochs=1, verbose=0)",
    )
    assert story.errors == []
    plain, sized = story.models
    assert {"optimizer": "Adam", "loss": "mse"}.items() <= plain.params.items()
    assert not {"inputs", "outputs"} & set(plain.params)  # tensors, which set nothing
    expected = {"width": "8", "optimizer": "SGD", "learning_rate": "0.25", "loss": "squared"}
    assert expected.items() <= sized.params.items()
    story = kernel.run(
        DATA + "import os\nos.environ['KERAS_BACKEND'] = 'torch'",
        "import keras\nclass Pair(keras.Sequential):\n    def compile(self, first, second, **given):\n"
        "        super().compile(**given)\n        self.first, self.second = first, second",
        "pair = Pair([keras.layers.Input((4,)), keras.layers.Dense(1)])\n"
        "pair.compile(keras.optimizers.Adam(0.25), keras.optimizers.Adam(0.25), loss='mse')\npair.fit(X, y, epochs=1, verbose=0)",
    )
    assert story.errors == []
    assert "0.001" not in story.models[0].params.values()  # of an optimiser that nobody chose


@needs("torch")
def test_a_part_of_a_module_that_a_loop_changes_by_hand(kernel) -> None:
    story = kernel.run(
        DATA,
        "import torch\nfrom torch import nn\ntorch.manual_seed(1)\nT = torch.tensor(X[:, None], dtype=torch.float32)\n"
        "conv = nn.LazyConv1d(1, kernel_size=2, bias=False)\ntruth = T[..., 1:] - T[..., :-1]",
        "for i in range(4):\n    l = (conv(T) - truth) ** 2\n    conv.zero_grad()\n    l.mean().backward()\n"
        "    conv.weight.data[:] -= 0.1 * conv.weight.grad\n    print(f'epoch {i + 1}, loss {l.mean():.3f}')",
        "for part in (conv,):\n    part.weight.data[:] = torch.ones(1, 1, 2)",
    )
    (one,) = story.models
    assert (one.model_class, one.variable, len(one.metrics["loss"])) == ("Conv1d", "conv", 4)
    assert story.run.metrics == {}


@needs("keras")
@needs("torch")
def test_a_keras_optimizer_in_a_loop_of_ones_own(kernel) -> None:
    loop = (
        "m = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])\n"
        "optimizer = keras.optimizers.Adam(learning_rate=0.01)\nloss_fn = keras.losses.MeanSquaredError()\n"
        "for epoch in range(3):\n    loss = loss_fn(T, m(D))\n    m.zero_grad()\n    loss.backward()\n"
        "    with torch.no_grad():\n"
        "        optimizer.apply([one.value.grad for one in m.trainable_weights], m.trainable_weights)\n"
        "    print(f'Training loss at epoch {epoch}: {float(loss):.4f}')\n"
        "    val_acc = float((m(D) > 0.5).float().mean())\n    print(f'Validation acc: {val_acc:.4f}')"
    )
    story = kernel.run(
        DATA + "import os\nos.environ['KERAS_BACKEND'] = 'torch'",
        "import keras, torch\nD = torch.tensor(X, dtype=torch.float32); T = torch.tensor(y, dtype=torch.float32)",
        loop,
        loop,
    )
    assert story.errors == []
    assert [(one.model_class, one.variable) for one in story.models] == [("Sequential", "m")] * 2
    for one in story.models:
        assert {"optimizer": "Adam", "learning_rate": "0.01"}.items() <= one.params.items()
        assert {name: len(values) for name, values in one.metrics.items()} == {
            "training_loss": 3, "validation_acc": 3,
        }  # fmt: skip


@needs("torch")
def test_a_tensor_that_a_function_makes_trains_and_gives_back(kernel) -> None:
    story = kernel.run(
        "import torch\nx = torch.tensor([1.0, 2.0, 3.0]); y = 2 * x + 1",
        "def descend(rounds, rate, params):\n    for turn in range(1, rounds + 1):\n"
        "        loss = ((params[0] * x + params[1] - y) ** 2).mean()\n        loss.backward()\n"
        "        with torch.no_grad():\n            params -= rate * params.grad\n            params.grad.zero_()\n"
        "        print(f'Epoch {turn}, Loss {float(loss):f}')\n    return params",
        "descend(3, 0.01, params=torch.tensor([1.0, 0.0], requires_grad=True))",
    )
    assert story.errors == []
    assert [one.model_class for one in story.models] == ["Tensor"]
    assert len(story.models[0].metrics["loss"]) == 3
    assert story.run.metrics == {}


TOYS = [
    "loss = F.binary_cross_entropy(torch.sigmoid(x * w), y)\nprint(loss)",
    "F.mse_loss(torch.tensor([0.5]), torch.tensor([1.0]))",
    "print('Total loss of this batch: {:.3f}'.format(nn.BCELoss()(torch.sigmoid(x * w), y).item()))",
    "outputs, labels = torch.rand(4, 3), torch.tensor([1, 0, 2, 1])\nloss = loss_fn(outputs, labels)\nprint('loss:', loss.item())",
    "def entropy_loss(guess, truth):\n    return -(truth * torch.log(guess)).mean()",
    "bce = entropy_loss(torch.sigmoid(x * w), y)\nprint(f'bce {bce:.3f}')",
    "size = " + " + ".join(["1"] * 800),
]
NO_TOYS = [
    ("net = nn.Linear(1, 1)\nloss = F.mse_loss(net(x[:, None]), y[:, None])\nprint(loss)", "loss"),
    (
        "v = torch.zeros(1)\nfor _ in range(3):\n    v = v - 0.1 * (v * x - y)\nmse = F.mse_loss(v * x, y)",
        "mse",
    ),
    (
        "rows = torch.tensor(X[:, 0]).float()\nloss = F.mse_loss(rows, torch.tensor(y).float())",
        "loss",
    ),
    (
        "def fit(x, y):\n    u = torch.zeros(1)\n    for _ in range(3):\n        u = u - 0.1 * (u * x - y)\n    return u",
        "",
    ),
    ("u = fit(x, y)\nloss = F.mse_loss(u * x, y)\nprint(loss)", "loss"),
]


@needs("torch")
def test_losses_of_tensors_written_there_are_no_metrics(kernel) -> None:
    story = kernel.run(
        DATA,
        "import torch, torch.nn.functional as F\nfrom torch import nn\nloss_fn = nn.CrossEntropyLoss()\n"
        "x = torch.tensor([1.1])\ny_true = [1.0]\nw = torch.tensor([2.2], requires_grad=True)",
        "y, truth = torch.tensor(y_true), y",
        *TOYS,
    )
    assert (story.errors, story.models, story.run.metrics) == ([], [], {})


@needs("torch")
@pytest.mark.parametrize("place", range(len(NO_TOYS)))
def test_losses_that_data_or_training_is_behind_are_metrics(kernel, place: int) -> None:
    cell, metric = NO_TOYS[place]
    before = [one for one, name in NO_TOYS[:place] if not name]
    y = "" if "X[" in cell else "\ny = torch.tensor([1.0])"
    story = kernel.run(
        DATA,
        f"import torch, torch.nn.functional as F\nfrom torch import nn\nx = torch.tensor([1.1]){y}",
        *before,
        cell,
    )
    assert story.errors == []
    assert list(story.run.metrics) == ([metric] if metric else [])


@needs("xgboost")
def test_what_xgboost_evaluates_is_kept_though_nobody_asked(kernel) -> None:
    story = kernel.run(
        DATA,
        "import xgboost as xgb\nd = xgb.DMatrix(X, label=y)\n"
        "bst = xgb.train([('max_depth', 2), ('eval_metric', 'error')], d, 4, evals=[(d, 'train')], verbose_eval=False)",
        "history = xgb.cv({'max_depth': 2}, d, num_boost_round=3, nfold=2, metrics='logloss')",
        "bst.save_model('booster.json')",
    )
    train, cv = story.models
    assert {name: len(points) for name, points in train.metrics.items()} == {"train-error": 4}
    assert train.params["max_depth"] == "2"
    assert len(cv.metrics["test-logloss-mean"]) == 3
    assert cv.params["nfold"] == "2"
    assert train.artifacts == ["booster.json"]  # written in C++


@needs("lightgbm")
def test_lightgbm_is_listened_to_without_changing_its_callbacks(kernel) -> None:
    story = kernel.run(
        DATA,
        "import lightgbm as lgb\nd = lgb.Dataset(X, y, free_raw_data=False)\n"
        "p = {'objective': 'binary', 'metric': ['binary_logloss', 'auc'], 'verbose': -1}\nlater = []\n"
        "def add(env):\n    if env.iteration == 2:\n        env.model.add_valid(lgb.Dataset(X, y, reference=d), 'later')\n"
        "b = lgb.train(p, d, num_boost_round=5, valid_sets=d, valid_names='train', callbacks=(mine := [add]))\nlen(mine)",
        "found = lgb.cv(p, d, num_boost_round=3, nfold=2)",
        "b.save_model('gbm.txt')\nagain = lgb.Booster(model_file='gbm.txt')\n"
        "from sklearn.metrics import roc_auc_score\nroc_auc_score(y, again.predict(X))",
    )
    assert story.errors == []
    assert "1" in story.outputs  # the user's list of callbacks is what it was
    train, cv = story.models
    assert {name: len(points) for name, points in train.metrics.items()} == {
        "train-binary_logloss": 5,
        "train-auc": 5,
        "later-binary_logloss": 2,
        "later-auc": 2,
        "roc_auc_score": 1,  # of the model read back from the file
    }
    assert len(cv.metrics["valid auc-mean"]) == 3


@needs("statsmodels")
def test_statistics_of_a_result_that_are_printed(kernel) -> None:
    story = kernel.run(
        DATA,
        "import statsmodels.api as sm\nr = sm.OLS(y, X).fit()",
        "print(r.aic, r.bic, r.nobs)",
        "print('Loglikelihood')\nprint(f'- Original model: {r.llf:.4f}')",
    )
    (one,) = story.models
    assert set(one.metrics) == {"aic", "bic", "llf"}
    assert one.metrics["aic"] == [pytest.approx(kernel.ask("float(r.aic)"))]
    assert one.metrics["llf"] == [pytest.approx(kernel.ask("float(r.llf)"))]


@needs("statsmodels")
def test_other_ways_of_fitting(kernel) -> None:
    story = kernel.run(
        DATA,
        "import statsmodels.api as sm\nresults = sm.GLSAR(X[:, 0], X[:, 1:], 1).iterative_fit(2)\nresults.summary()",
    )
    (one,) = story.models
    assert (one.model_class, one.variable, one.fits) == ("GLSAR", "results", 1)
    assert "rsquared" in one.metrics


@needs("catboost")
def test_catboost(kernel) -> None:
    story = kernel.run(
        DATA,
        "from catboost import CatBoostClassifier, Pool, cv",
        "m = CatBoostClassifier(iterations=4, depth=2, silent=True, allow_writing_files=False)\n"
        "m.fit(X, y, eval_set=(X, y))\nm.score(X, y)",
        "table = cv(Pool(X, y), {'loss_function': 'Logloss', 'iterations': 3, 'logging_level': 'Silent'}, fold_count=2)",
    )
    model, folds = story.models
    assert (model.model_class, model.params["depth"], model.fits) == ("CatBoostClassifier", "2", 1)
    assert len(model.metrics["validation-Logloss"]) == 4
    assert model.metrics["score"] == [pytest.approx(kernel.ask("float(m.score(X, y))"))]
    assert folds.model_class == "CatBoost"
    assert len(folds.metrics["test-Logloss-mean"]) == 3


@needs("optuna")
def test_an_optuna_study_is_a_search(kernel) -> None:
    story = kernel.run(
        DATA,
        "import optuna\noptuna.logging.set_verbosity(optuna.logging.ERROR)\n"
        "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import cross_val_score\n"
        "def objective(trial):\n"
        "    clf = LogisticRegression(C=trial.suggest_float('C', 0.01, 1))\n"
        "    return cross_val_score(clf, X, y, cv=2).mean()",
        "study = optuna.create_study(direction='maximize')\nstudy.optimize(objective, n_trials=4)",
    )
    (one,) = story.models
    assert (one.model_class, one.variable, one.params["n_trials"]) == ("Study", "study", "4")
    assert one.metrics == {"best_value": [kernel.ask("study.best_value")]}
    assert one.params["best_C"] == str(kernel.ask("study.best_params['C']"))
    children = [child for child in story.candidates.values() if child.parent == one.id]
    values = [child.metrics["value"][0] for child in children]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)


OBJECTIVE = """
import numpy as np
from sklearn.linear_model import LogisticRegression
def loss(settings):
    C = settings["C"] if isinstance(settings, dict) else settings[0]
    model = LogisticRegression(C=C).fit(X, y)
    return -model.score(X, y)
"""


@needs("hyperopt")
@pytest.mark.parametrize("trials", ["", "trials=hyperopt.Trials(), "])
def test_a_search_by_hyperopt_has_its_trials_as_children(kernel, trials: str) -> None:
    story = kernel.run(
        DATA,
        OBJECTIVE,
        "import hyperopt\nfrom hyperopt import fmin, hp, tpe\n"
        "settings = dict(algo=tpe.suggest, max_evals=5, show_progressbar=False)",
        f"best = fmin(loss, {{'C': hp.uniform('C', 0.01, 1)}}, {trials}rstate=np.random.default_rng(0), **settings)",
    )
    (one,) = story.models
    assert one.model_class == "Trials"
    assert one.params["best_C"] == str(kernel.ask("float(best['C'])"))
    children = [child for child in story.candidates.values() if child.parent == one.id]
    losses = [child.metrics["loss"][0] for child in children]
    assert len(losses) == 5
    assert losses == sorted(losses)
    assert one.metrics == {"best_loss": losses[:1]}


@needs("skopt")
def test_a_search_by_scikit_optimize_has_its_points_as_children(kernel) -> None:
    story = kernel.run(
        DATA,
        OBJECTIVE,
        "from skopt import gp_minimize\nfrom skopt.space import Real",
        "found = gp_minimize(loss, [Real(0.01, 1, name='C')], n_calls=5, n_initial_points=4, random_state=0)",
    )
    (one,) = story.models
    assert one.model_class == "gp_minimize"
    assert one.metrics == {"best_value": [kernel.ask("float(found.fun)")]}
    assert one.params["best_C"] == str(kernel.ask("float(found.x[0])"))
    children = [child for child in story.candidates.values() if child.parent == one.id]
    assert [child.metrics["value"][0] for child in children] == sorted(
        kernel.ask("[float(one) for one in found.func_vals]")
    )


STATISTICS = """
import numpy as np, statsmodels.api as sm
rng = np.random.default_rng(0)
X = sm.add_constant(rng.normal(size=(80, 2)))
y = (X[:, 1] + rng.normal(size=80) > 0).astype(int)
"""


@needs("statsmodels")
@pytest.mark.parametrize(
    ("fit", "names"),
    [
        ("sm.OLS(y, X).fit()", {"rsquared", "rsquared_adj", "aic", "bic", "llf"}),
        ("sm.Logit(y, X).fit(disp=0)", {"prsquared", "llf"}),
        ("sm.Logit(y, X).fit()", {"prsquared", "llf", "function_value"}),
        (
            "sm.GLM(y, X, family=sm.families.Binomial()).fit()",
            {"pseudo_rsquared_cs", "llf", "deviance", "pearson_chi2"},
        ),
        ("sm.tsa.ARIMA(X[:, 1], order=(1, 0, 0)).fit()", {"aic", "bic", "hqic", "llf"}),
        ("sm.tsa.ExponentialSmoothing(X[:, 1]).fit()", {"aic", "bic", "aicc", "sse"}),
    ],
)
def test_what_a_shown_summary_says_of_a_fit_and_nothing_else(kernel, fit: str, names: set) -> None:
    story = kernel.run(STATISTICS, f"fit = {fit}", "print(fit.summary())")
    (one,) = story.models
    assert set(one.metrics) == names


@needs("statsmodels")
def test_what_a_library_is_given_by_position_is_a_setting_too(kernel) -> None:
    story = kernel.run(STATISTICS, "fit = sm.OLS(y, X).fit('qr')")
    (one,) = story.models
    assert one.params["method"] == "qr"


class Learner:
    """Stands for a library's, which learns row by row."""

    def learn_one(self, x: dict, y: float, weight: float = 1.0) -> None: ...


def test_a_row_of_data_that_is_given_by_position_is_no_setting() -> None:
    call = Call("fit", "learn_one", Learner(), ({"a": 1}, 3, 0.5), {}, sys._getframe())
    assert fit_params(call) == {"weight": 0.5}


def test_a_loss_that_is_the_metric_as_well_is_told_once() -> None:
    columns = {"AFT": [2.0, 1.0], "AFT:dist=Normal": [2.0, 1.0], "AUC": [0.5], "AUC:type=Mu": [0.6]}
    assert list(_told_once(columns)) == ["AFT", "AUC", "AUC:type=Mu"]


@needs("statsmodels")
def test_fits_of_one_model_of_statsmodels_with_other_settings(kernel) -> None:
    story = kernel.run(
        STATISTICS
        + "mod = sm.QuantReg(X[:, 1], X)\ndef fitted(q):\n    res = mod.fit(q=q)\n    return [q, res.params[0]]",
        "rows = [fitted(q) for q in (0.1, 0.5, 0.9)]",
        "for start in range(3):\n    sm.OLS(y[start:], X[start:]).fit()",
    )
    assert story.errors == []
    assert [(one.model_class, one.params.get("q")) for one in story.models] == [
        ("QuantReg", "0.1"), ("QuantReg", "0.5"), ("QuantReg", "0.9"), ("OLS", None)
    ]  # fmt: skip


@needs("pmdarima")
def test_models_that_auto_arima_gives_back_in_a_loop_and_in_a_function(kernel) -> None:
    story = kernel.run(
        DATA
        + "import pmdarima as pm\nfrom sklearn.metrics import mean_squared_error\nz = np.cumsum(X[:, 0])\n"
        "def evaluate(y, p):\n    print(f'MSE is : {mean_squared_error(y, p)}')\n"
        "    print(f'RMSE is : {np.sqrt(mean_squared_error(y, p))}')\n"
        "def found(rows):\n    return pm.auto_arima(rows, max_p=3, seasonal=False)",
        "for m in (1, 4):\n    one = pm.auto_arima(z[:70], max_p=3, m=m, trace=True)\n    evaluate(z[70:], one.predict(10))",
        "best = found(z)\nbest.aic()",
    )
    assert story.errors == []
    assert [one.model_class for one in story.models] == ["ARIMA"] * 3
    assert [one.params.get("m") for one in story.models] == ["1", "4", None]
    assert [sorted(one.metrics) for one in story.models] == [
        ["aic", "mean_squared_error", "rmse"]
    ] * 2 + [["aic"]]
    assert all(len(values) == 1 for one in story.models for values in one.metrics.values())


@needs("lightning")
def test_a_lightning_trainer_trains_its_module(kernel) -> None:
    story = kernel.run(
        DATA,
        "import logging, torch, lightning as L\nlogging.getLogger('lightning.pytorch').setLevel(logging.ERROR)\n"
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "rows = DataLoader(TensorDataset(torch.tensor(X).float(), torch.tensor(y)), batch_size=20)\n"
        "class Net(L.LightningModule):\n"
        "    def __init__(self, hidden=3):\n        super().__init__()\n        self.save_hyperparameters()\n"
        "        self.net = torch.nn.Linear(4, 2)\n"
        "    def forward(self, x):\n        return self.net(x)\n"
        "    def training_step(self, batch, i):\n"
        "        loss = torch.nn.functional.cross_entropy(self(batch[0]), batch[1])\n        self.log('train_loss', loss)\n        return loss\n"
        "    def validation_step(self, batch, i):\n"
        "        self.log('val_acc', (self(batch[0]).argmax(1) == batch[1]).float().mean())\n"
        "    def configure_optimizers(self):\n        return torch.optim.SGD(self.parameters(), lr=0.05)\n",
        "model = Net(hidden=5)\n"
        "trainer = L.Trainer(max_epochs=2, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)\n"
        "before = len(trainer.callbacks)\ntrainer.fit(model, rows, rows)",
        "trainer.validate(model, rows, verbose=False)\nprint(len(trainer.callbacks) - before)",
        "trainer.fit(model, rows, rows)",  # it has been through its epochs: nothing is trained
    )
    assert story.errors == []
    assert "0\n" in story.outputs  # nothing of ours stays in it
    (one,) = story.models
    assert (one.model_class, one.variable, one.fits) == ("Net", "model", 1)
    wanted = {"hidden": "5", "max_epochs": "2", "optimizer": "SGD", "lr": "0.05"}
    assert wanted.items() <= one.params.items()
    assert len(one.metrics["train_loss"]) == 2
    assert len(one.metrics["val_acc"]) == 3  # two epochs, and ``validate``


@needs("transformers")
def test_a_hugging_face_trainer(kernel) -> None:
    pytest.importorskip("accelerate")
    story = kernel.run(
        "import torch\nfrom transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments\n"
        "rows = [{'input_ids': torch.tensor([5, 6, 7]), 'labels': torch.tensor(i % 2)} for i in range(16)]",
        "sizes = dict(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)\n"
        "model = BertForSequenceClassification(BertConfig(**sizes))\n"
        "args = TrainingArguments('out', num_train_epochs=2, per_device_train_batch_size=8, logging_steps=1, report_to=[],\n"
        "    save_strategy='no', eval_strategy='epoch', use_cpu=True, disable_tqdm=True)\n"
        "trainer = Trainer(model=model, args=args, train_dataset=rows, eval_dataset=rows)\ntrainer.train()",
        "trainer.evaluate()",
    )
    assert story.errors == []
    (one,) = story.models
    assert (one.model_class, one.variable) == ("BertForSequenceClassification", "model")
    assert {"num_train_epochs": "2", "hidden_size": "8"}.items() <= one.params.items()
    assert len(one.metrics["loss"]) == 4
    assert len(one.metrics["eval_loss"]) == 3
    assert not {name for name in one.metrics if "runtime" in name or "per_second" in name}


@needs("torch")
def test_files_that_torch_writes_itself_are_artifacts(kernel) -> None:
    story = kernel.run(
        "import torch\nfrom pathlib import Path\nX = torch.randn(20, 2)\ny = X.sum(1, keepdim=True)",
        "net = torch.nn.Linear(2, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "for epoch in range(3):\n    opt.zero_grad()\n    loss = ((net(X) - y) ** 2).mean()\n    loss.backward()\n    opt.step()",
        "folder = Path('models')\nfolder.mkdir(exist_ok=True)\ntorch.save(net.state_dict(), folder / 'net.pth')",
    )
    (one,) = story.models
    assert one.artifacts == ["models/net.pth"]


def test_scalars_written_for_tensorboard_are_metrics(kernel) -> None:
    module = (
        "class SummaryWriter:\n    def add_scalar(self, tag, scalar_value, global_step=None): ...\n"
        "    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None): ...\n"
    )
    (kernel.root / "tensorboardX").mkdir(exist_ok=True)
    (kernel.root / "tensorboardX" / "__init__.py").write_text("from .writer import SummaryWriter\n")
    (kernel.root / "tensorboardX" / "writer.py").write_text(module)
    story = kernel.run(
        DATA + "from tensorboardX import SummaryWriter\nwriter = SummaryWriter()",
        "from sklearn.linear_model import SGDClassifier\nclf = SGDClassifier(random_state=0)\n"
        "for epoch in range(3):\n    clf.partial_fit(X, y, classes=[0, 1])\n"
        "    writer.add_scalar('Accuracy/train', clf.score(X, y), epoch)\n"
        "    writer.add_scalar('lr', 0.1, epoch)\n"
        "    writer.add_scalars('loss', {'train': 1 / (epoch + 1), 'note': 'x'}, global_step=epoch)",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.metrics["loss/train"] == [1.0, 0.5, 1 / 3]
    assert len(one.metrics["Accuracy/train"]) == 3
    assert "lr" not in one.metrics


@needs("tensorflow")
def test_variables_of_tensorflow_that_a_tape_tells_the_gradients_of(kernel) -> None:
    story = kernel.run(
        DATA + "import os\nos.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\nimport tensorflow as tf\n"
        "features, truth = tf.constant(X, tf.float32), tf.constant(y, tf.float32)\n"
        "def log_loss(z, t):\n    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=t, logits=z))",
        "class Logistic(tf.Module):\n    def __init__(self):\n        self.w, self.b = tf.Variable(tf.zeros([4])), tf.Variable(0.0)\n"
        "    def __call__(self, x):\n        return tf.linalg.matvec(x, self.w) + self.b\nmodel = Logistic()",
        "rate, train_losses = 0.5, []\nfor epoch in range(4):\n    batch_losses = []\n    for start in (0, 40):\n"
        "        with tf.GradientTape() as tape:\n            batch_loss = log_loss(model(features[start:start + 40]), truth[start:start + 40])\n"
        "        grads = tape.gradient(batch_loss, model.trainable_variables)\n"
        "        for g, v in zip(grads, model.trainable_variables):\n            v.assign_sub(rate * g)\n"
        "        batch_losses.append(batch_loss)\n    train_losses.append(tf.reduce_mean(batch_losses))",
        "W = tf.Variable(tf.zeros([4, 1]))\nfor _ in range(3):\n    with tf.GradientTape() as tape:\n"
        "        loss = log_loss(tf.squeeze(features @ W), truth)\n    W.assign_sub(0.1 * tape.gradient(loss, W))\nprint('loss', loss.numpy())",
        "x = tf.Variable(3.0)\nfor _ in range(3):\n    with tf.GradientTape() as tape:\n        f = x ** 2\n    x.assign_sub(0.1 * tape.gradient(f, x))",
    )
    assert story.errors == []
    module, variable = story.models  # a walk down a parabola learns from nothing
    assert (module.model_class, module.variable, module.params["rate"]) == (
        "Logistic",
        "model",
        "0.5",
    )
    assert {name: len(values) for name, values in module.metrics.items()} == {"train_loss": 4}
    assert (variable.variable, list(variable.metrics)) == ("W", ["loss"])


@needs("jax")
def test_weights_that_a_compiled_function_of_jax_steps(kernel) -> None:
    story = kernel.run(
        DATA + "import jax, jax.numpy as jnp\nXj, yj = jnp.array(X), jnp.array(y, dtype=float)",
        "def loss(params, x, t):\n    return jnp.mean((x @ params['w'] + params['b'] - t) ** 2)\n"
        "@jax.jit\ndef update(params, x, t):\n    grads = jax.grad(loss)(params, x, t)\n"
        "    return jax.tree_util.tree_map(lambda p, g: p - 0.01 * g, params, grads)\n"
        "params = {'w': jnp.zeros(4), 'b': 0.0}\n"
        "for epoch in range(3):\n    params = update(params, Xj, yj)\n    print(f'Epoch {epoch}, loss {loss(params, Xj, yj):.4f}')",
        "mse = float(loss(params, Xj, yj))",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.variable == "params"
    assert len(one.metrics["loss"]) == 3
    assert one.metrics["mse"] == [kernel.ask("mse")]
