"""Before a version is complete, its model is loaded back in a fresh process and compared on its input example.

The process is one of the interpreter that wrote the model, found by the kernel's own word: never this one. A version
that cannot be checked (its kernel's interpreter is not here) is complete, with a warning that says so.

A version that an MLflow client registers is READY at once, as its client expects. It is loaded back all the same; what
came out is its ``validation``, beside its status.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.resources
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..entities import Change, ModelVersion
from ..errors import NotFound
from ..registry import PENDING, READY, REFUSED
from ..store import candidates, kernels, models
from ..store.store import Connection, Store

log = logging.getLogger(__name__)

#: Without these a version has nothing that could be loaded back here.
NEEDED = frozenset({"MODEL.json", "load.py"})
#: A model as MLflow's clients write it.
MLMODEL = "MLmodel"
#: How long loading and predicting may take (s), and how many models are checked at a time.
TIMEOUT_S = 600.0
AT_A_TIME = 2
#: Variables of the environment that a model's code has no business with.
_SECRET = (
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "CREDENTIAL",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a version came to. ``tried``: whether its model could be loaded here at all."""

    status: str
    warnings: tuple[str, ...] = ()
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """A version to be checked, and where."""

    version: ModelVersion
    interpreter: str
    notebook: str | None


def checkable(paths: frozenset[str]) -> bool:
    """Whether files with these paths can be loaded back by themselves."""
    return paths >= NEEDED


def verdict(found: Mapping[str, Any] | None, problem: str = "") -> Verdict:
    """What a check's result means for the version. Pure. ``found`` None: it could not be checked."""
    if found is None:
        return Verdict(READY, (f"it was not loaded back: {problem}",), tried=False)
    notes = tuple(found.get("notes", ()))
    if found.get("problem"):
        return Verdict(REFUSED, (str(found["problem"]), *notes))
    if found.get("compared") is False:
        text = "it was loaded back; what it predicts was not compared (no input example is known)"
        return Verdict(READY, (text, *notes))
    return Verdict(READY, notes)


def unvalidated(version: ModelVersion) -> bool:
    """Whether an MLflow client registered the version, and it has not been looked at yet."""
    paths = frozenset(file.path for file in version.artifacts)
    told = version.details.keys() & {"validation", "checked"}
    return version.status == READY and MLMODEL in paths and not checkable(paths) and not told


class Checking:
    """Checks versions that wait for it, in the background; ``async with`` for a process without a server."""

    def __init__(self, store: Store, root_dir: Path) -> None:
        self._store = store
        self._root_dir = root_dir
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known: dict[frozenset[tuple[str, str]], Verdict] = {}
        self._stop_listening: Callable[[], None] | None = None

    async def start(self) -> None:
        """Listen for versions that wait, and look for those that a dead server has left."""
        loop = asyncio.get_running_loop()

        def changed(changes: list[Change]) -> None:
            ids = [change.id for change in changes if change.kind == "version"]
            if ids and not loop.is_closed():
                loop.call_soon_threadsafe(self._begin, ids)

        self._stop_listening = self._store.on_change(changed)
        self._begin(await self._store.read(_waiting))
        self._begin(await self._store.read(models.unvalidated_ids))

    async def drained(self) -> None:
        """Wait until no version waits."""
        await asyncio.sleep(0)
        self._begin(await self._store.read(_waiting))
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """End what is being checked; it is checked again when a server starts."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, ids: list[str]) -> None:
        for id in ids:
            if id not in self._tasks:
                task = asyncio.ensure_future(self._supervised(id))
                self._tasks[id] = task
                task.add_done_callback(functools.partial(self._forget, id))

    def _forget(self, id: str, _task: asyncio.Task[None]) -> None:
        self._tasks.pop(id, None)

    async def _supervised(self, id: str) -> None:
        try:
            await self.check(int(id))
        except NotFound:  # deleted meanwhile
            pass
        except Exception:  # a supervised loop: the others go on
            log.exception("version %s could not be checked", id)

    async def check(self, id: int) -> None:
        """Check one version if it waits for it, and write down what came out.

        Raises:
            NotFound: there is no such version.
        """
        subject = await self._store.read(_subject, id)
        if subject is None:
            return
        files = frozenset((file.path, file.sha256) for file in subject.version.artifacts)
        async with self._turns:
            known = self._known.get(files)
            found = known or await self._run(subject)
        if found == Verdict(READY):
            self._known[files] = found
        await self._store.write(_settle, id, found)

    async def _run(self, subject: Subject) -> Verdict:
        if not await self._store.in_thread(Path(subject.interpreter or ".").is_file):
            return verdict(None, "the interpreter of its kernel is not on this machine")
        directory = await self._store.in_thread(self._directory)
        try:
            try:
                await self._store.in_thread(self._lay_out, directory, subject.version)
            except OSError as failure:
                return verdict(None, f"its files could not be copied ({failure.strerror})")
            folder = (self._root_dir / subject.notebook).parent if subject.notebook else None
            return await _checked(subject.interpreter, directory, folder)
        finally:
            await asyncio.shield(
                self._store.in_thread(shutil.rmtree, directory, ignore_errors=True)
            )

    def _directory(self) -> Path:
        parent = self._store.data_dir.resolve() / "staging"
        parent.mkdir(mode=0o700, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="check-", dir=parent))

    def _lay_out(self, directory: Path, version: ModelVersion) -> None:
        """Copies, not links: the model's code must not be able to change a blob."""
        for file in version.artifacts:
            target = directory / "files" / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._store.blobs.path(file.sha256), target)


