"""One client a remote and token: a token that was replaced is used from the next push on."""

from __future__ import annotations

import threading
import time

from ..store.remotes import Remote
from .credentials import Credentials, Token
from .project import GitLab
from .refusals import WORDS, Refusal

#: How long found tokens are used without looking again (s).
LOOK_AGAIN_S = 1.0


class Connections:
    """Makes and keeps clients; remembers which tokens are dead.

    Args:
        credentials: asked anew every second while there is something to push.
        timeout_s, ca_bundle, connections: of the transport.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        timeout_s: float = 60.0,
        ca_bundle: str | None = None,
        connections: int = 16,
    ) -> None:
        self._credentials = credentials
        self._timeout_s, self._ca_bundle, self._connections = timeout_s, ca_bundle, connections
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], tuple[str, GitLab]] = {}
        self._dead: set[str] = set()
        self._lookups = threading.Lock()
        self._found: dict[str, tuple[float, list[Token]]] = {}

    def client(self, remote: Remote) -> GitLab:
        """A client with the best token that is not known to be dead.

        Raises:
            Refusal: there is no token (``token_missing``).
        """
        token = self._token(remote)
        if token is None:
            text = WORDS["token_missing"].format(url=remote.url)
            raise Refusal(text, reason="token_missing", status=0)
        key = (remote.url, remote.project)
        with self._lock:
            known = self._clients.get(key)
            if known is not None and known[0] == token.fingerprint:
                return known[1]
            client = self.open(remote.url, remote.project, token)
            self._clients[key] = (token.fingerprint, client)
            return client

    def open(self, url: str, project: str, token: Token) -> GitLab:
        """A client that is not kept (to try a connection)."""
        return GitLab(
            url,
            project,
            token.value,
            timeout_s=self._timeout_s,
            ca_bundle=self._ca_bundle,
            connections=self._connections,
        )

    def _tokens(self, url: str) -> list[Token]:
        """The tokens for an instance, looked up anew every few seconds: a keyring or helper may be slow."""
        now = time.monotonic()
        with self._lookups:
            known = self._found.get(url)
            if known is None or now - known[0] > LOOK_AGAIN_S:
                known = self._found[url] = (now, self._credentials.tokens(url))
            return known[1]

    def _token(self, remote: Remote) -> Token | None:
        found = self._tokens(remote.url)
        return next((t for t in found if t.fingerprint not in self._dead), None)

    def give_up(self, remote: Remote) -> bool:
        """The token in use is dead; whether there is another one to try."""
        with self._lock:
            known = self._clients.pop((remote.url, remote.project), None)
            if known is not None:
                self._dead.add(known[0])
        return self._token(remote) is not None

    def revive(self) -> None:
        """Look for tokens again, and try all of them."""
        with self._lookups:
            self._found.clear()
        self._dead.clear()

    def fingerprints(self, remote: Remote) -> tuple[str, ...]:
        """Which tokens there are for a remote, without holding one."""
        return tuple(token.fingerprint for token in self._tokens(remote.url))

    def stop(self) -> None:
        """Let requests on their way end soon."""
        with self._lock:
            for _fingerprint, client in self._clients.values():
                client.stop()

    def close(self) -> None:
        """Close all clients; new ones may be made afterwards."""
        with self._lock:
            for _fingerprint, client in self._clients.values():
                client.close()
            self._clients.clear()
