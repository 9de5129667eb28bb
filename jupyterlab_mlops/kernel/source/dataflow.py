"""What names derive from, from syntax trees alone. Pure: no namespace, no values.

``definitions`` gives the order in which statements bind names, with the expression behind each; ``refs_of`` follows an
expression back to the candidates behind it, through a ``Scope`` that knows what names stand for.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Protocol

from .syntax import COMPREHENSIONS, FUNCTIONS, arguments_of, base_name, target_names

Refs = frozenset  # of candidate ids
NONE: Refs[str] = frozenset()


@dataclass
class Definition:
    """``names`` are bound by ``value`` at ``position``; ``weak``: they keep what they were, and gain this."""

    names: tuple[str, ...]
    value: ast.expr
    position: tuple[int, int]
    weak: bool = False
    inner: bool = False
    """Bound inside a comprehension only."""
    loop: bool = False
    """The target of a loop: one of what ``value`` holds."""
    branch: bool = False
    """Bound in a branch that may not have been taken: earlier bindings may still hold."""
    key: str | None = None
    """Of ``names`` the entry of that key alone is bound: a column of a table, an entry of a dict."""
    computed: ast.expr | None = None
    """The same where the key is worked out: ``f"pred_{name}"``."""
    place: tuple[int, int] | None = None
    """Of ``value`` the item at that place, of so many: ``a, b = f(x)``."""

    @property
    def goes_on(self) -> bool:
        """Whether it is made of what its names were before."""
        found = (node.id for node in ast.walk(self.value) if isinstance(node, ast.Name))
        return any(name in self.names for name in found)


class Scope(Protocol):
    """What names and expressions stand for, where an expression is evaluated."""

    def name(self, name: str) -> Refs[str]:
        """The candidates behind a name's value."""

    def model(self, node: ast.AST) -> str | None:
        """The candidate whose model the expression is (not merely derives from)."""

    def made(self, node: ast.AST, gathered: bool = False) -> Refs[str] | None:
        """The candidates of the several models that a call has made in a loop that is over, where each turn's are kept
        (``gathered``: in a comprehension); None of any other call."""

    def exact(self, node: ast.AST) -> Refs[str] | None:
        """The candidates behind the very object that a chain of attributes and subscripts stands for."""

    def within(self, name: str) -> Refs[str]:
        """The candidates behind what the body of the function of that name reads from outside of itself."""

    def entry(self, name: str, key: str, attribute: bool = False) -> Refs[str] | None:
        """The candidates behind the entry of that key (a table's column, also if written as an attribute); None if
        it is not known by itself."""

    def text(self, node: ast.expr) -> str | None:
        """The text that an expression stands for, ``f"pred_{name}"``; None if it is none, or cannot be told."""

    def nearest(self, refs: Refs[str]) -> Refs[str]:
        """Of candidates that are compared with one another those whose training data does not come from another's."""


def definitions(body: list[ast.stmt]) -> list[Definition]:
    """Every binding in the statements and their nested blocks (not in functions), in the order written."""
    out: list[Definition] = []
    for node in body:
        _definitions(node, out)
    return out


def _definitions(node: ast.stmt, out: list[Definition]) -> None:
    position = (node.lineno, node.col_offset)
    for expression in ast.iter_child_nodes(node):
        if isinstance(expression, ast.expr):
            _comprehended(expression, out)
    if isinstance(node, ast.Assign):
        _walrus(node.value, out)
        for target in node.targets:
            _pair(target, node.value, position, out)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        _pair(node.target, node.value, position, out)
    elif isinstance(node, ast.AugAssign):
        base = base_name(node.target)
        if base:
            out.append(Definition((base,), node.value, position, weak=True))
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        _loop_target(node.target, node.iter, position, out)
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        for item in node.items:
            if item.optional_vars is not None:
                _pair(item.optional_vars, item.context_expr, position, out)
    elif isinstance(node, ast.Expr):
        _walrus(node.value, out)
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            base = base_name(call.func.value)
            if base:
                for value in (*call.args, *(keyword.value for keyword in call.keywords)):
                    out.append(Definition((base,), value, position, weak=True))
    inside: list[Definition] = []
    for name in ("body", "orelse", "finalbody"):
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            for child in getattr(node, name, None) or ():
                if isinstance(child, ast.stmt):
                    _definitions(child, inside)
    for handler in getattr(node, "handlers", ()):
        for child in handler.body:
            _definitions(child, inside)
    if isinstance(node, ast.If):  # `if guess == truth: hits += 1` counts what is compared
        counted = [one for one in inside if one.weak and isinstance(one.value, ast.Constant)]
        inside.extend(replace(one, value=node.test) for one in counted)
    if isinstance(node, (ast.If, ast.Try)):
        inside = [replace(one, branch=True) for one in inside]
    out.extend(inside)


