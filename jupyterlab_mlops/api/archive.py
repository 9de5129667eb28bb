"""Files of the store as one zip, made piece by piece: nothing is held in memory, however large the files are."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator

from ..entities import Artifact
from ..store.blobs import Blobs


class _Pipe:
    """A file that is only written to, and emptied by whoever sends it on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Everything is handed on by ``taken``."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(blobs: Blobs, folder: str, files: Iterable[Artifact]) -> Iterator[bytes]:
    """The bytes of a zip with ``files`` below ``folder``; not compressed: models are dense already.

    Raises:
        NotFound: the bytes of a file are not here.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:  # type: ignore[call-overload]  # it needs no more than it has
        for file in files:
            info = zipfile.ZipInfo(f"{folder}/{file.path}", date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as entry:
                for chunk in blobs.iter(file.sha256):
                    entry.write(chunk)
                    if piece := pipe.taken():
                        yield piece
    yield pipe.taken()
