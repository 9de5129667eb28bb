"""The secret gate: nothing leaves before it was looked at. What it finds holds the push until a person decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..entities import Artifact
from ..errors import NotFound, RemoteRejected
from ..store.blobs import Blobs
from .payload import Payload
from .secrets import Finding, Scanner

#: Files larger than this are not read by the gate (bytes): what is larger is data. Code and outputs always are.
MOST_BYTES = 5 << 20
MOST_BYTES_OF_CODE = 64 << 20
CODE = frozenset(".ipynb .py .r .jl .sh .sql .patch .diff .env".split())
#: Contents whose findings are remembered.
REMEMBERED = 2000
#: Files that hold text worth reading.
SUFFIXES = frozenset(
    ".ipynb .py .r .jl .sh .patch .diff .txt .md .json .yaml .yml .toml .ini .cfg .conf .env .sql .log"
    " .csv .html".split()
)


class Held(RemoteRejected):
    """A push is held: ``findings`` are places with a masked line each."""

    code = "held"

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        first = findings[0]
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        super().__init__(
            f"Held before upload: {first['rule']} in {first['where']}{more}. Redact it in the upload, or"
            " say that it is not a secret.",
            findings=findings,
        )
        self.findings = findings


@dataclass(frozen=True)
class Gate:
    """Scans payloads; decisions are by salted hash: ``redact`` or ``not_a_secret``."""

    scanner: Scanner
    decisions: Callable[[], Mapping[str, str]]
    #: Candidates of one notebook run share its snapshot: each content is read once.
    _read: dict[tuple[str, str], list[Finding]] = field(default_factory=dict)

    def check(self, payload: Payload, blobs: Blobs) -> tuple[Payload, dict[str, bytes]]:
        """The payload as it may leave, and the contents that replace those of files.

        Raises:
            Held: something was found that nobody has decided about.
        """
        texts = {f"param {k}": v for k, v in payload.params.items()}
        texts |= {f"tag {k}": v for k, v in payload.tags.items()}
        texts |= {"notes": payload.notes, "name": payload.name}
        texts["values"] = json.dumps(payload.manifest, ensure_ascii=False, default=str)
        found: list[Finding] = []
        for where, text in texts.items():
            found += self.scanner.scan(text, where, name=where.partition(" ")[2])
        contents: dict[str, str] = {}
        for there, file in payload.files.items():
            hits = self._hits(file, blobs)
            if hits:
                contents[there] = readable(file, blobs) or ""
                found += hits
        if not found:
            return payload, {}
        decided = self.decisions()
        open_ones = [f for f in found if f.hash not in decided]
        if open_ones:
            raise Held([f.shown() for f in open_ones[:50]])
        redact = {f.value: f.replacement for f in found if decided[f.hash] == "redact"}
        return self._redacted(payload, redact), {
            there: cleaned.encode()
            for there, text in contents.items()
            if (cleaned := replaced(text, redact)) != text
        }

    def _hits(self, file: Artifact, blobs: Blobs) -> list[Finding]:
        key = (file.sha256, file.path)
        if key not in self._read:
            text = readable(file, blobs)
            if len(self._read) >= REMEMBERED:
                self._read.clear()
            self._read[key] = [] if text is None else self.scanner.scan_file(text, file.path)
        return self._read[key]

    def _redacted(self, payload: Payload, redact: Mapping[str, str]) -> Payload:
        if not redact:
            return payload
        manifest = json.loads(replaced(json.dumps(payload.manifest, default=str), redact))
        return replace(
            payload,
            name=replaced(payload.name, redact),
            tags={k: replaced(v, redact) for k, v in payload.tags.items()},
            params={k: replaced(v, redact) for k, v in payload.params.items()},
            notes=replaced(payload.notes, redact),
            manifest=manifest,
        )


def replaced(text: str, redact: Mapping[str, str]) -> str:
    """``text`` without the values, also where JSON has escaped them; the longest first."""
    for value in sorted(redact, key=len, reverse=True):
        text = text.replace(value, redact[value])
        escaped = json.dumps(value)[1:-1]
        if escaped != value:
            text = text.replace(escaped, redact[value])
    return text


def readable(file: Artifact, blobs: Blobs) -> str | None:
    """The text of a file that the gate reads; None for data, large files and files that are not here."""
    name = file.path.rpartition("/")[2].lower()
    suffix = "." + name.rpartition(".")[2]
    secret_file = name.startswith(".env")
    most = MOST_BYTES_OF_CODE if suffix in CODE or secret_file else MOST_BYTES
    if file.size > most or not (suffix in SUFFIXES or secret_file):
        return None
    try:
        data = blobs.get(file.sha256)
        return data.decode()
    except (NotFound, UnicodeDecodeError):
        return None
