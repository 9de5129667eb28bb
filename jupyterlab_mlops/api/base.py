"""What every handler of the panel's API shares: authentication, the contract, and one shape for errors."""

from __future__ import annotations

import json
import logging
import math
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, Protocol

from jupyter_server.base.handlers import APIHandler
from tornado import iostream, web

from .. import correlation, errors
from ..store.candidate_json import finite
from ..store.store import Connection, Store
from .contract import operations

log = logging.getLogger(__name__)

#: Domain error → HTTP status, the one place that says so.
STATUS: dict[type[errors.MLOpsError], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.AlreadyExists: HTTPStatus.CONFLICT,
    errors.InvalidValue: HTTPStatus.BAD_REQUEST,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.PermissionDenied: HTTPStatus.FORBIDDEN,
    errors.RemoteUnavailable: HTTPStatus.BAD_GATEWAY,
    errors.RemoteRejected: HTTPStatus.BAD_GATEWAY,
}


def status_of(error: errors.MLOpsError) -> HTTPStatus:
    """The HTTP status of a domain error."""
    found = (status for kind, status in STATUS.items() if isinstance(error, kind))
    return next(found, HTTPStatus.BAD_REQUEST)


P = ParamSpec("P")


#: Codes of refusals that are not ours: tornado's and the server's.
CODES = {401: "unauthorized", 403: "permission_denied", 404: "not_found"}
#: Files are read and sent in pieces of so many bytes.
PIECE = 1 << 18


def _written(document: Any) -> bytes:
    """JSON as browsers read it. What notebooks were given may hold numbers that JSON has not: they are words then."""
    try:
        return json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        return json.dumps(_in_words(document), allow_nan=False, separators=(",", ":")).encode()


