"""Registering from a cell or a candidate: the kernel serialises, the store keeps, :mod:`..registry` registers.

A model is never executed or unpickled here: the kernel that holds it writes its files into a staging
directory, and only their bytes are moved.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from ..api.models import version_json
from ..entities import Artifact, Candidate, ModelVersion
from ..errors import AlreadyExists, Conflict, InvalidValue, MLOpsError, NotFound
from ..recorder.staging import full_disk_told, take
from ..registry import MODEL_FOLDER, highest, propose, register
from ..store import artifacts, candidates, kernels, models, overview
from ..store.artifacts import candidate_owner
from ..store.blobs import Blobs
from ..store.store import Connection, Store
from ..sync.environment import make_gate
from ..versioning import check_model_name, slug
from .checking import PENDING, READY, checkable
from .register_checks import checks_of
from .registrations import Registration, Registrations

#: How long a busy kernel is waited for when its models are listed, and when one is written (s).
LIST_TIMEOUT_S = 3.0
STAGE_TIMEOUT_S = 900.0
#: How often it is looked whether a kernel that is waited for still lives (s).
LOOK_S = 1.0
#: How long a candidate may be on its way from the kernel (s).
ARRIVAL_S = 5.0
#: What the kernel says of a model it has written, and is kept with it.
FACTS = ("flavor", "signature", "example", "class", "warnings")


class Kernels(Protocol):
    """What registering asks of the recorder."""

    async def kernel_of(self, notebook: str) -> str | None:
        """The live kernel of a notebook."""
        ...

    def alive(self, kernel_id: str) -> bool:
        """Whether this server runs that kernel."""
        ...

    async def ask(
        self, kernel_id: str, request: dict[str, Any], timeout_s: float
    ) -> dict[str, Any]:
        """Ask the agent; Conflict when the kernel is gone or does not answer in time."""
        ...


class NoKernels:
    """Without a server: only what was kept can be registered."""

    async def kernel_of(self, notebook: str) -> str | None:
        del notebook
        return None

    def alive(self, kernel_id: str) -> bool:
        del kernel_id
        return False

    async def ask(
        self, kernel_id: str, request: dict[str, Any], timeout_s: float
    ) -> dict[str, Any]:
        del request, timeout_s
        raise Conflict(f"kernel {kernel_id} is not run by this process")


class Registering:
    """Proposals and registration for the panel, the kernel API and the command line."""

    def __init__(self, store: Store, kernels: Kernels, root: Path | None = None) -> None:
        """``root``: the server's, whose ``.env`` names values that are secret."""
        self._store = store
        self._kernels = kernels
        self._scanner = make_gate(store, os.environ, root).scanner
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

    # -- proposals -------------------------------------------------------------------------------

    async def proposals(self, query: dict[str, Any]) -> dict[str, Any]:
        """What can be registered from ``notebook`` (and ``cell_id``) or from ``candidate``; versions and checks are
        those of ``variable``, else of the most likely one."""
        candidate_id, notebook = query.get("candidate"), query.get("notebook")
        if not candidate_id and not notebook:
            raise InvalidValue("notebook or candidate: one of them is needed")
        busy = False
        signature: Any = None
        if candidate_id:
            candidate = await self._store.read(candidates.get, candidate_id)
            notebook = candidate.notebook
            variables = (
                [_variable(candidate)] if candidate.variable or candidate.model_class else []
            )
            signature = (candidate.details.get("model") or {}).get("signature")
            if candidate.kernel_id and self._kernels.alive(candidate.kernel_id):
                offered, busy = await self._asked(candidate.kernel_id)
                mine = (each for each in offered if each.get("candidate") == candidate_id)
                signature = next(mine, {}).get("signature") or signature
        else:
            assert notebook is not None
            variables, busy = await self._variables(notebook, query.get("cell_id"))
            named = (each for each in variables if each["variable"] == query.get("variable"))
            chosen = next(named, variables[0] if variables else {})
            candidate_id, signature = chosen.get("candidate"), chosen.get("signature")
            if candidate_id:
                await self._arrived(candidate_id)
        return await self._store.read(
            self._propose,
            notebook or "",
            query.get("model"),
            candidate_id,
            json.dumps(signature) if signature else None,
            [{k: v for k, v in each.items() if k != "signature"} for each in variables],
            busy,
        )

    async def _asked(self, kernel_id: str) -> tuple[list[dict[str, Any]], bool]:
        """The model variables that a kernel names; whether it is too busy (or has no agent) to say."""
        try:
            answer = await self._kernels.ask(kernel_id, {"do": "models"}, LIST_TIMEOUT_S)
        except Conflict:
            return [], True
        return list(answer.get("models", [])), False

    async def _variables(
        self, notebook: str, cell_id: str | None
    ) -> tuple[list[dict[str, Any]], bool]:
        """The model variables of a notebook's kernel, those of the cell first; whether it is busy."""
        kernel_id = await self._kernels.kernel_of(notebook)
        if kernel_id is not None:
            offered, busy = await self._asked(kernel_id)
            if not busy:
                return await self._store.read(_ranked, offered, kernel_id, cell_id), False
            return await self._store.read(_recorded_variables, notebook, cell_id), True
        return await self._store.read(_recorded_variables, notebook, cell_id), False

    def _propose(
        self,
        conn: Connection,
        notebook: str,
        model: str | None,
        candidate_id: str | None,
        signature: str | None,
        variables: list[dict[str, Any]],
        busy: bool,
    ) -> dict[str, Any]:
        names = overview.names(conn, [v["candidate"] for v in variables if v.get("candidate")])
        for variable in variables:
            variable["candidate_name"] = names.get(variable.get("candidate") or "")
        if candidate_id and candidate_id not in names:
            try:
                candidates.head(conn, candidate_id)
            except NotFound:
                candidate_id = None
        known = [each.name for each in models.list_models(conn)]
        name = model or overview.last_model_of(conn, notebook) or slug(PurePosixPath(notebook).stem)
        offered = propose(conn, name, candidate_id, signature)
        current = highest(conn, name)
        return {
            "variables": variables,
            "candidate": candidate_id,
            "model": name,
            "models": known,
            "versions": [
                {"version": each.version, "bump": each.bump, "reason": each.reason}
                for each in offered
            ],
            "proposed": offered[0].version,
            "current": current.version if current else None,
            "checks": checks_of(conn, candidate_id, current, self._scanner),
            "busy": busy,
        }

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
                if not candidate_id or not await self._store.read(_kept, candidate_id):
                    raise
        if not candidate_id:
            raise Conflict(
                f"{notebook} has no live kernel that holds {variable!r}: run the cell again, or register "
                "the candidate if its model was kept"
            )
        files = await self._store.read(_kept, candidate_id)
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
        async with _Staging(self._store) as staging:
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
            await self._arrived(candidate_id)
        return await self._keep(
            candidate_id=candidate_id, files=files, staged=staged, kernel_id=kernel_id, **wanted
        )

    async def _arrived(self, candidate_id: str) -> None:
        """Wait a moment for a candidate that the kernel knows and has not told of yet: it tells in batches."""
        for _ in range(round(ARRIVAL_S / 0.1)):
            if await self._store.read(candidates.exists, candidate_id):
                return
            await asyncio.sleep(0.1)

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


