"""Files of candidates, logged models and model versions: a path and the content's sha256 each."""

from __future__ import annotations

import mimetypes
import os
import re
import sqlite3
from collections.abc import Iterable

from ..entities import Artifact
from ..errors import InvalidValue
from .changes import changed
from .store import now_ms

#: What leads to another drive when it is joined to a folder: any ``a:`` where there are drives.
_DRIVE = re.compile("[A-Za-z]:" if os.name == "nt" else "[A-Za-z]:(/|$)")
_SELECT = "SELECT path, sha256, size, media_type, created_ms FROM artifacts"


def candidate_owner(id: str) -> str:
    """The owner string of a candidate's files."""
    return f"candidate:{id}"


def model_owner(logged_model_id: str) -> str:
    """The owner string of a logged model's files."""
    return f"model:{logged_model_id}"


def version_owner(version_id: int) -> str:
    """The owner string of a model version's files."""
    return f"version:{version_id}"


def trace_owner(trace_id: str) -> str:
    """The owner string of a trace's files."""
    return f"trace:{trace_id}"


def valid_path(path: str) -> str:
    """``path`` as it is kept: relative, POSIX, no empty, ``.`` or ``..`` parts.

    Raises:
        InvalidValue: the path is empty or leads elsewhere.
    """
    parts = path.split("/")
    if (
        path.startswith("/")
        or "\\" in path
        or any(part in ("", ".", "..") for part in parts)
        or any(ord(char) < 32 or ord(char) == 127 for char in path)
        or _DRIVE.match(path)
    ):
        raise InvalidValue(
            f"Invalid artifact path {path!r}: it must be relative, with '/' between its parts, "
            "and without '..', backslashes or control characters."
        )
    return path


def put(
    conn: sqlite3.Connection, owner: str, path: str, sha256: str, size: int, media_type: str = ""
) -> None:
    """Give ``owner`` the file ``path`` with this content (bytes); a file of that path is replaced.

    Raises:
        InvalidValue: the path is not one (see :func:`valid_path`).
    """
    put_all(conn, owner, [Artifact(path, sha256, size, media_type)])


def put_all(conn: sqlite3.Connection, owner: str, files: Iterable[Artifact]) -> None:
    """As :func:`put` for several files, told as one change.

    Raises:
        InvalidValue: one of the paths is not one; nothing is put.
    """
    now = now_ms()
    rows = [
        (
            owner,
            valid_path(file.path),
            file.sha256,
            file.size,
            file.media_type or media_type_of(file.path),
            now,
        )
        for file in files
    ]
    if not rows:
        return
    conn.executemany(
        # A blob that is named again is young again: housekeeping leaves it alone meanwhile.
        "INSERT INTO blobs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET created_ms = excluded.created_ms",
        [(row[2], row[3], now) for row in rows],
    )
    conn.executemany(
        "INSERT INTO artifacts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " sha256 = excluded.sha256, size = excluded.size, media_type = excluded.media_type,"
        " created_ms = excluded.created_ms",
        rows,
    )
    _tell(conn, owner)


def get(conn: sqlite3.Connection, owner: str, path: str) -> Artifact | None:
    """The file at ``path``, if there is one."""
    row = conn.execute(f"{_SELECT} WHERE owner = ? AND path = ?", (owner, path)).fetchone()
    return None if row is None else Artifact(*row)


def list_all(conn: sqlite3.Connection, owner: str, prefix: str = "") -> list[Artifact]:
    """All files of ``owner`` by path; with ``prefix`` those of that folder (at any depth)."""
    where, values, prefix = "", [owner], prefix.rstrip("/")
    if prefix:
        # '0' follows '/': everything below the folder, by the primary key.
        where, values = " AND path > ? AND path < ?", [owner, f"{prefix}/", f"{prefix}0"]
    rows = conn.execute(f"{_SELECT} WHERE owner = ?{where} ORDER BY path", values)
    return [Artifact(*row) for row in rows]


def remove(conn: sqlite3.Connection, owner: str, path: str) -> int:
    """Remove a file, or a folder with all in it; an empty path removes everything. Returns how many."""
    if not path:
        gone = conn.execute("DELETE FROM artifacts WHERE owner = ?", (owner,))
    else:
        gone = conn.execute(
            "DELETE FROM artifacts WHERE owner = ? AND (path = ? OR (path > ? AND path < ?))",
            (owner, path, f"{path}/", f"{path}0"),
        )
    if gone.rowcount:
        _tell(conn, owner)
    return gone.rowcount


def media_type_of(path: str) -> str:
    """The media type that the suffix says, or ''."""
    return mimetypes.guess_type(path, strict=False)[0] or ""


def _tell(conn: sqlite3.Connection, owner: str) -> None:
    kind, _, id = owner.partition(":")
    if kind in ("candidate", "version"):
        changed(conn, kind, id)
    elif kind == "model":
        row = conn.execute("SELECT candidate_id FROM logged_models WHERE id = ?", (id,)).fetchone()
        if row is not None and row[0]:
            changed(conn, "candidate", row[0])
