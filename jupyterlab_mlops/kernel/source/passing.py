"""What is passed to functions, and what they hand back of it, from syntax trees alone. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from .dataflow import Definition, definitions
from .syntax import COMPREHENSIONS, FUNCTIONS, arguments_of, base_name, call_name

_CUTS = frozenset(
    "train_test_split copy drop astype to_numpy reshape ravel flatten squeeze".split()
)
"""Calls whose value is of the data that they are given, whatever else there is."""
_BATCHES = _CUTS | frozenset(
    "range len enumerate zip iter next min max int float slice list tuple reversed sorted tqdm trange islice cycle"
    " split view view_as permute transpose unsqueeze expand contiguous flip size to cuda cpu long double half bool type"
    " type_as requires_grad_ detach clone numpy item pin_memory sample shuffle permutation choice randint items values keys"
    " iterrows itertuples toarray todense".split()
)
"""Calls by which a loop takes, and prepares, one batch after the other of the data it goes over."""


def argument_of(function: ast.AST, call: ast.Call, name: str) -> ast.expr | None:
    """The expression passed for parameter ``name``; None if it was left to its default."""
    arguments = getattr(function, "args", None)
    if arguments is None:
        return None
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if name not in names:
        return None
    place = names.index(name)
    if names[0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
        if place == 0:
            return call.func.value
        place -= 1
    if place < len(call.args) and not any(
        isinstance(one, ast.Starred) for one in call.args[: place + 1]
    ):
        return call.args[place]
    return None


def returns_of(function: ast.AST) -> Iterator[ast.expr | None]:
    """What a function itself returns, not those inside it; of a ``lambda`` its body."""
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    todo: list[ast.AST] = list(getattr(function, "body", ()))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return):
            yield node.value
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.expr)):
            todo.extend(ast.iter_child_nodes(node))


def handed_back(function: ast.AST, call: ast.Call, place: int, count: int) -> list[ast.expr] | None:
    """What the value at one place of a function's tuple is made of (arguments, names from outside), where the function
    hands it back as it was, or merely cuts it: ``y`` in ``return y, clf.predict(X)``, what ``train_test_split`` gave.

    None if it is made of anything else, or if one cannot tell.
    """
    if not isinstance(function, FUNCTIONS):
        return None
    tuples = list(returns_of(function))
    names = set()
    for one in tuples:
        found = one.elts[place] if isinstance(one, ast.Tuple) and len(one.elts) == count else None
        if not isinstance(found, ast.Name):
            return None
        names.add(found.id)
    if len(names) != 1:
        return None
    outside = _cut_of(names.pop(), definitions(function.body), set())
    if outside is None:
        return None
    parameters = {one.arg for one in arguments_of(function.args)}
    passed = [
        argument_of(function, call, name) if name in parameters else ast.Name(name, ast.Load())
        for name in sorted(outside)
    ]
    return [one for one in passed if one is not None]


def _cut_of(name: str, block: list[Definition], seen: set[str]) -> set[str] | None:
    """The names from outside of a function's block that a name in it is cut from; None if it is made of more."""
    mine = [one for one in block if name in one.names and not one.inner]
    if not mine:
        return {name}
    if name in seen:
        return set()
    seen.add(name)
    found: set[str] = set()
    for one in mine:
        if one.weak or one.loop or not _cuts(one.value):
            return None
        for node in ast.walk(one.value):
            if isinstance(node, ast.Name) and not _is_callee(node, one.value):
                outside = _cut_of(node.id, block, seen)
                if outside is None:
                    return None
                found |= outside
    return found


def is_batch(
    name: str, block: list[Definition], library: Callable[[str], bool], changed: set[str]
) -> bool:
    """Whether a loop binds the name merely to parts of what there was before it: ``xb = x_train[i:j]``, ``for X, y in
    loader``. Training gave it nothing.

    ``library``: whether a name is that of a module whose functions train nothing;
    ``changed``: the names whose objects the loop may change.
    """
    return _is_batch(name, block, library, changed, set())


def _is_batch(
    name: str,
    block: list[Definition],
    library: Callable[[str], bool],
    changed: set[str],
    seen: set[str],
) -> bool:
    mine = [one for one in block if name in one.names and not one.inner]
    if not mine or name in seen:
        return name not in changed
    seen.add(name)
    return all(
        not one.weak
        and _takes(one.value, library)
        and all(
            library(node.id) or _is_batch(node.id, block, library, changed, seen)
            for node in ast.walk(one.value)
            if isinstance(node, ast.Name) and not _is_callee(node, one.value)
        )
        for one in mine
    )


def _takes(value: ast.expr, library: Callable[[str], bool]) -> bool:
    return not any(
        isinstance(node, (ast.Lambda, *COMPREHENSIONS))
        or (
            isinstance(node, ast.Call)
            and call_name(node) not in _BATCHES
            and not library(base_name(node.func) or "")
        )
        for node in ast.walk(value)
    )


def _cuts(value: ast.expr) -> bool:
    return not any(
        isinstance(node, (ast.Lambda, *COMPREHENSIONS))
        or (isinstance(node, ast.Call) and call_name(node) not in _CUTS)
        for node in ast.walk(value)
    )


def _is_callee(name: ast.Name, value: ast.expr) -> bool:
    """Whether the name is that of a function called: ``train_test_split``."""
    return any(isinstance(node, ast.Call) and node.func is name for node in ast.walk(value))
