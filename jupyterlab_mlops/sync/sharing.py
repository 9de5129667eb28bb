"""What the panel and the command line ask of remotes and the queue: one object over worker and store."""

from __future__ import annotations

import asyncio
from typing import Any

from ..errors import InvalidValue, NotFound, RemoteRejected
from ..store import outbox, outgoing, remotes
from ..store.remotes import Remote
from ..store.store import Store
from .connect import check, dry_run, remembered
from .credentials import DEFAULT_URL, Token, default_project, parse_git_remote, same_instance
from .gitlab import token_page
from .pull import fetch, pull, remote_files
from .worker import Worker


class Sharing:
    """Remotes, queue, decisions, pulls. Nothing here blocks the event loop; every answer is JSON-compatible."""

    def __init__(self, store: Store, worker: Worker) -> None:
        self._store = store
        self._worker = worker
        self._credentials = worker.credentials

    async def status(self) -> dict[str, Any]:
        """``{"connection": {...}, "queue": counts}``."""
        known = await self._store.read(remotes.list_all)
        counts = await self._store.read(outbox.counts)
        first = next((r for r in known if r.name == "default"), known[0] if known else None)
        problem = first.facts.get("problem") if first else None
        connection = {
            "connected": first is not None,
            "remote": first.name if first else None,
            "url": first.url if first else None,
            "project": first.project if first else None,
            "web_url": first.facts.get("web_url") if first else None,
            "message": problem["message"] if problem else None,
        }
        return {"connection": connection, "queue": counts}

    async def remotes(self) -> dict[str, Any]:
        """``{"remotes": [...], "proposal": {...}}``."""
        known = await self._store.read(remotes.list_all)
        return {
            "remotes": [await self._shown(remote) for remote in known],
            "proposal": await self.proposal(),
        }

    async def proposal(self, notebook: str | None = None) -> dict[str, Any]:
        """What a connection could be made of: configuration and environment, else the repository's remote."""
        url = await asyncio.to_thread(self._credentials.default_url)
        found = default_project(self._worker.environ, project=self._worker.project, url=url)
        if found is None:
            git = await self._store.read(outgoing.latest_git_remote, notebook)
            if git is None and notebook is not None:
                git = await self._store.read(outgoing.latest_git_remote)
            found = parse_git_remote(git, known=url) if git else None
        shown = found.url if found else url
        source = None
        if shown:
            # A repository may name any host: tokens without an instance of their own are not offered to it.
            tokens = await asyncio.to_thread(self._credentials.tokens, shown, chosen=False)
            source = tokens[0].source if tokens else None
        return {
            "url": shown,
            "project": found.path if found else None,
            "token_from": source,
            "token_page": token_page(shown or DEFAULT_URL),
        }

    async def connect(self, request: dict[str, Any]) -> dict[str, Any]:
        """Connect a project; refused with the problems in words if it would not work.

        Raises:
            RemoteRejected: the check found problems (``details["problems"]``).
            InvalidValue, AlreadyExists: name, url or project cannot be used.
        """
        url, token = remotes.instance_url(str(request["url"])), request.get("token")
        name, project = str(request.get("name") or "default"), str(request["project"])
        found = await self.check(request)
        if not found["ok"]:
            raise RemoteRejected(" ".join(found["problems"]), problems=found["problems"])
        facts = remembered(found)
        known = {r.name: r for r in await self._store.read(remotes.list_all)}
        present = known.get(name)
        same = present is not None and same_instance(present.url, url)
        if present is not None and same and present.project.lower() == project.strip("/ ").lower():
            await self._store.write(remotes.set_facts, name, facts)
        else:
            await self._store.write(remotes.add, name, url, project, facts=facts)
        if token:
            await asyncio.to_thread(self._credentials.set, url, str(token))
        await asyncio.to_thread(self._worker.start_sync)
        await asyncio.to_thread(self._worker.reopen, name)
        return await self._shown(await self._store.read(remotes.get, name))

    async def check(self, request: dict[str, Any]) -> dict[str, Any]:
        """Try a connection without keeping it.

        Raises:
            InvalidValue: the URL is none.
        """
        url, project = (
            remotes.instance_url(str(request["url"])),
            str(request["project"]).strip("/ "),
        )
        return await asyncio.to_thread(self._check, url, project, request.get("token"))

    def _check(self, url: str, project: str, given: Any) -> dict[str, Any]:
        tokens = [Token(str(given).strip(), "typed in")] if given else self._credentials.tokens(url)
        if not tokens:
            text = f"There is no GitLab token for {url}. Type one in, or set GITLAB_TOKEN."
            return {"ok": False, "problems": [text], "scopes": [], "token_page": token_page(url)}
        if not tokens[0].value.isascii():
            raise InvalidValue(
                "The token has characters that no token has. Paste it again.", field="token"
            )
        client = self._worker.connections.open(url, project, tokens[0])
        try:
            return check(client)
        finally:
            client.close()

    async def disconnect(self, name: str) -> None:
        """Forget a remote and the token typed in for it. Nothing is deleted in GitLab.

        Raises:
            NotFound: there is none of this name.
        """
        remote = await self._store.read(remotes.get, name)
        await self._store.write(remotes.remove, name)
        rest = await self._store.read(remotes.list_all)
        if not any(same_instance(other.url, remote.url) for other in rest):
            await asyncio.to_thread(self._credentials.forget, remote.url)

    async def push(self) -> None:
        """Push what is queued now, without waiting for it."""
        await asyncio.to_thread(self._worker.sync_now)

    async def queue(self) -> list[dict[str, Any]]:
        """What is queued, on its way, waiting or set aside."""
        return await self._store.read(outbox.items)

    async def control(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        """``pause``, ``resume``, ``retry``, ``redact``, ``not-a-secret``, ``pull``, ``dry-run``.

        Raises:
            InvalidValue: no such action, or what it is about is not named.
            NotFound: no such remote.
        """
        remote, kind, id = (request.get(key) for key in ("remote", "kind", "id"))
        if action in ("pause", "resume"):
            names = (
                [remote] if remote else [r.name for r in await self._store.read(remotes.list_all)]
            )
            for name in names:
                await self._store.write(remotes.pause, name, action == "pause")
            self._worker.wake()
            return {"remotes": names}
        if action == "retry":
            await asyncio.to_thread(self._worker.reopen, remote)
            return {"queued": await self._again(remote, kind, id)}
        if action in ("redact", "not-a-secret"):
            return await self._decide(action, remote, kind, id)
        if action == "pull":
            return await asyncio.to_thread(self._pull, remote)
        if action == "dry-run":
            return await asyncio.to_thread(dry_run, self._store, self._worker.gate, remote)
        raise InvalidValue(f"There is no action {action!r} on the queue.", field="action")

    async def files(self, remote: str, kind: str, id: str) -> list[dict[str, Any]]:
        """The files of a pulled candidate or version, on the remote."""
        return await asyncio.to_thread(self._with_client, remote_files, remote, kind, id)

    async def fetch(self, remote: str, kind: str, id: str, path: str) -> str:
        """Bring one file of a pulled candidate or version here; returns its sha256."""
        return await asyncio.to_thread(self._with_client, fetch, remote, kind, id, path)

    # -- parts -----------------------------------------------------------------------------------

    def _with_client(self, fn: Any, remote: str, *args: str) -> Any:
        known = self._store.read_sync(remotes.get, remote)
        return fn(self._store, remote, self._worker.connections.client(known), *args)

    async def _again(self, remote: str | None, kind: str | None, id: str | None) -> int:
        queued = await self._store.write(outbox.again, remote=remote, kind=kind, id=id)
        self._worker.wake()
        return queued

    async def _decide(
        self, action: str, remote: str | None, kind: str | None, id: str | None
    ) -> dict[str, Any]:
        if not kind or not id:
            raise InvalidValue("Say which item the decision is about: kind and id.", field="id")
        why = await self._store.read(outbox.reason, remote, kind, id)
        findings = why.get("findings") or []
        if not findings:
            raise NotFound("Nothing is held for this item.")
        decided = [(f["hash"], f["rule"]) for f in findings]
        decision = "redact" if action == "redact" else "not_a_secret"
        await self._store.write(remotes.decide, decided, decision)
        # The same secret may hold others too: they are looked at again with what was decided.
        queued = await self._store.write(outbox.again, states=("held",))
        self._worker.wake()
        return {"decided": len(decided), "queued": queued}

    def _pull(self, name: str | None) -> dict[str, Any]:
        total = {"experiments": 0, "candidates": 0, "versions": 0}
        for remote in self._store.read_sync(remotes.list_all):
            if name in (None, remote.name):
                came = pull(self._store, remote, self._worker.connections.client(remote))
                total = {key: total[key] + came[key] for key in total}
        return total

    async def _shown(self, remote: Remote) -> dict[str, Any]:
        facts = {k: v for k, v in remote.facts.items() if k != "from_environment"}
        return {
            "name": remote.name,
            "url": remote.url,
            "project": remote.project,
            "connected": "problem" not in remote.facts,
            "paused": remote.paused,
            "web_url": remote.facts.get("web_url"),
            "facts": facts,
            "queue": await self._store.read(outbox.counts, remote.name),
        }
