"""Two to five hundred candidates side by side, their curves and their code."""

from __future__ import annotations

import hashlib
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..directions import direction
from ..entities import Candidate
from ..errors import InvalidValue, NoCandidate
from ..store import artifacts, candidate_rows, candidates, overview
from ..store.blobs import Blobs
from ..store.curves import curves
from ..store.store import Connection
from .base import PanelHandler
from .candidates import described, split
from .comparison import Row, align, by_id, rows

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


def compare(conn: Connection, blobs: Blobs, ids: list[str], baseline: str | None) -> dict[str, Any]:
    """The comparison of ``ids`` against ``baseline`` (the first when None), for scripts."""
    baseline = baseline or ids[0]
    if baseline not in ids:
        raise InvalidValue("baseline: it is not one of ids", field="baseline")
    found = _known(candidate_rows.full(conn, ids), ids)
    return {
        "candidates": described(conn, found),
        "baseline": baseline,
        "groups": by_id(
            _groups(conn, blobs, found, candidate_rows.last_values(conn, ids)), ids, baseline
        ),
    }


def table(conn: Connection, blobs: Blobs, ids: list[str]) -> dict[str, Any]:
    """The comparison of ``ids`` as the panel draws it: each value once, in columns of the candidates' order.

    79 candidates with 2,261 metrics each are 3 MB; with a name for each value they would be six times that.
    """
    found = _known(candidate_rows.full(conn, ids, metrics=False), ids)
    series = candidate_rows.last_values(conn, ids)
    groups = _groups(conn, blobs, found, series)
    documents: dict[str, list[dict[str, Any]]] = {
        group: [
            {"name": row.name, "differs": row.differs, "values": row.values}
            | ({"unset": True} if row.unset else {})
            for row in each
        ]
        for group, each in groups.items()
    }
    for document in documents["metrics"]:
        counts = series[document["name"]].counts
        document["direction"] = direction(document["name"])
        if max(counts) > 1:
            document["steps"] = counts
    return {"candidates": described(conn, found), "groups": documents}


def _known(found: list[Candidate], ids: list[str]) -> list[Candidate]:
    if len(found) < len(ids):
        missing = next(iter(set(ids) - {each.id for each in found}))
        raise NoCandidate(missing)
    return found


def _groups(
    conn: Connection,
    blobs: Blobs,
    found: list[Candidate],
    series: dict[str, candidate_rows.LastValues],
) -> dict[str, list[Row]]:
    return rows(
        found,
        metrics={name: each.values for name, each in series.items()},
        code={each.id: _code_hash(conn, each) for each in found},
        environment={each.id: _environment(conn, blobs, each.id) for each in found},
    )


def _code_hash(conn: Connection, candidate: Candidate) -> str:
    code = "\n\n".join(overview.sources_of(conn, candidate))
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def _environment(conn: Connection, blobs: Blobs, id: str) -> dict[str, str]:
    """Distributions of ``environment.txt`` (``name==version`` a line)."""
    found = artifacts.get(conn, artifacts.candidate_owner(id), "environment.txt")
    if found is None or not blobs.exists(found.sha256):
        return {}
    lines = blobs.get(found.sha256).decode("utf-8", "replace").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip(): version.strip() for name, _, version in pairs}


def series(
    conn: Connection,
    ids: list[str],
    metric: str,
    *,
    points: int,
    first_step: int | None = None,
    last_step: int | None = None,
) -> dict[str, Any]:
    """One metric of some candidates, each a curve in columns."""
    found = curves(conn, ids, metric, points=points, first_step=first_step, last_step=last_step)
    return {
        "series": {
            id: {"steps": curve.steps, "times": curve.times, "values": curve.values}
            for id, curve in found.items()
        }
    }


class Compare(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query("compareCandidates")
        ids = _ids(query["ids"], least=2)
        await self.answer_read(compare, self.store.blobs, ids, query["baseline"])


class CompareTable(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        ids = _ids(self.query("compareTable")["ids"], least=2)
        await self.answer_read(table, self.store.blobs, ids)


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
            series,
            ids,
            query["metric"],
            points=query["points"],
            first_step=query["from"],
            last_step=query["to"],
        )
