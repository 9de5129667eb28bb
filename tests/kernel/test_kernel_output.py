"""What a statement prints, as it is read afterwards: lines are whole, whatever comes in between."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.link.output import DRAWN, Output

pytest.importorskip("sklearn")


@pytest.fixture
def output() -> Iterator[Output]:
    found = Output()
    found.install()
    found.begin()
    yield found
    found.remove()


def test_a_warning_in_the_middle_of_a_line_stands_before_it(output: Output) -> None:
    print("Epoch 1", end="")
    print(" | acc 0.9", end="")
    sys.stderr.write("UserWarning: a\n  b\n")
    sys.stderr.write("more")
    print(" | loss 0.5")
    size = output.length()
    text = output.end()
    assert text == "UserWarning: a\n  b\nmore\nEpoch 1 | acc 0.9 | loss 0.5\n"
    assert size == len(text)


def test_a_line_that_begins_within_a_text(output: Output) -> None:
    sys.stdout.write("first\nsecond")
    sys.stderr.write("warning\n")
    sys.stdout.write(" goes on\nthird\n")
    sys.stderr.write("another\n")
    assert output.end() == "first\nwarning\nsecond goes on\nthird\nanother\n"


def test_a_title_in_the_middle_of_a_line(output: Output) -> None:
    print("loss", end=" ")
    output.draw("Loss 0.5")
    print(0.5)
    size = output.length()
    text = output.end()
    assert text == f"{DRAWN}Loss 0.5\nloss 0.5\n"
    assert size == len(text)


def test_a_bar_and_a_title(output: Output) -> None:
    sys.stderr.write("\r 50%|##  |")
    output.draw("Loss 0.5")
    print("done")
    assert output.end() == f"\r 50%|##  |\n{DRAWN}Loss 0.5\ndone\n"


def test_every_epoch_of_a_loop_whose_first_warns_is_told(kernel) -> None:
    story = kernel.run(
        DATA + "import warnings",
        "clf = LogisticRegression(warm_start=True)\nfor epoch in range(3):\n    clf.fit(X, y)\n"
        "    print('Epoch: %03d' % (epoch + 1), end='')\n    print(' | Train ACC: %.3f' % (0.7 + epoch / 10), end='')\n"
        "    warnings.warn('look out')\n    print(' | Cost: %.3f' % (0.5 - epoch / 10))",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.metrics == {"train_acc": [0.7, 0.8, 0.9], "cost": [0.5, 0.4, 0.3]}
