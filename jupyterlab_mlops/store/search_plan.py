"""Where a search of candidates starts, so that it looks at few of them. Every way finds the same.

SQLite cannot know how many candidates meet a condition; a look into an index that stops early can. In turn:

1. The scope holds few candidates: each is tested.
2. An index finds few candidates for some conditions: those that are in all of them are tested for the rest. Where
   only the newest of many are asked for, the scope is gone through from its newest until there are enough of them.
3. The newest are asked for: a few times as many of the scope are tested; done if enough of them match.
4. The candidates of each condition are collected, then those of the scope are looked up in them.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .search_fields import FEW, MANY, SHOWN_TAGS
from .search_grammar import All, Comparison, Node, Range
from .search_sql import compile_filter

VIEWS = {
    "active": "c.lifecycle_stage = 'active'",
    "deleted": "c.lifecycle_stage = 'deleted'",
    "all": "1",
}
#: A scope of at most so many candidates is small.
SMALL_SCOPE = 400
#: What an index finds is few up to here: testing each of them costs what collecting among ten thousand does.
FEW_FOUND = 2000
#: Of the newest, so many times the wanted number are tested, for at most so many wanted. What is found by an index
#: is many for going through the scope when it is so many times what is wanted.
NEWEST_TESTED, NEWEST_WANTED, MANY_FOUND = 3, 1000, 5
#: The indexes of params and tags by value hold values up to this length.
INDEXED_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on a candidate ``c`` and its parameters."""

    sql: str
    bound: list[Any]


class Scope:
    """Where to look: in these experiments (None: in all), in one of :data:`VIEWS`."""

    def __init__(self, experiment_ids: Iterable[int] | None, view: str) -> None:
        self.view = view
        self.experiment_ids = None if experiment_ids is None else list(experiment_ids)

    def where(self, column: str = "c.experiment_id") -> Where:
        """The condition; ``column`` is how the experiment is written."""
        view, wanted = VIEWS[self.view], self.experiment_ids
        if wanted is None:
            return Where(view, [])
        if len(wanted) > 500:
            listed = f"{column} IN (SELECT value FROM json_each(?))"
            return Where(f"{view} AND {listed}", [json.dumps(wanted)])
        return Where(f"{view} AND {column} IN ({', '.join('?' * len(wanted))})", [*wanted])

    def is_small(self, conn: sqlite3.Connection) -> bool:
        """Whether the scope holds few candidates."""
        where = self.where()
        row = conn.execute(
            f"SELECT 1 FROM candidates c WHERE {where.sql} LIMIT 1 OFFSET ?",
            (*where.bound, SMALL_SCOPE),
        ).fetchone()
        return row is None

    def newest(self, conn: sqlite3.Connection, wanted: int) -> Where | None:
        """A condition that only the newest of the scope meet, some for each that is wanted; None where an index
        does not have them in order, or there are no older ones."""
        one = self.experiment_ids is not None and len(self.experiment_ids) == 1
        if not one or self.view == "all" or wanted > NEWEST_WANTED:
            return None
        where = self.where()
        row = conn.execute(
            f"SELECT c.start_ms FROM candidates c WHERE {where.sql}"
            " ORDER BY c.start_ms DESC, c.id LIMIT 1 OFFSET ?",
            (*where.bound, wanted * NEWEST_TESTED),
        ).fetchone()
        if row is None or row[0] is None:
            return None
        return Where(f"{where.sql} AND c.start_ms > ?", [*where.bound, row[0]])


