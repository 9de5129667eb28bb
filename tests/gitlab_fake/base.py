"""What all endpoints share: faults, throttling, tokens, scopes, roles, declared parameters, errors, paging."""

from __future__ import annotations

import asyncio
import json
import math
import time
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from .faults import Rule
from .state import DEVELOPER, GUEST, Instance, Project, Refusal, Token

if TYPE_CHECKING:
    from . import GitLabFake

SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in · GitLab</title></head><body><form></form></body></html>"


def mlflow_error(code: str, message: Any = ..., status: int = 400) -> Refusal:
    """An error of the MLflow routes; those without a message have none."""
    body = {"error_code": code}
    if message is not ...:
        body["message"] = message
    return Refusal(status, body)


def not_there() -> Refusal:
    return mlflow_error("RESOURCE_DOES_NOT_EXIST", status=404)


def invalid(message: Any) -> Refusal:
    return mlflow_error("INVALID_PARAMETER_VALUE", message)


@dataclass(frozen=True)
class Field:
    """A declared parameter."""

    type: type = str
    required: bool = False
    default: Any = None
    values: tuple[str, ...] = ()
    items: dict[str, Field] | None = None


class Handler(RequestHandler):
    """Base of all endpoints."""

    fault: Rule | None = None

    @property
    def fake(self) -> GitLabFake:
        return self.application.settings["fake"]  # type: ignore[no-any-return]

    @property
    def instance(self) -> Instance:
        return self.fake.instance

    # -- faults and throttling -------------------------------------------------------------------

    async def prepare(self) -> None:  # type: ignore[override]
        path = self.request.path
        self.fake.log.append((self.request.method or "", path))
        self.set_header("X-Request-Id", f"{len(self.fake.log):08x}")
        self.set_header("Set-Cookie", "_gitlab_session=0123; path=/")
        if self.instance.latency_s:
            await asyncio.sleep(self.instance.latency_s)
        fault = self.fault = self.fake.faults.pick(self.request.method or "", path)
        if fault is not None and await self.goes_wrong(fault):
            return
        if self.instance.maintenance:
            self.refuse(Refusal(503, "<html><body>Deploy in progress</body></html>"))
            return
        self.throttle()
        if not self._finished:
            await self.before()

    async def before(self) -> None:
        """Checks that come before the body (uploads)."""

    async def goes_wrong(self, fault: Rule) -> bool:
        """Do what the rule says; whether the request is answered by it."""
        if fault.action == "status":
            self.refuse(Refusal(fault.status, fault.body, fault.headers))
        elif fault.action == "drop_before":
            self.hang_up()
        elif fault.action == "hang":
            await asyncio.sleep(fault.seconds)
            self.hang_up()
        elif fault.action == "late":
            await asyncio.sleep(fault.seconds)
            return False
        elif fault.action == "sign_in":
            self.refuse(Refusal(200, SIGN_IN))
        elif fault.action == "sign_in_redirect":
            self.redirect(self.fake.url + "/users/sign_in")
        elif fault.action == "expire_token":
            self.token_given().expired = True  # type: ignore[union-attr]
            return False
        elif fault.action == "call":
            assert fault.call is not None
            fault.call()
            return False
        else:
            return False
        return True

    def throttle(self) -> None:
        limit = self.instance.rate_limit
        if limit is None:
            return
        now = time.time()
        window, count = self.fake.window
        if now - window >= 60:
            window, count = now, 0
        self.fake.window = (window, count + 1)
        left = max(1, math.ceil(window + 60 - now))
        headers = {
            "RateLimit-Name": "throttle_authenticated_api",
            "RateLimit-Limit": str(limit),
            "RateLimit-Observed": str(count + 1),
            "RateLimit-Remaining": str(max(0, limit - count - 1)),
            "RateLimit-Reset": str(int(now) + left),
        }
        if count + 1 > limit:
            self.refuse(Refusal(429, "Retry later\n", headers | {"Retry-After": str(left)}))
        elif self.instance.newest:
            for name, value in headers.items():
                self.set_header(name, value)

    def hang_up(self) -> None:
        """Close the connection without an answer."""
        try:
            self.detach().close()
        except StreamClosedError:
            self._finished = True

    def finish(self, chunk: Any = None) -> Any:
        action = self.fault.action if self.fault is not None else ""
        if action == "drop_after":
            self.hang_up()
            return None
        if action not in ("truncate", "truncate_chunked", "hang_after_headers", "drip"):
            return super().finish(chunk)
        body = b"".join(self._write_buffer) + (chunk.encode() if isinstance(chunk, str) else b"")
        length = f"Content-Length: {len(body) + 7 * (action == 'truncate')}"
        if action == "truncate_chunked":
            length = "Transfer-Encoding: chunked"
        head = f"HTTP/1.1 {self.get_status()} OK\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode()
        if action == "truncate_chunked":
            head += f"{len(body):x}\r\n".encode()
        asyncio.get_running_loop().create_task(self.spoiled(head, body))
        return None

    async def spoiled(self, head: bytes, body: bytes) -> None:
        """Send an answer as the fault wants it, on a connection that is then closed."""
        assert self.fault is not None
        stream = self.detach()
        if stream is None:  # nobody waits any more
            return
        try:
            if self.fault.action == "hang_after_headers":
                await stream.write(head)
                await asyncio.sleep(self.fault.seconds)
            elif self.fault.action == "drip":
                await stream.write(head)
                for i in range(len(body)):
                    await stream.write(body[i : i + 1])
                    await asyncio.sleep(self.fault.seconds)
            else:
                await stream.write(head + body[: len(body) // 2])
                await asyncio.sleep(0.05)
        except StreamClosedError:
            return
        finally:
            stream.close()

    # -- answers ---------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> None:
        self.clear()
        self.set_status(refusal.status)
        if self.request.method == "PUT":
            self.set_header("Connection", "close")  # a body may still be on its way
        for name, value in refusal.headers.items():
            self.set_header(name, value)
        if isinstance(refusal.body, str):
            html = refusal.body.lstrip().startswith("<")
            self.set_header("Content-Type", "text/html" if html else "text/plain")
            self.finish(refusal.body)
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps(refusal.body))

    def answer(self, body: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, Refusal):
            self.refuse(error)
        elif status_code == 405:
            self.refuse(Refusal(405, {"error": "405 Not Allowed"}))
        elif status_code == 404 and isinstance(error, HTTPError):
            self.refuse(Refusal(404, {"error": "404 Not Found"}))
        else:
            self.refuse(Refusal(500, {"message": "500 Internal Server Error"}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, Refusal):
            super().log_exception(typ, value, tb)

    # -- who asks --------------------------------------------------------------------------------

    def token_given(self, *, bearer_only: bool = False) -> Token | None:
        """The token of the request, unchecked; unknown values raise 401."""
        value = ""
        authorization = self.request.headers.get("Authorization", "")
        if authorization.lower().startswith("bearer "):
            value = authorization[7:].strip()
        elif not bearer_only:
            value = (
                self.request.headers.get("PRIVATE-TOKEN")
                or self.request.headers.get("JOB-TOKEN")
                or self.get_query_argument("private_token", "")
            )
        if not value:
            return None
        token = self.instance.tokens.get(value)
        if token is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return token

    def alive(self, token: Token | None) -> Token:
        if token is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        if token.revoked or token.expired:
            description = (
                "Token was revoked. You have to re-authorize from the user."
                if token.revoked
                else "Token is expired. You can either do re-authorization or token refresh."
            )
            raise Refusal(
                401,
                {"error": "invalid_token", "error_description": description},
                {
                    "WWW-Authenticate": 'Bearer realm="Protected by OAuth 2.0", error="invalid_token"'
                },
            )
        return token

    def scoped(self, token: Token, scopes: tuple[str, ...]) -> None:
        if token.kind == "pat" and not set(scopes) & set(token.scopes):
            raise Refusal(
                403,
                {
                    "error": "insufficient_scope",
                    "error_description": "The request requires higher privileges than provided by the access token.",
                    "scope": " ".join(scopes),
                },
            )

    def scopes_for_method(self) -> tuple[str, ...]:
        return ("api", "read_api") if self.request.method in ("GET", "HEAD") else ("api",)

    def visible(self, ident: str, user_id: int | None) -> Project:
        project = self.instance.project(ident)
        if project is None or (project.visibility != "public" and project.role(user_id) < GUEST):
            raise Refusal(404, {"message": "404 Project Not Found"})
        return project

    # -- parameters ------------------------------------------------------------------------------

    def body_json(self) -> dict[str, Any]:
        """The parameters of the request: query for GET, JSON or form otherwise."""
        query = {k: v[-1].decode() for k, v in self.request.query_arguments.items()}
        if self.request.method == "GET" or not self.request.body:
            return query
        kind = self.request.headers.get("Content-Type", "").split(";")[0].strip()
        if kind == "application/x-www-form-urlencoded":
            return query | {k: v[-1].decode() for k, v in self.request.body_arguments.items()}
        if kind != "application/json":
            raise Refusal(415, {"error": f"The provided content-type '{kind}' is not supported."})

        def constant(name: str) -> float:
            raise ValueError(name)

        try:
            body = json.loads(self.request.body, parse_constant=constant)
        except ValueError:
            raise Refusal(
                400,
                {"error": "Problem:\n  message body does not match declared format\n  Resolution:"},
            ) from None
        return query | body if isinstance(body, dict) else query

    def declared(self, fields: dict[str, Field]) -> dict[str, Any]:
        """The declared parameters, converted; faults give GitLab's joined message."""
        faults: list[str] = []
        values = _convert(self.body_json(), fields, "", faults)
        if faults:
            raise Refusal(400, {"error": ", ".join(faults)})
        return values

    def paged(self, rows: list[Any]) -> None:
        """A page of a list with GitLab's headers."""
        page = max(1, int(self.get_query_argument("page", "1")))
        most = self.instance.most_per_page
        per_page = min(most, max(1, int(self.get_query_argument("per_page", "20"))))
        pages = max(1, math.ceil(len(rows) / per_page))
        headers = {
            "X-Page": page,
            "X-Per-Page": per_page,
            "X-Next-Page": page + 1 if page < pages else "",
            "X-Prev-Page": page - 1 if page > 1 else "",
            "X-Total": len(rows),
            "X-Total-Pages": pages,
        }
        for name, value in headers.items() if not self.instance.links_only else ():
            self.set_header(name, str(value))
        links = []
        here = self.fake.external_url + self.request.path
        for rel, number in (("prev", page - 1), ("next", page + 1), ("first", 1), ("last", pages)):
            if 1 <= number <= pages:
                query = {k: v[-1].decode() for k, v in self.request.query_arguments.items()}
                query |= {"page": str(number), "per_page": str(per_page)}
                links.append(f'<{here}?{urllib.parse.urlencode(query)}>; rel="{rel}"')
        self.set_header("Link", ", ".join(links))
        self.answer(rows[(page - 1) * per_page : page * per_page])


class ProjectHandler(Handler):
    """General REST below a project: token, scope, project."""

    def enter(self, ident: str) -> tuple[Project, Token]:
        token = self.alive(self.token_given())
        self.scoped(token, self.scopes_for_method())
        return self.visible(ident, token.user_id), token

    def need(self, project: Project, token: Token, role: int) -> None:
        if project.role(token.user_id) < role:
            raise Refusal(403, {"message": "403 Forbidden"})


class MLflowHandler(Handler):
    """MLflow routes: token (401), scope (403), project (404), read (404), write (401), then the rest."""

    registry = False
    writes = True

    def enter(self, ident: str, *, write: bool | None = None) -> Project:
        token = self.alive(self.token_given())
        if token.kind != "pat":
            raise Refusal(401, {"message": "401 Unauthorized"})
        self.scoped(token, self.scopes_for_method())
        project = self.visible(ident, token.user_id)
        if not (project.registry_on if self.registry else project.experiments_on):
            raise Refusal(404, {"message": "404 Not Found"})
        write = self.request.method != "GET" if write is None else write
        if write and (project.archived or project.role(token.user_id) < DEVELOPER):
            raise Refusal(401, {"message": "401 Unauthorized"})
        self.user_id = token.user_id
        return project


def _convert(
    given: dict[str, Any], fields: dict[str, Field], prefix: str, faults: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in fields.items():
        label = f"{prefix}[{name}]" if prefix else name
        if name not in given or (given[name] is None and field.required):
            if field.required:
                faults.append(f"{label} is missing")
            values[name] = field.default
            continue
        value = given[name]
        if value is None:
            values[name] = field.default
        elif field.items is not None:
            if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
                faults.append(f"{label} is invalid")
                continue
            values[name] = [
                _convert(v, field.items, f"{label}[{i}]", faults) for i, v in enumerate(value)
            ]
        else:
            try:
                values[name] = _scalar(value, field)
            except ValueError as problem:
                faults.append(f"{label} {problem}")
    return values


def _scalar(value: Any, field: Field) -> Any:
    if field.type is list:
        if not isinstance(value, list):
            raise ValueError("is invalid")
        return value
    if isinstance(value, list | dict):
        raise ValueError("is invalid")
    try:
        if field.type is int:
            if isinstance(value, float) and not value.is_integer():
                raise ValueError
            converted: Any = int(value)
        elif field.type is float:
            converted = float(value)
            if not math.isfinite(converted) or isinstance(value, bool):
                raise ValueError
        else:
            converted = str(value)
            if "\0" in converted:  # the database takes no such text
                raise ValueError
    except (ValueError, TypeError):
        raise ValueError("is invalid") from None
    if field.values and converted not in field.values:
        raise ValueError("does not have a valid value")
    return converted


__all__ = ["Field", "Handler", "MLflowHandler", "ProjectHandler", "invalid", "not_there"]
