"""Printed lines said in plain words before they are read: what is said of a metric besides its name and value is left
out or moved into the name. Pure: a line in, a line out."""

from __future__ import annotations

import math
import re

from .metrics import metric_strength

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)\b"
"""A number as it is printed."""
_ASIDE = re.compile(
    r"\s\((?:for|over|of|on|at|in)\s[^()]*\)|\s(?:over|for|at|after|in)\s(?:the\s|this\s)?(?:epoch|step|batch|iteration)(?=\s*[:=])",
    re.IGNORECASE,
)
"""What is said of a metric besides: ``loss (for one batch): 0.5``, ``acc over epoch: 0.7``."""
_OF_WHAT = re.compile(
    r"(?P<of>\s(?:on|over|of|for|in)(?:\s(?:the|all))*)\s\d[\d,]*(?=\s[A-Za-z][\w ]{0,60}\s?[:=])"
    r"|\sof\s(?:the|our|this)\s(?:\w+\s)?(?:network|model|net|classifier)(?=\s?[:=]|\son\s|\sis\s)",
    re.IGNORECASE,
)
"""How many a metric is of, and that it is the model's: ``accuracy of the network on the 10000 test images: 94 %``."""
_OF_CLASS = re.compile(
    r"\s(?:for|of)\s(?P<class>class|label|category|digit)\s?:\s?(?P<label>[\w\- ]{1,30}?)\s+is(?=\s)",
    re.IGNORECASE,
)
"""The class that a metric is of: ``accuracy for class: plane is 48.4 %``."""
_PADDED = re.compile(r"(?<=\s)(of|for)\s{2,20}(?=[A-Za-z])")
"""What a metric is of, padded: ``Accuracy of   cat : 48 %``."""
_HITS = re.compile(
    r"(?:\bgot\s+)?(\d+)\s*/\s*(\d+)(?:\s+(?:correct|right))\s*\(\s*(\d+(?:\.\d*)?)(?:\s*%)?\s*\)",
    re.IGNORECASE,
)
"""Hits of a whole: ``Got 94 / 100 correct (94.00)``."""
_WITH = re.compile(r"\bwith\s(?:an?\s)?(?P<name>[A-Za-z]\w*(?:\s[a-z]\w*)?)\s(?:of\s)?(?=[\d.])")
"""``got 94 / 100 with accuracy 94.0``."""
_PARTS = r"train(?:ing)?|val(?:id(?:ation)?)?|test|dev"
LEAD = re.compile(rf"\W*({_PARTS}|trainer|eval(?:uation)?)\b", re.IGNORECASE)
"""The part of the data that a line begins with: ``Validation results - epoch 1: …``."""
PART = re.compile(rf"(?:^|[^a-z])(?:{_PARTS})(?:$|[^a-z])", re.IGNORECASE)
"""The part of the data that a name says: ``val`` of ``val_loss``."""
_OF_PARTS = re.compile(
    rf"\b(?P<metric>[A-Za-z]\w*)(?:\s*[:\-])?\s+(?P<one>{_PARTS})(?:\s*[:=])?\s*(?P<first>{NUMBER})(?:\s*[,|;/])?\s*"
    rf"(?P<other>{_PARTS})(?:\s*[:=])?\s*(?P<second>{NUMBER})",
    re.IGNORECASE,
)
"""A metric said once, of two parts of the data: ``LOSS train 0.5 valid 0.6``. A run of blanks can be
read in one way alone; blanks on both sides of an optional sign would be tried in all pairs, and a table that is padded
wide would keep the kernel for hours."""
_SETTING = re.compile(
    rf"\s?\([A-Za-z]\w{{0,30}}\s?=\s?[^()=]{{1,20}}\)(?=\s?(?:[:=]|is\s))"
    rf"|\s(?:with|using|for|at|when)\s(?:[A-Za-z]\w{{0,30}}\s?=\s?(?:{NUMBER})(?=(?:\s[A-Za-z]\w*){{0,6}}\s?[:=]|\sis\s)"
    rf"|(?!class|label|category|digit|fold|group|cluster)[a-z]\w{{0,30}}\s(?:{NUMBER})(?=\s?[:=]))"
)
"""At what setting a metric is measured: ``accuracy (k=5): 0.93``, ``F1 at threshold 0.3: 0.71``."""
_BRACKETED = re.compile(r"\[([A-Za-z][\w .\-]*)\](?=\s*[:=])")
"""A label in brackets: ``[EPOCH]: 3, [LOSS]: 0.2``."""
_STOPPED = re.compile(
    rf"((?:^|\s)(?:{_PARTS})(?:\s(?:set|data|split))?)\.(?=\s[A-Za-z])", re.IGNORECASE
)
"""A part of the data as a sentence of its own: ``Train set. MSE: 0.5``."""
_APART = re.compile(r"(?<=[A-Za-z]) {2,8}(?=\(?[A-Za-z][\w.\-]{0,20}\)?\s?[:=])")
"""Blanks that put labels below each other: ``RSS  (Test): 0.5``, ``Test  RSS: 0.5``."""
_CORRECT = re.compile(r"(?:(?<!\d)%|\bper\s?cent(?:age)?)\s*correct(?=\s*[:=])", re.IGNORECASE)
"""An accuracy as a share of hits: ``% Correct: 0.24``."""
_REPR = re.compile(
    rf"(?:[A-Za-z]\w*\((?:data=)?)?\[*\s*(?P<number>{NUMBER})\s*\]*(?:,\s*\w+=[^,]*)*\)?",
    re.IGNORECASE,
)
"""One number as a tensor or an array of it is printed: ``[0.58]``, ``Value(data=0.5, grad=0.0)``."""
_SHARE = re.compile(r"(\d+)\s*/\s*(\d+)\s*\(\s*(\d+(?:\.\d*)?)\s*%\s*\)")
"""A count of a whole, and what that is in percent: ``Accuracy: 940/1000 (94%)``."""
_QUOTIENT = re.compile(rf"(?P<count>\d+)\s*/\s*(?P<whole>\d+)\s*=\s*(?P<value>{NUMBER})")
"""A count of a whole, and what that is: ``Accuracy = 940 / 1000 = 0.94``."""


