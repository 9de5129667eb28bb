"""By which methods classes are fitted beside the usual ones: the user's own, and those of libraries."""

from __future__ import annotations

import dis
import weakref
from collections.abc import Iterator
from types import FunctionType

from ..source.usercode import is_own_class
from ..source.wording import words

_USUAL = ("fit", "train", "partial_fit", "fit_predict", "fit_generator")
_FITTING = frozenset({"fit", "train", "learn"})
_UPDATES = frozenset("update observe optimize optimise solve estimate condition infer".split())
"""Words with which methods begin that fit where they are given inputs and a truth."""
_PREDICTS = frozenset("predict prediction classify forward decide".split())
_CENTRES = frozenset(
    "centroid centroids center centers centre centres medoid medoids means clusters".split()
)
_INPUTS = frozenset("x xs features data inputs".split())
_TRUTHS = frozenset("y ys t targets target labels label".split())
_NO_FITTING = frozenset(
    "test split data dataset set loader param params labels images size scaler encoder vocab vocabulary tokenizer"
    " vectorizer imputer selector transform resample rate curve plot time indices idx mode".split()
)
"""Words of names that say something else: ``train_test_split``, ``fit_scaler``, ``learning_rate``."""
_PARENTS = frozenset({"builtins", "abc", "typing", "sklearn"})
"""Packages of base classes that bring no fitting of their own."""

_known: weakref.WeakKeyDictionary[type, frozenset[str]] = weakref.WeakKeyDictionary()


def own_fits(cls: type) -> frozenset[str]:
    """The methods that fit an object of the user's class: ``fit_ridge``, ``train_model``, ``learn``; mostly none.

    Such a method is named so, or updates what predicts, takes data and keeps what it learns on the object. A class with a ``fit`` or ``train``
    is fitted by that, and one of a framework as the framework does it.
    """
    found = _known.get(cls)
    if found is None:
        found = _known[cls] = frozenset(_fits(cls)) if is_own_class(cls) else frozenset()
    return found


_library: weakref.WeakKeyDictionary[type, frozenset[str]] = weakref.WeakKeyDictionary()
_ALWAYS = frozenset({"teach", "em"})
"""Verbs that fit any object of a library."""
_PREDICTED = frozenset({"optimize", "refit", "grid_search", "randomized_search"})
"""Verbs that fit an object that predicts; of another they optimise something else."""
_FRAMEWORKS = frozenset(
    "builtins torch keras tensorflow tf_keras lightning pytorch_lightning transformers jax numpy pandas".split()
)
"""Packages whose classes are fitted by means that are known, or not at all."""


def library_fits(cls: type) -> frozenset[str]:
    """The methods of a library's class that fit its objects by a verb of their own: ``train_random``, ``teach``,
    ``fit_left_censoring``. Only names; whether a call has trained anything is seen when it is made."""
    found = _library.get(cls)
    if found is None:
        roots = {base.__module__.partition(".")[0] for base in cls.__mro__ if base is not object}
        named = () if is_own_class(cls) or roots & _FRAMEWORKS else _fits_of_library(cls)
        found = _library[cls] = frozenset(named)
    return found


def _fits_of_library(cls: type) -> Iterator[str]:
    predicts = hasattr(cls, "predict")
    for name in dict.fromkeys(name for base in cls.__mro__ for name in vars(base)):
        if fits_by_name(name) or name in _ALWAYS or (predicts and name in _PREDICTED):
            yield name


def _fits(cls: type) -> Iterator[str]:
    if any(hasattr(cls, name) for name in _USUAL):
        return
    own = [base for base in cls.__mro__ if is_own_class(base)]
    if any(
        base not in own and base.__module__.partition(".")[0] not in _PARENTS
        for base in cls.__mro__
    ):
        return
    methods = {
        name: value
        for base in reversed(own)
        for name, value in vars(base).items()
        if isinstance(value, FunctionType)
    }
    predicts = any(_PREDICTS.intersection(words(name)) for name in methods)
    for name, method in methods.items():
        named = fits_by_name(name) and _takes_data(method)
        if (named or (predicts and _learns(name, method))) and _keeps(method, methods):
            yield name
        elif name in ("predict", "cluster") and _takes_data(method) and _moves_centres(method):
            yield name


def _learns(name: str, method: FunctionType) -> bool:
    """Whether a method of what predicts is given inputs and what is true of them, and updates it: ``update_posterior(features,
    targets)``."""
    code = method.__code__
    parameters = [set(words(one)) for one in code.co_varnames[1 : code.co_argcount]]
    given = any(_INPUTS & one for one in parameters) and any(_TRUTHS & one for one in parameters)
    return given and words(name)[:1] != [] and words(name)[0] in _UPDATES and name[0] != "_"


def _moves_centres(method: FunctionType) -> bool:
    """Whether a loop of the method keeps centres on the object anew, as a ``predict`` does that clusters what it is given:
    ``self.centroids = self._means_of(self.clusters)``."""
    kept: list[int] = []
    for one in dis.get_instructions(method.__code__):
        if one.opname == "STORE_ATTR" and _CENTRES.intersection(words(str(one.argval))):
            kept.append(one.offset)
        elif "JUMP" in one.opname and isinstance(one.argval, int) and one.argval < one.offset:
            if any(one.argval <= at for at in kept):
                return True
    return False


def fits_by_name(name: str) -> bool:
    """Whether a method's name says that it fits its object. Pure."""
    parts = words(name)
    return (
        not name.startswith("_")
        and bool(parts)
        and parts[0] in _FITTING
        and _NO_FITTING.isdisjoint(parts)
    )


def cross_validates(name: str) -> bool:
    """Whether a method cross-validates its object by its name, as libraries' do: ``cross_validate``, ``cross_validation``."""
    return words(name)[:1] == ["cross"] and words(name)[1:] in (["validate"], ["validation"])


def _takes_data(method: FunctionType) -> bool:
    return method.__code__.co_argcount > 1


def _keeps(method: FunctionType, methods: dict[str, FunctionType]) -> bool:
    """Whether it, or a method that it names, assigns attributes."""
    called = (methods[name] for name in method.__code__.co_names if name in methods)
    return any(
        one.opname == "STORE_ATTR"
        for function in (method, *called)
        for one in dis.get_instructions(function.__code__)
    )
