"""Weights that the user's own loops and functions step down a gradient: models that are a dict, a tuple or an array."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import DATA, Notebook, check

from jupyterlab_mlops.kernel.measures.named import only_learnt_from
from jupyterlab_mlops.kernel.source.descents import Given, descended, given
from jupyterlab_mlops.kernel.source.least_squares import least_squares, minimised

pytest.importorskip("sklearn")

BUILD = """
num_examples, nn_input_dim, nn_output_dim = len(X), X.shape[1], 3
epsilon, reg_lambda = 0.001, 0.01
def calculate_loss(model):
    W1, b1, W2, b2 = model['W1'], model['b1'], model['W2'], model['b2']
    a1 = np.tanh(X.dot(W1) + b1)
    scores = np.exp(a1.dot(W2) + b2)
    probs = scores / np.sum(scores, axis=1, keepdims=True)
    return 1. / num_examples * np.sum(-np.log(probs[range(num_examples), y]))
def predict(model, x):
    a1 = np.tanh(x.dot(model['W1']) + model['b1'])
    return np.argmax(a1.dot(model['W2']) + model['b2'], axis=1)
def build_model(nn_hdim, num_passes=30, print_loss=False):
    np.random.seed(0)
    W1 = np.random.randn(nn_input_dim, nn_hdim) / 2
    b1 = np.zeros((1, nn_hdim))
    W2 = np.random.randn(nn_hdim, nn_output_dim)
    b2 = np.zeros((1, nn_output_dim))
    model = {}
    for i in range(num_passes):
        a1 = np.tanh(X.dot(W1) + b1)
        scores = np.exp(a1.dot(W2) + b2)
        probs = scores / np.sum(scores, axis=1, keepdims=True)
        delta3 = probs
        delta3[range(num_examples), y] -= 1
        dW2 = (a1.T).dot(delta3)
        db2 = np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
        dW1 = np.dot(X.T, delta2)
        db1 = np.sum(delta2, axis=0)
        dW2 += reg_lambda * W2
        dW1 += reg_lambda * W1
        W1 += -epsilon * dW1
        b1 += -epsilon * db1
        W2 += -epsilon * dW2
        b2 += -epsilon * db2
        model = {'W1': W1, 'b1': b1, 'W2': W2, 'b2': b2}
        if print_loss and i % 10 == 0:
            print("Loss after iteration %i: %f" % (i, calculate_loss(model)))
    return model
"""
OPTIMIZE = """
def propagate(w, b, X, Y):
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": np.dot(X, (A - Y).T) / X.shape[1], "db": np.mean(A - Y)}, cost
def optimize(w, b, X, Y, num_iterations=100, learning_rate=0.009, print_cost=False):
    costs = []
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X, Y)
        dw = grads["dw"]
        db = grads["db"]
        w = w - learning_rate * dw
        b = b - learning_rate * db
        if i % 10 == 0:
            costs.append(cost)
            if print_cost:
                print("Cost after iteration %i: %f" % (i, cost))
    return {"w": w, "b": b}, grads, costs
def model(X_train, Y_train, num_iterations=2000, learning_rate=0.5, print_cost=False):
    w, b = np.zeros((X_train.shape[0], 1)), 0.0
    parameters, grads, costs = optimize(w, b, X_train, Y_train, num_iterations, learning_rate, print_cost)
    w, b = parameters["w"], parameters["b"]
    return {"costs": costs, "w": w, "b": b, "learning_rate": learning_rate}
"""
LAYERS = """
def update_parameters(parameters, grads, learning_rate):
    for l in range(1):
        parameters["W" + str(l + 1)] = parameters["W" + str(l + 1)] - learning_rate * grads["dW" + str(l + 1)]
    return parameters
def compute_cost(parameters):
    return float(((X @ parameters["W1"] - y) ** 2).mean())
def backward(parameters):
    return {"dW1": X.T @ (X @ parameters["W1"] - y) / len(y)}
def L_layer_model(X, Y, learning_rate=0.0075, num_iterations=40):
    parameters = {"W1": np.zeros(X.shape[1])}
    for i in range(num_iterations):
        grads = backward(parameters)
        parameters = update_parameters(parameters, grads, learning_rate)
        if i % 10 == 0:
            print("Cost after iteration {}: {}".format(i, compute_cost(parameters)))
    return parameters
