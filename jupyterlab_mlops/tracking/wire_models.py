"""The registry as MLflow's JSON. Pure, as :mod:`.wire`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..entities import Model, ModelVersion
from .wire import pairs


def model_json(model: Model, latest: Sequence[ModelVersion] = ()) -> dict[str, Any]:
    """A registered model; ``latest`` is the newest version of each stage. The aliases are the model's: a server of
    MLflow's own does not repeat them with these versions."""
    found: dict[str, Any] = {
        "name": model.name,
        "creation_timestamp": model.created_ms,
        "last_updated_timestamp": model.updated_ms,
        "description": model.description,
    }
    if latest:
        shown = [version_json(version) for version in latest]
        found["latest_versions"] = [
            {name: value for name, value in version.items() if name != "aliases"}
            for version in shown
        ]
    if model.tags:
        found["tags"] = pairs(model.tags)
    if model.aliases:
        found["aliases"] = [
            {"alias": alias, "version": str(number)} for alias, number in model.aliases.items()
        ]
    return found


def version_json(version: ModelVersion) -> dict[str, Any]:
    """A model version. ``version`` is MLflow's integer; the semantic one is in the field and tag beside."""
    found: dict[str, Any] = {
        "name": version.model,
        "version": str(version.number),
        "creation_timestamp": version.created_ms,
        "last_updated_timestamp": version.updated_ms,
        "user_id": version.user_id,
        "current_stage": version.stage,
        "description": version.description,
        "source": version.source or version_uri(version),
        "run_id": version.candidate_id or "",
        "status": version.status,
        "run_link": version.details.get("run_link", ""),
    }
    if version.tags:
        found["tags"] = pairs(version.tags)
    if version.aliases:
        found["aliases"] = list(version.aliases)
    if version.logged_model_id:
        found["model_id"] = version.logged_model_id
    return found


def version_uri(version: ModelVersion) -> str:
    """Where a version's own files are."""
    return f"mlflow-artifacts:/versions/{version.id}/artifacts"
