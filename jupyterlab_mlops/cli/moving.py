"""``export`` and ``import``: everything in open formats, a zip of JSON lines and files."""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path
from typing import Any

from ..errors import AlreadyExists, InvalidValue
from ..store import transfer
from ..store.store import Connection, Store, now_ms
from . import output

FORMAT = 1
MANIFEST = "jupyterlab-mlops.json"


def export(store: Store, args: argparse.Namespace) -> int:
    """Write one JSON-lines file a table and one file a blob."""
    target: Path = args.output or Path(f"mlops-export-{now_ms() // 1000}.zip")
    if target.exists():
        raise AlreadyExists(f"{target} exists; choose another --output")
    staging = target.with_name(target.name + ".part")

    def write(conn: Connection) -> dict[str, int]:
        counts: dict[str, int] = {}
        with zipfile.ZipFile(staging, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            manifest = {
                "format": FORMAT,
                "schema": transfer.schema_number(conn),
                "exported": now_ms(),
            }
            archive.writestr(MANIFEST, json.dumps(manifest))
            for table in transfer.TABLES:
                with archive.open(f"{table}.jsonl", "w", force_zip64=True) as file:
                    for row in transfer.rows(conn, table):
                        file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                        counts[table] = counts.get(table, 0) + 1
            for sha256 in transfer.blobs(conn):
                if store.blobs.exists(sha256):
                    archive.write(store.blobs.path(sha256), f"blobs/{sha256}", zipfile.ZIP_STORED)
        return counts

    try:
        counts = store.read_sync(write)
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)
    written = target.stat().st_size
    report = {"file": str(target), "bytes": written, "rows": counts}
    print(
        output.document(report)
        if args.json
        else f"{target}: {counts.get('candidates', 0)} candidates, {counts.get('model_versions', 0)} model versions, {output.size(written)}"
    )
    return 0


def import_(store: Store, args: argparse.Namespace) -> int:
    """Bring an export in. What is here already stays as it is."""
    try:
        archive = zipfile.ZipFile(args.file)
    except (OSError, zipfile.BadZipFile) as failure:
        raise InvalidValue(f"{args.file} is not an export: {failure}") from None
    with archive:
        try:
            manifest = json.loads(archive.read(MANIFEST))
        except (KeyError, ValueError):
            raise InvalidValue(
                f"{args.file} is not an export of jupyterlab-mlops: it has no {MANIFEST}"
            ) from None
        if manifest.get("format") != FORMAT:
            raise InvalidValue(
                f"{args.file} has format {manifest.get('format')}, this version reads {FORMAT}"
            )
        for name in archive.namelist():
            if name.startswith("blobs/"):
                with archive.open(name) as file, store.blobs.writer() as writer:
                    for chunk in iter(lambda file=file: file.read(1 << 20), b""):  # type: ignore[misc]
                        writer.write(chunk)
                    sha256, _ = writer.commit()
                if sha256 != name.removeprefix("blobs/"):
                    raise InvalidValue(
                        f"{args.file} is damaged: {name} has other content than its name says"
                    )

        def read(table: str) -> list[dict[str, Any]]:
            try:
                return [json.loads(line) for line in archive.read(f"{table}.jsonl").splitlines()]
            except KeyError:
                return []

        counts = store.write_sync(
            transfer.bring_in, {table: read(table) for table in transfer.TABLES}
        )
    print(
        output.document({"file": str(args.file), "added": counts})
        if args.json
        else f"{counts.get('candidates', 0)} candidates and {counts.get('model_versions', 0)} model versions were added"
    )
    return 0
