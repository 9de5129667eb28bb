"""Libraries whose objects are fitted by verbs of their own, at once as they are made, or give the model back."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.measures.evaluations import ranked_in
from jupyterlab_mlops.kernel.measures.values import of_object
from jupyterlab_mlops.kernel.params import estimator_params, text_of

pytest.importorskip("sklearn")

LEARNERS = """
import numpy
class Evaluation:
    examples, confusion = 30, [[1, 2], [3, 4]]
    accuracy = property(lambda self: 0.8127)
    loss = property(lambda self: 0.4373)
    ndcg = property(lambda self: 1 / 0)
class Forest:
    def predict(self, X):
        return numpy.zeros(len(X))
    def evaluate(self, X):
        return Evaluation()
class ForestLearner:
    def __init__(self, label, trees=3):
        self.label, self.trees = label, trees
    def train(self, data):
        return Forest()
    def cross_validation(self, data, folds=2):
        return Evaluation()
class Map:
    def __init__(self, width):
        self.weights = numpy.zeros(width)
    def train_random(self, data, rounds):
        self.weights += data.mean()
    def winner(self, x):
        return 0
class Fit:
    aic, bic, chisqr = 3.5, 4.5, 5.5
    def fit_report(self):
        return "chi-square = 5.5"
class Curve:
    def fit(self, y, x):
        return Fit()
    def eval(self, x):
        return x
class Ranking:
    def fit(self, X_train, X_test, y_train, y_test):
        import pandas
        self.models = {}
        table = pandas.DataFrame({"Accuracy": [0.8127, 0.6879], "F1 Score": [0.5623, 0.3119], "Time Taken": [3.0, 4.0]})
        table.index = ["Forest", "Stump"]
        return table, None
class Active:
    def __init__(self, estimator, X=None, y=None):
        self.estimator = estimator
        self._fit(X, y)
    def _fit(self, X, y):
        self.estimator.fit(X, y)
    def get_params(self, deep=True):
        return {"X": self.X}
    def predict(self, X):
        return self.estimator.predict(X)
    def score(self, X, y):
        return self.estimator.score(X, y)
    def teach(self, X, y):
        self._fit(X, y)
class Topics:
    def __init__(self, documents=None, topics=2):
        self.topics = topics
    def update(self, documents):
        pass
    def inference(self, documents):
        return documents
class Bayes:
    def classify(self, row):
        return 0
    @classmethod
    def train(cls, rows):
        return cls()
class Drift:
    def fit(self, reference):
        self.mean = reference.mean()
        return self
    def calculate(self, data):
        return data - self.mean
class Neighbours:
    def fit(self, X):
        self.rows = X
        return self
    def kneighbors(self, X):
        return X
class PairTokenizer:
    def train(self, texts):
        self.pairs = texts
class Normal:
    def fit(self, data):
        return data.mean(), data.std()
    def summary(self):
        return "normal"
class Codes:
    def fit(self, X, y):
        self.codes = X
        return self
    def transform(self, X):
        return X
