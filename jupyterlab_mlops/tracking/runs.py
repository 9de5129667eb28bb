"""``runs/…``: a run is a candidate, a candidate is a run. What is logged to it: :mod:`.run_data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..entities import Candidate, Origin, Status
from ..errors import InvalidValue
from ..store import candidates, experiments, logged_models, search
from ..store.store import Connection
from .base import Answer, Call
from .fields import experiment_number, invalid
from .run_page import page_text
from .wire import dumps, run_info, run_json

_STATUS = {str(number): name for number, name in enumerate(
    ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"), start=1
)}  # fmt: skip


#: What MLflow's client takes for the source where nobody tells it of a notebook.
_LAUNCHER = "ipykernel_launcher.py"


async def create(call: Call) -> Answer:
    """``POST runs/create``. A run from a kernel is joined to what that kernel is running."""
    fields = call.fields
    tags = fields.pairs("tags", unnamed=True)
    name = fields.text("run_name") or tags.get("mlflow.runName")
    if tags.get("mlflow.runName", name) != name:
        raise InvalidValue(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values"
            f" (run_name='{name}', mlflow.runName='{tags['mlflow.runName']}')."
        )
    running: Mapping[str, Any] = {}
    if call.kernel_id and call.tracking.current is not None:
        running = call.tracking.current(call.kernel_id)
    if running.get("notebook") and tags.get("mlflow.source.name", "").endswith(_LAUNCHER):
        # The client saw only the script that starts kernels; the notebook says more.
        del tags["mlflow.source.name"]
        tags.pop("mlflow.source.type", None)
    sent = fields.raw("experiment_id")
    experiment_id = None if sent in (None, "") else call.experiment_id()
    start_ms = fields.integer("start_time")
    user = fields.text("user_id") or ""

    def write(conn: Connection) -> bytes:
        chosen = experiment_id
        if chosen is None:
            chosen = (
                experiments.ensure(conn, running["experiment"]) if running.get("experiment") else 0
            )
        id = candidates.create(
            conn,
            chosen,
            origin=Origin.MLFLOW,
            name=name,
            start_ms=start_ms,
            user_id=user,
            kernel_id=call.kernel_id,
            **_joined(conn, running),
        )
        candidates.set_tags(conn, id, {key: tags[key] for key in tags if key != "mlflow.runName"})
        return dumps({"run": full(conn, id)})

    return await call.store.write(write)


def _joined(conn: Connection, running: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that tie a run to what its kernel is running."""
    joined = {
        name: running[name]
        for name in ("execution_id", "notebook", "cell_id", "cell_index", "execution_count")
        if running.get(name) is not None
    }
    run_id = running.get("notebook_run_id")
    # The recorder writes in batches: a notebook run that is not there yet is joined by it later.
    if run_id and conn.execute("SELECT 1 FROM notebook_runs WHERE id = ?", (run_id,)).fetchone():
        joined["notebook_run_id"] = run_id
    return joined


async def get(call: Call) -> Answer:
    """``GET runs/get``."""
    id = call.fields.run_id()
    return await call.store.read(lambda conn: dumps({"run": full(conn, id)}))


async def update(call: Call) -> Answer:
    """``POST runs/update``."""
    fields = call.fields
    id, status = fields.run_id(), fields.raw("status")
    columns: dict[str, Any] = {}
    if status is not None:
        columns["status"] = _status(status)
    if (end_ms := fields.integer("end_time")) is not None:
        columns["end_ms"] = end_ms
    elif status is not None and not Status(columns["status"]).ended:
        columns["end_ms"] = None
    if name := fields.text("run_name"):
        columns["name"] = name

    def write(conn: Connection) -> dict[str, Any]:
        candidates.require_active(conn, id)
        _keep_failure(candidates.head(conn, id), call.kernel_id, columns)
        candidates.update(conn, id, **columns)
        head = candidates.head(conn, id)
        return {"run_info": run_info(head, experiments.locations(conn).get(head.experiment_id))}

    return await call.store.write(write)


def _keep_failure(head: Candidate, kernel_id: str | None, columns: dict[str, Any]) -> None:
    """A run that ended with the cell that failed stays FAILED: MLflow's clients say FINISHED of it when the
    kernel is shut down. One that is resumed starts anew."""
    if kernel_id is None or head.kernel_id != kernel_id or head.error is None:
        return
    if columns.get("status") == Status.FINISHED:
        for name in ("status", "end_ms"):
            columns.pop(name, None)
    elif columns.get("status") == Status.RUNNING:
        columns["error"] = None


async def delete(call: Call) -> Answer:
    """``POST runs/delete``."""
    await call.store.write(candidates.delete, call.fields.run_id())
    return None


async def restore(call: Call) -> Answer:
    """``POST runs/restore``."""
    await call.store.write(candidates.restore, call.fields.run_id())
    return None


async def search_runs(call: Call) -> Answer:
    """``POST runs/search``."""
    fields = call.fields
    wanted = _experiments(call)
    query, view = fields.query(default=1000, most=50_000), fields.view("run_view_type")

    def read(conn: Connection) -> bytes:
        ids, following = search.search_ids(conn, **query, experiment_ids=wanted, view=view)
        return page_text(conn, ids, following)

    return await call.store.read(read)


def _experiments(call: Call) -> list[int]:
    """Where to look for runs. What can be no experiment's id holds none for MLflow before 3, which just looks."""
    sent = call.fields.raw("experiment_ids")
    if sent is not None and not isinstance(sent, list):
        invalid("experiment_ids", sent)
    found = []
    for id in sent or ():
        try:
            found.append(experiment_number(id, "experiment_ids"))
        except InvalidValue:
            if not call.older_than(3):
                raise
    return found


def full(conn: Connection, id: str) -> dict[str, Any]:
    """A run with all that was logged to it."""
    run = candidates.get(conn, id)
    outputs = logged_models.outputs_of(conn, [id]).get(id, ())
    return run_json(run, experiments.locations(conn).get(run.experiment_id), outputs)


def _status(value: Any) -> str:
    text = str(value)
    name = _STATUS.get(text, text)
    if name not in _STATUS.values():
        invalid("status", value)
    return name
