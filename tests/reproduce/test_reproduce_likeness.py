"""Which cell another one was made of."""

from __future__ import annotations

import random

import pytest

from jupyterlab_mlops.reproduce.likeness import most_alike

LONG = "\n".join(
    f"step_{number} = transform(step_{number - 1}, {number})" for number in range(1, 80)
)


@pytest.mark.parametrize(
    ("text", "others", "place"),
    [
        ("lr = 0.1", ["import numpy", "lr = 0.01", "print(1)"], 1),
        ("a = 1", ["a = 2", "a = 3"], 0),  # the first of those that are alike
        ("model.fit(X, y)", ["for each in rows:\n    total += each"], None),
        ("", [""], 0),
        (LONG, [LONG[:40], LONG.replace("step_7 = ", "seventh = ")], 1),
        ("x = 1", [], None),
    ],
)
def test_the_most_alike_is_found(text: str, others: list[str], place: int | None) -> None:
    assert most_alike(text, others, least=0.5) == place


def test_long_cells_that_have_little_in_common_are_told_apart_soon() -> None:
    """No time is measured: by characters this would outlast the test's own limit."""
    words = "model data frame loss score batch layer".split()
    rng = random.Random(3)

    def cell() -> str:
        return "\n".join(
            f"{rng.choice(words)}_{rng.randint(0, 999)} = {rng.choice(words)}({rng.randint(0, 999)})"
            for _ in range(400)
        )

    assert most_alike(cell(), [cell() for _ in range(200)], least=0.4) is None
