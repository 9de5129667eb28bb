"""From a running call back to the user's code: which frame, which call in its tree, what its names stand for."""

from __future__ import annotations

import ast
import linecache
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from ..source.calls import CallIndex
from ..source.dataflow import NONE, Definition, Refs, definitions, refs_of
from ..source.passing import argument_of, handed_back, is_batch
from ..source.syntax import base_name
from ..source.usercode import UserCode
from .models import Products, Registry
from .objects import object_at, text_at

MAX_TREES = 500
MAX_ITEMS = 2000
"""Items of a list, tuple or dict looked at for models."""
_TRANSPARENT = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_SELF_RETURNING = frozenset({"fit", "partial_fit", "set_params", "eval", "to", "cpu", "cuda"})
_DRAWING = frozenset({"numpy", "torch", "random", "math", "itertools", "cupy", "scipy"})
"""Modules whose functions draw and reshape data, and train nothing."""
OVER = (10**9, 0)  # the position behind all that a statement does
MAX_OUTWARD = 6
"""How many calls of user functions are followed outward to find what an argument was."""


class Trees:
    """The trees of executed cells and of local modules, by the file name in their code objects."""

    def __init__(self) -> None:
        self._trees: OrderedDict[str, list[ast.AST]] = OrderedDict()
        self._indexes: dict[str, CallIndex] = {}
        self._spans: dict[CodeType, list[Any]] = {}

    def add(self, filename: str, tree: ast.AST) -> None:
        """A cell is about to run under this file name (`%%time` bodies share one)."""
        known = self._trees.setdefault(filename, [])
        known.append(tree)
        del known[:-5]
        self._indexes.pop(filename, None)
        self._trees.move_to_end(filename)
        while len(self._trees) > MAX_TREES:
            oldest, _ = self._trees.popitem(last=False)
            self._indexes.pop(oldest, None)

    def index(self, filename: str) -> CallIndex | None:
        """The index of a file's tree, made when it is first asked for; a local module is parsed then."""
        found = self._indexes.get(filename)
        if found is not None:
            return found
        trees = self._trees.get(filename)
        if trees is None and filename.endswith(".py"):
            source = "".join(linecache.getlines(filename))
            if source and len(source) < 500_000:
                try:
                    self.add(filename, ast.parse(source))
                except SyntaxError:
                    return None
                trees = self._trees[filename]
        if trees is None:
            return None
        found = self._indexes[filename] = CallIndex(*trees)
        return found

    def calls(self) -> Iterator[ast.Call]:
        """The calls in executed cells (and local modules that were looked at), the newest first."""
        for filename in reversed(list(self._trees)):
            index = self.index(filename)
            if index is not None:
                yield from index.calls.values()

    def call(self, frame: FrameType, called: str) -> ast.Call | None:
        """The call that the frame is executing."""
        index = self.index(frame.f_code.co_filename)
        return None if index is None else index.find(self.span(frame), frame.f_lineno, called)

    def span(self, frame: FrameType) -> tuple[int, int, int, int] | None:
        """Where the running instruction stands in the source (Python 3.11 and later)."""
        code = frame.f_code
        positions = getattr(code, "co_positions", None)
        if positions is None:
            return None
        spans = self._spans.get(code)
        if spans is None:
            if len(self._spans) > 2000:
                self._spans.clear()
            spans = self._spans[code] = list(islice(positions(), 20_000))
        place = frame.f_lasti // 2
        if place >= len(spans):
            return None
        line, end_line, column, end_column = spans[place]
        if line is None or end_line is None or column is None or end_column is None:
            return None
        return (line, column, end_line, end_column)

    def function(self, code: CodeType) -> ast.AST | None:
        """The definition that a code object was compiled from."""
        index = self.index(code.co_filename)
        return None if index is None else index.functions.get((code.co_name, code.co_firstlineno))


