"""PURE: what of a candidate GitLab can hold, and how the rest is carried (contract §10, rows 7, 8 and 12).

Long values are shortened and kept whole in a manifest file beside the artifacts; values that would spoil a
whole batch (blank, not finite, over-long) never reach one.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ..entities import Artifact, Candidate, MetricPoint, ModelVersion

MANIFEST = "mlops-manifest.json"
NOTES = "notes.md"
ID_TAG = "mlops.candidate_id"
VERSION_TAG = "mlops.version_id"
NAME_LIMIT, VALUE_LIMIT, TAG_LIMIT, TITLE_LIMIT = 250, 250, 5000, 255
DESCRIPTION_LIMIT = 10_000
#: A file's whole path, percent-encoded, is one name there.
PATH_LIMIT = 255
#: What stands for a blank value, which GitLab refuses.
BLANK = "(empty)"

_FORBIDDEN = re.compile(r"[^A-Za-z0-9._+ -]")
#: Tags that are not copied: their truth is sent in another way, or means something of its own there.
_NOT_COPIED = {"mlflow.note.content", "mlflow.runName", "mlflow.parentRunId", "gitlab.CI_JOB_ID"}


@dataclass(frozen=True, slots=True)
class Payload:
    """A candidate (or a version's run) in the form that GitLab takes."""

    name: str
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    points: tuple[MetricPoint, ...] = ()
    files: dict[str, Artifact] = field(
        default_factory=dict
    )  # by name there; ``path`` is the true one
    manifest: dict[str, Any] = field(default_factory=dict)
    notes: str = ""
    ci_job: str = ""


def of_candidate(
    candidate: Candidate,
    points: Iterable[MetricPoint],
    *,
    files: Iterable[Artifact] = (),
    parent_run: str | None = None,
    git: Mapping[str, Any] | None = None,
) -> Payload:
    """The payload of a candidate. ``parent_run`` is the parent's run on the remote, where known."""
    tags = {k: v for k, v in candidate.tags.items() if k not in _NOT_COPIED}
    tags = derived_tags(candidate, git or {}) | tags
    tags["mlflow.runName"] = candidate.name
    if candidate.parent_id:
        tags["mlops.parent_id"] = candidate.parent_id
        if parent_run:
            tags["mlflow.parentRunId"] = parent_run
    tags[ID_TAG] = candidate.id
    payload = fitted(
        candidate.name,
        tags=tags,
        params={name: param.value for name, param in candidate.params.items()},
        points=points,
        files=[*candidate.artifacts, *files],
        notes=candidate.tags.get("mlflow.note.content", ""),
    )
    inputs = [
        {"path": i.path, "sha256": i.sha256, "size": i.size, "kind": i.kind}
        for i in candidate.inputs
    ]
    manifest = dict(payload.manifest)
    if inputs:
        text = compact(inputs)
        if len(text) <= TAG_LIMIT:
            payload.tags["mlops.inputs"] = text
        else:
            manifest["inputs"] = inputs
    return replace(
        payload, manifest=manifest, ci_job=candidate.tags.get("gitlab.CI_JOB_ID", "").strip()
    )


def of_version(
    version: ModelVersion, candidate: Candidate | None, store_id: str, candidate_url: str | None
) -> Payload:
    """The payload of the run that GitLab makes for a model version: last metrics and params, its files."""
    tags = {
        f"mlops.{k}": v for k, v in {"flavor": version.flavor, "source": version.source}.items()
    }
    if candidate is not None:
        tags |= {"mlops.candidate": candidate_url or "", "mlops.model_of": candidate.id}
        tags["mlops.model_class"] = candidate.model_class or ""
    if version.signature and len(version.signature) <= TAG_LIMIT:
        tags["mlops.signature"] = version.signature
    tags[VERSION_TAG] = version_key(store_id, version)
    metrics = candidate.metrics.values() if candidate else ()
    params = candidate.params.items() if candidate else ()
    return fitted(
        version.version,
        tags={k: v for k, v in tags.items() if v},
        params={name: param.value for name, param in params},
        points=[MetricPoint(m.name, m.value, m.step, m.timestamp_ms) for m in metrics],
        files=at_root(version.artifacts),
        notes="",
    )


def version_key(store_id: str, version: ModelVersion) -> str:
    """What a version is found again by: unique among all stores, the same after a rename of the version.

    The time tells copies of one store apart that have each made a version since.
    """
    return f"{store_id}:{version.id}:{version.created_ms}"


def derived_tags(candidate: Candidate, git: Mapping[str, Any]) -> dict[str, str]:
    """The tags that tell where a candidate came from (names: interface of the product)."""
    found: dict[str, Any] = {
        "mlops.notebook": candidate.notebook,
        "mlops.notebook_run": candidate.notebook_run_id,
        "mlops.model_class": candidate.model_class,
        "mlops.variable": candidate.variable,
        "mlops.cell": candidate.cell_index,
        "mlops.origin": getattr(candidate.origin, "value", candidate.origin),
        "mlops.score": candidate.score,
        "mlops.busy_ms": candidate.busy_ms,
        "mlflow.user": candidate.user_id,
        "mlflow.source.git.commit": git.get("commit"),
        "mlflow.source.git.branch": git.get("branch"),
    }
    if candidate.fits > 1:
        found["mlops.fits"] = candidate.fits
    if candidate.notebook:
        found |= {"mlflow.source.type": "NOTEBOOK", "mlflow.source.name": candidate.notebook}
    if candidate.error:
        found["mlops.error"] = f"{candidate.error.name}: {candidate.error.message}"[:1000]
    for metric in candidate.metrics.values():
        source = getattr(metric.source, "value", metric.source)
        if source != "logged":
            found[f"mlops.source.{metric.name}"] = source
    return {k: str(v) for k, v in found.items() if v not in (None, "")}


def fitted(
    name: str,
    *,
    tags: Mapping[str, str],
    params: Mapping[str, str],
    points: Iterable[MetricPoint],
    files: Iterable[Artifact],
    notes: str,
) -> Payload:
    """Everything within GitLab's limits; what does not fit is whole in the manifest."""
    manifest: dict[str, Any] = {}
    sent_tags, whole_tags = _fit(tags, TAG_LIMIT)
    sent_params, whole_params = _fit(params, VALUE_LIMIT)
    finite, odd, renamed = _fit_points(points)
    if odd:
        manifest["not_finite"] = odd
        summary: dict[str, Any] = {}
        for point in odd:
            summary.setdefault(point["name"], []).append([point["step"], point["value"]])
        sent_tags["mlops.not_finite"] = shortened(compact(summary), TAG_LIMIT)
    if renamed:
        manifest["metric_names"] = renamed
    if whole_params:
        manifest["params"] = whole_params
    if whole_tags:
        manifest["tags"] = whole_tags
    title = title_of(name)
    if title != name:
        manifest["name"] = name
    own = {MANIFEST, NOTES} if notes else {MANIFEST}
    sent_files = {remote_name(file.path, own): file for file in files}
    if any(there != file.path for there, file in sent_files.items()):
        manifest["files"] = {
            there: {"path": file.path, "sha256": file.sha256, "size": file.size}
            for there, file in sorted(sent_files.items())
        }
    return Payload(title, sent_tags, sent_params, tuple(finite), sent_files, manifest, notes)


def writable(text: str) -> str:
    """``text`` as a database of GitLab's takes it: without NUL."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def _fit(values: Mapping[str, str], limit: int) -> tuple[dict[str, str], dict[str, str]]:
    """(what is sent, what had to be changed and is kept whole)."""
    sent: dict[str, str] = {}
    whole: dict[str, str] = {}
    for name, value in values.items():
        if not name.strip():
            whole[name] = value
            continue
        key = shortened(writable(name), NAME_LIMIT)
        sent[key] = shortened(writable(value), limit) if value.strip() else BLANK
        if key != name or sent[key] != value:
            whole[name] = value
    return sent, whole


def _fit_points(
    points: Iterable[MetricPoint],
) -> tuple[list[MetricPoint], list[dict[str, Any]], dict[str, str]]:
    """(points that can be sent, points that are not finite, {shortened name: true name})."""
    finite: list[MetricPoint] = []
    odd: list[dict[str, Any]] = []
    renamed: dict[str, str] = {}
    for point in points:
        name = shortened(writable(point.name), NAME_LIMIT)
        if name != point.name:
            renamed[name] = point.name
        if math.isfinite(point.value):
            finite.append(replace(point, name=name))
        else:
            odd.append(
                {
                    "name": point.name,
                    "step": point.step,
                    "timestamp": point.timestamp_ms,
                    "value": not_finite(point.value),
                }
            )
    return finite, odd, renamed


def not_finite(value: float) -> str:
    """The text of a value that JSON cannot hold."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def shortened(text: str, limit: int) -> str:
    """``text``, or its beginning and a digest of the whole in at most ``limit`` characters."""
    if len(text) <= limit:
        return text
    mark = f"… sha256:{digest(text)}"
    return text[: limit - len(mark)] + mark


def title_of(name: str) -> str:
    """A name of an experiment or candidate that GitLab takes."""
    title = shortened(writable(name), TITLE_LIMIT) if name.strip() else BLANK
    # A plain experiment of such a name would block the model of that name.
    return f"experiment {title}"[:TITLE_LIMIT] if title.startswith("[model]") else title


def remote_name(path: str, own: Collection[str] = ()) -> str:
    """The name of a file there: GitLab's alphabet in each part, unique for each true path, not too long, and
    none of ``own``, which are files of ours."""
    parts = path.split("/")
    clean = "/".join(_part(part) for part in parts)
    if clean == path and path not in own and len(quote(path, safe="")) <= PATH_LIMIT:
        return path
    folder, slash, last = clean.rpartition("/")
    mark = digest(path)[:8]
    stem, dot, suffix = last.rpartition(".")
    last = f"{stem}.{mark}.{suffix}" if dot and stem else f"{last}.{mark}"
    name = f"{folder}{slash}{last}"
    if len(quote(name, safe="")) <= PATH_LIMIT:
        return name
    suffix = f".{suffix}" if dot and len(suffix) <= 20 else ""
    return f"{clean[:100].strip(' /').replace('/', '_')}.{mark}{suffix}"


def _part(part: str) -> str:
    """One part of a path: GitLab's alphabet, no blanks at its ends, and not ``.`` or ``..``."""
    clean = _FORBIDDEN.sub("_", part).strip(" ")
    return clean if clean.strip(".") else "_" + clean


def at_root(files: Iterable[Artifact]) -> list[Artifact]:
    """A version's files with ``MLmodel`` at the root, where MLflow's loaders look for it."""
    listed = list(files)
    homes = sorted(
        (f.path[: -len("MLmodel")] for f in listed if f.path.rpartition("/")[2] == "MLmodel"),
        key=len,
    )
    if not homes or not homes[0]:
        return listed
    home = homes[0]
    moved = {f.path.removeprefix(home) for f in listed if f.path.startswith(home)}
    return [
        replace(f, path=f.path.removeprefix(home)) if f.path.startswith(home) else f
        for f in listed
        if f.path.startswith(home) or f.path not in moved
    ]


def manifest_bytes(payload: Payload, **more: Any) -> bytes | None:
    """The manifest file, the same bytes for the same content; None if nothing has to be told."""
    told = {k: v for k, v in {**payload.manifest, **more}.items() if v}
    if not told:
        return None
    told = {"format": "jupyterlab-mlops/manifest/1", **told}
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def compact(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def digest(text: str) -> str:
    """A short digest of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
