"""The client of one GitLab project, over python-gitlab as transport. The only importer of gitlab and requests.

Every failure is one of two errors: :class:`~jupyterlab_mlops.errors.RemoteUnavailable` (after a write: it may
or may not have happened) or :class:`~.refusals.Refusal` (it did not). No message, log or exception context
holds the token.
"""

from __future__ import annotations

import configparser
import logging
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

import gitlab
import gitlab.config
import requests
from requests.adapters import HTTPAdapter

from ..errors import RemoteUnavailable
from .backoff import parse_retry_after
from .refusals import WORDS, Refusal, flatten, reason_of, words

log = logging.getLogger(__name__)

DEVELOPER, MAINTAINER = 30, 40
ROLES = {10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer", 50: "Owner"}
CHUNK = 1 << 20
#: Waiting for a connection (s); answers have the configured timeout.
CONNECT_S = 10.0
#: A large upload's answer may take longer: one second more for this many bytes.
SLOWEST_BYTES_PER_S = 4 << 20

_FILES_OF_RUN = re.compile(r"/packages/ml_models/candidate(?::|%3A)(\d+)/files/?$", re.IGNORECASE)
_FILES_OF_VERSION = re.compile(r"/packages/ml_models/(\d+)/files/?$")
_FILES_GENERIC = re.compile(r"/packages/generic/(ml_experiment_\d+)/(\d+)/?$")


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
        data = self._file.read(size)
        self._sent(len(data))
        return data


class GitLab:
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
        self._base = f"/projects/{quote(project, safe='')}"

    def __repr__(self) -> str:
        return f"GitLab({self.url!r}, {self.project!r})"

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

    def _call(
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
            raise self._unavailable(
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
            failure = self._unavailable("answered with a redirect (a sign-in page or a moved URL)")
        except (requests.RequestException, ssl.SSLError, OSError) as error:
            slow = isinstance(error, requests.ReadTimeout)
            details: dict[str, Any] = {"reason": "timeout"} if slow else {}
            failure = self._unavailable(self._why(error), **details)
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

    def _unavailable(
        self, what: str, *, retry_after: float | None = None, **details: Any
    ) -> RemoteUnavailable:
        return RemoteUnavailable(f"GitLab at {self.url} {what}.", retry_after, **details)

    def _failure(self, method: str, path: str, status: int, body: bytes) -> Exception:
        text, _loaded = words(body)
        text = text.replace(self._token, "***") if self._token else text
        headers = self._local.headers
        log.debug("%s %s: %d %s", method, path, status, headers.get("X-Request-Id", ""))
        retry_after = parse_retry_after(headers.get("Retry-After"), now_s=time.time())
        if status == 429:
            return self._unavailable(
                "asks us to slow down", retry_after=retry_after, reason="rate_limited"
            )
        if status >= 500 or status in (0, 408, 425):
            reason = "down" if status in (502, 503, 504) else "server_error"
            return self._unavailable(
                f"answered {status}" + (f" ({text})" if text else ""),
                retry_after=retry_after,
                reason=reason,
                status=status,
            )
        reason = reason_of(status, body)
        if not text and status in (401, 403, 404, 400) and not _loaded:
            # A proxy's page, not GitLab's word: it says nothing about our request.
            return self._unavailable(f"answered {status} with something else than JSON")
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
        raise self._unavailable(
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
                return self.refusal("token_dead", 401, refusal.answer)
            return refusal if refusal.reason == "forbidden" else self.refusal("token_kind", 401)
        if not isinstance(info, dict) or not info.get("active", True):
            return self.refusal("token_dead", 401, refusal.answer)
        if "api" not in info.get("scopes", ["api"]):
            return self.refusal("scope_too_small", refusal.status, refusal.answer)
        try:
            project = self.json("get", self._base, explain=False)
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
                raise self._unavailable("answered with something else than a list")
            following = self._local.headers.get("X-Next-Page")
            yield from (row for row in rows if isinstance(row, dict))
            if following is None:
                page = page + 1 if len(rows) == 100 else None
            else:
                page = int(following) if str(following).isdigit() else None

    # -- caller, instance, project ---------------------------------------------------------------

    def token_info(self) -> dict[str, Any]:
        """``GET /personal_access_tokens/self``."""
        return self._object(self.json("get", "/personal_access_tokens/self"))

    def user(self) -> dict[str, Any]:
        """``GET /user``."""
        return self._object(self.json("get", "/user"))

    def version(self) -> str:
        """The instance's version, for example ``18.5.1-ee``."""
        return str(self._object(self.json("get", "/version"), "version")["version"])

    def project_info(self) -> dict[str, Any]:
        """``GET /projects/:id``."""
        return self._object(self.json("get", self._base), "id")

    def job_exists(self, job_id: str) -> bool:
        """Whether the project has this CI job."""
        if not job_id.isdigit():
            return False
        try:
            self.json("get", f"{self._base}/jobs/{job_id}")
        except Refusal:
            return False
        return True

    def _object(self, answer: Any, *keys: str) -> dict[str, Any]:
        if not isinstance(answer, dict) or any(key not in answer for key in keys):
            raise self._unavailable("answered with JSON that is not GitLab's")
        return answer

    # -- MLflow routes ---------------------------------------------------------------------------

    def mlflow(
        self, method: str, route: str, payload: Mapping[str, Any], *keys: str
    ) -> dict[str, Any]:
        """One MLflow call; ``keys`` must be in the answer.

        Raises:
            RemoteUnavailable, Refusal: as :meth:`json`; a missing record has the reason ``not_found``, a
                feature that is switched off ``feature_off``.
        """
        path = f"{self._base}/ml/mlflow/api/2.0/mlflow/{route}"
        try:
            if method == "get":
                answer = self.json(method, path, query=payload)
            else:
                answer = self.json(method, path, body=dict(payload))
        except Refusal as refusal:
            if refusal.reason != "hidden":
                raise
            failure = self.refusal("feature_off", refusal.status, refusal.answer)
        else:
            return self._object(answer, *keys)
        raise failure

    def find_experiment(self, name: str) -> dict[str, Any] | None:
        """The experiment of exactly this name, if there is one."""
        try:
            answer = self.mlflow(
                "get", "experiments/get-by-name", {"experiment_name": name}, "experiment"
            )
        except Refusal as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return self._object(answer["experiment"], "experiment_id")

    def create_experiment(self, name: str) -> str:
        """Create an experiment; returns its id. A name that exists has the reason ``already_exists``."""
        answer = self.mlflow("post", "experiments/create", {"name": name}, "experiment_id")
        return str(answer["experiment_id"])

    def experiments(self) -> list[dict[str, Any]]:
        """All experiments, those of models included."""
        found = self.mlflow("get", "experiments/list", {}, "experiments")["experiments"]
        return [e for e in found if isinstance(e, dict)]

    def create_run(
        self, experiment_id: str, *, name: str, start_ms: int, tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """``runs/create``, not idempotent: tag the run so that it can be found again."""
        answer = self.mlflow(
            "post",
            "runs/create",
            {
                "experiment_id": int(experiment_id),
                "start_time": start_ms,
                "run_name": name,
                "tags": pairs(tags),
            },
            "run",
        )
        self._object(answer["run"], "info")
        return self._object(answer["run"])

    def get_run(self, run_id: str) -> dict[str, Any]:
        """A run with its full metric history."""
        answer = self.mlflow("get", "runs/get", {"run_id": run_id}, "run")
        return self._object(answer["run"], "info", "data")

    def runs(self, experiment_id: str, *, page_size: int = 50) -> Iterator[dict[str, Any]]:
        """The runs of an experiment, newest first, page by page (GitLab filters nothing)."""
        token: str | None = None
        while True:
            payload: dict[str, Any] = {
                "experiment_ids": [experiment_id],
                "max_results": page_size,
                "order_by": "created_at DESC",
            }
            if token:
                payload["page_token"] = token
            answer = self.mlflow("post", "runs/search", payload)
            yield from answer.get("runs") or ()
            token = answer.get("next_page_token")
            if not token:
                return

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: list[dict[str, Any]] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """``runs/log-batch``: metrics append, params and tags that exist are silently kept as they are."""
        self.mlflow(
            "post",
            "runs/log-batch",
            {
                "run_id": run_id,
                "metrics": metrics or [],
                "params": pairs(params or {}),
                "tags": pairs(tags or {}),
            },
        )

    def delete_run(self, run_id: str) -> None:
        """Delete a run for good (17.5; an instance without it has the reason ``no_route``)."""
        self.mlflow("post", "runs/delete", {"run_id": run_id})

    def update_run(self, run_id: str, status: str, end_ms: int | None) -> None:
        """Set a run's status and end."""
        payload: dict[str, Any] = {"run_id": run_id, "status": status}
        if end_ms is not None:
            payload["end_time"] = end_ms
        self.mlflow("post", "runs/update", payload, "run_info")

    # -- registry --------------------------------------------------------------------------------

    def find_model(self, name: str) -> dict[str, Any] | None:
        """The registered model of this name, with all its versions."""
        try:
            answer = self.mlflow("get", "registered-models/get", {"name": name}, "registered_model")
        except Refusal as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return self._object(answer["registered_model"])

    def create_model(self, name: str, description: str) -> dict[str, Any]:
        """Create a registered model; any failure of it has the reason ``already_exists``."""
        answer = self.mlflow(
            "post",
            "registered-models/create",
            {"name": name, "description": description},
            "registered_model",
        )
        return self._object(answer["registered_model"])

    def models(self) -> Iterator[dict[str, Any]]:
        """All registered models."""
        token: str | None = None
        while True:
            payload: dict[str, Any] = {"max_results": 200}
            if token:
                payload["page_token"] = token
            answer = self.mlflow("get", "registered-models/search", payload)
            yield from answer.get("registered_models") or ()
            token = answer.get("next_page_token")
            if not token:
                return

    def create_version(
        self, model: str, version: str, *, description: str, tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """Create a version with this semantic version; one that exists has the reason ``taken``."""
        answer = self.mlflow(
            "post",
            "model-versions/create",
            {
                "name": model,
                "description": description,
                "tags": pairs({"gitlab.version": version, **tags}),
            },
            "model_version",
        )
        return self._object(answer["model_version"], "version", "run_id")

    def find_version(self, model: str, version: str) -> dict[str, Any] | None:
        """The version with this semantic version, if there is one. Its ``version`` is GitLab's id."""
        try:
            answer = self.mlflow(
                "get", "model-versions/get", {"name": model, "version": version}, "model_version"
            )
        except Refusal as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return self._object(answer["model_version"], "version", "run_id")

    def update_version(self, model: str, version: str, description: str) -> None:
        """Change a version's description."""
        self.mlflow(
            "patch",
            "model-versions/update",
            {"name": model, "version": version, "description": description},
            "model_version",
        )

    def delete_model(self, name: str) -> None:
        """Delete a registered model with its versions, runs and files; needs Maintainer if it has any."""
        self.mlflow("delete", "registered-models/delete", {"name": name})

    def delete_version(self, version_id: str) -> None:
        """Delete a model version with its run and files (GraphQL only); needs Maintainer.

        Raises:
            Refusal: ``not_found``, also when it may not be seen; ``not_deleted`` with GitLab's reason.
        """
        query = (
            "mutation($input: MlModelVersionDeleteInput!)"
            " { mlModelVersionDelete(input: $input) { modelVersion { id } errors } }"
        )
        given = {"id": f"gid://gitlab/Ml::ModelVersion/{version_id}"}
        answer = self._object(
            self.json(
                "post",
                f"{self.url}/api/graphql",
                body={"query": query, "variables": {"input": given}},
            )
        )
        payload = (answer.get("data") or {}).get("mlModelVersionDelete")
        if not payload:
            raise self.refusal("not_found", 404, flatten(answer.get("errors") or ""))
        if payload.get("errors"):
            raise self.refusal("not_deleted", 400, flatten(payload["errors"]))

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
        target = f"{self._base}/{base}/{quote(path, safe='/')}"
        patience = self._timeout + size / SLOWEST_BYTES_PER_S

        def count(number: int) -> None:
            if self._stopped.is_set():
                raise OSError("stopped")
            sent(number)

        body = _Body(file, size, count) if size else None
        try:
            response = self._call("put", target, body=body, raw=True, timeout_s=patience)
        except Refusal as refusal:
            failure: Exception = self._of_packages(self.explained(refusal))
        except RemoteUnavailable as lost:
            # The front server may have refused early and closed; the token and role tell.
            if lost.details.get("reason") in ("rate_limited", "down", "server_error", "stopped"):
                raise
            failure = self._early_refusal() or lost
        else:
            if response.status_code in (200, 201) and isinstance(self._loaded(response), dict):
                return
            failure = self._unavailable("answered an upload with something else")
        raise failure

    def _of_packages(self, refusal: Refusal) -> Refusal:
        """A 404 of the package routes: a registry that is switched off, or the run or version is gone."""
        if refusal.reason != "hidden":
            return refusal
        project = self.project_info()
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
            response = self._call(
                "get", f"{self._base}/{base}/{quote(path, safe='/')}", stream=True
            )
        except Refusal as refusal:
            failure: Exception = self.explained(refusal)
        else:
            try:
                yield from response.iter_content(CHUNK)
            except (requests.RequestException, OSError) as error:
                failure = self._unavailable(self._why(error))
            else:
                return
            finally:
                response.close()
        raise failure

    def package_id(self, name: str, version: str) -> int | None:
        """The ml_model (or, of old runs, generic) package of exactly this name and version."""
        for status in ({}, {"status": "hidden"}):
            query = {"package_name": name, "package_version": version, **status}
            try:
                for row in self.pages(f"{self._base}/packages", query):
                    if row.get("name") == name and row.get("version") == version:
                        return int(row["id"])
            except Refusal as refusal:
                failure = self._of_packages(refusal)
            else:
                continue
            raise failure
        return None

    def package_files(self, package_id: int) -> list[dict[str, Any]]:
        """Every file of a package, duplicates included: ``file_name`` is percent-encoded."""
        return list(self.pages(f"{self._base}/packages/{package_id}/package_files"))


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """A map as MLflow's list of key and value."""
    return [{"key": key, "value": value} for key, value in values.items()]


def role_of(project: Mapping[str, Any]) -> int:
    """The caller's access level in a project: the larger of the two permission entries."""
    permissions = project.get("permissions") or {}
    levels = [
        (permissions.get(key) or {}).get("access_level") or 0
        for key in ("project_access", "group_access")
    ]
    return int(max(levels))


def files_base(artifact_uri: str) -> tuple[str, str | None]:
    """Where a run's files go, from its artifact_uri: (path below the project, the run's number).

    Only the path is read: its host is the one the instance was configured with, not the one we dial.

    Raises:
        RemoteUnavailable: the form is not known.
    """
    path = urlsplit(artifact_uri).path
    if match := _FILES_OF_RUN.search(path):
        return f"packages/ml_models/candidate:{match[1]}/files", match[1]
    if match := _FILES_OF_VERSION.search(path):
        return f"packages/ml_models/{match[1]}/files", None
    if match := _FILES_GENERIC.search(path):
        return f"packages/generic/{match[1]}/{match[2]}", match[2]
    raise RemoteUnavailable("GitLab named a place for files that is not known here.")


def token_page(url: str) -> str:
    """The page of an instance that makes a token, filled in."""
    query = urlencode({"name": "jupyterlab-mlops", "scopes": "api"})
    return f"{url.rstrip('/')}/-/user_settings/personal_access_tokens?{query}"


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
