"""``jupyter mlops reproduce``: run a candidate again here, and say whether it gave the same."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from ..errors import InvalidValue
from ..reproduce import match
from ..services.repeat_jobs import Job, Run
from ..services.reproducing import Reproducing
from ..services.wiring import build_recording
from ..store.store import Store
from . import output
from .doing import literal
from .reading import full_id


def reproduce(store: Store, args: argparse.Namespace) -> int:
    """Run a candidate again in fresh kernels of this process."""
    id = store.read_sync(full_id, args.id)
    request: dict[str, Any] = {
        "parameters": {name: literal(value) for name, value in args.parameter},
        "grid": {name: [literal(value) for value in values] for name, *values in args.grid},
        "tolerances": {name: _distance(name, value) for name, value in args.tolerance},
        "parallel": args.parallel,
        "timeout_s": args.timeout,
        "as_it_ran": args.as_it_ran,
    }
    job = asyncio.run(_run(store, args, id, request))
    if args.json:
        print(output.document({"candidate": id, "runs": [run.to_json() for run in job.runs]}))
    else:
        for run in job.runs:
            print("\n".join(_lines(run)))
    return 0 if all(map(_good, job.runs)) else 1


async def _run(store: Store, args: argparse.Namespace, id: str, request: dict[str, Any]) -> Job:
    root = _root(args)
    recording = build_recording(args.settings, store, root_dir=root)
    await recording.start()
    try:
        return await Reproducing(store, recording.recorder, root).run(id, request)
    finally:
        await recording.stop()


def _root(args: argparse.Namespace) -> Path:
    """Where the paths of notebooks begin: the running server's root, else the working directory."""
    if args.server is not None and args.server.root_dir:
        return Path(args.server.root_dir).resolve()
    return Path.cwd()


def _distance(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InvalidValue(f"--tolerance {name}: {text!r} is not a number") from None
    if not value >= 0:
        raise InvalidValue(f"--tolerance {name}: {text!r} is below 0")
    return value


def _good(run: Run) -> bool:
    if run.report is None or run.state != "finished":
        return False
    return run.report.verdict in (match.MATCHED, match.CHANGED)


def _lines(run: Run) -> list[str]:
    given = ", ".join(f"{name}={value!r}" for name, value in run.parameters.items())
    head = f"[{given}] " if given else ""
    if run.report is None:
        return [f"{head}{run.state}: {run.error or 'no report'}"]
    lines = [f"{head}{run.report.verdict}: {run.report.message}"]
    rows = [
        {
            "metric": each.name,
            "original": each.original,
            "again": each.rerun,
            "verdict": each.verdict,
        }
        for each in run.report.metrics
    ]
    width = max((len(str(row["metric"])) for row in rows), default=0)
    for row in rows:
        lines.append(
            f"  {row['metric']:<{width}}  {_shown(row['original'])} → {_shown(row['again'])}  {row['verdict']}"
        )
    lines += [f"  ! {cause.message}" for cause in run.report.causes]
    return lines


def _shown(value: Any) -> str:
    return "–" if value is None else f"{value:.6g}"
