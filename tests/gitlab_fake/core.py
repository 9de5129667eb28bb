"""The caller, the instance, projects, jobs, and a page a person can look at."""

from __future__ import annotations

import html
from typing import Any

from .base import Handler, ProjectHandler
from .state import Project, Refusal, Token


class Caller(Handler):
    scopes: tuple[str, ...] = ("api", "read_api", "read_user")

    def caller(self) -> Token:
        token = self.alive(self.token_given())
        self.scoped(token, self.scopes)
        return token


class User(Caller):
    def get(self) -> None:
        token = self.caller()
        name = self.instance.users[token.user_id]
        self.answer({"id": token.user_id, "username": name, "name": name, "state": "active"})


class VersionInfo(Caller):
    def get(self) -> None:
        self.caller()
        self.answer({"version": self.instance.version, "revision": "0123abc"})


class Metadata(Caller):
    def get(self) -> None:
        self.caller()
        self.answer(
            {
                "version": self.instance.version,
                "revision": "0123abc",
                "kas": {"enabled": False},
                "enterprise": True,
            }
        )


class TokenSelf(Handler):
    def get(self) -> None:
        token = self.alive(self.token_given())
        if token.kind != "pat":
            raise Refusal(401, {"message": "401 Unauthorized"})
        self.answer(self.shape(token))

    def shape(self, token: Token) -> dict[str, Any]:
        return {
            "id": token.id,
            "name": token.name,
            "revoked": token.revoked,
            "created_at": "2026-01-01T00:00:00.000Z",
            "scopes": list(token.scopes),
            "user_id": token.user_id,
            "last_used_at": None,
            "active": not (token.revoked or token.expired),
            "expires_at": None,
        }

    def delete(self) -> None:
        self.alive(self.token_given()).revoked = True
        self.set_status(204)
        self.finish()


class Rotate(TokenSelf):
    def post(self) -> None:
        token = self.token_given()
        if token is not None and token.revoked:
            for relative in self.instance.tokens.values():
                if relative.family == token.family:
                    relative.revoked = True  # reuse of a rotated token is taken as theft
        token = self.alive(token)
        if token.kind != "pat":
            raise Refusal(405, {"error": "405 Not Allowed"})
        self.scoped(token, ("api", "self_rotate"))
        self.answer(self.shape(fresh := self.fake.rotate(token)) | {"token": fresh.value})


class OneProject(ProjectHandler):
    def get(self, ident: str) -> None:
        project, token = self.enter(ident)
        self.answer(self.shape(project, token))

    def shape(self, project: Project, token: Token) -> dict[str, Any]:
        level = project.role(token.user_id)
        return {
            "id": project.id,
            "name": project.path.rsplit("/", 1)[-1],
            "path": project.path.rsplit("/", 1)[-1],
            "path_with_namespace": project.path,
            "name_with_namespace": project.path.replace("/", " / "),
            "default_branch": "main",
            "visibility": project.visibility,
            "archived": project.archived,
            "web_url": f"{self.fake.external_url}/{project.path}",
            "http_url_to_repo": f"{self.fake.external_url}/{project.path}.git",
            "namespace": {"full_path": project.path.rpartition("/")[0]},
            "permissions": {
                "project_access": {"access_level": level}
                if level and project.tells_roles
                else None,
                "group_access": None,
            },
            "model_experiments_access_level": "enabled" if project.experiments_on else "disabled",
            "model_registry_access_level": "enabled" if project.registry_on else "disabled",
            "package_registry_access_level": "enabled",
            "builds_access_level": "enabled",
        }


class Projects(Caller):
    scopes = ("api", "read_api")

    def get(self) -> None:
        token = self.caller()
        search = self.get_query_argument("search", "").lower()
        level = int(self.get_query_argument("min_access_level", "0"))
        rows = [
            {
                "id": p.id,
                "path_with_namespace": p.path,
                "web_url": self.fake.external_url + "/" + p.path,
            }
            for p in self.instance.projects
            if p.role(token.user_id) >= max(level, 1) and search in p.path.lower()
        ]
        self.paged(rows)


class Job(ProjectHandler):
    def get(self, ident: str, number: str) -> None:
        project, _token = self.enter(ident)
        if number not in project.jobs:
            raise Refusal(404, {"message": "404 Not Found"})
        self.answer({"id": int(number), "status": "running", "name": "train"})


class SignIn(Handler):
    def get(self) -> None:
        from .base import SIGN_IN

        self.finish(SIGN_IN)


class Page(Handler):
    """What a person sees at /<project>/-/ml/…: everything of the project on one page."""

    def get(self, path: str) -> None:
        project = self.instance.project(path)
        if project is None:
            raise Refusal(404, "<html><body>404</body></html>")
        out = [
            "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>GitLab (fake)</title>",
            "<style>body{font:15px system-ui;margin:2em auto;max-width:70em;color:#333}",
            "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.4em;",
            "text-align:left;vertical-align:top}h1 small{color:#e24329}code{font-size:85%}</style></head><body>",
            f"<h1>{html.escape(project.path)} <small>a stand-in for GitLab</small></h1>",
        ]
        for model in project.models:
            out.append(f"<h2 id='model-{model.id}'>Model {html.escape(model.name)}</h2><ul>")
            for version in model.versions:
                files = len(version.package.files) if version.package else 0
                out.append(f"<li>{version.version}: {files} files<pre>")
                out.append(html.escape(version.description[:600]) + "</pre></li>")
            out.append("</ul>")
        for experiment in project.experiments:
            out.append(f"<h2>Experiment {html.escape(experiment.name)}</h2><table>")
            out.append(
                "<tr><th>Candidate</th><th>Status</th><th>Metrics</th><th>Params</th><th>Files</th></tr>"
            )
            for run in experiment.runs:
                last = {m["key"]: m["value"] for m in run.metrics}
                cells = (
                    "<br>".join(f"{html.escape(k)} {v:.5g}" for k, v in last.items()),
                    "<br>".join(
                        f"{html.escape(k)} {html.escape(v)}" for k, v in run.params.items()
                    ),
                    "<br>".join(
                        html.escape(f.name) for f in (run.package.files if run.package else [])
                    ),
                )
                out.append(
                    f"<tr id='candidate-{run.iid}'><td>{html.escape(run.name)}</td><td>{run.status}</td>"
                )
                out.append("".join(f"<td><code>{c}</code></td>" for c in cells) + "</tr>")
            out.append("</table>")
        self.finish("".join(out) + "</body></html>")


ROUTES = [
    (r"user", User),
    (r"version", VersionInfo),
    (r"metadata", Metadata),
    (r"personal_access_tokens/self", TokenSelf),
    (r"personal_access_tokens/self/rotate", Rotate),
    (r"projects", Projects),
]
PROJECT_ROUTES = [(r"", OneProject), (r"/jobs/([0-9]+)", Job)]
