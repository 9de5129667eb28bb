"""Notebooks in the styles of packages' documentation: galleries, guides, demos."""

from __future__ import annotations

import pytest
from test_kernel_notebooks import Notebook, check

pytest.importorskip("sklearn")

NOTEBOOKS = [
    Notebook(
        "what a method of an estimator fits on the way is not the estimator trained",
        [
            "from sklearn.tree import DecisionTreeClassifier\ntree = DecisionTreeClassifier(random_state=0)\n"
            "path = tree.cost_complexity_pruning_path(X_train, y_train)",
            "trees = [DecisionTreeClassifier(ccp_alpha=alpha).fit(X_train, y_train) for alpha in path.ccp_alphas[:2]]",
        ],
        [("DecisionTreeClassifier", "trees[0]"), ("DecisionTreeClassifier", "trees[1]")],
        [],
    ),
    Notebook(
        "settings given by position",
        [
            "from sklearn.model_selection import StratifiedKFold, cross_val_score\n"
            "clf = LogisticRegression(max_iter=300)\nfolds = StratifiedKFold(4)",
            "cross_val_score(clf, X, y, cv=folds).mean()",
        ],
        [("LogisticRegression", "clf")],
        [
            ("clf", "cross_val_score_mean", "cross_val_score(clf, X, y, cv=folds).mean()"),
            ("clf", "cross_val_score_std", "cross_val_score(clf, X, y, cv=folds).std()"),
        ],
        params={0: {"StratifiedKFold.n_splits": "4"}},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_documentation_shows(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)