"""
NOTEBOOKS = [
    Notebook(
        "a network of NumPy that a function gives back",
        [BUILD, "model = build_model(3, print_loss=True)", "print('accuracy', np.mean(predict(model, X) == y))"],
        [("dict", "model")],
        [("model", "loss", "None"), ("model", "accuracy", "np.mean(predict(model, X) == y)")],
        params={0: {"nn_hdim": "3", "num_passes": "30", "epsilon": "0.001", "reg_lambda": "0.01"}},
    ),
    Notebook(
        "one for each size of its hidden layer, and the function is what it was",
        [BUILD, "before = build_model",
         "for i, nn_hdim in enumerate([1, 2, 5]):\n    model = build_model(nn_hdim)\n    print(nn_hdim, 'accuracy:', np.mean(predict(model, X) == y))",
         "assert build_model is before"],
        [("dict", None), ("dict", None), ("dict", "model")],
        [(0, "accuracy", "None"), (1, "accuracy", "None"), (2, "accuracy", "np.mean(predict(model, X) == y)")],
    ),
    Notebook(
        "weights that go from function to function",
        [OPTIMIZE, "d = model(X.T, y[None, :], num_iterations=40, learning_rate=0.05, print_cost=True)",
         "np.squeeze(d['costs'])[-1]"],
        [("dict", "d")],
        [("d", "cost", "None")],
        params={0: {"learning_rate": "0.05", "num_iterations": "40"}},
    ),
    Notebook(
        "a rate that is a mere letter, times what is summed up over the rows",
        ["m, c, L, n = 0, 0, 0.05, float(len(X))\nfor _ in range(20):\n    Y_pred = m * X[:, 0] + c\n"
         "    D_m = (-2 / n) * sum(X[:, 0] * (y - Y_pred))\n    D_c = (-2 / n) * sum(y - Y_pred)\n"
         "    m = m - L * D_m\n    c = c - L * D_c",
         "print('MSE', np.mean((y - (m * X[:, 0] + c)) ** 2))"],
        [("float64", "c")],
        [("c", "mse", "np.mean((y - (m * X[:, 0] + c)) ** 2)")],
        params={0: {"L": "0.05"}},
    ),
    Notebook(
        "a step that only the function's name says to be one of a gradient",
        ["def gradient_step(v, way, size):\n    return [a + size * b for a, b in zip(v, way)]\ntheta = [0.1, 0.2]\n"
         "for epoch in range(5):\n    g = [0, 0]\n    for one, goal in zip(X[:, 0], y):\n"
         "        e = theta[0] + theta[1] * one - goal\n        g = [g[0] + e / 50, g[1] + e * one / 50]\n"
         "    theta = gradient_step(theta, g, -0.01)"],
        [("list", "theta")],
        [],
    ),
    Notebook(
        "a step by what Numba has compiled, at a rate that is a Greek letter",
        ["class Compiled:\n    def __init__(self, function):\n        self.py_func = function\n"
         "    def __call__(self, *given):\n        return self.py_func(*given)\n"
         "@Compiled\ndef descend(w, X, y, η):\n    return w - η * X.T @ (X @ w - y)\n"
         "def learn(X, y, η=0.001):\n    w = np.zeros(2)\n    for _ in range(9):\n        w = descend(w, X, y, η)\n"
         "    return w\nw = learn(X[:, :2], y)"],
        [("ndarray", "w")],
        [],
        params={0: {"η": "0.001"}},
    ),
    Notebook(
        "a rate of any name, times what is called a gradient",
        ["def gradient(w, X, y):\n    return X.T @ (X @ w - y)\ndef learn(X, y, h=0.001):\n    w = np.zeros(2)\n"
         "    for _ in range(9):\n        w = w - h * gradient(w, X, y)\n    return w\nw = learn(X[:, :2], y)",
         "ahead, dt = 1.0, 0.01\nfor speed in np.linspace(0, 1, 50):\n    ahead += dt * speed"],
        [("ndarray", "w")],
        [],
        params={0: {"h": "0.001"}},
    ),
    Notebook(
        "a tree that a function builds, and the odds that one trains",
        ["def build_tree(rows, depth):\n    if depth == 0:\n        return int(rows[:, -1].mean() > 0.5)\n"
         "    middle = np.median(rows[:, 0])\n    return {'at': middle, 'left': build_tree(rows[rows[:, 0] <= middle], depth - 1),\n"
         "            'right': build_tree(rows[rows[:, 0] >= middle], depth - 1)}\n"
         "tree = build_tree(np.c_[X, y], 2)",
         "def train_odds(labels, alpha=1.0):\n    return {one: float((labels == one).mean() + alpha) for one in (0, 1)}\n"
         "odds = train_odds(y)",
         "def train_log(labels):\n    return {'loss': [0.3], 'accuracy': [0.9]}\nlog = train_log(y)"],
        [("dict", "tree"), ("dict", "odds")],
        [],
        params={0: {"depth": "2"}, 1: {"alpha": "1.0"}},
    ),
    Notebook(
        "weights that another function steps",
        [LAYERS, "parameters = L_layer_model(X, y, num_iterations=30)"],
        [("dict", "parameters")],
        [("parameters", "cost", "None")],
        params={0: {"num_iterations": "30"}},
    ),
    Notebook(
        "the line of a regression, whose step is a function of its own",
        ["""
