"""Scores that a cell shows in tables: rounded, asked of models that the statement finds by itself, in parts of summaries."""

from __future__ import annotations

import ast

import pytest
from test_kernel_frameworks import needs
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.measures.fold_statistics import tells_apart
from jupyterlab_mlops.kernel.measures.kept import kept_attributes, read_attributes
from jupyterlab_mlops.kernel.measures.values import rounded

pytest.importorskip("sklearn")
pytest.importorskip("pandas")

SCORED = """
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
def score_estimator(model, X, y):
    rows = []
    for label, metric in [("R2", r2_score), ("MAE", mean_absolute_error)]:
        rows.append({"metric": label, "score": metric(y, model.predict(X))})
    return pd.DataFrame(rows).set_index("metric").score.round(4)
model = Ridge().fit(X[:, 1:], X[:, 0])
"""
FITS = """
import pandas as pd
import statsmodels.api as sm
one = sm.OLS(X[:, 0], sm.add_constant(X[:, 1])).fit()
other = sm.OLS(X[:, 0], sm.add_constant(X[:, 1:3])).fit()
"""


@pytest.mark.parametrize(
    "shown",
    [
        "scores = score_estimator(model, X[:, 1:], X[:, 0])\nprint(scores)",
        "score_estimator(model, X[:, 1:], X[:, 0])",
        "table = pd.DataFrame(columns=['R2', 'MAE'])\n"
        "def add(model):\n"
        "    p = model.predict(X[:, 1:])\n"
        "    table.loc[len(table)] = [round(r2_score(X[:, 0], p), 3), round(mean_absolute_error(X[:, 0], p), 3)]\n"
        "add(model)\ntable",
    ],
)
def test_scores_that_a_function_gives_rounded_come_out(kernel, shown) -> None:
    story = kernel.run(DATA, SCORED, shown)
    assert story.errors == []
    found = story.models[0].metrics
    assert found == {
        "r2_score": [pytest.approx(kernel.ask("r2_score(X[:, 0], model.predict(X[:, 1:]))"))],
        "mean_absolute_error": [
            pytest.approx(kernel.ask("mean_absolute_error(X[:, 0], model.predict(X[:, 1:]))"))
        ],
    }


def test_what_a_function_measures_and_keeps_to_itself_is_told_by_no_rounded_data(kernel) -> None:
    story = kernel.run(
        DATA,
        SCORED,
        "def quiet(model):\n    r2_score(X[:, 0], model.predict(X[:, 1:]))\n    return [0.5, 12.0, 7, 3.123456789]\nquiet(model)",
    )
    assert story.models[0].metrics == {}


def test_rounded_numbers_are_known_by_their_decimals() -> None:
    assert rounded([0.951, 12.0, 3.0, 0.123456789, 45.12]) == [(0.951, 3), (45.12, 2)]
    assert rounded([0.25] * 201) == []


@needs("statsmodels")
@pytest.mark.parametrize(
    "shown",
    [
        "pd.Series({'a': one, 'b': other}).map(lambda r: r.aic)",
        "pd.DataFrame([(name, r.aic) for name, r in [('a', one), ('b', other)]], columns=['fit', 'AIC'])",
        "pd.DataFrame({name: {'AIC': r.aic} for name, r in {'a': one, 'b': other}.items()})",
        "[round(r.aic, 3) for r in [one, other]]",
        "fits = pd.DataFrame({'fit': [one, other]})\nfits.apply(lambda row: row['fit'].aic, axis=1)",
        "fits = pd.DataFrame({'fit': [one, other]})\nprint(fits.loc[0, 'fit'].aic, fits.loc[1, 'fit'].aic)",
        "def judged(fit):\n    return [fit.aic]\npd.DataFrame([judged(one), judged(other)])",
        "r = one\npd.Series([one, other]).map(lambda r: {'aic': r.aic}).tolist()",
    ],
)
def test_attributes_of_models_that_a_statement_finds_are_each_its_models(kernel, shown) -> None:
    story = kernel.run(DATA, FITS, shown)
    assert story.errors == []
    for seen, name in zip(story.models, ("one", "other"), strict=True):
        assert seen.metrics == {"aic": [pytest.approx(kernel.ask(f"float({name}.aic)"))]}
    assert story.run.metrics == {}


