"""Models that come back fitted from other processes or threads: ``models = Parallel(n_jobs=4)(delayed(fit)(m) for m in models)``.

Nothing of their training is seen here. That they were trained is known by the function of the user's that was sent there: it
fits something; what such a call gives, and is a model that nobody has seen trained, is its work.
"""

from __future__ import annotations

import ast
from typing import Any

from ..cells import models
from ..cells.frames import World
from ..cells.own_fits import fits_by_name
from ..cells.running import Running
from ..source.syntax import call_name

MAX_MODELS = 50
_SENDING = frozenset("map starmap imap imap_unordered".split())
"""Methods of pools and executors."""


def fitted_elsewhere(running: Running, world: World) -> list[Any]:
    """The models in the list that the statement has got from workers, in order; mostly none."""
    call = running.node.value if isinstance(running.node, ast.Assign) else None
    while isinstance(call, ast.Call) and call_name(call) == "list" and len(call.args) == 1:
        call = call.args[0]
    if not isinstance(call, ast.Call) or len(running.info.binds) != 1 or not _sends(call):
        return []
    if not any(_fits(name, world) for name in sorted(running.info.reads)):
        return []
    (name,) = running.info.binds
    rows: Any = world.namespace.get(name)
    if not isinstance(rows, (list, tuple)) or len(rows) > MAX_MODELS:
        return []
    parts = [part for row in rows for part in (row if isinstance(row, (list, tuple)) else (row,))]
    return [one for one in parts if models.is_model(one) and world.registry.get(one) is None]


def _sends(call: ast.Call) -> bool:
    """Whether a call gives work to workers: joblib's ``Parallel(…)(…)``, ``pool.map(…)``."""
    if isinstance(call.func, ast.Call):
        return call_name(call.func) == "Parallel"
    return isinstance(call.func, ast.Attribute) and call.func.attr in _SENDING


def _fits(name: str, world: World) -> bool:
    """Whether it is a function of the user's that fits something by a method."""
    function = world.own_function(name)
    tree = world.trees.function(function.__code__) if function is not None else None
    return tree is not None and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and fits_by_name(node.func.attr)
        for node in ast.walk(tree)
    )
