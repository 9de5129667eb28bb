"""Moves files in and out, streamed: memory stays the same however large a file is."""

from __future__ import annotations

import asyncio
import posixpath
import re
from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from ..entities import Artifact
from ..errors import InvalidValue, MLOpsError, NotFound
from ..store import artifacts
from ..store.blobs import BlobWriter
from ..store.store import Connection
from .artifacts import delete as delete_artifacts
from .base import Call, Endpoint, authenticate, check_loopback
from .fields import Fields
from .locate import check_path, locate
from .uploads import UploadStream

#: How much is gathered before it is handed to a thread to be hashed and written (bytes).
PIECE = 1 << 20
#: A file name that a header may hold as it is.
_TOKEN = re.compile(r"[A-Za-z0-9_.+-]+")
#: No limit on the size of a file but the disk.
MAX_FILE_BYTES = 1 << 60


@web.stream_request_body
class FileEndpoint(Endpoint):
    """``mlflow-artifacts/artifacts/{path}``: PUT, GET, HEAD and DELETE of one file."""

    _writer: BlobWriter | None = None
    _pending: asyncio.Future[None] | None = None
    _lent: UploadStream | None = None

    def begin_upload(self) -> None:
        """Lift the size limit and open the blob, before the body arrives."""
        if self.request.method in ("PUT", "POST"):
            connection: Any = self.request.connection
            connection.set_max_body_size(MAX_FILE_BYTES)
            self._writer = self.tracking.store.blobs.writer()
            self._pieces: list[bytes] = []
            self._gathered = 0
            stream, size = connection.stream, self.request.headers.get("Content-Length", "")
            # Tornado refuses a length that is no number when it comes to the body.
            if isinstance(stream, UploadStream) and size.isdecimal() and stream.expect(int(size)):
                self._lent = stream

    async def data_received(self, chunk: bytes) -> None:
        """Gather, and let a thread hash and write while the next bytes arrive."""
        if self._writer is None:
            return
        self._pieces.append(chunk)
        self._gathered += len(chunk)
        # A lent piece is overwritten by the one after the next: never more than one is kept.
        if self._lent is not None or self._gathered >= PIECE:
            await self._hand_over()

    async def _hand_over(self) -> None:
        writer, pieces = self._writer, self._pieces
        if writer is None:
            return
        self._pieces, self._gathered = [], 0
        if self._pending is not None:
            await self._pending
        self._pending = asyncio.ensure_future(self.tracking.store.in_thread(_write, writer, pieces))

    def on_connection_close(self) -> None:
        """A client that went away leaves nothing behind."""
        self._forget()

    def on_finish(self) -> None:
        """Whatever happened, nothing stays in staging."""
        self._forget()

    def _forget(self) -> None:
        writer, self._writer = self._writer, None
        pending, self._pending = self._pending, None
        lent, self._lent = self._lent, None
        if lent is not None:
            lent.forget()
        if writer is None:
            return
        if pending is not None and not pending.done():
            pending.add_done_callback(lambda done: _discard(done, writer))
        else:
            writer.discard()

    async def store_file(self, path: str) -> None:
        """The body has arrived: make it the file ``path``."""
        media_type = self.request.headers.get("Content-Type", "")
        try:
            check_path(path)
            writer, store = self._writer, self.tracking.store
            if writer is None:
                raise InvalidValue("The file's bytes are missing.")
            await self._hand_over()
            if self._pending is not None:
                await self._pending
            sha256, size = await store.in_thread(writer.commit)

            def write(conn: Connection) -> None:
                owner, inner = locate(conn, path)
                if not inner:
                    raise InvalidValue(f"{path!r} names no file.")
                kind = artifacts.media_type_of(inner) or media_type
                artifacts.put(conn, owner, inner, sha256, size, kind)

            await store.write(write)
        except MLOpsError as error:
            self.refuse(error)
            return
        self.answer({})

    async def send_file(self, path: str) -> None:
        """Send the file ``path``."""
        try:
            check_path(path)

            def read(conn: Connection) -> Artifact:
                owner, inner = locate(conn, path)
                found = artifacts.get(conn, owner, inner)
                if found is None:
                    raise NotFound(f"No such artifact: '{path}'")
                return found

            artifact = await self.tracking.store.read(read)
        except MLOpsError as error:
            self.refuse(error)
            return
        await send(self, artifact)

    async def remove_files(self, path: str) -> None:
        """Remove the file or folder ``path``."""
        try:
            await delete_artifacts(
                Call(self.tracking, lambda: Fields({}), {"path": path}, self.kernel_id)
            )
        except MLOpsError as error:
            self.refuse(error)
            return
        self.answer({})


class KernelFiles(FileEndpoint):
    """Files on the loopback face."""

    async def prepare(self) -> None:
        """Let only kernels in, before the body is read."""
        check_loopback(self)
        self.kernel_id = authenticate(self)
        self.begin_upload()

    def compute_etag(self) -> None:
        """No ETags."""
        return

    async def put(self, path: str) -> None:
        """Store a file."""
        await self.store_file(clean(path))

    async def get(self, path: str) -> None:
        """Send a file."""
        await self.send_file(clean(path))

    async def delete(self, path: str) -> None:
        """Remove a file or folder."""
        await self.remove_files(clean(path))


@web.stream_request_body
class ServerFiles(FileEndpoint, APIHandler):
    """Files on the Jupyter server."""

    auth_resource = "mlops"

    async def prepare(self) -> None:  # type: ignore[override]
        """Authenticate (and check XSRF) before the body is read; who may write is asked by the verb."""
        await super().prepare()
        if not self._finished and self.current_user:
            self.begin_upload()

    def compute_etag(self) -> None:
        """No ETags."""
        return

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Store a file."""
        await self.store_file(clean(path))

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Send a file."""
        await self.send_file(clean(path))

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Remove a file or folder."""
        await self.remove_files(clean(path))


def _write(writer: BlobWriter, pieces: list[bytes]) -> None:
    for piece in pieces:
        writer.write(piece)


def _discard(done: asyncio.Future[None], writer: BlobWriter) -> None:
    done.exception()  # it was already told, or nobody is there to be told
    writer.discard()


async def send(handler: Endpoint, artifact: Artifact) -> None:
    """Stream a blob as a download."""
    store = handler.tracking.store
    try:
        file = await store.in_thread(store.blobs.open, artifact.sha256)
    except MLOpsError as error:
        handler.refuse(error)
        return
    name = posixpath.basename(artifact.path)
    handler.set_header("Content-Type", "application/octet-stream")
    handler.set_header("Content-Length", str(artifact.size))
    told = f"filename={name}" if _TOKEN.fullmatch(name) else f"filename*=UTF-8''{quote(name)}"
    handler.set_header("Content-Disposition", f"attachment; {told}")
    # A page of ours must never run what somebody logged.
    handler.set_header("X-Content-Type-Options", "nosniff")
    try:
        while piece := await store.in_thread(file.read, PIECE):
            handler.write(piece)
            await handler.flush()
        handler.finish()
    except StreamClosedError:
        pass
    finally:
        file.close()


def clean(path: str) -> str:
    """The path of a file as the client meant it: tornado has decoded it once, as clients encode it once."""
    return path.strip("/")
