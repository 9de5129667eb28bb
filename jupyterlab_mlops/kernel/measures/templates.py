"""Numbers printed with no word before them, by the names of what is printed: ``f"{epoch:3d} {loss:.3f}"``.

A printed line is read by the template that it was made with. Taken is a name that is a metric's, at a place which no
word leads up to; what has a word before it is read by that word (see ``series``). A template with more than two values
that may be any text, or with two that touch, is not read: there are too many ways to find them in a line. Pure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ..source.syntax import call_name
from .expressions import bound_in, metric_in
from .series import MAX_LINES, Point

MAX_TEMPLATES = 20
"""Of a statement and the functions that it calls."""
MAX_LINE = 200
"""Characters of a line that is read."""
MAX_TEXTS = 2
_NUMERIC = frozenset("bdeEfFgGnioux%")
"""The last letter of a format that only a number has."""
_NUMBER = r"(?:[-+]?\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?|[-+]?(?:nan|inf))"
_PERCENT = re.compile(r"%[-+ 0#]*\d*(?:\.\d+)?([a-zA-Z%])")
_BRACES = re.compile(r"\{\d*(?:[:!][^{}]*)?\}")
_WORD = re.compile(r"[A-Za-z]")
_BLANKS = re.compile(r" +")
"""Read as one: of many, a text that may be anything could begin at each."""


def unlabelled(text: str, tops: Sequence[ast.AST]) -> list[Point]:
    """The metrics among the numbers that prints with a template in these trees have printed without a word."""
    patterns = list(_patterns(tops))[:MAX_TEMPLATES]
    points: list[Point] = []
    for number, printed in enumerate(text.split("\n")[:MAX_LINES] if patterns else ()):
        line = _BLANKS.sub(" ", printed)
        for pattern, names in patterns:
            found = pattern.fullmatch(line) if len(line) <= MAX_LINE else None
            if found is None:
                continue
            for place, name in enumerate(names):
                value = found.group(f"m{place}")
                decimals = len(value.partition(".")[2].lower().partition("e")[0])
                points.append(Point(name, float(value), None, number, decimals))
            break
    return points


def _patterns(tops: Sequence[ast.AST]) -> Iterator[tuple[re.Pattern[str], list[str]]]:
    """(pattern of a line, metrics in it) of each print of one template that gives a metric without a word."""
    for top in tops:
        bound = bound_in(top)
        for node in ast.walk(top):
            if isinstance(node, ast.Call) and call_name(node) == "print" and len(node.args) == 1:
                pieces = _pieces(node.args[0])
                names: list[str] = []
                spelt = ""
                texts, apart = 0, True
                before = "a word"
                for piece in pieces:
                    if isinstance(piece, str):
                        spelt += re.escape(_BLANKS.sub(" ", piece))
                        before = piece
                        continue
                    value, numeric = piece
                    name = "" if _WORD.search(before) else metric_in(value, bound)
                    texts += not (name or numeric)
                    apart = apart and bool(before)
                    number = f"(?P<m{len(names)}>{_NUMBER})" if name else _NUMBER
                    spelt += f" ?{number}" if name or numeric else ".*?"
                    names += [name] if name else []
                    before = ""
                if names and apart and texts <= MAX_TEXTS:
                    yield re.compile(spelt), names


def _pieces(value: ast.expr) -> list[str | tuple[ast.expr, bool]]:
    """Texts and (value, whether its format is a number's) in turn, of an f-string, of ``"…" % values`` and of
    ``"…".format(values)``; [] of anything else."""
    if isinstance(value, ast.JoinedStr):
        return [
            (part.value, _numeric(ast.unparse(part.format_spec)) if part.format_spec else False)
            if isinstance(part, ast.FormattedValue)
            else str(getattr(part, "value", ""))
            for part in value.values
        ]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod):
        template, holes = value.left, _PERCENT
        given = value.right.elts if isinstance(value.right, ast.Tuple) else [value.right]
    elif isinstance(value, ast.Call) and call_name(value) == "format" and not value.keywords:
        template, holes = getattr(value.func, "value", value), _BRACES
        given = value.args
    else:
        return []
    if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
        return []
    found: list[str | tuple[ast.expr, bool]] = []
    rest, at = list(given), 0
    for hole in holes.finditer(template.value):
        text, at = template.value[at : hole.start()], hole.end()
        if hole[0] == "%%":
            found.append(f"{text}%")
        elif not rest:
            return []
        else:
            found += [*([text] if text else ()), (rest.pop(0), _numeric(hole[0]))]
    return [*found, template.value[at:]] if not rest else []


def _numeric(spec: str) -> bool:
    """Whether a format is one of numbers: ``%.4f``, ``{:3d}``, ``:.1%``."""
    return spec.rstrip("}'\"")[-1:] in _NUMERIC
