"""The queue of what is dirty: leased by one worker at a time, durable, with a state a person can read.

Rows are marked by ``changes.changed``. An item leaves ``pushing`` only through :func:`done`, :func:`retry`,
:func:`park` or the end of its lease; a mark that arrives meanwhile is never lost, because ``done`` names
the mark it has seen.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidValue
from .changes import changed

STATES = ("queued", "pushing", "held", "error", "synced", "waiting")

#: What may be pushed: candidates that have ended, versions that are complete, and things that are gone (to be
#: closed). A version whose model was not yet loaded back, or could not be, stays here.
_READY = (
    "(CASE o.kind WHEN 'candidate' THEN c.id IS NULL OR c.status IN ('FINISHED', 'FAILED', 'KILLED')"
    " OR c.lifecycle_stage = 'deleted'"
    " ELSE NOT EXISTS (SELECT 1 FROM model_versions p WHERE p.id = CAST(o.id AS INTEGER)"
    " AND p.status IN ('PENDING_REGISTRATION', 'FAILED_REGISTRATION')) END)"
)


@dataclass(frozen=True, slots=True)
class Item:
    """A leased thing: push it as it is now, then say ``done`` with this ``dirty_seq``."""

    remote: str
    kind: str
    id: str
    dirty_seq: int
    attempts: int
    lease: str


_DUE = (
    " FROM remotes r CROSS JOIN outbox o INDEXED BY outbox_due ON o.remote = r.name"
    " LEFT JOIN candidates c ON o.kind = 'candidate' AND c.id = o.id"
    " WHERE r.name = ? AND r.paused = 0 AND o.due_ms <= ?"
    " AND o.state IN ('queued', 'waiting', 'pushing')"
    " AND (o.state <> 'pushing' OR o.lease_until_ms <= ?)"
    f" AND {_READY}"
)


def any_due(conn: sqlite3.Connection, remote: str, *, now: int) -> bool:
    """Whether :func:`lease` would find something (a read: an idle worker writes nothing)."""
    return conn.execute(f"SELECT 1 {_DUE} LIMIT 1", (remote, now, now)).fetchone() is not None


def lease(
    conn: sqlite3.Connection, remote: str, owner: str, *, now: int, until: int, limit: int
) -> list[Item]:
    """Take up to ``limit`` due items of a remote for ``owner`` until ``until`` (ms), oldest first."""
    rows = conn.execute(
        f"SELECT o.remote, o.kind, o.id, o.dirty_seq, o.attempts {_DUE}"
        " ORDER BY o.queued_ms, c.seq, o.kind, o.id LIMIT ?",
        (remote, now, now, max(0, limit)),
    ).fetchall()
    items = [Item(row[0], row[1], row[2], row[3], row[4], owner) for row in rows]
    conn.executemany(
        "UPDATE outbox SET state = 'pushing', lease = ?, lease_until_ms = ?, progress = NULL, files = NULL"
        " WHERE remote = ? AND kind = ? AND id = ?",
        [(owner, until, item.remote, item.kind, item.id) for item in items],
    )
    for item in items:
        _tell(conn, item.kind, item.id)
    return items


def renew(conn: sqlite3.Connection, owner: str, until: int) -> None:
    """Keep all leases of ``owner`` until ``until`` (ms)."""
    conn.execute(
        "UPDATE outbox SET lease_until_ms = ? WHERE state = 'pushing' AND lease = ?", (until, owner)
    )


def lease_owners(conn: sqlite3.Connection) -> set[str]:
    """Who holds leases at the moment (a worker frees those of dead processes)."""
    rows = conn.execute(
        "SELECT DISTINCT o.lease FROM remotes r"
        " CROSS JOIN outbox o INDEXED BY outbox_due ON o.remote = r.name"
        " WHERE o.state = 'pushing'"
    )
    return {row[0] for row in rows if row[0]}


def release(conn: sqlite3.Connection, owner: str) -> int:
    """Give back everything ``owner`` holds; returns how many items."""
    rows = conn.execute(
        "SELECT kind, id FROM outbox WHERE state = 'pushing' AND lease = ?", (owner,)
    ).fetchall()
    conn.execute(
        "UPDATE outbox SET state = 'queued', lease = NULL, lease_until_ms = NULL, progress = NULL, files = NULL"
        " WHERE state = 'pushing' AND lease = ?",
        (owner,),
    )
    for row in rows:
        _tell(conn, row[0], row[1])
    return len(rows)


def done(conn: sqlite3.Connection, item: Item) -> bool:
    """The item is on the remote as it was when leased. False: marked again meanwhile, so queued."""
    return _finish(
        conn,
        item,
        "state = CASE WHEN dirty_seq = ? THEN 'synced' ELSE 'queued' END, done_seq = ?,"
        " attempts = 0, due_ms = 0, error = NULL",
        (item.dirty_seq, item.dirty_seq),
    ) and bool(
        conn.execute(
            "SELECT state = 'synced' FROM outbox WHERE remote = ? AND kind = ? AND id = ?",
            (item.remote, item.kind, item.id),
        ).fetchone()[0]
    )


def retry(
    conn: sqlite3.Connection,
    item: Item,
    *,
    due_ms: int,
    reason: Mapping[str, Any],
    attempts: int | None = None,
) -> None:
    """Not now: again from ``due_ms`` on, as attempt number ``attempts`` (default: one more)."""
    _finish(
        conn,
        item,
        "state = 'waiting', due_ms = ?, attempts = ?, error = ?",
        (due_ms, item.attempts + 1 if attempts is None else attempts, json.dumps(dict(reason))),
    )


def park(conn: sqlite3.Connection, item: Item, state: str, reason: Mapping[str, Any]) -> None:
    """Set the item aside until a person (or a new token) brings it back: ``held`` or ``error``."""
    if state not in ("held", "error"):
        raise InvalidValue(f"state {state!r} is neither 'held' nor 'error'")
    _finish(conn, item, "state = ?, error = ?", (state, json.dumps(dict(reason))))


def drop(conn: sqlite3.Connection, item: Item) -> None:
    """There is nothing to push any more (deleted before it was ever pushed)."""
    conn.execute(
        "DELETE FROM outbox WHERE remote = ? AND kind = ? AND id = ?",
        (item.remote, item.kind, item.id),
    )
    _tell(conn, item.kind, item.id)


def again(
    conn: sqlite3.Connection,
    *,
    remote: str | None = None,
    kind: str | None = None,
    id: str | None = None,
    states: Collection[str] = ("held", "error", "waiting"),
) -> int:
    """Queue parked and waiting items at once (*Retry*); returns how many."""
    marks = ",".join("?" * len(states))
    where = (
        f"state IN ({marks}) AND IFNULL(?, remote) = remote AND IFNULL(?, kind) = kind"
        " AND IFNULL(?, id) = id"
    )
    values = (*states, remote, kind, id)
    rows = conn.execute(f"SELECT kind, id FROM outbox WHERE {where}", values).fetchall()
    conn.execute(
        f"UPDATE outbox SET state = 'queued', due_ms = 0, attempts = 0, error = NULL WHERE {where}",
        values,
    )
    for row in rows:
        _tell(conn, row[0], row[1])
    return len(rows)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a push is: the fraction of its bytes (0 to 1), and ``files`` that are on their way:
    ``{"path", "size", "sent"}`` each, in bytes."""

    fraction: float
    files: tuple[Mapping[str, Any], ...] = ()


