"""Printed numbers known by what was written between the words: which of them are metrics, and what they are called."""

from __future__ import annotations

import ast
import time

import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.measures.pieces import displayed
from jupyterlab_mlops.kernel.measures.series import parse
from jupyterlab_mlops.kernel.measures.templates import by_template, unread


@pytest.mark.parametrize(
    ("line", "printed", "found"),
    [
        ("f'{e} T/V loss: {tr_loss:.2f}/{va_loss:.2f}'", "1 T/V loss: 0.50/0.75", [("tr_loss", 0.5), ("va_loss", 0.75)]),
        ("'%d: %.2f (val %.2f), acc %.1f%% / %.1f%%' % (e, loss, val_loss, a, val_acc)", "1: 0.50 (val 0.75), acc 75.0% / 50.0%",
         [("loss", 0.5), ("val_loss", 0.75), ("acc", 75.0), ("val_acc", 50.0)]),
        ("f'Train: {train_acc:.2%} | Test: {100 * test_acc:.1f}%'", "Train: 75.00% | Test:  50.0%", [("train_acc", 75.0), ("test_acc", 50.0)]),
        ("f'Epoch {e}: accuracy of {a:.2f} and loss of {b:.2f}'", "Epoch 1: accuracy of 0.75 and loss of 0.25", [("accuracy", 0.75), ("loss", 0.25)]),
        ("'Epoch', e, 'train', train_loss, 'CE', ce_loss.item()", "Epoch 3 train 0.5 CE 0.25", [("train_loss", 0.5), ("ce_loss", 0.25)]),
        ("[epoch, train_loss, val_loss]", "[1, 0.5, 0.25]", [("train_loss", 0.5), ("val_loss", 0.25)]),
        ("e, loss", "3 tensor(0.5000, device='cuda:0', grad_fn=<NllLossBackward0>)", [("loss", 0.5)]),
        ("'J', val_loss, sep='='", "J=0.5", [("val_loss", 0.5)]),
        ("'epoch ' + str(e) + ', now ' + str(val_loss)", "epoch 2, now 0.5", [("val_loss", 0.5)]),
        ("'{n:>5}: {loss:.2f}'.format(n=name, loss=val_loss)", "  net: 0.50", [("val_loss", 0.5)]),
        ("f'{k} -> {err:.2f}'", "3 -> 0.25", [("err", 0.25)]),
        ("f'{k} {(m.predict(X) == y).mean():.2f}'", "3 0.25", [("accuracy", 0.25)]),
        ("f'{e}: {correct / total:.3f}'", "3: 0.250", [("accuracy", 0.25)]),
        ("f'first {x}\\n  then: {test_acc:.2f}'", "first 3\n  then: 0.50", [("test_acc", 0.5)]),
        ("f'{e} {np.mean(losses[-3:]):.2f}'", "3 0.25", [("loss_mean", 0.25)]),
        ("'Test: {}/{} ({:.0f}%)'.format(correct, n, 100 * correct / n)", "Test: 39/60 (65%)", [("accuracy", 65.0)]),
        ("'Epoch: %d | Train: %.1f%% | Valid: %.1f%%' % (e, compute_accuracy(m, a), compute_accuracy(m, b))", "Epoch: 1 | Train: 98.1% | Valid: 95.0%",
         [("train_accuracy", 98.1), ("valid_accuracy", 95.0)]),
        # not metrics
        ("f'Train: {compute_share(m, a):.1f}'", "Train: 98.1", []),
        ("f'loss decreased ({best_loss:.2f} --> {x:.2f})'", "loss decreased (0.50 --> 0.25)", []),
        ("'ESS + RSS : {:.2f}'.format(ess + rss)", "ESS + RSS : 7.25", []),
        ("f'bits/dim={loss / 0.69:.2f}'", "bits/dim=0.50", []),
        ("f'{mid} {right / 2:.1f}'", "3 3.5", []),
        ("f'seconds {loss:.2f}'", "seconds 0.50", []),
        ("f'{e}: {loss_fn:.2f} {len(losses)}'", "3: 0.50 4", []),
        ("f'down by {old_loss - new_loss:.2f}'", "down by 0.50", []),
        ("f'accuracy {len(accs)}'", "accuracy 3", []),
        ("f'best at {losses.argmin():d}: {x:.2f}'", "best at 3: 0.25", []),
        ("f'{k} {(m > y).mean():.2f}'", "3 0.25", []),
    ],
)  # fmt: skip
def test_names_of_printed_values(line: str, printed: str, found: list) -> None:
    tops = [ast.parse(f"print({line})")]
    assert [(one.name, one.value) for one in by_template(printed, tops)] == found


def test_only_what_the_words_left_unread() -> None:
    tops = [ast.parse("print(f'{e} loss: {train_loss:.2f}, acc {acc:.1f}% ({val_acc:.1f}%)')")]
    text = "3 loss: 0.50, acc 75.0% (50.0%)"
    known = parse(text)
    assert [(one.name, one.value) for one in known] == [("loss", 0.5)]
    assert unread(text, known)
    found = by_template(text, tops, known)
    assert [(one.name, one.value, one.percent) for one in found] == [("acc", 75.0, True), ("val_acc", 50.0, True)]  # fmt: skip
    assert not unread("Epoch 3: 20 of 30", [])


