"""Metrics in what a statement printed, where no call and no name has told them already."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from ..candidates import Candidates
from ..cells.frames import NamespaceScope, World
from ..cells.rounds import rounds_of
from ..cells.running import Execution, Running
from ..link.output import DRAWN
from ..source.dataflow import NONE, Refs, refs_of
from ..source.syntax import call_name
from ..source.wording import words
from .filled import printed_by_steps
from .lines import Lines
from .metric_names import related, says_class_of, spaced, spelt_alike, unique_name
from .metrics import metric_strength, real_scalar, tidy
from .namesakes import of_several
from .points import Point, steps_of
from .reporting import Reporter
from .toys import Toys
from .twice import said_twice
from .values import Told, matches, rounds_to

_AREA = re.compile(rf"{DRAWN}(.{{1,60}}?)\s*[(,:]\s*(?:AUC|AP|area)\b", re.IGNORECASE)
_DRAWN_AS = "\0"
"""Between the name of a metric and what the curve is called that it is of."""
MAX_LISTED = 1000
"""Values of a list of which the best is printed."""
LOOP = 3
"""Values of one name, printed by one statement, that are the course of a loop."""
_COSTS = frozenset(
    "cost costs objective deviance likelihood reward rewards sse distortion heterogeneity".split()
)

_WHOLE = frozenset({"round", "floor", "ceil", "int", "trunc"})
_ERRORS = frozenset("error errors err errs".split())
_WRITE = frozenset("title set_title suptitle text annotate from_estimator from_predictions".split())


class Printed:
    """Says the metrics in what statements print. One a kernel."""

    def __init__(
        self, world: World, candidates: Candidates, reporter: Reporter, toys: Toys
    ) -> None:
        self.world = world
        self.candidates = candidates
        self.reporter = reporter
        self.toys = toys
        self.lines = Lines(world, candidates)

    def new_cell(self) -> None:
        """A cell begins: no table of another one goes on."""
        self.lines.header = None

    def look(
        self, text: str, execution: Execution, running: Running, scope: NamespaceScope
    ) -> None:
        """Series and values in what the statement printed that no call or name has told already."""
        if running.told or not text or self._of_toys(running):
            return
        text = self.lines.without_attempts(text, running)
        points, given, owners = self.lines.read(text, running, scope)
        if not points:
            return
        loop = running.compound or bool(running.trained)
        measured, known = self._known(running)
        lines = text.split("\n")
        groups: dict[tuple[str | None, str], list[Point]] = {}
        of_rounds = self._by_round(points, running) if running.compound else {}
        for point in points:
            if not loop and (not _read(running) - {"print"} or known.has(point)):
                continue  # constant text, or what a name holds that was told
            about = of_several(point.name, running, self.candidates)
            about = about or self._about(point, text, running)
            about = about or of_rounds.get(point)
            about = about if running.compound else owners.get(point, about)
            drawn_as = _drawn_as(lines[point.line])
            name = f"{point.name}{_DRAWN_AS}{drawn_as}" if drawn_as else point.name
            groups.setdefault((about, name), []).append(point)
        for twice in said_twice(groups) if loop else ():
            del groups[twice]
        strong = {point.line for point in points if point.strength == 2}
        """Lines that give a metric for certain: an ``err`` beside an ``acc`` is one too."""
        default: dict[bool, Refs[str]] = {}
        drawn = {at for at, line in enumerate(lines) if line.startswith(DRAWN)}
        for (about, key), group in groups.items():
            name, _, drawn_as = key.partition(_DRAWN_AS)
            if loop and sum(map(measured.has, group)) > 0.5 * len(group):
                continue
            if loop and any(spelt_alike(name, other) for other in running.listed):
                continue
            figure = group[-1].line in drawn
            refs = frozenset((about,)) if about else NONE
            if not refs:
                if figure not in default:
                    default[figure] = self._printed_refs(running, scope, figure)
                refs = default[figure]
            owner = self.candidates.owner(refs)
            weak = owner is None and group[0].strength < 2
            if weak and not _descends(name, group, running.node):
                if not all(p.line in strong for p in group):
                    continue
            if self._is_new(name, group, owner, running, figure=figure, derived=bool(refs)):
                of = ("printed", drawn_as) if drawn_as else given.get(group[0], ("printed",))
                self._tell(name, group, owner, of, execution, running)

    def _known(self, running: Running) -> tuple[Told, Told]:
        """The values that were measured while the statement ran; these, and those that the names hold which it reads, as they
        are and as it rounds them."""
        values = [value for _, _, value in running.measured]
        held = [
            number
            for name in _read(running) - self.reporter.sums
            if (number := real_scalar(self.world.namespace.get(name))) is not None
            and (metric_strength(name) or self.reporter.told(number))
        ]
        if _WHOLE & {*running.info.calls, *running.record.calls}:
            finite = [one for one in held if math.isfinite(one)]
            each = [one * scale for one in finite for scale in (1, 100)]
            held += [float(way(one)) for one in each for way in (round, math.floor, math.ceil)]
        return Told(values), Told((*values, *held))

    def _is_new(
        self,
        name: str,
        group: list[Point],
        owner: str | None,
        running: Running,
        *,
        figure: bool,
        derived: bool,
    ) -> bool:
        """Whether points say something that was not told yet of their owner; ``figure``: they stand in one; ``derived``:
        models are behind them."""
        loop = running.compound or bool(running.trained)
        if figure and owner is None:
            return False  # titles say again what was told, curves of equal scores say what they are
        again = figure or (not loop and group[0].decimals >= 4)
        if again and self._ends(group[0], owner, named=not figure):
            return False
        candidate = self.candidates.get(owner)
        kept = candidate.values if candidate else self.reporter.loose.values
        if not loop and any(matches(group[0], value) for _, value in kept):
            return False
        if loop and _said_before(name, group, kept, figure):
            return False  # `for name, value in scores.items(): print(name, value)`
        if candidate is not None and candidate.origin == "mlflow":
            return False
        if owner is None and self._restated(group, running, derived=derived):
            return False
        if not loop and self._is_best_of_told(group[-1], running.node):
            return False
        names = (candidate or self.reporter.loose).metric_names
        # the framework may have told the same series itself
        return names.get(tidy(name)) != ("series",) and not spaced(name, names)

    def _tell(
        self,
        name: str,
        group: list[Point],
        owner: str | None,
        given: tuple[str, ...],
        execution: Execution,
        running: Running,
    ) -> None:
        """Say points of one name; ``given``: what the call was given that has worked them out, or what the curve is called that
        they are of."""
        kept = self.candidates.get(owner) or self.reporter.loose
        signature = given
        if signature == ("printed",) and not running.compound:
            signature = self._by_function(running.node, kept.metric_names.get(tidy(name), ()))
        if running.compound:
            signature = self.reporter.of_loop(tidy(name), signature, owner, execution)
        source = "output" if given[0] == "printed" else "variable"  # worked out, not only said
        unique = unique_name(tidy(name), signature, kept.metric_names)
        if owner:
            execution.touched.add(owner)
        group[-1] = self._unrounded(name, group[-1], running, kept.values)
        told = [
            (unique, p.value, step) for p, step in zip(group, steps_of([p.step for p in group]))
        ]
        for start in range(0, len(told), 500):
            part = told[start : start + 500]
            self.reporter.journal.metrics(owner, part, execution.msg_id, source)
        running.measured.extend((owner, name, p.value) for p in group)

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

    def _is_best_of_told(self, point: Point, statement: ast.stmt) -> bool:
        """Whether it is the best of a list of values that were told, each of its own model: ``max(test_scores)``."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and call_name(node) in ("max", "min"):
                of = node.args[0] if len(node.args) == 1 else None
                values = self.world.namespace.get(of.id) if isinstance(of, ast.Name) else None
                if isinstance(values, (list, tuple)):
                    numbers = map(real_scalar, values[:MAX_LISTED])
                    alike = (one for one in numbers if one is not None and matches(point, one))
                    if any(map(self.reporter.told, alike)):
                        return True
        return False

    def _ends(self, point: Point, owner: str | None, *, named: bool) -> bool:
        """Whether a series of the candidate's ends with the value, which a title or ``print("final", losses[-1])`` says again;
        ``named``: only where the names say the same."""
        return any(
            of == owner and matches(point, value) and (not named or related(point.name, name))
            for of, name, value in self.reporter.ends
        )

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


def _drawn_as(line: str) -> str:
    """What a curve is called in a figure whose label tells the area below it: ``class one`` of ``class one (AUC = 0.9)``."""
    found = _AREA.match(line) if line.startswith(DRAWN) else None
    return found[1].strip() if found else ""


def _read(running: Running) -> set[str]:
    return running.info.reads | running.info.binds


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
