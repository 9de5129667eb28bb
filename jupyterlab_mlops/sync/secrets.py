"""PURE: find secrets in text. Own rules for the tokens of this field, detect-secrets' for many services more.

A rule names a form (``glpat-…``) or a place (``password = "…"``); plain randomness is no finding: hashes, ids,
base64 images and commit numbers are everywhere in notebooks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from .reading import windows
from .strings import texts_in


@dataclass(frozen=True, slots=True)
class Rule:
    """A form of secret. ``marks``: texts of which one must be there (in lower case), so that the form need not
    be searched in the many texts without. Group 1 of the form is the secret where it has groups."""

    name: str
    marks: tuple[str, ...]
    form: re.Pattern[str]


_GITLAB = "pat dt rt cbt ptt ft imt agent oas soat ffct wt ldt".split()
RULES: tuple[Rule, ...] = tuple(
    Rule(name, tuple(marks), re.compile(form))
    for name, marks, form in (
        (
            "GitLab token",
            [f"gl{kind}-" for kind in _GITLAB],
            rf"\bgl(?:{'|'.join(_GITLAB)})-[\w.-]{{18,}}",
        ),
        ("GitLab runner token", ["gr1348941"], r"\bGR1348941[\w-]{20,}"),
        (
            "GitHub token",
            ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
            r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
        ),
        (
            "AWS access key",
            ["akia", "asia", "abia", "acca"],
            r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
        ),
        (
            "AWS secret key",
            ["aws"],
            (
                r"(?i)\baws[\w.\- ]{0,20}?(?:secret|key)[\w.\- ]{0,20}?[\"']?\s*[:=]\s*[\"']?"
                r"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
            ),
        ),
        # A key has digits and capitals, or one long run; class names of a page's style
        # ("sk-toggleable__label-arrow") have neither.
        (
            "OpenAI-style key",
            ["sk-"],
            (
                r"(?<![\w-])sk-(?=[\w-]*[0-9])(?:[a-z0-9]+-)*"
                r"(?=[A-Za-z0-9_-]*[A-Z]|[a-z0-9]{20})[A-Za-z0-9_-]{20,}"
            ),
        ),
        ("Hugging Face token", ["hf_"], r"\bhf_[A-Za-z0-9]{30,}\b"),
        ("Google API key", ["aiza"], r"\bAIza[\w-]{35}\b"),
        ("Google OAuth secret", ["gocspx-"], r"\bGOCSPX-[\w-]{28}\b"),
        (
            "Weights & Biases key",
            ["wandb"],
            r"(?i)\bwandb[\w.\- ]{0,20}key[\"']?\s*[:=]\s*[\"']?([0-9a-f]{40})\b",
        ),
        ("Databricks token", ["dapi"], r"\bdapi[0-9a-f]{32}\b"),
        ("Slack token", ["xox"], r"\bxox[abeoprs]-[\w-]{10,}"),
        ("Artifactory key", ["akc"], r"\bAKC[A-Za-z0-9]{50,}"),
        ("Telegram bot token", [":aa"], r"\b\d{8,10}:AA[\w-]{33}\b"),
        ("JSON Web Token", ["eyj"], r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"),
        (
            "password in a URL",
            ["://"],
            r"\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@\"'<>{}$]{0,200}(:[^\s/:@\"'<>{}$]{3,200}@)(?=[\w.-])",
        ),
        (
            "bearer token",
            ["authorization"],
            r"(?i)\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|token)\s+([\w.~+/=-]{16,})",
        ),
    )
)
#: Spans lines, so it is searched in whole texts.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[\s\S]{0,8000}?-----END (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----)?"
)
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{40}")

#: name = "value": a name whose last word says secret, and a value that looks like one.
ASSIGNED = re.compile(
    r"""(?ix) (?<![\w]) (?P<name>[\w.-]{0,60}?
      (?:passw(?:or)?d|passwd|pwd|passphrase|secret|api[_-]?key|apikey|access[_-]?key|auth[_-]?token
        |access[_-]?token|private[_-]?token|secret[_-]?key|client[_-]?secret|credential|token) )
      ["']?\s*\]?\s* (?P<sign>=|:|,) \s* (?P<quote>\\?["']) (?P<value>[^"'\\\n]{8,500}) (?P=quote)"""
)
_ASSIGNED_MARKS = ("passw", "pwd", "passphrase", "secret", "key", "credential", "token")
_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_.\-\s])(?:passw(?:or)?d|passwd|pwd|passphrase|secret|(?<!page[_-])token|api[_-]?key|apikey|access[_-]?key|"
    r"secret[_-]?key|private[_-]?key|credentials?|auth)$"
)
#: Values that only stand for one.
_PLACEHOLDER = re.compile(
    r"(?i)^(?:x{4,}|\*{3,}|\.{3,}|<.*>|\{.*\}|\$.*|%.*%|your[\s_-].*|my[\s_-]?(?:secret|password|token).*|change[\s_-]?me.*"
    r"|:?(?:pass(?:word)?|pwd)@?|example.*|placeholder.*|dummy.*|redacted.*|none|null|true|false|password|secret|os\.environ.*|getpass.*|env[:.].*)$"
)
#: detect-secrets' detectors, each with what its form cannot do without (in lower case).
_PLUGINS: tuple[tuple[RegexBasedDetector, tuple[str, ...]], ...] = (
    (AzureStorageKeyDetector(), ("accountkey=",)),
    (MailchimpDetector(), ("-us",)),
    (NpmDetector(), ("_authtoken",)),
    (PypiTokenDetector(), ("pypi-age",)),
    (SendGridDetector(), ("sg.",)),
    (SlackDetector(), ("hooks.slack.com", "xox")),
    (SquareOAuthDetector(), ("sq0csp",)),
    (StripeDetector(), ("k_live_",)),
    (TwilioKeyDetector(), ("ac", "sk")),
)
_LETTERS = frozenset(
    "".join(
        mark
        for marks in (
            *(rule.marks for rule in RULES),
            _ASSIGNED_MARKS,
            *(marks for _, marks in _PLUGINS),
        )
        for mark in marks
    )
)
#: Output types whose content is a picture or a document, not text to read.
_BINARY_MEDIA = re.compile(r"image/|video/|audio/|application/(?:pdf|octet-stream|vnd\.bokeh)")
#: Texts are searched in pieces of about this many characters: a search in one piece keeps other threads waiting.
PIECE = 32_768


#: Findings of one large file that are told.
MOST_FOUND = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret at a place. ``value`` never leaves this process; ``hash`` is what is remembered."""

    rule: str
    where: str
    line: int
    masked: str
    value: str
    hash: str

    @property
    def replacement(self) -> str:
        """What stands for it in an upload: the same secret gives the same text, so differences still show."""
        text = f"redacted:{self.hash[:12]}"
        # A short password of a URL is replaced there, not wherever its letters stand.
        return (
            f":{text.replace(':', '-')}@"
            if self.value[0] == ":" and self.value[-1] == "@"
            else text
        )

    def shown(self) -> dict[str, Any]:
        """For people and for the database: without the value."""
        return {
            "rule": self.rule,
            "where": self.where,
            "line": self.line,
            "masked": self.masked,
            "hash": self.hash,
        }


