"""Experiments and the catalogue of their keys."""

from __future__ import annotations

import contextlib
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..directions import direction, primary
from ..errors import InvalidValue, NotFound
from ..store import experiments, overview
from ..store.store import Connection
from .base import PanelHandler

#: Digits that surely fit SQLite's integers.
LONGEST_ID = 18
#: Columns shown without being asked for, of each kind.
AUTOMATIC = 4


def resolve(conn: Connection, text: str) -> int:
    """The experiment meant by an id or a name. A number is an id first: what the panel asks for by id must never be
    another experiment that somebody has called so.

    Raises:
        NotFound: there is none.
    """
    if text.isdecimal() and len(text) <= LONGEST_ID:
        with contextlib.suppress(NotFound):
            return experiments.get(conn, int(text)).id
    found = experiments.by_name(conn, text)
    if found is None:
        raise NotFound(f"there is no experiment {text!r}")
    return found.id


def keys(
    conn: Connection, experiment: str | None, *, search: str | None = None, limit: int | None = None
) -> dict[str, Any]:
    """Names of metrics, params and tags with the number of candidates that have them, most first.

    Args:
        experiment: id or name; None: all.
        search: text that names have to contain, upper and lower case alike.
        limit: at most so many of each kind; ``totals`` says how many there are.
    """
    experiment_id = None if not experiment else resolve(conn, experiment)
    kinds: dict[str, list[dict[str, Any]]] = {"metric": [], "param": [], "tag": []}
    totals = dict.fromkeys(kinds, 0)
    for kind, name, count in overview.keys(conn, experiment_id, search or ""):
        totals[kind] += 1
        if limit is None or totals[kind] <= limit:
            entry: dict[str, Any] = {"name": name, "count": count}
            if kind == "metric":
                entry["direction"] = direction(name)
            kinds[kind].append(entry)
    params, counts = overview.changing(conn, experiment_id)
    first = primary(counts or {entry["name"]: entry["count"] for entry in kinds["metric"]})
    measures = [name for name in counts if name != first and direction(name) is not None]
    return {
        "metrics": kinds["metric"],
        "params": kinds["param"],
        "tags": kinds["tag"],
        "totals": {f"{kind}s": count for kind, count in totals.items()},
        "primary_metric": None if first is None else {"name": first, "direction": direction(first)},
        "automatic": {
            "metrics": ([first] if first else []) + measures[: AUTOMATIC - 1],
            "params": params[:AUTOMATIC],
        },
    }


class Experiments(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        view = self.query("listExperiments")["view"]
        self.answer({"experiments": await self.store.read(overview.experiments, view)})


class Experiment(PanelHandler):
    @web.authenticated
    @authorized
    async def patch(self, id: str) -> None:
        name = self.document("updateExperiment").get("name")
        if name is None:
            raise InvalidValue("name: nothing to change was given", field="name")
        experiment_id = await self.store.read(resolve, id)
        await self.store.write(experiments.rename, experiment_id, name)
        listed = await self.store.read(overview.experiments, "all")
        self.answer(next(each for each in listed if each["id"] == str(experiment_id)))

    @web.authenticated
    @authorized
    async def delete(self, id: str) -> None:
        experiment_id = await self.store.read(resolve, id)
        await self.store.write(experiments.delete, experiment_id)
        self.done()


class Keys(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.answer_read(keys, **self.query("listKeys"))
