"""Which calls are told of, and which are passed on as they are."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from jupyterlab_mlops.kernel.cells.observe import Call, Observer


class Everybody:
    """All code is the user's."""

    @staticmethod
    def is_user(_frame: Any) -> bool:
        return True


class Listener:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def before(self, call: Call) -> None:
        self.told.append((call.name, call.args))

    def after(self, call: Call, result: Any) -> None:
        self.told.append((call.name, result))

    def failed(self, call: Call, error: BaseException) -> None:
        self.told.append((call.name, error))

    def predicted(self, call: Call, result: Any) -> None:
        self.told.append((call.name, (call.args, result)))


class Rule:
    """A model whose prediction measures, too."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer

    def predict(self, x: int) -> int:
        self.observer.around(Rule.score, "score", "score", method=True)(self, x)
        return -x

    def score(self, x: int) -> int:
        return x


@pytest.mark.parametrize(("fitted", "told"), [(True, [("predict", ((3,), -3))]), (False, [])])
def test_only_a_model_that_was_fitted_here_is_heard_predicting(fitted, told):
    observer = Observer()
    observer.listener = listener = Listener()
    observer.user = Everybody()
    observer.thread = threading.get_ident()
    observer.active = True
    rule = Rule(observer)
    observer.candidate_of = lambda owner: "candidate" if fitted and owner is rule else None
    predict = observer.around(Rule.predict, "predict", "predict", method=True)
    assert predict(rule, 3) == -3
    assert listener.told == told  # what it does inside is its own
    assert observer.depth == 0


def test_a_prediction_that_fails_leaves_nothing_behind():
    observer = Observer()
    observer.listener = listener = Listener()
    observer.user = Everybody()
    observer.thread = threading.get_ident()
    observer.active = True
    predict = observer.around(lambda _owner: 1 / 0, "predict", "predict", method=True)
    with pytest.raises(ZeroDivisionError):
        predict(observer)
    assert (listener.told, observer.depth) == ([], 0)
