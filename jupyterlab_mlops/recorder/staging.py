"""Keep the models of candidates while their kernel still lives, so that they can be registered later."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..entities import Artifact
from ..errors import Conflict
from ..registry import STAGED_FACTS
from ..store import artifacts, candidates, kernels, runs
from ..store.store import Connection, Store

#: Where a candidate's model is among its artifacts.
FOLDER = "model/"
#: How long the kernel may take to write one model (s).
TIMEOUT_S = 300.0

Ask = Callable[[Mapping[str, Any], float], Awaitable[dict[str, Any]]]


async def keep_models(store: Store, ask: Ask, run_ids: Sequence[str], max_bytes: int) -> int:
    """Have the kernel write the models of these runs' candidates; returns how many were kept.

    A model that cannot be written, or is larger than ``max_bytes``, is noted in the diagnostics.
    """
    kept = 0
    for candidate_id in await store.read(_wanting, run_ids):
        directory = await store.in_thread(_directory, store)
        try:
            request = {"do": "stage", "candidate": candidate_id, "directory": str(directory)}
            try:
                answer = await ask(request, TIMEOUT_S)
                if answer.get("error"):
                    raise Conflict(str(answer["error"]))
                files = await store.in_thread(take, store, directory, answer["files"], max_bytes)
            except Conflict as conflict:
                await store.write(_note, candidate_id, conflict.message)
                continue
            if files is None:
                limit = f"the model is larger than {max_bytes >> 20} MB and was not kept"
                await store.write(_note, candidate_id, limit)
                continue
            await store.write(_attach, candidate_id, files, answer)
            kept += 1
        finally:
            await store.in_thread(shutil.rmtree, directory, ignore_errors=True)
    return kept


def _wanting(conn: Connection, run_ids: Sequence[str]) -> list[str]:
    """Candidates with a model of their own whose files are not here yet."""
    found = []
    for run_id in run_ids:
        for id in runs.run_candidates(conn, run_id):
            head = candidates.head(conn, id)
            owner = artifacts.candidate_owner(id)
            if (
                head.model_class
                and (head.parent_id is None or head.relation == "rerun")
                and not artifacts.list_all(conn, owner, FOLDER)
            ):
                found.append(id)
    return found


def _directory(store: Store) -> Path:
    parent = store.data_dir.resolve() / "staging"
    parent.mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent))


def take(
    store: Store,
    directory: Path,
    listed: Sequence[Mapping[str, Any]],
    max_bytes: int | None = None,
) -> list[Artifact] | None:
    """Move what a kernel wrote into the blobs; None when the files are larger than ``max_bytes`` together.

    Raises:
        Conflict: a listed file is not a plain file below ``directory``, or the disk is full.
    """
    root = directory.resolve()
    paths: list[Path] = []
    for entry in listed:
        path = root / str(entry["path"])
        if path.is_symlink() or not path.resolve().is_relative_to(root) or not path.is_file():
            raise Conflict(f"the kernel listed {entry['path']!r}, which is not a file it wrote")
        paths.append(path)
    if max_bytes is not None and sum(path.stat().st_size for path in paths) > max_bytes:
        return None
    taken = []
    for path in paths:
        name = path.relative_to(root).as_posix()
        with full_disk_told():
            sha256, size = store.blobs.put_file(path, move=os.name == "posix")
        taken.append(Artifact(name, sha256, size, artifacts.media_type_of(name)))
    return taken


@contextlib.contextmanager
def full_disk_told() -> Iterator[None]:
    """Say in words that there is no room.

    Raises:
        Conflict: the disk or the quota is full.
    """
    try:
        yield
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Conflict(
                "the disk is full: nothing was kept; free some space and try again"
            ) from failure
        raise


def _attach(
    conn: Connection, candidate_id: str, files: Sequence[Artifact], answer: Mapping[str, Any]
) -> None:
    owner = artifacts.candidate_owner(candidate_id)
    artifacts.put_all(conn, owner, [replace(file, path=FOLDER + file.path) for file in files])
    facts = {key: answer[key] for key in STAGED_FACTS if answer.get(key)}
    candidates.update(conn, candidate_id, details={"model": facts})


def _note(conn: Connection, candidate_id: str, problem: str) -> None:
    head = candidates.head(conn, candidate_id)
    text = f"the model of candidate {candidate_id} was not kept: {problem}"
    kernels.diagnose(conn, "recorder", text, head.kernel_id)