points = np.c_[X[:, 0], X[:, 1]]
def compute_error(b, m, points):
    return ((points[:, 1] - (m * points[:, 0] + b)) ** 2).mean()
def step_gradient(b_current, m_current, points, learningRate):
    b_gradient, m_gradient, N = 0, 0, float(len(points))
    for x_, y_ in points:
        b_gradient += -(2 / N) * (y_ - ((m_current * x_) + b_current))
        m_gradient += -(2 / N) * x_ * (y_ - ((m_current * x_) + b_current))
    new_b = b_current - (learningRate * b_gradient)
    new_m = m_current - (learningRate * m_gradient)
    return [new_b, new_m]
def gradient_descent_runner(points, starting_b, starting_m, learning_rate, num_iterations):
    b, m = starting_b, starting_m
    for i in range(num_iterations):
        b, m = step_gradient(b, m, points, learning_rate)
    return [b, m]
""", "[b, m] = gradient_descent_runner(points, 0.0, 0.0, 0.001, 20)",
         "mse = compute_error(b, m, points)"],
        [("list", "b")],
        [("b", "mse", "mse")],
    ),
    Notebook(
        "weights in a list, one row after the other",
        [
            "rows = [[*one, float(label > 0)] for one, label in zip(X[:60].tolist(), y[:60])]\n"
            "def predict(row, weights):\n    activation = weights[0]\n    for i in range(len(row) - 1):\n        activation += weights[i + 1] * row[i]\n"
            "    return 1.0 if activation >= 0.0 else 0.0\n"
            "def train_weights(train, l_rate, n_epoch):\n    weights = [0.0 for i in range(len(train[0]))]\n    for epoch in range(n_epoch):\n        sum_error = 0.0\n"
            "        for row in train:\n            prediction = predict(row, weights)\n            error = row[-1] - prediction\n            sum_error += error**2\n"
            "            weights[0] = weights[0] + l_rate * error\n            for i in range(len(row) - 1):\n                weights[i + 1] = weights[i + 1] + l_rate * error * row[i]\n"
            "        print('>epoch=%d, lrate=%.3f, error=%.3f' % (epoch, l_rate, sum_error))\n    return weights",
            "weights = train_weights(rows, 0.1, 5)\nprint(weights)",
        ],
        [("list", "weights")],
        [("weights", "error", "None")],
        params={0: {"l_rate": "0.1", "n_epoch": "5"}},
    ),
    Notebook(
        "arrays that a loop goes through side by side with their gradients",
        [
            "W, b, learning_rate = np.zeros(4), np.zeros(1), 0.01\ndef lossFun(inputs, targets):\n    error = inputs @ W + b - targets\n"
            "    return float((error**2).mean()), inputs.T @ error / len(targets), error.mean(keepdims=True)",
            "for n in range(30):\n    loss, dW, db = lossFun(X, y)\n    for param, dparam in zip([W, b], [dW, db]):\n        param += -learning_rate * dparam\n"
            "    if n % 10 == 0:\n        print('iter %d, loss: %f' % (n, loss))",
        ],
        [("ndarray", "W")],
        [("W", "loss", "None")],
        params={0: {"learning_rate": "0.01"}},
    ),
    Notebook(
        "one for each rate, at top level and in a function",
        [
            "def descend(rate, rounds=20):\n    w = np.zeros(4)\n    for _ in range(rounds):\n        w -= rate * X.T @ (X @ w - y) / len(y)\n    return w",
            "fits = {rate: descend(rate) for rate in (0.001, 0.01)}",
            "print('mse', np.mean((X @ fits[0.001] - y) ** 2))\nprint('mse', np.mean((X @ fits[0.01] - y) ** 2))",
        ],
        [("ndarray", "fits[0.001]"), ("ndarray", "fits[0.01]")],
        [(0, "mse", "np.mean((X @ fits[0.001] - y) ** 2)"), (1, "mse", "np.mean((X @ fits[0.01] - y) ** 2)")],
        params={0: {"rate": "0.001", "rounds": "20"}, 1: {"rate": "0.01"}},
    ),
    Notebook(
        "least squares at top level and by a function",
        [
            "w = np.linalg.solve(np.dot(X.T, X), np.dot(X.T, y))",
            "mse = np.mean((X @ w - y) ** 2)",
            "def regression(X, y):\n    Xt = X.transpose()\n    w = np.linalg.inv(Xt.dot(X)).dot(Xt).dot(y)\n    return w\n"
            "def show_error(w, X, y):\n    mse = (np.linalg.norm(X.dot(w) - y)) ** 2 / len(y)\n    print(mse)",
            "v = regression(X_train, y_train)",
            "show_error(v, X, y)\nshow_error(v, X_train, y_train)",
            "slope, start = np.linalg.lstsq(np.c_[X[:, 0], np.ones(len(X))], X[:, 1], rcond=None)[0]",
        ],
        [("ndarray", "w"), ("ndarray", "v"), ("float64", "slope")],
        [("w", "mse", "mse"), ("v", "mse", "np.mean((X @ v - y) ** 2)"),
         ("v", "mse:X_train", "np.mean((X_train @ v - y_train) ** 2)")],
    ),
    Notebook(
        "a demonstration, which prints and gives nothing back; one that takes a step with what it is given",
        [
            "def step(y, x, w, gamma):\n    grad = x.T @ (x @ w - y) / len(y)\n    w = w - gamma * grad\n    return ((x @ w - y) ** 2).mean(), w\n"
            "def demo(y, x):\n    gamma, rounds = 0.001, 30\n    w = np.zeros(x.shape[1])\n    for i in range(rounds):\n"
            "        loss, w = step(y, x, w, gamma)\n        if i % 10 == 0:\n            print(f'round {i}, loss={loss:.4f}')\n"
            "def move(v, x, y, rate):\n    for i in range(len(v)):\n        v[i] -= rate * (x.T @ (x @ v - y))[i] / len(y)",
            "demo(y, X)",
            "v = np.zeros(4)\nfor _ in range(5):\n    move(v, X, y, 0.001)\nmse = ((X @ v - y) ** 2).mean()",
        ],
        [("ndarray", None), ("ndarray", "v")],
        [(0, "loss", "None"), ("v", "mse", "mse")],
        params={0: {"gamma": "0.001", "rounds": "30"}},
    ),
    Notebook(
        "polynomials; a straight line is one where it is measured",
        [
            "a, b = X[:, 0], X[:, 2]\ncurve = np.poly1d(np.polyfit(a, b, 4))",
            "print(r2_score(b, curve(a)))",
            "line = np.polyfit(a, b, 1)\nends = np.polyval(line, [4, 8])",
            "slope, start = np.polyfit(a, b, deg=1)\nmse = mean_squared_error(b, slope * a + start)",
        ],
        [("poly1d", "curve"), ("float64", "slope")],
        [("curve", "r2_score", "r2_score(b, curve(a))"), ("slope", "mean_squared_error", "mse")],
        params={0: {"degree": "4"}, 1: {"degree": "1"}},
    ),
    Notebook(
        "a walk down a curve, and a planet's way, train nothing",
        [
            "x, lr, path = 3.0, 0.1, []\nfor _ in range(20):\n    gradient = 2 * x\n    x = x - lr * gradient\n    path.append(x)",
            "times, position, velocity, dt = np.linspace(0, 1, 50), 1.0, 0.0, 0.02\nfor t in times:\n    velocity += -dt * position\n    position += dt * velocity",
        ],
        [],
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_weights_stepped_by_hand(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


def test_a_function_is_what_it_was_when_its_statement_has_failed(kernel) -> None:
    story = kernel.run(
        "import numpy as np\nX, y = np.ones((9, 2)), np.ones(9)\n"
        "def train(X, y, rounds):\n    w = np.zeros(2)\n    for _ in range(rounds):\n"
        "        w -= 0.1 * X.T @ (X @ w - y)\n    return w\nbefore = train",
        "w = train(X, y, 3)\nv = train(X, y, 'many')",
        "same = train is before",
    )
    assert story.errors == ["TypeError"]
    assert kernel.ask("same")
    assert [one.variable for one in story.models] == ["w"]


@pytest.mark.parametrize(
    ("used", "only"),
    [("", True), ("        total += loss.item()\n", False), ("    print(loss)\n", False)],
)
def test_the_last_batch_s_loss_is_only_learnt_from(used: str, only: bool) -> None:
    loop = (
        "for epoch in range(3):\n    for x in batches:\n        loss = criterion(net(x))\n        loss.backward()\n"
        f"{used}"
    )
    assert only_learnt_from("loss", ast.parse(loop).body[0]) is only


@pytest.mark.parametrize(
    ("expression", "is_fit"),
    [
        ("np.linalg.inv(X.T @ X) @ X.T @ y", True),
        ("np.linalg.inv(X.T.dot(X)).dot(X.T).dot(y)", True),
        ("np.linalg.pinv(X) @ y", True),
        ("np.linalg.solve(X.T @ X + alpha * np.eye(4), X.T @ y)", True),
        (
            "np.matmul(np.linalg.inv(np.matmul(np.transpose(X), X)), np.matmul(np.transpose(X), y))",
            True,
        ),
        ("np.linalg.lstsq(A, b, rcond=None)", True),
        ("P @ H.T @ np.linalg.inv(H @ P @ H.T + R)", False),
        ("np.linalg.solve(A, b)", False),
        ("np.linalg.inv(np.cov(X.T)) @ X.T @ y", False),
        ("np.linalg.inv(X.T @ X)", False),
    ],
)
def test_knows_least_squares_by_their_shape(expression: str, is_fit: bool) -> None:
    assert least_squares(ast.parse(expression, mode="eval").body) is is_fit


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("for _ in range(9):\n    e = X @ w - y\n    w -= lr * X.T @ e", {"w"}),
        ("for _ in range(9):\n    w, b = w - 0.1 * X.T @ (X @ w - y), b - 0.1 * (X @ w + b - y).mean()", {"w", "b"}),
        ("for x_, t in rows:\n    prediction = np.dot(w, x_) > 0\n    w += eta * (t - prediction) * x_", {"w"}),
        ("while go:\n    theta = theta - alpha * gradient(theta, X, y)", {"theta"}),
        ("for _ in t:\n    g = gradient(w, X, y)\n    w = [wi - lr * gi for wi, gi in zip(w, g)]", {"w"}),
        ("while True:\n    old = new\n    new = old - lr * gradient(old, X, y)", {"old", "new"}),
        ("while True:\n    w = new\n    a = w[0] - lr * grad(w)[0]\n    b = w[1] - lr * grad(w)[1]\n    new = [a, b]",
         {"w", "a", "b", "new"}),
        ("for _ in t:\n    e = X * w.T - y\n    for j in p:\n        s = np.multiply(e, X[:, j])\n"
         "        temp[0, j] = w[0, j] - (alpha / m) * np.sum(s)\n    w = temp", {"temp", "w"}),
        ("for _ in t:\n    new = old - lr * gradient(old, X, y)", set()),
        ("for i in t:\n    x1 = x + dt * v1\n    v1 = v - dt * x\n    x, v = x1, v1", set()),
        ("for _ in t:\n    w = gradient_step(w, gradient, -lr)", set()),
        ("for i in t:\n    x += dt * v\n    v += -dt * k * x", set()),
        ("for i in t:\n    prey += (alpha * prey - beta * prey * foe) * dt\n    foe += (delta * prey - gamma) * dt", set()),
        ("for i in t:\n    dS = -beta * S * I\n    S += dS * dt", set()),
        ("for i in range(9):\n    total += 0.5 * i", set()),
        ("for i in range(9):\n    lr = lr - 0.1 * lr", set()),
        ("w -= lr * X.T @ (X @ w - y)", set()),
        ("for i in range(9):\n    self.w -= lr * X.T @ (X @ self.w - y)", set()),
    ],
)  # fmt: skip
def test_knows_a_step_down_a_gradient(source: str, names: set[str]) -> None:
    assert descended(ast.parse(source), lambda _name: None) == names


def test_a_function_says_by_what_it_is_given_that_it_takes_a_step() -> None:
    function = ast.parse(
        "def gradient_step(v, gradient, size):\n    return add(v, scaled(size, gradient))"
    ).body[0]
    loop = ast.parse(
        "for _ in t:\n    w = gradient_step(w, gradient, -lr)\n    x = moved(x, v, dt)"
    )
    assert descended(loop, {"gradient_step": function, "moved": function}.get) == {"w"}


def test_functions_of_a_local_module_train_as_those_of_the_notebook_do(kernel) -> None:
    story = kernel.run(
        "open('vectors.py', 'w').write(\"\"\"def step(v, gradient, size):\n    return [a + size * b for a, b in zip(v, gradient)]\n"
        'def slope(x, y, w):\n    wrong = sum(a * b for a, b in zip(x, w)) - y\n    return [2 * wrong * one for one in x]\n""")\n'
        "open('fits.py', 'w').write(\"\"\"from vectors import slope, step\ndef least_squares_fit(xs, ys, rate=0.01, rounds=3):\n"
        "    guess = [0.0 for _ in xs[0]]\n    for _ in range(rounds):\n        for x, y in zip(xs, ys):\n"
        '            gradient = slope(x, y, guess)\n            guess = step(guess, gradient, -rate)\n    return guess\n""")',
        "import sys; sys.path.insert(0, '.')\nfrom fits import least_squares_fit\nfrom vectors import slope, step\n"
        "xs = [[1.0, n / 9] for n in range(9)]\nys = [2.0 + n for n in range(9)]",
        "beta = least_squares_fit(xs, ys, rounds=5)",
        "w = [0.0, 0.0]\nfor _ in range(9):\n    gradient = slope(xs[2], ys[2], w)\n    w = step(w, gradient, -0.05)",
        "loss = sum((sum(a * b for a, b in zip(x, w)) - y) ** 2 for x, y in zip(xs, ys))\nprint('loss', loss)",
    )
    assert story.errors == []
    beta, w = story.models
    assert (beta.model_class, beta.variable, beta.params["rounds"]) == ("list", "beta", "5")
    assert (w.model_class, w.variable, list(w.metrics)) == ("list", "w", ["loss"])


