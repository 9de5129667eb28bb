"""The part of GraphQL that MLflow's pages use: reads a request and picks fields of answers. Pure.

One operation with variables, directives (read over) and fragments; no interfaces, unions or introspection.
https://spec.graphql.org/October2021/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ..errors import InvalidValue

#: MLflow's limits of one request.
MAX_ROOT_FIELDS, MAX_ALIASES, MAX_DEPTH, MAX_SELECTIONS = 10, 10, 10, 1000

_TOKEN = re.compile(
    r"""[\s,\ufeff]+|\#[^\n]*
    | (?P<block>\"\"\"(?:[^"]|"(?!""))*\"\"\")
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<punct>\.\.\.|[!$&():=@\[\]{|}])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """A field that is asked for, under ``key`` in the answer."""

    name: str
    key: str
    arguments: Mapping[str, Any]
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class _Spread:
    """``...Name``: a named fragment's fields."""

    name: str


@dataclass(frozen=True, slots=True)
class _Field:
    """A field as it was written; fragments among its parts are not resolved yet."""

    selection: Selection
    aliased: bool
    parts: tuple[_Part, ...]


_Part = _Field | _Spread


def read(
    text: str, variables: Mapping[str, Any] | None = None, operation: str | None = None
) -> tuple[Selection, ...]:
    """The fields that a request asks for. ``operation`` names one of several.

    Raises:
        InvalidValue: it cannot be read, names what it does not have, or exceeds MLflow's limits.
    """
    reader = _Reader(text, variables or {})
    operations, fragments = reader.document()
    if operation is None and len(operations) == 1:
        chosen = next(iter(operations.values()))
    elif operation in operations:
        chosen = operations[operation]
    else:
        raise InvalidValue(f"Unknown operation named '{operation}'.")
    scan = _Scan(fragments)
    found = scan.resolve(chosen, 1, frozenset())
    if len(found) > MAX_ROOT_FIELDS:
        _too_many(MAX_ROOT_FIELDS, "root fields", len(found))
    if scan.most_aliases > MAX_ALIASES:
        _too_many(MAX_ALIASES, "aliases", scan.most_aliases)
    return found


def _too_many(limit: int, what: str, count: int) -> NoReturn:
    raise InvalidValue(f"GraphQL queries should have at most {limit} {what}, got {count} {what}.")


class _Scan:
    """Puts fragments in their places, within the limits."""

    def __init__(self, fragments: Mapping[str, tuple[_Part, ...]]) -> None:
        self._fragments = fragments
        self._selections = 0
        self.most_aliases = 0

    def resolve(
        self, parts: Iterable[_Part], depth: int, within: frozenset[str]
    ) -> tuple[Selection, ...]:
        if depth > MAX_DEPTH:
            raise InvalidValue(f"Query exceeds maximum depth of {MAX_DEPTH}")
        fields = list(self._fields(parts, within))
        self._selections += len(fields)
        if self._selections > MAX_SELECTIONS:
            raise InvalidValue(f"Query exceeds maximum total selections of {MAX_SELECTIONS}")
        self.most_aliases = max(self.most_aliases, sum(field.aliased for field, _ in fields))
        return tuple(
            Selection(
                field.selection.name,
                field.selection.key,
                field.selection.arguments,
                self.resolve(field.parts, depth + 1, inside) if field.parts else (),
            )
            for field, inside in fields
        )

    def _fields(
        self, parts: Iterable[_Part], within: frozenset[str]
    ) -> Iterable[tuple[_Field, frozenset[str]]]:
        for part in parts:
            if isinstance(part, _Field):
                yield part, within
            elif part.name in within:
                raise InvalidValue(f"Cannot spread fragment '{part.name}' within itself.")
            elif part.name not in self._fragments:
                raise InvalidValue(f"Unknown fragment '{part.name}'.")
            else:
                yield from self._fields(self._fragments[part.name], within | {part.name})


class _Reader:
    """Reads a document by recursive descent."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._sent = variables
        self._variables: Mapping[str, Any] = {}

    def document(self) -> tuple[dict[str, tuple[_Part, ...]], dict[str, tuple[_Part, ...]]]:
        """The operations and the fragments, by name."""
        operations: dict[str, tuple[_Part, ...]] = {}
        fragments: dict[str, tuple[_Part, ...]] = {}
        while self._at < len(self._tokens):
            word = "query" if self._sees("{") else self._name()
            if word in ("query", "mutation"):
                name = "" if self._sees("{") or self._sees("(") or self._sees("@") else self._name()
                self._variables = self._definitions() if self._sees("(") else {}
                self._directives()
                operations[name] = self._parts()
            elif word == "fragment":
                name = self._name()
                self._expect("on")
                self._name()
                self._directives()
                fragments[name] = self._parts()
            else:
                self._fail(word)
        if not operations:
            raise InvalidValue("Must provide a query string.")
        return operations, fragments

    def _definitions(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        self._expect("(")
        while not self._takes(")"):
            self._expect("$")
            name = self._name()
            self._expect(":")
            self._type()
            default = self._value() if self._takes("=") else None
            self._directives()
            values[name] = self._sent.get(name, default)
        return values

    def _type(self) -> None:
        if self._takes("["):
            self._type()
            self._expect("]")
        else:
            self._name()
        self._takes("!")

    def _directives(self) -> None:
        while self._takes("@"):
            self._name()
            self._arguments()

    def _arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._takes("("):
            while not self._takes(")"):
                name = self._name()
                self._expect(":")
                found[name] = self._value()
        return found

    def _parts(self) -> tuple[_Part, ...]:
        found: list[_Part] = []
        self._expect("{")
        while not self._takes("}"):
            if not self._takes("..."):
                found.append(self._field())
            elif self._sees("on") or self._sees("{") or self._sees("@"):
                if self._takes("on"):
                    self._name()
                self._directives()
                found += self._parts()
            else:
                found.append(_Spread(self._name()))
                self._directives()
        return tuple(found)

    def _field(self) -> _Field:
        key = name = self._name()
        aliased = self._takes(":")
        if aliased:
            name = self._name()
        arguments = self._arguments()
        self._directives()
        parts = self._parts() if self._sees("{") else ()
        return _Field(Selection(name, key, arguments, ()), aliased, parts)

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "string":
            return json.loads(text, strict=False)
        if kind == "block":
            return text[3:-3]
        if kind == "number":
            return json.loads(text)
        if text == "$":
            name = self._name()
            if name not in self._variables:
                raise InvalidValue(f"Variable '${name}' is not defined.")
            return self._variables[name]
        if text == "[":
            items = []
            while not self._takes("]"):
                items.append(self._value())
            return items
        if text == "{":
            found = {}
            while not self._takes("}"):
                name = self._name()
                self._expect(":")
                found[name] = self._value()
            return found
        if kind != "name":
            self._fail(text)
        return {"true": True, "false": False, "null": None}.get(text, text)

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise InvalidValue("Syntax Error: Unexpected <EOF>.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _sees(self, text: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][1] == text

    def _takes(self, text: str) -> bool:
        seen = self._sees(text)
        self._at += seen
        return seen

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            self._fail(self._next()[1])

    def _name(self) -> str:
        kind, text = self._next()
        return text if kind == "name" else self._fail(text)

    def _fail(self, text: str) -> NoReturn:
        raise InvalidValue(f"Syntax Error: Unexpected {text!r}.")


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidValue(f"Syntax Error: Unexpected character: {text[at]!r}.")
        if match.lastgroup:
            yield match.lastgroup, match.group()
        at = match.end()
