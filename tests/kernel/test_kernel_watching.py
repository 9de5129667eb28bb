"""Watched classes and functions stay what they were."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

SETUP = """
import inspect, pickle, numpy as np
import cloudpickle
from sklearn.base import clone, BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import accuracy_score
from sklearn.datasets import load_iris
from matplotlib import artist
from matplotlib.figure import Figure
X, y = load_iris(return_X_y=True)
class Own(ClassifierMixin, BaseEstimator):
    def __init__(self, k=1): self.k = k
    def fit(self, X, y): self.classes_ = np.unique(y); return self
    def predict(self, X): return np.zeros(len(X), int)
own = Own().fit(X, y)
"""


@pytest.mark.parametrize(
    "expression",
    [
        "list(inspect.signature(LogisticRegression.fit).parameters) == ['self', 'X', 'y', 'sample_weight']",
        "list(inspect.signature(LogisticRegression().fit).parameters) == ['X', 'y', 'sample_weight']",
        "'def fit' in inspect.getsource(LogisticRegression.fit)",
        "inspect.isfunction(LogisticRegression.fit) and inspect.ismethod(LogisticRegression().fit)",
        "LogisticRegression.fit.__name__ == 'fit' and LogisticRegression().fit.__doc__ is not None",
        "clone(own).get_params() == {'k': 1}",
        "pickle.loads(pickle.dumps(accuracy_score)) is accuracy_score",
        "list(inspect.signature(accuracy_score).parameters)[:2] == ['y_true', 'y_pred']",
        "hasattr(make_pipeline(StandardScaler(), own), 'predict') and not hasattr(make_pipeline(StandardScaler()), 'predict')",
        "b'jupyterlab_mlops' not in cloudpickle.dumps(own)",
        "artist.ArtistInspector(Figure).get_valid_values('label') == 'object'",
        "list(inspect.signature(Figure.suptitle).parameters) == ['self', 't', 'kwargs']",
        "pickle.loads(pickle.dumps(Figure())).text(0, 0, s='loss 0.5').get_text() == 'loss 0.5'",
        "Own.fit is vars(Own)['fit'].function",
    ],
)
def test_stays(kernel, expression: str) -> None:
    story = kernel.run(SETUP, f"print({expression})")
    assert story.errors == []
    assert story.outputs[-1] == "True\n"


def test_searches_in_processes_take_own_classes(kernel) -> None:
    story = kernel.run(
        SETUP,
        "from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(Own(), {'k': [1, 2]}, cv=2, n_jobs=2).fit(X, y)",
    )
    assert story.errors == []
    assert [one.variable for one in story.models] == ["own", "g"]