def test_least_squares_tell_what_they_leave(kernel) -> None:
    story = kernel.run(
        "import numpy as np\nclass Design(np.ndarray): ...\nX = np.c_[np.ones(8), np.arange(8.0)]\ny = np.arange(8.0) ** 2",
        "coef, resid, *_ = np.linalg.lstsq(X, y, rcond=None)",
    )
    (one,) = story.models
    assert (one.model_class, one.variable) == ("ndarray", "coef")
    assert one.metrics["resid"] == [kernel.ask("float(resid[0])")]


@pytest.mark.parametrize(
    ("call", "loss"),
    [
        ("minimize(cost_function, theta, args=(X, y))", "cost"),
        ("op.minimize(fun=negLogLikelihood, x0=theta)", "likelihood"),
        ("fmin_bfgs(lambda t: costFunctionReg(t, X, y, 1), theta)", "cost"),
        ("least_squares(residuals, p0, args=(x, y))", "residuals"),
        ("minimize(rosen, x0)", ""),
        ("minimize(portfolio_risk, weights, args=(returns,))", ""),
        ("differential_cost(theta)", ""),
    ],
)
def test_knows_a_loss_that_is_minimised(call: str, loss: str) -> None:
    assert minimised(ast.parse(call, mode="eval").body) == loss


