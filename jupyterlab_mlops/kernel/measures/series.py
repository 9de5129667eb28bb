"""Metric values in printed lines. Pure: text in, points out.

Understood: ``Epoch 1/10 - loss: 0.34 - val_acc: 0.91``, ``step 100 | loss 2.31 | lr 1e-3``,
``Iteration 3, loss = 0.2``, ``[12]\\tvalid-rmse:0.41``, the postfix of a tqdm bar, Keras, Lightning and Hugging
Face lines and tables. Not taken: progress, times, rates, dates, sizes and anything without a metric's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from ..source.wording import words
from .dictionaries import entries_in, points_of
from .metric_names import singular
from .metrics import STRONG, WEAK, metric_strength, of_rank
from .phrases import LEAD, NUMBER, PART, counted, number_of, plain
from .points import TIME, Point, decimals_of
from .shapes import Shapes

_NAME = r"[A-Za-z][\w\-/.@^²()]*(?:'s)?(?: (?:@ )?[A-Za-z(][\w\-/@^²()]*(?:'s)?){0,9}"
_PAIR = re.compile(
    rf"(?P<name>{_NAME})\s*(?::|=|\bis\b|->|→)\s*(?:tensor\(|np\.float\d+\(|\((?=[\d.]+\s?%\))|\[\[?(?=[^\s,\[\]]+\]))?\s*(?P<number>{NUMBER})(?P<unit>\s?%)?(?P<after>[\w:/]?)"
)
_CUT = re.compile(
    r"\b((?:root|adjusted|balanced|weighted|normalized|symmetric|negative|non|train(?:ing)?|test|validation)\s)$",
    re.IGNORECASE,
)
"""A word before a name that is too long to be taken whole, without which it would say something else."""
_SPACED = re.compile(
    rf"^(?P<name>[A-Za-z][\w\-/]*(?: [a-z]\w*){{0,2}}) (?P<number>{NUMBER})(?P<unit>%)?$"
)
_BESIDE = re.compile(rf"([A-Za-z][A-Za-z \-]*[A-Za-z])\s+((?:{NUMBER})%?)(?=\s|$)")
_ROW = re.compile(rf"(?:{_BESIDE.pattern}\s*)+")
"""Nothing but labels with a number behind each, padded: ``train loss    0.5   test loss    0.4``."""
_STEP = re.compile(
    r"\b(?P<word>epochs?|steps?|iter(?:ation)?s?|batch(?:es)?|rounds?|ep|it|fold|generation|gen)\b"
    r"[\s:=#\[(]*(?P<number>\d+)(?!\d|\.\d)",
    re.IGNORECASE,
)
NUMBERS = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")
"""Numbers standing alone in text."""
_SAYS_VALUES = re.compile(r"[:=]|(?<!\w)\d")
_BRACKET_STEP = re.compile(r"^\s*\[(\d+)\]")
_LEADING_STEP = re.compile(r"^\s*(\d+)\s*(?:[:|,\t-]|\s{1,3}(?=[A-Za-z(]))\s*")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BAR = re.compile(
    r"\d+%\|[^|]*\|\s*\d+/\d+\s*\[[^\]]*?(?:,\s*(?P<postfix>[A-Za-z_][^\]]*=[^\]]*))?\]"
)
_AT = re.compile(r"\s(?:at|over|for|in|after|on)\s+$", re.IGNORECASE)
"""What stands between a metric and the step that it is of: ``loss at step 3: 0.5``."""
_STEP_NAMES = frozenset(
    "epoch epochs step steps iter iters iteration iterations batch batches round rounds it ep fold generation gen".split()
)
_OF_ITEM = re.compile(
    r"^\W*(?:feature|column|variable|attribute|word|term|token|document|movie|item)\b[^:=]{0,30}[:=]"
    r"[^:=]{1,60}\b(?:scores?|v|evidence|correlation|completeness|coverage)\s?[:=]",
    re.IGNORECASE,
)
"""The score of a feature, a word, a document: ``Feature: 3, Score: 0.55``, which measures no model."""
_ALONE = re.compile(rf"\s*(?:{NUMBER})\s*")
_LABEL_ALONE = re.compile(r"\s*[A-Za-z][^:=]{2,80}:\s*")
_ERRORS = ("error", "loss", "mse")
"""What is decomposed into bias and variance."""
_SETTINGS = frozenset("lr learning_rate momentum alpha eta gamma beta lambda temperature".split())
_OF = re.compile(r"\s(?:of|for|on)\s")
"""What stands between a metric and what it is of: ``accuracy for class plane``."""
_PREPOSITIONS = frozenset("in after at from by with since".split())
"""What a phrase about something else ends with: ``Finished squared error in: 0.12``."""
_KINDS = frozenset("class fold cluster group category".split())
"""What a number is of that only says which one: ``ROC of class 0``."""
_ENDLESS = re.compile(r"[A-Za-z][\w\-/.@^²()]{200}")
"""More than a name: a sequence of amino acids, an encoded image. As a name it would be tried from each letter on."""
_NODE = re.compile(r"\s*\w+ \[label=")
"""A node of a graph as Graphviz reads it, of a tree whose impurities are no measurements."""
MAX_LINES = 20_000


def parse(text: str, header: list[str] | None = None, *, led: bool = False) -> list[Point]:
    """The metric values in printed text, in the order printed. ``header``: that of a table which began before; ``led``: a
    line that begins with a part of the data is of it, also where no other line is of another one.

    Carriage returns are honoured: of a line that a progress bar overwrites only the last state counts.
    """
    points: list[Point] = []
    leads: dict[int, str] = {}
    table = header
    shapes = Shapes(_line)
    lines = text.split("\n")[:MAX_LINES]
    for number, written in enumerate(lines):
        raw = _below_label(written, lines[number - 1]) if number else written
        line = _ANSI.sub(
            "", raw.rsplit("\r", 1)[-1] if "\r" in raw.rstrip("\r") else raw.rstrip("\r")
        )
        if not line.strip() or _unreadable(line):
            table = None if not line.strip() else table
            continue
        names = _table_header(line)
        if names is not None:
            table = names
            continue
        if table is not None:
            row = _table_row(line, table, number)
            if row is not None:
                points.extend(row)
                continue
            if not set(line.strip()) <= set("-=|+─━┃│ "):
                table = None
        points.extend(shapes.points(line, number))
        lead = LEAD.match(line)
        if lead is not None:
            leads[number] = lead[1].lower()
    return _of_parts(_of_subjects(points), leads, led)


def _below_label(line: str, above: str) -> str:
    """``Test score: 0.5`` of a line that is nothing but a number, below one that is nothing but its label."""
    labelled = above.rstrip().endswith(":") and _ALONE.fullmatch(line)
    return f"{above} {line}" if labelled and _LABEL_ALONE.fullmatch(above) else line


def _unreadable(line: str) -> bool:
    """Whether no metrics are looked for in a line: it is too long, of a search's attempts, of a drawn tree, or of one
    feature or word."""
    if line.startswith("[CV") or len(line) > 2000 or _NODE.match(line) or of_item(line):
        return True
    return len(line) > 200 and _ENDLESS.search(line) is not None


def of_item(line: str) -> bool:
    """Whether a line tells the score of a feature, or of a word."""
    return _OF_ITEM.match(line) is not None


def _of_parts(points: list[Point], leads: dict[int, str], led: bool) -> list[Point]:
    """Points of lines that begin with different parts of the data, named after these where the names alone do not tell
    them apart: ``training_loss`` and ``test_loss`` of ``Training results: loss 0.2`` and ``Test results: loss 0.4``."""
    of: dict[str, set[str | None]] = {}
    for point in points:
        of.setdefault(point.name, set()).add(leads.get(point.line))
    return [
        replace(point, name=f"{lead}_{point.name}")
        if (lead := leads.get(point.line))
        and (led or len(of[point.name]) > 1)
        and not PART.search(point.name)
        else point
        for point in points
    ]


def _of_subjects(points: list[Point]) -> list[Point]:
    """Points of lines that are of one thing each, named after it: ``acc`` of ``RF loss: 0.2, acc: 0.9`` is ``RF_acc``
    where another line says ``SVM loss: 0.4, acc: 0.8``."""
    lines: dict[int, list[Point]] = {}
    for point in points:
        lines.setdefault(point.line, []).append(point)
    alike: dict[tuple[str, ...], list[list[Point]]] = {}
    for line in lines.values():
        if len(line) > 1:
            alike.setdefault(tuple(point.name for point in line[1:]), []).append(line)
    named: dict[Point, Point] = {}
    for group in alike.values():
        subjects = _told_apart([line[0].name for line in group])
        for line, subject in zip(group, subjects):
            named.update((one, replace(one, name=f"{subject}_{one.name}")) for one in line[1:])
    return [named.get(point, point) for point in points]


def _told_apart(names: list[str]) -> list[str]:
    """What names have before the words that they all end with: ``train`` and ``val`` of ``train_loss`` and
    ``val_loss``; nothing if they are not told apart so."""
    if len(set(names)) < 2:
        return []
    parts = [name.split("_") for name in names]
    shared = 0
    while (
        all(len(one) > shared + 1 for one in parts)
        and len({one[-1 - shared] for one in parts}) == 1
    ):
        shared += 1
    return ["_".join(one[:-shared]) for one in parts] if shared else []


def open_header(text: str, before: list[str] | None = None) -> list[str] | None:
    """The header of the table that the text ends in, for rows that another statement prints; ``before``: the one
    that was open when the text began."""
    header = before
    for line in text[-4000:].split("\n"):
        if line.strip():
            names = _table_header(line)
            rule = set(line.strip()) <= set("-=|+─━┃│_ ")
            row = header is not None and _table_row(line, header, 0) is not None
            header = names or (header if rule or row else None)
    return header


def bare(
    text: str, prints: list[list[str]], ends: Iterable[str] = (), *, parts: bool = False
) -> list[Point]:
    """Lines of nothing but numbers, as ``print(epoch, loss)`` makes them, by the names of the arguments; ``ends``:
    what stands between them instead of a line's end, as of ``print(loss, end="; ")``; ``parts``: also behind the part
    of the data that they are of, as of ``print(split, loss)``."""
    points: list[Point] = []
    single = [one for one in prints if len(one) == 1 and singular(one[0]) == one[0]]
    for number, line in enumerate(text.split("\n")[:MAX_LINES]):
        pieces = [line]
        for end in ends:
            pieces = [piece for one in pieces for piece in one.split(end)]
        column = 0
        for piece in pieces:
            column = line.find(piece, column)
            found = _bare_line(piece.split(), prints, number, parts) or _bare_line(
                number_of(piece) if single else [], single, number, parts
            )
            points.extend(replace(one, column=column) if column else one for one in found)
            column += len(piece)
    return points


def _bare_line(cells: list[str], prints: list[list[str]], number: int, parts: bool) -> list[Point]:
    names = next((one for one in prints if len(one) == len(cells)), None)
    if names is None:
        return []
    part = ""
    if parts and len(cells) > 1 and not names[0] and PART.fullmatch(cells[0].rstrip(":")):
        part, cells, names = f"{cells[0].rstrip(':').lower()}_", cells[1:], names[1:]
    if not cells or not all(re.fullmatch(NUMBER, cell) for cell in cells):
        return []
    step = int(cells[0]) if not names[0] and re.fullmatch(r"\d+", cells[0]) else None
    return [
        Point(
            part + name,
            float(cell),
            step,
            number,
            len(cell.partition(".")[2].lower().partition("e")[0]),
            strength=1 if metric_strength(name) == 1 else 2,
        )
        for name, cell in zip(names, cells)
        if name
    ]


def _line(line: str, number: int) -> list[Point]:
    bar = _BAR.search(line)
    if bar is not None:
        line = (
            (bar.group("postfix") or "")
            if not line[: bar.start()].strip()
            else line[: bar.start()] + (bar.group("postfix") or "")
        )
    before, entries = entries_in(line.strip())
    step = step_of(before)[0] if entries else None
    found = points_of(entries, number) if entries else []
    if found or (entries and not before):
        return [replace(one, step=one.step or step) for one in found]
    return _plain_line(before, number)


def _plain_line(line: str, number: int) -> list[Point]:
    line = counted(line)
    step, found_step = step_of(line)
    if found_step:
        before, _, after = line.partition(found_step)
        line = f"{_AT.sub('', before)} {after}"
    line = plain(line)
    found: list[Point] = []
    for match in _PAIR.finditer(line):
        if line[: match.start()].rstrip().endswith(("+", "*")):
            continue  # `loss + penalty = 0.4` is the value of a formula
        cut = _CUT.search(line[: match.start()])
        point = _point(
            f"{cut[1] if cut else ''}{match.group('name')}",
            match.group("number"),
            match.group("unit"),
            match.group("after"),
            step,
            number,
        )
        if point is not None:
            found.append(point)
    found += _decomposed(line, found, step, number)
    if step is not None or "|" in line or "," in line or "." in line:
        pairs = _BESIDE.findall(line) if not found and _ROW.fullmatch(line.strip()) else []
        padded = step is not None or len(pairs) > 1  # a single one may be an entry of a table
        parts = re.split(r"[|,;]|\s-\s|\t", line)
        for part in map(" ".join, pairs) if pairs and padded else parts:
            match2 = None if found and _PAIR.search(part) else _SPACED.match(part.strip(" :-"))
            if match2 is not None:
                point = _point(
                    match2.group("name"),
                    match2.group("number"),
                    match2.group("unit"),
                    "",
                    step,
                    number,
                )
                if point is not None:
                    found.append(point)
    return found


def _decomposed(line: str, found: list[Point], step: int | None, number: int) -> list[Point]:
    """Bias and variance where a line says an error and both of them; elsewhere they are parameters, or the data's."""
    if not any(one.name.endswith(_ERRORS) for one in found):
        return []
    parts = [
        Point(
            _clean(match["name"]),
            float(match["number"]),
            step,
            number,
            decimals_of(match["number"]),
            strength=1,
        )
        for match in _PAIR.finditer(line)
        if words(_clean(match["name"]))[:1] in (["bias"], ["bias2"], ["var"], ["variance"])
    ]
    return parts if len({words(one.name)[0][:3] for one in parts}) > 1 else []


