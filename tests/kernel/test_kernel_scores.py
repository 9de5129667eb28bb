"""Every score that scikit-learn offers is taken, and what is none is not."""

from __future__ import annotations

import inspect

import pytest
from test_kernel_notebooks import DATA

metrics = pytest.importorskip("sklearn.metrics")

SETUP = """
import warnings; warnings.simplefilter("ignore")
import sklearn.metrics as metrics, sklearn.metrics.cluster
ranks = X[:, 0].argsort().argsort()
yb, yc = (ranks * 2 >= len(X)).astype(int), ranks * 3 // len(X)
model = LogisticRegression(max_iter=50).fit(X, yc)
found = model.predict(X)
hit = (found > 0).astype(int)
chance = model.predict_proba(X)
likely = chance[:, 2]
Y, P = np.eye(3, dtype=int)[yc], chance
labels = found
"""
CLASSES, BINARY = "yc, found", "yb, hit"
GIVEN = {
    **dict.fromkeys(("average_precision_score", "brier_score_loss", "roc_auc_score"), "yb, likely"),
    **dict.fromkeys(("coverage_error", "label_ranking_average_precision_score"), "Y, P"),
    **dict.fromkeys(("label_ranking_loss", "dcg_score", "ndcg_score"), "Y, P"),
    **dict.fromkeys(("log_loss", "d2_log_loss_score", "d2_brier_score", "hinge_loss"), "yc, chance"),
    **dict.fromkeys(("calinski_harabasz_score", "davies_bouldin_score", "silhouette_score"), "X, labels"),
    **dict.fromkeys(("mean_gamma_deviance", "mean_poisson_deviance"), "yc + 1, found + 1"),
    **dict.fromkeys(("f1_score", "jaccard_score", "precision_score", "recall_score"), BINARY),
    "fbeta_score": "yb, hit, beta=0.5",
    "class_likelihood_ratios": BINARY,
    "auc": "np.sort(likely), likely",
    "consensus_score": "(Y.T[:2] > 0, Y.T[:2] > 0), (hit[None] > 0, hit[None] > 0)",
    "top_k_accuracy_score": "yc, chance, k=2",
}  # fmt: skip
ENDS = (
    "_score",
    "_error",
    "_loss",
    "_deviance",
    "_corrcoef",
    "auc",
    "_ratios",
    "_measure",
    "_support",
)
TOLD = {
    "class_likelihood_ratios": ("positive_likelihood_ratio", "negative_likelihood_ratio"),
    "homogeneity_completeness_v_measure": ("homogeneity", "completeness", "v_measure"),
    "precision_recall_fscore_support": ("precision/0", "recall/0", "f_score/0"),
}
NO_SCORES = {
    "confusion_matrix": CLASSES,
    "pairwise_distances": "X[:5]",
    "euclidean_distances": "X[:1], X[1:2]",
    "silhouette_samples": "X, labels",
}  # fmt: skip


def scores() -> list[str]:
    """The public functions of ``sklearn.metrics``, and of its part for clusterings, that give scores."""
    named = {*metrics.__all__, *metrics.cluster.__all__}
    return sorted(
        name
        for name in named
        if inspect.isfunction(getattr(metrics, name, None)) and name.endswith(ENDS)
    )


def test_every_score_of_scikit_learn_is_taken(kernel) -> None:
    names = scores()
    calls = [f"metrics.{name}({GIVEN.get(name, CLASSES)})" for name in names]
    others = [f"metrics.{name}({given})" for name, given in NO_SCORES.items()]
    story = kernel.run(DATA, SETUP, *others)
    assert [one for one in (*story.models, story.run) if one.metrics] == []
    story = kernel.run(DATA, SETUP, *calls)
    assert story.errors == [], story.outputs
    told = {
        metric.partition(":")[0] for one in (*story.models, story.run) for metric in one.metrics
    }
    assert {name for name in names if not set(TOLD.get(name, (name,))) <= told} == set()


def test_how_likely_one_row_is_says_nothing_of_the_model(kernel) -> None:
    story = kernel.run(
        DATA
        + "from sklearn.mixture import GaussianMixture\nmix = GaussianMixture(2, random_state=0).fit(X)",
        "density = np.array([np.exp(mix.score([row])) for row in X[:5].tolist()])\n"
        "one = np.array([np.exp(mix.score(X[:1])) for _ in range(3)])",
        "mix.score(X)",
    )
    assert story.errors == []
    (only,) = story.models
    assert only.metrics == {"score": [kernel.ask("float(mix.score(X))")]}
