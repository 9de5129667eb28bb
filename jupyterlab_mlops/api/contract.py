"""openapi.yaml at work: what a request's query and body must look like is read from the contract itself. Pure."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from ..errors import InvalidValue

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
#: Parameters that hold a path, slashes included.
_WITH_SLASHES = {"path"}


@dataclass(frozen=True)
class Operation:
    """One verb of one path."""

    id: str
    path: str
    verb: str
    parameters: tuple[dict[str, Any], ...]
    body: Draft202012Validator | None
    body_required: bool

    def query(self, given: dict[str, list[bytes]]) -> dict[str, Any]:
        """The query's parameters with their types and defaults; absent ones are None.

        Raises:
            InvalidValue: a required one is missing, or a value does not fit.
        """
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            name, schema = parameter["name"], parameter["schema"]
            if parameter["in"] != "query":
                continue
            raw = given.get(name)
            if not raw:
                if parameter.get("required"):
                    raise InvalidValue(f"query parameter {name!r} is missing", field=name)
                values[name] = schema.get("default")
                continue
            values[name] = _coerce(name, raw[-1].decode("utf-8", "replace"), schema)
        return values

    def document(self, raw: bytes) -> dict[str, Any]:
        """The request's JSON body.

        Raises:
            InvalidValue: it is not JSON, or does not fit; the message names the field.
        """
        if not raw.strip():
            if self.body_required:
                raise InvalidValue("a JSON body is needed")
            return {}
        try:
            document = json.loads(raw)
        except ValueError as failure:
            raise InvalidValue(f"the body is not JSON: {failure}") from None
        if not isinstance(document, dict):
            raise InvalidValue("the body must be a JSON object")
        if self.body is not None:
            error = best_match(self.body.iter_errors(document))
            if error is not None:
                field = ".".join(str(part) for part in error.absolute_path) or "the body"
                raise InvalidValue(f"{field}: {error.message}", field=field)
        return document


@functools.cache
def specification() -> dict[str, Any]:
    """The contract as a mapping."""
    text = files(__package__).joinpath("openapi.yaml").read_text("utf-8")
    # In C it takes 10 ms, in Python more than 100, on the event loop of the first request.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 - either is safe
    return loaded


@functools.cache
def operations() -> dict[str, Operation]:
    """Every operation by its id."""
    document = specification()
    found = {}
    for path, verbs in document["paths"].items():
        for verb, described in verbs.items():
            body = described.get("requestBody", {})
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            found[described["operationId"]] = Operation(
                id=described["operationId"],
                path=path,
                verb=verb,
                parameters=tuple(_resolve(each) for each in described.get("parameters", ())),
                body=None
                if schema is None
                else Draft202012Validator(schema | {"components": document["components"]}),
                body_required=bool(body.get("required")),
            )
    return found


def pattern(path: str) -> str:
    """The URL pattern of a path of the contract, with a named group a parameter."""

    def group(match: re.Match[str]) -> str:
        name = match[1]
        return f"(?P<{name}>{'.+' if name in _WITH_SLASHES else '[^/]+'})"

    return _PATH_PARAMETER.sub(group, path)


def _resolve(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: Any = specification()
    for part in parameter["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: dict[str, Any] = found
    return resolved


def _coerce(name: str, text: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type", "string")
    if kind == "integer":
        try:
            number = int(text)
        except ValueError:
            raise InvalidValue(f"{name}: {text!r} is not a whole number", field=name) from None
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and number < low) or (high is not None and number > high):
            raise InvalidValue(f"{name}: {number} is not between {low} and {high}", field=name)
        return number
    if kind == "boolean":
        if text not in ("true", "false"):
            raise InvalidValue(f"{name}: {text!r} is not true or false", field=name)
        return text == "true"
    choices = schema.get("enum")
    if choices and text not in choices:
        raise InvalidValue(f"{name}: {text!r} is not one of {', '.join(choices)}", field=name)
    return text
