"""What an MLmodel file says of format and inputs, in the words of our own versions."""

from __future__ import annotations

import json

import pytest

from jupyterlab_mlops.tracking.mlmodel import ModelFacts, model_facts


@pytest.mark.parametrize(
    ("text", "flavor", "inputs"),
    [
        ("flavors: {python_function: {}, sklearn: {}}", "mlflow.sklearn", None),
        ("flavors: {python_function: {}}", "mlflow.pyfunc", None),
        (
            """
            flavors: {xgboost: {}}
            signature: {inputs: '[{"type": "long", "name": "a", "required": true}, {"type": "string", "name": "b"}]'}
            """,
            "mlflow.xgboost",
            [{"name": "a", "type": "int64"}, {"name": "b", "type": ""}],
        ),
        (
            """
            flavors: {pytorch: {}}
            signature: {inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}]'}
            """,
            "mlflow.pytorch",
            [{"type": "float32", "shape": [-1, 4]}],
        ),
        ("signature: {inputs: 'no json'}", "", None),
        ("flavors: {}\nsignature:\n", "", None),
    ],
)
def test_facts(text: str, flavor: str, inputs: object) -> None:
    found = model_facts(text.encode())
    assert found.flavor == flavor
    assert (json.loads(found.signature)["inputs"] if found.signature else None) == inputs


@pytest.mark.parametrize(
    "text", [b"", b"[1, 2]", b"{", b"\xff\xfe\x00", b"a: !!python/object:x {}"]
)
def test_what_is_no_mlmodel_says_nothing(text: bytes) -> None:
    assert model_facts(text) == ModelFacts()