def _loop_target(
    target: ast.expr,
    source: ast.expr,
    position: tuple[int, int],
    out: list[Definition],
    inner: bool = False,
) -> None:
    """``for i, (a, b) in enumerate(zip(xs, ys))`` pairs ``a`` with ``xs`` and ``b`` with ``ys``."""
    if (
        isinstance(source, ast.Call)
        and isinstance(source.func, ast.Name)
        and isinstance(target, ast.Tuple)
    ):
        if source.func.id == "enumerate" and len(target.elts) == 2 and source.args:
            _loop_target(target.elts[1], source.args[0], position, out, inner)
            counter = tuple(target_names(target.elts[0]))
            # a number of its own, whatever the name stood for before
            out.append(Definition(counter, ast.Constant(0), position, inner=inner, loop=True))
            return
        if source.func.id == "zip" and len(target.elts) == len(source.args):
            for one, other in zip(target.elts, source.args):
                _loop_target(one, other, position, out, inner)
            return
    names = tuple(target_names(target))
    if names:
        out.append(Definition(names, source, position, inner=inner, loop=True))


def _pair(
    target: ast.expr, value: ast.expr, position: tuple[int, int], out: list[Definition]
) -> None:
    if isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, other in zip(target.elts, value.elts):
                _pair(one, other, position, out)
            return
        for place, element in enumerate(target.elts):
            if isinstance(element, ast.Name):
                at = (place, len(target.elts))
                out.append(Definition((element.id,), value, position, place=at))
            else:
                _pair(element, value, position, out)
    elif isinstance(target, ast.Starred):
        _pair(target.value, value, position, out)
    elif isinstance(target, ast.Name):
        out.append(Definition((target.id,), value, position))
    else:
        base = base_name(target)
        if base:
            key = key_of(target)
            computed = key_node(target) if key is None else None
            out.append(Definition((base,), value, position, weak=True, key=key, computed=computed))
            if isinstance(target, ast.Subscript) and isinstance(value, ast.Constant):
                # `labels[probs > 0.5] = "Up"`: what is written says nothing, where it is written all
                out.append(Definition((base,), target.slice, position, weak=True))


def _comprehended(root: ast.expr, out: list[Definition]) -> None:
    for node in ast.walk(root):
        if isinstance(node, COMPREHENSIONS):
            for generator in node.generators:
                _loop_target(
                    generator.target,
                    generator.iter,
                    (node.lineno, node.col_offset),
                    out,
                    inner=True,
                )


def _walrus(root: ast.expr, out: list[Definition]) -> None:
    for node in ast.walk(root):
        if isinstance(node, ast.NamedExpr):
            out.append(Definition((node.target.id,), node.value, (node.lineno, node.col_offset)))


