"""Experiments and candidates: created once, changed with one word to the outbox, never lost."""

from __future__ import annotations

import pytest

from jupyterlab_mlops.entities import Change, Failure, Input, MetricPoint, Param, Source
from jupyterlab_mlops.errors import AlreadyExists, InvalidValue, NotFound
from jupyterlab_mlops.store import candidates, experiments, metrics, outbox, remotes, runs
from jupyterlab_mlops.store.store import Connection, Store, now_ms


@pytest.fixture
def experiment(store: Store) -> int:
    return store.write_sync(experiments.ensure, "iris", notebook="iris.ipynb")


@pytest.fixture
def candidate(store: Store, experiment: int) -> str:
    return store.write_sync(candidates.create, experiment, origin="training", name="first")


def keys_of(store: Store) -> dict[tuple[str, str], int]:
    return store.read_sync(
        lambda conn: {
            (row[0], row[1]): row[2] for row in conn.execute("SELECT kind, name, count FROM keys")
        }
    )


def test_an_experiment_is_found_by_name_and_made_once(store: Store) -> None:
    first = store.write_sync(experiments.ensure, "a")
    assert store.write_sync(experiments.ensure, "a") == first
    with pytest.raises(AlreadyExists):
        store.write_sync(experiments.create, "a")
    found = store.read_sync(experiments.by_name, "a")
    assert found is not None
    assert found.id == first


def test_mlflows_default_experiment_is_there_from_the_start(store: Store) -> None:
    assert store.read_sync(experiments.get, 0).name == "Default"


def test_deleting_an_experiment_takes_its_candidates_along_and_back(
    store: Store, experiment: int, candidate: str
) -> None:
    store.write_sync(experiments.delete, experiment)
    assert store.read_sync(candidates.get, candidate).lifecycle_stage == "deleted"
    with pytest.raises(InvalidValue, match="active"):
        store.write_sync(candidates.create, experiment, origin="training")
    store.write_sync(experiments.restore, experiment)
    assert store.read_sync(candidates.get, candidate).lifecycle_stage == "active"


def test_recording_into_a_deleted_experiment_brings_it_back_without_its_candidates(
    store: Store, experiment: int, candidate: str
) -> None:
    store.write_sync(experiments.delete, experiment)
    assert store.write_sync(experiments.ensure, "iris") == experiment
    assert store.read_sync(experiments.get, experiment).lifecycle_stage == "active"
    assert store.read_sync(candidates.get, candidate).lifecycle_stage == "deleted"


def test_creating_a_candidate_again_changes_nothing(store: Store, experiment: int) -> None:
    id = "a" * 32
    assert store.write_sync(candidates.create, experiment, origin="training", id=id, name="x") == id
    assert store.write_sync(candidates.create, experiment, origin="explicit", id=id, name="y") == id
    found = store.read_sync(candidates.get, id)
    assert (found.name, found.origin) == ("x", "training")


def test_candidates_are_numbered_in_their_order_and_named_when_nobody_does(
    store: Store, experiment: int
) -> None:
    made = [store.write_sync(candidates.create, experiment, origin="training") for _ in range(3)]
    found = [store.read_sync(candidates.get, id) for id in made]
    assert [item.seq for item in found] == sorted(item.seq for item in found)
    assert all(item.name for item in found)
    assert candidates.default_name(made[0]) == found[0].name
    assert candidates.default_name("x", model_class="sklearn.svm.SVC").startswith("SVC-")


def test_an_update_merges_details_and_refuses_what_is_no_column(
    store: Store, candidate: str
) -> None:
    store.write_sync(candidates.update, candidate, details={"seeds": [1]}, fits=2)
    store.write_sync(
        candidates.update, candidate, details={"score": 3}, error=Failure("ValueError", "no")
    )
    found = store.read_sync(candidates.get, candidate)
    assert found.details == {"seeds": [1], "score": 3}
    assert found.fits == 2
    assert found.error == Failure("ValueError", "no")
    with pytest.raises(InvalidValue, match="colour"):
        store.write_sync(candidates.update, candidate, colour="red")