@needs("statsmodels")
def test_attributes_that_do_not_come_out_are_not_taken(kernel) -> None:
    story = kernel.run(
        DATA, FITS, "best = min([one, other], key=lambda r: r.aic)", "len([r.aic for r in [one]])"
    )
    assert [seen.metrics for seen in (*story.models, story.run)] == [{}, {}, {}]


def test_attributes_named_like_metrics_are_those_not_called() -> None:
    assert read_attributes(ast.parse("m.score(X), m.aic, m.inertia_, m.coef_")) == [
        "aic",
        "inertia_",
    ]


def test_names_bound_in_a_lambda_are_no_models_of_the_notebook() -> None:
    kept = kept_attributes(ast.parse("f(lambda r: [r.aic, m.bic])").body[0])
    assert [one.attribute for one in kept] == ["bic"]


@needs("statsmodels")
def test_of_one_table_of_a_summary_only_what_it_shows_is_taken(kernel) -> None:
    story = kernel.run(
        DATA, FITS, "print(one.summary().tables[1])", "print(other.summary().tables[0])"
    )
    assert story.errors == []
    first, second = story.models
    assert first.metrics == {}
    assert {"rsquared", "rsquared_adj", "aic", "bic", "llf"} == set(second.metrics)
    assert story.run.metrics == {}


@needs("statsmodels")
def test_summaries_that_a_loop_prints_are_each_its_models(kernel) -> None:
    story = kernel.run(DATA, FITS, "for fit in [one, other]:\n    print(fit.summary())")
    for seen, name in zip(story.models, ("one", "other"), strict=True):
        assert seen.metrics["rsquared"] == [pytest.approx(kernel.ask(f"float({name}.rsquared)"))]
    assert story.run.metrics == {}


@needs("statsmodels")
def test_a_summary_that_no_name_leads_to_is_its_fit_s(kernel) -> None:
    story = kernel.run(
        DATA,
        FITS,
        "fits = iter([one, other])",
        "next(fits).summary()",
        "def show(fit):\n    print(fit.summary())\nshow(next(fits))",
    )
    assert story.errors == []
    for seen, name in zip(story.models, ("one", "other"), strict=True):
        assert set(seen.metrics) == {"rsquared", "rsquared_adj", "aic", "bic", "llf"}
        assert seen.metrics["llf"] == [pytest.approx(kernel.ask(f"float({name}.llf)"))]
    assert story.run.metrics == {}


@pytest.mark.parametrize(
    "shown", ["tp / (tp + fn), tn / (tn + fp)", "print(tp / (tp + fn), round(tn / (tn + fp), 3))"]
)
def test_rates_of_counts_that_are_shown_are_metrics(kernel, shown) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.tree import DecisionTreeClassifier\n"
        "from sklearn.metrics import confusion_matrix\n"
        "two = y == 1\n"
        "tree = DecisionTreeClassifier(max_depth=1).fit(X, two)\n"
        "tn, fp, fn, tp = confusion_matrix(two, tree.predict(X)).ravel()",
        shown,
    )
    assert story.errors == []
    assert story.models[0].metrics == {
        "recall": [pytest.approx(kernel.ask("float(tp / (tp + fn))"))],
        "specificity": [pytest.approx(kernel.ask("float(tn / (tn + fp))"))],
    }


def test_importances_of_columns_without_names_are_no_metrics(kernel) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.tree import DecisionTreeClassifier\n"
        "tree = DecisionTreeClassifier(max_depth=2).fit(X, y)",
        "{f'f{place}': float(one) for place, one in enumerate(tree.feature_importances_)}",
    )
    assert [seen.metrics for seen in (*story.models, story.run)] == [{}, {}]


TWO = """
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
one = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
two = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
guesses = {"one": one.predict(X), "two": two.predict(X)}
def error_rate(truth, guess):
    return np.mean(truth != guess)
"""


@pytest.mark.parametrize(
    "shown",
    [
        "pd.Series({name: np.mean(p != y) for name, p in guesses.items()})",
        "table = pd.DataFrame({name: {'error': (p != y).mean()} for name, p in guesses.items()}).T",
        "[error_rate(y, p) for p in guesses.values()]",
        "pd.DataFrame([(type(m).__name__, error_rate(y, m.predict(X))) for m in (one, two)])",
        "p = two.predict(X)\n[np.mean(m.predict(X) != y) for m in (one, two)]",
    ],
)
def test_metrics_of_a_comprehension_are_each_the_models_of_its_item(kernel, shown) -> None:
    story = kernel.run(DATA, TWO, shown)
    assert story.errors == []
    for seen, name in zip(story.models, ("one", "two"), strict=True):
        wrong = kernel.ask(f"float(np.mean({name}.predict(X) != y))")
        assert seen.metrics == {"error_rate": [pytest.approx(wrong)]}
    assert story.run.metrics == {}