class NamespaceScope:
    """What names stand for at top level (a ``dataflow.Scope``), by the live values and the flow so far.

    Names are looked up in this order: the very object (a model, or a value known to be made by one); the last
    binding in the running statement before ``position``; the flow of earlier statements. ``fluid``: names that
    the statement binds again and again, whose present value says nothing about earlier ones.
    """

    def __init__(
        self,
        world: World,
        position: tuple[int, int] | None = None,
        fluid: frozenset[str] = frozenset(),
    ) -> None:
        self.world = world
        self.position = position
        self.fluid = fluid
        self._visiting, self._gathers = set[str](), False
        self._over = position in (None, OVER)

    def value(self, name: str) -> Any:
        """The present value of a name, None if it has none."""
        return self.world.namespace.get(name)

    def bindings(self, name: str) -> list[Definition]:
        """What binds the name in the running statement, or in the function that runs."""
        return [one for one in self._block() if name in one.names]

    def model(self, node: ast.AST) -> str | None:
        """See ``dataflow.Scope``."""
        if isinstance(node, ast.Call):
            made = self.world.made_by.get(node)
            if made is not None:
                return made[-1]
            if isinstance(node.func, ast.Attribute) and node.func.attr in _SELF_RETURNING:
                return self.model(node.func.value)
            return None
        if base_name(node) in self.fluid:
            return None
        found = object_at(node, self.value)
        return None if found is None else self.world.registry.get(found)

    def made(self, node: ast.AST, gathered: bool = False) -> Refs[str] | None:
        """See ``dataflow.Scope``."""
        found = self.world.made_by.get(node, ()) if gathered or self._gathers else ()
        several = len(set(found)) > 1 and self._over
        return frozenset(found) if several else None

    def exact(self, node: ast.AST) -> Refs[str] | None:
        """See ``dataflow.Scope``."""
        if base_name(node) in self.fluid:
            return None
        found = object_at(node, self.value)
        return None if found is None else self.world.exact(found)

    def within(self, name: str) -> Refs[str]:
        """See ``dataflow.Scope``."""
        found = NONE
        for one in self.world.read_inside(name):
            value = self.world.namespace.get(one)
            exact = self.world.exact(value) if value is not None else None
            found |= exact if exact is not None else self.world.flow(one)
        return found

    def entry(self, name: str, key: str, attribute: bool = False) -> Refs[str] | None:
        """See ``dataflow.Scope``."""
        if attribute and key not in getattr(self.value(name), "columns", ()):
            return None  # `df.values`
        mine = [one for one in self._block() if name in one.names]
        if any(not one.weak or one.key is None for one in mine):
            return None
        written = [
            one
            for one in mine
            if one.key == key and (self.position is None or one.position < self.position)
        ]
        mark = f"{name}[{key}]"
        if written and mark not in self._visiting:
            self._visiting.add(mark)
            try:
                return refs_of(written[-1].value, self)
            finally:
                self._visiting.discard(mark)
        return self._entry_before(name, key)

    def _entry_before(self, name: str, key: str) -> Refs[str] | None:
        return self.world.entry(name, key)

    def text(self, node: ast.expr) -> str | None:
        """See ``dataflow.Scope``."""
        if any(isinstance(one, ast.Name) and one.id in self.fluid for one in ast.walk(node)):
            return None
        return text_at(node, self.value)

    def nearest(self, refs: Refs[str]) -> Refs[str]:
        """See ``dataflow.Scope``."""
        return self.world.nearest(refs)

    def name(self, name: str) -> Refs[str]:
        """See ``dataflow.Scope``."""
        if name not in self.fluid:
            value = self.value(name)
            if value is not None:
                exact = self.world.exact(value)
                if exact is not None:
                    return exact
        if name in self._visiting:
            return self._before(name)
        self._visiting.add(name)
        try:
            mine = [one for one in self._block() if name in one.names]
            if mine:
                found, bound = self._by_definitions(mine)
                if found or bound:
                    return found
            return self._outside(name)
        finally:
            self._visiting.discard(name)

    def _before(self, name: str) -> Refs[str]:
        """What a name was before `kept = np.array(kept)`: of an earlier statement, unless this one makes it anew."""
        anew = any(name in one.names and not one.weak and not one.goes_on for one in self._block())
        return NONE if anew else self._outside(name)

    def _by_definitions(self, mine: list[Definition]) -> tuple[Refs[str], bool]:
        if self.position is None:
            found = NONE
            for one in mine:
                found |= self._made_of(one)
            return found, any(not one.weak for one in mine)
        chosen = [one for one in mine if one.position <= self.position] or mine
        strong = [one for one in chosen if not one.weak]
        standing = strong[-1:]
        for one in reversed(strong[:-1]):
            # `x = x - x.min()` is made of the earlier one, and one in a branch may not have been bound
            if not standing[0].branch and not standing[0].goes_on:
                break
            standing.insert(0, one)
        first = standing[0] if standing else None
        found = NONE
        for one in chosen:
            if one in standing or (one.weak and (first is None or one.position > first.position)):
                found |= self._made_of(one)
        return found, bool(standing)

    def _made_of(self, one: Definition) -> Refs[str]:
        handed = self.world.handed_back(one)
        outer, self._gathers = self._gathers, self._gathers or one.weak  # `rows.append(m.score(X))`
        position = self.position
        if position == OVER:
            self.position = one.position  # `best = loss`, which the next line binds anew
        try:
            parts = [one.value] if handed is None else handed
            return NONE.union(*(refs_of(part, self) for part in parts))
        finally:
            self._gathers, self.position = outer, position

    def handed(self, name: str, changed: set[str]) -> bool:
        """Whether the running statement binds the name to what there was before: what a function was given, and handed
        back, or the batches of a loop. ``changed``: the names whose objects it may change."""
        block = self._block()
        mine = [one for one in block if name in one.names]
        if not mine:
            return False
        if all(self.world.handed_back(one) is not None for one in mine):
            return True
        return is_batch(name, block, self._draws, changed)

    def _draws(self, name: str) -> bool:
        value = self.value(name)
        return type(value) is ModuleType and value.__name__.partition(".")[0] in _DRAWING

    def _block(self) -> list[Definition]:
        return self.world.current_definitions()

    def _outside(self, name: str) -> Refs[str]:
        return self.world.flow(name)


