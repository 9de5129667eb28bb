"""Under which attributes a class of the user's keeps what it is made with: ``self.hidden = n_hidden``."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import lru_cache

from .usercode import is_own_class


@lru_cache(maxsize=256)
def kept_as(cls: type) -> dict[str, tuple[str, ...]]:
    """``{"n_hidden": ("hidden",)}``; {} of a library's class, and where there is no source."""
    made = vars(cls).get("__init__")
    if made is None or not is_own_class(cls):
        return {}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(made)))
    except (OSError, TypeError, SyntaxError):  # of no file, or no function at all
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    name = node.value.id
                    found[name] = (*found.get(name, ()), target.attr)
    return found
