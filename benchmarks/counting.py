"""Run notebooks cell by cell on a real server, and compare what was recorded with labels made by hand.

A directory has notebooks, the files that they read, and beside each notebook its labels, ``name.labels.json``:

    {"models":  [{"id": "ridge", "cell": 3, "class": "Ridge", "where": {"alpha": "1.0"}}],
     "metrics": [{"cell": 4, "of": "ridge", "names": ["r2"], "value": "r2_score(y, p)"}],
     "params":  [{"of": "ridge", "name": "alpha", "value": "1.0"}],
     "inputs":  ["data.csv"], "artifacts": ["model.joblib"]}

``cell`` counts code cells from 0. ``class`` may be ``*``. ``where`` tells models of one class and cell apart by their params; without it they are
taken in order. ``of`` is null for what belongs to no model. ``value`` is a number, or an expression that is evaluated
silently in the kernel when the cell has run; of a series it is the last value. ``names`` are words of which the stored
name has one. See docs/contributing/counting.md for what counts.

    python benchmarks/counting.py DIRECTORY [NAME ...] [--kernel python3] [--gap 0.6] [--whole] [--out OUT.json]

Every miss and everything that was stored beside the labels is listed: what it means is for a person to say.
"""

from __future__ import annotations

import argparse
import ast
import json
import queue
import re
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _server import JupyterServer

CELL_S = 300.0
"""Longest time of a cell; one that takes longer is interrupted."""
SETTLE_S = 6.0
"""How long after the last cell the server is given to close the run."""


@dataclass
class Recorded:
    """A candidate as it was stored."""

    id: str
    origin: str
    cell: int | None
    model_class: str
    name: str
    status: str
    params: dict[str, str]
    points: dict[str, list[tuple[int, int, float]]]
    """Metric → (ms since the epoch, step, value)."""


@dataclass
class Count:
    """What was found of what was labelled, and what is there beside it."""

    found: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def tell(self, kind: str, there: bool, text: str) -> None:
        """One label of a kind."""
        self.labelled[kind] += 1
        self.found[kind] += there
        if not there:
            self.lines.append(f"  missed {kind[:-1]}: {text}")

    def beside(self, kind: str, text: str) -> None:
        """One that is stored and not labelled."""
        self.extra[kind] += 1
        self.lines.append(f"  beside {kind[:-1]}: {text}")

    def __str__(self) -> str:
        return "  ".join(
            f"{kind} {self.found[kind]}/{self.labelled[kind]} ({self.extra[kind]})"
            for kind in ("models", "metrics", "params", "inputs", "artifacts")
            if self.labelled[kind] or self.extra[kind]
        )


class Session:
    """A server, and a kernel for one notebook of it."""

    def __init__(self, server: JupyterServer, notebook: str, kernel: str) -> None:
        body = {"path": notebook, "type": "notebook", "name": "", "kernel": {"name": kernel}}
        self.server, self.notebook = server, notebook
        self.id = str(server.ask("POST", "/api/sessions", body)["kernel"]["id"])
        self.client = server.client(self.id)

    def run(self, source: str, cell_id: str) -> str:
        """Execute a cell; its error's name, '' if there was none."""
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}}
        content.update(allow_stdin=False, stop_on_error=False)
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        self.client.shell_channel.send(message)
        return self._reply(message["header"]["msg_id"])

    def _reply(self, msg_id: str) -> str:
        until = time.monotonic() + CELL_S
        while True:
            try:
                reply = self.client.get_shell_msg(timeout=max(0.1, until - time.monotonic()))
            except queue.Empty:  # it takes too long
                self.server.ask("POST", f"/api/kernels/{self.id}/interrupt")
                until = time.monotonic() + 30
                continue
            if reply["parent_header"].get("msg_id") == msg_id:
                self._idle(msg_id)
                return str(reply["content"].get("ename") or "")

    def _idle(self, msg_id: str) -> None:
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            mine = message["parent_header"].get("msg_id") == msg_id
            if mine and message["content"].get("execution_state") == "idle":
                return

    def values(self, expressions: list[str]) -> dict[str, float | None]:
        """What expressions give, as numbers, asked for silently; None where they give none."""
        asked = {str(number): f"float({one})" for number, one in enumerate(expressions)}
        self.client.execute("", silent=True, store_history=False, user_expressions=asked)
        answers = self.client.get_shell_msg(timeout=CELL_S)["content"]["user_expressions"]
        found: dict[str, float | None] = {}
        for number, one in enumerate(expressions):
            answer = answers[str(number)]
            text = answer.get("data", {}).get("text/plain", "")
            found[one] = float(text) if answer["status"] == "ok" else None
            if answer["status"] != "ok":
                print(f"  label's value {one!r}: {answer.get('ename')}: {answer.get('evalue')}")
        return found

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.server.ask("DELETE", f"/api/kernels/{self.id}")


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The notebook's code cells; each gets an id, if it has none."""
    for number, cell in enumerate(notebook["cells"]):
        cell.setdefault("id", f"cell-{number}")
        if not isinstance(cell["source"], str):
            cell["source"] = "".join(cell["source"])
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(session: Session, file: Path, labels: dict[str, Any], gap: float) -> None:
    """Run the notebook of a session; every label's ``value`` is a number, or None, afterwards."""
    notebook = json.loads(file.read_text())
    cells = code_cells(notebook)
    file.write_text(json.dumps(notebook))
    for number, cell in enumerate(cells):
        if not cell["source"].strip():
            continue
        error = session.run(cell["source"], cell["id"])
        if error:
            print(f"  cell {number}: {error}")
        mine = [one for one in labels.get("metrics", ()) if one["cell"] == number]
        texts = [one["value"] for one in mine if isinstance(one["value"], str)]
        values = session.values(texts) if texts else {}
        for one in mine:
            one["expression"] = one["value"]
            one["value"] = values.get(one["value"], one["value"])
        time.sleep(gap)


