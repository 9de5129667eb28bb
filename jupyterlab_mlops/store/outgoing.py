"""What a push reads of a candidate, in one snapshot of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..entities import Artifact, Candidate, MetricPoint
from ..errors import NotFound
from . import candidates, runs
from .candidate_rows import number

#: Files of the notebook run that go with a candidate which has none of that path itself.
SNAPSHOT, PATCH = "notebook.ipynb", "changes.patch"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A candidate, its points in order, and what its notebook run adds."""

    candidate: Candidate
    points: tuple[MetricPoint, ...]
    files: tuple[Artifact, ...]
    git: Mapping[str, Any]


def load(conn: sqlite3.Connection, id: str) -> Outgoing:
    """Everything a push of the candidate needs.

    Raises:
        NotFound: there is no such candidate.
    """
    candidate = candidates.get(conn, id)
    points = tuple(
        MetricPoint(name, number(value, kind), step, timestamp)
        for name, value, kind, step, timestamp in conn.execute(
            "SELECT name, value, kind, step, timestamp_ms FROM metric_points"
            " WHERE candidate_id = ? ORDER BY name, step, timestamp_ms",
            (id,),
        )
    )
    git: Mapping[str, Any] = {}
    files: list[Artifact] = []
    if candidate.notebook_run_id:
        try:
            run = runs.get_run(conn, candidate.notebook_run_id)
        except NotFound:
            pass
        else:
            git = run.git
            present = {file.path for file in candidate.artifacts}
            for path, sha256 in ((SNAPSHOT, run.snapshot), (PATCH, git.get("patch"))):
                row = conn.execute("SELECT size FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
                if row is not None and path not in present:
                    files.append(Artifact(path, str(sha256), int(row[0])))
    return Outgoing(candidate, points, tuple(files), git)
