"""Numbers in printed lines by the template of their ``print``: ``f"{epoch:3d} {loss:.3f}"``, ``f"Train: {acc:.1f}%"``.

Lines are read by their words first (see ``series``); of what is left a template says which value a number is. Its name
are the words that lead up to it if they are a metric's, else the name of the value, unless the words say that it is something
else, as a time. A template with more than two values that may be any text, or with two that touch, is not read: there are
too many ways to find them in a line. Pure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..source.syntax import call_name
from ..source.wording import words
from . import series
from .by_hand import manual_metric
from .expressions import OF_THE_SAME, average_of, bound_in, metric_in
from .labelled import plain_name
from .metrics import BLOCKED, function_metric, metric_strength
from .pieces import BLANKS, REST, WRITES, Piece, in_turn, lines, printed, spelt_out
from .points import Point, decimals_of
from .series import MAX_LINES
from .values import rounds_to

MAX_TEMPLATES = 20
"""Of a statement and the functions that it calls."""
MAX_LINE = 300
"""Characters of a line that is read."""
MAX_TEXTS = 2
_NUMBER = r"(?:[-+]?\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?|[-+]?(?:nan|inf))"
_BEFORE = r"(?:[A-Za-z][\w.]{0,20}\()?\[{0,3} ?"
_BEHIND = r"%? ?\]{0,3}(?:, ?\w{1,20}=[^,()]{0,40}(?:\([^()]{0,40}\))?)*\)?"
"""Around a number that is printed as the tensor or the array of it."""
_WORD = re.compile(r"[A-Za-z]")
_PHRASE = re.compile(r"([A-Za-z][\w\-/.@^²' ]*)[\W_]*$")
"""The words that stand right before a value."""
_DECIMAL = re.compile(r"\d\.\d|\d%|\d[eE]-\d")
_COUNTERS = frozenset(
    "epoch epochs step steps iter iteration batch round fold ep it e i j n t".split()
)
_ELSE = BLOCKED | frozenset(
    "time took seconds secs elapsed eta duration speed lr rate momentum alpha epoch step iteration iter batch fold"
    " round size at best_epoch after every from to by than".split()
)
"""Words that lead up to something else than a metric's value, whatever the value is called."""
_CHANGED = frozenset("decreased increased improved reduced dropped from previous".split())
"""Words behind which stands what was before: ``loss decreased (0.5 --> 0.4)``."""
_WORKS_OUT = frozenset("compute calculate calc get evaluate eval check measure".split())
_OF_ROWS = frozenset("train training test testing val valid validation dev set".split())
_AROUND = frozenset("float round abs str int format".split())


class Template(NamedTuple):
    """How a line is found, and (name, strength) of the metrics among its numbers, in order."""

    pattern: re.Pattern[str]
    metrics: list[tuple[str, int]]


def unread(text: str, points: Sequence[Point]) -> bool:
    """Whether lines of a text hold more numbers with decimals than were read."""
    found: dict[int, int] = {}
    for point in points:
        found[point.line] = found.get(point.line, 0) + 1
    return any(
        "." in line and len(_DECIMAL.findall(line)) > found.get(number, 0)
        for number, line in enumerate(text.split("\n")[:MAX_LINES])
    )


def by_template(text: str, tops: Sequence[ast.AST], known: Sequence[Point] = ()) -> list[Point]:
    """The metrics among the numbers that the prints in these trees have written, but those that are ``known``."""
    templates = list(_templates(tops))
    points: list[Point] = []
    read: dict[int, list[Point]] = {}
    for point in known:
        read.setdefault(point.line, []).append(point)
    for number, whole in enumerate(text.split("\n")[:MAX_LINES] if templates else ()):
        line = BLANKS.sub(" ", whole.rsplit("\r", 1)[-1]).strip()
        if not line or len(line) > MAX_LINE or series.of_item(line):
            continue
        for pattern, metrics in templates:
            found = pattern.fullmatch(line)
            if found is None:
                continue
            step, _ = series.step_of(line)
            told = read.get(number, [])
            numbers = [found.group(f"m{place}") for place in range(len(metrics))]
            for place in _untold(numbers, [name for name, _ in metrics], told):
                value, behind = numbers[place], line[found.end(f"m{place}") :].lstrip()
                if behind.startswith("/") and value.isdigit():
                    continue  # a count of a whole
                name, strength = metrics[place]
                percent, decimals = behind[:1] == "%", decimals_of(value)
                points.append(Point(name, float(value), step, number, decimals, percent, strength))
            break
    return points


def _untold(numbers: list[str], names: list[str], told: list[Point]) -> list[int]:
    """The places of the numbers of a line that none of its points tells, of which each tells one: first that of its name."""
    left, open_ = list(told), list(range(len(numbers)))
    for by_name in (True, False):
        for place in list(open_):
            value, decimals = float(numbers[place]), decimals_of(numbers[place])
            for one in left:
                named = one.name.lower() == names[place].lower()
                if (named or not by_name) and rounds_to(one.value, value, decimals):
                    left.remove(one)
                    open_.remove(place)
                    break
    return open_


def _templates(tops: Sequence[ast.AST]) -> Iterator[Template]:
    """The lines with metrics in them that these trees print."""
    count = 0
    for top in tops:
        bound = bound_in(top)
        for node in ast.walk(top):
            if isinstance(node, ast.Call) and call_name(node) in WRITES:
                for line in lines(spelt_out(printed(node), bound)):
                    found = _template(line, bound, led=call_name(node) not in ("print", "write"))
                    if found is not None and count < MAX_TEMPLATES:
                        count += 1
                        yield found