def test_what_a_minimiser_has_found_is_a_model(kernel) -> None:
    story = kernel.run(
        "import numpy as np, scipy.optimize as op\nrng = np.random.default_rng(0)\nX = np.c_[np.ones(60), rng.normal(size=60)]\n"
        "y = X @ [1.0, 2.0] + rng.normal(size=60)\ndef cost_function(w, X, y):\n    return ((X @ w - y) ** 2).mean()",
        "res = op.minimize(cost_function, x0=np.zeros(2), args=(X, y))",
        "rmse = np.sqrt(np.mean((X @ res.x - y) ** 2))",
        "flat = op.minimize(op.rosen, [1.3, 0.7, 0.8, 1.9])",
    )
    assert story.errors == []
    (one,) = story.models
    assert one.variable == "res"
    assert one.metrics == {
        "cost": [kernel.ask("float(res.fun)")],
        "rmse": [kernel.ask("float(rmse)")],
    }


def test_clusters_that_a_function_finds_by_its_name(kernel) -> None:
    story = kernel.run(
        "import numpy as np\nrng = np.random.default_rng(0)\nX = np.r_[rng.normal(0, 1, (30, 2)), rng.normal(6, 1, (30, 2))]",
        "def k_means(X, k):\n    centers = X[rng.choice(len(X), k, replace=False)]\n    for _ in range(4):\n"
        "        near = ((X[:, None] - centers) ** 2).sum(2).argmin(1)\n"
        "        centers = np.array([X[near == one].mean(0) for one in range(k)])\n"
        "    return near, ((X - centers[near]) ** 2).sum()",
        "found = []\nfor k in (2, 3):\n    best_sse = np.inf\n    for _ in range(5):\n        near, sse = k_means(X, k)\n"
        "        best_sse = min(best_sse, sse)\n    found.append(best_sse)",
    )
    assert story.errors == []
    assert [(one.model_class, one.params["k"], one.fits) for one in story.models] == [
        ("ndarray", "2", 5),
        ("ndarray", "3", 5),
    ]


