"""Decide what a closed notebook run leaves behind: its candidates' status, and its own candidate.

Everything is read from the store, so settling again (findings that came late, a server that died)
gives the same result. The rules are those of the product: a candidate fails with a cell that used it;
a run that trained nothing but measured something is one candidate; a whole notebook is at least one.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from ..entities import Candidate, Execution, NotebookRun, Origin, Status
from ..store import artifacts, candidates, cell_facts, execution_rows, kernels, metrics, runs
from ..store.store import Connection
from . import reading
from .collisions import Names

#: Kinds of findings that only the run's own candidate takes.
_OWN = ("params", "metrics")
#: Figures among a cell's outputs, which are no files that it wrote.
_SHOWN = re.compile(r"figures/(?:cell|in)-\d+-")
#: Candidates that are made here.
_MADE_HERE = (Origin.MEASURED.value, Origin.NOTEBOOK.value)


def _is_own(head: Candidate) -> bool:
    """Whether a candidate was made for its notebook run here (before it was found to run another again)."""
    again = head.details.get("rerun") or {}
    return head.origin in _MADE_HERE or again.get("origin") in _MADE_HERE


def _is_top(head: Candidate) -> bool:
    """Whether a candidate is nobody's part: the parent of a run again is what it repeats."""
    return head.parent_id is None or head.relation == "rerun"


def settle(conn: Connection, run_id: str) -> list[str]:
    """Settle a closed notebook run (idempotent); returns the candidates that it opened or used."""
    run = runs.get_run(conn, run_id)
    executions = execution_rows.of_run(conn, run_id)
    runs.adopt_candidates(conn, run_id)
    touched = cell_facts.touched(conn, run_id)
    opened = [candidates.head(conn, id) for id in runs.run_candidates(conn, run_id)]
    used = {id for ids in touched.values() for id in ids} - {head.id for head in opened}
    _end_candidates(conn, run, executions, touched, opened, used)
    top = [head.id for head in opened if _is_top(head) and not _is_own(head)]
    only = top[0] if len(top) == 1 else None
    of_the_run = _of_the_run(conn, run, touched, only)
    own = _own_candidate(conn, run, opened, measured=bool(of_the_run))
    everyone = list(dict.fromkeys([*top, *([own] if own else [])]))
    _distribute(conn, run, touched, only, own, of_the_run, everyone)
    _give_waiting(conn, run, everyone)
    for id in used:
        if candidates.exists(conn, id):
            candidates.update(conn, id, busy_ms=execution_rows.busy_ms(conn, id))
    return [*everyone, *(id for id in used if candidates.exists(conn, id))]


# -- status ------------------------------------------------------------------------------------------


def _end_candidates(
    conn: Connection,
    run: NotebookRun,
    executions: list[Execution],
    touched: dict[str, list[str]],
    opened: list[Candidate],
    used: set[str],
) -> None:
    """End what is still running: training candidates always, explicit ones with a cell that failed."""
    broken = [execution for execution in executions if execution.status is not Status.FINISHED]
    using: dict[str, list[Execution]] = {}
    for execution in executions:
        for id in touched.get(execution.id, ()):
            using.setdefault(id, []).append(execution)
    waiting = {head.id: head for head in opened}
    for id in [*used, *runs.running_candidates(conn, run.kernel_id)]:
        if id not in waiting and candidates.exists(conn, id):
            waiting[id] = candidates.head(conn, id)
    outcome: dict[str, tuple[Status, Execution | None]] = {}
    for id, head in waiting.items():
        mine = using.get(id, [])
        if head.origin == Origin.TRAINING:
            if mine:
                outcome[id] = _worst(mine)
        elif head.origin not in _MADE_HERE:
            during = [item for item in broken if (item.ended_ms or 0) >= (head.start_ms or 0)]
            if during:
                outcome[id] = _worst(during)
    for id, head in waiting.items():
        own = using.get(id) or using.get(head.parent_id or "") or []
        if head.notebook_run_id != run.id:
            own = []
        if head.status.ended and not _outlived(head, own):
            if head.status is not Status.FINISHED and head.error is None:
                worst, culprit = _worst(using.get(id, []))
                if culprit is not None and culprit.error is not None:
                    # Its client knew only that it ended: MLflow's says FAILED of an interrupt too.
                    known = {"status": worst.value} if _ended_in(head, culprit) else {}
                    candidates.update(conn, id, error=culprit.error, **known)
            continue
        status, culprit = outcome.get(id) or outcome.get(head.parent_id or "") or (None, None)
        if status is None and head.origin == Origin.TRAINING and head.notebook_run_id == run.id:
            status = Status.FINISHED
        if status is None:
            continue
        last = max((item.ended_ms or 0 for item in using.get(id, ())), default=0)
        columns: dict[str, Any] = {"status": status.value, "end_ms": last or run.closed_ms}
        if culprit is not None:
            columns["end_ms"] = culprit.ended_ms or run.closed_ms
            columns["error"] = culprit.error
        candidates.update(conn, id, **columns)


def _ended_in(head: Candidate, execution: Execution) -> bool:
    """Whether a candidate ended while that execution ran."""
    at = head.end_ms
    return at is not None and execution.started_ms <= at <= (execution.ended_ms or at)


def _outlived(head: Candidate, using: list[Execution]) -> bool:
    """Whether a training was taken as killed with its kernel before it was known that its cells had gone on to their end."""
    return (
        head.status is Status.KILLED
        and head.error is None
        and head.origin == Origin.TRAINING
        and bool(using)
        and all(item.status is not Status.KILLED for item in using)
    )


def _worst(executions: list[Execution]) -> tuple[Status, Execution | None]:
    """The status of several executions together, and the one that is to blame."""
    for status in (Status.KILLED, Status.FAILED):
        for execution in executions:
            if execution.status is status:
                return status, execution
    return Status.FINISHED, None


