"""PURE: what an answer of GitLab means. Its error shapes differ by layer (contract §1); all are read here."""

from __future__ import annotations

import json
from typing import Any

from ..errors import RemoteRejected

#: Reasons that concern the whole remote: every other push would be refused alike.
REMOTE_WIDE = frozenset(
    {
        "token_dead",
        "token_missing",
        "token_kind",
        "scope_too_small",
        "role_too_low",
        "feature_off",
        "project_not_found",
        "archived",
        "forbidden",
    }
)


class Refusal(RemoteRejected):
    """GitLab said no. ``reason`` is one of our codes, ``status`` the HTTP status, ``answer`` its words."""

    def __init__(self, message: str, *, reason: str, status: int, answer: str = "") -> None:
        super().__init__(message, reason=reason, status=status)
        self.reason = reason
        self.status = status
        self.answer = answer


#: Reasons in words, each with what to do.
WORDS = {
    "token_dead": "The GitLab token has expired, was revoked, or is not known there. Give a new one.",
    "token_missing": "There is no GitLab token for {url}. Set GITLAB_TOKEN or type one in.",
    "token_kind": "GitLab takes no CI job token for model experiments. Use an access token with scope api.",
    "scope_too_small": "The GitLab token lacks the scope 'api'. Create one that has it.",
    "role_too_low": "Your role in project {project} is below Developer. Ask a maintainer for that role.",
    "feature_off": "Model experiments, the model registry or the package registry are switched off in"
    " project {project}"
    " (Settings > General > Visibility).",
    "project_not_found": "GitLab shows no project {project} to this token. Check the path and membership.",
    "archived": "Project {project} is archived in GitLab, so it takes nothing new.",
    "forbidden": "GitLab forbids this in project {project}.",
}


def words(body: bytes) -> tuple[str, dict[str, Any]]:
    """(what an error body says in one line, the body if it is a JSON object)."""
    try:
        loaded = json.loads(body)
    except ValueError:
        return "", {}
    if not isinstance(loaded, dict):
        return "", {}
    parts = [
        flatten(loaded[key])
        for key in ("error_code", "message", "error", "error_description")
        if loaded.get(key)
    ]
    return ": ".join(dict.fromkeys(part for part in parts if part))[:500], loaded


def flatten(value: Any) -> str:
    """A message that may be a string, a list or a map, in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {flatten(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(flatten(inner) for inner in value)
    return str(value)


def reason_of(status: int, body: bytes) -> str:
    """Our code for an answer below 500 that is not a success; ``unauthorized`` has to be looked into."""
    text, loaded = words(body)
    if status == 401:
        return "token_dead" if loaded.get("error") == "invalid_token" else "unauthorized"
    if status == 403:
        return "scope_too_small" if loaded.get("error") == "insufficient_scope" else "forbidden"
    if status == 404:
        if "error_code" in loaded:
            return "not_found"
        if "Project Not Found" in text:
            return "project_not_found"
        return "no_route" if "error" in loaded else "hidden"
    if status == 413 or "too large" in text:
        return "too_large"
    if loaded.get("error_code") == "RESOURCE_ALREADY_EXISTS":
        return "already_exists"
    if "already taken" in text or "already been taken" in text:
        return "taken"
    return "invalid"
