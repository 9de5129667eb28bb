"""Remotes (GitLab projects) and what we know of their side: links of our things to theirs, files there.

A link's facts are written before the call they belong to where losing the answer would matter; what they
mean is up to ``sync``. Tokens are never here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..errors import AlreadyExists, InvalidValue, NotFound
from .changes import PUSHED, changed
from .store import now_ms


@dataclass(frozen=True, slots=True)
class Remote:
    """A GitLab project that candidates and versions are pushed to."""

    name: str
    url: str
    project: str
    paused: bool
    created_ms: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file we sent: ``verified`` once the remote's listing showed this content."""

    path: str
    sha256: str
    verified: bool


def instance_url(url: str) -> str:
    """``url`` of a GitLab instance as it is kept: no user-info, query or trailing slash.

    Raises:
        InvalidValue: not an http or https address.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        # What was given may hold a password: it is not repeated.
        raise InvalidValue("The GitLab URL must look like https://gitlab.example.com.", field="url")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/").removesuffix("/api/v4")
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"


def add(
    conn: sqlite3.Connection,
    name: str,
    url: str,
    project: str,
    *,
    facts: Mapping[str, Any] | None = None,
    include_existing: bool = True,
) -> Remote:
    """Connect a project. With ``include_existing`` everything local is queued for it.

    Raises:
        AlreadyExists: the name is taken, or the project is connected under another name.
        InvalidValue: a name, url or project cannot be used.
    """
    project = project.strip().strip("/")
    if not name.strip():
        raise InvalidValue("The remote's name is empty; for example 'default'.", field="name")
    if not project:
        raise InvalidValue("The project is empty; for example 'group/project'.", field="project")
    url = instance_url(url)
    project_id = (facts or {}).get("project_id")
    for other in list_all(conn):
        if other.name == name:
            raise AlreadyExists(f"A remote named {name!r} exists. Choose another name.")
        same = other.project.lower() == project.lower() or (
            project_id is not None and other.facts.get("project_id") == project_id
        )
        if other.url == url and same:
            raise AlreadyExists(
                f"Project {project} is connected already, as remote {other.name!r}."
            )
    now = now_ms()
    conn.execute(
        "INSERT INTO remotes (name, url, project, facts, created_ms) VALUES (?, ?, ?, ?, ?)",
        (name, url, project, json.dumps(dict(facts or {})), now),
    )
    if include_existing:
        conn.execute(
            "INSERT INTO outbox (remote, kind, id, dirty_seq, queued_ms)"
            " SELECT ?, 'candidate', id, 1, COALESCE(end_ms, start_ms, ?) FROM candidates"
            " WHERE remote = '' AND lifecycle_stage = 'active'",
            (name, now),
        )
        conn.execute(
            "INSERT INTO outbox (remote, kind, id, dirty_seq, queued_ms)"
            " SELECT ?, 'version', CAST(id AS TEXT), 1, created_ms FROM model_versions WHERE origin = ''",
            (name,),
        )
    changed(conn, "remote", name)
    return get(conn, name)


def connect(
    conn: sqlite3.Connection,
    name: str,
    url: str,
    project: str,
    *,
    facts: Mapping[str, Any] | None = None,
) -> Remote:
    """:func:`add`, or refresh the facts of the remote of this name if it is the same project.

    Raises:
        AlreadyExists, InvalidValue: as :func:`add`.
    """
    wanted = (instance_url(url), project.strip().strip("/").lower())
    for remote in list_all(conn):
        if remote.name == name and (remote.url, remote.project.lower()) == wanted:
            # Connected by hand from now on: the environment does not move it any more.
            set_facts(conn, name, {**(facts or {}), "problem": None, "from_environment": None})
            return get(conn, name)
    return add(conn, name, url, project, facts=facts)


def get(conn: sqlite3.Connection, name: str) -> Remote:
    """One remote.

    Raises:
        NotFound: there is none of this name.
    """
    for remote in list_all(conn):
        if remote.name == name:
            return remote
    raise NotFound(f"There is no remote named {name!r}.")


def list_all(conn: sqlite3.Connection) -> list[Remote]:
    """All remotes, in order of connection."""
    rows = conn.execute(
        "SELECT name, url, project, paused, created_ms, facts FROM remotes ORDER BY created_ms, name"
    )
    return [Remote(r[0], r[1], r[2], bool(r[3]), r[4], json.loads(r[5])) for r in rows]


def remove(conn: sqlite3.Connection, name: str) -> None:
    """Forget a remote with its queue and links. What was pulled from it stays; GitLab is not touched.

    Raises:
        NotFound: there is none of this name.
    """
    get(conn, name)
    conn.execute("DELETE FROM remotes WHERE name = ?", (name,))
    changed(conn, "remote", name)


def pause(conn: sqlite3.Connection, name: str, paused: bool = True) -> None:
    """Stop (or resume) pushing to a remote; what is queued stays queued.

    Raises:
        NotFound: there is none of this name.
    """
    get(conn, name)
    conn.execute("UPDATE remotes SET paused = ? WHERE name = ?", (int(paused), name))
    changed(conn, "remote", name)


def set_facts(conn: sqlite3.Connection, name: str, facts: Mapping[str, Any]) -> None:
    """Merge what was learned about a remote; None removes a fact. Nothing if the remote is gone."""
    row = conn.execute("SELECT facts FROM remotes WHERE name = ?", (name,)).fetchone()
    if row is None:
        return
    before = json.loads(row[0])
    merged = {k: v for k, v in (before | dict(facts)).items() if v is not None}
    if merged != before:
        conn.execute("UPDATE remotes SET facts = ? WHERE name = ?", (json.dumps(merged), name))
        changed(conn, "remote", name)


def forget_problems(conn: sqlite3.Connection, name: str | None = None) -> None:
    """A remote (or all) is tried again: what was wrong with it is not known to be wrong any more."""
    for remote in list_all(conn):
        if name in (None, remote.name) and "problem" in remote.facts:
            set_facts(conn, remote.name, {"problem": None})


# -- links -----------------------------------------------------------------------------------------


def link(conn: sqlite3.Connection, remote: str, kind: str, id: str) -> dict[str, Any]:
    """The facts known of our thing on the remote; empty if it was never tried."""
    row = conn.execute(
        "SELECT facts FROM remote_links WHERE remote = ? AND kind = ? AND id = ?",
        (remote, kind, id),
    ).fetchone()
    return json.loads(row[0]) if row else {}


def set_link(
    conn: sqlite3.Connection, remote: str, kind: str, id: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Merge facts into a link and return all of them; None removes a fact.

    Raises:
        NotFound: the remote was disconnected meanwhile.
    """
    if not conn.execute("SELECT 1 FROM remotes WHERE name = ?", (remote,)).fetchone():
        raise NotFound(f"There is no remote named {remote!r}.")
    merged = link(conn, remote, kind, id) | dict(facts)
    merged = {k: v for k, v in merged.items() if v is not None}
    conn.execute(
        "INSERT INTO remote_links VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET facts = excluded.facts",
        (remote, kind, id, json.dumps(merged)),
    )
    return merged


