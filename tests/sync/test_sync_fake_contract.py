"""The fake refuses what GitLab refuses: one example for each rule of the contract that a client meets."""

from __future__ import annotations

import hashlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.gitlab_fake import GitLabFake


class Caller:
    """Plain requests against the fake, so that nothing of ours is between."""

    def __init__(self, fake: GitLabFake) -> None:
        self.fake = fake
        self.session = requests.Session()
        self.headers = {"Authorization": f"Bearer {fake.token}"}
        self.base = f"{fake.url}/api/v4/projects/{urllib.parse.quote(fake.project, safe='')}"

    def __call__(
        self, method: str, path: str, body: Any = None, *, headers: Any = None, **options: Any
    ) -> requests.Response:
        url = path if path.startswith("http") else self.base + path
        if isinstance(body, bytes):
            options["data"] = body
        elif body is not None:
            options["json"] = body
        return self.session.request(
            method, url, headers=self.headers if headers is None else headers, timeout=10, **options
        )

    def ml(
        self, route: str, body: Any = None, *, method: str = "", **options: Any
    ) -> requests.Response:
        method = method or ("GET" if body is None else "POST")
        return self(method, f"/ml/mlflow/api/2.0/mlflow/{route}", body, **options)

    def experiment(self, name: str = "e") -> str:
        return str(self.ml("experiments/create", {"name": name}).json()["experiment_id"])

    def run(self, experiment: str, **more: Any) -> dict[str, Any]:
        body = {"experiment_id": experiment, **more}
        return self.ml("runs/create", body).json()["run"]["info"]  # type: ignore[no-any-return]

    def data(self, run_id: str) -> dict[str, Any]:
        return self.ml(f"runs/get?run_id={run_id}").json()["run"]["data"]  # type: ignore[no-any-return]

    def put(self, where: str, path: str, data: bytes, **options: Any) -> requests.Response:
        return self("PUT", f"/packages/ml_models/{where}/files/{path}", data, **options)


@pytest.fixture
def call(gitlab: GitLabFake) -> Iterator[Caller]:
    caller = Caller(gitlab)
    yield caller
    caller.session.close()


def says(response: requests.Response, status: int, body: Any) -> None:
    assert (response.status_code, response.json()) == (status, body)


# -- who asks --------------------------------------------------------------------------------------


def test_tokens(call: Caller) -> None:
    says(call.ml("experiments/list", headers={}), 401, {"message": "401 Unauthorized"})
    says(
        call.ml("experiments/list", headers={"PRIVATE-TOKEN": "x"}),
        401,
        {"message": "401 Unauthorized"},
    )
    assert (
        call.ml("experiments/list", headers={"PRIVATE-TOKEN": call.fake.token}).status_code == 200
    )
    call.fake.the_token.revoked = True
    answer = call.ml("experiments/list")
    assert answer.json()["error"] == "invalid_token"
    assert "revoked" in answer.json()["error_description"]
    assert "WWW-Authenticate" in answer.headers


def test_scopes_and_roles(call: Caller) -> None:
    reader = {"Authorization": f"Bearer {call.fake.add_token('read_api').value}"}
    assert call.ml("experiments/list", headers=reader).status_code == 200
    answer = call.ml("experiments/search", {}, headers=reader)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    guest = {"Authorization": f"Bearer {call.fake.add_token(role=10).value}"}
    assert call.ml("experiments/list", headers=guest).status_code == 200
    # Role too low is a 401 on MLflow writes, before the parameters are looked at.
    says(call.ml("experiments/create", {}, headers=guest), 401, {"message": "401 Unauthorized"})
    job = {"Authorization": f"Bearer {call.fake.add_token(kind='job').value}"}
    assert call.ml("experiments/list", headers=job).status_code == 401


def test_projects_and_features_that_are_not_visible(call: Caller) -> None:
    url = f"{call.fake.url}/api/v4/projects/no%2Fsuch"
    says(call("GET", url), 404, {"message": "404 Project Not Found"})
    assert (
        call("GET", f"{call.fake.url}/api/v4/projects/{call.fake.the_project.id}").status_code
        == 200
    )
    assert call("GET", f"{call.fake.url}/api/v4/projects/GROUP%2Fdemo").status_code == 200
    assert call("GET", f"{call.fake.url}/api/v4/projects/group/demo").status_code == 404
    call.fake.the_project.experiments_on = False
    says(call.ml("experiments/list"), 404, {"message": "404 Not Found"})


