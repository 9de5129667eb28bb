"""A running server's API, for what only the server can do (its kernels, its queue)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import list_running_servers

from ..errors import Conflict, InvalidValue, MLOpsError, NotFound

TIMEOUT_S = 900


@dataclass(frozen=True)
class Server:
    """A Jupyter server on this machine that has the extension."""

    url: str
    token: str
    root_dir: str
    data_dir: Path

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One operation of the panel's API.

        Raises:
            MLOpsError: what the server refused, with its words.
        """
        return _call(self.url, self.token, method, path, body, TIMEOUT_S)


def find(data_dir: Path | None) -> Server | None:
    """The running server that keeps ``data_dir`` (any that has the extension when None)."""
    for entry in list_running_servers():
        url, token = str(entry["url"]), str(entry.get("token") or "")
        if not url.startswith("http"):
            continue  # listens on a Unix socket
        try:
            status = _call(url, token, "GET", "status", None, 3)
        except (MLOpsError, OSError):
            continue
        served = Path(status["data_dir"])
        if data_dir is None or served == data_dir.resolve():
            return Server(url, token, str(entry.get("root_dir") or ""), served)
    return None


def _call(
    url: str, token: str, method: str, path: str, body: dict[str, Any] | None, timeout: float
) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked by the caller
        f"{url.rstrip('/')}/mlops/api/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
    )
    # A proxy of the environment must not see requests to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as response:
            content = response.read()
    except urllib.error.HTTPError as failure:
        raise _error(failure) from None
    return json.loads(content) if content.strip() else None


def _error(failure: urllib.error.HTTPError) -> MLOpsError:
    try:
        error = json.loads(failure.read())["error"]
        code, message = error["code"], error["message"]
    except (ValueError, KeyError, TypeError):
        code, message = "", f"the server answered {failure.code}"
    kinds: dict[str, type[MLOpsError]] = {
        kind.code: kind for kind in (NotFound, InvalidValue, Conflict)
    }
    return kinds.get(code, MLOpsError)(message)
