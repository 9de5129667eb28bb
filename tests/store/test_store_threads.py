"""Transactions, what is announced and when, and what a killed process leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.entities import Change
from jupyterlab_mlops.errors import Conflict
from jupyterlab_mlops.store import candidates, experiments
from jupyterlab_mlops.store.migrate import migrate, migrations
from jupyterlab_mlops.store.store import Store, connect


async def test_a_write_that_fails_leaves_nothing_and_is_told_to_its_caller(store: Store) -> None:
    def fail(conn: Any) -> None:
        experiments.create(conn, "half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(fail)
    assert await store.read(experiments.by_name, "half") is None
    await store.write(experiments.create, "whole")
    assert await store.read(experiments.by_name, "whole")


async def test_changes_are_announced_after_the_commit_and_once(store: Store) -> None:
    seen: list[tuple[list[Change], bool]] = []

    def listen(changes: list[Change]) -> None:
        # Another connection sees it already.
        with sqlite3.connect(store.path) as other:
            visible = other.execute("SELECT COUNT(*) FROM candidates").fetchone()[0] == 1
        other.close()
        seen.append((changes, visible))

    experiment = await store.write(experiments.create, "e")
    await store.write(lambda conn: None)  # that of the experiment has been announced by now
    store.on_change(listen)

    def write(conn: Any) -> None:
        id = candidates.create(conn, experiment, origin="explicit", name="a")
        candidates.set_tags(conn, id, {"x": "1"})
        candidates.set_tags(conn, id, {"y": "2"})

    await store.write(write)
    await store.write(lambda conn: None)  # the announcement of one write comes before the next
    ((changes, visible),) = seen
    assert visible
    assert [change.kind for change in changes] == ["candidate"]


async def test_a_listener_that_fails_stops_neither_the_others_nor_later_writes(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def closed(_changes: list[Change]) -> None:
        raise RuntimeError("Event loop is closed")

    store.on_change(closed)
    store.on_change(lambda changes: told.extend(change.kind for change in changes))
    await store.write(experiments.create, "one")
    await asyncio.wait_for(store.write(experiments.create, "two"), 30)
    await store.write(lambda conn: None)
    assert told == ["experiment", "experiment"]
    assert "could not be told" in caplog.text


async def test_readers_see_one_state_while_a_write_goes_on(store: Store) -> None:
    experiment = await store.write(experiments.create, "e")

    def many(conn: Any) -> None:
        for number in range(300):
            candidates.create(conn, experiment, origin="explicit", name=str(number))

    def count(conn: Any) -> int:
        return int(conn.execute("SELECT COUNT(*) FROM candidates").fetchone()[0])

    writing = asyncio.ensure_future(store.write(many))
    counts = {await store.read(count) for _ in range(20)}
    await writing
    assert counts <= {0, 300}


async def test_closing_does_not_wait_for_work_that_no_thread_has_begun(tmp_path: Path) -> None:
    store = Store(tmp_path)
    begun = []

    def work() -> None:
        begun.append(1)
        time.sleep(0.3)

    waiting = [asyncio.ensure_future(store.in_thread(work)) for _ in range(40)]
    await asyncio.sleep(0.1)
    started = len(begun)
    await asyncio.get_running_loop().run_in_executor(None, store.close)
    assert 0 < started == len(begun) < 40
    await asyncio.gather(*waiting, return_exceptions=True)


def test_a_closed_store_has_written_what_was_queued_and_takes_nothing_more(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(50):
        store.submit(experiments.create, f"e{number}")
    store.close()
    store.close()
    with pytest.raises(RuntimeError, match="closed"):
        store.submit(experiments.create, "late")
    with Store(tmp_path) as again:
        assert len(again.read_sync(experiments.list_all)) >= 50


def test_connections_that_make_a_database_at_the_same_moment_wait_for_each_other(
    tmp_path: Path,
) -> None:
    count, rounds = 4, 60
    for number in range(rounds):
        ready = threading.Barrier(count)

        def opened(path: Path = tmp_path / f"{number}.db", ready: threading.Barrier = ready) -> str:
            ready.wait(30)
            with contextlib.closing(connect(path)) as conn:
                return str(conn.execute("PRAGMA journal_mode").fetchone()[0])

        with ThreadPoolExecutor(count) as pool:
            modes = [pool.submit(opened) for _ in range(count)]
            assert [mode.result(60) for mode in modes] == ["wal"] * count


def test_two_processes_write_to_one_data_directory(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from jupyterlab_mlops.store import experiments
        from jupyterlab_mlops.store.store import Store
        with Store(sys.argv[1]) as store:
            for number in range(100):
                store.write_sync(experiments.create, f"{sys.argv[2]} {number}")
        """
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in ("a", "b")
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    with Store(tmp_path) as store:
        names = {each.name for each in store.read_sync(experiments.list_all)}
        assert {f"{who} {n}" for who in "ab" for n in range(100)} <= names


def test_what_a_killed_process_was_told_is_kept(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from jupyterlab_mlops.store import experiments
        from jupyterlab_mlops.store.store import Store
        store = Store(sys.argv[1])
        number = 0
        while True:
            store.write_sync(experiments.create, f"e{number}")
            print(number, flush=True)
            number += 1
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    last = 0
    while last < 40:
        last = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    told = [*map(int, process.stdout.read().split()), last]
    process.wait()
    process.stdout.close()
    with Store(tmp_path) as store:
        names = {each.name for each in store.read_sync(experiments.list_all)}
        assert {f"e{number}" for number in range(max(told) + 1)} <= names
        assert (
            store.read_sync(lambda conn: conn.execute("PRAGMA integrity_check").fetchone()[0])
            == "ok"
        )


# -- migrations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [number for number, _, _ in migrations()])
def test_every_old_schema_is_brought_to_the_newest(tmp_path: Path, number: int) -> None:
    old = connect(tmp_path / "old.db")
    migrate(old, upto=number)
    assert migrate(old) == migrations()[-1][0]
    new = connect(tmp_path / "new.db")
    migrate(new)
    query = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    assert [tuple(row) for row in old.execute(query)] == [tuple(row) for row in new.execute(query)]
    old.close()
    new.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    conn = connect(tmp_path / "mlops.db")
    conn.execute("PRAGMA user_version = 999")
    with pytest.raises(Conflict, match="Install a newer jupyterlab-mlops"):
        migrate(conn)
    assert conn.execute("PRAGMA user_version").fetchone()[0] == 999
    conn.close()


def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mlops.db").write_bytes(b"not a database, but a text that is long enough\n" * 50)
    with pytest.raises(Conflict, match=r"mlops\.db cannot be used.*choose another data_dir"):
        Store(tmp_path)


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    conn = connect(tmp_path / "mlops.db")
    assert migrate(conn) == migrate(conn)
    conn.close()