def recorded(
    database: Path, notebook: str
) -> tuple[list[Recorded], dict[int, list[tuple[int, int]]], list[sqlite3.Row]]:
    """The notebook's candidates without the attempts of searches, when its cells ran (ms), and its candidates' inputs
    and artifacts as (kind, path)."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as conn:
        conn.row_factory = sqlite3.Row
        found = []
        for row in conn.execute(
            "SELECT * FROM candidates WHERE notebook = ? AND coalesce(relation, '') != 'search' ORDER BY seq",
            (notebook,),
        ):
            params = conn.execute(
                "SELECT name, value FROM params WHERE candidate_id = ?", (row["id"],)
            )
            points: dict[str, list[tuple[int, int, float]]] = {}
            for point in conn.execute(
                "SELECT * FROM metric_points WHERE candidate_id = ?", (row["id"],)
            ):
                if point["kind"] == 0 and not point["name"].startswith("system/"):
                    at = point["timestamp_ms"], point["step"], point["value"]
                    points.setdefault(point["name"], []).append(at)
            found.append(
                Recorded(row["id"], row["origin"], row["cell_index"], row["model_class"] or "", row["name"],
                         row["status"], dict(map(tuple, params)), points)
            )  # fmt: skip
        ran: dict[int, list[tuple[int, int]]] = {}
        for row in conn.execute(
            "SELECT e.cell_index, e.started_ms, e.ended_ms FROM executions e JOIN notebook_runs r"
            " ON r.id = e.notebook_run_id WHERE r.notebook = ? AND e.cell_index IS NOT NULL",
            (notebook,),
        ):
            ran.setdefault(row["cell_index"], []).append(
                (row["started_ms"], row["ended_ms"] or 2**53)
            )
        files = conn.execute(
            "SELECT DISTINCT 'inputs' AS kind, i.path FROM inputs i JOIN candidates c ON c.id = i.candidate_id"
            " WHERE c.notebook = ?1 AND i.kind != 'model' UNION SELECT DISTINCT 'artifacts', a.path FROM artifacts a"
            " JOIN candidates c ON a.owner = 'candidate:' || c.id WHERE c.notebook = ?1",
            (notebook,),
        ).fetchall()
    return found, ran, files  # fmt: skip


def same(value: float, wanted: float | None) -> bool:
    """Whether a stored value is the labelled one, but for how it was rounded."""
    if wanted is None:
        return False
    if abs(value - wanted) <= 1e-6 * max(1.0, abs(wanted)):
        return True
    # Either may be rounded: labels also tell what was printed, of which `22.60` is 22.6.
    return any(
        places <= 6 and abs(value - wanted) <= 0.51 * 10 ** -max(2, places)
        for places in (len(repr(one).partition(".")[2]) for one in (value, wanted) if one % 1)
    )


def says(stored: str, names: list[str]) -> bool:
    """Whether a stored name says one of the labelled names."""
    plain = re.sub(r"[^a-z0-9]", "", stored.lower())
    return any(re.sub(r"[^a-z0-9]", "", one.lower()) in plain for one in names)


def is_labelled(one: Recorded, label: dict[str, Any]) -> bool:
    """Whether a candidate is the model that a label tells of."""
    wanted, kind = (name.rpartition(".")[2].lower() for name in (label["class"], one.model_class))
    where = label.get("where", {}).items()
    return (
        one.cell == label["cell"]
        and wanted in ("*", kind)
        and all(alike(one.params.get(name, ""), str(value)) for name, value in where)
    )


def compare(
    labels: dict[str, Any],
    found: list[Recorded],
    ran: dict[int, list[tuple[int, int]]],
    files: list[sqlite3.Row],
) -> Count:
    """What of the labels is there."""
    count = Count()
    trained = [one for one in found if one.origin in ("training", "explicit", "mlflow")]
    owners: dict[str, Recorded] = {}
    left = list(trained)
    for label in labels.get("models", ()):
        fits = next((one for one in left if is_labelled(one, label)), None)
        count.tell("models", fits is not None, f"{label}")
        if fits is not None:
            left.remove(fits)
            owners[label["id"]] = fits
    for one in left:
        count.beside("models", f"{one.model_class} in cell {one.cell}: {one.name} {one.params}")
    taken: set[tuple[str, str]] = set()
    runs = [one for one in found if one.origin not in ("training", "explicit", "mlflow")]
    for label in labels.get("metrics", ()):
        owner = owners.get(label["of"]) if label["of"] is not None else None
        places = runs if label["of"] is None else [owner] if owner is not None else []
        match = next(
            (
                (one.id, name)
                for one in places
                for name, points in one.points.items()
                if says(name, label["names"])
                and any(
                    same(value, label["value"]) and _within(at, ran.get(label["cell"], ()))
                    for at, _, value in points
                )
            ),
            None,
        )
        count.tell(
            "metrics", match is not None, f"{label} {'' if match else _nearest(label, found)}"
        )
        if match is not None:
            taken.add(match)
    for one in found:
        for name, points in one.points.items():
            if (one.id, name) not in taken:
                shown = [value for _, _, value in points[:3]]
                at = next(
                    (cell for cell, spans in ran.items() if _within(points[0][0], spans)), None
                )
                count.beside(
                    "metrics",
                    f"{name} = {shown} x{len(points)} by cell {at}, of {one.name} ({one.origin}, cell {one.cell})",
                )
    for label in labels.get("params", ()):
        owner = owners.get(label["of"])
        value = owner.params.get(label["name"]) if owner else None
        count.tell(
            "params",
            value is not None and alike(value, str(label["value"])),
            f"{label}, stored {value!r}",
        )
    for kind in ("inputs", "artifacts"):
        stored = {row["path"] for row in files if row["kind"] == kind}
        for path in labels.get(kind, ()):
            there = any(one.endswith(path) for one in stored)
            count.tell(kind, there, path)
        for one in sorted(stored):
            if not any(one.endswith(path) for path in labels.get(kind, ())):
                count.lines.append(f"  beside {kind[:-1]} (not counted): {one}")
    for one in found:
        if one.status == "RUNNING":
            count.lines.append(f"  left RUNNING: {one.name}")
    return count


def alike(stored: str, wanted: str) -> bool:
    """Whether two spellings of a setting are one value."""
    try:
        return bool(ast.literal_eval(stored) == ast.literal_eval(wanted))
    except (ValueError, SyntaxError):
        return stored.strip("'\"") == wanted.strip("'\"")


def _within(at: int, spans: Any) -> bool:
    return any(began - 5 <= at <= ended + 50 for began, ended in spans)


def _nearest(label: dict[str, Any], found: list[Recorded]) -> str:
    """Where the value is, if anywhere."""
    for one in found:
        for name, points in one.points.items():
            if any(same(value, label["value"]) for _, _, value in points):
                return f"(stored as {name} of {one.name}, {one.origin}, cell {one.cell})"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "names", nargs="*", help="of notebooks, without .ipynb; all if none is given"
    )
    parser.add_argument("--kernel", default="python3", help="name of the kernel's specification")
    parser.add_argument("--gap", type=float, default=0.6, help="pause between cells, s")
    parser.add_argument("--whole", action="store_true", help="no pause: one notebook run")
    parser.add_argument("--out", type=Path, help="where everything recorded is written as JSON")
    args = parser.parse_args()
    names = args.names or sorted(path.name[:-12] for path in args.directory.glob("*.labels.json"))
    total, everything = Count(), {}
    with tempfile.TemporaryDirectory(
        prefix="mlops-count-", ignore_cleanup_errors=True
    ) as directory:
        server = JupyterServer(Path(directory))
        server.start()
        shutil.copytree(args.directory, server.root, dirs_exist_ok=True)
        try:
            for name in names:
                print(f"\n{name}", flush=True)
                path = server.root / f"{name}.ipynb"
                labels = json.loads((args.directory / f"{name}.labels.json").read_text())
                session = Session(server, path.name, args.kernel)
                run(session, path, labels, 0 if args.whole else args.gap)
                time.sleep(SETTLE_S)
                session.close()
                time.sleep(1)
                stored = recorded(server.database, path.name)
                count = compare(labels, *stored)
                print("\n".join([f"  {count}", *count.lines]), flush=True)
                everything[name] = {"labels": labels, "found": [vars(one) for one in stored[0]]}
                for mine, its in (
                    (total.found, count.found),
                    (total.labelled, count.labelled),
                    (total.extra, count.extra),
                ):
                    mine.update(its)
        finally:
            server.stop()
            if args.out:
                args.out.write_text(json.dumps(everything, indent=1, default=str))
    print(f"\nall  {total}")


if __name__ == "__main__":
    main()
