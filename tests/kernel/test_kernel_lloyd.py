"""K-means written out by hand, known by its shape; and what only looks like it."""

from __future__ import annotations

import ast

import pytest

from jupyterlab_mlops.kernel.source.lloyd import centred

POINTS = (
    "import numpy as np\nrng = np.random.default_rng(0)\n"
    "X = np.concatenate([rng.normal(size=(30, 2)) + at for at in (0, 5, 9)])\n"
)
LOOP = (
    "for turn in range(5):\n    labels = np.argmin(((X[:, None] - centres) ** 2).sum(-1), axis=1)\n"
    "    for k in range(3):\n        centres[k] = X[labels == k].mean(axis=0)\n"
)


DEFINITIONS = {
    name: ast.parse(source).body[0]
    for name, source in {
        "assign": "def assign(centres, X):\n    return np.argmin(cdist(X, centres), axis=1)",
        "update": "def update(X, labels):\n    table = pd.DataFrame(X)\n    return table.groupby(labels).mean().values",
    }.items()
}


@pytest.mark.parametrize(
    ("loop", "names"),
    [
        (LOOP, {"centres"}),
        (
            "while moved:\n    near = d.argmin(axis=1)\n    c = np.array([np.mean(X[near == k], axis=0) for k in range(3)])",
            {"c"},
        ),
        (
            "while moved:\n    labels = assign(centres, X)\n    old = centres\n    centres = update(X, labels)",
            {"centres"},
        ),
        ("while moved:\n    labels = assign(centres, X)\n    means = update(X, labels)", set()),
        (
            "while moved:\n    near = np.argmin(d, axis=1)\n    for i in range(k):\n"
            "        points = [X[j] for j in range(len(X)) if near[j] == i]\n        C[i] = np.mean(points, axis=0)",
            {"C"},
        ),
        ("for k in range(3):\n    shares[k] = X[labels == k].mean()", set()),
        (
            "for name in columns:\n    means = table.groupby(name).mean()\n    best = means.y.idxmin()",
            set(),
        ),
        ("for a in rates:\n    best = np.argmin(losses)\n    centre = X.mean(axis=0)", set()),
        ("near = d.argmin(axis=1)\ncentre = X[near == 0].mean(axis=0)", set()),
    ],
    ids=[
        "entries",
        "all at once",
        "in turns",
        "not in turns",
        "a list of points",
        "shares of groups",
        "means of groups",
        "no label",
        "no loop",
    ],
)
def test_which_centres_a_loop_moves(loop: str, names: set[str]) -> None:
    assert centred(ast.parse(loop), DEFINITIONS.get) == names


def test_centres_of_a_loop_and_of_a_function_are_models(kernel) -> None:
    indented = LOOP.replace("\n", "\n    ")
    story = kernel.run(
        POINTS + "centres = X[[0, 40, 80]].copy()",
        LOOP,
        f"def groups(X, centres):\n    {indented}\n    return centres",
        "found = groups(X, X[:3].copy())",
    )
    assert story.errors == []
    assert [(one.variable, one.model_class) for one in story.models] == [
        ("centres", "ndarray"),
        ("found", "ndarray"),
    ]


CLASS = """
class Clusters:
    def __init__(self, k):
        self.k = k
    def predict(self, X):
        self.centroids = X[: self.k]
        for turn in range(5):
            near = np.argmin(((X[:, None] - self.centroids) ** 2).sum(-1), axis=1)
            self.centroids = self._means(X, near)
        return near
    def _means(self, X, near):
        return np.array([X[near == k].mean(axis=0) for k in range(self.k)])
class Nearest:
    def keep(self, X, y):
        self.X, self.y = X, y
    def predict(self, X):
        self.found = []
        for row in X:
            self.found.append(self.y[np.argmin(((self.X - row) ** 2).sum(-1))])
        return self.found
"""


def test_a_class_that_moves_its_centres_as_it_predicts_is_trained_by_that(kernel) -> None:
    story = kernel.run(
        POINTS + CLASS,
        "from sklearn.metrics import silhouette_score\nmodel = Clusters(3)\nlabels = model.predict(X)",
        "silhouette_score(X, labels)",
        "nearest = Nearest()\nnearest.keep(X, labels)\nsame = nearest.predict(X)",
    )
    assert story.errors == []
    (only,) = story.models
    assert (only.variable, only.model_class, only.params["k"]) == ("model", "Clusters", "3")
    assert list(only.metrics) == ["silhouette_score"]
