"""Loops that go through names, keys or data sets: what each round prints or keeps is of the model that it is about."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.cells.objects import text_at
from jupyterlab_mlops.kernel.cells.rounds import MAX_ROUNDS, items_of

pytest.importorskip("sklearn")
pytest.importorskip("pandas")
MODELS = (
    DATA
    + "import pandas as pd\nfrom sklearn.linear_model import Lasso, LinearRegression, Ridge\nfrom sklearn.metrics import mean_squared_error\n"
    "ridge, lasso, ols = Ridge(alpha=9.0).fit(X, y), Lasso(alpha=0.1).fit(X, y), LinearRegression().fit(X, y)\n"
    "models = {'ridge': ridge, 'lasso': lasso, 'ols': ols}\n"
    "def interval(truth, guess):\n    return np.where(abs(truth - guess) < 0.1, 0, abs(truth - guess)).mean()"
)
TABLE = "table = pd.DataFrame({'y': y, 'pred_ridge': ridge.predict(X), 'pred_lasso': lasso.predict(X), 'pred_ols': ols.predict(X)})"
WRITTEN = (
    "table = pd.DataFrame({'y': y})\nfor name, one in models.items():\n"
    "    table[f'pred_{name}'] = one.predict(X)"
)
TRAINED = (
    "table = pd.DataFrame({'y': y})\nfor alpha in (9.0, 90.0, 900.0):\n"
    "    table[f'pred_{alpha}'] = Ridge(alpha=alpha).fit(X, y).predict(X)"
)
PRINTED = (
    "for name in ['ridge', 'lasso', 'ols']:\n    train_error = interval(table['y'], table[{key}])\n"
    "    print(f'Train set. {{name}}: {{train_error:.3f}}')\n    print('-----')"
)


@pytest.mark.parametrize("table", [TABLE, WRITTEN], ids=["made of columns", "written in a loop"])
@pytest.mark.parametrize("key", ["f'pred_{name}'", "'pred_' + name"])
def test_a_loop_prints_of_a_table_what_each_models_column_gives(
    kernel, table: str, key: str
) -> None:
    story = kernel.run(MODELS, table, PRINTED.format(key=key))
    assert story.errors == []
    assert story.run.metrics == {}
    for one in story.models:
        ((value,),) = one.metrics.values()
        exact = kernel.ask(f"float(interval(y, {one.variable}.predict(X)))")
        assert value == pytest.approx(exact, abs=0.0006)


@pytest.mark.parametrize("table", [TABLE, WRITTEN], ids=["made of columns", "written in a loop"])
def test_a_metric_of_a_column_whose_name_is_worked_out(kernel, table: str) -> None:
    story = kernel.run(
        MODELS,
        table,
        "for name in models:\n    print(name, mean_squared_error(table['y'], table.loc[:, f'pred_{name}']))",
        "key = 'pred_ols'\nmse = mean_squared_error(y, table[key])",
    )
    assert story.run.metrics == {}
    for one in story.models:
        exact = kernel.ask(f"float(mean_squared_error(y, {one.variable}.predict(X)))")
        assert all(
            value == pytest.approx(exact) for values in one.metrics.values() for value in values
        )
        assert one.metrics


def test_columns_that_models_trained_in_a_loop_have_given(kernel) -> None:
    story = kernel.run(MODELS, TRAINED, "mse = mean_squared_error(table['y'], table['pred_90.0'])")
    measured = [one for one in story.models if one.metrics]
    assert [one.params["alpha"] for one in measured] == ["90.0"]


def test_data_sets_of_other_columns_are_other_models(kernel) -> None:
    story = kernel.run(
        MODELS,
        "sets = [(X, y), (X[:, :2], y), (X[:, :3], y)]\nscores = []\nfor a, b in sets:\n"
        "    clf = LogisticRegression()\n    clf.fit(a[:80], b[:80])\n    scores.append(clf.score(a[80:], b[80:]))",
    )
    fitted = [one for one in story.models if one.model_class == "LogisticRegression"]
    assert [one.params["n_features_in"] for one in fitted] == ["4", "2", "3"]
    assert [one.metrics["score"] for one in fitted] == [[one] for one in kernel.ask("scores")]


def test_one_metric_of_two_parts_behind_the_same_words(kernel) -> None:
    story = kernel.run(
        MODELS,
        "inside, outside = interval(y[:80], ols.predict(X[:80])), interval(y[80:], ols.predict(X[80:]))\n"
        "print(f'Train set. Capped error: {inside:.4f}')\nprint(f'Test set. Capped error: {outside:.4f}')",
    )
    (one,) = [one for one in story.models if one.metrics]
    assert one.variable == "ols"
    assert {name: len(values) for name, values in one.metrics.items()} == {
        "train_set_capped_error": 1,
        "test_set_capped_error": 1,
    }


HELD = {"names": ["a", "b"], "pairs": [(1, 2), (3, 4)], "models": {"x": 5, "y": 6}, "n": 2}


@pytest.mark.parametrize(
    ("loop", "bound"),
    [
        ("for one in names: ...", [{"one": "a"}, {"one": "b"}]),
        ("for one in ('a', n): ...", [{"one": "a"}, {"one": 2}]),
        ("for a, b in pairs: ...", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        ("for key in models: ...", [{"key": "x"}, {"key": "y"}]),
        ("for key in models.keys(): ...", [{"key": "x"}, {"key": "y"}]),
        (
            "for i, (key, one) in enumerate(models.items()): ...",
            [{"i": 0, "key": "x", "one": 5}, {"i": 1, "key": "y", "one": 6}],
        ),
        ("for a, b in zip(names, [7, 8]): ...", [{"a": "a", "b": 7}, {"a": "b", "b": 8}]),
        ("for i in range(n): ...", [{"i": 0}, {"i": 1}]),
        ("for i in range(len(names)): ...", [{"i": 0}, {"i": 1}]),
        ("for i in range(0, 9, 0): ...", []),
        ("for one in sorted(names): ...", []),
        ("for one in models.pop('x'): ...", []),
        ("for one in unknown: ...", []),
        ("for a, b in names: ...", []),
        ("for table.at[0], b in pairs: ...", [{"b": 2}, {"b": 4}]),
    ],
)
def test_what_each_round_of_a_loop_binds(loop: str, bound: list[dict[str, object]]) -> None:
    (node,) = ast.parse(loop).body
    assert isinstance(node, ast.For)
    assert items_of(node, HELD) == bound


def test_of_a_long_loop_only_that_it_is_long_is_known() -> None:
    (node,) = ast.parse("for i in range(1_000_000_000): ...").body
    assert isinstance(node, ast.For)
    assert len(items_of(node, {})) == MAX_ROUNDS + 1


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'a'", "a"),
        ("key", "k"),
        ("f'pred_{key}'", "pred_k"),
        ("f'pred_{n}_{0.5}'", "pred_2_0.5"),
        ("'pred_' + key + '!'", "pred_k!"),
        ("f'pred_{n:02d}'", None),
        ("f'pred_{key!r}'", None),
        ("f'pred_{held}'", None),
        ("n", None),
        ("key + n", None),
        ("key.upper()", None),
    ],
)
def test_a_key_that_is_worked_out(expression: str, text: str | None) -> None:
    node = ast.parse(expression, mode="eval").body
    assert text_at(node, {"key": "k", "n": 2, "held": []}.get) == text