STEP = "    for _ in range(9):\n        w = w - lr * X.T @ (X @ w - y)\n        losses.append(0)\n"


@pytest.mark.parametrize(
    ("returned", "back"),
    [
        ("w", Given()),
        ("[w, lr]", Given((0,))),
        ("w, losses", Given((0,))),
        ("losses, w", Given((1,))),
        ("{'w': w, 'losses': losses}", Given()),
        ("losses", None),
        ("X @ w", None),
    ],
)
def test_knows_what_a_function_gives_back(returned: str, back: Given | None) -> None:
    tree = ast.parse(f"def train(X, y, w, lr):\n{STEP}    return {returned}")
    assert given(tree.body[0], lambda _name: None) == back


EVALUATE = """
def accuracy_metric(actual, predicted):
    return sum(a == b for a, b in zip(actual, predicted)) / len(actual) * 100.0
def evaluate_algorithm(rows, algorithm, n_folds, *args):
    scores = []
    for fold in range(n_folds):
        train, test = [r for i, r in enumerate(rows) if i % n_folds != fold], rows[fold::n_folds]
        predicted = algorithm(train, test, *args)
        scores.append(accuracy_metric([row[-1] for row in test], predicted))
    return scores
def predict(row, w):
    return 1 / (1 + np.exp(-w[0] - sum(a * b for a, b in zip(w[1:], row[:-1]))))
def weights_sgd(train, l_rate, n_epoch):
    w = [0.0 for _ in range(len(train[0]))]
    for epoch in range(n_epoch):
        for row in train:
            error = row[-1] - predict(row, w)
            w[0] = w[0] + l_rate * error
            for i in range(len(row) - 1):
                w[i + 1] = w[i + 1] + l_rate * error * row[i]
    return w
def logit(train, test, l_rate, n_epoch):
    w = weights_sgd(train, l_rate, n_epoch)
    return [round(predict(row, w)) for row in test]
def nearest(train, test):
    return [min(train, key=lambda one: abs(one[0] - row[0]))[-1] for row in test]
rows = [[*map(float, one[:2]), int(label == 0)] for one, label in zip(X[:60], y[:60])]
"""


