"""What a model and its next version are called: names that every registry takes, and semantic versions with their
reasons. Pure.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import semver

from .entities import Candidate
from .errors import InvalidValue

#: The order of the semantic parts, smallest first.
BUMPS = ("patch", "minor", "major")
#: What every registry this product speaks to accepts (GitLab contract §4.4).
MODEL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that could be next, and why."""

    version: str
    bump: str
    reason: str


def slug(text: str) -> str:
    """A model name made of ``text`` that every registry accepts."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-.")[:255] or "model"


def code_shape(sources: Iterable[str]) -> str:
    """What code does, without the literals it does it with: equal shapes differ only in parameters, in the order in
    which cells ran, or in how often.

    Cells that are not plain Python (magics, other languages) count by their text.
    """
    shapes = []
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            shapes.append(source.strip())
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and not isinstance(node.value, type(None)):
                node.value = 0
                node.kind = None
        shapes.append(ast.dump(tree))
    return "\n".join(sorted(set(shapes)))


def what_changed(
    previous: Candidate | None,
    candidate: Candidate | None,
    *,
    previous_code: str,
    code: str,
    previous_signature: str | None,
    signature: str | None,
) -> tuple[str, str]:
    """The part of the version that the change calls for, and the reason in words.

    Patch if only params changed, minor if code changed, major if the input signature changed.
    """
    if previous_signature and signature:
        told = changed_inputs(_inputs(previous_signature), _inputs(signature))
        if told:
            return "major", f"the input signature changed: {told}"
    if previous is None or candidate is None:
        return "minor", "what the current version was made from is not known here"
    if (previous.model_class or "") != (candidate.model_class or ""):
        return "minor", f"the model is a {candidate.model_class}, it was a {previous.model_class}"
    if previous_code != code:
        return "minor", "the code changed"
    before = {name: param.value for name, param in previous.params.items()}
    after = {name: param.value for name, param in candidate.params.items()}
    names = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return "patch", f"only params changed: {shown}"
    return "patch", "nothing that was recorded changed"


def proposals(current: str | None, bump: str, reason: str) -> list[Proposal]:
    """The versions to offer, the one to take first."""
    if current is None:
        return [Proposal("1.0.0", "first", "first version of this model")]
    reasons = {"patch": "params only", "minor": "code changed", "major": "input signature changed"}
    base = semver.Version.parse(current)
    ordered = [bump, *(part for part in BUMPS if part != bump)]
    return [
        Proposal(str(next_version(base, part)), part, reason if part == bump else reasons[part])
        for part in ordered
    ]


def next_version(current: semver.Version, bump: str) -> semver.Version:
    """The version after ``current``; a pre-release is followed by its own release."""
    if bump not in BUMPS:
        raise InvalidValue(f"bump {bump!r} is not one of {', '.join(BUMPS)}")
    stepped = {
        "patch": current.bump_patch,
        "minor": current.bump_minor,
        "major": current.bump_major,
    }
    return stepped[bump]()


def parse_version(text: str) -> semver.Version:
    """A semantic version (SemVer 2, no leading ``v``).

    Raises:
        InvalidValue: it is not one.
    """
    try:
        return semver.Version.parse(text)
    except (ValueError, TypeError):
        raise InvalidValue(
            f"version {text!r} is not a semantic version such as 1.2.3 or 2.0.0-rc.1"
        ) from None


def check_model_name(name: str) -> str:
    """``name`` if every registry accepts it.

    Raises:
        InvalidValue: it does not fit; the message offers one that does.
    """
    if not MODEL_NAME.fullmatch(name):
        raise InvalidValue(
            f"model name {name!r} may hold only letters, digits and _ . - (at most 255); "
            f"for example {slug(name)!r}"
        )
    return name


def changed_inputs(before: Any, after: Any) -> str:
    """What is different between two lists of inputs, in words; '' if nothing that is known of both is.

    An input is ``{"name"?, "type"?, "shape"?}``; what one of them does not tell (a type, the names) says nothing.
    """
    if not (_is_columns(before) and _is_columns(after)):
        return "" if before == after else "it has another form"
    if _width(before) != _width(after) and None not in (_width(before), _width(after)):
        return f"{_width(after)} columns, there were {_width(before)}"
    if _named(before) and _named(after):
        old, new = ([str(each["name"]) for each in side] for side in (before, after))
        if old != new:
            gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
            parts = [f"without {', '.join(gone[:3])}"] if gone else []
            parts += [f"with {', '.join(come[:3])}"] if come else []
            return " and ".join(parts) or "the columns are in another order"
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            kinds = str(old.get("type") or ""), str(new.get("type") or "")
            if all(kinds) and kinds[0] != kinds[1]:
                what = f"{new['name']} is " if new.get("name") else ""
                return f"{what}{kinds[1]}, it was {kinds[0]}"
            shapes = old.get("shape"), new.get("shape")
            if all(shapes) and shapes[0] != shapes[1]:
                return f"shape {shapes[1]}, it was {shapes[0]}"
    return ""


def _is_columns(inputs: Any) -> bool:
    return isinstance(inputs, list) and all(isinstance(each, Mapping) for each in inputs)


def _named(inputs: list[Mapping[str, Any]]) -> bool:
    return bool(inputs) and all("name" in each for each in inputs)


def _width(inputs: list[Mapping[str, Any]]) -> int | None:
    """The number of columns: of a table, or of an array of two dimensions."""
    if _named(inputs):
        return len(inputs)
    shape = inputs[0].get("shape") if len(inputs) == 1 else None
    return int(shape[1]) if isinstance(shape, list) and len(shape) == 2 else None


def _inputs(signature: str) -> Any:
    """The inputs of a signature; MLflow writes them as JSON in JSON."""
    try:
        loaded = json.loads(signature)
        inputs = loaded.get("inputs") if isinstance(loaded, Mapping) else loaded
        return json.loads(inputs) if isinstance(inputs, str) else inputs
    except ValueError:
        return signature


def next_free(version: str, taken: Collection[str]) -> str:
    """``version`` if nobody has it, else the next patch that is free."""
    found = semver.Version.parse(version)
    while str(found) in taken:
        found = found.bump_patch()
    return str(found)