async def _checked(interpreter: str, directory: Path, folder: Path | None) -> Verdict:
    """Run the check in a process of the model's interpreter."""
    result = directory / "result.json"
    process = await asyncio.create_subprocess_exec(
        interpreter,
        str(importlib.resources.files(__package__) / "../kernel/saving/loading.py"),
        str(directory / "files"),
        str(result),
        *([str(folder)] if folder else []),
        cwd=directory,
        env=_environment(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _out, said = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
    except asyncio.TimeoutError:
        return Verdict(REFUSED, (f"it could not be loaded back within {TIMEOUT_S:g} s",))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return verdict(json.loads(result.read_text("utf-8")))
    except (OSError, ValueError):
        lines = said.decode("utf-8", "replace").strip().splitlines()
        why = lines[-1][:300] if lines else f"exit code {process.returncode}"
        return Verdict(REFUSED, (f"it could not be loaded back, the process ended: {why}",))


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The server's environment without tokens, and without a tracking server to talk to."""
    return {
        name: value
        for name, value in inherited.items()
        if not name.startswith("MLFLOW_") and not any(word in name.upper() for word in _SECRET)
    }


def _waiting(conn: Connection) -> list[str]:
    return [str(id) for id in models.version_ids(conn, status=PENDING)]


def _subject(conn: Connection, id: int) -> Subject | None:
    version = models.get_version_by_id(conn, id)
    if version.origin or not (version.status == PENDING or unvalidated(version)):
        return None
    kernel_id = version.details.get("kernel")
    notebook: str | None = None
    if version.candidate_id:
        try:
            head = candidates.head(conn, version.candidate_id)
        except NotFound:
            pass
        else:
            kernel_id, notebook = kernel_id or head.kernel_id, head.notebook
    kernel = kernels.get_kernel(conn, str(kernel_id)) if kernel_id else None
    agent = (kernel or {}).get("agent") or {}
    return Subject(version, str(agent.get("executable") or ""), notebook)


def _settle(conn: Connection, id: int, found: Verdict) -> None:
    version = models.get_version_by_id(conn, id)
    if unvalidated(version):
        _note(conn, version, found)
    if version.status != PENDING:
        return
    written = list(version.details.get("warnings", ()))
    warnings = list(dict.fromkeys([*written, *found.warnings]))
    models.update_version(
        conn,
        version.model,
        version.number,
        status=found.status,
        details={
            "warnings": warnings,
            # What the kernel said: a version that is checked again begins with these.
            "written_warnings": written,
            "checked": found.status == READY,
        },
    )


def _note(conn: Connection, version: ModelVersion, found: Verdict) -> None:
    """Keep what came out beside a status that is MLflow's own."""
    state = "unchecked" if not found.tried else "passed" if found.status == READY else "failed"
    # Nobody here asked for the check: that it was not possible is no warning.
    warnings = [*version.details.get("warnings", ()), *(found.warnings if found.tried else ())]
    models.note_details(conn, version.id, {"validation": state, "warnings": warnings})