def test_routes_that_do_not_exist(call: Caller) -> None:
    for route in ("logged-models", "runs/log-model", "runs/log-inputs", "model-versions/search"):
        says(call.ml(route, {}), 404, {"error": "404 Not Found"})
    says(call.ml("runs/create"), 405, {"error": "405 Not Allowed"})


def test_bodies(call: Caller) -> None:
    broken = call.ml("experiments/create", headers=call.headers | {"Content-Type": "application/json"},
                     method="POST", data="{")  # fmt: skip
    assert broken.status_code == 400
    assert broken.json()["error"].startswith("Problem:\n  message body does not match")
    other = call.ml("experiments/create", headers=call.headers | {"Content-Type": "text/plain"},
                    method="POST", data="x")  # fmt: skip
    assert other.status_code == 415
    says(call.ml("experiments/create", {}), 400, {"error": "name is missing"})
    says(
        call.ml("runs/log-batch", {"run_id": "x", "metrics": [{"key": "a"}]}),
        400,
        {"error": "metrics[0][value] is missing, metrics[0][timestamp] is missing"},
    )


# -- experiments and runs --------------------------------------------------------------------------


def test_experiments(call: Caller) -> None:
    id = call.experiment()
    says(
        call.ml("experiments/create", {"name": "e"}), 400, {"error_code": "RESOURCE_ALREADY_EXISTS"}
    )
    says(
        call.ml("experiments/create", {"name": " "}), 400, {"error_code": "RESOURCE_ALREADY_EXISTS"}
    )
    assert (
        call.ml("experiments/create", {"name": "x" * 256}).json()["error_code"]
        == "INVALID_PARAMETER_VALUE"
    )
    says(
        call.ml("experiments/get?experiment_id=99"), 404, {"error_code": "RESOURCE_DOES_NOT_EXIST"}
    )
    assert call.ml("experiments/get-by-name?experiment_name=E").status_code == 404
    tag = {"experiment_id": id, "key": "k", "value": "v"}
    assert call.ml("experiments/set-experiment-tag", tag).json() == {}
    assert call.ml("experiments/set-experiment-tag", tag).json()["message"] == (
        "Validation failed: Name 'k' already taken"
    )
    says(
        call.ml("experiments/search", {"order_by": ["name ASC"]}),
        400,
        {"error": "order_by is invalid"},
    )


def test_creating_a_run_twice_makes_two(call: Caller) -> None:
    id = call.experiment()
    one, two = call.run(id), call.run(id)
    assert one["run_id"] != two["run_id"]
    assert one["run_name"]  # a nickname
    assert one["artifact_uri"].endswith("/packages/ml_models/candidate:1/files/")
    assert "end_time" not in one
    assert call.ml("runs/create", {"experiment_id": "0"}).status_code == 404


def test_params_and_tags_are_written_once(call: Caller) -> None:
    run = call.run(call.experiment())["run_id"]
    row = {"run_id": run, "key": "k", "value": "v"}
    assert call.ml("runs/log-parameter", row).json() == {}
    assert (
        call.ml("runs/log-parameter", row).json()["message"]
        == "Validation failed: Name has already been taken"
    )
    assert call.ml("runs/set-tag", row).json() == {}
    assert (
        call.ml("runs/set-tag", row).json()["message"]
        == "Validation failed: Name 'k' already taken"
    )
    batch = {
        "run_id": run,
        "params": [{"key": "k", "value": "other"}],
        "tags": [{"key": "k", "value": "other"}],
    }
    assert call.ml("runs/log-batch", batch).json() == {}  # silently dropped
    assert call.data(run)["params"] == [{"key": "k", "value": "v"}]


