"""PURE: values are found in JSON text without parsing it, and large notebooks keep their outputs unread."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.entities import Execution, Status
from jupyterlab_mlops.recorder import documents
from jupyterlab_mlops.recorder.closing import figures_of
from jupyterlab_mlops.recorder.documents import notebook_json, read_notebook_file
from jupyterlab_mlops.recorder.spans import Raw, elements, end_of, members

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 1]), st.booleans())
def test_members_are_those_of_the_parsed_object(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    found = {key: json.loads(text[start:end]) for key, start, end in members(text)}
    assert found == json.loads(text)


@given(st.lists(VALUES))
def test_elements_are_those_of_the_parsed_array(value):
    text = json.dumps(value).encode()
    assert [json.loads(text[start:end]) for start, end in elements(text)] == value


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"a', b'{"a": [1, 2', b'{"a": "b\\"}', b"[1]", b'{"a":']
)
def test_text_that_ends_too_early_is_refused(text):
    with pytest.raises(ValueError, match=r"JSON|expected"):
        list(members(text))


def test_an_end_is_after_the_closing_quote_or_bracket():
    text = rb'["a\"]", {"b": [1]}, 1.5e-3]'
    assert [text[start:end] for start, end in elements(text)] == [
        rb'"a\"]"',
        b'{"b": [1]}',
        b"1.5e-3",
    ]
    assert end_of(text, 0) == len(text)


def notebook(lines: int) -> dict[str, Any]:
    output = {
        "output_type": "stream",
        "name": "stdout",
        "text": [f"line {n}\n" for n in range(lines)],
    }
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# A"]},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "outputs": [output], "execution_count": 1},
    ]  # fmt: skip
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": 1}, "cells": cells}


def test_a_large_notebook_goes_through_unchanged(tmp_path, monkeypatch):
    document = notebook(1000)
    (tmp_path / "a.ipynb").write_text(json.dumps(document, indent=1))
    monkeypatch.setattr(documents, "WHOLE_BYTES", 1000)
    read = read_notebook_file(tmp_path, "a.ipynb")
    assert isinstance(read["cells"][1]["outputs"], Raw)
    assert json.loads(b"".join(notebook_json(read))) == document


@pytest.mark.parametrize("text", ["", "[]", "{", '{"nbformat": 3}', '{"cells": 1}'])
def test_what_is_no_notebook_is_nothing(tmp_path, monkeypatch, text):
    (tmp_path / "a.ipynb").write_text(text)
    assert read_notebook_file(tmp_path, "a.ipynb") is None
    monkeypatch.setattr(documents, "WHOLE_BYTES", 0)
    assert read_notebook_file(tmp_path, "a.ipynb") is None


@pytest.mark.parametrize("points", [3, 100_000])
def test_figures_are_found_in_small_and_large_outputs(store, points):
    chart = {"x": list(range(points))}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "no figure"},
        {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": chart}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": "QUJD" * points}, "metadata": {}},
    ]  # fmt: skip
    execution = Execution("e", "r", "k", 0, "", Status.FINISHED, 0)
    found = figures_of(store.blobs, execution, 2, json.dumps(outputs).encode())
    assert [figure.path for figure in found] == [
        "figures/cell-2-1.plotly.json",
        "figures/cell-2-2.png",
    ]
    assert json.loads(store.blobs.get(found[0].sha256)) == chart
    assert store.blobs.get(found[1].sha256) == b"ABC" * points