def _template(line: list[Piece], bound: Mapping[str, ast.expr], led: bool) -> Template | None:
    """``led``: something else may stand before it, as before the message of a logger."""
    texts, holes = in_turn(line)
    metrics: list[tuple[str, int]] = []
    spelt, free = (".*?", 1) if led else ("", 0)
    for place, hole in enumerate(holes):
        before, after = texts[place], texts[place + 1]
        if hole is REST:
            spelt += "(?:, .*?)?"
            continue
        if not before and place:
            return None
        name, strength = _metric(before, hole.value, after, bound)
        counter = isinstance(hole.value, ast.Name) and hole.value.id in _COUNTERS
        number = hole.numeric or counter
        free += not (name or number)
        spelt += re.escape(before if place else before.lstrip())
        if name:
            spelt += f" ?{_BEFORE}(?P<m{len(metrics)}>{_NUMBER}){_BEHIND}"
            metrics.append((name, strength))
        else:
            spelt += f" ?{_BEFORE}{_NUMBER}{_BEHIND}" if number else ".*?"
    if not metrics or free > MAX_TEXTS:
        return None
    return Template(re.compile(spelt + re.escape(texts[-1].rstrip())), metrics)


def _metric(
    before: str, value: ast.expr, after: str, bound: Mapping[str, ast.expr]
) -> tuple[str, int]:
    """Name and strength of the metric that a value is between these words; ``("", 0)`` of none."""
    if not _WORD.search(before):
        return _own(value, bound)
    last = re.split(r"[:=,;|()\[\]]\s*(?=\w)", before)[-1]
    phrase = _PHRASE.search(last)
    if phrase and last[: phrase.start()].rstrip().endswith(("+", "*")):
        return "", 0  # `loss + penalty: 0.4` is the value of a formula
    label = re.sub(r"(?:\s(?:of|is|was))+$", "", phrase[1].strip()) if phrase else ""
    own = _own(value, bound) if _is_value(value) else _called(value, label)
    both = "/" in label and after.strip()[:1] == "/"  # `train/val loss: 0.5/0.6`
    said = words(label)
    if said and said[-1] in _CHANGED:
        return "", 0
    named = series.metric_named(label) if label and not both else None
    if named is not None and not _is_counted(value):
        return named
    if not own[0] or (said and (said[-1] in _ELSE or any(one in BLOCKED for one in said))):
        return "", 0
    return own


def _own(value: ast.expr, bound: Mapping[str, ast.expr]) -> tuple[str, int]:
    """Name and strength of the metric that a value is by its name or by what it was bound to: ``err``, ``l`` of ``l = F.mse_loss(p, y)``,
    ``loss_mean`` of ``np.mean(losses[-10:])``; of strength 0 where no word and no name says for certain that it is one."""
    if isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Subscript):
        rows = value.args[0].value
        average = average_of(ast.Call(value.func, [rows], value.keywords))
        if average and isinstance(value.args[0].slice, ast.Slice):
            return average, metric_strength(average)
    name = metric_in(value, bound)
    if not name and manual_metric(value):
        return manual_metric(value) or "", 0
    divided = isinstance(value, ast.BinOp) and _is_value(value)
    plain = plain_name(value.left if divided and isinstance(value, ast.BinOp) else value)
    if name or not plain:
        return name, metric_strength(name)
    return (plain if metric_strength(plain) == 1 else _worked_out(bound.get(plain))), 0


def _called(value: ast.expr, label: str) -> tuple[str, int]:
    """Name and strength of the metric that a function named after it gives, where the words before it say of which rows alone:
    ``train_accuracy`` of ``"Train: %.1f" % compute_accuracy(model, loader)``."""
    rows = words(label)
    while isinstance(value, ast.Call) and call_name(value) in _AROUND and value.args:
        value = value.args[0]
    if not isinstance(value, ast.Call) or not rows or not _OF_ROWS.issuperset(rows):
        return "", 0
    metric = function_metric(call_name(value))
    said = [one for one in words(metric) if one not in _WORKS_OUT]
    return ("_".join((*rows, *said)), 1) if metric else ("", 0)


def _worked_out(value: ast.expr | None) -> str:
    """The metric that a function named after it gives, also summed up, or that is written out by hand."""
    if value is None:
        return ""
    manual = manual_metric(value)
    if manual in ("mse", "mae", "rmse"):
        return manual
    while (
        isinstance(value, ast.Call) and call_name(value) in ("sum", "mean", *_AROUND) and value.args
    ):
        value = value.args[0]
    if isinstance(value, (ast.GeneratorExp, ast.ListComp)):
        value = value.elt
    while isinstance(value, ast.Call) and call_name(value) in OF_THE_SAME:
        value = value.func.value if isinstance(value.func, ast.Attribute) else None
    return function_metric(call_name(value)) if isinstance(value, ast.Call) else ""


def _is_value(value: ast.expr) -> bool:
    """Whether it is the value of a name as it is, converted, in percent or averaged: ``loss.item()``, ``100 * acc``,
    ``total_loss / len(loader)``."""
    while True:
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and not value.args:
            if call_name(value) not in OF_THE_SAME:
                return False
            value = value.func.value
        elif isinstance(value, ast.Call) and call_name(value) in _AROUND and value.args:
            value = value.args[0]
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
            if not isinstance(value.right, ast.Name) and not _is_counted(value.right):
                return False
            value = value.left
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
            value = value.right if isinstance(value.left, ast.Constant) else value.left
        else:
            return isinstance(value, (ast.Name, ast.Attribute, ast.Subscript))


def _is_counted(value: ast.expr) -> bool:
    """Whether it cannot be a metric's value, whatever is said of it: a text, how many there are of something, or where."""
    if isinstance(value, ast.Call):
        return call_name(value) in ("len", "argmin", "argmax", "type", "range", "list", "join")
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
