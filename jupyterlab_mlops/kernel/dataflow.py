"""What a statement reads, binds and hands on, from its syntax tree alone. Pure: no namespace, no values.

``analyse`` gives a top-level statement's names, literals and seeds; ``definitions`` the order in which it
binds names, with the expression behind each; ``refs_of`` follows an expression back to the candidates
behind it, through a ``Scope`` that knows what names stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

Refs = frozenset  # of candidate ids
NONE: Refs[str] = frozenset()

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try)

SEED_CALLS = frozenset(
    {
        "seed",
        "manual_seed",
        "set_seed",
        "set_random_seed",
        "seed_everything",
        "default_rng",
        "RandomState",
        "manual_seed_all",
    }
)
SEED_KEYWORDS = frozenset({"random_state", "seed", "random_seed", "random_seed_"})
CHANGERS = frozenset(
    "fit partial_fit fit_transform fit_predict train set_params append update extend add insert pop remove"
    " step add_module compile load_state_dict setdefault fill learn".split()
)
"""Methods that change their object wherever they are called."""
_SETTERS = frozenset(
    {
        "train_test_split",
        "make_classification",
        "make_regression",
        "make_blobs",
        "make_moons",
        "make_circles",
    }
)
"""Functions whose literal keywords are settings of what they return, as those of classes are."""
_LOOKERS = frozenset(
    "head tail info describe plot hist boxplot scatter show sample value_counts corr summary savefig to_csv"
    " to_parquet to_pickle to_json save eval print_topics score predict predict_proba evaluate items keys values"
    " get_params nunique isnull unique count mean std copy transform groupby display legend grid".split()
)
"""Methods that, alone on a line, change nothing."""
_READERS = (
    "read", "load", "open", "imread", "Path", "File", "fetch", "from_", "parquet", "DMatrix", "Dataset", "Booster", "Pool"
)  # fmt: skip


@dataclass
class Statement:
    """The names of one top-level statement."""

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    """Names whose object may have changed: ``d[k] = v``, ``m.fit(…)``, ``l.append(…)``, ``x += 1``."""
    late: set[str] = field(default_factory=set)
    """Names that the bodies of functions defined here read when they are called."""
    literals: dict[str, Any] = field(default_factory=dict)
    seeds: list[tuple[str, Any]] = field(default_factory=list)
    """(what, literal value or the name that holds it as ``ast.Name``)."""
    paths: list[str] = field(default_factory=list)
    """String constants given to calls that look like readers."""
    path_expressions: list[ast.expr] = field(default_factory=list)
    """What else is given to them and may stand for a path: names, ``os.path.join(…)``, ``folder / name``."""
    calls: set[str] = field(default_factory=set)
    """Names of what it calls; ``late_calls``: of what the functions defined here call."""
    late_calls: set[str] = field(default_factory=set)
    makers: list[ast.expr] = field(default_factory=list)
    """What is called by an attribute in CamelCase: ``svm.SVC(…)`` may make a model."""


@dataclass
class Definition:
    """``names`` are bound by ``value`` at ``position``; ``weak``: they keep what they were, and gain this."""

    names: tuple[str, ...]
    value: ast.expr
    position: tuple[int, int]
    weak: bool = False
    inner: bool = False
    """Bound inside a comprehension only."""
    loop: bool = False
    """The target of a loop: one of what ``value`` holds."""
    branch: bool = False
    """Bound in a branch that may not have been taken: earlier bindings may still hold."""


class Scope(Protocol):
    """What names and expressions stand for, where an expression is evaluated."""

    def name(self, name: str) -> Refs[str]:
        """The candidates behind a name's value."""

    def model(self, node: ast.AST) -> str | None:
        """The candidate whose model the expression is (not merely derives from)."""

    def exact(self, node: ast.AST) -> Refs[str] | None:
        """The candidates behind the very object that a chain of attributes and subscripts stands for."""


def compound(node: ast.stmt) -> bool:
    """Whether the statement holds others that may run many times or not at all."""
    return isinstance(node, _COMPOUND)


# -- names ----------------------------------------------------------------------------------------------------


