"""Connection, remotes and queue as the panel and the command line see them."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

from ..errors import InvalidValue
from ..settings import MLOpsSettings
from ..store import outbox, remotes
from ..store.remotes import Remote
from ..store.store import Connection, Store
from ..sync.credentials import Project, default_project, parse_git_remote
from ..sync.project import token_page
from ..sync.worker import Worker

NAME = "default"


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

    async def start(self) -> None:
        """Connect what the environment names, and begin to push."""
        await self.worker.start()

    async def stop(self) -> None:
        """Stop pushing; what is queued stays queued."""
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
        found = default_project(os.environ, project=self._settings.gitlab_project, url=url)
        found = found or project_of(self._root_dir, known=url)
        if found is None:
            page = token_page(url) if url else None
            return {"url": url, "project": None, "token_from": None, "token_page": page}
        tokens = credentials.tokens(found.url)
        return {
            "url": found.url,
            "project": found.path,
            "token_from": tokens[0].source if tokens else None,
            "token_page": token_page(found.url),
        }

    # -- connecting ------------------------------------------------------------------------------

    async def check(self, request: dict[str, Any]) -> dict[str, Any]:
        """Try a connection without keeping it."""
        from ..sync.connect import check

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
        """Pause, resume, retry, decide about findings, pull, or look at what would be pushed.

        Raises:
            InvalidValue: an unknown action.
            NotFound: there is no such remote.
        """
        remote = request.get("remote")
        if action in ("pause", "resume"):
            await self._store.write(remotes.pause, remote or NAME, action == "pause")
            self.worker.wake()
            return {"paused": action == "pause"}
        if action == "retry":
            again = await self._store.write(
                outbox.again, remote=remote, kind=request.get("kind"), id=request.get("id")
            )
            self.worker.reopen(remote)
            return {"queued": again}
        if action in ("redact", "not-a-secret"):
            return {"queued": await self._decide(action, request)}
        if action == "pull":
            return await self._pull(remote)
        if action == "dry-run":
            from ..sync.connect import dry_run

            return await asyncio.to_thread(dry_run, self.worker, remote)
        raise InvalidValue(f"action {action!r} is not known")

    async def _decide(self, action: str, request: dict[str, Any]) -> int:
        """Remember a decision about what the gate found in a held item, and queue it again."""
        if not request.get("kind") or not request.get("id"):
            raise InvalidValue("kind and id: say which held item is meant")
        decision = "redact" if action == "redact" else "not_a_secret"

        def apply(conn: Connection) -> int:
            for item in outbox.items(conn, limit=10_000):
                if item["kind"] == request["kind"] and item["id"] == request["id"]:
                    found = (item["error"] or {}).get("findings", [])
                    pairs = [(each["hash"], each["rule"]) for each in found if each.get("hash")]
                    remotes.decide(conn, pairs, decision)
            return outbox.again(conn, kind=request["kind"], id=request["id"])

        count = await self._store.write(apply)
        self.worker.wake()
        return count

    async def _pull(self, name: str | None) -> dict[str, Any]:
        from ..sync.pull import pull

        known = await self._store.read(remotes.list_all)
        wanted = [each for each in known if name in (None, each.name)]
        totals: dict[str, Any] = {}
        for remote in wanted:
            client = await asyncio.to_thread(self.worker.connections.client, remote)
            found = await asyncio.to_thread(pull, self._store, remote, client)
            for kind, count in found.items():
                totals[kind] = totals.get(kind, 0) + count
        return totals


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
    problem = first.facts.get("problem") if first else None
    return {
        "connection": {
            "connected": first is not None,
            "remote": first.name if first else None,
            "url": first.url if first else None,
            "project": first.project if first else None,
            "web_url": first.facts.get("web_url") if first else None,
            "message": problem["message"] if problem else None,
        },
        "queue": outbox.counts(conn),
    }


def _remote_json(remote: Remote, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "name": remote.name,
        "url": remote.url,
        "project": remote.project,
        "connected": not remote.facts.get("problem"),
        "paused": remote.paused,
        "web_url": remote.facts.get("web_url"),
        "facts": remote.facts,
        "queue": counts,
    }
