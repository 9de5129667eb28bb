"""Loops that take steps down a gradient, written out by hand: ``w -= rate * X.T @ error``; also by Newton's method. Pure.

Which names such a loop trains, and what of a function's result it has trained. A step is a number or array less a rate
times something that is made of it again: without the rate it may be any sum, without the way back a mere schedule; and
something in it is worked out as a gradient is. What the rate and the gradient are called, and products with a transposed
array, tell it from an integration over time (``x += dt * v``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .corrections import corrected, goes_towards, rewarded
from .passing import returns_of
from .steps import (
    has_gradient,
    has_rate,
    is_of_newton,
    is_rate,
    last_word,
    less,
    less_each,
    parts_of,
    says_gradient,
)
from .syntax import FUNCTIONS, Function, base_name, call_name, names_in
from .wording import words

_LOOPS = (ast.For, ast.While)
_CALLED = frozenset("grad grads gradient gradients".split())
"""Words that say so by themselves; derivatives by time are called ``dx`` as well."""
_PRODUCT = "@"
_APPLIES = frozenset({"apply_updates", "apply_gradients"})
"""Functions and methods of Optax and Flax that take a step."""
_SUMMED = frozenset({"sum", "mean", "average", "fsum"})
_TOTAL = "+"
_TRAINING = frozenset(
    "fit partial_fit train backward step minimize train_on_batch apply_gradients".split()
)
"""Methods of what is the model itself."""
_COPIES = frozenset("copy deepcopy array asarray list tolist unflatten".split())
"""Calls that give what they are given, or called on, once more."""
_TURNS = frozenset("epoch epochs iter iters iteration iterations turn turns".split())
MAX_CALLS = 3
"""How deep functions that call each other are looked at."""


@dataclass(frozen=True)
class Given:
    """What a function gives back of what it has trained."""

    places: tuple[int, ...] = ()
    """The places in the tuple or list that it returns; empty: what it returns is it."""
    lost: bool = False
    """It gives none of it back: a demonstration that prints and draws, a function that gives a score or predictions."""
    by_name: bool = False
    """Only its name says that it trains."""
    passed: str = ""
    """It gives nothing back, and trains what it is given under this name."""


def descended(top: ast.AST, function: Function, depth: int = MAX_CALLS) -> set[str]:
    """The names that loops in a statement or function step down a gradient, themselves or by functions of the user's."""
    found: set[str] = set()
    for loop in _nodes(top):
        if isinstance(loop, _LOOPS):
            inside = _Loop(loop, function)
            found |= corrected(loop)
            for node in _nodes(loop):
                found |= inside.stepped(node)
    if depth and isinstance(top, FUNCTIONS):
        for node in _nodes(top):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                found |= _from_call(node, function, depth)
    return found | rewarded(top)


def given(definition: ast.AST, function: Function, depth: int = MAX_CALLS) -> Given | None:
    """What of its result a function has stepped down a gradient; None if it has not, or gives none of it back."""
    names = descended(definition, function, depth)
    if not names:
        return None
    holders = _holding(definition, names)
    for value in returns_of(definition):
        if isinstance(value, (ast.Tuple, ast.List)):
            places = tuple(
                place for place, one in enumerate(value.elts) if _is_made_of(one, holders)
            )
            if places:
                return Given(places)
        elif value is not None and _is_made_of(value, holders):
            return Given()
    return None


def demonstrated(definition: ast.AST, function: Function) -> Given | None:
    """``Given`` of a function that trains weights of its own, and gives none of them back; None of any other, as of one that
    takes a step with what it is given."""
    names = descended(definition, function)
    own = {
        one.id
        for node in _nodes(definition)
        if isinstance(node, ast.Assign)
        for target in node.targets
        for one in parts_of(target)
        if isinstance(one, ast.Name)
    }
    passed = {one.arg for one in definition.args.args} if isinstance(definition, FUNCTIONS) else own
    return Given(lost=True) if names and names <= own - passed else None


def in_place(definition: ast.AST, function: Function) -> Given | None:
    """``Given`` of a function that gives nothing back and trains what it is given, turn by turn: ``train_network(network, rows,
    rate, epochs)``; None of any other, as of one that takes a single step with it."""
    if not isinstance(definition, FUNCTIONS) or any(
        value is not None for value in returns_of(definition)
    ):
        return None
    counting = any(isinstance(node, ast.For) and _takes_turns(node) for node in _nodes(definition))
    names = descended(definition, function) if counting else set()
    parameters = [one.arg for one in definition.args.args]
    return next((Given(passed=name) for name in parameters if name in names), None)


