"""What both faces of the tracking endpoint share: calls, errors as MLflow's, and the handlers.

Operations are plain coroutines of a :class:`Call`; they know nothing of tornado. On the loopback listener a
kernel's token opens them, on the Jupyter server the server's own identity.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import responses
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..errors import (
    AlreadyExists,
    Conflict,
    InvalidValue,
    MLOpsError,
    NoCandidate,
    NotFound,
    PermissionDenied,
    RemoteUnavailable,
)
from ..store.store import Store
from .callers import Callers, Version
from .fields import Fields, parse_body
from .tokens import KernelTokens

log = logging.getLogger(__name__)

#: What runs right now on a kernel: notebook_run_id, execution_id, notebook, cell_id, cell_index, experiment.
Current = Callable[[str], Mapping[str, Any]]
#: Applies an agent's findings and returns the number of the last one applied.
ApplyFindings = Callable[[str, list[dict[str, Any]]], Awaitable[int]]

#: A JSON body larger than this is refused (bytes); files are streamed and have no limit here.
MAX_JSON_BYTES = 64 * 1024 * 1024
_ERRORS: tuple[tuple[type[MLOpsError], int, str], ...] = (
    (NotFound, 404, "RESOURCE_DOES_NOT_EXIST"),
    (AlreadyExists, 400, "RESOURCE_ALREADY_EXISTS"),
    (InvalidValue, 400, "INVALID_PARAMETER_VALUE"),
    (Conflict, 400, "INVALID_STATE"),
    (PermissionDenied, 403, "PERMISSION_DENIED"),
    (RemoteUnavailable, 400, "INVALID_STATE"),
)
_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    405: "ENDPOINT_NOT_FOUND",
    413: "REQUEST_LIMIT_EXCEEDED",
}


class NotOffered(MLOpsError):  # noqa: N818 - named as the errors of errors.py
    """A part of the protocol that a server may leave out; clients ask and do without."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the endpoint works with. ``lab_url`` is where a person who opens the tracking URI is sent."""

    store: Store
    apply_findings: ApplyFindings | None = None
    current: Current | None = None
    lab_url: str = ""
    callers: Callers = field(default_factory=Callers)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its fields, what its path says, the kernel it comes from (None: from outside), and the version
    of the caller's MLflow."""

    tracking: Tracking
    read: Callable[[], Fields]
    path: Mapping[str, str] = field(default_factory=dict)
    kernel_id: str | None = None
    mlflow: Version = ()

    @property
    def fields(self) -> Fields:
        """What was sent; read when an operation asks for it, so that what is not served is not parsed.

        Raises:
            InvalidValue: the body is not a JSON object, or too large.
        """
        return self.read()

    @property
    def store(self) -> Store:
        """The store."""
        return self.tracking.store

    def experiment_id(self) -> int:
        """The experiment that is spoken of.

        Raises:
            InvalidValue: it is missing, or no experiment can have this id;
            NotFound: the latter, for MLflow before 3, which looks for it.
        """
        try:
            return self.fields.experiment_id()
        except InvalidValue:
            sent = self.fields.raw("experiment_id")
            if sent and self.older_than(3):
                raise NotFound(f"No Experiment with id={sent} exists") from None
            raise

    def older_than(self, *version: int) -> bool:
        """Whether the caller's MLflow is known to be older than ``version``."""
        return bool(self.mlflow) and self.mlflow < version


#: An answer: an object, or JSON that was already written out (in a reader's thread).
Answer = Mapping[str, Any] | bytes | None
Operation = Callable[[Call], Awaitable[Answer]]


def told(error: MLOpsError) -> str:
    """An error's message, in MLflow's words where its clients know them."""
    if isinstance(error, NoCandidate):
        return f"Run with id={error.details['candidate']} not found"
    return error.message


def error_answer(error: BaseException) -> tuple[int, str, str]:
    """An exception as (HTTP status, MLflow's error code, message)."""
    for kind, status, code in _ERRORS:
        if isinstance(error, kind):
            return status, code, told(error)
    if isinstance(error, NotOffered):
        return 501, "NOT_IMPLEMENTED", error.message
    if isinstance(error, MLOpsError):
        return 400, "BAD_REQUEST", error.message
    if isinstance(error, web.HTTPError):
        message = error.log_message or responses.get(error.status_code, "error")
        return error.status_code, _CODES.get(error.status_code, "INTERNAL_ERROR"), message
    return 500, "INTERNAL_ERROR", "An unexpected error happened; the server's log has the details."


