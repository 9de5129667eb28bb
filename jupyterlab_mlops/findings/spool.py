"""A kernel's spool: the findings it has written down and the bytes that go with them."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InvalidValue
from ..store import kernels
from ..store.blobs import Blobs
from ..store.store import Connection, Store
from .apply import apply

FINDINGS_FILE = "findings.jsonl"
#: Findings applied in one transaction.
BATCH = 2_000
#: How much of a journal's end is looked at first (bytes): a kernel of days has a long one.
WINDOW_BYTES = 64 << 10


def spool_of(blobs: Blobs, kernel_id: str) -> Path:
    """The spool directory of a kernel, in the data directory beside the blobs."""
    if not kernel_id or not all(char.isalnum() or char in "-_" for char in kernel_id):
        raise InvalidValue(
            f"kernel id {kernel_id!r} has characters other than letters, digits, - _"
        )
    return blobs.root.parent / "spool" / kernel_id


def spooled(blobs: Blobs) -> list[str]:
    """The kernels that have a spool."""
    try:
        return sorted(
            path.name for path in (blobs.root.parent / "spool").iterdir() if path.is_dir()
        )
    except OSError:
        return []


def spool_age_s(blobs: Blobs, kernel_id: str) -> float:
    """Seconds since the spool of a kernel was made, or a file was made in it; 0 when there is none."""
    try:
        return time.time() - spool_of(blobs, kernel_id).stat().st_mtime
    except OSError:
        return 0.0


def name_files(findings: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these findings names files: most do not."""
    return any(finding.get("kind") in ("artifact", "register") for finding in findings)


def ingest(blobs: Blobs, kernel_id: str, findings: Iterable[Mapping[str, Any]]) -> None:
    """Move the files that findings name from the spool into the blobs.

    File work: call it off the event loop, before :func:`apply`, which then only writes rows.
    A file whose content is not what its name says is left where it is.
    """
    files = spool_of(blobs, kernel_id) / "files"
    for finding in findings:
        for sha256 in _hashes(finding):
            if isinstance(sha256, str) and _is_hash(sha256) and not blobs.exists(sha256):
                take(blobs, files / sha256)


def _hashes(finding: Mapping[str, Any]) -> list[Any]:
    """The files a finding names: an artifact's, or those of a model to be registered."""
    if finding.get("kind") == "artifact":
        return [finding.get("sha256")]
    if finding.get("kind") == "register" and isinstance(finding.get("staged"), dict):
        listed = finding["staged"].get("files") or ()
        return [entry.get("sha256") for entry in listed if isinstance(entry, dict)]
    return []


def take(blobs: Blobs, path: Path) -> str | None:
    """Move one file into the blobs under the hash of its content; None when it is not there."""
    try:
        return blobs.put_file(path, move=True)[0]
    except OSError:
        return None


def read(directory: Path, after_seq: int) -> Iterator[dict[str, Any]]:
    """The findings of a spool with a number above ``after_seq``; broken lines are left out."""
    try:
        file = (directory / FINDINGS_FILE).open("rb")
    except OSError:
        return
    with file:
        _seek(file, after_seq)
        for line in file:
            try:
                finding = json.loads(line)
            except ValueError:
                continue  # the half-written last line of a killed kernel
            if isinstance(finding, dict) and _number(finding.get("seq")) > after_seq:
                yield finding


def _seek(file: BinaryIO, after_seq: int) -> None:
    """Go to a line at or before the first with a number above ``after_seq``: near the end, as a rule."""
    size = file.seek(0, os.SEEK_END)
    window = WINDOW_BYTES
    while window < size:
        file.seek(size - window)
        file.readline()  # the rest of a line
        at = file.tell()
        try:
            finding = json.loads(file.readline())
        except ValueError:
            finding = None
        if isinstance(finding, dict) and 0 < _number(finding.get("seq")) <= after_seq:
            file.seek(at)
            return
        window *= 4
    file.seek(0)


def drain_spool(store: Store, kernel_id: str, *, remove: bool = True) -> int:
    """Apply what a kernel has written down and not delivered; returns how many findings.

    For threads. ``remove`` deletes the directory afterwards (the kernel is gone).
    """
    directory = spool_of(store.blobs, kernel_id)
    done = store.read_sync(kernels.applied_seq, kernel_id)
    count = 0
    batch: list[dict[str, Any]] = []

    def flush() -> None:
        nonlocal count
        if batch:
            ingest(store.blobs, kernel_id, batch)
            store.write_sync(_apply, store.blobs, kernel_id, list(batch))
            count += len(batch)
            batch.clear()

    for finding in read(directory, done):
        batch.append(finding)
        if len(batch) >= BATCH:
            flush()
    flush()
    if remove:
        shutil.rmtree(directory, ignore_errors=True)
    return count


def _apply(conn: Connection, blobs: Blobs, kernel_id: str, batch: list[dict[str, Any]]) -> int:
    return apply(conn, blobs, kernel_id, batch)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
