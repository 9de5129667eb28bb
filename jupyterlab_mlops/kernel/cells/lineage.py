"""What came from what in one kernel: every executed top-level statement as a record, linked to those it used.

Pure: the capture feeds it statements and asks for closures. Bounded: a chain longer than ``MAX_DEPTH`` forgets
its far end, and records that no name reaches any more are garbage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..source.dataflow import NONE, Refs
from ..source.inside import Inside
from ..source.statements import Statement

MAX_RECORDS = 5000
"""Records looked at for one closure; the nearest come first."""
MAX_DEPTH = 3000


class Record:
    """One executed top-level statement."""

    __slots__ = (
        "calls", "counted", "depth", "files", "given", "inside", "literals", "msg_id", "names", "order", "seeds", "sources",
        "unclear",
    )  # fmt: skip

    def __init__(self, order: int, msg_id: str | None) -> None:
        self.order = order
        self.msg_id = msg_id
        self.sources: tuple[Record, ...] = ()
        self.names: frozenset[str] = frozenset()
        self.literals: dict[str, Any] = {}
        self.calls: set[str] = set()
        self.unclear: set[str] = set()
        """Literals that another call of the same class in it is not given: see ``Statement``."""
        self.counted: set[str] = set()
        """See ``Statement``, as of ``inside``."""
        self.inside: dict[str, Inside] = {}
        self.given: dict[str, dict[str, Any]] = {}
        """See ``Statement``, as of ``inside``."""
        self.seeds: list[tuple[str, Any]] = []
        self.files: list[str] = []
        self.depth = 0

    def comes_from(self, source: Record) -> None:
        """It depends on that record too: on what it wrote into a file."""
        if source not in self.sources:
            self.sources = (*self.sources, source)
            self.depth = max(self.depth, source.depth + 1)


@dataclass
class Entries:
    """The candidates behind the columns of a table that were written one by one."""

    before: Refs[str]
    """Those behind the table before: behind every other column."""
    written: dict[str, Refs[str]] = field(default_factory=dict)


class Lineage:
    """Per name: the records behind its value, and the candidates it derives from."""

    def __init__(self) -> None:
        self.records: dict[str, tuple[Record, ...]] = {}
        self.refs: dict[str, Refs[str]] = {}
        self.entries: dict[str, Entries] = {}
        """Of names of tables and dicts whose entries were written by a constant key."""
        self.late: dict[str, frozenset[str]] = {}
        self.global_seeds: list[tuple[str, Any]] = []
        self.seed_names: dict[str, int] = {}
        """Names that hold the seeds of global generators, which no data flow leads to."""
        self._order = 0

    def begin(self, statement: Statement, msg_id: str | None) -> Record:
        """A statement is about to run: its record, linked to what it reads (functions: what they read)."""
        self._order += 1
        record = Record(self._order, msg_id)
        record.literals = statement.literals
        record.calls = statement.calls
        record.unclear = statement.unclear
        record.inside, record.given = statement.inside, statement.given
        record.counted = statement.counted
        if not statement.reads and not statement.changes:
            record.depth = 1
            return record
        reads = statement.reads - statement.own
        names = self.reached(reads | (statement.changes - statement.binds))
        sources: dict[int, Record] = {}
        for name in names:
            for source in self.records.get(name, ()):
                sources[source.order] = source
        record.sources = tuple(sources[order] for order in sorted(sources, reverse=True)[:200])
        record.names = frozenset(reads)
        record.depth = 1 + max((source.depth for source in record.sources), default=0)
        if record.depth > MAX_DEPTH:
            for source in record.sources:
                source.sources = ()
                source.depth = 0
            record.depth = 1
        return record

    def reached(self, names: Iterable[str]) -> set[str]:
        """``names`` and, for the functions among them, the names their bodies read, transitively."""
        found: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self.late.get(name, ()))
        return found

    def inside(self, name: str) -> set[str]:
        """The names that the function of that name reads when it is called, transitively; none of anything else."""
        return self.reached(self.late[name]) if name in self.late else set()

    def entry(self, name: str, key: str) -> Refs[str] | None:
        """The candidates behind a column of a table; None if its columns are not told apart."""
        known = self.entries.get(name)
        return None if known is None else known.written.get(key, known.before)

    def write(self, name: str, key: str, refs: Refs[str]) -> None:
        """A statement that is about to end has written that column."""
        known = self.entries.setdefault(name, Entries(self.refs.get(name, NONE)))
        known.written[key] = refs

    def end(
        self,
        record: Record,
        statement: Statement,
        refs: dict[str, Refs[str]],
        copied: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """The statement has run: its names come from it now. ``refs``: candidates behind the names it touched.
        ``copied``: names whose value was made of that name's table alone."""
        kept = {
            name: self.entries[source]
            for name, source in copied.items()
            if source in self.entries and refs.get(name, NONE) <= self.refs.get(source, NONE)
        }
        for name in statement.binds:
            self.entries.pop(name, None)
        for name, entries in kept.items():
            self.entries[name] = Entries(entries.before, dict(entries.written))
        for name in statement.binds:
            self.records[name] = (record,)
            self.late.pop(name, None)
        if statement.late:
            late = frozenset(statement.late)
            for name in statement.binds:
                self.late[name] = late
        for name in statement.changes - statement.binds:
            if name in self.records:
                self.records[name] = (record,)  # its record links to the earlier ones
        for name in statement.binds | statement.changes:
            found = refs.get(name, NONE)
            if found:
                self.refs[name] = found
            elif name in statement.binds:
                self.refs.pop(name, None)

    def closure(self, record: Record) -> list[Record]:
        """The record and everything before it that it depends on, in the order executed."""
        seen = {record.order: record}
        todo = [record]
        while todo and len(seen) < MAX_RECORDS:
            for source in todo.pop().sources:
                if source.order not in seen:
                    seen[source.order] = source
                    todo.append(source)
        return [seen[order] for order in sorted(seen)]
