"""Files that cells read and wrote: inputs with hashes, artifacts below the notebook's root."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import queue
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ..link import diagnostics
from ..source.dataflow import Refs
from ..source.installed import is_installed
from .lineage import Record
from .paths import (
    PACKAGE_PARTS,
    SKIPPED_PARTS,
    SKIPPED_SUFFIXES,
    changed_since,
    in_turn,
    only_shows,
    passing,
    path_of,
    pointer_of,
    real_path,
    skipped_roots,
    stamp_of,
)
from .running import Execution, Running

MAX_INPUT_BYTES = 4 << 30
MAX_FILES_PER_CELL = 500
WAIT_S = 0.05
"""How long the end of a cell waits for the hashes of what it read and wrote."""

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill")
"""Files of objects rather than of data: those that were written here bring nothing from elsewhere."""
_FETCHERS = frozenset(
    "extractall extract unpack_archive urlretrieve urlopen download download_url download_file wget get_file".split()
)
"""Calls that bring files from elsewhere: what they write is no work of the notebook's."""
_WRITERS = re.compile(
    "save(?!fig|txt)|dump|write|export|^to_(?:parquet|feather|hdf|orc|disk|file)$", re.IGNORECASE
)
"""Calls that may write without Python's ``open``."""
SCAN_SLACK_S = 0.02
"""A file's time of change may be this much behind the clock."""

_current: Files | None = None
_hooked = False


def _hook(event: str, arguments: Any) -> None:
    if event in ("open", "os.rename") and _current is not None and _current.active:
        try:
            if event == "open":
                _current.opened(arguments)
            else:
                _current.renamed(arguments)
        except Exception as error:  # an exception here would become the user's
            _current.active = False
            diagnostics.note("audit", error)


