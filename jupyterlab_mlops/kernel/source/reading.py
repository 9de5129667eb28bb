"""Which names a block reads that it has not bound itself before: what it needs from outside. Pure.

A loop's body is taken to run, a branch only where both sides bind the name.
"""

from __future__ import annotations

import ast

from .syntax import COMPREHENSIONS, FUNCTIONS, arguments_of, target_names


def outer_reads(node: ast.stmt) -> set[str]:
    """``{"rows"}`` of ``for row in rows: x = row; print(x)``."""
    outer: set[str] = set()
    _run([node], set(), outer)
    return outer


def _run(body: list[ast.stmt], bound: set[str], outer: set[str]) -> None:
    """Goes through ``body`` in the order it runs in; adds to what it has ``bound`` by then and reads from ``outer``."""
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            # Called at any time after: what its body reads may be from outside.
            outer |= _names_in(node) - bound
            bound.add(node.name)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            _read(node.iter, bound, outer)
            _read(node.target, bound, outer)
            bound |= set(target_names(node.target))
            _run([*node.body, *node.orelse], bound, outer)
        elif isinstance(node, ast.While):
            _read(node.test, bound, outer)
            _run([*node.body, *node.orelse], bound, outer)
        elif isinstance(node, ast.If):
            _read(node.test, bound, outer)
            sides = (set(bound), set(bound))
            _run(node.body, sides[0], outer)
            _run(node.orelse, sides[1], outer)
            bound |= sides[0] & sides[1]
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                _read(item.context_expr, bound, outer)
                if item.optional_vars is not None:
                    bound |= set(target_names(item.optional_vars))
            _run(node.body, bound, outer)
        elif isinstance(node, ast.Try):
            before = set(bound)
            _run([*node.body, *node.orelse], bound, outer)
            for handler in node.handlers:
                _run(handler.body, before | {handler.name or ""}, outer)
            _run(node.finalbody, before, outer)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {one.asname or one.name.partition(".")[0] for one in node.names}
        else:
            _read(node, bound, outer)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                outer |= {node.target.id} - bound
            targets = (
                node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            )
            bound |= {name for one in targets if one is not None for name in target_names(one)}


def _read(node: ast.AST, bound: set[str], outer: set[str]) -> None:
    hidden: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, COMPREHENSIONS):
            hidden |= {name for made in one.generators for name in target_names(made.target)}
        elif isinstance(one, ast.Lambda):
            hidden |= {argument.arg for argument in arguments_of(one.args)}
    outer |= _names_in(node) - hidden - bound


def _names_in(node: ast.AST) -> set[str]:
    return {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }
