"""Files of any size pass the secret gate's eyes, in windows, and leave without what was decided to be redacted."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.store import outbox, remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.reading import (
    OVERLAP,
    decoded,
    encoded,
    is_text,
    replaced_stream,
    windows,
)
from jupyterlab_mlops.sync.secrets import Scanner
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, queue_states, synced

TOKEN = "glpat-" + "x7Kd93mZpQ2sLw8vTnB4"
MIB = 1 << 20


def in_pieces(text: str, sizes: list[int]) -> Iterator[str]:
    start, number = 0, 0
    while start < len(text):
        size = sizes[number % len(sizes)]
        yield text[start : start + size]
        start, number = start + size, number + 1


@given(
    before=st.integers(0, 3 * OVERLAP),
    after=st.integers(0, 3 * OVERLAP),
    sizes=st.lists(st.integers(1, 12_000), min_size=1, max_size=4),
    every=st.integers(20, 3000),
)
@settings(max_examples=60, deadline=None)
def test_a_secret_is_found_once_and_in_its_line_wherever_the_text_is_cut(
    before: int, after: int, sizes: list[int], every: int
) -> None:
    filling = ("a" * every + "\n") * (1 + max(before, after) // every)
    text = filling[:before] + f" {TOKEN} " + filling[:after]
    (found,) = Scanner("salt").scan_stream(in_pieces(text, sizes), "log.txt")
    assert found.value == TOKEN
    assert found.line == text.count("\n", 0, before) + 1


@given(st.text(max_size=50_000), st.lists(st.integers(1, 20_000), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_windows_hold_every_character_once(text: str, sizes: list[int]) -> None:
    found = list(windows(in_pieces(text, sizes)))
    assert "".join(w.text[w.first : w.end] for w in found) == text


@given(st.text("ab\n", max_size=300), st.lists(st.integers(1, 7), min_size=1, max_size=3))
def test_replacing_does_not_depend_on_the_cuts(text: str, sizes: list[int]) -> None:
    assert "".join(replaced_stream(in_pieces(text, sizes), {"abba": "[X]"})) == text.replace(
        "abba", "[X]"
    )


@given(st.binary(max_size=3000), st.integers(1, 50))
def test_bytes_that_are_no_text_come_back_as_they_were(data: bytes, size: int) -> None:
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert b"".join(encoded(text) for text in decoded(pieces)) == data


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"a,b\n1,2\n", True),
        (b"", True),
        ("größe".encode("latin-1"), True),
        ("token".encode("utf-16"), True),
        (b"\x80\x04\x95\x00\x00model", False),
        (b"PK\x03\x04\x14\x00", False),
    ],
)
def test_what_is_text(head: bytes, text: bool) -> None:
    assert is_text(head) is text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("large.csv", b"1.5,2.5,3.5\n" * 700_000 + TOKEN.encode() + b"\n"),
        ("no-suffix", b"x" * (6 * MIB) + b" " + TOKEN.encode()),
        ("latin.log", "größe ".encode("latin-1") + TOKEN.encode()),
        ("windows.txt", f"key {TOKEN} end".encode("utf-16")),
        ("odd.ipynb", b"not a notebook " + TOKEN.encode()),
    ],
)
def test_no_text_is_too_large_or_too_odd_to_be_read(
    name: str, data: bytes, store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(store, files={name: data})
    worker = make_worker(gitlab)
    assert not synced(worker)["done"]
    assert gitlab.candidates() == []
    item = queue_states(store)[id]
    assert item["state"] == "held"
    assert TOKEN not in repr(item)

    found = item["error"]["findings"]
    pairs = [(each["hash"], each["rule"]) for each in found]
    store.write_sync(remotes.decide, pairs, "redact")
    store.write_sync(outbox.again, id=id)
    assert synced(worker)["done"]
    (there,) = gitlab.candidates()
    sent = gitlab.files(there["run_id"])[name]
    assert TOKEN.encode() not in sent
    assert b"redacted:" in sent
    assert store.blobs.get(store.blobs.put(data)[0]) == data  # ours is as it was


def test_a_name_of_a_file_is_read_too(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(store, files={f"out/{TOKEN}.txt": b"x"})
    worker = make_worker(gitlab)
    assert not synced(worker)["done"]
    (finding,) = queue_states(store)[id]["error"]["findings"]
    store.write_sync(remotes.decide, [(finding["hash"], finding["rule"])], "redact")
    store.write_sync(outbox.again, id=id)
    assert synced(worker)["done"]
    assert TOKEN not in repr(gitlab.log) + repr(gitlab.candidates())
    (there,) = gitlab.candidates()
    assert TOKEN.encode() not in b"".join(gitlab.files(there["run_id"]).values())


def test_reading_takes_no_memory_to_speak_of() -> None:
    chunks = (b"0.25,0.5,0.75\n" * 75_000 for _ in range(40))
    tracemalloc.start()
    assert Scanner("salt").scan_stream(decoded(chunks), "data.csv") == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MIB
