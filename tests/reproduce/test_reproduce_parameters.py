"""PURE: papermill's convention for parameters."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.reproduce.parameters import code, inject, warnings


def document(*tags: list[str]) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "source": str(number), "metadata": {"tags": each}}
        for number, each in enumerate(tags)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


@pytest.mark.parametrize(
    ("tags", "order"),
    [
        ([[], ["parameters"], []], ["0", "1", "NEW", "2"]),
        ([[], []], ["NEW", "0", "1"]),
        ([["parameters"], ["injected-parameters"], []], ["0", "NEW", "2"]),
    ],
)
def test_where_the_cell_goes(tags, order):
    before = document(*tags)
    after = inject(before, {"x": 1})
    sources = [
        "NEW" if "# Parameters" in cell["source"] else cell["source"] for cell in after["cells"]
    ]
    assert sources == order
    assert before == document(*tags)


def test_without_parameters_nothing_is_added():
    assert inject(document([]), {}) == document([])


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("python", ["a = 1", "b = 'x'", "c = None", "d = [True, float('nan')]", "e = (1,)"]),
        ("R", ["a <- 1", 'b <- "x"', "c <- NULL", "d <- list(TRUE, NaN)", "e <- list(1)"]),
        ("julia", ["a = 1", 'b = "x"', "c = nothing", "d = [true, NaN]", "e = [1]"]),
    ],
)
def test_languages(language, lines):
    values = {"a": 1, "b": "x", "c": None, "d": [True, math.nan], "e": (1,)}
    assert code(values, language).splitlines() == ["# Parameters", *lines]


def test_what_cannot_be_set_is_said():
    with pytest.raises(InvalidValue, match="'a b' is not a name"):
        code({"a b": 1}, "python")
    with pytest.raises(InvalidValue, match="cannot be given to cobol"):
        code({"a": 1}, "cobol")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_python_reads_back_what_was_given(value):
    assert ast.literal_eval(code({"x": value}, "python").split("x = ", 1)[1]) == value


@pytest.mark.parametrize(
    ("cells", "parameters", "expected"),
    [
        ([("tagged", "lr = 1")], {"lr": 2}, []),
        (
            [("tagged", "lr = 1")],
            {"unknown": 2},
            ["no cell of the notebook assigns the parameter 'unknown'"],
        ),
        ([("tagged", "epochs = 1")], {"epoch": 2}, ["did you mean 'epochs'?"]),
        ([("tagged", "lr = 1"), ("", "print(depth)")], {"depth": 2}, ["no cell"]),
        ([("tagged", "lr = 1"), ("", "lr, depth = 1, 2")], {"depth": 2}, []),
        ([("tagged", "%%time\nlr: float = 1")], {"lr": 2}, []),
        ([("tagged", "files = !ls\nlr = 1")], {"lr": 2, "files": []}, []),
        ([("tagged", "if lr == 1: pass\nf(lr=1)")], {"lr": 2}, ["no cell"]),
        (
            [("", "import os"), ("", "lr = 1")],
            {"lr": 2},
            ["no cell is tagged 'parameters': 'lr' is set at the top, and code cell 2 assigns it"],
        ),
        ([("injected", "lr = 1")], {"lr": 2}, ["no cell of the notebook"]),
    ],
)
def test_parameters_that_do_not_do_what_is_meant(cells, parameters, expected):
    tags = {"tagged": ["parameters"], "injected": ["injected-parameters"], "": []}
    made = [
        {"cell_type": "code", "source": source, "metadata": {"tags": tags[kind]}}
        for kind, source in cells
    ]
    found = warnings({"cells": made, "metadata": {}}, parameters)
    assert len(found) == len(expected)
    for text, words in zip(found, expected, strict=True):
        assert words in text


def test_parameters_of_other_languages_are_looked_for_too():
    cell = {"cell_type": "code", "source": "lr <- 1", "metadata": {"tags": ["parameters"]}}
    document = {"cells": [cell], "metadata": {"language_info": {"name": "R"}}}
    assert warnings(document, {"lr": 2}) == []
    assert len(warnings(document, {"depth": 2})) == 1