@pytest.mark.parametrize(
    ("before", "after", "replace", "kept"),
    [
        (("1", "logged"), ("1", "logged"), False, "1"),
        (("1", "variable"), ("2", "logged"), False, "2"),
        (("1", "variable"), ("2", "variable"), True, "2"),
        (("1", "logged"), ("2", "estimator"), True, "1"),
        (("1", "logged"), ("2", "variable"), False, "1"),
        (("1", "autolog"), ("2", "logged"), True, "2"),
    ],
)
def test_what_was_logged_outlives_what_was_captured(
    store: Store,
    candidate: str,
    before: tuple[str, str],
    after: tuple[str, str],
    replace: bool,
    kept: str,
) -> None:
    store.write_sync(candidates.set_params, candidate, [Param("lr", *before)])
    store.write_sync(candidates.set_params, candidate, [Param("lr", *after)], replace=replace)
    assert store.read_sync(candidates.get, candidate).params["lr"].value == kept


def test_a_logged_param_keeps_its_value_and_nothing_of_the_batch_is_set(
    store: Store, candidate: str
) -> None:
    store.write_sync(candidates.set_params, candidate, [Param("lr", "1")])
    with pytest.raises(InvalidValue, match="lr"):
        store.write_sync(candidates.set_params, candidate, [Param("new", "x"), Param("lr", "2")])
    assert store.read_sync(candidates.get, candidate).params.keys() == {"lr"}


def test_tags_that_are_columns_set_the_columns(store: Store, candidate: str) -> None:
    tags = {"mlflow.runName": "renamed", "mlflow.parentRunId": "p" * 32, "team": "blue"}
    store.write_sync(candidates.set_tags, candidate, tags)
    found = store.read_sync(candidates.get, candidate)
    assert (found.name, found.parent_id, found.relation) == ("renamed", "p" * 32, "nested")
    assert found.tags == {"team": "blue"}
    assert store.read_sync(candidates.children, "p" * 32) == [candidate]
    store.write_sync(candidates.delete_tag, candidate, "mlflow.parentRunId")
    assert store.read_sync(candidates.get, candidate).parent_id is None
    with pytest.raises(NotFound, match="nope"):
        store.write_sync(candidates.delete_tag, candidate, "nope")


def test_the_catalogue_counts_candidates_by_key(
    store: Store, experiment: int, candidate: str
) -> None:
    other = store.write_sync(candidates.create, experiment, origin="training")
    for id in (candidate, other):
        store.write_sync(candidates.set_params, id, [Param("lr", "1")])
        store.write_sync(candidates.set_tags, id, {"t": "1"})
        store.write_sync(metrics.log, id, [MetricPoint("acc", 1.0, step, 1) for step in range(3)])
    assert keys_of(store) == {("param", "lr"): 2, ("tag", "t"): 2, ("metric", "acc"): 2}
    store.write_sync(candidates.delete_tag, other, "t")
    store.write_sync(candidates.delete, candidate)
    assert keys_of(store) == {("param", "lr"): 1, ("tag", "t"): 0, ("metric", "acc"): 1}
    store.write_sync(candidates.restore, candidate)
    assert keys_of(store)["metric", "acc"] == 2


def test_the_catalogue_counts_active_candidates_whatever_deleted_and_restored_them(
    store: Store, experiment: int
) -> None:
    def measured(name: str, run: str) -> str:
        def write(conn: Connection) -> str:
            runs.open_run(conn, run, "k", opened_ms=1, experiment_id=experiment)
            id = candidates.create(
                conn, experiment, origin="training", name=name, notebook_run_id=run
            )
            candidates.set_params(conn, id, [Param("lr", "1")])
            return id

        return store.write_sync(write)

    first, second = measured("first", "one"), measured("second", "two")
    store.write_sync(candidates.delete, first)
    store.write_sync(experiments.delete, experiment)
    assert keys_of(store) == {}
    store.write_sync(experiments.restore, experiment)
    assert keys_of(store) == {("param", "lr"): 2}

    store.write_sync(runs.discard_run, "two")
    assert keys_of(store) == {("param", "lr"): 1}
    store.write_sync(candidates.restore, second)
    assert keys_of(store) == {("param", "lr"): 2}

    # Brought back without its candidates, which are restored one by one.
    store.write_sync(experiments.delete, experiment)
    store.write_sync(experiments.ensure, "iris")
    store.write_sync(candidates.restore, second)
    assert keys_of(store) == {("param", "lr"): 1}