class Endpoint(web.RequestHandler):
    """Runs operations and answers as MLflow does. Subclasses say who may call."""

    tracking: Tracking
    kernel_id: str | None = None

    def initialize(
        self,
        tracking: Tracking,
        operations: Mapping[str, Operation] | None = None,
        tokens: KernelTokens | None = None,
    ) -> None:
        """``operations`` by HTTP method; ``tokens`` for the loopback face."""
        self.tracking = tracking
        self.operations = operations or {}
        self.tokens = tokens

    async def run(self, **path: str) -> None:
        """Run the operation of the request's method."""
        operation = self.operations.get(self.request.method or "")
        if operation is None:
            raise web.HTTPError(405, f"{self.request.method} is not supported here")
        agent = self.request.headers.get("User-Agent", "")
        mlflow = self.tracking.callers.version(agent, self.kernel_id)
        call = Call(self.tracking, cache(self.fields), path, self.kernel_id, mlflow)
        try:
            answer = await operation(call)
        except MLOpsError as error:
            self.refuse(error)
            return
        self.answer(answer)

    def fields(self) -> Fields:
        """The fields of the body, or of the query for GET and for DELETE without a body."""
        if self.request.method == "GET" or (
            self.request.method == "DELETE" and not self.request.body
        ):
            return Fields(
                {
                    name: values[0] if len(values) == 1 else values
                    for name, values in (
                        (name, [value.decode("utf-8", "replace") for value in raw])
                        for name, raw in self.request.query_arguments.items()
                    )
                },
                query=True,
            )
        if len(self.request.body) > MAX_JSON_BYTES:
            raise InvalidValue(f"The request body is larger than {MAX_JSON_BYTES} bytes.")
        return Fields(parse_body(self.request.body))

    def answer(self, answer: Answer) -> None:
        """Send an answer."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer or {}).encode()
        self.set_header("Content-Type", "application/json")
        self.finish(body)

    def refuse(self, error: BaseException) -> None:
        """Send an error in MLflow's form. A 5xx would make clients try for minutes: it is for bugs only."""
        status, code, message = error_answer(error)
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        details = getattr(error, "details", {})
        position = {"position": details["position"]} if "position" in details else {}
        self.finish(json.dumps({"error_code": code, "message": message, **position}))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Errors that tornado raises or catches, in MLflow's form too."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        self.refuse(error or web.HTTPError(status_code))


class KernelEndpoint(Endpoint):
    """The loopback face: a kernel's token, no browser, no foreign name."""

    async def prepare(self) -> None:
        """Let only kernels in.

        Raises:
            tornado.web.HTTPError: 403 for a foreign Host or any Origin, 401 without a kernel's token.
        """
        check_loopback(self)
        self.kernel_id = authenticate(self)

    def compute_etag(self) -> None:
        """No ETags: answers are not cached, and hashing them costs time."""
        return

    async def get(self, **path: str) -> None:
        """Run the operation for GET."""
        await self.run(**path)

    async def post(self, **path: str) -> None:
        """Run the operation for POST."""
        await self.run(**path)

    async def put(self, **path: str) -> None:
        """Run the operation for PUT."""
        await self.run(**path)

    async def patch(self, **path: str) -> None:
        """Run the operation for PATCH."""
        await self.run(**path)

    async def delete(self, **path: str) -> None:
        """Run the operation for DELETE."""
        await self.run(**path)


class ServerEndpoint(Endpoint, APIHandler):
    """The face on the Jupyter server: its tokens, its authorizer, its XSRF rules."""

    auth_resource = "mlops"

    def compute_etag(self) -> None:
        """No ETags: answers are not cached, and hashing them costs time."""
        return

    @web.authenticated
    @authorized
    async def get(self, **path: str) -> None:
        """Run the operation for GET."""
        await self.run(**path)

    @web.authenticated
    @authorized
    async def post(self, **path: str) -> None:
        """Run the operation for POST."""
        await self.run(**path)

    @web.authenticated
    @authorized
    async def put(self, **path: str) -> None:
        """Run the operation for PUT."""
        await self.run(**path)

    @web.authenticated
    @authorized
    async def patch(self, **path: str) -> None:
        """Run the operation for PATCH."""
        await self.run(**path)

    @web.authenticated
    @authorized
    async def delete(self, **path: str) -> None:
        """Run the operation for DELETE."""
        await self.run(**path)


def check_loopback(handler: web.RequestHandler) -> None:
    """Refuse what a web page could send: names that were rebound, and any Origin.

    Raises:
        tornado.web.HTTPError: 403.
    """
    host = handler.request.headers.get("Host", "").rsplit(":", 1)[0]
    if host not in ("127.0.0.1", "localhost", "[::1]"):
        raise web.HTTPError(403, "This address serves kernels of this machine only")
    if "Origin" in handler.request.headers:
        raise web.HTTPError(403, "This address does not serve browsers")


def authenticate(handler: Endpoint) -> str:
    """The kernel whose token the request carries.

    Raises:
        tornado.web.HTTPError: 401, without a word of what was presented.
    """
    scheme, _, token = handler.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "token") and handler.tokens is not None:
        kernel_id = handler.tokens.kernel_of(token.strip())
        if kernel_id is not None:
            return kernel_id
    raise web.HTTPError(401, "A kernel's token is needed (MLFLOW_TRACKING_TOKEN)")
