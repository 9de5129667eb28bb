"""Housekeeping deletes what nothing names, and nothing that anything names."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from typing import Any

import pytest

from jupyterlab_mlops.entities import Param
from jupyterlab_mlops.store import (
    artifacts,
    candidates,
    execution_rows,
    experiments,
    housekeeping,
    overview,
    runs,
)
from jupyterlab_mlops.store.housekeeping import DOCUMENTS, HASHES, tidy
from jupyterlab_mlops.store.store import Store, now_ms

OLD_S = 3 * 86_400
#: Text columns that never name a blob: names, states, sources, hashes of other things.
NEVER = {
    "executions": {"small_outputs"},
    "blobs": {"sha256"},  # what is meant to be kept, not what keeps it
    "inputs": {"sha256", "details"},  # files as they were outside; a dataset's JSON
    "outbox": {"files"},  # paths and bytes
    "remote_files": {"sha256"},  # what is there
    "evaluation_datasets": {"digest", "schema"},  # types of fields
    "evaluation_records": {
        "inputs_hash",
        "inputs",
        "outputs",
        "expectations",
        "tags",
    },  # of the client
    "scorer_versions": {"body", "scorer_id"},
    "traces": {"details"},  # previews
    "trace_facts": {"trace_id"},
    "trace_candidates": {"trace_id"},
    "issues": {"severity", "source_run_id", "root_causes", "categories", "metadata"},
}
NEVER_NAMED = {
    "agent", "alias", "artifact_location", "before", "candidate_id", "card", "cell_id", "created_by", "dataset_digest",
    "dataset_id", "dataset_name", "decision", "description", "error", "execution_id", "flavor", "hash", "id", "key", "kernel_id", "kind",
    "language", "lease", "lifecycle_stage", "logged_model_id", "media_type", "message", "mode", "model", "model_class",
    "model_id", "model_type", "models", "name", "names", "notebook", "notebook_run_id", "origin", "owner", "parent_id",
    "part", "path", "project", "relation", "remote", "rule", "server", "signature", "source", "stage", "state",
    "status", "status_message", "trigger", "updated_by", "url", "user_id", "value", "variable", "version",
}  # fmt: skip


def old_blob(store: Store, text: str) -> str:
    """A blob that was stored days ago and was meant to be kept."""
    sha256, size = store.blobs.put(text.encode())
    long_ago = time.time() - OLD_S
    os.utime(store.blobs.path(sha256), (long_ago, long_ago))
    store.write_sync(
        lambda conn: conn.execute(
            "INSERT INTO blobs VALUES (?, ?, ?)", (sha256, size, now_ms() - OLD_S * 1000)
        )
    )
    return sha256


def write(store: Store, statement: str, *values: Any) -> None:
    store.write_sync(lambda conn: conn.execute(statement, values))


def test_every_text_column_either_names_blobs_or_never_does(store: Store) -> None:
    def columns(conn: sqlite3.Connection) -> set[tuple[str, str]]:
        tables = [
            row[0]
            for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith("sqlite_")
        ]
        return {
            (table, row[1])
            for table in tables
            for row in conn.execute(f"PRAGMA table_info({table})")
            if row[2] == "TEXT"
        }

    unknown = {
        (table, column)
        for table, column in store.read_sync(columns)
        if column not in HASHES.get(table, ())
        and column not in DOCUMENTS.get(table, ())
        and column not in NEVER.get(table, ())
        and column not in NEVER_NAMED
    }
    assert unknown == set(), "say in housekeeping.py whether these name blobs"


NAMING = [
    ("artifacts", "INSERT INTO artifacts VALUES ('candidate:x', 'f', ?, 1, '', 0)"),
    ("snapshot", "INSERT INTO notebook_runs (id, kernel_id, status, opened_ms, snapshot) VALUES ('r', 'k', 'FINISHED', 0, ?)"),
    ("patch", "INSERT INTO notebook_runs (id, kernel_id, status, opened_ms, git) VALUES ('r', 'k', 'FINISHED', 0, '{\"patch\": \"' || ? || '\"}')"),
    ("environment", "INSERT INTO kernels (id, server, started_ms, environment) VALUES ('k', '', 0, ?)"),
    ("finding", "INSERT INTO run_findings (kernel_id, kind, body) VALUES ('k', 'artifact', '{\"sha256\": \"' || ? || '\"}')"),
    ("details", "INSERT INTO candidates (id, seq, name, experiment_id, origin, status, details) VALUES ('c', 1, 'n', 0, 'training', 'FINISHED', '{\"x\": \"' || ? || '\"}')"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "statement"), NAMING)
def test_what_is_named_stays(store: Store, what: str, statement: str) -> None:
    sha256 = old_blob(store, what)
    write(store, statement, sha256)
    other = old_blob(store, "nobody names this")
    done = tidy(store)
    assert store.blobs.exists(sha256)
    assert not store.blobs.exists(other)
    assert (done.blobs, done.bytes) == (1, len("nobody names this"))


def test_outputs_stay_as_long_as_their_execution(store: Store) -> None:
    sha256 = old_blob(store, "[]")

    def run(conn: sqlite3.Connection) -> None:
        runs.open_run(conn, "r", "k", opened_ms=0)
        execution_rows.start(
            conn, "e", "r", "k", ordinal=0, source="1", execution_count=1, started_ms=0
        )
        execution_rows.update(conn, "e", outputs=sha256)

    store.write_sync(run)
    tidy(store)
    assert store.blobs.exists(sha256)
    store.write_sync(runs.discard_run, "r")
    tidy(store)
    assert not store.blobs.exists(sha256)


def test_a_purged_candidate_leaves_what_a_version_still_has(store: Store) -> None:
    kept, gone = old_blob(store, "weights"), old_blob(store, "plot")

    def make(conn: sqlite3.Connection) -> str:
        experiment = experiments.ensure(conn, "e")
        id = candidates.create(conn, experiment, origin="training", name="c")
        artifacts.put(conn, artifacts.candidate_owner(id), "model/w", kept, 7)
        artifacts.put(conn, artifacts.candidate_owner(id), "plot.png", gone, 4)
        artifacts.put(conn, artifacts.version_owner(1), "w", kept, 7)
        return id

    id = store.write_sync(make)
    store.write_sync(overview.purge, id)
    tidy(store)
    assert store.blobs.exists(gone)  # it was named a moment ago: it is young
    write(store, "UPDATE blobs SET created_ms = 0")
    tidy(store)
    assert (store.blobs.exists(kept), store.blobs.exists(gone)) == (True, False)


def test_the_attempts_of_a_search_go_for_good_with_it(store: Store) -> None:
    def make(conn: sqlite3.Connection) -> list[str]:
        experiment = experiments.ensure(conn, "e")
        search = candidates.create(conn, experiment, origin="training", name="search")
        made = [search]
        for relation in ("search", "rerun"):
            made.append(
                candidates.create(
                    conn,
                    experiment,
                    origin="training",
                    name=relation,
                    parent_id=search,
                    relation=relation,
                )
            )
        for id in made:
            candidates.set_params(conn, id, [Param("depth", "2")])
        return made

    search, attempt, again = store.write_sync(make)
    store.write_sync(candidates.delete, search)
    store.write_sync(overview.purge, search)

    def left(conn: sqlite3.Connection) -> tuple[list[bool], int]:
        counted = conn.execute("SELECT count FROM keys WHERE name = 'depth'").fetchone()
        return [candidates.exists(conn, id) for id in (search, attempt, again)], counted[0]

    # The catalogue of names counts what is left, and nothing else.
    assert store.write_sync(left) == ([False, False, True], 1)


def test_what_is_young_stays_whoever_names_it(store: Store) -> None:
    sha256, _size = store.blobs.put(b"on its way")
    tidy(store)
    assert store.blobs.exists(sha256)


def test_an_old_blob_that_is_stored_again_is_young_again(store: Store, tmp_path: Any) -> None:
    sha256 = old_blob(store, "again")
    source = tmp_path / "old file"
    source.write_text("again")
    os.utime(source, (1, 1))
    assert store.blobs.put_file(source, move=True)[0] == sha256
    tidy(store)
    assert store.blobs.exists(sha256)


def test_abandoned_work_is_removed_and_work_in_progress_is_not(store: Store) -> None:
    for name, age in (("dead", OLD_S), ("alive", 0)):
        directory = store.data_dir / "staging" / name
        directory.mkdir(parents=True)
        (directory / "file").write_text("x")
        for path in (directory / "file", directory):
            os.utime(path, (time.time() - age,) * 2)
    assert tidy(store).directories == 1
    assert [path.name for path in (store.data_dir / "staging").iterdir()] == ["alive"]


def test_hashes_are_found_in_documents_whole_only(store: Store) -> None:
    sha256 = hashlib.sha256(b"x").hexdigest()
    body = f'{{"a": "{sha256}", "b": "{sha256}0"}}'
    write(store, "INSERT INTO run_findings (kernel_id, kind, body) VALUES ('k', 'x', ?)", body)
    assert store.read_sync(housekeeping.named) == {sha256}
