"""Numbers as people print them, spelt as programs read them: ``$1,234.50`` as ``1234.50``. Pure."""

from __future__ import annotations

import re

_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])")
_CURRENCY = re.compile(r"(?<![\w.])[$€£](?=\d)")
_RANK = re.compile(r"(?<=\w) ?@ ?k ?= ?(?=\d+ *[:=])")


def plain_numbers(text: str) -> str:
    """The text without separators of thousands and signs of currencies before numbers, and ``precision@5`` for
    ``precision @ k=5``. What follows stays where it was: blanks fill up."""
    if "," in text or "$" in text or "€" in text or "£" in text:
        text = _CURRENCY.sub(" ", text)
        text = _THOUSANDS.sub(lambda found: _padded(found[0].replace(",", ""), found[0]), text)
    return _RANK.sub("@", text) if "@" in text else text


def _padded(short: str, long: str) -> str:
    return short + " " * (len(long) - len(short))
