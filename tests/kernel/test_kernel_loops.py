"""Loops of one's own that train and measure: sums and shares, lines without words, titles, settings of training functions."""

from __future__ import annotations

import pytest
from test_kernel_notebooks import DATA

from jupyterlab_mlops.kernel.measures import series
from jupyterlab_mlops.kernel.measures.templates import by_template

pytest.importorskip("sklearn")
FIT = (
    DATA
    + "from sklearn.metrics import log_loss\nclf = LogisticRegression().fit(X, y)\nparts = [(X[:60], y[:60]), (X[60:], y[60:])]\n"
)
LOSS = "-float(np.log(clf.predict_proba(a)[np.arange(len(b)), b]).mean())"


def names(story):
    return {name: len(values) for name, values in story.models[0].metrics.items()}


def test_a_sum_that_a_loop_makes_is_no_metric_before_it_is_divided(kernel) -> None:
    story = kernel.run(
        FIT,
        f"test_loss = 0.0\nfor a, b in parts:\n    loss = {LOSS}\n    test_loss += loss * len(a)\ntest_loss = test_loss / 120\n"
        "print(f'Test loss: {test_loss:.4f}')",
        f"val_loss = 0.0\nfor a, b in parts:\n    val_loss += {LOSS}\nval_loss /= len(parts)",
    )
    assert story.errors == []
    assert names(story) == {"test_loss": 1, "val_loss": 1}
    assert story.models[0].metrics["test_loss"][0] < 1  # not the sum of a hundred and twenty
    assert story.run.metrics == {}


def test_a_sum_that_is_shown_as_it_is(kernel) -> None:
    story = kernel.run(
        FIT,
        f"total_loss = 0.0\nfor a, b in parts:\n    total_loss += {LOSS}\nprint(f'total loss {{total_loss:.4f}}')",
    )
    assert names(story) == {"total_loss": 1}


def test_what_any_value_is_better_than_is_no_metric(kernel) -> None:
    story = kernel.run(FIT, "best_loss = np.inf\nmin_loss = float('inf')\nworst_score = -np.inf")
    assert story.run.metrics == {}
    assert names(story) == {}


def test_a_title_that_says_where_a_series_ends(kernel) -> None:
    pytest.importorskip("matplotlib")
    story = kernel.run(
        FIT
        + "import matplotlib.pyplot as plt\nlosses_train, losses_test = np.zeros(3), np.zeros(3)",
        "for epoch in range(3):\n    clf = LogisticRegression(max_iter=epoch + 1).fit(X, y)\n    a, b = parts[0]\n"
        f"    losses_train[epoch] = {LOSS}\n    a, b = parts[1]\n    losses_test[epoch] = {LOSS}",
        "net = LogisticRegression(C=0.5, warm_start=True)\nlosses = np.zeros(3)\nfor epoch in range(3):\n    net.fit(X, y)\n"
        f"    a, b = parts[0]\n    losses[epoch] = {LOSS.replace('clf', 'net')} + epoch",
        "plt.title('Loss %3.2f' % losses[-1])",
    )
    assert story.errors == []
    net = story.by_variable("net")
    assert {name: len(values) for name, values in net.metrics.items()} == {"loss": 3}


def test_numbers_in_containers_in_containers(kernel) -> None:
    story = kernel.run(
        FIT,
        "from sklearn.metrics import accuracy_score\ndef rated(model):\n"
        "    return model, {'test': [{'acc': accuracy_score(y, model.predict(X))}]}\n"
        "held = {}\nfor depth in (1, 2):\n    model, rating = rated(LogisticRegression(C=depth).fit(X, y))\n"
        "    held[depth] = {'model': model, 'result': rating}",
    )
    assert [list(one.metrics) for one in story.models[1:]] == [["accuracy_score"]] * 2


def test_lists_that_a_training_function_of_a_module_of_ones_own_returns(kernel, tmp_path) -> None:
    module = "def train_model(model, X, y):\n    accs = []\n    for n in (50, 90, 140):\n        accs.append(100 * model.fit(X[:n], y[:n]).score(X, y))\n    return [1, 2, 3], accs\n"
    story = kernel.run(
        DATA,
        f"open('helper_train_of_mine.py', 'w').write({module!r})\nimport sys, importlib\nsys.path.insert(0, '.')\nimportlib.invalidate_caches()\nX, y = X[::-1][np.argsort(np.arange(150) % 7)], y[::-1][np.argsort(np.arange(150) % 7)]",
        "from helper_train_of_mine import train_model\nmodel = LogisticRegression()\nsizes, train_acc_list = train_model(model, X, y)",
    )
    assert story.errors == []
    assert len(story.models[0].metrics["score"]) == 3  # which the list says in per cent
    assert story.models[0].inputs == []


def test_settings_of_training_functions_and_seeds(kernel) -> None:
    story = kernel.run(
        DATA
        + "import random\nRANDOM_SEED = 123\ndef set_all_seeds(seed):\n    random.seed(seed)\n    np.random.seed(seed)",
        "set_all_seeds(RANDOM_SEED)",
        "def training_loop(model, n_epochs, rate=0.1):\n    for _ in range(n_epochs):\n        model.fit(X, y)\n"
        "def show(model, rows):\n    return model",
        "model = LogisticRegression()\nshow(model, 7)\ntraining_loop(model, 4, rate=0.5)",
    )
    assert story.errors == []
    params = story.models[0].params
    assert {
        "n_epochs": "4",
        "rate": "0.5",
        "RANDOM_SEED": "123",
    }.items() <= params.items()
    assert "7" not in params.values()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Test Accuracy = 254 / 300 = 0.8466666", [("test_accuracy", 0.8466666)]),
        ("Epsilon: 0.1\tTest Accuracy = 254 / 300 = 84.67", [("test_accuracy", 84.67)]),
        ("ratio = 3 / 4 = 0.9", []),  # it is not, and no metric
    ],
)
def test_a_count_of_a_whole_and_what_that_is(line: str, found: list) -> None:
    assert [(one.name, one.value) for one in series.parse(line)] == found