def analyse(node: ast.stmt) -> Statement:
    """The names, literals, seeds and read paths of a top-level statement, nested blocks included."""
    found = Statement()
    _block([node], found)
    return found


def _block(body: list[ast.stmt], out: Statement) -> None:
    for node in body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            out.binds.add(node.name)
            for expr in node.decorator_list:
                _expression(expr, out)
            if isinstance(node, ast.ClassDef):
                for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
                    _expression(base, out)
            else:
                for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
                    _expression(default, out)
            out.late |= free_names(node)
            for child in ast.walk(node):
                if isinstance(child, ast.Call):
                    out.late_calls.add(call_name(child))
                    if isinstance(child.func, ast.Attribute) and child.func.attr[:1].isupper():
                        out.makers.append(child.func)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name != "*":
                    out.binds.add(alias.asname or alias.name.split(".")[0])
            continue
        if isinstance(node, ast.Assign):
            _expression(node.value, out)
            for target in node.targets:
                _target(target, out)
                _literals(target, node.value, out)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                _expression(node.value, out)
                _target(node.target, out)
                _literals(node.target, node.value, out)
        elif isinstance(node, ast.AugAssign):
            _expression(node.value, out)
            changed = base_name(node.target)
            if changed:
                out.reads.add(changed)
                out.changes.add(changed)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            _expression(node.iter, out)
            _target(node.target, out)
            _block(node.body, out)
            _block(node.orelse, out)
        elif isinstance(node, (ast.While, ast.If)):
            _expression(node.test, out)
            _block(node.body, out)
            _block(node.orelse, out)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                _expression(item.context_expr, out)
                if item.optional_vars is not None:
                    _target(item.optional_vars, out)
            _block(node.body, out)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            _block(node.body, out)  # type: ignore[attr-defined]
            for handler in node.handlers:  # type: ignore[attr-defined]
                _block(handler.body, out)
            _block(node.orelse, out)  # type: ignore[attr-defined]
            _block(node.finalbody, out)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Delete):
            out.binds |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        else:
            if isinstance(node, ast.Expr):
                _bare_call(node.value, out)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    _expression(child, out)


def _bare_call(node: ast.expr, out: Statement) -> None:
    """``model.build(…)`` alone on a line is there for what it changes."""
    if isinstance(node, ast.Await):
        node = node.value
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr not in _LOOKERS
    ):
        base = base_name(node.func.value)
        if base:
            out.changes.add(base)


def _target(target: ast.expr, out: Statement) -> None:
    if isinstance(target, ast.Name):
        out.binds.add(target.id)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            _target(element, out)
    elif isinstance(target, ast.Starred):
        _target(target.value, out)
    else:
        base = base_name(target)
        if base:
            out.reads.add(base)
            out.changes.add(base)
        _expression(target, out)


def _expression(root: ast.expr, out: Statement) -> None:
    hidden: set[str] = set()
    for node in ast.walk(root):
        if isinstance(node, _COMPREHENSIONS):
            for generator in node.generators:
                hidden |= set(target_names(generator.target))
        elif isinstance(node, ast.Lambda):
            hidden |= {argument.arg for argument in _arguments(node.args)}
    for node in ast.walk(root):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and node.id not in hidden:
                out.reads.add(node.id)
        elif isinstance(node, ast.NamedExpr):
            out.binds.add(node.target.id)
        elif isinstance(node, ast.Call):
            _call(node, out, hidden)


