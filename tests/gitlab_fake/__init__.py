"""A GitLab for tests and for the demo, strict to what GitLab publishes about its ML APIs.

It refuses what GitLab refuses, forgets what GitLab forgets, and goes wrong on request::

    with GitLabFake() as gitlab:
        gitlab.faults.add("status", path="runs/create", status=503, calls=[1])
        ...
        assert [c["name"] for c in gitlab.candidates()] == ["first"]

It depends on Tornado alone and on nothing of the package under test.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import urllib.parse
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from . import core, graphql, packages, registry, tracking
from .base import Handler
from .faults import Faults
from .state import DEVELOPER, Instance, Project, Refusal, Run, Token

API = r"/api/v4"
PROJECT = API + r"/projects/([^/]+)"
MLFLOW = PROJECT + r"/ml/mlflow/api/2\.0/mlflow/"
ARTIFACTS = PROJECT + r"/ml/mlflow/api/2\.0/mlflow-artifacts/artifacts"


class NoRoute(Handler):
    async def before(self) -> None:
        raise Refusal(404, {"error": "404 Not Found"})


class ObjectStore:
    """The storage downloads are redirected to; remembers the headers of every request."""

    def __init__(self, files: Path) -> None:
        self.files = files
        self.requests: list[dict[str, str]] = []
        self.port = 0

    def url_of(self, blob: Path) -> str:
        return f"http://localhost:{self.port}/bucket/{blob.name}?X-Signature=abc"


class GitLabFake:
    """A server in a thread of its own with one user (Developer) and one project to begin with."""

    def __init__(
        self,
        profile: str = "newest",
        *,
        project: str = "group/demo",
        role: int = DEVELOPER,
        base: str = "",
        port: int = 0,
        external_url: str = "",
        token: str = "",
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gitlab-fake-"))
        self.instance = Instance(profile=profile, files=self._folder)
        self.faults = Faults()
        self.log: list[tuple[str, str]] = []
        self.window = (0.0, 0)
        self.creating_packages: set[int] = set()
        self.object_store = ObjectStore(self._folder)
        self.base, self.port = base, port
        self.external_url = external_url
        self.url = ""
        self.user_id = self.instance.add_user("ada")
        self.the_project = self.add_project(project, role)
        self.project = project
        self.the_token = self.instance.add_token(self.user_id)
        if token:
            del self.instance.tokens[self.the_token.value]
            self.the_token.value = token
            self.instance.tokens[token] = self.the_token

    # -- life ------------------------------------------------------------------------------------

    def start(self) -> GitLabFake:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the fake GitLab did not start")
        return self

    def _serve(self, ready: threading.Event) -> None:
        asyncio.run(self._main(ready))

    async def _main(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{self.base}"
        self.external_url = self.external_url or self.url
        server = HTTPServer(self.application(), max_body_size=64 * 1024**3)
        server.add_sockets(sockets)
        store_sockets = bind_sockets(0, "127.0.0.1")
        self.object_store.port = store_sockets[0].getsockname()[1]
        store = HTTPServer(
            Application(
                [(r"/bucket/([0-9a-f]+)", packages.ObjectStoreFile)],
                store=self.object_store,
                log_function=lambda handler: None,
            )
        )
        store.add_sockets(store_sockets)
        ready.set()
        await self._stop.wait()
        server.stop()
        store.stop()
        await server.close_all_connections()
        await store.close_all_connections()
        rest = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def application(self) -> Application:
        routes: list[Any] = [(f"{MLFLOW}{p}", h) for p, h in tracking.ROUTES + registry.ROUTES]
        routes += [(ARTIFACTS, registry.ArtifactList)]
        routes += [(ARTIFACTS + r"/([0-9]+)/(.+)", registry.ArtifactGet)]
        routes += [(f"{PROJECT}/{p}", h) for p, h in packages.ROUTES]
        routes += [(f"{PROJECT}{p}", h) for p, h in core.PROJECT_ROUTES]
        routes += [(f"{API}/{p}", h) for p, h in core.ROUTES]
        routes += [(r"/api/graphql", graphql.GraphQL), (r"/users/sign_in", core.SignIn)]
        routes += [(r"/(.+?)/-/ml(?:/.*)?", core.Page)]
        routes += [(r"/bucket/([0-9a-f]+)", packages.ObjectStoreFile)]
        return Application(
            [(self.base + pattern, handler) for pattern, handler in routes],
            fake=self,
            default_handler_class=NoRoute,
            log_function=lambda handler: None,
        )

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> GitLabFake:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # -- setting the scene -----------------------------------------------------------------------

    @property
    def token(self) -> str:
        return self.the_token.value

    def add_project(self, path: str, role: int = DEVELOPER) -> Project:
        project = Project(self.instance.next_id(), path, members={self.user_id: role})
        self.instance.projects.append(project)
        return project

    def add_token(self, *scopes: str, role: int | None = None, kind: str = "pat") -> Token:
        """A token with other scopes, or of another user with another role."""
        user = self.user_id
        if role is not None:
            user = self.instance.add_user("other")
            self.the_project.members[user] = role
        return self.instance.add_token(user, scopes or ("api",), kind=kind)

    def rotate(self, token: Token | None = None) -> Token:
        """A new token of the same family; the old one is revoked at once."""
        token = token or self.the_token
        fresh = self.instance.add_token(token.user_id, token.scopes)
        fresh.family, token.revoked = token.family, True
        if token is self.the_token:
            self.the_token = fresh
        return fresh

    # -- looking at what arrived -----------------------------------------------------------------

    def runs(self, *, of_models: bool = False) -> list[Run]:
        return [
            run
            for experiment in self.the_project.experiments
            if of_models or experiment.model is None
            for run in experiment.runs
        ]

    def candidates(self) -> list[dict[str, Any]]:
        """Runs outside of models, in order of arrival."""
        return [
            {
                "run_id": r.run_id,
                "iid": r.iid,
                "name": r.name,
                "experiment": r.experiment.name,
                "status": r.status,
                "start_time": r.start_time,
                "end_time": r.end_time,
                "params": dict(r.params),
                "tags": dict(r.tags),
                "metrics": [
                    (m["key"], m["value"], m["step"], m["timestamp"]) for m in list(r.metrics)
                ],
            }
            for r in self.runs()
        ]

    def files(self, run_id: str) -> dict[str, bytes]:
        """Newest content by path of a run (or of the version with this run)."""
        run = self.the_project.run(run_id)
        if run is None or run.package is None:
            return {}
        return {urllib.parse.unquote(f.name): f.blob.read_bytes() for f in run.package.files}

    def uploads(self, run_id: str) -> list[str]:
        """Every upload's path, duplicates included."""
        run = self.the_project.run(run_id)
        if run is None or run.package is None:
            return []
        return [urllib.parse.unquote(f.name) for f in run.package.files]

    def versions(self, model: str) -> list[dict[str, Any]]:
        found = self.the_project.model(model)
        if found is None:
            return []
        return [
            {
                "id": v.id,
                "version": v.version,
                "description": v.description,
                "tags": dict(v.tags),
                "run_id": v.run.run_id,
                "params": dict(v.run.params),
                "metrics": {m["key"]: m["value"] for m in v.run.metrics},
                "files": self.files(v.run.run_id),
                "uploads": self.uploads(v.run.run_id),
            }
            for v in found.versions
        ]