# -- the run's own candidate -------------------------------------------------------------------------


def _of_the_run(
    conn: Connection, run: NotebookRun, touched: dict[str, list[str]], only: str | None
) -> set[int]:
    """The findings of metrics without a model that are the run's own: a baseline's error is no model's. Those of a cell
    that worked with the run's only candidate are that one's."""
    return {
        number
        for number, _kind, _body in cell_facts.findings(conn, run.id, "metrics")
        if only is None
        or only not in touched.get(cell_facts.finding_execution(conn, number) or "", ())
    }


def _own_candidate(
    conn: Connection, run: NotebookRun, opened: list[Candidate], *, measured: bool
) -> str | None:
    """The candidate of the run itself, made when the rules (3 and 4) ask for one or it measured something."""
    for head in opened:
        if _is_own(head):
            if head.status is not run.status:  # closed again, with more known
                candidates.update(
                    conn, head.id, status=run.status.value, end_ms=run.closed_ms, error=run.error
                )
            return head.id
    if kernels.mode_of(conn, run.notebook) != "auto":
        return None
    others = [candidates.head(conn, head.id) for head in opened if _is_top(head)]
    failed = run.whole and run.status is not Status.FINISHED
    if measured:
        origin = Origin.MEASURED
    elif others:
        if not failed or any(head.status is not Status.FINISHED for head in others):
            return None
        origin = Origin.NOTEBOOK
    elif run.whole:
        origin = Origin.NOTEBOOK
    else:
        return None
    name = PurePosixPath(run.notebook).stem if run.notebook else "notebook run"
    return candidates.create(
        conn,
        kernels.experiment_of(conn, run.notebook),
        origin=origin,
        name=name,
        status=run.status,
        start_ms=run.opened_ms,
        end_ms=run.closed_ms,
        busy_ms=run.busy_ms,
        notebook_run_id=run.id,
        kernel_id=run.kernel_id,
        notebook=run.notebook,
        error=run.error if run.status is not Status.FINISHED else None,
        details={"automatic_name": name},
    )


def _distribute(
    conn: Connection,
    run: NotebookRun,
    touched: dict[str, list[str]],
    only: str | None,
    own: str | None,
    of_the_run: set[int],
    everyone: list[str],
) -> None:
    """Give the run's findings to its candidates. ``only``: its only other candidate; ``own``: the run's own, which
    takes the metrics ``of_the_run``."""
    given: list[int] = []
    single = only or own
    names = Names(metrics.sources(conn, own)) if own else None
    for number, kind, body in cell_facts.findings(conn, run.id):
        if kind in _OWN:
            if single is None:
                continue
            given.append(number)
            if kind == "params":
                candidates.set_params(
                    conn, own or single, reading.params(body["values"]), replace=True
                )
            elif own and names and number in of_the_run:
                told = names.apart(body, cell_facts.finding_execution(conn, number))
                log_points(conn, own, told)
            else:
                log_points(conn, single, body)
        elif kind == "inputs":
            for id in everyone:
                candidates.add_inputs(conn, id, reading.inputs(body["files"]))
        elif kind == "facts":
            for id in everyone:
                candidates.update(conn, id, details=dict(body["values"]))
        elif kind == "artifact":
            execution = cell_facts.finding_execution(conn, number)
            owners = touched.get(execution or "") or ([single] if single else [])
            if not owners and not _SHOWN.match(body["path"]):
                owners = _made_from(conn, everyone, execution) or everyone[:1]
            for id in owners:
                if candidates.exists(conn, id):
                    _attach(conn, id, body)
    cell_facts.drop_findings(conn, given)


def _give_waiting(conn: Connection, run: NotebookRun, everyone: list[str]) -> None:
    """Files that cells wrote in runs without a candidate belong to what is made from them; else to the candidate before,
    and where there is none yet to the next: prepared data, a figure."""
    given = []
    if everyone:
        found = cell_facts.waiting(conn, run.id)
    else:
        mine = cell_facts.findings(conn, run.id, "artifact")
        found = [(number, "", body) for number, _kind, body in mine]
    found = [one for one in found if not _SHOWN.match(one[2]["path"])]
    before = runs.candidate_before(conn, run.id) if found else None
    for number, execution, body in found:
        nearest = [before] if before and not everyone else everyone[: 0 if before else 1]
        owners = _made_from(conn, everyone, execution) or nearest
        for id in owners:
            _attach(conn, id, body)
        if owners and everyone:
            given.append(number)
    cell_facts.drop_findings(conn, given)


def _made_from(conn: Connection, ids: list[str], execution: str | None) -> list[str]:
    """Those of the candidates that depend on an execution."""
    return [id for id in ids if execution in (candidates.get(conn, id).details.get("slice") or ())]


def _attach(conn: Connection, id: str, body: dict[str, Any]) -> None:
    """Give a candidate a file, unless it has the same content under another path."""
    owner = artifacts.candidate_owner(id)
    present = artifacts.list_all(conn, owner)
    if any(file.sha256 == body["sha256"] for file in present):
        return
    media_type = str(body.get("media_type") or "")
    artifacts.put(conn, owner, body["path"], body["sha256"], body["size"], media_type)


def log_points(conn: Connection, candidate_id: str, finding: reading.Finding) -> None:
    """Log the points of a ``metrics`` finding on a candidate."""
    found = reading.points(finding)
    free = {
        name: metrics.next_step(conn, candidate_id, name)
        for name in {name for name, _value, step, _at in found if step is None}
    }
    source = reading.source(finding)
    metrics.log(conn, candidate_id, reading.as_metric_points(found, free), source=source)
