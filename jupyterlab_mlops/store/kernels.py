"""Kernels that were seen, which server process owns them, and how their notebooks are recorded."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidValue
from . import experiments
from .changes import changed
from .store import now_ms

MODES = ("auto", "manual", "off")
#: How many entries the diagnostics keep.
DIAGNOSTICS_KEPT = 1000


def open_kernel(
    conn: sqlite3.Connection,
    id: str,
    *,
    server: str,
    name: str = "",
    language: str = "",
    notebook: str | None = None,
) -> None:
    """Record that a kernel is alive and owned by ``server``; known ones are taken over."""
    conn.execute(
        """
        INSERT INTO kernels (id, server, name, language, notebook, started_ms)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET server = excluded.server, ended_ms = NULL,
          name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END,
          language = CASE excluded.language WHEN '' THEN language ELSE excluded.language END,
          notebook = COALESCE(excluded.notebook, notebook)
        """,
        (id, server, name, language, notebook, now_ms()),
    )


def set_language(conn: sqlite3.Connection, id: str, language: str) -> None:
    """Record the language of a kernel that no kernelspec describes."""
    conn.execute("UPDATE kernels SET language = ? WHERE id = ?", (language, id))


def close_kernel(conn: sqlite3.Connection, id: str) -> None:
    """Record that a kernel is gone."""
    conn.execute(
        "UPDATE kernels SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL", (now_ms(), id)
    )


def get_kernel(conn: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    """A kernel's row as a dict, ``agent`` decoded; None when it was never seen."""
    row = conn.execute("SELECT * FROM kernels WHERE id = ?", (id,)).fetchone()
    if row is None:
        return None
    return {**dict(row), "agent": json.loads(row["agent"]) if row["agent"] else None}


