"""The registry: integer numbers as MLflow's, semantic versions as ours, aliases for both."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.errors import AlreadyExists, InvalidValue, NotFound
from jupyterlab_mlops.store import artifacts, models, search_models
from jupyterlab_mlops.store.store import Store


@pytest.fixture
def model(store: Store) -> str:
    store.write_sync(models.create_model, "churn", description="d", tags={"team": "blue"})
    for version in ("1.0.0", "1.0.1", "1.1.0"):
        store.write_sync(models.create_version, "churn", version=version)
    return "churn"


def test_a_version_is_found_by_number_by_version_and_by_alias(store: Store, model: str) -> None:
    store.write_sync(models.set_alias, model, "champion", 2)
    for wanted in ({"number": 2}, {"version": "1.0.1"}, {"alias": "champion"}, {"alias": "1.0.1"}):
        found = store.read_sync(models.get_version, model, **wanted)
        assert (found.number, found.version, found.aliases) == (2, "1.0.1", ("champion",))
    with pytest.raises(NotFound):
        store.read_sync(models.get_version, model, alias="nobody")


def test_an_alias_moves_and_an_alias_of_a_versions_name_comes_first(
    store: Store, model: str
) -> None:
    store.write_sync(models.set_alias, model, "1.0.0", 3)
    assert store.read_sync(models.get_version, model, alias="1.0.0").number == 3
    store.write_sync(models.set_alias, model, "a", 1)
    store.write_sync(models.set_alias, model, "a", 2)
    assert store.read_sync(models.get_model, model).aliases["a"] == 2


def test_numbers_are_never_given_twice(store: Store, model: str) -> None:
    store.write_sync(models.delete_version, model, 3)
    assert store.write_sync(models.create_version, model, version="1.1.0").number == 4


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "latest", ""])
def test_a_version_is_semantic(store: Store, model: str, version: str) -> None:
    with pytest.raises(InvalidValue, match="semantic"):
        store.write_sync(models.create_version, model, version=version)


def test_names_and_versions_are_unique(store: Store, model: str) -> None:
    with pytest.raises(AlreadyExists):
        store.write_sync(models.create_model, model)
    with pytest.raises(AlreadyExists):
        store.write_sync(models.create_version, model, version="1.0.0")
    with pytest.raises(AlreadyExists):
        store.write_sync(models.update_version, model, 2, version="1.0.0")


def test_a_rename_takes_everything_along(store: Store, model: str) -> None:
    store.write_sync(models.set_alias, model, "champion", 2)
    store.write_sync(models.set_version_tag, model, 2, "k", "v")
    store.write_sync(models.rename_model, model, "churn2")
    found = store.read_sync(models.get_version, "churn2", alias="champion")
    assert (found.model, found.tags) == ("churn2", {"k": "v"})
    assert store.read_sync(models.get_model, "churn2").tags == {"team": "blue"}
    with pytest.raises(NotFound):
        store.read_sync(models.get_model, model)


def test_deleting_a_model_leaves_nothing(store: Store, model: str) -> None:
    version = store.read_sync(models.get_version, model, number=1)
    owner = artifacts.version_owner(version.id)
    store.write_sync(artifacts.put, owner, "m.pkl", *store.blobs.put(b"m"))
    store.write_sync(models.delete_model, model)
    assert store.read_sync(artifacts.list_all, owner) == []
    assert store.read_sync(models.list_models) == []


def test_stages_are_mlflows(store: Store, model: str) -> None:
    store.write_sync(models.transition_stage, model, 1, "production", archive_existing=False)
    store.write_sync(models.transition_stage, model, 2, "Production", archive_existing=True)
    stages = {version.number: version.stage for version in store.read_sync(models.versions, model)}
    assert stages == {1: "Archived", 2: "Production", 3: "None"}
    with pytest.raises(InvalidValue, match="stage"):
        store.write_sync(models.transition_stage, model, 1, "Testing", archive_existing=False)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("name = 'churn'", [3, 2, 1]),
        ("version_number > 1", [3, 2]),
        ("version = '1.0.1'", [2]),
        ("name LIKE 'CH%'", []),
        ("name ILIKE 'CH%' and version_number < 3", [2, 1]),
    ],
)
def test_versions_are_searched(store: Store, model: str, text: str, numbers: list[int]) -> None:
    found, _ = store.read_sync(
        search_models.search_versions, filter=text, order_by=["version_number DESC"]
    )
    assert [version.number for version in found] == numbers


def test_prompts_are_left_out_unless_asked_for(store: Store, model: str) -> None:
    store.write_sync(models.create_model, "hello", tags={"mlflow.prompt.is_prompt": "true"})
    plain, _ = store.read_sync(search_models.search_models)
    assert [found.name for found in plain] == [model]
    prompts, _ = store.read_sync(
        search_models.search_models, filter="tags.`mlflow.prompt.is_prompt` = 'true'"
    )
    assert [found.name for found in prompts] == ["hello"]
