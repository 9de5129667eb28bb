"""Metrics in what a statement printed, where no call and no name has told them already."""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from types import CodeType
from typing import Any

from ..candidates import Candidates
from ..cells.frames import NamespaceScope, World
from ..cells.objects import object_at
from ..cells.observe import Watched
from ..cells.rounds import rounds_of
from ..cells.running import Execution, Running
from ..link.output import DRAWN
from ..source.dataflow import NONE, Refs, refs_of
from ..source.syntax import call_name
from ..source.usercode import is_own_class
from ..source.wording import words
from . import indexed, series
from .filled import printed_by_steps
from .labelled import labelled
from .learners import own_metric
from .metric_names import related, says_class_of, spaced, unique_name
from .metrics import function_metric, metric_strength, real_scalar, tidy
from .named import counts
from .namesakes import of_several
from .phrases import without_attempts
from .pieces import WRITES
from .places import owners_by_place
from .points import Point, steps_of
from .prints import print_ends, printed_alone, printed_names, weighs
from .reporting import Reporter
from .returned import given_to
from .templates import by_template, unread
from .toys import Toys
from .twice import said_twice
from .values import Told, matches, rounds_to

MAX_BASES = 5
MAX_METHODS = 100
"""Of a class of the user's, those that are looked at."""
LOOP = 3
"""Values of one name, printed by one statement, that are the course of a loop."""
_COSTS = frozenset(
    "cost costs objective deviance likelihood reward rewards sse distortion heterogeneity".split()
)

_WHOLE = frozenset({"round", "floor", "ceil", "int", "trunc"})
_ERRORS = frozenset("error errors err errs".split())
_WRITE = frozenset("title set_title suptitle text annotate from_estimator from_predictions".split())


