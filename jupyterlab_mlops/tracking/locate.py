"""Whose file a path of the artifact proxy is."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..errors import InvalidValue
from ..store import artifacts, candidates
from ..store.store import Connection

_RUN = re.compile(r"(?P<experiment>[^/]+)/(?P<id>[^/]+)/artifacts(?:/(?P<path>.*))?")
_MODEL = re.compile(r"(?P<experiment>[^/]+)/models/(?P<id>[^/]+)/artifacts(?:/(?P<path>.*))?")
_TRACE = re.compile(r"(?P<experiment>[^/]+)/traces/(?P<id>[^/]+)/artifacts(?:/(?P<path>.*))?")
_VERSION = re.compile(r"versions/(?P<id>\d+)/artifacts(?:/(?P<path>.*))?")
#: Files that belong to nothing we know, kept by their whole path.
LOOSE = "loose:"


def locate(conn: Connection, path: str) -> tuple[str, str]:
    """The owner of a file below ``mlflow-artifacts:/``, and the path within the owner's files.

    Raises:
        InvalidValue: the path is not relative, or leads elsewhere.
    """
    path = path.rstrip("/")
    if path:
        check_path(path)
    for pattern, owner in (
        (_MODEL, artifacts.model_owner),
        (_TRACE, artifacts.trace_owner),
        (_VERSION, None),
        (_RUN, artifacts.candidate_owner),
    ):
        match = pattern.fullmatch(path)
        if match is None:
            continue
        inner = match.group("path") or ""
        if owner is None:
            return artifacts.version_owner(int(match.group("id"))), inner
        if owner is artifacts.candidate_owner and not _is_run(conn, match.group("id")):
            continue
        return owner(match.group("id")), inner
    return LOOSE, path


def check_path(path: str) -> str:
    """An artifact path, if it is one in any spelling.

    Raises:
        InvalidValue: it is absolute, leads elsewhere or holds control characters, however often encoded.
    """
    plain = path
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    # A path may hold '#' or '%' as characters; what it must not do is lead elsewhere when decoded.
    if (
        "\0" in plain
        or ".." in plain.replace("\\", "/").split("/")
        or plain.startswith(("/", "\\"))
    ):
        raise InvalidValue("Invalid path")  # the words of MLflow, which its clients know
    artifacts.valid_path(path)
    return path


def _is_run(conn: Connection, id: str) -> bool:
    return candidates.exists(conn, id)