class Files:
    """Collects the files opened while a cell runs. ``enabled`` False: does nothing, installs nothing."""

    def __init__(self, capture: Any, config: dict[str, Any], *, enabled: bool) -> None:
        global _current, _hooked  # noqa: PLW0603 - audit hooks cannot be removed: one a process
        self.capture = capture
        self.enabled = enabled
        self.active = False
        limits = config.get("limits") or {}
        self.max_artifact = int(
            float(limits.get("artifact_mb") or limits.get("max_artifact_mb") or 512) * (1 << 20)
        )
        self.root = real_path(config.get("root") or os.getcwd())
        self._skipped = skipped_roots(config)
        self._reads: dict[str, None] = {}
        self._writes: dict[str, float | None] = {}
        """Files that the statement wrote → when they were opened, if that was seen."""
        self._cell_reads: dict[str, None] = {}
        self._cell_writes: dict[str, str | None] = {}
        self._stamps: dict[str, tuple[int, int]] = {}
        """When files were last changed, and their sizes, by the statement that they are known to be from."""
        self._unpacked: set[str] = set()
        """Files that were unpacked or downloaded: reading them is input, whoever wrote them."""
        self._makers: dict[str, Refs[str]] = {}
        """Files written here → the candidate that they came from, none of a helper's: what is read back is no input."""
        self._written_by: dict[str, Record] = {}
        """Files written here → the statement that wrote them last: what reads one comes from it."""
        self._calls_of: dict[str, set[str]] = {}
        """Functions defined in cells → what they call."""
        self._hashes: dict[tuple[str, int, int], str] = {}
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pending = 0
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None
        self._worker = 0
        self._modules = len(sys.modules)
        self._told_modules: dict[str, str] = {}
        if enabled:
            _current = self
            if not _hooked:
                _hooked = True
                sys.addaudithook(_hook)

    # -- while a cell runs ------------------------------------------------------------------------------------------

    def opened(self, arguments: Any) -> None:
        """The audit event ``open``: (path, mode, flags)."""
        path, mode, flags = arguments
        if mode is not None:
            writes = "w" in mode or "a" in mode or "x" in mode or "+" in mode
        else:
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        # A statement may open ten thousand files: what is not kept is left first.
        if (
            len(self._writes if writes else self._reads) >= MAX_FILES_PER_CELL
            or threading.get_ident() == self._worker
        ):
            return
        if type(path) is bytes:
            path = os.fsdecode(path)
        elif not isinstance(path, str):
            return
        if path.endswith(SKIPPED_SUFFIXES) or path.startswith(("/proc/", "/sys/", "/dev/")):
            return
        if writes:
            self._writes[path] = time.time()
        else:
            self._reads[path] = None

    def renamed(self, arguments: Any) -> None:
        """The audit event ``os.rename``, also of ``os.replace``: (from, to, …). What was written under a name for the
        time of writing is the file that it becomes; another file that is moved is nobody's work."""
        source, target = (os.fsdecode(one) for one in arguments[:2])
        if source in self._writes:
            self._writes[target] = self._writes.pop(source)

    def begin_cell(self) -> None:
        """A cell begins."""
        self._reads.clear()
        self._writes.clear()
        self._cell_reads.clear()
        self._cell_writes.clear()
        self.active = self.enabled

    def statement(self, running: Running, execution: Execution, refs: dict[str, Refs[str]]) -> None:
        """A statement has run: what it read belongs to what it bound, what it wrote to what it read."""
        if not self.enabled:
            return
        info = running.info
        if info.late_calls:
            self._calls_of.update((name, info.late_calls) for name in info.binds)
        namespace = self.capture.world.namespace
        paths = [*info.paths, *(path_of(one, namespace.get) for one in info.path_expressions)]
        for path in (one.partition("?")[0] for one in paths):
            if path and "://" not in path and not path.endswith(".py") and os.path.isfile(path):
                self._reads.setdefault(path)
        calls = self._calls(running)
        trains = bool(running.trained) and "h5py" in sys.modules  # a callback may write by it
        if trains or any(_WRITERS.search(name) for name in calls):
            opened = {real_path(path) for path in self._writes}  # whose time of writing is known
            for path in changed_since(os.getcwd(), running.started - SCAN_SLACK_S):
                earlier = self._stamps.get(real_path(path))
                if earlier is not None and earlier == stamp_of(path):
                    continue  # an earlier statement's work, of a moment ago
                if len(self._writes) < MAX_FILES_PER_CELL and real_path(path) not in opened:
                    self._writes.setdefault(path, None)
        if self._writes:
            self._wrote(running, calls, refs)
        if self._reads and not only_shows(running.node):
            written = {real_path(path) for path in self._writes}
            reads = [
                real
                for path in list(self._reads)
                if (real := self._wanted(path))
                and (real not in written or real in self._unpacked)
                and (real in self._unpacked or not passing(real, (self.root, real_path("."))))
            ]
            # What a model of this kernel has written is its artifact, not an input; nor is a scaler beside it.
            inputs = [real for real in reads if real not in self._makers]
            for real in reads:
                writer = None if self._makers.get(real) else self._written_by.get(real)
                if writer is not None and writer is not running.record:
                    running.record.comes_from(writer)
            running.record.files.extend(inputs)
            self._cell_reads.update(dict.fromkeys(inputs))
            for real in reads:
                # `net.load_state_dict(torch.load(path))` goes on from it too
                for name in info.binds | info.changes if self._makers.get(real) else ():
                    refs.setdefault(name, self._makers[real])
        self._reads.clear()
        self._writes.clear()

    def _calls(self, running: Running) -> set[str]:
        """What the statement calls, and the functions of the user's that it may call."""
        calls = running.info.calls
        if self._calls_of and calls:
            for name in self.capture.lineage.reached(running.info.reads):
                if name in self._calls_of:
                    calls = calls | self._calls_of[name]
        return calls

    def _wrote(self, running: Running, calls: set[str], refs: dict[str, Refs[str]]) -> None:
        written = {real_path(path) for path in self._writes}
        unpacks = bool(calls & _FETCHERS) or any(
            path.endswith(_ARCHIVES)
            and (real := self._wanted(path)) is not None
            and real not in written  # nor what `torch.save` has just put into a `.tar`
            and not self._makers.get(real)
            for path in self._reads  # not `python311.zip`, in which an import looked
        )
        found: set[str] = set()
        for name in running.info.reads:
            value = self.capture.world.namespace.get(name)
            exact = self.capture.world.exact(value) if value is not None else None
            # `with open(…) as file`: what was called so before has nothing to do with it
            flow = refs if name in running.info.binds else self.capture.lineage.refs
            found |= exact if exact is not None else flow.get(name, frozenset())
        owner = next(iter(found)) if len(found) == 1 else None
        turns = self._turns(running)
        for path in list(self._writes):
            real = self._wanted(path)
            if real is None:
                continue
            if len(self._written_by) >= MAX_FILES_PER_CELL:
                self._written_by.clear()
            self._written_by[real] = running.record
            if unpacks:
                self._unpacked.add(real)
                continue
            self._unpacked.discard(real)
            if len(self._stamps) >= MAX_FILES_PER_CELL:
                self._stamps.clear()
            self._stamps[real] = stamp_of(real)
            if turns:
                owner = turns.get(path)
            self._cell_writes[real] = self.capture.candidates.current() or owner
            if owner is not None or running.worked_with or real.endswith(_PICKLES):
                self._makers[real] = frozenset((owner,) if owner is not None else ())
            else:
                self._makers.pop(real, None)

    def _turns(self, running: Running) -> dict[str, str]:
        """Of a statement that trains several candidates in turn: the files written → the one that was at work."""
        if len(running.opened) < 2:
            return {}
        known = [self.capture.candidates.get(one) for one in running.opened]
        begun = [(one.since, one.id) for one in known if one is not None]
        written = {
            path: (at, at)
            if at is not None
            else ((changed := stamp_of(path)[0] / 1e9), changed + SCAN_SLACK_S)
            for path, at in self._writes.items()
        }
        return in_turn(begun, written)

    def end_cell(self) -> None:
        """The cell has ended: hash what it read, keep what it wrote (in the background, waited for briefly)."""
        self.active = False
        if not self.enabled:
            return
        execution = self.capture.execution
        if execution is None:
            return
        reads = [
            path
            for path in self._cell_reads
            if path not in self._cell_writes or path in self._unpacked
        ]
        if reads:
            self._push("inputs", reads, None, execution.msg_id)
        for path, owner in self._cell_writes.items():
            if path.startswith(self.root + os.sep):
                self._push("artifact", [path], owner, execution.msg_id)
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            self._local_modules(execution.msg_id)
        if self._pending:
            self._idle.wait(WAIT_S)

    def used(self, paths: list[str], candidate: str, msg_id: str | None) -> None:
        """A candidate's data came from these files."""
        if self.enabled:
            self._push("inputs", paths, candidate, msg_id)

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to hash; whether that was so in time."""
        return self._idle.wait(timeout_s)

    # -- what counts ----------------------------------------------------------------------------------------------

    def _wanted(self, path: str) -> str | None:
        real = real_path(path)
        if real.startswith(self._skipped) or not os.path.isfile(real):
            return None
        parts = Path(real).parts
        if any(part in SKIPPED_PARTS or part.endswith(PACKAGE_PARTS) for part in parts):
            return None
        if is_installed(real):
            return None
        below_root = real.startswith(self.root + os.sep)
        if not below_root and any(part.startswith(".") and len(part) > 2 for part in parts[:-1]):
            return None  # caches and settings in dot directories
        return real

    # -- the background ---------------------------------------------------------------------------------------------

    def _push(self, what: str, paths: list[str], candidate: str | None, msg_id: str | None) -> None:
        with self._lock:
            self._pending += 1
            self._idle.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="mlops-files", daemon=True)
                self._thread.start()
        self._jobs.put((what, paths, candidate, msg_id))

    def _work(self) -> None:
        self._worker = threading.get_ident()
        while True:
            job = self._jobs.get()
            try:
                self._do(*job)
            except Exception as error:  # supervised loop
                diagnostics.note("files", error)
            with self._lock:
                self._pending -= 1
                if not self._pending:
                    self._idle.set()

    def _do(self, what: str, paths: list[str], candidate: str | None, msg_id: str | None) -> None:
        journal = self.capture.journal
        if what == "inputs":
            entries = [entry for path in paths if (entry := self._input(path)) is not None]
            if entries:
                journal.emit("inputs", msg_id, candidate=candidate, files=entries)
            return
        for path in paths:
            file = Path(path)
            if not file.is_file() or file.stat().st_size > self.max_artifact:
                continue
            sha, size = journal.keep_file(file)
            media = mimetypes.guess_type(path)[0] or "application/octet-stream"
            journal.emit(
                "artifact",
                msg_id,
                candidate=candidate,
                path=self.shown(path),
                sha256=sha,
                size=size,
                media_type=media,
            )

    def shown(self, path: str) -> str:
        """The path as the notebook sees it: relative to its directory, else to the root, POSIX."""
        for base in (real_path(os.getcwd()), self.root):
            if path.startswith(base + os.sep):
                return Path(path).relative_to(base).as_posix()
        return Path(path).as_posix()

    def _input(self, path: str) -> dict[str, Any] | None:
        file = Path(path)
        try:
            stat = file.stat()
            if stat.st_size > MAX_INPUT_BYTES:
                return {
                    "path": self.shown(path),
                    "sha256": "",
                    "size": stat.st_size,
                    "kind": "file",
                }
            key = (path, stat.st_mtime_ns, stat.st_size)
            sha = self._hashes.get(key)
            if sha is None:
                digest = hashlib.sha256()
                with file.open("rb") as source:
                    while chunk := source.read(1 << 20):
                        digest.update(chunk)
                sha = self._hashes[key] = digest.hexdigest()
                if len(self._hashes) > 10_000:
                    self._hashes.clear()
        except OSError:
            return None
        entry: dict[str, Any] = {
            "path": self.shown(path),
            "sha256": sha,
            "size": stat.st_size,
            "kind": "file",
        }
        pointer = pointer_of(file)
        if pointer is not None:
            entry["kind"], entry["details"] = pointer
        return entry

    def _local_modules(self, msg_id: str | None) -> None:
        """Imported modules of the user's own, with hashes."""
        user = self.capture.world.user
        found = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if (
                not path
                or name == "__main__"
                or name in self._told_modules
                or not path.endswith(".py")
            ):
                continue
            if path.startswith((*self._skipped, *user.roots)) or "site-packages" in path:
                continue
            if is_installed(path):
                continue
            real = real_path(path)
            if not real.startswith(self.root + os.sep) and not real.startswith(
                real_path(os.getcwd()) + os.sep
            ):
                continue
            try:
                sha = hashlib.sha256(Path(real).read_bytes()).hexdigest()
            except OSError:
                continue
            self._told_modules[name] = sha
            found[name] = {"path": self.shown(real), "sha256": sha}
        if found:
            self.capture.journal.emit("facts", msg_id, candidate=None, values={"modules": found})
