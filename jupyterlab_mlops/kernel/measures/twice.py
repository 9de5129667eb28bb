"""Series that lines of one statement say twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .metric_names import related
from .phrases import PART
from .points import Point

LEAST_SAID = 3
"""Different values that two series have alike by no accident."""
Key = tuple[str | None, str]
"""The candidate that a series is about, and its name."""


def said_twice(groups: Mapping[Key, Sequence[Point]]) -> list[Key]:
    """Those series that another one says again, value for value, with the part of the data that it is of: ``loss`` of a
    training function beside ``LOSS_train`` of the loop that calls it."""
    values = {key: [point.value for point in group] for key, group in groups.items()}
    return [
        key
        for key, group in values.items()
        if len(set(group)) >= LEAST_SAID
        and not PART.search(key[1])
        and any(
            one[0] == key[0] and other == group and PART.search(one[1]) and related(one[1], key[1])
            for one, other in values.items()
            if one != key
        )
    ]
