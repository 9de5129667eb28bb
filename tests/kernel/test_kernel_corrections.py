"""Weights that are learnt without a rate and a gradient: perceptrons, Newton's steps, expectation maximisation, maps that move
towards examples, slopes by sums; and functions of local modules that step down the gradient of a cost they are given."""

from __future__ import annotations

import ast

import pytest

from jupyterlab_mlops.kernel.source.corrections import corrected, rewarded
from jupyterlab_mlops.kernel.source.descents import descended
from jupyterlab_mlops.kernel.source.least_squares import (
    is_slope,
    least_squares,
    pieces_of,
    solved_in,
)

DATA = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 2)); y = (X[:, 0] > 0).astype(int); t = 2 * y - 1
x = rng.uniform(0, 9, 40); z = 2 * x + 1 + rng.normal(size=40)
"""


@pytest.mark.parametrize(
    ("loop", "names"),
    [
        # a perceptron, by rows and by their numbers
        ("for a, b in zip(X, t):\n    if b * np.dot(w, a) <= 0:\n        w += b * a", {"w"}),
        ("for i in range(n):\n    if t[i] * (X[i] @ w) <= 0:\n        w = w + t[i] * X[i]", {"w"}),
        ("for a, b in rows:\n    weights[1:] += (b - predict(a, weights)) * a", set()),
        (
            "for a, b in rows:\n    error = b - predict(a, weights)\n    weights[1:] += error * a",
            {"weights"},
        ),
        # a support vector machine by Pegasos
        (
            "for k in range(9):\n    i = draw(n)\n    if t[i] * X[i] @ w < 1:\n        w = (1 - eta * lam) * w + eta * t[i] * X[i]\n"
            "    else:\n        w = (1 - eta * lam) * w",
            {"w"},
        ),
        # expectation maximisation
        (
            "for k in range(9):\n    a = p * pdf(x, m)\n    r = a / (a + c)\n    m = np.sum(r * x) / np.sum(r)",
            {"m"},
        ),
        (
            "for k in range(9):\n    r = of(X, mu)\n    N = r.sum(axis=0)\n    mu = r.T @ X / N[:, None]\n    shares = N / n",
            {"mu"},
        ),
        # neither: Gram and Schmidt, PageRank, a total, a random walk, a mean of what does not change
        ("for v in basis:\n    w = w - np.dot(w, v) * v", set()),
        ("for k in range(9):\n    rank = M.dot(rank) / np.sum(rank)", set()),
        ("for a in rows:\n    total += np.dot(w, a)", set()),
        ("for step in steps:\n    w += step", set()),
        ("for k in range(9):\n    m = np.sum(r * x) / np.sum(r)", set()),
    ],
)
def test_knows_what_examples_correct(loop: str, names: set[str]) -> None:
    assert corrected(ast.parse(loop).body[0]) == names


@pytest.mark.parametrize(
    ("loop", "names"),
    [
        ("for k in range(9):\n    beta = beta + np.linalg.solve(H, grad(beta))", {"beta"}),
        ("for k in range(9):\n    p = s(X @ w)\n    w -= np.linalg.inv(H) @ X.T @ (p - y)", {"w"}),
        ("for a in rows:\n    nodes[i, j] += lr * h * (a - nodes[i, j])", {"nodes"}),
        ("for k in range(9):\n    v = v + np.linalg.solve(A, b)", set()),
        ("for a in rows:\n    mean += 0.1 * (a - mean)", set()),
    ],
)
def test_knows_newton_and_maps(loop: str, names: set[str]) -> None:
    assert descended(ast.parse(loop).body[0], lambda _name: None) == names


JAX_UPDATES = """
def by_tree(params, x, y):
    grads = jax.grad(loss)(params, x, y)
    return jax.tree_util.tree_map(lambda p, g: p - 0.1 * g, params, grads)
def by_pairs(params, x, y):
    grads = grad(loss)(params, x, y)
    return [(w - step_size * dw, b - step_size * db) for (w, b), (dw, db) in zip(params, grads)]
def by_optax(params, state, x, y):
    value, grads = jax.value_and_grad(loss)(params, x, y)
    updates, state = optimizer.update(grads, state)
    return optax.apply_updates(params, updates), state, value