"""


@pytest.fixture
def learners(tmp_path: Path) -> str:
    """A cell that imports a package of learners."""
    package = tmp_path / "site-packages" / "learners"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(LEARNERS)
    path = str(package.parent)
    return f"import sys; sys.path.insert(0, {path!r})\nimport learners\nsys.path.pop(0)"


def test_the_model_that_a_learner_gives_back_and_what_its_evaluation_holds(
    kernel, learners
) -> None:
    story = kernel.run(
        DATA,
        learners,
        "model = learners.ForestLearner('y', trees=7).train(X)",
        "found = model.evaluate(X)\nprint(f'Test accuracy: {found.accuracy}')",
        "%%time\nlearner = learners.ForestLearner('y', trees=9)\nlearner.cross_validation(X, folds=3)",
    )
    assert story.errors == []
    model, measured = story.models
    assert (model.model_class, model.variable) == ("Forest", "model")
    assert (model.params["label"], model.params["trees"]) == ("y", "7")
    assert model.metrics == {"accuracy": [0.8127], "loss": [0.4373]}
    assert (measured.model_class, measured.params["trees"]) == ("ForestLearner", "9")
    assert measured.metrics == {"accuracy": [0.8127], "loss": [0.4373]}
    assert not story.run.metrics


def test_objects_that_are_fitted_by_verbs_of_their_own(kernel, learners) -> None:
    story = kernel.run(
        DATA,
        learners,
        "som = learners.Map(4)\nsom.train_random(X_train, 50)",
        "curve = learners.Curve()\nout = curve.fit(y, x=X)\nprint(out.fit_report())",
        "ranking = learners.Ranking()\ntable, _ = ranking.fit(X_train, X_test, y_train, y_test)",
        "rows = [({'a': 1}, 0), ({'a': 2}, 1)]\nbayes = learners.Bayes.train(rows)",
        "texts = [[1], [2]]\nlda = learners.Topics(texts, topics=3)\nempty = learners.Topics(topics=3)",
    )
    assert story.errors == []
    assert [(one.model_class, one.variable) for one in story.models] == [
        ("Map", "som"),
        ("Curve", "curve"),
        ("Ranking", "ranking"),
        ("Bayes", "bayes"),
        ("Topics", "lda"),
    ]
    _, curve, ranking, *_ = story.models
    assert curve.metrics == {"aic": [3.5], "bic": [4.5], "chisqr": [5.5]}
    assert ranking.metrics == {
        "Accuracy/Forest": [0.8127],
        "Accuracy/Stump": [0.6879],
        "F1 Score/Forest": [0.5623],
        "F1 Score/Stump": [0.3119],
    }


def test_a_model_that_fits_its_estimator_as_it_is_made_goes_on_when_it_is_taught(
    kernel, learners
) -> None:
    story = kernel.run(
        DATA,
        learners,
        "from sklearn.tree import DecisionTreeClassifier\ntree = DecisionTreeClassifier(max_depth=2)\nlearner = learners.Active(estimator=tree, X=X_train, y=y_train)",
        "for _ in range(2):\n    learner.teach(X_train, y_train)\n    accuracy = learner.score(X_test, y_test)\n    print(accuracy)",
    )
    assert story.errors == []
    (model,) = story.models
    assert (model.model_class, model.variable, model.fits) == ("Active", "learner", 3)
    assert model.params["estimator__max_depth"] == "2"
    assert len(model.metrics["score"]) == 2
    assert not story.run.metrics


def test_what_learns_from_data_and_is_no_model(kernel, learners) -> None:
    story = kernel.run(
        DATA,
        learners,
        "learners.Drift().fit(X).calculate(X)\nlearners.Neighbours().fit(X)",
        "tokenizer = learners.PairTokenizer()\ntokenizer.train(['a b', 'c d'])",
        "learners.Normal().fit(X)\nlearners.Codes().fit(X, y)",
    )
    assert story.errors == []
    assert not story.models


def test_a_table_of_metrics_has_rows_with_names_and_mostly_metrics() -> None:
    pandas = pytest.importorskip("pandas")
    columns = {"model": ["one", "other"], "MSE": [1.0, 2.0], "R2": [0.5, 0.25]}
    assert dict(ranked_in(pandas.DataFrame(columns)))["MSE/other"] == 2.0
    data = {"city": ["one", "other"], "age": [1, 2], "rooms": [3, 4], "loss": [0.5, 0.25]}
    assert not list(ranked_in(pandas.DataFrame(data)))
    assert not list(ranked_in(pandas.DataFrame({"MSE": [1.0, 2.0], "R2": [0.5, 0.25]})))
    twice = pandas.DataFrame([["one", 1.0, 2.0], ["other", 2.0, 3.0]], columns=["of", "MSE", "MSE"])
    assert not list(ranked_in(twice))


def test_what_an_object_cannot_say_of_itself_is_left_out() -> None:
    class Broken:
        """Neither its settings nor its text can be asked for."""

        def __init__(self, depth: int = 3) -> None:
            self.depth = depth

        def get_params(self, deep: bool = True) -> dict[str, object]:
            raise AttributeError("kept")

        def __repr__(self) -> str:
            raise AttributeError("kept")

    assert estimator_params(Broken(5)) == {"depth": "5"}
    assert (text_of(Broken()), text_of([Broken()])) == ("Broken", None)
    assert of_object(3.5) == of_object(None) == []


def test_settings_that_a_constructor_passes_on_or_that_are_classes() -> None:
    class Ridge:
        def get_params(self, deep: bool = True) -> dict[str, object]:
            return {"alpha": 1.0}

    class Wrapper:
        def __init__(self, kind: type = Ridge, **kwargs: object) -> None:
            self.kind, self.kwargs = kind, kwargs

    asked = Wrapper(solver="liblinear", seed=42, rows=[1, 2])
    assert estimator_params(asked) == {"solver": "liblinear", "seed": "42"}
