"""Keep the models of candidates while their kernel still lives, so that they can be registered later."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import Conflict, InvalidValue
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
                problem = answer.get("error")
            except Conflict as conflict:
                problem = conflict.message
            if problem:
                await store.write(_note, candidate_id, str(problem))
                continue
            files = await store.in_thread(_take, store, directory, answer["files"], max_bytes)
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
                and not head.parent_id
                and not artifacts.list_all(conn, owner, FOLDER)
            ):
                found.append(id)
    return found


def _directory(store: Store) -> Path:
    parent = store.data_dir / "staging"
    parent.mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent))


def _take(
    store: Store, directory: Path, listed: Sequence[Mapping[str, Any]], max_bytes: int
) -> list[tuple[str, str, int]] | None:
    """Move the files into the blobs: (path, sha256, size). None when they are too large together.

    Raises:
        InvalidValue: a file that is not one below ``directory``.
    """
    root = directory.resolve()
    paths: list[Path] = []
    for entry in listed:
        path = root / str(entry["path"])
        if path.is_symlink() or not path.resolve().is_relative_to(root) or not path.is_file():
            raise InvalidValue(f"{entry['path']!r} is not a file that the kernel wrote")
        paths.append(path)
    if sum(path.stat().st_size for path in paths) > max_bytes:
        return None
    taken = []
    for path in paths:
        name = path.relative_to(root).as_posix()
        taken.append((name, *store.blobs.put_file(path, move=True)))
    return taken


def _attach(
    conn: Connection,
    candidate_id: str,
    files: Sequence[tuple[str, str, int]],
    answer: Mapping[str, Any],
) -> None:
    owner = artifacts.candidate_owner(candidate_id)
    for path, sha256, size in files:
        artifacts.put(conn, owner, FOLDER + path, sha256, size, artifacts.media_type_of(path))
    facts = {
        key: answer[key]
        for key in ("flavor", "signature", "example", "class", "warnings")
        if answer.get(key)
    }
    candidates.update(conn, candidate_id, details={"model": facts})


def _note(conn: Connection, candidate_id: str, problem: str) -> None:
    head = candidates.head(conn, candidate_id)
    text = f"the model of candidate {candidate_id} was not kept: {problem}"
    kernels.diagnose(conn, "recorder", text, head.kernel_id)
