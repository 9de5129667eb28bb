"""Numbers in values and in printed text, and when two of them are the same. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from numbers import Integral
from typing import Any

from . import series
from .metrics import metric_strength, real_scalar
from .points import Point, decimals_of

MAX_ATTRIBUTES = 100
MAX_TEXT = 80
MAX_TEXTS = 200
MAX_ROUNDED = 200
"""Numbers in a value that is looked through for rounded ones."""
MAX_DEPTH = 6
"""Containers in containers that are looked into."""


def scalars(value: Any, depth: int = 0, limit: int = 2000) -> list[float]:
    """The numbers in a value: itself, or in containers (a few deep: ``results[size]["test"][0]["loss"]``) and small frames."""
    scalar = real_scalar(value)
    if scalar is not None:
        return [scalar]
    if type(value).__name__ == "Styler":
        value = getattr(value, "data", None)  # the table that it shows in colour
    items: Any = ()
    if isinstance(value, dict):
        items = value.values()
    elif isinstance(value, (list, tuple)):
        items = value
    elif type(value).__module__.startswith("pandas"):
        if _size(value) <= limit:
            items = value.to_numpy().ravel().tolist()
    elif type(value).__module__ == "numpy" and _size(value) <= limit:
        items = value.ravel().tolist()
    found: list[float] = []
    if depth < MAX_DEPTH:
        for item in list(items)[:limit]:
            found.extend(scalars(item, depth + 1, limit))
            if len(found) > limit:
                break
    return found


def texts(value: Any, depth: int = 0) -> list[str]:
    """The short texts in a value: itself, or in containers and small tables of them, as ``"0.91 (+/- 0.02)"``."""
    if isinstance(value, str):
        return [value] if len(value) <= MAX_TEXT else []
    items: Any = ()
    if isinstance(value, dict):
        items = value.values()
    elif isinstance(value, (list, tuple)):
        items = value
    elif type(value).__module__.startswith("pandas") and _size(value) <= MAX_TEXTS:
        items = value.to_numpy().ravel().tolist()
    if depth >= 3:
        return []
    return [text for item in list(items)[:MAX_TEXTS] for text in texts(item, depth + 1)]


def _size(value: Any) -> float:
    """How many items an array or table has; without end where that is not a number, as of a groupby."""
    size = getattr(value, "size", None)
    return int(size) if isinstance(size, Integral) else math.inf


def floats_of(values: Any) -> list[float]:
    """The numbers of a list of 2 to 10,000 numbers, or arrays of one number each, [] of anything else."""
    if type(values) is not list or not 2 <= len(values) <= 10_000:
        return []
    if _only_number(values[0]) is None:
        return []
    numbers = [number for value in values if (number := _only_number(value)) is not None]
    return numbers if len(numbers) == len(values) else []


def _only_number(value: Any) -> float | None:
    """The number that a value is, or that is all of an array of NumPy: a cost that is worked out of matrices."""
    number = real_scalar(value)
    if number is None and type(value).__name__ == "ndarray" and value.shape in ((1,), (1, 1)):
        return real_scalar(value.reshape(-1)[0])
    return number


def last_ones(rows: Any) -> Any:
    """The last of each pair in a list of pairs, ``[(10, 0.3), (20, 0.2)]``; what else there is as it is."""
    if type(rows) is list and rows and all(type(row) is tuple and len(row) == 2 for row in rows):
        return [row[-1] for row in rows]
    return rows


def columns_of(rows: Any) -> list[tuple[str, list[float]]]:
    """The columns of numbers of a list of 2 to 10,000 dicts of the same few keys: ``[{"k": 1, "aic": 3.2}, …]``."""
    if type(rows) is not list or not 2 <= len(rows) <= 10_000:
        return []
    first = rows[0]
    if type(first) is not dict or len(first) > 50:
        return []
    if any(type(row) is not dict or row.keys() != first.keys() for row in rows):
        return []
    columns = ((key, floats_of([row[key] for row in rows])) for key in first if type(key) is str)
    return [(key, floats) for key, floats in columns if floats]


def placed_in(rows: Any, names: list[str]) -> list[tuple[str, list[float]]]:
    """(name, values) of the places with a name in a list of 2 to 200 rows, each a list of so many."""
    if type(rows) is not list or not 2 <= len(rows) <= MAX_ROUNDED:
        return []
    if any(type(row) not in (list, tuple) or len(row) != len(names) for row in rows):
        return []
    columns = ((name, [row[place] for row in rows]) for place, name in enumerate(names) if name)
    return [(name, floats) for name, items in columns if (floats := floats_of(items))]


def table_of(table: Any) -> list[tuple[str, list[float]]]:
    """(name, values) of the columns of numbers in a small pandas frame."""
    if type(table).__name__ != "DataFrame" or _size(table) > 2000 or not table.columns.is_unique:
        return []
    columns = ((name, table[name].tolist()) for name in table.columns if type(name) is str)
    return [(name, floats) for name, items in columns if (floats := floats_of(items))]


def is_row(values: Any) -> bool:
    """Whether it is a small numpy array of one dimension."""
    return (
        type(values).__module__ == "numpy"
        and getattr(values, "ndim", 0) == 1
        and len(values) <= 10_000
    )


def cross_validated(name: str, result: Any) -> list[tuple[str, Any]]:
    """Means and standard deviations of what a cross-validation returned."""
    if isinstance(result, dict):
        found = []
        for key, values in result.items():
            if str(key).startswith(("test_", "train_")):
                found.extend(_mean_std(str(key), values))
        return found
    if isinstance(result, tuple) and result and real_scalar(result[0]) is not None:
        return [(name, real_scalar(result[0]))]  # permutation_test_score: (score, scores, p-value)
    return _mean_std(name, result)


def _mean_std(name: str, values: Any) -> list[tuple[str, Any]]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        return []
    numbers = [
        one for one in numbers if one == one
    ] or numbers  # a fold without the class gives no number
    if not numbers:
        return []
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in numbers) / len(numbers))
    return [(f"{name}_mean", mean), (f"{name}_std", deviation)]


_PLAIN_MODULES = ("builtins", "numpy", "pandas", "polars", "torch", "collections")


def of_object(result: Any) -> list[tuple[str, float]]:
    """(name, value) of the scalars named like metrics of an object that a library's evaluation has given:
    ``evaluation.accuracy``, also where they are worked out when asked."""
    cls = type(result)
    if result is None or cls.__module__.startswith(_PLAIN_MODULES):
        return []
    asked = (name for name in dir(cls) if isinstance(getattr(cls, name, None), property))
    found = []
    for name in (*list(getattr(result, "__dict__", {}))[:MAX_ATTRIBUTES], *asked):
        if name.startswith("_") or metric_strength(name) < 2:
            continue
        try:
            value = real_scalar(getattr(result, name, None))
        except Exception:  # noqa: S112 - not defined for this task
            continue
        if value is not None:
            found.append((name, value))
    return found


def printed_numbers(text: str) -> list[tuple[float, int]]:
    found = []
    for match in series.NUMBERS.finditer(text[:200_000]):
        number = match.group(0)
        if math.isfinite(value := float(number)):  # not a piece of an id, `7e9393`
            found.append((value, decimals_of(number)))
    return found


def rounded(values: list[float]) -> list[tuple[float, int]]:
    """(number, decimals) of those that were rounded to two to six decimals, of few: ``0.9512`` of ``round(acc, 4)``.
    Those of many may be data."""
    if len(values) > MAX_ROUNDED:
        return []
    spelt = ((one, repr(one).partition(".")[2]) for one in values)
    return [(one, len(decimals)) for one, decimals in spelt if 2 <= len(decimals) <= 6]


def was_printed(value: float, numbers: list[tuple[float, int]]) -> bool:
    """Whether a value stands among printed numbers, as it is or in percent. One digit (``0.7``) tells too little,
    unless it is all there is."""
    return any(
        decimals != 0
        and (abs(number) * 10**decimals >= 9.5 or number in (value, value * 100))
        and (rounds_to(value, number, decimals) or rounds_to(value * 100, number, decimals))
        for number, decimals in numbers
    )


def rounds_to(value: float, printed: float, decimals: int) -> bool:
    """Whether a value is the printed one, to its last decimal, or to the last bits that a mean's order of summation changes."""
    if math.isinf(printed):
        return value == printed
    return abs(value - printed) <= max(0.5000001 * 10.0**-decimals, 1e-14 * abs(printed))


