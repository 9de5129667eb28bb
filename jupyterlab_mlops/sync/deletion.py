"""Delete on GitLab what was pushed there: only on request, and told where the role does not allow it.

Deleting there is for good: GitLab has no trash. Nothing is deleted here.
"""

from __future__ import annotations

from ..errors import NotFound, PermissionDenied
from ..store import candidates, models, remotes
from ..store.store import Connection, Store
from .answers import MAINTAINER, ROLES, role_of
from .project import GitLab
from .refusals import Refusal


def delete_there(store: Store, remote: str, client: GitLab, kind: str, id: str) -> list[str]:
    """Delete a ``candidate``, ``version`` or ``model`` on a remote; returns what is worth knowing, in words.

    Raises:
        NotFound: it was never pushed there.
        PermissionDenied: the role is too low; says which one it takes.
        RemoteUnavailable, Refusal: as the client.
    """
    link = store.read_sync(remotes.link, remote, kind, id)
    told = []
    try:
        if kind == "candidate" and "run_id" in link:
            client.delete_run(link["run_id"])
            told.append(
                "Its files stay in GitLab's package registry: only a Maintainer can delete them."
            )
        elif kind == "version" and "version_id" in link:
            _need_maintainer(client, "a model version with files")
            client.delete_version(link["version_id"])
        elif kind == "model" and "name" in link:
            model = client.find_model(link["name"]) or {}
            if model.get("latest_versions"):
                _need_maintainer(client, "a model with versions")
            client.delete_model(link["name"])
        else:
            raise NotFound(f"This {kind} is not in remote {remote!r}.")
    except Refusal as refusal:
        if refusal.reason == "no_route":
            text = f"This GitLab cannot delete a {kind} yet (17.5 can)."
            raise Refusal(text, reason="no_route", status=refusal.status) from None
        if refusal.reason != "not_found":
            raise
        told = ["It was deleted in GitLab already."]
    store.write_sync(_forget, remote, kind, id)
    return told


def _forget(conn: Connection, remote: str, kind: str, id: str) -> None:
    remotes.removed(conn, remote, kind, id)
    if kind == "model":
        try:
            here = models.versions(conn, id)
        except NotFound:
            return
        for version in here:
            if remotes.link(conn, remote, "version", str(version.id)):
                remotes.removed(conn, remote, "version", str(version.id))
    elif kind == "candidate":
        try:
            candidate = candidates.head(conn, id)
        except NotFound:  # deleted for good here before
            return
        if candidate.remote == remote:  # it was listed here because it was there
            candidates.delete(conn, id)


def _need_maintainer(client: GitLab, what: str) -> None:
    level = role_of(client.project_info())
    if level < MAINTAINER:
        yours = ROLES.get(level, "none")
        raise PermissionDenied(
            f"Deleting {what} in GitLab takes the role Maintainer in project {client.project};"
            f" yours is {yours}."
        )
