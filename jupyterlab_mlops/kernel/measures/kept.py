"""Attributes of models that are put beside one another, or shown one after another by a loop over the models:
``table["aic"] = [one.aic, other.aic]``, ``for name in models: print(name, models[name].aic)``; also of models that a
statement finds in its own way, known by their values: ``table.apply(lambda row: row["fit"].aic, axis=1)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..cells.frames import NamespaceScope, World
from ..cells.objects import object_at
from ..cells.running import Execution, Running
from ..source.syntax import call_name
from ..source.usercode import is_own_attribute
from .metrics import metric_strength, real_scalar, tidy
from .reporting import Measured, Reporter
from .values import printed_numbers, rounded, same, scalars, to_last_bits, was_printed

MAX_MODELS = 200
MAX_HELD = 2000
"""Entries of a table of objects that models are looked for in."""
_SAME = frozenset({"round", "float", "str"})
_PUTS = frozenset({"append", "add", "insert"})


class Attribute(NamedTuple):
    """``attribute`` of what ``owner`` stands for, or, where it is of ``each``, of what is in it."""

    owner: ast.expr
    attribute: str
    each: bool = False


class Kept:
    """Looks at what a statement puts into lists, dicts and tables."""

    def __init__(self, world: World, reporter: Reporter) -> None:
        self.world = world
        self.reporter = reporter

    def look(self, execution: Execution, running: Running, result: Any, printed: str) -> None:
        """Attributes of models with a metric's name: the model's."""
        if not running.info.reads or not self.world.registry.used:
            return
        self._put(execution, running)
        if not running.told:
            self._among(execution, running, result, printed)

    def _put(self, execution: Execution, running: Running) -> None:
        looped = looped_attributes(running.node) if running.compound else ()
        for owner, attribute, each in (*kept_attributes(running.node), *looped):
            if not metric_strength(attribute.strip("_")):
                continue
            found = object_at(owner, self.world.namespace.get)
            for model in _items(found) if each else [found]:
                candidate = self.world.registry.get(model)
                value = real_scalar(attribute_of(self.world, model, attribute))
                if candidate is not None and value is not None:
                    self._say(candidate, attribute, value, execution, running)

    def _among(self, execution: Execution, running: Running, result: Any, printed: str) -> None:
        """Attributes whose value came out, of the models that a statement reads or has trained."""
        asked = self._asked(running)
        if not asked:
            return
        behind = models_behind(self.world, running)
        names = (*running.info.binds, *running.info.changes)
        found = [scalars(one) for one in (result, *map(self.world.namespace.get, names))]
        seen = {to_last_bits(one) for values in found for one in values}
        numbers = printed_numbers(printed) + [one for values in found for one in rounded(values)]
        if not behind or not (seen or numbers):
            return
        for model, candidate in self.world.registry.live()[-MAX_MODELS:]:
            for attribute in asked if candidate in behind else ():
                value = real_scalar(attribute_of(self.world, model, attribute))
                if value is None or value != value:
                    continue
                if to_last_bits(value) in seen or was_printed(value, numbers):
                    self._say(candidate, attribute, value, execution, running)

    def _asked(self, running: Running) -> list[str]:
        """The attributes that it reads, or a function of the user's that it calls."""
        trees: list[ast.AST] = [running.node, *running.inner]
        for name in sorted(running.info.calls):
            function = self.world.own_function(name)
            tree = self.world.trees.function(function.__code__) if function is not None else None
            trees += [tree] if tree is not None else []
        return list(dict.fromkeys(one for tree in trees for one in read_attributes(tree)))

    def _say(
        self,
        candidate: str,
        attribute: str,
        value: float,
        execution: Execution,
        running: Running,
    ) -> None:
        refs = frozenset((candidate,))
        if any(
            same(value, other) and one == candidate for one, _, other in running.measured
        ) or self.reporter.known(value, refs):
            return
        name = tidy(attribute.rstrip("_"))
        self.reporter.report(Measured(name, value, (attribute,), refs), execution, running)


def models_behind(world: World, running: Running) -> frozenset[str]:
    """The candidates of the models that a statement has trained, and of those that what it reads comes from or, in
    pandas, holds."""
    scope = NamespaceScope(world, (10**9, 0))
    found = set(running.worked_with)
    for name in running.info.reads:
        found |= scope.name(name)
        value: Any = world.namespace.get(name)
        if type(value).__name__ in ("DataFrame", "Series") and value.size <= MAX_HELD:
            held = value.select_dtypes("object") if value.ndim == 2 else value
            entries = held.to_numpy().ravel().tolist() if len(held) else ()
            found |= {one for entry in entries if (one := world.registry.get(entry)) is not None}
    return frozenset(found)