class Printed:
    """Reads printed lines."""

    def __init__(
        self, world: World, candidates: Candidates, reporter: Reporter, toys: Toys
    ) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter
        self.toys = toys
        self._header: list[str] | None = None
        """Of a printed table whose rows another statement of the cell may print."""

    def new_cell(self) -> None:
        """A cell begins: no table of another one goes on."""
        self._header = None

    def look(
        self, text: str, execution: Execution, running: Running, scope: NamespaceScope
    ) -> None:
        """Series and values in what the statement printed that no call or name has told already."""
        if running.told or not text or self._of_toys(running):
            return
        if running.trained:
            text = self._without_attempts(text, running)
        given: dict[Point, tuple[str, ...]] = {}
        alone = not running.compound and not running.trained
        points = series.parse(text, self._header, led=alone) + indexed.rows_of(text)
        self._header = series.open_header(text, self._header)
        if not points:
            tops = [running.node, *running.inner, *self._called(running)]
            named, ends = printed_names(tops), print_ends(tops)
            points = self._in_turn(series.bare(text, named, ends), text, tops)
            if not points and not running.compound:
                given = dict(_beside(running.node, text, self.world))
                points = list(given)
            beside = [one for one in named if len(one) > 1]
            points = points or series.bare(text, beside, ends, parts=True)
            points = points or by_template(text, tops)
        elif unread(text, points):
            tops = [running.node, *running.inner, *self._called(running)]
            points += by_template(text, tops, points)
        owners: dict[Point, str] = {}
        if self.world.registry.used:
            owners = dict(labelled(text, running, self.world, scope, {one.line for one in points}))
            points = [*points, *owners]
            if len(self.candidates.known) > 1 and not running.compound:
                owners |= owners_by_place(points, text, running.node, scope)
        if running.compound and weighs(running.node):
            points = [one for one in points if one.strength == 2]
        if not points:
            return
        values = [value for _, _, value in running.measured]
        reads = running.info.reads | running.info.binds
        held = [
            number
            for name in reads - self.reporter.sums
            if (number := real_scalar(self.world.namespace.get(name))) is not None
            and (metric_strength(name) or self.reporter.told(number))
        ]
        if _WHOLE & {*running.info.calls, *running.record.calls}:
            finite = [one for one in held if math.isfinite(one)]
            each = [one * scale for one in finite for scale in (1, 100)]
            held += [float(way(one)) for one in each for way in (round, math.floor, math.ceil)]
        measured, known = Told(values), Told((*values, *held))
        loop = running.compound or bool(running.trained)
        of_rounds = self._by_round(points, running) if running.compound else {}
        groups: dict[tuple[str | None, str], list[Point]] = {}
        for point in points:
            if not loop and (not reads - {"print"}):
                continue  # constant text
            if not loop and known.has(point):
                continue
            about = of_several(point.name, running, self.candidates)
            about = about or self._about(point, text, running)
            about = about or of_rounds.get(point)
            about = about if running.compound else owners.get(point, about)
            groups.setdefault((about, point.name), []).append(point)
        for key in said_twice(groups) if loop else ():
            del groups[key]
        strong = {point.line for point in points if point.strength == 2}
        """Lines that give a metric for certain: an ``err`` beside an ``acc`` is one too."""
        default: dict[bool, Refs[str]] = {}
        drawn = {at for at, line in enumerate(text.split("\n")) if line.startswith(DRAWN)}
        for (about, name), group in groups.items():
            if loop and sum(map(measured.has, group)) > 0.5 * len(group):
                continue
            if loop and any(related(name, other) for other in running.listed):
                continue
            refs = frozenset((about,)) if about else NONE
            if not refs:
                figure = group[-1].line in drawn
                if figure not in default:
                    default[figure] = self._printed_refs(running, scope, figure)
                refs = default[figure]
            owner = self.candidates.owner(refs)
            figure = group[-1].line in drawn
            if figure and owner is None:
                continue  # titles say again what was told, curves of equal scores say what they are
            again = figure or (not loop and group[0].decimals >= 4)
            if again and self._ends(group[0], owner, named=not figure):
                continue
            weak = owner is None and group[0].strength < 2
            if weak and not _descends(name, group, running.node):
                if not all(p.line in strong for p in group):
                    continue
            candidate = self.candidates.get(owner)
            kept = candidate.values if candidate else self.reporter.loose.values
            if not loop and any(matches(group[0], value) for _, value in kept):
                continue
            if loop and _said_before(name, group, kept, figure):
                continue  # `for name, value in scores.items(): print(name, value)`
            if candidate is not None and candidate.origin == "mlflow":
                continue
            if owner is None and self._restated(group, running, derived=bool(refs)):
                continue
            names = (candidate or self.reporter.loose).metric_names
            if names.get(tidy(name)) == ("series",) or spaced(name, names):
                continue  # the framework told the same series itself
            signature = given.get(group[0], ("printed",))
            if signature == ("printed",) and not running.compound:
                signature = self._by_function(running.node, names.get(tidy(name), ()))
            if running.compound:
                signature = self.reporter.of_loop(tidy(name), signature, owner, execution)
            source = "variable" if group[0] in given else "output"  # worked out, not only said
            unique = unique_name(
                tidy(name), signature, (candidate or self.reporter.loose).metric_names
            )
            if owner:
                execution.touched.add(owner)
            group[-1] = self._unrounded(name, group[-1], running, kept)
            told = [
                (unique, p.value, step) for p, step in zip(group, steps_of([p.step for p in group]))
            ]
            for start in range(0, len(told), 500):
                self.reporter.journal.metrics(
                    owner, told[start : start + 500], execution.msg_id, source
                )
            running.measured.extend((owner, name, p.value) for p in group)

    def _without_attempts(self, text: str, running: Running) -> str:
        """The text without the lines in which a library's search tells of what it tries; all that the user's own code prints."""
        own = any(self.world.own_function(name) is not None for name in running.info.calls)
        return without_attempts(text, timed=own or running.compound)

    def _by_function(self, node: ast.stmt, holder: tuple[str, ...]) -> tuple[str, ...]:
        """What tells apart what a function of the user's prints each time it is called: ``show_error(w, X_test)``. What
        is printed otherwise goes on with the series that has the name (``holder`` is its signature)."""
        call = node.value if isinstance(node, ast.Expr) else None
        given: tuple[str, ...] = ()
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            if self.world.own_function(call.func.id) is not None:
                values = (*call.args, *(one.value for one in call.keywords))
                given = tuple(one.id for one in values if isinstance(one, ast.Name))
        if given:
            return ("printed", *given)
        return holder if holder[:1] == ("printed",) else ("printed",)

    def _in_turn(self, points: list[Point], text: str, tops: list[ast.AST]) -> list[Point]:
        """Of lines of one number each those that are a metric's by their turn, where a loop prints other numbers alone as
        well: every second of ``print(gamma)`` and ``print(score(y, p))``. None, where the turns do not work out."""
        lookup = self.world.namespace.get
        blocks = [
            turns
            for block in printed_alone(tops)
            if (
                turns := [
                    name
                    for shown, name in block
                    if name or counts(shown) or real_scalar(object_at(shown, lookup)) is not None
                ]
            )
        ]
        names = {name for turns in blocks for name in turns}
        if "" not in names or len(names) < 2:
            return points
        alone = series.bare(text, [["alone"]])
        lines = {one.line for one in alone}
        others = [one for one in points if one.line not in lines]
        turns = blocks[0]
        if len(blocks) > 1 or len(alone) % len(turns):
            return others
        return others + [
            replace(point, name=turn, strength=1 if metric_strength(turn) == 1 else 2)
            for place, point in enumerate(alone)
            if (turn := turns[place % len(turns)])
        ]

    def _of_toys(self, running: Running) -> bool:
        """Whether a statement prints what tensors alone gave that stand in the notebook."""
        if running.compound or running.trained or self.candidates.current():
            return False
        return isinstance(running.node, ast.Expr) and self.toys.behind(running.node.value)

    def _restated(self, group: list[Point], running: Running, *, derived: bool) -> bool:
        """Whether values without one owner say again what was told of candidates. Of what derives from no model at all
        only several do (a captured log, the rows of a table): a single value may be the same by chance."""
        if derived:
            return self.reporter.restated(group[-1], derived=True)
        if running.trained or (running.compound and not all(map(_is_exact, group))):
            return False
        return len(group) >= (2 if running.compound else LOOP) and all(
            map(self.reporter.restated, group)
        )

    def _ends(self, point: Point, owner: str | None, *, named: bool) -> bool:
        """Whether a series of the candidate's ends with the value, which a title or ``print("final", losses[-1])`` says again;
        ``named``: only where the names say the same."""
        return any(
            of == owner and matches(point, value) and (not named or related(point.name, name))
            for of, name, value in self.reporter.ends
        )

    def _called(self, running: Running) -> list[ast.AST]:
        """The definitions of the user's functions that the statement may call, and of methods that print."""
        functions: dict[CodeType, None] = {}
        for name in sorted(self.candidates.lineage.reached(running.info.reads)):
            function = self.world.own_function(name)
            if function is not None:
                functions[function.__code__] = None
            else:
                functions.update(dict.fromkeys(_printing(self.world.namespace.get(name))))
        found = (self.world.trees.function(code) for code in functions)
        return [node for node in found if node is not None]

    def _unrounded(
        self, name: str, point: Point, running: Running, kept: Iterable[tuple[str, float]]
    ) -> Point:
        """The last point of a loop, whole where the loop has left the number in a name that says the same; an error that
        was told with its sign turned (``kept``) as it was worked out."""
        if not running.compound:
            turned = (-one for told, one in kept if one < 0 and "neg_" in told)
            exact = (one for one in turned if rounds_to(one, point.value, point.decimals))
            return replace(point, value=next(exact, point.value))
        for bound in sorted(running.info.binds):
            alike = related(bound, name) or (_is_exact(point) and metric_strength(bound))
            value = real_scalar(self.world.namespace.get(bound)) if alike else None
            if value is not None and value == value:
                if rounds_to(value, point.value, point.decimals):
                    return replace(point, value=value)
        return point

    @staticmethod
    def _about(point: Point, text: str, running: Running) -> str | None:
        marks = running.marks
        if not marks and len(running.asked_at) == 1 and not running.trained:
            marks = (
                running.asked
            )  # `for name, m in models.items(): print(name, np.mean(m.predict(X) == y))`
        if not marks or (marks is running.marks and _of_several(text, running)):
            return None
        offset = 0
        for _ in range(point.line):
            offset = text.find("\n", offset) + 1
        offset += point.column
        about = None
        for place, candidate in marks:
            if place <= offset:
                about = candidate
        return about or marks[0][1]

    def _by_round(self, points: list[Point], running: Running) -> dict[Point, str]:
        """The candidates of what a loop over a few values printed as often in each round, where it writes of one alone in
        each: ``for name in names: print(mae(y, table[f"pred_{name}"]))``."""
        if running.trained or len(self.candidates.known) < 2:
            return {}
        rounds = rounds_of(self.world, running)
        calls = [
            one for one in ast.walk(running.node) if isinstance(one, ast.Call) and _prints(one)
        ]
        owners = [{owner for call in calls for owner in refs_of(call, at)} for at in rounds]
        if not owners or any(len(one) != 1 for one in owners) or len(set.union(*owners)) < 2:
            return {}
        named: dict[str, list[Point]] = {}
        for point in points:
            named.setdefault(point.name, []).append(point)
        found: dict[Point, str] = {}
        for group in named.values():
            each, rest = divmod(len(group), len(rounds))
            if not rest:
                found |= {one: next(iter(owners[at // each])) for at, one in enumerate(group)}
        return found

    def _printed_refs(self, running: Running, scope: NamespaceScope, figure: bool) -> Refs[str]:
        """What is behind all that the statement prints, or writes into a figure."""
        if len(running.trained) == 1:
            return frozenset(running.trained)
        if running.compound:
            found = NONE
            for node in ast.walk(running.node):
                if isinstance(node, ast.Call) and (_draws(node) if figure else _prints(node)):
                    found |= refs_of(node, scope)
            return found
        value = getattr(running.node, "value", None)
        return refs_of(value, scope) if isinstance(value, ast.expr) else NONE


def _is_exact(point: Point) -> bool:
    """Whether it has three digits at least that say something."""
    return len(f"{abs(point.value):.{max(point.decimals, 0)}f}".replace(".", "").lstrip("0")) > 2


def _said_before(
    name: str, group: list[Point], kept: Collection[tuple[str, float]], figure: bool
) -> bool:
    """Whether all that is printed was kept before, by names that say the same; in a figure by any."""
    alike = {
        other: figure or related(name, other) or says_class_of(name, other)
        for other in {other for other, _ in kept}
    }
    return all(map(Told(value for other, value in kept if alike[other]).has, group))


def _printing(value: Any) -> Iterator[CodeType]:
    """The methods that print, of a class of the user's or of an object of one."""
    cls = value if isinstance(value, type) else type(value)
    for one in cls.__mro__[:MAX_BASES]:
        if one is object or not is_own_class(one):
            return
        for found in list(vars(one).values())[:MAX_METHODS]:
            method = getattr(
                found, "__func__", found.function if isinstance(found, Watched) else found
            )
            code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
            if isinstance(code, CodeType) and not WRITES.isdisjoint(code.co_names):
                yield code


def _prints(call: ast.Call) -> bool:
    return call_name(call) in ("print", "write", "set_postfix", "set_description")


def _draws(call: ast.Call) -> bool:
    """Whether a call writes into a figure, or draws what has a label."""
    return call_name(call) in _WRITE or any(one.arg == "label" for one in call.keywords)


def _of_several(text: str, running: Running) -> bool:
    """Whether a loop has trained several models and said nothing of any: what is printed then is of no one of them."""
    first, last = running.marks[0][0], running.marks[-1]
    sites = {key[0] for key, one in running.keys.items() if one == last[1]}
    looped = {one for key, one in running.keys.items() if key[0] in sites}
    return len(looped) > 1 and not text[first : last[0]].strip()


def _descends(name: str, group: list[Point], statement: ast.stmt) -> bool:
    """Whether it is printed again and again as a loop without a model does: ``cost: 3.2``, ``cost: 2.9``, … An error
    also may be that of a method that solves something: there the loop must learn by steps of a rate."""
    if len(group) < LOOP or (not group[0].strength and not printed_by_steps(statement)):
        return False
    named = set(words(name))
    return bool(_COSTS & named) or (bool(_ERRORS & named) and printed_by_steps(statement))


def _beside(statement: ast.stmt, text: str, world: World) -> list[tuple[Point, tuple[str, ...]]]:
    """``print("train", rmse(y, p))``: numbers printed by calls of functions that give a metric, each with what it
    was given."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call_name(call) != "print" or "\n" in text.strip():
        return []
    values = [one for one in call.args if not isinstance(one, ast.Constant)]
    names = [
        own_metric(world, one) or function_metric(call_name(one), weak=True)
        if isinstance(one, ast.Call)
        else ""
        for one in values
    ]
    shown = [one.value for one in call.args if isinstance(one, ast.Constant)]
    for constant in shown:
        text = text.replace(str(constant), " ", 1)
    numbers = series.NUMBERS.findall(text)
    if not any(names) or len(numbers) != len(values) or call.keywords:
        return []
    return [
        (
            Point(
                name,
                float(number),
                None,
                0,
                len(number.partition(".")[2]),
                strength=metric_strength(name),
            ),
            given_to(value),
        )
        for name, number, value in zip(names, numbers, values)
        if name
    ]
