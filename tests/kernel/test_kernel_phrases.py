"""What is left out of printed text, or moved, before it is read."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.kernel.measures.metrics import tidy
from jupyterlab_mlops.kernel.measures.phrases import without_attempts
from jupyterlab_mlops.kernel.measures.series import parse

TRACE = """Performing stepwise search to minimize aic
 ARIMA(2,1,2)(1,0,1)[12] intercept   : AIC=93.916, Time=0.51 sec
 ARIMA(0,1,0)                        : AIC=95.1, Time=0.01 sec

Best model:  ARIMA(0,1,0)
Final AIC: 95.1
"""


def test_models_that_a_search_has_tried_are_left_out() -> None:
    kept = without_attempts(TRACE)
    assert "AIC=" not in kept
    assert "Final AIC: 95.1" in kept


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Normalized RSS  (Test): 0.52", "normalized_rss_test"),
        ("Test  RSS: 0.52", "test_rss"),
        ("Train    accuracy = 0.52", "train_accuracy"),
    ],
)
def test_a_label_is_one_whatever_blanks_are_in_it(line: str, name: str) -> None:
    (point,) = parse(line)
    assert (tidy(point.name), point.value) == (name, 0.52)
