"""Run a candidate again: its notebook as it was executed, in a fresh kernel, with a report of what matched."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..entities import Candidate
from ..errors import NotFound
from ..store import artifacts, candidates, runs
from ..store.blobs import Blobs
from ..store.store import Connection, Store
from .matching import RELATIVE_TOLERANCE, MatchReport, Verdict, counterpart, report
from .rerun import KernelRecorder, Result, run_notebook

NOTEBOOK = "notebook.ipynb"
LOCK = "environment.txt"


@dataclass(frozen=True, slots=True)
class Again:
    """What came of it. ``candidate_id``: the candidate that stands for the original, if there is one."""

    result: Result
    candidate_id: str | None
    report: MatchReport | None


async def run_again(
    store: Store,
    recorder: KernelRecorder,
    candidate_id: str,
    *,
    root_dir: Path,
    parameters: Mapping[str, Any] | None = None,
    tolerance: float = RELATIVE_TOLERANCE,
    timeout_s: float | None = None,
    output: Path | None = None,
) -> Again:
    """Execute a candidate's notebook again and compare.

    Its new candidate names the original as its parent, with the relation ``rerun``. Without
    ``parameters`` the metrics are compared, and the original is *verified* if they all match: a
    run with other parameters proves nothing about it and has no report.

    Raises:
        NotFound: there is no such candidate, or its notebook was not kept.
    """
    before = await store.read(candidates.get, candidate_id)
    owner = artifacts.candidate_owner(candidate_id)
    kept = await store.read(artifacts.get, owner, NOTEBOOK)
    if kept is None:
        raise NotFound(f"the notebook of candidate {candidate_id} was not kept")
    place = (root_dir / before.notebook).parent if before.notebook else root_dir
    directory = place if place.is_dir() else root_dir
    with tempfile.TemporaryDirectory(prefix="mlops-again-") as scratch:
        copy = Path(scratch) / (Path(before.notebook or NOTEBOOK).name)
        await store.in_thread(copy.write_bytes, await store.in_thread(store.blobs.get, kept.sha256))
        result = await run_notebook(
            recorder,
            copy,
            parameters=parameters,
            output=output,
            timeout_s=timeout_s,
            contents_path=before.notebook,
            cwd=directory,
        )
    made = await store.read(_made, result.run_ids)
    found = counterpart(before, made)
    if found is None:
        return Again(result, None, None)
    matched = None
    if not parameters:
        packages = await store.in_thread(_packages, store.blobs, before, found)
        matched = report(
            before,
            found,
            tolerance=tolerance,
            packages_before=packages[0],
            packages_again=packages[1],
        )
    await store.write(_record, before.id, found.id, matched)
    return Again(result, found.id, matched)


def _made(conn: Connection, run_ids: tuple[str, ...]) -> list[Candidate]:
    ids = [id for run_id in run_ids for id in runs.run_candidates(conn, run_id)]
    return [item for item in (candidates.get(conn, id) for id in ids) if item.parent_id is None]


def _record(conn: Connection, before: str, again: str, matched: MatchReport | None) -> None:
    columns: dict[str, Any] = {"parent_id": before, "relation": "rerun"}
    if matched is not None:
        columns["details"] = {"match": json.loads(json.dumps(matched.to_json()))}
    candidates.update(conn, again, **columns)
    if matched is not None and matched.verdict is Verdict.REPRODUCED:
        candidates.update(conn, before, verified=1, details={"verified_by": again})


def _packages(
    blobs: Blobs, before: Candidate, again: Candidate
) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """The packages of both candidates, from their lock files."""
    return _lock(blobs, before), _lock(blobs, again)


def _lock(blobs: Blobs, candidate: Candidate) -> dict[str, str] | None:
    file = next((item for item in candidate.artifacts if item.path == LOCK), None)
    if file is None or not blobs.exists(file.sha256):
        return None
    lines = blobs.get(file.sha256).decode("utf-8", "replace").splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))
