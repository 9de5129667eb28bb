"""Networks of a framework that the notebook itself writes, what is printed of them, and loops with no model at all."""

from __future__ import annotations

import ast

import pytest
from test_kernel_notebooks import Notebook, check

from jupyterlab_mlops.kernel.cells.running import Execution
from jupyterlab_mlops.kernel.fits.own_networks import settings_of, trained_network
from jupyterlab_mlops.kernel.measures import series
from jupyterlab_mlops.kernel.measures.filled import averages_rows
from jupyterlab_mlops.kernel.measures.namesakes import namesake
from jupyterlab_mlops.kernel.measures.reporting import RUN_PAUSE_S, Reporter

pytest.importorskip("sklearn")
FRAMEWORK = """
class Tensor:
    def __init__(self, data, made_by=()):
        self.data, self.made_by, self.grad = np.array(data, dtype=float), made_by, None
    def mm(self, other):
        return Tensor(self.data @ other.data, (self, other))
    def backward(self, grad):
        self.grad = grad
        if self.made_by:
            left, right = self.made_by
            left.backward(grad @ right.data.T)
            right.backward(left.data.T @ grad)
    def __str__(self):
        return str(self.data)
class SGD:
    def __init__(self, parameters, alpha=0.1):
        self.parameters, self.alpha, self.steps = parameters, alpha, 0
    def step(self):
        self.steps += 1
        for p in self.parameters:
            p.data -= p.grad * self.alpha
class Linear:
    def __init__(self, inputs, outputs):
        self.weight = Tensor(np.full((inputs, outputs), 0.5))
    def forward(self, x):
        return x.mm(self.weight)
    def get_parameters(self):
        return [self.weight]
class Sequential:
    def __init__(self, layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def get_parameters(self):
        return [p for layer in self.layers for p in layer.get_parameters()]
class MSELoss:
    def forward(self, pred, target):
        return Tensor([((pred.data - target.data) ** 2).sum()])
rows, truth = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), Tensor([[0], [1], [0], [1]])
"""
LOOP = (
    "for i in range(4):\n    pred = model.forward(rows)\n    loss = criterion.forward(pred, truth)\n"
    "    pred.backward(2 * (pred.data - truth.data))\n    optim.step()\n    print(loss)"
)
MADE = "model = Sequential([first, Linear(3, 1)])\ncriterion = MSELoss()\noptim = SGD(model.get_parameters(), alpha=0.05)"
BARE = (
    "w = [Tensor([[0.5], [0.25]])]\nfor i in range(4):\n    pred = rows.mm(w[0])\n"
    "    loss = Tensor([((pred.data - truth.data) ** 2).sum()])\n"
    "    pred.backward(2 * (pred.data - truth.data))\n"
    "    for one in w:\n        one.data -= one.grad * 0.1\n    print(loss)"
)

NOTEBOOKS = [
    Notebook(
        "a network of a framework of one's own, whose loss is printed as a tensor",
        [FRAMEWORK, f"first = Linear(2, 3)\n{MADE}\n{LOOP}"],
        [("Sequential", "model")],
        [("model", "loss", "None")],
        params={0: {"alpha": "0.05", "optimizer": "SGD", "layers": "[Linear, Linear]"}},
    ),
    Notebook(
        "each loop trains a network of its own; what is asked of a trained one later trains nothing",
        [
            FRAMEWORK,
            f"first = Linear(2, 3)\n{MADE}",
            LOOP,
            f"first = Linear(2, 3)\n{MADE}\n{LOOP}",
            "for i in range(2):\n    pred = model.forward(rows)\n    loss = criterion.forward(pred, truth)",
        ],
        [("Sequential", "model"), ("Sequential", "model")],
        [(0, "loss", "None"), (1, "loss", "None")],
    ),
    Notebook(
        "a share of hits that is printed in percent by its label",
        [
            FRAMEWORK,
            f"first = Linear(2, 3)\n{MADE}",
            LOOP.replace("print(loss)", "print('Loss:', loss.data[0], '% Correct:', (i + 1) / 8)"),
        ],
        [("Sequential", "model")],
        [("model", "loss", "None"), ("model", "accuracy", "4 / 8")],
    ),
    Notebook(
        "a network that goes forward and backward itself, with no optimiser",
        [
            "class Net:\n    def __init__(self):\n        self.w = np.zeros(4)\n"
            "    def forward(self, x):\n        self.x = x\n        return x @ self.w\n"
            "    def backward(self, grad):\n        self.w -= 0.001 * self.x.T @ grad / len(grad)",
            "net = Net()\nfor i in range(3):\n    out = net.forward(X)\n    loss = float(((out - y) ** 2).mean())\n"
            "    net.backward(out - y)\n    print('loss', loss)",
        ],
        [("Net", "net")],
        [("net", "loss", "None")],
    ),
    Notebook(
        "a criterion that goes both ways is no model, bare tensors are none; loops of other cells are other series",
        [
            FRAMEWORK,
            "class SquaredLoss:\n    def forward(self, p, t):\n        self.diff = p - t\n        return float((self.diff**2).mean())\n"
            "    def backward(self):\n        return self.diff",
            "v, criterion = np.zeros(4), SquaredLoss()\nfor i in range(3):\n    loss = criterion.forward(X @ v, y)\n"
            "    v -= 0.001 * X.T @ criterion.backward()\n    print(loss)",
            BARE,
        ],
        [],
        [(None, "loss", "None"), (None, "loss:2", "None")],
    ),
    Notebook(
        "means over folds kept as a list; means of data by place are none",
        [
            "folds = []\nfor k in range(3):\n    clf = SGDClassifier(random_state=0)\n    row = []\n"
            "    for e in range(4):\n        clf.partial_fit(X[k::3], y[k::3], classes=[0, 1, 2])\n"
            "        row.append(clf.score(X[: 50 + 30 * e], y[: 50 + 30 * e]))\n    folds.append(row)",
            "average_accuracy = [np.mean([row[i] for row in folds]) for i in range(4)]",
            "average_height = [np.mean([row[i] for row in X]) for i in range(4)]",
        ],
        [("SGDClassifier", "clf")],
        [("clf", "average_accuracy", "average_accuracy[-1]"), ("clf", "score", "None")],
        fits={0: 12},
    ),
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_finds_what_a_framework_of_ones_own_trains(notebook: Notebook, kernel) -> None:
    check(notebook, kernel)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("[0.58128304]", 0.58128304),
        ("[[0.5]]", 0.5),
        ("tensor(0.25, grad_fn=<MseLossBackward0>)", 0.25),
        ("Value(data=0.5, grad=0.1)", 0.5),
        ("[0.5 0.6]", None),
        ("[0.5, 0.6]", None),
        ("Layer(3 of 4)", None),
    ],
)
def test_a_tensor_of_one_number_is_read(line: str, value: float | None) -> None:
    found = series.bare(line, [["loss"]])
    assert [one.value for one in found] == ([] if value is None else [value])
    assert series.bare("[0.5]", [["losses"]]) == []


