"""Printed lines: which numbers are metrics, and at which step."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.kernel.measures.metrics import metric_strength
from jupyterlab_mlops.kernel.measures.points import Point, steps_of
from jupyterlab_mlops.kernel.measures.series import bare, parse
from jupyterlab_mlops.kernel.measures.twice import said_twice
from jupyterlab_mlops.kernel.measures.values import Told, matches, printed_numbers, was_printed


def test_a_series_that_is_said_again_with_its_part_is_said_once() -> None:
    def said(name: str, *values: float) -> list[Point]:
        return [Point(name, value, None, line, 2) for line, value in enumerate(values)]

    groups = {
        (None, "loss"): said("loss", 0.9, 0.5, 0.2),
        (None, "LOSS_train"): said("LOSS_train", 0.9, 0.5, 0.2),
        (None, "accuracy"): said("accuracy", 0.9, 0.5, 0.2),
        ("A", "loss"): said("loss", 0.9, 0.5, 0.2),
        (None, "cost"): said("cost", 1.0, 1.0, 1.0),
        (None, "train_cost"): said("train_cost", 1.0, 1.0, 1.0),
    }
    assert said_twice(groups) == [(None, "loss")]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("Epoch 1/10 - loss: 0.34 - val_acc: 0.91", [("loss", 0.34, 1), ("val_acc", 0.91, 1)]),
        ("step 100 | loss 2.31 | lr 1e-3", [("loss", 2.31, 100)]),
        ("epoch 3 loss=0.12 acc: 0.91", [("loss", 0.12, 3), ("acc", 0.91, 3)]),
        ("Epoch 0  Loss 45.0782", [("loss", 45.0782, 0)]),
        ("Iteration 3, loss = 0.2", [("loss", 0.2, 3)]),
        ("Epoch [1/5], Step [100/600], Loss: 0.3", [("loss", 0.3, 1)]),
        ("Epoch 5: train loss 0.33, valid loss 0.4", [("train_loss", 0.33, 5), ("valid_loss", 0.4, 5)]),
        ("[12]\ttrain-rmse:0.2\tvalid-rmse:0.41", [("train-rmse", 0.2, 12), ("valid-rmse", 0.41, 12)]),
        ("938/938 [====] - 3s 3ms/step - loss: 0.25 - accuracy: 0.92", [("loss", 0.25, None), ("accuracy", 0.92, None)]),
        ("100%|####| 10/10 [00:03<00:00,  3.1it/s, loss=0.12, acc=0.9]", [("loss", 0.12, None), ("acc", 0.9, None)]),
        ("{'loss': 0.5, 'learning_rate': 1e-3, 'epoch': 1.0}", [("loss", 0.5, None)]),
        ("Epoch  Training Loss  Validation Loss\n1  0.5  0.4\n2  0.4  0.3",
         [("training_loss", 0.5, 1), ("validation_loss", 0.4, 1), ("training_loss", 0.4, 2), ("validation_loss", 0.3, 2)]),
        ("Test set score: 0.97", [("test_set_score", 0.97, None)]),
        ("[CV 1/5] END n_neighbors=3;, score=0.950 total time=   0.0s", []),
        ("Mean squared error: 2548.07", [("mean_squared_error", 2548.07, None)]),
        ("[5]\tvalid_0's auc: 0.98", [("valid_0_auc", 0.98, 5)]),
        ("Training loss (for 1 batch) at step 20: 2.5", [("training_loss", 2.5, 20)]),
        ("Training acc over epoch: 0.7208", [("training_acc", 0.7208, None)]),
        ("RMSE on epoch 3: 0.5, MAE (of the rest): 0.25", [("rmse", 0.5, 3), ("mae", 0.25, 3)]),
        ("loss: nan", [("loss", "nan", None)]),
        ("a\rloss: 0.9\rloss: 0.1", [("loss", 0.1, None)]),
        ("Epoch    3 MSE train loss    29.50   test loss     3.25", [("mse_train_loss", 29.5, 3), ("test_loss", 3.25, 3)]),
        ("normalized-losses    2432.14", []),
        ("Epoch 1 accuracy 0.5 of 12 classes", []),
        ("[EPOCH]: 3, [LOSS]: 0.5, [ACCURACY]: 0.25", [("loss", 0.5, 3), ("accuracy", 0.25, 3)]),
        ("Test set: Average loss: 0.2, Accuracy: 3/4 (75%)", [("average_loss", 0.2, None), ("accuracy", 75.0, None)]),
        ("Accuracy of plane: 66% (2/3), loss: 3/4", [("accuracy_of_plane", 66.0, None)]),
        ("Accuracy of the network on the 10000 test images: 94 %", [("accuracy_on_the_test_images", 94.0, None)]),
        ("Average loss: 0.5, Accuracy: (94%)", [("average_loss", 0.5, None), ("accuracy", 94.0, None)]),
        ("Accuracy of the network: 94%", [("accuracy", 94.0, None)]),
        ("Accuracy for class: plane is 48.5 %", [("accuracy_for_class_plane", 48.5, None)]),
        ("LOSS train 0.5 valid 0.25", [("LOSS_train", 0.5, None), ("LOSS_valid", 0.25, None)]),
        ("Got 450 / 1000 correct (45.00)", [("accuracy", 45.0, None)]),
        ("Got 45 / 100 with accuracy 45.0", [("accuracy", 45.0, None)]),
        ("KNN ROC:0.98, precision @ rank n:0.9", [("knn_roc", 0.98, None), ("precision@rank_n", 0.9, None)]),
        ("RF loss: 0.2, acc: 0.9\nSVM loss: 0.4, acc: 0.8",
         [("rf_loss", 0.2, None), ("rf_acc", 0.9, None), ("svm_loss", 0.4, None), ("svm_acc", 0.8, None)]),
        ("Train loss: 0.2, acc: 0.9\nTrain loss: 0.1, acc: 0.95",
         [("train_loss", 0.2, None), ("acc", 0.9, None), ("train_loss", 0.1, None), ("acc", 0.95, None)]),
        ("accuracy: 0.5, f1: 0.3\nval_accuracy: 0.4, f1: 0.2",
         [("accuracy", 0.5, None), ("f1", 0.3, None), ("val_accuracy", 0.4, None), ("f1", 0.2, None)]),
        ("Training Results - Epoch: 1  Avg loss: 0.5\nValidation Results - Epoch: 1  Avg loss: 0.25",
         [("training_avg_loss", 0.5, 1), ("validation_avg_loss", 0.25, 1)]),
        ("Train Epoch: 1 Loss: 0.5\nTest set: Average loss: 0.25", [("loss", 0.5, 1), ("average_loss", 0.25, None)]),
        # not metrics
        ("HammingLoss + MeanAccuracyPerClass = 1.0", []),
        ("rank @ precision: 3", []),
        ("size train 60000 test 10000", []),
        ("time for class: a is 3", []),
        ("Trained with batch size 32", []),
        ("12 / 50 files correct (3)", []),
        ("45%|####      | 45/100 [00:10<00:12, 4.5it/s]", []),
        ("Error at 10:30: file 5", []),
        ("12:30:45 loss 2024-01-01", []),
        ("elapsed time: 12.3s", []),
        ("Seen so far at step 4: 64 samples", []),
        ("learning rate: 0.1, batch size: 32", []),
        ("accuracy    0.97   38", []),
        ("Number of errors: 3", []),
        ("shape: (150, 4)", []),
        ("", []),
    ],
)  # fmt: skip
def test_lines(text: str, points: list[tuple[str, object, int | None]]) -> None:
    found = [
        (one.name, "nan" if one.value != one.value else one.value, one.step) for one in parse(text)
    ]
    assert found == points


def test_numbers_of_one_print_behind_one_another() -> None:
    found = bare("0.5; 0.4; 0.3; ", [["loss"]], {"; "})
    assert [(one.name, one.value) for one in found] == [("loss", 0.5), ("loss", 0.4), ("loss", 0.3)]
    assert bare("0.5; done; 0.3; ", [["accuracy", "loss"]], {"; "}) == []


def test_numbers_behind_the_part_of_the_data_that_they_are_of() -> None:
    found = bare("train 0.5\nval: 0.4\ntree 0.3", [["", "loss"]], parts=True)
    assert [(one.name, one.value) for one in found] == [("train_loss", 0.5), ("val_loss", 0.4)]


@pytest.mark.parametrize(
    "line",
    [
        "accuracy" + " " * 900 + "train" + " " * 900 + "of 3",
        "got 1/2 correct (3" + " " * 1900 + "of 3",
        "MKVLAT" * 320,
        "a of 1 b " * 200,
    ],
)
def test_lines_that_could_be_read_in_many_ways_are_not(line: str) -> None:
    began = time.process_time()
    assert parse("\n".join([line] * 20)) == []
    assert time.process_time() - began < 2


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    for point in parse(text):
        assert metric_strength(point.name)


@given(st.integers(0, 10_000), st.floats(0, 1e6, allow_nan=False))
def test_what_is_printed_is_read_back(step: int, value: float) -> None:
    (point,) = parse(f"Epoch {step} - val_loss: {value!r}")
    assert (point.name, point.value, point.step) == ("val_loss", value, step)


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("acc", 2), ("val_accuracy", 2), ("testAcc", 2), ("lin_rmse", 2), ("r2", 2), ("roc_auc", 2), ("f1_macro", 2),
        ("score", 1), ("test_score", 1), ("error", 1), ("inertia_", 1), ("accs", 2), ("accuracies", 2), ("inertias", 1),
        ("c_index", 2), ("concordance_index_", 2), ("AIC_partial_", 2), ("best_index", 0),
        ("learning_rate", 0), ("loss_fn", 0), ("score_threshold", 0), ("n_errors", 0), ("x", 0), ("accuracies_df", 0), ("class_weights", 0), ("loss_rate_of_change", 0),
        ("loss_slope", 0), ("gini_impurity", 0), ("gini", 1), ("log_evidence", 1),
        ("std_error", 0), ("ls_std_error", 0), ("Standard error", 0), ("residual_std_error", 1), ("test_error", 1),
    ],
)  # fmt: skip
def test_names_of_metrics(name: str, strength: int) -> None:
    assert metric_strength(name) == strength


@pytest.mark.parametrize(
    "text",
    [
        "View run at http://localhost/#/runs/7e93847598347593847",
        "trace 12ab34cd-5f6a-7b8c-812e-123456789012 of 3e-999999999999",
        "id 9e400, -9e400 and 0e-123456789012, 1e" + "9" * 5000,
        "id " + "1" * 5000 + ".5",
    ],
)
def test_ids_that_look_like_powers_are_no_numbers_and_cost_no_time(text: str) -> None:
    begin = time.perf_counter()
    numbers = printed_numbers(text)
    assert all(abs(number) < math.inf for number, _ in numbers)
    assert not was_printed(0.5, numbers)
    assert parse(text) == []
    assert [one.value for one in parse(f"loss: 0.25\n{text}")][:1] == [0.25]
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([None, None], [None, None]),
        ([5, None, 10], [5, None, 10]),
        ([1, 1, 2, 2], [0, 1, 2, 3]),
    ],
)
def test_points_keep_the_order_in_which_they_were_printed(said: list, steps: list) -> None:
    assert steps_of(said) == steps


def test_batches_of_one_epoch_are_steps_of_their_own(kernel) -> None:
    story = kernel.run(
        "for epoch in range(2):\n    for step in (10, 20):\n"
        "        print('Epoch [%d/2], Step [%d/20], Loss: %.4f' % (epoch + 1, step, 1 / (epoch + 1) + step / 100))"
    )
    points = [
        (value, step)
        for one in story.findings
        if one["kind"] == "metrics"
        for name, value, step, _ in one["points"]
        if name == "loss"
    ]
    assert [step for _, step in points] == sorted({step for _, step in points})
    assert [value for value, _ in points] == [1.1, 1.2, 0.6, 0.7]


@given(
    st.lists(st.floats(allow_nan=True, width=32), max_size=30),
    st.one_of(st.floats(-1e4, 1e4).map("{:.3f}".format), st.sampled_from(["nan", "inf", "0"])),
    st.integers(0, 29),
)
def test_a_printed_value_is_found_among_many_as_among_one(values, number, place) -> None:
    if place < len(values) and abs(values[place]) < 1e12:
        number = f"{values[place] * (100 if place % 2 else 1):.2f}"  # one of them, as it is printed
    point = Point("loss", float(number), None, 0, len(number.partition(".")[2]))
    assert Told(values).has(point) == any(matches(point, one) for one in values)


def test_a_number_in_an_array_of_one_is_read() -> None:
    (point,) = parse("Cost: [[0.693]]")
    assert point.value == 0.693
    assert not parse("Accuracies: [[0.5 0.6]]")
