"""Statistics of several fits in one table, differences of metrics, settings that a condition has chosen."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest
from test_kernel_frameworks import needs
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.measures.expressions import is_gap
from jupyterlab_mlops.kernel.measures.metrics import metric_strength
from jupyterlab_mlops.kernel.source.installed import is_installed
from jupyterlab_mlops.kernel.source.usercode import is_own_file

pytest.importorskip("sklearn")

FITS = """
import statsmodels.api as sm
from statsmodels.iolib.summary2 import summary_col
one = sm.OLS(X[:, 0], sm.add_constant(X[:, 1])).fit()
other = sm.OLS(X[:, 0], sm.add_constant(X[:, 1:3])).fit()
"""


@needs("statsmodels")
@pytest.mark.parametrize(
    "table",
    [
        "print(summary_col([one, other]))",
        "summary_col([one, other]).as_text()",
        "fits = [one, other]\nsummary_col(fits)",
    ],
)
def test_statistics_in_a_table_of_fits_are_each_its_models(kernel, table) -> None:
    story = kernel.run(DATA, FITS, table, table)
    assert story.errors == []
    for seen, name in zip(story.models, ("one", "other"), strict=True):
        assert seen.metrics == {
            which: [pytest.approx(kernel.ask(f"float({name}.{which})"))]
            for which in ("rsquared", "rsquared_adj")
        }


@needs("statsmodels")
def test_a_table_that_shows_no_statistics_or_is_not_shown_tells_none(kernel) -> None:
    story = kernel.run(
        DATA,
        FITS,
        "table = summary_col([one, other])",
        "def sizes(fits):\n    return [str(round(fit.rsquared) + fit.nobs) for fit in fits]\nprint(sizes([one, other]))",
        "summary_col([one])",
        "print(sorted([one, other], key=id)[0] is one)",
    )
    assert story.errors == []
    assert [seen.metrics for seen in (*story.models, story.run)] == [{}, {}, {}]


@needs("statsmodels")
def test_the_difference_of_two_values_of_a_metric_is_no_value_of_it(kernel) -> None:
    story = kernel.run(
        DATA,
        FITS,
        "print(other.rsquared - one.rsquared)",
        "print(round(other.rsquared - one.rsquared, 3))",
        "accuracy_gap = float(other.rsquared - one.rsquared)",
        "r2_improvement = float(other.rsquared - one.rsquared)",
        "print(1 - one.rsquared)",
    )
    assert story.errors == []
    gap = kernel.ask("float(other.rsquared - one.rsquared)")
    told = [
        value
        for seen in (*story.models, story.run)
        for rows in seen.metrics.values()
        for value in rows
    ]
    assert not any(value == pytest.approx(gap, abs=1e-3) for value in told)


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("a.rsquared - b.rsquared", True),
        ("train_acc - test_acc", True),
        ("round(100 * (rmse_1 - rmse_2), 2)", True),
        ("history['loss'] - history['val_loss']", True),
        ("1 - test_acc", False),
        ("log_loss - penalty", False),
        ("test_acc", False),
        ("acc + auc", False),
    ],
)  # fmt: skip
def test_differences_are_known_by_their_terms(text, gap) -> None:
    expression = ast.parse(text, mode="eval").body
    assert is_gap(expression) is gap


def test_names_of_differences_are_no_metrics() -> None:
    assert [metric_strength(name) for name in ("accuracy_gap", "rmse_improvement")] == [0, 0]
    assert [metric_strength(name) for name in ("nlpd", "final_nlpd", "crps")] == [2, 2, 2]


def test_mutual_information_of_what_is_called_predictions(kernel) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.metrics import mutual_info_score\nlabels_true, labels_pred = [0, 0, 1, 1], [0, 1, 1, 1]",
        "mutual_info_score(labels_true, labels_pred)",
        "first, second = labels_true, labels_pred[::-1]\nmutual_info_score(first, second)",
        "mutual_info_score(y, X[:, 0] > 5)",
    )
    value = kernel.ask("float(mutual_info_score(labels_true, labels_pred))")
    assert story.run.metrics == {"mutual_info_score": [pytest.approx(value)]}


def test_a_setting_that_a_condition_has_chosen_is_what_it_is(kernel) -> None:
    story = kernel.run(
        DATA,
        "quick = False\nrounds = 2 if quick else 50\nshare = len(X) if quick else 0.5",
        "if quick:\n    depth = 3\nelse:\n    depth = 4\nif not quick:\n    width = 5\nelse:\n    width = 6",
        "clf = SGDClassifier(max_iter=rounds, alpha=share / 100, epsilon=depth / width).fit(X, y)",
    )
    params = story.by_variable("clf").params
    assert (params["rounds"], params["depth"], params["width"]) == ("50", "4", "5")
    assert "share" not in params


METRICS = """
def negative_log_predictive_density(dist, y):
    return abs(dist - y).mean()
