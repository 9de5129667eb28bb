"""Which lists, dicts and arrays a statement fills with values of metrics, by its syntax alone. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..source.syntax import base_name, call_name, names_in
from .by_hand import manual_metric
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


def averages_rows(value: ast.expr) -> bool:
    """Whether it is the mean of one place of several rows: ``np.mean([row[i] for row in rows])``."""
    if not isinstance(value, ast.Call) or len(value.args) != 1:
        return False
    made = value.args[0]
    return (
        call_name(value) in ("mean", "average", "fmean", "median", "nanmean")
        and isinstance(made, (ast.ListComp, ast.GeneratorExp))
        and isinstance(made.elt, ast.Subscript)
        and isinstance(made.elt.slice, ast.Name)
    )


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
            metric = metric_in(value, counted) or manual_metric(value)
            if metric:
                found[target.id] = metric
    return found


def rows_by(loop: ast.AST) -> dict[str, list[str]]:
    """Lists that a loop fills with rows, and the metric at each place of one, or '': ``rows.append([k, np.mean(p == y)])``."""
    counted, counters = bound_in(loop), _counters_in(loop)
    found: dict[str, list[str]] = {}
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            into = node.func.value if isinstance(node.func, ast.Attribute) else None
            row = node.args[0]
            if isinstance(into, ast.Name) and isinstance(row, (ast.List, ast.Tuple)):
                names = [
                    ""
                    if isinstance(one, ast.Name) and one.id in counters
                    else metric_in(one, counted) or manual_metric(one) or ""
                    for one in row.elts
                ]
                if any(names):
                    found[into.id] = names
    return found


def _counters_in(loop: ast.AST) -> set[str]:
    """The names that loops count with, or that go through what is written there: ``ari`` of ``for ari in range(3)``."""
    return {
        node.target.id
        for node in ast.walk(loop)
        if isinstance(node, ast.For)
        and isinstance(node.target, ast.Name)
        and (
            (isinstance(node.iter, ast.Call) and call_name(node.iter) == "range")
            or isinstance(node.iter, (ast.List, ast.Tuple))
        )
    }


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
    reads = _read_for(loop)
    put: dict[str, set[str]] = {}
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and call_name(node) == "append" and len(node.args) == 1:
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                put.setdefault(node.func.value.id, set()).update(names_in(node.args[0]))
    updated = {name for name, names in reads.items() if name in names}
    return {name for name, names in put.items() if updated & _behind(names, reads)}


def printed_by_steps(loop: ast.AST) -> bool:
    """Whether a loop prints what comes of names that it changes by steps of a rate, as gradient descent does:
    ``error`` of ``w -= rate * slope`` and ``print("error", error)``; not what it only adds up."""
    if not isinstance(loop, (ast.For, ast.While)):
        return False
    bound = bound_in(loop)
    nodes = list(ast.walk(loop))
    stepped = {base for node in nodes if _steps(node, bound) and (base := _changed(node))}
    if not stepped:
        return False
    reads = _read_for(loop)
    for node in nodes:
        if isinstance(node, ast.Call) and call_name(node) == "print":
            printed = set().union(*map(names_in, node.args))
            plain = set().union(*map(_plain_names, node.args))
            if stepped & (_behind(printed, reads) - plain):
                return True
    return False


def _plain_names(node: ast.expr) -> set[str]:
    """The names whose values are printed as they are: ``error`` of ``"error " + str(error)``."""
    if isinstance(node, ast.Name):
        return {node.id}
    parts: list[ast.expr] = []
    if isinstance(node, ast.Call) and call_name(node) in ("str", "round", "float", "format"):
        parts = node.args
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, (ast.JoinedStr, ast.Tuple)):
        parts = node.values if isinstance(node, ast.JoinedStr) else node.elts
    elif isinstance(node, ast.FormattedValue):
        parts = [node.value]
    return set().union(*map(_plain_names, parts))


def _steps(node: ast.AST, bound: Mapping[str, ast.expr]) -> bool:
    """``w -= rate * slope``, ``w = w + rate * slope``, ``w[i] -= rate * slopes[i]``, also of a step that has a name."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, (ast.Add, ast.Sub)) and _is_product(node.value, bound)
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return False
    value = node.value
    added = isinstance(value.op, (ast.Add, ast.Sub)) and _is_product(value.right, bound)
    return added and ast.unparse(node.targets[0]) == ast.unparse(value.left)


def _is_product(node: ast.expr, bound: Mapping[str, ast.expr]) -> bool:
    value = bound.get(node.id) if isinstance(node, ast.Name) else node
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult)


def _changed(node: ast.AST) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return base_name(target) if target is not None else None


def _read_for(loop: ast.AST) -> dict[str, set[str]]:
    """The names that a loop reads for each that it binds or changes; those that are updated are among their own."""
    reads: dict[str, set[str]] = {}
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign):
            name = base_name(node.target)
            if name and not isinstance(node.value, ast.Constant):  # not a counter
                reads.setdefault(name, {name}).update(names_in(node.value))
        elif isinstance(node, ast.Assign):
            for name in {one for target in node.targets for one in names_in(target)}:
                reads.setdefault(name, set()).update(names_in(node.value))
    return reads


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