def ways(
    conn: sqlite3.Connection, node: Node, scope: Scope, *, newest: int | None = None
) -> Iterator[Where]:
    """Conditions for the candidates of the scope that ``node`` matches, to be tried in turn.

    ``newest``: how many of the newest are wanted (None: it is not the newest that are). A condition that finds as
    many is right; the last one always is.
    """
    if isinstance(node, All) and not node.parts:
        yield scope.where()
        return
    if scope.is_small(conn):
        yield _and(scope.where(), node, few=True)
        return
    found, rest = _found(conn, node)
    if found is not None:
        # The + keeps SQLite from starting with what it stands before.
        many = newest is not None and len(found) > MANY_FOUND * newest
        inside = scope.where() if many else scope.where("+c.experiment_id")
        start = Where(
            f"{'+' if many else ''}c.id IN (SELECT value FROM json_each(?)) AND {inside.sql}",
            [json.dumps(sorted(found)), *inside.bound],
        )
        yield _and(start, rest, few=True)
        return
    latest = scope.newest(conn, newest) if newest is not None else None
    if latest is not None:
        yield _and(latest, node, few=True)
    yield _and(scope.where(), node, few=False)


def _and(start: Where, node: Node, *, few: bool) -> Where:
    condition, bound = compile_filter(node, FEW if few else MANY)
    return Where(f"{start.sql} AND {condition}", [*start.bound, *bound])


def _found(conn: sqlite3.Connection, node: Node) -> tuple[set[str] | None, Node]:
    """The candidates that conditions leave for which an index finds few (None: no condition does), and the
    conditions that are left to test."""
    found: set[str] | None = None
    rest = []
    for part in node.parts if isinstance(node, All) else (node,):
        some = _few(conn, part) if isinstance(part, Comparison) else None
        if some is None:
            rest.append(part)
        else:
            found = some if found is None else found & some
    return found, All(tuple(rest))


def _few(conn: sqlite3.Connection, comparison: Comparison) -> set[str] | None:
    """The candidates that meet a comparison, if an index finds few."""
    looked = _metric(comparison) or _text(comparison)
    if looked is None:
        return None
    count = f"SELECT COUNT(*) FROM ({looked.sql} LIMIT ?)"
    if conn.execute(count, (*looked.bound, FEW_FOUND + 1)).fetchone()[0] > FEW_FOUND:
        return None
    cursor = conn.cursor()
    cursor.row_factory = None  # plain tuples: there may be many
    return {row[0] for row in cursor.execute(looked.sql, looked.bound)}


def _metric(comparison: Comparison) -> Where | None:
    """The candidates of a comparison of a metric, from the index by value, where infinities are NULL."""
    field, op, value = comparison.field, comparison.op, comparison.value
    if field.kind != "metric":
        return None
    kinds: list[int] = []
    tests: list[tuple[str, object]]
    if isinstance(value, Range) and op == "=" and (value.low, value.high) != (None, None):
        bounds = [(">=", value.low), ("<=", value.high)]
        tests = [(test, bound) for test, bound in bounds if bound is not None]
        kinds = [2] if value.high is None else [-2] if value.low is None else []
    elif op in ("=", "<", "<=", ">", ">="):
        tests = [(op, value)]
        kinds = [2] if op[0] == ">" else [-2] if op[0] == "<" else []
    else:
        return None
    if not all(_finite(bound) for _, bound in tests):
        return None
    looked = "SELECT candidate_id FROM metrics WHERE name = ? AND"
    sql = f"{looked} {' AND '.join(f'value {test} ?' for test, _ in tests)}"
    found = Where(sql, [field.key, *(bound for _, bound in tests)])
    for kind in kinds:
        found = Where(
            f"{found.sql} UNION ALL {looked} value IS NULL AND kind = ?",
            [*found.bound, field.key, kind],
        )
    return found


def _text(comparison: Comparison) -> Where | None:
    """The candidates of a comparison of a param or of a tag that was set, from the index by value."""
    field, value = comparison.field, comparison.value
    if field.kind not in ("param", "tag") or (field.kind == "tag" and field.key in SHOWN_TAGS):
        return None
    members = value if isinstance(value, tuple) else (value,)
    if comparison.op not in ("=", "IN") or not members:
        return None
    if not all(isinstance(member, str) and len(member) <= INDEXED_LENGTH for member in members):
        return None
    return Where(
        f"SELECT candidate_id FROM {field.kind}s WHERE name = ? AND length(value) <= {INDEXED_LENGTH}"
        f" AND value IN ({', '.join('?' * len(members))})",
        [field.key, *members],
    )


def _finite(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)
