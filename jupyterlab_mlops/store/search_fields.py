"""What a search of candidates can ask for, and the SQL that answers it: the fields of a candidate ``c``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..errors import InvalidValue
from .search_grammar import Field
from .search_sql import Target, Vocabulary

#: SQLite reads 9e999 as infinity; NaN stays NULL and matches no comparison.
_METRIC_VALUE = "(CASE kind WHEN 0 THEN value WHEN 2 THEN 9e999 WHEN -2 THEN -9e999 END)"
_TEXT_ATTRIBUTES = {
    "run_id": "c.id",
    "id": "c.id",
    "run_name": "c.name",
    "name": "c.name",
    "run name": "c.name",
    "Run name": "c.name",
    "Run Name": "c.name",
    "status": "c.status",
    "user_id": "c.user_id",
    "lifecycle_stage": "c.lifecycle_stage",
    "artifact_uri": "'mlflow-artifacts:/' || c.experiment_id || '/' || c.id || '/artifacts'",
    "experiment_id": "CAST(c.experiment_id AS TEXT)",
    "notebook": "c.notebook",
    "notebook_run": "c.notebook_run_id",
    "model_class": "c.model_class",
    "variable": "c.variable",
    "origin": "c.origin",
    "parent": "c.parent_id",
    "remote": "c.remote",
}
_NUMERIC_ATTRIBUTES = {
    "start_time": "c.start_ms",
    "created": "c.start_ms",
    "Created": "c.start_ms",
    "end_time": "c.end_ms",
    "duration": "COALESCE(c.busy_ms, c.end_ms - c.start_ms) / 1000.0",
    "score": "c.score",
    "fits": "c.fits",
    "starred": "c.starred",
    "verified": "c.verified",
    "seq": "c.seq",
}
#: Tags that are shown for columns, unless a client has set a tag of that name.
SHOWN_TAGS = {
    "mlflow.runName": "c.name",
    "mlflow.parentRunId": "c.parent_id",
    "mlflow.source.name": "c.notebook",
    "mlflow.source.type": "CASE WHEN c.notebook IS NOT NULL THEN 'NOTEBOOK' END",
    "mlflow.source.git.commit": "(SELECT json_extract(r.git, '$.commit') FROM notebook_runs r"
    " WHERE r.id = c.notebook_run_id)",
    "mlops.notebook": "c.notebook",
    "mlops.notebook_run": "c.notebook_run_id",
    "mlops.model_class": "c.model_class",
    "mlops.variable": "c.variable",
    "mlops.cell": "CAST(c.cell_index AS TEXT)",
}
_DATASET = {"name": "$.name", "digest": "$.digest", "context": "$.context"}


def _of_all(table: str) -> str:
    """One look at all candidates: quick where many of them are asked about."""
    return f"c.id IN (SELECT candidate_id FROM {table} WHERE name = ? AND {{test}})"


def _of_one(table: str) -> str:
    """A look at each candidate: quick where few of them are asked about."""
    return f"EXISTS (SELECT 1 FROM {table} WHERE candidate_id = c.id AND name = ? AND {{test}})"


def _resolve(found: Callable[[str], str], field: Field) -> Target:
    """``found`` makes of a table's name how a candidate is found in it."""
    if field.kind == "metric":
        return Target(
            found("metrics"),
            _METRIC_VALUE,
            (field.key,),
            numeric=True,
            unequal="IS NOT",  # NaN, which is NULL here, differs from every number
        )
    if field.kind == "param":
        return Target(
            found("params"),
            "value",
            (field.key,),
            texts=True,
        )
    if field.kind == "tag":
        shown = SHOWN_TAGS.get(field.key)
        if shown in ("c.name", "c.parent_id"):
            return Target("{test}", shown)
        if shown is not None:
            stored = f"(SELECT value FROM tags WHERE candidate_id = c.id AND name = '{field.key}')"
            return Target("{test}", f"COALESCE({stored}, {shown})")
        return Target(
            found("tags"),
            "value",
            (field.key,),
            texts=True,
        )
    if field.kind == "dataset":
        if field.key not in _DATASET:
            raise InvalidValue(
                f"Invalid dataset key '{field.key}' specified. Valid keys are {sorted(_DATASET)}"
            )
        return Target(
            "EXISTS (SELECT 1 FROM inputs i WHERE i.candidate_id = c.id AND i.kind = 'dataset' AND {test})",
            f"json_extract(i.details, '{_DATASET[field.key]}')",
        )
    if field.key in _TEXT_ATTRIBUTES:
        return Target("{test}", _TEXT_ATTRIBUTES[field.key])
    if field.key in _NUMERIC_ATTRIBUTES:
        return Target("{test}", _NUMERIC_ATTRIBUTES[field.key], numeric=True)
    raise InvalidValue(
        f"Invalid attribute key '{field.key}' specified. Valid keys are"
        f" {sorted(_TEXT_ATTRIBUTES.keys() | _NUMERIC_ATTRIBUTES.keys())};"
        f" a metric is written metrics.{field.key}, a param params.{field.key}."
    )


#: The same fields and answers, for conditions that many or that few candidates have to meet.
MANY = Vocabulary(partial(_resolve, _of_all), "c.name")
FEW = Vocabulary(partial(_resolve, _of_one), "c.name")