def matches(point: Point, value: float) -> bool:
    """Whether a value is the printed one, as it is, in percent or negated. A negative one that is printed as positive is
    said by another name: ``MAE`` of a ``neg_mean_absolute_error``."""
    if value != value:
        return point.value != point.value
    return (
        rounds_to(value, point.value, point.decimals)
        or rounds_to(value * 100, point.value, point.decimals)
        or (value > 0 and rounds_to(-value, point.value, point.decimals))
    )


class Told:
    """Values that were told, among which printed ones are looked for, also among thousands."""

    def __init__(self, values: Iterable[float]) -> None:
        values = list(values)
        self._values = sorted(one for one in values if one == one)
        self._nan = len(self._values) < len(values)

    def has(self, point: Point) -> bool:
        """Whether one of them is the printed one: see ``matches``."""
        printed = point.value
        if printed != printed:
            return self._nan
        if math.isinf(printed):
            return any(matches(point, one) for one in self._values)
        margin = 1.001 * max(0.5000001 * 10.0**-point.decimals, 1e-14 * abs(printed))
        return any(
            matches(point, one)
            for middle, width in (
                (printed, margin),
                (printed / 100, margin / 100),
                (-printed, margin),
            )
            for one in self._within(middle - width, middle + width)
        )

    def _within(self, low: float, high: float) -> Iterator[float]:
        for at in range(bisect_left(self._values, low), len(self._values)):
            if self._values[at] > high:
                return
            yield self._values[at]


def to_last_bits(value: float) -> float:
    """The value to twelve digits: equal of two means that were summed in another order."""
    return float(f"{value:.12g}")


def same(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= 1e-12 * max(abs(one), abs(other))