def links(conn: sqlite3.Connection, remote: str, kind: str) -> dict[str, dict[str, Any]]:
    """All links of a kind: {our id: facts}."""
    rows = conn.execute(
        "SELECT id, facts FROM remote_links WHERE remote = ? AND kind = ?", (remote, kind)
    )
    return {row[0]: json.loads(row[1]) for row in rows}


def doubtful(conn: sqlite3.Connection) -> dict[str, list[str]]:
    """{remote: candidate ids} of links whose run may have been made twice by a request worked on late."""
    rows = conn.execute(
        "SELECT remote, id FROM remote_links WHERE kind = 'candidate'"
        " AND json_extract(facts, '$.doubtful_ms') IS NOT NULL"
        " AND json_extract(facts, '$.run_id') IS NOT NULL"
    )
    found: dict[str, list[str]] = {}
    for remote, id in rows:
        found.setdefault(remote, []).append(id)
    return found


def unlinked_candidates(conn: sqlite3.Connection, remote: str) -> set[str]:
    """Ids of local candidates that have no run on the remote as far as we know."""
    rows = conn.execute(
        "SELECT id FROM candidates WHERE remote = '' AND id NOT IN (SELECT id FROM remote_links"
        " WHERE remote = ? AND kind = 'candidate' AND json_extract(facts, '$.run_id') IS NOT NULL)",
        (remote,),
    )
    return {row[0] for row in rows}


