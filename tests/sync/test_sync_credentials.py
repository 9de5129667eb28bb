"""Where tokens come from, and which project a repository belongs to."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.store.remotes import instance_url
from jupyterlab_mlops.sync.credentials import (
    Credentials,
    Project,
    default_project,
    parse_git_remote,
)


@pytest.fixture(autouse=True)
def no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "python-gitlab.cfg"
    path.write_text("")
    monkeypatch.setenv("PYTHON_GITLAB_CFG", str(path))
    monkeypatch.setattr("jupyterlab_mlops.sync.keychain._backend", lambda: None)
    return path


HOST = "https://gitlab.example.com"


@pytest.mark.parametrize(
    ("remote", "known", "expected"),
    [
        ("https://gitlab.com/group/project.git", None, Project("https://gitlab.com", "group/project")),
        ("https://gitlab.com/group/sub/project", None, Project("https://gitlab.com", "group/sub/project")),
        ("https://ada:secret@gitlab.com/a/b.git", None, Project("https://gitlab.com", "a/b")),
        ("https://oauth2:tok@h:8443/a/b.git", None, Project("https://h:8443", "a/b")),
        ("git@gitlab.com:group/project.git", None, Project("https://gitlab.com", "group/project")),
        ("ssh://git@gitlab.com:2222/group/project.git", None, Project("https://gitlab.com", "group/project")),
        ("git@h:a/b", "https://h/gitlab", Project("https://h/gitlab", "a/b")),
        ("https://h/gitlab/a/b.git", "https://h/gitlab/", Project("https://h/gitlab", "a/b")),
        ("ssh://git@H:22/gitlab/a/b.git", "http://h:8080/gitlab", Project("http://h:8080/gitlab", "a/b")),
        ("git@other:a/b.git", "https://h/gitlab", Project("https://other", "a/b")),
        ("https://gitlab.com/with%20space/b", None, Project("https://gitlab.com", "with space/b")),
        ("/srv/git/project.git", None, None),
        ("../project", None, None),
        ("C:\\work\\project", None, None),
        ("file:///srv/git/a/b.git", None, None),
        ("https://gitlab.com/onlyone", None, None),
        ("", None, None),
    ],
)  # fmt: skip
def test_the_project_behind_a_git_remote(
    remote: str, known: str | None, expected: Project | None
) -> None:
    assert parse_git_remote(remote, known=known) == expected


@given(st.text(max_size=80))
def test_any_remote_can_be_parsed(remote: str) -> None:
    found = parse_git_remote(remote)
    assert found is None or "@" not in found.url


def test_a_typed_in_token_is_kept_in_a_file_of_its_owner_only(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path, environ={})
    assert credentials.set(HOST + "/", "glpat-abc") == "file"
    file = tmp_path / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [t.value for t in credentials.tokens(HOST)] == ["glpat-abc"]
    credentials.forget(HOST)
    assert not file.exists()
    assert credentials.tokens(HOST) == []


def test_the_order_is_typed_in_environment_configuration(
    tmp_path: Path, no_configuration: Path
) -> None:
    no_configuration.write_text(
        f"[global]\ndefault = x\n[x]\nurl = {HOST}\nprivate_token = from-file\n"
    )
    environ = {"GITLAB_URL": HOST, "GITLAB_TOKEN": "from-env", "CI_JOB_TOKEN": "from-job"}
    credentials = Credentials(tmp_path, environ=environ)
    credentials.set(HOST, "typed")
    values = [t.value for t in credentials.tokens(HOST)]
    assert values == ["typed", "from-env", "from-job", "from-file"]
    no_configuration.write_text(
        f"[global]\ndefault = x\n[x]\nurl = {HOST}\nprivate_token = rotated\n"
    )
    assert credentials.tokens(HOST)[-1].value == "rotated"


def test_a_token_goes_only_to_its_own_instance(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path, environ={"GITLAB_URL": HOST, "GITLAB_TOKEN": "t"})
    assert credentials.tokens("https://evil.example.com") == []
    assert credentials.tokens("http://gitlab.example.com") == []
    assert credentials.tokens(HOST + "/sub") == []
    unnamed = Credentials(tmp_path, environ={"GITLAB_TOKEN": "t"})
    # A repository may name any host: only a person's choice sends an unnamed token there.
    assert unnamed.tokens("https://evil.example.com", chosen=False) == []
    assert unnamed.tokens(HOST)[0].value == "t"


def test_a_token_never_shows(tmp_path: Path) -> None:
    (token,) = Credentials(tmp_path, environ={"GITLAB_TOKEN": "glpat-secret"}).tokens(HOST)
    assert "glpat-secret" not in repr(token)
    assert "glpat-secret" not in token.fingerprint


@pytest.mark.parametrize("token", ["", "  ", "two words", "glpat-ü"])
def test_what_cannot_be_a_token_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(InvalidValue):
        Credentials(tmp_path, environ={}).set(HOST, token)


def test_broken_files_are_no_tokens(tmp_path: Path, no_configuration: Path) -> None:
    (tmp_path / "credentials.json").write_text("{broken")
    no_configuration.write_text("not an ini file")
    assert Credentials(tmp_path, environ={}).tokens(HOST) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Ada:pw@GitLab.example.com/", "https://gitlab.example.com"),
        (" https://h:8443/gitlab/api/v4/ ", "https://h:8443/gitlab"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_instance_urls_are_kept_without_user_info(given: str, kept: str) -> None:
    assert instance_url(given) == kept


@pytest.mark.parametrize("url", ["gitlab.com", "ftp://x", "", "https://", "https://h:port"])
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(InvalidValue, match="must look like"):
        instance_url(url)


def test_the_project_that_the_environment_names() -> None:
    environ = {"GITLAB_PROJECT": "", "CI_PROJECT_PATH": "a/b"}
    assert default_project(environ, url=HOST) == Project(HOST, "a/b")
    assert default_project(environ, project="c/d", url=HOST) == Project(HOST, "c/d")
    assert default_project(environ, url=None) is None
    assert default_project({}, url=HOST) is None
