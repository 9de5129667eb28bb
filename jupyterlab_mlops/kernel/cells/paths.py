"""Which paths count, which path an expression stands for, and which files have changed lately."""

from __future__ import annotations

import ast
import os
import re
import site
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any

from ..source.syntax import call_name

SKIPPED_SUFFIXES = (
    ".pyc",
    ".pyo",
    ".py",
    ".so",
    ".pyd",
    ".dll",
    ".ttf",
    ".otf",
    ".ttc",
    ".afm",
    ".mplstyle",
    ".lock",
    ".pth",
    ".dist-info",
    ".typed",
    ".pyi",
)
SKIPPED_PARTS = frozenset(
    {
        "__pycache__",
        "site-packages",
        "dist-packages",
        ".ipynb_checkpoints",
        ".git",
        ".cache",
        ".config",
        ".matplotlib",
        ".ipython",
        ".jupyter",
        ".local",
        "node_modules",
        "scikit_learn_data",
        "seaborn-data",
        "nltk_data",
        "mlruns",
    }
)
PACKAGE_PARTS = (".dist-info", ".egg-info")
"""How folders end that say of an installed package what it is, wherever it is installed."""
_NO_WORK = (".ipynb", ".tmp", ".part", ".swp", ".log", "-journal", "-wal")
_TEMPORARY = re.compile("tmp[a-z0-9_]{8}")
MAX_SCANNED = 3000
MAX_SCAN_DEPTH = 3
MAX_SCAN_S = 0.02


def path_of(expression: ast.expr, lookup: Callable[[str], Any]) -> str:
    """The path that a constant, a name, ``os.path.join(…)``, ``folder / name``, ``str(…)`` or an f-string stands
    for, by the present values of names; '' for anything else. Runs no code of the user's."""
    if isinstance(expression, ast.Constant):
        return expression.value if isinstance(expression.value, str) else ""
    if isinstance(expression, ast.Name):
        value = lookup(expression.id)
        return str(value) if isinstance(value, (str, PurePath)) and len(str(value)) < 1000 else ""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Div, ast.Add)):
        left, right = path_of(expression.left, lookup), path_of(expression.right, lookup)
        if not left or not right:
            return ""
        return f"{left}/{right}" if isinstance(expression.op, ast.Div) else left + right
    if isinstance(expression, ast.Call) and call_name(expression) in ("join", "str", "Path"):
        parts = [path_of(one, lookup) for one in expression.args]
        return os.path.join(*parts) if parts and all(parts) else ""
    if isinstance(expression, ast.JoinedStr):
        parts = [
            path_of(one.value if isinstance(one, ast.FormattedValue) else one, lookup)
            for one in expression.values
        ]
        return "".join(parts) if all(parts) else ""
    return ""


def passing(path: str, kept: tuple[str, ...]) -> bool:
    """Whether a path is in a temporary folder of Python's making (``tmpab12cd34``), and in none of the ``kept`` ones: what
    a library has put there for a program of its own is no data of the user's."""
    base = real_path(tempfile.gettempdir()) + os.sep
    first, _, rest = path.removeprefix(base).partition(os.sep)
    made = path.startswith(base) and bool(rest) and _TEMPORARY.fullmatch(first) is not None
    return made and not any(path.startswith(folder + os.sep) for folder in kept)


def only_shows(node: ast.stmt) -> bool:
    """``Image("figure.png")``: what is merely displayed is no input."""
    value = node.value if isinstance(node, ast.Expr) else None
    while isinstance(value, ast.Call) and call_name(value) == "display" and value.args:
        value = value.args[0]
    return isinstance(value, ast.Call) and call_name(value) in (
        "Image",
        "SVG",
        "Video",
        "Audio",
        "IFrame",
        "HTML",
        "Markdown",
        "Source",
    )


def changed_since(folder: str, since: float) -> Iterator[str]:
    """Files below a folder that changed after ``since`` (seconds since the epoch), those nearest first.

    Bounded in depth, number and time: written without Python's ``open``, as torch and XGBoost do, they are looked for here.
    """
    left = MAX_SCANNED
    until = time.monotonic() + MAX_SCAN_S
    todo = [(folder, 0)]
    while todo and time.monotonic() < until:
        here, depth = todo.pop(0)
        try:
            entries = list(os.scandir(here))
        except OSError:
            continue
        left -= len(entries)
        if left < 0:
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.name in SKIPPED_PARTS:
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_SCAN_DEPTH:
                    todo.append((entry.path, depth + 1))
            elif not entry.name.endswith(_NO_WORK) and _changed(entry) >= since:
                yield entry.path


def stamp_of(path: str) -> tuple[int, int]:
    """When a file last changed, nanoseconds since the epoch, and its size in bytes; zeros if it is gone."""
    try:
        stat = os.stat(path)
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def in_turn(
    begun: list[tuple[float, str]], written: dict[str, tuple[float, float]]
) -> dict[str, str]:
    """Who wrote each file, of several that began one after another: the last to begin before, if each wrote one. Pure.

    ``written``: path → between which times. {} where not each wrote, as where all are saved after the last; a path is
    left out where another began between its times."""
    found = {}
    for path, (earliest, latest) in written.items():
        before = [one for since, one in begun if since <= earliest]
        if before and not any(earliest < since <= latest for since, _ in begun):
            found[path] = before[-1]
    return found if {one for _, one in begun} == set(found.values()) else {}


def _changed(entry: os.DirEntry[str]) -> float:
    """When it last changed, seconds since the epoch; 0 if it is gone."""
    try:
        return entry.stat().st_mtime
    except OSError:
        return 0.0


def pointer_of(file: Path) -> tuple[str, dict[str, str]] | None:
    """What a DVC or LFS pointer points to: a ``.dvc`` beside the file, or the file itself."""
    beside = file.with_name(file.name + ".dvc")
    try:
        if beside.is_file() and beside.stat().st_size < 100_000:
            for line in beside.read_text(errors="replace").splitlines():
                key, _, value = line.strip().lstrip("- ").partition(":")
                if key in ("md5", "hash") and value.strip() and value.strip() != "md5":
                    return "dvc", {"pointer": beside.name, "md5": value.strip()}
        if file.stat().st_size < 1024:
            head = file.read_bytes()
            if head.startswith(b"version https://git-lfs.github.com/spec/"):
                for line in head.decode(errors="replace").splitlines():
                    if line.startswith("oid "):
                        return "lfs", {"oid": line[4:]}
    except OSError:
        return None
    return None


def real_path(path: str) -> str:
    return os.path.realpath(os.path.abspath(os.path.expanduser(path)))


_CACHES = ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "TORCH_HOME", "KERAS_HOME")
"""Variables that say where downloaded models and data sets are kept."""


def skipped_roots(config: dict[str, Any]) -> tuple[str, ...]:
    roots = {
        sys.prefix,
        sys.base_prefix + "/lib",
        sys.exec_prefix,
        tempfile.gettempdir() + "/ipykernel_",
    }
    roots.update(sysconfig.get_paths().values())
    roots.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    roots.update({"/usr/share", "/usr/lib", "/etc", "/proc", "/sys", "/dev", "/var/lib"})
    roots.add(real_path(config["spool"]))
    roots.update(os.environ.get(name, "") for name in _CACHES)
    jupyter = sys.modules.get("jupyter_core.paths")  # MLflow's client reads there which servers run
    if jupyter is not None:
        roots.add(jupyter.jupyter_runtime_dir())
    return tuple(
        real_path(root) if not root.endswith("_") else root
        for root in roots
        if root and root != "/"
    )
