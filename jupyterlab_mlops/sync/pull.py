"""Take what colleagues and CI pushed: experiments, candidates, models and versions, marked by their origin.

What came from a remote is never pushed back. Bytes of artifacts are fetched when somebody wants them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ..entities import MetricPoint, Origin, Param, Status
from ..errors import AlreadyExists, InvalidValue, NotFound, RemoteUnavailable
from ..store import artifacts, candidates, experiments, metrics, models, remotes
from ..store.store import Connection, Store
from .answers import files_base
from .carry import place_of_candidate, place_of_version
from .payload import ID_TAG, MANIFEST, VERSION_TAG
from .project import GitLab
from .runs import tag_of
from .versions import semantic_versions

#: Runs are written in transactions of this many.
BATCH = 50
_OF_MODEL = "[model]"


@dataclass
class Pulled:
    """How much came that was not here."""

    experiments: int = 0
    candidates: int = 0
    versions: int = 0


def pull(
    store: Store, remote: remotes.Remote, client: GitLab, *, full: bool = False
) -> dict[str, int]:
    """Take what is new since the last pull; with ``full`` look at everything again.

    Raises:
        RemoteUnavailable, Refusal: as the client; what came until then is kept.
    """
    counts = Pulled()
    for experiment in client.experiments():
        name = str(experiment.get("name", ""))
        if not name.startswith(_OF_MODEL):
            _pull_experiment(store, remote, client, experiment, counts, full=full)
    for model in client.models():
        _pull_model(store, remote, client, model, counts)
    return asdict(counts)


# -- candidates ------------------------------------------------------------------------------------


def _pull_experiment(
    store: Store,
    remote: remotes.Remote,
    client: GitLab,
    experiment: Mapping[str, Any],
    counts: Pulled,
    *,
    full: bool,
) -> None:
    there = str(experiment["experiment_id"])
    marks = store.read_sync(remotes.link, remote.name, "pulled", there)
    # Every run up to this number had ended when we looked: it cannot have become another one since.
    settled = 0 if full else int(marks.get("settled", 0))
    rows: list[dict[str, Any]] = []
    highest, open_runs = settled, []
    for run in client.runs(there):
        number = _number(run)
        if number <= settled:
            break
        highest = max(highest, number)
        if run["info"].get("status") not in ("FINISHED", "FAILED", "KILLED"):
            open_runs.append(number)
        rows.append(run)
        if len(rows) >= BATCH:
            store.write_sync(_keep_runs, remote, experiment, rows, counts)
            rows = []
    if rows:
        store.write_sync(_keep_runs, remote, experiment, rows, counts)
    settled = min(open_runs) - 1 if open_runs else highest
    facts = {"settled": settled}
    store.write_sync(remotes.set_link, remote.name, "pulled", there, facts)


def _number(run: Mapping[str, Any]) -> int:
    try:
        return int(files_base(run["info"]["artifact_uri"])[1] or 0)
    except RemoteUnavailable:
        return 0


def _keep_runs(
    conn: Connection,
    remote: remotes.Remote,
    experiment: Mapping[str, Any],
    runs: list[dict[str, Any]],
    counts: Pulled,
) -> None:
    known = experiments.by_name(conn, str(experiment["name"]))
    if known is None:
        tags = {row["key"]: row["value"] for row in experiment.get("tags") or ()}
        id = experiments.create(conn, str(experiment["name"]), tags=tags, origin=remote.name)
        counts.experiments += 1
    elif known.lifecycle_stage != "active":
        return
    else:
        id = known.id
    for run in reversed(runs):  # oldest first: the order of creation here is that of there
        if not _is_ours(conn, tag_of(run, ID_TAG)):
            counts.candidates += _keep_run(conn, remote, id, run)


def _is_ours(conn: Connection, candidate_id: str) -> bool:
    try:
        return bool(candidate_id) and not candidates.head(conn, candidate_id).remote
    except NotFound:
        return False


def _keep_run(
    conn: Connection, remote: remotes.Remote, experiment_id: int, run: dict[str, Any]
) -> int:
    info, data = run["info"], run.get("data") or {}
    id = re.sub(r"[^0-9A-Za-z]", "", str(info["run_id"]))
    status = info.get("status", "FINISHED")
    tags = {row["key"]: str(row["value"]) for row in data.get("tags") or ()}
    columns = {
        "status": status if status in Status.__members__ else "FINISHED",
        "end_ms": info.get("end_time"),
        "model_class": tags.get("mlops.model_class"),
        "variable": tags.get("mlops.variable"),
        "notebook": tags.get("mlops.notebook"),
        "user_id": tags.get("mlflow.user") or str(info.get("user_id") or ""),
    }
    try:
        candidates.head(conn, id)
        new = False
    except NotFound:
        new = True
    base, iid = files_base(info["artifact_uri"])
    candidates.create(
        conn,
        experiment_id,
        origin=Origin.PULLED,
        id=id,
        name=str(info.get("run_name") or id[:8]),
        start_ms=int(info.get("start_time") or 0),
        remote=remote.name,
    )
    candidates.update(conn, id, **columns)
    sources = {k.removeprefix("mlops.source."): v for k, v in tags.items()}
    params = [Param(row["key"], str(row["value"])) for row in data.get("params") or ()]
    candidates.set_params(conn, id, params, replace=True)
    plain = {k: v for k, v in tags.items() if k not in ("mlflow.runName", "mlflow.parentRunId")}
    candidates.set_tags(conn, id, plain)
    series: dict[str, list[MetricPoint]] = {}
    for row in data.get("metrics") or ():
        point = MetricPoint(
            row["key"], float(row["value"]), int(row.get("step") or 0), int(row["timestamp"])
        )
        series.setdefault(point.name, []).append(point)
    for name, points in series.items():
        metrics.log(conn, id, points, source=sources.get(name, "logged"))
    web = remote.facts.get("web_url") or f"{remote.url}/{remote.project}"
    remotes.set_link(
        conn,
        remote.name,
        "candidate",
        id,
        {
            "run_id": info["run_id"],
            "experiment_id": info["experiment_id"],
            "iid": iid,
            "files": base,
            "url": f"{web}/-/ml/candidates/{iid}",
        },
    )
    return int(new)


# -- versions --------------------------------------------------------------------------------------


def _pull_model(
    store: Store,
    remote: remotes.Remote,
    client: GitLab,
    model: Mapping[str, Any],
    counts: Pulled,
) -> None:
    name = str(model["name"])
    mine = store.read_sync(remotes.store_id) + ":"
    try:
        here = {v.version for v in store.read_sync(models.versions, name)}
    except NotFound:
        here = set()
    for semantic in semantic_versions(model.get("latest_versions") or ()):
        if semantic in here:
            continue
        version = client.find_version(name, semantic)
        if version is None:
            continue
        tags = {row["key"]: str(row["value"]) for row in version.get("tags") or ()}
        if tags.get(VERSION_TAG, "").startswith(mine):
            continue  # ours, renamed or deleted here
        run = client.get_run(str(version["run_id"]))["data"]
        keep = _VersionRow(
            remote, name, str(model.get("description") or ""), semantic, version, tags, run
        )
        counts.versions += store.write_sync(keep.write)


@dataclass(frozen=True)
class _VersionRow:
    remote: remotes.Remote
    model: str
    description: str
    semantic: str
    version: dict[str, Any]
    tags: dict[str, str]
    run: dict[str, Any]

    def write(self, conn: Connection) -> int:
        source = str(self.version.get("source", ""))
        path = re.search(r"/-/ml/models/.*", urlsplit(source).path)
        web = self.remote.facts.get("web_url") or f"{self.remote.url}/{self.remote.project}"
        last = {row["key"]: row["value"] for row in self.run.get("metrics") or ()}
        text = str(self.version.get("description") or "")
        try:
            known = models.ensure_model(conn, self.model, origin=self.remote.name)
            if known.origin == self.remote.name and known.description != self.description:
                models.update_model(conn, self.model, description=self.description)
            made = models.create_version(
                conn,
                self.model,
                version=self.semantic,
                description=text[:500],
                card=text,
                source=source,
                flavor=self.tags.get("mlops.flavor", ""),
                origin=self.remote.name,
                tags={k: v for k, v in self.tags.items() if k != "gitlab.version"},
                details={
                    "metrics": last,
                    "params": {row["key"]: row["value"] for row in self.run.get("params") or ()},
                },
            )
        except (AlreadyExists, InvalidValue):
            return 0
        facts = {
            "version_id": str(self.version["version"]),
            "version": self.semantic,
            "model": self.model,
            "run_id": self.version["run_id"],
            "url": web + (path[0] if path else "/-/ml/models"),
        }
        remotes.set_link(conn, self.remote.name, "version", str(made.id), facts)
        return 1


# -- files on demand -------------------------------------------------------------------------------


def remote_files(
    store: Store, remote: str, client: GitLab, kind: str, id: str
) -> list[dict[str, Any]]:
    """The files of a pulled candidate or version: ``[{"path", "name", "sha256", "size"}]``, each path once.

    ``path`` is the true one where a manifest tells it, ``name`` the one on the remote; ``sha256`` is None on
    instances that keep no digests, ``size`` in bytes.

    Raises:
        NotFound: it is not linked to this remote.
        RemoteUnavailable, Refusal: as the client.
    """
    place = _place(store, remote, kind, id)
    number = client.package_id(place.package, place.version)
    newest: dict[str, dict[str, Any]] = {}
    for row in client.package_files(number) if number is not None else ():
        name = unquote(str(row["file_name"]))
        if int(row.get("id") or 0) >= int(newest.get(name, {}).get("id", 0)):
            newest[name] = {
                "id": int(row.get("id") or 0),
                "sha256": row.get("file_sha256") or None,
                "size": int(row.get("size") or 0),
            }
    true_names: dict[str, str] = {}
    if MANIFEST in newest:
        loaded = _manifest(client, place.base, newest[MANIFEST])
        true_names = {k: v["path"] for k, v in (loaded.get("files") or {}).items()}
    return [
        {"path": true_names.get(name, name), "name": name, "sha256": f["sha256"], "size": f["size"]}
        for name, f in sorted(newest.items())
        if name != MANIFEST
    ]


def _manifest(client: GitLab, base: str, listed: Mapping[str, Any]) -> dict[str, Any]:
    data = b"".join(client.download(base, MANIFEST))
    try:
        loaded = json.loads(data)
    except ValueError:
        loaded = None
    if isinstance(loaded, dict):
        return loaded
    digest = hashlib.sha256(data).hexdigest()
    if len(data) == listed["size"] and listed["sha256"] in (digest, None):
        return {}  # somebody else's file of this name
    raise RemoteUnavailable(f"{MANIFEST} arrived damaged from GitLab.", reason="damaged")


def fetch(store: Store, remote: str, client: GitLab, kind: str, id: str, path: str) -> str:
    """Bring one file of a pulled candidate or version here; returns its sha256.

    Raises:
        NotFound: there is no such file.
        RemoteUnavailable: also when what arrived is not what the remote's listing says.
        Refusal: as the client.
    """
    for file in remote_files(store, remote, client, kind, id):
        if file["path"] == path:
            break
    else:
        raise NotFound(f"{path!r} is not among the files of this {kind} in GitLab.")
    place = _place(store, remote, kind, id)
    sha256 = file["sha256"]
    if sha256 is None or not store.blobs.exists(sha256):
        with store.blobs.writer() as writer:
            for chunk in client.download(place.base, file["name"]):
                writer.write(chunk)
            # The digest is known before the blob is made visible under another one.
            if writer.size != file["size"]:
                raise RemoteUnavailable(
                    f"{path} did not arrive whole from GitLab.", reason="damaged"
                )
            sha256, _size = writer.commit()
        if file["sha256"] not in (sha256, None):
            raise RemoteUnavailable(f"{path} arrived damaged from GitLab.", reason="damaged")
    store.write_sync(artifacts.put, place.owner, path, sha256, file["size"])
    return str(sha256)


def _place(store: Store, remote: str, kind: str, id: str) -> Any:
    link = store.read_sync(remotes.link, remote, kind, id)
    if "run_id" not in link:
        raise NotFound(f"This {kind} is not in remote {remote!r}.")
    places: dict[str, Callable[[], Any]] = {
        "candidate": lambda: place_of_candidate(id, link),
        "version": lambda: place_of_version(int(id), link),
    }
    return places[kind]()