class _Staging:
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
    details = {key: facts[key] for key in ("warnings", "class", "example") if facts.get(key)}
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
        kept = {key: staged[key] for key in FACTS if staged.get(key)}
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


def _kept(conn: Connection, candidate_id: str) -> list[Artifact]:
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


def _ranked(
    conn: Connection, offered: list[dict[str, Any]], kernel_id: str, cell_id: str | None
) -> list[dict[str, Any]]:
    """Model variables, most likely first: bound by the cell, trained by it, touched by it, then the newest."""
    bound, touched = overview.cell_models(conn, kernel_id, cell_id) if cell_id else ({}, set())
    trained = overview.training_cells(conn, [v["candidate"] for v in offered if v.get("candidate")])

    def likely(each: dict[str, Any]) -> tuple[bool, bool, bool, int, str]:
        candidate = each.get("candidate") or ""
        cell, age = trained.get(candidate, (None, 0))
        each["bound"] = each["variable"] in bound
        return (
            not bound.get(each["variable"], False),
            cell_id is None or cell != cell_id,
            candidate not in touched and each["variable"] not in bound,
            -age,
            each["variable"],
        )

    return sorted(offered, key=likely)


def _recorded_variables(
    conn: Connection, notebook: str, cell_id: str | None
) -> list[dict[str, Any]]:
    """The models of a notebook's newest candidates, for a kernel that is busy or gone."""
    ids = [overview.latest(conn, notebook=notebook, cell_id=cell_id)] if cell_id else []
    ids = [id for id in ids if id]
    if not ids:
        newest = overview.latest(conn, notebook=notebook)
        ids = [newest] if newest else []
    found = [candidates.head(conn, id) for id in ids if id]
    return [_variable(candidate) for candidate in found if candidate.model_class]


def _variable(candidate: Candidate) -> dict[str, Any]:
    return {
        "variable": candidate.variable or candidate.name,
        "class": candidate.model_class or "",
        "candidate": candidate.id,
        "bound": True,
    }