def _takes_turns(loop: ast.For) -> bool:
    """``for epoch in range(n_epoch)``."""
    return isinstance(loop.iter, ast.Call) and any(
        _TURNS & set(words(name)) for name in names_in(loop.target) | names_in(loop.iter)
    )


def counted(definition: ast.AST) -> bool:
    """Whether a function works out all that it gives itself, and that is a dict: the counts or odds of a naive Bayes. Nothing
    in it trains what has methods for that."""
    dicts = {
        target.id
        for node in _nodes(definition)
        if isinstance(node, ast.Assign) and _is_dict(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    given = list(returns_of(definition))
    if not given or any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _TRAINING
        for node in ast.walk(definition)
    ):
        return False
    return all(
        value is not None
        and (_is_dict(value) or (isinstance(value, ast.Name) and value.id in dicts))
        for value in given
    )


def _is_dict(value: ast.expr) -> bool:
    called = call_name(value) if isinstance(value, ast.Call) else ""
    return isinstance(value, (ast.Dict, ast.DictComp)) or called in ("dict", "defaultdict")


def settings_of(definition: ast.AST) -> dict[str, bool | int | float | str]:
    """The numbers and texts that a function binds names to, once each and outright: ``rate = 0.5``; no counters."""
    bound: dict[str, list[ast.AST]] = {}
    for node in _nodes(definition):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            parts, values = parts_of(node.targets[0]), parts_of(node.value)
            if len(parts) != len(values):
                values = [node.value] * len(parts)
            for one, value in zip(parts, values):
                if isinstance(one, ast.Name):
                    bound.setdefault(one.id, []).append(value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            bound.setdefault(node.target.id, []).append(node)
    once = ((name, of[0]) for name, of in bound.items() if len(of) == 1)
    return {
        name: value.value
        for name, value in once
        if isinstance(value, ast.Constant)
        and isinstance(value.value, (bool, int, float, str))
        and value.value not in (0, "")
    }


def _from_call(node: ast.Assign, function: Function, depth: int) -> set[str]:
    """The names that a function of the user's, which trains, has given."""
    call = node.value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return set()
    definition = function(call.func.id)
    back = given(definition, function, depth - 1) if definition is not None else None
    target = node.targets[0]
    if back is None:
        return set()
    if isinstance(target, ast.Tuple):
        chosen = [target.elts[place] for place in back.places if place < len(target.elts)]
        return {one.id for one in chosen or target.elts if isinstance(one, ast.Name)}
    return {target.id} if isinstance(target, ast.Name) else set()


class _Loop:
    """What a loop steps, and what the names in it are made of."""

    def __init__(self, loop: ast.AST, function: Function) -> None:
        self.function = function
        self.made: dict[str, set[str]] = {}
        """Name → the names that what it is bound to in the loop is made of, ``_PRODUCT`` if of a product of arrays, and
        ``_TOTAL`` if of a sum over rows."""
        self.others: dict[str, set[str]] = {}
        """``{"param": {"W", "b"}}`` of ``for param, step in zip([W, b], steps)``: what changes the one changes these."""
        self.holds: dict[str, set[str]] = {}
        """Name → the names whose values it comes to hold in the loop: ``{"w_old": {"w_new"}}`` of ``w_old = w_new``."""
        for node in _nodes(loop):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._makes(target, node.value)
                    for name, held in _handed_over(target, node.value):
                        self.holds.setdefault(name, set()).update(held)
            elif isinstance(node, ast.AugAssign):
                self._makes(node.target, node.value)
            elif isinstance(node, ast.For):
                self._makes(node.target, node.iter)
                self._zips(node)

    def _makes(self, target: ast.expr, value: ast.expr) -> None:
        product = {_PRODUCT} if has_gradient(value) else set()
        calls = (one for one in ast.walk(value) if isinstance(one, ast.Call))
        if any(call_name(one) in _SUMMED for one in calls):
            product.add(_TOTAL)
        for one in parts_of(target):
            name = base_name(one)
            if name:
                self.made.setdefault(name, set()).update(names_in(value), product)

    def _zips(self, node: ast.For) -> None:
        if isinstance(node.iter, ast.Call) and call_name(node.iter) == "zip":
            for target, items in zip(parts_of(node.target), node.iter.args):
                if isinstance(target, ast.Name) and isinstance(items, (ast.List, ast.Tuple)):
                    self.others[target.id] = {
                        one.id for one in items.elts if isinstance(one, ast.Name)
                    }

    def stepped(self, node: ast.AST) -> set[str]:
        """The names that a statement of the loop steps."""
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Sub, ast.Add)):
            return self._step(node.target, node.value)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, found = node.targets[0], set()
            for one, value in zip(parts_of(target), parts_of(node.value)):
                way = less(one, value) or less_each(one, value)
                found |= self._step(one, way) if way is not None else self._turn(one, value)
            return found or self._by_function(target, node.value)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value  # `update(parameters, gradients, rate)` changes what it is given
            if isinstance(call.func, ast.Name) and call.args and isinstance(call.args[0], ast.Name):
                if _takes_step(self.function(call.func.id)):
                    return {call.args[0].id}
        return set()

    def _turn(self, target: ast.expr, value: ast.expr) -> set[str]:
        """The names that change by a step that has a name of its own, from which the next one is taken:
        ``w_new = w_old - rate * gradient`` and ``w_old = w_new``, ``temp[j] = w[j] - …`` and ``w = temp``."""
        start = value
        while isinstance(start, ast.BinOp) and isinstance(start.op, (ast.Sub, ast.Add)):
            start = start.left
        before, after = base_name(start), base_name(target)
        if not before or not after or start is value or not _is_array_place(start):
            return set()
        between = self._held_from(before)
        if after not in between:
            return set()
        mine = {before, after} | {one for one in between if after in self._held_from(one)}
        return self._step(target, less(start, value), mine)

    def _held_from(self, name: str) -> set[str]:
        """The names whose values come to be held by the name in the loop."""
        found: set[str] = set()
        todo = [name]
        while todo:
            new = self.holds.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return found

    def _step(
        self, target: ast.expr, way: ast.expr | None, mine: set[str] | None = None
    ) -> set[str]:
        """The names that change if the target goes this way: a rate times what is made of them (``mine``, if it is not the
        target alone), as a gradient is."""
        name = base_name(target)
        if way is None or not name or not _is_array_place(target):
            return set()
        if not (has_rate(way) or self._has_unnamed_rate(way) or is_of_newton(way)):
            return set()
        mine = mine or self.others.get(name, {name})
        behind = self._behind(names_in(way))
        says = has_gradient(way) or _PRODUCT in behind or any(map(says_gradient, behind))
        says = says or goes_towards(target, way)
        return mine if says and mine & behind else set()

    def _has_unnamed_rate(self, way: ast.expr) -> bool:
        """Whether it is a number that the loop does not change times what it sums up over rows, ``L * D_m``, or what says that it
        is a gradient: ``h * gradient(w, X, y)``."""
        if not isinstance(way, ast.BinOp) or not isinstance(way.op, ast.Mult):
            return False
        for rate, rest in ((way.left, way.right), (way.right, way.left)):
            if isinstance(rate, ast.Name) and rate.id not in self.made:
                total = isinstance(rest, ast.Name) and _TOTAL in self.made.get(rest.id, ())
                called = call_name(rest) if isinstance(rest, ast.Call) else last_word(rest)
                if total or _CALLED & set(words(called)):
                    return True
        return False

    def _by_function(self, target: ast.expr, value: ast.expr) -> set[str]:
        """The names given anew by a function that takes a step with them: ``params = update(params, grads, rate)``."""
        if isinstance(value, ast.Call) and call_name(value) in _APPLIES:
            of = value.args[0] if value.args else value.func
            name = base_name(of)
            return {name} if name and name in map(base_name, parts_of(target)) else set()
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            return set()
        passed = {one.id for one in value.args if isinstance(one, ast.Name)}
        names = {one.id for one in parts_of(target) if isinstance(one, ast.Name)} & passed
        definition = self.function(value.func.id) if names else None
        if definition is None:
            return set()
        # `beta = gradient_step(beta, gradient, -rate)` says so, whatever it does with lists of numbers
        called = passed - names | {value.func.id}
        says = any(map(is_rate, value.args)) and any(map(says_gradient, called))
        return names if says or _takes_step(definition) else set()

    def _behind(self, names: Iterable[str]) -> set[str]:
        """``names``, and those that what they are bound to is made of, or that functions read, transitively."""
        found: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self.made.get(name, ()))
                definition = self.function(name)
                if isinstance(definition, FUNCTIONS):
                    todo.extend(names_in(definition) - {one.arg for one in definition.args.args})
        return found


