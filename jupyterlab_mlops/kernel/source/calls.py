"""Where the calls of a tree stand, and what is around them. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .syntax import FUNCTIONS, call_name


class CallIndex:
    """The calls of trees that share a file name by their position, and the node around each node."""

    def __init__(self, *trees: ast.AST) -> None:
        self.calls: dict[tuple[int, int], ast.Call] = {}
        """By where they end: each has a closing parenthesis of its own, while Python says of a method called on a
        line below its object's that it starts there."""
        self.by_line: dict[int, list[ast.Call]] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.functions: dict[tuple[str, int], ast.AST] = {}
        for node in (node for tree in trees for node in ast.walk(tree)):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, ast.Call):
                self.calls[(node.end_lineno or node.lineno, node.end_col_offset or 0)] = node
                self.by_line.setdefault(node.lineno, []).append(node)
            elif isinstance(node, FUNCTIONS):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                self.functions[(node.name, first)] = node
            elif isinstance(node, ast.Lambda):
                self.functions[("<lambda>", node.lineno)] = node

    def find(
        self, span: tuple[int, int, int, int] | None, line: int, called: str
    ) -> ast.Call | None:
        """The call at a position; without one (Python < 3.11) the first call of that name on that line."""
        if span is not None:
            exact = self.calls.get(span[2:])
            if exact is not None:
                return exact
        named = [call for call in self.by_line.get(line, ()) if call_name(call) == called]
        return named[0] if named else None

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around ``node``, from the inside out."""
        current = self.parents.get(node)
        while current is not None:
            yield current
            current = self.parents.get(current)
