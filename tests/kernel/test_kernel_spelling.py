"""Numbers as people print them."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.kernel.measures.metric_names import related, spelt_alike, unique_name
from jupyterlab_mlops.kernel.measures.series import parse
from jupyterlab_mlops.kernel.measures.spelling import plain_numbers


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("MSE: 1,234.56", [("mse", 1234.56)]),
        ("RMSE = $12,345.67", [("rmse", 12345.67)]),
        ("MAE (USD): 1,000,000", [("mae_usd", 1_000_000)]),
        ("precision @ k=1,000: 48.80%", [("precision@1000", 48.80)]),
        ("recall @k=5 = 0.31", [("recall@5", 0.31)]),
        ("loss: 1,2", [("loss", 1.0)]),
        ("loss: 0.5,acc: 0.25", [("loss", 0.5), ("acc", 0.25)]),
    ],
)
def test_numbers_are_read_as_they_were_meant(text: str, points: list[tuple[str, float]]) -> None:
    assert [(one.name, one.value) for one in parse(plain_numbers(text))] == points


@pytest.mark.parametrize(
    "text", ["$1,234.50 and 2,000 left", "1,2 and 1,234,5", "a@k=5", "v1,200x"]
)
def test_what_follows_stays_where_it_was(text: str) -> None:
    plain = plain_numbers(text)
    assert len(plain) == len(text)
    assert plain.split()[-1] == text.rsplit(maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("base_r2", "r2_score", True),
        ("acc", "accuracy_score", True),
        ("test_loss", "test_score", False),
        ("train_error", "train_score", False),
        ("cross_val_score", "val_loss", False),
    ],
)
def test_names_that_say_the_same_metric(one: str, other: str, alike: bool) -> None:
    assert related(one, other) is alike
    assert related(other, one) is alike


@pytest.mark.parametrize(
    ("name", "signature", "unique"),
    [
        ("f1_score", ("y_train", "p"), "f1_score:y_train"),
        ("score", ("X_train", "y_train"), "score:y_train"),
        ("f1_score", ("y_true=train_labels", "p"), "f1_score:train_labels"),
        ("f1_score", ("y_test", "model.predict(X_test)"), "f1_score"),
        ("f1_score", ("y", "train_test_guess"), "f1_score"),
        ("silhouette_score", ("X_train", "labels"), "silhouette_score"),
        ("cross_val_score_mean", ("model", "X_train", "y_train"), "cross_val_score_mean"),
        ("train_score", ("X_train", "y_train"), "train_score"),
        ("mae", ("printed", "X_train", "y_train"), "mae"),
        ("loss", ("series",), "loss"),
    ],
)
def test_the_plain_name_is_not_that_of_the_training_data(
    name: str, signature: tuple[str, ...], unique: str
) -> None:
    assert unique_name(name, signature, {}) == unique


@pytest.mark.parametrize(
    ("first", "second", "unique"),
    [
        (("y", "p >= 0.5"), ("y", "p >= t"), "score:p ge t"),
        (("m", "X"), ("m", "X", "scoring='precision'"), "score:precision"),
        (("m", "X"), ("m", "X", "scoring=scorer"), "score:scoring=scorer"),
        (("m", "X"), ("m", "X", "kernel='rbf'"), "score:kernel=rbf"),
        (("p", "q"), ("p[i] > q[j]", "q"), "score:2"),
    ],
)
def test_what_tells_two_apart_is_spelt_in_letters(
    first: tuple[str, ...], second: tuple[str, ...], unique: str
) -> None:
    taken: dict[str, tuple[str, ...]] = {}
    assert unique_name("score", first, taken) == "score"
    assert unique_name("score", second, taken) == unique


@pytest.mark.parametrize(
    ("name", "listed", "alike"),
    [
        ("loss", "losses", True),
        ("Loss", "loss", True),
        ("train_acc", "train_accuracies", True),
        ("cost", "epoch_costs", False),
        ("loss", "val_losses", False),
    ],
)
def test_a_list_that_is_named_after_what_is_printed(name: str, listed: str, alike: bool) -> None:
    assert spelt_alike(name, listed) is alike
