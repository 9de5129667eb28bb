"""Trying a connection says in words what is wrong; a dry run says what would leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyterlab_mlops.store import remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.connect import check, dry_run
from jupyterlab_mlops.sync.project import GitLab, token_page
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced


@pytest.fixture
def try_it(gitlab: GitLabFake, make_worker: Callable[..., Worker]) -> Callable[..., Any]:
    worker = make_worker()

    def run(token: str | None = None, project: str | None = None) -> dict[str, Any]:
        return check(
            worker.connections,
            worker.credentials,
            gitlab.url,
            project or gitlab.project,
            token=token or gitlab.token,
        )

    return run


@pytest.mark.parametrize("profile", ["newest", "older"], indirect=True)
def test_a_good_connection_tells_who_and_what(
    try_it: Callable[..., Any], gitlab: GitLabFake, profile: str
) -> None:
    gitlab.instance.profile = profile
    found = try_it()
    assert found["ok"], found
    assert found["problems"] == []
    assert (found["user"], found["role"], found["scopes"]) == ("ada", "Developer", ["api"])
    assert found["web_url"] == f"{gitlab.url}/group/demo"
    assert found["features"] == {"metric_history": profile == "newest"}


PROBLEMS: dict[str, tuple[Callable[[GitLabFake], Any], str]] = {
    "scope": (lambda g: setattr(g.the_token, "scopes", ("read_api",)), "scope 'api'"),
    "no scope at all": (lambda g: setattr(g.the_token, "scopes", ("read_user",)), "scope 'api'"),
    "expired": (lambda g: setattr(g.the_token, "expired", True), "expired"),
    "unknown": (lambda g: g.instance.tokens.clear(), "not known"),
    "role": (lambda g: g.the_project.members.update({g.user_id: 20}), "below Developer"),
    "membership": (lambda g: g.the_project.members.clear(), "shows no project"),
    "experiments off": (lambda g: setattr(g.the_project, "experiments_on", False), "Model experiments is"),
    "registry off": (lambda g: setattr(g.the_project, "registry_on", False), "model registry is"),
    "archived": (lambda g: setattr(g.the_project, "archived", True), "is archived"),
    "no role at all": (
        lambda g: (setattr(g.the_project, "tells_roles", False), g.the_project.members.update({g.user_id: 20})),
        "below Developer",
    ),
    "down": (lambda g: g.faults.add("status", status=502), "answered 502"),
    "sign-in page": (lambda g: g.faults.add("sign_in"), "page instead of JSON"),
    "redirect": (lambda g: g.faults.add("sign_in_redirect", path="/api/"), "page instead of JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_wrong_is_said(name: str, try_it: Callable[..., Any], gitlab: GitLabFake) -> None:
    trouble, words = PROBLEMS[name]
    trouble(gitlab)
    found = try_it()
    assert not found["ok"]
    assert words in " ".join(found["problems"])
    assert gitlab.token not in repr(found)


def test_an_admin_or_member_through_a_shared_group_needs_no_named_role(
    try_it: Callable[..., Any], gitlab: GitLabFake
) -> None:
    gitlab.the_project.tells_roles = False
    assert try_it()["ok"]


def test_nobody_there(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker()
    found = check(worker.connections, worker.credentials, "http://127.0.0.1:9", "a/b", token="t")
    assert found["problems"] == [
        "GitLab at http://127.0.0.1:9 cannot be reached, or closed the connection."
    ]


def test_no_token_anywhere(make_worker: Callable[..., Worker], gitlab: GitLabFake) -> None:
    worker = make_worker()
    found = check(worker.connections, worker.credentials, gitlab.url, "a/b")
    assert "no GitLab token" in found["problems"][0]
    assert found["token_page"] == token_page(gitlab.url)


def test_a_token_never_stands_in_an_exception(gitlab: GitLabFake) -> None:
    import traceback

    for rule in (
        {"action": "drop_before"},
        {"action": "status", "status": 400, "body": {"message": gitlab.token}},
    ):
        gitlab.faults.clear()
        gitlab.faults.add(**rule)  # type: ignore[arg-type]
        client = GitLab(gitlab.url, gitlab.project, gitlab.token)
        with pytest.raises(Exception, match="GitLab") as caught:
            client.project_info()
        client.close()
        shown = "".join(
            traceback.TracebackException.from_exception(caught.value, capture_locals=False).format()
        )
        assert gitlab.token not in shown
        error: BaseException | None = caught.value
        while error is not None:
            assert gitlab.token not in repr(error.__dict__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_dry_run_sends_nothing(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    add_candidate(store, files={"a.txt": b"12345", "b.bin": bytes(100)})
    held = add_candidate(store, files={"s.py": b"password = 'Tr0ub4dor&3x'"})
    worker = make_worker(gitlab)
    found = dry_run(worker)
    assert (found["candidates"], found["files"], found["bytes"]) == (2, 3, 105 + 25)
    (finding,) = found["findings"]
    assert finding["id"] == held
    assert gitlab.log == []
    store.write_sync(remotes.add, "default", gitlab.url, gitlab.project)
    assert dry_run(worker, "default")["candidates"] == 2
    synced(worker)
    assert dry_run(worker, "default")["candidates"] == 1