def predictive_density(dist, y):
    return (dist * y).mean()
def make_density(y):
    return y.mean()
def standard(y):
    return y.std()
"""
MODEL = """
class Line:
    def fit(self, X, y):
        self.level_ = float(y.mean())
        return self
    def predict(self, X):
        return X[:, 0] * 0 + self.level_
class Report:
    def __init__(self, X, y):
        self.X, self.y = X, y
    @property
    def helper(self):
        return Line().fit(self.X, self.y).level_
    def __str__(self):
        return f"level {self.helper}"
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder that packages were installed into, with a module of the user's beside them."""
    folder = tmp_path / "target"
    (folder / "lines" / "metrics").mkdir(parents=True)
    (folder / "lines" / "__init__.py").write_text(
        f"from pathlib import Path\nVERSION = (Path(__file__).parent / 'VERSION').read_text()\n{MODEL}"
    )
    (folder / "lines" / "metrics" / "__init__.py").write_text(METRICS)
    (folder / "lines" / "VERSION").write_text("1.5")
    (folder / "lines-1.5.dist-info").mkdir()
    (folder / "lines-1.5.dist-info" / "RECORD").write_text(
        "../../bin/lines,,\nlines/__init__.py,sha256=x,1\nlines/metrics/__init__.py,sha256=x,1\nlines/VERSION,,\n"
    )
    (folder / "mine.py").write_text(MODEL)
    (folder / "rows.csv").write_text("a\n1\n")
    return folder


def test_packages_are_libraries_wherever_they_are_installed(own_kernel, target) -> None:
    story = own_kernel.run(
        DATA,
        f"import sys; sys.path.insert(0, {str(target)!r})\nimport lines, mine\nfrom lines import metrics",
        f"rows = pd.read_csv({str(target / 'rows.csv')!r})",
        "line = lines.Line().fit(X + rows.a[0] + float(lines.VERSION), y)",
        "report = lines.Report(X, y)\nreport.helper",
        "print(report)",
        "nlpd = metrics.negative_log_predictive_density(line.predict(X), y)\nprint(metrics.standard(line.predict(X)))",
        "from mine import Line, Report\nown = Report(X, y)\nown.helper",
    )
    assert story.errors == []
    assert [seen.variable for seen in story.models[:1]] == ["line"]
    assert len(story.models) == 2  # the other is the fit in the user's own module
    line = story.models[0]
    assert list(line.metrics) == ["negative_log_predictive_density"]
    assert [Path(path).name for path in line.inputs] == ["rows.csv"]


def test_a_file_is_installed_if_a_record_beside_it_lists_its_folder(target, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(target))
    monkeypatch.setattr(sys, "path", [target, "gone\0folder", str(target / "gone"), *sys.path])
    inside, beside = target / "lines" / "metrics" / "_rare.py", target / "mine.py"
    assert (is_installed(str(inside)), is_own_file(str(inside))) == (True, False)
    assert (is_installed(str(beside)), is_own_file(str(beside))) == (False, True)
    assert not is_installed(str(target / "rows.csv"))
    (target / "mine-0.1.dist-info").mkdir()
    (target / "mine-0.1.dist-info" / "RECORD").write_text("mine.py,sha256=x,1\n")
    os.utime(target, (1, 1))
    assert is_installed(str(beside))  # it has been installed meanwhile
