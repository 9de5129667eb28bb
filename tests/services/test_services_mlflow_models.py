"""A version that an MLflow client registers is READY at once, and loaded back all the same."""

from __future__ import annotations

from typing import Any

from .conftest import Api, eventually

REGISTER = """
import mlflow

class Doubles(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2

class Needy(Doubles):
    def load_context(self, context):
        raise OSError("the volume is not mounted")

states = []
for model in (Doubles(), Needy()):
    with mlflow.start_run():
        mlflow.pyfunc.log_model("model", python_model=model, pip_requirements=[], registered_model_name="m")
    states.append(mlflow.MlflowClient().search_model_versions("name = 'm'")[0].status)
assert states == ["READY", "READY"], states
"""


async def test_mlflow_s_versions_are_loaded_back_without_anybody_waiting(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(REGISTER)

    async def looked_at() -> Any:
        (model,) = (await api("GET", "models"))["models"]
        found = {each["number"]: each for each in model["versions"]}
        return found if all(each.get("validation") for each in found.values()) else None

    versions = await eventually(looked_at, 300)  # four processes that import MLflow
    assert {number: each["validation"] for number, each in versions.items()} == {
        1: "passed",
        2: "failed",
    }
    assert {each["status"] for each in versions.values()} == {"READY"}
    assert versions[1]["warnings"] == []
    assert "the volume is not mounted" in versions[2]["warnings"][0]
