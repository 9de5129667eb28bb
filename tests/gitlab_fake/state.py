"""What a GitLab instance knows: users, tokens, projects, experiments, candidates, models, packages.

Plain objects in memory; file bytes are on disk below a temporary folder. The rules live in the handlers.
"""

from __future__ import annotations

import itertools
import secrets
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GUEST, REPORTER, DEVELOPER, MAINTAINER = 10, 20, 30, 40


class Refusal(Exception):
    """An answer that is not a success: status and body as GitLab gives them."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, headers or {}


@dataclass
class Token:
    """A personal access token. ``kind`` may be ``job`` for a CI job token."""

    value: str
    id: int
    user_id: int
    scopes: tuple[str, ...] = ("api",)
    name: str = "test"
    kind: str = "pat"
    expired: bool = False
    revoked: bool = False
    family: int = 0


@dataclass
class PackageFile:
    id: int
    name: str  # percent-encoded path, as stored
    size: int
    sha256: str
    blob: Path


@dataclass
class Package:
    id: int
    name: str
    version: str
    type: str
    status: str = "default"
    files: list[PackageFile] = field(default_factory=list)


@dataclass
class Run:
    """A candidate."""

    iid: int
    run_id: str
    experiment: Experiment
    name: str
    start_time: int
    user_id: str
    id: int
    end_time: int | None = None
    status: str = "RUNNING"
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    version: Version | None = None
    package: Package | None = None


@dataclass
class Experiment:
    iid: int
    id: int
    name: str
    tags: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    model: Model | None = None
    created: float = field(default_factory=time.time)


@dataclass
class Version:
    id: int
    model: Model
    version: str
    run: Run
    package: Package | None
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    created: int = field(default_factory=lambda: int(time.time()))
    updated: int = field(default_factory=lambda: int(time.time()))


@dataclass
class Model:
    id: int
    name: str
    experiment: Experiment
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    created: int = field(default_factory=lambda: int(time.time()))
    updated: int = field(default_factory=lambda: int(time.time()))


@dataclass
class Project:
    id: int
    path: str
    visibility: str = "private"
    members: dict[int, int] = field(default_factory=dict)
    experiments_on: bool = True
    registry_on: bool = True
    archived: bool = False
    tells_roles: bool = True  # not for admins, and members through a shared group
    experiments: list[Experiment] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    experiment_iids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    run_iids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    jobs: set[str] = field(default_factory=set)

    def role(self, user_id: int | None) -> int:
        """Access level of a user; 0 is none."""
        return self.members.get(user_id, 0) if user_id is not None else 0

    def run(self, run_id: str) -> Run | None:
        return next((r for e in self.experiments for r in e.runs if r.run_id == run_id), None)

    def run_by_iid(self, iid: int) -> Run | None:
        return next((r for e in self.experiments for r in e.runs if r.iid == iid), None)

    def experiment(self, iid: str) -> Experiment | None:
        return next((e for e in self.experiments if str(e.iid) == str(iid)), None)

    def experiment_named(self, name: str) -> Experiment | None:
        return next((e for e in self.experiments if e.name == name), None)

    def model(self, name: str) -> Model | None:
        return next((m for m in self.models if m.name == name), None)

    def version(self, id: int) -> Version | None:
        return next((v for m in self.models for v in m.versions if v.id == id), None)


class Instance:
    """One GitLab: everything it stores and how it is set up."""

    def __init__(self, *, profile: str, files: Path) -> None:
        if profile not in ("older", "newest"):
            raise ValueError(f"profile {profile!r} is neither 'older' nor 'newest'")
        self.profile = profile
        self.files = files
        self.version = "18.11.0-ee" if profile == "newest" else "17.6.2-ee"
        self.ids = itertools.count(700)
        self.tokens: dict[str, Token] = {}
        self.users: dict[int, str] = {}
        self.projects: list[Project] = []
        self.external_url = ""
        self.latency_s = 0.0
        self.max_file_size = 10 * 1024**3
        self.rate_limit: int | None = None  # requests a minute and user
        self.most_per_page = 100
        self.digests = True
        self.links_only = False  # pages are told by Link alone, as keyset pages are
        self.direct_download = False
        self.storage_on_same_host = False
        self.maintenance = False

    @property
    def newest(self) -> bool:
        return self.profile == "newest"

    def next_id(self) -> int:
        return next(self.ids)

    def add_user(self, name: str) -> int:
        user_id = self.next_id()
        self.users[user_id] = name
        return user_id

    def add_token(
        self, user_id: int, scopes: tuple[str, ...] = ("api",), kind: str = "pat"
    ) -> Token:
        prefix = "glcbt-" if kind == "job" else "glpat-"
        token = Token(
            prefix + secrets.token_urlsafe(15), self.next_id(), user_id, scopes, kind=kind
        )
        token.family = token.id
        self.tokens[token.value] = token
        return token

    def project(self, ident: str) -> Project | None:
        """By numeric id or full path (without regard to case)."""
        for project in self.projects:
            if str(project.id) == ident or project.path.lower() == ident.lower():
                return project
        return None

    def new_experiment(self, project: Project, name: str, model: Model | None = None) -> Experiment:
        experiment = Experiment(next(project.experiment_iids), self.next_id(), name, model=model)
        project.experiments.append(experiment)
        return experiment

    def new_run(
        self, project: Project, experiment: Experiment, name: str, start_time: int, user_id: str
    ) -> Run:
        run = Run(
            next(project.run_iids),
            str(uuid.uuid4()),
            experiment,
            name,
            start_time,
            user_id,
            self.next_id(),
        )
        experiment.runs.append(run)
        return run

    def new_package(self, project: Project, name: str, version: str, kind: str) -> Package:
        package = Package(self.next_id(), name, version, kind)
        project.packages.append(package)
        return package
