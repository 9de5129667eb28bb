"""Notebooks in the styles of courses and tutorials: loops over settings, functions and networks of one's own."""

from __future__ import annotations

import pytest
from test_kernel_notebooks import Notebook, check

pytest.importorskip("sklearn")

NOTEBOOKS = [
    Notebook(
        "models that a loop only cross-validates: each has its value of the list",
        [
            "from sklearn.model_selection import cross_val_score\n"
            "from sklearn.tree import DecisionTreeRegressor\nrmse_scores = []\n"
            "for depth in (1, 2):\n    tree = DecisionTreeRegressor(max_depth=depth, random_state=0)\n"
            "    folds = cross_val_score(tree, X, y, cv=2, scoring='neg_mean_squared_error')\n"
            "    rmse_scores.append(np.mean(np.sqrt(-folds)))",
        ],
        [("DecisionTreeRegressor", "tree"), ("DecisionTreeRegressor", "tree")],
        [
            (0, "rmse_score", "rmse_scores[0]"),
            (0, "cross_val_score_mean", "None"),
            (0, "cross_val_score_std", "None"),
            (1, "rmse_score", "rmse_scores[1]"),
            (1, "cross_val_score_mean", "None"),
            (1, "cross_val_score_std", "None"),
        ],
    ),
    Notebook(
        "an array to which a loop appends; the root of a mean of scores, not the mean with another sign",
        [
            "ridge = Ridge()\naccs = []\nfor i in range(4):\n    ridge.fit(X[i::2], y[i::2])\n"
            "    accs = np.append(accs, np.mean(ridge.predict(X).round() == y))",
            "from sklearn.model_selection import cross_val_score\nother = Ridge(alpha=2)\n"
            "scores = cross_val_score(other, X, y, cv=2, scoring='neg_mean_squared_error')",
            "np.sqrt(-scores).mean()",
            "-scores.mean()",
        ],
        [("Ridge", "ridge"), ("Ridge", "other")],
        [
            ("ridge", "acc", "accs[-1]"),
            ("other", "cross_val_score_mean", "scores.mean()"),
            ("other", "cross_val_score_std", "scores.std()"),
            ("other", "root_score_mean", "np.sqrt(-scores).mean()"),
        ],
        fits={0: 4},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_courses_do(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)
