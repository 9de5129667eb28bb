"""The names, literals, seeds, paths and calls of a top-level statement, from its syntax tree alone. Pure."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from .inside import (
    MAKERS,
    MAX_PLACES,
    MEASURERS,
    PLACE,
    Inside,
    given_by_name,
    given_to,
    settings_inside,
)
from .literals import MISSING, entries_of, literal_at, literal_of
from .reading import outer_reads
from .syntax import (
    COMPOUND,
    COMPREHENSIONS,
    FUNCTIONS,
    arguments_of,
    base_name,
    call_name,
    target_names,
)
from .wording import trains_by_name

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
        "set_seeds",
        "set_all_seeds",
        "seed_all",
        "fix_seed",
    }
)
SEED_ALL = SEED_CALLS - {"seed", "default_rng", "RandomState"}
"""Functions that seed whatever is drawn from then on."""
SEED_KEYWORDS = frozenset({"random_state", "seed", "random_seed", "random_seed_"})
CHANGERS = frozenset(
    "fit partial_fit fit_transform fit_predict train set_params append update extend add insert pop remove"
    " step add_module compile load_state_dict setdefault fill learn".split()
)
"""Methods that change their object wherever they are called."""
_LOOKERS = frozenset(
    "head tail info describe plot hist boxplot scatter show sample value_counts corr summary savefig to_csv"
    " to_parquet to_pickle to_json save eval print_topics score predict predict_proba evaluate items keys values"
    " get_params nunique isnull unique count mean std copy transform groupby display legend grid".split()
)
"""Methods that, alone on a line, change nothing."""
_READERS = (
    "read", "load", "open", "imread", "Path", "File", "fetch", "from_", "parquet", "DMatrix", "Dataset", "Booster", "Pool"
)  # fmt: skip

MAX_TRIED = 5
"""Values of a grid that are as many for each of its settings; of more it is taken for data."""


@dataclass
class Statement:
    """The names of one top-level statement."""

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    """Names whose object may have changed: ``d[k] = v``, ``m.fit(…)``, ``l.append(…)``, ``x += 1``."""
    own: set[str] = field(default_factory=set)
    """Names that a block binds before it reads them, whatever they held before: a loop's variable."""
    counted: set[str] = field(default_factory=set)
    """Names that something is added to: ``seen += 1``."""
    late: set[str] = field(default_factory=set)
    """Names that the bodies of functions defined here read when they are called."""
    literals: dict[str, Any] = field(default_factory=dict)
    seeds: list[tuple[str, Any]] = field(default_factory=list)
    """(what, literal value or the name that holds it as ``ast.Name``)."""
    chosen: set[str] = field(default_factory=set)
    """Names that are bound to one of several literals, by a condition: which, their values say once it has run."""
    unclear: set[str] = field(default_factory=set)
    """Of ``literals`` those that only some of its calls of a class are given, or not all alike."""
    paths: list[str] = field(default_factory=list)
    """String constants given to calls that look like readers."""
    path_expressions: list[ast.expr] = field(default_factory=list)
    """What else is given to them and may stand for a path: names, ``os.path.join(…)``, ``folder / name``."""
    calls: set[str] = field(default_factory=set)
    """Names of what it calls; ``late_calls``: of what the functions defined here call."""
    late_calls: set[str] = field(default_factory=set)
    makers: list[ast.expr] = field(default_factory=list)
    """What is called by an attribute in CamelCase: ``svm.SVC(…)`` may make a model."""
    inside: dict[str, Inside] = field(default_factory=dict)
    """What the body of the function that is defined here writes out (see ``inside``)."""
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What functions are given by name, which may be the user's: ``make_data(n_samples=100)``."""


def analyse(node: ast.stmt) -> Statement:
    """The names, literals, seeds and read paths of a top-level statement, nested blocks included."""
    found = Statement()
    _block([node], found)
    if isinstance(node, COMPOUND):
        found.own = found.binds & found.reads - outer_reads(node)
    return found


def _block(body: list[ast.stmt], out: Statement) -> None:
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            out.binds.add(node.name)
            for expr in node.decorator_list:
                _expression(expr, out)
            if isinstance(node, ast.ClassDef):
                for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
                    _expression(base, out)
            else:
                for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
                    _expression(default, out)
                out.inside.update(settings_inside(node))
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
                if isinstance(node.op, ast.Add):
                    out.counted.add(changed)
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


