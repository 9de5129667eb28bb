"""Rows out of one store and into another. Experiments and versions are matched by name, the rest by id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import keys
from .changes import changed

#: What is carried, in an order in which references point backwards. Kernels, queues and remotes stay.
TABLES = (
    "blobs", "experiments", "experiment_tags", "notebook_runs", "executions", "candidates", "params", "tags",
    "metrics", "metric_points", "inputs", "logged_models", "logged_model_metrics", "candidate_outputs", "models",
    "model_tags", "model_versions", "model_version_tags", "model_aliases", "artifacts", "keys",
)  # fmt: skip
#: Columns that are numbered by each store for itself.
_NUMBERED = {"logged_model_metrics": "id"}


def schema_number(conn: sqlite3.Connection) -> int:
    """The schema's number."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def rows(conn: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Every row of a table as a mapping."""
    if table not in TABLES:
        raise KeyError(table)
    for row in conn.execute(f"SELECT * FROM {table}"):
        yield dict(row)


def blobs(conn: sqlite3.Connection) -> list[str]:
    """The hashes of all blobs."""
    return [row[0] for row in conn.execute("SELECT sha256 FROM blobs ORDER BY sha256")]


def bring_in(
    conn: sqlite3.Connection, tables: Mapping[str, Sequence[dict[str, Any]]]
) -> dict[str, int]:
    """Add what is not here; returns how many rows of each table were added.

    A candidate that is here keeps everything it has; of one that is new everything comes along. A version is the same
    as the one here of its semantic version; a new one whose number is taken gets the next.
    """
    added: dict[str, int] = {}
    experiment_ids = _experiments(conn, tables.get("experiments", ()), added)
    known = frozenset(row[0] for row in conn.execute("SELECT id FROM candidates"))
    arrivals = _Arrivals(conn, known, experiment_ids)
    for table in TABLES:
        if table in ("experiments", "keys"):
            continue
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        for row in tables.get(table, ()):
            here = arrivals.fitted(
                table, {name: value for name, value in row.items() if name in columns}
            )
            if here is None:
                continue
            cursor = conn.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(here)}) VALUES ({', '.join('?' * len(here))})",
                tuple(here.values()),
            )
            if cursor.rowcount:
                added[table] = added.get(table, 0) + 1
                if table == "model_versions":
                    arrivals.version_ids[row["id"]] = int(cursor.lastrowid or 0)
    conn.execute(
        "UPDATE models SET last_number = MAX(last_number,"
        " COALESCE((SELECT MAX(number) FROM model_versions WHERE model = models.name), 0))"
    )
    for experiment_id in set(experiment_ids.values()):
        keys.recount(conn, experiment_id)
    for row in tables.get("candidates", ()):
        if row["id"] not in known:
            changed(conn, "candidate", row["id"])
    for id in arrivals.version_ids.values():
        changed(conn, "version", str(id))
    return added


@dataclass(frozen=True)
class _Arrivals:
    """Rows on their way in: what is numbered by each store for itself gets its numbers here.

    ``known``: candidates that were here before. Maps from numbers in the export to numbers here: ``experiment_ids``,
    ``version_ids`` of the versions that came, ``numbers`` of the versions of each model, here before or not.
    """

    conn: sqlite3.Connection
    known: frozenset[str]
    experiment_ids: Mapping[int, int]
    version_ids: dict[int, int] = field(default_factory=dict)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    def fitted(self, table: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """A row as it is kept here; None if it is here already, or belongs to what is."""
        if values.get("experiment_id") is not None:
            id = values["experiment_id"]
            values["experiment_id"] = self.experiment_ids.get(id, id)
        if values.get("candidate_id") in self.known and table != "model_versions":
            return None
        if table == "candidates":
            if values["id"] in self.known:
                return None
            values["seq"] = self._first("SELECT COALESCE(MAX(seq), 0) + 1 FROM candidates")
        elif table == "artifacts":
            return self._artifact(values)
        elif table == "model_versions":
            return self._version(values)
        elif table == "model_version_tags":
            if values["version_id"] not in self.version_ids:
                return None
            values["version_id"] = self.version_ids[values["version_id"]]
        elif table == "model_aliases":
            values["number"] = self.numbers.get(
                (values["model"], values["number"]), values["number"]
            )
        values.pop(_NUMBERED.get(table, ""), None)
        return values

    def _version(self, values: dict[str, Any]) -> dict[str, Any] | None:
        model, number = values["model"], values["number"]
        here = self._first(
            "SELECT number FROM model_versions WHERE model = ? AND version = ?",
            model,
            values["version"],
        )
        if here is None and self._first(
            "SELECT 1 FROM model_versions WHERE model = ? AND number = ?", model, number
        ):
            values["number"] = 1 + self._first(
                "SELECT MAX(v.number, m.last_number) FROM models m,"
                " (SELECT MAX(number) AS number FROM model_versions WHERE model = ?1) v WHERE m.name = ?1",
                model,
            )
        self.numbers[model, number] = values["number"] if here is None else here
        del values["id"]
        return values if here is None else None

    def _artifact(self, values: dict[str, Any]) -> dict[str, Any] | None:
        """A file, if its owner came along."""
        kind, _, id = values["owner"].partition(":")
        if kind == "version":
            if int(id) not in self.version_ids:
                return None
            values["owner"] = f"version:{self.version_ids[int(id)]}"
        return None if kind == "candidate" and id in self.known else values

    def _first(self, query: str, *bound: object) -> Any:
        """The first value that a query finds; None if it finds nothing."""
        row = self.conn.execute(query, bound).fetchone()
        return None if row is None else row[0]


def _experiments(
    conn: sqlite3.Connection, given: Sequence[dict[str, Any]], added: dict[str, int]
) -> dict[int, int]:
    """Number in the export → number here."""
    ids = {}
    for row in given:
        found = conn.execute("SELECT id FROM experiments WHERE name = ?", (row["name"],)).fetchone()
        if found is None:
            values = {name: value for name, value in row.items() if name != "id"}
            cursor = conn.execute(
                f"INSERT INTO experiments ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )
            ids[row["id"]] = int(cursor.lastrowid or 0)
            added["experiments"] = added.get("experiments", 0) + 1
        else:
            ids[row["id"]] = int(found[0])
    return ids
