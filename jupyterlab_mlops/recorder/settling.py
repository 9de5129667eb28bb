"""Closing notebook runs: when their queue has drained, and when their kernel died and left them open."""

from __future__ import annotations

import asyncio
import logging
import uuid
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from ..entities import NotebookRun
from ..findings import drain_spool
from ..store import cell_facts, execution_rows, runs
from ..store.store import Store, now_ms
from .attached import AttachedKernel
from .cells import code_cells
from .closing import close_run
from .gathering import Gatherer
from .judging import other_scores, put_scores
from .recording import RunDrained
from .writing import close_plainly, forget_run, left_open

#: How long a drained run waits for the agent's last word (s), and how often it looks.
AGENT_WAIT_S = 3.0
AGENT_POLL_S = 0.03
#: How long after a run a notebook that is saved is taken as the one that was run (ms).
LOOK_AGAIN_MS = 30 * 60_000


class Settling:
    """Closes the notebook runs of kernels. A run whose facts cannot be gathered is closed without them."""

    def __init__(self, store: Store, gatherer: Gatherer, log: logging.Logger) -> None:
        self._store = store
        self._gatherer = gatherer
        self._log = log
        #: Open runs that are forgotten once they are over.
        self.discarded: set[str] = set()

    async def close(
        self, kernel: AttachedKernel, drained: RunDrained, written: Future[Any]
    ) -> None:
        """Gather what belongs to a drained run and close it."""
        generation = kernel.generation
        try:
            await asyncio.wrap_future(written)
            looking = kernel.git.pop(drained.run_id, None)
            if not await self._store.read(runs.exists, drained.run_id):
                return  # recording is off
            if not await self._store.read(cell_facts.has_agent, kernel.id):
                await self.drain_spool(kernel)  # it may have spoken and not have been heard
            deadline = asyncio.get_running_loop().time() + AGENT_WAIT_S
            while not await self._store.read(cell_facts.agent_has_ended, drained.run_id):
                # What the agent has written down need not be waited for until it is sent.
                told = await self.drain_spool(kernel)
                over = asyncio.get_running_loop().time() > deadline
                if drained.died or over or kernel.generation != generation or kernel.gone:
                    break
                if not told:
                    await asyncio.sleep(AGENT_POLL_S)
            if drained.run_id in self.discarded:
                self.discarded.discard(drained.run_id)
                await self._store.write(forget_run, drained.run_id)
                return
            if not await self._store.write(runs.drop_asides, drained.run_id):
                return
            repository = await looking if looking is not None else None
            closing = await self._gatherer.gather(kernel, drained, repository)
            await self._store.write(close_run, closing, self._store.blobs)
        except Exception:
            self._log.exception("jupyterlab-mlops: notebook run %s", drained.run_id)
            await self._store.write(close_plainly, drained)

    async def look_again(self, kernel: AttachedKernel, path: str) -> None:
        """Its notebook was saved: what it ran lately may be of cells that were not on disk then, or not as they are."""
        if kernel.document is not None:  # it runs a copy
            return
        now = now_ms()
        since, kernel.saved_ms = max(kernel.saved_ms, now - LOOK_AGAIN_MS), now
        found = await self._store.read(runs.list_runs, notebook=path, limit=1)
        if found and found[0].kernel_id == kernel.id and found[0].closed_ms is not None:
            await self._close_again(kernel, found[0], now)
        document = await self._gatherer.read(kernel)
        if document is None:
            return
        others = await self._store.read(other_scores, kernel.id, since, code_cells(document))
        if others:
            await self._store.write(put_scores, others)

    async def _close_again(self, kernel: AttachedKernel, run: NotebookRun, now: int) -> None:
        """Place the executions of a run that ended lately, of which some were in no cell that was on disk."""
        executions = await self._store.read(execution_rows.of_run, run.id)
        unplaced = any(item.cell_index is None for item in executions)
        closed_ms = run.closed_ms or 0
        # One new cell that is run and saved is somebody at work, not a whole notebook.
        if len(executions) < 2 or not unplaced or now - closed_ms > LOOK_AGAIN_MS:
            return
        aborted = await self._store.read(runs.aborted, run.id)
        drained = RunDrained(
            run.id, run.status, closed_ms, run.busy_ms, len(executions), aborted, run.error
        )
        closing = await self._gatherer.gather(kernel, drained)
        await self._store.write(close_run, closing, self._store.blobs)

    async def close_left(self, kernel: AttachedKernel, drained: RunDrained) -> None:
        """Close a run that its kernel left open when it died."""
        try:
            await self._store.write(execution_rows.end_all, drained.run_id, drained.at_ms)
            closing = await self._gatherer.gather(kernel, drained)
            await self._store.write(close_run, closing, self._store.blobs)
        except Exception:
            self._log.exception("jupyterlab-mlops: notebook run %s", drained.run_id)
            await self._store.write(close_plainly, drained)

    async def recover(self, kernel: AttachedKernel, at_ms: int, *, crashed: bool = False) -> None:
        """Close again the runs of executions that only the agent of a dead kernel has seen, or seen to the end."""
        new_id = uuid.uuid4().hex
        joined = await self._store.write(execution_rows.recover, kernel.id, new_id, at_ms)
        outlived = await self._store.read(execution_rows.outlived, kernel.id)
        for id in dict.fromkeys([*joined, *outlived]):
            run = await self._store.read(runs.get_run, id)
            executions = await self._store.read(execution_rows.of_run, id)
            drained = left_open(id, run.opened_ms, executions)
            await self.close_left(kernel, replace(drained, crashed=crashed))

    async def drain_spool(self, kernel: AttachedKernel) -> int:
        """Apply what the agent of a living kernel has written down; returns how many findings."""
        return await self._store.in_thread(drain_spool, self._store, kernel.id, remove=False)