@pytest.mark.parametrize(
    ("key", "value"), [("k", "x" * 251), ("k" * 251, "v"), ("k", ""), ("k", " ")]
)
def test_limits_of_params(call: Caller, key: str, value: str) -> None:
    run = call.run(call.experiment())["run_id"]
    assert (
        call.ml("runs/log-parameter", {"run_id": run, "key": key, "value": value}).status_code
        == 400
    )
    point = {"key": "m", "value": 1.0, "timestamp": 1}
    batch = {"run_id": run, "metrics": [point], "params": [{"key": key, "value": value}]}
    assert call.ml("runs/log-batch", batch).status_code == 400
    assert len(call.data(run)["metrics"]) == 1  # not atomic: the metrics stay


def test_metrics_append_and_are_finite(call: Caller) -> None:
    run = call.run(call.experiment())["run_id"]
    point = {"run_id": run, "key": "m", "value": 1.5, "timestamp": 1}
    for _ in range(2):
        assert call.ml("runs/log-metric", point).json() == {}
    assert call.data(run)["metrics"] == [{"key": "m", "value": 1.5, "timestamp": 1}] * 2
    says(call.ml("runs/log-metric", point | {"value": "NaN"}), 400, {"error": "value is invalid"})
    assert call.ml("runs/log-metric", {**point, "key": "m" * 251}).status_code == 400


def test_updates(call: Caller) -> None:
    run = call.run(call.experiment(), run_name="before")["run_id"]
    body = {"run_id": run, "status": "FINISHED", "end_time": 5, "run_name": "after"}
    info = call.ml("runs/update", body).json()["run_info"]
    assert (info["run_name"], info["status"], info["end_time"]) == ("before", "FINISHED", 5)
    says(
        call.ml("runs/update", {"run_id": run, "status": "done"}),
        400,
        {"error": "status does not have a valid value"},
    )


def test_searching_ignores_filters_and_reads_the_first_experiment(call: Caller) -> None:
    one, two = call.experiment("one"), call.experiment("two")
    for id, name in ((one, "a"), (one, "b"), (two, "c")):
        call.run(id, run_name=name)

    def names(**body: Any) -> list[str]:
        found = call.ml("runs/search", body).json()["runs"]
        return [r["info"]["run_name"] for r in found]

    assert names(experiment_ids=[one, two], filter="params.x = '1'") == ["b", "a"]
    assert names(experiment_ids=[one], order_by="name ASC") == ["a", "b"]
    assert names(experiment_ids=[one], order_by="params.x") == ["b", "a"]
    assert call.ml("runs/search", {"experiment_ids": []}).status_code == 404
    assert (
        call.ml("runs/search", {"experiment_ids": [one], "order_by": ["name"]}).status_code == 400
    )
    first = call.ml("runs/search", {"experiment_ids": [one], "max_results": 1}).json()
    body = {"experiment_ids": [one], "max_results": 1, "page_token": first["next_page_token"]}
    rest = call.ml("runs/search", body).json()
    assert rest["runs"][0]["info"]["run_name"] == "a"
    assert rest["next_page_token"] is None


def test_an_unknown_ci_job_is_a_500_and_leaves_the_run_behind(call: Caller) -> None:
    id = call.experiment()
    tags = [{"key": "gitlab.CI_JOB_ID", "value": "1"}]
    assert call.ml("runs/create", {"experiment_id": id, "tags": tags}).status_code == 500
    assert [c["tags"] for c in call.fake.candidates()] == [{}]


def test_metric_history_is_newer(call: Caller, profile: str) -> None:
    call.fake.instance.profile = profile
    run = call.run(call.experiment())["run_id"]
    answer = call.ml(f"metrics/get-history?run_id={run}&metric_key=none")
    if profile == "newest":
        says(answer, 200, {"metrics": [], "next_page_token": None})
    else:
        says(answer, 404, {"error": "404 Not Found"})


def test_deleting(call: Caller) -> None:
    run = call.run(call.experiment())["run_id"]
    assert call.ml("runs/delete", {"run_id": run}).json() == {}
    assert call.ml(f"runs/get?run_id={run}").status_code == 404
    call.ml("registered-models/create", {"name": "m"})
    version = call.ml("model-versions/create", {"name": "m"}).json()["model_version"]
    says(
        call.ml("runs/delete", {"run_id": version["run_id"]}),
        400,
        {"message": "Cannot delete a candidate associated to a model version"},
    )
    call.fake.the_project.members[call.fake.user_id] = 30
    says(
        call.ml("registered-models/delete?name=m", method="DELETE"),
        400,
        {"message": "Model could not be deleted"},
    )


