"""Run a candidate again in fresh kernels, tell how far it is, and keep a match report with what came out."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import Conflict, MLOpsError, NotFound
from ..reproduce import match
from ..reproduce.rebind import with_parameters
from ..reproduce.rerun import KernelRecorder, run_notebook
from ..store import candidates
from ..store.changes import changed
from ..store.store import Store, now_ms
from . import executed, match_reports
from .adopting import Adopting
from .executed import Contents
from .repeat_jobs import Job, Run, ended

#: How many kernels of one grid run at a time when nobody says, and at most.
PARALLEL, MOST_PARALLEL = 2, 8

log = logging.getLogger(__name__)


class Reproducing:
    """Open, copy and run again what a candidate was made by."""

    def __init__(
        self,
        store: Store,
        recorder: KernelRecorder,
        root_dir: Path,
        contents: Contents | None = None,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._root_dir = root_dir
        self._contents = contents
        self._jobs: dict[str, Job] = {}
        # However many candidates are run again at one time.
        self._kernels = asyncio.Semaphore(MOST_PARALLEL)
        self._adopting = Adopting(store)

    # -- to look at ------------------------------------------------------------------------------

    async def executed(self, candidate_id: str) -> dict[str, Any]:
        """The notebook as it ran (see :func:`.executed.as_it_ran`)."""
        return await self._store.read(executed.as_it_ran, self._store.blobs, candidate_id)

    async def restore(self, candidate_id: str, *, as_it_ran: bool = False) -> str:
        """Write a copy of the candidate's notebook beside the original; returns its contents path.

        ``as_it_ran``: the cells in the order in which they ran, not the notebook as it was saved.

        Raises:
            NotFound: neither the notebook nor its executions were kept.
            Conflict: this process has no contents manager.
        """
        if self._contents is None:
            raise Conflict("a copy is written by a running server: start JupyterLab")
        candidate = await self._store.read(candidates.head, candidate_id)
        document = await self._store.read(
            executed.document, self._store.blobs, candidate_id, as_it_ran
        )
        return await executed.put_copy(
            self._contents, candidate.notebook, candidate_id, executed.unmarked(document)
        )

    async def state(self, candidate_id: str) -> dict[str, Any]:
        """What was run again of a candidate, and what runs now."""
        found = await self._store.read(match_reports.state, self._store.blobs, candidate_id)
        job = self._jobs.get(candidate_id)
        return {**found, "job": job.to_json() if job else None}

    # -- to run ----------------------------------------------------------------------------------

    async def begin(self, candidate_id: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Start running a candidate again; returns :meth:`state`.

        Raises:
            NotFound: there is no such candidate, or nothing of it to run.
            InvalidValue: parameters that the notebook cannot be given.
            Conflict: it is being run again already.
        """
        await self._begin(candidate_id, request)
        return await self.state(candidate_id)

    async def run(self, candidate_id: str, request: Mapping[str, Any]) -> Job:
        """As :meth:`begin`, and wait for the end: for the command line."""
        job = await self._begin(candidate_id, request)
        assert job.task is not None
        await job.task
        return job

    async def cancel(self, candidate_id: str) -> dict[str, Any]:
        """End what runs; the kernels are shut down, what they made so far is kept.

        Raises:
            NotFound: nothing runs.
        """
        job = self._jobs.get(candidate_id)
        if job is None or not job.running:
            raise NotFound("this candidate is not being run again")
        await ended(job)
        return await self.state(candidate_id)

    async def stop(self) -> None:
        """End everything."""
        for job in list(self._jobs.values()):
            await ended(job)
        await self._adopting.stop()

    async def _begin(self, candidate_id: str, request: Mapping[str, Any]) -> Job:
        self._refuse_if_running(candidate_id)
        document = await self._store.read(
            executed.document, self._store.blobs, candidate_id, bool(request.get("as_it_ran"))
        )
        fixed = dict(request.get("parameters") or {})
        combinations = match.grid(request["grid"]) if request.get("grid") else [{}]
        planned = [{**fixed, **combination} for combination in combinations]
        prepared = [(given, *with_parameters(document, given)) for given in planned]
        parallel = min(int(request.get("parallel") or PARALLEL), MOST_PARALLEL, len(planned))
        job = Job(candidate_id, [Run(given) for given in planned], now_ms(), parallel)
        work = [
            (run, made, left) for run, (_given, made, left) in zip(job.runs, prepared, strict=True)
        ]
        self._refuse_if_running(candidate_id)  # somebody else may have asked while we read
        self._jobs[candidate_id] = job
        job.task = asyncio.ensure_future(self._work(job, work, request))
        return job

    def _refuse_if_running(self, candidate_id: str) -> None:
        known = self._jobs.get(candidate_id)
        if known is not None and known.running:
            raise Conflict("this candidate is being run again already: wait for it or cancel it")

    async def _work(
        self,
        job: Job,
        work: list[tuple[Run, dict[str, Any], dict[str, Any]]],
        request: Mapping[str, Any],
    ) -> None:
        turns = asyncio.Semaphore(job.parallel)

        async def one(run: Run, document: dict[str, Any], left: dict[str, Any]) -> None:
            async with turns, self._kernels:
                try:
                    await self._run(job.candidate, run, document, left, request)
                except MLOpsError as refused:
                    run.state, run.error = "failed", refused.message
                except Exception as problem:  # of one run: the others of the grid go on
                    log.exception("Running candidate %s again failed", job.candidate)
                    run.state, run.error = "failed", f"{type(problem).__name__}: {problem}"

        try:
            await asyncio.gather(*(one(*each) for each in work))
        finally:
            for run in job.runs:
                if run.state in ("waiting", "running"):
                    run.state = "cancelled"
            await self._tell(job.candidate)

    async def _tell(self, candidate_id: str) -> None:
        await self._store.write(changed, "candidate", candidate_id)

    async def _run(
        self,
        candidate_id: str,
        run: Run,
        document: dict[str, Any],
        left: dict[str, Any],
        request: Mapping[str, Any],
    ) -> None:
        """One run in a fresh kernel; what goes wrong in the notebook is said in ``run``.

        Raises:
            MLOpsError: the notebook cannot be run, or its original is gone.
        """
        run.state = "running"

        def progress(done: int, total: int) -> None:
            run.done, run.total = done, total

        kernels: list[str] = []

        def begun(kernel_id: str) -> None:
            kernels.append(kernel_id)
            self._adopting.begun(kernel_id, candidate_id, run.parameters)

        self._adopting.listen()
        original = await self._store.read(candidates.get, candidate_id)
        directory = await self._store.in_thread(self._directory)
        try:
            path = directory / "notebook.ipynb"
            await self._store.in_thread(
                lambda: path.write_text(json.dumps(document), encoding="utf-8")
            )
            result = await run_notebook(
                self._recorder,
                path,
                parameters=left,
                timeout_s=request.get("timeout_s"),
                contents_path=original.notebook,
                cwd=await self._store.in_thread(self._folder, original.notebook),
                on_progress=progress,
                on_kernel=begun,
            )
        finally:
            await asyncio.shield(self._put_away(directory, kernels))
        run.error = result.error
        run.candidate, run.report = await self._store.write(
            match_reports.conclude,
            self._store.blobs,
            candidate_id,
            result.run_ids,
            parameters=run.parameters,
            tolerances=request.get("tolerances") or {},
            failure=result.error,
        )
        run.state = "failed" if result.error else "finished"

    async def _put_away(self, directory: Path, kernels: Sequence[str]) -> None:
        """What a run leaves, however it ended."""
        await self._store.in_thread(shutil.rmtree, directory, ignore_errors=True)
        await self._adopting.ended(kernels)

    def _directory(self) -> Path:
        parent = self._store.data_dir.resolve() / "staging"
        parent.mkdir(mode=0o700, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="rerun-", dir=parent))

    def _folder(self, notebook: str | None) -> Path:
        """Where the notebook ran; the root when that is gone."""
        folder = (self._root_dir / (notebook or "")).parent if notebook else self._root_dir
        return folder if folder.is_dir() else self._root_dir
