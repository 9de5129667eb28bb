"""Candidates: pages, one in full, its points and files."""

from __future__ import annotations

import urllib.parse
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..directions import direction
from ..entities import Candidate
from ..errors import InvalidValue, NotFound
from ..store import (
    artifacts,
    candidate_rows,
    candidates,
    listing,
    metrics,
    outbox,
    overview,
    search,
)
from ..store.candidate_json import finite
from ..store.search_grammar import All, Comparison, Field, Node, parse
from ..store.store import Connection
from . import tag_edits
from .base import PanelHandler
from .experiments import resolve

#: The tag that people's notes are kept in, as MLflow's pages do.
NOTES = "mlflow.note.content"
#: Longer lists are not told as a whole.
MOST_ORDER = 20_000
NO_SYNC = {"state": "local", "remote": None, "url": None, "error": None}


def split(text: str | None) -> list[str] | None:
    """A comma-separated list; names may hold an escaped comma (``%2C``)."""
    if text is None:
        return None
    return [urllib.parse.unquote(part) for part in text.split(",") if part]


def described(conn: Connection, listed: list[Candidate]) -> list[dict[str, Any]]:
    """Candidates as the panel's JSON, with their number of children and state of sharing."""
    ids = [candidate.id for candidate in listed]
    states = outbox.states(conn, "candidate", ids)
    children = overview.children_counts(conn, ids)
    return [
        candidates.to_json(candidate, sync=states.get(candidate.id, NO_SYNC))
        | {"children": children.get(candidate.id, 0)}
        for candidate in listed
    ]


def of_notebook(text: str, notebook: str | None) -> Node:
    """A filter, narrowed to one notebook.

    Raises:
        InvalidValue: the filter cannot be read; the details hold the position.
    """
    wanted = parse(text)
    if not notebook:
        return wanted
    mine = Comparison(Field("attribute", "notebook"), "=", notebook, position=len(text))
    return All((wanted, mine))


def page(conn: Connection, query: dict[str, Any]) -> dict[str, Any]:
    """One page of candidates; as lines or in full they carry only the metrics and params that were asked for."""
    ids = None if not query["experiment"] else [resolve(conn, query["experiment"])]
    try:
        wanted = {
            "experiment_ids": ids,
            "filter": search.understood(of_notebook(query["filter"] or "", query["notebook"])),
            "view": query["view"],
        }
    except InvalidValue as refusal:
        if not query["lenient"]:
            raise
        problem = {"code": refusal.code, "message": refusal.message, "details": refusal.details}
        empty: dict[str, Any] = {
            "candidates": [],
            "next_page_token": None,
            "total": 0,
            "directions": {},
        }
        return empty | {"problem": problem}
    first = query["page_token"]
    if query["offset"]:
        first = search.token_of(query["offset"])
    offset, limit = search.offset_of(first), query["limit"]
    order_by = [part.strip() for part in (query["order_by"] or "").split(",") if part.strip()]
    sorted_by = {"order_by": order_by, "metric_value": query["order_value"]}
    order: list[str] | None = None
    if query["order"]:
        # One sort for both: the page is a part of the whole.
        order, more = search.search_ids(conn, **wanted, **sorted_by, max_results=MOST_ORDER)
        order = order if more is None else None
    if order is not None:
        found, total = order[offset : offset + limit], len(order)
        token = search.token_of(offset + limit) if offset + limit < total else None
    else:
        found, token = search.search_ids(
            conn, **wanted, **sorted_by, max_results=limit, page_token=first
        )
        # The last page knows how many there are; from any other one they are counted.
        total = offset + len(found)
        if token is not None or not found:
            total = search.count_candidates(conn, **wanted)
    names = {kind: split(query[kind]) for kind in ("metrics", "params", "tags")}
    page: dict[str, Any] = {
        "candidates": listing.lines(conn, found, **names)
        if query["form"] == "line"
        else _narrowed(described(conn, candidate_rows.full(conn, found)), names),
        "next_page_token": token,
        "total": total,
        "directions": {name: direction(name) for name in names["metrics"] or ()},
    }
    return page if order is None else page | {"order": order}


def _narrowed(
    documents: list[dict[str, Any]], names: dict[str, list[str] | None]
) -> list[dict[str, Any]]:
    """Without the metrics and params that were not asked for. Tags are few: they are all there."""
    for kind in ("metrics", "params"):
        wanted = names[kind]
        if wanted is not None:
            for document in documents:
                document[kind] = {
                    name: value for name, value in document[kind].items() if name in wanted
                }
    return documents


def in_full(conn: Connection, id: str) -> dict[str, Any]:
    """A candidate with everything that is known of it."""
    candidate = candidates.get(conn, id)
    document = described(conn, [candidate])[0]
    reasons = candidate.details.get("score_reasons", [])
    return document | {
        "notes": candidate.tags.get(NOTES, ""),
        "score_reasons": reasons,
        "details": {
            key: value for key, value in candidate.details.items() if key != "score_reasons"
        },
        "versions": overview.versions_of(conn, id),
    }


class Candidates(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.answer_read(page, self.query("listCandidates"))


class OneCandidate(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str) -> None:
        await self.answer_read(in_full, id)

    @web.authenticated
    @authorized
    async def patch(self, id: str) -> None:
        changes = self.document("updateCandidate")

        def apply(conn: Connection) -> None:
            candidates.head(conn, id)
            if "name" in changes:
                candidates.update(conn, id, name=changes["name"])
            if "starred" in changes:
                candidates.update(conn, id, starred=int(changes["starred"]))
            if "notes" in changes:
                candidates.set_tags(conn, id, {NOTES: changes["notes"]})
            tags, removed = changes.get("tags", {}), changes.get("removed_tags", [])
            if tags or removed:
                tag_edits.apply(conn, id, tags, removed)

        await self.store.write(apply)
        await self.answer_read(in_full, id)

    @web.authenticated
    @authorized
    async def delete(self, id: str) -> None:
        permanent = self.query("deleteCandidate")["permanent"]
        await self.store.write(overview.purge if permanent else candidates.delete, id)
        self.done()


class Restore(PanelHandler):
    @web.authenticated
    @authorized
    async def post(self, id: str) -> None:
        await self.store.write(candidates.restore, id)
        self.done()


class History(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str, name: str) -> None:
        name = urllib.parse.unquote(name)

        def read(conn: Connection) -> list[dict[str, Any]]:
            candidates.head(conn, id)
            return [
                {
                    "step": point.step,
                    "time": point.timestamp_ms,
                    "value": finite(point.value),
                }
                for point in metrics.history(conn, id, name)
            ]

        await self.answer_read(lambda conn: {"points": read(conn)})


class Artifact(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str, path: str) -> None:
        path = urllib.parse.unquote(path)
        owner = artifacts.candidate_owner(id)
        found = await self.store.read(artifacts.get, owner, path)
        if found is None or not self.store.blobs.exists(found.sha256):
            candidate = await self.store.read(candidates.head, id)
            if not candidate.remote:
                raise NotFound(f"candidate {id} has no artifact {path!r}")
            # A colleague's: its files come when they are first looked at.
            await self.panel.sharing.fetch("candidate", id, candidate.remote, path)
            found = await self.store.read(artifacts.get, owner, path)
            assert found is not None
        await self.stream_blob(found.sha256, name=path, media_type=found.media_type)


class RemoteFiles(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str) -> None:
        candidate = await self.store.read(candidates.head, id)
        files: list[dict[str, Any]] = []
        if candidate.remote:
            files = await self.panel.sharing.remote_files("candidate", id, candidate.remote)
        self.answer({"files": files})