class Scanner:
    """Finds secrets. ``known`` are values that are secret wherever they stand, with where they are from."""

    def __init__(self, salt: str, known: Mapping[str, str] | None = None) -> None:
        self._salt = salt.encode()
        self._known = {v: k for k, v in (known or {}).items() if len(v) >= 8}

    def scan(self, text: str, where: str, *, name: str = "") -> list[Finding]:
        """The findings in a text. ``name``: what the text is the value of (a param, a tag)."""
        found: dict[tuple[str, int], Finding] = {}
        if name and _SECRET_NAME.search(name) and looks_secret(text.strip(), named=True):
            value = text.strip()
            found[value, 1] = self._finding("secret-looking name", where, 1, value, value)
        for rule, value, start in self._hits(text):
            line = text.count("\n", 0, start) + 1
            if any(value in known for known, at in found if at == line):
                continue
            shown = _line_at(text, start)
            found[value, line] = self._finding(rule, where, line, value, shown)
        return list(found.values())

    def scan_file(self, text: str, path: str) -> list[Finding]:
        """The findings in a file; a notebook is read cell by cell, without its pictures."""
        if path.endswith(".ipynb"):
            parts = notebook_parts(text)
            if parts is not None:
                return [f for where, part in parts for f in self.scan(part, f"{path}, {where}")]
        return self.scan(text, path)

    def scan_stream(
        self, texts: Iterable[str], where: str, *, of_data: bool = False
    ) -> list[Finding]:
        """The findings in a text of any length that comes in pieces; the first ``MOST_FOUND`` of them.

        ``of_data``: the texts are what can be read in data. It has no lines (0), and nothing is assigned there.
        """
        found: dict[tuple[str, int], Finding] = {}
        for window in windows(texts):
            for rule, value, start in self._hits(window.text, of_data=of_data):
                line = 0 if of_data else window.line + window.text.count("\n", 0, start) + 1
                if not window.first <= start < window.end or any(
                    value in known for known, at in found if at == line
                ):
                    continue
                shown = _line_at(window.text, start)
                found[value, line] = self._finding(rule, where, line, value, shown)
            if len(found) >= MOST_FOUND:
                break
        return list(found.values())

    def scan_data(self, chunks: Iterable[bytes], where: str) -> list[Finding]:
        """The findings in data that comes in pieces: secrets of a form of their own, and known values."""
        seen: set[str] = set()
        texts = texts_in(self._watched(chunks, seen))
        found = self.scan_stream(texts, where, of_data=True)
        more = seen - {finding.value for finding in found}
        return found + [
            self._finding(f"value of {self._known[value]}", where, 0, value, value)
            for value in sorted(more)
        ]

    def _watched(self, chunks: Iterable[bytes], seen: set[str]) -> Iterator[bytes]:
        """The chunks, while known values in them, which may be shorter than a text, are noted in ``seen``."""
        forms = {value: value.encode("utf-8", "surrogatepass") for value in self._known}
        longest = max(map(len, forms.values()), default=1)
        before = b""
        for chunk in chunks:
            data = before + chunk
            seen.update(value for value, form in forms.items() if form in data)
            before = data[len(data) - longest + 1 :] if longest > 1 else b""
            yield chunk

    def _hits(self, text: str, *, of_data: bool = False) -> Iterator[tuple[str, str, int]]:
        """(rule, secret, position), the specific rules first within each piece."""
        for value, source in self._known.items():
            start = text.find(value)
            while start >= 0:
                yield f"value of {source}", value, start
                start = text.find(value, start + len(value))
        if "PRIVATE KEY" in text:
            for match in _PRIVATE_KEY.finditer(text):
                # A program holds the first line of a key to look for it; a key goes on after it.
                if of_data and not _KEY_BODY.search(match[0]):
                    continue
                yield "private key", match[0], match.start()
        for offset, piece in pieces(text):
            for rule, value, start in _hits_in(piece, of_data=of_data):
                yield rule, value, offset + start

    def _finding(self, rule: str, where: str, line: int, value: str, shown: str) -> Finding:
        digest = hmac.new(self._salt, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
        shown = masked(shown, value).encode("utf-8", "replace").decode()
        return Finding(rule, where, line, shown, value, digest.hexdigest())


class _Marks:
    """Which marks a text has. Looking for one character is so much faster than for several that those a text
    lacks rule most marks out first: a table of numbers is read at once."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()
        self._letters = frozenset(letter for letter in _LETTERS if letter in self._text)

    def any(self, marks: Iterable[str]) -> bool:
        """Whether one of the marks is there."""
        return any(self._letters.issuperset(mark) and mark in self._text for mark in marks)


def _hits_in(piece: str, *, of_data: bool) -> Iterator[tuple[str, str, int]]:
    marks = _Marks(piece)
    for rule in RULES:
        if marks.any(rule.marks):
            for match in rule.form.finditer(piece):
                group = 1 if rule.form.groups else 0
                if not _PLACEHOLDER.match(match[group]):
                    yield rule.name, match[group], match.start(group)
    if not of_data and marks.any(_ASSIGNED_MARKS):
        yield from _assigned_in(piece)
    for plugin, needed in _PLUGINS:
        # Two letters before digits are everywhere in a database.
        if (len(needed[0]) > 2 or not of_data) and marks.any(needed):
            for form in plugin.denylist:
                for match in form.finditer(piece):
                    value = match[match.lastindex or 0] or match[0]
                    if len(value) >= 8:
                        yield plugin.secret_type, value, piece.find(value, match.start())


def _assigned_in(piece: str) -> Iterator[tuple[str, str, int]]:
    """Assignments to secret-looking names, searched only in lines with such a word."""
    offset = 0
    for line in piece.split("\n"):
        lower = line.lower() if '"' in line or "'" in line else ""
        if any(mark in lower for mark in _ASSIGNED_MARKS):
            for match in ASSIGNED.finditer(line):
                # ("A_TOKEN", "value") is a call as often as a list of words: be surer there.
                sure = match["sign"] != "," or (
                    entropy(match["value"]) > 3 and re.search(r"\d", match["value"])
                )
                named = _SECRET_NAME.search(match["name"])
                if named and sure and looks_secret(match["value"], named=True):
                    yield f"value of {match['name']}", match["value"], offset + match.start("value")
        offset += len(line) + 1


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """(position, piece) of a text, cut at line ends where there are any, overlapping where there are none."""
    start = 0
    while start < len(text):
        end = start + PIECE
        if end < len(text):
            cut = text.rfind("\n", start, end)
            end = cut + 1 if cut > start else end
        yield start, text[start:end]
        # In a line without end a secret may lie on the cut.
        start = end if end >= len(text) or text[end - 1] == "\n" else max(start + 1, end - 600)


def masked(line: str, value: str) -> str:
    """The line with the secret's middle hidden."""
    first = value.split("\n", 1)[0]
    keep = 4 if len(first) >= 16 else 0
    return line.replace(first, first[:keep] + "•" * 8)[:200]


def looks_secret(value: str, *, named: bool) -> bool:
    """Whether a value could be a secret: long enough, no placeholder, no word, number or path."""
    if not 8 <= len(value) <= 500 or _PLACEHOLDER.match(value) or " " in value:
        return False
    if re.fullmatch(r"[\d.,eE+_-]+", value) or re.fullmatch(
        r"(?:/|\./|[a-z]:\\|https?://).*", value
    ):
        return False
    if re.fullmatch(r"[A-Za-z_]+(?:[.\[(][\w.\[\]()'\"]*)?", value) and not (
        named and entropy(value) > 3.5 and re.search(r"[a-z]", value) and re.search(r"[A-Z]", value)
    ):
        return False  # an identifier, a call, a word
    return entropy(value) >= (2.5 if named else 4.0)


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = [value.count(char) / len(value) for char in set(value)]
    return -sum(share * math.log2(share) for share in counts)


def notebook_parts(text: str) -> list[tuple[str, str]] | None:
    """(place, text) of a notebook's sources and outputs, without pictures; None if it is no notebook."""
    try:
        cells = json.loads(text)["cells"]
        parts = []
        for number, cell in enumerate(cells, 1):
            parts.append((f"cell {number}", _joined(cell.get("source", ""))))
            for output in cell.get("outputs") or ():
                parts += [(f"output of cell {number}", part) for part in _output_texts(output)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return parts


def _output_texts(output: Mapping[str, Any]) -> Iterator[str]:
    if "text" in output:
        yield _joined(output["text"])
    if "traceback" in output:
        yield _joined(output["traceback"], "\n")
    for media, content in (output.get("data") or {}).items():
        if _BINARY_MEDIA.match(media):
            continue
        if isinstance(content, str | list):
            yield re.sub(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+", "", _joined(content))
        else:
            yield json.dumps(content)


def _joined(value: Any, glue: str = "") -> str:
    return value if isinstance(value, str) else glue.join(str(line) for line in value)


def _line_at(text: str, start: int) -> str:
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[begin : end if end >= 0 else len(text)]
    return line if len(line) <= 200 else line[max(0, start - begin - 60) : start - begin + 140]


def secret_values(environ: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, str]:
    """The environment variables whose values must not leave: those with secret-looking names."""
    wanted = set(names)
    return {
        name: value
        for name, value in environ.items()
        if (name in wanted or _SECRET_NAME.search(name)) and looks_secret(value, named=True)
    }


def dotenv_values(text: str) -> dict[str, str]:
    """The secret-looking values of a ``.env`` file."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$", line)
        if match:
            found[match[1]] = match[2].strip("'\"")
    return secret_values(found)
