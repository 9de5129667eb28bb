"""Snippets that are pasted into a fresh process: complete Python, with what the framework needs to be told."""

from __future__ import annotations

from typing import Any

import pytest

from jupyterlab_mlops.api.snippets import InGitLab, snippets
from jupyterlab_mlops.entities import ModelVersion

FILES = ("MLmodel", "load.py", "data/model.keras", "MODEL_CARD.md")
GITLAB = InGitLab("https://gitlab.example.org", "team/demo", "41")


def version(**details: Any) -> ModelVersion:
    return ModelVersion(1, "churn", 2, "1.0.1", None, 0, 0, details=details)


@pytest.mark.parametrize("details", [{}, {"environment": {"KERAS_BACKEND": "torch"}}])
def test_each_is_a_program_by_itself(details: dict[str, Any]) -> None:
    found = snippets(version(**details), FILES, GITLAB)
    assert list(found) == [
        "Python",
        "MLflow, in a notebook here",
        "Python, from GitLab",
        "MLflow, from GitLab",
    ]
    for text in found.values():
        compile(text, "snippet", "exec")
        assert text.count("import os\n") <= 1
    assert "MODEL_CARD.md" not in found["Python, from GitLab"]


def test_a_keras_model_s_backend_is_chosen_before_it_is_loaded() -> None:
    found = snippets(version(environment={"KERAS_BACKEND": "torch"}), FILES, GITLAB)
    chosen = "os.environ.setdefault('KERAS_BACKEND', 'torch')\n"
    for name in ("MLflow, in a notebook here", "MLflow, from GitLab"):
        before, _chosen, after = found[name].partition(chosen)
        assert "import os\n" in before
        assert after.startswith("model = mlflow.pyfunc.load_model(")
    assert all(chosen not in text for text in snippets(version(), FILES, GITLAB).values())


def test_there_is_none_for_what_is_not_there() -> None:
    assert snippets(version(), ("model.pkl",), GITLAB) == {}
    assert list(snippets(version(), ("load.py",), None)) == ["Python"]
