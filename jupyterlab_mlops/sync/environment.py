"""What configuration and environment say at the start: the default remote, and which values are secret."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from ..store import remotes
from ..store.store import Store
from .credentials import Credentials, default_project, same_instance
from .gate import Gate
from .secrets import Scanner, dotenv_values, secret_values

log = logging.getLogger(__name__)


def ensure_default_remote(
    store: Store, credentials: Credentials, environ: Mapping[str, str], project: str
) -> None:
    """Connect the project that configuration and environment name, if there is a token for it.

    A default remote that the environment made follows the environment; one made by hand stays.
    """
    wanted = default_project(environ, project=project, url=credentials.default_url())
    if wanted is None or not credentials.tokens(wanted.url):
        return
    for remote in store.read_sync(remotes.list_all):
        same = same_instance(remote.url, wanted.url)
        if same and remote.project.lower() == wanted.path.lower():
            return
        if remote.name == "default":
            if not remote.facts.get("from_environment"):
                log.info(
                    "The remote 'default' was connected by hand; the environment's is left out."
                )
                return
            store.write_sync(remotes.remove, "default")
    facts = {"from_environment": True}
    store.write_sync(remotes.add, "default", wanted.url, wanted.path, facts=facts)


def make_gate(store: Store, environ: Mapping[str, str], root: Path | None) -> Gate:
    """The secret gate: it also knows the secret values of the environment and of ``<root>/.env``."""
    known = {f"the environment variable {k}": v for k, v in secret_values(environ).items()}
    if root is not None:
        try:
            text = (root / ".env").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        known |= {f"{k} in .env": v for k, v in dotenv_values(text).items()}
    scanner = Scanner(store.read_sync(remotes.salt), known)
    return Gate(scanner, lambda: store.read_sync(remotes.decisions))