_NAMED_BEHIND = re.compile(
    rf"(?P<number>(?<![\w.])(?:{NUMBER})\s?%?)\s?\((?P<name>[A-Za-z][\w\-^² ]{{0,30}})\)(?:\s?[=+,;|])?"
)
"""A number with its name behind it: ``0.026 (error) = 0.003 (bias^2) + 0.023 (var)``."""
_RESIDUALS = re.compile(
    r"^\W*(?P<of>(?:residual|prediction error)s?)\s?[:,\-]\s?(?=(?:mean|average|std|sd|standard deviation|variance)\s?[:=])",
    re.IGNORECASE,
)
_SPREAD = re.compile(
    r"\b(?:mean|average|std|sd|standard deviation|variance)(?=\s?[:=])", re.IGNORECASE
)
"""What a line says of residuals: ``Residual: mean = 0.01, standard deviation = 0.4``."""
_LABEL = re.compile(r"([A-Za-z][\w\-^² ]{0,40})\s?[:=]\s*$")
"""The label that a number stands behind."""
_BY_PART = re.compile(
    rf"(?P<metric>[A-Za-z][\w\-²^ ]{{0,40}})\s?[:=]\s?(?P<first>{NUMBER})(?P<unit>\s?%?)\s?\((?P<one>{_PARTS})\)"
    rf"\s?[,;/|]?\s?(?P<second>{NUMBER})\s?%?\s?\((?P<other>{_PARTS})\)",
    re.IGNORECASE,
)
"""A metric said once, with its parts of the data behind its values: ``MSE: 0.5 (train), 0.6 (test)``."""
_ATTEMPT = re.compile(
    r"^[ \t]*[A-Z]\w*\(\d[\d, ]*\)[^\n:]*:\s*(?:AIC|AICc|BIC|HQIC)\s*=[^\n]*$", re.MULTILINE
)


_TIMED = re.compile(
    _ATTEMPT.pattern.replace("[^\\n]*$", r"[^\n]*, Time=[\d.]+ sec[ \t]*$"), re.MULTILINE
)


_LEARNERS = re.compile(r"^[^\n]*\bestimator \w+'s best error=[^\n]*$", re.MULTILINE)
"""A line of FLAML's about the learner that it tries, and the best so far."""


