"""What can be read in data is searched for secrets, too: a model that was pickled with a token in it."""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.store import outbox, remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync import gate
from jupyterlab_mlops.sync.secrets import Scanner
from jupyterlab_mlops.sync.strings import LONGEST, SHORTEST, texts_in
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced

TOKEN = "glpat-" + "x7Kd93mZpQ2sLw8vTnB4"
KEY = "-----BEGIN PRIVATE KEY-----\n" + ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 2 + "\n") * 5
KEY += "-----END PRIVATE KEY-----"
NOISE = random.Random(3).randbytes(20_000)


def in_pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    start, number = 0, 0
    while start < len(data):
        size = sizes[number % len(sizes)]
        yield data[start : start + size]
        start, number = start + size, number + 1


def lines_of(data: bytes, sizes: list[int]) -> list[str]:
    return [line for line in "".join(texts_in(in_pieces(data, sizes))).split("\n") if line]


SMALL = st.one_of(st.binary(max_size=40), st.text("abc \t-", max_size=60).map(str.encode))
LARGE = st.one_of(SMALL, st.just(b"a" * (LONGEST + 7)))


@given(
    st.one_of(
        st.tuples(st.lists(SMALL, max_size=12).map(b"".join), st.just(1)),
        st.tuples(st.lists(LARGE, max_size=6).map(b"".join), st.just(5000)),
    ),
    st.lists(st.integers(1, 70), min_size=1, max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_texts_do_not_depend_on_the_cuts(given: tuple[bytes, int], sizes: list[int]) -> None:
    data, times = given
    data = data.replace(b"\x8c", b"\0").replace(b"X", b"\0")  # no pickles here
    expected = re.findall(rb"[ -~\t\r\n]{%d,}" % SHORTEST, data)
    lines = [line for text in expected for line in text.decode().split("\n") if line]
    assert lines_of(data, [size * times for size in sizes]) == lines


@pytest.mark.parametrize("protocol", range(1, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("length", [26, 64, 255, 300])
def test_a_pickled_token_is_found_with_nothing_around_it(protocol: int, length: int) -> None:
    token = (TOKEN * 12)[:length]
    data = pickle.dumps({"config": {"token": token, "n": 1}, "rest": NOISE}, protocol)
    found = Scanner("salt").scan_data([data], "model.pkl")
    assert token in [finding.value for finding in found]
    assert {finding.line for finding in found} == {0}


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (NOISE + TOKEN.encode() + NOISE, ["GitLab token"]),
        (NOISE + b"\0" + KEY.encode() + b"\0" + NOISE, ["private key"]),
        (b"\0postgresql://ann:s3cr3tpw@db.example.org/x\0", ["password in a URL"]),
        (b"\0\x01hunter2!x9Qz\x01\0", ["value of DB_PASSWORD"]),
        (NOISE * 10, []),
        # What a program looks for, and names beside values that mean nothing in data.
        (b"\0-----BEGIN PRIVATE KEY-----\0-----END PRIVATE KEY-----\0", []),
        (b'\0{"token": "3f9c2e1b7a6d"}, api_key = "qW3rTy9uIoP1"\0', []),
        (b"\0num_memory_tokens hidden_size password_hasher sk-learn-estimator\0" * 50, []),
    ],
)
def test_what_is_found_in_data(data: bytes, rules: list[str]) -> None:
    scanner = Scanner("salt", {"DB_PASSWORD": "hunter2!x9Qz"})
    assert [found.rule for found in scanner.scan_data(in_pieces(data, [4096]), "m.bin")] == rules


def test_a_pickle_is_held_and_loads_when_it_was_redacted(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    model = {"weights": NOISE[:5000], "token": TOKEN, "after": "x" * 30}
    id = add_candidate(store, files={"model.pkl": pickle.dumps(model, 2)})
    worker = make_worker(gitlab)
    assert not synced(worker)["done"]
    (item,) = store.read_sync(outbox.items)
    assert item["state"] == "held"
    (finding,) = item["error"]["findings"]
    assert (finding["rule"], finding["where"]) == ("GitLab token", "model.pkl")
    assert TOKEN not in str(finding)
    store.write_sync(remotes.decide, [(finding["hash"], finding["rule"])], "redact")
    store.write_sync(outbox.again)
    assert synced(worker)["done"]
    (candidate,) = gitlab.candidates()
    sent = gitlab.files(candidate["run_id"])["model.pkl"]
    there = pickle.loads(sent)
    assert TOKEN.encode() not in sent
    assert there["token"].startswith("redacted:")
    assert {**there, "token": TOKEN} == model
    assert candidate["tags"]["mlops.candidate_id"] == id


def test_so_much_of_a_large_file_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LOOKED_AT", 10)
    assert list(gate._first_of([b"12345", b"67890", b"more"])) == [b"12345", b"67890"]
