"""Commands on the registry: register, what is being registered, and the files of a version."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import threading
import time
import urllib.parse
import uuid
from pathlib import Path
from typing import Any

from ..api.models import version_json
from ..errors import AlreadyExists, Conflict, InvalidValue, NotFound
from ..registry import PENDING, REFUSED
from ..services.checking import Checking
from ..services.kernels import NoKernels
from ..services.registering import Registering
from ..store import artifacts, models
from ..store.store import Connection, Store
from ..versioning import check_model_name
from . import output
from .reading import full_id

#: How long the command waits for a server that loads a registered model back (s).
CHECK_PATIENCE_S = 120.0
#: After this time it is said that a kernel is waited for (s).
NOTICE_S = 3.0


def register(store: Store, args: argparse.Namespace) -> int:
    """Register a candidate's model: by the running server where there is one, for its kernels."""
    id = store.read_sync(full_id, args.id)
    request = {
        "candidate": id,
        "model": check_model_name(args.model),
        "version": args.model_version,
        "bump": args.bump,
    }
    request = {name: value for name, value in request.items() if value is not None}
    if args.server is not None:
        version = _checked_by_server(args, _register_by_server(args, request))
    else:
        version = asyncio.run(_register_here(store, request, Path.cwd()))
    if args.json:
        print(output.document(version))
    else:
        print(
            f"Registered {version['model']} {version['version']} ({len(version['artifacts'])} files)"
        )
        for warning in version["warnings"]:
            print(f"  ! {warning}")
        if version["status"] == REFUSED:
            print("  It is kept, marked as failed, and not pushed: see the reason above.")
    return 1 if version["status"] == REFUSED else 0


def _register_by_server(args: argparse.Namespace, request: dict[str, Any]) -> dict[str, Any]:
    """Let the server's kernel write the model; an interrupt gives the registration up there too.

    Raises:
        Conflict: it was given up.
    """
    request = {**request, "id": uuid.uuid4().hex}
    noticed = threading.Timer(NOTICE_S, _tell_of_waiting, [request["id"]])
    noticed.daemon = True
    noticed.start()
    try:
        version: dict[str, Any] = args.server.call("POST", "register", request)
    except KeyboardInterrupt:
        try:
            args.server.call("DELETE", f"registrations/{request['id']}")
        except NotFound:
            raise Conflict("interrupted; the registration was over already: see models") from None
        raise Conflict("the registration was cancelled: nothing was registered") from None
    finally:
        noticed.cancel()
    return version


def _tell_of_waiting(id: str) -> None:
    print(
        f"The kernel is busy: waiting. Ctrl-C cancels (or: jupyter mlops registrations --cancel {id}).",
        file=sys.stderr,
        flush=True,
    )


async def _register_here(store: Store, request: dict[str, Any], root: Path) -> dict[str, Any]:
    """Register, and load the model back before the version is called complete."""
    made = await Registering(store, NoKernels()).register(request, "")
    version = await store.read(models.get_version, made["model"], number=made["number"])
    await Checking(store, root).check(version.id)

    def read(conn: Connection) -> dict[str, Any]:
        return version_json(conn, models.get_version_by_id(conn, version.id), full=True)

    return await store.read(read)


def _checked_by_server(args: argparse.Namespace, version: dict[str, Any]) -> dict[str, Any]:
    """The version once the server has loaded it back, or as it is after a while."""
    end = time.monotonic() + CHECK_PATIENCE_S
    name = urllib.parse.quote(version["model"], safe="")
    number = urllib.parse.quote(version["version"], safe="")
    while version["status"] == PENDING and time.monotonic() < end:
        time.sleep(0.3)
        version = args.server.call("GET", f"models/{name}/versions/{number}")
    return version


def registrations(store: Store, args: argparse.Namespace) -> int:
    """What waits for a kernel of the running server; cancel one of them."""
    del store
    if args.server is None:
        raise Conflict("no server is running: nothing waits for a kernel")
    if args.cancel:
        args.server.call("DELETE", f"registrations/{urllib.parse.quote(args.cancel, safe='')}")
    found = args.server.call("GET", "registrations")["registrations"]
    if args.json:
        print(output.document({"registrations": found, "cancelled": args.cancel}))
        return 0
    if args.cancel:
        print(f"Cancelled {args.cancel}: nothing was registered.")
    rows = [
        [
            each["id"],
            each["model"],
            each["version"] or "next",
            each["variable"] or each["candidate"] or "",
            each["notebook"] or "",
            each["state"],
        ]
        for each in found
    ]
    head = ["id", "model", "version", "from", "notebook", "state"]
    print(output.table(head, rows) if rows else "Nothing is being registered.")
    return 0


def download(store: Store, args: argparse.Namespace) -> int:
    """Write the files of a version into a new folder."""

    def read(conn: Connection) -> tuple[Any, Any]:
        if args.model_version is None:
            known = [each for each in models.versions(conn, args.model) if each.status != REFUSED]
            if not known:
                raise NotFound(f"{args.model} has no complete version")
            found = known[0]
        else:
            found = models.get_version(conn, args.model, version=args.model_version)
        return found, artifacts.list_all(conn, artifacts.version_owner(found.id))

    version, files = store.read_sync(read)
    if not files:
        raise InvalidValue(f"{version.model} {version.version} has no files here")
    folder: Path = args.output or Path(f"{version.model}-{version.version}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AlreadyExists(f"{folder} exists already: give another --output")
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.blobs.path(file.sha256), target)
    report = {
        "model": version.model,
        "version": version.version,
        "folder": str(folder),
        "files": [file.path for file in files],
    }
    if args.json:
        print(output.document(report))
    else:
        print(f"{version.model} {version.version}: {len(files)} files in {folder}")
    return 0
