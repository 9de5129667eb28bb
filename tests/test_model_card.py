"""The card of a version: what a reader who was not there needs."""

from __future__ import annotations

from jupyterlab_mlops.entities import Candidate, Metric, Param, Status
from jupyterlab_mlops.model_card import write_card

REASONS = [
    {"name": "order", "points": 0, "of": 15, "message": "Cell 2 ran after cell 3."},
    {"name": "seeds", "points": 10, "of": 10, "message": "Seeds were seen."},
]


def candidate(accuracy: float) -> Candidate:
    params = {"C": "0.5", "tol": "0.0001", "note": "a|b"}
    return Candidate(
        id="c" * 32,
        seq=1,
        name="clf",
        experiment_id=1,
        experiment="churn",
        status=Status.FINISHED,
        origin="training",
        model_class="LogisticRegression",
        notebook="churn.ipynb",
        score=80,
        params={name: Param(name, value) for name, value in params.items()},
        metrics={"accuracy": Metric("accuracy", accuracy, 0, 0, accuracy, accuracy, 1)},
        details={"defaults": ["tol"], "score_reasons": REASONS},
    )


def test_a_card_tells_what_was_chosen_and_folds_the_rest() -> None:
    card = write_card(model="churn", version="1.0.0", candidate=candidate(0.9))
    chosen, _, folded = card.partition("<details>")
    assert "| C | 0.5 |" in chosen
    assert "a\\|b" in chosen
    assert "| tol | 0.0001 |" in folded
    assert "1 more at their defaults" in folded


def test_a_card_tells_what_changed_since_the_version_before() -> None:
    card = write_card(
        model="churn",
        version="1.1.0",
        candidate=candidate(0.9),
        previous=candidate(0.8),
        previous_version="1.0.0",
    )
    assert "| metric | value | 1.0.0 | change |" in card
    assert "| accuracy | 0.9 | 0.8 | +0.1 |" in card


def test_a_card_gives_the_reasons_of_the_score() -> None:
    card = write_card(model="churn", version="1.0.0", candidate=candidate(0.9))
    assert "## Reproducibility\n\n80 of 100.\n\n- Cell 2 ran after cell 3. (0/15)" in card


def test_a_version_of_nothing_recorded_says_so() -> None:
    card = write_card(model="churn", version="1.0.0", candidate=None)
    assert "not recorded" in card
