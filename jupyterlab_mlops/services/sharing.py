"""Connection, remotes and queue as the panel and the command line see them."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from pathlib import Path
from typing import Any

from ..errors import InvalidValue, MLOpsError, NotFound
from ..settings import MLOpsSettings
from ..store import models, outbox, remotes
from ..store.changes import PUSHED
from ..store.remotes import Remote
from ..store.store import Connection, Store
from ..sync.connect import check, dry_run
from ..sync.credentials import Project, default_project, parse_git_remote
from ..sync.deletion import delete_there
from ..sync.project import GitLab, token_page
from ..sync.pull import fetch, pull, remote_files
from ..sync.worker import Worker

NAME = "default"
#: When what others pushed is looked for first, and how often then (s).
FIRST_PULL_S = 15.0
PULL_EVERY_S = 300.0

log = logging.getLogger(__name__)


class SharingService:
    """Pushing to GitLab: started with the server, or used once by the command line."""

    def __init__(self, store: Store, settings: MLOpsSettings, *, root_dir: Path) -> None:
        self._store = store
        self._settings = settings
        self._root_dir = root_dir
        self.worker = Worker(
            store,
            mode=settings.sync,
            url=settings.gitlab_url,
            project=settings.gitlab_project,
            root=root_dir,
            timeout_s=settings.gitlab_timeout_s,
            ca_bundle=settings.gitlab_ca_bundle or None,
            concurrency=settings.upload_concurrency,
        )
        self._pulling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect what the environment names, begin to push, and look for what others pushed."""
        await self.worker.start()
        if self.worker.mode == "auto":
            self._pulling = asyncio.create_task(self._pull_regularly(), name="mlops-pull")

    async def stop(self) -> None:
        """Stop pushing; what is queued stays queued."""
        if self._pulling is not None:
            self._pulling.cancel()
            await asyncio.gather(self._pulling, return_exceptions=True)
            self._pulling = None
        await self.worker.stop()

    def wake(self) -> None:
        """Another process has queued something."""
        self.worker.wake()

    # -- looking ---------------------------------------------------------------------------------

    async def status(self) -> dict[str, Any]:
        """Connection and queue in short."""
        return await self._store.read(_status)

    async def queue(self) -> list[dict[str, Any]]:
        """What is queued, held or in error, oldest first."""
        return await self._store.read(outbox.items)

    async def remotes(self) -> dict[str, Any]:
        """The connected projects, and what a connection could be made of."""

        def read(conn: Connection) -> list[dict[str, Any]]:
            return [
                _remote_json(each, outbox.counts(conn, each.name))
                for each in remotes.list_all(conn)
            ]

        return {
            "remotes": await self._store.read(read),
            "proposal": await self._store.in_thread(self._proposal),
        }

    def _proposal(self) -> dict[str, Any]:
        """Project and token as found in configuration, environment and the repository (never the token)."""
        credentials = self.worker.credentials
        url = credentials.default_url()
        named = default_project(os.environ, project=self._settings.gitlab_project, url=url)
        found = named or project_of(self._root_dir, known=url)
        if found is None:
            page = token_page(url) if url else None
            return {"url": url, "project": None, "token_from": None, "token_page": page}
        # A project that only the repository's remote names is not offered a token that is for no instance in
        # particular: whoever wrote that remote would receive it.
        tokens = credentials.tokens(found.url, chosen=named is not None)
        return {
            "url": found.url,
            "project": found.path,
            "token_from": tokens[0].source if tokens else None,
            "token_page": token_page(found.url),
        }

    # -- connecting ------------------------------------------------------------------------------

    async def check(self, request: dict[str, Any]) -> dict[str, Any]:
        """Try a connection without keeping it."""
        return await asyncio.to_thread(
            check,
            self.worker.connections,
            self.worker.credentials,
            request["url"],
            request["project"],
            token=request.get("token") or None,
        )

    async def connect(self, request: dict[str, Any]) -> dict[str, Any]:
        """Connect a project; a token that was typed in is kept first.

        Raises:
            InvalidValue: the connection does not work; the message says why.
            AlreadyExists: the project is connected already.
        """
        found = await self.check(request)
        if not found["ok"]:
            raise InvalidValue("; ".join(found["problems"]), problems=found["problems"])
        url, name = request["url"], request.get("name") or NAME
        if request.get("token"):
            await asyncio.to_thread(self.worker.credentials.set, url, request["token"])
        facts = {
            key: found[key]
            for key in ("project_id", "web_url", "version", "role", "user")
            if found.get(key)
        }
        remote = await self._store.write(
            remotes.connect, name, url, request["project"], facts=facts
        )
        self.worker.reopen(name)
        return _remote_json(remote, await self._store.read(outbox.counts, name))

    async def disconnect(self, name: str) -> None:
        """Forget a remote, and its token if nothing else uses the instance."""
        remote = await self._store.read(remotes.get, name)
        await self._store.write(remotes.remove, name)
        others = await self._store.read(remotes.list_all)
        if all(other.url != remote.url for other in others):
            await asyncio.to_thread(self.worker.credentials.forget, remote.url)

    # -- pushing ---------------------------------------------------------------------------------

    async def push(self) -> None:
        """Push what is queued now, without waiting for it."""
        await asyncio.to_thread(self.worker.sync_now)

    async def control(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        """Pause, resume, retry, decide about findings, pull, look at what would be pushed, or delete there.

        Raises:
            InvalidValue: an unknown action.
            NotFound: there is no such remote, or the thing is not there.
            PermissionDenied, RemoteUnavailable, RemoteRejected: of deleting and pulling.
        """
        remote = request.get("remote")
        if action in ("pause", "resume"):
            await self._store.write(remotes.pause, remote or NAME, action == "pause")
            self.worker.wake()
            return {"paused": action == "pause"}
        if action == "retry":
            again = await self._store.write(_again, remote, request.get("kind"), request.get("id"))
            self.worker.reopen(remote)
            return {"queued": again}
        if action in ("redact", "not-a-secret"):
            return {"queued": await self._decide(action, request)}
        if action == "pull":
            return await self._pull(remote)
        if action == "delete":
            return await self._delete_there(remote, request)
        if action == "dry-run":
            return await asyncio.to_thread(dry_run, self.worker, remote)
        raise InvalidValue(f"action {action!r} is not known")

    async def _delete_there(self, remote: str | None, request: dict[str, Any]) -> dict[str, Any]:
        """Delete a thing in GitLab, on one remote or on all that have it: ``{"deleted": [names], "told": [...]}``.

        A version's id is its number in the store, or ``name@1.2.3``.
        """
        kind, id = request.get("kind"), request.get("id")
        if kind not in ("candidate", "version", "model") or not id:
            raise InvalidValue("kind and id: say which candidate, version or model is meant")
        if kind == "version" and "@" in id:
            model, _, number = id.rpartition("@")
            id = str((await self._store.read(models.get_version, model, version=number)).id)
        there = [
            each.name
            for each in await self._store.read(remotes.list_all)
            if remote in (None, each.name)
            and (await self._store.read(remotes.link, each.name, kind, id)).keys() - {"removed_ms"}
        ]
        if not there:
            raise NotFound(f"This {kind} is not in GitLab.")
        told: list[str] = []
        for name in there:
            client = await self._client(name)
            told += await asyncio.to_thread(delete_there, self._store, name, client, kind, id)
        return {"deleted": there, "told": list(dict.fromkeys(told))}

    async def _decide(self, action: str, request: dict[str, Any]) -> int:
        """Remember a decision about what the gate found in a held item, and queue it again."""
        if not request.get("kind") or not request.get("id"):
            raise InvalidValue("kind and id: say which held item is meant")
        decision = "redact" if action == "redact" else "not_a_secret"

        def apply(conn: Connection) -> int:
            held = outbox.items(conn, states=("held",), limit=-1)  # no limit
            for item in held:
                if item["kind"] == request["kind"] and item["id"] == request["id"]:
                    pairs = [(each["hash"], each["rule"]) for each in _findings(item)]
                    remotes.decide(conn, pairs, decision)
            decided = remotes.decisions(conn)
            # The same secret holds every candidate of a notebook: one decision is for all of them.
            return sum(
                outbox.again(conn, remote=item["remote"], kind=item["kind"], id=item["id"])
                for item in held
                if all(each["hash"] in decided for each in _findings(item))
            )

        count = await self._store.write(apply)
        self.worker.wake()
        return count

    # -- pulling ---------------------------------------------------------------------------------

    async def remote_files(self, kind: str, id: str, remote: str) -> list[dict[str, Any]]:
        """The files that a pulled candidate or version has in GitLab.

        Raises:
            NotFound: there is no such remote, or the thing is not linked to it.
            RemoteUnavailable, RemoteRejected: as GitLab says.
        """
        client = await self._client(remote)
        return await asyncio.to_thread(remote_files, self._store, remote, client, kind, id)

    async def fetch(self, kind: str, id: str, remote: str, path: str) -> str:
        """Bring one file of a pulled candidate or version here; returns its sha256. Raises as above."""
        client = await self._client(remote)
        return await asyncio.to_thread(fetch, self._store, remote, client, kind, id, path)

    async def _client(self, name: str) -> GitLab:
        remote = await self._store.read(remotes.get, name)
        return await asyncio.to_thread(self.worker.connections.client, remote)

    async def _pull_regularly(self) -> None:
        """Supervised: what colleagues and CI pushed is looked for again and again; out of reach is no news."""
        await asyncio.sleep(FIRST_PULL_S)
        while True:
            try:
                await self._pull(None)
            except asyncio.CancelledError:
                raise
            except MLOpsError as failure:
                log.info("Pulling from GitLab: %s", failure.message)
            except Exception:
                log.exception("Pulling from GitLab failed")
            await asyncio.sleep(PULL_EVERY_S)

    async def _pull(self, name: str | None) -> dict[str, Any]:
        known = await self._store.read(remotes.list_all)
        wanted = [each for each in known if name in (None, each.name) and not each.paused]
        totals: dict[str, Any] = {}
        failures: list[MLOpsError] = []
        for remote in wanted:
            try:
                client = await self._client(remote.name)
                found = await asyncio.to_thread(pull, self._store, remote, client)
            except MLOpsError as failure:  # the other projects are pulled all the same
                failures.append(failure)
                continue
            for kind, count in found.items():
                totals[kind] = totals.get(kind, 0) + count
        if failures:
            raise failures[0]
        return totals


def _findings(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in (item["error"] or {}).get("findings", []) if each.get("hash")]


def _again(conn: Connection, remote: str | None, kind: str | None, id: str | None) -> int:
    count = outbox.again(conn, remote=remote, kind=kind, id=id)
    if kind in PUSHED and id:
        count += remotes.wanted_again(conn, remote, kind, id)
    return count


def project_of(directory: Path, *, known: str | None) -> Project | None:
    """The GitLab project that a directory's git remote names; None without one."""
    try:
        found = subprocess.run(
            ["git", "-C", str(directory), "config", "--get", "remote.origin.url"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_git_remote(found.stdout, known=known) if found.stdout.strip() else None


def _status(conn: Connection) -> dict[str, Any]:
    connected = remotes.list_all(conn)
    first = connected[0] if connected else None
    problems = [(each, each.facts["problem"]) for each in connected if each.facts.get("problem")]
    message = problems[0][1]["message"] if problems else None
    if message and len(connected) > 1:
        message = f"{problems[0][0].name}: {message}"
    queue = outbox.counts(conn)
    if connected:
        queue["queued"] += outbox.being_checked(conn)
    return {
        "connection": {
            "connected": first is not None,
            "remote": first.name if first else None,
            "url": first.url if first else None,
            "project": first.project if first else None,
            "web_url": first.facts.get("web_url") if first else None,
            "message": message,
        },
        "queue": queue,
    }


def _remote_json(remote: Remote, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "name": remote.name,
        "url": remote.url,
        "project": remote.project,
        "connected": not remote.facts.get("problem"),
        "message": (remote.facts.get("problem") or {}).get("message"),
        "paused": remote.paused,
        "web_url": remote.facts.get("web_url"),
        "facts": remote.facts,
        "queue": counts,
    }
