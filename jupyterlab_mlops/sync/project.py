"""What can be asked of a GitLab project: caller, experiments, runs, models, versions, packages (contract §2 to §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from .answers import pairs
from .refusals import Refusal, flatten
from .rest import Rest

#: What other calls than ``runs/log-batch`` answer, which answers nothing.
_ANSWERS = frozenset(
    "run run_info runs experiment experiment_id experiments registered_model model_version".split()
)


class GitLab(Rest):
    """One project of one instance, seen with one token. Methods raise what :meth:`Rest.json` raises."""

    # -- caller, instance, project ---------------------------------------------------------------

    def token_info(self) -> dict[str, Any]:
        """``GET /personal_access_tokens/self``."""
        return self.object_in(self.json("get", "/personal_access_tokens/self"))

    def user(self) -> dict[str, Any]:
        """``GET /user``."""
        return self.object_in(self.json("get", "/user"))

    def version(self) -> str:
        """The instance's version, for example ``18.5.1-ee``."""
        return str(self.object_in(self.json("get", "/version"), "version")["version"])

    def project_info(self) -> dict[str, Any]:
        """``GET /projects/:id``."""
        return self.object_in(self.json("get", self.base), "id")

    def job_exists(self, job_id: str) -> bool:
        """Whether the project has this CI job."""
        if not job_id.isdigit():
            return False
        try:
            self.json("get", f"{self.base}/jobs/{job_id}")
        except Refusal:
            return False
        return True

    # -- MLflow routes ---------------------------------------------------------------------------

    def mlflow(
        self,
        method: str,
        route: str,
        payload: Mapping[str, Any],
        *keys: str,
        asks: bool | None = None,
    ) -> dict[str, Any]:
        """One MLflow call; ``keys`` must be in the answer. ``asks``: as :meth:`Rest.json`.

        Raises:
            RemoteUnavailable, Refusal: as :meth:`json`; a missing record has the reason ``not_found``, a
                feature that is switched off ``feature_off``.
        """
        path = f"{self.base}/ml/mlflow/api/2.0/mlflow/{route}"
        try:
            if method == "get":
                answer = self.json(method, path, query=payload)
            else:
                answer = self.json(method, path, body=dict(payload), asks=asks)
        except Refusal as refusal:
            if refusal.reason != "hidden":
                raise
            failure = self.refusal("feature_off", refusal.status, refusal.answer)
        else:
            return self.object_in(answer, *keys)
        raise failure

    def find_experiment(self, name: str) -> dict[str, Any] | None:
        """The experiment of exactly this name, if there is one."""
        try:
            answer = self.mlflow(
                "get", "experiments/get-by-name", {"experiment_name": name}, "experiment"
            )
        except Refusal as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return self.about(name, self.object_in(answer["experiment"], "experiment_id"), "name")

    def may_write(self) -> bool:
        """Whether the token may write experiments: searching them takes the same right and changes nothing."""
        try:
            self.mlflow("post", "experiments/search", {"max_results": 1}, asks=True)
        except Refusal as refusal:
            if refusal.reason not in ("role_too_low", "forbidden", "archived"):
                raise
            return False
        return True

    def create_experiment(self, name: str) -> str:
        """Create an experiment; returns its id. A name that exists has the reason ``already_exists``."""
        answer = self.mlflow("post", "experiments/create", {"name": name}, "experiment_id")
        return str(answer["experiment_id"])

    def experiments(self) -> list[dict[str, Any]]:
        """All experiments, those of models included."""
        found = self.mlflow("get", "experiments/list", {}, "experiments")["experiments"]
        return [e for e in found if isinstance(e, dict)]

    def create_run(
        self, experiment_id: str, *, name: str, start_ms: int, tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """``runs/create``, not idempotent: tag the run so that it can be found again."""
        answer = self.mlflow(
            "post",
            "runs/create",
            {
                "experiment_id": int(experiment_id),
                "start_time": start_ms,
                "run_name": name,
                "tags": pairs(tags),
            },
            "run",
        )
        run = self.object_in(answer["run"], "info")
        self.about(experiment_id, run["info"], "experiment_id")
        return run

    def get_run(self, run_id: str) -> dict[str, Any]:
        """A run with its full metric history."""
        answer = self.mlflow("get", "runs/get", {"run_id": run_id}, "run")
        run = self.object_in(answer["run"], "info", "data")
        self.about(run_id, run["info"], "run_id")
        return run

    def runs(self, experiment_id: str, *, page_size: int = 50) -> Iterator[dict[str, Any]]:
        """The runs of an experiment, newest first, page by page (GitLab filters nothing)."""
        token: str | None = None
        while True:
            payload: dict[str, Any] = {
                "experiment_ids": [experiment_id],
                "max_results": page_size,
                "order_by": "created_at DESC",
            }
            if token:
                payload["page_token"] = token
            answer = self.mlflow("post", "runs/search", payload, asks=True)
            for run in answer.get("runs") or ():
                self.about(experiment_id, self.object_in(run, "info")["info"], "experiment_id")
                yield run
            token = answer.get("next_page_token")
            if not token:
                return

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: list[dict[str, Any]] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """``runs/log-batch``: metrics append, params and tags that exist are silently kept as they are."""
        answer = self.mlflow(
            "post",
            "runs/log-batch",
            {
                "run_id": run_id,
                "metrics": metrics or [],
                "params": pairs(params or {}),
                "tags": pairs(tags or {}),
            },
        )
        if not _ANSWERS.isdisjoint(answer):
            raise self.out_of_step()

    def delete_run(self, run_id: str) -> None:
        """Delete a run for good (17.5; an instance without it has the reason ``no_route``)."""
        self.mlflow("post", "runs/delete", {"run_id": run_id})

    def update_run(self, run_id: str, status: str, end_ms: int | None) -> None:
        """Set a run's status and end."""
        payload: dict[str, Any] = {"run_id": run_id, "status": status}
        if end_ms is not None:
            payload["end_time"] = end_ms
        answer = self.mlflow("post", "runs/update", payload, "run_info")
        self.about(run_id, answer["run_info"], "run_id")

    # -- registry --------------------------------------------------------------------------------

    def find_model(self, name: str) -> dict[str, Any] | None:
        """The registered model of this name, with all its versions."""
        try:
            answer = self.mlflow("get", "registered-models/get", {"name": name}, "registered_model")
        except Refusal as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return self.about(name, answer["registered_model"], "name")

    def create_model(self, name: str, description: str) -> dict[str, Any]:
        """Create a registered model; any failure of it has the reason ``already_exists``."""
        answer = self.mlflow(
            "post",
            "registered-models/create",
            {"name": name, "description": description},
            "registered_model",
        )
        return self.about(name, answer["registered_model"], "name")

    def update_model(self, name: str, description: str) -> None:
        """Change a model's description."""
        self.mlflow(
            "patch",
            "registered-models/update",
            {"name": name, "description": description},
            "registered_model",
        )

    def models(self) -> Iterator[dict[str, Any]]:
        """All registered models."""
        token: str | None = None
        while True:
            payload: dict[str, Any] = {"max_results": 200}
            if token:
                payload["page_token"] = token
            answer = self.mlflow("get", "registered-models/search", payload)
            yield from answer.get("registered_models") or ()
            token = answer.get("next_page_token")
            if not token:
                return

    def create_version(
        self, model: str, version: str, *, description: str, tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """Create a version with this semantic version; one that exists has the reason ``taken``."""
        answer = self.mlflow(
            "post",
            "model-versions/create",
            {
                "name": model,
                "description": description,
                "tags": pairs({"gitlab.version": version, **tags}),
            },
            "model_version",
        )
        return self._version_in(answer, model, version)

    def find_version(self, model: str, version: str) -> dict[str, Any] | None:
        """The version with this semantic version, if there is one. Its ``version`` is GitLab's id."""
        try:
            answer = self.mlflow(
                "get", "model-versions/get", {"name": model, "version": version}, "model_version"
            )
        except Refusal as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return self._version_in(answer, model, version)

    def _version_in(self, answer: dict[str, Any], model: str, version: str) -> dict[str, Any]:
        found = self.object_in(answer["model_version"], "version", "run_id")
        aliases = found.get("aliases")
        if aliases and version not in aliases:
            raise self.out_of_step()
        return self.about(model, found, "name")

    def update_version(self, model: str, version: str, description: str) -> None:
        """Change a version's description."""
        self.mlflow(
            "patch",
            "model-versions/update",
            {"name": model, "version": version, "description": description},
            "model_version",
        )

    def delete_model(self, name: str) -> None:
        """Delete a registered model with its versions, runs and files; needs Maintainer if it has any."""
        self.mlflow("delete", "registered-models/delete", {"name": name})

    def delete_version(self, version_id: str) -> None:
        """Delete a model version with its run and files (GraphQL only); needs Maintainer.

        Raises:
            Refusal: ``not_found``, also when it may not be seen; ``not_deleted`` with GitLab's reason.
        """
        query = (
            "mutation($input: MlModelVersionDeleteInput!)"
            " { mlModelVersionDelete(input: $input) { modelVersion { id } errors } }"
        )
        given = {"id": f"gid://gitlab/Ml::ModelVersion/{version_id}"}
        answer = self.object_in(
            self.json(
                "post",
                f"{self.url}/api/graphql",
                body={"query": query, "variables": {"input": given}},
            )
        )
        payload = (answer.get("data") or {}).get("mlModelVersionDelete")
        if not payload:
            raise self.refusal("not_found", 404, flatten(answer.get("errors") or ""))
        if payload.get("errors"):
            raise self.refusal("not_deleted", 400, flatten(payload["errors"]))

    # -- packages --------------------------------------------------------------------------------

    def package_id(self, name: str, version: str) -> int | None:
        """The ml_model (or, of old runs, generic) package of exactly this name and version."""
        for status in ({}, {"status": "hidden"}):
            query = {"package_name": name, "package_version": version, **status}
            try:
                for row in self.pages(f"{self.base}/packages", query):
                    if row.get("name") == name and row.get("version") == version:
                        return int(row["id"])
            except Refusal as refusal:
                failure = self.of_packages(refusal)
            else:
                continue
            raise failure
        return None

    def package_files(self, package_id: int) -> list[dict[str, Any]]:
        """Every file of a package, duplicates included: ``file_name`` is percent-encoded."""
        rows = self.pages(f"{self.base}/packages/{package_id}/package_files")
        return [self.about(package_id, row, "package_id") for row in rows]


def token_page(url: str) -> str:
    """The page of an instance that makes a token, filled in."""
    query = urlencode({"name": "jupyterlab-mlops", "scopes": "api"})
    return f"{url.rstrip('/')}/-/user_settings/personal_access_tokens?{query}"
