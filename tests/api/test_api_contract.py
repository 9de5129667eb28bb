"""openapi.yaml and the handlers are held against each other."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.api.contract import operations, specification
from jupyterlab_mlops.api.routes import HANDLERS
from jupyterlab_mlops.errors import InvalidValue

VERBS = ("get", "post", "put", "patch", "delete")


def test_every_path_has_a_handler_and_every_handler_a_path() -> None:
    assert set(HANDLERS) == set(specification()["paths"])


@pytest.mark.parametrize("path", sorted(HANDLERS))
def test_a_handler_has_the_verbs_of_its_path(path: str) -> None:
    described = set(specification()["paths"][path])
    handler = HANDLERS[path]
    assert {verb for verb in VERBS if verb in vars(handler)} == described


def test_every_reference_leads_somewhere() -> None:
    def follow(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                found = specification()
                for part in node["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
            for value in node.values():
                follow(value)
        elif isinstance(node, list):
            for value in node:
                follow(value)

    follow(specification())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit": [b"many"]}, "limit: 'many' is not a whole number"),
        ({"limit": [b"0"]}, "limit: 0 is not between 1 and 1000"),
        ({"view": [b"bin"]}, "view: 'bin' is not one of active, deleted, all"),
    ],
)
def test_a_query_that_does_not_fit_names_the_field(
    given: dict[str, list[bytes]], message: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        operations()["listCandidates"].query(given)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b"{}", "the body"),
        (b'{"model": 3}', "model"),
        (b'{"model": "m", "bump": "huge"}', "bump"),
    ],
)
def test_a_body_that_does_not_fit_names_the_field(body: bytes, field: str | None) -> None:
    with pytest.raises(InvalidValue) as refused:
        operations()["register"].document(body)
    assert refused.value.details.get("field") == field
