"""Where a search starts makes it quick and changes nothing: every way finds what looking at all finds."""

from __future__ import annotations

import random
from contextlib import ExitStack
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mlops.entities import Input, MetricPoint, Param
from jupyterlab_mlops.store import candidates, experiments, metrics, search, search_plan
from jupyterlab_mlops.store.search_grammar import parse
from jupyterlab_mlops.store.store import Store

LONG = "x" * (search_plan.INDEXED_LENGTH + 1)
VALUES = [-1.0, 0.0, 0.1, 0.5, 1.0, float("inf"), float("-inf"), float("nan")]
TEXTS = ["a", "b", "1", "0.5", "", LONG]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Forty candidates of two experiments with few values, some deleted, many that started together."""
    store, chance = Store(tmp_path_factory.mktemp("plan")), random.Random(4)

    def fill(conn):  # type: ignore[no-untyped-def]
        for name in "ef":
            experiment = experiments.create(conn, name)
            for i in range(20):
                start = None if i == 3 else 1000 + chance.randrange(6)
                id = candidates.create(
                    conn, experiment, origin="training", name=f"{name}{i}", start_ms=start
                )
                points = [
                    MetricPoint(key, chance.choice(VALUES), 0, 1)
                    for key in "mn"
                    if chance.random() < 0.8
                ]
                metrics.log(conn, id, points)
                candidates.set_params(conn, id, [Param("p", chance.choice(TEXTS))])
                candidates.set_tags(conn, id, {"t": chance.choice(TEXTS)})
                if chance.random() < 0.3:
                    read = {"name": "d", "digest": "x", "context": "train"}
                    candidates.add_inputs(
                        conn, id, [Input("dataset:d:x", "", None, "dataset", read)]
                    )
                if chance.random() < 0.2:
                    candidates.delete(conn, id)

    store.write_sync(fill)
    return store


NUMBERS = st.sampled_from(["-1", "0", "0.1", "0.5", "1", "2", "9e999", "99999999999999999999"])
QUOTED = st.sampled_from([f"'{text}'" for text in TEXTS])
COMPARISONS = st.one_of(
    st.builds(
        "metrics.{} {} {}".format,
        st.sampled_from("mno"),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        NUMBERS,
    ),
    st.builds("metrics.m = {}".format, st.sampled_from(["0..1", "0.1..", "..0.5", "-1..-1"])),
    st.builds("metrics.m in ({}, {})".format, NUMBERS, NUMBERS),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["params.p", "tags.t", "params.q", "tags.mlflow.runName", "run_name"]),
        st.sampled_from(["=", "!=", "LIKE", "ILIKE"]),
        QUOTED,
    ),
    st.builds("params.p in ({}, {})".format, QUOTED, QUOTED),
    st.builds("params.p {} 0.5".format, st.sampled_from(["=", "<", ">="])),
    st.sampled_from(["tags.t IS NULL", "tags.u IS NULL", "params.p IS NOT NULL", "e1"]),
    st.sampled_from(["start_time > 1002", "status = 'RUNNING'", "dataset.name = 'd'"]),
)
FILTERS = st.lists(
    st.one_of(COMPARISONS, st.builds("({} or {})".format, COMPARISONS, COMPARISONS)),
    min_size=1,
    max_size=3,
).map(" and ".join)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=FILTERS,
    wanted=st.sampled_from([None, [1], [2], [1, 2], []]),
    view=st.sampled_from(["active", "deleted", "all"]),
    order=st.sampled_from([[], [], ["metrics.m DESC"], ["params.p"], ["start_time"]]),
    size=st.sampled_from([1, 3, 100]),
    small=st.sampled_from([-1, 10, 100]),
    few=st.sampled_from([-1, 2, 10]),
    tested=st.sampled_from([1, 2]),
    many=st.sampled_from([0, 1, 5]),
)
def test_every_way_finds_the_same(  # type: ignore[no-untyped-def]
    filled: Store, text, wanted, view, order, size, small, few, tested, many
) -> None:
    def pages(**constants: int) -> tuple[list[str], int]:
        with ExitStack() as patched:
            for name, value in constants.items():
                patched.enter_context(patch.object(search_plan, name, value))
            asked = {"experiment_ids": wanted, "filter": text, "view": view}
            count = filled.read_sync(search.count_candidates, **asked)
            found: list[str] = []
            token: str | None = ""
            while token is not None:
                ids, token = filled.read_sync(
                    search.search_ids, **asked, order_by=order, max_results=size, page_token=token
                )
                found += ids
            return found, count

    slow = pages(SMALL_SCOPE=-1, FEW_FOUND=-1, NEWEST_WANTED=0)
    chosen = {"SMALL_SCOPE": small, "FEW_FOUND": few, "NEWEST_TESTED": tested, "MANY_FOUND": many}
    assert pages(**chosen) == slow
    assert slow[1] == len(slow[0])


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("metrics.m > 0.5", "metrics"),
        ("metrics.m = 0.1..0.5", "metrics"),
        ("metrics.m = 0.5", "metrics"),
        ("params.p = 'a'", "params"),
        ("tags.t in ('a', 'b')", "tags"),
    ],
)
def test_an_index_by_value_is_what_finds_few(filled: Store, text: str, table: str) -> None:
    def plan(conn):  # type: ignore[no-untyped-def]
        comparison = parse(text)
        looked = search_plan._metric(comparison) or search_plan._text(comparison)
        rows = conn.execute(f"EXPLAIN QUERY PLAN {looked.sql}", looked.bound)
        return [row[3] for row in rows if "SEARCH" in row[3] or "SCAN" in row[3]]

    looks = filled.read_sync(plan)
    assert looks
    assert all(f"COVERING INDEX {table}_by_value (name=? AND value" in look for look in looks)
