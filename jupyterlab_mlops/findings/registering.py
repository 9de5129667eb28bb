"""``mlops.register()`` in a kernel: its finding becomes a model version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..entities import Artifact
from ..errors import InvalidValue, NotFound
from ..registry import MODEL_FOLDER, PENDING, READY, VERSION_FACTS, register
from ..store import artifacts, candidates, overview
from ..store.blobs import Blobs
from ..store.store import Connection
from ..versioning import check_model_name, slug


def register_staged(
    conn: Connection,
    blobs: Blobs,
    kernel_id: str,
    notebook: str | None,
    finding: Mapping[str, Any],
) -> None:
    """Register what a kernel has written; the files were moved into the blobs by ``ingest``.

    Raises:
        InvalidValue: a file did not arrive, or the name or version cannot be used.
        AlreadyExists: the version is taken.
    """
    staged = finding.get("staged") or {}
    files = []
    for entry in staged.get("files") or ():
        path, sha256, size = str(entry["path"]), str(entry["sha256"]), int(entry["size"])
        if not blobs.exists(sha256):
            raise InvalidValue(f"the file {path!r} of the model did not arrive; register it again")
        files.append(Artifact(path, sha256, size, artifacts.media_type_of(path)))
    candidate_id = finding.get("candidate")
    if candidate_id:
        try:
            candidates.head(conn, candidate_id)
        except NotFound:
            candidate_id = None
    name = finding.get("model") or _usual_name(conn, notebook)
    signature = staged.get("signature")
    register(
        conn,
        model=check_model_name(str(name)),
        version=finding.get("version"),
        bump=finding.get("bump"),
        candidate_id=candidate_id,
        files=files,
        signature=json.dumps(signature) if signature else None,
        flavor=staged.get("flavor") or "",
        details={key: staged[key] for key in VERSION_FACTS if staged.get(key)}
        | {"kernel": kernel_id},
        # It is complete once it was loaded back: services/checking.py.
        status=PENDING if "load.py" in {file.path for file in files} else READY,
        blobs=blobs,
    )
    if candidate_id:
        owner = artifacts.candidate_owner(candidate_id)
        for file in files:
            artifacts.put(
                conn, owner, MODEL_FOLDER + file.path, file.sha256, file.size, file.media_type
            )


def _usual_name(conn: Connection, notebook: str | None) -> str:
    """The name last used in the notebook, else one made of its path."""
    if notebook is None:
        return "model"
    stem = notebook.rsplit("/", 1)[-1].removesuffix(".ipynb")
    return overview.last_model_of(conn, notebook) or slug(stem)
