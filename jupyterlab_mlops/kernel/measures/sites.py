"""What is known of a metric call by its place in the code, while the same statement runs: looked up once, not in every
round of a loop."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from ..cells.frames import World
from ..cells.observe import Call
from ..cells.running import Running
from .expressions import stands_alone


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
    given: list[ast.expr] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    signature: tuple[str, ...] | None = None
    """What was measured, if that is the same each time."""

    @property
    def same_words(self) -> bool:
        """Whether what was measured is told by what is written there alone."""
        keywords = self.node.keywords if self.node is not None else ()
        return self.top and not any(isinstance(one.value, ast.Name) for one in keywords)


def site_of(call: Call, running: Running, world: World) -> Site:
    """The place of a call that is being made."""
    code = call.frame.f_code
    place = (code, call.frame.f_lasti)
    found: Site | None = running.sites.get(place)
    if found is None:
        node, scope = world.call_of(call.frame, call.name)
        index = world.trees.index(code.co_filename)
        found = Site(node, index, scope.top, stands_alone(node, index))
        if node is not None and not any(isinstance(one, ast.Starred) for one in node.args):
            found.given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if code.co_name == "<module>" and scope.top:
                bound = {name for one in running.definitions for name in one.names}
                found.flows = [
                    one.id if isinstance(one, ast.Name) and one.id not in bound else ""
                    for one in found.given
                ]
        running.sites[place] = found
    return found
