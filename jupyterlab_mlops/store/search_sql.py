"""Compiles a filter's tree to SQL. Values are always bound; names of columns come from vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidValue
from .search_grammar import All, Comparison, Either, Field, Node, Range, Value, Word

_COMPARE = ("=", "!=", "<", "<=", ">", ">=")
_TEXT = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")


@dataclass(frozen=True, slots=True)
class Target:
    """How a field is found: ``template`` wraps a ``{test}`` on ``value``; ``bound`` are its parameters
    before the test's. ``numeric``: compared as a number. ``texts``: a text that a number may be read from.
    ``unequal``: the operator for ``!=``."""

    template: str
    value: str
    bound: tuple[Any, ...] = ()
    numeric: bool = False
    texts: bool = False
    unequal: str = "!="


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be searched: ``resolve`` finds a field (raising InvalidValue), plain words look in ``name``."""

    resolve: Callable[[Field], Target]
    name: str


def compile_filter(node: Node, vocabulary: Vocabulary) -> tuple[str, list[Any]]:
    """A condition and its parameters.

    Raises:
        InvalidValue: a field is not known or cannot be compared so; with ``position``.
    """
    if isinstance(node, All | Either):
        if not node.parts:
            return "1", []
        compiled = [compile_filter(part, vocabulary) for part in node.parts]
        joined = (" AND " if isinstance(node, All) else " OR ").join(sql for sql, _ in compiled)
        return f"({joined})", [value for _, values in compiled for value in values]
    if isinstance(node, Word):
        return f"instr(lower({vocabulary.name}), lower(?)) > 0", [node.text]
    try:
        return _comparison(node, vocabulary.resolve(node.field))
    except InvalidValue as error:
        raise InvalidValue(error.message, position=node.position) from None


def _comparison(node: Comparison, target: Target) -> tuple[str, list[Any]]:
    name = f"{node.field.kind} '{node.field.key}'"
    if node.op in ("IS NULL", "IS NOT NULL"):
        if node.field.kind not in ("tag", "param", "metadata"):
            raise InvalidValue(
                f"IS NULL / IS NOT NULL is only supported for tags and params, not for {name}"
            )
        exists = target.template.format(test=f"{target.value} IS NOT NULL")
        return f"NOT {exists}" if node.op == "IS NULL" else exists, list(target.bound)
    test, values = _test(node, target, name)
    return target.template.format(test=test), [*target.bound, *values]


def _test(node: Comparison, target: Target, name: str) -> tuple[str, list[Any]]:
    column, value = target.value, node.value
    if isinstance(value, Range):
        if target.numeric:
            return _range(column, value, node.op)
        if target.texts:
            return _numeric_text(column, *_range(_as_number(column), value, node.op))
        raise InvalidValue(f"A range can be compared with numbers only, not with {name}")
    members = list(value) if isinstance(value, tuple) else [value]
    if target.numeric:
        numbers = [_number(member, name) for member in members]
        if node.op in _COMPARE:
            return f"{column} {target.unequal if node.op == '!=' else node.op} ?", numbers
        if node.op in ("IN", "NOT IN"):
            return f"{column} {node.op} ({_marks(numbers)})", numbers
        raise InvalidValue(
            f"Invalid comparator '{node.op}' for {name}; use one of {list(_COMPARE)}"
        )
    if target.texts and members and all(isinstance(member, int | float) for member in members):
        if node.op in ("IN", "NOT IN"):
            test = f"{_as_number(column)} {node.op} ({_marks(members)})"
        elif node.op in _COMPARE:
            test = f"{_as_number(column)} {node.op} ?"
        else:
            raise InvalidValue(f"Invalid comparator '{node.op}' for a number; quote the value")
        return _numeric_text(column, test, members)
    texts = [_string(member, name) for member in members]
    if node.op not in _TEXT:
        raise InvalidValue(f"Invalid comparator '{node.op}' for {name}; use one of {list(_TEXT)}")
    if node.op == "LIKE":
        return f"{column} GLOB ?", [like_to_glob(texts[0])]
    if node.op == "ILIKE":
        return f"{column} LIKE ?", texts
    if node.op in ("IN", "NOT IN"):
        return f"{column} {node.op} ({_marks(texts)})", texts
    return f"{column} {node.op} ?", texts


def like_to_glob(pattern: str) -> str:
    """SQL's LIKE as SQLite's GLOB, which tells upper from lower case."""
    escaped = "".join(f"[{char}]" if char in "*?[" else char for char in pattern)
    return escaped.replace("%", "*").replace("_", "?")


def _range(column: str, bounds: Range, op: str) -> tuple[str, list[Any]]:
    tests, values = [f"{column} IS NOT NULL"], []
    for bound, comparator in ((bounds.low, ">="), (bounds.high, "<=")):
        if bound is not None:
            tests.append(f"{column} {comparator} ?")
            values.append(bound)
    joined = " AND ".join(tests)
    return (f"NOT ({joined})" if op == "!=" else f"({joined})"), values


def _as_number(column: str) -> str:
    return f"CAST({column} AS REAL)"


def _numeric_text(column: str, test: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """``test``, only for texts that begin as a number does: SQLite reads any other text as 0."""
    return f"({column} GLOB '[-+.0-9]*' AND {test})", list(values)


def _number(value: Value | None, name: str) -> float:
    try:
        return value if isinstance(value, int | float) else float(value or "")
    except ValueError:
        raise InvalidValue(f"Expected numeric value type for {name}. Found {value!r}") from None


def _string(value: Value | None, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(
            f"Expected a quoted string value for {name} (e.g. 'my-value'). Got value {value}"
        )
    return value


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
