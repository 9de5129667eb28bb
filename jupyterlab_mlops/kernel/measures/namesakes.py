"""Which of several models that a statement trains together a metric is named after: ``loss_D`` is ``net_D``'s, ``g_loss``
the generator's, though the discriminator has worked it out. Nothing is said where the name fits several, or none."""

from __future__ import annotations

from collections.abc import Mapping

from ..candidates import Candidates
from ..cells.running import Running
from ..source.wording import words
from .metrics import metric_strength

_STEM = 4
"""Letters with which two forms of a word begin."""
_SPELT_OUT = frozenset("gen generator dis disc discriminator enc encoder dec decoder".split())
"""Words for which a model's variable may be the first letter alone."""


def of_several(name: str, running: Running, candidates: Candidates) -> str | None:
    """The candidate of the models trained in the running statement that the metric is named after; None if it is not
    one alone, or if the statement trains but one."""
    if len(running.trained) < 2 or len(set(running.trained)) < 2 or candidates.current():
        return None
    world, info = candidates.world, running.info
    variables: dict[str, str] = {}
    for variable in info.reads | info.binds | info.changes:
        value = world.namespace.get(variable)
        owner = world.registry.get(value) if value is not None else None
        if owner in running.trained:
            variables[variable] = str(owner)
    return namesake(name, variables)


def namesake(name: str, variables: Mapping[str, str]) -> str | None:
    """The candidate whose variable the metric is named after, by the words that tell the variables apart. Pure."""
    if len(set(variables.values())) < 2:
        return None
    parts = {variable: set(words(variable)) for variable in variables}
    shared = set.intersection(*parts.values())
    said = [word for word in words(name) if not metric_strength(word)]
    found = {
        variables[variable]
        for variable, own in parts.items()
        if any(_says(word, one) for word in said for one in own - shared)
    }
    return found.pop() if len(found) == 1 else None


def _says(word: str, variable: str) -> bool:
    """``d`` says ``discriminator`` and ``d``; ``generator`` says ``gen`` and ``g``; ``dropout`` says ``dropped``."""
    if variable.startswith(word) or (len(word) >= _STEM and word[:_STEM] == variable[:_STEM]):
        return True
    return word.startswith(variable) and (len(variable) > 2 or word in _SPELT_OUT)
