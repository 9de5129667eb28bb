"""Find or make the experiment and the run of a candidate on GitLab, never a second time.

``runs/create`` has no idempotency key. The link is marked *before* the call; after any doubt the experiment is
searched for the tag ``mlops.candidate_id`` before a run is made again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..entities import Candidate
from ..errors import RemoteUnavailable
from ..store import remotes
from ..store.store import now_ms
from .answers import files_base
from .payload import ID_TAG, Payload, title_of
from .refusals import REMOTE_WIDE, Refusal
from .target import Target

log = logging.getLogger(__name__)

#: Clocks of one instance's nodes may differ by this much (ms).
SKEW_MS = 5_000
#: GitLab and its front servers give a request up after a minute; with a margin (ms).
LATEST_MS = 90_000


def ensure_experiment(target: Target, experiment_id: int, name: str) -> str:
    """The id there of our experiment; it is made if there is none of its name.

    The first time we meet an experiment that exists, the runs in it that are ours (an earlier connection, a
    restored backup) are linked again, so that they are not pushed twice.

    Raises:
        RemoteUnavailable, Refusal: as the client.
    """
    key = str(experiment_id)
    with target.locks.of(f"experiment:{key}"):
        known = target.link("experiment", key)
        if "experiment_id" in known:
            return str(known["experiment_id"])
        title = title_of(name)
        found = target.client.find_experiment(title)
        if found is None:
            try:
                there = target.client.create_experiment(title)
            except Refusal as refusal:
                if refusal.reason != "already_exists":
                    raise
                found = target.client.find_experiment(title)
                if found is None:
                    raise
            else:
                # The answer does not say whose number it is.
                present = target.client.find_experiment(title)
                if present is not None and str(present["experiment_id"]) != there:
                    raise target.client.out_of_step()
        if found is not None:
            there = str(found["experiment_id"])
            _adopt(target, there)
        target.set_link(
            "experiment", key, experiment_id=there, url=f"{target.web_url}/-/ml/experiments/{there}"
        )
        return there


def _adopt(target: Target, experiment_id: str) -> None:
    """Link the runs of an experiment that are our candidates."""
    ours = target.store.read_sync(remotes.unlinked_candidates, target.remote.name)
    if not ours:
        return
    for run in target.client.runs(experiment_id):
        id = tag_of(run, ID_TAG)
        if id in ours:
            _remember(target, id, run)


def ensure_run(
    target: Target, candidate: Candidate, payload: Payload
) -> tuple[dict[str, Any], bool]:
    """(the link of the candidate's run, whether this call has made the run).

    Raises:
        RemoteUnavailable: it may have been made; the next attempt looks for it.
        Refusal: as the client.
    """
    experiment_id = ensure_experiment(target, candidate.experiment_id, candidate.experiment)
    known = target.link("candidate", candidate.id)
    if "run_id" in known:
        return known, False
    if "creating_ms" in known:
        found = _search(target, experiment_id, candidate.id, int(known["creating_ms"]))
        if found is not None:
            return _remember(target, candidate.id, found), False
        doubt = {} if known.get("answered") else {"doubtful_ms": known["creating_ms"]}
        target.set_link("candidate", candidate.id, answered=None, **doubt)
    else:
        target.set_link("candidate", candidate.id, creating_ms=now_ms())
    try:
        run = target.client.create_run(
            experiment_id,
            name=payload.name,
            start_ms=candidate.start_ms or 0,
            tags={ID_TAG: payload.tags[ID_TAG], **payload.tags},
        )
        if tag_of(run, ID_TAG) not in ("", candidate.id):
            raise target.client.out_of_step()
    except RemoteUnavailable as lost:
        # A request that was answered, in whatever way, is over: it makes no run later.
        if lost.details.get("reason") == "rate_limited" and "creating_ms" not in known:
            target.set_link("candidate", candidate.id, creating_ms=None)
        elif lost.details.get("status") in (200, 500, 503):
            target.set_link("candidate", candidate.id, answered=True)
        raise
    except Refusal as refusal:
        if refusal.reason in ("invalid", "taken") and payload.tags.keys() - {ID_TAG}:
            # One tag that is refused would refuse the run: its own first, the others one by one later.
            alone = replace(payload, tags={ID_TAG: payload.tags[ID_TAG]})
            return ensure_run(target, candidate, alone)[0], False
        if refusal.reason != "not_found":
            raise
        target.unlink("experiment", str(candidate.experiment_id))
        gone = f"The experiment {candidate.experiment!r} was deleted in GitLab; it is made again."
        failure = RemoteUnavailable(gone, reason="experiment_gone")
    else:
        return _remember(target, candidate.id, run), True
    raise failure


def drop_late_twins(target: Target, links: Mapping[str, Mapping[str, Any]]) -> None:
    """After creations in doubt: a first request that was worked on late has made a second run. Delete it.

    ``links``: the candidates' (those without a doubt are left out). Called again and again (by the worker) until
    no request of that time can still be worked on.

    Raises:
        RemoteUnavailable: try later.
        Refusal: the remote as a whole refuses.
    """
    doubts = {id: link for id, link in links.items() if "doubtful_ms" in link}
    for experiment_id in {str(link["experiment_id"]) for link in doubts.values()}:
        since = min(
            int(link["doubtful_ms"])
            for link in doubts.values()
            if str(link["experiment_id"]) == experiment_id
        )
        for run in list(_runs_since(target, experiment_id, since)):
            id, other = tag_of(run, ID_TAG), str(run["info"]["run_id"])
            if id in doubts and other != doubts[id]["run_id"]:
                _drop(target, id, other)
    for id, link in doubts.items():
        if now_ms() > int(link["doubtful_ms"]) + LATEST_MS:
            target.set_link("candidate", id, doubtful_ms=None)


def _drop(target: Target, candidate_id: str, run_id: str) -> None:
    try:
        target.client.delete_run(run_id)
    except Refusal as refusal:
        if refusal.reason in REMOTE_WIDE:
            raise
        log.warning("%s has a twin in GitLab that cannot be deleted: %s", candidate_id, run_id)


def _search(
    target: Target, experiment_id: str, candidate_id: str, creating_ms: int
) -> dict[str, Any] | None:
    """Look for a run whose creation was begun at ``creating_ms``."""
    for run in _runs_since(target, experiment_id, creating_ms):
        if tag_of(run, ID_TAG) == candidate_id:
            return run
    return None


def _runs_since(target: Target, experiment_id: str, since_ms: int) -> Iterator[dict[str, Any]]:
    """The runs of an experiment that may have been made after ``since_ms``, newest first.

    A run that we knew of before then was made before: what is behind it was made earlier still.
    """
    links = target.store.read_sync(remotes.links, target.remote.name, "candidate").values()
    earlier = {
        facts["run_id"]
        for facts in links
        if "run_id" in facts and facts.get("seen_ms", since_ms) < since_ms - SKEW_MS
    }
    for run in target.client.runs(experiment_id):
        if run.get("info", {}).get("run_id") in earlier:
            return
        yield run


def _remember(target: Target, candidate_id: str, run: dict[str, Any]) -> dict[str, Any]:
    info = run["info"]
    base, iid = files_base(info["artifact_uri"])
    target.steps += 1
    return target.set_link(
        "candidate",
        candidate_id,
        run_id=info["run_id"],
        experiment_id=info["experiment_id"],
        iid=iid,
        files=base,
        url=f"{target.web_url}/-/ml/candidates/{iid}",
        seen_ms=now_ms(),
        creating_ms=None,
        answered=None,
    )


def tag_of(run: dict[str, Any], name: str) -> str:
    """The value of a run's tag as GitLab gives it, empty if it has none."""
    for row in (run.get("data") or {}).get("tags") or ():
        if row.get("key") == name:
            return str(row.get("value"))
    return ""
