"""Content-addressed files: whole or not there."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.errors import InvalidValue, NotFound
from jupyterlab_mlops.store.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.binary(max_size=64), max_size=6))
def test_what_was_put_in_pieces_comes_out_whole_under_its_hash(
    blobs: Blobs, pieces: list[bytes]
) -> None:
    sha256, size = blobs.put_stream(pieces)
    content = b"".join(pieces)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert size == len(content)
    assert blobs.get(sha256) == b"".join(blobs.iter(sha256)) == content


def test_an_upload_that_breaks_leaves_nothing(blobs: Blobs) -> None:
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        blobs.put_stream(broken())
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


def test_a_file_is_moved_in(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "model.bin"
    source.write_bytes(b"weights")
    sha256, _ = blobs.put_file(source, move=True)
    assert not source.exists()
    assert blobs.get(sha256) == b"weights"


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63])
def test_a_name_that_is_no_hash_reaches_no_file(blobs: Blobs, name: str) -> None:
    with pytest.raises(InvalidValue):
        blobs.path(name)


def test_what_is_not_here_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFound):
        blobs.open("a" * 64)


def test_sweeping_keeps_what_is_named_and_what_is_young(blobs: Blobs) -> None:
    kept, _ = blobs.put(b"kept")
    young, _ = blobs.put(b"young")
    old, _ = blobs.put(b"old")
    long_ago = time.time() - 1e6
    for sha256 in (kept, old):
        os.utime(blobs.path(sha256), (long_ago, long_ago))
    assert blobs.sweep({kept}) == len(b"old")
    assert [blobs.exists(each) for each in (kept, young, old)] == [True, True, False]
