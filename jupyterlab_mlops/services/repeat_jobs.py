"""What somebody asked to be run again, and how far it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from ..reproduce.match import Report


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


async def ended(job: Job) -> None:
    """Cancel what runs, and wait until it has put everything away."""
    if job.task is not None and not job.task.done():
        job.task.cancel()
        await asyncio.gather(job.task, return_exceptions=True)
