"""What operators watch: how much of everything there is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ..entities import Status


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one moment; ``candidates`` by status, with a zero for those that none has; ``blobs`` in bytes."""

    candidates: dict[str, int]
    open_runs: int
    versions: int
    blobs: int


def figures(conn: sqlite3.Connection) -> Figures:
    """How much there is now; deleted candidates are not counted."""
    found = conn.execute(
        "SELECT status, COUNT(*) FROM candidates WHERE lifecycle_stage = 'active' GROUP BY status"
    )

    def one(query: str) -> int:
        return int(conn.execute(query).fetchone()[0])

    return Figures(
        candidates={**{status.value: 0 for status in Status}, **dict(found.fetchall())},
        open_runs=one("SELECT COUNT(*) FROM notebook_runs WHERE status = 'RUNNING'"),
        versions=one("SELECT COUNT(*) FROM model_versions"),
        blobs=one("SELECT COALESCE(SUM(size), 0) FROM blobs"),
    )