def test_an_algorithm_that_another_function_is_handed_is_what_it_trains(kernel) -> None:
    story = kernel.run(
        DATA + EVALUATE,
        "scores = evaluate_algorithm(rows, logit, 3, 0.1, 4)\n"
        "print('Mean Accuracy: %.3f%%' % (sum(scores) / len(scores)))",
        "for algorithm in [logit]:\n    result = evaluate_algorithm(rows, algorithm, 2, 0.2, 3)",
        "others = evaluate_algorithm(rows, nearest, 3)",
        "import time\ndef timed(function, *args):\n    start = time.time()\n    return function(*args), time.time() - start",
        "found, seconds = timed(weights_sgd, rows, 0.3, 2)",
    )
    assert story.errors == []
    first, second, third = story.models
    assert third.model_class == "weights_sgd"
    assert {"l_rate": "0.3", "n_epoch": "2"}.items() <= third.params.items()
    assert (first.model_class, second.model_class) == ("logit", "logit")
    assert {"n_folds": "3", "l_rate": "0.1", "n_epoch": "4"}.items() <= first.params.items()
    assert {"n_folds": "2", "l_rate": "0.2", "n_epoch": "3"}.items() <= second.params.items()
    assert {"score", "score_mean"} <= first.metrics.keys()


def test_a_function_that_trains_and_gives_only_the_score_has_a_candidate(kernel) -> None:
    story = kernel.run(
        DATA,
        "def run(rate, turns):\n    w = np.zeros(X.shape[1])\n    for _ in range(turns):\n"
        "        w = w - rate * X.T @ (X @ w - y) / len(y)\n    return np.mean((X @ w - y) ** 2)",
        "mse = run(0.01, 20)",
        "def step(w, rate):\n    for _ in range(3):\n        w = w - rate * X.T @ (X @ w - y) / len(y)\n    return w.sum()",
        "total = step(np.zeros(X.shape[1]), 0.1)",
    )
    assert story.errors == []
    (only,) = story.models
    assert {"rate": "0.01", "turns": "20"}.items() <= only.params.items()
    assert list(only.metrics) == ["mse"]


