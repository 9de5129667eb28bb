"""Which names hold the models that a statement trained, and which model variables there are."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from ..candidates import Candidate, Candidates
from ..cells import models
from ..cells.frames import World
from ..cells.running import Execution, Running
from . import watching

MAX_ITEMS = 500
"""Items of a container that are looked at for models."""
MAX_OFFERED = 200


def name_models(
    world: World, candidates: Candidates, running: Running, execution: Execution
) -> None:
    """Tell the variables of the models that the running statement trained: ``clf``, else ``models['svc']``.

    What the statement touched comes before the rest of the namespace, and a loop's variable after what it loops over.
    """
    wanted = _trained(candidates, running)
    if not wanted:
        return
    info = running.info
    loops = {
        name for one in running.definitions if one.loop and not one.inner for name in one.names
    }
    near = [name for name in (*info.binds, *info.changes, *info.reads) if name not in loops]
    for names in (near, sorted(loops), list(world.namespace)):
        for name in names:
            value = world.namespace.get(name)
            if value is None or name.startswith("_"):
                continue
            candidate = wanted.pop(id(value), None)
            if candidate is not None:
                candidates.name_variable(candidate, name, execution.msg_id)
                continue
            for key, part in _parts(value):
                inside = wanted.get(id(part))
                if inside is not None and (not inside.variable or inside.variable in info.binds):
                    candidates.name_variable(inside, f"{name}[{key!r}]", execution.msg_id)
                    wanted.pop(id(part), None)
        if not wanted:
            return


def _trained(candidates: Candidates, running: Running) -> dict[int, Candidate]:
    """The candidates of the statement whose model is still there, by the model's id."""
    found = {}
    for candidate_id in dict.fromkeys((*running.opened, *running.trained)):
        candidate = candidates.get(candidate_id)
        model = candidate.model() if candidate is not None and candidate.model is not None else None
        if candidate is not None and model is not None:
            found[id(model)] = candidate
    return found


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    """(key, object) of what a list, tuple or dict holds; also the parts of short tuples in it."""
    if type(value) not in (list, tuple, dict) or len(value) > MAX_ITEMS:
        return
    for key, item in value.items() if type(value) is dict else enumerate(value):
        for part in item if isinstance(item, tuple) and len(item) <= 4 else (item,):
            yield key, part


def models_of(world: World, execution: Execution | None = None) -> list[dict[str, Any]]:
    """The model variables there are: {variable, class, candidate, bound}; those the execution bound first."""
    found: list[dict[str, Any]] = []
    if execution is not None and not execution.touched:
        return found
    names = execution.names if execution is not None else set()
    for name, value in list(world.namespace.items()):
        if name.startswith("_") or value is None or type(value) in watching.PLAIN:
            continue
        candidate = None if isinstance(value, ModuleType) else world.registry.get(value)
        if candidate is None:
            continue
        if execution is not None and not (name in names or candidate in execution.touched):
            continue
        found.append(
            {
                "variable": name,
                "class": models.class_of(value),
                "candidate": candidate,
                "bound": name in names,
            }
        )
    found.sort(key=lambda entry: (not entry["bound"], entry["variable"]))
    return found[:MAX_OFFERED]