def progress(conn: sqlite3.Connection, told: Mapping[Item, Progress]) -> None:
    """How far pushes are; nothing for those whose lease is over."""
    for item, far in told.items():
        conn.execute(
            "UPDATE outbox SET progress = ?, files = ?"
            " WHERE remote = ? AND kind = ? AND id = ? AND lease = ?",
            (
                round(far.fraction, 3),
                json.dumps([dict(file) for file in far.files]) if far.files else None,
                item.remote,
                item.kind,
                item.id,
                item.lease,
            ),
        )
        _tell(conn, item.kind, item.id)


def counts(conn: sqlite3.Connection, remote: str | None = None) -> dict[str, int]:
    """Items by state. What still runs is not counted: it is not meant to be there yet."""
    where, values = ("WHERE o.remote = ?", (remote,)) if remote is not None else ("", ())
    rows = conn.execute(
        "SELECT o.state, COUNT(*) FROM outbox o INDEXED BY outbox_due"
        f" {where} GROUP BY o.remote, o.state",
        values,
    )
    found = dict.fromkeys(STATES, 0)
    for state, number in rows:
        found[state] += number
    if found["queued"]:  # only of these it is asked what still runs: there may be many synced ones
        early = conn.execute(
            "SELECT COUNT(*) FROM remotes r"
            " CROSS JOIN outbox o INDEXED BY outbox_due ON o.remote = r.name"
            " LEFT JOIN candidates c ON o.kind = 'candidate' AND c.id = o.id"
            f" WHERE o.state = 'queued' AND IFNULL(?, r.name) = r.name AND NOT {_READY}",
            (remote,),
        ).fetchone()[0]
        found["queued"] -= early
    return found


def being_checked(conn: sqlite3.Connection) -> int:
    """Versions that will be queued as soon as their model has been loaded back."""
    row = conn.execute(
        "SELECT COUNT(*) FROM model_versions v JOIN outbox o"
        " ON o.kind = 'version' AND o.id = CAST(v.id AS TEXT) AND o.state = 'queued'"
        " WHERE v.status = 'PENDING_REGISTRATION'"
    ).fetchone()
    return int(row[0])


def next_due(conn: sqlite3.Connection) -> int | None:
    """When the next waiting item is due (ms); None if none waits."""
    row = conn.execute(
        "SELECT MIN(o.due_ms) FROM remotes r"
        " CROSS JOIN outbox o INDEXED BY outbox_due ON o.remote = r.name"
        " WHERE o.state IN ('queued', 'waiting') AND o.due_ms > 0 AND r.paused = 0"
    ).fetchone()
    return None if row[0] is None else int(row[0])


