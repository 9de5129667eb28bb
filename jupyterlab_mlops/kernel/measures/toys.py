"""Tensors that stand in the notebook as numbers or are drawn at random, with no data and no model behind them: what a
loss gives of such shows how the loss works, and is no metric.

``F.binary_cross_entropy(torch.tensor([0.9]), torch.tensor([1.0]))``; also by names, and through arithmetic and functions
without loops. What a loop has read may have been trained by it, and is none any more.
"""

from __future__ import annotations

import ast
import builtins
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from ..cells import models
from ..cells.frames import World
from ..cells.running import Running
from ..source.syntax import FUNCTIONS, call_name
from ..source.wording import words
from .metrics import metric_strength

_TENSORS = frozenset("torch tensorflow keras jax jaxlib".split())
_NUMERIC = _TENSORS | {"numpy", "math", "random", "builtins"}
_BRINGS_OR_LEARNS = frozenset(
    "load loadtxt read open input eval exec fromfile genfromtxt memmap hub datasets lstsq solve pinv inv inverse svd minimize".split()
)
"""Words of functions that bring data, or work out what fits it."""
_MADE_OF = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Subscript,
    ast.Slice,
    ast.List,
    ast.Tuple,
    ast.JoinedStr,
    ast.FormattedValue,
)
MAX_WRITTEN = 200
"""Numbers in a list; more of them are data."""


class Toys:
    """Knows the top-level names of such values. One a kernel."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names: dict[str, bool] = {}
        """Whether tensors are behind each."""

    def look(self, running: Running) -> None:
        """A statement is over."""
        if not self.names and _TENSORS.isdisjoint(sys.modules):
            return
        info = running.info
        touched = info.binds | info.changes
        if running.compound and not isinstance(running.node, (*FUNCTIONS, ast.ClassDef)):
            for name in (*touched, *info.reads, *self._inside(info.reads)):
                self.names.pop(name, None)
            return
        found: dict[str, bool] = {}
        for one in running.definitions:
            for name in () if one.inner else one.names:
                tensors = self._made_of(one.value)
                weak = self.names.get(name) if one.weak else False
                if tensors is not None and weak is not None:
                    value = self.world.namespace.get(name)
                    if _is_plain(value):
                        found[name] = tensors or weak or _root(type(value)) in _TENSORS
        for name in touched:
            self.names.pop(name, None)
        self.names.update(found)

    def behind(self, expression: ast.AST | None) -> bool:
        """Whether an expression is made of such tensors alone."""
        if _TENSORS.isdisjoint(sys.modules):
            return False
        return self._made_of(expression) is True

    def _inside(self, names: frozenset[str] | set[str]) -> set[str]:
        return {one for name in names for one in self.world.read_inside(name)}

    def _made_of(self, node: ast.AST | None) -> bool | None:
        try:
            return self._of(node)
        except RecursionError:  # a sum of hundreds of terms
            return None

    def _of(self, node: ast.AST | None) -> bool | None:
        """None of anything else; else whether tensors are among what it is made of."""
        if isinstance(node, ast.Constant):
            return False
        if isinstance(node, ast.Name):
            return self._of_name(node.id)
        if isinstance(node, ast.Call):
            if _BRINGS_OR_LEARNS & set(words(call_name(node))):
                return None
            given = [*node.args, *(one.value for one in node.keywords)]
            return _all([self._of_callee(node.func), *map(self._of, given)])
        if isinstance(node, ast.Attribute):
            return None if _BRINGS_OR_LEARNS & set(words(node.attr)) else self._of(node.value)
        if isinstance(node, _MADE_OF):
            if len(getattr(node, "elts", ())) > MAX_WRITTEN:
                return None
            parts = ast.iter_child_nodes(node)
            return _all([self._of(one) for one in parts if isinstance(one, ast.expr)])
        return None

    def _of_name(self, name: str) -> bool | None:
        if name in self.names:
            return self.names[name]
        value = self.world.namespace.get(name)
        if isinstance(value, ModuleType):
            root = value.__name__.partition(".")[0]
            return root in _TENSORS if root in _NUMERIC else None
        return None

    def _of_callee(self, callee: ast.expr) -> bool | None:
        """Of a function of such libraries, of one of the notebook's, of a loss that is an object."""
        if isinstance(callee, ast.Call):  # `nn.BCELoss()(guess, truth)`
            return self._of(callee) if metric_strength(call_name(callee)) else None
        if not isinstance(callee, ast.Name):
            return self._of(callee)
        known = self._of_name(callee.id)
        if known is not None:
            return known
        value = self.world.namespace.get(callee.id)
        if value is None:
            plain = hasattr(builtins, callee.id)
            return False if plain else None
        if self.world.own_function(callee.id) is not None:
            return self._of_own(callee.id)
        if isinstance(value, (type, FunctionType, BuiltinFunctionType)):
            root = str(getattr(value, "__module__", None) or "torch").partition(".")[0]
            return root in _TENSORS if root in _NUMERIC else None
        return True if _is_loss(value) else None

    def _of_own(self, name: str) -> bool | None:
        """Of a function of the notebook's that repeats nothing and reads nothing else."""
        inside = [
            one for one in {name, *self.world.read_inside(name)} if self.world.own_function(one)
        ]
        for one in inside:
            function = self.world.own_function(one)
            tree = self.world.trees.function(function.__code__) if function is not None else None
            if tree is None or any(isinstance(at, (ast.For, ast.While)) for at in ast.walk(tree)):
                return None
        read = [one for one in self.world.read_inside(name) if one not in inside]
        known = [self._of_callee(ast.Name(one, ast.Load())) for one in read]
        return _all(known)


def _all(parts: list[bool | None]) -> bool | None:
    return None if None in parts else any(parts)


def _root(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _is_plain(value: Any) -> bool:
    """Whether it is numbers: no model, no object of another library."""
    return _root(type(value)) in _NUMERIC and not models.is_torch_module(value)


def _is_loss(value: Any) -> bool:
    """Whether it is a loss of a library, which learns nothing itself."""
    return (
        _root(type(value)) in _TENSORS
        and metric_strength(type(value).__name__) > 0
        and not (models.is_torch_module(value) and models.is_model(value))
    )
