"""Run a candidate again in fresh kernels, tell how far it is, and keep a match report with what came out."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..entities import Candidate, Change, Origin
from ..errors import Conflict, MLOpsError, NotFound
from ..recorder.judging import depended_on
from ..reproduce import match
from ..reproduce.match import Report, Side
from ..reproduce.rebind import parameters_of, with_parameters
from ..reproduce.rerun import KernelRecorder, run_notebook
from ..store import artifacts, candidates, overview, runs
from ..store.changes import changed
from ..store.store import Connection, Store, now_ms
from . import executed
from .executed import Contents

#: How many kernels of one grid run at a time when nobody says, and at most.
PARALLEL, MOST_PARALLEL = 2, 8
#: The relation of a run again to its original.
RELATION = "rerun"


@dataclass
class Run:
    """One run of a job. ``state``: waiting, running, finished, failed, cancelled."""

    parameters: dict[str, Any]
    state: str = "waiting"
    done: int = 0
    total: int = 0
    candidate: str | None = None
    report: Report | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the panel's JSON."""
        return {
            "parameters": self.parameters,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "candidate": self.candidate,
            "report": self.report.to_json() if self.report else None,
            "error": self.error,
        }


@dataclass
class Job:
    """The runs that somebody asked for at one time."""

    candidate: str
    runs: list[Run]
    started_ms: int
    parallel: int
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.task is not None and not self.task.done()

    def to_json(self) -> dict[str, Any]:
        """As the panel's JSON."""
        return {
            "running": self.running,
            "started_time": self.started_ms,
            "parallel": self.parallel,
            "runs": [run.to_json() for run in self.runs],
        }


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
        # Kernels that run something again: the original, and the parameters.
        self._repeating: dict[str, tuple[str, dict[str, Any]]] = {}
        self._adoptions: set[asyncio.Task[None]] = set()
        self._stop_listening: Callable[[], None] | None = None

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
        document = await self._store.read(_document, self._store.blobs, candidate_id, as_it_ran)
        return await executed.put_copy(
            self._contents, candidate.notebook, candidate_id, _with_ids_dropped(document)
        )

    async def state(self, candidate_id: str) -> dict[str, Any]:
        """What was run again of a candidate, and what runs now."""
        found = await self._store.read(_state, self._store.blobs, candidate_id)
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
        await _ended(job)
        return await self.state(candidate_id)

    async def stop(self) -> None:
        """End everything."""
        for job in list(self._jobs.values()):
            await _ended(job)
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        await asyncio.gather(*self._adoptions, return_exceptions=True)

    async def _begin(self, candidate_id: str, request: Mapping[str, Any]) -> Job:
        known = self._jobs.get(candidate_id)
        if known is not None and known.running:
            raise Conflict("this candidate is being run again already: wait for it or cancel it")
        document = await self._store.read(
            _document, self._store.blobs, candidate_id, bool(request.get("as_it_ran"))
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
        self._jobs[candidate_id] = job
        job.task = asyncio.ensure_future(self._work(job, work, request))
        return job

    async def _work(
        self,
        job: Job,
        work: list[tuple[Run, dict[str, Any], dict[str, Any]]],
        request: Mapping[str, Any],
    ) -> None:
        turns = asyncio.Semaphore(job.parallel)

        async def one(run: Run, document: dict[str, Any], left: dict[str, Any]) -> None:
            async with turns, self._kernels:
                await self._run(job.candidate, run, document, left, request)

        try:
            await asyncio.gather(*(one(*each) for each in work))
        finally:
            for run in job.runs:
                if run.state in ("waiting", "running"):
                    run.state = "cancelled"
            await self._tell(job.candidate)

    # -- children from the beginning -------------------------------------------------------------

    def _listen(self) -> None:
        """Make what a repeating kernel makes a child of the original as soon as it is there: it is no candidate of
        the notebook by itself, not even while it runs or when it is cancelled."""
        if self._stop_listening is not None:
            return
        loop = asyncio.get_running_loop()

        def told(changes: list[Change]) -> None:
            ids = [change.id for change in changes if change.kind == "candidate"]
            if ids and self._repeating and not loop.is_closed():
                loop.call_soon_threadsafe(begin, ids)

        def begin(ids: list[str]) -> None:
            task = asyncio.ensure_future(self._adopt(ids))
            self._adoptions.add(task)
            task.add_done_callback(self._adoptions.discard)

        self._stop_listening = self._store.on_change(told)

    async def _adopt(self, ids: list[str]) -> None:
        repeating = dict(self._repeating)
        if await self._store.read(_orphans, ids, repeating):
            await self._store.write(_adopt, ids, repeating)

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
        """One run in a fresh kernel; what goes wrong is said in ``run``."""
        run.state = "running"

        def progress(done: int, total: int) -> None:
            run.done, run.total = done, total

        kernels: list[str] = []

        def begun(kernel_id: str) -> None:
            kernels.append(kernel_id)
            self._repeating[kernel_id] = candidate_id, run.parameters

        self._listen()
        original = await self._store.read(candidates.get, candidate_id)
        directory = await self._store.in_thread(self._directory)
        try:
            path = directory / "notebook.ipynb"
            await self._store.in_thread(path.write_text, json.dumps(document), "utf-8")
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
        except MLOpsError as refused:
            run.state, run.error = "failed", refused.message
            return
        finally:
            await asyncio.shield(self._put_away(directory, kernels))
        run.error = result.error
        run.candidate, run.report = await self._store.write(
            _conclude,
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
        ended = {id: self._repeating.pop(id) for id in kernels}
        made = await self._store.read(_made_by, list(ended))
        if made:
            await self._store.write(_adopt, made, ended, True)

    def _directory(self) -> Path:
        parent = self._store.data_dir.resolve() / "staging"
        parent.mkdir(mode=0o700, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="rerun-", dir=parent))

    def _folder(self, notebook: str | None) -> Path:
        """Where the notebook ran; the root when that is gone."""
        folder = (self._root_dir / (notebook or "")).parent if notebook else self._root_dir
        return folder if folder.is_dir() else self._root_dir


async def _ended(job: Job) -> None:
    if job.task is not None and not job.task.done():
        job.task.cancel()
        await asyncio.gather(job.task, return_exceptions=True)


def _document(conn: Connection, blobs: Any, candidate_id: str, ran: bool) -> dict[str, Any]:
    """The notebook that is run: as it was saved; in the order of execution if asked, or if none was saved."""
    candidate = candidates.get(conn, candidate_id)
    document = None if ran else executed.saved(conn, blobs, candidate)
    return document or executed.to_run(executed.as_it_ran(conn, blobs, candidate_id))


def _with_ids_dropped(document: dict[str, Any]) -> dict[str, Any]:
    """A copy that people work on: without our marks."""
    cells = []
    for cell in document["cells"]:
        marks = {executed.KEY, "editable", "deletable"} if executed.KEY in cell["metadata"] else ()
        metadata = {key: value for key, value in cell["metadata"].items() if key not in marks}
        cells.append({**cell, "metadata": metadata})
    metadata = {k: v for k, v in document["metadata"].items() if k != executed.KEY}
    return {**document, "cells": cells, "metadata": metadata}


def _state(conn: Connection, blobs: Any, candidate_id: str) -> dict[str, Any]:
    candidate = candidates.get(conn, candidate_id)
    parameters: list[Any] = []
    problem = None
    try:
        parameters = parameters_of(_document(conn, blobs, candidate_id, False))
    except NotFound as gone:
        problem = gone.message
    reruns = []
    for id in candidates.children(conn, candidate_id):
        head = candidates.head(conn, id)
        if head.relation == RELATION and head.lifecycle_stage == "active":
            again = head.details.get("rerun") or {}
            reruns.append(
                {
                    "id": id,
                    "name": head.name,
                    "status": head.status.value,
                    "start_time": head.start_ms,
                    "parameters": again.get("parameters") or {},
                    "report": head.details.get("match"),
                }
            )
    return {
        "candidate": candidate_id,
        "name": candidate.name,
        "notebook": candidate.notebook,
        "verified": candidate.verified,
        "problem": problem,
        "parameters": [each.to_json() for each in parameters],
        "reproduction": candidate.details.get("reproduction"),
        "params": {
            name: param.value
            for name, param in candidate.params.items()
            if param.source == "variable"
        },
        "reruns": sorted(reruns, key=lambda each: -(each["start_time"] or 0)),
    }


def _made_by(conn: Connection, kernel_ids: Sequence[str]) -> list[str]:
    return [id for kernel_id in kernel_ids for id in overview.candidates_of_kernel(conn, kernel_id)]


def _orphans(
    conn: Connection, ids: Sequence[str], repeating: Mapping[str, tuple[str, dict[str, Any]]]
) -> list[Candidate]:
    """Those of the candidates that a repeating kernel has made and that have no parent."""
    found = []
    for id in ids:
        try:
            head = candidates.head(conn, id)
        except NotFound:  # deleted meanwhile
            continue
        if head.kernel_id in repeating and head.parent_id is None:
            found.append(head)
    return found


def _adopt(
    conn: Connection,
    ids: Sequence[str],
    repeating: Mapping[str, tuple[str, dict[str, Any]]],
    ended: bool = False,
) -> None:
    """Make candidates children of what their kernel repeats. While it runs their origin still says how they end."""
    for head in _orphans(conn, ids, repeating):
        candidates.update(
            conn, head.id, parent_id=repeating[str(head.kernel_id)][0], relation=RELATION
        )
    if not ended:
        return
    for id in ids:
        head = candidates.head(conn, id)
        if head.relation == RELATION and head.origin != Origin.RERUN.value:
            original, parameters = repeating[str(head.kernel_id)]
            again = {"of": original, "origin": head.origin, "parameters": dict(parameters)}
            candidates.update(conn, id, origin=Origin.RERUN.value, details={"rerun": again})


def _conclude(
    conn: Connection,
    blobs: Any,
    original_id: str,
    run_ids: tuple[str, ...],
    *,
    parameters: Mapping[str, Any],
    tolerances: Mapping[str, float],
    failure: str | None,
) -> tuple[str | None, Report]:
    """Make the candidates of a run again children of what they repeat, and report on the one that was asked for."""
    original = candidates.get(conn, original_id)
    made = [candidates.get(conn, id) for id in overview.candidates_of_run(conn, run_ids)]
    pairs = match.pair(_siblings(conn, original), made)
    answer: tuple[str | None, Report] | None = None
    for each in made:
        mine = candidates.get(conn, pairs.get(each.id, original_id))
        report = match.match(
            _side(conn, blobs, mine),
            _side(conn, blobs, each) if each.id in pairs else None,
            tolerances=tolerances,
            parameters=parameters,
            failure=failure,
        )
        first = (each.details.get("rerun") or {}).get("origin") or each.origin
        again = {"of": mine.id, "origin": first, "parameters": dict(parameters)}
        candidates.update(
            conn,
            each.id,
            parent_id=mine.id,
            relation=RELATION,
            origin=Origin.RERUN.value,
            details={"rerun": again, "match": report.to_json()},
        )
        if each.id in pairs:
            _mark(conn, mine, each.id, report)
        if pairs.get(each.id) == original_id:
            answer = each.id, report
    if answer is None:
        report = match.match(
            _side(conn, blobs, original),
            None,
            tolerances=tolerances,
            parameters=parameters,
            failure=failure,
        )
        _mark(conn, original, None, report)
        answer = None, report
    return answer


def _mark(conn: Connection, original: Candidate, rerun_id: str | None, report: Report) -> None:
    """Only a run that matched makes a candidate verified; one that did not takes it back."""
    if report.verdict not in (match.MATCHED, match.NOT_MATCHED):
        return
    noted = {
        "verdict": report.verdict,
        "message": report.message,
        "candidate": rerun_id,
        "time": now_ms(),
    }
    candidates.update(
        conn, original.id, verified=int(report.verifies), details={"reproduction": noted}
    )


def _siblings(conn: Connection, original: Candidate) -> list[Candidate]:
    """The asked candidate first, then the others of its notebook run."""
    found = [original]
    if original.notebook_run_id:
        for id in runs.run_candidates(conn, original.notebook_run_id):
            head = candidates.head(conn, id)
            if id != original.id and (head.parent_id is None or head.relation == RELATION):
                found.append(head)
    return found


def _side(conn: Connection, blobs: Any, candidate: Candidate) -> Side:
    found = artifacts.get(conn, artifacts.candidate_owner(candidate.id), "environment.txt")
    packages = None
    if found is not None and blobs.exists(found.sha256):
        packages = match.packages_of(blobs.get(found.sha256).decode("utf-8", "replace"))
    ran = [
        (execution.execution_count, execution.cell_index)
        for execution in depended_on(conn, replace(candidate, details={}))
    ]
    return Side(candidate, packages, overview.sources_of(conn, candidate), ran)
