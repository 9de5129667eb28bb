"""Which metrics stand in the arguments of ``print``, by syntax alone. Pure."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..source.syntax import call_name
from ..source.wording import words
from .expressions import bound_in, metric_in


def printed_names(tops: Sequence[ast.AST]) -> list[list[str]]:
    """For each ``print`` with plain arguments in these trees: the metric name in each argument, or ''."""
    found = []
    for top in tops:
        counted = bound_in(top)
        for node in ast.walk(top):
            if isinstance(node, ast.Call) and call_name(node) == "print" and node.args:
                names = [metric_in(argument, counted, weak=True) for argument in node.args]
                if any(names):
                    found.append(names)
    return found


def print_ends(tops: Sequence[ast.AST]) -> set[str]:
    """What the prints of one metric in these trees write behind it, where that is no line's end: ``"; "``."""
    found = set()
    for top in tops:
        counted = bound_in(top)
        for node in ast.walk(top):
            if not isinstance(node, ast.Call) or call_name(node) != "print":
                continue
            if len(node.args) == 1 and metric_in(node.args[0], counted, weak=True):
                for keyword in node.keywords:
                    end = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                    if keyword.arg == "end" and isinstance(end, str) and end.strip("\n"):
                        found.add(end)
    return found


def printed_alone(tops: Sequence[ast.AST]) -> list[list[tuple[ast.expr, str]]]:
    """What the ``print``s of one argument each print, in their order, a list for each block of statements in these trees:
    the argument, and the metric's name in it or ''."""
    found = []
    for top in tops:
        counted = bound_in(top)
        for block in blocks_in(top):
            calls = [one.value for one in block if isinstance(one, ast.Expr)]
            alone = [
                (call.args[0], metric_in(call.args[0], counted, weak=True))
                for call in calls
                if isinstance(call, ast.Call) and call_name(call) == "print"
                if len(call.args) == 1 and all(one.arg != "end" for one in call.keywords)
            ]
            if alone:
                found.append(alone)
    return found


_WEIGHTS = frozenset("importance importances coef coefs pvalues ranking loadings".split())
_OF_COLUMNS = frozenset({"scores_", "pvalues_", "ranking_"})
"""What selectors and models keep for each column."""


def weighs(statement: ast.AST) -> bool:
    """Whether a loop goes through what columns weigh: ``for name, score in zip(names, forest.feature_importances_)``."""
    if not isinstance(statement, ast.For):
        return False
    return any(
        bool(_WEIGHTS & set(words(name))) or name in _OF_COLUMNS
        for node in ast.walk(statement.iter)
        if (name := getattr(node, "attr", getattr(node, "id", "")))
    )


def blocks_in(top: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of statements in a tree."""
    fields = ("body", "orelse", "finalbody")
    found = [getattr(node, field, None) for node in ast.walk(top) for field in fields]
    return [one for one in found if isinstance(one, list)]
