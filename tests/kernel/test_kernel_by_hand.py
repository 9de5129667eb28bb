"""Metrics written out by hand: known by the shape of their expression, and what only looks like one."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.measures.by_hand import manual_metric

SHAPES = {
    "accuracy": [
        "np.mean(p == y)",
        "(p == y).mean()",
        "100 * (p == y).mean()",
        "sum(p == y) / len(y)",
        "(p == y).sum().item() / len(y)",
        "(p == y).float().mean()",
        "torch.mean((p == y).float()).item()",
        "np.mean(np.equal(p, y))",
        "np.trace(cm) / np.sum(cm)",
        "1 - np.mean(p != y)",
    ],
    "error_rate": ["np.mean(p != y)", "1 - (p == y).mean()", "1 - np.mean(p == y)"],
    "auc": ["(pos[i] > neg[j]).mean()", "np.mean(neg_scores[i] < pos_scores[j])"],
    "mse": [
        "np.mean((p - y) ** 2)",
        "((p - y) ** 2).mean()",
        "(p - y).pow(2).mean()",
        "np.square(p - y).mean()",
        "np.square(np.subtract(y, p)).mean()",
        "torch.mean(torch.pow(p - y, 2))",
        "np.mean((p - y) * (p - y))",
        "np.mean(np.abs(p - y) ** 2)",
        "np.sum((p - y) ** 2) / len(y)",
        "np.average((p - y) ** 2, axis=0)",
        "np.round(np.mean(np.array(np.power(p - y, 2))), 4)",
    ],
    "rmse": [
        "np.sqrt(np.mean((p - y) ** 2))",
        "np.mean((p - y) ** 2) ** 0.5",
        "((p - y) ** 2).mean() ** (1 / 2)",
        "((p - y) ** 2).mean().sqrt().item()",
        "round(math.sqrt(((p - y) ** 2).mean()), 3)",
    ],
    "rmsle": ["np.sqrt(np.mean((np.log1p(p) - np.log1p(y)) ** 2))"],
    "mae": [
        "np.mean(np.abs(p - y))",
        "(p - y).abs().mean()",
        "abs(p - y).mean()",
        "np.mean(abs(residuals))",
        "np.absolute(p - y).mean()",
        "np.mean(np.asarray(np.abs(p - y)).ravel())",
    ],
    "mape": [
        "np.mean(np.abs((y - p) / y)) * 100",
        "100 * np.mean(np.abs((y - p) / y))",
        "((y - p) / y).abs().mean()",
    ],
    "r2": [
        "1 - rss / tss",
        "1 - (ss_res / ss_tot)",
        "1 - np.sum((y - p) ** 2) / np.sum((y - np.mean(y)) ** 2)",
        "1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()",
        "1 - np.mean((y - p) ** 2) / np.var(y)",
    ],
    "adjusted_r2": [
        "1 - (1 - r2) * (n - 1) / (n - p - 1)",
        "1 - ((1 - r2) * (n - 1)) / (n - p - 1)",
        "1 - (1 - lm.score(X, y)) * (len(y) - 1) / (len(y) - X.shape[1] - 1)",
        "1 - (1 - r2) * ((n - 1) / (n - k - 1))",
    ],
    None: [
        "np.sum((p - y) ** 2) / (2 * m)",
        "np.mean(y == 'spam')",
        "1 - np.mean(y == 1)",
        "np.mean(y)",
        "np.mean(np.abs(y))",
        "np.mean((y / 2) ** 2)",
        "1 - a / b",
        "1 - (1 - rate) * years",
        "np.mean((p - y) ** 3)",
        "np.sqrt(np.mean(y))",
        "(p * y).mean()",
        "1 - total / count",
    ],
}


@pytest.mark.parametrize(
    ("name", "expression"),
    [(name, one) for name, expressions in SHAPES.items() for one in expressions],
)
def test_the_shape_says_which_metric_it_is(name: str | None, expression: str) -> None:
    assert manual_metric(ast.parse(expression, mode="eval").body) == name


NOTEBOOKS = [
    Notebook(
        "what is written by hand is its model's, shown or bound to a name that says nothing",
        [
            "lm = LinearRegression().fit(X_train, y_train)\nbase = Ridge(1e9).fit(X_train, y_train)\n"
            "s = pd.Series(y_test.astype(float))",
            "print('Baseline MAE', (base.predict(X_test) - s).abs().mean())\n(s - lm.predict(X_test)).pow(2).mean()",
            "n, k = X_test.shape\na = 1 - (1 - lm.score(X_test, y_test)) * (n - 1) / (n - k - 1)\n"
            "print('Adjusted', a)",
            "b = np.mean((s - lm.predict(X_test)) ** 2) ** 0.5",
        ],
        [("LinearRegression", "lm"), ("Ridge", "base")],
        [
            ("base", "mae", "(base.predict(X_test) - s).abs().mean()"),
            ("lm", "mse", "(s - lm.predict(X_test)).pow(2).mean()"),
            ("lm", "score", "lm.score(X_test, y_test)"),
            ("lm", "adjusted_r2", "a"),
            ("lm", "rmse", "b"),
        ],
    ),
    Notebook(
        "a history that a loop adds its data to is no series of losses",
        [
            "from sklearn.metrics import mean_squared_error\nhistory, found = list(range(20)), []\n"
            "for t in range(4):\n    lm = LinearRegression().fit(np.arange(len(history))[:, None], history)\n"
            "    found.append(lm.predict([[len(history)]])[0])\n    history.append(20.5 + t)",
            "rmse = np.sqrt(mean_squared_error(history[-4:], found))",
        ],
        [("LinearRegression", "lm")],
        [("lm", "rmse", "rmse")],
        fits={0: 4},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_is_written_by_hand(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)
