"""Where a model's files are on their way into a version: a staging directory, else what was kept of its candidate."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from ..entities import Artifact
from ..recorder.staging import full_disk_told
from ..registry import MODEL_FOLDER
from ..store import artifacts, overview
from ..store.artifacts import candidate_owner
from ..store.store import Connection, Store


class Staging:
    """A private directory below the data directory, removed at the end whatever happened."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._path: Path | None = None

    async def __aenter__(self) -> Path:
        parent = self._store.data_dir.resolve() / "staging"

        def make() -> Path:
            with full_disk_told():
                parent.mkdir(mode=0o700, exist_ok=True)
                return Path(tempfile.mkdtemp(dir=parent))

        self._path = await self._store.in_thread(make)
        return self._path

    async def __aexit__(self, *exc: object) -> None:
        path = self._path
        assert path is not None
        await asyncio.shield(self._store.in_thread(lambda: shutil.rmtree(path, ignore_errors=True)))


def kept(conn: Connection, candidate_id: str) -> list[Artifact]:
    """The model files that were kept for a candidate: staged ones, else a folder with an MLmodel file."""
    found = artifacts.list_all(conn, candidate_owner(candidate_id))
    folder = MODEL_FOLDER
    if not any(file.path.startswith(folder) for file in found):
        roots = [file.path for file in found if file.path.rsplit("/", 1)[-1] == "MLmodel"]
        if not roots:
            return _logged_model(conn, candidate_id)
        folder = roots[0].removesuffix("MLmodel")
    return [
        Artifact(file.path[len(folder) :], file.sha256, file.size, file.media_type)
        for file in found
        if file.path.startswith(folder)
    ]


def _logged_model(conn: Connection, candidate_id: str) -> list[Artifact]:
    """The files of the newest MLflow 3 logged model of a candidate."""
    id = overview.logged_model_of(conn, candidate_id)
    return [] if id is None else artifacts.list_all(conn, artifacts.model_owner(id))