def without_attempts(text: str, *, timed: bool = False) -> str:
    """The text without lines of models that were tried by their orders: ``ARIMA(2,1,3)(0,1,0)[12] : AIC=93.9, Time=0.5 sec``;
    ``timed``: only of those that say how long it took, as a library does; the others stay where they are in the text.
    Learners that FLAML tries are told by nobody else."""
    text = _LEARNERS.sub(lambda line: " " * len(line.group()), text)
    if timed:
        return _TIMED.sub(lambda line: " " * len(line.group()), text)
    return _ATTEMPT.sub("", text)


def counted(line: str) -> str:
    """The line with labels out of their brackets, and counts of a whole as percentages."""
    line = _APART.sub(" ", _BRACKETED.sub(r"\1", line))
    return _SHARE.sub(_as_percent, _QUOTIENT.sub(_worked_out, line))


def plain(line: str) -> str:
    """The line, from which its step has been taken, in plain words: ``name: number``."""
    residuals = _RESIDUALS.match(line)
    if residuals is not None:
        line = _SPREAD.sub(rf"{residuals['of']} \g<0>", line[residuals.end() :])
    line = _names_first(_BY_PART.sub(_apart, line)) if "(" in line else line
    line = _PADDED.sub(r"\1 ", _CORRECT.sub(" accuracy", _STOPPED.sub(r"\1", line)))
    line = _WITH.sub(r"\g<name>: ", _HITS.sub(_as_accuracy, line))
    line = _OF_PARTS.sub(_apart, _ASIDE.sub("", _SETTING.sub("", line)))
    return _OF_CLASS.sub(r" for \g<class>_\g<label>:", _OF_WHAT.sub(r"\g<of>", line))


def number_of(line: str) -> list[str]:
    """The number of a line that is nothing but a tensor or an array of it, as it is printed; [] of any other."""
    match = _REPR.fullmatch(line.strip()) if len(line) < 200 else None
    return [match["number"]] if match else []


def _apart(match: re.Match[str]) -> str:
    """``LOSS_train: 0.5, LOSS_valid: 0.6``; what is no metric stays as it is."""
    if metric_strength(match["metric"]) < 2:
        return match.group(0)
    unit = match.groupdict().get("unit", "")
    return ", ".join(
        f"{match['metric']}_{match[part]}: {match[number]}{unit}"
        for part, number in (("one", "first"), ("other", "second"))
    )


def _names_first(line: str) -> str:
    """``error: 0.026, bias^2: 0.003`` of numbers with their names behind them, if one of these is a metric's."""
    found = list(_NAMED_BEHIND.finditer(line))
    if not any(_is_metric(one["name"]) for one in found):
        return line
    for one in reversed(found):
        label = _LABEL.search(line[: one.start()])
        if label is None or not _is_metric(label[1]):
            said = f", {one['name']}: {one['number']},"
            line = line[: one.start()] + said + line[one.end() :]
    return line


def _is_metric(label: str) -> bool:
    return metric_strength(re.sub(r"\W+", "_", label).strip("_")) > 0


def _as_accuracy(hits: re.Match[str]) -> str:
    """``accuracy: 94.000000%`` of 94 hits of 100."""
    share = f"{hits[1]}/{hits[2]} ({hits[3]}%)"
    found = _SHARE.sub(_as_percent, share)
    return hits.group(0) if found == share else f"accuracy: {found}"


def _worked_out(quotient: re.Match[str]) -> str:
    """``0.94`` of ``940 / 1000 = 0.94``, where that is what it is."""
    count, whole, value = (float(one) for one in quotient.group("count", "whole", "value"))
    exact = count / whole if whole else math.nan
    same = min(abs(exact - value), abs(100 * exact - value)) <= 0.01
    return quotient["value"] if same else quotient.group(0)


def _as_percent(share: re.Match[str]) -> str:
    """A count and its percentage as the percentage alone, unrounded: ``67%`` of ``2/3 (67%)`` is 66.666667%."""
    count, whole, percent = int(share.group(1)), int(share.group(2)), float(share.group(3))
    exact = 100 * count / whole if whole else -1.0
    return f"{exact:.6f}%" if abs(exact - percent) <= 1 else share.group(0)