def _call(node: ast.Call, out: Statement, hidden: set[str]) -> None:
    called = call_name(node)
    out.calls.add(called)
    if called[:1].isupper() or called in _SETTERS:
        for keyword in node.keywords:
            if keyword.arg and len(out.literals) < 200:
                literal = _literal(keyword.value, 0)
                if literal is not _MISSING and literal is not None:
                    out.literals.setdefault(f"{called}.{keyword.arg}", literal)
    if isinstance(node.func, ast.Attribute) and called[:1].isupper():
        out.makers.append(node.func)
    if isinstance(node.func, ast.Attribute) and called in CHANGERS:
        base = base_name(node.func.value)
        if base and base not in hidden:
            out.changes.add(base)
    if called in SEED_CALLS and node.args:
        _seed(ast.unparse(node.func), node.args[0], out)
    for keyword in node.keywords:
        if keyword.arg in SEED_KEYWORDS:
            _seed(keyword.arg or "", keyword.value, out)
    if any(part in called for part in _READERS):
        for value in (*node.args, *(keyword.value for keyword in node.keywords)):
            if (
                isinstance(value, ast.Constant)
                and isinstance(value.value, str)
                and 0 < len(value.value) < 1000
            ):
                out.paths.append(value.value)
            elif isinstance(value, (ast.Name, ast.BinOp, ast.Call, ast.JoinedStr)):
                out.path_expressions.append(value)


def _seed(what: str, value: ast.expr, out: Statement) -> None:
    if isinstance(value, ast.Name):
        out.seeds.append((what, value))
    else:
        literal = literal_of(value)
        if isinstance(literal, int) and not isinstance(literal, bool):
            out.seeds.append((what, literal))


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return found + [extra for extra in (arguments.vararg, arguments.kwarg) if extra]


def free_names(node: ast.AST) -> set[str]:
    """Names that a function's or class's body reads from outside of itself (approximately: by name)."""
    own: set[str] = set()
    read: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            (read if isinstance(child.ctx, ast.Load) else own).add(child.id)
        elif isinstance(child, ast.arg):
            own.add(child.arg)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            own |= {alias.asname or alias.name.split(".")[0] for alias in child.names}
    declared = {
        name for child in ast.walk(node) if isinstance(child, ast.Global) for name in child.names
    }
    return read - (own - declared)


def target_names(target: ast.expr) -> list[str]:
    """The plain names in an assignment target."""
    return [
        node.id
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def base_name(node: ast.AST) -> str | None:
    """``a`` of ``a.b[0].c``, of ``a`` itself; None for what starts with a call or a literal."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def call_name(node: ast.Call) -> str:
    """``score`` of ``clf.score(…)``, ``f1`` of ``f1(…)``, '' for other callees."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


# -- literals -------------------------------------------------------------------------------------------------

_MISSING = object()


def literal_of(node: ast.expr) -> Any:
    """The value of a literal: numbers, strings, booleans, None, arithmetic of numbers, short tuples and lists
    of them; ``_MISSING``-like sentinel ``NotImplemented`` for anything else."""
    value = _literal(node, 0)
    return NotImplemented if value is _MISSING else value


def _literal(node: ast.expr, depth: int) -> Any:
    if isinstance(node, ast.Constant):
        value = node.value
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return value if isinstance(value, str) and len(value) <= 500 else _MISSING
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _literal(node.operand, depth)
        if isinstance(value, (int, float)):
            return -value if isinstance(node.op, ast.USub) else value
        return _MISSING
    if isinstance(node, ast.BinOp):
        left, right = _literal(node.left, depth), _literal(node.right, depth)
        numbers = all(
            isinstance(v, (int, float)) and not isinstance(v, bool) for v in (left, right)
        )
        return _arithmetic(node.op, left, right) if numbers else _MISSING
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) <= 20 and depth < 2:
        values = [_literal(element, depth + 1) for element in node.elts]
        if any(value is _MISSING for value in values):
            return _MISSING
        return tuple(values) if isinstance(node, ast.Tuple) else values
    return _MISSING


def _arithmetic(op: ast.operator, left: float, right: float) -> Any:
    try:
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.Div):
            return left / right
        if isinstance(op, ast.FloorDiv):
            return left // right
        if isinstance(op, ast.Pow) and abs(right) <= 64 and abs(left) <= 1e6:
            return left**right
    except (ArithmeticError, ValueError):
        pass
    return _MISSING


def _literals(target: ast.expr, value: ast.expr, out: Statement) -> None:
    if isinstance(target, ast.Name):
        literal = _literal(value, 0)
        if literal is not _MISSING and literal is not None and literal not in ([], ()):
            out.literals[target.id] = literal
        elif literal is _MISSING and isinstance(value, (ast.Dict, ast.Call)):
            for key, entry in _entries(value):
                literal = _literal(entry, 0)
                if literal is not _MISSING and len(out.literals) < 200:
                    out.literals[f"{target.id}.{key}"] = literal
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        if len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts):
                _literals(one, other, out)


