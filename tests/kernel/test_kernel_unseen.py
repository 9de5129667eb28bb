"""Nothing of ours shows between the user's line and what it calls: warnings, log lines, tracebacks and what a profile counts
of the user's functions are the same in a kernel with the agent and in one without."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

NEW = pytest.mark.skipif(sys.version_info < (3, 11), reason="tracebacks keep the frame")

SETUP = """
import logging, sys, traceback, warnings
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_squared_error, precision_score
X = np.arange(40.0).reshape(20, 2) ** 2
y = np.arange(20) % 2

class Own:
    def fit(self, X, y):
        warnings.warn("near", UserWarning, stacklevel=1)
        warnings.warn("caller", FutureWarning, stacklevel=2)
        warnings.warn("beyond", FutureWarning, stacklevel=3)
        return self
    def predict(self, X):
        warnings.warn("caller", DeprecationWarning, stacklevel=2)
        return X[:, 0] * 0
    def score(self, X, y):
        logging.getLogger("own").warning("scored", stacklevel=2)
        return 0.5
"""
WARNED = """
def work(model):
    model.fit(X, y)
    return (model.predict(X),
            model.score(X, y))

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    logging.basicConfig(format="%(filename)s:%(lineno)d %(funcName)s", stream=sys.stdout, force=True)
    {call}
for one in caught:
    print(one.category.__name__, one.filename, one.lineno)
"""
SAME = {
    "an own model": WARNED.format(call="work(Own())"),
    "in a comprehension": WARNED.format(
        call="[print(Own().fit(X, y).score(X, y)) for _ in range(2)]"
    ),
    "scikit-learn's": WARNED.format(
        call="lr = LogisticRegression(max_iter=1).fit(X, y); precision_score(y, y * 0)"
    ),
    "an error of scikit-learn's fit": "LinearRegression().fit(X, None)",
    "an error of a metric": "def measure(y):\n    return mean_squared_error(y, y[:3])\nmeasure(y)",
    "an error that is caught": """
try:
    LinearRegression().fit(X, y[:3])
except ValueError:
    print([one.name for one in traceback.extract_tb(sys.exc_info()[2])])
""",
    "an error of a model that was not fitted": """
try:
    LinearRegression().predict(X)
except Exception as error:
    traceback.print_exc(file=sys.stdout)
""",
    "an argument that is missing": "LinearRegression.fit()",
    "an error of an own fit": """
class Fails:
    def fit(self, X): return self.deeper(X)
    def deeper(self, X): return X / "2"
    def predict(self, X): return X
Fails().fit(X)
""",
    "a profile": """
import cProfile, pstats
def job():
    m = LinearRegression().fit(X, y)
    try: m.predict("x")
    except ValueError: pass
profile = cProfile.Profile()
profile.runcall(job)
found = {name[2]: row[0] for name, row in pstats.Stats(profile).stats.items()}
print([(name, found.get(name)) for name in ("job", "fit", "predict")])
""",
}


def told(client: BlockingKernelClient, *cells: str) -> list[str]:
    """What the cells show, errors with their tracebacks; cells' file names and addresses are made alike."""
    shown: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        shown.append(content.get("text") or "\n".join(content.get("traceback", ())))

    for cell in cells:
        client.execute_interactive(cell, timeout=120, output_hook=keep)
    text = re.sub("\x1b\\[[0-9;]*m", "", "".join(shown))
    return re.sub(r"ipykernel_\d+|0x[0-9a-f]+|In\s?\[\d+\]", "", text).splitlines()


@NEW
@pytest.mark.parametrize("name", SAME)
def test_a_cell_shows_the_same_with_the_agent_and_without(kernel, plain_client, name):
    with_agent = told(kernel.client, SETUP, SAME[name])
    assert with_agent == told(plain_client, SETUP, SAME[name])
    assert with_agent
    assert "jupyterlab_mlops" not in "".join(with_agent)


@NEW
def test_what_shows_the_same_is_recorded_all_the_same(kernel):
    story = kernel.run(SETUP, SAME["an own model"])
    (own,) = story.models
    assert (own.model_class, own.fits) == ("Own", 1)
