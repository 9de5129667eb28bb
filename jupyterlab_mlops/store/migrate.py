"""Bring a database to the newest schema: numbered SQL files, each in one transaction with its record."""

from __future__ import annotations

import sqlite3
from importlib.resources import files

from ..errors import Conflict


def migrations() -> list[tuple[int, str, str]]:
    """All migrations in order, as (number, file name, SQL)."""
    found = []
    for entry in files(__package__).joinpath("migrations").iterdir():
        if entry.name.endswith(".sql"):
            found.append((int(entry.name.split("_", 1)[0]), entry.name, entry.read_text("utf-8")))
    return sorted(found)


def migrate(conn: sqlite3.Connection, *, upto: int | None = None) -> int:
    """Apply what is missing and return the schema's number; ``upto`` stops early (tests).

    Raises:
        Conflict: the file was written by a newer version of this package.
    """
    known = migrations()
    newest = known[-1][0]
    present: int = conn.execute("PRAGMA user_version").fetchone()[0]
    if present > newest:
        raise Conflict(
            f"The database has schema {present}, this version of jupyterlab-mlops knows up to "
            f"{newest}. Install a newer jupyterlab-mlops or choose another data_dir."
        )
    for number, _name, sql in known:
        if number <= present or (upto is not None and number > upto):
            continue
        # Another process may have migrated while we waited for the lock: look again inside it.
        conn.execute("BEGIN EXCLUSIVE")
        try:
            if conn.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in _statements(sql):
                    conn.execute(statement)
                conn.execute(f"PRAGMA user_version = {number}")
            conn.execute("COMMIT")
        except BaseException:
            conn.execute("ROLLBACK")
            raise
        present = number
    return present


def _statements(sql: str) -> list[str]:
    """Split a script at the statement ends that SQLite itself recognises."""
    statements, buffer = [], ""
    for line in sql.splitlines(keepends=True):
        buffer += line
        if sqlite3.complete_statement(buffer):
            statements.append(buffer)
            buffer = ""
    if buffer.strip() and not all(
        line.strip().startswith("--") or not line.strip() for line in buffer.splitlines()
    ):
        statements.append(buffer)
    return statements
