"""What is known of a metric call by its place in the code, while the same statement runs: looked up once, not in every
round of a loop."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from ..cells.frames import World
from ..cells.observe import Call
from ..cells.running import Running
from ..source.dataflow import Refs
from ..source.syntax import COMPREHENSIONS, base_name
from .expressions import kept_of_part, stands_alone
from .reporting import Again

_WORKED_OUT = (ast.Call, ast.Lambda, ast.NamedExpr, ast.Await, *COMPREHENSIONS)


@dataclass
class Site:
    """One call in the code. ``top``: it stands outside of functions. ``given``: the expressions given, in order, None
    where that cannot be told; ``flows``: the names among them that the running statement does not bind, '' of others.
    """

    node: ast.Call | None
    index: Any
    top: bool
    alone: bool
    """Nothing is done with its value at once: see ``expressions.stands_alone``."""
    kept: str = ""
    """The part of the data, and the metric, as which it is kept: see ``expressions.kept_of_part``."""
    given: list[ast.expr] = field(default_factory=list)
    fixed: list[bool] = field(default_factory=list)
    """Which of the given are made of such names alone, without a call."""
    flows: list[str] = field(default_factory=list)
    parts: dict[int, Refs[str]] = field(default_factory=dict)
    """Of the given that are parts of a table or an array which the statement does not bind (``y[:100]``), by their place:
    the candidates behind them, looked up when they are first asked for."""
    signature: tuple[str, ...] | None = None
    """What was measured, if that is the same each time."""

    again: Again | None = None
    """How the latest measurement was told, as far as a loop only repeats it."""

    @property
    def same_words(self) -> bool:
        """Whether what was measured is told by what is written there alone."""
        keywords = self.node.keywords if self.node is not None else ()
        return self.top and not any(isinstance(one.value, ast.Name) for one in keywords)

    def is_part(self, place: int, world: World) -> bool:
        """Whether what is given there can only be of the same candidates each time."""
        if place >= len(self.fixed) or not self.fixed[place]:
            return False
        node = self.given[place]
        if not isinstance(node, (ast.Subscript, ast.Attribute)):
            return False
        base = base_name(node)
        return base is not None and hasattr(world.namespace.get(base), "shape")


def site_of(call: Call, running: Running, world: World) -> Site:
    """The place of a call that is being made."""
    code = call.frame.f_code
    place = running.place(call.frame)
    found: Site | None = running.sites.get(place)
    if found is None:
        node, scope = world.call_of(call.frame, call.name)
        index = world.trees.index(code.co_filename)
        found = Site(node, index, scope.top, stands_alone(node, index), kept_of_part(node, index))
        if node is not None and not any(isinstance(one, ast.Starred) for one in node.args):
            found.given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if code.co_name == "<module>" and scope.top:
                bound = {name for one in running.definitions for name in one.names}
                found.fixed = [_fixed(one, bound) for one in found.given]
                found.flows = [
                    one.id if isinstance(one, ast.Name) and fixed else ""
                    for one, fixed in zip(found.given, found.fixed)
                ]
        running.sites[place] = found
    return found


def _fixed(node: ast.expr, bound: set[str]) -> bool:
    return all(
        one.id not in bound if isinstance(one, ast.Name) else not isinstance(one, _WORKED_OUT)
        for one in ast.walk(node)
    )
