"""Match reports: made when a run again has ended, kept with what came out, read for the panel. In transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..entities import Candidate, Origin
from ..errors import NotFound
from ..recorder.judging import depended_on
from ..reproduce import match
from ..reproduce.match import Report, Side
from ..reproduce.rebind import parameters_of
from ..store import artifacts, candidates, overview, runs
from ..store.store import Connection, now_ms
from . import executed
from .adopting import RELATION


def state(conn: Connection, blobs: Any, candidate_id: str) -> dict[str, Any]:
    """What is known of running a candidate again: its parameters, its runs again and their reports."""
    candidate = candidates.get(conn, candidate_id)
    parameters: list[Any] = []
    problem = None
    try:
        parameters = parameters_of(executed.document(conn, blobs, candidate_id))
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


def conclude(
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
