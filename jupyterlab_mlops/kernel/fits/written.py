"""Scalars that the user's code writes for TensorBoard: ``writer.add_scalar("Loss/train", loss, step)``."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from ..cells.frames import World
from ..cells.observe import Call, watch_method
from ..cells.running import Execution, Running
from ..measures.metrics import metric_strength, real_scalar, tidy
from ..measures.reporting import Measured, Reporter
from ..source.dataflow import NONE, Refs, refs_of

WRITERS = ("torch.utils.tensorboard.writer", "tensorboardX.writer")
"""The modules of the classes that write them."""
_GIVEN = {
    "add_scalar": ("tag", "scalar_value", "global_step"),
    "add_scalars": ("main_tag", "tag_scalar_dict", "global_step"),
}


def watch(module: ModuleType) -> None:
    """Observe what writes, once its module has been imported."""
    cls = getattr(module, "SummaryWriter", None)
    if isinstance(cls, type):
        for name in _GIVEN:
            watch_method(cls, name, "written")


def tell(
    call: Call, world: World, reporter: Reporter, execution: Execution, running: Running
) -> None:
    """Say the metrics among what was written: of the one model that the statement trains, else of what is behind them."""
    given = {**dict(zip(_GIVEN[call.name], call.args)), **call.kwargs}
    step = real_scalar(given.get("global_step"))
    for name, value in _scalars(call.name, given):
        strength = metric_strength(name)
        refs = _behind(call, world, running) if strength else NONE
        if strength == 2 or (strength and len(refs) == 1):
            measured = Measured(tidy(name), value, ("written",), refs)
            reporter.report(measured, execution, running, None if step is None else int(step))


def _scalars(called: str, given: dict[str, object]) -> Iterator[tuple[str, float]]:
    tag, value, _ = (given.get(name) for name in _GIVEN[called])
    if called == "add_scalars":
        found = value.items() if isinstance(value, dict) else ()
        pairs = [(f"{tag}/{key}", one) for key, one in found]
    else:
        pairs = [(str(tag), value)]
    for name, one in pairs:
        number = real_scalar(one)
        if number is not None:
            yield name, number


def _behind(call: Call, world: World, running: Running) -> Refs[str]:
    if len(set(running.trained)) == 1:
        return frozenset(running.trained)
    node, scope = world.call_of(call.frame, call.name)
    return refs_of(node, scope) if node is not None else NONE
