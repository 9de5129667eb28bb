"""What happens in a cell, statement by statement, turned into findings.

``agent`` calls ``begin_cell``, ``tree``, ``begin_statement``, ``end_statement`` and ``end_cell``; ``observe``
tells of fits, scores and metric calls in between. Everything runs on the kernel's main thread.
"""

from __future__ import annotations

import ast
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import CodeType, ModuleType
from typing import Any

from .candidates import Candidates, error_of
from .cells.frames import NamespaceScope, World
from .cells.lineage import Lineage
from .cells.objects import object_at
from .cells.observe import observer
from .cells.rounds import rounds_of
from .cells.running import Execution, Running
from .fits import naming, watching
from .fits.compared import Compared
from .fits.summarised import Summarised
from .fits.training import Training
from .fits.unannounced import Unannounced
from .link.journal import Journal
from .link.output import Output
from .measures.measuring import Measuring
from .measures.metrics import metric_strength
from .source.dataflow import NONE, Refs, refs_of
from .source.least_squares import is_quotient
from .source.statements import SEED_ALL, Statement, analyse
from .source.syntax import call_name, compound

MUCH_PRINTED = 10_000
"""Characters of which thousands of small objects are made for a moment when they are read."""
INNER_FILES = ("<timed exec>", "<timed eval>", "<magic-timeit>")
"""The names under which ``%%time`` and ``%%timeit`` compile what they run."""
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


