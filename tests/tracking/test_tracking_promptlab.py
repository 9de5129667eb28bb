"""A run of MLflow's prompt page: what was asked and answered, with a model that asks it again."""

from __future__ import annotations

import json

import requests
from conftest import Server

from jupyterlab_mlops.tracking.mlmodel import model_facts


def test_a_run_of_the_prompt_page_is_kept_whole(server: Server) -> None:
    answer = requests.post(
        f"{server.url}/ajax-api/2.0/mlflow/runs/create-promptlab-run",
        headers=server.headers,
        timeout=20,
        json={
            "experiment_id": "0",
            "run_name": "asked",
            "prompt_template": "Say {{ what }}",
            "prompt_parameters": [{"key": "what", "value": "hello"}],
            "model_route": "chat",
            "model_parameters": [{"key": "temperature", "value": 0.1}],
            "model_input": "Say hello",
            "model_output": "hello",
            "model_output_parameters": [{"key": "tokens", "value": 3}],
            "mlflow_version": "3.18.0",
            "start_time": 456,
        },
    )
    assert answer.status_code == 200
    run = answer.json()["run"]
    info = run["info"]
    assert (info["run_name"], info["status"], info["start_time"]) == ("asked", "FINISHED", 456)
    params = {item["key"]: item["value"] for item in run["data"]["params"]}
    assert params == {
        "temperature": "0.1", "model_route": "chat", "prompt_template": "Say {{ what }}"
    }  # fmt: skip
    tags = {item["key"]: item["value"] for item in run["data"]["tags"]}
    assert tags["mlflow.runSourceType"] == "PROMPT_ENGINEERING"
    assert json.loads(tags["mlflow.log-model.history"])[0]["artifact_path"] == "model"

    def read(path: str) -> bytes:
        root = f"{server.url}/api/2.0/mlflow-artifacts/artifacts"
        url = f"{root}/0/{info['run_id']}/artifacts/{path}"
        return requests.get(url, headers=server.headers, timeout=20).content

    assert json.loads(read("eval_results_table.json")) == {
        "columns": ["what", "prompt", "output", "tokens"],
        "data": [["hello", "Say hello", "hello", "3"]],
    }
    facts = model_facts(read("model/MLmodel"))
    assert facts.flavor == "mlflow.pyfunc"
    assert facts.signature is not None
    assert json.loads(facts.signature)["inputs"] == [{"name": "what", "type": ""}]
