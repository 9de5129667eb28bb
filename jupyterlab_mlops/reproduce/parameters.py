"""PURE: parameters of a notebook, as papermill does it: a cell after the one tagged ``parameters``."""

from __future__ import annotations

import copy
import difflib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InvalidValue
from .between import bound

TAG = "parameters"
INJECTED_TAG = "injected-parameters"
#: An assignment at the beginning of a line, in any of the languages and in cells that are not plain Python.
_ASSIGNMENT = re.compile(r"^([^\W\d]\w*)[ \t]*(?:=(?!=)|<-)", re.MULTILINE)


def inject(document: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an nbformat document with the parameters in it; without parameters, a plain copy.

    The cell goes after the cell tagged ``parameters``, else to the top; one that was injected
    before is replaced.

    Raises:
        InvalidValue: a name or value that the notebook's language cannot take.
    """
    result: dict[str, Any] = copy.deepcopy(dict(document))
    if not parameters:
        return result
    cells = [cell for cell in result["cells"] if INJECTED_TAG not in _tags(cell)]
    at = next((number + 1 for number, cell in enumerate(cells) if TAG in _tags(cell)), 0)
    source = code(parameters, language_of(document))
    cell: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {"tags": [INJECTED_TAG]},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }
    if (result.get("nbformat", 4), result.get("nbformat_minor", 5)) >= (4, 5):
        cell["id"] = INJECTED_TAG
    result["cells"] = [*cells[:at], cell, *cells[at:]]
    return result


def warnings(document: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    """What :func:`inject` would do with these parameters that is hardly meant, a sentence each. Pure.

    A name that no cell assigns; and, where no cell is tagged, one that a later cell assigns again.
    """
    cells = [
        cell
        for cell in document["cells"]
        if cell["cell_type"] == "code" and INJECTED_TAG not in _tags(cell)
    ]
    python = language_of(document).lower() in ("python", "python3", "ipython")
    assigned: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        source = "".join(cell["source"])
        names = set(bound(source)) if python else set()
        names |= {match.group(1) for match in _ASSIGNMENT.finditer(source)}
        for name in names:
            assigned.setdefault(name, number)
    found = []
    for name in parameters:
        if name not in assigned:
            near = difflib.get_close_matches(name, sorted(assigned), n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            found.append(f"no cell of the notebook assigns the parameter {name!r}{hint}")
        elif not any(TAG in _tags(cell) for cell in cells):
            found.append(
                f"no cell is tagged {TAG!r}: {name!r} is set at the top, and code cell {assigned[name]} assigns it again"
            )
    return found


def code(parameters: Mapping[str, Any], language: str) -> str:
    """Assignments of the parameters in a language.

    Raises:
        InvalidValue: the language is not one of those known here, or a name is not a name.
    """
    literal = _LITERALS.get(language.lower())
    if literal is None:
        known = ", ".join(sorted(_LITERALS))
        raise InvalidValue(f"parameters cannot be given to {language} notebooks, only to {known}")
    lines = ["# Parameters"]
    for name, value in parameters.items():
        if not name.isidentifier():
            raise InvalidValue(f"parameter name {name!r} is not a name of a variable")
        lines.append(f"{name} {'<-' if language.lower() == 'r' else '='} {literal(value)}")
    return "\n".join(lines)


def language_of(document: Mapping[str, Any]) -> str:
    """The language of a notebook by its metadata; Python when it does not say."""
    metadata = document.get("metadata") or {}
    for key, field in (("kernelspec", "language"), ("language_info", "name")):
        value = (metadata.get(key) or {}).get(field)
        if value:
            return str(value)
    return "python"


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list((cell.get("metadata") or {}).get("tags") or ())


def _python(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_python(item) for item in value)
        if isinstance(value, tuple):
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return f"[{inner}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_python(k)}: {_python(v)}" for k, v in value.items()) + "}"
    return repr(value)


def _r(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (list, tuple)):
        return f"list({', '.join(_r(item) for item in value)})"
    if isinstance(value, dict):
        return (
            "list(" + ", ".join(f"{json.dumps(str(k))} = {_r(v)}" for k, v in value.items()) + ")"
        )
    return json.dumps(value)


def _julia(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("$", "\\$")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_julia(item) for item in value)}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_julia(str(k))} => {_julia(v)}" for k, v in value.items())
        return f"Dict({pairs})"
    return json.dumps(value)


_LITERALS: dict[str, Callable[[Any], str]] = {
    "python": _python,
    "python3": _python,
    "ipython": _python,
    "r": _r,
    "julia": _julia,
}
