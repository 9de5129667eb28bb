"""Turns of a loop that make other columns of the data are other models; other rows, and columns that follow from the data, are not."""

from __future__ import annotations

import pytest

DATA = """
import numpy as np, pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold, cross_val_score
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest
rng = np.random.default_rng(0)
x = np.linspace(0, 1, 40)[:, None]; X = rng.normal(size=(40, 6)); y = X[:, 0] + x[:, 0]; c = (y > 0) * 1
table = pd.DataFrame(X, columns=list("abcdef"))
texts = np.array([f"a{i % 7} b{i % 11} c{i % 3} {'odd%d' % i if i % 2 else ''}" for i in range(40)])
def powers(x, degree): return np.hstack([x ** p for p in range(1, degree + 1)])
def fitted(degree):
    return LinearRegression().fit(powers(x, degree), y)
def subset(model, chosen):
    part = X[:, sorted(chosen)]
    return mean_squared_error(y, model.fit(part, y).predict(part))
"""
APART = {
    "settings of a helper": "for d in (1, 4, 9):\n    P = PolynomialFeatures(degree=d).fit_transform(x)\n    m = LinearRegression().fit(P, y)\n    print(mean_squared_error(y, m.predict(P)))",
    "of the same object": "m = LinearRegression()\nfor d in (1, 4, 9):\n    P = PolynomialFeatures(d).fit(x).transform(x)\n    m.fit(P, y)",
    "as many columns": "for s in ((0, 1), (0, 2), (1, 3)):\n    Z = MinMaxScaler(feature_range=s).fit_transform(X)\n    LinearRegression().fit(Z, y)",
    "by hand": "for d in range(1, 4):\n    P = powers(x, d)\n    LinearRegression().fit(P, y)",
    "in a function": "kept = [fitted(d) for d in (1, 2, 5)]",
    "first columns": "for k in (2, 3, 5):\n    LinearRegression().fit(X[:, :k], y)",
    "names of columns": "for names in (['a'], ['a', 'b'], ['a', 'b', 'c']):\n    LinearRegression().fit(table[names], y)",
    "cross-validated": "m = LinearRegression()\nfor d in (1, 2, 3):\n    P = PolynomialFeatures(d).fit_transform(x)\n    print(cross_val_score(m, P, y).mean())",
    "folds in each": "for d in (1, 2, 3):\n    P = powers(x, d)\n    for a, b in KFold(4).split(P):\n        LinearRegression().fit(P[a], y[a])",
}
ONE = {
    "other rows": "for n in range(9):\n    r = rng.integers(0, 40, 30)\n    LinearRegression().fit(X[r], y[r])",
    "words of each fold": "for a, b in KFold(4).split(texts):\n    V = CountVectorizer().fit_transform(texts[a])\n    LogisticRegression().fit(V, c[a])",
    "words of each fold, one object": "v = CountVectorizer()\nfor n in range(4):\n    a = rng.integers(0, 40, 20 + n)\n    a[:2] = 0, 39\n    LogisticRegression().fit(v.fit_transform(texts[a]), c[a])",
    "words of other columns, fitted first": "from sklearn.feature_extraction import DictVectorizer\nrows = table.assign(kind=[f'k{i % 5}' for i in range(40)])\nfor name in ['kind', 'a', 'b', 'c']:\n    names = list(rows.columns)\n    names.remove(name)\n    dicts = rows[names].to_dict(orient='records')\n    v = DictVectorizer(sparse=False)\n    v.fit(dicts)\n    V = v.transform(dicts)\n    m = LogisticRegression().fit(V, c)",
    "column after column": "chosen = []\nfor k in range(4):\n    errors = {j: subset(LinearRegression(), chosen + [j]) for j in range(6) if j not in chosen}\n    chosen.append(min(errors, key=errors.get))",
    "without end": "m = LinearRegression(); chosen = set(range(6))\nwhile len(chosen) > 1:\n    errors = [(subset(m, chosen - {j}), j) for j in chosen]\n    chosen.discard(min(errors)[1])",
    "a helper refitted": "s = StandardScaler()\nfor a, b in KFold(4).split(X):\n    m = LinearRegression().fit(s.fit_transform(X[a]), y[a])",
}


@pytest.mark.parametrize("name", APART)
def test_turns_that_set_the_columns_are_models_of_their_own(kernel, name):
    story = kernel.run(DATA, APART[name])
    assert not story.errors
    assert [one.model_class for one in story.models if one.model_class] == ["LinearRegression"] * 3


@pytest.mark.parametrize("name", ONE)
def test_other_rows_and_searches_for_columns_are_one_model(kernel, name):
    story = kernel.run(DATA, ONE[name])
    assert not story.errors
    assert len([one for one in story.models if one.model_class]) == 1


def test_what_tells_turns_apart_is_told(kernel):
    story = kernel.run(DATA, APART["settings of a helper"], APART["first columns"])
    by_helper, by_columns = story.models[:3], story.models[3:]
    assert [one.params.get("PolynomialFeatures.degree") for one in by_helper] == ["1", "4", "9"]
    assert [len(one.metrics["mean_squared_error"]) for one in by_helper] == [1, 1, 1]
    assert [one.params.get("n_features_in") for one in by_columns] == ["2", "3", "5"]
    assert "n_features_in" not in by_helper[0].params
