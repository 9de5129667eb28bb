"""PURE: which of several cells is most like another one, at a cost that long cells do not blow up.

Comparing character by character takes the product of both lengths: two notebooks of thirty cells kept a processor busy
for minutes. So short texts are compared by characters, longer ones by words, very long ones by lines, and whatever
cannot be like enough by its length or its parts alone is not compared at all.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Sequence

#: Both texts together are compared by characters up to this length, by words up to that one, else by lines.
BY_CHARACTERS, BY_WORDS = 300, 1_200
#: What is like a cell is looked for among so many: cells seldom move further.
AMONG = 40
_WORDS = re.compile(r"\w+|[^\w\s]")


def _lines(text: str) -> Sequence[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


def _parts(length: int) -> Callable[[str], Sequence[str]]:
    """What a text is taken apart into, when both are so long together."""
    if length <= BY_CHARACTERS:
        return str
    return _WORDS.findall if length <= BY_WORDS else _lines


def most_alike(text: str, others: Iterable[str], *, least: float) -> int | None:
    """The place of the text that is most like ``text``, the first of several; None if none is. Of many ``others`` the
    first are looked at.

    Args:
        least: how much of both has to be alike, 0 to 1.
    """
    found: int | None = None
    best = least
    matchers: dict[Callable[[str], Sequence[str]], difflib.SequenceMatcher[str]] = {}
    for place, other in enumerate(itertools.islice(others, AMONG)):
        parts = _parts(len(text) + len(other))
        matcher = matchers.get(parts)
        if matcher is None:
            # What is the same in every comparison is the second sequence: that one is indexed.
            matcher = matchers[parts] = difflib.SequenceMatcher(
                None, "", parts(text), autojunk=False
            )
        matcher.set_seq1(parts(other))
        if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
            continue
        ratio = matcher.ratio()
        if ratio > best or (found is None and ratio >= best):
            found, best = place, ratio
    return found
