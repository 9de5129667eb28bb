"""GitLab's REST over the transport: JSON answers, refusals explained, paged lists, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from ..errors import RemoteUnavailable
from .answers import DEVELOPER, next_query, role_of
from .gitlab import LONGEST_PAUSE_S, Body, Response, Transport
from .refusals import Refusal

#: How CI job tokens begin (older and newer form).
JOB_TOKENS = ("glcbt-", "eyJ")
#: A large upload's answer may take longer: one second more for this many bytes.
SLOWEST_BYTES_PER_S = 4 << 20
#: Asking is tried this often at once, with a moment between (s): a glitch need not cost a whole push.
ASKED_TIMES, MOMENT_S = 3, 0.2
#: After these asking again at once would be of no use, or no kindness.
_NOT_AT_ONCE = ("stopped", "timeout")


class Rest(Transport):
    """A transport that speaks JSON."""

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        explain: bool = True,
        asks: bool | None = None,
    ) -> Any:
        """The JSON answer of one request below ``/api/v4``.

        ``asks``: the request changes nothing there (default: a GET), so it may be repeated at once.

        Raises:
            RemoteUnavailable: not reached, overloaded, or what came is no JSON (a sign-in or maintenance page).
            Refusal: refused; with ``explain`` a 401 or 403 has been looked into.
        """
        asks = method == "get" if asks is None else asks
        for left in range(ASKED_TIMES, 0, -1):
            try:
                loaded = self._loaded(self.call(method, path, query=query, body=body))
            except Refusal as refusal:
                failure: Exception = self.explained(refusal) if explain else refusal
                break
            except RemoteUnavailable as lost:
                failure = lost
                if left == 1 or not self._worth_another(lost, asks=asks):
                    break
            else:
                self.answers += 1
                return loaded
        raise failure from None

    def _worth_another(self, lost: RemoteUnavailable, *, asks: bool) -> bool:
        """Wait a moment, if the same request may be made again then; whether it may."""
        if lost.details.get("reason") == "rate_limited":  # it was not worked on, whatever it was
            wait = lost.retry_after
            if wait is None or wait > LONGEST_PAUSE_S:
                return False
        elif not asks or lost.retry_after or lost.details.get("reason") in _NOT_AT_ONCE:
            return False
        else:
            wait = MOMENT_S
        return not self._stopped.wait(wait)

    def _loaded(self, response: Response) -> Any:
        if response.status_code == 204:
            return {}
        try:
            return response.json()
        except ValueError:
            pass
        raise self.unavailable(
            "answered with a page instead of JSON (a sign-in or maintenance page in front of it?)",
            status=response.status_code,
        )

    def explained(self, refusal: Refusal, *, outsider: str = "role_too_low") -> Refusal:
        """Tell what a 401, 403 or hidden 404 means by asking about the token and the project.

        ``outsider``: the reason where the project names no role: the caller may be no member, or one through
        a shared group, or an admin.

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
        if not isinstance(project, dict):
            raise self.unavailable("answered with JSON that is not GitLab's")
        if project.get("archived"):
            return self.refusal("archived", refusal.status, refusal.answer)
        if 0 < role_of(project) < DEVELOPER:
            return self.refusal("role_too_low", refusal.status, refusal.answer)
        off = [
            key
            for key in ("model_experiments_access_level", "model_registry_access_level")
            if project.get(key) == "disabled"
        ]
        if off:
            return self.refusal("feature_off", refusal.status, refusal.answer)
        reason = "forbidden" if role_of(project) else outsider
        return self.refusal(reason, refusal.status, refusal.answer)

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a paged list.

        Raises:
            RemoteUnavailable, Refusal: as :meth:`json`.
        """
        following: dict[str, Any] | None = {"page": 1, "per_page": 100}
        while following is not None:
            rows = self.json("get", path, query={**(query or {}), **following})
            if not isinstance(rows, list):
                raise self.out_of_step()
            headers = self._local.headers
            yield from (row for row in rows if isinstance(row, dict))
            following = next_query(headers, following) if rows else None

    def object_in(self, answer: Any, *keys: str) -> dict[str, Any]:
        """``answer`` if it is a JSON object with these keys.

        Raises:
            RemoteUnavailable: something else answered, or to something else.
        """
        if not isinstance(answer, dict) or any(key not in answer for key in keys):
            raise self.out_of_step()
        return answer

    def about(self, asked: Any, answer: Any, key: str) -> dict[str, Any]:
        """``answer`` if it is a JSON object that tells ``asked`` by ``key``, where it tells that at all.

        Raises:
            RemoteUnavailable: it is the answer to something else.
        """
        found = self.object_in(answer)
        if str(found.get(key, asked)) != str(asked):
            raise self.out_of_step()
        return found

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

        body = Body(file, size, count) if size else None
        try:
            response = self.call("put", target, body=body, raw=True, timeout_s=patience)
        except Refusal as refusal:
            failure: Exception = self.of_packages(self.explained(refusal))
        except RemoteUnavailable as lost:
            # The front server may have refused early and closed; the token and role tell.
            if lost.details.get("reason") in ("rate_limited", "down", "server_error", "stopped"):
                raise
            failure = self._early_refusal() or lost
        else:
            if isinstance(self._loaded(response), dict):
                self.answers += 1
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
            found = self.explained(probe, outsider="forbidden")
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
            response = self.call("get", f"{self.base}/{base}/{quote(path, safe='/')}", stream=True)
        except Refusal as refusal:
            failure: Exception = self.explained(refusal)
        else:
            yield from self.pieces_of(response)
            return
        raise failure
