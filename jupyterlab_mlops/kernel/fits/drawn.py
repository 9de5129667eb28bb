"""What is written into figures: titles, texts and labels, read as what a cell prints is.

``plt.title(f"accuracy {acc:.2f}")`` shows a metric as ``print`` does, and so does the label of a library's own drawing
(``AUC = 0.93``); other text of libraries' (the nodes of a tree) does not. Ticks and legends are not heard of: they say again what was said, when the figure is drawn.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
import threading
from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any, Protocol

from ..cells.frames import World
from ..cells.observe import observer
from ..cells.running import Running
from ..cells.unseen import HOPS, unseen, untraced
from ..link import diagnostics
from ..link.output import Output
from ..source.dataflow import NONE, Refs, refs_of

WRITERS: dict[str, tuple[str, tuple[tuple[str, int, str], ...]]] = {
    "matplotlib.axes._axes": (
        "Axes",
        (("set_title", 0, "label"), ("text", 2, "s"), ("annotate", 0, "text")),
    ),
    "matplotlib.figure": ("FigureBase", (("suptitle", 0, "t"), ("text", 2, "s"))),
    "matplotlib.artist": ("Artist", (("set_label", 0, "s"),)),
}
"""Module → the class in it, and its methods that write: the place of the text among the arguments, and its name."""
MAX_CHARS = 500
_TELLING = re.compile(r"(?!_|Chance level)(?=.*[A-Za-z]).*\d", re.DOTALL)
"""Words and a number; what matplotlib calls by itself begins with an underscore, and chance is no model's."""
_ASIDE = re.compile(r" \((?=[^()]*[:=])")
"""``Ridge (R2 = 0.4)``: what is said in brackets has a name of its own."""


class Watched(Protocol):
    """What is told of the cell that draws."""

    world: World
    output: Output
    running: Running | None


_capture: Watched | None = None


def on_drawn(capture: Watched) -> None:
    """Who is told of what is written into figures."""
    global _capture  # noqa: PLW0603 - one kernel, one capture
    _capture = capture


def watch(module: ModuleType) -> None:
    """Hear what the classes of a module of matplotlib write."""
    name, methods = WRITERS[module.__name__]
    cls = getattr(module, name, None)
    for method, place, keyword in methods:
        function = vars(cls).get(method) if cls is not None else None
        if inspect.isfunction(function) and not hasattr(function, "_mlops_drawn"):
            setattr(cls, method, _heard(function, place, keyword))


def _heard(function: Any, place: int, keyword: str) -> Any:
    """The method, that tells what it is given to write before it does."""
    method = function.__name__

    @unseen
    def writing(self: Any, *args: Any, **kwargs: Any) -> Any:
        if observer.active and threading.get_ident() == observer.thread:
            _say(args[place] if len(args) > place else kwargs.get(keyword), method == "set_label")
        try:
            return function(self, *args, **kwargs)
        except BaseException as error:
            untraced(error)
            raise

    # The help of all that matplotlib draws describes `label` by the name that the setter's code has for its argument.
    first, code = function.__code__.co_varnames[1], writing.__code__
    writing.__code__ = code.replace(co_varnames=("self", first, *code.co_varnames[2:]))
    heard = functools.wraps(function)(writing)
    heard._mlops_drawn = True  # type: ignore[attr-defined]
    return heard


def _say(text: Any, label: bool) -> None:
    if type(text) is str and len(text) <= MAX_CHARS and _TELLING.match(text):
        try:
            _wrote(text, sys._getframe(HOPS), label)
        except Exception as error:  # capture must never fail a cell
            diagnostics.note("written into a figure", error)


def _wrote(text: str, frame: FrameType | None, label: bool) -> None:
    """The user's code has written this, itself or by a call that draws; it is about the one model that it was given."""
    running = _capture.running if _capture is not None else None
    if _capture is None or running is None or not _capture.output.draws:
        return
    while frame is not None and not observer.user.is_user(frame):  # type: ignore[union-attr]
        module = str(frame.f_globals.get("__name__"))
        if module == __name__ or not (label or module.startswith("matplotlib")):
            return  # it was heard when it was given to what has called this, or it is a library's own
        frame = frame.f_back
    call = _capture.world.trees.call(frame, "") if frame is not None else None
    if frame is not None and call is not None:
        scope = _capture.world.scope_of(frame, call)
        behind: Refs[str] = NONE
        for node in _given(call):
            if isinstance(node, ast.Constant) and node.value == text:
                return  # written there: `label="chance (AUC = 0.5)"`
            if isinstance(node, ast.Name) and not _means_no_model(scope.value(node.id)):
                behind |= refs_of(node, scope)
        if len(behind) == 1:
            running.marks.append((_capture.output.length(), next(iter(behind))))
    _capture.output.draw(_ASIDE.sub(", (", text))


def _given(call: ast.Call) -> Iterator[ast.AST]:
    """What a call is written with, but for what it draws into: ``ax=other.ax_``."""
    yield from ast.walk(call.func)
    for given in (*call.args, *(one.value for one in call.keywords if one.arg != "ax")):
        yield from ast.walk(given)


def _means_no_model(value: Any) -> bool:
    """Whether a value tells nothing of the model that a drawing is about, though it may come of some: what a loop calls
    its models, and what was drawn on before."""
    return isinstance(value, (str, type, ModuleType)) or type(value).__module__.startswith(
        "matplotlib"
    )
