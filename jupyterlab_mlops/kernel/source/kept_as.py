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
        for target in node.targets if isinstance(node, ast.Assign) else ():
            for one, value in _pairs(target, node.value):  # type: ignore[attr-defined]
                if isinstance(one, ast.Attribute) and isinstance(value, ast.Name):
                    found[value.id] = (*found.get(value.id, ()), one.attr)
    return found


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """``self.a, self.b = a, b`` one by one."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts))
    return [(target, value)]
