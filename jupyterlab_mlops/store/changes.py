"""Every mutation tells it once: :func:`changed` marks the outbox and is announced after the commit."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from ..entities import Change

#: Kinds that are pushed to remotes; the others are only announced to the browser.
PUSHED = ("candidate", "version")

Collector = Callable[[Change], None]
_collectors: dict[int, Collector] = {}


def collect(conn: sqlite3.Connection, collector: Collector | None) -> None:
    """Direct the changes of the current transaction on ``conn`` to ``collector`` (None: nobody)."""
    if collector is None:
        _collectors.pop(_key(conn), None)
    else:
        _collectors[_key(conn)] = collector


def changed(conn: sqlite3.Connection, kind: str, id: str) -> None:
    """Say that ``kind`` ``id`` is not as it was.

    In the caller's transaction every remote's outbox row is marked dirty (ten thousand metrics make
    one row); after the commit the store announces the change. Kinds: ``experiment``, ``candidate``,
    ``notebook_run``, ``model``, ``version``, ``registration``, ``remote``, ``outbox``.
    """
    if kind in PUSHED:
        mark_dirty(conn, kind, id)
    collector = _collectors.get(_key(conn))
    if collector is not None:
        collector(Change(kind, id))


def _key(conn: sqlite3.Connection) -> int:
    """The key of a connection among the collectors."""
    return id(conn)


def mark_dirty(conn: sqlite3.Connection, kind: str, id: str) -> None:
    """Mark a thing dirty for every remote; things that came from a remote are never pushed back, nor are
    those that were deleted there on request."""
    now = int(time.time() * 1000)
    origin = {
        "candidate": "SELECT 1 FROM candidates WHERE id = ? AND remote != ''",
        "version": "SELECT 1 FROM model_versions WHERE id = ? AND origin != ''",
    }[kind]
    if conn.execute(origin, (id,)).fetchone():
        return
    conn.execute(
        """
        INSERT INTO outbox (remote, kind, id, dirty_seq, state, due_ms, queued_ms)
        SELECT name, ?, ?, 1, 'queued', 0, ? FROM remotes
        WHERE NOT EXISTS (SELECT 1 FROM remote_links l WHERE l.remote = name AND l.kind = ? AND l.id = ?
          AND json_extract(l.facts, '$.removed_ms') IS NOT NULL)
        ON CONFLICT (remote, kind, id) DO UPDATE SET
          dirty_seq = dirty_seq + 1,
          state = CASE WHEN state = 'synced' THEN 'queued' ELSE state END,
          queued_ms = CASE WHEN state = 'synced' THEN excluded.queued_ms ELSE queued_ms END
        """,
        (kind, id, now, kind, id),
    )