# -- registry --------------------------------------------------------------------------------------


def test_models(call: Caller) -> None:
    assert call.ml("registered-models/create", {"name": "m"}).status_code == 200
    for name in ("m", "bad name", "x" * 256):
        says(
            call.ml("registered-models/create", {"name": name}),
            400,
            {"error_code": "RESOURCE_ALREADY_EXISTS"},
        )
    experiments = [e["name"] for e in call.ml("experiments/list").json()["experiments"]]
    assert "[model]m" in experiments
    assert "[model]bad name" in experiments  # left behind by the malformed name
    call.experiment("[model]blocked")
    assert call.ml("registered-models/create", {"name": "blocked"}).status_code == 400
    says(
        call.ml("registered-models/get-latest-versions", {"name": "m"}),
        200,
        {"model_versions": [None]},
    )
    assert (
        len(call.ml("registered-models/search?filter=name%3D'm'").json()["registered_models"]) == 1
    )
    assert call.ml("registered-models/search?filter=name%20%3D%20'm'").status_code == 400
    assert call.ml("registered-models/search?filter=name%20LIKE%20'm'").status_code == 400


def create_version(call: Caller, version: str | None = None, **more: Any) -> requests.Response:
    tags = [{"key": "gitlab.version", "value": version}] if version else []
    return call.ml("model-versions/create", {"name": "m", "tags": tags, **more})


def test_versions_have_two_names(call: Caller) -> None:
    call.ml("registered-models/create", {"name": "m"})
    made = create_version(call, "1.2.3").json()["model_version"]
    assert made["aliases"] == ["1.2.3"]
    assert made["version"].isdigit()
    assert (
        call.ml("model-versions/get?name=m&version=1.2.3").json()["model_version"]["version"]
        == made["version"]
    )
    assert call.ml(f"model-versions/get?name=m&version={made['version']}").status_code == 404
    assert call.ml("registered-models/alias?name=m&alias=1.2.3").status_code == 200
    uri = call.ml(f"model-versions/get-download-uri?name=m&version={made['version']}").json()
    assert uri == {"artifact_uri": f"mlflow-artifacts:/{made['version']}"}
    says(
        call.ml("model-versions/get-download-uri?name=m&version=1.2.3"),
        400,
        {"error": "version is invalid"},
    )
    assert create_version(call, "1.2.3").json()["message"] == ["Version has already been taken"]
    for bad in ("v1.0.0", "1.0", "01.0.0"):
        assert create_version(call, bad).json()["message"] == ["Version must be semantic version"]


def test_automatic_numbers_keep_the_suffix(call: Caller) -> None:
    call.ml("registered-models/create", {"name": "m"})
    assert create_version(call).json()["model_version"]["aliases"] == ["1.0.0"]
    create_version(call, "2.0.0-rc1")
    assert create_version(call).json()["model_version"]["aliases"] == ["2.0.1-rc1"]


def test_latest_versions_come_in_two_shapes(call: Caller, profile: str) -> None:
    call.fake.instance.profile = profile
    call.ml("registered-models/create", {"name": "m"})
    made = create_version(call, "1.0.0").json()["model_version"]
    (row,) = call.ml("registered-models/get?name=m").json()["registered_model"]["latest_versions"]
    if profile == "newest":
        assert (row["version"], row["aliases"]) == (made["version"], ["1.0.0"])
    else:
        assert (str(row["id"]), row["version"]) == (made["version"], "1.0.0")
        assert "aliases" not in row