def alive(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """(id, server) of kernels that have not ended as far as we know."""
    rows = conn.execute("SELECT id, server FROM kernels WHERE ended_ms IS NULL")
    return [(row["id"], row["server"]) for row in rows]


def is_over(conn: sqlite3.Connection, id: str, *, unknown: bool = True) -> bool:
    """Whether a kernel has ended; ``unknown`` is the answer for one that no recorder has announced."""
    row = conn.execute("SELECT ended_ms FROM kernels WHERE id = ?", (id,)).fetchone()
    return unknown if row is None else row["ended_ms"] is not None


def set_notebook(conn: sqlite3.Connection, id: str, notebook: str | None) -> None:
    """The notebook that a kernel runs for now (contents path)."""
    conn.execute("UPDATE kernels SET notebook = ? WHERE id = ?", (notebook, id))


def set_agent(conn: sqlite3.Connection, id: str, hello: dict[str, Any]) -> None:
    """What the agent said of itself."""
    conn.execute("UPDATE kernels SET agent = ? WHERE id = ?", (json.dumps(hello), id))


def set_environment(conn: sqlite3.Connection, id: str, sha256: str) -> None:
    """The blob with what the kernel's interpreter has installed."""
    conn.execute("UPDATE kernels SET environment = ? WHERE id = ?", (sha256, id))


def applied_seq(conn: sqlite3.Connection, id: str) -> int:
    """The number of the last finding of this kernel that was applied; 0 when there is none."""
    row = conn.execute("SELECT applied_seq FROM kernels WHERE id = ?", (id,)).fetchone()
    return int(row[0]) if row else 0


def set_applied_seq(conn: sqlite3.Connection, id: str, seq: int) -> None:
    """Everything up to ``seq`` is applied. A kernel that nobody announced is taken as ended."""
    conn.execute(
        "INSERT INTO kernels (id, server, started_ms, ended_ms, applied_seq) VALUES (?, '', ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET applied_seq = excluded.applied_seq",
        (id, now_ms(), now_ms(), seq),
    )


@dataclass(frozen=True, slots=True)
class ModeHistory:
    """The mode from ``changed_ms`` on, and the one before."""

    now: str
    before: str
    changed_ms: int

    def at(self, time_ms: int | None) -> str:
        """The mode at a time; None is now."""
        return self.before if time_ms is not None and time_ms < self.changed_ms else self.now


def set_mode(conn: sqlite3.Connection, notebook: str, mode: str | None) -> None:
    """Record a notebook in ``mode`` (auto, manual, off); None: as the server's setting says.

    Raises:
        InvalidValue: an unknown mode.
    """
    if mode is not None and mode not in MODES:
        raise InvalidValue(f"recording mode {mode!r} is not one of {', '.join(MODES)}")
    conn.execute(
        "INSERT INTO recording_modes VALUES (?, ?, NULL, ?) ON CONFLICT DO UPDATE SET"
        " before = mode, mode = excluded.mode, changed_ms = excluded.changed_ms",
        (notebook, mode, now_ms()),
    )
    changed(conn, "recording", notebook)


def set_default_mode(conn: sqlite3.Connection, mode: str) -> None:
    """The server's setting, for notebooks without one of their own.

    Raises:
        InvalidValue: an unknown mode.
    """
    if mode not in MODES:
        raise InvalidValue(f"recording mode {mode!r} is not one of {', '.join(MODES)}")
    conn.execute(
        "INSERT INTO meta VALUES ('recording', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (mode,),
    )


def mode_of(conn: sqlite3.Connection, notebook: str | None) -> str:
    """How a notebook is recorded now: its own mode, else the server's setting."""
    return mode_history(conn, notebook).now


def is_paused(conn: sqlite3.Connection, notebook: str) -> bool:
    """Whether somebody has paused the recording of this notebook."""
    row = conn.execute(
        "SELECT mode FROM recording_modes WHERE notebook = ?", (notebook,)
    ).fetchone()
    return row is not None and row[0] == "off"


def mode_history(conn: sqlite3.Connection, notebook: str | None) -> ModeHistory:
    """How a notebook is recorded now and was before: what arrives late belongs to the mode of its time."""
    row = conn.execute("SELECT value FROM meta WHERE key = 'recording'").fetchone()
    default = str(row[0]) if row else "auto"
    row = conn.execute(
        "SELECT mode, before, changed_ms FROM recording_modes WHERE notebook = ?", (notebook,)
    ).fetchone()
    if row is None:
        return ModeHistory(default, default, 0)
    return ModeHistory(row[0] or default, row[1] or default, row[2])


def experiment_of(conn: sqlite3.Connection, notebook: str | None) -> int:
    """The experiment of a notebook, made if need be; without a notebook, MLflow's Default."""
    if notebook is None:
        return experiments.ensure(conn, "Default")
    found = experiments.of_notebook(conn, notebook)
    if found is not None:
        return found.id
    return experiments.ensure(conn, experiment_name(notebook), notebook=notebook)


def experiment_name_of(conn: sqlite3.Connection, notebook: str) -> str:
    """The name of a notebook's experiment, whether or not it has been made."""
    found = experiments.of_notebook(conn, notebook)
    return found.name if found else experiment_name(notebook)


def renamed(path: str, old: str, new: str) -> str:
    """``path`` after ``old`` (itself, or a folder above it) was renamed to ``new``."""
    if path == old or path.startswith(f"{old}/"):
        return new + path[len(old) :]
    return path


def follow_rename(conn: sqlite3.Connection, old: str, new: str) -> None:
    """A notebook (or a folder) was renamed: kernels, experiments, modes and what was recorded follow.

    The experiment keeps its candidates. Its name follows as long as it is the one we gave it and
    the new name is free.
    """
    below = "notebook = ?1 OR substr(notebook, 1, length(?1) + 1) = ?1 || '/'"
    for row in conn.execute(
        f"SELECT id, notebook FROM experiments WHERE {below}", (old,)
    ).fetchall():
        _rename_experiment(conn, row["id"], row["notebook"], renamed(row["notebook"], old, new))
    for table in ("kernels", "recording_modes", "notebook_runs", "candidates"):
        conn.execute(
            f"UPDATE OR REPLACE {table} SET notebook = ?2 || substr(notebook, length(?1) + 1)"
            f" WHERE {below}",
            (old, new),
        )


def _rename_experiment(conn: sqlite3.Connection, id: int, old: str, new: str) -> None:
    name = conn.execute("SELECT name FROM experiments WHERE id = ?", (id,)).fetchone()[0]
    wanted = experiment_name(new)
    taken = conn.execute("SELECT 1 FROM experiments WHERE name = ?", (wanted,)).fetchone()
    conn.execute(
        "UPDATE experiments SET notebook = ?, name = ?, updated_ms = ? WHERE id = ?",
        (new, wanted if name == experiment_name(old) and not taken else name, now_ms(), id),
    )
    changed(conn, "experiment", str(id))


def experiment_name(notebook: str) -> str:
    """The default experiment of a notebook: its path without suffix."""
    return notebook[: -len(".ipynb")] if notebook.endswith(".ipynb") else notebook


def diagnose(
    conn: sqlite3.Connection, part: str, message: str, kernel_id: str | None = None
) -> None:
    """Keep a note about something that went wrong without disturbing anybody."""
    conn.execute(
        "INSERT INTO diagnostics (time_ms, part, kernel_id, message) VALUES (?, ?, ?, ?)",
        (now_ms(), part, kernel_id, message[:2000]),
    )
    conn.execute(
        "DELETE FROM diagnostics WHERE id <= (SELECT max(id) FROM diagnostics) - ?",
        (DIAGNOSTICS_KEPT,),
    )


def diagnostics(conn: sqlite3.Connection, *, limit: int = 100) -> list[dict[str, Any]]:
    """The newest notes first: time_ms, part, kernel_id, message."""
    rows = conn.execute(
        "SELECT time_ms, part, kernel_id, message FROM diagnostics ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [dict(row) for row in rows]
