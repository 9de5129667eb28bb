"""The loopback listener: plain http for kernels of this machine, opened by kernels' tokens only."""

from __future__ import annotations

import socket

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from .base import Tracking
from .routes import kernel_routes
from .tokens import KernelTokens
from .uploads import PIECE_BYTES, UploadStream

#: Where the tracking URI is below the listener's address; the same as on the Jupyter server.
PREFIX = "/mlops/mlflow"
#: How much is read from a connection at once (bytes), and how much of one request is kept in memory.
READ_BYTES = 64 * 1024
BUFFER_BYTES = 128 * 1024 * 1024


class _Server(HTTPServer):
    """An HTTP server whose small answers leave at once, and whose files arrive uncopied."""

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Set TCP_NODELAY on a new connection: without it each call waits about 40 ms."""
        stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reading = UploadStream(
            stream.socket, max_buffer_size=stream.max_buffer_size, read_chunk_size=READ_BYTES
        )
        super().handle_stream(reading, address)


class Listener:
    """Serves the tracking endpoint on ``127.0.0.1`` on a port of its own."""

    def __init__(self, tracking: Tracking, tokens: KernelTokens) -> None:
        self._tokens = tokens
        self._tracking = tracking
        self._server: HTTPServer | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on the running loop; returns the tracking URI for kernels."""
        application = Application(
            kernel_routes(PREFIX, self._tracking, self._tokens),
            log_function=lambda _: None,
        )
        # JSON bodies are bounded by the buffer; the handlers of files lift the limit for themselves.
        self._server = _Server(
            application,
            chunk_size=PIECE_BYTES,
            max_buffer_size=BUFFER_BYTES,
            max_body_size=BUFFER_BYTES,
        )
        sockets = bind_sockets(port, "127.0.0.1", family=socket.AF_INET)
        self._server.add_sockets(sockets)
        return f"http://127.0.0.1:{sockets[0].getsockname()[1]}{PREFIX}"

    async def stop(self) -> None:
        """Close the port and the connections. Does nothing if it is not listening."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            await server.close_all_connections()
