"""Attributes of models that are put beside one another, or shown one after another by a loop over the models:
``table["aic"] = [one.aic, other.aic]``, ``for name in models: print(name, models[name].aic)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..cells.frames import World, object_at
from ..cells.running import Execution, Running
from ..source.syntax import call_name
from ..source.usercode import is_own_class
from .metrics import metric_strength, real_scalar, tidy
from .reporting import Measured, Reporter
from .values import same

MAX_MODELS = 200
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

    def look(self, execution: Execution, running: Running) -> None:
        """Attributes of models with a metric's name: the model's."""
        if not running.info.reads or not self.world.registry.used:
            return
        looped = looped_attributes(running.node) if running.compound else ()
        for owner, attribute, each in (*kept_attributes(running.node), *looped):
            if not metric_strength(attribute.strip("_")):
                continue
            found = object_at(owner, self.world.namespace.get)
            for model in _items(found) if each else [found]:
                candidate = self.world.registry.get(model)
                value = real_scalar(attribute_of(self.world, model, attribute))
                if candidate is None or value is None:
                    continue
                refs = frozenset((candidate,))
                if any(
                    same(value, other) and one == candidate for one, _, other in running.measured
                ) or self.reporter.known(value, refs):
                    continue
                name = tidy(attribute.rstrip("_"))
                self.reporter.report(Measured(name, value, (attribute,), refs), execution, running)


def attribute_of(world: World, model: Any, attribute: str) -> Any:
    """An attribute of a library's model, also if it is worked out when asked; None of anything else. Results of statsmodels
    may be of a model that other results were asked for (``res.append(rows)``)."""
    results = type(model).__module__.startswith("statsmodels.")
    if not results and (world.registry.get(model) is None or is_own_class(type(model))):
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
