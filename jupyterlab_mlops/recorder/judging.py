"""Give the candidates of a closed run their score and, where nobody named them, a name of what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..entities import Candidate, Execution
from ..findings.reading import default_name
from ..reproduce import differences, score
from ..reproduce.between import Ran, between, loaded
from ..store import artifacts, candidates, cell_facts, execution_rows, overview, runs
from ..store.store import Connection
from .cells import Cell, match

#: Of a candidate that depends on more executions it is not asked what would get in between.
MOST_STEPS = 200
#: So many candidates are scored again when their notebook is saved.
MOST_AGAIN = 50
_SEED_NAMES = ("random_state", "seed", "random_seed")


def judge(conn: Connection, candidate_id: str, cells: Sequence[Cell] | None) -> None:
    """Score and name a candidate. ``cells``: the notebook's code cells now; None when there is none."""
    candidate = candidates.get(conn, candidate_id)
    found = score.score(facts_of(conn, candidate, cells))
    columns: dict[str, Any] = {"score": found.total, "details": {"score_reasons": found.to_json()}}
    automatic = candidate.details.get("automatic_name")
    if automatic is not None and candidate.name == automatic and candidate.parent_id is None:
        title = _title(conn, candidate)
        if title:
            columns["name"] = title
            columns["details"]["automatic_name"] = title
    candidates.update(conn, candidate_id, **columns)


def other_scores(
    conn: Connection, kernel_id: str, since_ms: int, cells: Sequence[Cell]
) -> dict[str, score.Score]:
    """What a saved notebook makes of the scores of the kernel's latest candidates: those that are others now.

    What was on disk while they ran may have been older than what was on the screen. ``since_ms``: when it was
    saved before.
    """
    found = {}
    for id in runs.scored_since(conn, kernel_id, since_ms, MOST_AGAIN):
        candidate = candidates.get(conn, id)
        new = score.score(facts_of(conn, candidate, cells))
        if new.to_json() != candidate.details.get("score_reasons"):
            found[id] = new
    return found


def put_scores(conn: Connection, found: Mapping[str, score.Score]) -> None:
    """Write scores of candidates."""
    for id, new in found.items():
        if candidates.exists(conn, id):
            details = {"score_reasons": new.to_json()}
            candidates.update(conn, id, score=new.total, details=details)


def facts_of(conn: Connection, candidate: Candidate, cells: Sequence[Cell] | None) -> score.Facts:
    """The facts that a candidate's score is made of."""
    executions = depended_on(conn, candidate)
    told = {execution.id: cell_facts.of(conn, execution.id) or {} for execution in executions}
    steps = []
    if cells is not None:
        ids = {execution.id: told[execution.id].get("cell_id") for execution in executions}
        used = _used_after(executions)
        for execution, place in zip(executions, match(executions, cells, ids), strict=True):
            names = tuple(told[execution.id].get("names", ()))
            if used[execution.id] or execution is executions[-1]:
                names = tuple(name for name in names if name in used[execution.id])
            label = f"In [{execution.execution_count or ' '}]"
            earlier = execution.notebook_run_id != candidate.notebook_run_id
            steps.append(score.Step(label, place.state.value, place.cell_index, names, earlier))
    git: Mapping[str, Any] = candidate.details.get("git") or {}
    owner = artifacts.candidate_owner(candidate.id)
    hashed = [item for item in candidate.inputs if item.sha256]
    return score.Facts(
        steps=steps,
        between=_between(conn, candidate, executions, steps, cells or ()),
        in_repository=bool(git.get("commit")),
        dirty=bool(git.get("dirty")),
        has_patch=bool(git.get("patch")),
        has_environment=artifacts.get(conn, owner, "environment.txt") is not None,
        inputs=len(candidate.inputs),
        inputs_with_hash=len(hashed),
        files_captured=cell_facts.has_agent(conn, candidate.kernel_id),
        seeds=_seeds(candidate),
    )


def _used_after(executions: Sequence[Execution]) -> dict[str, frozenset[str]]:
    """The names that are read by what ran after each execution."""
    used: dict[str, frozenset[str]] = {}
    so_far: frozenset[str] = frozenset()
    for execution in reversed(executions):
        used[execution.id] = so_far
        so_far |= loaded(execution.source)
    return used


def _between(
    conn: Connection,
    candidate: Candidate,
    executions: Sequence[Execution],
    steps: Sequence[score.Step],
    cells: Sequence[Cell],
) -> list[tuple[str, tuple[str, ...]]]:
    """Cells of the notebook that would change what the candidate uses, were all run from top to bottom."""
    places = {step.cell_index for step in steps if step.cell_index is not None}
    gaps = bool(places) and max(places) - min(places) >= len(places)
    if not gaps or candidate.kernel_id is None or len(executions) > MOST_STEPS:
        return []
    needed = {execution.id for execution in executions}
    every = execution_rows.of_kernel(
        conn, candidate.kernel_id, upto_ms=max(item.started_ms for item in executions)
    )
    ran = [
        Ran(place.cell_index, execution.source, execution.id in needed)
        for execution, place in zip(every, match(every, cells), strict=True)
        if place.cell_index is not None
    ]
    sources = {cell.index: cell.source for cell in cells}
    return [(f"cell {index + 1}", names) for index, names in between(ran, sources)]


def depended_on(conn: Connection, candidate: Candidate) -> list[Execution]:
    """The executions behind a candidate: its slice, else all since the kernel's last start."""
    wanted = candidate.details.get("slice")
    if wanted:
        found = [execution_rows.find(conn, id) for id in wanted]
        return sorted(
            (item for item in found if item is not None),
            key=lambda item: (item.started_ms, item.ordinal),
        )
    if candidate.kernel_id is None:
        return []
    every = execution_rows.of_kernel(
        conn, candidate.kernel_id, upto_ms=candidate.end_ms or candidate.start_ms
    )
    since = 0
    for number in range(1, len(every)):
        before, after = every[number - 1].execution_count, every[number].execution_count
        if before is not None and after is not None and after < before:
            since = number  # the kernel was restarted here
    return every[since:]


def _title(conn: Connection, candidate: Candidate) -> str:
    id = runs.previous_candidate(conn, candidate.id)
    name = default_name(candidate.model_class, candidate.variable)
    if id is None:
        apart = runs.settings_apart(conn, candidate.id) if name else []
        return differences.title_apart(name or "", apart)
    previous = candidates.get(conn, id)
    found = differences.between(
        previous,
        candidate,
        code_before=overview.sources_of(conn, previous),
        code_after=overview.sources_of(conn, candidate),
    )
    if not name:
        found = replace(
            found, calls=()
        )  # which classes the code uses says nothing of what has no model
    if found.sets:
        return found.title
    if name and found.title:
        return f"{name} · {found.title}"
    return found.title if found.data else ""  # cells alone say nothing of what has no model


def _seeds(candidate: Candidate) -> tuple[str, ...]:
    said = candidate.details.get("seeds")
    if isinstance(said, Mapping) and said:
        return tuple(f"{name}={value}" for name, value in said.items())
    if isinstance(said, (list, tuple)) and said:
        return tuple(map(str, said))
    return tuple(
        f"{name}={param.value}"
        for name, param in candidate.params.items()
        if name.rpartition("__")[2].lower() in _SEED_NAMES and param.value not in ("", "None")
    )
