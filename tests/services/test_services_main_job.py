"""The main job on a real server with a real kernel: run, look, register, and what happens when it goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from .conftest import Api, eventually

TRAIN = """
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
X, y = load_iris(return_X_y=True)
C = 0.5
clf = LogisticRegression(C=C, max_iter=300).fit(X, y)
"""


async def one_candidate(api: Api) -> Any:
    async def ended() -> Any:
        found = (await api("GET", "candidates"))["candidates"]
        return found if found and all(each["status"] != "RUNNING" for each in found) else None

    return await eventually(ended)


async def test_a_trained_model_is_a_candidate_and_its_later_metric_belongs_to_it(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("churn.ipynb")
    await notebook.run(TRAIN)
    await notebook.run("accuracy = accuracy_score(y, clf.predict(X))")

    async def measured() -> Any:
        found = await one_candidate(api)
        return found if found[0]["metrics"] else None

    (candidate,) = await eventually(measured)
    assert candidate["experiment"] == "churn"
    assert candidate["status"] == "FINISHED"
    assert candidate["variable"] == "clf"
    assert candidate["params"]["C"]["value"] == "0.5"
    assert 0.9 < candidate["metrics"]["accuracy_score"]["last"] <= 1
    state = await api("GET", "recording", notebook="churn.ipynb")
    assert (state["experiment"], state["kernel"]) == ("churn", True)


async def test_its_model_is_registered_from_the_live_kernel_and_again_when_the_kernel_is_gone(
    api: Api, open_notebook: Any, jp_serverapp: Any
) -> None:
    notebook = await open_notebook("churn.ipynb")
    await notebook.run(TRAIN)
    (candidate,) = await one_candidate(api)
    proposals = await api("GET", "register/proposals", notebook="churn.ipynb")
    assert proposals["variables"][0]["variable"] == "clf"
    assert proposals["variables"][0]["candidate"] == candidate["id"]
    assert (proposals["model"], proposals["proposed"]) == ("churn", "1.0.0")

    made = await api(
        "POST", "register", {"notebook": "churn.ipynb", "variable": "clf", "model": "churn"}
    )
    assert (made["version"], made["candidate"]) == ("1.0.0", candidate["id"])
    assert made["flavor"]
    assert "notebook.ipynb" in {file["path"] for file in made["artifacts"]}

    await jp_serverapp.kernel_manager.shutdown_kernel(notebook.kernel_id, now=True)
    again = await api(
        "POST", "register", {"candidate": candidate["id"], "model": "churn", "bump": "minor"}
    )
    assert (again["version"], again["flavor"]) == ("1.1.0", made["flavor"])


async def test_what_cannot_be_registered_leaves_nothing_behind(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("churn.ipynb")
    await notebook.run("x = 1")
    with pytest.raises(HTTPClientError) as refused:
        await api(
            "POST", "register", {"notebook": "churn.ipynb", "variable": "missing", "model": "churn"}
        )
    assert refused.value.code == 409
    assert json.loads(refused.value.response.body)["error"]["code"] == "conflict"
    assert (await api("GET", "models"))["models"] == []


async def test_the_kernel_api_registers_too(api: Api, open_notebook: Any) -> None:
    notebook = await open_notebook("churn.ipynb")
    await notebook.run(TRAIN)
    reply = await notebook.run(
        "import jupyterlab_mlops as mlops\nmlops.register(clf, 'from-code', version='2.0.0')"
    )
    assert reply["status"] == "ok", reply

    async def registered() -> Any:
        return (await api("GET", "models"))["models"]

    (model,) = await eventually(registered)
    assert (model["name"], model["versions"][0]["version"]) == ("from-code", "2.0.0")


async def test_a_paused_notebook_is_not_recorded(api: Api, open_notebook: Any) -> None:
    notebook = await open_notebook("quiet.ipynb")
    await api("PUT", "recording", {"paused": True}, notebook="quiet.ipynb")
    await notebook.run(TRAIN)
    await api("PUT", "recording", {"paused": False}, notebook="quiet.ipynb")
    await notebook.run(TRAIN)
    found = await one_candidate(api)
    assert len(found) == 1


async def test_operators_see_it(api: Api, open_notebook: Any, jp_fetch: Any) -> None:
    notebook = await open_notebook("churn.ipynb")
    await notebook.run(TRAIN)
    await one_candidate(api)
    found = (await jp_fetch("metrics")).body.decode()
    assert "mlops_notebook_runs_open" in found
    assert "mlops_queue_items" in found


async def test_an_mlflow_run_ends_with_the_cell_that_failed_whatever_its_client_says_later(
    api: Api, open_notebook: Any, jp_serverapp: Any
) -> None:
    notebook = await open_notebook("churn.ipynb")
    reply = await notebook.run(
        "import mlflow\nmlflow.start_run()\nmlflow.log_metric('x', 1)\n1 / 0"
    )
    assert reply["status"] == "error"
    await one_candidate(api)
    # As it goes, MLflow's client ends its active run as FINISHED.
    await jp_serverapp.kernel_manager.shutdown_kernel(notebook.kernel_id)
    (candidate,) = await one_candidate(api)
    assert candidate["status"] == "FAILED"
    assert candidate["error"]["name"] == "ZeroDivisionError"