def _in_words(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return finite(value)
    if isinstance(value, dict):
        return {key: _in_words(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_words(part) for part in value]
    return value


class Recording(Protocol):
    """What the panel asks of the recorder and the kernels; built in services.py."""

    async def state(self, notebook: str) -> dict[str, Any]: ...
    async def change(self, notebook: str, changes: dict[str, Any]) -> dict[str, Any]: ...
    async def discard(self, run_id: str) -> None: ...
    async def now(self, notebook: str, cells: Sequence[str] | None = None) -> dict[str, Any]: ...
    async def status(self) -> dict[str, Any]: ...


class Registering(Protocol):
    """Proposals and registration, which need the notebook's kernel."""

    async def proposals(self, query: dict[str, Any]) -> dict[str, Any]: ...
    async def register(self, request: dict[str, Any], user: str) -> dict[str, Any]: ...
    def under_way(self) -> list[dict[str, Any]]: ...
    def cancel(self, id: str) -> None: ...


class Reproducing(Protocol):
    """Candidates as they ran, and running them again."""

    async def executed(self, candidate_id: str) -> dict[str, Any]: ...
    async def restore(self, candidate_id: str, *, as_it_ran: bool = False) -> str: ...
    async def state(self, candidate_id: str) -> dict[str, Any]: ...
    async def begin(self, candidate_id: str, request: Mapping[str, Any]) -> dict[str, Any]: ...
    async def cancel(self, candidate_id: str) -> dict[str, Any]: ...


class Sharing(Protocol):
    """Remotes and the queue."""

    async def status(self) -> dict[str, Any]: ...
    async def remotes(self) -> dict[str, Any]: ...
    async def connect(self, request: dict[str, Any]) -> dict[str, Any]: ...
    async def check(self, request: dict[str, Any]) -> dict[str, Any]: ...
    async def disconnect(self, name: str) -> None: ...
    async def push(self) -> None: ...
    async def queue(self) -> list[dict[str, Any]]: ...
    async def control(self, action: str, request: dict[str, Any]) -> dict[str, Any]: ...
    async def remote_files(self, kind: str, id: str, remote: str) -> list[dict[str, Any]]: ...
    async def fetch(self, kind: str, id: str, remote: str, path: str) -> str: ...


@dataclass(frozen=True)
class Panel:
    """The collaborators of the handlers."""

    store: Store
    recording: Recording
    registering: Registering
    reproducing: Reproducing
    sharing: Sharing
    version: str


class PanelHandler(APIHandler):
    """Base of all handlers here. Verbs are decorated ``authenticated`` over ``authorized``, each by itself."""

    auth_resource = "mlops"
    # The panel polls: its requests must not keep an idle server alive.
    _track_activity = False

    def initialize(self, panel: Panel) -> None:
        self.panel = panel

    async def prepare(self) -> None:  # type: ignore[override]
        """Name the request in the log and in its answer."""
        id = correlation.begin_request(self.request.headers.get("X-Request-ID"))
        self.set_header("X-Request-ID", id)
        await super().prepare()

    @property
    def store(self) -> Store:
        return self.panel.store

    def query(self, operation: str) -> dict[str, Any]:
        """This request's query, checked against the contract."""
        return operations()[operation].query(self.request.query_arguments)

    def document(self, operation: str) -> dict[str, Any]:
        """This request's JSON body, checked against the contract."""
        return operations()[operation].document(self.request.body)

    def answer(self, document: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        """Finish with JSON."""
        self.set_status(status)
        self.finish(_written(document))

    async def answer_read(
        self, fn: Callable[Concatenate[Connection, P], Any], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Finish with what ``fn(conn, …)`` reads. It is written out as JSON in the reader's thread too: a page
        of a thousand candidates is ten megabytes, which would hold up the event loop."""
        self.finish(await self.store.read(lambda conn: _written(fn(conn, *args, **kwargs))))

    def done(self) -> None:
        """Finish with nothing to say."""
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error in the one shape; unexpected ones are logged and say nothing of the inside."""
        failure = kwargs.get("exc_info", (None, None, None))[1]
        code, message, details = "error", HTTPStatus(status_code).phrase, {}
        if isinstance(failure, errors.MLOpsError):
            status_code = status_of(failure)
            code, message, details = failure.code, failure.message, failure.details
        elif isinstance(failure, web.HTTPError):
            # Not get_message(): older tornados lack it. Without arguments a % is no place for one.
            told = failure.log_message and (
                failure.log_message % failure.args if failure.args else failure.log_message
            )
            message = told or failure.reason or message
            code = CODES.get(status_code, "invalid_value" if status_code < 500 else "internal")
        else:
            code = "internal"
            message = (
                f"Something went wrong in the server; its log says what ({correlation.current()})."
            )
        self.set_header("Content-Type", "application/json")
        self.set_status(status_code)
        body: dict[str, Any] = {"code": code, "message": str(message)}
        if details:
            body["details"] = details
        self.finish(json.dumps({"error": body}, default=str))

    def log_exception(self, *exc_info: Any) -> None:
        """Domain errors are answers, not accidents."""
        if not isinstance(exc_info[1], errors.MLOpsError):
            super().log_exception(*exc_info)

    async def stream_blob(self, sha256: str, *, name: str, media_type: str = "") -> None:
        """Send a blob in pieces, unless the browser has it. Nothing of it can run in the page: sandboxed, and never
        sniffed.

        Raises:
            NotFound: the bytes are not here.
        """
        path = self.store.blobs.path(sha256)
        file = await self.store.in_thread(self.store.blobs.open, sha256)
        try:
            self.set_header("Content-Type", media_type or "application/octet-stream")
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
            self.set_header("Etag", f'"{sha256}"')
            if self.check_etag_header():
                self.set_status(HTTPStatus.NOT_MODIFIED)
                self.finish()
                return
            quoted = urllib.parse.quote(name.rsplit("/", 1)[-1])
            self.set_header("Content-Disposition", f"inline; filename*=UTF-8''{quoted}")
            self.set_header("Content-Length", str(path.stat().st_size))
            await self.stream(lambda: file.read(PIECE))
        finally:
            file.close()

    async def stream(self, next_piece: Callable[[], bytes]) -> None:
        """Send what ``next_piece`` gives, called in a thread, until that is nothing."""
        try:
            while piece := await self.store.in_thread(next_piece):
                self.write(piece)
                await self.flush()
        except iostream.StreamClosedError:
            return  # whoever asked has left: no accident, and nobody to tell
        self.finish()
