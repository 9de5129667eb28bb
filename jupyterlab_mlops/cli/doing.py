"""Commands that do something: run, sync; and status, which asks the parts."""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from ..api.candidates import described
from ..errors import Conflict, InvalidValue
from ..reproduce.parameters import warnings
from ..reproduce.rerun import read_notebook, run_notebook
from ..services.sharing import SharingService
from ..services.wiring import build_recording
from ..store import candidates, overview
from ..store.store import Store
from . import output
from .reading import candidate_table, full_id


def run(store: Store, args: argparse.Namespace) -> int:
    """Execute a notebook in a fresh kernel and record it."""
    notebook: Path = args.notebook
    if not notebook.is_file():
        raise InvalidValue(f"{notebook} is not a file")
    parameters = {name: literal(value) for name, value in args.parameter}
    for warning in warnings(read_notebook(notebook), parameters):
        print(f"warning: {warning}", file=sys.stderr)
    return asyncio.run(_run(store, args, notebook.resolve(), parameters))


async def _run(
    store: Store, args: argparse.Namespace, notebook: Path, parameters: dict[str, Any]
) -> int:
    root = _root(args, notebook)
    recording = build_recording(args.settings, store, root_dir=root)
    await recording.start()
    try:
        result = await run_notebook(
            recording.recorder,
            notebook,
            parameters=parameters,
            output=args.output,
            timeout_s=args.timeout,
            kernel_name=args.kernel,
        )
        await recording.checking.drained()
    finally:
        await recording.stop()
    ids = await store.read(overview.candidates_of_run, result.run_ids)
    rows = await store.read(lambda conn: described(conn, [candidates.get(conn, id) for id in ids]))
    status = result.status.value
    if args.json:
        report = {
            "status": status,
            "notebook": notebook.relative_to(root).as_posix(),
            "notebook_runs": list(result.run_ids),
            "output": str(args.output) if args.output else None,
            "error": result.error,
            "candidates": rows,
        }
        print(output.document(report))
    else:
        print(candidate_table(rows))
        print(f"\n{notebook.name}: {status}" + (f", {result.error}" if result.error else ""))
    return 0 if status == "FINISHED" else 1


def _root(args: argparse.Namespace, notebook: Path) -> Path:
    """Where paths of notebooks begin: the running server's root, else the working directory, else the
    notebook's own."""
    places = [Path(args.server.root_dir)] if args.server and args.server.root_dir else []
    for root in (*places, Path.cwd()):
        if notebook.is_relative_to(root.resolve()):
            return root.resolve()
    return notebook.parent


def literal(text: str) -> Any:
    """A parameter's value: a JSON or Python literal, else the text itself."""

    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return text


def sync(store: Store, args: argparse.Namespace) -> int:
    """Push what is queued: through the running server, else in this process."""
    if args.server is not None:
        found = _sync_by_server(args)
    else:
        sharing = SharingService(store, args.settings, root_dir=Path.cwd())
        if sharing.worker.mode == "off":
            raise Conflict("pushing is switched off: c.MLOpsExtension.sync is 'off'")
        sharing.worker.start_sync()
        try:
            # Without a server nobody goes on after us: what is not waited for would not be pushed.
            found = sharing.worker.sync_now(wait=True, timeout_s=args.timeout)
        finally:
            sharing.worker.stop_sync()
    found |= asyncio.run(SharingService(store, args.settings, root_dir=Path.cwd()).status())
    connected = found["connection"]["connected"]
    if args.json:
        print(output.document(found))
    elif not connected:
        print(
            "GitLab: not connected. Set GITLAB_URL, GITLAB_TOKEN and GITLAB_PROJECT, or connect in the panel."
        )
    else:
        print(_queue_line(found))
        for problem in found.get("problems", []):
            print(f"  ! {problem}")
    # A running server goes on pushing; without one what is not there now stays here.
    later = args.server is not None and not args.wait
    return 0 if connected and (found["done"] or later) else 1


def _sync_by_server(args: argparse.Namespace) -> dict[str, Any]:
    args.server.call("POST", "sync")
    end = time.monotonic() + args.timeout
    while True:
        status = args.server.call("GET", "status")
        queue = status["queue"]
        left = queue["queued"] + queue["pushing"] + queue["waiting"]
        problems = [status["connection"]["message"]] if status["connection"]["message"] else []
        if problems and args.wait:  # one connection's: the others may go on
            known = args.server.call("GET", "remotes")["remotes"]
            hopeful = [each for each in known if not each["paused"] and not each["message"]]
        else:
            hopeful = None
        going_on = left if hopeful is None else sum(map(_under_way, hopeful))
        if not args.wait or not going_on or time.monotonic() > end:
            done = not left and not queue["held"] and not queue["error"]
            return {"done": done, "queue": queue, "problems": problems}
        time.sleep(0.2)


def _under_way(remote: dict[str, Any]) -> int:
    queue = remote["queue"]
    return int(queue["queued"] + queue["pushing"] + queue["waiting"])


def delete_remote(store: Store, args: argparse.Namespace) -> int:
    """Delete a candidate, version or model in GitLab."""
    id = store.read_sync(full_id, args.id) if args.kind == "candidate" else args.id
    request = {"kind": args.kind, "id": id}
    if args.remote:
        request["remote"] = args.remote
    if args.server is not None:
        found = args.server.call("POST", "sync/delete", request)
    else:
        sharing = SharingService(store, args.settings, root_dir=Path.cwd())
        found = asyncio.run(sharing.control("delete", request))
    if args.json:
        print(output.document(found))
    else:
        print(f"Deleted in GitLab: {args.kind} {args.id} ({', '.join(found['deleted'])})")
        for told in found["told"]:
            print(f"  ! {told}")
    return 0


def status(store: Store, args: argparse.Namespace) -> int:
    """Queue, remote and recorder in short."""
    found = asyncio.run(SharingService(store, args.settings, root_dir=Path.cwd()).status())
    served = args.server is not None
    found["server"] = args.server.url if served else None
    found["data_dir"] = str(store.data_dir)
    found["recorder"] = args.server.call("GET", "status")["recorder"] if served else None
    if args.json:
        print(output.document(found))
        return 0
    print(f"store     {store.data_dir}")
    print(f"server    {found['server'] or 'none is running'}")
    if found["recorder"]:
        recorder = found["recorder"]
        print(
            f"recorder  {recorder['mode']}, {recorder['kernels']} kernels, {recorder['open_runs']} open notebook runs"
        )
    connection = found["connection"]
    where = (
        f"{connection['project']} at {connection['url']}"
        if connection["connected"]
        else "not connected"
    )
    print(f"GitLab    {where}")
    print(f"queue     {_queue_line(found)}")
    if connection["message"]:
        print(f"          {connection['message']}")
    return 0


def _queue_line(found: dict[str, Any]) -> str:
    parts = [f"{count} {state}" for state, count in found["queue"].items() if count]
    return ", ".join(parts) or "empty"
