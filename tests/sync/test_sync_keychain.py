"""Whatever the system's keyring does, a token that was typed in is kept: there, or in a file of its owner only."""

from __future__ import annotations

import stat
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.sync.credentials import Credentials

URL = "https://gitlab.example.com"


class Backend:
    """A keyring that works; what a test replaces does not."""

    priority: Any = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


class Locked(Backend):
    """Raises an error of its own, whatever it is asked for."""

    def _refuse(self, *_what: str) -> Any:
        raise LookupError("locked")

    get_password = set_password = delete_password = _refuse


class Forgetful(Backend):
    def set_password(self, service: str, name: str, value: str) -> None:
        pass


class Silent(Backend):
    """Waits for somebody to unlock it."""

    def get_password(self, service: str, name: str) -> str | None:
        time.sleep(3)
        return None

    set_password = get_password  # type: ignore[assignment]


class Chainer(Backend):
    """What keyring takes where there is nothing: it keeps nothing."""

    priority = 0


class Broken(Backend):
    @property
    def priority(self) -> Any:
        raise RuntimeError("no bus")


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    config = tmp_path / "none.cfg"
    config.write_text("[global]\n")
    monkeypatch.setenv("PYTHON_GITLAB_CFG", str(config))
    return Credentials(tmp_path / "data", environ={})


def use(monkeypatch: pytest.MonkeyPatch, backend: Backend) -> Backend:
    module = types.ModuleType("keyring")
    module.get_keyring = lambda: backend  # type: ignore[attr-defined]
    for name in ("get_password", "set_password", "delete_password"):
        setattr(module, name, getattr(backend, name))
    backend_module: Any = module
    monkeypatch.setitem(sys.modules, "keyring", backend_module)
    return backend


def values(credentials: Credentials) -> list[str]:
    return [str(token.value) for token in credentials.tokens(URL)]


def test_a_working_keyring_has_it_alone(
    credentials: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = use(monkeypatch, Backend())
    assert credentials.set(URL, "glpat-mine") == "keyring"
    assert backend.kept == {("jupyterlab-mlops", URL): "glpat-mine"}
    assert not (tmp_path / "data" / "credentials.json").exists()
    assert values(Credentials(tmp_path / "data", environ={})) == ["glpat-mine"]
    credentials.forget(URL)
    assert values(credentials) == []


@pytest.mark.parametrize("backend", [Locked, Forgetful, Silent, Chainer, Broken])
def test_any_other_leaves_it_to_the_file(
    backend: type[Backend],
    credentials: Credentials,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.sync.keychain.READ_S", 0.1)
    monkeypatch.setattr("jupyterlab_mlops.sync.keychain.WRITE_S", 0.1)
    use(monkeypatch, backend())
    assert values(credentials) == []
    assert credentials.set(URL, "glpat-mine") == "file"
    file = tmp_path / "data" / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert values(credentials) == ["glpat-mine"]
    credentials.forget(URL)
    assert not file.exists()


def test_a_keyring_that_does_not_answer_is_not_asked_all_the_time(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyterlab_mlops.sync.keychain.READ_S", 0.2)
    use(monkeypatch, Silent())
    began = time.monotonic()
    for _ in range(20):
        assert values(credentials) == []
    assert time.monotonic() - began < 2


def test_once_it_is_unlocked_the_file_goes(
    credentials: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, Locked())
    credentials.set(URL, "glpat-old")
    use(monkeypatch, Backend())
    assert values(credentials) == ["glpat-old"]
    assert credentials.set(URL, "glpat-new") == "keyring"
    assert not (tmp_path / "data" / "credentials.json").exists()
    assert values(credentials) == ["glpat-new"]
