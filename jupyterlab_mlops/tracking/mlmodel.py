"""What an ``MLmodel`` file says of a model, in the words of our own versions. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

#: An ``MLmodel`` larger than this is not read (bytes).
MAX_BYTES = 4 * 1024 * 1024
#: MLflow's column types as numpy names them, as our own signatures do; others say nothing.
_TYPES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "datetime": "datetime64[ns]",
}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The format (``mlflow.sklearn``) and the signature (JSON: ``{"inputs": [{name?, type?, shape?}]}``)."""

    flavor: str = ""
    signature: str | None = None


def model_facts(text: bytes) -> ModelFacts:
    """The facts of an ``MLmodel`` file; empty where it cannot be read."""
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return ModelFacts()
    if not isinstance(content, Mapping):
        return ModelFacts()
    flavors = content.get("flavors")
    names = [str(name) for name in flavors if name != "python_function"] if flavors else []
    flavor = f"mlflow.{names[0]}" if names else "mlflow.pyfunc" if flavors else ""
    signature = content.get("signature")
    columns = _columns(signature.get("inputs")) if isinstance(signature, Mapping) else []
    return ModelFacts(flavor, json.dumps({"inputs": columns}) if columns else None)


def _columns(inputs: Any) -> list[dict[str, Any]]:
    """The inputs of a signature; MLflow writes them as JSON."""
    try:
        listed = json.loads(inputs) if isinstance(inputs, str) else inputs
    except ValueError:
        return []
    if not isinstance(listed, list):
        return []
    return [_column(entry) for entry in listed if isinstance(entry, Mapping)]


def _column(entry: Mapping[str, Any]) -> dict[str, Any]:
    column: dict[str, Any] = {"name": str(entry["name"])} if entry.get("name") else {}
    tensor = entry.get("tensor-spec")
    if isinstance(tensor, Mapping):
        return column | {"type": str(tensor.get("dtype", "")), "shape": tensor.get("shape")}
    return column | {"type": _TYPES.get(str(entry.get("type")), "")}