def _takes_step(definition: ast.AST | None) -> bool:
    """Whether a function has a statement that takes a step from one of its parameters, or of their entries."""
    if not isinstance(definition, FUNCTIONS):
        return False
    mine = {one.arg for one in definition.args.args}
    if mine and _maps_step(definition):
        return True
    for node in _nodes(definition):  # `for neuron in network[i]`
        if isinstance(node, ast.For) and base_name(node.iter) in mine:
            mine |= names_in(node.target)
    for node in _nodes(definition):
        if isinstance(node, ast.Call) and call_name(node) in _APPLIES:
            of = node.args[:1] if call_name(node) == "apply_updates" else [node.func]
            if of and base_name(of[0]) in mine:
                return True
        way: ast.expr | None = None
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Sub, ast.Add)):
            way = node.value if base_name(node.target) in mine else None
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Add)):
            way = node.right if base_name(node.left) in mine else None
        if way is not None and has_rate(way) and (has_gradient(way) or names_in(way) & mine):
            return True
    return False


def _maps_step(definition: ast.AST) -> bool:
    """Whether a function takes a step with every part of what it is given, and works out a gradient, as one does with JAX:
    ``tree_map(lambda p, g: p - rate * g, params, grads)``, ``[(w - rate * dw, b - rate * db) for …]``."""
    calls = (one for one in ast.walk(definition) if isinstance(one, ast.Call))
    if not any(_CALLED & set(words(call_name(one))) for one in calls):
        return False
    for node in ast.walk(definition):
        if isinstance(node, ast.Lambda):
            parts, inner = {one.arg for one in node.args.args}, [node.body]
        elif isinstance(node, ast.ListComp):
            targets = (one for of in node.generators for one in ast.walk(of.target))
            parts, inner = {one.id for one in targets if isinstance(one, ast.Name)}, [node.elt]
        else:
            continue
        for one in (step for body in inner for step in ast.walk(body)):
            if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub):
                if base_name(one.left) in parts and has_rate(one.right):
                    return True
    return False


