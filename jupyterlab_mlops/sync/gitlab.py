"""Requests to one GitLab project, over python-gitlab. The only importer of gitlab and requests.

Every failure is one of two errors: :class:`~jupyterlab_mlops.errors.RemoteUnavailable` (after a write: it may
or may not have happened) or :class:`~.refusals.Refusal` (it did not). No message, log or exception context
holds the token.
"""

from __future__ import annotations

import configparser
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

import gitlab
import gitlab.config
import requests
from requests.adapters import HTTPAdapter

from ..errors import RemoteUnavailable
from .answers import DEVELOPER, role_of
from .backoff import parse_retry_after, until_reset
from .refusals import WORDS, Refusal, reason_of, words

log = logging.getLogger(__name__)

CHUNK = 1 << 20
#: How CI job tokens begin (older and newer form).
JOB_TOKENS = ("glcbt-", "eyJ")
#: Waiting for a connection (s); answers have the configured timeout.
CONNECT_S = 10.0
#: A large upload's answer may take longer: one second more for this many bytes.
SLOWEST_BYTES_PER_S = 4 << 20


class _Session(requests.Session):
    """A session that never carries credentials to another host."""

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Drop the token on a host change. The base class would also look into ~/.netrc."""
        before = response.request.url or ""
        after = prepared_request.url or ""
        if self.should_strip_auth(before, after):  # type: ignore[no-untyped-call]
            for name in ("Authorization", "PRIVATE-TOKEN", "JOB-TOKEN", "Cookie"):
                prepared_request.headers.pop(name, None)


class _Body:
    """A file as a request body with a known length, read in pieces."""

    def __init__(self, file: BinaryIO, size: int, sent: Callable[[int], None]) -> None:
        self._file, self._size, self._sent = file, size, sent

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(CHUNK), b"")

    def read(self, size: int = -1) -> bytes:
        """The next bytes, counted."""
        data = self._file.read(size)
        self._sent(len(data))
        return data


class Transport:
    """One project of one instance, seen with one token. Safe to use from several threads.

    Args:
        url: the instance, as the user dials it (may have a sub-path).
        project: numeric id or full path.
        token: an access token.
        timeout_s: how long an answer may take (s).
        ca_bundle: a file of certificate authorities; None: the system's.
        connections: kept open at most.
    """

    def __init__(
        self,
        url: str,
        project: str,
        token: str,
        *,
        timeout_s: float = 60.0,
        ca_bundle: str | None = None,
        connections: int = 16,
    ) -> None:
        self.url = url.rstrip("/")
        self.project = project
        self._token = token
        self._timeout = timeout_s
        self._local = threading.local()
        self._stopped = threading.Event()
        session = _Session()
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.hooks["response"].append(self._remember)
        self._session = session
        self._api = gitlab.Gitlab(
            self.url,
            oauth_token=token,  # as "Authorization: Bearer", the one form that every route reads
            ssl_verify=ca_bundle or True,
            keep_base_url=True,
            session=session,
        )
        self.base = f"/projects/{quote(project, safe='')}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r}, {self.project!r})"

    def stop(self) -> None:
        """Make no more requests, and break off uploads."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # -- transport -------------------------------------------------------------------------------

    def _remember(self, response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
        """python-gitlab's exceptions drop the headers: keep them for the thread that asked."""
        self._local.headers = response.headers

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request (see :meth:`_call_once`). Reading is tried twice: a connection that was kept open may
        have been closed by the other side in the moment in which it is used again."""
        try:
            return self._call_once(method, path, **options)
        except RemoteUnavailable as failure:
            if method != "get" or failure.details.get("reason") != "unreached":
                raise
        return self._call_once(method, path, **options)

    def _call_once(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        raw: bool = False,
        stream: bool = False,
        timeout_s: float | None = None,
    ) -> requests.Response:
        """One request, once. Raises RemoteUnavailable or Refusal (``unauthorized`` not yet explained)."""
        if self._stopped.is_set():
            raise self.unavailable(
                "is not asked any more: this program is ending", reason="stopped"
            )
        self._local.headers = {}
        # (connect, read): requests takes a pair where python-gitlab's signature says one number.
        patience: Any = (min(CONNECT_S, self._timeout), timeout_s or self._timeout)
        started = time.monotonic()
        try:
            response: requests.Response = self._api.http_request(
                method,
                path,
                query_data=dict(query or {}),
                post_data=body,
                raw=raw,
                streamed=stream,
                timeout=patience,
                obey_rate_limit=False,
                retry_transient_errors=False,
                max_retries=0,
            )
        except gitlab.GitlabHttpError as error:
            failure: Exception = self._failure(
                method, path, error.response_code or 0, _bytes(error.response_body)
            )
        except gitlab.GitlabAuthenticationError as error:
            failure = self._failure(method, path, 401, _bytes(error.response_body))
        except gitlab.exceptions.RedirectError:
            failure = self.unavailable("answered with a redirect (a sign-in page or a moved URL)")
        except (requests.RequestException, ssl.SSLError, OSError) as error:
            reason = "unreached"
            if isinstance(error, requests.ReadTimeout):
                reason = "timeout"
            elif isinstance(
                error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError
            ):
                reason = "down"
            failure = self.unavailable(self._why(error), reason=reason)
        else:
            took = (time.monotonic() - started) * 1000
            log.debug("%s %s: %d in %.0f ms", method, path, response.status_code, took)
            return response
        # Outside the except clauses: the exception that knows the request (and its headers) is not chained.
        raise failure

    def _why(self, error: Exception) -> str:
        if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
            return "shows a certificate that is not trusted here (see gitlab_ca_bundle)"
        if isinstance(error, requests.Timeout):
            return f"did not answer in {self._timeout:g} s"
        if isinstance(error, requests.TooManyRedirects):
            return "redirects in a circle"
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return "broke off in the middle of an answer"
        return "cannot be reached, or closed the connection"

    def unavailable(
        self, what: str, *, retry_after: float | None = None, **details: Any
    ) -> RemoteUnavailable:
        """The error for what is not GitLab's last word."""
        return RemoteUnavailable(f"GitLab at {self.url} {what}.", retry_after, **details)

    def _failure(self, method: str, path: str, status: int, body: bytes) -> Exception:
        # A proxy's error page may echo the request.
        body = body.replace(self._token.encode(), b"***") if self._token else body
        text, _loaded = words(body)
        headers = self._local.headers
        log.debug("%s %s: %d %s", method, path, status, headers.get("X-Request-Id", ""))
        retry_after = parse_retry_after(headers.get("Retry-After"), now_s=time.time())
        if status == 429:
            if retry_after is None:
                retry_after = until_reset(headers.get("RateLimit-Reset"), now_s=time.time())
            return self.unavailable(
                "asks us to slow down", retry_after=retry_after, reason="rate_limited"
            )
        if status >= 500 or status in (0, 408, 425):
            reason = "down" if status in (502, 503, 504) else "server_error"
            return self.unavailable(
                f"answered {status}" + (f" ({text})" if text else ""),
                retry_after=retry_after,
                reason=reason,
                status=status,
            )
        reason = reason_of(status, body)
        if not text and status in (401, 403, 404, 400) and not _loaded:
            # A proxy's page, not GitLab's word: it says nothing about our request.
            return self.unavailable(f"answered {status} with something else than JSON")
        return self.refusal(reason, status, text or f"answered {status}")

    def refusal(self, reason: str, status: int, answer: str = "") -> Refusal:
        """A refusal in words a person can act on."""
        said = WORDS.get(reason, "GitLab refused: {answer}").format(
            url=self.url, project=self.project, answer=answer
        )
        return Refusal(said, reason=reason, status=status, answer=answer)

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        explain: bool = True,
    ) -> Any:
        """The JSON answer of one request below ``/api/v4``.

        Raises:
            RemoteUnavailable: not reached, overloaded, or what came is no JSON (a sign-in or maintenance page).
            Refusal: refused; with ``explain`` a 401 or 403 has been looked into.
        """
        try:
            response = self._call(method, path, query=query, body=body)
        except Refusal as refusal:
            failure = self.explained(refusal) if explain else refusal
        else:
            return self._loaded(response)
        raise failure from None

    def _loaded(self, response: requests.Response) -> Any:
        if response.status_code == 204:
            return {}
        try:
            return response.json()
        except ValueError:
            pass
        raise self.unavailable(
            "answered with a page instead of JSON (a sign-in or maintenance page in front of it?)"
        )

    def explained(self, refusal: Refusal) -> Refusal:
        """Tell what a 401, 403 or hidden 404 means by asking about the token and the project.

        Raises:
            RemoteUnavailable: that cannot be found out now.
        """
        if refusal.reason not in ("unauthorized", "forbidden"):
            return refusal
        try:
            info = self.json("get", "/personal_access_tokens/self", explain=False)
        except Refusal as answer:
            if answer.status == 401:
                kind = "token_kind" if self._token.startswith(JOB_TOKENS) else "token_dead"
                return self.refusal(kind, 401, refusal.answer)
            return refusal if refusal.reason == "forbidden" else self.refusal("token_kind", 401)
        if not isinstance(info, dict) or not info.get("active", True):
            return self.refusal("token_dead", 401, refusal.answer)
        if "api" not in info.get("scopes", ["api"]):
            return self.refusal("scope_too_small", refusal.status, refusal.answer)
        try:
            project = self.json("get", self.base, explain=False)
        except Refusal as answer:
            return self.refusal("project_not_found", answer.status, answer.answer)
        if role_of(project) < DEVELOPER:
            return self.refusal("role_too_low", refusal.status, refusal.answer)
        off = [
            key
            for key in ("model_experiments_access_level", "model_registry_access_level")
            if project.get(key) == "disabled"
        ]
        return self.refusal("feature_off" if off else "forbidden", refusal.status, refusal.answer)

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a paged list.

        Raises:
            RemoteUnavailable, Refusal: as :meth:`json`.
        """
        page: int | None = 1
        while page is not None:
            rows = self.json("get", path, query={**(query or {}), "page": page, "per_page": 100})
            if not isinstance(rows, list):
                raise self.unavailable("answered with something else than a list")
            following = self._local.headers.get("X-Next-Page")
            yield from (row for row in rows if isinstance(row, dict))
            if following is None:
                page = page + 1 if len(rows) == 100 else None
            else:
                page = int(following) if str(following).isdigit() else None

    def object_in(self, answer: Any, *keys: str) -> dict[str, Any]:
        """``answer`` if it is a JSON object with these keys.

        Raises:
            RemoteUnavailable: something else answered in GitLab's place.
        """
        if not isinstance(answer, dict) or any(key not in answer for key in keys):
            raise self.unavailable("answered with JSON that is not GitLab's")
        return answer

    # -- files -----------------------------------------------------------------------------------

    def upload(
        self,
        base: str,
        path: str,
        file: BinaryIO,
        size: int,
        *,
        sent: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """Send one file below ``base`` (see :func:`files_base`) with constant memory.

        Raises:
            RemoteUnavailable: it may or may not have arrived.
            Refusal: refused. A refusal that arrived while the body was on its way is looked into.
        """
        target = f"{self.base}/{base}/{quote(path, safe='/')}"
        patience = self._timeout + size / SLOWEST_BYTES_PER_S

        def count(number: int) -> None:
            if self._stopped.is_set():
                raise OSError("stopped")
            sent(number)

        body = _Body(file, size, count) if size else None
        try:
            response = self._call("put", target, body=body, raw=True, timeout_s=patience)
        except Refusal as refusal:
            failure: Exception = self.of_packages(self.explained(refusal))
        except RemoteUnavailable as lost:
            # The front server may have refused early and closed; the token and role tell.
            if lost.details.get("reason") in ("rate_limited", "down", "server_error", "stopped"):
                raise
            failure = self._early_refusal() or lost
        else:
            if response.status_code in (200, 201) and isinstance(self._loaded(response), dict):
                return
            failure = self.unavailable("answered an upload with something else")
        raise failure

    def of_packages(self, refusal: Refusal) -> Refusal:
        """A 404 of the package routes: a registry that is switched off, or the run or version is gone."""
        if refusal.reason != "hidden":
            return refusal
        project = self.object_in(self.json("get", self.base), "id")
        keys = ("package_registry_access_level", "model_registry_access_level")
        off = any(project.get(key) == "disabled" for key in keys)
        return self.refusal("feature_off" if off else "not_found", 404, refusal.answer)

    def _early_refusal(self) -> Refusal | None:
        """Why an upload may have been cut off: a dead token, a role that is too low."""
        probe = Refusal("", reason="unauthorized", status=401)
        try:
            found = self.explained(probe)
        except RemoteUnavailable:
            return None
        # "forbidden" is what is left when token, scope, role and features are all right.
        return None if found.reason == "forbidden" else found

    def download(self, base: str, path: str) -> Iterator[bytes]:
        """A file in pieces; the token does not follow a redirect to another host.

        Raises:
            RemoteUnavailable: also when the answer breaks off.
            Refusal: refused, or no such file (``hidden``).
        """
        try:
            response = self._call("get", f"{self.base}/{base}/{quote(path, safe='/')}", stream=True)
        except Refusal as refusal:
            failure: Exception = self.explained(refusal)
        else:
            try:
                yield from response.iter_content(CHUNK)
            except (requests.RequestException, OSError) as error:
                failure = self.unavailable(self._why(error))
            else:
                return
            finally:
                response.close()
        raise failure


def configured() -> tuple[str | None, str | None, str | None]:
    """(url, token, kind of token) of python-gitlab's configuration; read anew at each call."""
    try:
        found = gitlab.config.GitlabConfigParser()
    except (gitlab.config.ConfigError, configparser.Error, OSError, ValueError) as error:
        log.debug("python-gitlab's configuration cannot be used: %s", type(error).__name__)
        return None, None, None
    for kind in ("private_token", "oauth_token", "job_token"):
        token = getattr(found, kind)
        if token:
            return found.url, str(token), kind
    return found.url, None, None


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()
