"""``jupyter mlops doctor``: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_path

from ..services.sharing import SharingService
from ..store.migrate import migrations
from ..store.store import Store
from ..store.transfer import schema_number
from . import output

MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}


@dataclass(frozen=True)
class Check:
    """One thing looked at: ``status`` is ok, warning or problem; ``advice`` says what to do."""

    name: str
    status: str
    message: str
    advice: str = ""


def doctor(store: Store, args: argparse.Namespace) -> int:
    """Print every check; fails if one is a problem."""
    checks = [
        *_versions(),
        *_data(store),
        *_extension(args),
        *_kernels(),
        *asyncio.run(_gitlab(store, args)),
    ]
    healthy = all(check.status != "problem" for check in checks)
    if args.json:
        print(output.document({"ok": healthy, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            print(f"{MARKS[check.status]} {check.name}: {check.message}")
            if check.advice:
                print(f"    {check.advice}")
    return 0 if healthy else 1


def _versions() -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    names = ("jupyterlab-mlops", "jupyter_server", "jupyterlab", "ipykernel", "python-gitlab")
    found = []
    for name in names:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"no {name}")
    yield Check("versions", "ok", f"Python {python}, " + ", ".join(found))


def _data(store: Store) -> Iterator[Check]:
    version = store.read_sync(schema_number)
    newest = migrations()[-1][0]
    yield Check("store", "ok", f"{store.path}, schema {version} of {newest}")
    free = shutil.disk_usage(store.data_dir).free
    if free < 1 << 30:
        yield Check(
            "disk",
            "warning",
            f"only {output.size(free)} are free",
            "Free some space: models and outputs are kept there.",
        )
    if not os.access(store.data_dir, os.W_OK):
        yield Check(
            "store",
            "problem",
            f"{store.data_dir} is not writable",
            "Give it to this user, or set c.MLOpsExtension.data_dir.",
        )


def _extension(args: argparse.Namespace) -> Iterator[Check]:
    lab = [
        Path(path, "labextensions", "jupyterlab-mlops", "package.json") for path in jupyter_path()
    ]
    if any(path.exists() for path in lab):
        yield Check("panel", "ok", "the JupyterLab extension is installed")
    else:
        yield Check(
            "panel",
            "problem",
            "the JupyterLab extension is not where JupyterLab looks",
            "Install jupyterlab-mlops in the environment of JupyterLab.",
        )
    if args.server is None:
        yield Check(
            "server",
            "warning",
            "no running server has the extension (or it keeps other data)",
            "Start JupyterLab; `jupyter server extension list` should name jupyterlab_mlops.",
        )
    else:
        yield Check("server", "ok", f"{args.server.url} serves this store")


def _kernels() -> Iterator[Check]:
    specs = KernelSpecManager().get_all_specs()
    python = [name for name, found in specs.items() if found["spec"].get("language") == "python"]
    if python:
        yield Check(
            "kernels", "ok", f"Python kernels that are looked into: {', '.join(sorted(python))}"
        )
    else:
        yield Check(
            "kernels",
            "problem",
            "there is no Python kernel",
            "Install ipykernel: pip install ipykernel",
        )
    others = sorted(set(specs) - set(python))
    if others:
        yield Check(
            "kernels", "ok", f"recorded from outside (no params or metrics): {', '.join(others)}"
        )


async def _gitlab(store: Store, args: argparse.Namespace) -> list[Check]:
    sharing = SharingService(store, args.settings, root_dir=Path.cwd())
    proposed = (await sharing.remotes())["proposal"]
    remotes = (await sharing.remotes())["remotes"]
    if not remotes and not (proposed["url"] and proposed["project"]):
        return [
            Check(
                "GitLab",
                "warning",
                "not connected",
                "Set GITLAB_URL, GITLAB_TOKEN and GITLAB_PROJECT, or press Connect GitLab in the panel.",
            )
        ]
    checks = []
    for remote in remotes or [{"name": "default", **proposed}]:
        found = await sharing.check(
            {"name": remote["name"], "url": remote["url"], "project": remote["project"]}
        )
        where = f"{remote['project']} at {remote['url']}"
        if found["ok"]:
            checks.append(
                Check(
                    "GitLab",
                    "ok",
                    f"{where}: {found.get('user')}, {found.get('role')}, GitLab {found.get('version')}",
                )
            )
        else:
            checks += [
                Check("GitLab", "problem", f"{where}: {problem}") for problem in found["problems"]
            ]
    return checks
