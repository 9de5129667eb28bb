"""Connections that read a large body without copying it.

Tornado copies what it reads twice before a handler sees it, and wakes for every few kilobytes. For a file
that costs more than hashing and writing it.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable
from typing import Any, cast

from tornado.iostream import IOStream

#: How much of a body is read at once (bytes). Two such buffers are held while a file arrives.
PIECE_BYTES = 4 << 20
#: How much is to lie ready before the loop is woken (bytes).
_WAKE_BYTES = 256 * 1024


class UploadStream(IOStream):
    """A connection whose next body may be read into two buffers in turn."""

    _buffers: tuple[bytearray, bytearray] | None = None
    _left = 0

    def expect(self, size: int) -> bool:
        """Announce a body of ``size`` bytes whose pieces are read one after the other.

        Returns whether pieces are lent: each is then valid until the one after the next is asked for.
        Bodies that fit into a piece are read as ever.
        """
        if size <= PIECE_BYTES:
            return False
        self._buffers = bytearray(PIECE_BYTES), bytearray(PIECE_BYTES)
        self._left = size
        return True

    def forget(self) -> None:
        """The body is over, or nobody wants it: read as ever."""
        if self._buffers is not None:
            self._buffers = None
            self._wake_at(1)

    def read_bytes(self, num_bytes: int, partial: bool = False) -> Awaitable[bytes]:
        """As tornado's; pieces of an announced body are whole, and views of a buffer."""
        if self._buffers is None or not partial:
            return super().read_bytes(num_bytes, partial)
        return self._read_piece(num_bytes)

    async def _read_piece(self, num_bytes: int) -> bytes:
        assert self._buffers is not None
        self._buffers = self._buffers[1], self._buffers[0]
        piece = self._buffers[0] if num_bytes == PIECE_BYTES else bytearray(num_bytes)
        self._left -= num_bytes
        # Only while that much follows for sure: the end of a body would wait for ever.
        self._wake_at(_WAKE_BYTES if self._left >= _WAKE_BYTES else 1)
        await self.read_into(piece)
        return cast(bytes, memoryview(piece))

    def _wake_at(self, size: int) -> None:
        option: Any = getattr(socket, "SO_RCVLOWAT", None)
        if option is not None and not self.closed():
            with contextlib.suppress(OSError):  # some systems let nobody set it
                self.socket.setsockopt(socket.SOL_SOCKET, option, size)
