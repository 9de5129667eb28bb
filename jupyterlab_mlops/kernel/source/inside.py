"""Settings that are written out where functions are called, or in their bodies. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from .literals import MISSING, literal_at
from .syntax import FUNCTIONS, call_name
from .wording import trains_by_name, words

PLACE = "#"
"""Between the name of what is called and the place of a literal that is given by position: ``KFold#0``."""
MAX_PLACES = 6
MAKERS = frozenset(
    "train_test_split make_classification make_regression make_blobs make_moons make_circles".split()
)
"""Functions whose literal keywords are settings of what they return, as those of classes are."""
MEASURERS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})
"""Functions of which only ``HOW`` says what is measured."""
HOW = ("cv", "scoring")
_NO_MAKERS = frozenset(
    "plot show print draw display save log test eval evaluate evaluation score check assert".split()
)
"""Words of functions that make nothing that a model is trained with."""


class Inside(NamedTuple):
    """What a class, or a function that makes data, is called with in the body of a function."""

    function: ast.expr
    """What is called."""
    given: dict[str, Any]
    """The literals, by ``KFold.n_splits`` or ``KFold#0``."""


def given_to(node: ast.Call, called: str) -> dict[str, Any]:
    """The literals that a class or a function that makes data is called with."""
    told: dict[str, Any] = {}
    for keyword in node.keywords:
        if called in MEASURERS and keyword.arg not in HOW:
            continue
        literal = literal_at(keyword.value, 0) if keyword.arg else MISSING
        if literal is not MISSING and literal is not None:
            told[f"{called}.{keyword.arg}"] = literal
    for place, value in enumerate(node.args[:MAX_PLACES]):
        literal = literal_at(value, 0)
        if isinstance(literal, (int, float)):
            told[f"{called}{PLACE}{place}"] = literal
    return told


def settings_inside(function: ast.AST) -> dict[str, Inside]:
    """By what is called: the settings that a function's body writes out, of what it calls once, and in any case: not in
    a branch or in another function inside of it."""
    calls: dict[str, list[ast.Call]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = call_name(node)
            if called[:1].isupper() or called in MAKERS or called in MEASURERS:
                calls.setdefault(called, []).append(node)
    if not calls:
        return {}
    certain = set(_certain(getattr(function, "body", [])))
    return {
        called: Inside(found[0].func, given)
        for called, found in calls.items()
        if len(found) == 1 and found[0] in certain and (given := given_to(found[0], called))
    }


def _certain(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """The calls that are reached whatever the arguments are, as far as one can tell."""
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda, ast.IfExp, ast.If, ast.Try)):
            continue
        if isinstance(node, ast.Call):
            yield node
        todo.extend(ast.iter_child_nodes(node))


def given_by_name(node: ast.Call) -> dict[str, Any]:
    """``{"n_samples": 100}`` of ``make_data(n_samples=100)``, if what is called may be a function that makes what a model
    is trained with. Those that train by their names are told of elsewhere."""
    called = call_name(node)
    if not isinstance(node.func, ast.Name) or trains_by_name(called) or called in MEASURERS:
        return {}
    if not _NO_MAKERS.isdisjoint(words(called)):
        return {}
    told = {one.arg: literal_at(one.value, 0) for one in node.keywords if one.arg}
    return {name: one for name, one in told.items() if isinstance(one, (bool, int, float, str))}
