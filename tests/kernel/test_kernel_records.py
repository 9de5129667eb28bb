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
        ("table['model']", None),
        ("table.loc[mask, 'model']", None),
        ("table.loc[9, 'model']", None),
        ("table.loc[4, 'model'][0]", None),
        ("nothing.loc[4, 'model']", None),
    ],
)
def test_the_object_in_a_cell_of_a_table(expression: str, found: object) -> None:
    assert object_at(ast.parse(expression, mode="eval").body, NAMES.get) is found
