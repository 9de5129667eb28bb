"""Registering versions: what they are called, what they carry, and what is refused."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from jupyterlab_mlops import registry, versioning
from jupyterlab_mlops.entities import Artifact, MetricPoint, Param
from jupyterlab_mlops.errors import AlreadyExists, InvalidValue
from jupyterlab_mlops.store import artifacts, candidates, experiments, metrics, models
from jupyterlab_mlops.store.store import Store


def candidate(
    store: Store, *, model_class: str = "LogisticRegression", params: dict[str, str] | None = None
) -> str:
    def make(conn: object) -> str:
        experiment = experiments.ensure(conn, "churn", notebook="churn.ipynb")
        id = candidates.create(
            conn, experiment, origin="training", name="lr", model_class=model_class
        )
        candidates.set_params(
            conn, id, [Param(k, v, "estimator") for k, v in (params or {}).items()]
        )
        metrics.log(conn, id, [MetricPoint("accuracy", 0.9, 0, 1)])
        return id

    return store.write_sync(make)


def test_the_first_version_is_1_0_0_and_later_ones_follow_what_changed(store: Store) -> None:
    first = candidate(store, params={"C": "1"})
    made = store.write_sync(registry.register, model="churn", candidate_id=first)
    assert made.version == "1.0.0"
    assert made.number == 1

    only_params = candidate(store, params={"C": "2"})
    assert (
        store.write_sync(registry.register, model="churn", candidate_id=only_params).version
        == "1.0.1"
    )

    other_model = candidate(store, model_class="RandomForestClassifier")
    assert (
        store.write_sync(registry.register, model="churn", candidate_id=other_model).version
        == "1.1.0"
    )


def test_a_changed_input_signature_proposes_a_major_version(store: Store) -> None:
    signed = {"signature": '{"inputs": [{"name": "age", "type": "double"}]}'}
    store.write_sync(registry.register, model="churn", candidate_id=candidate(store), **signed)
    other = {"signature": '{"inputs": [{"name": "age", "type": "long"}]}'}
    made = store.write_sync(
        registry.register, model="churn", candidate_id=candidate(store), **other
    )
    assert made.version == "2.0.0"


@pytest.mark.parametrize("text", ["1", "v1.0.0", "1.0", "01.0.0", "1.0.0 ", ""])
def test_what_is_not_semantic_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidValue, match="semantic version such as"):
        versioning.parse_version(text)


def test_a_taken_version_names_the_next_free_one(store: Store) -> None:
    id = candidate(store)
    store.write_sync(registry.register, model="churn", candidate_id=id, version="1.4.0")
    store.write_sync(registry.register, model="churn", candidate_id=id, version="1.4.1")
    with pytest.raises(AlreadyExists) as refused:
        store.write_sync(registry.register, model="churn", candidate_id=id, version="1.4.0")
    assert refused.value.details["next"] == "1.4.2"


def test_twenty_registrations_at_once_are_twenty_versions(store: Store) -> None:
    id = candidate(store)
    threads = [
        threading.Thread(
            target=store.write_sync,
            args=(registry.register,),
            kwargs={"model": "m", "candidate_id": id},
        )
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.read_sync(models.versions, "m")
    assert len({version.version for version in found}) == 20
    assert sorted(version.number for version in found) == list(range(1, 21))


def test_a_version_carries_the_model_s_files_the_notebook_and_a_card(store: Store) -> None:
    id = candidate(store, params={"C": "0.1"})

    def keep(conn: object) -> None:
        for path in ("model/model.pkl", "notebook.ipynb", "plot.png"):
            sha256, size = store.blobs.put(path.encode())
            artifacts.put(conn, artifacts.candidate_owner(id), path, sha256, size)

    store.write_sync(keep)
    made = store.write_sync(registry.register, model="churn", candidate_id=id)
    files = store.read_sync(artifacts.list_all, artifacts.version_owner(made.id))
    assert {file.path for file in files} == {"model.pkl", "notebook.ipynb"}
    assert "| accuracy | 0.9 |" in made.card
    assert "| C | 0.1 |" in made.card


def test_files_that_are_given_are_taken_instead_of_kept_ones(store: Store) -> None:
    sha256, size = store.blobs.put(b"weights")
    made = store.write_sync(registry.register, model="m", files=[Artifact("w.bin", sha256, size)])
    files = store.read_sync(artifacts.list_all, artifacts.version_owner(made.id))
    assert [file.path for file in files] == ["w.bin"]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("clf = SVC(C=1)", "clf = SVC(C=10.5)", True),
        ("clf = SVC(C=1)  # one", "clf = SVC(C=1)", True),
        ("clf = SVC(C=1)", "clf = NuSVC(C=1)", False),
        ("%time fit()", "%time fit()", True),
        ("%time fit()", "%timeit fit()", False),
    ],
)
def test_literals_are_not_code(before: str, after: str, same: bool) -> None:
    assert (versioning.code_shape([before]) == versioning.code_shape([after])) is same


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Churn model (v2)", "Churn-model-v2"),
        ("café", "caf"),
        ("a/b", "a-b"),
        ("...", "model"),
        ("ok_1.x-y", "ok_1.x-y"),
    ],
)
def test_a_slug_is_a_name_that_every_registry_accepts(name: str, slug: str) -> None:
    assert versioning.slug(name) == slug
    assert versioning.check_model_name(slug) == slug


NUMBERS = [{"name": "a", "type": "float64"}, {"name": "b", "type": "float64"}]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (NUMBERS, NUMBERS, ""),
        (NUMBERS, [{"name": "a", "type": ""}, {"name": "b", "type": ""}], ""),
        (NUMBERS, [{"type": "float64", "shape": [-1, 2]}], ""),
        (NUMBERS, [{"type": "", "shape": [-1, 3]}], "3 columns, there were 2"),
        (NUMBERS, [NUMBERS[0], {"name": "c", "type": "float64"}], "without b and with c"),
        (NUMBERS, NUMBERS[::-1], "the columns are in another order"),
        (NUMBERS, [NUMBERS[0], {"name": "b", "type": "object"}], "b is object, it was float64"),
        ([{"type": "float32", "shape": [-1, 28, 28]}], [{"type": "float32", "shape": [-1, 32, 32]}],
         "shape [-1, 32, 32], it was [-1, 28, 28]"),
        ("tensor", "tensor", ""),
        (NUMBERS, "tensor", "it has another form"),
    ],
)  # fmt: skip
def test_signatures_differ_only_in_what_is_known_of_both(
    before: Any, after: Any, told: str
) -> None:
    assert versioning.changed_inputs(before, after) == told
