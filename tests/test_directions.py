"""Whether more is better is told by the name."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.directions import direction, primary


@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("accuracy", "max"),
        ("f1_score:y_test", "max"),
        ("roc_auc", "max"),
        ("r2", "max"),
        ("val_loss", "min"),
        ("training_log_loss", "min"),
        ("rmse", "min"),
        ("root_mean_squared_error", "min"),
        ("mean_absolute_error", "min"),
        ("neg_mean_squared_error", "max"),
        ("AIC", "min"),
        ("max_error", "min"),
        ("explained_variance", "max"),
        ("timeliness", "max"),
        ("mean_reciprocal_rank", "max"),
        ("lr_accuracy", "max"),
        ("n_errors", "min"),
        ("learning_rate", None),
        ("train/lr", None),
        ("lr-Adam", None),
        ("epoch", None),
        ("n_features", None),
        ("macro avg.support", None),
        ("system/cpu_time", None),
        *(
            (one, "min")
            for one in (
                "rss",
                "test_sse",
                "wcss",
                "aicc",
                "hqic",
                "mase",
                "msle",
                "nrmse",
                "crps",
                "nlpd",
            )
        ),
        ("process_score", "max"),
    ],
)
def test_direction(metric: str, better: str | None) -> None:
    assert direction(metric) == better


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ({}, None),
        ({"system/cpu": 9}, None),
        ({"loss": 5, "accuracy": 5}, "accuracy"),
        ({"train_accuracy": 5, "val_accuracy": 5}, "val_accuracy"),
        ({"accuracy": 1, "rmse": 10}, "rmse"),
        ({"whatever": 3}, "whatever"),
        ({"learning_rate": 9, "whatever": 5}, "whatever"),
        ({"epoch": 5}, None),
    ],
)
def test_the_primary_metric_is_one_that_most_have_and_people_rank_by(
    counts: dict[str, int], name: str | None
) -> None:
    assert primary(counts) == name
