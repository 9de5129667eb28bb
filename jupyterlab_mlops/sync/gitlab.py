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
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import gitlab
import gitlab.config
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError

from ..errors import RemoteUnavailable
from .backoff import parse_retry_after, until_reset
from .pace import Latency, Pacer, allowance_of
from .refusals import WORDS, Refusal, reason_of, words

log = logging.getLogger(__name__)

Response = requests.Response

CHUNK = 1 << 20
#: Waiting for a connection (s); answers have the configured timeout.
CONNECT_S = 10.0
#: An answer that comes in drops is given up when it is slower than this.
SLOWEST_ANSWER_BYTES_PER_S = 64 << 10
#: For the next request of a rate limit's window we wait here at most this long (s); longer: try later.
LONGEST_PAUSE_S = 5.0
#: A 429 counts against the number of pushes at once for this long (s).
RECENT_S = 10.0
REDIRECTED = "answered with a redirect (a sign-in page or a moved URL)"
_CREDENTIALS = ("Authorization", "PRIVATE-TOKEN", "JOB-TOKEN")


class _Session(requests.Session):
    """A session that carries credentials to one instance's API only, keeps no cookies, and has patience with
    a whole answer, not only with each of its pieces."""

    def __init__(self, api: str) -> None:
        super().__init__()
        self._api = urlsplit(api)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow redirects of what only asks: what is written goes nowhere but to where it was sent."""
        if resp.request.method not in ("GET", "HEAD"):
            return None
        return super().get_redirect_target(resp)

    def rebuild_auth(
        self,
        prepared_request: requests.PreparedRequest,
        response: requests.Response,  # noqa: ARG002 - the base class's signature
    ) -> None:
        """Drop the token when a redirect leaves the API, be it only for another path: object storage may be
        behind the same host. The base class would also look into ~/.netrc."""
        # Cookies that came with a redirect are in nobody's jar, and are carried on nevertheless.
        prepared_request.headers.pop("Cookie", None)
        there = urlsplit(prepared_request.url or "")
        home = self._api
        same = (there.scheme, there.hostname, there.port) == (
            home.scheme,
            home.hostname,
            home.port,
        )
        if not (same and there.path.startswith(home.path + "/")):
            for name in _CREDENTIALS:
                prepared_request.headers.pop(name, None)


class _Adapter(HTTPAdapter):
    """Connections whose answers have to arrive at a bearable pace as a whole, not only piece by piece."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """As the base class."""
        response = super().send(request, *args, **kwargs)
        timeout = kwargs.get("timeout")
        patience_s = timeout[1] if isinstance(timeout, tuple) else timeout
        if hasattr(response.raw, "read1"):
            response.raw = _Paced(response.raw, float(patience_s or 60.0))
        return response


class _Paced:
    """An answer's body that is given up when it comes too slowly: a read timeout is for each piece only."""

    def __init__(self, raw: Any, patience_s: float) -> None:
        self._raw, self._patience_s = raw, patience_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """The body in pieces, as they come.

        Raises:
            ReadTimeoutError: it comes too slowly.
        """
        started, size = time.monotonic(), 0
        while piece := self._raw.read1(amount, decode_content=decode_content):
            size += len(piece)
            patience_s = self._patience_s + size / SLOWEST_ANSWER_BYTES_PER_S
            if time.monotonic() - started > patience_s:
                self._raw.close()
                raise ReadTimeoutError(self._raw._pool, "", "The answer comes too slowly.")
            yield piece


class Body:
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
        self._pacer, self._pacing = Pacer(), threading.Lock()
        self.latency = Latency()
        self._throttled_s = float("-inf")
        #: Answers of this API so far: a remote that answers something is in reach.
        self.answers = 0
        session = _Session(f"{self.url}/api")
        adapter = _Adapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
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
        with self._pacing:
            self._pacer.note(allowance_of(response.headers, time.time()))

    @property
    def strained(self) -> bool:
        """Whether the remote should be asked for less at once: it is slow, or has just said so."""
        return self.latency.strained or time.monotonic() - self._throttled_s < RECENT_S

    def _take_turn(self) -> None:
        """Wait for the next request's moment, where the rate limit's window is nearly used up.

        Raises:
            RemoteUnavailable: that would take too long (``rate_limited``).
        """
        with self._pacing:
            wait = self._pacer.wait(time.time())
        if wait > LONGEST_PAUSE_S:
            raise self.unavailable(
                "allows no more requests for now", retry_after=wait, reason="rate_limited"
            )
        if wait > 0:
            self._stopped.wait(wait)

    def call(
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
        """One request, once.

        Raises:
            RemoteUnavailable: not GitLab's last word.
            Refusal: refused; ``unauthorized`` is not yet explained.
        """
        self._take_turn()
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
                extra_headers={"Content-type": "application/octet-stream"} if raw else None,
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
            failure = self.unavailable(REDIRECTED)
        except (requests.RequestException, ssl.SSLError, OSError) as error:
            failure = self.lost(error)
        else:
            took = time.monotonic() - started
            log.debug("%s %s: %d in %.0f ms", method, path, response.status_code, took * 1000)
            if not raw and not stream:
                self.latency.note(took)
            return response
        # Outside the except clauses: the exception that knows the request (and its headers) is not chained.
        raise failure

    def lost(self, error: Exception) -> RemoteUnavailable:
        """The error for a request without an answer, or with half of one."""
        reason = "unreached"
        if isinstance(error, requests.ReadTimeout) or _timed_out(error):
            reason = "timeout"
        elif isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
            reason = "down"
        return self.unavailable(self._why(error), reason=reason)

    def _why(self, error: Exception) -> str:
        if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
            return "shows a certificate that is not trusted here (see gitlab_ca_bundle)"
        if isinstance(error, requests.Timeout) or _timed_out(error):
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

    def out_of_step(self) -> RemoteUnavailable:
        """The error for an answer to something that was not asked: the request may or may not have happened.

        Where a proxy sends an answer twice, each later one on that connection is taken for the answer to the
        request after its own. So no connection is used again.
        """
        for adapter in self._session.adapters.values():
            adapter.close()
        return self.unavailable("answered something that was not asked", reason="out_of_step")

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
            self._throttled_s = time.monotonic()
            with self._pacing:
                self._pacer.hold(time.time() + (retry_after or 0.0))
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
        if 300 <= status < 400:
            return self.unavailable(REDIRECTED, status=status)
        reason = reason_of(status, body)
        if not text and status in (401, 403, 404, 400) and not _loaded:
            # A proxy's page, not GitLab's word: it says nothing about our request.
            return self.unavailable(
                f"answered {status} with something else than JSON", status=status
            )
        return self.refusal(reason, status, text or f"answered {status}")

    def pieces_of(self, response: requests.Response) -> Iterator[bytes]:
        """The body of a streamed answer, which is closed at the end.

        Raises:
            RemoteUnavailable: it breaks off.
        """
        try:
            yield from response.iter_content(CHUNK)
        except (requests.RequestException, OSError) as error:
            failure = self.lost(error)
        else:
            return
        finally:
            response.close()
        raise failure

    def refusal(self, reason: str, status: int, answer: str = "") -> Refusal:
        """A refusal in words a person can act on."""
        said = WORDS.get(reason, "GitLab refused: {answer}").format(
            url=self.url, project=self.project, answer=answer
        )
        return Refusal(said, reason=reason, status=status, answer=answer)


def _timed_out(error: Exception) -> bool:
    """requests calls a timeout in the middle of an answer a ConnectionError."""
    return bool(error.args) and isinstance(error.args[0], ReadTimeoutError)


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