def by_flax(state, x, y):
    return state.apply_gradients(grads=jax.grad(loss)(state.params, x, y)), 0
def scaled(params, x, y):
    return [p - 0.1 * x for p in params]
"""


@pytest.mark.parametrize(
    ("step", "names"),
    [
        ("params = by_tree(params, X, y)", {"params"}),
        ("params = by_pairs(params, X, y)", {"params"}),
        ("params, state, value = by_optax(params, state, X, y)", {"params", "state"}),
        ("params = optax.apply_updates(params, updates)", {"params"}),
        ("state, value = by_flax(state, X, y)", {"state"}),
        ("state = state.apply_gradients(grads=grads)", {"state"}),
        ("params = scaled(params, X, y)", set()),
    ],
)
def test_knows_steps_as_one_takes_them_with_jax(step: str, names: set[str]) -> None:
    functions = {one.name: one for one in ast.parse(JAX_UPDATES).body}
    loop = ast.parse(f"for epoch in range(9):\n    {step}").body[0]
    assert descended(loop, functions.get) == names


@pytest.mark.parametrize(
    ("step", "tables"),
    [
        ("Q[s, a] += alpha * (r + gamma * Q[t].max() - Q[s, a])", {"Q"}),
        ("Q[s][a] = (1 - lr) * Q[s][a] + lr * (r + discount * max(Q[t]))", {"Q"}),
        (
            "V[s] = max(gamma * V[t] + r, gamma * V[u])",
            set(),
        ),  # values are worked out of a model of the world
        ("G = r + gamma * G", set()),
        ("mean[a] += (r - mean[a]) / n[a]", set()),
    ],
)
def test_knows_tables_that_are_learnt_from_rewards(step: str, tables: set[str]) -> None:
    assert rewarded(ast.parse(f"for episode in range(9):\n    {step}").body[0]) == tables


@pytest.mark.parametrize(
    ("cell", "slope"),
    [
        ("b = np.sum((x - mx) * (z - mz)) / np.sum((x - mx) ** 2)", True),
        ("b = ((x - mx) * (z - mz)).sum() / ((x - mx) ** 2).sum()", True),
        ("dx = x - mx\ndz = z - mz\nb = np.dot(dx, dz) / np.dot(dx, dx)", True),
        (
            "over = np.sum(z * x) - n * mz * mx\nunder = np.sum(x * x) - n * mx * mx\nb = over / under",
            True,
        ),
        (
            "over = 0\nunder = 0\nfor i in range(n):\n    over += (x[i] - mx) * (z[i] - mz)\n    under += (x[i] - mx) ** 2\n"
            "b = over / under",
            True,
        ),
        ("b = np.sum(x * z) / np.sum(z)", False),
        (
            "b = np.sum((x[1:] - m) * (x[:-1] - m)) / np.sum((x - m) ** 2)",
            False,
        ),  # an autocorrelation
        ("b = total / n", False),
        ("b = np.sum((x - mx) * (z - mz)) / (sx * sz)", False),  # a correlation
    ],
)
def test_knows_the_slope_of_a_line(cell: str, slope: bool) -> None:
    tree = ast.parse(cell)
    assert is_slope(tree.body[-1].value, pieces_of(tree)) is slope


def test_parts_of_a_fit_are_followed_in_its_cell_and_predictions_are_none() -> None:
    tree = ast.parse("A = np.linalg.inv(X.T @ X)\nw = A @ X.T @ y\np = w.dot(rows)")
    pieces = pieces_of(tree)
    assert [least_squares(one.value, pieces) for one in tree.body] == [False, True, False]


@pytest.mark.parametrize(
    "body",
    [
        "S = np.linalg.inv(alpha * np.eye(3) + beta * X.T.dot(X))\n    return beta * S.dot(X.T).dot(y), S",
        "for k in range(9):\n        w = np.linalg.inv(X.T @ D @ X) @ X.T @ D @ v\n    return w",
        "X = np.column_stack([ones, X])\n    G = X.T.dot(X)\n    G = G + r * np.eye(len(G))\n    w = inv(G).dot(X.T).dot(y)\n    return w[0], w[1:]",
        "G = X.T @ X\n    G += r * np.eye(3)\n    return np.linalg.solve(G, X.T @ y)",
        "z = torch.inverse(torch.matmul(X.t(), X))\n    p = torch.matmul(z, torch.matmul(X.t(), y))\n    b, w = torch.tensor([p[0]]), p[1:].view(2, 1)\n    return w, b",
        "return torch.linalg.lstsq(X, y).solution",
        "found = minimize(cost, start, args=(X, y), jac=slope)\n    return found",
        "found = opt.fmin_bfgs(cost, start, args=(X, y))\n    return found",
        "every = np.zeros((3, 2))\n    for k in range(3):\n        every[k] = minimize(cost, start, args=(X, y == k)).x\n    return every",
    ],
)
def test_knows_what_functions_work_out_by_least_squares_or_a_minimiser(body: str) -> None:
    assert solved_in(ast.parse(f"def work(X, y):\n    {body}").body[0])


def test_weights_of_each_class_that_another_function_finds() -> None:
    tree = ast.parse(
        "def one(X, y):\n    found = fmin_cg(cost, start, args=(X, y), full_output=True)\n    return found[0], found[1]\n"
        "def each(X, y):\n    theta = np.zeros((3, 2))\n    for k in range(3):\n        best, least = one(X, y == k)\n"
        "        theta[k, :] = best\n    return theta\n"
        "def count(X, y):\n    best, least = one(X, y)\n    return len(X)"
    )
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = {name: solved_in(node, functions.get) for name, node in functions.items()}
    assert found == {"one": True, "each": True, "count": False}


@pytest.mark.parametrize(
    "body",
    [
        "w = np.linalg.inv(X.T @ X) @ X.T @ y\n    return X @ w",
        "G = X.T @ X\n    G = G / len(X)\n    return G",
        "found = minimize(rosen, start)\n    return found.x",
        "total = np.zeros(3)\n    total[0] = X.sum()\n    return total",
    ],
)
def test_predictions_covariances_and_sums_are_no_weights(body: str) -> None:
    assert not solved_in(ast.parse(f"def work(X, y):\n    {body}").body[0])


def test_a_cost_that_loops_and_functions_hand_to_a_minimiser(kernel) -> None:
    pytest.importorskip("scipy")
    story = kernel.run(
        DATA,
        "from scipy.optimize import minimize\nimport scipy.optimize as opt\ndef cost_function(w, reg, X, y):\n"
        "    return np.mean((X @ w - y) ** 2) + reg * (w ** 2).sum()\nstart = np.zeros(X.shape[1])",
        "first = cost_function(start, 0, X, y)",
        "for reg in (0, 1, 10):\n    found = minimize(cost_function, start, args=(reg, X, y), method='BFGS')\n"
        "    print('accuracy', np.mean((X @ found.x > 0) == (y > 0)))",
        "def train(X, y, reg):\n    best = opt.minimize(cost_function, start, args=(reg, X, y))\n    return best\nbest = train(X, y, 2)",
        "kept = minimize is opt.minimize",
    )
    assert story.errors == []
    *loop, alone = story.models
    assert [one.params["reg"] for one in loop] == ["0", "1", "10"]
    assert all(one.params["method"] == "BFGS" for one in loop)
    assert all({"cost", "accuracy"} == one.metrics.keys() for one in loop)
    assert loop[-1].metrics["cost"] == [kernel.ask("float(found.fun)")]
    assert (alone.variable, alone.metrics) == ("best", {"cost": [kernel.ask("float(best.fun)")]})
    assert kernel.ask("kept")


def test_all_that_a_minimiser_gives_and_prints_is_one_cost(kernel) -> None:
    pytest.importorskip("scipy")
    story = kernel.run(
        DATA,
        "import scipy.optimize\ndef cost_function(w, X, y):\n    return np.mean((X @ w - y) ** 2)",
        "found = scipy.optimize.fmin(cost_function, x0=np.zeros(2), args=(X, y), full_output=True)",
        "mincost = cost_function(found[0], X, y)",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.variable == "found[0]"
    assert one.metrics == {"cost": [kernel.ask("float(found[1])")]}


def test_an_object_that_predicts_and_whose_beliefs_are_updated(kernel) -> None:
    story = kernel.run(
        DATA,
        "class Bayes:\n    def __init__(self, prior):\n        self.mean, self.precision = np.zeros(2), prior * np.eye(2)\n"
        "    def update_posterior(self, features, targets):\n        more = self.precision + features.T @ features\n"
        "        self.mean = np.linalg.solve(more, self.precision @ self.mean + features.T @ targets)\n        self.precision = more\n"
        "    def predict(self, features):\n        return features @ self.mean\n"
        "class Sprite:\n    def update(self, x, y):\n        self.x, self.y = x, y",
        "model, sprite = Bayes(2.0), Sprite()",
        "for start in (0, 20, 40):\n    model.update_posterior(X[start : start + 20], y[start : start + 20])\nsprite.update(X, y)",
        "mse = np.mean((model.predict(X) - y) ** 2)",
    )
    assert story.errors == []
    (one,) = story.models
    assert (one.model_class, one.fits) == ("Bayes", 3)
    assert one.metrics == {"mse": [kernel.ask("float(mse)")]}


def test_an_array_of_costs_beside_the_weights(kernel) -> None:
    story = kernel.run(
        DATA,
        "def compute_cost(X, y, w):\n    return np.sum((X @ w - y) ** 2) / 2",
        "def descend(X, y, alpha=0.001, rounds=6):\n    w = np.zeros(X.shape[1])\n    J_history = np.zeros(rounds)\n"
        "    for i in range(rounds):\n        w = w - alpha * X.T @ (X @ w - y)\n        J_history[i] = compute_cost(X, y, w)\n"
        "    return w, J_history",
        "compute_cost(X, y, np.zeros(X.shape[1]))",
        "theta, J = descend(X, y)",
    )
    assert story.errors == []
    (one,) = story.models
    assert list(one.metrics.values()) == [kernel.ask("J.tolist()")]
    assert list(story.run.metrics) == ["compute_cost"]


def test_a_perceptron_and_newtons_steps(kernel) -> None:
    story = kernel.run(
        DATA,
        "w = np.zeros(2)\nfor epoch in range(5):\n    for a, b in zip(X, t):\n        if b * np.dot(w, a) <= 0:\n            w += b * a",
        "accuracy = np.mean(np.sign(X @ w) == t)",
        "beta = np.zeros(2)\nfor step in range(3):\n    p = 1 / (1 + np.exp(-X @ beta))\n    gradient = X.T @ (y - p)\n"
        "    H = X.T @ (X * (p * (1 - p))[:, None])\n    beta = beta + np.linalg.solve(H, gradient)\n"
        "    print(f'step {step}: log-likelihood = {np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)):.4f}')",
    )
    assert story.errors == []
    assert [one.variable for one in story.models] == ["w", "beta"]
    first, second = story.models
    assert first.metrics == {"accuracy": [kernel.ask("float(accuracy)")]}
    assert len(second.metrics["log-likelihood"]) == 3


def test_a_mixture_that_expectation_maximisation_estimates(kernel) -> None:
    story = kernel.run(
        DATA,
        "x = np.r_[rng.normal(0, 1, 50), rng.normal(6, 1, 50)]\nm, q = -1.0, 1.0\nfor turn in range(9):\n"
        "    a, c = np.exp(-(x - m) ** 2 / 2), np.exp(-(x - q) ** 2 / 2)\n    r = a / (a + c)\n"
        "    m, q = np.sum(r * x) / np.sum(r), np.sum((1 - r) * x) / np.sum(1 - r)\n    loglik = np.log(a + c).sum()",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.variable == "m"
    assert one.metrics == {"loglik": [kernel.ask("float(loglik)")]}


def test_a_table_that_is_learnt_from_rewards_needs_no_data(kernel) -> None:
    story = kernel.run(
        DATA,
        "Q = np.zeros((4, 2))\ngamma, alpha = 0.9, 0.1\nrewards = []\nfor episode in range(9):\n    s, total = 0, 0.0\n"
        "    while s < 3:\n        a = rng.integers(2)\n        t = max(s + 2 * a - 1, 0)\n        r = float(t == 3)\n"
        "        Q[s, a] += alpha * (r + gamma * Q[t].max() - Q[s, a])\n        s, total = t, total + r\n    rewards.append(total)",
    )
    assert story.errors == []
    (one,) = story.models
    assert (one.variable, one.params["gamma"]) == ("Q", "0.9")


def test_a_line_whose_sums_a_loop_adds_up(kernel) -> None:
    story = kernel.run(
        DATA,
        "mx, mz = x.mean(), z.mean()\nover = 0\nunder = 0\nfor i in range(len(x)):\n    over += (x[i] - mx) * (z[i] - mz)\n"
        "    under += (x[i] - mx) ** 2\nslope = over / under\nstart = mz - slope * mx",
        "rmse = np.sqrt(np.mean((start + slope * x - z) ** 2))",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.variable == "slope"
    assert one.metrics == {"rmse": [kernel.ask("float(rmse)")]}


def test_what_is_minimised_beside_data_that_it_does_not_read_learns_nothing(kernel) -> None:
    pytest.importorskip("scipy")
    story = kernel.run(
        "import numpy as np\nfrom scipy.optimize import minimize\ndef loss(w):\n    return float((w[0] - 2) ** 2)",
        "grid = np.linspace(-3, 3, 50) * 2\nfound = minimize(loss, [0.0])",
    )
    assert story.errors == []
    assert not story.models


def test_a_curve_is_a_model_where_its_cell_measures_it(kernel) -> None:
    pytest.importorskip("scipy")
    story = kernel.run(
        DATA + "from scipy.optimize import curve_fit\ndef line(x, a, b):\n    return a * x + b",
        "found, covariance = curve_fit(line, x, z)\nrmse = np.sqrt(np.mean((line(x, *found) - z) ** 2))",
        "drawn, covariance = curve_fit(line, x, z)",
    )
    assert story.errors == []
    (one,) = story.models
    assert (one.variable, list(one.metrics)) == ("found", ["rmse"])


MODULE = """
import numpy as np
def slope(g, w):
    return np.array([(g(w + d) - g(w - d)) / 2e-4 for d in 1e-4 * np.eye(len(w))])
