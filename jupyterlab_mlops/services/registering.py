"""Registering from a cell or a candidate: the kernel serialises, the store keeps, :mod:`..registry` registers.

A model is never executed or unpickled here: the kernel that holds it writes its files into a staging
directory, and only their bytes are moved.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from ..api.models import version_json
from ..entities import Artifact, ModelVersion
from ..errors import AlreadyExists, Conflict, InvalidValue, MLOpsError, NotFound
from ..recorder.staging import full_disk_told, take
from ..registry import MODEL_FOLDER, PENDING, READY, STAGED_FACTS, VERSION_FACTS, register
from ..store import artifacts, candidates, kernels, models
from ..store.artifacts import candidate_owner
from ..store.blobs import Blobs
from ..store.store import Connection, Store
from ..sync.environment import make_gate
from ..versioning import check_model_name
from .checking import checkable
from .kernels import Kernels
from .model_files import Staging, kept
from .proposing import Proposing, arrived
from .registrations import Registration, Registrations

#: How long a kernel may take to write a model, its present cell included (s).
STAGE_TIMEOUT_S = 900.0
#: How often it is looked whether a kernel that is waited for still lives (s).
LOOK_S = 1.0


class Registering:
    """Proposals and registration for the panel, the kernel API and the command line."""

    def __init__(self, store: Store, kernels: Kernels, root: Path | None = None) -> None:
        """``root``: the server's, whose ``.env`` names values that are secret."""
        self._store = store
        self._kernels = kernels
        scanner = make_gate(store, os.environ, root).scanner
        self._proposing = Proposing(store, kernels, scanner)
        self._under_way = Registrations(store)

    # -- under way -------------------------------------------------------------------------------

    def under_way(self) -> list[dict[str, Any]]:
        """The registrations that wait for a kernel or are being stored, the oldest first."""
        return self._under_way.listed()

    def cancel(self, id: str) -> None:
        """Give up a registration that waits.

        Raises:
            NotFound: it is not under way (any more).
            Conflict: it is being stored already.
        """
        self._under_way.cancel(id)

    async def proposals(self, query: dict[str, Any]) -> dict[str, Any]:
        """What can be registered (see :meth:`.proposing.Proposing.proposals`)."""
        return await self._proposing.proposals(query)

    # -- registration ----------------------------------------------------------------------------

    async def register(self, request: dict[str, Any], user: str) -> dict[str, Any]:
        """Register and return the version's JSON.

        Raises:
            InvalidValue, NotFound, AlreadyExists: as :func:`..registry.register`.
            Conflict: the model is in no live kernel and its files were not kept, or the kernel
                did not answer in time.
        """
        model = check_model_name(request["model"])
        candidate_id, notebook = request.get("candidate"), request.get("notebook")
        variable = request.get("variable")
        if not candidate_id and not (notebook and variable):
            raise InvalidValue("candidate, or notebook and variable: say what to register")
        wanted = {
            "model": model,
            "version": request.get("version"),
            "bump": request.get("bump"),
            "description": request.get("description", ""),
            "user_id": user,
            "or_next": bool(request.get("or_next")),
        }
        if not wanted["or_next"]:
            await self._store.read(_refuse_taken, model, request.get("version"))
        async with self._under_way.under_way(request) as entry:
            return await self._register(entry, wanted)

    async def _register(self, entry: Registration, wanted: dict[str, Any]) -> dict[str, Any]:
        """Register from the kernel that holds the model, else from the files that were kept."""
        candidate_id, notebook, variable = entry.candidate, entry.notebook, entry.variable
        kernel_id = None
        if candidate_id:
            candidate = await self._store.read(candidates.get, candidate_id)
            if candidate.kernel_id and self._kernels.alive(candidate.kernel_id):
                kernel_id = candidate.kernel_id
        elif notebook:
            kernel_id = await self._kernels.kernel_of(notebook)
        if kernel_id is not None:
            try:
                return await self._from_kernel(kernel_id, entry, wanted)
            except Conflict:
                # The variable may be gone while the files of its candidate were kept.
                if not candidate_id or not await self._store.read(kept, candidate_id):
                    raise
        if not candidate_id:
            raise Conflict(
                f"{notebook} has no live kernel that holds {variable!r}: run the cell again, or register "
                "the candidate if its model was kept"
            )
        files = await self._store.read(kept, candidate_id)
        if not files:
            raise Conflict(
                "the model of this candidate is in no live kernel and its files were not kept: "
                "run its cell again and register before the kernel is shut down"
            )
        entry.storing = True
        return await self._keep(candidate_id=candidate_id, files=files, **wanted)

    async def _keep(self, **what: Any) -> dict[str, Any]:
        """Register in one transaction."""
        with full_disk_told():
            return await self._store.write(_register, blobs=self._store.blobs, **what)

    async def _from_kernel(
        self, kernel_id: str, entry: Registration, wanted: dict[str, Any]
    ) -> dict[str, Any]:
        """Let the kernel write the model, take its files, register."""
        variable, candidate_id = entry.variable, entry.candidate
        async with Staging(self._store) as staging:
            entry.staging = staging
            request: dict[str, Any] = {"do": "stage", "directory": str(staging)}
            request |= {"variable": variable} if variable else {"candidate": candidate_id}
            staged = await self._ask_living(kernel_id, request)
            if staged.get("error"):
                raise Conflict(f"the kernel could not write the model: {staged['error']}")
            entry.storing = True
            files = await self._store.in_thread(take, self._store, staging, staged["files"])
        candidate_id = candidate_id or staged.get("candidate")
        if candidate_id:
            await arrived(self._store, candidate_id)
        return await self._keep(
            candidate_id=candidate_id, files=files, staged=staged, kernel_id=kernel_id, **wanted
        )

    async def _ask_living(self, kernel_id: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask a kernel, but not longer than its process lives.

        Raises:
            Conflict: as :meth:`Kernels.ask`, or the process is gone.
        """
        process = await self._store.read(_process, kernel_id)
        asking = asyncio.ensure_future(self._kernels.ask(kernel_id, request, STAGE_TIMEOUT_S))
        try:
            while not (await asyncio.wait({asking}, timeout=LOOK_S))[0]:
                alive = self._kernels.alive(kernel_id)
                if not alive or await self._store.read(_process, kernel_id) != process:
                    raise Conflict(
                        "the kernel died while it wrote the model; nothing was registered. "
                        "Run the cell again and register"
                    )
            return asking.result()
        finally:
            asking.cancel()


def _process(conn: Connection, kernel_id: str) -> tuple[Any, Any]:
    """What changes when a kernel's process ends: when it ended, and its process id."""
    kernel = kernels.get_kernel(conn, kernel_id) or {}
    return kernel.get("ended_ms"), (kernel.get("agent") or {}).get("pid")


def _register(
    conn: Connection,
    /,
    *,
    candidate_id: str | None,
    files: list[Artifact],
    blobs: Blobs,
    staged: dict[str, Any] | None = None,
    kernel_id: str | None = None,
    **wanted: Any,
) -> dict[str, Any]:
    known = _facts(conn, candidate_id)
    if known is None:
        candidate_id = None
    facts = staged or known or {}
    details = {key: facts[key] for key in VERSION_FACTS if facts.get(key)}
    if kernel_id:
        details["kernel"] = kernel_id
    signature = facts.get("signature")
    waits = checkable(frozenset(file.path for file in files))
    version: ModelVersion = register(
        conn,
        candidate_id=candidate_id,
        files=files,
        signature=json.dumps(signature) if signature else None,
        flavor=facts.get("flavor") or "",
        details=details,
        status=PENDING if waits else READY,
        blobs=blobs,
        **wanted,
    )
    if candidate_id and staged:
        # Kept with the candidate as well: it can be registered again when its kernel is gone.
        owner = candidate_owner(candidate_id)
        for file in files:
            artifacts.put(
                conn, owner, MODEL_FOLDER + file.path, file.sha256, file.size, file.media_type
            )
        kept = {key: staged[key] for key in STAGED_FACTS if staged.get(key)}
        candidates.update(conn, candidate_id, details={"model": kept})
    return version_json(conn, version, full=True)


def _facts(conn: Connection, candidate_id: str | None) -> dict[str, Any] | None:
    """What was noted when a candidate's model was kept; None if there is no such candidate."""
    if candidate_id is None:
        return None
    try:
        return dict(candidates.head(conn, candidate_id).details.get("model") or {})
    except NotFound:
        return None


def _refuse_taken(conn: Connection, model: str, version: str | None) -> None:
    """Say that a version is taken before a large model is written for nothing."""
    if version is None:
        return
    try:
        models.get_version(conn, model, version=version)
    except MLOpsError:
        return
    raise AlreadyExists(f"{model} has a version {version} already; choose another one")
