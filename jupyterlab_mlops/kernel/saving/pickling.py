"""Pickles: what one would hold, by what means it can be made, and which part of an object cannot be pickled.

A class or function of the notebook (``__main__``), or of a module beside it, is not there where the model is loaded:
it has to go into the pickle by value, which cloudpickle can.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import pickle
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

#: Searching for the part that cannot be pickled ends after this time (s) or this deep.
BLAME_S, BLAME_DEPTH = 5.0, 6
_TRUST = "load it with the same Python and packages, and only if you trust it"


@dataclass
class Contents:
    """What a pickle would name: top-level modules, and those whose things have to go in by value."""

    modules: set[str] = field(default_factory=set)
    by_value: set[str] = field(default_factory=set)


class _Sink(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data)


class _Survey(pickle.Pickler):
    """A pickler that keeps nothing and notes what it meets."""

    def __init__(self, contents: Contents) -> None:
        # Buffers of large arrays are handed to the callback, which lets them go.
        super().__init__(_Sink(), protocol=5, buffer_callback=lambda _buffer: None)
        self._contents = contents

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, (type, FunctionType)):
            module = getattr(value, "__module__", None) or ""
            self._contents.modules.add(module.partition(".")[0])
            if by_value(value):
                self._contents.by_value.add(module)
                return (str, ())  # something to go on with: this pickle is nobody's
        return NotImplemented


def contents_of(model: Any) -> Contents:
    """What the pickle of a model would name; as far as it got, if it cannot be pickled."""
    contents = Contents()
    # Whatever cannot be surveyed cannot be pickled either: that is told by the real attempt.
    with contextlib.suppress(Exception):
        _Survey(contents).dump(model)
    for base in type(model).__mro__:
        contents.modules.add(base.__module__.partition(".")[0])
    contents.modules -= {"builtins", "abc", "copyreg", "typing", "collections", "functools", ""}
    return contents


def by_value(value: Any) -> bool:
    """Whether a class or function cannot be imported where the model is loaded."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", "")
    if module in (None, "__main__") or "<" in name:
        return True
    return is_beside(sys.modules.get(str(module)))


def is_beside(module: ModuleType | None) -> bool:
    """Whether a module is a file of the user's own, and no part of an installed package or of this one."""
    file = getattr(module, "__file__", None)
    if not file or (module is not None and module.__name__.startswith("jupyterlab_mlops")):
        return False
    path = Path(file).resolve()
    homes = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    if any(path.is_relative_to(Path(home).resolve()) for home in homes if home):
        return False
    # An editable install is found from anywhere; a file beside the notebook is found from its directory only.
    return path.is_relative_to(Path.cwd().resolve())


def cloudpickle() -> Any:
    """The module cloudpickle, also joblib's own copy of it; None if neither is installed."""
    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        try:
            found = util.find_spec(name)
        except ModuleNotFoundError:
            continue
        if found is not None:
            return importlib.import_module(name)
    return None


@contextlib.contextmanager
def own_modules_by_value(names: set[str]) -> Iterator[None]:
    """Have cloudpickle put what comes from these modules into the pickle itself."""
    writer = cloudpickle()
    register = getattr(writer, "register_pickle_by_value", None)
    taken = []
    for name in sorted(names):
        module = sys.modules.get(name)
        if register is not None and module is not None and is_beside(module):
            register(module)
            taken.append(module)
    try:
        yield
    finally:
        for module in taken:
            writer.unregister_pickle_by_value(module)


def dump(model: Any, path: Path, contents: Contents, notes: list[str]) -> str:
    """Write a pickle by cloudpickle, else by pickle, as a stream; returns the name of what loads it again.

    Raises:
        ValueError: it cannot be pickled; the message names the part that cannot.
    """
    writer = cloudpickle()
    if writer is None and contents.by_value:
        raise ValueError(
            "it uses classes or functions of the notebook, which need cloudpickle: pip install cloudpickle"
        )
    try:
        with own_modules_by_value(contents.by_value), path.open("wb") as file:
            (writer or pickle).dump(model, file, protocol=pickle.HIGHEST_PROTOCOL)
    except OSError:
        raise
    except Exception as error:  # pickling runs code of the user's
        told = blame(model)
        where = f"{told} cannot be pickled" if told else "it cannot be pickled"
        raise ValueError(f"{where} ({type(error).__name__}: {error})"[:300]) from error
    name = "pickle" if writer is None else str(writer.__name__)
    notes.append(f"written by {name.rpartition('.')[2]}: {_TRUST}")
    return {"pickle": "pickle", "cloudpickle": "cloudpickle"}.get(name, "joblib_cloudpickle")


def blame(model: Any) -> str:
    """The innermost part of an object that cannot be pickled, as ``model.client (sqlite3.Connection)``; '' if it
    was not found in time."""
    end = time.monotonic() + BLAME_S
    path, value = "model", model
    for _depth in range(BLAME_DEPTH):
        found = next(
            (
                (f"{path}{step}", part)
                for step, part in _parts(value)
                if time.monotonic() < end and not _pickles(part)
            ),
            None,
        )
        if found is None:
            break
        path, value = found
    if value is model or time.monotonic() >= end:
        return ""
    kind = type(value)
    return f"{path} ({kind.__module__}.{kind.__qualname__})".replace("(builtins.", "(")


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in list(value.items())[:1000]:
            yield f"[{key!r}]", part
    elif isinstance(value, (list, tuple)):
        for place, part in enumerate(value[:1000]):
            yield f"[{place}]", part
    elif isinstance(value, FunctionType):
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
            with contextlib.suppress(ValueError):  # an empty cell
                yield f".{name}", cell.cell_contents
        for name in value.__code__.co_names:
            if name in value.__globals__ and not isinstance(value.__globals__[name], ModuleType):
                yield f".{name}", value.__globals__[name]
    else:
        for name, part in list((getattr(value, "__dict__", None) or {}).items())[:1000]:
            yield f".{name}", part


def _pickles(value: Any) -> bool:
    """Whether something can be pickled; nothing is kept."""
    try:
        (cloudpickle() or pickle).dump(value, _Sink(), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:  # whatever it raises, it cannot
        return False
    return True
