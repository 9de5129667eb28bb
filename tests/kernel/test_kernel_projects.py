"""What notebooks of courses and projects do around their models, and whose a number is then."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.measures.expressions import kept_of_part
from jupyterlab_mlops.kernel.source.calls import CallIndex
from jupyterlab_mlops.kernel.source.dataflow import key_of
from jupyterlab_mlops.kernel.source.wording import names_algorithm

pytest.importorskip("sklearn")
TWO = (
    DATA
    + "from sklearn.tree import DecisionTreeClassifier\nfrom sklearn.metrics import accuracy_score, mean_absolute_error\n"
    "linear = LogisticRegression().fit(X, y)\ntree = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)"
)


def of(story, variable):
    return {name: round(values[-1], 3) for name, values in story.by_variable(variable).metrics.items()}  # fmt: skip


def test_numbers_of_two_models_in_one_print_are_told_apart_by_their_places(kernel) -> None:
    story = kernel.run(
        TWO + "\nfrom sklearn.model_selection import cross_validate",
        "scoring = ['neg_mean_absolute_error']\n"
        "of_linear = cross_validate(linear, X, y, cv=3, scoring=scoring)['test_neg_mean_absolute_error']\n"
        "of_tree = cross_validate(tree, X, y, cv=3, scoring=scoring)['test_neg_mean_absolute_error']",
        "print(f'''Cross-validated\n  {type(linear).__name__}:\n    MAE = {-of_linear.mean():.3f}\n"
        "  {type(tree).__name__}:\n    MAE = {-of_tree.mean():.3f}''')",
    )
    assert story.errors == []
    for variable in ("linear", "tree"):
        exact = kernel.ask(f"float(-of_{variable}.mean())")
        assert story.by_variable(variable).metrics["mae"] == [pytest.approx(exact)]
    assert story.run.metrics == {}


def test_a_score_is_named_by_the_part_of_the_data_that_a_name_says(kernel) -> None:
    story = kernel.run(
        TWO,
        "train_score = tree.score(X[:90], y[:90])\nprint('Train accuracy:', train_score)\n"
        "test_score = tree.score(X[90:], y[90:])\nprint('Test accuracy:', test_score)",
        "result = linear.score(X, y)",
    )
    assert set(of(story, "tree")) == {"train_score", "test_score"}
    assert set(of(story, "linear")) == {"score"}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("train_score = m.score(X, y)", "train_score"),
        ("val_accs.append(m.score(X, y))", "val_acc"),
        ("train_r2, test_r2 = m.score(A, a), m.score(B, b)", "train_r2"),
        ("score = m.score(X, y)", ""),
        ("test_rows = m.score(X, y)", ""),
        ("print(m.score(X, y))", ""),
        ("acc = m.evaluate(X, y)", "acc"),
        ("rows = m.evaluate(X, y)", ""),
    ],
)
def test_what_a_score_is_kept_as(code: str, name: str) -> None:
    tree = ast.parse(code)
    index = CallIndex(tree)
    calls = (one for one in ast.walk(tree) if isinstance(one, ast.Call))
    first = next(one for one in calls if getattr(one.func, "attr", "") in ("score", "evaluate"))
    assert kept_of_part(first, index) == name


def test_the_truth_in_a_table_that_holds_predictions_too_is_of_no_model(kernel) -> None:
    story = kernel.run(
        TWO
        + "\nimport pandas as pd\ntable = pd.DataFrame(X).assign(truth=y)\nrows = table.index >= 60",
        "table.loc[rows, 'linear'] = linear.predict(X[60:])\ntable.loc[rows, 'tree'] = tree.predict(X[60:])",
        "truth = table.iloc[60:]['truth']",
        "print('error', mean_absolute_error(truth, table.loc[rows, 'tree']))",
        "def measured(model, name):\n    model.fit(X[:60], y[:60])\n    table.loc[rows, f'{name}_p'] = model.predict(X[60:])\n"
        "    print('error', mean_absolute_error(truth, table.loc[rows, f'{name}_p']))",
        "measured(DecisionTreeClassifier(max_depth=2), 'deeper')",
    )
    assert story.errors == []
    assert story.run.metrics == {}
    assert set(of(story, "tree")) == {"mean_absolute_error"}
    deeper = next(one for one in story.models if one.params.get("max_depth") == "2")
    assert set(deeper.metrics) == {"mean_absolute_error"}


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("table['y']", "y"),
        ("table.loc[rows, 'y']", "y"),
        ("table.iloc[-9:]['y']", "y"),
        ("table[table.x > 0]['y']", "y"),
        ("table.y", "y"),
        ("tables['a']['y']", None),
        ("table[['x', 'y']]['y']", None),
    ],
)
def test_the_column_that_an_expression_takes(code: str, key: str | None) -> None:
    assert key_of(ast.parse(code, mode="eval").body) == key


def test_each_turn_of_a_loop_that_trains_two_models_keeps_a_value_of_each(kernel) -> None:
    story = kernel.run(
        TWO + "\nfrom sklearn.neighbors import KNeighborsClassifier",
        "of_trees, found = [], {'k': [], 'err': []}\nfor k in (1, 3):\n"
        "    t = DecisionTreeClassifier(max_depth=k, random_state=0).fit(X, y)\n    wrong = np.mean(t.predict(X) != y)\n"
        "    of_trees.append(1 - wrong)\n    n = KNeighborsClassifier(k).fit(X, y)\n    wrong = np.mean(n.predict(X) != y)\n"
        "    found['err'].append(wrong); found['k'].append(k)",
    )
    assert story.errors == []
    errors = kernel.ask("[float(one) for one in found['err']]")
    for neighbours, error in zip("13", errors, strict=True):
        (one,) = [one for one in story.models if one.params.get("n_neighbors") == neighbours]
        assert one.metrics["err"] == [error]


def test_what_a_dict_holds_of_several_models_is_each_one_s(kernel) -> None:
    story = kernel.run(
        TWO,
        "guesses = {'linear': linear.predict(X), 'tree': tree.predict(X)}",
        "{name: {'acc': accuracy_score(y, guess)} for name, guess in guesses.items()}",
    )
    assert set(of(story, "linear")) == set(of(story, "tree")) == {"accuracy_score"}
    assert story.run.metrics == {}


def test_a_dict_of_metrics_that_a_function_gives_back(kernel) -> None:
    story = kernel.run(
        TWO,
        "def measured(actual, guess, name):\n    wrong = np.abs(actual - guess)\n"
        "    return {'Model': name, 'MAE': wrong.mean(), 'MAPE (%)': 100 * np.mean(wrong / (1 + actual)), 'n_rows': len(actual),\n"
        "            'Accuracy': round(accuracy_score(actual, guess), 3)}",
        "of_linear = measured(y, linear.predict(X), 'linear')\nof_tree = measured(y, tree.predict(X), 'tree')",
    )
    assert story.errors == []
    for variable in ("linear", "tree"):
        assert set(of(story, variable)) == {"mae", "mape", "accuracy_score"}
        assert of(story, variable)["mae"] == kernel.ask(f"round(float(of_{variable}['MAE']), 3)")


def test_what_a_smoothing_works_out_to_begin_with_is_no_setting(kernel) -> None:
    pytest.importorskip("statsmodels")
    story = kernel.run(
        DATA + "from statsmodels.tsa.holtwinters import ExponentialSmoothing",
        "rows = [np.arange(9.0) + n for n in range(4)]\n"
        "ahead = [ExponentialSmoothing(row).fit().forecast(1)[0] for row in rows]",
    )
    assert [(one.model_class, one.fits) for one in story.models] == [("ExponentialSmoothing", 4)]


def test_a_summary_that_has_a_name_is_told_where_it_is_shown(kernel) -> None:
    pytest.importorskip("statsmodels")
    story = kernel.run(
        DATA + "import statsmodels.api as sm",
        "fit = sm.OLS(y, sm.add_constant(X)).fit()\ntable = fit.summary()",
        "print(table)",
        "kept = sm.OLS(y, X).fit().summary()",
        "kept",
    )
    assert story.errors == []
    first, other = story.models
    assert {"rsquared", "rsquared_adj", "aic", "bic", "llf"} == set(first.metrics)
    assert first.metrics["rsquared"] == [kernel.ask("float(fit.rsquared)")]
    assert set(other.metrics) >= {"aic", "bic", "llf"}
    assert story.run.metrics == {}


def test_a_statistical_model_says_which_columns_it_was_given(kernel) -> None:
    pytest.importorskip("statsmodels")
    story = kernel.run(
        DATA
        + "import pandas as pd, statsmodels.api as sm\ntable = pd.DataFrame(X[:, :2], columns=['age', 'income'])",
        "fit = sm.OLS(y, sm.add_constant(table[['age']])).fit()",
        "fit = sm.OLS(y, X).fit()",
    )
    named, plain = story.models
    assert named.params["exog_names"] == "const, age"
    assert "exog_names" not in plain.params


def test_what_own_methods_give_that_train_and_evaluate(kernel) -> None:
    story = kernel.run(
        DATA + "class Net:\n    def __init__(self):\n        self.w = np.zeros(X.shape[1])\n"
        "    def train_gradient_descent(self, X, y):\n        costs = []\n        for _ in range(5):\n            wrong = X @ self.w - y\n"
        "            self.w = self.w - 0.001 * X.T @ wrong\n            costs.append(float((wrong ** 2).mean()))\n        return self.w, costs\n"
        "    def predict(self, X):\n        return X @ self.w\n    def evaluate(self, X, y):\n        return float(np.mean(np.round(self.predict(X)) == y))",
        "net = Net()\nweights, costs = net.train_gradient_descent(X, y)",
        "test_acc = net.evaluate(X, y)",
    )
    assert story.errors == []
    (one,) = story.models
    assert {name: len(values) for name, values in one.metrics.items()} == {"cost": 5, "test_acc": 1}


def test_a_block_that_is_left_out_tells_no_old_losses_again(kernel) -> None:
    story = kernel.run(
        DATA
        + "def train(rounds, seed=0):\n    losses, w = [], np.zeros(X.shape[1])\n    for _ in range(rounds):\n"
        "        wrong = X @ w - y\n        w = w - 0.001 * X.T @ wrong\n        losses.append(float((wrong ** 2).mean()))\n    return w, losses",
        "w, losses = train(6)",
        "AGAIN = False\nif AGAIN:\n    w, losses = train(6, seed=80718)",
    )
    assert story.errors == []
    (one,) = story.models
    assert [len(values) for values in one.metrics.values()] == [6]
    assert story.run.metrics == {}


def test_a_loop_that_is_over_sets_nothing_of_the_next_turn(kernel) -> None:
    story = kernel.run(
        TWO,
        "for depth in (1, 2):\n    clf = DecisionTreeClassifier(max_depth=depth).fit(X, y)\n"
        "    for label, share in {'acc': '0.9'}.items():\n        print(label)",
    )
    _, _, first, second = story.models
    for one in (first, second):
        assert "depth" in one.params
        assert not {"label", "share"} & set(one.params)


def test_a_loop_over_numbers_of_numpy_is_one_candidate_a_turn(kernel) -> None:
    story = kernel.run(
        TWO,
        "for c in np.linspace(0.5, 1, 2):\n    clf = LogisticRegression(C=c).fit(X, y)\n    print(accuracy_score(y, clf.predict(X)))",
    )
    assert [one.params.get("c") for one in story.models[2:]] == ["0.5", "1.0"]
    assert all(set(one.metrics) == {"accuracy_score"} for one in story.models[2:])


def test_what_measures_a_model_gives_its_metric_by_a_method(kernel) -> None:
    story = kernel.run(
        TWO,
        "class Coherence:\n    def __init__(self, model):\n        self.model = model\n"
        "    def get_coherence(self):\n        return -14.25",
        "measured = Coherence(tree)\nprint(measured.get_coherence())",
    )
    assert of(story, "tree") == {"coherence": -14.25}


def test_columns_that_a_selector_has_chosen_are_data(kernel) -> None:
    story = kernel.run(
        TWO + "\nfrom sklearn.feature_selection import RFE",
        "chosen = RFE(DecisionTreeClassifier(random_state=0), n_features_to_select=2).fit(X, y)",
        "few = X[:, chosen.support_]\nclf = LogisticRegression(C=0.5).fit(few, y)\nprint(accuracy_score(y, clf.predict(few)))",
        "scored = RFE(DecisionTreeClassifier(random_state=0)).fit(X, y)\nprint(scored.score(X, y))",
    )
    assert [one.variable for one in story.models] == ["linear", "tree", "clf", "scored"]
    assert set(of(story, "clf")) == {"accuracy_score"}
    assert set(of(story, "scored")) == {"score"}


def test_settings_as_the_code_says_them(kernel) -> None:
    story = kernel.run(
        DATA
        + "from sklearn.tree import DecisionTreeClassifier\nfrom sklearn.model_selection import train_test_split",
        "class Mine:\n    def __init__(self, hidden_size):\n        self.weights = [0] * hidden_size\n"
        "    def fit(self, X, y):\n        self.cost_memo = [3.0, 2.0, 1.5]\n        return self\n    def predict(self, X):\n        return X[:, 0]",
        "mine = Mine(hidden_size=50).fit(X, y)",
        "both = {'tree': DecisionTreeClassifier(max_depth=3, random_state=0), 'linear': LogisticRegression(C=2)}\n"
        "A, B, a, b = train_test_split(X, y, random_state=0)\nboth['tree'].fit(A, a)\nboth['linear'].fit(A, a)",
        "n_steps = 3",
        "for place, n_steps in enumerate([5, 10]):\n    last = LogisticRegression(max_iter=100 * n_steps).fit(X, y)",
    )
    assert story.errors == []
    mine, tree, linear, *steps = story.models
    assert mine.params["hidden_size"] == "50"
    assert mine.metrics["cost_memo"] == [3.0, 2.0, 1.5]
    assert (
        tree.params["train_test_split.random_state"] == "0"
    )  # though the tree has such a seed too
    assert "DecisionTreeClassifier.max_depth" not in linear.params
    assert [one.params["n_steps"] for one in steps] == ["5", "10"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("k_means", True),
        ("bisectingKMeans", True),
        ("my_kmeans2", True),
        ("fit_gmm", True),
        ("logistic_regression_gd", True),
        ("plot_kmeans", False),
        ("kmeans_predict", False),
        ("init_centers", False),
        ("load_regression_data", False),
    ],
)
def test_functions_that_are_called_as_an_algorithm(name: str, found: bool) -> None:
    assert names_algorithm(name) == found


def test_the_root_of_an_error_that_a_loop_measures_is_told_beside_it(kernel) -> None:
    story = kernel.run(
        TWO,
        "from sklearn.linear_model import Ridge\nfrom sklearn.metrics import mean_squared_error\n"
        "for alpha in (1, 30):\n    m = Ridge(alpha).fit(X, y)\n    mse = mean_squared_error(y, m.predict(X))\n"
        "    rmse = np.sqrt(mse)",
    )
    assert story.by_variable("m").metrics["rmse"] == [pytest.approx(kernel.ask("float(rmse)"))]


def test_a_cost_in_an_array_of_one_is_a_number(kernel) -> None:
    story = kernel.run(
        TWO, "e = (y - linear.predict(X)).reshape(-1, 1)\ncost = e.T @ e / (2.5 * len(y))"
    )
    assert story.by_variable("linear").metrics["cost"] == [
        pytest.approx(kernel.ask("float(cost[0, 0])"))
    ]


def test_a_function_of_a_local_module_gives_a_metric_by_what_it_returns(kernel, tmp_path) -> None:
    (tmp_path / "own_checks.py").write_text(
        "def check(truth, guess):\n    rmse = ((truth - guess) ** 2).mean() ** 0.5\n    return rmse\n"
    )
    story = kernel.run(
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n" + TWO,
        "from own_checks import check\nfound = check(y, linear.predict(X))",
        "sys.path.pop(0)",
    )
    assert story.by_variable("linear").metrics["rmse"] == [
        pytest.approx(kernel.ask("float(found)"))
    ]