class FrameScope(NamespaceScope):
    """The same in a running frame of the user's; a function's parameter is followed to the argument passed."""

    def __init__(
        self, frame: FrameType, position: tuple[int, int], world: World, depth: int = 0
    ) -> None:
        super().__init__(world, position)
        inner: dict[str, Any] = {}
        while (
            frame.f_code.co_name in _TRANSPARENT
            and frame.f_back is not None
            and frame.f_back.f_globals is frame.f_globals
        ):
            inner = {**frame.f_locals, **inner}
            frame = frame.f_back
        self.frame = frame
        self.depth = depth
        self.top = frame.f_globals is world.namespace and frame.f_code.co_name == "<module>"
        self._locals: dict[str, Any] = frame.f_globals if self.top else dict(frame.f_locals)
        if inner:
            self._locals = {**self._locals, **inner}
        self._definitions: list[Definition] | None = None

    def value(self, name: str) -> Any:
        """The present value of a name in the frame, None if it has none."""
        found = self._locals.get(name, self)
        return self.frame.f_globals.get(name) if found is self else found

    def _block(self) -> list[Definition]:
        if self._definitions is None:
            if self.top:
                self._definitions = self.world.current_definitions()
            else:
                body = getattr(self.world.trees.function(self.frame.f_code), "body", None)
                self._definitions = definitions(body) if isinstance(body, list) else []
        return self._definitions

    def _outside(self, name: str) -> Refs[str]:
        if self.top:
            return self.world.flow(name)
        if name in self._locals:
            passed = self._argument(name)
            if passed is not None:
                return passed
            if self.frame.f_globals.get(name) is not self._locals[name]:
                return NONE  # a lambda's argument that a library gives, called like something else at top level
        return self.world.flow(name) if name in self.frame.f_globals else NONE

    def _entry_before(self, name: str, key: str) -> Refs[str] | None:
        outside = self.top or (name not in self._locals and name in self.frame.f_globals)
        return self.world.entry(name, key) if outside else None

    def spelt(self, name: str) -> str | None:
        """What was passed for a parameter, in the words of the outermost caller: ``y_test``, ``y_train[:n]``; None if
        it cannot be told."""
        passed = None if self.top or name not in self._locals else self._passed(name)
        if passed is None:
            return None
        expression, scope = passed
        if isinstance(expression, ast.Name):
            return scope.spelt(expression.id) or expression.id
        return ast.unparse(expression)[:60]

    def _argument(self, name: str) -> Refs[str] | None:
        """What was passed for a parameter, followed into the calling frame."""
        passed = self._passed(name)
        return None if passed is None else refs_of(*passed)

    def _passed(self, name: str) -> tuple[ast.expr, FrameScope] | None:
        """The expression that was passed for a parameter, and the calling frame that it stands in."""
        node = self.world.trees.function(self.frame.f_code)
        outer = self.frame.f_back
        if (
            node is None
            or outer is None
            or self.depth >= MAX_OUTWARD
            or not self.world.user.is_user(outer)
        ):
            return None
        call = self.world.trees.call(outer, self.frame.f_code.co_name)
        if call is None:
            return None
        scope = FrameScope(outer, (call.lineno, call.col_offset), self.world, self.depth + 1)
        passed = argument_of(node, call, name)
        return None if passed is None else (passed, scope)


