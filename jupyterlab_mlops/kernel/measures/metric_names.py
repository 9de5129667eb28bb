"""Names of metrics beside one another: told apart, singular, the same in another spelling. Pure."""

from __future__ import annotations

import re

from ..source.wording import words
from .metrics import STRONG, metric_strength, tidy


def unique_name(name: str, signature: tuple[str, ...], taken: dict[str, tuple[str, ...]]) -> str:
    """The name for a measurement: plain if free or its own, else told apart by what was measured.

    ``f1_score`` and then ``f1_score:y_test``; a number only when nothing else tells two apart.
    """
    name = _of_training(name, signature)
    holder = taken.setdefault(name, signature)
    if holder == signature:
        return name
    different = [
        part
        for place, part in enumerate(signature)
        if place >= len(holder) or holder[place] != part
    ]
    averages = [
        setting.strip("'\"")
        for which, _, setting in (part.partition("=") for part in different)
        if which in ("average", "scoring") and setting[:1] in ("'", '"')
    ]
    tries = [*averages[:1], *different[:1], *(part for part in different[1:2]), ",".join(different)]
    if signature in (("printed",), ("=",)):
        tries = ["printed" if signature[0] == "printed" else "value"]
    for part in tries:
        if not _WORKED_OUT.isdisjoint(part):
            continue
        candidate = tidy(f"{name}:{_in_letters(part)}")
        if taken.setdefault(candidate, signature) == signature:
            return candidate
    number = 2
    while taken.setdefault(f"{name}:{number}", signature) != signature:
        number += 1
    return f"{name}:{number}"


def _in_letters(part: str) -> str:
    """``y_pred ge t`` of ``y_pred >= t``, ``kernel=rbf`` of ``kernel='rbf'``: signs that a name cannot hold."""
    if not part.isidentifier():
        part = re.sub("['\"]", "", part)
        for sign, letters in _COMPARES.items():
            part = part.replace(f" {sign} ", f" {letters} ")
    return part


_WORKED_OUT = frozenset("[]{}+*@")
"""Signs of an expression that is no name for anything: ``pos[i] > neg[i]``."""
_COMPARES = {">=": "ge", "<=": "le", ">": "gt", "<": "lt", "==": "eq", "!=": "ne"}


def _of_training(name: str, signature: tuple[str, ...]) -> str:
    """``mse:y_train`` of what was measured of a truth that the model was trained on: the plain name is a test's. A cross-validation
    measures what it has left out."""
    given = [part.rpartition("=")[2] for part in signature]
    said = [set(words(part)) for part in given]
    apart = name.endswith(("_mean", "_std")) or bool(_PARTS & set(words(name)))
    if len(given) < 2 or given[0] == "printed" or apart:
        return name
    if any(_TESTS & one for one in said):
        return name
    mine = [part for part, one in zip(given, said) if one & _TRAINING and not one & _INPUTS]
    return tidy(f"{name}:{mine[0]}") if mine else name


_TRAINING = frozenset("train training".split())
_TESTS = frozenset("test val valid validation dev holdout".split())
_PARTS = _TRAINING | _TESTS
_INPUTS = frozenset("x features data rows".split())


def spaced(name: str, taken: dict[str, tuple[str, ...]]) -> bool:
    """Whether a told series is this one under the framework's spelling (``train-logloss``, ``train_logloss``)."""
    plain = _as_one(name.replace("'s_", "_"))
    return any(
        told == ("series",) and _as_one(other).removesuffix("_mean") == plain
        for other, told in taken.items()
    )


def _as_one(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


_SHORT = {
    "validation": "val",
    "valid": "val",
    "training": "train",
    "testing": "test",
    "accuracy": "acc",
}


_INITIALS = {
    "root_mean_squared_error": "rmse",
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
}


def _initials(plain: str) -> str:
    """``best_mae`` of ``best_mean_absolute_error``."""
    for spelt, short in _INITIALS.items():
        plain = plain.replace(spelt, short)
    return plain


def _plain(name: str) -> str:
    """``val_acc`` of ``Validation_accuracy``, ``r2`` of ``r2_score``."""
    parts = name.lower().rstrip("s").split("_")
    named = parts[-1] == "score" and metric_strength("_".join(parts[:-1])) == 2
    said = parts[:-1] if named else parts
    return "_".join(_SHORT.get(part, part) for part in said)


def related(name: str, other: str) -> bool:
    """Whether two names say the same but for spelling and detail: ``val_acc``, ``validation_acc``; ``loss``, ``losses``."""
    mine, theirs = _plain(name), _plain(other)
    if mine.rstrip("e") in theirs or theirs in mine:
        return True
    short, other_short = (
        f"_{_initials(mine)}_",
        f"_{_initials(theirs)}_",
    )  # whole words: no `mse` in `rmse`
    return short in other_short or other_short in short


def spelt_alike(name: str, listed: str) -> bool:
    """Whether a list is named after a metric and nothing else: ``losses`` after ``loss``, and not ``epoch_losses``, beside
    which the loss of a batch may be printed."""
    return _plain(tidy(name)) == _plain(singular(tidy(listed)))


def the_same(name: str, other: str) -> bool:
    """Whether they are related, and not two metrics of which one is spelt like a part of the other: ``aic``, ``aicc``."""
    mine, theirs = _plain(name), _plain(other)
    return related(name, other) and (mine == theirs or not {mine, theirs} <= STRONG)


def says_class_of(name: str, told: str) -> bool:
    """Whether ``told`` is a metric by class, and ``name`` that of a class in words: ``Accuracy/0``, ``accuracy_for_class_a``."""
    whole, by_class, _ = told.partition("/")
    if not by_class or metric_strength(whole) < 2:
        return False
    return not STRONG.isdisjoint(words(whole)) and STRONG & set(words(whole)) <= set(words(name))


def singular(name: str) -> str:
    """``loss`` of ``losses``, ``test_accuracy`` of ``test_accuracies``."""
    if name.endswith("losses"):
        return name[:-2]
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
