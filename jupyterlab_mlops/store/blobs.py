"""Content-addressed files: written to a staging name, hashed on the way, renamed when whole.

A blob exists if its file exists. The table ``blobs`` records what is meant to be kept; files without a
row (a killed upload) are swept by :meth:`Blobs.sweep`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import InvalidValue, NotFound

CHUNK = 1 << 20
#: How much is written at once (bytes): it is hashed while the processor still has it near, and the system finds
#: small pages for it at once, where it may have to clear or to fetch large ones.
_WRITE = 64 * 1024


class BlobWriter:
    """Receives bytes; :meth:`commit` makes them a blob, anything else leaves nothing behind."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._staging = blobs.root / "staging" / secrets.token_hex(16)
        self._staging.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO | None = self._staging.open("xb", buffering=_WRITE // 4)
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``."""
        if self._file is None:
            raise ValueError("the blob is committed or discarded")
        whole = memoryview(data)
        for start in range(0, len(whole), _WRITE):
            piece = whole[start : start + _WRITE]
            self._file.write(piece)
            self._hash.update(piece)
        self.size += len(whole)

    def commit(self) -> tuple[str, int]:
        """Make the blob visible; returns (sha256, size in bytes)."""
        if self._file is None:
            raise ValueError("the blob is committed or discarded")
        self._file.close()
        self._file = None
        sha256 = self._hash.hexdigest()
        target = self._blobs.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._staging.replace(target)
        return sha256, self.size

    def discard(self) -> None:
        """Forget what was written. Does nothing after :meth:`commit`."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._staging.unlink(missing_ok=True)

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.discard()


class Blobs:
    """The files below ``root``, two hex digits a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a blob is (whether or not it exists).

        Raises:
            InvalidValue: not 64 hex digits.
        """
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise InvalidValue(f"sha256 {sha256!r} is not 64 lower-case hex digits")
        return self.root / sha256[:2] / sha256[2:]

    def writer(self) -> BlobWriter:
        """A new blob, to be written in pieces."""
        return BlobWriter(self)

    def put(self, data: bytes) -> tuple[str, int]:
        """Store ``data``; returns (sha256, size)."""
        return self.put_stream([data])

    def put_stream(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Store what ``chunks`` yields with constant memory; returns (sha256, size)."""
        with self.writer() as writer:
            for chunk in chunks:
                writer.write(chunk)
            return writer.commit()

    def put_file(self, path: str | os.PathLike[str], *, move: bool = False) -> tuple[str, int]:
        """Store a file's content; with ``move`` the file may be renamed into place."""
        source = Path(path)
        if move:
            digest = hashlib.sha256()
            with source.open("rb") as file:
                for chunk in iter(lambda: file.read(CHUNK), b""):
                    digest.update(chunk)
            sha256, size = digest.hexdigest(), source.stat().st_size
            target = self.path(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                # It is new here, however old the file is: housekeeping spares the young.
                os.utime(source)
                source.replace(target)
            except OSError:  # another file system: copy
                pass
            else:
                return sha256, size
        with source.open("rb") as file:
            return self.put_stream(iter(lambda: file.read(CHUNK), b""))

    def exists(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self.path(sha256).exists()

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob for reading.

        Raises:
            NotFound: it is not here (not fetched, or swept).
        """
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound(f"blob {sha256} is not in this store") from None

    def get(self, sha256: str) -> bytes:
        """A blob's bytes (small ones)."""
        with self.open(sha256) as file:
            return file.read()

    def iter(self, sha256: str) -> Iterator[bytes]:
        """A blob in chunks of 1 MiB."""
        with self.open(sha256) as file:
            yield from iter(lambda: file.read(CHUNK), b"")

    def sweep(self, keep: set[str], *, older_than_s: float = 86_400) -> int:
        """Delete blobs not in ``keep`` and abandoned staging files older than ``older_than_s``;
        returns the bytes freed. Young files are left: they may be on their way into a transaction."""
        freed, limit = 0, time.time() - older_than_s
        for path in self.root.glob("[0-9a-f][0-9a-f]/*") if self.root.exists() else ():
            name = path.parent.name + path.name
            if name not in keep and (stat := _stat(path)) and stat.st_mtime < limit:
                freed += self._remove(path, limit)
        for path in (self.root / "staging").glob("*"):
            if (stat := _stat(path)) and stat.st_mtime < limit:
                freed += stat.st_size
                path.unlink(missing_ok=True)
        return freed

    def _remove(self, path: Path, limit: float) -> int:
        """Delete a blob unless it was stored again this moment; returns the bytes freed."""
        doomed = self.root / "staging" / f"doomed-{path.parent.name}{path.name}"
        doomed.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.replace(doomed)
        except FileNotFoundError:
            return 0
        stat = doomed.stat()
        if stat.st_mtime >= limit:
            doomed.replace(path)
            return 0
        doomed.unlink()
        return stat.st_size


def _stat(path: Path) -> os.stat_result | None:
    """None if another process of the same data directory was quicker to delete it."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
