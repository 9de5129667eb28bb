"""Notebook documents, read and written without looking into large outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .spans import Raw, elements, members

#: A larger document (bytes) is read cell by cell, and its outputs are passed on as they are.
WHOLE_BYTES = 1 << 20


def read_notebook_file(root: Path, path: str) -> dict[str, Any] | None:
    """A notebook below ``root`` as JSON; None when it is not there or not a notebook of version 4.

    The outputs of large notebooks are :class:`Raw`. File work: not on the event loop.
    """
    try:
        text = (root / path).read_bytes()
        document = json.loads(text) if len(text) <= WHOLE_BYTES else _piecewise(text)
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and document.get("nbformat") == 4 else None


def _piecewise(text: bytes) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, start, end in members(text):
        if key == "cells":
            document[key] = [_cell(text, at) for at, _end in elements(text, start)]
        else:
            document[key] = json.loads(text[start:end])
    return document


def _cell(text: bytes, at: int) -> dict[str, Any]:
    return {
        key: Raw(text[start:end]) if key == "outputs" else json.loads(text[start:end])
        for key, start, end in members(text, at)
    }


def notebook_json(document: Mapping[str, Any]) -> Iterator[bytes]:
    """A notebook as JSON, a cell at a time: one large dump would hold the interpreter for long."""
    yield b'{"cells": ['
    for number, cell in enumerate(document.get("cells", ())):
        outputs = cell.get("outputs")
        if isinstance(outputs, Raw):
            rest = {key: value for key, value in cell.items() if key != "outputs"}
            yield (b",\n" if number else b"\n") + _dumped(rest)[:-1] + b', "outputs": '
            yield outputs + b"}"
        else:
            yield (b",\n" if number else b"\n") + _dumped(cell)
    rest = {key: value for key, value in document.items() if key != "cells"}
    yield b"\n],\n" + _dumped(rest)[1:]


def _dumped(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