def _entries(value: ast.Dict | ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Entries of a dict written out with string keys, or of ``dict(a=1)``."""
    if isinstance(value, ast.Dict):
        for key, entry in zip(value.keys, value.values):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, entry
    elif isinstance(value.func, ast.Name) and value.func.id == "dict":
        for keyword in value.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value


# -- what names derive from -----------------------------------------------------------------------------------


def definitions(body: list[ast.stmt]) -> list[Definition]:
    """Every binding in the statements and their nested blocks (not in functions), in the order written."""
    out: list[Definition] = []
    for node in body:
        _definitions(node, out)
    return out


def _definitions(node: ast.stmt, out: list[Definition]) -> None:
    position = (node.lineno, node.col_offset)
    for expression in ast.iter_child_nodes(node):
        if isinstance(expression, ast.expr):
            _comprehended(expression, out)
    if isinstance(node, ast.Assign):
        _walrus(node.value, out)
        for target in node.targets:
            _pair(target, node.value, position, out)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        _pair(node.target, node.value, position, out)
    elif isinstance(node, ast.AugAssign):
        base = base_name(node.target)
        if base:
            out.append(Definition((base,), node.value, position, weak=True))
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        _loop_target(node.target, node.iter, position, out)
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        for item in node.items:
            if item.optional_vars is not None:
                _pair(item.optional_vars, item.context_expr, position, out)
    elif isinstance(node, ast.Expr):
        _walrus(node.value, out)
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            base = base_name(call.func.value)
            if base:
                for value in (*call.args, *(keyword.value for keyword in call.keywords)):
                    out.append(Definition((base,), value, position, weak=True))
    inside: list[Definition] = []
    for name in ("body", "orelse", "finalbody"):
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            for child in getattr(node, name, None) or ():
                if isinstance(child, ast.stmt):
                    _definitions(child, inside)
    for handler in getattr(node, "handlers", ()):
        for child in handler.body:
            _definitions(child, inside)
    if isinstance(node, (ast.If, ast.Try)):
        inside = [replace(one, branch=True) for one in inside]
    out.extend(inside)


def _loop_target(
    target: ast.expr,
    source: ast.expr,
    position: tuple[int, int],
    out: list[Definition],
    inner: bool = False,
) -> None:
    """``for i, (a, b) in enumerate(zip(xs, ys))`` pairs ``a`` with ``xs`` and ``b`` with ``ys``."""
    if (
        isinstance(source, ast.Call)
        and isinstance(source.func, ast.Name)
        and isinstance(target, ast.Tuple)
    ):
        if source.func.id == "enumerate" and len(target.elts) == 2 and source.args:
            _loop_target(target.elts[1], source.args[0], position, out, inner)
            return
        if source.func.id == "zip" and len(target.elts) == len(source.args):
            for one, other in zip(target.elts, source.args):
                _loop_target(one, other, position, out, inner)
            return
    names = tuple(target_names(target))
    if names:
        out.append(Definition(names, source, position, inner=inner, loop=True))


def _pair(
    target: ast.expr, value: ast.expr, position: tuple[int, int], out: list[Definition]
) -> None:
    if isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, other in zip(target.elts, value.elts):
                _pair(one, other, position, out)
            return
        for element in target.elts:
            _pair(element, value, position, out)
    elif isinstance(target, ast.Starred):
        _pair(target.value, value, position, out)
    elif isinstance(target, ast.Name):
        out.append(Definition((target.id,), value, position))
    else:
        base = base_name(target)
        if base:
            out.append(Definition((base,), value, position, weak=True))
            if isinstance(target, ast.Subscript) and isinstance(value, ast.Constant):
                # `labels[probs > 0.5] = "Up"`: what is written says nothing, where it is written all
                out.append(Definition((base,), target.slice, position, weak=True))


def _comprehended(root: ast.expr, out: list[Definition]) -> None:
    for node in ast.walk(root):
        if isinstance(node, _COMPREHENSIONS):
            for generator in node.generators:
                _loop_target(
                    generator.target,
                    generator.iter,
                    (node.lineno, node.col_offset),
                    out,
                    inner=True,
                )


def _walrus(root: ast.expr, out: list[Definition]) -> None:
    for node in ast.walk(root):
        if isinstance(node, ast.NamedExpr):
            out.append(Definition((node.target.id,), node.value, (node.lineno, node.col_offset)))


class _Inner:
    """The scope inside a comprehension: its own names, then those outside."""

    def __init__(self, outer: Scope, own: dict[str, Refs[str]]) -> None:
        self.outer, self.own = outer, own

    def name(self, name: str) -> Refs[str]:
        return self.own[name] if name in self.own else self.outer.name(name)

    def model(self, node: ast.AST) -> str | None:
        return None if base_name(node) in self.own else self.outer.model(node)

    def exact(self, node: ast.AST) -> Refs[str] | None:
        return None if base_name(node) in self.own else self.outer.exact(node)


def refs_of(node: ast.AST, scope: Scope) -> Refs[str]:
    """The candidates that the value of an expression derives from.

    A call on a model (``clf.predict(X)``, ``net(x)``) derives from that model alone, whatever its data went
    through before; any other call derives from its callee and arguments together.
    """
    if isinstance(node, ast.Name):
        return scope.name(node.id)
    if isinstance(node, ast.Constant):
        return NONE
    if isinstance(node, ast.Call):
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        own = scope.model(node) or scope.model(receiver)
        if own is not None:
            return frozenset((own,))
        found = refs_of(receiver, scope)
        for value in node.args:
            found |= refs_of(value, scope)
        for keyword in node.keywords:
            found |= refs_of(keyword.value, scope)
        return found
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        exact = scope.exact(node)
        if exact is not None:
            return exact
        found = refs_of(node.value, scope)
        return found | refs_of(node.slice, scope) if isinstance(node, ast.Subscript) else found
    if isinstance(node, _COMPREHENSIONS):
        own_names: dict[str, Refs[str]] = {}
        inner = _Inner(scope, own_names)
        found = NONE
        for generator in node.generators:
            source = refs_of(generator.iter, inner)
            found |= source
            for name in target_names(generator.target):
                own_names[name] = source
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for part in parts:
            found |= refs_of(part, inner)
        return found
    if isinstance(node, ast.Lambda):
        names = {argument.arg: NONE for argument in _arguments(node.args)}
        return refs_of(node.body, _Inner(scope, names))
    found = NONE
    for child in ast.iter_child_nodes(node):
        if not isinstance(
            child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
        ):
            found |= refs_of(child, scope)
    return found


# -- where a call stands --------------------------------------------------------------------------------------


class CallIndex:
    """The calls of trees that share a file name by their position, and the node around each node."""

    def __init__(self, *trees: ast.AST) -> None:
        self.calls: dict[tuple[int, int, int, int], ast.Call] = {}
        self.by_line: dict[int, list[ast.Call]] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.functions: dict[tuple[str, int], ast.AST] = {}
        for node in (node for tree in trees for node in ast.walk(tree)):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, ast.Call):
                end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
                span = (node.lineno, node.col_offset, end[0], end[1])
                self.calls[span] = node
                self.by_line.setdefault(node.lineno, []).append(node)
            elif isinstance(node, _FUNCTIONS):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                self.functions[(node.name, first)] = node
            elif isinstance(node, ast.Lambda):
                self.functions[("<lambda>", node.lineno)] = node

    def find(
        self, span: tuple[int, int, int, int] | None, line: int, called: str
    ) -> ast.Call | None:
        """The call at a position; without one (Python < 3.11) the first call of that name on that line."""
        if span is not None:
            exact = self.calls.get(span)
            if exact is not None:
                return exact
        named = [call for call in self.by_line.get(line, ()) if call_name(call) == called]
        return named[0] if named else None

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around ``node``, from the inside out."""
        current = self.parents.get(node)
        while current is not None:
            yield current
            current = self.parents.get(current)