NETWORK = """
def initialize(inputs, hidden, outputs):
    rng = np.random.default_rng(0)
    return [[{"weights": list(rng.normal(size=a + 1))} for _ in range(b)] for a, b in ((inputs, hidden), (hidden, outputs))]
def forward(network, row):
    for layer in network:
        for neuron in layer:
            neuron["inputs"], w = row, neuron["weights"]
            neuron["output"] = 1 / (1 + np.exp(-w[-1] - sum(a * b for a, b in zip(w, row))))
        row = [neuron["output"] for neuron in layer]
    return row
def backward(network, expected):
    for neuron, wanted in zip(network[-1], expected):
        neuron["delta"] = (neuron["output"] - wanted) * neuron["output"] * (1 - neuron["output"])
    for i, neuron in enumerate(network[0]):
        error = sum(other["weights"][i] * other["delta"] for other in network[-1])
        neuron["delta"] = error * neuron["output"] * (1 - neuron["output"])
def update_weights(network, l_rate):
    for layer in network:
        for neuron in layer:
            for j in range(len(neuron["inputs"])):
                neuron["weights"][j] -= l_rate * neuron["delta"] * neuron["inputs"][j]
            neuron["weights"][-1] -= l_rate * neuron["delta"]
def train_network(network, rows, l_rate, n_epoch):
    for epoch in range(n_epoch):
        total = 0
        for row in rows:
            output = forward(network, row[:-1])
            expected = [row[-1] == 0, row[-1] == 1]
            total += sum((a - b) ** 2 for a, b in zip(expected, output))
            backward(network, expected)
            update_weights(network, l_rate)
        print(">epoch=%d, lrate=%.3f, error=%.3f" % (epoch, l_rate, total))
rows = [[*map(float, one[:2]), int(label == 0)] for one, label in zip(X[:60], y[:60])]
"""


def test_a_network_of_lists_is_trained_by_the_function_that_it_is_given_to(kernel) -> None:
    story = kernel.run(
        DATA + NETWORK,
        "network = initialize(2, 3, 2)\nforward(network, rows[0][:-1])\nbackward(network, [1, 0])\n"
        "update_weights(network, 0.1)",
        "train_network(network, rows, 0.5, 4)",
        "guesses = [int(np.argmax(forward(network, row[:-1]))) for row in rows]\n"
        "accuracy = np.mean([a == row[-1] for a, row in zip(guesses, rows)])",
    )
    assert story.errors == []
    (only,) = story.models
    assert (only.variable, only.model_class) == ("network", "list")
    assert {"l_rate": "0.5", "n_epoch": "4"}.items() <= only.params.items()
    assert only.metrics.keys() == {"error", "accuracy"}
    assert len(only.metrics["error"]) == 4


def test_the_model_is_called_by_the_name_that_stays(kernel) -> None:
    story = kernel.run(
        DATA,
        "theta, temp = np.zeros(4), np.zeros(4)\n"
        "for turn in range(9):\n    error = X @ theta - y\n    for j in range(4):\n"
        "        temp[j] = theta[j] - 0.01 / len(y) * np.sum(error * X[:, j])\n    theta = temp.copy()",
    )
    assert story.errors == []
    assert [(one.variable, one.model_class) for one in story.models] == [("theta", "ndarray")]


@pytest.mark.parametrize("worked_out", ["(X @ w - y) ** 2", "np.logaddexp(0, -y * (X @ w))"])
def test_a_cost_that_is_shown_and_then_bound_is_told_once(worked_out: str, kernel) -> None:
    story = kernel.run(
        DATA,
        f"def cost(w, X, y):\n    return np.mean({worked_out})\nw = np.zeros(4)",
        "cost(w, X, y)",
        "J = cost(w, X, y)",
        "K = cost(w + 1, X, y)",
    )
    assert story.errors == []
    assert len(story.run.metrics) == 2  # at w and at w + 1


def test_costs_that_a_function_prints_averaged_are_those_of_its_weights(kernel) -> None:
    story = kernel.run(
        DATA,
        "def sgd(w, rate, turns):\n    for _ in range(turns):\n        losses = []\n"
        "        for at in range(0, len(X), 50):\n            error = X[at:at + 50] @ w - y[at:at + 50]\n"
        "            losses.append(np.mean(error ** 2))\n            w = w - rate * X[at:at + 50].T @ error / 50\n"
        "        print(np.average(losses))\n    return w",
        "w = sgd(np.zeros(4), 0.01, 5)",
    )
    assert story.errors == []
    (only,) = story.models
    assert [len(values) for values in only.metrics.values()] == [5]
