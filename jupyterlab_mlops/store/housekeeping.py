"""Deletes what nothing names any more: blobs, and directories that a dead process left.

A blob stays as long as any row names it, and for a day after it was stored or named, whoever names it then: what is
on its way into a transaction is young. Columns that may name blobs are listed here, and so are all that never do:
a test holds both lists against the schema.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from .store import Store, now_ms

#: What was stored or named since is left alone (s).
YOUNG_S = 86_400
#: Columns that hold a blob's hash, and JSON columns in which there may be one.
HASHES: dict[str, tuple[str, ...]] = {
    "artifacts": ("sha256",),
    "executions": ("outputs",),
    "kernels": ("environment",),
    "notebook_runs": ("snapshot",),
}
DOCUMENTS: dict[str, tuple[str, ...]] = {
    "candidates": ("details",),
    "kernels": ("agent",),
    "logged_models": ("params", "tags"),
    "model_versions": ("details",),
    "notebook_runs": ("git",),
    "outbox": ("error",),
    "remote_links": ("facts",),
    "remotes": ("facts",),
    "run_findings": ("body",),
}
#: Directories of the data directory that processes work in: one entry a piece of work.
WORKSHOPS = ("staging",)
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was deleted: rows of blobs, bytes of blobs, and abandoned directories."""

    blobs: int
    bytes: int
    directories: int


def tidy(store: Store, *, young_s: float = YOUNG_S) -> Tidied:
    """Delete what nothing names and what was abandoned. For threads; safe beside other processes."""
    doomed = store.read_sync(unnamed, now_ms() - round(young_s * 1000))
    gone = 0
    for start in range(0, len(doomed), _BATCH):
        batch = doomed[start : start + _BATCH]
        gone += store.write_sync(_forget, batch, now_ms() - round(young_s * 1000))
    keep = store.read_sync(lambda conn: named(conn) | _kept(conn))
    freed = store.blobs.sweep(keep, older_than_s=young_s)
    return Tidied(gone, freed, _clear(store.data_dir, young_s))


def named(conn: sqlite3.Connection) -> set[str]:
    """The hashes of all blobs that any row names."""
    found: set[str] = set()
    for table, columns in HASHES.items():
        for column in columns:
            rows = conn.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")
            found.update(row[0] for row in rows)
    for table, columns in DOCUMENTS.items():
        for column in columns:
            rows = conn.execute(f"SELECT {column} FROM {table} WHERE length({column}) >= 64")
            for row in rows:
                found.update(_HASH.findall(row[0]))
    return found


def unnamed(conn: sqlite3.Connection, before_ms: int) -> list[str]:
    """Blobs that were meant to be kept before ``before_ms`` and that no row names any more."""
    rows = conn.execute("SELECT sha256 FROM blobs WHERE created_ms < ?", (before_ms,))
    known = named(conn)
    return [row[0] for row in rows if row[0] not in known]


def _forget(conn: sqlite3.Connection, hashes: list[str], before_ms: int) -> int:
    """Delete rows of blobs, but not those that were named since: that made them young."""
    done = conn.executemany(
        "DELETE FROM blobs WHERE sha256 = ?1 AND created_ms < ?2"
        " AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = ?1)",
        [(sha256, before_ms) for sha256 in hashes],
    )
    return max(done.rowcount, 0)


def _kept(conn: sqlite3.Connection) -> set[str]:
    return {row[0] for row in conn.execute("SELECT sha256 FROM blobs")}


def _clear(data_dir: Path, young_s: float) -> int:
    """Remove what dead processes left in the workshops."""
    gone, limit = 0, time.time() - young_s
    for workshop in WORKSHOPS:
        for path in (data_dir / workshop).glob("*"):
            with contextlib.suppress(OSError):  # its owner was faster
                if _touched(path) < limit:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                    gone += 1
    return gone


def _touched(path: Path) -> float:
    """When something in a directory was last written."""
    inside = [entry.stat().st_mtime for entry in path.rglob("*")] if path.is_dir() else []
    return max([path.stat().st_mtime, *inside])
