"""The table of attempts that a library's function gives which searches by fitting copies: a row each, the best first.

Known by a column ``params`` of dicts, as scikit-learn's ``cv_results_`` has one. Measured are columns of fractions that are
no settings; the first of them, by which the rows are sorted, says which attempt was the best.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import params
from ..measures.metrics import real_scalar
from .searches import Attempt, Search

MAX_ROWS = 10_000
MAX_COLUMNS = 60


def search_in(values: Iterable[Any], model_class: str, most: int) -> Search | None:
    """The search that one of the values tells of as a table, with its ``most`` best attempts; None if none does. Pure."""
    for value in values:
        found = _search(value, model_class, most)
        if found is not None:
            return found
    return None


def _search(table: Any, model_class: str, most: int) -> Search | None:
    if type(table).__name__ != "DataFrame" or not 0 < len(table) <= MAX_ROWS:
        return None
    if len(table.columns) > MAX_COLUMNS or not table.columns.is_unique:
        return None
    columns = {str(name): table[name].tolist() for name in table.columns}
    tried = columns.pop("params", [None])
    if not all(isinstance(one, dict) for one in tried):
        return None
    keys = {str(key) for one in tried for key in one}
    measured = {name: items for name, items in columns.items() if name not in keys}
    measured = {name: items for name, items in measured.items() if _are_fractions(items)}
    if not measured:
        return None
    first = next(iter(measured))
    if measured[first] not in (sorted(measured[first]), sorted(measured[first], reverse=True)):
        return None
    others = [name for name in columns if name not in keys and name not in measured]
    rows = range(min(len(tried), most))
    return Search(
        model_class,
        (first, float(measured[first][0])),
        _texts(tried[0]),
        [
            Attempt(
                _texts({name: columns[name][row] for name in others} | tried[row]),
                [(name, float(items[row])) for name, items in measured.items()],
            )
            for row in rows
        ],
        total=len(tried),
    )


def _are_fractions(items: list[Any]) -> bool:
    """Whether all are numbers that can be compared, and not all whole: no attempts' numbers, no counts."""
    numbers = [real_scalar(one) for one in items]
    if any(one is None or one != one for one in numbers):
        return False
    return any(one != int(one) for one in numbers if one is not None and abs(one) < 1e300)


def _texts(settings: dict[Any, Any]) -> dict[str, str]:
    pairs = ((str(name), params.text_of(value)) for name, value in settings.items())
    return {name: text for name, text in pairs if text is not None}
