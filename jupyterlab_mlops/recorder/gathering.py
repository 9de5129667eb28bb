"""Gather what belongs to a notebook run before it is closed: notebook, repository, environment, figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ..entities import Execution, Status
from ..store import cell_facts, execution_rows, kernels
from ..store.store import Store
from . import cells, provenance
from .closing import Closing, figures_of
from .documents import notebook_json, read_notebook_file
from .recording import RunDrained
from .spans import Raw

ReadNotebook = Callable[[str], Awaitable["Mapping[str, Any] | None"]]


class KernelFacts(Protocol):
    """What is asked of a kernel: its notebook (path, or the document itself), language, interpreter."""

    id: str
    language: str
    notebook: str | None
    document: Mapping[str, Any] | None
    trigger: str
    executable: str | None

    @property
    def gone(self) -> bool:
        """Whether the kernel has ended or is being let go."""
        ...


class Gatherer:
    """Gathers for one data directory and root. File work and subprocesses run on the store's threads."""

    def __init__(self, store: Store, root_dir: Path, read_notebook: ReadNotebook | None) -> None:
        self._store = store
        self._root_dir = root_dir
        self._read_notebook = read_notebook or self._read_file
        self._environments = provenance.Environments()

    async def repository(self, notebook: str | None) -> provenance.Repository | None:
        """The repository around a notebook, as it is now."""
        directory = (self._root_dir / (notebook or "")).parent if notebook else self._root_dir
        return await self._store.in_thread(provenance.repository, directory)

    async def read(self, kernel: KernelFacts) -> Mapping[str, Any] | None:
        """The notebook of a kernel as it is now; None when there is none or it cannot be read."""
        if kernel.document is not None or kernel.notebook is None:
            return kernel.document
        try:
            return await self._read_notebook(kernel.notebook)
        except Exception as problem:
            text = f"{kernel.notebook}: {problem!r}"
            await self._store.write(kernels.diagnose, "recorder", text, kernel.id)
            return None

    async def gather(
        self,
        kernel: KernelFacts,
        drained: RunDrained,
        repository: provenance.Repository | None = None,
    ) -> Closing:
        """Read the notebook, match it to what was executed, and store snapshot and figures."""
        document = await self.read(kernel)
        executions = await self._store.read(execution_rows.of_run, drained.run_id)
        facts = await self._store.read(cell_facts.of_run, drained.run_id)
        executable = await self._executable_of(kernel)
        return await self._store.in_thread(
            self._assemble, kernel, drained, document, executions, facts, repository, executable
        )

    def _assemble(
        self,
        kernel: KernelFacts,
        drained: RunDrained,
        document: Mapping[str, Any] | None,
        executions: list[Execution],
        facts: Mapping[str, Mapping[str, Any]],
        repository: provenance.Repository | None,
        executable: str | None,
    ) -> Closing:
        """File work of closing a run, on a thread: matching, snapshot, figures, environment."""
        blobs = self._store.blobs
        code = cells.code_cells(document) if document is not None else []
        matches = cells.match(executions, code, {id: f["cell_id"] for id, f in facts.items()})
        whole = cells.is_whole(
            executions,
            matches,
            code,
            aborted=drained.aborted,
            headless=kernel.trigger != "client",
            crashed=drained.crashed,
        )
        outputs: dict[str, Raw] = {}
        figures = []
        for execution, match in zip(executions, matches, strict=True):
            if execution.outputs is not None or execution.small_outputs is not None:
                outputs[execution.id] = Raw(execution_rows.outputs_json(execution, blobs))
                figures += figures_of(blobs, execution, match.cell_index, outputs[execution.id])
        taken = cells.snapshot(document, executions, matches, outputs, language=kernel.language)
        environment, hardware = None, {}
        if executable is not None and (found := self._environments.of(executable)) is not None:
            environment = blobs.put(provenance.lock(found).encode())
            hardware = provenance.hardware(found)
        patch = blobs.put(repository.patch) if repository and repository.patch else None
        return Closing(
            run_id=drained.run_id,
            status=drained.status,
            closed_ms=drained.at_ms,
            busy_ms=drained.busy_ms,
            aborted=drained.aborted,
            error=drained.error,
            whole=whole,
            matches=matches,
            figures=figures,
            snapshot=blobs.put_stream(notebook_json(taken)),
            environment=environment,
            hardware=hardware,
            git=repository.facts() if repository else {},
            patch=patch,
            cells=code if document is not None else None,
            kernel_ended=drained.status is Status.KILLED and kernel.gone,
        )

    async def _executable_of(self, kernel: KernelFacts) -> str | None:
        """The kernel's interpreter: as its agent says, else as its kernelspec says."""
        row = await self._store.read(kernels.get_kernel, kernel.id)
        agent = row["agent"] if row else None
        said = agent.get("executable") if agent else None
        return str(said) if said else kernel.executable

    async def _read_file(self, path: str) -> Mapping[str, Any] | None:
        return await self._store.in_thread(read_notebook_file, self._root_dir, path)
