"""Which code is the user's: the notebook's cells and modules outside of installed libraries."""

from __future__ import annotations

import site
import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

from .installed import is_installed


def library_roots() -> tuple[str, ...]:
    """Directories of installed libraries, each with a slash at its end."""
    roots = {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    roots.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    roots.add(site.getusersitepackages() if hasattr(site, "getusersitepackages") else "")
    roots.add(str(Path(__file__).resolve().parents[2]))
    found = set()
    for root in roots:
        if root:
            found.add(root)
            found.add(str(Path(root).resolve()))
    return tuple(root.rstrip("/\\") + "/" for root in found)


_ROOTS = library_roots()
_own_modules: dict[str, bool] = {"__main__": True}


def is_own_file(path: str) -> bool:
    """Whether a source file is the user's own rather than an installed library's."""
    return (
        not path.startswith(("<", *_ROOTS))
        and "site-packages" not in path
        and "dist-packages" not in path
        and "ipykernel" not in path
        and path.endswith(".py")
        and not is_installed(path)
    )


def is_own_class(cls: type | FunctionType) -> bool:
    """Whether a class, or a function, was written in the notebook or in a local module."""
    return is_own_module(getattr(cls, "__module__", None) or "")


def is_own_module(name: str) -> bool:
    """Whether a module that was imported is the notebook or a local one."""
    known = _own_modules.get(name)
    if known is None:
        path = getattr(sys.modules.get(name), "__file__", None) or ""
        known = _own_modules[name] = is_own_file(path)
    return known


def is_own_attribute(cls: type, name: str) -> bool:
    """Whether asking an instance for what its class gives by this name may run the user's code: the class is the user's, and
    does not inherit it from a library."""
    if not is_own_class(cls):
        return False
    definer = next((base for base in cls.__mro__ if name in vars(base)), None)
    return definer is None or is_own_class(definer)


class UserCode:
    """Tells the user's frames from a library's."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._known: dict[CodeType, bool] = {}

    @property
    def roots(self) -> tuple[str, ...]:
        """Directories of installed libraries."""
        return _ROOTS

    def is_user(self, frame: FrameType) -> bool:
        """Whether the frame runs a cell's code or a local module's."""
        if frame.f_globals is self.namespace:
            return True
        code = frame.f_code
        known = self._known.get(code)
        if known is None:
            known = is_own_file(code.co_filename)
            if len(self._known) > 5000:
                self._known.clear()
            self._known[code] = known
        return known
