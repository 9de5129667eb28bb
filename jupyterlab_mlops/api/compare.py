"""Two to five hundred candidates side by side, their curves and their code."""

from __future__ import annotations

import hashlib
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import InvalidValue, NotFound
from ..store import artifacts, candidate_rows, candidates, metrics, overview
from ..store.blobs import Blobs
from ..store.candidate_json import finite
from ..store.store import Connection
from .base import PanelHandler
from .candidates import described, split
from .comparison import align, groups

MOST = 500
#: Sum of all lengths of texts that are aligned cell by cell (characters); more is refused as too large.
MOST_CODE = 2_000_000


def _ids(text: str, *, least: int) -> list[str]:
    ids = list(dict.fromkeys(split(text) or []))
    if not least <= len(ids) <= MOST:
        raise InvalidValue(
            f"ids: {least} to {MOST} different candidates are needed, got {len(ids)}", field="ids"
        )
    return ids


def compare(
    conn: Connection, blobs: Blobs, ids: list[str], baseline: str | None, *, brief: bool = False
) -> dict[str, Any]:
    """The comparison of ``ids`` against ``baseline`` (the first when None).

    ``brief`` leaves out what a client can tell from the rest: more than half of a large answer.
    """
    baseline = baseline or ids[0]
    if baseline not in ids:
        raise InvalidValue("baseline: it is not one of ids", field="baseline")
    found = candidate_rows.full(conn, ids)
    if len(found) < len(ids):
        missing = next(iter(set(ids) - {each.id for each in found}))
        raise NotFound(f"there is no candidate {missing}")
    code = {
        each.id: hashlib.sha256("\n\n".join(overview.sources_of(conn, each)).encode()).hexdigest()[
            :12
        ]
        for each in found
    }
    environment = {each.id: _environment(conn, blobs, each.id) for each in found}
    shown = described(conn, found)
    if brief:
        for candidate in shown:
            candidate["metrics"] = {
                name: {"last": metric["last"], "steps": metric["steps"]}
                for name, metric in candidate["metrics"].items()
            }
    return {
        "candidates": shown,
        "baseline": baseline,
        "groups": groups(found, baseline, code=code, environment=environment, deltas=not brief),
    }


def _environment(conn: Connection, blobs: Blobs, id: str) -> dict[str, str]:
    """Distributions of ``environment.txt`` (``name==version`` a line)."""
    found = artifacts.get(conn, artifacts.candidate_owner(id), "environment.txt")
    if found is None or not blobs.exists(found.sha256):
        return {}
    lines = blobs.get(found.sha256).decode("utf-8", "replace").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip(): version.strip() for name, _, version in pairs}


def curves(
    conn: Connection,
    ids: list[str],
    metric: str,
    *,
    points: int,
    first_step: int | None,
    last_step: int | None,
) -> dict[str, Any]:
    """One metric of some candidates by step, thinned to about ``points`` points each."""
    found = metrics.series(
        conn, ids, metric, points=points, first_step=first_step, last_step=last_step
    )
    return {
        "series": {
            id: [
                {"step": point.step, "time": point.timestamp_ms, "value": finite(point.value)}
                for point in each
            ]
            for id, each in found.items()
        }
    }


class Compare(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query("compareCandidates")
        ids = _ids(query["ids"], least=2)
        await self.answer_read(
            compare, self.store.blobs, ids, query["baseline"], brief=query["brief"]
        )


class CompareCode(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query("compareCode")

        def read(conn: Connection) -> list[dict[str, Any]]:
            a, b = (
                overview.sources_of(conn, candidates.head(conn, query[side])) for side in ("a", "b")
            )
            if sum(map(len, a)) + sum(map(len, b)) > MOST_CODE:
                raise InvalidValue("the code of these candidates is too long to be compared here")
            return align(a, b)

        self.answer({"cells": await self.store.read(read)})


class Series(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query("getSeries")
        ids = _ids(query["ids"], least=1)

        await self.answer_read(
            curves,
            ids,
            query["metric"],
            points=query["points"],
            first_step=query["from"],
            last_step=query["to"],
        )
