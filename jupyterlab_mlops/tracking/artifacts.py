"""Lists and removes artifacts; files themselves are moved by :mod:`.files`."""

from __future__ import annotations

from ..errors import InvalidValue
from ..store import artifacts, candidates, experiments, logged_models
from ..store.store import Connection
from .base import Answer, Call
from .fields import missing
from .locate import check_path, locate
from .wire import artifact_root, dumps, listing


async def list_proxied(call: Call) -> Answer:
    """``GET mlflow-artifacts/artifacts?path=…``: the members of a folder, by name."""
    path = _folder(call.fields.text("path"))

    def read(conn: Connection) -> bytes:
        owner, folder = locate(conn, path)
        files = artifacts.list_all(conn, owner, folder)
        return dumps({"files": listing(files, folder, names_only=True)})

    return await call.store.read(read)


async def list_of_run(call: Call) -> Answer:
    """``GET artifacts/list``: the members of a folder of a run, by path."""
    id = call.fields.run_id()
    folder = _folder(call.fields.text("path"))

    def read(conn: Connection) -> bytes:
        run = candidates.head(conn, id)
        location = experiments.locations(conn).get(run.experiment_id)
        root = artifact_root(run.experiment_id, location).rstrip("/")
        files = artifacts.list_all(conn, artifacts.candidate_owner(id), folder)
        return dumps(
            {
                "root_uri": f"{root}/{id}/artifacts",
                "files": listing(files, folder, names_only=False),
            }
        )

    return await call.store.read(read)


async def list_of_model(call: Call) -> Answer:
    """``GET logged-models/{id}/artifacts/directories``: the members of a folder of a logged model."""
    id = call.path["id"]
    folder = _folder(call.fields.text("artifact_directory_path"))

    def read(conn: Connection) -> bytes:
        model = logged_models.get(conn, id)
        files = artifacts.list_all(conn, artifacts.model_owner(id), folder)
        root = f"{artifact_root(model.experiment_id, None)}/models/{id}/artifacts"
        return dumps({"root_uri": root, "files": listing(files, folder, names_only=False)})

    return await call.store.read(read)


def _folder(path: str | None) -> str:
    """The folder that ``path`` names in whatever way (``d//e``, ``./d``); '' is the root.

    Raises:
        InvalidValue: it is absolute or leads elsewhere.
    """
    parts = [part for part in (path or "").rstrip("/").split("/") if part != "."]
    folder = "/".join(part for at, part in enumerate(parts) if part or not at)
    return check_path(folder) if folder else ""


async def delete(call: Call) -> Answer:
    """``DELETE mlflow-artifacts/artifacts/{path}``: a file, or a folder with all in it."""
    path = call.path["path"].strip("/")
    if not path:
        missing("path")

    def write(conn: Connection) -> None:
        owner, inner = locate(conn, path)
        if not inner and owner.startswith("loose"):
            raise InvalidValue("Name the file or folder to delete.")
        artifacts.remove(conn, owner, inner)

    await call.store.write(write)
    return None
