"""PURE: the score names its reasons and gives nothing for what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.reproduce.score import Facts, Score, Step, score

STEPS = (Step("In [1]", "current", 0, ("x",)), Step("In [2]", "current", 1, ("clf",)))
BEST = Facts(
    steps=STEPS,
    in_repository=True,
    has_environment=True,
    inputs=2,
    inputs_with_hash=2,
    seeds=("random_state=0",),
)


def points(found: Score) -> dict[str, int]:
    return {reason.name: reason.points for reason in found.reasons}


def test_everything_known_and_in_order_is_a_hundred():
    found = score(BEST)
    assert found.total == 100
    assert sum(reason.of for reason in found.reasons) == 100


@pytest.mark.parametrize(
    ("change", "reason", "given", "words"),
    [
        (
            {"steps": (STEPS[0], Step("In [2]", "edited", 1))},
            "cells",
            15,
            "edited since: In [2]",
        ),
        (
            {"steps": (Step("In [1]", "deleted", None, ("scaler",)), STEPS[1])},
            "cells",
            15,
            "not in the notebook: In [1]",
        ),
        (
            {"steps": (Step("In [1]", "deleted", None, ("scaler",)), STEPS[1])},
            "names",
            0,
            "from code that is not in the notebook: scaler (In [1])",
        ),
        (
            {"steps": (Step("In [1]", "deleted", None, ("scaler",), earlier=True), STEPS[1])},
            "names",
            0,
            "scaler (In [1], an earlier run)",
        ),
        (
            {"steps": (Step("In [1]", "deleted", None), STEPS[1])},
            "names",
            0,
            "from code that is not in the notebook: In [1].",
        ),
        (
            {"steps": (Step("In [1]", "edited", 0, ("lr", "seed")), STEPS[1])},
            "names",
            0,
            "from cells as they were before they were edited: lr (In [1]), seed (In [1])",
        ),
        (
            # What was bound again is where it was bound last.
            {
                "steps": (
                    Step("In [1]", "deleted", None, ("lr",)),
                    Step("In [3]", "deleted", None, ("lr",)),
                    STEPS[1],
                )
            },
            "names",
            0,
            "notebook: lr (In [3]).",
        ),
        (
            # The cell that trains was edited since: no name that it used is hidden.
            {"steps": (STEPS[0], Step("In [2]", "edited", 1))},
            "names",
            15,
            "Every name comes from a cell of the notebook",
        ),
        (
            {"steps": (STEPS[1], STEPS[0])},
            "order",
            0,
            "In [1] ran after In [2], which is below it",
        ),
        ({"steps": (STEPS[0], STEPS[0])}, "order", 0, "ran again"),
        ({"dirty": True}, "repository", 0, "not kept"),
        ({"dirty": True, "has_patch": True}, "repository", 10, "kept as a patch"),
        ({"in_repository": False}, "repository", 0, "in no repository"),
        ({"has_environment": False}, "environment", 0, "not known"),
        ({"inputs_with_hash": 1}, "inputs", 5, "1 of 2 inputs"),
        ({"files_captured": False}, "inputs", 0, "not known"),
        ({"seeds": ()}, "seeds", 0, "No random seed"),
        ({"steps": ()}, "cells", 0, "not known"),
    ],
)
def test_each_reason(change, reason, given, words):
    found = score(replace(BEST, **change))
    assert points(found)[reason] == given
    (message,) = [item.message for item in found.reasons if item.name == reason]
    assert words in message


@given(
    st.lists(
        st.builds(
            Step,
            st.text(max_size=5),
            st.sampled_from(["current", "edited", "deleted"]),
            st.none() | st.integers(0, 9),
        ),
        max_size=9,
    ),
    st.booleans(),
    st.integers(0, 5),
)
def test_the_score_is_the_sum_of_its_reasons(steps, dirty, inputs):
    found = score(Facts(steps=steps, dirty=dirty, inputs=inputs))
    assert 0 <= found.total <= 100
    assert found.total == sum(reason.points for reason in found.reasons)
    assert all(0 <= reason.points <= reason.of for reason in found.reasons)