def key_of(node: ast.expr) -> str | None:
    """``pred`` of ``test["pred"]``, ``test.loc[:, "pred"]``, ``test.pred`` and ``test.iloc[:9]["pred"]``; None of
    anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr if isinstance(node.value, ast.Name) else None
    key = key_node(node)
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def key_node(node: ast.expr) -> ast.expr | None:
    """The expression of the key in the subscripts that ``key_of`` reads; None of anything else."""
    if not isinstance(node, ast.Subscript):
        return None
    key, table = node.slice, node.value
    if isinstance(table, ast.Attribute) and table.attr in ("loc", "at"):
        table = table.value
        key = key.elts[1] if isinstance(key, ast.Tuple) and len(key.elts) == 2 else key
    else:
        table = _of_rows(table)
    return key if isinstance(table, ast.Name) else None


def _of_rows(table: ast.expr) -> ast.expr:
    """The table of which some rows are taken: ``test`` of ``test.iloc[:9]`` and ``test[test.x > 0]``."""
    if isinstance(table, ast.Subscript) and not isinstance(table.slice, (ast.Constant, ast.List)):
        of = table.value
        if isinstance(of, ast.Attribute) and of.attr in ("loc", "iloc"):
            return of.value if not isinstance(table.slice, ast.Tuple) else table
        return of
    return table


def _entries(node: ast.Attribute | ast.Subscript, scope: Scope) -> Refs[str] | None:
    """The candidates behind one column of a table, or behind the several of ``test[["a", "b"]]``."""
    table = base_name(node)
    if table is None:
        return None
    key = key_of(node)
    if key is None and (computed := key_node(node)) is not None:
        key = scope.text(computed)
    if key is not None:
        return scope.entry(table, key, isinstance(node, ast.Attribute))
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    keys = [
        one.value if isinstance(one, ast.Constant) else None
        for one in (node.slice.elts if isinstance(node.slice, ast.List) else ())
    ]
    found = NONE
    for one in keys:
        entry = scope.entry(table, one) if isinstance(one, str) else None
        if entry is None:
            return None
        found |= entry
    return found if keys else None


class _Inner:
    """The scope inside a comprehension: its own names, then those outside."""

    def __init__(self, outer: Scope, own: dict[str, Refs[str]]) -> None:
        self.outer, self.own = outer, own

    def name(self, name: str) -> Refs[str]:
        return self.own[name] if name in self.own else self.outer.name(name)

    def model(self, node: ast.AST) -> str | None:
        return None if base_name(node) in self.own else self.outer.model(node)

    def made(self, node: ast.AST, gathered: bool = False) -> Refs[str] | None:
        return self.outer.made(node, gathered=True)

    def exact(self, node: ast.AST) -> Refs[str] | None:
        return None if base_name(node) in self.own else self.outer.exact(node)

    def within(self, name: str) -> Refs[str]:
        return NONE if name in self.own else self.outer.within(name)

    def entry(self, name: str, key: str, attribute: bool = False) -> Refs[str] | None:
        return None if name in self.own else self.outer.entry(name, key, attribute)

    def text(self, node: ast.expr) -> str | None:
        own = any(isinstance(one, ast.Name) and one.id in self.own for one in ast.walk(node))
        return None if own else self.outer.text(node)

    def nearest(self, refs: Refs[str]) -> Refs[str]:
        return self.outer.nearest(refs)


def refs_of(node: ast.AST, scope: Scope) -> Refs[str]:
    """The candidates that the value of an expression derives from.

    A call on a model (``clf.predict(X)``, ``net(x)``) derives from that model alone, whatever its data went
    through before; any other call derives from its callee and arguments together.
    """
    if isinstance(node, ast.Name):
        return scope.name(node.id)
    if isinstance(node, ast.Constant):
        return NONE
    if isinstance(node, ast.Call):
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        several = scope.made(node) or scope.made(receiver)
        if several is not None:
            return several
        own = scope.model(node) or scope.model(receiver)
        if own is not None:
            return frozenset((own,))
        found = refs_of(receiver, scope)
        for value in node.args:
            found |= refs_of(value, scope)
        for keyword in node.keywords:
            found |= refs_of(keyword.value, scope)
        if not found and isinstance(node.func, ast.Name):
            return scope.within(node.func.id)  # `net(x)` with weights that are no arguments
        return found
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        exact = scope.exact(node)
        if exact is not None:
            return exact
        entries = _entries(node, scope)
        if entries is not None:
            return entries
        found = refs_of(node.value, scope)
        if found or isinstance(node, ast.Attribute):
            return found  # which of it are chosen, may have been told by others
        return refs_of(node.slice, scope)
    if isinstance(node, COMPREHENSIONS):
        own_names: dict[str, Refs[str]] = {}
        inner = _Inner(scope, own_names)
        found = NONE
        for generator in node.generators:
            source = refs_of(generator.iter, inner)
            found |= source
            for name in target_names(generator.target):
                own_names[name] = source
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for part in parts:
            found |= refs_of(part, inner)
        return found
    if isinstance(node, ast.Lambda):
        names = {argument.arg: NONE for argument in arguments_of(node.args)}
        return refs_of(node.body, _Inner(scope, names))
    found = NONE
    for child in ast.iter_child_nodes(node):
        if not isinstance(
            child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
        ):
            found |= refs_of(child, scope)
    compared = isinstance(node, ast.Compare) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
    )
    return scope.nearest(found) if compared and len(found) > 1 else found
