"""MLflow's scorers: what an experiment judges answers with, in versions. Kept as text and never run here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from uuid import uuid4

from ..entities import ScorerVersion
from ..errors import NotFound
from . import experiments
from .store import now_ms

_SELECT = """
SELECT s.id, s.experiment_id, s.name, v.version, v.body, v.created_ms
FROM scorers s JOIN scorer_versions v ON v.scorer_id = s.id
"""
_NEWEST = "v.version = (SELECT MAX(version) FROM scorer_versions WHERE scorer_id = s.id)"


def register(conn: sqlite3.Connection, experiment_id: int, name: str, body: str) -> ScorerVersion:
    """Add a version to the scorer ``name`` of an experiment; the first one makes the scorer.

    Raises:
        NotFound, InvalidValue: the experiment does not exist, or is deleted.
    """
    experiments.require_active(conn, experiment_id)
    conn.execute(
        "INSERT INTO scorers VALUES (?, ?, ?) ON CONFLICT (experiment_id, name) DO NOTHING",
        (str(uuid4()), experiment_id, name),
    )
    conn.execute(
        "INSERT INTO scorer_versions SELECT s.id,"
        " (SELECT COALESCE(MAX(version), 0) + 1 FROM scorer_versions WHERE scorer_id = s.id), ?, ?"
        " FROM scorers s WHERE s.experiment_id = ? AND s.name = ?",
        (body, now_ms(), experiment_id, name),
    )
    return get(conn, experiment_id, name)


def get(
    conn: sqlite3.Connection, experiment_id: int, name: str, version: int | None = None
) -> ScorerVersion:
    """One version of a scorer, the newest if none is named.

    Raises:
        NotFound: there is no such experiment, scorer or version.
        InvalidValue: the experiment is deleted.
    """
    found = versions(conn, experiment_id, name)
    if version is None:
        return found[-1]
    for scorer in found:
        if scorer.version == version:
            return scorer
    raise NotFound(_absent(experiment_id, name, version))


def versions(conn: sqlite3.Connection, experiment_id: int, name: str) -> list[ScorerVersion]:
    """All versions of a scorer, oldest first; at least one.

    Raises:
        NotFound: there is no such experiment or scorer.
        InvalidValue: the experiment is deleted.
    """
    experiments.require_active(conn, experiment_id)
    rows = conn.execute(
        f"{_SELECT} WHERE s.experiment_id = ? AND s.name = ? ORDER BY v.version",
        (experiment_id, name),
    ).fetchall()
    if not rows:
        raise NotFound(_absent(experiment_id, name))
    return [ScorerVersion(*row) for row in rows]


def newest(
    conn: sqlite3.Connection, experiment_ids: Sequence[int] | None = None
) -> list[ScorerVersion]:
    """The newest version of each scorer of these experiments (None: of all), those that are not deleted."""
    wanted = None if experiment_ids is None else json.dumps(list(experiment_ids))
    rows = conn.execute(
        f"{_SELECT} JOIN experiments e ON e.id = s.experiment_id WHERE {_NEWEST}"
        " AND e.lifecycle_stage = 'active'"
        " AND (?1 IS NULL OR e.id IN (SELECT value FROM json_each(?1))) ORDER BY e.id, s.name",
        (wanted,),
    )
    return [ScorerVersion(*row) for row in rows]


def of_experiment(conn: sqlite3.Connection, experiment_id: int) -> list[ScorerVersion]:
    """The newest version of each scorer of one experiment.

    Raises:
        NotFound, InvalidValue: the experiment does not exist, or is deleted.
    """
    experiments.require_active(conn, experiment_id)
    return newest(conn, [experiment_id])


def delete(
    conn: sqlite3.Connection, experiment_id: int, name: str, version: int | None = None
) -> None:
    """Delete one version of a scorer, or the scorer with all of them.

    Raises:
        NotFound: there is no such experiment, scorer or version.
        InvalidValue: the experiment is deleted.
    """
    scorer = get(conn, experiment_id, name, version)
    if version is None:
        conn.execute("DELETE FROM scorers WHERE id = ?", (scorer.scorer_id,))
    else:
        conn.execute(
            "DELETE FROM scorer_versions WHERE scorer_id = ? AND version = ?",
            (scorer.scorer_id, version),
        )


def _absent(experiment_id: int, name: str, version: int | None = None) -> str:
    which = "" if version is None else f" and version {version}"
    return f"Scorer with name '{name}'{which} not found for experiment {experiment_id}."
