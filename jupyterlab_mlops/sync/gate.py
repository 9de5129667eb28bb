"""The secret gate: nothing leaves before it was looked at. What it finds holds the push until a person decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..entities import Artifact
from ..errors import NotFound, RemoteRejected
from ..store.blobs import Blobs
from .payload import Payload, remote_name
from .reading import HEAD_BYTES, decoded, encoded, is_text, replaced_stream
from .secrets import Finding, Scanner

#: A notebook larger than this (bytes) is read as the text it is, not cell by cell.
LARGE_NOTEBOOK = 64 << 20
#: Of a file that is data this much is looked at (bytes).
LOOKED_AT = 256 << 20
#: Contents whose findings are remembered.
REMEMBERED = 2000


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

    def check(self, payload: Payload, blobs: Blobs) -> tuple[Payload, dict[str, tuple[str, int]]]:
        """The payload as it may leave, and the blobs (sha256, size) that replace those of files.

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
        spoiled: dict[str, Artifact] = {}
        for there, file in payload.files.items():
            found += self.scanner.scan(file.path, f"the name of {file.path}")
            hits = self._hits(file, blobs)
            if hits:
                spoiled[there] = file
                found += hits
        if not found:
            return payload, {}
        decided = self.decisions()
        open_ones = [f for f in found if f.hash not in decided]
        if open_ones:
            raise Held([f.shown() for f in open_ones[:50]])
        redact = {f.value: f.replacement for f in found if decided[f.hash] == "redact"}
        if not redact:
            return payload, {}
        cleaned = {
            _name_as_sent(there, redact): blobs.put_stream(_cleaned(file, blobs, redact))
            for there, file in spoiled.items()
        }
        return self._redacted(payload, redact), cleaned

    def _hits(self, file: Artifact, blobs: Blobs) -> list[Finding]:
        key = (file.sha256, file.path)
        if key not in self._read:
            found = self._scan(file, blobs)
            if len(self._read) >= REMEMBERED:
                self._read.clear()
            self._read[key] = found
        return self._read[key]

    def _scan(self, file: Artifact, blobs: Blobs) -> list[Finding]:
        """The findings in a file; none in files that are not here."""
        try:
            if not _is_text(file, blobs):
                return self.scanner.scan_data(_first_of(blobs.iter(file.sha256)), file.path)
            if file.path.endswith(".ipynb") and file.size <= LARGE_NOTEBOOK:
                text = "".join(decoded([blobs.get(file.sha256)]))
                return self.scanner.scan_file(text, file.path)
            return self.scanner.scan_stream(decoded(blobs.iter(file.sha256)), file.path)
        except NotFound:
            return []

    def _redacted(self, payload: Payload, redact: Mapping[str, str]) -> Payload:
        manifest = json.loads(replaced(json.dumps(payload.manifest, default=str), redact))
        if "files" in manifest:
            names = (_name_as_sent(there, redact) for there in payload.manifest["files"])
            manifest["files"] = dict(zip(names, manifest["files"].values(), strict=True))
        return replace(
            payload,
            name=replaced(payload.name, redact),
            tags={k: replaced(v, redact) for k, v in payload.tags.items()},
            params={k: replaced(v, redact) for k, v in payload.params.items()},
            notes=replaced(payload.notes, redact),
            files={_name_as_sent(there, redact): file for there, file in payload.files.items()},
            manifest=manifest,
        )


def _is_text(file: Artifact, blobs: Blobs) -> bool:
    with blobs.open(file.sha256) as opened:
        return is_text(opened.read(HEAD_BYTES))


def _first_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks of the first ``LOOKED_AT`` bytes."""
    size = 0
    for chunk in chunks:
        yield chunk
        size += len(chunk)
        if size >= LOOKED_AT:
            return


def _cleaned(file: Artifact, blobs: Blobs, redact: Mapping[str, str]) -> Iterator[bytes]:
    """A file without the values. In data, where lengths and places count, what stands for one is as long as it."""
    chunks = blobs.iter(file.sha256)
    values = with_escaped(redact)
    if _is_text(file, blobs):
        return (encoded(text) for text in replaced_stream(decoded(chunks), values))
    alike = {
        value.encode("utf-8", "surrogateescape").decode("latin-1"): mark
        for value, mark in values.items()
    }
    filled = {value: mark[: len(value)].ljust(len(value), "*") for value, mark in alike.items()}
    texts = replaced_stream((chunk.decode("latin-1") for chunk in chunks), filled)
    return (text.encode("latin-1") for text in texts)


def _name_as_sent(there: str, redact: Mapping[str, str]) -> str:
    clean = replaced(there, redact)
    return there if clean == there else remote_name(clean)


def replaced(text: str, redact: Mapping[str, str]) -> str:
    """``text`` without the values, also where JSON has escaped them; the longest first."""
    return "".join(replaced_stream([text], with_escaped(redact)))


def with_escaped(redact: Mapping[str, str]) -> dict[str, str]:
    """The values also as they stand inside a JSON string (a notebook's)."""
    return {**{json.dumps(value)[1:-1]: mark for value, mark in redact.items()}, **redact}
