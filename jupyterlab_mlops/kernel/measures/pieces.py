"""What a ``print`` writes, in pieces: the words and the values between them, in the order printed. Pure.

Read are f-strings, ``"…" % values``, ``"…".format(values)``, sums of texts, several arguments, and lists and tuples
written there; the messages of a logger are texts with ``%``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..source.syntax import call_name

_PERCENT = re.compile(r"%[-+ 0#]*\d*(?:\.\d+)?([a-zA-Z%])")
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<field>[\w.\[\]]*)(?:[:!][^{}]*)?\}")
_NUMERIC = frozenset("bdeEfFgGnioux%")
"""The last letter of a format that only a number has."""
_LOGS = frozenset({"info", "debug", "warning", "log"})
BLANKS = re.compile(r"[ \t]+")
"""Read as one: of many, a text that may be anything could begin at each."""
MAX_LISTED = 20
MAX_TEXT = 1000
"""Characters of a displayed text that is read."""
WRITES = frozenset({"print", "write", *_LOGS})
"""Functions and methods that write lines."""


class Hole(NamedTuple):
    """A value in what is printed, and whether its format is a number's: ``%.4f``, ``{:3d}``, ``:.1%``."""

    value: ast.expr
    numeric: bool = False


Piece = str | Hole
REST = Hole(ast.Constant(None))
"""What may have been appended to a list."""


def printed(call: ast.Call) -> Iterator[Piece]:
    """The pieces of what a call of ``print`` or the like writes; between its arguments what stands there when printed."""
    if call_name(call) in _LOGS:
        given = call.args[1:] if call_name(call) == "log" else call.args
        if len(given) > 1 and _text(given[0]):
            yield from _percent(_text(given[0]), list(given[1:]))
        elif given:
            yield from parts(given[0])
        return
    between = next((one.value for one in call.keywords if one.arg == "sep"), None)
    for place, argument in enumerate(call.args):
        if place:
            yield " " if between is None else _text(between)
        yield from parts(argument)


def displayed(statement: ast.stmt, result: object) -> str:
    """The text that a cell displays, if it is made there of words and values: ``f"accuracy {acc:.2f}"``; '' of anything else."""
    if not isinstance(result, str) or not isinstance(statement, ast.Expr) or len(result) > MAX_TEXT:
        return ""
    return f"{result}\n" if _is_text(statement.value) else ""


def parts(value: ast.expr) -> Iterator[Piece]:
    """The pieces of a printed expression."""
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.JoinedStr):
        for one in value.values:
            if isinstance(one, ast.FormattedValue):
                spec = ast.unparse(one.format_spec) if one.format_spec else ""
                yield from _filled(one.value, _is_numeric(spec))
            else:
                yield from parts(one)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and _is_text(value):
        yield from parts(value.left)
        yield from parts(value.right)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod) and _text(value.left):
        given = value.right.elts if isinstance(value.right, ast.Tuple) else [value.right]
        yield from _percent(_text(value.left), list(given))
    elif isinstance(value, ast.Call) and call_name(value) == "format" and _template(value):
        yield from _braces(_template(value), value)
    elif isinstance(value, ast.Call) and call_name(value) == "str" and len(value.args) == 1:
        yield from parts(value.args[0])
    elif isinstance(value, (ast.List, ast.Tuple)) and value.elts:
        opens, closes = "[]" if isinstance(value, ast.List) else "()"
        for place, one in enumerate(value.elts):
            yield ", " if place else opens
            yield from parts(one) if _is_text(one) else [Hole(one, True)]
        yield closes
    else:
        yield Hole(value)


def spelt_out(pieces: Iterable[Piece], bound: Mapping[str, ast.expr]) -> Iterator[Piece]:
    """The pieces with the lists that names were bound to in place of the names, and room for what was appended to them."""
    for piece in pieces:
        name = (
            piece.value.id if isinstance(piece, Hole) and isinstance(piece.value, ast.Name) else ""
        )
        listed = bound.get(name)
        if isinstance(listed, (ast.List, ast.Tuple)) and 1 < len(listed.elts) <= MAX_LISTED:
            *inside, closes = parts(listed)
            yield from (*inside, REST, closes)
        else:
            yield piece


def lines(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The pieces of each line, those without a value left out."""
    line: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Hole):
            line.append(piece)
            continue
        first, *rest = piece.replace("\r", "\n").split("\n")
        line.append(first)
        for text in rest:
            if any(isinstance(one, Hole) for one in line):
                yield line
            line = [text]
    if any(isinstance(one, Hole) for one in line):
        yield line


def in_turn(line: list[Piece]) -> tuple[list[str], list[Hole]]:
    """The values of a line, and the words before each and behind the last."""
    texts, holes = [""], []
    for piece in line:
        if isinstance(piece, Hole):
            holes.append(piece)
            texts.append("")
        else:
            texts[-1] = BLANKS.sub(" ", texts[-1] + piece)
    return texts, holes


def _percent(template: str, values: list[ast.expr]) -> Iterator[Piece]:
    at = 0
    for hole in _PERCENT.finditer(template):
        yield template[at : hole.start()]
        at = hole.end()
        if hole[0] == "%%":
            yield "%"
        elif values:
            yield from _filled(values.pop(0), _is_numeric(hole[0]))
    yield template[at:]


def _braces(template: str, call: ast.Call) -> Iterator[Piece]:
    by_name = {one.arg: one.value for one in call.keywords if one.arg}
    at = place = 0
    for hole in _BRACES.finditer(template):
        yield template[at : hole.start()]
        at = hole.end()
        field = hole["field"]
        if field is None:
            yield hole[0][0]
            continue
        value: ast.expr = ast.Constant("")
        if not field or field.isdigit():
            number = int(field) if field else place
            place += 1
            value = call.args[number] if number < len(call.args) else value
        else:
            value = by_name.get(field, value)
        yield from _filled(value, _is_numeric(hole[0]))
    yield template[at:]


def _filled(value: ast.expr, numeric: bool) -> Iterator[Piece]:
    """What is put into a template: a number as it is, of a text its own pieces."""
    if numeric:
        yield Hole(value, numeric)
    else:
        yield from parts(value)


def _is_text(value: ast.expr) -> bool:
    """Whether a sum is one of texts: one of its terms is written there, formatted or made by ``str``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _is_text(value.left) or _is_text(value.right)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod):
        return bool(_text(value.left))
    if isinstance(value, ast.Call):
        return call_name(value) == "str" or bool(_template(value))
    return isinstance(value, ast.JoinedStr) or bool(_text(value))


def _template(call: ast.Call) -> str:
    """The text of which a call of ``format`` is a method."""
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    return _text(of) if call.func and getattr(call.func, "attr", "") == "format" and of else ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_numeric(spec: str) -> bool:
    return spec.rstrip("}'\"")[-1:] in _NUMERIC
