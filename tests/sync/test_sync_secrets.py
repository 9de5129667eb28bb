"""The secret gate: finds what is secret, leaves alone what only looks odd."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.store import outbox, remotes
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.secrets import Scanner, dotenv_values, masked, secret_values
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, queue_states, synced

# Split, so that no scanner of this repository takes them for real.
GLPAT = "glpat-" + "x7Kd93mZpQ2sLw8vTnB4"
JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"1234567890"}', b"0123456789abcdef0123")
)
PEM = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEA7\nabc\n-----END RSA PRIVATE KEY-----"

SECRETS = {
    "GitLab": f"gl = gitlab.Gitlab('https://x', '{GLPAT}')",
    "GitHub": "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0cD3eF6",
    "AWS id": "AKIA" + "IOSFODNN7EXAMPL3",
    "AWS secret": "aws_secret_access_key = '" + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzKY'",
    "OpenAI": 'client = OpenAI(api_key="sk-' + 'proj-abc123DEF456ghi789JKL0")',
    "Anthropic": "sk-ant-" + "api03-abcdefghijklmnopqrstuvwxyz0123",
    "Hugging Face": "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
    "JWT": f"cookie: {JWT}",
    "PEM": f"key = '''{PEM}'''",
    "URL": "git remote: https://ada:" + "s3cr3t-pw@gitlab.example.com/a/b.git",
    "database URL": "create_engine('postgresql://ml:" + "hunter2x@db/prod')",
    "assignment": 'password = "' + 'Tr0ub4dor&3x"',
    "dictionary": "{'api_key': '" + "a8f5f167f44f4964e6c998dee827110c'}",
    "environ": "os.environ['DB_PASSWORD'] = '" + "cOrrect9horse'",
    "Slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "bearer": "{'Authorization': 'Bearer " + "abcdefghij0123456789'}",
}

HARMLESS = {
    "a count of tokens": "num_memory_tokens = 16",
    "a quoted count": 'num_memory_tokens = "16"',
    "max tokens": "model.generate(max_new_tokens=256, pad_token='<|endoftext|>', eos_token=\"</s>\")",
    "special tokens": 'tokenizer.add_special_tokens({"pad_token": "[PAD]", "mask_token": "[MASK]"})',
    "a sha256": hashlib.sha256(b"x").hexdigest(),
    "a commit": "commit = '" + hashlib.sha1(b"x").hexdigest() + "'",
    "an uuid": f"run_id = '{uuid.UUID(int=2**100)}'",
    "a base64 picture": "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 8).decode(),
    "a lookup": "password = os.environ['DB_PASSWORD']",
    "getpass": "token = getpass.getpass('Token: ')",
    "a placeholder": 'api_key = "<your api key>"',
    "another placeholder": 'token = "YOUR_TOKEN_HERE"',
    "a template": "https://user:${PASSWORD}@host/x",
    "a variable": "client = Client(token=my_token, secret=None)",
    "a key function": "sorted(rows, key='timestamp')",
    "a primary key": 'key = "customer_identifier"',
    "cross validation": "cross_val_score(clf, X, y, scoring='neg_mean_squared_error')",
    "a tokenizer": 'tokenizer = AutoTokenizer.from_pretrained("distilbert-base-uncased")',
    "token columns": 'df["token"], df["secret_santa"] = "alphabetical", "somebody nice"',
    "a version": "scikit-learn==1.5.2 --hash=sha256:" + hashlib.sha256(b"y").hexdigest(),
    "an ssh remote": "git@gitlab.example.com:group/project.git",
    "a url with a port": "http://localhost:8888/lab?path=a@b",
    "a list of header names": '("authorization", "x-api-key", "x-goog-api-key", "Cookie")',
    "a page": '{"next_page_token": "eyJpbmRleCI6IDExfQ=="}',
    "scikit-learn's style": "<style>div.sk-container-id-1 a.estimator_doc_link {sk-estimator-id-1}</style>",
    "a documented url": "http://user:password@host/x",
    "numbers": "0.123456789 0.987654321 123456789012 1e-10",
    "a model repr": "RandomForestClassifier(max_depth=8, n_estimators=200, random_state=42)",
}


def scan(text: str) -> list[str]:
    return [f.rule for f in Scanner("salt").scan(text, "cell 1")]


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_secrets_are_found_and_masked(text: str) -> None:
    found = Scanner("salt").scan(text, "cell 1")
    assert found
    for finding in found:
        assert finding.value not in json.dumps(finding.shown())


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_odd_is_left_alone(text: str) -> None:
    assert scan(text) == []


def test_params_named_like_secrets_are_found_by_their_name() -> None:
    scanner = Scanner("salt")
    assert scanner.scan("Tr0ub4dor&3x", "param db_password", name="db_password")
    assert scanner.scan("16", "param num_memory_tokens", name="num_memory_tokens") == []
    assert scanner.scan("[PAD]", "param pad_token", name="pad_token") == []
    assert scanner.scan("256", "param max_token", name="max_token") == []


def test_values_of_secret_variables_are_found_wherever_they_stand() -> None:
    known = secret_values(
        {"DB_PASSWORD": "Tr0ub4dor3x!", "HOME": "/home/ada", "NUM_TOKENS": "4096000"}
    )
    known |= dotenv_values("export STRIPE_SECRET='abcDEF123456'\nDEBUG=1\n# comment\n")
    assert set(known) == {"DB_PASSWORD", "STRIPE_SECRET"}
    found = Scanner("salt", known).scan("connected with Tr0ub4dor3x! and abcDEF123456", "output")
    assert [f.rule for f in found] == ["value of DB_PASSWORD", "value of STRIPE_SECRET"]


def test_a_notebook_is_read_without_its_pictures() -> None:
    picture = base64.b64encode(b"AKIA" + b"IOSFODNN7EXAMPL3" + bytes(300)).decode()
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "source": ["x = 1\n", f"token = '{GLPAT}'"],
                "outputs": [
                    {"output_type": "display_data", "data": {"image/png": picture}},
                    {"output_type": "stream", "text": [SECRETS["AWS id"]]},
                ],
            }
        ]
    }
    found = Scanner("salt").scan_file(json.dumps(notebook), "a.ipynb")
    assert [f.where for f in found] == ["a.ipynb, cell 1", "a.ipynb, output of cell 1"]


def test_a_short_password_of_a_url_is_redacted_only_there() -> None:
    from jupyterlab_mlops.sync.gate import replaced

    text = "http://ada:net1@host/x  # net1work"
    (finding,) = Scanner("salt").scan(text, "x")
    assert replaced(text, {finding.value: finding.replacement}).endswith("@host/x  # net1work")


def test_long_texts_are_read_in_pieces_with_nothing_lost_between() -> None:
    for line_end in ("\n", " "):
        filler = f"row of numbers 1 2 3{line_end}" * 1630
        text = (filler + GLPAT + line_end) * 4
        found = Scanner("salt").scan(text, "x")
        assert {f.value for f in found} == {GLPAT}


@given(st.text(max_size=200))
def test_any_text_can_be_scanned(text: str) -> None:
    for finding in Scanner("salt").scan(text, "x"):
        assert finding.value in text


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_masking_hides_the_secret(value: str, rest: str) -> None:
    secret = f"S3cr3t{value}".split("\n", 1)[0]
    assert secret not in masked(f"{rest}{secret}", secret)


def test_a_finding_holds_the_candidate_until_somebody_decides(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    code = SECRETS["GitLab"].encode()
    held = add_candidate(store, "held", files={"train.py": code, "train (2).py": b"x = 1"})
    add_candidate(store, "fine")
    worker = make_worker(gitlab)
    assert not synced(worker)["done"]
    assert [c["name"] for c in gitlab.candidates()] == ["fine"]
    item = queue_states(store)[held]
    assert item["state"] == "held"
    (finding,) = item["error"]["findings"]
    assert finding["rule"] == "GitLab token"
    assert finding["where"] == "train.py"
    assert GLPAT not in json.dumps(item)

    decided = [(finding["hash"], finding["rule"])]
    store.write_sync(remotes.decide, decided, "redact")
    store.write_sync(outbox.again, id=held)
    assert synced(worker)["done"]
    there = next(c for c in gitlab.candidates() if c["name"] == "held")
    sent = gitlab.files(there["run_id"])["train.py"].decode()
    assert GLPAT not in sent
    assert f"redacted:{finding['hash'][:12]}" in sent
    manifest = json.loads(gitlab.files(there["run_id"])["mlops-manifest.json"])
    assert manifest["files"]["train.py"]["sha256"] == hashlib.sha256(sent.encode()).hexdigest()


def test_not_a_secret_is_remembered(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    text = SECRETS["assignment"].encode()
    first = add_candidate(store, "first", files={"a.py": text})
    worker = make_worker(gitlab)
    synced(worker)
    (finding,) = queue_states(store)[first]["error"]["findings"]
    store.write_sync(remotes.decide, [(finding["hash"], finding["rule"])], "not_a_secret")
    store.write_sync(outbox.again, id=first)
    add_candidate(store, "second", files={"b.py": text})
    assert synced(worker)["done"]
    assert all(text in gitlab.files(c["run_id"]).values() for c in gitlab.candidates())
