"""Which lists, dicts and arrays a statement fills with values of metrics, by its syntax alone. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..source.syntax import call_name
from .expressions import bound_in, metric_in
from .metrics import metric_strength


def literals_before(statement: ast.AST) -> int:
    """How many items stand before a comprehension in the list that a statement makes: 1 in ``[base] + [… for …]``."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    first = value.left if isinstance(value, ast.BinOp) else None
    return len(first.elts) if isinstance(first, ast.List) else 0


def comprehension_of(statement: ast.AST) -> ast.ListComp | None:
    """The plain comprehension, of one loop and no condition, that a statement binds to a name, also behind a list."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.List):
        value = value.right
    if not isinstance(value, ast.ListComp) or len(value.generators) != 1:
        return None
    return None if value.generators[0].ifs else value


def filled_by(top: ast.AST) -> dict[str, str]:
    """Lists and dicts that a loop fills with values of a metric, by what is put into them:
    ``scores[name] = rmse(y, p)``, ``results.append(acc)``, ``results = np.append(results, acc)`` and
    ``found = [model.aic(X) for model in models]``."""
    counted = bound_in(top)
    found: dict[str, str] = {}
    for node in ast.walk(top):
        value: ast.expr | None = None
        target: ast.expr | None = None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target, value = node.targets[0].value, node.value
        elif (made := comprehension_of(node)) is not None and isinstance(node, ast.Assign):
            target, value = node.targets[0], made.elt
        elif isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            if isinstance(node.func, ast.Attribute):
                target, value = node.func.value, node.args[0]
        elif _grows(node) and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            target, value = node.targets[0], node.value.args[1]
        if isinstance(target, ast.Name) and value is not None:
            metric = metric_in(value, counted)
            if metric:
                found[target.id] = metric
    return found


def filled_by_name(loop: ast.AST) -> dict[str, str]:
    """Dicts of lists that a loop fills with values of a metric, a list of each model: ``scores[name].append(rmse)``,
    also with what it belongs to, ``errors[name].append((k, error))``."""
    counted = bound_in(loop)
    found: dict[str, str] = {}
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            into = node.func.value if isinstance(node.func, ast.Attribute) else None
            if isinstance(into, ast.Subscript) and isinstance(into.value, ast.Name):
                value = node.args[0]
                value = value.elts[-1] if isinstance(value, ast.Tuple) and value.elts else value
                name = value.id if isinstance(value, ast.Name) and metric_strength(value.id) else ""
                metric = metric_in(value, counted) or name
                if metric and not isinstance(into.slice, ast.Constant):
                    found[into.value.id] = metric
    return found


def filled_by_updates(loop: ast.AST) -> set[str]:
    """Lists that a loop fills with what comes of names that it updates round by round, as gradient descent does without
    a model object: ``costs`` of ``w = w - rate * slope(w)`` and ``costs.append(cost(w))``."""
    if not isinstance(loop, (ast.For, ast.While)):
        return set()
    reads: dict[str, set[str]] = {}
    put: dict[str, set[str]] = {}
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            if not isinstance(node.value, ast.Constant):  # not a counter
                reads.setdefault(node.target.id, {node.target.id}).update(_names_in(node.value))
        elif isinstance(node, ast.Assign):
            for name in {one for target in node.targets for one in _names_in(target)}:
                reads.setdefault(name, set()).update(_names_in(node.value))
        elif isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                put.setdefault(node.func.value.id, set()).update(_names_in(node.args[0]))
    updated = {name for name, names in reads.items() if name in names}
    return {name for name, names in put.items() if updated & _behind(names, reads)}


def _names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _behind(names: set[str], reads: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = set(names)
    while todo:
        found |= todo
        todo = {one for name in todo for one in reads.get(name, ())} - found
    return found


def grown_by(top: ast.AST) -> set[str]:
    """Arrays to which a loop adds one by one: ``scores`` of ``scores = np.append(scores, score)``."""
    return {
        node.targets[0].id
        for node in ast.walk(top)
        if _grows(node) and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _grows(node: ast.AST) -> bool:
    """``scores = np.append(scores, …)``."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    target, call = node.targets[0], node.value
    return (
        call_name(call) == "append"
        and len(call.args) == 2
        and isinstance(call.args[0], ast.Name)
        and isinstance(target, ast.Name)
        and target.id == call.args[0].id
    )
