"""Which notebook a kernel runs for: as its session says, and as files are renamed under it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..store import kernels
from ..store.store import Store
from .attached import AttachedKernel
from .settling import Settling
from .tasks import Tasks

#: Gives the contents path of the notebook that a kernel (its id) runs for now, or None.
NotebookOf = Callable[[str], Awaitable["str | None"]]

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"


class Places:
    """Follows the notebooks of ``attached`` kernels. Saved ones are looked at again by ``settling``."""

    def __init__(
        self,
        store: Store,
        attached: Mapping[str, AttachedKernel],
        settling: Settling,
        tasks: Tasks,
        notebook_of: NotebookOf | None,
    ) -> None:
        self._store = store
        self._attached = attached
        self._settling = settling
        self._tasks = tasks
        self._notebook_of = notebook_of
        self._renames: dict[str, str] = {}

    async def follow(self, kernel: AttachedKernel) -> None:
        """Look up which notebook a kernel runs for."""
        if self._notebook_of is None:
            return
        notebook = await self._notebook_of(kernel.id)
        if notebook is not None:
            # Clients rename the file first and their session a moment later.
            for old, new in self._renames.items():
                notebook = kernels.renamed(notebook, old, new)
        if notebook is not None and notebook != kernel.notebook:
            kernel.notebook = notebook
            await self._store.write(kernels.set_notebook, kernel.id, notebook)

    def listen(self, event_logger: Any) -> Callable[[], None]:
        """Hear of files that are saved and renamed; returns the undoing."""
        heard = {"schema_id": CONTENTS, "listener": self._on_contents}
        event_logger.add_listener(**heard)
        return lambda: event_logger.remove_listener(**heard)

    async def _on_contents(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        del logger, schema_id
        path = str(data.get("path", "")).strip("/")
        if data.get("action") in ("save", "create"):
            self._renames.pop(path, None)  # a new file of an old name
            kernel = next((item for item in self._attached.values() if item.notebook == path), None)
            if kernel is not None:
                self._tasks.spawn(self._settling.look_again(kernel, path))
        old = str(data.get("source_path") or "").strip("/")
        if data.get("action") != "rename" or not old or not path:
            return
        self._renames.pop(path, None)
        self._renames[old] = path
        for kernel in self._attached.values():
            if kernel.notebook is not None:
                kernel.notebook = kernels.renamed(kernel.notebook, old, path)
        await self._store.write(kernels.follow_rename, old, path)
