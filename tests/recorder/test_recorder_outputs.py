"""PURE: outputs as a front end would show them, bounded whatever a cell prints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.recorder import outputs as module
from jupyterlab_mlops.recorder.outputs import Allowance, Outputs, excerpt
from jupyterlab_mlops.recorder.spans import Raw


def collect(
    *messages: tuple[str, dict[str, Any]], cell: int = 10_000, run: int = 100_000
) -> Outputs:
    collected = Outputs(cell, Allowance(run))
    for kind, content in messages:
        collected.add(kind, json.dumps(content).encode())
    return collected


def printed(text: str, name: str = "stdout") -> tuple[str, dict[str, Any]]:
    return "stream", {"name": name, "text": text}


def shown(text: str, display_id: str | None = None) -> tuple[str, dict[str, Any]]:
    transient = {"display_id": display_id} if display_id else {}
    return "display_data", {"data": {"text/plain": text}, "metadata": {}, "transient": transient}


def text_of(outputs: Outputs) -> str:
    return "".join(item.get("text", "") for item in outputs.to_list())


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["one\n", "two\n"], "one\ntwo\n"),
        (["10%\r", "20%\r", "done\n"], "done\n"),
        (["abc\rX"], "Xbc"),
        (["abc", "\b\bX"], "aXc"),
        (["long line\rshort\n", "next"], "shortline\nnext"),
        (["a\r\nb\r\n"], "a\nb\n"),
        (["\r"], ""),
        (["loss: 1", "\n", "loss: 0\n"], "loss: 1\nloss: 0\n"),
    ],
)
def test_terminal_control_is_applied(pieces, text):
    assert text_of(collect(*map(printed, pieces))) == text


def test_neighbouring_text_of_one_stream_is_one_output():
    found = collect(printed("a"), printed("b"), printed("!", "stderr"), printed("c")).to_list()
    assert [(item["name"], item["text"]) for item in found] == [
        ("stdout", "ab"),
        ("stderr", "!"),
        ("stdout", "c"),
    ]


def test_clear_output_at_once_and_with_the_next_output():
    at_once = collect(printed("a"), ("clear_output", {"wait": False}))
    assert at_once.to_list() == []
    waiting = collect(printed("a"), ("clear_output", {"wait": True}))
    assert text_of(waiting) == "a"
    waiting.add("stream", json.dumps({"name": "stdout", "text": "b"}).encode())
    assert text_of(waiting) == "b"


def test_updates_of_a_display_replace_it():
    collected = collect(shown("0", "d"))
    for number in range(1000):
        body = {"data": {"text/plain": str(number)}, "metadata": {}}
        collected.update_display("d", json.dumps(body).encode())
    assert [item["data"]["text/plain"] for item in collected.to_list()] == ["999"]


def test_head_and_tail_are_kept_and_the_rest_is_counted_and_hashed():
    lines = [f"line {number}\n" for number in range(10_000)]
    collected = collect(*map(printed, lines), cell=4_000)
    text = text_of(collected)
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith("line 9999\n")
    assert "bytes left out, sha256" in text
    assert len(text) < 6_000
    assert collected.total_bytes > 10 * 4_000


def test_figures_do_not_count_against_the_text_of_a_cell():
    picture = {"data": {"image/png": "x" * 5_000}, "metadata": {}}
    collected = collect(printed("y" * 3_000), ("display_data", picture), cell=2_000)
    assert any("image/png" in item.get("data", {}) for item in collected.to_list())


def test_a_large_display_is_kept_without_being_looked_into():
    chart = {"x": list(range(100_000)), "title": 'a "quoted" \\ title'}
    content = {
        "data": {"application/vnd.plotly.v1+json": chart, "text/plain": "Figure"},
        "metadata": {"a": {}},
        "transient": {"display_id": "d"},
    }
    collected = Outputs(10_000, Allowance(10_000_000))
    assert collected.add("display_data", json.dumps(content).encode()) == "d"
    (kept,) = collected.to_list()
    assert isinstance(kept, Raw)
    del content["transient"]
    assert json.loads(kept) == {"output_type": "display_data", **content}
    collected.update_display("d", json.dumps({"data": {"text/plain": "b"}}).encode())
    assert collected.to_list()[0]["data"] == {"text/plain": "b"}


def test_a_run_has_an_allowance_for_all_its_cells():
    allowance = Allowance(10_000)
    kept = 0
    for _ in range(20):
        collected = Outputs(5_000, allowance)
        collected.add("stream", json.dumps({"name": "stdout", "text": "z" * 2_000}).encode())
        kept += text_of(collected).count("z")
    assert kept < 10_000 + 20 * 5_000 * module.TAIL_SHARE


def test_a_huge_message_is_kept_by_its_ends_without_being_parsed():
    text = "ab\n\u00e9\\" * 2_000_000
    content = json.dumps({"name": "stdout", "text": text}).encode()
    collected = Outputs(1 << 20, Allowance(20 << 20))
    view = memoryview(content)
    collected.add("stream", excerpt(view), len(view), b"digest")
    kept = text_of(collected)
    assert kept.startswith("ab\né\\ab")
    assert kept.count("é") > 1_000
    assert collected.total_bytes == len(content)


STREAMS = st.text(alphabet="ab\n\r\b", max_size=400)


@settings(max_examples=300, deadline=None)
@given(st.lists(STREAMS, max_size=30), st.integers(200, 4_000))
def test_memory_is_bounded_whatever_is_printed(texts, cell):
    collected = collect(*map(printed, texts), cell=cell, run=3_000)
    found = collected.to_list()
    assert len(json.dumps(found)) < 4 * cell + 10_000
    assert all(item["output_type"] == "stream" for item in found)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="ab\n\r\b", max_size=30), max_size=8))
def test_how_text_is_cut_into_messages_does_not_matter(texts):
    assert text_of(collect(*map(printed, texts))) == text_of(collect(printed("".join(texts))))
