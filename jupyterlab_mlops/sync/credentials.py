"""Tokens and where they come from; looked up anew at each use, so that a rotated one needs no restart.

In order: typed in (keyring, else a file only its owner can read), environment, python-gitlab's configuration.
A token goes only to the instance it is for.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import InvalidValue
from ..store.remotes import instance_url
from . import gitlab
from .keychain import Keychain

DEFAULT_URL = "https://gitlab.com"
_VARIABLES = ("GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN", "CI_JOB_TOKEN")


class Secret(str):
    """A text that does not show in a repr, and so not where a debugger or a log shows local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"


@dataclass(frozen=True)
class Token:
    """A token and where it was found; its text never shows in a repr."""

    value: str = field(repr=False)
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", Secret(self.value))

    @property
    def fingerprint(self) -> str:
        """Tells tokens apart without holding one."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:16]


class Credentials:
    """The tokens this process can use.

    Args:
        data_dir: where the file is, if there is no keyring.
        environ: the process's environment.
        url: the instance of the environment's token where the environment names none (a trait).
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        *,
        environ: Mapping[str, str] = os.environ,
        url: str = "",
    ) -> None:
        self._file = Path(data_dir) / "credentials.json"
        self._environ = environ
        self._url = url
        self._lock = threading.Lock()
        self._keychain = Keychain()

    # -- finding ---------------------------------------------------------------------------------

    def tokens(self, url: str, *, chosen: bool = True) -> list[Token]:
        """The tokens for an instance, the best first. ``chosen``: a person has connected it, so that a
        token of the environment which names no instance may be meant for it."""
        url = instance_url(url)
        found = []
        if typed := self._typed(url):
            found.append(Token(typed, "typed in"))
        named = self.environment_url()
        if same_instance(named, url) if named else chosen:
            for variable in _VARIABLES:
                if given := self._environ.get(variable, "").strip():
                    found.append(Token(given, f"environment variable {variable}"))
        configured_url, value, kind = gitlab.configured()
        if value and kind != "job_token" and same_instance(configured_url or DEFAULT_URL, url):
            found.append(Token(value, "python-gitlab's configuration"))
        return list({token.value: token for token in reversed(found)}.values())[::-1]

    def environment_url(self) -> str | None:
        """The instance that the environment (or the trait) names."""
        for value in (
            self._url,
            self._environ.get("GITLAB_URL", ""),
            self._environ.get("CI_SERVER_URL", ""),
        ):
            if value.strip():
                return value.strip()
        return None

    def default_url(self) -> str | None:
        """The instance to offer: trait, environment, python-gitlab's configuration."""
        return self.environment_url() or gitlab.configured()[0]

    # -- typed in --------------------------------------------------------------------------------

    def set(self, url: str, token: str) -> str:
        """Keep a token for an instance; returns where: ``keyring`` or ``file``.

        Raises:
            InvalidValue: it is empty or cannot be a token.
        """
        token, url = Secret(token.strip()), instance_url(url)
        if not token or not token.isascii() or any(char.isspace() for char in token):
            raise InvalidValue(
                "The token is empty or has blanks in it. Paste it again.", field="token"
            )
        if self._keychain.set(url, token):
            self._update(url, None)
            return "keyring"
        self._update(url, token)
        return "file"

    def forget(self, url: str) -> None:
        """Forget the typed-in token of an instance."""
        url = instance_url(url)
        self._keychain.forget(url)
        self._update(url, None)

    def _typed(self, url: str) -> str | None:
        return self._read().get(url) or self._keychain.get(url)

    def _read(self) -> dict[str, str]:
        try:
            loaded = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): Secret(v) for k, v in loaded.items()} if isinstance(loaded, dict) else {}

    def _update(self, url: str, token: str | None) -> None:
        with self._lock:
            known = self._read()
            if known.get(url) == token:
                return
            if token is None:
                known.pop(url)
            else:
                known[url] = token
            if not known:
                self._file.unlink(missing_ok=True)
                return
            draft = self._file.with_name(f".{secrets.token_hex(8)}.tmp")
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(known, file)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self._file)
            finally:
                draft.unlink(missing_ok=True)


def same_instance(one: str, other: str) -> bool:
    """Whether two addresses name one instance: scheme, host, port and sub-path."""
    try:
        return instance_url(one).lower() == instance_url(other).lower()
    except InvalidValue:
        return False


# -- projects --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Project:
    """A project by instance and path."""

    url: str
    path: str


def parse_git_remote(remote: str, *, known: str | None = None) -> Project | None:
    """PURE: the GitLab project behind a git remote (https, ssh or ``git@host:path``), without user-info.

    ``known`` is the configured instance: if the host is its host, its scheme, port and sub-path are taken,
    since an ssh remote tells none of them. None: a local path, or no project path.
    """
    text = remote.strip()
    base = urlsplit(instance_url(known)) if known else None
    if "://" in text:
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            return None
        if parts.scheme not in ("https", "http", "ssh", "git+ssh", "git") or not host:
            return None
        path = parts.path
        web = parts.scheme in ("https", "http")
    else:
        user_host, colon, path = text.partition(":")
        host = user_host.rpartition("@")[2]
        # "C:\\repo" and "./repo" are local; "host:path" is ssh.
        drive = len(user_host) == 1
        if not colon or not host or drive or "/" in user_host or "\\" in text:
            return None
        web, port, parts = False, None, None
    path = unquote(path).strip("/").removesuffix(".git").strip("/")
    if base is not None and base.hostname == host.lower():
        prefix = base.path.strip("/")
        if prefix and path.startswith(prefix + "/"):
            path = path[len(prefix) + 1 :]
        url = base.geturl().rstrip("/")
    elif web and parts is not None:
        url = f"{parts.scheme}://{host}{f':{port}' if port else ''}"
    else:
        url = f"https://{host}"
    if path.count("/") < 1 or path.startswith("~"):
        return None
    return Project(url, path)


def default_project(
    environ: Mapping[str, str], *, project: str = "", url: str | None = None
) -> Project | None:
    """The project that configuration and environment name completely; None if anything is missing."""
    path = project or environ.get("GITLAB_PROJECT", "") or environ.get("CI_PROJECT_PATH", "")
    if not path.strip() or not url:
        return None
    return Project(instance_url(url), path.strip().strip("/"))
