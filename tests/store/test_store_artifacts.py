"""Artifacts: files by content, at paths that lead nowhere else."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.entities import Change
from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.store import artifacts, candidates
from jupyterlab_mlops.store.store import Store


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        "a\\b",
        "a\nb",
        "a\0b",
        "C:/x",
        "..",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid artifact path"):
        artifacts.valid_path(path)


@pytest.mark.parametrize(
    "path", ["a", "a/b.txt", "ä ö/100%.png", "...", "a..b/c", ".hidden", "a:b"]
)
def test_any_other_path_is_kept_as_it_is(path: str) -> None:
    assert artifacts.valid_path(path) == path


def test_files_are_listed_by_folder_and_removed_with_it(store: Store) -> None:
    id = store.write_sync(candidates.create, 0, origin="training")
    owner = artifacts.candidate_owner(id)
    sha256, size = store.blobs.put(b"abc")
    for path in ("model/a.pkl", "model/deep/b.json", "model.txt", "plot.png"):
        store.write_sync(artifacts.put, owner, path, sha256, size)
    listed = store.read_sync(artifacts.list_all, owner, "model/")
    assert [file.path for file in listed] == ["model/a.pkl", "model/deep/b.json"]
    told: list[Change] = []
    store.on_change(told.extend)
    assert store.write_sync(artifacts.remove, owner, "model") == 2
    assert told == [Change("candidate", id)]
    assert [file.path for file in store.read_sync(candidates.get, id).artifacts] == [
        "model.txt",
        "plot.png",
    ]


def test_a_file_put_again_replaces_the_content(store: Store) -> None:
    id = store.write_sync(candidates.create, 0, origin="training")
    owner = artifacts.candidate_owner(id)
    for content in (b"one", b"three"):
        store.write_sync(artifacts.put, owner, "a.png", *store.blobs.put(content))
    found = store.read_sync(artifacts.get, owner, "a.png")
    assert found is not None
    assert (found.size, found.media_type) == (5, "image/png")
    assert store.blobs.get(found.sha256) == b"three"