def gradient_descent(g, alpha, max_its, w):
    weight_history, cost_history = [w.copy()], [np.array([g(w)])]
    for k in range(max_its):
        grad = slope(g, w)
        w = w - alpha * grad
        weight_history.append(w.copy())
        cost_history.append(np.array([g(w)]))
    return weight_history, cost_history
"""


def test_a_function_of_a_local_module_goes_down_the_cost_that_it_is_given(kernel, tmp_path) -> None:
    (tmp_path / "descending.py").write_text(MODULE)
    story = kernel.run(
        DATA + f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport descending",
        "def least_squares(w):\n    return np.mean((w[0] + w[1] * x - z) ** 2)",
        "weights, cost_history = descending.gradient_descent(least_squares, 0.01, 8, np.array([0.0, 1.0]))",
        "def cost_of(a, b):\n    return lambda w: np.mean((w[0] + w[1] * a - b) ** 2)\n"
        "others, costs = descending.gradient_descent(cost_of(x, z), 0.02, 8, np.array([0.0, 1.0]))",
        "print('final cost:', least_squares(weights[-1]))",
        "ways, cost_history_2 = descending.gradient_descent(lambda w: w[0] ** 4 - w[0], 0.01, 8, np.array([2.0]))",
    )
    assert story.errors == []
    one, other = story.models
    assert (one.variable, one.params["alpha"], one.params["max_its"]) == ("weights", "0.01", "8")
    assert (other.variable, other.params["alpha"], list(other.metrics)) == (
        "others",
        "0.02",
        ["cost"],
    )
    assert len(one.metrics["cost_history"]) == 9
    assert one.metrics["final_cost"] == [kernel.ask("float(least_squares(weights[-1]))")]
    assert not story.run.metrics  # what goes down a curve that somebody wrote down learns nothing
    assert kernel.ask(
        "descending.gradient_descent.__name__ + str(hasattr(descending.gradient_descent, '__wrapped__'))"
    ) == ("gradient_descentFalse")