def test_a_restored_experiment_is_pushed_even_if_its_candidates_had_left_the_queue(
    store: Store, experiment: int
) -> None:
    store.write_sync(remotes.add, "default", "https://gitlab.example.com", "group/project")
    id = store.write_sync(candidates.create, experiment, origin="training", status="FINISHED")
    store.write_sync(experiments.delete, experiment)
    (item,) = store.write_sync(
        outbox.lease, "default", "worker", now=now_ms(), until=now_ms() + 1000, limit=5
    )
    store.write_sync(outbox.drop, item)  # deleted before it was ever pushed
    store.write_sync(experiments.restore, experiment)
    assert store.read_sync(outbox.to_push, "default") == [("candidate", id)]


def test_one_call_is_told_once(store: Store, candidate: str) -> None:
    told: list[Change] = []
    store.on_change(told.extend)
    store.write_sync(candidates.set_params, candidate, [Param(f"p{i}", "1") for i in range(50)])
    assert told == [Change("candidate", candidate)]
    store.write_sync(candidates.set_params, candidate, [Param("p0", "1")])
    assert len(told) == 1, "nothing changed, so nothing is told"


def test_the_json_of_a_candidate_is_as_documented(store: Store, candidate: str) -> None:
    store.write_sync(candidates.set_params, candidate, [Param("lr", "0.1", Source.ESTIMATOR)])
    store.write_sync(
        metrics.log,
        candidate,
        [MetricPoint("loss", float("nan"), 1, 1), MetricPoint("loss", 2.0, 0, 1)],
        source="output",
    )
    store.write_sync(candidates.add_inputs, candidate, [Input("a.csv", "0" * 64, 3)])
    store.write_sync(candidates.update, candidate, start_ms=1000, end_ms=3500, status="FINISHED")
    shown = candidates.to_json(store.read_sync(candidates.get, candidate), sync={"state": "queued"})
    assert shown["params"] == {"lr": {"value": "0.1", "source": "estimator"}}
    loss = shown["metrics"]["loss"]
    assert (loss["last"], loss["min"], loss["max"], loss["steps"]) == ("NaN", 2.0, 2.0, 2)
    assert loss["source"] == "output"
    assert shown["inputs"][0]["path"] == "a.csv"
    assert shown["duration_s"] == 2.5
    assert shown["sync"] == {"state": "queued"}
    for name in "id name experiment notebook notebook_run status start_time end_time".split():
        assert name in shown


def test_candidates_of_one_loop_are_told_apart_by_their_settings(
    store: Store, experiment: int
) -> None:
    made: dict[str, str] = {}

    def write(conn: Connection) -> None:
        for depth, variable, execution in (
            ("1", None, "e1"),
            ("2", "m", "e1"),
            ("7", "m", "e2"),
            ("8", "other", "e1"),
        ):
            made[depth] = candidates.create(
                conn,
                experiment,
                origin="training",
                name="m",
                kernel_id="k",
                execution_id=execution,
                model_class="Tree",
                variable=variable,
            )
            given = [Param("d", depth), Param("max_depth", depth, Source.ESTIMATOR)]
            candidates.set_params(conn, made[depth], [*given, Param("criterion", "gini")])

    store.write_sync(write)
    apart = {depth: store.read_sync(runs.settings_apart, id) for depth, id in made.items()}
    assert apart["2"] == [("max_depth", "2"), ("d", "2")]
    assert apart["7"] == []
