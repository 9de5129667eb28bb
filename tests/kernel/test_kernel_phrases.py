"""What is left out of printed text, or moved, before it is read."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.kernel.measures.metrics import tidy
from jupyterlab_mlops.kernel.measures.phrases import without_attempts
from jupyterlab_mlops.kernel.measures.series import parse

TRACE = """Performing stepwise search to minimize aic
 ARIMA(2,1,2)(1,0,1)[12] intercept   : AIC=93.916, Time=0.51 sec
 ARIMA(0,1,0)                        : AIC=95.1, Time=0.01 sec

Best model:  ARIMA(0,1,0)
Final AIC: 95.1
"""


def test_models_that_a_search_has_tried_are_left_out() -> None:
    kept = without_attempts(TRACE)
    assert "AIC=" not in kept
    assert "Final AIC: 95.1" in kept
    assert len(without_attempts(TRACE, timed=True)) == len(TRACE)  # marks in it stay right


FLAML = """[flaml.automl.logger: 11-24 13:38:51] {3006} INFO - iteration 0, current learner rf
[flaml.automl.logger: 11-24 13:38:51] {3192} INFO -  at 0.1s,\testimator rf's best error=4.6970e-01,\tbest estimator rf's best error=4.6970e-01
Best accuracy: 0.62
"""


def test_learners_that_flaml_has_tried_are_left_out() -> None:
    kept = without_attempts(FLAML)
    assert len(kept) == len(FLAML)
    assert [(point.name, point.value) for point in parse(kept)] == [("best_accuracy", 0.62)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Normalized RSS  (Test): 0.52", "normalized_rss_test"),
        ("Test  RSS: 0.52", "test_rss"),
        ("Train    accuracy = 0.52", "train_accuracy"),
    ],
)
def test_a_label_is_one_whatever_blanks_are_in_it(line: str, name: str) -> None:
    (point,) = parse(line)
    assert (tidy(point.name), point.value) == (name, 0.52)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Accuracy with k=5: 0.52", "accuracy"),
        ("Accuracy (k=5): 0.52", "accuracy"),
        ("Accuracy for k = 5 is 0.52", "accuracy"),
        ("AUC (n = 100) = 0.52", "auc"),
        ("F1 at threshold 0.3: 0.52", "f1"),
        ("RMSE using degree 2: 0.52", "rmse"),
        ("The IBA using alpha=0.1 and the geometric mean: 0.52", "iba_and_the_geometric_mean"),
        ("Train set. Concordance index:0.52", "train_set_concordance_index"),
        ("Test accuracy (macro): 0.52", "test_accuracy_macro"),
    ],
)
def test_a_metric_is_not_the_setting_that_is_said_beside_it(line: str, name: str) -> None:
    (point,) = parse(line, led=True)
    assert (tidy(point.name), point.value) == (name, 0.52)


def test_a_class_is_no_setting() -> None:
    assert parse("accuracy for class 3: 0.9") == []


def test_a_line_alone_is_of_the_part_of_the_data_that_it_begins_with() -> None:
    line = "Test results: loss: 0.4"
    assert [one.name for one in parse(line)] == ["loss"]
    assert [one.name for one in parse(line, led=True)] == ["test_loss"]


@pytest.mark.parametrize(
    ("line", "points"),
    [
        (
            "Tree: 0.0255 (error) = 0.0003 (bias^2)  + 0.0152 (var) + 0.0098 (noise)",
            {"error": 0.0255, "bias2": 0.0003, "var": 0.0152},
        ),
        ("0.0324 (mse), 0.0108 (mae)", {"mse": 0.0324, "mae": 0.0108}),
        ("MSE: 0.5 (train), 0.6 (test)", {"MSE_train": 0.5, "MSE_test": 0.6}),
        ("loss: 0.5 (error)", {"loss": 0.5}),
        ("Accuracy: 0.95 (best score), epoch 3", {"accuracy": 0.95}),
        ("accuracy: 0.93 (train)", {"accuracy": 0.93}),
    ],
)
def test_names_stand_behind_their_numbers_too(line: str, points: dict[str, float]) -> None:
    assert {one.name: one.value for one in parse(line)} == points


def test_what_a_line_says_of_residuals_is_named_after_them() -> None:
    line = "Residual: mean = 0.011, standard deviation = 0.432"
    found = {one.name: one.value for one in parse(line)}
    assert found == {"residual_mean": 0.011, "residual_standard_deviation": 0.432}
    assert parse("weights: 0.3, bias: 0.5, variance: 0.2") == []  # nor is there an error


def test_a_number_alone_is_of_the_label_on_the_line_above() -> None:
    found = parse("Macro-averaged ROC AUC score:\n0.78\nRows:\n30\nAccuracy score:\n[0.3 0.4]")
    assert [(one.name, one.value, one.line) for one in found] == [
        ("macro_averaged_roc_auc_score", 0.78, 1)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "ROC of class 0",
        "Feature: 3, Score: 0.55",
        "feature age: score=0.2",
        "Word: dog, score: 1.2",
    ],
)
def test_what_a_feature_or_a_word_scores_measures_no_model(line: str) -> None:
    assert parse(line) == []
