"""MLflow's autologging beside our own watching.

It replaces the methods and functions that are watched here, and makes a run of its own for a fit outside of any
run. So what it has replaced is watched anew, on the outside, and a run that was made during a fit is the
candidate of that fit. mlflow is never imported here: where the user's code has not, there is nothing to do.
"""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any

from ..cells.observe import watch_function, watch_method
from ..link import diagnostics
from .watching import kind_of_method

_PATCHES = ("mlflow.utils.autologging_utils.safety", "_AUTOLOGGING_PATCHES")
_TRAINS = ("train", "cv")


class Autologging:
    """What mlflow has patched so far. One a kernel."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    @property
    def on(self) -> bool:
        """Whether a fit may make a run of its own."""
        return bool(_patches())

    def look(self) -> None:
        """Watch what was patched since the last look. Cheap when nothing was."""
        patches = _patches()
        if not patches and not self._seen:
            return
        ids = {id(patch) for found in patches.values() for patch in found}
        if ids == self._seen:
            return
        fresh = [
            patch for found in patches.values() for patch in found if id(patch) not in self._seen
        ]
        self._seen = ids
        for patch in fresh:
            try:
                _watch(getattr(patch, "destination", None), str(getattr(patch, "name", "")))
            except Exception as error:  # another mlflow than any known one
                diagnostics.note("watching what mlflow has patched", error)

    @staticmethod
    def last_run() -> str | None:
        """The id of the run that ended last on this thread; asks no server."""
        found = getattr(sys.modules.get("mlflow.tracking.fluent"), "_last_active_run_id", None)
        get = getattr(found, "get", None)
        value = get() if get is not None else found
        return value if isinstance(value, str) else None


def _patches() -> dict[str, Any]:
    """What mlflow's autologging has patched, by framework."""
    module, name = _PATCHES
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, dict) else {}


def _watch(destination: Any, name: str) -> None:
    if inspect.isclass(destination):
        kind = kind_of_method(name)
        if kind:
            watch_method(destination, name, kind)
    elif isinstance(destination, ModuleType):
        if name in _TRAINS:
            watch_function(destination, name, "fit")
        elif destination.__name__.startswith("sklearn.metrics"):
            watch_function(destination, name, "metric")
