"""Comprehensions that work out a metric of each of several models or predictions: ``{name: np.mean(p == y) for name, p in
predictions.items()}``. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from .values import scalars

Made = ast.DictComp | ast.ListComp | ast.GeneratorExp


def comprehensions_in(statement: ast.AST, metric: Callable[[ast.expr], str]) -> list[Made]:
    """Those of one loop and no condition that give what ``metric`` has a name for; none beside a lambda."""
    found: list[Made] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Lambda):
            return []
        if isinstance(node, (ast.DictComp, ast.ListComp, ast.GeneratorExp)):
            if len(node.generators) == 1 and not node.generators[0].ifs:
                found += [node] if any(map(metric, parts_of(node))) else []
    return found


def rows_of_each(
    given: list[Any], count: int, wanted: list[bool]
) -> list[list[float | None]] | None:
    """What a comprehension gave of each item at each place that is wanted, where the values that the statement gave are
    just those, in their order; None if it cannot be told."""
    places = [place for place, one in enumerate(wanted) if one]
    for value in given:
        numbers = scalars(value) if count and places else []
        if len(numbers) != count * len(places) or (len(places) > 1 and not _by_row(value)):
            continue
        rows: list[list[float | None]] = []
        for start in range(0, len(numbers), len(places)):
            row: list[float | None] = [None] * len(wanted)
            for place, number in zip(places, numbers[start:]):
                row[place] = number
            rows.append(row)
        return rows
    return None


def _by_row(value: Any) -> bool:
    """Whether the rows of a table are the items: they are numbered."""
    return type(value) is list or type(getattr(value, "index", None)).__name__ == "RangeIndex"


def parts_of(made: Made) -> list[ast.expr]:
    """What a comprehension gives of each item: itself, or what is in its tuple, list or dict."""
    value = made.value if isinstance(made, ast.DictComp) else made.elt
    if isinstance(value, (ast.Tuple, ast.List)):
        return value.elts
    return value.values if isinstance(value, ast.Dict) else [value]