def _literals(target: ast.expr, value: ast.expr, out: Statement) -> None:
    if isinstance(target, ast.Name):
        literal = literal_at(value, 0)
        if literal is not MISSING and literal is not None and not _is_empty(literal):
            if out.literals.get(target.id, literal) != literal:
                out.chosen.add(target.id)  # `if quick: n = 2` and `else: n = 50`
            out.literals[target.id] = literal
        elif isinstance(value, ast.IfExp) and _is_choice(value):
            out.chosen.add(target.id)
        elif literal is MISSING and isinstance(value, (ast.Dict, ast.Call)):
            entries = {key: literal_at(entry, 0) for key, entry in entries_of(value)}
            for key, literal in ({} if _is_table(entries) else entries).items():
                if literal is not MISSING and len(out.literals) < 200:
                    out.literals[f"{target.id}.{key}"] = literal
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        if len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts):
                _literals(one, other, out)


def _is_empty(literal: Any) -> bool:
    """Whether it is a list to be filled, or one of such: ``[]``, ``[[], []]``."""
    return isinstance(literal, (list, tuple)) and all(map(_is_empty, literal))


def _is_table(entries: dict[str, Any]) -> bool:
    """Whether they are the columns of a table: lists that are as long as one another, and longer than what is tried out."""
    lengths = {len(one) if isinstance(one, list) else 0 for one in entries.values()}
    return len(entries) > 1 and len(lengths) == 1 and lengths.pop() > MAX_TRIED


def _is_choice(value: ast.expr) -> bool:
    """``2 if quick else 50``: one of literals, by a condition."""
    if not isinstance(value, ast.IfExp):
        return literal_at(value, 0) is not MISSING
    return _is_choice(value.body) and _is_choice(value.orelse)


def _expression(root: ast.expr, out: Statement) -> None:
    if isinstance(root, ast.Constant):
        return
    if isinstance(root, ast.Name):
        if isinstance(root.ctx, ast.Load):
            out.reads.add(root.id)
        return
    hidden: set[str] = set()
    for node in ast.walk(root):
        if isinstance(node, COMPREHENSIONS):
            for generator in node.generators:
                hidden |= set(target_names(generator.target))
        elif isinstance(node, ast.Lambda):
            hidden |= {argument.arg for argument in arguments_of(node.args)}
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
    again = called in out.calls
    out.calls.add(called)
    if called[:1].isupper() or called in MAKERS or called in MEASURERS:
        _settings(node, called, again, out)
    elif isinstance(node.func, ast.Name) and trains_by_name(called):
        _training(node, called, again, out)
    else:
        if called == "run":
            _training(node, called, again, out)
        if node.keywords:
            given = given_by_name(node)
            if again:  # what all of its calls are given alike
                before = out.given.get(called, {})
                given = {name: one for name, one in given.items() if before.get(name, ...) == one}
            out.given[called] = given
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


def _training(node: ast.Call, called: str, again: bool, out: Statement) -> None:
    """The literals that a training function is called with: ``train(model, 20, lr=0.1)``, of a library's ``run`` the epochs."""
    own = isinstance(node.func, ast.Name)
    for keyword in node.keywords:
        literal = literal_at(keyword.value, 0) if keyword.arg else MISSING
        if isinstance(literal, (bool, int, float, str)) and len(out.literals) < 200:
            if own or "epochs" in (keyword.arg or ""):
                out.literals.setdefault(keyword.arg or "", literal)
    for place, value in enumerate(node.args[:MAX_PLACES] if own and not again else ()):
        literal = literal_at(value, 0)
        if type(literal) in (int, float) and len(out.literals) < 200:
            out.literals.setdefault(f"{called}{PLACE}{place}", literal)


def _settings(node: ast.Call, called: str, again: bool, out: Statement) -> None:
    """The literals that a class is called with; ``again``: that the statement calls it elsewhere too."""
    given = given_to(node, called)
    if again:
        earlier = {name for name in out.literals if class_of(name) == called}
        out.unclear |= {
            name for name in earlier | given.keys() if out.literals.get(name) != given.get(name)
        }
    for name, literal in given.items():
        if len(out.literals) < 200:
            out.literals.setdefault(name, literal)


def class_of(name: str) -> str:
    """``Net`` of ``Net.width`` and of ``Net#0``; '' of the literal of a variable."""
    called = name.partition(PLACE)[0].rpartition(".")[0] or name.partition(PLACE)[0]
    return called if called != name else ""


def _seed(what: str, value: ast.expr, out: Statement) -> None:
    if isinstance(value, ast.Name):
        out.seeds.append((what, value))
    else:
        literal = literal_of(value)
        if isinstance(literal, int) and not isinstance(literal, bool):
            out.seeds.append((what, literal))


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
