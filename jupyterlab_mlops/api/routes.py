"""The paths of openapi.yaml and who answers them; a test holds both against each other."""

from __future__ import annotations

from typing import Any

from . import candidates, compare, experiments, models, notebooks, reproduce, sharing
from .base import Panel, PanelHandler
from .contract import pattern

HANDLERS: dict[str, type[PanelHandler]] = {
    "/experiments": experiments.Experiments,
    "/experiments/{id}": experiments.Experiment,
    "/keys": experiments.Keys,
    "/candidates": candidates.Candidates,
    "/candidates/{id}": candidates.OneCandidate,
    "/candidates/{id}/restore": candidates.Restore,
    "/candidates/{id}/metrics/{name}": candidates.History,
    "/candidates/{id}/artifacts/{path}": candidates.Artifact,
    "/candidates/{id}/remote-files": candidates.RemoteFiles,
    "/candidates/{id}/executed": reproduce.Executed,
    "/candidates/{id}/copy": reproduce.Copy,
    "/candidates/{id}/reproduce": reproduce.Reproduce,
    "/series": compare.Series,
    "/compare": compare.Compare,
    "/compare/table": compare.CompareTable,
    "/compare/code": compare.CompareCode,
    "/now": notebooks.Now,
    "/notebook-runs": notebooks.NotebookRuns,
    "/notebook-runs/{id}": notebooks.OneNotebookRun,
    "/notebooks/cells": notebooks.Cells,
    "/notebooks/outputs": notebooks.RecordedOutputs,
    "/executions/{id}/outputs": notebooks.ExecutionOutputs,
    "/recording": notebooks.Recording,
    "/register/proposals": models.Proposals,
    "/register": models.Register,
    "/registrations": models.Registrations,
    "/registrations/{id}": models.OneRegistration,
    "/models": models.Models,
    "/models/{name}": models.OneModel,
    "/models/{name}/versions/{version}": models.OneVersion,
    "/models/{name}/versions/{version}/check": models.CheckVersion,
    "/models/{name}/versions/{version}/archive": models.VersionArchive,
    "/models/{name}/versions/{version}/artifacts/{path}": models.VersionArtifact,
    "/status": sharing.Status,
    "/remotes": sharing.Remotes,
    "/remotes/check": sharing.CheckRemote,
    "/remotes/{name}": sharing.OneRemote,
    "/sync": sharing.Push,
    "/sync/queue": sharing.Queue,
    "/sync/{action}": sharing.ControlQueue,
}


def routes(prefix: str, panel: Panel) -> list[tuple[str, type[PanelHandler], dict[str, Any]]]:
    """Handlers of every path, below ``prefix``."""
    return [
        (f"{prefix}{pattern(path)}", handler, {"panel": panel})
        for path, handler in HANDLERS.items()
    ]
