"""PURE: what changed between two candidates, or between a candidate and the notebook as it is now."""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..entities import Candidate
from .likeness import most_alike

#: The longest name made of differences, how many of them it names, and how long a value may be in it.
TITLE_LENGTH = 60
TITLE_PARTS = 3
VALUE_LENGTH = 14
_SEEDS = ("random_state", "seed", "random_seed")
#: Classes that hold, mark or draw data: that the code makes one more of them says nothing of a model.
_HOLD = frozenset(
    "DataFrame Series Index MultiIndex Categorical Timestamp Timedelta DateOffset Path Counter OrderedDict Decimal Fraction"
    " Figure FigureWidget Axes GridSpec Line2D Patch Rectangle Circle Ellipse Polygon Normalize ListedColormap"
    " LinearSegmentedColormap FuncFormatter Scatter Bar Layout HTML Markdown Image Console Table".split()
)
#: An edited cell has at least so much of the one before.
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Changed:
    """A value before and after; None where there was or is none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class MetricDelta:
    """A metric of both candidates."""

    name: str
    before: float
    after: float

    @property
    def delta(self) -> float:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed. Cells are counted; ``calls`` are names of classes that the code uses or no more."""

    params: tuple[Changed, ...]
    cells_added: int
    cells_removed: int
    cells_changed: int
    calls: tuple[Changed, ...]
    packages: tuple[Changed, ...]
    data: tuple[Changed, ...]
    metrics: tuple[MetricDelta, ...]

    @property
    def sets(self) -> bool:
        """Whether something was set anew or added. What is only gone, or edited, does not say what the candidate is."""
        return any(
            item.after and (item.before or not _is_seed(item)) for item in self.params
        ) or any(item.after is not None for item in self.calls)

    @property
    def title(self) -> str:
        """A short name for the later candidate: ``lr 0.1→0.03 · +StandardScaler``; '' when nothing changed."""
        changed = [item for item in _once(self.params) if item.before and item.after]
        others = [item for item in self.params if not (item.before and item.after)]
        seeds = [item for item in changed if _is_seed(item)]
        parts = [_shown(item) for item in changed if item not in seeds]
        parts += [_shown(item) for item in self.calls]
        parts += [_shown(item) for item in others if not _is_seed(item)]
        parts += [_shown(item) for item in seeds]
        if not parts and self.data:
            parts.append(f"data {self.data[0].name.rsplit('/', 1)[-1]}")
        if not parts and self.packages:
            parts += [_shown(item) for item in self.packages]
        if not parts:
            parts += self._cells()
        shown: list[str] = []
        for part in parts[:TITLE_PARTS]:
            if shown and len(" · ".join([*shown, part])) > TITLE_LENGTH:
                break
            shown.append(part[:TITLE_LENGTH])
        rest = len(parts) - len(shown)
        return " · ".join([*shown, *([f"+{rest} more"] if rest else [])])

    def _cells(self) -> list[str]:
        """What was done to cells, in words, the most telling alone."""
        done = (
            (self.cells_changed, "edited"),
            (self.cells_added, "added"),
            (self.cells_removed, "removed"),
        )
        told = (f"{count} cell{'s' if count > 1 else ''} {what}" for count, what in done if count)
        return list(told)[:1]


def title_apart(name: str, settings: Sequence[tuple[str, str]]) -> str:
    """The name of one of several that a loop has made: ``growth flat · m · Prophet``; '' if no settings tell them apart.

    What tells them apart comes first: a narrow panel cuts the rest. Pure."""
    shown: list[str] = []
    # A loop's variable says again what the setting is that it was given as.
    once = {value: key for key, value in reversed(settings)}
    told = [(key, value) for key, value in settings if once[value] == key]
    for part in (f"{key} {value}" for key, value in told[:TITLE_PARTS]):
        if shown and len(" · ".join([*shown, part])) > TITLE_LENGTH:
            break
        shown.append(part[:TITLE_LENGTH])
    return " · ".join([*shown, name]) if shown else ""


@dataclass(frozen=True, slots=True)
class Now:
    """How a notebook differs from what a candidate was made from, before anything runs."""

    summary: str
    changes: tuple[str, ...]
    changed_cells: int


def between(
    before: Candidate,
    after: Candidate,
    *,
    code_before: Sequence[str] = (),
    code_after: Sequence[str] = (),
    packages_before: Mapping[str, str] | None = None,
    packages_after: Mapping[str, str] | None = None,
) -> Differences:
    """What changed from ``before`` to ``after``. Code: the executed sources in order."""
    added, removed, changed = count_cells(code_before, code_after)
    metrics = []
    for name, metric in after.metrics.items():
        other = before.metrics.get(name)
        if other is not None and not _same_number(other.value, metric.value):
            metrics.append(MetricDelta(name, other.value, metric.value))
    return Differences(
        params=_changed(
            {param.name: param.value for param in before.params.values()},
            {param.name: param.value for param in after.params.values()},
        ),
        cells_added=added,
        cells_removed=removed,
        cells_changed=changed,
        calls=_changed_calls(code_before, code_after),
        packages=(
            _changed(packages_before, packages_after)
            if packages_before is not None and packages_after is not None
            else ()
        ),
        data=_changed(
            {item.path: item.sha256 for item in before.inputs},
            {item.path: item.sha256 for item in after.inputs},
        ),
        metrics=tuple(metrics),
    )


