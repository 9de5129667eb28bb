"""Which files belong to installed packages, wherever these are: beside their ``*.dist-info``, as ``pip --target`` puts them."""

from __future__ import annotations

import os
import sys

_known: dict[str, tuple[int, frozenset[str]]] = {}
"""Folder → when it last changed, and the names in it that installed packages have put there."""
_real: dict[str, str] = {}


def is_installed(path: str) -> bool:
    """Whether a folder on Python's path has the file by the record of a package that was installed into it. A module of
    the user's that lies beside such packages is in none of their records."""
    for entry in map(str, sys.path):  # a user's may be a `Path`
        try:
            folder = entry if os.path.isabs(entry) else os.path.abspath(entry)
            real = _real.get(folder)
            if real is None:
                real = _real[folder] = os.path.realpath(folder)
            for one in {folder, real}:
                root = one.rstrip(os.sep) + os.sep
                if path.startswith(root) and path[len(root) :].partition(os.sep)[0] in _names(root):
                    return True
        except (OSError, ValueError):  # a folder that is gone, what is no path
            continue
    return False


def _names(folder: str) -> frozenset[str]:
    """The names in the folder that the records of the packages installed there list: ``numpy``, ``six.py``."""
    changed = os.stat(folder).st_mtime_ns
    known = _known.get(folder)
    if known is None or known[0] != changed:
        known = _known[folder] = (changed, _recorded(folder))
    return known[1]


def _recorded(folder: str) -> frozenset[str]:
    found: set[str] = set()
    for name in os.listdir(folder):
        if name.endswith(".dist-info"):
            try:
                with open(f"{folder}{name}/RECORD", encoding="utf-8", errors="replace") as record:
                    found.update(line.partition("/")[0].partition(",")[0] for line in record)
            except OSError:
                continue  # what some other installer has put there
    return frozenset(found - {"..", ""})
