"""The words of the product as frozen dataclasses: what the store returns and the faces show.

Times are integer milliseconds since the epoch, sizes are bytes. Nothing here knows SQL or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Status(str, Enum):
    """Where a candidate, a notebook run or an execution stands."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @property
    def ended(self) -> bool:
        """Whether nothing more is expected of it."""
        return self in (Status.FINISHED, Status.FAILED, Status.KILLED)


class Source(str, Enum):
    """Where a param or metric was seen."""

    LOGGED = "logged"
    AUTOLOG = "autolog"
    VARIABLE = "variable"
    ESTIMATOR = "estimator"
    OUTPUT = "output"


class Origin(str, Enum):
    """Why a candidate exists (product rules 1 to 4, and where else one can come from)."""

    TRAINING = "training"
    EXPLICIT = "explicit"
    MEASURED = "measured"
    NOTEBOOK = "notebook"
    MLFLOW = "mlflow"
    RERUN = "rerun"
    PULLED = "pulled"


@dataclass(frozen=True, slots=True)
class Change:
    """``kind`` ``id`` is not as it was. What travels to the browser and the sync worker."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception as the kernel told it."""

    name: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named group of candidates."""

    id: int
    name: str
    lifecycle_stage: str
    notebook: str | None
    created_ms: int
    updated_ms: int
    origin: str = ""
    artifact_location: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Param:
    """A named setting and where it was seen."""

    name: str
    value: str
    source: str = Source.LOGGED


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One measured value. NaN and infinities are Python floats here."""

    name: str
    value: float
    step: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A series in short: its last point, extremes and length."""

    name: str
    value: float
    step: int
    timestamp_ms: int
    min: float | None
    max: float | None
    count: int
    source: str = Source.LOGGED


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a candidate or version, by content."""

    path: str
    sha256: str
    size: int
    media_type: str = ""
    created_ms: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """What a candidate read: a file (path, sha256) or an MLflow dataset."""

    path: str
    sha256: str
    size: int | None
    kind: str = "file"
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One comparable result. ``params`` … ``artifacts`` are filled by ``candidates.get``."""

    id: str
    seq: int
    name: str
    experiment_id: int
    experiment: str
    status: Status
    origin: str
    lifecycle_stage: str = "active"
    notebook_run_id: str | None = None
    kernel_id: str | None = None
    execution_id: str | None = None
    parent_id: str | None = None
    relation: str | None = None
    remote: str = ""
    user_id: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    busy_ms: int | None = None
    model_class: str | None = None
    variable: str | None = None
    fits: int = 0
    cell_id: str | None = None
    cell_index: int | None = None
    execution_count: int | None = None
    notebook: str | None = None
    error: Failure | None = None
    starred: bool = False
    verified: bool = False
    score: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """One burst of cell executions on one kernel."""

    id: str
    kernel_id: str
    experiment_id: int | None
    notebook: str | None
    status: Status
    opened_ms: int
    closed_ms: int | None = None
    busy_ms: int = 0
    whole: bool = False
    trigger: str = "client"
    snapshot: str | None = None
    git: dict[str, Any] = field(default_factory=dict)
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """One cell execution: source as sent, order, start, end, status, bounded outputs."""

    id: str
    notebook_run_id: str
    kernel_id: str
    ordinal: int
    source: str
    status: Status
    started_ms: int
    ended_ms: int | None = None
    execution_count: int | None = None
    cell_id: str | None = None
    cell_index: int | None = None
    error: Failure | None = None
    outputs: str | None = None
    small_outputs: str | None = None
    output_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """A registered model."""

    name: str
    description: str
    created_ms: int
    updated_ms: int
    origin: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model: ``number`` is MLflow's integer, ``version`` the semantic one."""

    id: int
    model: str
    number: int
    version: str
    candidate_id: str | None
    created_ms: int
    updated_ms: int
    logged_model_id: str | None = None
    source: str = ""
    description: str = ""
    card: str = ""
    stage: str = "None"
    status: str = "READY"
    signature: str | None = None
    flavor: str = ""
    user_id: str = ""
    origin: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedModelMetric:
    """A value measured about a logged model, on a dataset where one is known."""

    name: str
    value: float
    step: int
    timestamp_ms: int
    candidate_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """MLflow 3's logged model: files that a candidate made, before they are registered."""

    id: str
    experiment_id: int
    name: str
    status: str
    created_ms: int
    updated_ms: int
    candidate_id: str | None = None
    model_type: str = ""
    status_message: str = ""
    lifecycle_stage: str = "active"
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: tuple[LoggedModelMetric, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationDataset:
    """MLflow's named set of examples to evaluate with. ``schema``: types of its fields, None before any record."""

    id: str
    name: str
    digest: str
    created_ms: int
    updated_ms: int
    created_by: str | None = None
    updated_by: str | None = None
    schema: dict[str, Any] | None = None
    record_count: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    experiment_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationRecord:
    """One example: inputs, and what is known or expected of their outputs."""

    id: str
    dataset_id: str
    inputs: dict[str, Any]
    outputs: Any
    expectations: dict[str, Any] | None
    tags: dict[str, Any]
    source: dict[str, Any] | None
    created_by: str | None
    updated_by: str | None
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class ScorerVersion:
    """One version of a scorer of an experiment; ``body`` is the client's JSON, never run here."""

    scorer_id: str
    experiment_id: int
    name: str
    version: int
    body: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Issue:
    """MLflow's issue: something that is wrong with what an experiment makes. ``seen_ms``: when it last showed."""

    id: str
    experiment_id: int
    name: str
    description: str
    status: str
    severity: str | None
    source_run_id: str | None
    created_by: str | None
    updated_by: str | None
    created_ms: int
    updated_ms: int
    seen_ms: int
    root_causes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