def read_attributes(statement: ast.AST) -> list[str]:
    """The attributes named like metrics that a statement reads and does not call. Pure."""
    called = {id(one.func) for one in ast.walk(statement) if isinstance(one, ast.Call)}
    found = (
        one.attr
        for one in ast.walk(statement)
        if isinstance(one, ast.Attribute)
        and isinstance(one.ctx, ast.Load)
        and id(one) not in called
    )
    return list(dict.fromkeys(one for one in found if metric_strength(one.strip("_"))))


def attribute_of(world: World, model: Any, attribute: str) -> Any:
    """An attribute of a library's model, also if it is worked out when asked; None of anything else. Results of statsmodels
    may be of a model that other results were asked for (``res.append(rows)``)."""
    results = type(model).__module__.startswith("statsmodels.")
    known = results or world.registry.get(model) is not None
    if not known or is_own_attribute(type(model), attribute):
        return None
    try:
        return getattr(model, attribute, None)
    except Exception:  # a property that is not defined for every model
        return None


def _items(value: Any) -> list[Any]:
    """What is in a list, tuple or dict."""
    if type(value) is dict:
        value = list(value.values())
    return list(value[:MAX_MODELS]) if type(value) in (list, tuple) else []


def kept_attributes(statement: ast.AST) -> Iterator[Attribute]:
    """The attributes that a simple statement puts into a list, a dict, or an entry of something. Pure."""
    if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)):
        return
    inner = _bound_inside(statement)
    for one in _kept_in(statement):
        if one.each or not isinstance(one.owner, ast.Name) or one.owner.id not in inner:
            yield one


def _bound_inside(statement: ast.AST) -> set[str]:
    """The names that are bound in lambdas and comprehensions alone: at top level they stand for something else."""
    lambdas = (one for one in ast.walk(statement) if isinstance(one, ast.Lambda))
    found = {argument.arg for one in lambdas for argument in one.args.args}
    targets = (one.target for one in ast.walk(statement) if isinstance(one, ast.comprehension))
    return found | {
        one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)
    }


def _kept_in(statement: ast.AST) -> Iterator[Attribute]:
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        yield from _plain(statement.value)
    for node in ast.walk(statement):
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and isinstance(
            getattr(node, "ctx", None), (ast.Load, type(None))
        ):
            for element in node.elts:
                yield from _plain(element)
        elif isinstance(node, ast.Dict):
            for element in node.values:
                yield from _plain(element)
        elif isinstance(node, ast.Call) and call_name(node) in _PUTS:
            for element in node.args:
                yield from _plain(element)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            yield from _comprehended(node)


def looped_attributes(loop: ast.AST) -> Iterator[Attribute]:
    """The attributes that a loop shows or keeps of the models in a list or dict that it goes through:
    ``for m in models: print(m.aic)``, ``for k in orders: table[k] = fitted[k].aic``. Pure."""
    if not isinstance(loop, ast.For):
        return
    over = [name.id for name in ast.walk(loop.target) if isinstance(name, ast.Name)]
    for node in ast.walk(loop):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        owner = node.value
        if isinstance(owner, ast.Name) and owner.id in over:
            models = _iterated(loop.target, loop.iter, owner.id)
            if models is not None:
                yield Attribute(models, node.attr, each=True)
        elif (
            isinstance(owner, ast.Subscript)
            and isinstance(owner.value, ast.Name)
            and isinstance(owner.slice, ast.Name)
            and owner.slice.id in over
        ):
            yield Attribute(owner.value, node.attr, each=True)


def _plain(element: ast.expr) -> Iterator[Attribute]:
    while isinstance(element, ast.Call) and call_name(element) in _SAME and element.args:
        element = element.args[0]
    if isinstance(element, ast.Attribute):
        yield Attribute(element.value, element.attr)


def _comprehended(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[Attribute]:
    """``[one.aic for one in models]``, ``{name: one.aic for name, one in models.items()}``."""
    if len(node.generators) != 1:
        return
    generator = node.generators[0]
    for owner, attribute, _ in _plain(node.value if isinstance(node, ast.DictComp) else node.elt):
        if isinstance(owner, ast.Name):
            models = _iterated(generator.target, generator.iter, owner.id)
            if models is not None:
                yield Attribute(models, attribute, each=True)


def _iterated(target: ast.expr, iterated: ast.expr, name: str) -> ast.expr | None:
    """What the items come from that a loop binds to ``name``."""
    place = 0
    if isinstance(target, ast.Tuple):
        names = [one.id if isinstance(one, ast.Name) else "" for one in target.elts]
        if name not in names:
            return None
        place = names.index(name)
    elif not isinstance(target, ast.Name) or target.id != name:
        return None
    if not isinstance(iterated, ast.Call):
        return iterated if isinstance(target, ast.Name) else None
    called = call_name(iterated)
    if called == "zip" and isinstance(target, ast.Tuple) and place < len(iterated.args):
        return iterated.args[place]
    if called in ("values", "items") and isinstance(iterated.func, ast.Attribute):
        return iterated.func.value if (called == "items") == (place == 1) else None
    return None