@pytest.mark.parametrize(
    ("line", "printed", "found"),
    [
        ("'%s (%d %d%%) %.4f' % (since, epoch, share, loss_avg)", "0m 1s (- 2s) (5 25%) 1.3080", [("loss_avg", 1.308)]),
        ("f'{epoch:3d}: {loss.item():.3f} {rate}'", "  4: 0.125 0.1", [("loss", 0.125)]),
        ("'{} {:.2f}'.format(epoch, val_acc)", "3 0.75", [("val_acc", 0.75)]),
        ("f'{epoch} took {loss:.3f}'", "3 took 0.125", []),  # a word leads up to it
        ("f'{epoch}: {seconds:.2f}'", "3: 0.75", []),
        ("f'{epoch} {loss:.3f}'", "something else", []),
        ("'%s (%d %d%%) %.4f' % (since, epoch, share, loss_avg)", " " * 199 + "x", []),
        ("f'{a} {b} {c} {loss:.3f}'", "1 2 3 0.125", []),  # too many texts
    ],
)  # fmt: skip
def test_numbers_without_a_word_before_them(line: str, printed: str, found: list) -> None:
    import ast

    tops = [ast.parse(f"print({line})")]
    assert [(one.name, one.value) for one in by_template(printed, tops)] == found


def test_what_a_loop_has_printed_by_phase_or_kept_is_not_told_again_as_its_end(kernel) -> None:
    story = kernel.run(
        DATA,
        "clf = SGDClassifier(loss='log_loss', random_state=0)\nlosses = []\n"
        "from sklearn.metrics import log_loss\n"
        "def step(rows):\n    return float(np.mean(clf.predict(X[rows]) != y[rows])) + 0.01234",
        "for epoch in range(3):\n    clf.partial_fit(X, y, classes=[0, 1, 2])\n"
        "    for phase, rows in (('train', slice(0, 99)), ('val', slice(40, 150))):\n"
        "        epoch_loss = step(rows)\n        print('{} Loss: {:.4f}'.format(phase, epoch_loss))\n"
        "    losses.append(step(slice(0, 150)))\nprint('final', losses[-1])",
    )
    assert story.errors == []
    metrics = story.by_variable("clf").metrics
    assert {name: len(values) for name, values in metrics.items()} == {
        "train_loss": 3,
        "val_loss": 3,
        "loss": 3,
    }


def test_the_batches_of_a_training_loop_are_data_and_no_models_own(kernel) -> None:
    story = kernel.run(
        DATA
        + "from sklearn.linear_model import SGDClassifier\nfrom sklearn.metrics import accuracy_score\nfirst = SGDClassifier(loss='log_loss')",
        "for i in range(0, 120, 40):\n    xb = X[i:i + 40]\n    yb = y[i:i + 40].astype(int)\n    first.partial_fit(xb, yb, classes=np.unique(y))\n"
        "    last = first.predict(xb)",
        "print(accuracy_score(yb, last))",
        "guess = np.ones(40, int)\nprint(accuracy_score(yb, guess))",
    )
    assert story.errors == []
    assert names(story) == {"accuracy_score": 1}
    assert len(story.run.metrics) == 1  # the guess on the last batch is of no model


def test_what_a_loop_counts_with_is_of_no_model_whatever_the_name_stood_for_before(kernel) -> None:
    story = kernel.run(
        DATA,
        "one = LogisticRegression(max_iter=300).fit(X_train, y_train)\nplace = one.predict(X_test)",
        "other = LogisticRegression(C=9.0, max_iter=300).fit(X_train, y_train)\nshare = 0.0\n"
        "for place, at in enumerate(range(0, 40, 10)):\n"
        "    right = np.mean(other.predict(X_test[at:at + 10]) == y_test[at:at + 10])\n"
        "    share += (right - share) / (place + 1)",
        "test_accuracy = share * 1.0 + 0.0",
    )
    assert story.errors == []
    assert story.by_variable("one").metrics == {}
    assert "test_accuracy" in story.by_variable("other").metrics
    assert story.run.metrics == {}


def test_models_of_equal_settings_that_have_names_are_told_apart(kernel) -> None:
    story = kernel.run(
        DATA,
        "from sklearn.linear_model import SGDClassifier\nclass Own:\n    def __init__(self, start):\n        self.weights = start\n"
        "    def train(self, X, y):\n        self.weights = self.weights + X.T @ (y - 0.5)\n    def predict(self, X):\n        return X @ self.weights > 0",
        "zeros, ones = Own(np.zeros(X.shape[1])), Own(np.zeros(X.shape[1]))\nkept = {'a': SGDClassifier(), 'b': SGDClassifier()}",
        "for model in (zeros, ones):\n    model.train(X, y)",
        "for one in kept.values():\n    one.fit(X, y)",
        "many = []\nfor _ in range(5):\n    many.append(SGDClassifier().fit(X, y))",
    )
    assert story.errors == []
    assert [(one.model_class, one.fits) for one in story.models] == [
        ("Own", 1),
        ("Own", 1),
        ("SGDClassifier", 1),
        ("SGDClassifier", 1),
        ("SGDClassifier", 5),
    ]
