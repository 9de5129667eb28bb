"""Watching calls of fits, scores and metric functions without changing what they do.

A method is replaced by a descriptor: seen from the class it is the original function (so signatures, sources
and pickling by reference stay what they are), seen from an instance it is a bound call that reports. Pickled by
value, as cloudpickle does with classes of a notebook, it becomes the original function again. A function is
replaced by one that reports; it keeps its name, module and signature, so pickling by reference finds it.

Only the outermost observed call made directly by the user's code, on the thread that runs cells, is reported:
what a search, an ensemble or a pipeline does inside is not.
"""

from __future__ import annotations

import functools
import inspect
import operator
import sys
import threading
from collections.abc import Callable
from types import FrameType, FunctionType, MethodType
from typing import Any, Protocol

from ..link import diagnostics
from ..source.usercode import UserCode
from .unseen import HOPS, unseen, untraced

_FIRST = operator.itemgetter(0)
_COMPILED = "cython_function_or_method"
"""What a method is in a class that Cython has compiled: a function like any other, of another type."""
MAX_INSIDE = 20
LATER = "later"
"""A listener's answer: what the call was is seen when it has returned; calls inside are observed."""


class Call:
    """One observed call by the user's code. ``kind``: fit, score, metric, cv, or one a framework adds."""

    __slots__ = (
        "args", "deeper", "frame", "function", "kind", "kwargs", "name", "notes", "owner", "repeats",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        name: str,
        owner: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        frame: FrameType,
        function: Any = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.owner = owner
        self.args = args
        self.kwargs = kwargs
        self.frame = frame
        self.function = function
        self.deeper = 0
        """1: calls inside of it are left out."""
        self.repeats: Any = None
        """What it does once more, in a loop."""
        self.notes: dict[str, Any] = {}


class Listener(Protocol):
    """Told of observed calls; must not raise (failures are noted and swallowed)."""

    def before(self, call: Call) -> Any:
        """The call is about to run. Returns whether it counts: False lets calls inside be observed, and ``LATER``
        does so but is told of the call's end as well."""

    def after(self, call: Call, result: Any) -> None:
        """It has returned."""

    def failed(self, call: Call, error: BaseException) -> None:
        """It has raised."""

    def predicted(self, call: Call, result: Any) -> None:
        """A model that has a candidate (``call.repeats``) has predicted; nothing was told of it before."""


class Observer:
    """Decides which calls are reported, and to whom. One a kernel."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.user: UserCode | None = None
        self.candidate_of: Callable[[Any], Any] = lambda _owner: None
        """The candidate of a model, None of any other object."""
        self.thread = 0
        self.active = False
        self.depth = 0
        self.inside: dict[type, Any] = {}
        """Class → an object of it that code of a library has fitted in the running statement, outside of any call
        that is observed: the function was given an estimator and has fitted copies."""

    def around(self, function: Any, kind: str, name: str, *, method: bool) -> Any:
        """A function that reports and then is the other; neither warnings nor tracebacks tell that it stands in between."""
        make = self._predicting if kind == "predict" else self._reporting
        reporting = functools.wraps(function)(make(function, kind, name, method))
        reporting._mlops_watched = reporting  # type: ignore[attr-defined]
        return reporting

    def _reporting(self, function: Any, kind: str, name: str, method: bool) -> Callable[..., Any]:
        begin, returned, raised = self.begin, self.returned, self.raised

        @unseen
        def reporting(*args: Any, **kwargs: Any) -> Any:
            if method and not args and "self" in kwargs:
                args = (kwargs.pop("self"),)  # from what a decorator made that keeps signatures
            call = None
            if self.active and not self.depth and (args or not method):
                call = begin(kind, name, args[0] if method else None, function, args, kwargs)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                untraced(error)
                if call is not None:
                    raised(call, error)
                raise
            if call is not None:
                returned(call, result)
            return result

        return reporting

    def _predicting(
        self, function: Any, _kind: str, name: str, _method: bool
    ) -> Callable[..., Any]:
        """Calls inside a prediction are its own. It may be asked for a million times: little is done, and nothing
        before, where the model was not fitted here."""
        heard, predicted = self._heard, self._predicted

        @unseen
        def predicting(*args: Any, **kwargs: Any) -> Any:
            told = self.active and not self.depth and bool(args) and heard()
            if told:
                self.depth = 1
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                untraced(error)
                raise
            finally:
                if told:
                    self.depth = 0
            if told:
                predicted(name, args, kwargs, result)
            return result

        return predicting

    def _heard(self) -> bool:
        return threading.get_ident() == self.thread and self.user.is_user(sys._getframe(HOPS))  # type: ignore[union-attr]

    def _predicted(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        owner = args[0]
        candidate = self.candidate_of(owner)
        if candidate is not None:
            call = Call("predict", name, owner, args[1:], kwargs, sys._getframe(HOPS))
            call.repeats = candidate
            self._report(self.listener.predicted, call, result)  # type: ignore[union-attr]

    def begin(
        self,
        kind: str,
        name: str,
        owner: Any,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Call | None:
        """A call is about to be made while none is observed; None if it is not to be reported. Else :meth:`returned`
        or :meth:`raised` is told of its end."""
        if threading.get_ident() != self.thread:
            return None
        frame = sys._getframe(HOPS)
        if frame.f_code.co_filename[:1] == "<" and not self.user.is_user(frame):  # type: ignore[union-attr]
            # between the two stands what a decorator made that keeps signatures
            frame = frame.f_back or frame
        if not self.user.is_user(frame):  # type: ignore[union-attr]
            if kind == "fit" and owner is not None and len(self.inside) < MAX_INSIDE:
                self.inside.setdefault(type(owner), owner)
            return None
        given = args[1:] if owner is not None else args
        call = Call(kind, name, owner, given, kwargs, frame, function)
        try:
            counts = self.listener.before(call)  # type: ignore[union-attr]
        except Exception as error:  # capture must never fail a cell
            diagnostics.note(f"before {name}", error)
            counts = None
        if counts is False:
            return None
        if counts != LATER:
            call.deeper = 1
            self.depth += 1
        return call

    def returned(self, call: Call, result: Any) -> None:
        """What :meth:`begin` gave has returned."""
        self.depth -= call.deeper
        self._report(self.listener.after, call, result)  # type: ignore[union-attr]

    def raised(self, call: Call, error: BaseException) -> None:
        """What :meth:`begin` gave has raised."""
        self.depth -= call.deeper
        self._report(self.listener.failed, call, error)  # type: ignore[union-attr]

    def take_inside(self) -> dict[type, Any]:
        """``inside``, which is empty afterwards."""
        if not self.inside:
            return self.inside
        found, self.inside = self.inside, {}
        return found

    @staticmethod
    def _report(tell: Callable[[Call, Any], None], call: Call, outcome: Any) -> None:
        try:
            tell(call, outcome)
        except Exception as error:  # capture must never fail a cell
            diagnostics.note(f"after {call.name}", error)
        finally:
            call.frame = None  # type: ignore[assignment]  # frames keep everything in them alive


observer = Observer()


def _is_watched(function: Any) -> bool:
    """Whether it is one of ours; what others wrap around one of ours takes its attributes over."""
    return getattr(function, "_mlops_watched", None) is function


class Watched:
    """The descriptor that stands where a method was."""

    def __init__(self, function: FunctionType, kind: str) -> None:
        self.function = function
        self.kind = kind
        self.reporting = observer.around(function, kind, function.__name__, method=True)
        self.__doc__ = function.__doc__

    def __eq__(self, other: object) -> bool:
        """Equal to the method: who compares what is in the class with what it gives (mlflow) finds them equal."""
        return other is self or other is self.function

    def __hash__(self) -> int:
        return hash(self.function)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self.function if instance is None else MethodType(self.reporting, instance)

    def __reduce__(self) -> Any:
        return _FIRST, ((self.function,),)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in (
            "__name__",
            "__qualname__",
            "__module__",
            "__wrapped__",
        ):
            raise AttributeError(name)
        return getattr(self.function, name)


def watch_method(cls: type, name: str, kind: str) -> bool:
    """Observe ``name`` where ``cls`` or one of its bases defines it; whether it is observed now."""
    for base in cls.__mro__:
        found = base.__dict__.get(name)
        if found is None:
            continue
        if isinstance(found, Watched):
            return True
        conditional = getattr(found, "fn", None)
        if hasattr(type(found), "__get__") and inspect.isfunction(conditional):
            if not _is_watched(conditional):
                # scikit-learn's available_if and what others made like it stays what it is
                found.fn = observer.around(conditional, kind, conditional.__name__, method=True)
            return True
        if not inspect.isfunction(found) and type(found).__name__ != _COMPILED:
            return False
        try:
            setattr(base, name, Watched(found, kind))
        except (TypeError, AttributeError):
            return False
        return True
    return False


def watch_function(module: Any, name: str, kind: str) -> Any:
    """Observe a module's function; returns what stands there now, None if there is no such function."""
    found = getattr(module, name, None)
    if not inspect.isfunction(found):
        return None
    if _is_watched(found):
        return found
    reporting = observer.around(found, kind, name, method=False)
    setattr(module, name, reporting)
    return reporting
