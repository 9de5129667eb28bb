"""The system's keyring, where there is one that works. Whatever it does, there is a file to fall back to.

A backend is a plug-in that speaks to a desktop session, a bus or a daemon: it may be missing, locked, broken in any
way, or wait for somebody to unlock it.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from typing import Any

log = logging.getLogger(__name__)

SERVICE = "jupyterlab-mlops"
#: Reading is waited for this long; writing longer, since somebody may have to unlock the keyring first (s).
READ_S, WRITE_S = 5.0, 60.0
#: A keyring that did not answer is left alone for this long (s).
REST_S = 60.0


class Keychain:
    """Tokens in the keyring. No method raises anything."""

    def __init__(self) -> None:
        self._rest_until = 0.0

    def get(self, url: str) -> str | None:
        """The token of an instance, if the keyring has one and tells it."""
        found = self._ask(lambda keyring: keyring.get_password(SERVICE, url), READ_S)
        return str(found) if found else None

    def set(self, url: str, token: str) -> bool:
        """Keep a token; whether the keyring really has it now."""

        def keep(keyring: Any) -> bool:
            keyring.set_password(SERVICE, url, token)
            return bool(keyring.get_password(SERVICE, url) == token)

        return bool(self._ask(keep, WRITE_S))

    def forget(self, url: str) -> None:
        """Forget the token of an instance."""
        self._ask(lambda keyring: keyring.delete_password(SERVICE, url), READ_S)

    def _ask(self, call: Callable[[Any], Any], patience_s: float) -> Any:
        """What the keyring answers; None if it does not, in whatever way."""
        if time.monotonic() < self._rest_until:
            return None
        keyring = _backend()
        if keyring is None:
            return None
        future: Future[Any] = Future()

        def work() -> None:
            try:
                future.set_result(call(keyring))
            except Exception as failure:  # a plug-in's; its text might repeat what it was given
                log.debug("The keyring failed: %s", type(failure).__name__)
                future.set_result(None)

        threading.Thread(target=work, name="mlops-keyring", daemon=True).start()
        try:
            return future.result(patience_s)
        except TooLate:
            log.warning("The keyring does not answer; it is left alone for a minute.")
            self._rest_until = time.monotonic() + REST_S
            return None


def _backend() -> Any:
    """The keyring library's backend if it is one that keeps things, or None."""
    try:
        keyring = importlib.import_module("keyring")
        backend = keyring.get_keyring()
        return backend if float(backend.priority) >= 1 else None
    except ImportError:
        return None
    except Exception as failure:  # a plug-in that cannot even be asked
        log.debug("There is no keyring to use: %s", type(failure).__name__)
        return None