def step_of(line: str) -> tuple[int | None, str]:
    """The step that a line is of, and the words that say so."""
    match = _STEP.search(line)
    if match is not None:
        end = match.end()
        tail = re.match(r"\s*/\s*\d+[\])]?", line[end:])
        return int(match.group("number")), match.group(0) + (tail.group(0) if tail else "")
    bracket = _BRACKET_STEP.match(line)
    if bracket is not None:
        return int(bracket.group(1)), bracket.group(0)
    leading = _LEADING_STEP.match(line)
    if leading is not None and re.search(r"[A-Za-z]", line):
        return int(leading.group(1)), leading.group(0)
    return None, ""


def _point(
    name: str, number: str, unit: str | None, after: str | None, step: int | None, line: int
) -> Point | None:
    if after and after in ":/" and after != "":
        return None  # a time of day, a fraction, a date
    if after and after.isalpha() and after not in "e":
        return None  # 12s, 3ms, 5k
    named = metric_named(name)
    if named is None:
        return None
    clean, strength = named
    lowered = number.lower().lstrip("+-")
    value = float(number)
    if lowered in ("nan", "inf") and strength < 2:
        return None
    decimals = decimals_of(number)
    return Point(clean, value, step, line, decimals, bool(unit), strength)


@lru_cache(maxsize=4096)
def metric_named(name: str) -> tuple[str, int] | None:
    """The metric that a label names, and how surely it is one; None of no metric. A loop prints the same few again and
    again."""
    clean = _clean(name)
    parts = words(of_rank(clean))
    if (
        not parts
        or parts[-1] in _STEP_NAMES
        or clean.lower() in _SETTINGS
        or parts[-1] in _SETTINGS
    ):
        return None
    if TIME.search(name) or parts[-1] in _PREPOSITIONS or parts[-1] in _KINDS:
        return None
    strength = metric_strength(clean)
    if not strength:
        return None
    if (
        len(parts) > 1
        and parts[-1] not in STRONG | WEAK
        and not any(_metric_word(p) for p in parts[-3:])
        and "".join(parts[-2:]) not in STRONG | WEAK
        and metric_strength(_OF.split(" ".join(parts), 1)[0]) < 2
    ):
        return None
    return clean, strength


