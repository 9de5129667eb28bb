"""Evaluation datasets, their records, scorers and issues as MLflow's JSON. Pure, as :mod:`.wire`."""

from __future__ import annotations

import json
from typing import Any

from ..entities import EvaluationDataset, EvaluationRecord, Issue, ScorerVersion


def dataset_json(dataset: EvaluationDataset) -> dict[str, Any]:
    """A dataset; tags, schema and profile are JSON in a string, as the protocol has them."""
    profile = {"num_records": dataset.record_count} if dataset.record_count else None
    found = {
        "dataset_id": dataset.id,
        "name": dataset.name,
        "tags": json.dumps(dataset.tags),
        "schema": dataset.schema and json.dumps(dataset.schema),
        "profile": profile and json.dumps(profile),
        "digest": dataset.digest,
        "created_time": dataset.created_ms,
        "last_update_time": dataset.updated_ms,
        "created_by": dataset.created_by,
        "last_updated_by": dataset.updated_by,
        "experiment_ids": [str(id) for id in dataset.experiment_ids],
    }
    return _sent(found)


def record_json(record: EvaluationRecord) -> dict[str, Any]:
    """A record; what it has no value for is left out."""
    source = record.source or {}
    kind, data = source.get("source_type"), source.get("source_data", {})
    found = {
        "dataset_record_id": record.id,
        "dataset_id": record.dataset_id,
        "inputs": record.inputs,
        "outputs": record.outputs,
        "expectations": record.expectations,
        "tags": record.tags,
        "source": record.source,
        "source_id": data.get("trace_id" if kind == "TRACE" else "source_id"),
        "source_type": kind,
        "created_time": record.created_ms,
        "last_update_time": record.updated_ms,
        "created_by": record.created_by,
        "last_updated_by": record.updated_by,
    }
    return _sent(found)


def scorer_json(scorer: ScorerVersion) -> dict[str, Any]:
    """A version of a scorer; its experiment is a number here, unlike elsewhere in the protocol."""
    return {
        "experiment_id": scorer.experiment_id,
        "scorer_name": scorer.name,
        "scorer_version": scorer.version,
        "serialized_scorer": scorer.body,
        "creation_time": scorer.created_ms,
        "scorer_id": scorer.scorer_id,
    }


def issue_json(issue: Issue, *, basic: bool = False, traces: bool = False) -> dict[str, Any]:
    """An issue; ``basic`` without what may be long, ``traces`` with their number (there are none here)."""
    found = {
        "issue_id": issue.id,
        "experiment_id": str(issue.experiment_id),
        "name": issue.name,
        "description": "" if basic else issue.description,
        "status": issue.status,
        "severity": issue.severity,
        "root_causes": None if basic else list(issue.root_causes) or None,
        "source_run_id": issue.source_run_id,
        "created_timestamp": issue.created_ms,
        "last_updated_timestamp": issue.updated_ms,
        "created_by": issue.created_by,
        "categories": list(issue.categories) or None,
        "trace_count": 0 if traces else None,
        "last_seen_timestamp": issue.seen_ms,
        "last_updated_by": issue.updated_by,
        "metadata": None if basic else issue.metadata or None,
    }
    return _sent(found)


def _sent(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