def test_of_predictions_made_and_printed_in_one_comprehension_no_value_is_another_models(
    kernel,
) -> None:
    story = kernel.run(DATA, TWO, "print({m: np.mean(m.predict(X) != y) for m in (one, two)})")
    for seen, name in zip(story.models, ("one", "two"), strict=True):
        wrong = kernel.ask(f"float(np.mean({name}.predict(X) != y))")
        assert all(value == pytest.approx(wrong) for (value,) in seen.metrics.values())


def test_the_argument_of_a_lambda_is_not_what_is_called_so_at_top_level(kernel) -> None:
    story = kernel.run(
        DATA,
        TWO,
        "p = one.predict(X)\npd.DataFrame(guesses).apply(lambda p: accuracy_score(y, p))",
    )
    assert [seen.metrics for seen in story.models] == [{}, {}]
    assert len(story.run.metrics["accuracy_score"]) == 2


@pytest.mark.parametrize(
    "kept",
    [
        "rows = []\nfor depth in (1, 2):\n"
        "    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)\n"
        "    rows.append([depth, np.mean(tree.predict(X) == y)])\npd.DataFrame(rows)",
        "table = pd.DataFrame(columns=['depth', 'accuracy'])\nfor depth in (1, 2):\n"
        "    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)\n"
        "    table.loc[len(table)] = [depth, np.mean(tree.predict(X) == y)]\ntable",
        "found = {}\nfor depth in (1, 2):\n"
        "    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)\n"
        "    found[depth] = (tree.predict(X) == y).mean()\nfound",
    ],
)
def test_rows_of_a_loop_with_metrics_written_by_hand_are_each_its_models(kernel, kept) -> None:
    story = kernel.run(DATA, "from sklearn.tree import DecisionTreeClassifier\n" + kept)
    assert story.errors == []
    values = [seen.metrics for seen in story.models]
    assert [list(one) for one in values] == [["accuracy"], ["accuracy"]]
    assert values[0] != values[1]
    assert story.run.metrics == {}


def test_columns_that_a_table_is_made_of_are_told_apart(kernel) -> None:
    story = kernel.run(
        DATA,
        TWO,
        "table = pd.DataFrame({'y': y, 'one': one.predict(X), 'two': two.predict(X)})",
        "accuracy_score(table['y'], table['one'])",
        "accuracy_score(table.y, table.two)",
    )
    assert [list(seen.metrics) for seen in story.models] == [["accuracy_score"]] * 2
    assert story.run.metrics == {}


def test_a_table_shown_in_colour_and_the_root_of_a_best_score_are_seen(kernel) -> None:
    pytest.importorskip("jinja2")
    story = kernel.run(
        DATA,
        SCORED,
        "score_estimator(model, X[:, 1:], X[:, 0]).to_frame().style.format('{:.2f}')",
        "from sklearn.model_selection import GridSearchCV\n"
        "search = GridSearchCV(Ridge(), {'alpha': [1, 2]}, scoring='neg_mean_squared_error').fit(X[:, 1:], X[:, 0])",
        "np.sqrt(-search.best_score_)",
    )
    assert story.errors == []
    assert set(story.models[0].metrics) == {"r2_score", "mean_absolute_error"}
    root = story.models[1].metrics["root_best_score"]
    assert root == [pytest.approx(kernel.ask("float(np.sqrt(-search.best_score_))"))]


def test_folds_that_are_alike_give_no_number_that_is_known_again(kernel) -> None:
    assert [tells_apart(one) for one in (0.0, 0.25, 1e-17, 0.0279508497187, -3.5e9)] == [
        False,
        False,
        False,
        True,
        False,
    ]
    story = kernel.run(
        DATA,
        "from sklearn.dummy import DummyClassifier\n"
        "from sklearn.model_selection import cross_val_score\n"
        "cross_val_score(DummyClassifier(), X, y, cv=5)",
        "print(np.zeros(2).sum())\n{'rate': 0.0}",
    )
    assert [len(seen.metrics) for seen in story.models] == [2]
    assert story.run.metrics == {}