class World:
    """What a frame's scope needs to know of the kernel. Filled by the capture."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.user = UserCode(namespace)
        self.trees = Trees()
        self.registry = Registry()
        self.products = Products()
        self.made_by: dict[ast.AST, list[str]] = {}
        self.behind: dict[str, Refs[str]] = {}
        """Candidate → those that its training data comes from: a clustering that has split it."""
        self.flow: Callable[[str], Refs[str]] = lambda _name: NONE
        self.entry: Callable[[str, str], Refs[str] | None] = lambda _name, _key: None
        """What is known of a column of a table, by the names of both."""
        self.read_inside: Callable[[str], Iterable[str]] = lambda _name: ()
        """The names that the body of a function of the user's reads, and the functions it calls."""
        self.current_definitions: Callable[[], list[Definition]] = list

    def made(self, node: ast.AST, candidate: str) -> None:
        """A call of the running statement has trained this candidate's model; in a loop the latest is the last."""
        if self.made_by.get(node, [""])[-1] != candidate:
            self.made_by.setdefault(node, []).append(candidate)

    def exact(self, value: Any) -> Refs[str] | None:
        """The candidates behind this very object: its own if it is a model, its items' if it holds models, its
        makers' if one made it."""
        own = self.registry.get(value)
        if own is not None:
            return frozenset((own,))
        kind = type(value)
        if kind in (list, tuple, dict) and 0 < len(value) <= MAX_ITEMS:
            found = set()
            for item in value.values() if kind is dict else value:
                one = self.registry.get(item)
                if one is not None:
                    found.add(one)
                elif kind is not dict and type(item) is tuple and len(item) == 2:
                    one = self.registry.get(item[1])  # ("name", model)
                    if one is not None:
                        found.add(one)
            return frozenset(found) if found else None
        return self.products.get(value)

    def trained_on(self, candidate: str, call: ast.Call, frame: FrameType) -> None:
        """A candidate's training begins with what the call is given, or its object was (``sm.OLS(y, X)``): remember which
        candidates that comes from."""
        scope = self.scope_of(frame, call)
        receiver = base_name(call.func)
        scope.fluid = frozenset((receiver,)) if receiver else frozenset()  # the model is no data
        given = (*call.args, *(keyword.value for keyword in call.keywords), call.func)
        found = NONE.union(*(refs_of(value, scope) for value in given)) - {candidate}
        if found:
            earlier = (self.behind.get(one, NONE) for one in found)
            self.behind[candidate] = found.union(*earlier) - {candidate}

    def nearest(self, refs: Refs[str]) -> Refs[str]:
        """See ``dataflow.Scope``: predictions on rows that a clustering has chosen measure the model that predicts."""
        if len(refs) < 2 or not self.behind:
            return refs
        earlier = NONE.union(*(self.behind.get(one, NONE) for one in refs))
        return refs - earlier or refs

    def own_function(self, name: str) -> FunctionType | None:
        """The function that a top-level name stands for, if it was defined in the notebook, also if a decorator wraps it:
        ``@torch.no_grad()``, ``@tf.function``."""
        found = self.namespace.get(name)
        if type(found).__module__.startswith("tensorflow."):
            found = getattr(found, "python_function", None)
        if type(found) is FunctionType:
            found = found.__dict__.get("__wrapped__", found)
        own = type(found) is FunctionType and found.__globals__ is self.namespace
        return found if own else None

    def handed_back(self, one: Definition) -> list[ast.expr] | None:
        """See ``passing.handed_back``: of a name that a call of the user's function was unpacked to."""
        call = one.value
        if (
            one.place is None
            or not isinstance(call, ast.Call)
            or not isinstance(call.func, ast.Name)
        ):
            return None
        function = self.own_function(call.func.id)
        tree = self.trees.function(function.__code__) if function is not None else None
        return None if tree is None else handed_back(tree, call, *one.place)

    def call_of(self, frame: FrameType, called: str) -> tuple[ast.Call | None, FrameScope]:
        """The call that a user frame is executing, and the scope of its names."""
        call = self.trees.call(frame, called)
        return call, self.scope_of(frame, call)

    def scope_of(self, frame: FrameType, call: ast.Call | None) -> FrameScope:
        """The scope of the names in a call that a user frame is executing."""
        place = (call.lineno, call.col_offset) if call is not None else (frame.f_lineno, 0)
        return FrameScope(frame, place, self)
