"""Records that hold a model and its metrics: whose a number is, the model beside it says."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.cells.objects import object_at
from jupyterlab_mlops.kernel.measures.records import records_in

pytest.importorskip("sklearn")
pd = pytest.importorskip("pandas")
RIDGES = (
    DATA + "import pandas as pd\nfrom sklearn.linear_model import Ridge\n"
    "def process(alpha):\n    line = Ridge(alpha=alpha).fit(X, y)\n    rss = ((line.predict(X) - y) ** 2).sum()\n"
    "    return {'model': line, 'RSS': rss}"
)


def rss(story) -> list[float]:
    return [one.metrics["rss"][-1] for one in story.models if "rss" in one.metrics]


def test_a_list_of_records_tells_each_models_metric(kernel) -> None:
    story = kernel.run(RIDGES, "table = pd.DataFrame([process(alpha) for alpha in (1, 10, 100)])")
    assert story.errors == []
    assert rss(story) == [pytest.approx(one) for one in kernel.ask("table.RSS.tolist()")]
    assert story.run.metrics == {}


def test_the_best_of_each_size_is_kept_in_a_table(kernel) -> None:
    story = kernel.run(
        RIDGES
        + "\ndef best(size):\n    found = pd.DataFrame([process(size * k) for k in (1, 2, 3)])\n"
        "    return found.loc[found['RSS'].argmin()]",
        "chosen = pd.DataFrame(columns=['RSS', 'model'])\nfor size in (10, 100):\n    chosen.loc[size] = best(size)",
    )
    assert story.errors == []
    assert len(story.models) == 6
    kept = kernel.ask("[float(one) for one in chosen.RSS]")
    assert rss(story) == [pytest.approx(one) for one in kept]


def test_what_a_record_says_of_a_model_of_an_earlier_cell_is_not_told_again(kernel) -> None:
    story = kernel.run(RIDGES, "one = process(1)", "again = {'model': one['model'], 'RSS': 3.5}")
    assert rss(story) == [pytest.approx(kernel.ask("float(one['RSS'])"))]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ({"model": 1, "loss": 2}, 1),
        ([{"a": 1, "b": 2}, {"a": 3, "b": 4}], 2),
        ({"first": {"a": 1, "b": 2}, "second": {"a": 3, "b": 4}}, 3),
        (pd.DataFrame({"model": [object()], "loss": [0.5]}), 1),
        (pd.DataFrame({"loss": [0.5]}), 0),
        ([{"a": 1}, {1: 2, 2: 3}, 4], 0),
        ("text", 0),
    ],
    ids=["dict", "list", "dict of dicts", "table", "numbers alone", "no records", "text"],
)
def test_what_is_a_record(value: object, count: int) -> None:
    assert len(list(records_in(value))) == count


MODEL = object()
TABLE = pd.DataFrame({"model": [None, MODEL], "loss": [0.5, 0.25]}, index=[3, 4])
NAMES = {"table": TABLE, "column": TABLE["model"], "place": 4, "mask": TABLE.loss < 0.3}
NAMES["named"] = pd.Series([MODEL, None], index=["a", "b"])


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("table.loc[4, 'model']", MODEL),
        ("table.loc[place, 'model']", MODEL),
        ("table.iloc[-1, 0]", MODEL),
        ("table.at[4, 'model']", MODEL),
        ("table['model'][4]", MODEL),
        ("table['model'].iloc[1]", MODEL),
        ("table.loc[4]['model']", MODEL),
        ("column[4]", MODEL),
        ("column.iloc[-1]", MODEL),
        ("named['a']", MODEL),
        ("named[0]", None),  # pandas warns of it, in the user's output
        ("table['model']", None),
        ("table.loc[mask, 'model']", None),
        ("table.loc[9, 'model']", None),
        ("table.loc[4, 'model'][0]", None),
        ("nothing.loc[4, 'model']", None),
    ],
)
def test_the_object_in_a_cell_of_a_table(expression: str, found: object) -> None:
    assert object_at(ast.parse(expression, mode="eval").body, NAMES.get) is found


def test_rows_of_a_table_of_what_was_told_are_not_told_again(kernel) -> None:
    story = kernel.run(
        RIDGES + "\nfrom sklearn.metrics import mean_absolute_error, r2_score\n"
        "def measured(p):\n    return {'MAE': mean_absolute_error(y, p), 'R²': r2_score(y, p)}\n"
        "one, two = Ridge(1.0).fit(X, y), Ridge(300.0).fit(X, y)",
        "table = pd.DataFrame([measured(one.predict(X)), measured(two.predict(X))], index=['one', 'two'])",
        "for name, row in table.iterrows():\n    print(name)\n    print(f\"  MAE: {row['MAE']:.4f}\")\n"
        "best = table.loc[table['MAE'].idxmin()]\nprint(f\"best (MAE): {best['MAE']:.4f}\")",
    )
    assert story.errors == []
    assert story.run.metrics == {}
    assert [sorted(one.metrics) for one in story.models] == [
        ["mean_absolute_error", "r2_score"]
    ] * 2


def test_losses_that_a_function_returns_only_if_it_is_told_to(kernel) -> None:
    story = kernel.run(
        DATA + "def train(X, y, rate, rounds, keep=False):\n    w = np.zeros(X.shape[1])\n"
        "    if keep:\n        losses = []\n    for _ in range(rounds):\n        error = X @ w - y\n"
        "        if keep:\n            losses.append((error ** 2).mean())\n        w -= rate * X.T @ error / len(y)\n"
        "    if keep:\n        return losses, w\n    return None",
        "info = train(X, y, 0.1, 7, keep=True)\nlosses, w = info",
    )
    assert story.errors == []
    (model,) = story.models
    assert model.metrics["loss"] == pytest.approx(kernel.ask("[float(one) for one in losses]"))


def test_where_the_best_begins_is_no_setting(kernel) -> None:
    story = kernel.run(
        RIDGES,
        "best_r2, best_rank = 0, 3\nfor alpha in (1, 10):\n    m = Ridge(alpha=alpha).fit(X, y)\n"
        "    if m.score(X, y) > best_r2:\n        best_r2 = m.score(X, y)\n    rank = best_rank",
    )
    assert "best_r2" not in story.models[0].params
    assert story.models[0].params["best_rank"] == "3"