def _metric_word(word: str) -> bool:
    return word in STRONG or word in WEAK or word.rstrip("0123456789") in STRONG or word in (
        "set", "data", "test", "train", "val", "validation", "training", "mean", "std", "avg", "average", "macro", "micro", "residual", "residuals"
    )  # fmt: skip


def _clean(name: str) -> str:
    """``Test set accuracy`` → ``test_set_accuracy``; ``R^2 (test)`` → ``R2_test``; plain identifiers stay."""
    name = re.sub(r"\s*@\s*", "@", name.strip().rstrip("(-.").strip())
    name = name.replace("'s", "").replace("^2", "2").replace("²", "2").replace("**2", "2")
    if re.fullmatch(r"[\w\-/.@]+", name):
        name = name.strip("-./@")
        return name.lower() if name.istitle() or name.isupper() else name
    return (
        re.sub(r"[^\w@/]+", "_", name)
        .strip("_")
        .lower()
        .removesuffix("_is")
        .removeprefix("and_")
        .removeprefix("with_")
        .removeprefix("the_")
    )


def _table_header(line: str) -> list[str] | None:
    """Column names of a printed table that has a step column and a metric column, or a label and two metrics."""
    if _SAYS_VALUES.search(line):
        return None
    cells = _cells(line)
    if len(cells) < 2:
        return None
    names = [cell.lower() for cell in cells]
    stepped = any(words(name) and words(name)[0] in _STEP_NAMES for name in names)
    metric = any(metric_strength(cell.replace(" ", "_")) == 2 for cell in cells)
    if stepped and metric:
        return cells
    measured = sum(metric_strength(cell.replace(" ", "_")) > 0 for cell in cells[1:])
    labelled = len(cells) >= 3 and not metric_strength(cells[0].replace(" ", "_"))
    return cells if labelled and metric and measured >= 2 else None


