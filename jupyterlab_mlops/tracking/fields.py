"""The fields of an MLflow request, read with MLflow's rules and told in MLflow's words. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypedDict

from ..errors import InvalidValue, MLOpsError
from ..store import quick_json

_HINT = " See the API docs for more information about request parameters."


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a request body; an empty body is an empty object.

    Old clients encode the object twice. ``NaN`` and infinities are accepted, quoted or bare.

    Raises:
        MLOpsError: it is not JSON.
        InvalidValue: it is not a JSON object.
    """
    if not body:
        return {}
    try:
        parsed = quick_json.loads(body)
        if isinstance(parsed, str):
            parsed = json.loads(parsed)
    except (ValueError, RecursionError):
        raise MLOpsError("The request body is not valid JSON.") from None
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise InvalidValue("The request body must be a JSON object.")
    return parsed


def missing(name: str) -> NoReturn:
    """Say that a required field is missing.

    Raises:
        InvalidValue: always.
    """
    raise InvalidValue(f"Missing value for required parameter '{name}'.{_HINT}")


def invalid(name: str, value: Any) -> NoReturn:
    """Say that a field has a value of the wrong type.

    Raises:
        InvalidValue: always.
    """
    shown = json.dumps(value, default=str, separators=(",", ":"))
    shown = shown if len(shown) < 500 else f"{shown[:500]}…"
    raise InvalidValue(
        f"Invalid value {shown} for parameter '{name}' supplied: Hint: Value was of type"
        f" '{type(value).__name__}'.{_HINT}"
    )


class Query(TypedDict):
    """What a search asks for, as the searches of the store take it."""

    filter: str
    order_by: list[str]
    max_results: int
    page_token: str | None


class Fields:
    """What a request carries: its body or query, and what its path says."""

    def __init__(self, values: Mapping[str, Any], *, query: bool = False) -> None:
        self._values = values
        self._query = query

    def has(self, name: str) -> bool:
        """Whether the field was sent, even if empty."""
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        """The value as it was sent."""
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """A string, None where it was not sent.

        Raises:
            InvalidValue: it is not a string.
        """
        value = self._values.get(name)
        if isinstance(value, list) and self._query:
            value = value[0]
        if value is None or isinstance(value, str):
            return value
        invalid(name, value)

    def required(self, name: str) -> str:
        """A string that must not be empty.

        Raises:
            InvalidValue: it is missing, empty or not a string.
        """
        return self.text(name) or missing(name)

    def run_id(self) -> str:
        """The run; old clients call it ``run_uuid``.

        Raises:
            InvalidValue: it is missing or not a string.
        """
        return self.text("run_id") or self.text("run_uuid") or missing("run_id")

    def experiment_id(self, name: str = "experiment_id") -> int:
        """An experiment's id, sent as text or as a number.

        Raises:
            InvalidValue: it is missing or not an integer.
        """
        value = self._values.get(name)
        if value is None or value == "":
            missing(name)
        return experiment_number(value, name)

    def integer(self, name: str) -> int | None:
        """An integer, also sent as text; None where it was not sent.

        Raises:
            InvalidValue: it is not an integer.
        """
        return to_integer(self._values.get(name), name)

    def boolean(self, name: str) -> bool:
        """A boolean; false where it was not sent.

        Raises:
            InvalidValue: it is not a boolean.
        """
        value = self._values.get(name)
        if self._query and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if value is None or isinstance(value, bool):
            return bool(value)
        invalid(name, value)

    def strings(self, name: str) -> list[str]:
        """A list of strings; empty where it was not sent.

        Raises:
            InvalidValue: it is not a list of strings.
        """
        value = self._values.get(name)
        if value is None:
            return []
        if self._query and isinstance(value, str):
            return [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            invalid(name, value)
        return value

    def items(self, name: str) -> list[dict[str, Any]]:
        """A list of objects; empty where it was not sent.

        Raises:
            InvalidValue: it is not a list of objects.
        """
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            invalid(name, value)
        return value

    def pairs(self, name: str, *, unnamed: bool = False) -> dict[str, str]:
        """A list of ``{"key", "value"}`` objects as a dict; the last value of a key counts.

        Raises:
            InvalidValue: as :func:`key_values`.
        """
        return dict(key_values(self.items(name), name, unnamed=unnamed))

    def view(self, name: str) -> str:
        """MLflow's view type as the store calls it.

        Raises:
            InvalidValue: there is no such view.
        """
        value = self._values.get(name)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        try:
            return _VIEWS[value]
        except (KeyError, TypeError):
            invalid(name, value)

    def page_size(self, name: str, *, default: int, most: int, least: int = 1) -> int:
        """How many results a page may have.

        Raises:
            InvalidValue: not an integer from ``least`` to ``most``.
        """
        value = self.integer(name)
        if value is None:
            return default
        if not least <= value <= most:
            raise InvalidValue(
                f"Invalid value {value} for parameter '{name}' supplied: it must be at least {least} and at"
                f" most {most}.{_HINT}"
            )
        return value

    def query(self, *, default: int, most: int, least: int = 1) -> Query:
        """What a search asks for.

        Raises:
            InvalidValue: as :meth:`text`, :meth:`strings` and :meth:`page_size`.
        """
        return Query(
            filter=self.text("filter") or "",
            order_by=self.strings("order_by"),
            max_results=self.page_size("max_results", default=default, most=most, least=least),
            page_token=self.text("page_token"),
        )


_VIEWS: dict[Any, str] = {
    None: "active",
    1: "active",
    2: "deleted",
    3: "all",
    "ACTIVE_ONLY": "active",
    "DELETED_ONLY": "deleted",
    "ALL": "all",
}


def key_values(
    items: Sequence[Mapping[str, Any]], name: str, *, unnamed: bool = False
) -> list[tuple[str, str]]:
    """``{"key", "value"}`` objects as pairs; a value that was not sent is empty.

    ``unnamed``: a key may be empty or missing, as where MLflow does not look at it.

    Raises:
        InvalidValue: a key is missing, or a key or value is not a string.
    """
    found = []
    for index, item in enumerate(items):
        key, value = item.get("key"), item.get("value", "")
        if key is None or key == "":
            key = "" if unnamed else missing(f"{name}[{index}].key")
        if not isinstance(key, str):
            invalid(f"{name}[{index}].key", key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            invalid(f"{name}[{index}].value", value)
        found.append((key, value))
    return found


def experiment_number(value: Any, name: str = "experiment_id") -> int:
    """An experiment's id as the store has it.

    Raises:
        InvalidValue: not an integer.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        invalid(name, value)
    try:
        number = int(value)
        if not -(2**63) <= number < 2**63:
            raise ValueError
        return number
    except ValueError:
        raise InvalidValue(
            f"Invalid experiment ID {str(value)[:100]!r}: an experiment's ID is an integer."
        ) from None


def to_integer(value: Any, name: str) -> int | None:
    """An integer, also from text or a whole number such as 3.0; None stays None.

    Raises:
        InvalidValue: it is not one that fits 64 bits.
    """
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        number = value
    elif isinstance(value, str):
        try:
            number = int(value)
        except ValueError:
            invalid(name, value)
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    else:
        invalid(name, value)
    if number is not None and not -(2**63) <= number < 2**63:
        invalid(name, value)
    return number


def to_number(value: Any, name: str) -> float:
    """A float, also from a boolean or text; ``"NaN"``, ``"Infinity"`` and ``"-Infinity"`` are read.

    Raises:
        InvalidValue: it is not a number.
    """
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            invalid(name, value)
    if value is None:
        missing(name)
    invalid(name, value)
