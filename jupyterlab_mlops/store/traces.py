"""Traces of MLflow's clients: what is known of each. Their spans are a file of the trace, ``traces.json``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidValue, NotFound
from . import artifacts, experiments

#: The states of a trace, in MLflow's words.
STATES = ("STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS")
#: Where the client is to put the spans; given by the server.
LOCATION_TAG = "mlflow.artifactLocation"


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace. Times in ms; ``details`` is what clients say of it beyond this (previews, a request's id)."""

    id: str
    experiment_id: int
    start_ms: int
    duration_ms: int | None
    state: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


def put(conn: sqlite3.Connection, trace: Trace) -> None:
    """Keep a trace; one of the same id is replaced, with the tags and metadata that are not named kept.

    Raises:
        NotFound: there is no such experiment.
        InvalidValue: no such state.
    """
    experiments.get(conn, trace.experiment_id)
    if trace.state not in STATES:
        raise InvalidValue(f"Invalid trace state '{trace.state}'. Use one of {', '.join(STATES)}.")
    conn.execute(
        "INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET start_ms = excluded.start_ms,"
        " duration_ms = excluded.duration_ms, state = excluded.state, details = excluded.details",
        (
            trace.id, trace.experiment_id, trace.start_ms, trace.duration_ms, trace.state,
            json.dumps(trace.details, ensure_ascii=False),
        ),
    )  # fmt: skip
    location = experiments.locations(conn).get(trace.experiment_id)
    root = (location or f"mlflow-artifacts:/{trace.experiment_id}").rstrip("/")
    place = {LOCATION_TAG: f"{root}/traces/{trace.id}/artifacts"}
    _set(conn, trace.id, "tag", {**trace.tags, **place})
    _set(conn, trace.id, "metadata", trace.metadata)


def get(conn: sqlite3.Connection, id: str) -> Trace:
    """A trace.

    Raises:
        NotFound: there is none of this id.
    """
    found = by_ids(conn, [id])
    if not found:
        raise NotFound(f"Trace with ID '{id}' not found.")
    return found[0]


def by_ids(conn: sqlite3.Connection, ids: Sequence[str]) -> list[Trace]:
    """The traces of these ids that are there, in this order."""
    wanted = json.dumps(list(ids))
    facts: dict[tuple[str, str], dict[str, str]] = {}
    for id, kind, name, value in conn.execute(
        "SELECT trace_id, kind, name, value FROM trace_facts"
        " WHERE trace_id IN (SELECT value FROM json_each(?)) ORDER BY trace_id, kind, name",
        (wanted,),
    ):
        facts.setdefault((id, kind), {})[name] = value
    found = {}
    for id, experiment_id, start_ms, duration_ms, state, details in conn.execute(
        "SELECT id, experiment_id, start_ms, duration_ms, state, details FROM traces"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (wanted,),
    ):
        found[id] = Trace(
            id,
            experiment_id,
            start_ms,
            duration_ms,
            state,
            metadata=facts.get((id, "metadata"), {}),
            tags=facts.get((id, "tag"), {}),
            details=json.loads(details),
        )
    return [found[id] for id in ids if id in found]


def set_tags(conn: sqlite3.Connection, id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a trace.

    Raises:
        NotFound: there is no such trace.
    """
    get(conn, id)
    _set(conn, id, "tag", tags)


def delete_tag(conn: sqlite3.Connection, id: str, name: str) -> None:
    """Take a tag from a trace.

    Raises:
        NotFound: there is no such trace, or it has no such tag.
    """
    gone = conn.execute(
        "DELETE FROM trace_facts WHERE trace_id = ? AND kind = 'tag' AND name = ?", (id, name)
    )
    if not gone.rowcount:
        raise NotFound(f"No trace tag with key '{name}' for trace with ID '{id}'")


def link_run(conn: sqlite3.Connection, run_id: str, ids: Sequence[str]) -> None:
    """Say that traces belong to a run, also before they have arrived: a search for the run finds them."""
    conn.executemany(
        "INSERT OR IGNORE INTO trace_candidates VALUES (?, ?)", [(id, run_id) for id in ids]
    )


def delete(
    conn: sqlite3.Connection,
    experiment_id: int,
    *,
    until_ms: int | None = None,
    most: int | None = None,
    ids: Sequence[str] | None = None,
) -> int:
    """Delete traces of an experiment with their spans: those that began until a time, or those of these ids;
    the oldest first. Returns how many."""
    doomed = [
        row[0]
        for row in conn.execute(
            "SELECT id FROM traces WHERE experiment_id = ? AND (? IS NULL OR start_ms <= ?)"
            " AND (? IS NULL OR id IN (SELECT value FROM json_each(?))) ORDER BY start_ms, id LIMIT ?",
            (
                experiment_id, until_ms, until_ms,
                *([None if ids is None else json.dumps(list(ids))] * 2),
                -1 if most is None else most,
            ),
        ).fetchall()
    ]  # fmt: skip
    for id in doomed:
        artifacts.remove(conn, artifacts.trace_owner(id), "")
        conn.execute("DELETE FROM traces WHERE id = ?", (id,))
        conn.execute("DELETE FROM trace_candidates WHERE trace_id = ?", (id,))
    return len(doomed)


def _set(conn: sqlite3.Connection, id: str, kind: str, values: Mapping[str, str]) -> None:
    conn.executemany(
        "INSERT INTO trace_facts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        [(id, kind, name, value) for name, value in values.items()],
    )