def test_only_runs_of_the_model_are_promoted_and_only_by_newer_instances(
    call: Caller, profile: str
) -> None:
    call.fake.instance.profile = profile
    call.ml("registered-models/create", {"name": "m"})
    stranger = call.run(call.experiment())["run_id"]
    answer = create_version(call, "1.0.0", run_id=stranger)
    if profile == "older":
        assert answer.json()["model_version"]["run_id"] != stranger
        return
    assert answer.json()["message"] == ["Run's experiment does not belong to this model"]
    own = call.ml("experiments/get-by-name?experiment_name=%5Bmodel%5Dm").json()["experiment"]
    run = call.run(own["experiment_id"])["run_id"]
    assert create_version(call, "1.0.0", run_id=run).json()["model_version"]["run_id"] == run
    assert create_version(call, "1.0.1", run_id=run).json()["message"] == [
        "Run has already a model version"
    ]
    info = call.ml(f"runs/get?run_id={run}").json()["run"]["info"]
    assert "/candidate:" not in info["artifact_uri"]


def test_updating_a_version(call: Caller) -> None:
    call.ml("registered-models/create", {"name": "m"})
    create_version(call, "1.0.0")

    def update(**body: Any) -> requests.Response:
        return call.ml("model-versions/update", body, method="PATCH")

    assert (
        update(name="m", version="1.0.0", description="d").json()["model_version"]["description"]
        == "d"
    )
    says(
        update(name="m", version="1.0.0"),
        400,
        {"error_code": "INVALID_PARAMETER_VALUE", "message": None},
    )
    says(update(name="m", version="9.9.9", description="d"), 400, {"error_code": "UPDATE_FAILED"})


def test_the_artifact_reader(call: Caller) -> None:
    call.ml("registered-models/create", {"name": "m"})
    id = create_version(call, "1.0.0").json()["model_version"]["version"]
    for path in ("MLmodel", "data/m.bin", "a%20b.txt"):
        assert call.put(id, path, b"x").status_code == 201
    reader = f"{call.base}/ml/mlflow/api/2.0/mlflow-artifacts/artifacts"
    listed = [f["path"] for f in call("GET", f"{reader}?path={id}").json()["files"]]
    assert listed == ["MLmodel", "data%2Fm.bin", "a%20b.txt"]
    assert call("GET", f"{reader}?path={id}/data").json() == {"files": []}
    assert call("GET", f"{reader}/{id}/data/m.bin").content == b"x"
    assert call("GET", f"{reader}/{id}/a%20b.txt").status_code == 404
    assert call("GET", f"{reader}/99999/MLmodel").status_code == 500


# -- files -----------------------------------------------------------------------------------------


def test_uploads(call: Caller) -> None:
    info = call.run(call.experiment())
    where = "candidate:" + info["artifact_uri"].split("candidate:")[1].split("/")[0]
    for name in ("caf%C3%A9.ipynb", "a%28b%29.txt", "a%3Db", "a%2Fb"):
        says(call.put(where, name, b"x"), 400, {"error": "file_name is invalid"})
    says(call.put(where, "caf%C3%A9", b"x", headers={}), 400, {"error": "file_name is invalid"})
    private = {"PRIVATE-TOKEN": call.fake.token}
    assert call.put(where, "a.txt", b"x", headers=private).status_code == 401
    assert (
        call("GET", f"/packages/ml_models/{where}/files/a.txt", headers=private).status_code == 404
    )
    assert call.put("candidate:99", "a.txt", b"x").status_code == 404
    says(call.put(where, "sub/a b.txt", b"x"), 201, {"message": "201 Created"})
    assert call.put(where, "sub/a b.txt", b"newer").status_code == 201
    got = call("GET", f"/packages/ml_models/{where}/files/sub/a%20b.txt")
    assert got.content == b"newer"
    reporter = {"Authorization": f"Bearer {call.fake.add_token(role=20).value}"}
    assert call.put(where, "a.txt", b"x", headers=reporter).status_code == 403
    call.fake.instance.max_file_size = 3
    assert "too large" in call.put(where, "b.txt", b"xxxx").json()["message"]

    (package,) = call("GET", "/packages?package_type=ml_model").json()
    assert (package["name"], package["version"]) == ("ml_experiment_1", where.replace(":", "_"))
    rows = call("GET", f"/packages/{package['id']}/package_files").json()
    assert [r["file_name"] for r in rows] == ["sub%2Fa%20b.txt"] * 2
    assert rows[1]["file_sha256"] == hashlib.sha256(b"newer").hexdigest()
    assert rows[1]["file_md5"] is None
    guest = {"Authorization": f"Bearer {call.fake.add_token(role=10).value}"}
    assert call("GET", "/packages", headers=guest).status_code == 403
    assert call("DELETE", f"/packages/{package['id']}").status_code == 403