def now(executed: Sequence[str], cells: Sequence[str]) -> Now:
    """How the code cells of a notebook differ from the sources that a candidate was made from, in order.

    Cells that the candidate does not depend on and that are as they were do not count: only those
    that were edited, or that it was made from and that are gone.
    """
    present = [cell for cell in cells if cell.strip()]
    ran = {source.strip() for source in executed}
    there = {cell.strip() for cell in present}
    gone = [source for source in executed if source.strip() not in there]
    new = [cell for cell in present if cell.strip() not in ran]
    pairs = _pairs(gone, new)
    return _told(pairs, deleted=len(gone) - len(pairs))


def now_beside(executed: Sequence[str], cells: Sequence[str], latest: Sequence[str]) -> Now:
    """As :func:`now`, for a candidate that was made beside the latest one: what that one was made from does not
    count here, nor does what is gone."""
    elsewhere = {source.strip() for source in latest}
    ran = {source.strip() for source in executed} | elsewhere
    there = {cell.strip() for cell in cells} | elsewhere
    gone = [source for source in executed if source.strip() not in there]
    new = [cell for cell in cells if cell.strip() and cell.strip() not in ran]
    return _told(_pairs(gone, new), deleted=0)


def _told(pairs: Sequence[tuple[str, str]], deleted: int) -> Now:
    literals = _changed(
        _literals([old for old, _ in pairs]), _literals([cell for _, cell in pairs])
    )
    calls = _changed_calls([old for old, _ in pairs], [cell for _, cell in pairs])
    changes = [_shown(item) for item in (*literals, *calls)]
    if deleted:
        changes.append(f"{deleted} cell{'s' if deleted > 1 else ''} removed")
    count = len(pairs) + deleted
    if not changes and count:
        changes.append(f"{count} cell{'s' if count > 1 else ''} edited")
    return Now(" · ".join(changes[:TITLE_PARTS]), tuple(changes), count)


def count_cells(before: Sequence[str], after: Sequence[str]) -> tuple[int, int, int]:
    """(added, removed, changed) cells between two sequences of sources. A changed one is like what it was."""
    left = [source.strip() for source in before if source.strip()]
    right = [source.strip() for source in after if source.strip()]
    added = removed = changed = 0
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag != "equal":
            same = len(_pairs(left[a0:a1], right[b0:b1]))
            changed += same
            removed += a1 - a0 - same
            added += b1 - b0 - same
    return added, removed, changed


def _pairs(gone: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Sources that are gone, each with the new cell that is most like it; those like none are left out."""
    left = list(new)
    pairs: list[tuple[str, str]] = []
    for source in gone:
        place = most_alike(source, left, least=ALIKE)
        if place is not None:
            pairs.append((source, left.pop(place)))
    return pairs


def _literals(sources: Sequence[str]) -> dict[str, str]:
    """Literals that the sources bind or pass: ``lr = 0.1`` and ``Ridge(alpha=2)`` by their names."""
    found: dict[str, str] = {}
    for source in sources:
        for node in ast.walk(_parsed(source)):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name) and (text := _literal(node.value)) is not None:
                    found[target.id] = text
            elif isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg and (text := _literal(keyword.value)) is not None:
                        found[keyword.arg] = text
    return found


def _literal(node: ast.expr) -> str | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else repr(value)


def _changed_calls(before: Sequence[str], after: Sequence[str]) -> tuple[Changed, ...]:
    """Classes that the code makes objects of now and did not before, and the other way round."""
    left, right = _classes(before), _classes(after)
    return (
        *(Changed(name, None, "") for name in sorted(right - left)),
        *(Changed(name, "", None) for name in sorted(left - right)),
    )


def _classes(sources: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for source in sources:
        for node in ast.walk(_parsed(source)):
            if isinstance(node, ast.Call):
                name = str(getattr(node.func, "id", "") or getattr(node.func, "attr", ""))
                if name[:1].isupper() and name not in _HOLD:
                    found.add(name)
    return found


def _parsed(source: str) -> ast.AST:
    """The syntax tree; lines with magics are left out, what is no Python is empty."""
    lines = ["pass" if line[:1] in ("%", "!") else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Changed, ...]:
    names = sorted(before.keys() | after.keys())
    return tuple(
        Changed(name, before.get(name), after.get(name))
        for name in names
        if not _same_text(before.get(name), after.get(name))
    )


def _same_text(left: str | None, right: str | None) -> bool:
    if left == right:
        return True
    try:
        return left is not None and right is not None and _same_number(float(left), float(right))
    except ValueError:
        return False


def _same_number(left: float, right: float) -> bool:
    return left == right or (math.isnan(left) and math.isnan(right))


def _once(params: Sequence[Changed]) -> list[Changed]:
    """Without settings of a pipeline's step that say what a shorter name says: ``model__C`` beside ``C``."""
    told = {(item.name, item.before, item.after) for item in params}
    return [
        item
        for item in params
        if "__" not in item.name
        or (item.name.rpartition("__")[2], item.before, item.after) not in told
    ]


def _is_seed(item: Changed) -> bool:
    """Whether a param is where chance begins, which says little of a model."""
    return item.name.rpartition("__")[2].rpartition(".")[2].lower() in _SEEDS


def _shown(item: Changed) -> str:
    if item.before is None:
        return f"+{item.name}" + (f" {_short(item.after)}" if item.after else "")
    if item.after is None:
        return f"−{item.name}"
    return f"{item.name} {_short(item.before)}→{_short(item.after)}"


def _short(value: str | None) -> str:
    text = " ".join((value or "").split())
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        if len(text) > 8 and math.isfinite(number):
            text = f"{number:.4g}"
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"
