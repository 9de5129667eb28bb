"""The server extension: configuration in, everything wired and started, the two faces mounted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.contents.filemanager import FileContentsManager
from tornado import web

from . import __version__, events
from .api import routes as api_routes
from .api.base import Panel
from .events import Publisher
from .observability import Log, Series
from .recorder.documents import read_notebook_file
from .services.contents import ServerContents
from .services.housekeeping import Housekeeping
from .services.kernels import ServerKernels
from .services.packing import Packing
from .services.recording import RecordingState
from .services.registering import Registering
from .services.reproducing import Reproducing
from .services.sharing import SharingService
from .services.wiring import Recording, build_recording
from .settings import MLOpsSettings
from .store.store import Store
from .tracking.routes import main_routes


class MLOpsExtension(MLOpsSettings, ExtensionApp):
    """``c.MLOpsExtension.…``; see docs/reference/configuration.md."""

    name = "jupyterlab_mlops"
    app_name = "jupyterlab-mlops"
    description = "Experiment candidates, comparison and model registration inside JupyterLab"
    extension_url = "/lab"
    load_other_extensions = True

    def initialize_handlers(self) -> None:
        """Build the parts and hang their routes on the server; nothing runs yet."""
        server = self.serverapp
        assert server is not None
        self.store = Store(Path(self.data_dir).expanduser())
        sessions = server.session_manager
        self.recording_half: Recording = build_recording(
            self,
            self.store,
            root_dir=Path(server.root_dir),
            kernel_manager=server.kernel_manager,
            event_logger=server.event_logger,
            notebook_of=self._notebook_of,
            read_notebook=self._read_notebook,
            lab_url=server.base_url,
        )
        self.recording_half.recorder.intercept()
        self.kernels = ServerKernels(
            self.recording_half.recorder, sessions.list_sessions, server.kernel_manager
        )
        self.sharing = SharingService(self.store, self, root_dir=Path(server.root_dir))
        self.reproducing = Reproducing(
            self.store,
            self.recording_half.recorder,
            Path(server.root_dir),
            ServerContents(server.contents_manager),
        )
        panel = Panel(
            store=self.store,
            recording=RecordingState(
                self.store,
                self.kernels,
                self._read_notebook,
                self.recording_half.recorder.discard,
            ),
            registering=Registering(self.store, self.kernels, Path(server.root_dir)),
            reproducing=self.reproducing,
            sharing=self.sharing,
            version=__version__,
        )
        # The base class puts the server's base URL in front.
        self.handlers.extend(api_routes.routes("/mlops/api", panel))
        self.handlers.extend(main_routes("/mlops/mlflow", self.recording_half.tracking))
        self.publisher = Publisher(self.store, self._emit, foreign=self.sharing.wake)
        self.logging = Log(server.log)
        self.series = Series(self.store)
        self.housekeeping = Housekeeping(self.store)
        self.packing = Packing(self.store)
        assert server.event_logger is not None
        server.event_logger.register_event_schema(events.schema())

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:  # noqa: ARG002
        """Called by the server once its loop runs."""
        await self.start_parts()

    async def start_parts(self) -> None:
        """Start everything, in the order of what needs what. A part that cannot start does not keep the others from it:
        without sharing there is still recording, and without either there is still the server.
        """
        self.logging.start()
        for part in (
            self.publisher,
            self.recording_half,
            self.sharing,
            self.series,
            self.housekeeping,
            self.packing,
        ):
            try:
                await part.start()
            except Exception:
                self.log.exception(
                    "jupyterlab-mlops: %s did not start; the rest works without it",
                    type(part).__name__,
                )
        self.log.info("jupyterlab-mlops %s keeps its data in %s", __version__, self.store.data_dir)

    async def stop_extension(self) -> None:
        """Stop everything; what is open is closed, what is queued stays queued."""
        for part in (
            self.packing,
            self.housekeeping,
            self.series,
            self.reproducing,
            self.recording_half,
            self.sharing,
            self.publisher,
        ):
            try:
                await part.stop()
            except Exception:  # the others have something to close, too
                self.log.exception("jupyterlab-mlops: %s did not stop well", type(part).__name__)
        self.store.close()
        self.logging.stop()

    # -- what the parts ask of the server ----------------------------------------------------------

    async def _notebook_of(self, kernel_id: str) -> str | None:
        return await self.kernels.notebook_of(kernel_id)

    async def _read_notebook(self, path: str) -> Mapping[str, Any] | None:
        """A notebook through the contents manager; None if it cannot be read.

        Contents that are files are read in a thread: the manager would parse them on the event loop, and check
        the signature of something nobody is about to show.
        """
        assert self.serverapp is not None
        contents: Any = self.serverapp.contents_manager
        # Not those that others derive: jupytext's reads scripts as notebooks.
        own = type(contents).__module__.startswith("jupyter_server.")
        if own and isinstance(contents, FileContentsManager):
            return await self.store.in_thread(read_notebook_file, Path(contents.root_dir), path)
        try:
            found = contents.get(path, content=True, type="notebook")
            model = await found if hasattr(found, "__await__") else found
        except (web.HTTPError, OSError):
            return None
        content: Mapping[str, Any] | None = model.get("content")
        return content

    def _emit(self, data: dict[str, Any]) -> None:
        assert self.serverapp is not None
        assert self.serverapp.event_logger is not None
        self.serverapp.event_logger.emit(schema_id=events.SCHEMA_ID, data=data)