def _is_array_place(target: ast.expr) -> bool:
    """A name or an entry of one; an object's attribute is its own business."""
    return isinstance(target, ast.Name) or (
        isinstance(target, ast.Subscript) and isinstance(target.value, (ast.Name, ast.Subscript))
    )


def _holding(definition: ast.AST, names: set[str]) -> set[str]:
    """The names that hold the stepped ones as they are, or a part of them: ``model = {"W1": W1, "b1": b1}``,
    ``w = parameters["w"]``, ``history.append(w)``."""
    found = set(names)
    for _ in range(MAX_CALLS):
        for node in _nodes(definition):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                both = parts_of(target), parts_of(node.value)
                same = len(both[0]) == len(both[1])
                for one, value in zip(*both) if same else [(target, node.value)]:
                    if isinstance(one, ast.Name) and _is_made_of(value, found):
                        found.add(one.id)
            elif isinstance(node, ast.Call) and call_name(node) == "append" and node.args:
                history = base_name(node.func)
                if history and _is_made_of(node.args[0], found):
                    found.add(history)
    return found


def _handed_over(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, set[str]]]:
    """Of ``w_old = w_new`` and ``w = [w0, w1]`` the names, each with those that it holds then."""
    parts, values = parts_of(target), parts_of(value)
    for one, given in zip(parts, values) if len(parts) == len(values) else [(target, value)]:
        held = {name for name in names_in(given) if _is_made_of(given, {name})}
        if isinstance(one, ast.Name) and held:
            yield one.id, held


def _is_made_of(value: ast.expr, names: set[str]) -> bool:
    """Whether a value is one of these names, an entry or copy of it, or a dict, list or tuple that has one of them."""
    if isinstance(value, (ast.Name, ast.Subscript)):
        return base_name(value) in names
    if isinstance(value, ast.Dict):
        return any(one is not None and _is_made_of(one, names) for one in value.values)
    if isinstance(value, (ast.List, ast.Tuple)):
        return any(_is_made_of(one, names) for one in value.elts)
    if isinstance(value, ast.Call) and call_name(value) == "dict":
        return any(_is_made_of(one.value, names) for one in value.keywords)
    if isinstance(value, ast.Call) and call_name(value) in _COPIES:
        of = value.args[:1] or [value.func]
        return _is_made_of(of[0], names) or base_name(of[0]) in names
    return False


def _nodes(top: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement or function without those of functions and classes inside of it."""
    todo = [top]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(
            one
            for one in ast.iter_child_nodes(node)
            if not isinstance(one, (*FUNCTIONS, ast.Lambda, ast.ClassDef))
        )