def test_generic_packages(call: Caller) -> None:
    says(call("PUT", "/packages/generic/p/1.0/a.txt", b"x"), 201, {"message": "201 Created"})
    answer = call("PUT", "/packages/generic/p/1.0/a.txt?select=package_file", b"y")
    assert answer.status_code == 200
    assert answer.json()["file_sha256"] == hashlib.sha256(b"y").hexdigest()
    assert call("GET", "/packages/generic/p/1.0/a.txt").content == b"y"
    assert call("PUT", "/packages/generic/p/1.0/a%20b.txt", b"x").status_code == 400


def test_lists_are_paged(call: Caller) -> None:
    for i in range(25):
        call("PUT", f"/packages/generic/p{i}/1.0/a.txt", b"x")
    first = call("GET", "/packages")
    assert len(first.json()) == 20
    assert (first.headers["X-Next-Page"], first.headers["X-Total"]) == ("2", "25")
    assert 'rel="next"' in first.headers["Link"]
    assert len(call("GET", "/packages?page=2").json()) == 5


# -- caller, limits, GraphQL -----------------------------------------------------------------------


def test_rotation_has_no_overlap_and_reuse_kills_the_family(call: Caller) -> None:
    rotate = f"{call.fake.url}/api/v4/personal_access_tokens/self/rotate"
    fresh = call("POST", rotate)
    assert fresh.status_code == 200
    new = {"Authorization": f"Bearer {fresh.json()['token']}"}
    assert call.ml("experiments/list").status_code == 401
    assert call.ml("experiments/list", headers=new).status_code == 200
    assert call("POST", rotate).status_code == 401
    assert call.ml("experiments/list", headers=new).status_code == 401


def test_throttling(call: Caller) -> None:
    call.fake.instance.rate_limit = 2
    answers = [call.ml("experiments/list") for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[2].text == "Retry later\n"
    assert int(answers[2].headers["Retry-After"]) > 0


def test_graphql(call: Caller) -> None:
    url = f"{call.fake.url}/api/graphql"

    def ask(query: str, given: dict[str, Any]) -> dict[str, Any]:
        return call("POST", url, {"query": query, "variables": {"input": given}}).json()  # type: ignore[no-any-return]

    path = {"projectPath": call.fake.project}
    made = ask("mutation { mlModelCreate }", {**path, "name": "m"})["data"]["mlModelCreate"]
    id = made["model"]["id"]
    again = ask("mutation { mlModelCreate }", {**path, "name": "m"})["data"]["mlModelCreate"]
    assert again["errors"] == ["Name should be unique in the project"]
    version = ask("mutation { mlModelVersionCreate }", {**path, "modelId": id, "version": "1.0.0"})
    gid = version["data"]["mlModelVersionCreate"]["modelVersion"]["id"]
    refused = ask("mutation { mlModelVersionDelete }", {"id": gid})["data"]["mlModelVersionDelete"]
    assert refused["errors"]  # has a package: Maintainer
    call.fake.the_project.members[call.fake.user_id] = 40
    assert (
        ask("mutation { mlModelVersionDelete }", {"id": gid})["data"]["mlModelVersionDelete"][
            "errors"
        ]
        == []
    )
    missing = ask("mutation { mlModelCreate }", {"projectPath": "no/such", "name": "x"})
    assert missing["data"] is None
    bad = call("POST", url, {"query": "{ x }"}, headers={"Authorization": "Bearer no"})
    says(bad, 401, {"errors": [{"message": "Invalid token"}]})


def test_a_person_can_look_at_it(call: Caller) -> None:
    call.run(call.experiment("churn"), run_name="<b>bold</b>")
    page = call("GET", f"{call.fake.url}/group/demo/-/ml/experiments/1", headers={})
    assert page.status_code == 200
    assert "churn" in page.text
    assert "<b>bold" not in page.text