def test_a_share_of_hits_is_an_accuracy_and_a_percentage_stays_one() -> None:
    found = series.parse("Loss: 0.4 % Correct: 0.24")
    assert [(one.name, one.value, one.percent) for one in found] == [
        ("loss", 0.4, False),
        ("accuracy", 0.24, False),
    ]
    assert [one.value for one in series.parse("Accuracy: 94% correct: 940")] == [94.0]


def test_a_loss_of_a_network_with_dropout_is_one_and_its_dropout_is_not() -> None:
    assert [one.name for one in series.parse("dropout loss=0.13")] == ["dropout_loss"]
    assert series.parse("dropout rate=0.5") == series.parse("dropout: 0.5") == []
    variables = {"net_overfitting": "a", "net_dropped": "b"}
    assert namesake("dropout_loss", variables) == "b"
    assert namesake("overfitting_loss", variables) == "a"
    assert namesake("test_loss", variables) is None


def test_only_means_over_rows_are_averages() -> None:
    assert averages_rows(ast.parse("np.mean([x[i] for x in rows])", mode="eval").body)
    for other in ("np.mean(rows[i])", "np.mean([f(x) for x in rows])", "max([x[i] for x in rows])"):
        assert not averages_rows(ast.parse(other, mode="eval").body)


def test_series_of_other_cells_are_told_apart_in_one_notebook_run() -> None:
    reporter = Reporter(None, None)  # type: ignore[arg-type]
    one, other = Execution("1", "a", 1), Execution("2", "b", 2)
    assert reporter.of_loop("loss", ("printed",), None, one) == ("printed",)
    assert reporter.of_loop("loss", ("printed",), None, other) == ("printed", "2")
    assert reporter.of_loop("loss", ("printed",), None, one) == ("printed",)
    assert reporter.of_loop("loss", ("printed",), "candidate", other) == ("printed",)
    reporter.new_cell(idle=RUN_PAUSE_S * 2)
    assert reporter.of_loop("loss", ("printed",), None, other) == ("printed",)


class Part:
    """A layer."""

    def __init__(self) -> None:
        self.weight = object()


def test_only_loops_that_go_backward_train() -> None:
    loop = ast.parse("for _ in range(3):\n    net.forward(x)\n    optim.step()")
    assert trained_network([loop], {"net": Part(), "optim": Part()}) is None
    assert settings_of(Part()) == {"optimizer": "Part"}


def test_an_optimiser_of_ones_own_that_minimises_does_both(kernel) -> None:
    story = kernel.run(
        "import numpy as np\nx = np.arange(6.0)[:, None]\ny = 2 * x\n"
        "class Net:\n    def __init__(self):\n        self.w = np.zeros((1, 1))\n    def __call__(self, x):\n        return x @ self.w\n"
        "class Descent:\n    def __init__(self, parameter, rate):\n        self.parameter, self.rate = parameter, rate\n"
        "    def minimize(self, slope):\n        for one in self.parameter:\n            one -= self.rate * slope",
        "net = Net()\nsteps = Descent([net.w], 0.01)\nfor turn in range(4):\n    steps.minimize(x.T @ (net(x) - y))",
    )
    assert story.errors == []
    (one,) = story.models
    assert (one.variable, one.model_class, one.params["rate"]) == ("net", "Net", "0.01")
