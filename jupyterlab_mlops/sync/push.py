"""Push one thing: make GitLab equal to what is here now, step by step, each step safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import NotFound
from ..store import outgoing
from ..store.outbox import Item
from ..store.outgoing import Outgoing
from . import payload as payloads
from .carry import place_of_candidate, push_files
from .files import Problems
from .gate import Gate
from .logged import push_logged
from .payload import ID_TAG, Payload
from .refusals import Refusal
from .runs import drop_late_twins, ensure_run
from .target import Target
from .versions import push_version


@dataclass
class Result:
    """What came of a push: ``gone`` there was nothing to push; ``problems`` what could not be sent."""

    gone: bool = False
    problems: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def push(target: Target, item: Item, gate: Gate) -> Result:
    """Push the thing of an outbox item.

    Raises:
        RemoteUnavailable: try later; nothing is done twice.
        Refusal: try again only after a change.
        Held: the secret gate found something that nobody has decided about.
    """
    if item.kind == "version":
        try:
            return _result(push_version(target, int(item.id), gate))
        except NotFound:
            return Result(gone=True)
    try:
        loaded = target.store.read_sync(outgoing.load, item.id)
    except NotFound:
        return Result(gone=True)
    if loaded.candidate.lifecycle_stage == "deleted" or loaded.candidate.remote:
        return Result(gone=True)
    return _result(push_candidate(target, loaded, gate))


def push_candidate(target: Target, loaded: Outgoing, gate: Gate) -> Problems:
    """Push a candidate: experiment, run, params, metrics, tags, files, status.

    Raises:
        RemoteUnavailable, Refusal, Held: as :func:`push`.
    """
    candidate = loaded.candidate
    payload, redacted = gate.check(payload_of(target, loaded), target.store.blobs)
    link, fresh = ensure_run(target, candidate, payload)
    try:
        rest = push_logged(target, link["run_id"], payload, fresh=fresh)
        place = place_of_candidate(candidate.id, link)
        problems = push_files(target, place, payload, rest, redacted, fresh=fresh)
        _tie_to_job(target, link, payload)
        status = f"{candidate.status.value}:{candidate.end_ms}"
        if link.get("status") != status:
            target.client.update_run(link["run_id"], candidate.status.value, candidate.end_ms)
            target.set_link("candidate", candidate.id, status=status)
        drop_late_twins(target, {candidate.id: link})
    except Refusal as refusal:
        if refusal.reason != "not_found":
            raise
        target.unlink("candidate", candidate.id)
    else:
        return problems
    gone = "It was deleted in GitLab. Retry pushes it there again."
    raise Refusal(gone, reason="deleted_remotely", status=404)


def payload_of(target: Target, loaded: Outgoing) -> Payload:
    """What would be sent of a candidate."""
    parent = loaded.candidate.parent_id
    return payloads.of_candidate(
        loaded.candidate,
        loaded.points,
        files=loaded.files,
        parent_run=target.link("candidate", parent).get("run_id") if parent else None,
        git=loaded.git,
    )


def _result(problems: Problems) -> Result:
    return Result(problems=dict(problems.by_path), reason=problems.reason)


def _tie_to_job(target: Target, link: Mapping[str, Any], payload: Payload) -> None:
    """Link the run to its CI job: an unknown job would fail the request with a 500, so look first."""
    job = payload.ci_job
    if not job or link.get("job") == job:
        return
    name = "gitlab.CI_JOB_ID" if target.client.job_exists(job) else "mlops.ci_job_id"
    target.client.log_batch(link["run_id"], tags={name: job})
    target.set_link("candidate", payload.tags[ID_TAG], job=job)
