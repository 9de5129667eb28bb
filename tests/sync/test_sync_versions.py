"""A registered version becomes a GitLab model version that others can load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyterlab_mlops import registry
from jupyterlab_mlops.entities import Artifact, ModelVersion
from jupyterlab_mlops.store import models, outbox
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake
from tests.gitlab_fake.registry import create_model, create_version

from .conftest import add_candidate, queue_states, synced

FILES = {"MLmodel": b"flavors: {}\n", "model.pkl": b"\x80\x04pickle", "code/net.py": b"x = 1\n"}


def register(
    store: Store, candidate_id: str | None = None, *, version: str | None = None, **more: Any
) -> ModelVersion:
    files = [Artifact(path, *store.blobs.put(data)) for path, data in FILES.items()]
    return store.write_sync(
        lambda conn: registry.register(
            conn, model="churn", version=version, candidate_id=candidate_id, files=files, **more
        )
    )


def test_a_version_arrives_with_model_card_metrics_and_files(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker], profile: str
) -> None:
    gitlab.instance.profile = profile
    candidate = add_candidate(store, params={"C": "0.5"}, points=[("f1", 0.8, 0), ("f1", 0.9, 1)])
    register(store, candidate)
    assert synced(make_worker(gitlab))["done"]

    (there,) = gitlab.versions("churn")
    assert there["version"] == "1.0.0"
    assert "churn" in there["description"]
    assert there["params"] == {"C": "0.5"}
    assert there["metrics"] == {"f1": 0.9}
    assert there["files"] == FILES
    assert sorted(there["uploads"]) == sorted(FILES)


def test_a_version_that_somebody_else_took_becomes_the_next_free_patch(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker], profile: str
) -> None:
    gitlab.instance.profile = profile
    theirs = create_model(gitlab.instance, gitlab.the_project, "churn", "", {})
    for number in ("1.0.0", "1.0.1"):
        create_version(gitlab.instance, gitlab.the_project, theirs, number, "theirs", {})
    gitlab.the_project.models[0].description = "theirs"
    mine = register(store)
    assert synced(make_worker(gitlab))["done"]

    assert gitlab.the_project.models[0].description == "theirs"
    assert [v["version"] for v in gitlab.versions("churn")] == ["1.0.0", "1.0.1", "1.0.2"]
    here = store.read_sync(models.get_version_by_id, mine.id)
    assert here.version == "1.0.2"
    assert here.details["renumbered"] == {"from": "1.0.0", "to": "1.0.2", "remote": "default"}


def test_a_lost_answer_makes_no_second_version(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.faults.add("drop_after", path="model-versions/create", calls=[1])
    gitlab.faults.add("drop_after", path="registered-models/create", calls=[1])
    register(store)
    assert synced(make_worker(gitlab))["done"]
    assert [v["version"] for v in gitlab.versions("churn")] == ["1.0.0"]


def test_a_model_whose_name_is_blocked_is_told(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    gitlab.instance.new_experiment(gitlab.the_project, "[model]churn")
    mine = register(store)
    assert not synced(make_worker(gitlab))["done"]
    item = queue_states(store)[str(mine.id)]
    assert item["state"] == "error"
    assert "[model]churn" in item["error"]["message"]


def test_a_later_description_follows(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    mine = register(store)
    worker = make_worker(gitlab)
    assert synced(worker)["done"]

    def describe(conn: Any) -> None:
        models.update_model(conn, "churn", description="Who will leave")
        models.update_version(conn, "churn", mine.number, card="# Better words")

    store.write_sync(describe)
    assert synced(worker)["done"]
    assert gitlab.the_project.models[0].description == "Who will leave"
    assert gitlab.versions("churn")[0]["description"] == "# Better words"
    assert store.read_sync(outbox.state_of, "version", str(mine.id))["state"] == "synced"


def test_a_card_longer_than_gitlab_takes_is_a_file_too(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    mine = register(store)
    long_card = "# Card\n" + "word " * 5000
    store.write_sync(lambda conn: models.update_version(conn, "churn", mine.number, card=long_card))
    assert synced(make_worker(gitlab))["done"]
    (there,) = gitlab.versions("churn")
    assert len(there["description"]) == 10_000
    assert there["files"]["MODEL_CARD.md"] == long_card.encode()


def test_models_whose_names_gitlab_does_not_take_stay_apart(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    files = [Artifact("MLmodel", *store.blobs.put(b"x"))]
    for name in ("my model", "my-model", "模型"):
        store.write_sync(lambda conn, name=name: registry.register(conn, model=name, files=files))
    assert synced(make_worker(gitlab))["done"]
    names = sorted(model.name for model in gitlab.the_project.models)
    assert len(names) == 3
    assert [name for name in names if not name.startswith(("my-model", "model-"))] == []
    assert all(len(model.versions) == 1 for model in gitlab.the_project.models)
