"""Files of a run, a version or a logged model as downloads, and small uploads by a person."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..entities import Artifact
from ..errors import InvalidValue, MLOpsError, NotFound
from ..store import artifacts, candidates, logged_models, models
from ..store.store import Connection
from .base import Endpoint, authenticate, check_loopback
from .files import send
from .locate import check_path
from .versions import files_uri, source_owner

#: MLflow's limit of ``upload-artifact`` (bytes).
MAX_SMALL_BYTES = 10 * 1024 * 1024


class AttachedFiles(Endpoint):
    """``get-artifact`` and its kin: files of runs, traces, model versions and logged models, as downloads."""

    async def send_of_run(self) -> None:
        """``GET /get-artifact?run_id=…&path=…``."""
        await self._send(lambda _: artifacts.candidate_owner(self._argument("run_id", "run_uuid")))

    async def send_of_trace(self) -> None:
        """``GET get-trace-artifact?request_id=…``: the spans of a trace."""
        await self._send(
            lambda _: artifacts.trace_owner(self._argument("request_id", "trace_id")),
            given="traces.json",
        )

    async def send_of_version(self) -> None:
        """``GET /model-versions/get-artifact?name=…&version=…&path=…``."""

        def owner(conn: Connection) -> str:
            version = models.get_version(
                conn, self._argument("name"), number=int(self._argument("version"))
            )
            if version.artifacts:
                return artifacts.version_owner(version.id)
            whose, self._folder = source_owner(conn, files_uri(conn, version))
            return whose

        await self._send(owner)

    async def send_of_model(self, id: str) -> None:
        """``GET logged-models/{id}/artifacts/files?artifact_file_path=…``."""

        def owner(conn: Connection) -> str:
            return artifacts.model_owner(logged_models.get(conn, id).id)

        await self._send(owner, "artifact_file_path")

    _folder = ""

    def _argument(self, *names: str) -> str:
        for name in names:
            value = self.get_query_argument(name, "")
            if value:
                return value
        raise InvalidValue(f"Missing value for required parameter '{names[0]}'.")

    async def _send(
        self, owner: Callable[[Connection], str], name: str = "path", given: str = ""
    ) -> None:
        def read(conn: Connection) -> Artifact:
            path = given or check_path(self._argument(name, "path"))
            whose = owner(conn)
            inner = posixpath.join(self._folder, path)
            found = artifacts.get(conn, whose, inner)
            if found is None:
                raise NotFound(f"No such artifact: '{path}'")
            return found

        try:
            artifact = await self.tracking.store.read(read)
        except MLOpsError as error:
            self.refuse(error)
            return
        await send(self, artifact)

    async def take_of_run(self) -> None:
        """``POST upload-artifact?run_uuid=…&path=…``: a small file in the body."""
        store, data = self.tracking.store, self.request.body
        try:
            id = self.get_query_argument("run_id", "") or self.get_query_argument("run_uuid", "")
            if not id:
                raise InvalidValue(
                    "Request must specify run_id or run_uuid."
                    " (Before MLflow 3.18: Request must specify run_uuid.)"
                )
            if not self.get_query_argument("path", ""):
                raise InvalidValue("Request must specify path.")
            path = check_path(self._argument("path"))
            if len(data) > MAX_SMALL_BYTES:
                raise InvalidValue("Artifact size is too large. Max size is 10MB.")
            if not data:
                raise InvalidValue("Request must specify data.")
            sha256, size = await store.in_thread(store.blobs.put, data)

            def write(conn: Connection) -> None:
                candidates.head(conn, id)
                artifacts.put(conn, artifacts.candidate_owner(id), path, sha256, size)

            await store.write(write)
        except MLOpsError as error:
            self.refuse(error)
            return
        self.answer({})


class KernelAttachedFiles(AttachedFiles):
    """Downloads on the loopback face."""

    async def prepare(self) -> None:
        """Let only kernels in."""
        check_loopback(self)
        self.kernel_id = authenticate(self)

    async def get(self, **path: str) -> None:
        """Send the file."""
        await _dispatch(self, path)

    async def post(self) -> None:
        """Take a file."""
        await self.take_of_run()


class ServerAttachedFiles(AttachedFiles, APIHandler):
    """Downloads on the Jupyter server."""

    auth_resource = "mlops"

    @web.authenticated
    @authorized
    async def get(self, **path: str) -> None:
        """Send the file."""
        await _dispatch(self, path)

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Take a file."""
        await self.take_of_run()


async def _dispatch(handler: AttachedFiles, path: dict[str, str]) -> None:
    if "id" in path:
        await handler.send_of_model(path["id"])
    elif (handler.request.path or "").endswith("/get-trace-artifact"):
        await handler.send_of_trace()
    elif "model-versions" in (handler.request.path or ""):
        await handler.send_of_version()
    else:
        await handler.send_of_run()
