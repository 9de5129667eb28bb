"""PURE: read what GitLab answers, and write what it reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..errors import RemoteUnavailable

DEVELOPER, MAINTAINER = 30, 40
ROLES = {10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer", 50: "Owner"}

_FILES_OF_RUN = re.compile(r"/packages/ml_models/candidate(?::|%3A)(\d+)/files/?$", re.IGNORECASE)
_FILES_OF_VERSION = re.compile(r"/packages/ml_models/(\d+)/files/?$")
_FILES_GENERIC = re.compile(r"/packages/generic/(ml_experiment_\d+)/(\d+)/?$")


def next_query(headers: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The query of the page after this one: by ``Link`` (keyset pages have nothing else), else by number.

    Only the query of a link is read: its host is the one the instance was configured with.
    """
    for link in headers.get("Link", "").split(","):
        if match := re.search(r"<([^>]*)>\s*;.*rel=\"?next\b", link):
            return {**asked, **dict(parse_qsl(urlsplit(match[1]).query))}
    following = str(headers.get("X-Next-Page", ""))
    return {**asked, "page": int(following)} if following.isdigit() else None


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """A map as MLflow's list of key and value."""
    return [{"key": key, "value": value} for key, value in values.items()]


def role_of(project: Mapping[str, Any]) -> int:
    """The caller's access level in a project: the larger of the two permission entries."""
    permissions = project.get("permissions") or {}
    levels = [
        (permissions.get(key) or {}).get("access_level") or 0
        for key in ("project_access", "group_access")
    ]
    return int(max(levels))


def files_base(artifact_uri: str) -> tuple[str, str | None]:
    """Where a run's files go, from its artifact_uri: (path below the project, the run's number).

    Only the path is read: its host is the one the instance was configured with, not the one we dial.

    Raises:
        RemoteUnavailable: the form is not known.
    """
    path = urlsplit(artifact_uri).path
    if match := _FILES_OF_RUN.search(path):
        return f"packages/ml_models/candidate:{match[1]}/files", match[1]
    if match := _FILES_OF_VERSION.search(path):
        return f"packages/ml_models/{match[1]}/files", None
    if match := _FILES_GENERIC.search(path):
        return f"packages/generic/{match[1]}/{match[2]}", match[2]
    raise RemoteUnavailable("GitLab named a place for files that is not known here.")
