"""Small questions about syntax trees: names in targets, where a chain of attributes starts, what a call calls. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable

Function = Callable[[str], ast.AST | None]
"""The definition of the user's function of a name; None if there is none."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try)


def compound(node: ast.stmt) -> bool:
    """Whether the statement holds others that may run many times or not at all."""
    return isinstance(node, COMPOUND)


def target_names(target: ast.expr) -> list[str]:
    """The plain names in an assignment target."""
    return [
        node.id
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def names_in(node: ast.AST) -> set[str]:
    """All plain names in a tree, read and bound."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def base_name(node: ast.AST) -> str | None:
    """``a`` of ``a.b[0].c``, of ``a`` itself; None for what starts with a call or a literal."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def call_name(node: ast.Call) -> str:
    """``score`` of ``clf.score(…)``, ``f1`` of ``f1(…)``, '' for other callees."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def arguments_of(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return found + [extra for extra in (arguments.vararg, arguments.kwarg) if extra]


def copies(node: ast.stmt) -> bool:
    """Whether a statement merely gives a constant or another name's object a name: nothing is worked out in it. An entry that
    another name's object is put into says what it is."""
    if not isinstance(node, ast.Assign):
        return False
    entry = isinstance(node.targets[0], ast.Subscript)
    return isinstance(node.value, ast.Constant) or (isinstance(node.value, ast.Name) and not entry)
