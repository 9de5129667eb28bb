"""What a careful person would look at before registering a model."""

from __future__ import annotations

from ..directions import direction, primary
from ..entities import Candidate, ModelVersion
from ..errors import NotFound
from ..store import candidates, execution_rows, remotes
from ..store.store import Connection
from ..sync.secrets import Scanner


def checks_of(
    conn: Connection, candidate_id: str | None, current: ModelVersion | None, scanner: Scanner
) -> list[dict[str, str]]:
    """Checks of a candidate against the current version: ``{"name", "status", "message"}`` each; ``status`` is ok,
    warning, problem or unknown."""
    if candidate_id is None:
        return [
            _check(
                "candidate",
                "warning",
                "No candidate is known for this model: nothing was recorded.",
            )
        ]
    candidate = candidates.get(conn, candidate_id)
    checks = []
    status = candidate.status.value
    checks.append(
        _check(
            "status",
            "ok" if status in ("FINISHED", "RUNNING") else "problem",
            f"The candidate is {status.lower()}.",
        )
    )
    if candidate.score is None:
        checks.append(_check("score", "unknown", "The reproducibility score is not computed yet."))
    else:
        level = "ok" if candidate.score >= 80 else "warning"
        checks.append(_check("score", level, f"Reproducibility {candidate.score} of 100."))
    checks.append(_against_current(conn, candidate, current))
    checks.append(_secrets(conn, candidate, scanner))
    return checks


def _secrets(conn: Connection, candidate: Candidate, scanner: Scanner) -> dict[str, str]:
    """The same eyes as the gate's before anything leaves, on what a person can still change."""
    found = [
        finding
        for name, param in candidate.params.items()
        for finding in scanner.scan(param.value, f"param {name}", name=name)
    ]
    for id in candidate.details.get("slice") or ():
        execution = execution_rows.find(conn, id)
        if execution is not None:
            cell = f"cell [{execution.execution_count or ' '}]"
            found += scanner.scan(execution.source, cell)
    decided = remotes.decisions(conn)
    found = [finding for finding in found if finding.hash not in decided]
    if not found:
        return _check("secrets", "ok", "No secret was found in its params and code.")
    first = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return _check(
        "secrets",
        "warning",
        f"This looks like a secret: {first.masked.strip()} ({first.where}{more}). "
        "GitLab gets it only if you say so.",
    )


def _against_current(
    conn: Connection, candidate: Candidate, current: ModelVersion | None
) -> dict[str, str]:
    if current is None or not current.candidate_id:
        return _check("better", "ok", "This is the first version of the model.")
    try:
        before = candidates.get(conn, current.candidate_id)
    except NotFound:
        return _check(
            "better", "unknown", f"What {current.version} was made from is not known here."
        )
    shared = candidate.metrics.keys() & before.metrics.keys()
    name = primary(dict.fromkeys(shared, 1))
    if name is None:
        return _check("better", "unknown", f"It has no metric in common with {current.version}.")
    now, then = candidate.metrics[name].value, before.metrics[name].value
    better = now > then if direction(name) == "max" else now < then
    words = f"{name} {now:.4g}, {current.version} has {then:.4g}."
    return _check("better", "ok" if better or now == then else "warning", words)


def _check(name: str, status: str, message: str) -> dict[str, str]:
    return {"name": name, "status": status, "message": message}
