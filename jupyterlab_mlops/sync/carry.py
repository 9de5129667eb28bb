"""Carry a payload's files, notes and manifest; the manifest goes last and tells what could not be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..store import artifacts
from .files import Place, Problems, Upload, ensure_files, from_blob, from_bytes
from .logged import Remainder
from .payload import MANIFEST, NOTES, Payload, manifest_bytes
from .target import Target


def push_files(
    target: Target,
    place: Place,
    payload: Payload,
    rest: Remainder,
    redacted: Mapping[str, tuple[str, int]],
    *,
    fresh: bool,
) -> Problems:
    """Upload what is missing of a payload. ``redacted``: blobs (sha256, size) that go in the place of a file's own.

    Raises:
        RemoteUnavailable, Refusal: as :func:`~.files.ensure_files`.
    """
    wanted: dict[str, Upload] = {}
    for there, file in payload.files.items():
        if there in redacted:
            wanted[there] = from_blob(target.store.blobs, there, *redacted[there])
        else:
            wanted[there] = from_blob(target.store.blobs, there, file.sha256, file.size)
    if payload.notes:
        wanted[NOTES] = from_bytes(NOTES, payload.notes.encode())
    payload = _as_sent(_with_rest(payload, rest), wanted)
    told = manifest_bytes(payload)
    if told is not None:
        wanted[MANIFEST] = from_bytes(MANIFEST, told)
    problems = ensure_files(target, place, wanted, fresh=fresh)
    if problems.by_path:
        told = manifest_bytes(payload, not_sent=problems.by_path)
        again = {MANIFEST: from_bytes(MANIFEST, told or b"")}
        problems.by_path.update(ensure_files(target, place, again, fresh=False).by_path)
    return problems


def place_of_candidate(id: str, link: Mapping[str, Any]) -> Place:
    """Where the files of a linked candidate are; runs of old instances have a generic package."""
    owner, base = artifacts.candidate_owner(id), str(link["files"])
    if base.startswith("packages/generic/"):
        _, _, package, version = base.split("/")
        return Place(owner, base, package, version)
    package = f"ml_experiment_{link['experiment_id']}"
    return Place(owner, base, package, f"candidate_{link['iid']}")


def place_of_version(id: int, link: Mapping[str, Any]) -> Place:
    """Where the files of a linked model version are."""
    base = f"packages/ml_models/{link['version_id']}/files"
    return Place(artifacts.version_owner(id), base, link["model"], link["version"])


def _as_sent(payload: Payload, wanted: Mapping[str, Upload]) -> Payload:
    """The manifest's digests are those of what is sent, redacted or not."""
    files = {
        there: {**row, "sha256": wanted[there].sha256, "size": wanted[there].size}
        for there, row in payload.manifest.get("files", {}).items()
    }
    return replace(payload, manifest={**payload.manifest, "files": files}) if files else payload


def _with_rest(payload: Payload, rest: Remainder) -> Payload:
    """The manifest also tells what GitLab holds in an older form, or refused."""
    manifest = dict(payload.manifest)
    for key, values in (("params", rest.params), ("tags", rest.tags)):
        if values:
            manifest[key] = {**values, **manifest.get(key, {})}
    if rest.points:
        manifest["refused_points"] = [
            {"name": p.name, "step": p.step, "timestamp": p.timestamp_ms, "value": p.value}
            for p in rest.points
        ]
    return replace(payload, manifest=manifest)
