"""``runs/create-promptlab-run``: a run that MLflow's prompt page made, with its answer as a table and its model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from ..entities import Artifact, Origin, Param, Source, Status
from ..errors import InvalidValue
from ..store import artifacts, candidates
from ..store.blobs import Blobs
from ..store.store import Connection, now_ms
from .base import Answer, Call
from .run_data import note_model
from .runs import full
from .wire import dumps

_REQUIRED = (
    "experiment_id",
    "prompt_template",
    "prompt_parameters",
    "model_route",
    "model_input",
    "mlflow_version",
)
_TABLE = "eval_results_table.json"


async def create(call: Call) -> Answer:
    """``POST runs/create-promptlab-run``.

    Raises:
        InvalidValue: something that must be sent is missing.
    """
    fields = call.fields
    for name in _REQUIRED:
        if not fields.raw(name):
            raise InvalidValue(f"CreatePromptlabRun request must specify {name}.")
    experiment_id, run_name = fields.experiment_id(), fields.text("run_name")
    start_ms, user = fields.integer("start_time"), fields.text("user_id") or "unknown"
    route, template = fields.required("model_route"), fields.required("prompt_template")
    settings, tags = _pairs(fields.items("model_parameters")), fields.pairs("tags")
    blanks = _pairs(fields.items("prompt_parameters"))
    table = {
        **blanks,
        "prompt": fields.text("model_input"),
        "output": fields.text("model_output"),
        **_pairs(fields.items("model_output_parameters")),
    }
    params = {**settings, "model_route": route, "prompt_template": template}
    tags |= {
        "mlflow.loggedArtifacts": json.dumps([{"path": _TABLE, "type": "table"}]),
        "mlflow.runSourceType": "PROMPT_ENGINEERING",
    }
    id = uuid4().hex
    made = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
    model = {"artifact_path": "model", "run_id": id, "utc_time_created": made, **_model(blanks)}
    answers = {
        "prompt_template": template,
        "prompt_parameters": blanks,
        "model_parameters": settings,
        "model_route": route,
    }
    files = await call.store.in_thread(
        _keep,
        call.store.blobs,
        {
            _TABLE: json.dumps({"columns": list(table), "data": [list(table.values())]}),
            # JSON is YAML as well, which MLflow reads here.
            "model/MLmodel": json.dumps(model),
            "model/parameters.yaml": json.dumps(answers),
            "model/requirements.txt": f"mlflow[gateway]=={fields.required('mlflow_version')}\n",
        },
    )
    logged = [Param(name, value, Source.LOGGED.value) for name, value in params.items()]

    def write(conn: Connection) -> bytes:
        candidates.create(
            conn,
            experiment_id,
            id=id,
            origin=Origin.MLFLOW,
            name=run_name,
            start_ms=start_ms,
            user_id=user,
        )
        candidates.set_params(conn, id, logged)
        candidates.set_tags(conn, id, tags)
        note_model(conn, id, model)
        artifacts.put_all(conn, artifacts.candidate_owner(id), files)
        candidates.update(conn, id, status=Status.FINISHED, end_ms=now_ms())
        return dumps({"run": full(conn, id)})

    return await call.store.write(write)


def _pairs(items: list[dict[str, Any]]) -> dict[str, str]:
    """``{"key", "value"}`` objects as a dict; numbers are written out."""
    return {str(item.get("key")): str(item.get("value")) for item in items}


def _model(blanks: Mapping[str, str]) -> dict[str, Any]:
    """What the ``MLmodel`` says: MLflow's own loader asks the route with the filled-in prompt."""
    inputs = [{"type": "string", "name": name, "required": True} for name in blanks]
    return {
        "flavors": {
            "python_function": {
                "loader_module": "mlflow.prompt.promptlab_model",
                "parameters_path": "parameters.yaml",
                "env": {"virtualenv": "requirements.txt"},
            }
        },
        "signature": {
            "inputs": json.dumps(inputs),
            "outputs": json.dumps([{"type": "string", "name": "output", "required": True}]),
            "params": None,
        },
    }


def _keep(blobs: Blobs, texts: Mapping[str, str]) -> list[Artifact]:
    return [Artifact(path, *blobs.put(text.encode())) for path, text in texts.items()]
