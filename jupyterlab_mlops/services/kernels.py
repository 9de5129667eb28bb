"""The kernels of a Jupyter server, by notebook: what registering and the recording state ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from ..errors import Conflict
from ..recorder.recorder import Recorder

#: Lists the server's sessions, as ``SessionManager.list_sessions``.
ListSessions = Callable[[], Awaitable[list[dict[str, Any]]]]


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


class ServerKernels:
    """Live kernels of this server."""

    def __init__(
        self, recorder: Recorder, list_sessions: ListSessions, kernel_manager: Any
    ) -> None:
        self._recorder = recorder
        self._list_sessions = list_sessions
        self._kernel_manager = kernel_manager

    async def kernel_of(self, notebook: str) -> str | None:
        """The live kernel of a notebook (contents path), or None."""
        for session in await self._list_sessions():
            if session.get("path") == notebook and session.get("type") == "notebook":
                kernel: Mapping[str, Any] = session.get("kernel") or {}
                return kernel.get("id")
        return None

    async def notebook_of(self, kernel_id: str) -> str | None:
        """The notebook a kernel runs for now, or None (a console, a bare kernel)."""
        sessions = await self._list_sessions()
        mine = [each for each in sessions if (each.get("kernel") or {}).get("id") == kernel_id]
        for session in mine:
            if session.get("type") == "notebook":
                return str(session["path"])
        # Consoles and clients that start a session for a file of their own.
        for session in mine:
            if str(session.get("path", "")).endswith(".ipynb"):
                return str(session["path"])
        return None

    def alive(self, kernel_id: str) -> bool:
        """Whether this server runs the kernel."""
        return kernel_id in self._kernel_manager

    async def ask(
        self, kernel_id: str, request: dict[str, Any], timeout_s: float
    ) -> dict[str, Any]:
        """Ask the kernel's agent; Conflict when the kernel is gone or does not answer in time."""
        return await self._recorder.ask(kernel_id, request, timeout_s)