def unlink(conn: sqlite3.Connection, remote: str, kind: str, id: str) -> None:
    """Forget a link and the files under it: the other side's thing is gone."""
    conn.execute(
        "DELETE FROM remote_links WHERE remote = ? AND kind = ? AND id = ?", (remote, kind, id)
    )
    conn.execute(
        "DELETE FROM remote_files WHERE remote = ? AND owner = ?", (remote, f"{kind}:{id}")
    )


def removed(conn: sqlite3.Connection, remote: str, kind: str, id: str) -> None:
    """It was deleted there on request: it is forgotten, and not pushed again unless somebody asks."""
    unlink(conn, remote, kind, id)
    if kind in PUSHED:
        conn.execute(
            "DELETE FROM outbox WHERE remote = ? AND kind = ? AND id = ?", (remote, kind, id)
        )
        set_link(conn, remote, kind, id, {"removed_ms": now_ms()})
        changed(conn, "outbox", f"{kind}:{id}")


def wanted_again(conn: sqlite3.Connection, remote: str | None, kind: str, id: str) -> int:
    """Push what was deleted there on request once more; returns to how many remotes."""
    rows = conn.execute(
        "SELECT remote FROM remote_links WHERE IFNULL(?, remote) = remote AND kind = ? AND id = ?"
        " AND json_extract(facts, '$.removed_ms') IS NOT NULL",
        (remote, kind, id),
    ).fetchall()
    for row in rows:
        unlink(conn, row[0], kind, id)
    if rows:
        changed(conn, kind, id)
    return len(rows)


# -- files -----------------------------------------------------------------------------------------


def files(conn: sqlite3.Connection, remote: str, owner: str) -> dict[str, RemoteFile]:
    """What we sent, by path on the remote."""
    rows = conn.execute(
        "SELECT path, sha256, verified FROM remote_files WHERE remote = ? AND owner = ?",
        (remote, owner),
    )
    return {row[0]: RemoteFile(row[0], row[1], bool(row[2])) for row in rows}


def set_files(
    conn: sqlite3.Connection, remote: str, owner: str, files: Iterable[RemoteFile]
) -> None:
    """Record files as being sent (``verified`` false) or as being there.

    Raises:
        NotFound: the remote was disconnected meanwhile.
    """
    rows = [(remote, owner, file.path, file.sha256, int(file.verified)) for file in files]
    try:
        conn.executemany(
            "INSERT INTO remote_files VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " sha256 = excluded.sha256, verified = excluded.verified",
            rows,
        )
    except sqlite3.IntegrityError:
        raise NotFound(f"There is no remote named {remote!r}.") from None


# -- decisions of the secret gate ------------------------------------------------------------------


def decide(conn: sqlite3.Connection, hashes: Iterable[tuple[str, str]], decision: str) -> None:
    """Remember what a person decided about findings: (salted hash, rule) each.

    Raises:
        InvalidValue: ``decision`` is neither ``redact`` nor ``not_a_secret``.
    """
    if decision not in ("redact", "not_a_secret"):
        raise InvalidValue(f"decision {decision!r} is neither 'redact' nor 'not_a_secret'")
    conn.executemany(
        "INSERT INTO secret_decisions VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " decision = excluded.decision, decided_ms = excluded.decided_ms",
        [(digest, decision, rule, now_ms()) for digest, rule in hashes],
    )


def decisions(conn: sqlite3.Connection) -> dict[str, str]:
    """All remembered decisions: {salted hash: decision}."""
    return dict(conn.execute("SELECT hash, decision FROM secret_decisions").fetchall())


def salt(conn: sqlite3.Connection) -> str:
    """The store's salt of redactions and decisions."""
    return str(conn.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()[0])


def store_id(conn: sqlite3.Connection) -> str:
    """Who this store is, for what has to be found again on a remote."""
    return str(conn.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()[0])