class Capture:
    """The state of one kernel's capture."""

    def __init__(
        self,
        journal: Journal,
        namespace: dict[str, Any],
        output: Output,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.journal = journal
        self.world = World(namespace)
        self.lineage = Lineage()
        self.candidates = Candidates(journal, self.world, self.lineage)
        self.measuring = Measuring(journal, self.world, self.candidates)
        self.output = output
        self.execution: Execution | None = None
        self.running: Running | None = None
        self.files: Any = None
        self._clock = clock
        self._last_end = clock()
        self.training = Training(self)
        self.compared = Compared(self.world, self.measuring.reporter)
        self.summarised = Summarised(self.world, self.measuring.reporter)
        self.unannounced = Unannounced(self.training.results, self.lineage, self.training.descents)
        self.world.flow = lambda name: self.lineage.refs.get(name, NONE)
        self.world.entry = self.lineage.entry
        self.world.read_inside = self.lineage.inside
        self.world.current_definitions = lambda: self.running.definitions if self.running else []

    # -- cells and statements -----------------------------------------------------------------------------------

    def begin_cell(
        self,
        msg_id: str | None,
        cell_id: str | None,
        execution_count: int | None,
        source: str = "",
    ) -> None:
        """A cell of the user's is about to run."""
        self.execution = Execution(msg_id, cell_id, execution_count)
        self.measuring.new_cell(self._clock() - self._last_end)
        self.running = None
        self.journal.emit(
            "cell_start",
            msg_id,
            hold=True,
            cell_id=cell_id,
            execution_count=execution_count,
            source=source,
        )

    def tree(self, tree: ast.AST) -> None:
        """IPython has parsed code that it is about to run: the cell's, or what a magic in it runs."""
        execution = self.execution
        if execution is None or not isinstance(tree, ast.Module):
            return
        if self.running is None:
            if execution.tree is None:
                execution.tree = tree
                execution.nodes = list(tree.body)
                # What calls something may end the process: that the cell began is written down first.
                if any(isinstance(node, (ast.Call, ast.Import)) for node in ast.walk(tree)):
                    self.journal.release()
            return
        self._inner(tree)

    def _inner(self, tree: ast.Module) -> None:
        """The body of ``%%time`` or ``%time``: part of the running statement."""
        running, execution = self.running, self.execution
        if running is None or execution is None:
            return
        if running.node.__class__ is ast.Expr and "run_cell_magic('candidate'" in (
            running.source or ast.unparse(running.node)[:60]
        ):
            return  # its statements are seen one by one
        for name in INNER_FILES:
            self.world.trees.add(name, tree)
        running.run_inside(tree.body)
        info = running.info
        for node in tree.body:
            more = analyse(node)
            self._watch_made(more)
            _merge(info, more)
        self.training.descents.stand_in(running)
        running.compound = True
        order = running.record.order
        running.record = self.lineage.begin(info, execution.msg_id)
        running.closure = None
        for candidate in running.opened:
            known = self.candidates.get(candidate)
            if known is not None and known.statement == order:
                known.statement = running.record.order

    @contextmanager
    def inside(self, tree: ast.Module) -> Iterator[None]:
        """The running statement runs a cell of its own (``%%candidate``): its statements count one by one."""
        execution, outer = self.execution, self.running
        if execution is None:
            yield
            return
        kept = (execution.nodes, execution.next, execution.tree, execution.filed)
        execution.nodes, execution.next, execution.tree, execution.filed = (
            list(tree.body),
            0,
            tree,
            False,
        )
        self.running = None
        try:
            yield
        finally:
            execution.nodes, execution.next, execution.tree, execution.filed = kept
            self.running = outer

    def begin_statement(self, code: CodeType) -> None:
        """IPython is about to run the next top-level statement of the cell."""
        execution = self.execution
        if execution is None or self.running is not None or execution.next >= len(execution.nodes):
            return
        if not execution.filed and execution.tree is not None:
            execution.filed = True
            self.world.trees.add(code.co_filename, execution.tree)
        node = execution.nodes[execution.next]
        execution.next += 1
        info = analyse(node)
        namespace = self.world.namespace
        if info.changes:
            info.changes = {
                name for name in info.changes if type(namespace.get(name)) is not ModuleType
            }
        record = self.lineage.begin(info, execution.msg_id)
        running = Running(node, info, record, compound=compound(node))
        self.training.autologging.look()
        if info.seeds:
            self._seeds(running)
        self._watch_made(info)
        self.running = running
        self.output.begin()
        if info.calls:
            self.training.descents.stand_in(running)

    def _watch_made(self, info: Statement) -> None:
        """The classes that the statement makes objects of by attribute: ``svm.SVC(…)``."""
        for maker in info.makers:
            found = object_at(maker, self.world.namespace.get)
            if isinstance(found, type):
                watching.watch_class(found)

    def end_statement(self, error: BaseException | None, result: Any) -> None:
        """It has run, or raised ``error``; ``result`` is the value of a last expression."""
        running, execution = self.running, self.execution
        if running is None or execution is None:
            return
        printed = self.output.end()
        try:
            self.training.descents.stand_back(running, execution)
            with uncollected() if len(printed) > MUCH_PRINTED else nullcontext():
                self._finish(running, execution, error, result, printed)
        finally:
            self.running = None
            self.world.made_by.clear()
            if self.training.sampler is not None:
                self.training.sampler.training(None, None)

    def _finish(
        self,
        running: Running,
        execution: Execution,
        error: BaseException | None,
        result: Any,
        printed: str,
    ) -> None:
        info = running.info
        namespace = self.world.namespace
        for name in info.binds:
            value = namespace.get(name)
            if value is not None and type(value) not in watching.PLAIN:
                watching.watch_value(value)
        self.candidates.describing.settled(running)
        execution.names |= info.binds
        if isinstance(running.node, _DEFINES):
            for name in info.binds:
                self.lineage.refs.pop(name, None)  # what the name was says nothing any more
        elif running.info.calls:
            self.unannounced.look(running, execution, observer, result)
        elif is_quotient(running.node):
            self.training.descents.look(running, execution)
        known = bool(self.candidates.known) or bool(self.lineage.refs)
        fluid = self._fluid(running) if running.compound else NONE
        scope = NamespaceScope(self.world, None if running.compound else (10**9, 0), fluid)
        refs: dict[str, Refs[str]] = {}
        if known:
            for name in info.binds | info.changes:
                found = scope.name(name)
                if name in info.changes and name not in info.binds:
                    found |= self.lineage.refs.get(name, NONE)
                if not found and len(running.trained) == 1 and not scope.handed(name, info.changes):
                    if name in info.binds or metric_strength(name):
                        found = frozenset(
                            running.trained
                        )  # what training gave: returned, or listed
                if found:
                    refs[name] = found
        if self.files is not None:
            self.files.statement(running, execution, refs)
        if refs or self.lineage.entries:
            self._entries(running, scope)
        made = _columns_made(running.node) if refs else {}
        columns = {key: refs_of(value, scope) for key, value in made.items()}
        self.lineage.end(running.record, info, refs, _copies_of_tables(running.node))
        for key, behind in columns.items():
            self.lineage.write(next(iter(info.binds)), key, behind)
        if error is None or running.compound:
            self._measure(running, execution, result, printed, scope)
        if running.trained or running.opened:
            naming.name_models(self.world, self.candidates, running, execution)
        self.candidates.settle(running, execution.msg_id)
        if known or running.opened:
            self._touched(running, execution, refs)
        if error is not None:
            self._failed(running, execution, error)

    def _entries(self, running: Running, scope: NamespaceScope) -> None:
        """Columns of tables that the statement has written by their names, and what it did to whole tables."""
        known = self.lineage.entries
        touched = {name for name in running.info.changes if name in known}
        rounds = rounds_of(self.world, running) if running.compound else [scope]
        written = []
        for one in running.definitions:
            keys = [key for at in rounds if one.computed and (key := at.text(one.computed))]
            if one.weak and one.key is not None and not one.inner:
                written.append((one.names[0], one.key, refs_of(one.value, scope)))
            elif keys and len(keys) == len(rounds):
                values = (refs_of(one.value, at) for at in rounds)
                written += [(one.names[0], key, refs) for key, refs in zip(keys, values)]
            elif (
                one.weak
                and any(name in touched for name in one.names)
                and refs_of(one.value, scope)
            ):
                for name in one.names:
                    known.pop(name, None)  # `df.update(predictions)`
        for name, key, refs in written:
            if name not in running.info.binds:
                self.lineage.write(name, key, refs)

    def _fluid(self, running: Running) -> frozenset[str]:
        """Names of which the present value says nothing about earlier rounds of a loop. A model that is fitted again
        and again stays the same object; one made anew in each round, by a name of its own, is of the only candidate that is
        opened there, if there is but one."""
        registry, namespace = self.world.registry, self.world.namespace
        info = running.info
        of = {name: registry.get(namespace.get(name)) for name in info.binds | info.changes}
        alone = running.alone
        return frozenset(
            name
            for name, owner in of.items()
            if owner is None
            or (name in info.binds and not (owner in alone and running.bound_once(name)))
        )

    def _measure(
        self,
        running: Running,
        execution: Execution,
        result: Any,
        printed: str,
        scope: NamespaceScope,
    ) -> None:
        self.summarised.look(execution, running, scope, result, printed)
        self.measuring.finish(execution, running, scope, result, printed)
        for owner in {one[0] for one in running.measured if one[0]}.difference(running.opened):
            self.candidates.describing.measured_on(owner, running, execution.msg_id)
        if (running.compound or running.listed) and any(one[0] is None for one in running.measured):
            self.candidates.describing.by_hand(running, execution)
        if isinstance(running.node, ast.Expr):
            self.compared.look(execution, running, result, printed)

    def _seeds(self, running: Running) -> None:
        for what, value in running.info.seeds:
            found = self.world.namespace.get(value.id) if isinstance(value, ast.Name) else value
            if isinstance(found, int) and not isinstance(found, bool):
                running.record.seeds.append((what, found))
                if "." in what or what in SEED_ALL:
                    if (what, found) not in self.lineage.global_seeds[-50:]:
                        self.lineage.global_seeds.append((what, found))
                    if isinstance(value, ast.Name):
                        self.lineage.seed_names[value.id] = found

    def _touched(self, running: Running, execution: Execution, refs: dict[str, Refs[str]]) -> None:
        for behind in refs.values():
            if len(behind) <= 20:
                execution.touched |= behind
        namespace = self.world.namespace
        for name in running.info.reads:
            value = namespace.get(name)
            exact = self.world.exact(value) if value is not None else None
            for found in (exact, self.lineage.refs.get(name, NONE) if exact is None else None):
                if found and len(found) <= 20:
                    execution.touched |= found

    def _failed(self, running: Running, execution: Execution, error: BaseException) -> None:
        status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        mine = [one for one in execution.opened if self._is_open_training(one)]
        blamed: list[str] = [running.failed_fit] if running.failed_fit in mine else []
        if not blamed:
            blamed = [one for one in mine if one in running.opened] or [
                one for one in mine if one in self._refs_of_reads(running)
            ]
        for candidate in blamed or mine:
            if candidate is not None:
                self.candidates.end(candidate, status, execution.msg_id, error_of(error))

    def _is_open_training(self, candidate_id: str) -> bool:
        candidate = self.candidates.get(candidate_id)
        return candidate is not None and candidate.origin == "training" and not candidate.ended

    def _refs_of_reads(self, running: Running) -> set[str]:
        scope = NamespaceScope(self.world, (10**9, 0))
        found: set[str] = set()
        for name in running.info.reads:
            found |= scope.name(name)
        return found

    def end_cell(self, error: BaseException | None) -> None:
        """The cell has ended, perhaps with an error."""
        execution = self.execution
        if execution is None:
            return
        status = "FINISHED"
        if error is not None:
            status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
            self._fail_explicit(execution, error, status)
        self.execution = None
        self._last_end = self._clock()
        # Not held: what a client is told to be done is on disk, even if server and kernel die at once.
        self.journal.emit(
            "cell_end",
            execution.msg_id,
            bare=not execution.touched and error is None,
            status=status,
            candidates=sorted(execution.touched)[:1000],
            names=sorted(execution.names)[:1000],
            models=self.models_of(execution),
        )

    def _fail_explicit(self, execution: Execution, error: BaseException, status: str) -> None:
        mine = [one for one in self.candidates.explicit if one in execution.opened]
        if mine:
            self.candidates.close_explicit(mine[0], status, execution.msg_id, error_of(error))

    def models_of(self, execution: Execution | None = None) -> list[dict[str, Any]]:
        """See ``naming.models_of``."""
        return naming.models_of(self.world, execution)

    def owner_of_values(self, frame: Any, called: str) -> str | None:
        """The candidate that a call of the kernel API in a user frame belongs to by its arguments; None: the run."""
        running = self.running
        current = self.candidates.current()
        if current is not None:
            return current
        if running is None:
            return None
        if running.trained:
            return running.marks[-1][1] if running.marks else running.trained[-1]
        node, scope = self.world.call_of(frame, called)
        if node is None:
            return None
        found: Refs[str] = NONE
        for value in (*node.args, *(keyword.value for keyword in node.keywords)):
            found |= refs_of(value, scope)
        return next(iter(found)) if len(found) == 1 else None


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is looked for meanwhile: in a kernel that holds a few libraries one look at everything takes 0.1 s,
    and objects made by the thousand, none of which stays, would bring it about."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _columns_made(node: ast.stmt) -> dict[str, ast.expr]:
    """The columns that a table is made of by their names, ``pd.DataFrame({"y": y, "forest": forest.predict(X)})``, and the
    entries of a dict."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return {}
    held = node.value
    if isinstance(held, ast.Call) and call_name(held) == "DataFrame" and held.args:
        held = held.args[0]
    if not isinstance(held, ast.Dict) or len(node.targets) > 1:
        return {}
    keys = [key.value if isinstance(key, ast.Constant) else None for key in held.keys]
    pairs = zip(keys, held.values)
    return {key: value for key, value in pairs if isinstance(key, str)} if all(keys) else {}


def _copies_of_tables(node: ast.stmt) -> dict[str, str]:
    """``test`` made of ``df`` alone: ``test = df[df.year > 2019].copy()``. By their names."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return {}
    source: ast.expr = node.value
    while isinstance(source, (ast.Call, ast.Attribute, ast.Subscript)):
        source = source.func if isinstance(source, ast.Call) else source.value
    return {node.targets[0].id: source.id} if isinstance(source, ast.Name) else {}


def _merge(info: Statement, more: Statement) -> None:
    for name in (
        "reads", "binds", "changes", "late", "literals", "unclear", "chosen", "calls", "late_calls", "inside", "given"
    ):  # fmt: skip
        getattr(info, name).update(getattr(more, name))
    for name in ("seeds", "paths", "path_expressions", "makers"):
        getattr(info, name).extend(getattr(more, name))
