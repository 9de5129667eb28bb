"""``issues/…``: what was found to be wrong in an experiment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import InvalidValue
from ..store import issues
from .base import Answer, Call
from .fields import Fields, invalid, missing
from .wire_evaluation import issue_json

#: MLflow's limits: characters of a name, a category or a key; of a value; entries of a list or map.
MAX_NAME, MAX_VALUE, MAX_ENTRIES = 250, 65_536, 100
_ID = re.compile(r"iss-[A-Za-z0-9_-]{1,32}")


async def create(call: Call) -> Answer:
    """``POST issues``."""
    fields = call.fields
    id = fields.text("issue_id")
    if id is not None and not _ID.fullmatch(id):
        raise InvalidValue(
            "Parameter 'issue_id' must be 'iss-' and up to 32 letters, digits, _ or -."
        )
    experiment_id, name = fields.experiment_id(), _name(fields) or missing("name")
    description = fields.required("description")
    status = _one_of(fields, "status", issues.STATUSES) or "pending"
    severity = _one_of(fields, "severity", issues.SEVERITIES)
    made = await call.store.write(
        issues.create,
        experiment_id,
        name=name,
        description=description,
        id=id,
        status=status,
        severity=severity,
        source_run_id=fields.text("source_run_id") or None,
        root_causes=fields.strings("root_causes"),
        categories=_names(fields, "categories"),
        metadata=_metadata(fields),
        created_by=fields.text("created_by") or None,
        seen_ms=_seen(fields),
    )
    return {"issue": issue_json(made)}


async def get(call: Call) -> Answer:
    """``GET issues/{id}``."""
    return {"issue": issue_json(await call.store.read(issues.get, call.path["id"]))}


async def update(call: Call) -> Answer:
    """``PATCH issues/{id}``: what is sent is changed, the rest stays."""
    fields = call.fields
    sent = {
        "name": _name(fields),
        "description": fields.text("description"),
        "status": _one_of(fields, "status", issues.STATUSES),
        "severity": _one_of(fields, "severity", issues.SEVERITIES),
        "updated_by": fields.text("last_updated_by") or None,
    }
    metadata, without = _metadata(fields), _names(fields, "delete_metadata_keys")
    if set(metadata) & set(without):
        raise InvalidValue(
            "A key is in both 'metadata' and 'delete_metadata_keys'; send it in one."
        )
    changed = await call.store.write(
        issues.update,
        call.path["id"],
        columns={name: value for name, value in sent.items() if value is not None},
        categories=_names(fields, "categories") if fields.has("categories") else None,
        metadata=metadata,
        without=without,
        seen_ms=_seen(fields),
    )
    return {"issue": issue_json(changed)}


async def search(call: Call) -> Answer:
    """``POST issues/search``."""
    fields = call.fields
    query = issues.Query(
        experiment_id=fields.experiment_id() if fields.text("experiment_id") else None,
        filter=fields.text("filter_string") or "",
        name=fields.text("name"),
        statuses=_each_of(fields, "statuses", issues.STATUSES),
        severities=_each_of(fields, "severities", issues.SEVERITIES),
        categories=_names(fields, "categories"),
    )
    view, traces = fields.text("view"), fields.boolean("include_trace_count")
    if view not in (None, "basic", "full"):
        invalid("view", view)
    found, following, total = await call.store.read(
        issues.search,
        query,
        order_by=fields.strings("order_by"),
        max_results=fields.page_size("max_results", default=100, most=50_000),
        page_token=fields.text("page_token"),
    )
    answer: dict[str, object] = {
        "issues": [issue_json(issue, basic=view == "basic", traces=traces) for issue in found],
        "next_page_token": following or "",
    }
    if fields.boolean("include_total_count"):
        answer["total_count"] = total
    return answer


def _name(fields: Fields) -> str | None:
    name = fields.text("name")
    if name is not None and not 1 <= len(name) <= MAX_NAME:
        raise InvalidValue(f"An issue's 'name' has 1 to {MAX_NAME} characters, not {len(name)}.")
    return name


def _names(fields: Fields, name: str) -> list[str]:
    found = fields.strings(name)
    if len(found) > MAX_ENTRIES or not all(1 <= len(value) <= MAX_NAME for value in found):
        raise InvalidValue(
            f"Parameter '{name}' takes up to {MAX_ENTRIES} texts of 1 to {MAX_NAME} characters."
        )
    return found


def _metadata(fields: Fields) -> dict[str, str]:
    found = fields.raw("metadata") or {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        invalid("metadata", found)
    if len(found) > MAX_ENTRIES or not all(
        1 <= len(key) <= MAX_NAME and len(value) <= MAX_VALUE for key, value in found.items()
    ):
        raise InvalidValue(
            f"Parameter 'metadata' takes up to {MAX_ENTRIES} keys of 1 to {MAX_NAME} characters, with values"
            f" of up to {MAX_VALUE}."
        )
    return found


def _seen(fields: Fields) -> int | None:
    seen = fields.integer("last_seen_timestamp")
    if seen is not None and seen < 0:
        invalid("last_seen_timestamp", seen)
    return seen


def _one_of(fields: Fields, name: str, known: Sequence[str]) -> str | None:
    value = fields.text(name)
    if value is not None and value not in known:
        raise InvalidValue(f"Invalid issue {name}: '{value}'. Use one of {list(known)}.")
    return value


def _each_of(fields: Fields, name: str, known: Sequence[str]) -> list[str]:
    found = fields.strings(name)
    for value in found:
        if value not in known:
            raise InvalidValue(f"Invalid value '{value}' in '{name}'. Use one of {list(known)}.")
    return found