def items(
    conn: sqlite3.Connection,
    *,
    states: Collection[str] = ("queued", "pushing", "held", "error", "waiting"),
    limit: int = 500,
) -> list[dict[str, Any]]:
    """What is in one of ``states`` (default: all that is not there yet), oldest first, for people."""
    marks = ",".join("?" * len(states))
    rows = conn.execute(
        f"""
        SELECT o.remote, o.kind, o.id, o.state, o.attempts, o.due_ms, o.progress, o.error, o.queued_ms,
          COALESCE(c.name, v.model || ' ' || v.version, o.id), o.files
        FROM remotes r CROSS JOIN outbox o INDEXED BY outbox_due ON o.remote = r.name
        LEFT JOIN candidates c ON o.kind = 'candidate' AND c.id = o.id
        LEFT JOIN model_versions v ON o.kind = 'version' AND v.id = CAST(o.id AS INTEGER)
        WHERE o.state IN ({marks}) AND {_READY}
        ORDER BY o.queued_ms, c.seq, o.id LIMIT ?
        """,
        (*states, limit),
    )
    return [
        {
            "remote": row[0],
            "kind": row[1],
            "id": row[2],
            "state": row[3],
            "attempts": row[4],
            "due_time": row[5] or None,
            "progress": row[6],
            "error": json.loads(row[7]) if row[7] else None,
            "queued_time": row[8],
            "name": row[9],
            "files": json.loads(row[10]) if row[10] else [],
        }
        for row in rows
    ]


def to_push(conn: sqlite3.Connection, remote: str | None = None) -> list[tuple[str, str]]:
    """(kind, id) of everything that is not on ``remote`` yet; without one, of everything local."""
    if remote is not None:
        rows = conn.execute(
            "SELECT o.kind, o.id FROM outbox o"
            " LEFT JOIN candidates c ON o.kind = 'candidate' AND c.id = o.id"
            f" WHERE o.remote = ? AND o.state <> 'synced' AND {_READY} ORDER BY o.queued_ms, o.id",
            (remote,),
        )
    else:
        rows = conn.execute(
            "SELECT 'candidate', id FROM candidates WHERE remote = '' AND lifecycle_stage = 'active'"
            " AND status IN ('FINISHED', 'FAILED', 'KILLED')"
            " UNION ALL SELECT 'version', CAST(id AS TEXT) FROM model_versions WHERE origin = ''"
        )
    return [(row[0], row[1]) for row in rows]


def reason(conn: sqlite3.Connection, remote: str | None, kind: str, id: str) -> dict[str, Any]:
    """Why an item was set aside (``{"code", "message", "findings"?}``), empty if it was not."""
    row = conn.execute(
        "SELECT error FROM outbox WHERE IFNULL(?, remote) = remote AND kind = ? AND id = ?"
        " AND error IS NOT NULL",
        (remote, kind, id),
    ).fetchone()
    return json.loads(row[0]) if row else {}


#: With several remotes the state that a person should see first.
_URGENCY = {"error": 0, "held": 1, "pushing": 2, "waiting": 3, "queued": 4, "synced": 5}


def states(conn: sqlite3.Connection, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Where things stand towards their remotes, for their JSON; without a remote they are ``local``."""
    wanted = list(ids)
    found: dict[str, dict[str, Any]] = {
        id: {"state": "local", "remote": None, "url": None, "error": None, "progress": None}
        for id in wanted
    }
    for start in range(0, len(wanted), 500):
        batch = wanted[start : start + 500]
        marks = ",".join("?" * len(batch))
        rows = conn.execute(
            f"""
            SELECT o.id, o.state, o.remote, l.facts, o.error, o.progress
            FROM outbox o LEFT JOIN remote_links l
              ON l.remote = o.remote AND l.kind = o.kind AND l.id = o.id
            WHERE o.kind = ? AND o.id IN ({marks})
            """,
            (kind, *batch),
        )
        for id, state, remote, facts, error, fraction in rows:
            present = found[id]
            if _URGENCY.get(present["state"], 9) <= _URGENCY[state]:
                continue
            found[id] = {
                "state": state,
                "remote": remote,
                "url": json.loads(facts).get("url") if facts else None,
                "error": json.loads(error).get("message") if error else None,
                "progress": fraction,
            }
    return found


def state_of(conn: sqlite3.Connection, kind: str, id: str) -> dict[str, Any]:
    """:func:`states` of one thing."""
    return states(conn, kind, [id])[id]


def _finish(
    conn: sqlite3.Connection, item: Item, assignments: str, values: tuple[Any, ...]
) -> bool:
    """Leave ``pushing``; nothing if the lease was lost to another worker meanwhile."""
    row = conn.execute(
        f"UPDATE outbox SET {assignments}, lease = NULL, lease_until_ms = NULL, progress = NULL, files = NULL"
        " WHERE remote = ? AND kind = ? AND id = ? AND lease = ?",
        (*values, item.remote, item.kind, item.id, item.lease),
    )
    _tell(conn, item.kind, item.id)
    return bool(row.rowcount)


def _tell(conn: sqlite3.Connection, kind: str, id: str) -> None:
    changed(conn, "outbox", f"{kind}:{id}")