def _cells(line: str) -> list[str]:
    line = line.strip().strip("|│┃").strip()
    parts = re.split(r"\s*[|│┃]\s*|\t+|\s{2,}", line)
    return [part.strip() for part in parts if part.strip()]


def _table_row(line: str, header: list[str], number: int) -> list[Point] | None:
    cells = _cells(line)
    if len(cells) != len(header):
        return None
    step: int | None = None
    found = []
    labelled = not any(words(name) and words(name)[0] in _STEP_NAMES for name in header)
    for place, (name, cell) in enumerate(zip(header, cells)):
        if labelled and place == 0 and re.match(r"[A-Za-z]", cell):
            continue
        if not re.fullmatch(rf"(?:{NUMBER})%?|No log|-|\d+/\d+|[\d.]+s", cell):
            return None
        first = words(name)[:1]
        if first and first[0] in _STEP_NAMES:
            digits = re.match(r"\d+", cell)
            step = int(digits.group(0)) if digits and step is None else step
            continue
        clean = _clean(name)
        if metric_strength(clean) and re.fullmatch(rf"{NUMBER}%?", cell) and not TIME.search(name):
            digits_after = len(cell.rstrip("%").split(".")[1]) if "." in cell else 0
            found.append(
                Point(
                    clean, float(cell.rstrip("%")), step, number, digits_after, cell.endswith("%")
                )
            )
    return [Point(p.name, p.value, step, p.line, p.decimals, p.percent) for p in found]
