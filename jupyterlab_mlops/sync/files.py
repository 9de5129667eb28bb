"""Make the files of a run or version on GitLab equal to ours: each content once, checked by its sha256.

A second upload of a path makes a second file, and the answer to an upload tells nothing. So files are recorded
before they are sent, what may already be there is listed first, and what was sent is listed after.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import unquote

from ..errors import NotFound, RemoteUnavailable
from ..store import remotes
from ..store.blobs import Blobs
from ..store.outbox import Progress
from ..store.remotes import RemoteFile
from .refusals import REMOTE_WIDE, Refusal
from .target import Target

#: Files on their way that are told of by name.
FILES_TOLD = 8


@dataclass(frozen=True)
class Upload:
    """One file to be there: its content's digest and size, and how to read it."""

    path: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Place:
    """Where files go: the path for uploads, and the package that lists them."""

    owner: str
    base: str
    package: str
    version: str


@dataclass
class Problems:
    """Files that cannot be there, with the reason in words."""

    by_path: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def from_blob(blobs: Blobs, path: str, sha256: str, size: int) -> Upload:
    """A blob of the store as an upload."""
    return Upload(path, sha256, size, lambda: blobs.open(sha256))


def from_bytes(path: str, data: bytes) -> Upload:
    """Bytes in memory as an upload."""
    return Upload(path, hashlib.sha256(data).hexdigest(), len(data), lambda: io.BytesIO(data))


def ensure_files(
    target: Target, place: Place, wanted: Mapping[str, Upload], *, fresh: bool
) -> Problems:
    """Upload what is not there. ``fresh``: the run was made by this attempt, so nothing can be there.

    Returns the files that GitLab cannot take (too large, or not in this store any more).

    Raises:
        RemoteUnavailable: some may have arrived; calling again sends only what is missing.
        Refusal: the remote as a whole refuses.
    """
    problems = Problems()
    known = target.store.read_sync(remotes.files, target.remote.name, place.owner)
    todo = {
        path: upload
        for path, upload in wanted.items()
        if known.get(path) != RemoteFile(path, upload.sha256, True)
    }
    if not todo:
        return problems
    exists = False
    if not fresh:
        listed, exists = _listed(target, place)
        _verify(target, place, todo, listed)
        if not todo:
            return problems
    _record(target, place, todo.values(), verified=False)
    for attempt in (1, 2):
        _send_all(target, place, todo, problems, one_first=not exists and attempt == 1)
        listed, exists = _listed(target, place)
        _verify(target, place, todo, listed)
        if not todo:
            return problems
    names = ", ".join(sorted(todo)[:3])
    raise RemoteUnavailable(f"Files arrived damaged in GitLab: {names}.", reason="damaged")


def _listed(target: Target, place: Place) -> tuple[dict[str, str], bool]:
    """({path: content of the newest upload}, whether the package exists)."""
    number = target.client.package_id(place.package, place.version)
    if number is None:
        return {}, False
    newest: dict[str, tuple[int, str]] = {}
    for row in target.client.package_files(number):
        path, id = unquote(str(row.get("file_name"))), int(row.get("id") or 0)
        if id >= newest.get(path, (0, ""))[0]:
            newest[path] = (id, row.get("file_sha256") or f"size:{row.get('size')}")
    return {path: content for path, (_, content) in newest.items()}, True


def _verify(
    target: Target, place: Place, todo: dict[str, Upload], listed: Mapping[str, str]
) -> None:
    """Take from ``todo`` what the listing shows with the right content, and remember it."""
    # Where the instance keeps no digest, the size has to do.
    there = [
        upload
        for path, upload in todo.items()
        if listed.get(path) in (upload.sha256, f"size:{upload.size}")
    ]
    if there:
        target.steps += 1
        _record(target, place, there, verified=True)
    for upload in there:
        del todo[upload.path]


def _record(target: Target, place: Place, uploads: Any, *, verified: bool) -> None:
    rows = [RemoteFile(upload.path, upload.sha256, verified) for upload in uploads]
    target.store.write_sync(remotes.set_files, target.remote.name, place.owner, rows)


class _Meter:
    """Counts bytes over all uploads of a place and tells how far each is."""

    def __init__(self, uploads: Iterable[Upload], tell: Callable[[Progress], None]) -> None:
        self._total = max(sum(upload.size for upload in uploads), 1)
        self._tell = tell
        self._lock = threading.Lock()
        self._sent = 0
        self._files: dict[str, dict[str, Any]] = {}

    def of(self, upload: Upload) -> Callable[[int], None]:
        """The counter of one file, which is on its way from now on."""
        with self._lock:
            file: dict[str, Any] = {"path": upload.path, "size": upload.size, "sent": 0}
            self._files[upload.path] = file

        def count(number: int) -> None:
            with self._lock:
                file["sent"] = min(file["size"], file["sent"] + number)
                self._sent += number
                far = self._far()
            self._tell(far)

        return count

    def over(self, upload: Upload) -> None:
        """The file is not on its way any more."""
        with self._lock:
            self._files.pop(upload.path, None)

    def _far(self) -> Progress:
        files = tuple(dict(file) for file in list(self._files.values())[:FILES_TOLD])
        return Progress(min(1.0, self._sent / self._total), files)


def _send_all(
    target: Target, place: Place, todo: dict[str, Upload], problems: Problems, *, one_first: bool
) -> None:
    """Upload everything in ``todo``; files that cannot be sent move to ``problems``."""
    meter = _Meter(todo.values(), target.progress)
    queue = sorted(todo.values(), key=lambda upload: upload.size)
    if one_first and queue:
        # Parallel first uploads race on creating the package (contract §5.2).
        _send(target, place, queue.pop(0), todo, problems, meter)
    if len(queue) == 1:
        _send(target, place, queue[0], todo, problems, meter)
        return
    futures: list[Future[None]] = [
        target.uploads.submit(_send, target, place, upload, todo, problems, meter)
        for upload in queue
    ]
    failures = [failure for future in futures if (failure := future.exception()) is not None]
    if failures:
        raise failures[0]


def _send(
    target: Target,
    place: Place,
    upload: Upload,
    todo: dict[str, Upload],
    problems: Problems,
    meter: _Meter,
) -> None:
    try:
        with target.upload_slots, upload.open() as file:
            sent = meter.of(upload)
            target.client.upload(place.base, upload.path, file, upload.size, sent=sent)
    except NotFound as failure:
        problems.by_path[upload.path] = failure.message
        problems.reason = problems.reason or "file_missing"
    except Refusal as refusal:
        if refusal.reason in REMOTE_WIDE or refusal.reason == "not_found":
            raise
        if upload.size:
            problems.by_path[upload.path] = refusal.message
            problems.reason = problems.reason or refusal.reason
        # An empty file that is not taken is in the manifest or is nothing.
    else:
        return
    finally:
        meter.over(upload)
    todo.pop(upload.path, None)
