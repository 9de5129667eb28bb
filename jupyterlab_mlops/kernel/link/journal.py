"""The findings journal: one JSON line a finding, on disk before anything is sent (see findings.md)."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import diagnostics

MAX_HELD = 500
"""Findings that wait in memory at most."""
LOOK_MS = 50
"""How long a parent that was alive is taken to be, by loops that measure."""
_NON_FINITE = {float("inf"): '"Infinity"', float("-inf"): '"-Infinity"'}
_encode = json.JSONEncoder(separators=(",", ":"), default=str, allow_nan=False).encode


def json_number(value: float) -> float | str:
    """A float as findings carry it: non-finite values are the strings MLflow uses."""
    if value - value == 0.0:
        return value
    return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")


class Journal:
    """Appends numbered findings to ``<spool>/findings.jsonl`` with one ``os.write`` each.

    ``written`` is called (from any thread) after each line. Numbers only grow, also over a restart of the
    kernel with the same id: a new journal starts at the clock, in microseconds.
    """

    def __init__(self, spool: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.written: Callable[[], None] = lambda: None
        self.lazy = False
        """Whether somebody calls ``release`` soon after ``written``: lines may be held until then."""
        self.told = 0
        """How many lines there were with something to tell, and soon."""
        self.seq = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._held: list[tuple[int, int, str, str | None, dict[str, Any]]] = []
        self._names: dict[str, str] = {}
        self._open(spool)
        self._looked = 0
        """When the parent was last seen alive (ms since the epoch)."""
        self._pid = os.getpid()
        self._parent = os.getppid()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._disable)

    def _open(self, spool: Path) -> None:
        self.spool = spool
        self.path = spool / "findings.jsonl"
        self.files = spool / "files"
        spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.start = os.fstat(self._fd).st_size
        if self.start and not _ends_with_newline(self.path):
            os.write(self._fd, b"\n")  # a killed kernel left half a line: close it, readers skip it
        self.seq = max(self.seq, _last_seq(self.path), int(self._clock() * 1_000_000))

    def move(self, spool: Path) -> None:
        """Go on in another spool: another server has taken the kernel over. What is held goes to the old one."""
        with self._lock:
            self._release()
            before = self._fd
            self._open(spool)
            if before >= 0:
                os.close(before)

    def _disable(self) -> None:
        self._held = []
        self._fd = -1  # a forked child must not write under its parent's numbers
        self._lock = threading.Lock()

    def emit(
        self,
        kind: str,
        msg_id: str | None,
        *,
        hold: bool = False,
        bare: bool = False,
        **fields: Any,
    ) -> int:
        """Append one finding; returns its number. Never raises: a full disk is a diagnostic.

        With ``hold`` it waits for the next one, or for ``release``: a trivial cell is one write. ``bare``: it is
        written down, but there is nothing in it that the server has to be told soon.
        """
        now = int(self._clock() * 1000)
        # Without its parent the process may be ended at any moment, and with it what it holds.
        if hold and self.lazy and os.getppid() == self._parent:
            with self._lock:
                self.seq += 1
                seq = self.seq
                self._held.append((seq, now, kind, msg_id, fields))
                if len(self._held) >= MAX_HELD:
                    self._release()
            self.written()
            return seq
        head, body = _encoded(now, kind, msg_id, fields)
        return self._write(head, body, bare=bare or hold)

    def metrics(
        self,
        candidate: str | None,
        points: list[tuple[str, float, int | None]],
        msg_id: str | None,
        source: str = "logged",
    ) -> int:
        """Append one ``metrics`` finding. The hot path of ``log_metrics``: about 10 µs for five points."""
        now = int(self._clock() * 1000)
        names = self._names
        parts = []
        for name, value, step in points:
            quoted = names.get(name)
            if quoted is None:
                quoted = json.dumps(name)
                if len(names) < 10_000:
                    names[name] = quoted
            if value - value == 0.0:
                number = repr(value)
            else:
                number = '"NaN"' if value != value else _NON_FINITE[value]
            parts.append(f"[{quoted},{number},{'null' if step is None else step},{now}]")
        head = f'"t":{now},"kind":"metrics","msg_id":{_quote(msg_id)}'
        body = f'"candidate":{_quote(candidate)},"source":"{source}","points":[{",".join(parts)}]'
        return self._write(head, body)

    def measured(
        self,
        candidate: str | None,
        point: tuple[str, float, int | None],
        msg_id: str | None,
        source: str,
    ) -> None:
        """Append a measurement that a loop took: those of one candidate in a row are one finding, which waits as with
        ``emit(…, hold=True)``. A loop may take thousands, and each line costs a write here and a row of work there.
        """
        now = int(self._clock() * 1000)
        # Without its parent the process may be ended at any moment, and with it what it holds.
        if not self.lazy or (now >= self._looked + LOOK_MS and not self._has_parent(now)):
            self.metrics(candidate, [point], msg_id, source)
            return
        name, value, step = point
        with self._lock:
            if self._held:
                _seq, _t, kind, of, fields = self._held[-1]
                if (
                    kind == "metrics"
                    and (of, fields["candidate"], fields["source"]) == (msg_id, candidate, source)
                    and len(fields["points"]) < MAX_HELD
                ):
                    fields["points"].append([name, json_number(value), step, now])
                    return
            self.seq += 1
            self.told += 1
            points = [[name, json_number(value), step, now]]
            fields = {"candidate": candidate, "source": source, "points": points}
            self._held.append((self.seq, now, "metrics", msg_id, fields))
            if len(self._held) >= MAX_HELD:
                self._release()
        self.written()

    def _has_parent(self, now: int) -> bool:
        found = os.getppid() == self._parent
        self._looked = now if found else 0
        return found

    def _write(self, head: str, body: str, *, bare: bool = False) -> int:
        with self._lock:
            self.seq += 1
            self.told += not bare
            seq = self.seq
            self._release(_line(seq, head, body))
        self.written()
        return seq

    def release(self) -> None:
        """Write what is held. The sender does so before it reads: a long cell is known to have begun."""
        if self._held:
            with self._lock:
                self._release()

    def _release(self, line: str = "") -> None:
        held, self._held = self._held, []
        if self._fd < 0:
            return
        lines = [
            _line(seq, *_encoded(now, kind, msg_id, fields))
            for seq, now, kind, msg_id, fields in held
        ]
        data = "".join([*lines, line]).encode()
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            diagnostics.note("journal", error)

    def keep_bytes(self, data: bytes) -> tuple[str, int]:
        """Put bytes into the spool by content; returns (sha256, size in bytes)."""
        sha = hashlib.sha256(data).hexdigest()
        self.files.mkdir(exist_ok=True, mode=0o700)
        target = self.files / sha
        if not target.exists():
            part = target.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(data)
            part.replace(target)
        return sha, len(data)

    def keep_file(self, path: Path) -> tuple[str, int]:
        """Copy a file into the spool by content; returns (sha256, size in bytes)."""
        self.files.mkdir(exist_ok=True, mode=0o700)
        part = self.files / f"{os.getpid()}-{time.monotonic_ns()}.part"
        digest = hashlib.sha256()
        size = 0
        with path.open("rb") as source, part.open("wb") as out:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                out.write(chunk)
                size += len(chunk)
        sha = digest.hexdigest()
        part.replace(self.files / sha)
        return sha, size

    def close(self) -> None:
        """Close the file; later findings are dropped."""
        with self._lock:
            self._release()
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


def _encoded(now: int, kind: str, msg_id: str | None, fields: dict[str, Any]) -> tuple[str, str]:
    """The head and the body of a finding's line."""
    try:
        body = _encode(fields)
    except ValueError:  # a NaN somewhere inside
        body = _encode(_finite(fields))
    return f'"t":{now},"kind":"{kind}","msg_id":{json.dumps(msg_id)}', body[1:-1]


def _line(seq: int, head: str, body: str) -> str:
    return f'{{"seq":{seq},{head}{"," if body else ""}{body}}}\n'


def _quote(text: str | None) -> str:
    if text is None:
        return "null"
    return (
        f'"{text}"' if text.isascii() and '"' not in text and "\\" not in text else json.dumps(text)
    )


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return json_number(value)
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_finite(v) for v in value]
    return value


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _last_seq(path: Path) -> int:
    """The number of the last whole line, 0 if there is none."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - (1 << 20)))
        for line in reversed(file.read().splitlines()):
            try:
                return int(json.loads(line)["seq"])
            except (ValueError, KeyError, TypeError):
                continue
    return 0
