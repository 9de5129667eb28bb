"""JSON where there is much of it: with orjson where that is installed, else with the standard library. Same results."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")

try:
    orjson: Any = import_module("orjson")
except ImportError:  # no wheel for this machine: the standard library is slower, and does
    orjson = None


def loads(text: bytes) -> Any:
    """Read JSON with Python's rules; half of a surrogate pair, which is no text, becomes U+FFFD. Strict JSON, which
    clients nearly always send, takes a third of the time.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    if orjson is not None:
        try:
            return orjson.loads(text)
        except ValueError:  # perhaps NaN, an infinity or half of a surrogate pair
            pass
    found = json.loads(text)
    if _ESCAPED_SURROGATE.search(text):
        return json.loads(_SURROGATE.sub("\ufffd", json.dumps(found, ensure_ascii=False)))
    return found


def numbers(values: Sequence[float | None]) -> list[str]:
    """Finite numbers as JSON that reads back as the same doubles; ``null`` for None."""
    if not values:
        return []
    if orjson is not None:
        return str(orjson.dumps(values)[1:-1], "ascii").split(",")
    return ["null" if value is None else repr(value) for value in values]
