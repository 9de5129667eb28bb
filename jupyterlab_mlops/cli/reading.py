"""Commands that only look: candidates, show, compare, models."""

from __future__ import annotations

import argparse
from typing import Any

from ..api.candidates import described, in_full
from ..api.compare import compare as comparison
from ..api.experiments import resolve
from ..api.models import all_models, model_json
from ..errors import InvalidValue, NotFound
from ..store import models, overview, search
from ..store.store import Connection, Store
from . import output

#: So many columns of metrics are printed; ``--json`` has all.
MOST_METRICS = 4
PAGE = 1000


def full_id(conn: Connection, prefix: str) -> str:
    """The candidate that an id, or the unambiguous beginning of one, means.

    Raises:
        NotFound: none.
        InvalidValue: more than one.
    """
    found = overview.candidates_beginning(conn, prefix)
    if not found:
        raise NotFound(f"there is no candidate {prefix!r}; `jupyter mlops candidates` lists them")
    if len(found) > 1 and found[0] != prefix:
        raise InvalidValue(f"{prefix!r} is the beginning of several candidates: give more of it")
    return found[0]


def candidates(store: Store, args: argparse.Namespace) -> int:
    """List candidates: the active ones, without the children of searches unless ``--all``."""

    def read(conn: Connection) -> list[dict[str, Any]]:
        ids = None if args.experiment is None else [resolve(conn, args.experiment)]
        found, token = [], None
        while True:
            page, token = search.search_candidates(
                conn,
                experiment_ids=ids,
                filter=args.filter or "",
                max_results=PAGE,
                page_token=token,
                view="all" if args.all else "active",
            )
            kept = [each for each in page if args.all or each.relation != "search"]
            found += described(conn, kept)
            if token is None:
                return found

    rows = store.read_sync(read)
    print(output.document({"candidates": rows}) if args.json else candidate_table(rows))
    return 0


def candidate_table(rows: list[dict[str, Any]]) -> str:
    """Candidates as a table, with the metrics that most of them have."""
    if not rows:
        return "No candidates yet. Run a notebook in JupyterLab, or `jupyter mlops run NOTEBOOK`."
    counts: dict[str, int] = {}
    for row in rows:
        for name in row["metrics"]:
            counts[name] = counts.get(name, 0) + 1
    shown = sorted(counts, key=lambda name: (name.startswith("system/"), -counts[name]))[
        :MOST_METRICS
    ]
    head = ["ID", "STATUS", "NAME", "EXPERIMENT", "STARTED", *shown, "SYNC"]
    lines = [
        [
            row["id"][:8],
            row["status"],
            row["name"],
            row["experiment"],
            output.moment(row["start_time"]),
            *(
                output.number(row["metrics"][name]["last"]) if name in row["metrics"] else ""
                for name in shown
            ),
            (row["sync"] or {}).get("state", "local"),
        ]
        for row in rows
    ]
    return output.table(head, lines)


def show(store: Store, args: argparse.Namespace) -> int:
    """One candidate in full."""
    found = store.read_sync(lambda conn: in_full(conn, full_id(conn, args.id)))
    if args.json:
        print(output.document(found))
        return 0
    facts = [
        ("id", found["id"]),
        ("status", found["status"]),
        ("experiment", found["experiment"]),
        ("notebook", found["notebook"] or ""),
        (
            "model",
            " ".join(
                filter(None, (found["model_class"], found["variable"] and f"({found['variable']})"))
            ),
        ),
        ("started", output.moment(found["start_time"])),
        ("duration", "" if found["duration_s"] is None else f"{found['duration_s']:.1f} s"),
        ("commit", str(found["git"].get("commit", ""))[:12]),
        ("score", "" if found["score"] is None else f"{found['score']} of 100"),
        ("sync", (found["sync"] or {}).get("state", "")),
    ]
    print(found["name"])
    for name, value in facts:
        if value:
            print(f"  {name:<11}{value}")
    if found["error"]:
        print(f"  {'error':<11}{found['error']['name']}: {found['error']['message']}")
    for title, lines in (
        (
            "Metrics",
            [
                (
                    n,
                    output.number(m["last"]),
                    f"{m['steps']} points" if m["steps"] > 1 else "",
                    m["source"],
                )
                for n, m in found["metrics"].items()
            ],
        ),
        ("Params", [(n, p["value"], "", p["source"]) for n, p in found["params"].items()]),
        (
            "Inputs",
            [(i["path"], output.size(i["size"]), i["sha256"][:12], "") for i in found["inputs"]],
        ),
        (
            "Artifacts",
            [(a["path"], output.size(a["size"]), a["sha256"][:12], "") for a in found["artifacts"]],
        ),
    ):
        if lines:
            print(
                f"\n{title}\n" + "\n".join(output.table(["", "", "", ""], lines).splitlines()[2:])
            )
    return 0


def compare(store: Store, args: argparse.Namespace) -> int:
    """What differs between candidates."""

    def read(conn: Connection) -> dict[str, Any]:
        ids = list(dict.fromkeys(full_id(conn, id) for id in args.ids))
        if len(ids) < 2:
            raise InvalidValue("two different candidates at least are needed")
        return comparison(conn, store.blobs, ids, None)

    found = store.read_sync(read)
    if args.json:
        print(output.document(found))
        return 0
    ids = [each["id"] for each in found["candidates"]]
    rows = []
    for group, differences in found["groups"].items():
        for row in differences:
            if row["differs"]:
                values = [
                    output.number(row["values"][id]) if id in row["values"] else "–" for id in ids
                ]
                rows.append([group, row["name"], *values])
    head = ["", "", *(each["name"] for each in found["candidates"])]
    print(output.table(head, rows) or "Nothing that was recorded differs.")
    return 0


def models_(store: Store, args: argparse.Namespace) -> int:
    """Models and their versions."""

    def read(conn: Connection) -> list[dict[str, Any]]:
        if args.name:
            return [model_json(conn, models.get_model(conn, args.name))]
        return all_models(conn)

    found = store.read_sync(read)
    if args.json:
        print(output.document({"models": found}))
        return 0
    print(model_table(found))
    return 0


def model_table(found: list[dict[str, Any]]) -> str:
    """Versions as a table."""
    rows = [
        [
            model["name"],
            version["version"],
            version["candidate_name"] or (version["candidate"] or "")[:8],
            version["flavor"],
            output.moment(version["created_time"]),
            version["sync"]["state"],
        ]
        for model in found
        for version in model["versions"]
    ]
    head = ["MODEL", "VERSION", "CANDIDATE", "FORMAT", "REGISTERED", "SYNC"]
    return output.table(head, rows) or "No models are registered yet."
