"""Reads a filter into a tree. Pure: knows words and operators, not what can be searched.

MLflow's filter grammar, extended by ``or``, parentheses, ``in (…)`` for every field, ranges (``0.1..0.3``) and
plain words, which are looked for in the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from ..errors import InvalidValue

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared: ``kind`` is attribute, metric, param, tag or dataset."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` to ``high``, both included; None is open."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``op`` is one of = != < <= > >= LIKE ILIKE IN "NOT IN" "IS NULL" "IS NOT NULL"."""

    field: Field
    op: str
    value: Value | Range | tuple[Value, ...] | None
    position: int


@dataclass(frozen=True, slots=True)
class Word:
    """A plain word: the name holds it, in any case."""

    text: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. Without parts: everything matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node = Comparison | Word | All | Either

KINDS = {
    "attribute": "attribute", "attributes": "attribute", "attr": "attribute", "run": "attribute",
    "metric": "metric", "metrics": "metric",
    "param": "param", "params": "param", "parameter": "param", "parameters": "param",
    "tag": "tag", "tags": "tag",
    "dataset": "dataset", "datasets": "dataset",
}  # fmt: skip
_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    | (?P<range>(?:{_NUMBER})?\.\.(?:{_NUMBER})?(?=[\s),]|$))
    | (?P<number>(?:{_NUMBER}|[+-]?\d+\.)(?=[\s),]|$))
    | (?P<op><=|>=|!=|<>|==|=|<|>)
    | (?P<punct>[(),])
    | (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<name>(?:`[^`]*`|[^\s`'"=<>!(),.]+)(?:\.(?:`[^`]*`|"[^"]*"|'[^']*'|[^\s`'"=<>!(),]+))?)""",
    re.VERBOSE,
)
_KEYWORDS = frozenset("and or in not like ilike is null".split())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def keyword(self) -> str:
        lowered = self.text.lower()
        return lowered if self.kind == "name" and lowered in _KEYWORDS else ""


def parse(text: str, kinds: Mapping[str, str] = KINDS) -> Node:
    """The tree of a filter; an empty filter matches everything. ``kinds``: what may stand before a dot.

    Raises:
        InvalidValue: it cannot be read; ``details["position"]`` is where (a character index).
    """
    tokens = list(_tokens(text))
    if not tokens:
        return All(())
    return _Parser(text, tokens, kinds).parse()


def split_order(clause: str, kinds: Mapping[str, str] = KINDS) -> tuple[Field, bool]:
    """An ``order_by`` clause as (field, ascending).

    Raises:
        InvalidValue: it cannot be read.
    """
    tokens = list(_tokens(clause))
    ascending = True
    if len(tokens) == 2 and tokens[1].text.lower() in ("asc", "desc"):
        ascending = tokens[1].text.lower() == "asc"
    elif len(tokens) == 2:
        raise InvalidValue(
            f"Invalid ordering key in order_by clause '{clause}'. Write ASC or DESC.",
            position=tokens[1].position,
        )
    elif len(tokens) != 1:
        raise InvalidValue(f"Invalid order_by clause '{clause}'. Could not be parsed.", position=0)
    if tokens[0].kind not in ("name", "string"):
        raise InvalidValue(f"Invalid order_by clause '{clause}'. Could not be parsed.", position=0)
    name = tokens[0].text[1:-1] if tokens[0].kind == "string" else tokens[0].text
    return to_field(name, 0, kinds), ascending


def to_field(text: str, position: int, kinds: Mapping[str, str] = KINDS) -> Field:
    """A name such as ``metrics.`val loss``` as a field.

    Raises:
        InvalidValue: the part before the dot is not a kind of thing.
    """
    quoted = re.match(r"`([^`]*)`(?:\.(.*))?$", text, re.DOTALL)
    if quoted:
        kind, key = quoted.group(1), quoted.group(2)
    else:
        kind, dot, rest = text.partition(".")
        key = rest if dot else None
    if key is None:
        return Field("attribute", kind)
    known = kinds.get(kind)
    if known is None:
        raise InvalidValue(
            f"Invalid entity type '{kind}' at character {position + 1}. Valid values are"
            " ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
            position=position,
        )
    if len(key) >= 2 and key[0] == key[-1] and key[0] in "`\"'":
        key = key[1:-1]
    return Field(known, key)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            what = "is never closed" if text[position] in "'\"`" else "does not belong here"
            raise InvalidValue(
                f"Invalid filter: {text[position]!r} at character {position + 1} {what}.",
                position=position,
            )
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match.group(), position)
        position = match.end()


class _Parser:
    """Recursive descent: or < and < comparison, word, parentheses."""

    def __init__(self, text: str, tokens: list[_Token], kinds: Mapping[str, str]) -> None:
        self.text = text
        self.kinds = kinds
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def parse(self) -> Node:
        node = self.any_of()
        if self.at < len(self.tokens):
            self.fail(f"{self.tokens[self.at].text!r} does not belong here")
        return node

    def any_of(self) -> Node:
        parts = [self.all_of()]
        while self.take_keyword("or"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all_of(self) -> Node:
        parts = [self.term()]
        while True:
            if self.take_keyword("and"):
                if self.more():  # a filter that is being typed may end in AND, as with MLflow
                    parts.append(self.term())
            elif self.is_word() or (isinstance(parts[-1], Word) and self.starts_term()):
                parts.append(self.term())  # words stand side by side
            else:
                return parts[0] if len(parts) == 1 else All(tuple(parts))

    def term(self) -> Node:
        if not self.more():
            self.fail("something is missing here")
        token = self.tokens[self.at]
        if token.text == "(" and token.kind == "punct":
            if self.depth >= 50:
                self.fail("too many parentheses")
            self.at, self.depth = self.at + 1, self.depth + 1
            node = self.any_of()
            self.expect(")")
            self.depth -= 1
            return node
        if self.is_word():
            self.at += 1
            return Word(token.text[1:-1] if token.kind == "string" else token.text)
        if token.kind not in ("name", "string") or token.keyword:
            self.fail(f"expected a field such as metrics.accuracy, found {token.text!r}")
        return self.comparison()

    def comparison(self) -> Node:
        token = self.tokens[self.at]
        name = token.text[1:-1] if token.kind == "string" else token.text
        field = to_field(name, token.position, self.kinds)
        self.at += 1
        if self.take_keyword("is"):
            op = "IS NOT NULL" if self.take_keyword("not") else "IS NULL"
            if not self.take_keyword("null"):
                self.fail("expected NULL")
            return Comparison(field, op, None, token.position)
        if self.take_keyword("not"):
            if not self.take_keyword("in"):
                self.fail("expected IN")
            return Comparison(field, "NOT IN", self.members(), token.position)
        if self.take_keyword("in"):
            if self.more() and self.tokens[self.at].kind == "range":
                return Comparison(field, "=", self.value(), token.position)
            return Comparison(field, "IN", self.members(), token.position)
        for keyword in ("like", "ilike"):
            if self.take_keyword(keyword):
                return Comparison(field, keyword.upper(), self.value(), token.position)
        if not self.more() or self.tokens[self.at].kind != "op":
            self.fail("expected a comparison such as =, !=, <, >, LIKE or IN")
        op = {"==": "=", "<>": "!="}.get(self.tokens[self.at].text, self.tokens[self.at].text)
        self.at += 1
        value = self.value()
        if isinstance(value, Range) and op not in ("=", "!="):
            self.fail("a range is compared with = or !=", back=1)
        return Comparison(field, op, value, token.position)

    def members(self) -> tuple[Value, ...]:
        self.expect("(")
        if self.peek_text() == ")":
            self.fail("a list needs at least one value")
        found: list[Value] = []
        while self.peek_text() != ")":
            value = self.value()
            if isinstance(value, Range):
                self.fail("a range cannot be in a list", back=1)
            found.append(value)
            if self.peek_text() == ",":
                self.at += 1
            elif self.peek_text() != ")":
                self.fail("expected ',' or ')'")
        self.at += 1
        return tuple(found)

    def value(self) -> Value | Range:
        if not self.more():
            self.fail("a value is missing")
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "number":
            # Eighteen digits fit SQLite's integers; what is longer is compared as a float.
            whole = re.fullmatch(r"[+-]?\d{1,18}", token.text)
            return int(token.text) if whole else float(token.text)
        if token.kind == "range":
            low, _, high = token.text.partition("..")
            return Range(float(low) if low else None, float(high) if high else None)
        if token.kind == "string":
            quote = token.text[0]
            return token.text[1:-1].replace(quote * 2, quote)
        return self.fail(
            "Parameter value is either not quoted or unidentified quote types used for string value"
            f" {token.text}. Use either single or double quotes.",
            back=1,
        )

    # -- small steps -------------------------------------------------------------------------

    def more(self) -> bool:
        return self.at < len(self.tokens)

    def peek_text(self) -> str:
        return self.tokens[self.at].text if self.more() else ""

    def is_word(self) -> bool:
        """Whether a plain word is next: a name or string that nothing is compared with."""
        if not self.more():
            return False
        token = self.tokens[self.at]
        if token.kind in ("number", "range"):
            return True
        if token.kind not in ("name", "string") or token.keyword:
            return False
        if self.at + 1 == len(self.tokens):
            return not self.looks_like_field(token)
        after = self.tokens[self.at + 1]
        compared = after.kind == "op" or after.keyword in ("in", "not", "like", "ilike", "is")
        return not compared and not self.looks_like_field(token)

    def starts_term(self) -> bool:
        """Whether a comparison, a word or a parenthesis is next."""
        if not self.more():
            return False
        token = self.tokens[self.at]
        return token.text == "(" or (token.kind in ("name", "string") and not token.keyword)

    def looks_like_field(self, token: _Token) -> bool:
        return (
            token.kind == "name" and token.text.split(".", 1)[0] in self.kinds and "." in token.text
        )

    def take_keyword(self, keyword: str) -> bool:
        if self.more() and self.tokens[self.at].keyword == keyword:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if self.peek_text() != text:
            self.fail(f"expected {text!r}")
        self.at += 1

    def fail(self, what: str, *, back: int = 0) -> NoReturn:
        at = self.at - back
        position = self.tokens[at].position if at < len(self.tokens) else len(self.text)
        raise InvalidValue(
            f"Invalid filter '{self.text}': {what} (at character {position + 1}).",
            position=position,
        )