def test_values_that_go_by_other_names() -> None:
    body = "l = F.mse_loss(p, y)\nt = sum(F.cross_entropy(m(a), b) for a, b in rows)\nu = ((p - y) ** 2).mean()\nv = len(y)\n"
    tops = [ast.parse(f"{body}print(f'{{e}} {{l.item():.2f}} {{t / n:.2f}} {{u:.2f}} {{v:.2f}}')")]
    found = by_template("3 0.50 0.25 0.75 4.00", tops)
    assert [(one.name, one.value, one.strength) for one in found] == [
        ("mse_loss", 0.5, 0),
        ("cross_entropy", 0.25, 0),
        ("mse", 0.75, 0),
    ]


def test_a_share_is_not_told_again_beside_what_it_is_of() -> None:
    tops = [ast.parse("print('Accuracy: {}/{} ({:.0f}%)'.format(correct, n, 100 * correct / n))")]
    text = "Accuracy: 37/60 (62%)"
    known = parse(text)
    assert [one.name for one in known] == ["accuracy"]
    assert by_template(text, tops, known) == []
    assert [one.name for one in parse("Accuracy of   cat : 77 %")] == ["accuracy_of_cat"]


def test_equal_numbers_of_a_line_keep_their_names() -> None:
    tops = [ast.parse("print(f'class {i}: recall {r[i] / n[i]:.2f}, precision {r[i] / m[i]:.2f}')")]
    text = "class 0: recall 0.50, precision 0.50"
    known = parse(text)
    assert [one.name for one in known] == ["precision"]
    assert [one.name for one in by_template(text, tops, known)] == ["recall"]


def test_a_list_that_is_printed_by_its_name() -> None:
    tops = [ast.parse("def show(m):\n    res = [rmse(m, 1), m.score(1)]\n    print(res)")]
    for text in ("[0.5, 0.75]", "[np.float64(0.5), 0.75, 0.25]"):
        assert [(one.name, one.value) for one in by_template(text, tops)] == [("rmse", 0.5)]


def test_messages_of_loggers() -> None:
    tops = [ast.parse("log.info('epoch %d of %s: %.2f', epoch, name, val_loss)")]
    (point,) = by_template("INFO:root:epoch 3 of net: 0.50", tops)
    assert (point.name, point.value, point.step) == ("val_loss", 0.5, 3)


def test_texts_that_a_cell_displays() -> None:
    made = ast.parse("f'accuracy {a:.2f}'").body[0]
    assert displayed(made, "accuracy 0.50") == "accuracy 0.50\n"
    assert displayed(ast.parse("model.dump()").body[0], "accuracy 0.50") == ""
    assert displayed(made, 0.5) == ""


def test_lines_that_fit_a_template_in_many_ways_take_no_time() -> None:
    tops = [ast.parse("print(f'{a}, {b}, {loss}, {acc}!')")]
    began = time.process_time()
    assert by_template("\n".join(["1, " * 90] * 200), tops) == []
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Epoch 3 {'loss': 0.5, 'acc': np.float64(0.25)}", [("loss", 0.5, 3), ("acc", 0.25, 3)]),
        ("Epoch 3/9, loss: 0.5, accuracy 75.0%", [("loss", 0.5, 3), ("accuracy", 75.0, 3)]),
        ("loss: 0.5, accuracy is 0.75", [("loss", 0.5, None), ("accuracy", 0.75, None)]),
        ("chosen {'C': 1.0}", []),
    ],
)  # fmt: skip
def test_what_stands_beside_other_values(line: str, found: list) -> None:
    assert [(one.name, one.value, one.step) for one in parse(line)] == found


OWN = """
class Line:
    def __init__(self, width):
        self.w = np.zeros(width)
    def predict(self, X):
        return X @ self.w
    def fit(self, X, y, turns=4):
        for turn in range(turns):
            error = self.predict(X) - y
            self.w -= 0.1 * X.T @ error / len(y)
            train_mse = (error ** 2).mean()
            print(f'{turn}/{turns}, train {train_mse:.4f}')
        return self
A = np.random.default_rng(0).normal(size=(60, 2)); b = A @ [1.0, 2.0]
"""

NOTEBOOKS = [
    Notebook(
        "what a loop works out without a model, and calls what a metric might be called",
        [
            "for count in range(1, 5):\n    cost = 3.5 * count\n    print(f'{count}: {cost:.2f}')",
            "for j in range(3):\n    v = ((X[:, j] - X[:, j].mean()) ** 2).mean()\n    print(j, v)",
        ],
        [],
        [],
    ),
    Notebook(
        "what a method of one's own prints, by the name of the value",
        [OWN, "line = Line(2)\nline.fit(A, b)"],
        [("Line", "line")],
        [("line", "train_mse", "None")],
    ),
    Notebook(
        "comparisons that a loop over models prints, each its own model's; a displayed text",
        [
            "for c in (0.01, 1.0):\n    clf = LogisticRegression(C=c).fit(X_train, y_train)\n"
            "    print(c, (clf.predict(X_test) == y_test).mean())",
            "f'{len(y_test)} rows, mae {np.abs(clf.predict(X_test) - y_test).mean():.3f}'",
        ],
        [("LogisticRegression", None), ("LogisticRegression", "clf")],
        [
            (0, "accuracy", "None"),
            (1, "accuracy", "(clf.predict(X_test) == y_test).mean()"),
            (1, "mae", "round(np.abs(clf.predict(X_test) - y_test).mean(), 3)"),
        ],
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_finds_what_is_printed(kernel, notebook: Notebook) -> None:
    check(notebook, kernel)
