"""``registered-models/…``: models, their tags and aliases."""

from __future__ import annotations

import re

from ..entities import Model
from ..errors import InvalidValue, NotFound
from ..store import models, search_models
from ..store.store import Connection
from .base import Answer, Call
from .fields import to_integer
from .wire import check_name, check_names, dumps, paged
from .wire_models import model_json, version_json

#: What MLflow keeps for itself among aliases: they would be read as versions.
_RESERVED_ALIASES = ("latest",)


async def create(call: Call) -> Answer:
    """``POST registered-models/create``."""
    fields = call.fields
    name, tags = fields.required("name"), check_names(fields.pairs("tags"))
    description = fields.text("description") or ""
    model = await call.store.write(
        models.create_model, name, description=description, tags=tags, any_name=call.older_than(3)
    )
    return {"registered_model": model_json(model)}


async def get(call: Call) -> Answer:
    """``GET registered-models/get``."""
    name = call.fields.required("name")
    return await call.store.read(
        lambda conn: dumps({"registered_model": _full(conn, models.get_model(conn, name))})
    )


async def search(call: Call) -> Answer:
    """``GET registered-models/search``."""
    query = call.fields.query(default=100, most=1000, least=0)

    def read(conn: Connection) -> bytes:
        found, following = search_models.search_models(conn, **query)
        return paged("registered_models", [_full(conn, model) for model in found], following)

    return await call.store.read(read)


async def update(call: Call) -> Answer:
    """``PATCH registered-models/update``."""
    name, description = call.fields.required("name"), call.fields.text("description") or ""

    def write(conn: Connection) -> bytes:
        models.update_model(conn, name, description=description)
        return dumps({"registered_model": _full(conn, models.get_model(conn, name))})

    return await call.store.write(write)


async def rename(call: Call) -> Answer:
    """``POST registered-models/rename``."""
    name, new_name = call.fields.required("name"), call.fields.required("new_name")
    any_name = call.older_than(3)  # MLflow before 3 lets "/" and ":" into a model's name

    def write(conn: Connection) -> bytes:
        models.rename_model(conn, name, new_name, any_name=any_name)
        return dumps({"registered_model": _full(conn, models.get_model(conn, new_name))})

    return await call.store.write(write)


async def delete(call: Call) -> Answer:
    """``DELETE registered-models/delete``."""
    await call.store.write(models.delete_model, call.fields.required("name"))
    return None


async def latest_versions(call: Call) -> Answer:
    """``POST`` and ``GET registered-models/get-latest-versions``."""
    name, stages = call.fields.required("name"), call.fields.strings("stages")

    def read(conn: Connection) -> bytes:
        models.get_model(conn, name)
        found = models.latest_by_stage(conn, name, stages)
        return dumps({"model_versions": [version_json(version) for version in found]})

    return await call.store.read(read)


async def set_tag(call: Call) -> Answer:
    """``POST registered-models/set-tag``."""
    fields = call.fields
    name, key = fields.required("name"), check_name(fields.required("key"), "key")
    await call.store.write(models.set_model_tag, name, key, fields.text("value") or "")
    return None


async def delete_tag(call: Call) -> Answer:
    """``DELETE registered-models/delete-tag``."""
    name, key = call.fields.required("name"), call.fields.required("key")
    await call.store.write(models.delete_model_tag, name, key)
    return None


async def set_alias(call: Call) -> Answer:
    """``POST registered-models/alias``."""
    fields = call.fields
    name, alias = fields.required("name"), fields.required("alias")
    number = version_number(call)
    check_alias(alias)
    await call.store.write(models.set_alias, name, alias, number)
    return None


async def delete_alias(call: Call) -> Answer:
    """``DELETE registered-models/alias``."""
    name, alias = call.fields.required("name"), call.fields.required("alias")
    await call.store.write(models.delete_alias, name, alias)
    return None


async def get_by_alias(call: Call) -> Answer:
    """``GET registered-models/alias``; a semantic version serves as an alias."""
    name, alias = call.fields.required("name"), call.fields.required("alias")
    no_alias = InvalidValue(f"Registered model alias {alias} not found.")

    def read(conn: Connection) -> bytes:
        if call.older_than(3) and not models.models_named(conn, [name]):
            raise no_alias
        if alias not in models.get_model(conn, name).aliases:
            try:
                version = models.get_version(conn, name, version=alias)
            except NotFound:
                raise no_alias from None
        else:
            version = models.get_version(conn, name, alias=alias)
        return dumps({"model_version": version_json(version)})

    return await call.store.read(read)


def version_number(call: Call) -> int:
    """MLflow's integer version, from the field ``version``.

    Raises:
        InvalidValue: it is missing or not an integer; in the words of the client's own MLflow.
    """
    value = call.fields.required("version")
    try:
        return to_integer(value, "version") or 0
    except InvalidValue:
        raise InvalidValue(
            f"Model version must be an integer, got '{value}'"
            if call.older_than(2, 20)
            else f"Parameter 'version' must be an integer, got '{value}'."
            " Load a semantic version as an alias: models:/name@1.2.3"
        ) from None


def check_alias(alias: str) -> None:
    """Check that an alias cannot be taken for something else.

    Raises:
        InvalidValue: MLflow reserves it, or it reads as an integer version.
    """
    if alias.lower() in _RESERVED_ALIASES:
        raise InvalidValue(f"'{alias}' alias name (case insensitive) is reserved.")
    if alias.lower().startswith("v") and alias[1:].isdigit():
        raise InvalidValue(f"Version alias name '{alias}' is reserved.")
    if not re.fullmatch(r"[\w-]+", alias):
        raise InvalidValue(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_) and"
            " dashes (-)."
        )


def _full(conn: Connection, model: Model) -> dict[str, object]:
    return model_json(model, models.latest_by_stage(conn, model.name))
