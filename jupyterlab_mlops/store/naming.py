"""Names for candidates that were given none: pleasant to say, the same for the same id."""

from __future__ import annotations

import hashlib

_ADJECTIVES = (
    "amber ample bold brave bright brisk calm candid clear clever cosy crisp deft eager early fair"
    " fleet fond fresh gentle glad golden grand hardy honest humble jolly keen kind lively loyal"
    " lucid lucky merry mild modest neat nimble noble patient placid polite proud quick quiet rapid"
    " ready serene sharp silver sincere sleek smart spry steady sunny swift tidy vivid warm wise witty"
    " zesty"
).split()
_NOUNS = (
    "alder aspen badger beech birch bison brook cedar clover comet coral crane cricket cypress dolphin"
    " dove eagle elm falcon fern finch fjord fox gecko glacier hare hawk hazel heron ibis iris ivy"
    " jay juniper kestrel lark laurel lemur lily linden lynx maple marten meadow moth oak orchid otter"
    " owl panda pine plover poplar puffin quail raven reef robin salmon sparrow spruce stork swan tern"
    " thrush tiger trout tulip walnut willow wren"
).split()


def default_name(id: str, *, model_class: str | None = None) -> str:
    """A name made from the id: ``calm-otter-412``, or with a class ``RandomForestClassifier-412``."""
    digest = int.from_bytes(hashlib.blake2s(id.encode(), digest_size=8).digest(), "big")
    number = digest % 1000
    if model_class:
        return f"{model_class.rsplit('.', 1)[-1]}-{number}"
    digest //= 1000
    adjective = _ADJECTIVES[digest % len(_ADJECTIVES)]
    noun = _NOUNS[digest // len(_ADJECTIVES) % len(_NOUNS)]
    return f"{adjective}-{noun}-{number}"
