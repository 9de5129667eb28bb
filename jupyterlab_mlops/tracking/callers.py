"""Which MLflow a caller is: where versions of MLflow differ, each is answered as by a server of its own."""

from __future__ import annotations

import re

#: How MLflow's Python client calls itself in ``User-Agent``.
_CLIENT = re.compile(r"mlflow-python-client/(\d+(?:\.\d+)*)")

#: A version such as (2, 19, 0); empty where it is not known.
Version = tuple[int, ...]


class Callers:
    """Remembers what the MLflow of each kernel called itself.

    A kernel has one MLflow, so what it sends without saying so (``requests``, ``curl``) is of that version too. All
    callers from outside are taken for one, as the server has one user.
    """

    def __init__(self) -> None:
        self._last: dict[str | None, Version] = {}  # by kernel id; None is outside

    def version(self, user_agent: str, kernel_id: str | None) -> Version:
        """The version of a caller that sends this ``User-Agent``."""
        said = _CLIENT.match(user_agent)
        if said is None:
            return self._last.get(kernel_id, ())
        version = self._last[kernel_id] = tuple(int(part) for part in said.group(1).split("."))
        return version
